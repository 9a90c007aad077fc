"""Story: a message that belongs to nothing yet opens a request.

Rules, then the model, then triage; an owner; clocks and rungs; the acknowledgement and the notice to
the owner: decided by pure functions, written down in the caller's transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import sqlalchemy as sa
import structlog

from classifier.predict import Prediction, Text
from config.settings import Department, Triage
from daemon import frozen_mail
from daemon.desk.clock_history import Circumstances
from daemon.desk.clocks import Clock, set_clocks
from daemon.desk.ladder import rungs_of
from daemon.desk.lifecycle import Happening, move
from daemon.desk.ownership import Choice, Turn, choose_owner
from daemon.desk.request import TRIAGE, Priority, Request, Status, reference
from daemon.desk.routing import Route, decide_route, is_drawn
from daemon.desk.urgency import says_irate, says_urgent, weigh
from daemon.discretion import seen_address
from daemon.enclosures import NOTHING_ENCLOSED, Enclosed
from daemon.flags import flag, lost_patience
from daemon.lately import DAY, HOUR, Gathering, Lately, Stop
from daemon.mail.addresses import is_one_of
from daemon.mail.answering import acknowledgement_goes_to, answers_wanted_at
from daemon.mail.compose import is_sendable_address
from daemon.mail.identity import Likeness
from daemon.mail.message import Message
from daemon.mail.nature import Decision, Nature, may_acknowledge
from daemon.office import Office
from daemon.paperwork import Paperwork, write_down
from daemon.placeholders import Placeholder
from daemon.promises import terms_for
from daemon.store import absences, clocks, labels, ledger, messages, outbox, requests, untold
from daemon.store.appointments import Appointment
from daemon.store.copies import Copy
from daemon.thought import desk_clock, desk_request
from rules.mail_words import MailWords
from rules.match import ask
from rules.rule import Answer, Mail, MailFile

log = structlog.get_logger("intake")

#: An automatic answer to mail this old would only puzzle its reader.
TOO_OLD_TO_ACKNOWLEDGE = dt.timedelta(hours=24)

#: How much of a mail's first words stands for it in lists.
SUMMARY = 200


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that was read, with what was found out about it. `received_at` is UTC.

    `placeholder`: what has stood for it since another copy of it could not be read. `enclosed`: its files, if it may
    be an answer that takes them along.
    """

    key: str
    copy: Copy
    message: Message
    nature: Nature
    received_at: dt.datetime
    prediction: Prediction | None
    like: Likeness
    placeholder: Placeholder | None = None
    enclosed: Enclosed = NOTHING_ENCLOSED

    @property
    def sender(self) -> str:
        """Who wrote it, in lower case."""
        return self.message.sender.key

    @property
    def seen_at(self) -> dt.datetime:
        """When it came (UTC), never too early, and at most a second too late."""
        return min(self.copy.first_seen, self.received_at + dt.timedelta(seconds=1))


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Whether a message is acknowledged, and why (not), in a sentence; at which address it would be.

    `stop`: what stopped it although nothing in the message itself speaks against it.
    """

    yes: bool
    reason: str
    to: str = ""
    stop: Stop | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Another request that a new one may belong to: what the ledger calls that, and why."""

    what: Literal["maybe_belongs_to", "names", "split_from", "follows", "maybe_the_same_as", "message_id_reused"]
    request_id: int
    why: str


@dataclass(frozen=True, slots=True)
class MailForRules:
    """A message in the shape that rules look at; nothing is computed until a rule asks.

    `received_at` is UTC; `group` is that of the people file.
    """

    message: Message
    mailbox_addresses: tuple[str, ...]
    nature: str
    group: str
    received_at: dt.datetime

    @property
    def sender(self) -> str:
        """Address in From, lower case."""
        return self.message.sender.key

    @property
    def recipients(self) -> tuple[str, ...]:
        """To, Cc, Delivered-To and the mailbox it came in by, lower case."""
        return (*(address.key for address in self.message.to), *self.cc, *self.delivered_to)

    @property
    def cc(self) -> tuple[str, ...]:
        """Cc, lower case."""
        return tuple(address.key for address in self.message.cc)

    @property
    def delivered_to(self) -> tuple[str, ...]:
        """Delivered-To and the mailbox it came in by, lower case."""
        return (*(address.lower() for address in self.message.delivered_to), *self.mailbox_addresses)

    @property
    def subject(self) -> str:
        """Decoded subject."""
        return self.message.subject

    @property
    def words(self) -> str:
        """Newest words."""
        return self.message.words

    @property
    def headers(self) -> Mapping[str, tuple[str, ...]]:
        """Values by lower-case name."""
        found: dict[str, tuple[str, ...]] = {}
        for name, value in self.message.headers:
            found[name] = (*found.get(name, ()), value)
        return found

    @property
    def attachments(self) -> tuple[MailFile, ...]:
        """What is no picture inside the text."""
        return tuple(MailFile(one.name, one.content_type.lower()) for one in self.message.files)

    @property
    def language(self) -> str:
        """Two letters, or "" if nobody knows."""
        return self.message.language

    @property
    def size(self) -> int:
        """Bytes."""
        return self.message.size

    @property
    def depth(self) -> int:
        """Earlier mails that it refers to, each once."""
        return len({*self.message.references, *self.message.in_reply_to})


