"""From the bytes of a mail to a Message, with or without a child process. Touches no socket, file, clock or log.

A mail is never refused for being large, broken or hostile: what lies beyond a limit is left out, `partial` is
set and a defect says so. What still takes too long or too much memory is for the child process's limits
(`daemon.mail.child`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from daemon.mail.addresses import read_address, read_list
from daemon.mail.attachments import LOGO_BYTES, is_inline, safe_name
from daemon.mail.body import has_own_words, newest_words
from daemon.mail.bounce import read_bounce
from daemon.mail.charset import codec_of, decode
from daemon.mail.clean import clean_header, clean_text, lowered
from daemon.mail.enriched import plain_from_enriched
from daemon.mail.flowed import unflow
from daemon.mail.headers import Note, decoded, message_ids, unfolded
from daemon.mail.html import charset_of_html, html_to_text
from daemon.mail.language import language_of
from daemon.mail.message import Address, Attachment, Message, OutgoingAttachment
from daemon.mail.report import read_report, returned_id
from daemon.mail.rtf import rtf_to_text
from daemon.mail.structure import Part, Reader, content_of

ADDRESSES = 1_000
"""So many addresses of one mail are read."""
TEXT_CHARACTERS = 300_000
"""So much text of one mail is kept."""
IDS = 200
"""So many References are kept, the newest."""
DEFECTS = 50
"""So many defects are told."""
CARRIED_BYTES = 20_000_000
"""So many bytes of attachments are carried on; a file that would not fit any more is left out."""

_TEXT_TYPES = (
    "text/plain",
    "text/html",
    "text/enriched",
    "text/richtext",
    "text/rtf",
    "text/markdown",
    "text/x-markdown",
)
# Signatures, the resource forks of old Macs, and the same text once more for other readers.
_NO_FILES = (
    *("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"),
    *("application/applefile", "text/x-amp-html", "text/watch-html"),
)
_REPORT_PARTS = (
    "delivery-status",
    "disposition-notification",
    "rfc822-headers",
    "global-headers",
    "feedback-report",
)
_DELIVERED_TO = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to")
_OURS = "x-postroom-"
_LOOP = "x-postroom-loop"
_LOOP_CHARACTERS = 520
_CONTENT_ID = re.compile(r"cid:([^\s\"'<>()\[\]]{1,250})", re.IGNORECASE)
_PICTURE = re.compile(r"\[cid:[^\]\s]{1,250}\]")  # Outlook writes this into the plain text for each logo
_ASKS_FOR_HTML = re.compile(
    r"\bhtml\b|(?:view|display|read|show|open|see)\b.{0,80}\b(?:browser|online|client|program|viewer)\b"
    r"|im browser|navigateur|navegador|nel browser|w przeglądarce|в браузере",
    re.IGNORECASE,
)
_SAYS_HTML = re.compile(rb"\s{0,20}(?:<!doctype html|<html[\s>])", re.IGNORECASE)
_PLACEHOLDER_CHARACTERS = 300


def parse(raw: bytes) -> Message:
    """The message that `raw` is. Never raises for what a mail holds, however broken."""
    return _Parsing(raw).message()


def extract_attachments(raw: bytes) -> tuple[OutgoingAttachment, ...]:
    """The files of a mail with their bytes, without logos and without what does not fit into 20 MB.

    A file that was left out is in `Message.attachments` all the same, so the caller can see which one it was.
    """
    return _Parsing(raw).files()


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A part that holds content, decoded once."""

    part: Part
    content: bytes
    is_nested: bool


