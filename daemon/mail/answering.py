"""Where an answer goes: an automatic one by RFC 3834 section 4, a person's by RFC 5322 section 3.6.2. Decides only.

Automatic answers never go to Reply-To: who writes it can have others buried in mail that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Collection

from daemon.mail.addresses import is_one_of
from daemon.mail.compose import is_sendable_address
from daemon.mail.message import Message


def acknowledgement_goes_to(message: Message, internal_domains: Collection[str]) -> str:
    """The address for an automatic answer: From where the return path agrees with it, else the return path.

    From is a claim, the return path is where the mail's own server wanted to hear of it; a forged From must not
    send our mail to somebody who never wrote. `internal_domains` (lower case) are one house.
    """
    path = message.return_path
    if not path or are_together(path.rpartition("@")[2], message.sender.domain, internal_domains):
        return message.sender.address
    return path


def answers_wanted_at(message: Message, internal_domains: Collection[str], watched: Collection[str]) -> str:
    """The address to which a person's answer goes instead of From, in lower case; "" for From itself.

    The one Reply-To, if it is of the same house as From: with any other, a forged From would have the owner's
    words sent to whoever wrote the field. And never one of those that we watch (lower case): mail programs put the
    shared address there when somebody answers to all, and the answer would come back to us.
    """
    wanted = message.reply_to
    if len(wanted) != 1 or len(message.senders) > 1 or not is_sendable_address(wanted[0].address):
        return ""
    if is_one_of(wanted[0].key, watched):
        return ""
    together = are_together(wanted[0].domain, message.sender.domain, internal_domains)
    return wanted[0].key if together and wanted[0].key != message.sender.key else ""


def are_together(one: str, other: str, internal_domains: Collection[str]) -> bool:
    """Whether two domains are one house: the same, one below the other, or both the organisation's own."""
    one, other = one.lower(), other.lower()
    if not one or not other:
        return False
    if one == other or one.endswith(f".{other}") or other.endswith(f".{one}"):
        return True
    return one in internal_domains and other in internal_domains