def mail_for_rules(
    message: Message, mailbox: str, nature: Nature, received_at: dt.datetime, office: Office
) -> MailForRules:
    """A message that came in by this mailbox at this instant (UTC), as rules look at it."""
    addresses = office.settings.mailboxes[mailbox].addresses
    group = office.person(message.sender.address).group
    return MailForRules(message, addresses, nature.kind, group, received_at)


def text_for_model(message: Message, mailbox: str, office: Office) -> Text:
    """A message that came in by this mailbox, as the model may see it."""
    settings = office.settings
    people = (message.sender, *(one for one in (*message.to, *message.cc) if not settings.mailbox_of_address(one.key)))
    return Text(
        message.subject,
        message.words,
        settings.mailboxes[mailbox].address,
        group=office.person(message.sender.address).group,
        attachments=tuple(one.content_type.lower() for one in message.files),
        people=tuple(one.name for one in people if one.name),
    )


def route_of(
    message: Message,
    mailbox: str,
    nature: Nature,
    received_at: dt.datetime,
    prediction: Prediction | None,
    office: Office,
) -> tuple[Route, Answer]:
    """Where this message goes, and what the rules said. Decides; writes nothing."""
    return route_by(mail_for_rules(message, mailbox, nature, received_at, office), prediction, office)


def route_by(mail: Mail | MailWords, prediction: Prediction | None, office: Office) -> tuple[Route, Answer]:
    """Where a mail goes that rules can look at, and what they said of it. Decides; writes nothing."""
    answer = Answer(None, ()) if office.rules is None else ask(office.rules, mail)
    route = decide_route(
        answer.verdict,
        prediction,
        office.names_alone_from(prediction.department) if prediction else None,
        office.settings.departments,
        rules_version=office.rules_version,
        model_version=office.model_version,
        confidential=office.confidential,
    )
    return route, answer


def owner_for(
    loads: Mapping[str, requests.OwnerLoad],
    department: str | None,
    requester: str,
    office: Office,
    now: dt.datetime,
    wanted: str | None = None,
    *,
    skills: Collection[str] = (),
    away: Collection[str] = (),
    passed_over: Collection[str] = (),
    turn: Turn | None = None,
) -> Choice:
    """Who of this department should own it now. Decides; touches nothing.

    wanted: the address that a rule names; skills: what it wants the owner to be able to do. away: who has said by an
    automatic reply that they are. passed_over: who was asked before and did not take it. turn: whose it is, if not as
    the department plans.
    """
    desk, on = office.desk(department), office.calendar(department).local(now).date()
    theirs = [loads[member.email] for member in desk.members if member.email in loads]
    people = (*(member.email for member in desk.members), desk.lead)
    return choose_owner(
        desk.members,
        desk.lead,
        load={load.owner: load.unfinished for load in theirs},
        last_assigned={load.owner: load.last_assigned for load in theirs},
        on=on,
        exclude=requester,
        wanted=wanted,
        skills=skills,
        turn=turn or office.turn(department, on),
        in_turn=getattr(desk, "strategy", "") == "round_robin",
        away={*away, *(one for one in people if office.absences and office.is_away(one, on))},
        passed_over=passed_over,
    )


def clocks_for(on: Circumstances, requester: str, opened_at: dt.datetime, office: Office) -> tuple[Clock, ...]:
    """The clocks of a request of this requester (an address), opened at this instant (UTC)."""
    terms = terms_for(office, on, requester)
    return set_clocks(terms.targets, opened_at, terms.calendar)


@dataclass(frozen=True, slots=True)
class Draft:
    """A request before it has a number: where it goes and why, what is promised, and whether it is acknowledged."""

    new: requests.NewRequest
    route: Route
    choice: Choice
    running: tuple[Clock, ...]
    acknowledged: Acknowledged