class _Parsing:
    """One mail on its way from bytes to a Message."""

    def __init__(self, raw: bytes) -> None:
        self._size = len(raw)
        self._defects: dict[str, None] = {}
        self._partial = False
        reader = Reader(self._note)
        self._top = reader.read(raw)
        self._partial |= reader.cut
        self._encrypted = reader.encrypted
        self._content = reader.contents
        self._leaves = [_Leaf(part, self._content[part], nested) for part, nested in _walk(self._top)]
        self._bodies = self._find_bodies()
        self._shown_ids: set[str] = set()

    def _note(self, sentence: str) -> None:
        if len(self._defects) < DEFECTS:
            self._defects[sentence] = None

    # -- the whole --

    def message(self) -> Message:
        fields = [(name, self._value(value)) for name, value in self._top.block.fields]
        senders = self._addresses("from", ADDRESSES)
        room = ADDRESSES - len(senders)
        reply_to = self._addresses("reply-to", room)
        to = self._addresses("to", room := room - len(reply_to))
        cc = self._addresses("cc", room - len(to))
        self._judge_senders(senders)
        subject = next((text for name, text in fields if name == "subject"), "")
        text, html_only = self._text()
        body = newest_words(text, subject)
        attachments = tuple(self._attachment(leaf, number) for number, leaf in enumerate(self._files(), start=1))
        report = read_report(self._top, self._note)
        message = Message(
            message_id=next(iter(self._ids("message-id")), ""),
            sender=senders[0] if senders else Address(),
            senders=senders,
            reply_to=reply_to,
            to=to,
            cc=cc,
            delivered_to=self._delivered_to(),
            return_path=self._return_path(),
            date=next((text for name, text in fields if name == "date"), ""),
            subject=subject,
            in_reply_to=self._ids("in-reply-to"),
            references=self._ids("references"),
            headers=tuple((name, text) for name, text in fields if not name.startswith(_OURS)),
            text=text,
            words=body.words,
            quoted=body.quoted,
            signature=body.signature,
            html_only=html_only,
            attachments=attachments,
            language=language_of(body.words) or language_of(f"{subject}\n{text}"),
            report=report,
            parts=tuple(self._hashes()),
            size=self._size,
            defects=tuple(self._defects),
            partial=self._partial,
            loop=" ".join(text for name, text in fields if name == _LOOP)[:_LOOP_CHARACTERS],
            encrypted=self._encrypted,
        )
        return replace(message, report=read_bounce(message, returned_id(self._top, self._note)))

    # -- the header --

    def _value(self, raw: bytes) -> str:
        return decoded(unfolded(raw, self._note), self._note)

    def _raw_values(self, name: str) -> Iterator[bytes]:
        return (value for field, value in self._top.block.fields if field == name)

    def _addresses(self, name: str, room: int) -> tuple[Address, ...]:
        addresses: tuple[Address, ...] = ()
        for value in self._raw_values(name):
            found, cut = read_list(unfolded(value, self._note), room - len(addresses), self._note)
            addresses += found
            self._partial |= cut
        return addresses

    def _judge_senders(self, senders: tuple[Address, ...]) -> None:
        if not senders:
            self._note("The mail has no sender.")
        if len(senders) > 1:
            self._note("The mail names more than one sender; the first was taken.")
        if sum(1 for _ in self._raw_values("from")) > 1:
            self._note("The mail has more than one From field.")

    def _delivered_to(self) -> tuple[str, ...]:
        values = (self._value(raw) for name, raw in self._top.block.fields if name in _DELIVERED_TO)
        addresses = (lowered(read_address(value)) for value in values)
        return tuple(dict.fromkeys(address for address in addresses if address))[:ADDRESSES]

    def _return_path(self) -> str | None:
        """The first Return-Path, which the last server wrote: an address, "" for `<>`, or the text that is neither."""
        raw = next(self._raw_values("return-path"), None)
        if raw is None:
            return None
        value = self._value(raw)
        return read_address(value) or value.strip("<> ")

    def _ids(self, name: str) -> tuple[str, ...]:
        ids = [one for raw in self._raw_values(name) for one in message_ids(clean_ids(raw, self._note))]
        return tuple(dict.fromkeys(ids))[-IDS:]

    # -- the text --

    def _find_bodies(self) -> set[Part]:
        """Parts that are the mail's own text. A text with a file name is one only if no other text came before."""
        bodies: set[Part] = set()
        for leaf in self._leaves:
            part = leaf.part
            if leaf.is_nested or part.content_type not in _TEXT_TYPES or part.disposition == "attachment":
                continue
            if not part.is_spare and (not bodies or not part.file_name):
                bodies.add(part)
        if not any(self._content[part].strip() for part in bodies):
            bodies |= {leaf.part for leaf in self._leaves if leaf.part.is_spare and not leaf.is_nested}
        return bodies

    def _text(self) -> tuple[str, bool]:
        text, is_html = self._text_of(self._top)
        inner = next((part for part in _parts(self._top) if part.is_message and part.children), None)
        if inner is not None and not has_own_words(text):
            text = f"{self._forwarded_text(inner.children[0])}\n\n{text}"
        text = self._cut(clean_text(text).strip("\n"), TEXT_CHARACTERS)
        return text, is_html and bool(text.strip())

    def _cut(self, text: str, characters: int) -> str:
        if len(text) > characters:
            self._partial = True
            self._note(f"The text is longer than {TEXT_CHARACTERS} characters; the rest was left out.")
        return text[:characters]

    def _forwarded_text(self, mail: Part) -> str:
        """The text of a mail that came as an attachment, when its sender added no words: it is the request."""
        self._bodies |= {
            part for part in _parts(mail) if part.content_type in _TEXT_TYPES and part.disposition != "attachment"
        }
        return f"{self._value(mail.block.first('subject'))}\n\n{self._text_of(mail)[0]}"

    def _text_of(self, part: Part) -> tuple[str, bool]:
        """The text of a part and whether all of it came from HTML. Recursion ends at the depth of the tree, 30."""
        if part.is_leaf:
            return (self._leaf_text(part), part.content_type == "text/html") if part in self._bodies else ("", False)
        if part.is_message:
            return "", False
        if part.content_type == "multipart/alternative":
            return self._best_of([self._text_of(child) for child in part.children])
        texts = [found for found in map(self._text_of, part.children) if found[0].strip()]
        return "\n\n".join(text for text, _ in texts), bool(texts) and all(is_html for _, is_html in texts)

    def _best_of(self, texts: list[tuple[str, bool]]) -> tuple[str, bool]:
        """Plain text before HTML, unless it is empty or only says that there is HTML."""
        plain = next((text for text, is_html in texts if text.strip() and not is_html), "")
        html = next((text for text, is_html in reversed(texts) if text.strip() and is_html), "")
        is_placeholder = len(plain) < _PLACEHOLDER_CHARACTERS and bool(_ASKS_FOR_HTML.search(plain))
        return (plain, False) if plain and not (html and is_placeholder) else (html, bool(html))

    def _leaf_text(self, part: Part) -> str:
        content, charset = self._content[part], part.parameters.get("charset", "")
        is_html = part.content_type == "text/html" or self._is_html(part, content)
        if is_html and codec_of(charset) in (None, "cp1252"):
            charset = charset_of_html(content) or charset
        is_rtf = part.content_type == "text/rtf"
        text = rtf_to_text(content) if is_rtf else decode(content, charset, self._note)
        if "cid:" in text or "CID:" in text:
            self._shown_ids |= {one.lower() for one in _CONTENT_ID.findall(text)}
        if is_html:
            text, cut = html_to_text(text)
            if cut:
                self._partial = True
                self._note("The HTML of the mail is too long or too deep; the rest of it was left out.")
            return text
        # Twice the limit, because cleaning makes text shorter: \r\n becomes \n.
        if part.content_type in ("text/enriched", "text/richtext"):
            text = plain_from_enriched(text.replace("\r\n", "\n"))
        text = _PICTURE.sub("", clean_text(self._cut(text, 2 * TEXT_CHARACTERS)))
        if part.parameters.get("format", "").lower() == "flowed":
            text = unflow(text, delete_space=part.parameters.get("delsp", "").lower() == "yes")
        return text

    def _is_html(self, part: Part, content: bytes) -> bool:
        """A whole page that some program calls plain text; a person who pastes markup seldom pastes all of it."""
        if part.content_type != "text/plain" or _SAYS_HTML.match(content) is None or b"</" not in content:
            return False
        self._note("A part says that it is plain text and is HTML.")
        return True

    # -- the parts --

    def _files(self) -> Iterator[_Leaf]:
        """What a person would call the attachments, the mails among them."""
        for part, nested in _walk(self._top, with_messages=True):
            is_report = self._top.content_type == "multipart/report" and part.content_type.endswith(_REPORT_PARTS)
            if nested or is_report or part in self._bodies or part.is_spare or part.content_type in _NO_FILES:
                continue
            if part.content_type == "application/pgp-encrypted" and not part.file_name:
                continue  # "Version: 1" beside the encrypted content (RFC 3156 4)
            if not part.is_multipart:
                content = self._content.get(part)
                yield _Leaf(part, content_of(part, self._note) if content is None else content, False)

    def _attachment(self, leaf: _Leaf, number: int) -> Attachment:
        part = leaf.part
        name = part.file_name
        if not name and part.is_message and part.children:
            subject = self._value(part.children[0].block.first("subject"))
            name = f"{subject[:100]}.eml" if subject else ""
        content_id = clean_header(unfolded(part.block.first("content-id"), self._note)).strip("<> ")
        shown = safe_name(name, part.content_type, number)
        size = len(leaf.content)
        inline = is_inline(shown, part.content_type, part.disposition, content_id, size, frozenset(self._shown_ids))
        return Attachment(shown, part.content_type, size, inline)

    def files(self) -> tuple[OutgoingAttachment, ...]:
        self._text()  # finds the pictures that the text shows
        carried: list[OutgoingAttachment] = []
        room = CARRIED_BYTES
        for number, leaf in enumerate(self._files(), start=1):
            told = self._attachment(leaf, number)
            if told.size <= room and not (told.inline and told.size <= LOGO_BYTES):
                room -= told.size
                carried.append(OutgoingAttachment(told.name, told.content_type, leaf.content))
        return tuple(carried)

    def _hashes(self) -> Iterator[tuple[str, str]]:
        """Content type and hash of each leaf, alike for copies that differ in encoding, line ends or blank lines."""
        for part in _parts(self._top, unwrapped=False):
            if part.wrapped is not None:
                yield part.content_type, _hash(part.wrapped)
            elif part.is_message and part.children:
                block = part.children[0].block
                told = b"\0".join(block.first(name) for name in ("message-id", "from", "date", "subject"))
                yield part.content_type, hashlib.sha256(told).hexdigest()
            elif part.is_leaf:
                yield part.content_type, _hash(self._content[part])


def clean_ids(raw: bytes, note: Note) -> str:
    """A header of message ids as text; encoded words are not decoded, because ids have none."""
    return clean_text(unfolded(raw, note)).replace("\n", " ")


def _hash(content: bytes) -> str:
    return hashlib.sha256(content.replace(b"\r\n", b"\n").rstrip(b" \t\r\n")).hexdigest()


def _parts(top: Part, *, unwrapped: bool = True) -> Iterator[Part]:
    """All parts in the order of the mail, with or without what was wrapped in them otherwise than in MIME."""
    waiting = [top]
    while waiting:
        part = waiting.pop()
        yield part
        if unwrapped or part.wrapped is None:
            waiting += reversed(part.children)


def _walk(top: Part, *, with_messages: bool = False) -> Iterator[tuple[Part, bool]]:
    """Leaves in the order of the mail, and whether each lies inside a mail that came as an attachment."""
    waiting = [(top, False)]
    while waiting:
        part, nested = waiting.pop()
        if part.is_leaf or (part.is_message and with_messages):
            yield part, nested
        waiting += [(child, nested or part.is_message) for child in reversed(part.children)]
