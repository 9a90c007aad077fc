"""Story: a message that belongs to nothing yet opens a request.

Rules, then the model, then triage; an owner; clocks and rungs; the acknowledgement and the notice to
the owner: decided by pure functions, written down in the caller's transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
import structlog

from classifier.predict import Prediction
from config.settings import Department, Triage
from daemon import frozen_mail
from daemon.desk.clocks import Clock, set_clocks
from daemon.desk.ladder import rungs_of
from daemon.desk.lifecycle import Happening, move
from daemon.desk.ownership import Choice, choose_owner
from daemon.desk.request import Priority, Status, reference
from daemon.desk.routing import Route, decide_route
from daemon.mail.message import Message
from daemon.mail.nature import Decision, Nature, may_acknowledge
from daemon.office import Office
from daemon.paperwork import Paperwork, write_down
from daemon.store import clocks, ledger, messages, outbox, requests
from daemon.store.copies import Copy
from daemon.thought import desk_request
from rules.match import ask
from rules.rule import Answer, MailFile

log = structlog.get_logger("intake")

#: An automatic answer to mail this old would only puzzle its reader.
TOO_OLD_TO_ACKNOWLEDGE = dt.timedelta(hours=24)

#: How much of a mail's first words stands for it in lists.
SUMMARY = 200


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that was read, with what was found out about it. `received_at` is UTC."""

    key: str
    copy: Copy
    message: Message
    nature: Nature
    received_at: dt.datetime
    prediction: Prediction | None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Whether a message is acknowledged, and why (not), in a sentence."""

    yes: bool
    reason: str


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
        return tuple(MailFile(one.name, one.content_type.lower()) for one in self.message.attachments if not one.inline)

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


def route_of(
    message: Message,
    mailbox: str,
    nature: Nature,
    received_at: dt.datetime,
    prediction: Prediction | None,
    office: Office,
) -> tuple[Route, Answer]:
    """Where this message goes, and what the rules said. Decides; writes nothing."""
    answer = Answer(None, ())
    if office.rules is not None:
        answer = ask(office.rules, mail_for_rules(message, mailbox, nature, received_at, office))
    threshold = office.model.threshold(office.settings.routing.promise) if office.model else None
    route = decide_route(
        answer.verdict,
        prediction,
        threshold,
        office.settings.departments,
        rules_version=office.rules_version,
        model_version=office.model_version,
    )
    return route, answer


@dataclass(slots=True)
class Glance:
    """What the database said when a transaction began, kept true while its requests are decided.

    `numbers`: those of the requests that may be opened. `loads` by owner, `acknowledged` by sender:
    acknowledgements within the last hour; both grow with what the transaction itself decides, so that one look
    serves all its requests.
    """

    numbers: Iterator[int]

    loads: dict[str, requests.OwnerLoad]
    acknowledged: dict[str, int]

    def give(self, owner: str, now: dt.datetime) -> None:
        """One more request for this owner."""
        before = self.loads.get(owner)
        self.loads[owner] = requests.OwnerLoad(owner, 1 + (before.unfinished if before else 0), now)

    def acknowledge(self, sender: str) -> None:
        """One more acknowledgement for this sender."""
        self.acknowledged[sender] = self.acknowledged.get(sender, 0) + 1


def glance(database: sa.Connection, senders: Sequence[str], office: Office, now: dt.datetime) -> Glance:
    """Look once at what the coming decisions need: numbers, everybody's load, how often these senders were answered.

    `senders`: one for each message that is taken in.
    """
    hour_ago = now - dt.timedelta(hours=1)
    return Glance(
        iter(requests.next_numbers(database, len(senders))),
        requests.loads(database, office.staff),
        outbox.sent_since(database, sorted({sender.lower() for sender in senders}), "acknowledgement", hour_ago),
    )


def owner_for(
    loads: Mapping[str, requests.OwnerLoad],
    department: str | None,
    requester: str,
    office: Office,
    now: dt.datetime,
    wanted: str | None = None,
) -> Choice:
    """Who of this department should own it now; `wanted` is the address that a rule names. Decides; touches nothing."""
    desk = office.desk(department)
    theirs = [loads[member.email] for member in desk.members if member.email in loads]
    return choose_owner(
        desk.members,
        desk.lead,
        load={load.owner: load.unfinished for load in theirs},
        last_assigned={load.owner: load.last_assigned for load in theirs},
        on=office.calendar(department).local(now).date(),
        exclude=requester,
        wanted=wanted,
    )


def clocks_for(
    department: str | None, priority: Priority, opened_at: dt.datetime, office: Office, sla_policy: str | None = None
) -> tuple[Clock, ...]:
    """The clocks of a request of this department, opened at this instant (UTC); `sla_policy`: the one a rule names."""
    policy = office.settings.sla_policies[sla_policy or office.desk(department).sla_policy]
    return set_clocks(policy, priority, opened_at, office.calendar(department))


def open_request(
    database: sa.Connection,
    arrived: Arrived,
    asked: Decision,
    maybe_belongs_to: int | None,
    known: Glance,
    office: Office,
    now: dt.datetime,
) -> Paperwork:
    """Transaction B for a new request: it gets its number; the rest is left as papers to be written down."""
    message, sender = arrived.message, arrived.message.sender.address.lower()
    route, choice = _place(arrived, known, office, now)
    owner = choice.address if route.department is not None else None
    status = move(Status.NEW, Happening.ASSIGNED) if owner else Status.NEW
    stored = requests.numbered(next(known.numbers), _new_request(arrived, route, status, owner, now))
    request = desk_request(stored)
    running = clocks_for(route.department, route.priority, arrived.received_at, office, route.sla_policy)
    decision = acknowledgement_decision(arrived, known, office, now, is_answer=maybe_belongs_to is not None)
    if route.silent and decision.yes:
        decision = Acknowledged(False, "rule: A rule says that this mail is not acknowledged; the route names it.")
    mails = []
    if decision.yes:
        mails.append(frozen_mail.acknowledgement(office, request, message, arrived.key, running, now))
        known.acknowledge(sender)
    reasons = (route.reason, choice.reason)
    mails += frozen_mail.assignments(office, request, message, arrived.key, *reasons, running, now)
    if owner:
        known.give(owner, now)
    log.info(
        "request_opened",
        request=request.reference,
        mailbox=arrived.copy.mailbox,
        department=route.department or "triage",
        source=route.source,
        owner=owner,
        acknowledged=decision.yes,
    )
    return Paperwork(
        stored,
        _first_entries(arrived, stored, route, choice, maybe_belongs_to, now),
        stored_clocks(running),
        planned_rungs(stored.department, running, office),
        stored_route(route),
        arrived.copy.id,
        _row(arrived, "request", said(asked), stored.id, decision),
        tuple(mails),
    )


def _place(arrived: Arrived, known: Glance, office: Office, now: dt.datetime) -> tuple[Route, Choice]:
    """Department and owner; a department in which nobody may own it gives it to triage, never to nobody."""
    message = arrived.message
    mailbox, received = arrived.copy.mailbox, arrived.received_at
    route, _ = route_of(message, mailbox, arrived.nature, received, arrived.prediction, office)
    choice = owner_for(known.loads, route.department, message.sender.address, office, now, route.owner)
    if route.department is not None and choice.address is None:
        why = f"{route.reason}; but {choice.reason}"
        return replace(route, department=None, source="triage", reason=why), choice
    return route, choice


def _new_request(
    arrived: Arrived, route: Route, status: Status, owner: str | None, now: dt.datetime
) -> requests.NewRequest:
    message = arrived.message
    return requests.NewRequest(
        status=status,
        department=route.department,
        owner=owner,
        requester=message.sender.address.lower(),
        requester_name=message.sender.name,
        subject=message.subject,
        summary=" ".join(message.words.split())[:SUMMARY],
        priority=route.priority,
        priority_reason=route.priority_reason or None,
        mailbox=arrived.copy.mailbox,
        language=message.language,
        opened_at=arrived.received_at,
        assigned_at=now if owner else None,
    )


def _first_entries(
    arrived: Arrived,
    request: requests.StoredRequest,
    route: Route,
    choice: Choice,
    maybe_belongs_to: int | None,
    now: dt.datetime,
) -> tuple[ledger.Entry, ...]:
    postroom = ledger.POSTROOM
    entries = [
        ledger.Entry(now, request.requester, "opened", None, request.mailbox, f"mail received: {request.subject}"),
        ledger.Entry(now, postroom, "routed", None, route.department or "triage", route.reason),
    ]
    if request.owner:
        entries.append(ledger.Entry(now, postroom, "owner", None, request.owner, choice.reason))
    if route.priority_reason:
        entries.append(ledger.Entry(now, postroom, "priority", "normal", route.priority, route.priority_reason))
    if route.sla_policy:
        entries.append(ledger.Entry(now, postroom, "sla_policy", None, route.sla_policy, route.reason))
    entries += [ledger.Entry(now, postroom, ledger.TAG, None, tag, route.reason) for tag in route.tags]
    if maybe_belongs_to is not None:
        about = reference(maybe_belongs_to)
        why = f"answers a mail about {about}, but its sender takes no part in it"
        entries.append(ledger.Entry(now, postroom, "maybe_belongs_to", None, about, why))
    if arrived.message.partial or arrived.copy.partial:
        why = "the mail is larger than the limit, only its beginning was read; the whole of it lies in the mailbox"
        entries.append(ledger.Entry(now, postroom, "partial", None, None, why))
    return tuple(entries)


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


def acknowledgement_decision(
    arrived: Arrived, known: Glance, office: Office, now: dt.datetime, *, is_answer: bool
) -> Acknowledged:
    """May this message be acknowledged? Its nature first, then its age, then the sender's ceiling.

    `is_answer`: it answers a mail of ours (without belonging to its request), as another help desk would.
    Decides; touches nothing.
    """
    settings = office.settings
    decision = may_acknowledge(
        arrived.message,
        arrived.nature,
        watched=office.watched,
        internal_domains=frozenset(settings.organisation.domains),
        external_allowed=settings.acknowledgement.external,
        answers_our_automatic_mail=is_answer,
    )
    if not decision.yes:
        return Acknowledged(False, said(decision))
    internal = arrived.copy.internal_date
    if internal is not None and now - internal > TOO_OLD_TO_ACKNOWLEDGE:
        return Acknowledged(False, "too_old: It had lain in the mailbox for more than a day when Postroom saw it.")
    ceiling = settings.acknowledgement.per_sender_per_hour
    if known.acknowledged.get(arrived.message.sender.address.lower(), 0) >= ceiling:
        return Acknowledged(False, f"ceiling: This sender has had {ceiling} acknowledgements within the hour.")
    return Acknowledged(True, said(decision))


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
        sender=message.sender.address.lower(),
        sender_name=message.sender.name,
        subject=message.subject,
        words=message.words,
        attachments=[a.name for a in message.attachments if not a.inline],
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
    loads = requests.loads(database, office.staff)
    owner = owner_for(loads, department, "", office, now).address if department else None
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
        ),
    )
    why = f"a mail could not be read: {trouble}"
    entries = [ledger.Entry(now, ledger.POSTROOM, "quarantined", None, department or "triage", why)]
    if owner:
        entries.append(ledger.Entry(now, ledger.POSTROOM, "owner", None, owner, "the mailbox's own department"))
    running = clocks_for(department, Priority.NORMAL, now, office)
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
