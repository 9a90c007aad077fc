"""Identity: by what a message is known again, and ids of our own that nobody else can make.

Keys are keyed hashes (HMAC-SHA256), so that they may stay after an erasure and tell nothing. Pure: keys come
in as arguments.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from daemon.mail.headers import read_block
from daemon.mail.message import Message
from daemon.mail.subject import bare

_VERSION = b"postroom message key 1"
_ID_FIELD = re.compile(rb"^message-id[ \t]*:", re.IGNORECASE | re.MULTILINE)
_FACTS = re.compile(rb"^(?:from|date|subject)[ \t]*:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*", re.IGNORECASE | re.MULTILINE)
_BLANK_LINE = re.compile(rb"(?:\A|\n)\r*\n")
_NUMBERS = re.compile(r"\d+")
_LONG = 40
_INSTALL_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_SIGNED = re.compile(r"([a-z])\.([a-z2-7]{32})\.([A-Za-z0-9_-]{1,16})@([A-Za-z0-9.-]{1,255})")
_SIGNED_INSIDE = re.compile(rf"(?<![\w.-]){_SIGNED.pattern}(?<![.-])")


def message_key(message: Message, raw: bytes, key: bytes) -> str:
    """What one mail has in common in all its copies, as 64 hex digits; `raw` are the bytes `message` was read
    from.

    Over Message-ID, senders, Date, Subject and the decoded content, never over the Message-ID alone:
    Outlook's "Resend" and some programs use one id for different mails. Trace fields and encodings are left
    out, because the copies in it@ and hr@ differ in them. Of a `partial` message all of the body counts as it
    stands.
    """
    facts = [message.message_id, *(one.key or one.name for one in message.senders), message.date, message.subject]
    parts = [text for part in message.parts for text in part]
    canonical = [str(len(message.senders)), *facts, *parts]
    body = [hashlib.sha256(_body_of(raw)).hexdigest()] if message.partial else []
    return _hmac(key, _VERSION, (text.encode("utf-8", "surrogatepass") for text in canonical + body))


def raw_key(raw: bytes, key: bytes) -> str:
    """The key, as 64 hex digits, of a mail that nobody has read: over what follows its Message-ID, or over all
    of it.

    What stands above the Message-ID are trace fields in which copies differ, but for From, Date and Subject:
    some programs use one Message-ID and one text for many mails.
    """
    blank = _BLANK_LINE.search(raw)
    found = _ID_FIELD.search(raw, 0, blank.start() if blank else len(raw))  # a mail forwarded inside has one too
    start = found.start() if found else 0
    above = (fact[0] for fact in _FACTS.finditer(raw, 0, start))
    return _hmac(key, b"postroom raw key 2", (*above, raw[start:]))


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a mail has in common with others of its sender, as 32 characters each; "" where there is nothing to
    compare.

    `same`: subject, words and names of files are the same. `alike`: the words are the same but for numbers, as
    those of a program that answers every mail; `is_long` if they are too many to be alike by chance.
    """

    same: str = ""
    alike: str = ""

    @property
    def is_long(self) -> bool:
        """Whether the words that are alike are more than a greeting."""
        return self.alike.startswith("l")


def likeness(message: Message, key: bytes, internal_domains: Collection[str]) -> Likeness:
    """By what this mail is told to be like another of its sender, whatever their Message-IDs and dates.

    A long text of an outsider is like that of anybody of the same domain: help desks write from an address for
    each of their mails. Colleagues (of `internal_domains`, lower case) who fill in the same form stay apart.
    """
    sender, subject = message.sender.key, bare(message.subject).lower()
    words = " ".join((message.words or message.text).lower().split())
    files = sorted(one.name for one in message.files)
    if not sender or not (words or subject or files):
        return Likeness()
    same = _short(key, b"postroom same text 1", [sender, subject, words, *files])
    wordless = " ".join(_NUMBERS.sub(" ", words).split())
    if len(wordless) >= _LONG:
        who = sender if message.sender.domain in internal_domains else message.sender.domain
        return Likeness(same, "l" + _short(key, b"postroom alike 1", [who, wordless])[1:])
    numberless = " ".join(_NUMBERS.sub(" ", subject).split())
    return Likeness(same, "s" + _short(key, b"postroom alike 1", [sender, numberless, wordless])[1:])