def draft_request(
    arrived: Arrived,
    links: Sequence[Link],
    known: Lately,
    office: Office,
    now: dt.datetime,
    *,
    gathers: bool = False,
) -> Draft:
    """What a request opened by this message would be. Decides; writes nothing.

    `gathers`: from then on it takes the further mails of its sender, who has written too many.
    """
    route, choice = _place(arrived, known, office, now)
    owner = choice.address if route.department is not None else None
    status = move(Status.NEW, Happening.ASSIGNED) if owner else Status.NEW
    return Draft(
        _new_request(arrived, route, status, owner, office, now, gathers=gathers),
        route,
        choice,
        clocks_for(
            Circumstances(route.department, route.priority, route.sla_policy),
            arrived.sender,
            arrived.received_at,
            office,
        ),
        _unless_silent(route, acknowledgement_decision(arrived, known, office, now, links=links)),
    )


def _unless_silent(route: Route, decision: Acknowledged) -> Acknowledged:
    if decision.yes and route.silent:
        return Acknowledged(False, "rule: A rule says that this mail is not acknowledged; the route names it.")
    return decision


def mails_of(
    draft: Draft, request: Request, arrived: Arrived, known: Lately, office: Office, now: dt.datetime
) -> tuple[Acknowledged, list[outbox.NewMail]]:
    """The mails that the opening of this request causes, and whether it is acknowledged. Decides; writes nothing."""
    decision, mails = _to_sender(draft, request, arrived, known, office, now)
    if not known.full:
        reasons = (draft.route.reason, draft.choice.reason)
        mails += frozen_mail.assignments(office, request, arrived.message, arrived.key, *reasons, draft.running, now)
        watchers = draft.route.watchers
        if watchers:
            why = draft.route.reason
            mails += frozen_mail.copies(
                office, request, arrived.message, arrived.key, watchers, why, draft.running, now
            )
    return decision, mails


def _to_sender(
    draft: Draft, request: Request, arrived: Arrived, known: Lately, office: Office, now: dt.datetime
) -> tuple[Acknowledged, list[outbox.NewMail]]:
    """The acknowledgement, or the one mail that stands for many; nothing that is more than an outsider has sent.

    Who forges a sender outside shall not have us send there more than was sent to us.
    """
    decision, message = draft.acknowledged, arrived.message
    if not decision.yes and not _is_summary_due(decision, arrived, known, office, now):
        return decision, []
    about = (office, request, message, decision.to, arrived.key, draft.running, now)
    pace = known.paces.get(request.department or "")
    mail = frozen_mail.acknowledgement(*about, pace=pace) if decision.yes else frozen_mail.summary(*about)
    if office.settings.organisation.is_internal(decision.to) or len(mail.raw) <= message.size:
        return decision, [mail]
    if not decision.yes:
        return decision, []
    larger = Stop(
        "larger",
        f"The acknowledgement has {len(mail.raw)} bytes, the mail only {message.size}; an outsider, whose address may "
        "be forged, gets no more than was sent.",
    )
    return Acknowledged(False, str(larger), decision.to, larger), []


def _is_summary_due(decision: Acknowledged, arrived: Arrived, known: Lately, office: Office, now: dt.datetime) -> bool:
    """Whether this sender has just met a ceiling, and hears of it: once an hour, and once where the day's is met."""
    if decision.stop is None or decision.stop.name != "ceiling" or known.full:
        return False
    settings = office.settings
    why, _ = known.conversation(arrived.sender, arrived.like, arrived.seen_at, settings.ceilings.rounds)
    if why and arrived.like.is_long:
        return False
    whom = {arrived.sender, decision.to.lower()}
    is_day = max(known.acknowledged(one, now - DAY) for one in whom) >= settings.acknowledgement.a_day
    return not any(known.summarised(one, now - (DAY if is_day else HOUR)) for one in whom)


