"""Outgoing mail: from a Draft to the bytes that are frozen in the outbox. The same draft gives the same
bytes.

Builds every header from cleaned text, never from a header of a mail that came in, and reads the finished
header block once more before handing it out: a field outside the list, or a line end that is none, stops the
mail. Sends nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import quote

from daemon.mail.clean import clean_header, clean_text
from daemon.mail.message import Address, OutgoingAttachment

__all__ = ["ComposeError", "Draft", "OutgoingAttachment", "Picture", "clean_header", "compose", "is_sendable_address"]


class ComposeError(ValueError):
    """A draft that cannot become a mail; the sentence says which part and why."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail before it has bytes.

    `in_reply_to` and `references` are message ids, with or without angle brackets, the oldest first.
    `automatic` is what Auto-Submitted says: "replied" for an answer to one mail, "generated" for what nobody
    asked for, None for a mail that a person wrote (RFC 3834 5). `pictures`: what the HTML shows; they stay behind
    where there is none.
    """

    kind: str
    sender: Address
    recipient: Address
    reply_to: Address | None
    subject: str
    text: str
    html: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    automatic: Literal["replied", "generated"] | None = None
    attachments: tuple[OutgoingAttachment, ...] = ()
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG that the HTML shows as `cid:<name>` (RFC 2392); the name is made of letters, digits, dots and hyphens."""

    name: str
    content: bytes


REFERENCES = 20
REFERENCES_BYTES = 4_000
"""RFC 3834 3.1.6 asks for References; a long thread keeps its first id and the newest ones."""

_HEADER_NAMES = b"""
    From To Reply-To Subject Date Message-ID In-Reply-To References MIME-Version Content-Type
    Content-Transfer-Encoding Auto-Submitted X-Auto-Response-Suppress X-Postroom-Loop X-Postroom-Outbox
"""
_HEADERS = frozenset(_HEADER_NAMES.split())
_LINE = 998
_LINE_WISHED = 76
_WORD_BYTES = 45  # of UTF-8 in one encoded word: 60 of base64, and 72 with its frame (RFC 2047 2 allows 75)

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"{_ATEXT}+(?:\.{_ATEXT}+)*@(?:{_LABEL}\.)+{_LABEL}")
_PHRASE = re.compile(rf"{_ATEXT}+(?: {_ATEXT}+)*")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_TOKEN = re.compile(r"[0-9a-f]{32}")
_INSTALL_IDS = re.compile(r"[A-Za-z0-9.-]{1,64}(?: [A-Za-z0-9.-]{1,64}){0,7}")
_CONTENT_TYPE = re.compile(r"(?:application|audio|image|text|video|font)/[a-z0-9][a-z0-9.+_-]{0,80}")
_CONTENT_ID = re.compile(r"[A-Za-z0-9.-]{1,64}@[A-Za-z0-9.-]{1,200}")
_FILE_NAME = re.compile(r"[A-Za-z0-9 ._()+,-]{1,60}")
_FIELD = re.compile(rb"([A-Za-z][A-Za-z-]*): [!-~]")
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def is_sendable_address(address: str) -> bool:
    """Whether mail may go to `address`: a dot-atom and a domain name in ASCII, nothing quoted, no literal.

    RFC 5321 allows more; what it allows more of is how commands get into SMTP sessions (CVE-2026-30227).
    """
    local_part, _, _ = address.rpartition("@")
    return len(address) <= 254 and 0 < len(local_part) <= 64 and _ADDRESS.fullmatch(address) is not None


def compose(draft: Draft, *, message_id: str, date: datetime, outbox_token: str, install_id: str) -> bytes:
    """The mail as it goes over the wire: ASCII, CRLF, no line longer than 998 bytes.

    `message_id` is ours, with or without angle brackets; `date` is an aware UTC datetime; `outbox_token` are
    32 hex digits by which the mail is found again; `install_id` marks loops: our own, behind those of the up to
    seven other installations through which came what this mail is about. Raises ComposeError.
    """
    own_id = _message_id(message_id)
    content_headers, body = _content(draft, hashlib.sha256(own_id.encode("ascii")).hexdigest()[:32])
    headers = [
        ("From", _mailbox(draft.sender, "sender", len("From: "))),
        ("To", _mailbox(draft.recipient, "recipient", len("To: "))),
        ("Reply-To", _mailbox(draft.reply_to, "reply address", len("Reply-To: ")) if draft.reply_to else ""),
        ("Subject", _text(clean_header(draft.subject), len("Subject: "))),
        ("Date", _date(date)),
        ("Message-ID", own_id),
        ("In-Reply-To", _known_id(draft.in_reply_to) if draft.in_reply_to else ""),
        ("References", _references(draft.references)),
        ("Auto-Submitted", f"auto-{draft.automatic}" if draft.automatic else ""),
        ("X-Auto-Response-Suppress", "All" if draft.automatic else ""),
        ("X-Postroom-Loop", _matching(install_id, _INSTALL_IDS, "install id")),
        ("X-Postroom-Outbox", _matching(outbox_token, _TOKEN, "outbox token")),
        ("MIME-Version", "1.0"),
        *content_headers,
    ]
    block = "".join(f"{name}: {value}\r\n" for name, value in headers if value)
    mail = block.encode("ascii") + b"\r\n" + body
    _check(mail)
    return mail