def _short(key: bytes, purpose: bytes, pieces: Iterable[str]) -> str:
    return _hmac(key, purpose, (piece.encode("utf-8", "surrogatepass") for piece in pieces))[:32]


def passed_through(loop: str) -> tuple[str, ...]:
    """The installations of Postroom that X-Postroom-Loop names, the newest seven; what is no id is left out."""
    return tuple(dict.fromkeys(one for one in loop.split() if _INSTALL_ID.fullmatch(one)))[-7:]


def plus_address(message_id: str, address: str) -> str:
    """The shared address with our signed id behind a plus (RFC 5233): what is sent there says what it answers.

    `message_id` is ours; `it@lindwerk.example` becomes `it+a.<signature>.k1@lindwerk.example`. "" if the local
    part would be longer than 64 characters (RFC 5321 4.5.3.1.1).
    """
    local_part, _, domain = address.rpartition("@")
    marked = f"{local_part}+{_bare(message_id).rpartition('@')[0]}"
    return f"{marked}@{domain}" if len(marked) <= 64 else ""


def ids_behind_plus(addresses: Iterable[str], watched: Collection[str], domain: str) -> tuple[str, ...]:
    """Ids in the shape of ours, without angle brackets, that stand behind a plus in one of our addresses.

    `watched` are our addresses in lower case, `domain` the right side of our ids. Proves nothing: see
    `verify_signed_id`.
    """
    found = []
    for address in addresses:
        local_part, _, host = address.lower().rpartition("@")
        base, plus, behind = local_part.partition("+")
        one = f"{behind}@{domain.lower()}"
        if plus and f"{base}@{host}" in watched and _SIGNED.fullmatch(one):
            found.append(one)
    return tuple(dict.fromkeys(found))


def _body_of(raw: bytes) -> bytes:
    block = read_block(raw, 0, len(raw), lambda _sentence: None)
    return raw[block.body_start :].replace(b"\r\n", b"\n").rstrip()


def signed_id(kind: str, effect_key: str, key: bytes, key_id: str, domain: str) -> str:
    """The Message-ID, with angle brackets, of a mail of ours: the same for the same effect, and unguessable.

    `kind` is the kind of mail ("acknowledgement": its first letter shows in the id), `effect_key` names the
    one effect that the mail is, `key_id` says which key signed it. Raises ValueError if the parts make no
    such id.
    """
    signed = f"{kind[:1].lower()}.{_signature(kind, effect_key, key)}.{key_id}@{domain.lower()}"
    if not _SIGNED.fullmatch(signed):
        raise ValueError(f"kind {kind!r}, key id {key_id!r} and domain {domain!r} make no Message-ID.")
    return f"<{signed}>"


def is_ours(message_id: str, domain: str) -> bool:
    """Whether an id, with or without angle brackets, has the shape of ours. Proves nothing: see
    `verify_signed_id`."""
    found = _SIGNED.fullmatch(_bare(message_id))
    return found is not None and found[4].lower() == domain.lower()


def signed_ids(text: str) -> tuple[str, ...]:
    """All ids in `text`, without angle brackets, that have the shape of ours. Proves nothing."""
    return tuple(found[0] for found in _SIGNED_INSIDE.finditer(text))


def verify_signed_id(message_id: str, kind: str, effect_key: str, keys: Mapping[str, bytes]) -> bool:
    """Whether we made this id for this effect, with one of our `keys` by key id. Compares in constant time."""
    found = _SIGNED.fullmatch(_bare(message_id))
    if found is None or found[3] not in keys or found[1] != kind[:1].lower():
        return False
    return hmac.compare_digest(found[2], _signature(kind, effect_key, keys[found[3]]))


def _signature(kind: str, effect_key: str, key: bytes) -> str:
    # Not hmac.digest: it lets go of the interpreter for a microsecond's work, then waits milliseconds for its turn.
    digest = hmac.new(key, f"{kind}\0{effect_key}".encode(), "sha256").digest()
    return base64.b32encode(digest).decode("ascii")[:32].lower()


def _bare(message_id: str) -> str:
    return message_id.strip().removeprefix("<").removesuffix(">")


def _hmac(key: bytes, purpose: bytes, pieces: Iterable[bytes]) -> str:
    """Each piece goes in with its length, so that no two lists of pieces look alike."""
    mac = hmac.new(key, purpose, "sha256")
    for piece in pieces:
        mac.update(len(piece).to_bytes(8, "big"))
        mac.update(piece)
    return mac.hexdigest()