def open_request(
    database: sa.Connection,
    arrived: Arrived,
    asked: Decision,
    links: tuple[Link, ...],
    known: Lately,
    office: Office,
    now: dt.datetime,
    *,
    gathers: bool = False,
) -> Paperwork:
    """Transaction B for a new request: it gets its number; the rest is left as papers to be written down."""
    draft = draft_request(arrived, links, known, office, now, gathers=gathers)
    placeholder = arrived.placeholder
    stored = placeholder.replaced_by(draft.new) if placeholder else requests.numbered(next(known.numbers), draft.new)
    decision, mails = mails_of(draft, desk_request(stored), arrived, known, office, now)
    disposition = "gathered" if gathers else "request"
    if decision.stop and decision.stop.name == "rounds":
        why, mailbox = decision.stop.sentence, arrived.copy.mailbox
        outbox.put_once(database, frozen_mail.conversation_alarm(office, mailbox, arrived.sender, why, now))
    if decision.yes:
        known.strangers_acknowledged += not office.settings.organisation.is_internal(decision.to)
    known.queued(mails)
    known.filed(_earlier(arrived, disposition, stored.id, decision.reason))
    if stored.owner:
        known.give(stored.owner, now)
    log.info(
        "request_opened",
        request=reference(stored.id),
        mailbox=arrived.copy.mailbox,
        department=stored.department or TRIAGE,
        source=draft.route.source,
        owner=stored.owner,
        acknowledged=decision.yes,
        gathers=gathers,
    )
    entries = _first_entries(arrived, stored, draft.route, draft.choice, links, office, now)
    if draft.route.source == "model" and is_drawn(arrived.key, office.keys.content, office.settings.routing.confirm):
        entries += (_drawn(office, now),)
    if gathers:
        entries += (_gathers(arrived, office, now),)
    irate = says_irate(arrived.message.subject, arrived.message.words)
    if irate and not known.full:
        more, flags = flag(office, desk_request(stored), lost_patience(stored, irate), "irate", (), now)
        entries, mails = (*entries, *more), [*mails, *flags]
        known.queued(flags)
    if known.full:
        entries += (ledger.Entry(now, ledger.POSTROOM, "ceiling", None, None, FULL.sentence),)
    entries += _withheld(office, now)
    return Paperwork(
        stored,
        entries,
        stored_clocks(draft.running),
        planned_rungs(stored.department, draft.running, office),
        stored_route(draft.route),
        arrived.copy.id,
        _row(arrived, disposition, said(asked), stored.id, decision),
        tuple(mails),
        placeholder.message_id if placeholder else None,
        to_be_accepted(stored, office, now),
    )


def to_be_accepted(request: requests.StoredRequest, office: Office, now: dt.datetime) -> tuple[Appointment, ...]:
    """Until when its owner has to take this request; nothing where nobody need accept, or the lead has it."""
    desk = office.settings.departments.get(request.department or "")
    if desk is None or desk.accept_within is None or request.owner in (None, desk.lead.lower()):
        return ()
    due_at = office.calendar(request.department).add(now, desk.accept_within)
    return (Appointment("accept", due_at, request.owner or ""),)


def gather(
    database: sa.Connection, arrived: Arrived, asked: Decision, known: Lately, office: Office, now: dt.datetime
) -> int:
    """Transaction B for a mail of somebody who has opened too many requests; the row number of its message.

    The first one opens the request that gathers them, the others are filed with it; its owner hears of them at
    the tenth, the hundredth, the thousandth ... and once an hour, also of the last ones (`daemon.gatherings`).
    What is confidential is gathered apart, for each department: nobody else may read it.
    """
    sender, apart = arrived.sender, gathered_apart(arrived, office)
    gathering = gathering_of(database, arrived, known, apart)
    if gathering is None:
        alone = replace(arrived, placeholder=None)  # what gathers many mails stands for more than the one
        papers = open_request(database, alone, asked, (), known, office, now, gathers=True)
        whose = seen_address(papers.request, sender)
        outbox.put_once(database, frozen_mail.gathering_alarm(office, whose, papers.request.id, now))
        known.gatherings[sender, apart] = Gathering(papers.request.id, 1, now)
        return write_down(database, [papers], now)[0]
    gathering.count += 1
    if not known.full and _is_worth_telling(gathering, now):
        mails = _told_of_gathering(database, arrived, gathering, office, now)
        outbox.put(database, mails)
        known.queued(mails)
        gathering.told_at = now
        gathering.is_untold = False
        untold.told(database, gathering.request_id)
        why = f"{gathering.count} mails of {sender or 'an unknown sender'} are gathered here"
        ledger.write(database, gathering.request_id, [ledger.Entry(now, ledger.POSTROOM, "gathered", None, None, why)])
    elif not gathering.is_untold:
        gathering.is_untold = True
        untold.expect(database, gathering.request_id, gathering.told_at + HOUR)
    known.filed(_earlier(arrived, "gathered", gathering.request_id, ""))
    reason = f"too_many: More than {office.settings.ceilings.requests_per_sender} mails of this sender within the hour."
    return file_without_request(database, arrived, "gathered", reason, gathering.request_id)