# -- header values --


def _mailbox(address: Address, role: str, used: int) -> str:
    if not is_sendable_address(address.address):
        raise ComposeError(f"The {role} {clean_header(address.address)!r} is no address that mail can be sent to.")
    name = clean_header(address.name)
    if not name:
        return address.address
    shown = _phrase(name, used)
    break_or_space = " " if used + len(shown) + len(address.address) + 3 <= _LINE_WISHED else "\r\n "
    return f"{shown}{break_or_space}<{address.address}>"


def _phrase(name: str, used: int) -> str:
    """A display name: as it is, in quotes, or as encoded words."""
    if not name.isascii() or "=?" in name or len(name) > _LINE_WISHED - used - 2:
        return _encoded_words(name, used)
    if _PHRASE.fullmatch(name):
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(text: str, used: int) -> str:
    """Unstructured text: folded at its spaces, or as encoded words if it is not ASCII or looks encoded."""
    words = text.split(" ")
    if not text.isascii() or "=?" in text or max(map(len, words)) > _LINE_WISHED - 2:
        return _encoded_words(text, used)
    lines, room = [""], _LINE_WISHED - used
    for word in words:
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append("")
            room = _LINE_WISHED - 1
        lines[-1] += f" {word}" if lines[-1] else word
    return "\r\n ".join(lines)


def _encoded_words(text: str, used: int) -> str:
    """RFC 2047 in base64 and UTF-8, cut between characters; the field's name takes `used` of the first line."""
    words: list[bytes] = []
    room = _WORD_BYTES - used
    for character in text:
        encoded = character.encode("utf-8")
        if not words or len(words[-1]) + len(encoded) > room:
            room = _WORD_BYTES if words else room
            words.append(b"")
        words[-1] += encoded
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(word).decode('ascii')}?=" for word in words)


def _date(date: datetime) -> str:
    if date.utcoffset() != timedelta(0):
        raise ComposeError(f"The date {date.isoformat()} of a mail must be in UTC.")
    return (
        f"{_DAYS[date.weekday()]}, {date.day:02} {_MONTHS[date.month - 1]} {date.year:04} "
        f"{date.hour:02}:{date.minute:02}:{date.second:02} +0000"
    )


def _message_id(message_id: str) -> str:
    bracketed = _known_id(message_id)
    if not bracketed:
        raise ComposeError(f"{clean_header(message_id)!r} is no Message-ID.")
    return bracketed


def _known_id(message_id: str) -> str:
    """A stranger's id in angle brackets, or "" if it cannot stand in a header: then the mail goes without it."""
    bracketed = f"<{message_id.strip().removeprefix('<').removesuffix('>')}>"
    return bracketed if _MESSAGE_ID.fullmatch(bracketed) else ""


def _references(ids: tuple[str, ...]) -> str:
    known = [bracketed for one in ids if (bracketed := _known_id(one))]
    if len(known) > REFERENCES:
        known = [known[0], *known[1 - REFERENCES :]]
    while len(known) > 1 and sum(len(one) + 3 for one in known) > REFERENCES_BYTES:
        del known[1]
    return "\r\n ".join(known)


def _matching(value: str, pattern: re.Pattern[str], role: str) -> str:
    if not pattern.fullmatch(value):
        raise ComposeError(f"{clean_header(value)!r} is no {role}.")
    return value


# -- content --

_Headers = list[tuple[str, str]]


def _content(draft: Draft, seed: str) -> tuple[_Headers, bytes]:
    """The body and the headers that describe it; `seed` makes the boundaries: no chance, the bytes are frozen."""
    content = _text_part("plain", draft.text)
    if draft.html is not None:
        page = _text_part("html", draft.html)
        if draft.pictures:
            page = _multipart("related", seed, [page, *map(_picture_part, draft.pictures)])
        content = _multipart("alternative", seed, [content, page])
    if draft.attachments:
        content = _multipart("mixed", seed, [content, *map(_file_part, draft.attachments)])
    return content


