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

from daemon.mail.compose import is_sendable_address
from daemon.mail.message import Address, Message

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


DEFECTS = 8
"""A message with so many defects is too malformed for an automatic answer (RFC 3834 2)."""

_LIST_FIELDS: tuple[str, ...] = (
    *(
        "list-id",
        "list-post",
        "list-unsubscribe",
        "list-help",
        "list-subscribe",
        "list-owner",
        "list-archive",
    ),
    *("mailing-list", "x-mailing-list", "x-beenthere", "x-mailman-version", "x-ml-name"),
)
# Fields that only responders write; the value does not matter, except that "no" and "false" take it back.
_REPLY_FIELDS: tuple[str, ...] = (
    *(
        "x-autoreply",
        "x-autorespond",
        "x-autoreply-from",
        "x-auto-reply-from",
        "x-mail-autoreply",
        "x-vacation",
    ),
    *("auto-reply", "autoreply", "x-autoresponse"),
)
_PROGRAM_FIELDS = (
    "x-auto-generated",
    "x-autogenerated",
    "x-fc-machinegenerated",
    "x-cron-env",
    "feedback-type",
)
_TAKEN_BACK = ("no", "false", "0", "never")
_REPLY_PRECEDENCE = ("auto_reply", "auto-reply", "autoreply")
_BULK_PRECEDENCE = ("bulk", "junk", "list", *_REPLY_PRECEDENCE)
_SUPPRESSES = ("all", "autoreply", "oof")

# Whole local parts, so that bouncer.joe@ and norman.postmaster.smith@ stay people. RFC 3834 2, RFC 2142, and
# Dovecot's list. owner-x and x-request are list addresses since LISTSERV.
_SYSTEM_LOCAL_PARTS = (
    r"(?:auto)?(?:no|not|donot|do-not|do_not|do\.not)[-_.]?reply(?:[-_.+].{0,60})?",
    r".{1,60}[-_.]no[-_.]?reply",
    r"mailer[-_.]?daemon|mail[-_.]?daemon|postmaster|daemon|root|nobody|www-data|cron|cron-?daemon|uucp",
    r"listserv|majordomo|mailman|sympa|ezmlm|lyris|owner-.{1,60}|.{1,60}-(?:owner|request)",
    r"bounces?(?:[-+=].{0,200})?|.{1,60}-bounces?(?:[+=].{0,200})?",
    r"auto-?responder|auto-?reply|vacation",
)
_SYSTEM_LOCAL_PART = re.compile("|".join(_SYSTEM_LOCAL_PARTS), re.IGNORECASE)
_DAEMON = re.compile(
    r"(?:mailer|mail)[-_. ]?daemon|postmaster|mail delivery (?:sub)?system",
    re.IGNORECASE,
)
_BOUNCE_SUBJECTS = (
    r"undeliver(?:able|ed)|delivery (?:status notification|(?:has )?failed|failure)|delivery notification",
    r"mail delivery (?:failed|subsystem|system)|returned mail|failure notice|mail system error",
    r"message (?:could not be|not) delivered|mail could not be delivered",
    r"unzustellbar|nicht zustellbar|non remis|échec de (?:la )?remise|no se puede entregar",
)
_BOUNCE_SUBJECT = re.compile("|".join(_BOUNCE_SUBJECTS), re.IGNORECASE)
# A word and a colon, or nothing more: "Out of office settings do not work" is a request to IT.
_ABSENCE_SUBJECTS = (
    r"automatic reply|auto(?:matic)?[- ]?(?:reply|response)",
    r"out of (?:the )?office(?: auto-?reply| reply| message)?",
    r"automatische antwort|abwesenheits(?:notiz|nachricht|meldung|assistent)|abwesend|autoantwort",
    r"réponse automatique|absence du bureau|(?:notification|message) d'absence",
    r"respuesta automática|fuera de (?:la )?oficina|ausente de la oficina",
    r"risposta automatica|automatisch antwoord|afwezigheidsbericht|resposta automática",
    r"automatisk svar|automatiskt svar|autosvar",
)
_ABSENCE_SUBJECT = re.compile(rf"(?:{'|'.join(_ABSENCE_SUBJECTS)})\s*(?::|$)", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]*\)")
_KEYWORD = re.compile(r"[!#-'*+.0-9A-Z^_`a-z{|}~-]+")


# -- what it is --