def gathered_apart(arrived: Arrived, office: Office) -> str:
    """The department to which a confidential message goes, "triage" where it goes to none; "" for any other message."""
    route, _ = route_of(
        arrived.message, arrived.copy.mailbox, arrived.nature, arrived.received_at, arrived.prediction, office
    )
    return _apart(route)


def _apart(one: Route | requests.StoredRequest) -> str:
    return (one.department or TRIAGE) if one.confidential else ""


def gathering_of(database: sa.Connection, arrived: Arrived, known: Lately, apart: str) -> Gathering | None:
    """The unfinished request that gathers this sender's mails; one that a person has ended gathers no more.

    `apart`: the department where confidential ones are gathered, "" for others.
    """
    key = (arrived.sender, apart)
    if key not in known.gatherings:
        since = arrived.received_at - HOUR
        for number in messages.gatherings_for(database, arrived.sender, since):
            request = requests.find(database, number)
            if request is None or request.status not in requests.UNFINISHED:
                continue
            if apart == _apart(request):
                told = outbox.last_told(database, request.id, ("assignment", "follow_up")) or request.opened_at
                count = messages.gathered(database, request.id)
                known.gatherings[key] = Gathering(request.id, count, told)
                break
        else:
            return None
    return known.gatherings[key]


def _is_worth_telling(gathering: Gathering, now: dt.datetime) -> bool:
    digits = str(gathering.count)
    is_round = len(digits) > 1 and digits[0] == "1" and not digits[1:].strip("0")
    return is_round or now - gathering.told_at >= HOUR


def _told_of_gathering(
    database: sa.Connection, arrived: Arrived, gathering: Gathering, office: Office, now: dt.datetime
) -> list[outbox.NewMail]:
    request = requests.find(database, gathering.request_id)
    assert request is not None
    running = tuple(desk_clock(stored) for stored in clocks.of_request(database, request.id))
    return frozen_mail.follow_ups(
        office, desk_request(request), arrived.message, arrived.key, running, False, now, gathered=gathering.count
    )


def _earlier(arrived: Arrived, disposition: str, request_id: int, acknowledged: str) -> messages.Earlier:
    like, header_id = arrived.like, arrived.message.message_id
    return messages.Earlier(
        header_id,
        arrived.sender,
        like.same,
        like.alike,
        disposition,
        request_id,
        arrived.received_at,
        arrived.seen_at,
        acknowledged,
    )


def _gathers(arrived: Arrived, office: Office, now: dt.datetime) -> ledger.Entry:
    most = office.settings.ceilings.requests_per_sender
    who = arrived.sender or "an unknown sender"
    why = f"{who} has opened {most} requests within the hour; this and further mails are gathered here"
    return ledger.Entry(now, ledger.POSTROOM, "gathers", None, arrived.sender, why)


def _place(arrived: Arrived, known: Lately, office: Office, now: dt.datetime) -> tuple[Route, Choice]:
    """Department and owner; a department in which nobody may own it gives it to triage, never to nobody."""
    message = arrived.message
    mailbox, received = arrived.copy.mailbox, arrived.received_at
    route, _ = route_of(message, mailbox, arrived.nature, received, arrived.prediction, office)
    route = _with_its_hurry(route, message, office)
    choice = owner_for(
        known.loads,
        route.department,
        message.sender.address,
        office,
        now,
        route.owner,
        skills=route.skills,
        away=known.away,
    )
    if route.department is not None and choice.address is None:
        why = f"{route.reason}; but {choice.reason}"
        return replace(route, department=None, source="triage", reason=why), choice
    return route, choice


def _with_its_hurry(route: Route, message: Message, office: Office) -> Route:
    """Raised for a customer who waits behind it, and by one step if its requester says that it is urgent."""
    asks = office.settings.priorities.requester_urgent
    urgent = says_urgent(message.subject, message.words, message.headers) if asks else ""
    customer = office.customers.named_in(message.subject, message.words)
    if not urgent and customer is None:
        return route
    hurry = weigh(route.priority, route.priority_reason, customer, urgent)
    if route.confidential:  # whoever is warned reads the reason, and it names customers and words of the mail
        reason = "; ".join(filter(None, (route.priority_reason, "what it says raises it")))
        return replace(route, priority=hurry.priority, priority_reason=reason)
    return replace(route, priority=hurry.priority, priority_reason=hurry.reason)


