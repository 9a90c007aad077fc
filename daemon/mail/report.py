"""Delivery reports (RFC 3464) and disposition notifications (RFC 8098): what a multipart/report says.

Reads what is written; whether a report is believed is decided elsewhere, by the signed id of the mail
reported on.
"""

from __future__ import annotations

from collections.abc import Iterator

from daemon.mail.addresses import read_address
from daemon.mail.headers import Block, Note, message_ids, read_block, unfolded
from daemon.mail.message import Report
from daemon.mail.structure import Part, content_of

BLOCKS = 50
"""So many recipients of one report are read."""

_DELIVERY = ("message/delivery-status", "message/global-delivery-status")
_DISPOSITION = ("message/disposition-notification", "message/global-disposition-notification")
_HEADERS = ("text/rfc822-headers", "message/global-headers", "message/rfc822-headers")


def read_report(top: Part, note: Note) -> Report | None:
    """The report that a mail is, or None if it is no multipart/report."""
    if top.content_type != "multipart/report":
        return None
    told = top.parameters.get("report-type", "").lower()
    original = returned_id(top, note)
    for part in top.children:
        if part.content_type in _DELIVERY:
            return _delivery(part, told or "delivery-status", original, note)
        if part.content_type in _DISPOSITION:
            return _disposition(part, told or "disposition-notification", original, note)
    return Report(told, original_message_id=original)


def _delivery(part: Part, kind: str, original: str, note: Note) -> Report:
    recipients = [block for block in _blocks(part, note) if block.first("action") or block.first("final-recipient")]
    failed = next((one for one in recipients if _action(one, note) == "failed"), None)
    one = failed or next(iter(recipients), Block((), 0))
    address = _typed(one, "original-recipient", note) or _typed(one, "final-recipient", note)
    status = _field(one, "status", note).partition(" ")[0]
    return Report(kind, address, _action(one, note), status, original)


def _action(block: Block, note: Note) -> str:
    """`failed (bad destination mailbox)` is failed: a comment may stand in any field (RFC 3464 2.1.1)."""
    return _field(block, "action", note).partition("(")[0].strip().lower()


def _disposition(part: Part, kind: str, original: str, note: Note) -> Report:
    block = next(_blocks(part, note), Block((), 0))
    action = _field(block, "disposition", note).rpartition(";")[2].strip().partition("/")[0].lower()
    ids = message_ids(_field(block, "original-message-id", note))
    address = _typed(block, "original-recipient", note) or _typed(block, "final-recipient", note)
    return Report(kind, address, action, "", ids[0] if ids else original)


def _blocks(part: Part, note: Note) -> Iterator[Block]:
    """The groups of fields of a report, which blank lines separate."""
    data = content_of(part, note)
    position = 0
    for _ in range(BLOCKS):
        while position < len(data) and data[position] in b"\r\n":
            position += 1
        if position >= len(data):
            return
        block = read_block(data, position, len(data), note)
        if not block.fields:
            return
        yield block
        position = block.body_start


def _field(block: Block, name: str, note: Note) -> str:
    return unfolded(block.first(name), note)[:1_000]


def _typed(block: Block, name: str, note: Note) -> str:
    """The address in a field such as `rfc822; mara@lindwerk.example`."""
    return read_address(_field(block, name, note).rpartition(";")[2])


def returned_id(top: Part, note: Note) -> str:
    """The Message-ID, without <>, of the mail that a mail returns or attaches; "" if there is none."""
    return next((found for part in top.children if (found := _original_id(part, note))), "")


def _original_id(part: Part, note: Note) -> str:
    """The Message-ID of the returned mail or of its returned header."""
    if part.is_message and part.children:
        block = part.children[0].block
    elif part.content_type in _HEADERS:
        content = content_of(part, note)
        start = len(content) - len(content.lstrip(b"\r\n"))
        block = read_block(content, start, len(content), note)
    else:
        return ""
    return next(iter(message_ids(_field(block, "message-id", note))), "")
