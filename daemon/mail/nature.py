"""The nature of a message: a person, an automatic reply, a bounce, a list or a program; and what follows from
it.

Three pure questions: what is this (`nature_of`), is it a request (`is_request`), may it be acknowledged
(`may_acknowledge`, the list of RFC 3834). When in doubt a message is a request and gets no automatic answer:
a request too many costs a person one look, a lost request or a mail loop costs more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from daemon.mail.absence import (
    begins_as_absence,
    is_absence_subject,
    is_leave_subject,
    is_mailing,
    names_absent_person,
    says_automatic,
    says_automatic_reply,
    says_program,
    says_read,
)
from daemon.mail.addresses import is_one_of, read_address, read_list
from daemon.mail.body import own_words
from daemon.mail.bounce import TEXT, bounce_signs
from daemon.mail.compose import is_sendable_address
from daemon.mail.forward import is_forward_subject
from daemon.mail.leave import is_absence_notice, may_be_absence_notice, says_absent
from daemon.mail.message import Message, Report
from daemon.mail.notice import is_calendar_answer, is_challenge, is_unread_mailbox, notice_signs
from daemon.mail.parse import parse
from daemon.mail.receipt import is_receipt, may_be_receipt
from daemon.mail.signs import (
    BULK_PRECEDENCE,
    REPLY_PRECEDENCE,
    auto_submitted,
    desk_mark,
    has_program_subject,
    is_disowned,
    is_group,
    is_list_name,
    is_marked_spam,
    is_program_name,
    is_responder,
    is_system_address,
    is_system_return_path,
    list_field,
    precedence,
    program_field,
    reply_field,
    reply_value,
    return_path_name,
    suppressed,
)
from daemon.mail.subject import bare, is_forward
from daemon.mail.voice import speaks_of_oneself, without_citations
from daemon.mail.web_form import is_web_form

Kind = Literal["human", "automatic_reply", "bounce", "disposition_notification", "list", "system"]


@dataclass(frozen=True, slots=True)
class Nature:
    """What a message is, and the sentences that say why; a person's mail needs no evidence."""

    kind: Kind
    evidence: tuple[str, ...] = ()


class Reason(StrEnum):
    """Why a message is or is not a request, and why it may or may not be acknowledged."""

    PERSON = "person"
    PROGRAM = "program"
    LIST_TO_US = "list_to_us"
    BLIND_COPY = "blind_copy"
    NOTHING_AGAINST = "nothing_against"
    OWN_MAIL = "own_mail"
    BOUNCE = "bounce"
    DISPOSITION_NOTIFICATION = "disposition_notification"
    AUTOMATIC_REPLY = "automatic_reply"
    LIST_TO_OTHERS = "list_to_others"
    LOOP_HEADER = "loop_header"
    OWN_ADDRESS = "own_address"
    ANSWERS_OUR_AUTOMATIC_MAIL = "answers_our_automatic_mail"
    AUTO_SUBMITTED = "auto_submitted"
    AUTOMATIC_HEADER = "automatic_header"
    OUT_OF_OFFICE = "out_of_office"
    RESPONSE_SUPPRESSED = "response_suppressed"
    PRECEDENCE = "precedence"
    LIST = "list"
    X_LOOP = "x_loop"
    NULL_RETURN_PATH = "null_return_path"
    SYSTEM_RETURN_PATH = "system_return_path"
    NO_SENDER = "no_sender"
    SEVERAL_SENDERS = "several_senders"
    SYSTEM_SENDER = "system_sender"
    UNSENDABLE_SENDER = "unsendable_sender"
    MALFORMED = "malformed"
    SPAM = "spam"
    DISOWNED_SENDER = "disowned_sender"
    EXTERNAL_SENDER = "external_sender"
    NOT_ADDRESSED = "not_addressed"
    NO_PERSON = "no_person"

    @property
    def sentence(self) -> str:
        """The reason for people, as `postroom explain` shows it."""
        return SENTENCES[self]


