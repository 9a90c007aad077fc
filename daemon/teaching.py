"""Story: what the organisation has becomes examples to learn from: sorted mail, and our own past requests.

Mail is read in the same child processes and by its newest words, as new mail is. What the daemon would never
ask the model about (automatic replies, bounces, lists to others, mail of our own) teaches nothing either.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from mimetypes import MimeTypes

from classifier.examples import Example, described, starter_examples, without_duplicates
from classifier.text import Text
from config.settings import Settings
from daemon.desk.request import Status, reference
from daemon.mail.message import Message
from daemon.mail.nature import is_request, nature_of
from daemon.parsing import ParseFailed, ParserPool
from daemon.sorted_mail import OldMail
from daemon.store.labels import Said
from daemon.store.past import Handled

#: So many mails go to a child at once, and no more than so many bytes of them.
TOGETHER, BYTES_TOGETHER = 25, 8 * 2**20

RULE = 0.5
"""What a rule decided and nobody corrected counts half of what a person said."""

STARTER_BELOW = 50
"""A department of which people have labelled fewer texts learns from what was made up, too."""

# The table of Python itself: that of the machine would teach another model on each.
_KINDS, _UNKNOWN_KIND = MimeTypes(filenames=()), "application/octet-stream"

_NOTHING_TO_READ = "it has neither subject nor words of its own"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside a mail: our own addresses in lower case, and the group of each requester's address."""

    watched: frozenset[str]
    groups: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Learnable:
    """What an old mail says that can be learnt from, and to which conversation it belongs (ids without <>).

    `mailbox`: the address of ours that it was sent to, or "". `attachments`: content types. `people`: names of those
    who wrote it or got it. `received_at`: UTC, None if it does not say.
    """

    subject: str
    words: str
    mailbox: str
    group: str
    attachments: tuple[str, ...]
    people: tuple[str, ...]
    received_at: dt.datetime | None
    message_id: str
    answers: tuple[str, ...]

    def example(self, department: str, place: str) -> Example:
        """As an example of what this department handles."""
        text = Text(self.subject, self.words, self.mailbox, self.group, self.attachments, self.people)
        return Example(text, department, place, self.received_at, self.group)


@dataclass(frozen=True, slots=True)
class Taught:
    """What was found: examples, and for each mail left out its place and why."""

    examples: tuple[Example, ...]
    left_out: tuple[tuple[str, str], ...]

    def reasons(self) -> list[tuple[str, int, str]]:
        """Each reason, how many mails it left out, and the place of the first; the most frequent first."""
        first: dict[str, str] = {}
        for place, why in self.left_out:
            first.setdefault(why, place)
        return [(why, count, first[why]) for why, count in Counter(why for _, why in self.left_out).most_common()]


# ---- sorted mail


def taught_by_mail(mails: Iterable[OldMail], known: Known, parsers: ParserPool, threads: int) -> Taught:
    """Examples from old mail. Raises ParserDown. threads: how many handfuls are under way at once."""
    found: list[tuple[OldMail, Learnable]] = []
    left_out: list[tuple[str, str]] = []
    for mail, learnt in _read(mails, known, parsers, threads):
        if isinstance(learnt, str):
            left_out.append((mail.place, learnt))
        else:
            found.append((mail, learnt))
    first = without_answers([learnt for _, learnt in found])
    examples = [
        learnt.example(mail.department, mail.place)
        for (mail, learnt), is_first in zip(found, first, strict=True)
        if is_first
    ]
    left_out += [(mail.place, ANSWER) for (mail, _), is_first in zip(found, first, strict=True) if not is_first]
    return Taught(tuple(examples), tuple(left_out))


ANSWER = "it answers another mail that is read"


def without_answers(mails: Sequence[Learnable]) -> list[bool]:
    """For each mail whether it begins a conversation: what answers another of them says little by itself."""
    ids = {mail.message_id for mail in mails if mail.message_id}
    return [not (ids & set(mail.answers)) - {mail.message_id} for mail in mails]


def learnable(message: Message | ParseFailed, known: Known, received_at: dt.datetime | None = None) -> Learnable | str:
    """What a parsed mail teaches, or why it teaches nothing. received_at: UTC, if more is known than the mail says."""
    if isinstance(message, ParseFailed):
        return f"it cannot be read: {message}"
    asked = is_request(message, nature_of(message, known.watched), watched=known.watched, install_id="")
    if not asked.yes:
        return f"it is no request: {asked.sentence}"
    if message.loop or message.sender.key in known.watched:
        return "it is a mail of our own"
    if not message.subject and not message.words:
        return _NOTHING_TO_READ
    people = (message.sender, *(one for one in (*message.to, *message.cc) if one.key not in known.watched))
    return Learnable(
        subject=message.subject,
        words=message.words,
        mailbox=_addressed(message, known.watched),
        group=known.groups.get(message.sender.key, ""),
        attachments=tuple(one.content_type.lower() for one in message.files),
        people=tuple(one.name for one in people if one.name),
        received_at=received_at or _received_at(message),
        message_id=message.message_id,
        answers=(*message.in_reply_to, *message.references),
    )