def _new_request(
    arrived: Arrived,
    route: Route,
    status: Status,
    owner: str | None,
    office: Office,
    now: dt.datetime,
    *,
    gathers: bool,
) -> requests.NewRequest:
    message = arrived.message
    whose = message.sender.name or arrived.sender or "an unknown sender"
    subject = f"Many mails of {whose}: {message.subject}" if gathers else message.subject
    return requests.NewRequest(
        status=status,
        department=route.department,
        owner=owner,
        requester=arrived.sender,
        requester_name=message.sender.name,
        subject=subject,
        summary=" ".join(message.words.split())[:SUMMARY],
        priority=route.priority,
        priority_reason=route.priority_reason or None,
        mailbox=arrived.copy.mailbox,
        language=message.language,
        opened_at=arrived.received_at,
        assigned_at=now if owner else None,
        reply_to=answers_wanted_at(message, office.settings.organisation.domains, office.watched),
        loop=message.loop,
        confidential=route.confidential,
    )


def _first_entries(
    arrived: Arrived,
    request: requests.StoredRequest,
    route: Route,
    choice: Choice,
    links: tuple[Link, ...],
    office: Office,
    now: dt.datetime,
) -> tuple[ledger.Entry, ...]:
    postroom = ledger.POSTROOM
    heard = "mail received" if request.confidential else f"mail received: {request.subject}"
    entries = [
        ledger.Entry(now, request.requester or postroom, "opened", None, request.mailbox, heard),
        ledger.Entry(now, postroom, "routed", None, route.department or TRIAGE, route.reason),
    ]
    before = arrived.placeholder.request.owner if arrived.placeholder else None
    if arrived.placeholder:
        why = "another copy of the mail that could not be read was read here"
        entries.insert(0, ledger.Entry(now, postroom, "read_after_all", None, request.mailbox, why))
    if request.owner != before:
        entries.append(ledger.Entry(now, postroom, "owner", before, request.owner, choice.reason))
    if route.priority_reason:
        entries.append(ledger.Entry(now, postroom, "priority", "normal", route.priority, route.priority_reason))
    if route.sla_policy:
        entries.append(ledger.Entry(now, postroom, "sla_policy", None, route.sla_policy, route.reason))
    entries += [ledger.Entry(now, postroom, ledger.TAG, None, tag, route.reason) for tag in route.tags]
    if route.confidential:
        entries.append(ledger.Entry(now, postroom, "confidential", None, "yes", route.reason))
    entries += [ledger.Entry(now, postroom, "copy", None, watcher, route.reason) for watcher in route.watchers]
    addressed = addressed_to(arrived.message, office)
    if len(addressed) > 1:
        why = "one mail, one request: it was written to several shared addresses"
        entries.append(ledger.Entry(now, postroom, "addressed_to", None, ", ".join(addressed), why))
    entries += [ledger.Entry(now, postroom, link.what, None, reference(link.request_id), link.why) for link in links]
    if arrived.message.partial or arrived.copy.partial:
        why = "the mail is larger than the limit, only its beginning was read; the whole of it lies in the mailbox"
        entries.append(ledger.Entry(now, postroom, "partial", None, None, why))
    if arrived.message.encrypted:
        why = "only who has the key can read it; the whole of it lies in the mailbox"
        entries.append(ledger.Entry(now, postroom, "encrypted", None, arrived.message.encrypted, why))
    return tuple(entries)


def _drawn(office: Office, now: dt.datetime) -> ledger.Entry:
    """The line that keeps how large the share was: the answer speaks for so many that were not drawn."""
    why = "drawn by chance: a person is asked whether the model has placed it right"
    return ledger.Entry(now, ledger.POSTROOM, labels.DRAWN, None, str(office.settings.routing.confirm), why)


def _withheld(office: Office, now: dt.datetime) -> tuple[ledger.Entry, ...]:
    """Why nobody hears of a request that is opened, where nobody does."""
    stays = office.withholds
    return (ledger.Entry(now, ledger.POSTROOM, "withheld", None, stays.state, stays.why),) if stays else ()


def stored_clocks(running: tuple[Clock, ...]) -> tuple[clocks.StoredClock, ...]:
    """Clocks in the shape in which they are kept."""
    return tuple(clocks.StoredClock(c.kind, c.started_at, round(c.target.total_seconds()), c.due_at) for c in running)


def planned_rungs(department: str | None, running: tuple[Clock, ...], office: Office) -> tuple[clocks.PlannedRung, ...]:
    """The rungs of these clocks on the department's ladder."""
    ladder = office.settings.ladders[office.desk(department).ladder]
    rungs = rungs_of(ladder, running, office.calendar(department))
    return tuple(clocks.PlannedRung(r.clock, r.index, r.kind, r.tell, r.due_at) for r in rungs)


