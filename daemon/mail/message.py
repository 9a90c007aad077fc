"""A message as a value: what one e-mail says, decoded, cleaned and safe to store, compare and show.

Facts only. It holds no attachment bytes, knows no request and decides nothing; `daemon.mail.parse` makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from daemon.mail.clean import lowered


@dataclass(frozen=True, slots=True)
class Address:
    """A person or machine as a header names it.

    `address` is an addr-spec with its domain in lower case and its local part as written, or "" where the
    header could not be read without guessing; compare addresses by `key`.
    """

    name: str = ""
    address: str = ""

    @property
    def key(self) -> str:
        """The address in lower case: what two spellings of one mailbox have in common."""
        return lowered(self.address)

    @property
    def local_part(self) -> str:
        """What stands before the @, as written; "" if there is no address."""
        return self.address.rpartition("@")[0]

    @property
    def domain(self) -> str:
        """What stands behind the @, in lower case; "" if there is no address."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message, without its bytes.

    `name` is safe to show (no path, no control or bidirectional characters, at most 120 characters) and is
    never a place to store the file. `size` counts decoded bytes. `inline` means a logo or picture inside the
    text.
    """

    name: str
    content_type: str
    size: int
    inline: bool


@dataclass(frozen=True, slots=True)
class OutgoingAttachment:
    """A file with its bytes, as an owner's answer carries it on to the requester."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """What a multipart/report says (RFC 6522): a bounce (RFC 3464) or a disposition notification (RFC 8098).

    `kind` is the report type in lower case, such as "delivery-status" or "disposition-notification", or
    "text" for a bounce in which a mail server only wrote to people. `action`
    is failed, delayed, delivered, relayed or expanded in a delivery report and the disposition type
    (displayed, deleted ...) in a notification. `status` is the enhanced status code such as "5.1.1".
    `original_message_id` is the id, without <>, of the mail reported on. Whatever the report does not say is
    "".
    """

    kind: str
    failed_address: str = ""
    action: str = ""
    status: str = ""
    original_message_id: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One e-mail as it came in (RFC 5322), read with tolerance.

    `headers` are all header fields in their order: names in lower case, values decoded and cleaned, without
    any X-Postroom-* field, because those would be an outsider's words about us. `loop` is the one exception:
    the value of X-Postroom-Loop, which can only make us more silent. `return_path` is None without such a
    field and "" for `<>`. `date` is the raw text of the header and attacker's data: never compute with it.
    Ids carry no angle brackets. `text` is all of the plain text; `words`, `quoted` and `signature` are its
    newest words and what was set aside. `parts` are (content type, SHA-256 of the canonical decoded bytes)
    for each leaf. `defects` are sentences about what had to be repaired; `partial` means that something
    beyond a limit was left out. `encrypted` is "S/MIME" or "PGP" where only the holder of a key can read a part of
    it, else "".
    """

    message_id: str = ""
    sender: Address = Address()
    senders: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()
    return_path: str | None = None
    date: str = ""
    subject: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    text: str = ""
    words: str = ""
    quoted: str = ""
    signature: str = ""
    html_only: bool = False
    attachments: tuple[Attachment, ...] = ()
    language: str = ""
    report: Report | None = None
    parts: tuple[tuple[str, str], ...] = ()
    size: int = 0
    defects: tuple[str, ...] = ()
    partial: bool = False
    loop: str = ""
    encrypted: str = ""

    def header_values(self, name: str) -> tuple[str, ...]:
        """All values of one header field, `name` in lower case, in the order in which they came."""
        return tuple([value for field, value in self.headers if field == name])

    @property
    def files(self) -> tuple[Attachment, ...]:
        """What is attached, without the pictures that only belong to the text."""
        return tuple(one for one in self.attachments if not one.inline)

    @property
    def shown_words(self) -> str:
        """The newest words as a person is shown them, below a line about what only they can read."""
        words = self.words or self.text
        if not self.encrypted:
            return words
        return (
            f"[Encrypted with {self.encrypted}: Postroom cannot read it. Open the original in a mail program that "
            f"has the key.]\n\n{words}"
        ).strip()

    def to_json(self) -> dict[str, Any]:
        """The message as plain dicts, lists, strings, numbers and None; `from_json` gives back an equal value."""
        plain = {name: getattr(self, name) for name in _PLAIN}
        plain |= {name: list(getattr(self, name)) for name in _TEXT_LISTS}
        plain |= {name: [list(pair) for pair in getattr(self, name)] for name in _PAIR_LISTS}
        plain |= {name: [_address_to_json(one) for one in getattr(self, name)] for name in _ADDRESS_LISTS}
        plain["sender"] = _address_to_json(self.sender)
        plain["attachments"] = [[a.name, a.content_type, a.size, a.inline] for a in self.attachments]
        plain["report"] = None if self.report is None else _report_to_json(self.report)
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Message:
        """The message that `to_json` was asked of. Raises KeyError, TypeError or ValueError for anything else."""
        values: dict[str, Any] = {name: _typed(plain[name], kinds) for name, kinds in _PLAIN.items()}
        values |= {name: tuple(_texts(plain[name])) for name in _TEXT_LISTS}
        values |= {name: tuple((one, two) for one, two in map(_texts, plain[name])) for name in _PAIR_LISTS}
        values |= {name: tuple(Address(*_texts(one)) for one in plain[name]) for name in _ADDRESS_LISTS}
        values["sender"] = Address(*_texts(plain["sender"]))
        values["attachments"] = tuple(_attachment_from_json(*one) for one in plain["attachments"])
        values["report"] = None if plain["report"] is None else Report(*_texts(plain["report"]))
        return cls(**values)


_PLAIN: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("message_id", "date", "subject", "text", "words", "quoted", "signature"), (str,)),
    **dict.fromkeys(("language", "loop", "encrypted"), (str,)),
    **dict.fromkeys(("html_only", "partial"), (bool,)),
    "return_path": (str, type(None)),
    "size": (int,),
}
_TEXT_LISTS = ["delivered_to", "in_reply_to", "references", "defects"]
_PAIR_LISTS = ["headers", "parts"]
_ADDRESS_LISTS = ["senders", "reply_to", "to", "cc"]


def _address_to_json(address: Address) -> list[str]:
    return [address.name, address.address]


def _report_to_json(report: Report) -> list[str]:
    return [report.kind, report.failed_address, report.action, report.status, report.original_message_id]


def _attachment_from_json(name: Any, content_type: Any, size: Any, inline: Any) -> Attachment:
    name, content_type = _texts([name, content_type])
    return Attachment(name, content_type, _typed(size, (int,)), _typed(inline, (bool,)))


def _texts(values: Any) -> list[str]:
    """The values, which must be texts: what a child process says is not trusted to be well formed."""
    return [_typed(value, (str,)) for value in values]


def _typed(value: Any, kinds: tuple[type, ...]) -> Any:
    if not isinstance(value, kinds):
        raise TypeError(f"A message holds a {type(value).__name__} where none belongs.")
    return value