def _read(
    mails: Iterable[OldMail], known: Known, parsers: ParserPool, threads: int
) -> Iterator[tuple[OldMail, Learnable | str]]:
    """Every mail with what it teaches, in order; only so many handfuls lie in memory as are under way."""
    under_way: deque[Future[list[tuple[OldMail, Learnable | str]]]] = deque()
    pool = ThreadPoolExecutor(threads, thread_name_prefix="teaching")
    try:
        for hand in _handfuls(mails):
            under_way.append(pool.submit(_handful, hand, known, parsers))
            if len(under_way) > threads:
                yield from under_way.popleft().result()
        while under_way:
            yield from under_way.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _handfuls(mails: Iterable[OldMail]) -> Iterator[list[OldMail]]:
    hand: list[OldMail] = []
    weight = 0
    for mail in mails:
        size = len(mail.content or b"")
        if hand and (len(hand) == TOGETHER or weight + size > BYTES_TOGETHER):
            yield hand
            hand, weight = [], 0
        hand.append(mail)
        weight += size
    if hand:
        yield hand


def _handful(mails: Sequence[OldMail], known: Known, parsers: ParserPool) -> list[tuple[OldMail, Learnable | str]]:
    messages = iter(parsers.parse_many([mail.content for mail in mails if mail.content is not None]))
    return [(mail, mail.trouble if mail.content is None else learnable(next(messages), known)) for mail in mails]


def _addressed(message: Message, watched: Collection[str]) -> str:
    """The first address of ours that it was sent to."""
    sent_to = (*(one.key for one in (*message.to, *message.cc)), *(one.lower() for one in message.delivered_to))
    return next((address for address in sent_to if address in watched), "")


def _received_at(message: Message) -> dt.datetime | None:
    """When our own server took it (the uppermost Received field), or when the sender says that it was written.

    It is used to tell old mail from new in figures, for nothing else.
    """
    stamps = [value.rpartition(";")[2] for value in message.header_values("received")[:1]]
    for stamp in (*stamps, message.date):
        try:
            instant = parsedate_to_datetime(stamp)
            return instant.replace(tzinfo=dt.UTC) if instant.tzinfo is None else instant.astimezone(dt.UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


# ---- past requests


def taught_by_requests(
    said: Iterable[Example], handled: Iterable[Handled], settings: Settings, groups: Mapping[str, str]
) -> Taught:
    """Examples from our own requests. said: what people said of placements (`daemon.learning.by_people`).

    groups: of each requester's address in lower case.
    """
    by_people = {one.source: one for one in said}
    examples: list[Example] = []
    left_out: list[tuple[str, str]] = []
    for one in handled:
        spoken = by_people.get(reference(one.number))
        against = "" if spoken else _against(one, settings.departments)
        why = against if is_open(one.confidential, [one.department], settings) else "it is confidential"
        if why:
            left_out.append((reference(one.number), why))
            continue
        examples.append(spoken or _of_rule(one, settings, groups))
    return Taught(tuple(examples), tuple(left_out))


def _against(one: Handled, departments: Collection[str]) -> str:
    """Why a request of whose place nobody has said anything teaches nothing, or "".

    A guess of the model that nobody corrected is no label: the model would learn to agree with itself.
    """
    if not one.subject and not one.words:
        return _NOTHING_TO_READ
    if one.department is None:
        return "it waits in triage"
    if one.department not in departments:
        return f"its department '{one.department}' is no longer in the settings"
    if one.source == "model":
        return "the model placed it, and no person has moved or confirmed it"
    if not one.answered and one.status not in (Status.RESOLVED, Status.CLOSED):
        return "a rule placed it and nobody has worked on it yet"
    return ""


def _of_rule(one: Handled, settings: Settings, groups: Mapping[str, str]) -> Example:
    text = text_of(one, settings, groups)
    return Example(text, one.department or "", reference(one.number), one.received_at, text.group, RULE)


def is_open(confidential: bool, departments: Iterable[str | None], settings: Settings) -> bool:
    """Whether a request may be learnt from: neither it nor a department that had it is confidential.

    A department may have become confidential after its requests came in.
    """
    known = [settings.departments[one] for one in departments if one in settings.departments]
    return not confidential and not any(one.confidential for one in known)


def text_of(one: Said | Handled, settings: Settings, groups: Mapping[str, str]) -> Text:
    """What the model saw of a past request when it came in, as far as that is kept.

    The kinds of its files are told by their names, and of the people in it only the sender is known. groups: of each
    requester's address in lower case.
    """
    mailbox = settings.mailboxes.get(one.mailbox)
    return Text(
        one.subject,
        one.words,
        mailbox.address if mailbox else "",
        group=groups.get(one.sender.lower(), ""),
        attachments=tuple(_KINDS.guess_type(name)[0] or _UNKNOWN_KIND for name in one.attachments),
        people=(one.sender_name,) if one.sender_name else (),
    )


# ---- before there is mail


def made_up(settings: Settings, wanted: Collection[str]) -> list[Example]:
    """The starter corpus for those of the wanted departments that it knows, and what the settings say of each."""
    made = [example for example in starter_examples().kept if example.department in wanted]
    for slug in wanted:
        department = settings.departments[slug]
        made += described(slug, department.name, department.description)
    return made


def enough(made: Sequence[Example], found: Sequence[Example], fewest: int) -> tuple[list[Example], list[str]]:
    """What was made up, without departments of which there is too little to learn from, and the names of these."""
    counts = Counter(one.department for one in without_duplicates([*found, *made]).kept)
    mail = {one.department for one in found}
    few = sorted({one.department for one in made if counts[one.department] < fewest} - mail)
    return [one for one in made if one.department not in few], few