SENTENCES: dict[Reason, str] = {
    Reason.PERSON: "A person wrote to one of our addresses.",
    Reason.PROGRAM: "A program wrote this; it may be a request, so it is kept as one.",
    Reason.LIST_TO_US: "This came through a mailing list and names one of our addresses.",
    Reason.BLIND_COPY: "This came as a blind copy: none of our addresses stands in To or Cc.",
    Reason.NOTHING_AGAINST: "Nothing speaks against an automatic answer.",
    Reason.OWN_MAIL: "This is a mail of ours that came back.",
    Reason.BOUNCE: "This reports that a mail could not be delivered.",
    Reason.DISPOSITION_NOTIFICATION: "This only reports that a mail was displayed or deleted.",
    Reason.AUTOMATIC_REPLY: "This is an automatic reply, such as an absence notice.",
    Reason.LIST_TO_OTHERS: "This came through a mailing list and names none of our addresses.",
    Reason.LOOP_HEADER: "This carries the loop mark of a Postroom.",
    Reason.OWN_ADDRESS: "The sender is an address that we watch ourselves.",
    Reason.ANSWERS_OUR_AUTOMATIC_MAIL: "This answers an automatic mail of ours.",
    Reason.AUTO_SUBMITTED: "The Auto-Submitted field says that no person sent this.",
    Reason.AUTOMATIC_HEADER: "A header field says that a program sent this.",
    Reason.OUT_OF_OFFICE: "The subject is that of an absence notice.",
    Reason.RESPONSE_SUPPRESSED: "The sender's server wants no automatic answer (X-Auto-Response-Suppress).",
    Reason.PRECEDENCE: "The Precedence field marks this as bulk, list or junk mail.",
    Reason.LIST: "This came through a mailing list.",
    Reason.X_LOOP: "This carries another program's loop mark (X-Loop).",
    Reason.NULL_RETURN_PATH: "The return path is empty, so nobody may be answered.",
    Reason.SYSTEM_RETURN_PATH: "The return path belongs to a program, not to a person.",
    Reason.NO_SENDER: "The sender's address cannot be read for certain.",
    Reason.SEVERAL_SENDERS: "The message names more than one sender.",
    Reason.SYSTEM_SENDER: "The sender is an address that nobody reads, such as no-reply or mailer-daemon.",
    Reason.UNSENDABLE_SENDER: "Mail cannot be sent to the sender's address.",
    Reason.MALFORMED: "The message is too malformed to be answered automatically.",
    Reason.SPAM: "A filter before us marked this as spam, so its sender may be forged.",
    Reason.DISOWNED_SENDER: "The sender's domain asks to refuse this mail (DMARC), so its sender may be forged.",
    Reason.EXTERNAL_SENDER: "The sender is outside the organisation, and outsiders get no acknowledgement.",
    Reason.NOT_ADDRESSED: "None of our addresses stands in To or Cc.",
    Reason.NO_PERSON: "No person wrote this.",
}
"""One sentence for each reason; a test keeps the table complete."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Yes or no, and why."""

    yes: bool
    reason: Reason

    @property
    def sentence(self) -> str:
        """The reason for people."""
        return self.reason.sentence


SPEAKS_AS_PROGRAM = "It says of itself that a program sent it."
"""Evidence of words alone, which a person may have used too: "please do not reply to this mail, call 4711"."""

_READ = 6_000
_AUTOMATIC = re.compile(r"autom|generat|generier|genererat|unattended|monitor|自動|自动|자동|автом", re.IGNORECASE)
DEFECTS = 8
"""A message with so many defects is too malformed for an automatic answer (RFC 3834 2)."""

# -- what it is --


def nature_of(message: Message, own_addresses: Collection[str]) -> Nature:
    """What `message` is; `own_addresses` are the addresses that we watch, in lower case."""
    for kind, signs in _SIGNS:
        evidence = tuple(sentence for sign in signs for sentence in sign(message, own_addresses))
        if evidence:
            return Nature(kind, evidence)
    if (name := list_field(message)) and _wrote_to_group(message, own_addresses):
        return Nature("human", (f"The field {name} names a group, and the mail names one of our addresses.",))
    return Nature("human")


_Sign = Callable[[Message, Collection[str]], tuple[str, ...]]