def lay_out_again(
    database: sa.Connection, request: requests.StoredRequest, running: tuple[Clock, ...], office: Office
) -> None:
    """Other clocks for a request that has some: new due times, and rungs in place of those that never fired."""
    clocks.lay_out_again(database, request.id, stored_clocks(running))
    clocks.drop_waiting(database, request.id)
    planned = planned_rungs(request.department, running, office)
    clocks.plan_all(database, request.plan, [(request.id, rung) for rung in planned])


def addressed_to(message: Message, office: Office) -> tuple[str, ...]:
    """Our addresses in To and Cc, in their order, in lower case."""
    named = (address.key for address in (*message.to, *message.cc))
    return tuple(dict.fromkeys(address for address in named if address in office.watched))


#: So many mails were sent within the hour that none is added; the request says so.
FULL = Stop("all_mails", "As many mails as may be were sent within the hour; no notice of this request was sent.")


def acknowledgement_decision(
    arrived: Arrived, known: Lately, office: Office, now: dt.datetime, *, links: Sequence[Link] = ()
) -> Acknowledged:
    """May this message be acknowledged, and where? Its nature first, then where it goes, its age, the ceilings.

    `links`: to what it may belong; it may answer a mail of ours without belonging to its request, as another help
    desk's would. Decides; touches nothing.
    """
    if office.withholds:
        return Acknowledged(False, f"withheld: {office.withholds.why}")
    settings, message = office.settings, arrived.message
    decision = may_acknowledge(
        message,
        arrived.nature,
        watched=office.watched,
        internal_domains=frozenset(settings.organisation.domains),
        external_allowed=settings.acknowledgement.external,
        answers_our_automatic_mail=any(link.what == "maybe_belongs_to" for link in links),
    )
    if not decision.yes:
        return Acknowledged(False, said(decision))
    to = acknowledgement_goes_to(message, settings.organisation.domains)
    stop = (
        _stop_at_address(arrived, to, office)
        or _stop_unreachable(to, known)
        or _stop_by_age(arrived, now)
        or _stop_by_links(links)
        or _stop_by_ceiling(arrived, to, known, office, now)
    )
    return Acknowledged(False, str(stop), to, stop) if stop else Acknowledged(True, said(decision), to)


def _stop_at_address(arrived: Arrived, to: str, office: Office) -> Stop | None:
    """RFC 3834 section 4 sends an automatic answer to the return path; that is no way to write to strangers."""
    if to == arrived.message.sender.address:
        return None
    if not is_sendable_address(to) or is_one_of(to, office.watched):
        return Stop("return_path_elsewhere", f"The return path {to} is none that we may answer.")
    if not office.settings.acknowledgement.external and not office.settings.organisation.is_internal(to):
        return Stop(
            "return_path_elsewhere",
            f"The return path {to} does not agree with From and is outside the organisation: From may be forged.",
        )
    return None


def _stop_unreachable(to: str, known: Lately) -> Stop | None:
    one = known.unreachable.get(to.lower())
    return Stop("unreachable", str(one)) if one else None


def _stop_by_age(arrived: Arrived, now: dt.datetime) -> Stop | None:
    internal = arrived.copy.internal_date
    if internal is not None and now - internal > TOO_OLD_TO_ACKNOWLEDGE:
        return Stop("too_old", "It had lain in the mailbox for more than a day when Postroom saw it.")
    return None


def _stop_by_links(links: Sequence[Link]) -> Stop | None:
    same = next((link for link in links if link.what == "maybe_the_same_as"), None)
    if same is None:
        return None
    return Stop("resent", f"The same text of this sender is {reference(same.request_id)}, which was answered.")


def _stop_by_ceiling(arrived: Arrived, to: str, known: Lately, office: Office, now: dt.datetime) -> Stop | None:
    settings = office.settings.acknowledgement
    hourly, daily = settings.per_sender_per_hour, settings.a_day
    whom = {arrived.sender, to.lower()}
    if max(known.acknowledged(one, now - HOUR) for one in whom) >= hourly:
        return Stop("ceiling", f"This sender has had {hourly} acknowledgements within the hour.")
    if max(known.acknowledged(one, now - DAY) for one in whom) >= daily:
        return Stop("ceiling", f"This sender has had {daily} acknowledgements within the day.")
    if known.full:
        return FULL
    outside = not office.settings.organisation.is_internal(to)
    if outside and known.strangers_acknowledged >= settings.external_per_minute:
        return Stop("strangers", f"{settings.external_per_minute} senders outside were acknowledged in this minute.")
    why, _ = known.conversation(arrived.sender, arrived.like, arrived.seen_at, office.settings.ceilings.rounds)
    if why and arrived.like.is_long:
        return Stop("rounds", why)
    return None