def nature_of(message: Message, own_addresses: Collection[str]) -> Nature:
    """What `message` is; `own_addresses` are the addresses that we watch, in lower case."""
    for kind, signs in _SIGNS:
        evidence = tuple(sentence for sign in signs if (sentence := sign(message, own_addresses)))
        if evidence:
            return Nature(kind, evidence)
    return Nature("human")


_Sign = Callable[[Message, Collection[str]], str]


def _disposition_report(message: Message, _own: Collection[str]) -> str:
    is_one = message.report is not None and message.report.kind == "disposition-notification"
    return "It is a disposition notification (RFC 8098)." if is_one else ""


def _delivery_report(message: Message, _own: Collection[str]) -> str:
    is_one = message.report is not None and message.report.kind == "delivery-status"
    return "It is a delivery report (RFC 3464)." if is_one else ""


def _bounce_shape(message: Message, _own: Collection[str]) -> str:
    """Bounces that are no multipart/report: two of three signs, because one alone also fits a person's mail."""
    sender = f"{message.sender.name} {message.sender.local_part}"
    signs = (
        message.return_path == "",
        bool(_DAEMON.search(sender)),
        bool(_BOUNCE_SUBJECT.search(message.subject)),
    )
    return "It comes from a mail system and has the shape of a bounce." if sum(signs) >= 2 else ""


def _reply_field(message: Message, _own: Collection[str]) -> str:
    name = next((name for name in _REPLY_FIELDS if _is_set(message, name)), "")
    return f"The field {name} says that it is an automatic reply." if name else ""


def _replied(message: Message, _own: Collection[str]) -> str:
    return "Auto-Submitted: auto-replied." if "auto-replied" in _auto_submitted(message) else ""


def _replying_precedence(message: Message, _own: Collection[str]) -> str:
    return "Precedence: auto_reply." if _precedence(message) & {*_REPLY_PRECEDENCE} else ""


def _absence(message: Message, _own: Collection[str]) -> str:
    """The subject of an absence notice on something that a program sent or that answers a mail."""
    is_sent_by_program = bool(_auto_submitted(message) - {"no"}) or message.return_path == ""
    answers = bool(message.in_reply_to or message.references or _suppressed(message) or _precedence(message))
    says_so = _ABSENCE_SUBJECT.match(message.subject) is not None
    return "It is an absence notice." if says_so and (is_sent_by_program or answers) else ""


def _null_path(message: Message, _own: Collection[str]) -> str:
    """Only automatic mail has an empty return path (RFC 5321 4.5.5)."""
    return "The return path is empty." if message.return_path == "" else ""


def _list(message: Message, _own: Collection[str]) -> str:
    name = next((name for name in _LIST_FIELDS if message.header_values(name)), "")
    if name:
        return f"The field {name} names a mailing list."
    return "Precedence: list." if "list" in _precedence(message) else ""


def _own_address(message: Message, own: Collection[str]) -> str:
    return "The sender is an address that we watch." if message.sender.key in own else ""


def _loop(message: Message, _own: Collection[str]) -> str:
    return "It carries the loop mark of a Postroom." if message.loop else ""


def _submitted(message: Message, _own: Collection[str]) -> str:
    keywords = _auto_submitted(message) - {"no"}
    return f"Auto-Submitted: {', '.join(sorted(keywords))}." if keywords else ""


def _program_field(message: Message, _own: Collection[str]) -> str:
    name = next((name for name in _PROGRAM_FIELDS if _is_set(message, name)), "")
    return f"The field {name} says that a program sent it." if name else ""


def _bulk(message: Message, _own: Collection[str]) -> str:
    found = _precedence(message) & {*_BULK_PRECEDENCE}
    return f"Precedence: {', '.join(sorted(found))}." if found else ""


def _other_report(message: Message, _own: Collection[str]) -> str:
    return f"It is a report ({message.report.kind or 'of no kind'})." if message.report is not None else ""


def _system_sender(message: Message, _own: Collection[str]) -> str:
    return "The sender is an address that nobody reads." if is_system_address(message.sender) else ""


# The first kind that has a sign is it.
_SIGNS: tuple[tuple[Kind, tuple[_Sign, ...]], ...] = (
    ("disposition_notification", (_disposition_report,)),
    ("bounce", (_delivery_report, _bounce_shape)),
    ("automatic_reply", (_reply_field, _replied, _replying_precedence, _absence, _null_path)),
    ("list", (_list,)),
    ("system", (_own_address, _loop, _submitted, _program_field, _bulk, _other_report, _system_sender)),
)