def _disposition_report(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    is_one = message.report is not None and message.report.kind == "disposition-notification"
    if is_one:
        return ("It is a disposition notification (RFC 8098).",)
    says_so = says_read(message.subject, message.text[:_READ])
    return ("It says that a mail was read or deleted, and nothing more.",) if says_so else ()


def _delivery_report(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    report = message.report
    if report is None or report.kind != "delivery-status":
        return ()
    return ("It is a delivery report (RFC 3464).", *_said_by(report))


def _refusal(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    """Sieve refuses mail with a disposition notification whose type is "deleted" (RFC 5429 2.1.2)."""
    report = message.report
    if report is None or report.kind != "disposition-notification" or report.action != "deleted":
        return ()
    signs = bounce_signs(message)
    return (
        ("It is a disposition notification of a mail system that refused a mail (RFC 5429).", *signs) if signs else ()
    )


def _bounce_shape(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    """Bounces that are no multipart/report."""
    if message.report is not None and message.report.kind not in (TEXT, ""):
        return ()
    signs = bounce_signs(message)
    return (*signs, *_said_by(message.report)) if signs and message.report else signs


def _said_by(report: Report) -> tuple[str, ...]:
    """What a bounce says of the mail that came back."""
    if not report.failed_address:
        return ()
    status = f" ({report.status})" if report.status else ""
    if report.action == "delayed":
        return (f"It says that {report.failed_address} was not reached yet{status}.",)
    return (f"It says that {report.failed_address} was not reached{status}.",) if report.action == "failed" else ()


def _reply_field(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    name = reply_field(message) or reply_value(message)
    return (f"The field {name} says that it is an automatic reply.",) if name else ()


def _replied(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    return ("Auto-Submitted: auto-replied.",) if "auto-replied" in auto_submitted(message) else ()


def _replying_precedence(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    return ("Precedence: auto_reply.",) if precedence(message) & {*REPLY_PRECEDENCE} else ()


def _responder(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    return ("The sender or its program is called an automatic responder.",) if is_responder(message) else ()


def _absence(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    """The subject of an absence notice on something that a program sent, that answers a mail, or that says so."""
    if not is_absence_subject(message.subject):
        return ("It is an absence notice.",) if _answers_with_leave(message) else ()
    is_sent_by_program = bool(_by_program(message)) or message.return_path == ""
    answers = bool(message.in_reply_to or message.references or suppressed(message) or precedence(message))
    return ("It is an absence notice.",) if is_sent_by_program or answers or _says_so(message) else ()


def _answers_with_leave(message: Message) -> bool:
    """A mail that answers another under a subject of its own, which speaks of leave: people keep the subject."""
    is_about_leave = begins_as_absence(message.subject) or is_leave_subject(message.subject)
    if not is_about_leave or not (message.in_reply_to or message.references):
        return False
    return "?" not in message.subject and "?" not in _own_words(message)


def _says_so(message: Message) -> bool:
    if "?" in message.subject:  # "Out of office: how do I set it?" is a request to IT
        return False
    words = _own_words(message)
    return "?" not in words and (says_automatic_reply(words) or says_absent(words))


def _answer_that_says_so(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    """A responder that writes no field and keeps the subject, as web forms and simple desks do."""
    if not (message.in_reply_to or message.references) or is_forward_subject(message.subject):
        return ()
    if not says_automatic(message.words[:_READ]):  # most mails end here, at little cost
        return ()
    return ("It says of itself that it is an automatic reply.",) if says_automatic(_own_words(message)) else ()


def _whole_notice(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    """An absence notice that only its words give away: it answers a mail, or Domino's subject stands above it."""
    if is_forward(message.subject) or "?" in message.words:
        return ()
    is_told = names_absent_person(message.subject)
    answers = bool(message.in_reply_to or message.references) or bare(message.subject) != message.subject.strip()
    if not is_told and not (answers and may_be_absence_notice(message.words)):
        return ()
    is_one = is_absence_notice(_own_words(message), is_told_by_subject=is_told)
    return ("Its words are those of an absence notice and nothing more.",) if is_one else ()


def _receipt(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    if not may_be_receipt(message.words) or "?" in message.subject or is_forward_subject(message.subject):
        return ()
    is_one = is_receipt(without_citations(_own_words(message)), message.subject)
    return ("It only says that a request was received, as desks do.",) if is_one else ()


def _own_words(message: Message) -> str:
    """The beginning of the newest words, without a mail forwarded below them."""
    return own_words(message.words[:_READ], message.subject)


def _null_path(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    """Only automatic mail has an empty return path (RFC 5321 4.5.5)."""
    return ("The return path is empty.",) if message.return_path == "" else ()


def _list(message: Message, own: Collection[str]) -> tuple[str, ...]:
    if _wrote_to_group(message, own):
        return ()
    if name := list_field(message):
        return (f"The field {name} names a mailing list.",)
    if "list" in precedence(message):
        return ("Precedence: list.",)
    if _is_sent_by_list(message):
        return ("The field sender names a mailing list, to which answers go.",)
    return ("It is bulk mail of a mailing list's machine.",) if _is_bulk_of_list(message) else ()


def _is_sent_by_list(message: Message) -> bool:
    """LISTSERV: the list is the Sender, answers go to it, and it is not who wrote. A group of people has no Sender."""
    senders = {one.key for value in message.header_values("sender") for one in read_list(value, 1, lambda _: None)[0]}
    return bool((senders - {message.sender.key}) & {address.key for address in message.reply_to})


def _is_bulk_of_list(message: Message) -> bool:
    """Majordomo writes no field of a list, but "Precedence: bulk" and a Sender such as owner-staff@."""
    machines = (read_address(value).rpartition("@")[0] for value in message.header_values("sender"))
    return "bulk" in precedence(message) and any(is_list_name(one) for one in machines)


def _wrote_to_group(message: Message, own: Collection[str]) -> bool:
    """A person who writes to us through a group (it@ may be one) is a person, unless the mail went to many."""
    return is_addressed(message, own) and is_group(message) and not is_system_address(message.sender)


def _own_address(message: Message, own: Collection[str]) -> tuple[str, ...]:
    return ("The sender is an address that we watch.",) if is_one_of(message.sender.key, own) else ()


def _loop(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    return ("It carries the loop mark of a Postroom.",) if message.loop else ()


def _by_program(message: Message) -> set[str]:
    """What Auto-Submitted says of a program; a person's mail that a server forwarded is a person's."""
    return auto_submitted(message) - {"no", "auto-forwarded"}


def _submitted(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    keywords = _by_program(message)
    return (f"Auto-Submitted: {', '.join(sorted(keywords))}.",) if keywords else ()


def _program_field(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    name = program_field(message) or desk_mark(message)
    return (f"The field {name} says that a program sent it.",) if name else ()


def _program_subject(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    return ("The subject is one that only programs write.",) if has_program_subject(message.subject) else ()


def _bulk(message: Message, own: Collection[str]) -> tuple[str, ...]:
    found = precedence(message) & {*BULK_PRECEDENCE}
    return (f"Precedence: {', '.join(sorted(found))}.",) if found and not _wrote_to_group(message, own) else ()


def _other_report(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    """A report about abuse (RFC 5965) or about a domain's mail (RFC 8460)."""
    report = message.report
    if report is None or report.kind in ("", TEXT, "delivery-status", "disposition-notification"):
        return ()
    return (f"It is a report ({report.kind}).",)


def _nameless_report(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    is_one = message.report is not None and not message.report.kind
    return ("It is a report that does not say of what kind.",) if is_one else ()


def _web_form(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    return ("Somebody filled in a web form, and answers go to them.",) if is_web_form(message) else ()


def _system_sender(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    if is_program_name(message.sender.local_part or message.sender.name):
        return ("The sender is an address that nobody reads.",)
    if any(is_program_name(one.local_part) for one in message.reply_to):
        return ("Answers go to an address that nobody reads.",)
    is_one = is_program_name(return_path_name(message.return_path)) and not is_list_name(message.return_path or "")
    return ("The return path belongs to a program.",) if is_one else ()


def _says_program(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    if not says_program(message.words) or is_forward_subject(message.subject):  # most mails end here, at little cost
        return ()
    words = _own_words(message)
    is_person = speaks_of_oneself(words) and not _AUTOMATIC.search(words)  # "please do not reply to this mail, call me"
    return (SPEAKS_AS_PROGRAM,) if says_program(words) and not is_person else ()


def _calendar_answer(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    """Outlook's answer to an invitation (RFC 5546 3.2.3) without a word of its sender's."""
    has_chart = any(kind == "text/calendar" for kind, _ in message.parts)
    if not has_chart or not is_calendar_answer(message.subject) or message.words.strip():
        return ()
    return ("It only accepts or declines an invitation.",)


def _challenge(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    if is_forward_subject(message.subject):
        return ()
    is_one = is_challenge(message.words) and is_challenge(_own_words(message))
    return ("It holds a mail back until its sender shows that they are a person.",) if is_one else ()


def _unread_mailbox(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    if is_forward_subject(message.subject) or not is_unread_mailbox(message.words):
        return ()
    return (
        ("It says that nobody reads the mailbox from which it comes.",)
        if is_unread_mailbox(_own_words(message))
        else ()
    )


def _notice(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    """What a program wrote without a field that says so; an answer or a forward has a person above it."""
    if is_forward_subject(message.subject):
        return ()
    return notice_signs(
        message.subject,
        _own_words(message),
        message.sender,
        signature=message.signature,
        has_quoted=bool(message.quoted),
    )


def _mailing(message: Message, _own: Collection[str]) -> tuple[str, ...]:
    """A newsletter without a field that says so; a person may send one on, or answer one."""
    if message.in_reply_to or message.references or is_forward_subject(message.subject):
        return ()
    is_one = is_mailing(message.text) and is_mailing(own_words(message.text, message.subject))
    return ("It has the foot of a newsletter.",) if is_one else ()


# The first kind that has a sign is it.
_SIGNS: tuple[tuple[Kind, tuple[_Sign, ...]], ...] = (
    ("bounce", (_refusal,)),
    ("disposition_notification", (_disposition_report,)),
    ("system", (_other_report,)),
    ("bounce", (_delivery_report, _bounce_shape)),
    (
        "automatic_reply",
        (_reply_field, _replied, _replying_precedence, _responder, _absence, _answer_that_says_so, _null_path),
    ),
    ("system", (_program_field, _program_subject)),
    ("list", (_list,)),
    ("automatic_reply", (_whole_notice, _receipt, _challenge)),
    ("system", (_own_address, _loop, _submitted, _bulk, _nameless_report)),
    ("human", (_web_form,)),
    ("system", (_system_sender, _says_program, _mailing, _unread_mailbox, _calendar_answer, _notice)),
)


def nature_of_mail(raw: bytes, own_addresses: Collection[str] = ()) -> Nature:
    """What the mail that `raw` is, is: `nature_of` for bytes, in this process and without its limits."""
    return nature_of(parse(raw), own_addresses)


# -- is it a request --


def is_request(message: Message, nature: Nature, *, watched: frozenset[str], install_id: str) -> Decision:
    """Whether `message` becomes a request or belongs to one; otherwise it only gets a disposition.

    `watched` are our addresses in lower case, `install_id` is what this installation writes into
    X-Postroom-Loop.
    """
    if install_id in message.loop.split():
        return Decision(False, Reason.OWN_MAIL)
    if nature.kind in _NEVER_REQUESTS:
        return Decision(False, _NEVER_REQUESTS[nature.kind])
    addressed = is_addressed(message, watched)
    if nature.kind == "list" or list_field(message):
        return Decision(addressed, Reason.LIST_TO_US if addressed else Reason.LIST_TO_OTHERS)
    if not addressed:
        return Decision(True, Reason.BLIND_COPY)
    return Decision(True, Reason.PERSON if nature.kind == "human" else Reason.PROGRAM)


_NEVER_REQUESTS: dict[Kind, Reason] = {
    "bounce": Reason.BOUNCE,
    "disposition_notification": Reason.DISPOSITION_NOTIFICATION,
    "automatic_reply": Reason.AUTOMATIC_REPLY,
}


def is_addressed(message: Message, watched: Collection[str]) -> bool:
    """Whether one of our addresses stands in To or Cc."""
    return any(is_one_of(address.key, watched) for address in (*message.to, *message.cc))


# -- may it be acknowledged --


@dataclass(frozen=True, slots=True)
class _Case:
    message: Message
    nature: Nature
    watched: frozenset[str]
    internal_domains: frozenset[str]
    external_allowed: bool
    answers_our_automatic_mail: bool


def may_acknowledge(
    message: Message,
    nature: Nature,
    *,
    watched: frozenset[str],
    internal_domains: frozenset[str],
    external_allowed: bool,
    answers_our_automatic_mail: bool,
) -> Decision:
    """Whether an automatic first answer may go to the sender of a request; the first reason against it
    decides.

    `watched` and `internal_domains` are in lower case. Knows no limits per sender and hour: they need a
    history.
    """
    case = _Case(message, nature, watched, internal_domains, external_allowed, answers_our_automatic_mail)
    for reason, speaks_against in _AGAINST:
        if speaks_against(case):
            return Decision(False, reason)
    return Decision(True, Reason.NOTHING_AGAINST)


# The 24 reasons against an automatic answer, the most telling first. RFC 3834 2 and Pigeonhole's vacation.
_AGAINST: tuple[tuple[Reason, Callable[[_Case], bool]], ...] = (
    (Reason.LOOP_HEADER, lambda case: bool(case.message.loop)),
    (Reason.OWN_ADDRESS, lambda case: any(is_one_of(one.key, case.watched) for one in case.message.senders)),
    (Reason.BOUNCE, lambda case: case.nature.kind == "bounce"),
    (Reason.DISPOSITION_NOTIFICATION, lambda case: case.nature.kind == "disposition_notification"),
    (Reason.ANSWERS_OUR_AUTOMATIC_MAIL, lambda case: case.answers_our_automatic_mail),
    (Reason.AUTO_SUBMITTED, lambda case: bool(auto_submitted(case.message) - {"no"})),
    (Reason.OUT_OF_OFFICE, lambda case: is_absence_subject(case.message.subject)),
    (Reason.NULL_RETURN_PATH, lambda case: case.message.return_path == ""),
    (
        Reason.AUTOMATIC_HEADER,
        lambda case: bool(reply_field(case.message) or program_field(case.message) or reply_value(case.message)),
    ),
    (Reason.LIST, lambda case: bool(list_field(case.message))),
    (Reason.PRECEDENCE, lambda case: bool(precedence(case.message) & {*BULK_PRECEDENCE})),
    (Reason.RESPONSE_SUPPRESSED, lambda case: bool(suppressed(case.message))),
    (Reason.X_LOOP, lambda case: bool(case.message.header_values("x-loop"))),
    (Reason.SYSTEM_SENDER, lambda case: is_system_address(case.message.sender)),
    (Reason.SYSTEM_RETURN_PATH, lambda case: is_system_return_path(case.message.return_path)),
    (Reason.SEVERAL_SENDERS, lambda case: _sender_fields(case.message) > 1),
    (Reason.NO_SENDER, lambda case: not case.message.sender.address),
    (Reason.UNSENDABLE_SENDER, lambda case: not is_sendable_address(case.message.sender.address)),
    (Reason.MALFORMED, lambda case: len(case.message.defects) >= DEFECTS),
    (Reason.SPAM, lambda case: is_marked_spam(case.message)),
    (Reason.DISOWNED_SENDER, lambda case: is_disowned(case.message)),
    (Reason.EXTERNAL_SENDER, lambda case: not case.external_allowed and not _is_internal(case)),
    (Reason.NOT_ADDRESSED, lambda case: not is_addressed(case.message, case.watched)),
    (Reason.NO_PERSON, lambda case: case.nature.kind != "human"),
)


def _sender_fields(message: Message) -> int:
    """Two From fields count even if they hold the same address: another program may read the other one."""
    return max(len(message.senders), len(message.header_values("from")))


def _is_internal(case: _Case) -> bool:
    return case.message.sender.domain in case.internal_domains
