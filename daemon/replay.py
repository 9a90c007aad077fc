"""Story: past mail is asked again, of what is live and of a candidate beside it, without any effect.

The original bytes are parsed once more in the child processes, several at a time. Nothing is written: not to
the database, not to a mailbox, not to the outbox; only what would become of each request is compared.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from classifier.predict import Prediction
from daemon.desk.facts import CONFIDENTIAL
from daemon.desk.request import TRIAGE, Status, reference
from daemon.desk.routing import Route
from daemon.desk.trial import Placed, Tried
from daemon.mail.message import Message
from daemon.mail.nature import nature_of
from daemon.office import Office
from daemon.opening import mail_for_rules, route_by, text_for_model
from daemon.parsing import ParseFailed
from daemon.store import past
from daemon.store.past import PastRequest
from rules.index import index_rules
from rules.mail_words import MailWords
from rules.quarrels import Quarrel, quarrels
from rules.rule import Rule, RuleSet

#: So many mails are read and asked about in one go, and no more than so many bytes of them: a mail may have 25 MB.
TOGETHER, BYTES_TOGETHER = 25, 8 * 2**20

#: What is done, and all there is to do.
Progress = Callable[[int, int], None]
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a replay.

    left_out: (reference, why) of each request that could not be asked again. quarrels: a sentence for each two
    rules of the candidate that disagree with equal right, and about how many requests; new_quarrels: those that
    the live rules do not have.
    """

    tried: tuple[Tried, ...]
    left_out: tuple[tuple[str, str], ...]
    quarrels: Mapping[str, int]
    new_quarrels: tuple[str, ...]


def replay(live: Office, candidate: Office, since: dt.datetime, threads: int, progress: Progress) -> Replayed:
    """Ask both offices about every request since an instant (UTC). Raises ParserDown.

    threads: how many handfuls of mail are under way at once.
    """

    def both(one: PastRequest, message: Message) -> _Both:
        foreseen = predicted(message, one.mailbox, live)
        other = foreseen if candidate.model is live.model else predicted(message, one.mailbox, candidate)
        mail = made_ready_again(one, message, live)
        before, _ = route_by(mail, foreseen, live)
        after, _ = route_by(mail, other, candidate)
        quarrel = _department_quarrel(mail, candidate)
        is_new = quarrel is not None and _rules_of(quarrel) != _rules_of(_department_quarrel(mail, live))
        return _Both(placed(before), placed(after), quarrel, is_new)

    tried, left_out = list[Tried](), list[tuple[str, str]]()
    disagreements, new = Counter[str](), dict[str, None]()
    for one, found in ask_again(past_requests(live, since), live, threads, both, progress):
        if isinstance(found, str):
            left_out.append((reference(one.number), found))
            continue
        tried.append(tried_of(one, found.live, found.candidate, live.settings.departments))
        if found.quarrel is not None:
            disagreements[str(found.quarrel)] += 1
            new |= {str(found.quarrel): None} if found.is_new else {}
    return Replayed(tuple(tried), tuple(left_out), dict(disagreements), tuple(new))


@dataclass(frozen=True, slots=True)
class _Both:
    """What both sides say of one message; `quarrel`: of the candidate's rules."""

    live: Placed
    candidate: Placed
    quarrel: Quarrel | None
    is_new: bool


def _department_quarrel(mail: MailWords, office: Office) -> Quarrel | None:
    """The first two rules of equal order that would send this mail to different places."""
    if office.rules is None:
        return None
    return next((found for found in quarrels(office.rules, mail) if found.gift == "place"), None)


def _rules_of(quarrel: Quarrel | None) -> set[str]:
    """Their names, wherever they stand in their files."""
    return {quarrel.first.name, quarrel.second.name} if quarrel else set()


def only(rules: RuleSet, some: Sequence[Rule]) -> RuleSet:
    """These rules without the others."""
    return replace(rules, rules=tuple(some), index=index_rules(some))


def made_ready_again(one: PastRequest, message: Message, office: Office) -> MailWords:
    """A past message as rules look at it: once, however many sets of rules are asked about it."""
    nature = nature_of(message, office.watched)
    return MailWords(mail_for_rules(message, one.mailbox, nature, one.received_at, office))


def past_requests(office: Office, since: dt.datetime) -> list[PastRequest]:
    """Every request that a message opened since an instant (UTC)."""
    with office.store.reading() as database:
        return past.since(database, since)


def ask_again(
    asked: Sequence[PastRequest],
    office: Office,
    threads: int,
    about: Callable[[PastRequest, Message], Found],
    progress: Progress,
) -> Iterator[tuple[PastRequest, Found | str]]:
    """What `about` finds in each past message, in order; a sentence where it cannot be asked. Raises ParserDown."""
    done = 0
    pool = ThreadPoolExecutor(threads, thread_name_prefix="replay")
    try:
        for found in pool.map(lambda handful: list(_handful(handful, office, about)), list(handfuls(asked))):
            yield from found
            done += len(found)
            progress(done, len(asked))
    finally:
        pool.shutdown(cancel_futures=True)


def handfuls(asked: Iterable[PastRequest]) -> Iterator[list[PastRequest]]:
    """Requests that are read together: a number of usual mails, or a large one alone."""
    hand: list[PastRequest] = []
    for one in asked:
        if hand and (len(hand) == TOGETHER or sum(held.size for held in hand) + one.size > BYTES_TOGETHER):
            yield hand
            hand = []
        hand.append(one)
    if hand:
        yield hand


def _handful(
    asked: Sequence[PastRequest], office: Office, about: Callable[[PastRequest, Message], Found]
) -> Iterator[tuple[PastRequest, Found | str]]:
    with office.store.reading() as database:
        contents = past.contents(database, {one.raw for one in asked})
    messages = office.parsers.parse_many([contents[one.raw] for one in asked])
    for one, message in zip(asked, messages, strict=True):
        if isinstance(message, ParseFailed):
            yield one, f"it cannot be read: {message}"
        elif one.mailbox not in office.settings.mailboxes:
            yield one, f"its mailbox '{one.mailbox}' is no longer in the settings"
        else:
            yield one, about(one, message)


def predicted(message: Message, mailbox: str, office: Office) -> Prediction | None:
    """What the model of this office says of a message that came in by this mailbox."""
    if office.model is None:
        return None
    return office.model.predict(text_for_model(message, mailbox, office))


def placed(route: Route) -> Placed:
    """A route as the desk weighs it."""
    return Placed(route.department or TRIAGE, route.reason)


def tried_of(one: PastRequest, live: Placed, candidate: Placed, departments: Collection[str]) -> Tried:
    """A past request with both answers, and what people have decided about it. departments: those that exist."""
    decided, how = _decided(one, departments)
    subject, sender = one.subject, one.sender
    if one.confidential:  # a report goes round; the reasons of a candidate may quote the mail
        subject, sender = CONFIDENTIAL, ""
        live, candidate = replace(live, reason="it is confidential"), replace(candidate, reason="it is confidential")
    return Tried(reference(one.number), subject, sender, one.received_at, live, candidate, decided, how)


def _decided(one: PastRequest, departments: Collection[str]) -> tuple[str | None, str]:
    """The department in which people left it, and how that is known.

    Where nobody has moved it, answered it or ended it, nobody has decided: the route may still be wrong.
    """
    if one.department not in departments:
        return None, ""
    if one.moved_by is not None:
        return one.department, f"{one.moved_by} moved it there"
    if one.answered:
        return one.department, "a person answered it there"
    if one.status in (Status.RESOLVED, Status.CLOSED):
        return one.department, "it was resolved there"
    return None, ""