def said(decision: Decision) -> str:
    """A decision's reason, by its name for machines and its sentence for people."""
    return f"{decision.reason.value}: {decision.sentence}"


def file_without_request(
    database: sa.Connection,
    arrived: Arrived,
    disposition: str,
    reason: str,
    request_id: int | None = None,
) -> int:
    """Write down a message that opens nothing; its row number. `request_id`: the request it is about, if any."""
    no = Acknowledged(False, "no_request: It opens no request.")
    log.info("message_filed", disposition=disposition, reason=reason, mailbox=arrived.copy.mailbox)
    return messages.file(database, _row(arrived, disposition, reason, request_id, no))


def _row(
    arrived: Arrived, disposition: str, reason: str, request_id: int | None, acknowledged: Acknowledged
) -> messages.NewMessage:
    message = arrived.message
    return messages.NewMessage(
        message_key=arrived.key,
        raw=arrived.copy.raw,
        header_id=message.message_id,
        sender=arrived.sender,
        sender_name=message.sender.name,
        subject=message.subject,
        words=message.words,
        attachments=[a.name for a in message.files],
        language=message.language,
        nature=arrived.nature.kind,
        nature_evidence=" ".join(arrived.nature.evidence),
        disposition=disposition,
        disposition_reason=reason,
        acknowledged=acknowledged.yes,
        acknowledged_reason=acknowledged.reason,
        request_id=request_id,
        mailbox=arrived.copy.mailbox,
        received_at=arrived.received_at,
        seen_at=arrived.seen_at,
        same=arrived.like.same,
        alike=arrived.like.alike,
    )


def open_placeholder(
    database: sa.Connection,
    copy: Copy,
    key: str,
    trouble: str,
    again: int | None,
    office: Office,
    now: dt.datetime,
) -> tuple[int, int]:
    """A request for a mail that nobody could read, so that a person sees it: (message row, request number).

    `again`: the row of its message, if it was set aside before and could not be read at another try either.
    """
    department = office.settings.mailboxes[copy.mailbox].department
    loads, away = requests.loads(database, office.staff), absences.away(database, now)
    owner = owner_for(loads, department, "", office, now, away=away).address if department else None
    request = requests.numbered(
        requests.next_numbers(database, 1)[0],
        requests.NewRequest(
            status=move(Status.NEW, Happening.ASSIGNED) if owner else Status.NEW,
            department=department,
            owner=owner,
            requester="",
            requester_name="",
            subject=f"Unreadable mail in {copy.mailbox}",
            summary=trouble[:SUMMARY],
            priority=Priority.NORMAL,
            priority_reason=None,
            mailbox=copy.mailbox,
            language="",
            opened_at=now,
            assigned_at=now if owner else None,
            confidential=department in office.confidential,
        ),
    )
    why = f"a mail could not be read: {trouble}"
    entries = [ledger.Entry(now, ledger.POSTROOM, "quarantined", None, department or TRIAGE, why)]
    if owner:
        entries.append(ledger.Entry(now, ledger.POSTROOM, "owner", None, owner, "the mailbox's own department"))
    running = clocks_for(Circumstances(department, Priority.NORMAL), "", now, office)
    papers = Paperwork(request, tuple(entries), stored_clocks(running), planned_rungs(department, running, office))
    write_down(database, [papers], now)
    row = _unreadable_row(copy, key, trouble, request.id)
    if again is None:
        return messages.file(database, row), request.id
    messages.write_anew(database, again, row)
    return again, request.id


def _unreadable_row(copy: Copy, key: str, trouble: str, request_id: int) -> messages.NewMessage:
    return messages.NewMessage(
        message_key=key,
        raw=copy.raw,
        header_id="",
        sender="",
        sender_name="",
        subject="",
        words="",
        attachments=[],
        language="",
        nature="unreadable",
        nature_evidence=trouble,
        disposition="quarantined",
        disposition_reason=trouble,
        acknowledged=False,
        acknowledged_reason="unreadable: Nobody knows who wrote it.",
        request_id=request_id,
        mailbox=copy.mailbox,
        received_at=copy.first_seen,
    )


def stored_route(route: Route) -> requests.StoredRoute:
    """A route in the shape in which it is kept."""
    second = route.runner_up or (None, None)
    return requests.StoredRoute(
        source=route.source,
        department=route.department,
        reason=route.reason,
        confidence=route.confidence,
        runner_up=second[0],
        runner_up_confidence=second[1],
        rules_version=route.rules_version,
        model_version=route.model_version,
    )


Desk = Department | Triage
