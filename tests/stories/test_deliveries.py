"""A queued mail leaves; and whatever the mail server does, its row tells the truth."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from daemon import deliveries
from daemon.deliveries import BLIND, Deliveries, back_off, may_repeat
from daemon.outbox.smtp import ChannelDown, SmtpAccess
from daemon.store import ledger, outbox, schema
from daemon.store.database import Store
from daemon.store.outbox import MailState
from tests.servers import hurry
from tests.servers.hurry import PATIENCE
from tests.servers.smtp_sink import Answer, SmtpSink

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]

EVA, OLGA = "eva.lund@lindwerk.example", "olga.ops@lindwerk.example"


@dataclass
class Post:
    """The deliveries of the house, which run as long as a test wants."""

    house: House
    sink: SmtpSink
    trouble: str | None = None

    def rows(self) -> list[MailState]:
        """Every mail of the outbox, oldest first."""
        with self.house.office.store.reading() as connection:
            return [outbox._state(row) for row in connection.execute(outbox.outbox.select().order_by("id"))]

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    def row(self, kind: str) -> MailState:
        return next(row for row in self.rows() if row.kind == kind)

    def notes(self, number: int = 1) -> list[tuple[str, str]]:
        """(what, why) of what the ledger says about mails."""
        with self.house.office.store.reading() as connection:
            entries = ledger.of_request(connection, number)
        return [(entry.what, entry.why) for entry in entries if entry.what.startswith("mail_")]

    def runs(self, until: Callable[[], object], seconds: float = 90) -> None:
        """Deliver until this is so, then stop in order."""
        hurry.run(self._story(until, seconds), self._stalls)

    def settles(self) -> None:
        """Deliver until no mail is due and none is under way."""
        now = self.house.office.now()
        self.runs(
            lambda: (
                not [r for r in self.rows() if r.state == "sending" or (r.state == "queued" and r.not_before <= now)]
            )
        )

    async def _story(self, until: Callable[[], object], seconds: float) -> None:
        stop, wake = asyncio.Event(), asyncio.Event()
        deliveries = Deliveries(lambda: self.house.office, self._way_out, lambda: None)
        task = asyncio.create_task(deliveries.run(stop, wake))
        end = time.monotonic() + seconds
        self.trouble = None
        while not until() and not task.done():
            assert time.monotonic() < end, self.rows()
            wake.set()
            await asyncio.sleep(0.01)
            self.trouble = deliveries.trouble
        self.trouble = deliveries.trouble
        stop.set()
        await task

    def _stalls(self) -> object:
        """Whether the server is silent on purpose: it need not be waited for."""
        return self.sink.stalling

    def _way_out(self) -> SmtpAccess:
        sink = self.sink
        return SmtpAccess(sink.host, sink.port, "plain", None, None, PATIENCE, PATIENCE, "postroom.lindwerk.example")


@pytest.fixture
def post(house: House, smtp_sink: SmtpSink) -> Post:
    """The way out of the house, through a real server."""
    return Post(house, smtp_sink)


def test_what_is_queued_leaves_and_the_row_keeps_the_servers_word(post: Post, house: House, a_mail: Mail) -> None:
    house.receives(a_mail())

    post.settles()

    assert post.states() == ["sent", "sent"]
    assert [(row.attempts, row.last_reply, row.sent_at) for row in post.rows()] == [
        (1, "250 2.0.0 taken", house.office.now())
    ] * 2
    assert [mail.recipients for mail in post.sink.mails_to(EVA)] == [(EVA,)]


def test_the_owner_hears_of_a_request_before_acknowledgements_leave(post: Post, house: House, a_mail: Mail) -> None:
    for number in range(5):
        house.receives(a_mail(f"VPN {number}"))

    post.settles()

    recipients = [mail.recipients[0] for mail in post.sink.accepted]
    assert EVA not in recipients[:4]  # two connections: the fifth may be overtaken
    assert recipients.count(EVA) == 5


def test_a_mail_that_fails_for_now_is_tried_again_later_and_later(
    post: Post, house: House, day: Day, a_mail: Mail
) -> None:
    post.sink.script("RCPT", Answer(450, "4.2.1 busy"), Answer(450), recipient=EVA)
    house.receives(a_mail())

    post.settles()
    first = post.row("acknowledgement")
    assert (first.state, first.attempts, first.last_reply) == ("queued", 1, "450 4.2.1 busy")
    assert 48 <= (first.not_before - day.at).total_seconds() <= 72
    assert post.row("assignment").state == "sent"

    day.goes_on(seconds=73)
    post.settles()
    second = post.row("acknowledgement")
    assert (second.state, second.attempts) == ("queued", 2)
    assert 96 <= (second.not_before - day.at).total_seconds() <= 144

    day.goes_on(seconds=145)
    post.settles()
    assert (post.row("acknowledgement").state, post.row("acknowledgement").attempts) == ("sent", 3)
    assert len(post.sink.mails_to(EVA)) == 1


def test_pauses_double_up_to_an_hour_and_are_spread() -> None:
    minutes = [back_off(attempts, 0).total_seconds() / 60 for attempts in (1, 2, 3, 6, 7, 8, 1000)]

    assert minutes == [1, 2, 4, 32, 60, 60, 60]
    assert [back_off(1, spread).total_seconds() for spread in (-1, 1)] == [48, 72]


def test_a_refused_notice_alarms_the_operators_and_stands_on_the_request(
    post: Post, house: House, a_mail: Mail
) -> None:
    house.receives(a_mail())
    owner = post.row("assignment").recipient
    post.sink.script("RCPT", Answer(550, "5.1.1 no such user"), recipient=owner)

    post.settles()

    assert post.row("assignment").state == "failed"
    assert post.notes() == [("mail_refused", f"assignment to {owner} was refused: 550 5.1.1 no such user")]
    (alarm,) = post.sink.mails_to(OLGA)
    assert b"REQ-1" in alarm.raw
    assert b"5.1.1 no such user" in alarm.raw


def test_a_refused_acknowledgement_alarms_nobody(post: Post, house: House, a_mail: Mail) -> None:
    post.sink.script("RCPT", Answer(550), recipient=EVA)
    house.receives(a_mail())

    post.settles()

    assert sorted(post.states()) == ["failed", "sent"]
    assert [what for what, _ in post.notes()] == ["mail_refused"]
    assert post.sink.mails_to(OLGA) == []


def test_an_acknowledgement_that_could_not_leave_in_time_is_dropped_and_the_notice_still_leaves(
    post: Post, house: House, day: Day, a_mail: Mail
) -> None:
    house.receives(a_mail())
    day.goes_on(minutes=61)

    post.settles()

    assert (post.row("acknowledgement").state, post.row("assignment").state) == ("abandoned", "sent")
    assert post.notes() == [
        ("mail_dropped", f"acknowledgement to {EVA} was dropped: it could not leave before 23 Nov 10:00 UTC")
    ]
    assert post.sink.mails_to(EVA) == []


def test_a_server_that_is_down_leaves_every_row_as_it_was(post: Post, house: House, day: Day, a_mail: Mail) -> None:
    for _ in range(3):
        house.receives(a_mail())
    before = [(row.state, row.attempts, row.not_before) for row in post.rows()]
    post.sink.shut_door()

    post.runs(lambda: post.row("assignment").last_reply)

    assert "cannot be reached or refuses to talk" in (post.trouble or "")
    assert [(row.state, row.attempts, row.not_before) for row in post.rows()] == before


def test_after_the_pause_everything_leaves_once(post: Post, house: House, day: Day, a_mail: Mail) -> None:
    for number in range(3):
        house.receives(a_mail(f"VPN {number}"))
    post.sink.shut_door()
    post.runs(lambda: post.row("assignment").last_reply)
    post.sink.open_door()
    day.goes_on(minutes=5)

    post.settles()

    assert post.states() == ["sent"] * 6
    assert len(post.sink.accepted) == 6


def test_a_server_that_asks_to_slow_down_is_left_alone_for_a_minute(
    post: Post, house: House, day: Day, a_mail: Mail
) -> None:
    post.sink.script("MAIL", Answer(432, "4.3.2 concurrent connections limit exceeded"), always=True)
    for _ in range(5):
        house.receives(a_mail())

    post.runs(lambda: any(row.last_reply for row in post.rows()))

    assert "the server asks to slow down: 432 4.3.2 concurrent" in (post.trouble or "")
    tries = sum(command.line.startswith("MAIL") for command in post.sink.heard)
    assert tries <= 2  # one for each connection
    assert set(post.states()) == {"queued"}


def test_a_mail_lost_at_the_dot_is_left_alone_for_the_blind_time_and_then_repeated_byte_by_byte(
    post: Post, house: House, day: Day, a_mail: Mail
) -> None:
    post.sink.script("dot", Answer(cut="before"), recipient=EVA)
    house.receives(a_mail())

    post.runs(lambda: post.row("acknowledgement").state == "uncertain")
    day.at += BLIND - dt.timedelta(seconds=1)
    post.runs(lambda: post.row("assignment").state == "sent")
    assert post.row("acknowledgement").state == "uncertain"

    day.goes_on(seconds=2)
    post.runs(lambda: post.row("acknowledgement").state == "sent")

    first, second = post.sink.mails_to(EVA)
    assert first.raw == second.raw
    assert [what for what, _ in post.notes()] == ["mail_repeated"]


def test_an_acknowledgement_is_repeated_once_and_then_given_up(
    post: Post, house: House, day: Day, a_mail: Mail
) -> None:
    post.sink.script("dot", Answer(cut="before"), recipient=EVA, always=True)
    house.receives(a_mail())
    for expected in (("uncertain", 0), ("uncertain", 1), ("abandoned", 1)):
        post.runs(lambda e=expected: (post.row("acknowledgement").state, post.row("acknowledgement").repeats) == e)
        day.at += BLIND

    assert len(post.sink.mails_to(EVA)) == 2
    assert [what for what, _ in post.notes()] == ["mail_repeated", "mail_dropped"]


@pytest.mark.parametrize(
    ("kind", "times"),
    [
        ("escalation", 3),
        ("warning", 3),
        ("alarm", 3),
        ("reminder", 1),
        ("assignment", 1),
        ("follow_up", 1),
        ("answer", 1),
        ("new_owner", 1),
        ("acknowledgement", 1),
        ("a kind nobody knows", 0),
    ],
)
def test_each_kind_is_repeated_as_often_as_it_is_worth(kind: str, times: int) -> None:
    allowed = [may_repeat(kind, repeats, dt.timedelta(minutes=15))[0] for repeats in range(5)]

    assert allowed == [repeats < times for repeats in range(5)]


def test_an_old_acknowledgement_is_not_repeated_and_an_old_escalation_is() -> None:
    old = dt.timedelta(minutes=61)

    assert may_repeat("acknowledgement", 0, old) == (
        False,
        "acknowledgement: nobody knows whether it arrived; too old to be repeated",
    )
    assert may_repeat("escalation", 0, old)[0]


@pytest.mark.parametrize("failures", [1, 4])
def test_a_disk_that_is_full_when_the_answer_to_the_dot_comes_makes_no_mail_uncertain_and_none_leaves_twice(
    post: Post, house: House, a_mail: Mail, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    monkeypatch.setattr(deliveries, "DATABASE_PAUSE", 0.01)
    real, full = outbox.sent, [sa.exc.OperationalError("UPDATE", {}, Exception("database or disk is full"))] * failures

    def sent(connection: sa.Connection, notes: list[outbox.Sent]) -> None:
        if notes and full:
            raise full.pop()
        real(connection, notes)

    monkeypatch.setattr(outbox, "sent", sent)
    house.receives(a_mail())

    post.runs(lambda: post.states() == ["sent", "sent"])

    assert full == []
    assert len(post.sink.accepted) == 2
    assert post.notes() == []


def test_a_stop_finishes_what_is_under_way_and_gives_back_the_rest(post: Post, house: House, a_mail: Mail) -> None:
    post.sink.script("dot", Answer(delay=0.05), always=True)
    for _ in range(10):
        house.receives(a_mail())

    post.runs(lambda: len(post.sink.accepted) >= 3)

    assert set(post.states()) == {"sent", "queued"}
    assert post.states().count("sent") == len(post.sink.accepted)
    assert {row.attempts for row in post.rows() if row.state == "queued"} == {0}

    post.settles()

    assert set(post.states()) == {"sent"}
    assert len(post.sink.accepted) == len({mail.raw for mail in post.sink.accepted}) == len(post.rows())


@pytest.mark.parametrize(("phase", "becomes"), [(0, "sent"), (1, "sent"), (2, "uncertain")])
def test_what_a_dead_sender_left_is_sent_if_it_was_surely_not_accepted(
    post: Post, house: House, a_mail: Mail, phase: int, becomes: str
) -> None:
    house.receives(a_mail())
    left = {"state": "sending", "phase": phase, "claimed_by": "dead", "claimed_until": house.office.now()}
    with house.office.store.writing() as connection:
        connection.execute(outbox.outbox.update().values(left))

    post.runs(lambda: post.states() == [becomes, becomes])

    assert len(post.sink.accepted) == (2 if becomes == "sent" else 0)


def test_no_more_connections_are_used_than_the_settings_allow(post: Post, house: House, a_mail: Mail) -> None:
    for _ in range(10):
        house.receives(a_mail())

    post.settles()

    assert post.sink.connections <= 2
    assert sum(command.line == "QUIT" for command in post.sink.heard) == post.sink.connections


def test_a_password_that_cannot_be_read_is_the_channels_trouble_and_no_fault(
    post: Post, house: House, a_mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_password() -> SmtpAccess:
        raise ChannelDown("smtp.password: there is no such file")

    house.receives(a_mail())
    monkeypatch.setattr(post, "_way_out", no_password)

    post.runs(lambda: post.row("assignment").last_reply)

    assert post.trouble == "smtp.password: there is no such file"
    assert set(post.states()) == {"queued"}


@pytest.fixture
def shared(house: House, postgresql_url: str) -> Iterator[House]:
    """The house on a PostgreSQL database, which other processes may share."""
    store = Store(postgresql_url)
    schema.upgrade(store)
    house.runs_with(store=store)
    yield house
    store.close()


def test_a_slow_answer_to_the_dot_is_waited_for_where_claims_run_out(
    shared: House, post: Post, day: Day, a_mail: Mail
) -> None:
    post.sink.script("dot", Answer(delay=0.3), recipient=EVA)
    shared.receives(a_mail())

    def time_goes_on() -> bool:
        if post.sink.mails_to(EVA):
            day.at = max(day.at, dt.datetime(2026, 11, 23, 9, 9, tzinfo=dt.UTC))
        return post.row("acknowledgement").state not in ("queued", "sending")

    post.runs(time_goes_on)

    assert post.row("acknowledgement").state == "sent"


def test_a_mail_that_somebody_else_has_claimed_meanwhile_does_not_leave_twice(
    shared: House, post: Post, a_mail: Mail
) -> None:
    post.sink.script("RCPT", Answer(250, delay=0.2), recipient=EVA)
    shared.receives(a_mail())

    def is_taken_over() -> bool:
        if any(command.line == f"RCPT TO:<{EVA}>" for command in post.sink.heard):
            with shared.office.store.writing() as connection:
                theirs = outbox.outbox.update().where(outbox.outbox.c.kind == "acknowledgement")
                connection.execute(theirs.values(claimed_by="somebody else"))
            return True
        return False

    post.runs(is_taken_over)

    assert post.row("acknowledgement").state == "sending"
    assert post.sink.mails_to(EVA) == []