def is_system_address(address: Address) -> bool:
    """Whether nobody reads what is sent there: no-reply, mailer-daemon, owner-x, x-request and their like."""
    return _is_system_name(address.local_part or address.name)


def _is_system_name(local_part: str) -> bool:
    return _SYSTEM_LOCAL_PART.fullmatch(local_part) is not None


def _auto_submitted(message: Message) -> set[str]:
    """The keywords of all Auto-Submitted fields (RFC 3834 5): without comments and parameters, in lower case.

    What cannot be read counts as a keyword other than "no": `No (by user)` is a person, `"no` is not.
    """
    return {_keyword(value) for value in message.header_values("auto-submitted")}


def _keyword(value: str) -> str:
    for _ in range(5):  # comments nest
        value = _COMMENT.sub(" ", value)
    keyword = value.partition(";")[0].strip().lower()
    return keyword if _KEYWORD.fullmatch(keyword) else "unreadable"


def _precedence(message: Message) -> set[str]:
    return {_keyword(value) for value in message.header_values("precedence")}


def _suppressed(message: Message) -> set[str]:
    values = ",".join(message.header_values("x-auto-response-suppress")).lower()
    return {value.strip() for value in values.split(",")} & {*_SUPPRESSES}


def _is_set(message: Message, name: str) -> bool:
    return any(value.strip().lower() not in _TAKEN_BACK for value in message.header_values(name))


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
    if nature.kind == "list":
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
    return any(address.key in watched for address in (*message.to, *message.cc))


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


# Reasons against an automatic answer, the most telling first. RFC 3834 2 and Pigeonhole's vacation.
_AGAINST: tuple[tuple[Reason, Callable[[_Case], bool]], ...] = (
    (Reason.LOOP_HEADER, lambda case: bool(case.message.loop)),
    (Reason.OWN_ADDRESS, lambda case: any(one.key in case.watched for one in case.message.senders)),
    (Reason.BOUNCE, lambda case: case.nature.kind == "bounce"),
    (Reason.DISPOSITION_NOTIFICATION, lambda case: case.nature.kind == "disposition_notification"),
    (Reason.ANSWERS_OUR_AUTOMATIC_MAIL, lambda case: case.answers_our_automatic_mail),
    (Reason.AUTO_SUBMITTED, lambda case: bool(_auto_submitted(case.message) - {"no"})),
    (Reason.OUT_OF_OFFICE, lambda case: _ABSENCE_SUBJECT.match(case.message.subject) is not None),
    (Reason.NULL_RETURN_PATH, lambda case: case.message.return_path == ""),
    (
        Reason.AUTOMATIC_HEADER,
        lambda case: any(_is_set(case.message, n) for n in _REPLY_FIELDS + _PROGRAM_FIELDS),
    ),
    (Reason.LIST, lambda case: any(case.message.header_values(name) for name in _LIST_FIELDS)),
    (Reason.PRECEDENCE, lambda case: bool(_precedence(case.message) & {*_BULK_PRECEDENCE})),
    (Reason.RESPONSE_SUPPRESSED, lambda case: bool(_suppressed(case.message))),
    (Reason.X_LOOP, lambda case: bool(case.message.header_values("x-loop"))),
    (Reason.SYSTEM_SENDER, lambda case: is_system_address(case.message.sender)),
    (Reason.SYSTEM_RETURN_PATH, lambda case: _is_system_return_path(case.message.return_path)),
    (Reason.SEVERAL_SENDERS, lambda case: _sender_fields(case.message) > 1),
    (Reason.NO_SENDER, lambda case: not case.message.sender.address),
    (Reason.UNSENDABLE_SENDER, lambda case: not is_sendable_address(case.message.sender.address)),
    (Reason.MALFORMED, lambda case: len(case.message.defects) >= DEFECTS),
    (Reason.EXTERNAL_SENDER, lambda case: not case.external_allowed and not _is_internal(case)),
    (Reason.NOT_ADDRESSED, lambda case: not is_addressed(case.message, case.watched)),
    (Reason.NO_PERSON, lambda case: case.nature.kind != "human"),
)


def _is_system_return_path(return_path: str | None) -> bool:
    if return_path == "#@[]":  # qmail's double bounce
        return True
    return return_path is not None and _is_system_name(return_path.rpartition("@")[0] or return_path)


def _sender_fields(message: Message) -> int:
    """Two From fields count even if they hold the same address: another program may read the other one."""
    return max(len(message.senders), len(message.header_values("from")))


def _is_internal(case: _Case) -> bool:
    return case.message.sender.domain in case.internal_domains