def _multipart(subtype: str, seed: str, parts: list[tuple[_Headers, bytes]]) -> tuple[_Headers, bytes]:
    # No part holds "=_": quoted-printable and base64 cannot, and other text with it is encoded (_text_part).
    boundary = f"=_{subtype[:3]}_{seed}"
    pieces: list[bytes] = []
    for headers, body in parts:
        block = "".join(f"{name}: {value}\r\n" for name, value in headers)
        pieces += [b"--", boundary.encode("ascii"), b"\r\n", block.encode("ascii"), b"\r\n", body, b"\r\n"]
    pieces += [b"--", boundary.encode("ascii"), b"--\r\n"]
    return [("Content-Type", f'multipart/{subtype};\r\n boundary="{boundary}"')], b"".join(pieces)


def _text_part(subtype: str, text: str) -> tuple[_Headers, bytes]:
    lines = clean_text(text).strip("\n").split("\n")
    encoded = ("\r\n".join(lines) + "\r\n").encode("utf-8")
    headers = [("Content-Type", f"text/{subtype}; charset=utf-8")]
    if encoded.isascii() and b"=_" not in encoded and max(map(len, lines)) <= _LINE_WISHED + 2:
        return [*headers, ("Content-Transfer-Encoding", "7bit")], encoded
    # The line end of the text decides that of the soft breaks, and there is always one.
    return [*headers, ("Content-Transfer-Encoding", "quoted-printable")], binascii.b2a_qp(encoded, istext=True)


def _picture_part(picture: Picture) -> tuple[_Headers, bytes]:
    """A picture that travels with the page that shows it: nothing is fetched (RFC 2387)."""
    name = _matching(picture.name, _CONTENT_ID, "name of a picture")
    headers = [
        ("Content-Type", "image/png"),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-ID", f"<{name}>"),
        ("Content-Disposition", f'inline;\r\n filename="{name.partition("@")[0]}.png"'),
    ]
    return headers, base64.encodebytes(picture.content).replace(b"\n", b"\r\n")


def _file_part(attachment: OutgoingAttachment) -> tuple[_Headers, bytes]:
    content_type = attachment.content_type.lower()
    if not _CONTENT_TYPE.fullmatch(content_type):
        content_type = "application/octet-stream"  # message/* and multipart/* must not be encoded (RFC 2045 6.4)
    headers = [
        ("Content-Type", content_type),
        ("Content-Transfer-Encoding", "base64"),
        ("Content-Disposition", f"attachment;{_file_name(clean_header(attachment.name) or 'unnamed')}"),
    ]
    return headers, base64.encodebytes(attachment.content).replace(b"\n", b"\r\n")


def _file_name(name: str) -> str:
    if _FILE_NAME.fullmatch(name):
        return f'\r\n filename="{name}"'
    # RFC 2231 in pieces of short lines; a percent code is never cut.
    pieces, line = [], ""
    for character in name[:120]:
        encoded = quote(character, safe="")
        if len(line) + len(encoded) > 50:
            pieces.append(line)
            line = ""
        line += encoded
    pieces.append(line)
    pieces[0] = f"utf-8''{pieces[0]}"
    return ";".join(f"\r\n filename*{number}*={piece}" for number, piece in enumerate(pieces))


# -- the last look --


def _check(mail: bytes) -> None:
    """Reads the finished bytes: only known fields, each once, only whole line ends, ASCII, no line too long."""
    if not mail.count(b"\r\n") == mail.count(b"\r") == mail.count(b"\n"):
        raise ComposeError("The finished mail holds half a line end; it was not built to be sent.")
    if not mail.isascii() or b"\0" in mail:
        raise ComposeError("The finished mail is not ASCII; it was not built to be sent.")
    lines = mail.split(b"\r\n")
    if max(map(len, lines)) > _LINE:
        raise ComposeError(f"The finished mail has a line of more than {_LINE} bytes; it was not built to be sent.")
    names: set[bytes] = set()
    for line in lines[: lines.index(b"")]:
        if line[:1] == b" " and names and line.strip():
            continue
        found = _FIELD.match(line)
        if found is None or found[1] not in _HEADERS or found[1] in names:
            shown = clean_header(line.decode("ascii"))[:60]
            raise ComposeError(f"The finished mail has the header line {shown!r}; it was not built to be sent.")
        names.add(found[1])
