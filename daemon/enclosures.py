"""The files that came with an answer of staff, read before the transaction in which they are passed on.

Reading them takes as long as their sender likes, up to the limits of the parser; no transaction waits for that.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from daemon.mail.identity import signed_ids
from daemon.mail.message import Message, OutgoingAttachment
from daemon.office import Office
from daemon.parsing import ParseFailed
from daemon.store.copies import Copy
from daemon.threads import may_refer_back

log = structlog.get_logger("intake")


@dataclass(frozen=True, slots=True)
class Enclosed:
    """Files to pass on; names of those that cannot be; and names of mails of ours, which stay in the house."""

    files: tuple[OutgoingAttachment, ...] = ()
    missing: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()


NOTHING_ENCLOSED = Enclosed()


def enclosed_in(copy: Copy, message: Message, office: Office) -> Enclosed:
    """The files of a message that may be an answer of staff; of any other, nothing is read. Raises ParserDown.

    Files that cannot be read are `missing`: the answer says so, and goes without them.
    """
    names = tuple(one.name for one in message.files)
    if not names or not may_refer_back(message) or not _may_be_staff(message, office):
        return NOTHING_ENCLOSED
    try:
        files = office.parsers.attachments(copy.content)
    except ParseFailed as failure:
        log.warning("attachments_not_read", copy=copy.id, reason=str(failure))
        return Enclosed(missing=names)
    carried = {one.name for one in files}
    ours = tuple(one.name for one in files if _is_mail_of_ours(one, office.settings.organisation.id_domain))
    return Enclosed(
        tuple(one for one in files if one.name not in ours),
        tuple(name for name in names if name not in carried),
        ours,
    )


def _may_be_staff(message: Message, office: Office) -> bool:
    """Colleagues, and whoever of another house works for a department."""
    sender = message.sender.key
    return office.settings.organisation.is_internal(sender) or office.settings.person(sender) is not None


def _is_mail_of_ours(file: OutgoingAttachment, id_domain: str) -> bool:
    """Whether a file holds a Message-ID of ours: some programs attach the mail that they answer.

    That mail is our notice: it says what staff alone may read, and whoever has its id can answer in their name.
    Outlook's own files (.msg) hold text as UTF-16.
    """
    content = file.content.replace(b"\0", b"")
    if f"@{id_domain}".lower().encode() not in content.lower():
        return False
    found = signed_ids(content.decode("latin-1"))
    return any(one.rpartition("@")[2].lower() == id_domain.lower() for one in found)
