"""What strange mail servers, crowds and mistakes do to the way out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from daemon.store import outbox
from tests.servers.smtp_sink import Answer, SmtpSink
from tests.stories.test_deliveries import EVA, OLGA, Post

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]


@pytest.fixture
def post(house: House, smtp_sink: SmtpSink) -> Post:
    """The way out of the house, through a real server."""
    return Post(house, smtp_sink)


def many_more_for_eva(connection: sa.Connection, count: int, **other: object) -> None:
    """Queue her acknowledgement so many times more."""
    query = outbox.outbox.select().where(outbox.outbox.c.recipient == EVA)
    one = dict(connection.execute(query).one()._mapping) | {"id": None, "state": "queued"} | other
    rows = [
        one | {"effect_key": f"many {n}", "header_id": f"<{n}@many>", "token": f"{n + 10**20:032}"}
        for n in range(count)
    ]
    connection.execute(outbox.outbox.insert(), rows)


@pytest.mark.parametrize("code", [250, 450, 550])
def test_an_answer_of_the_server_that_is_no_utf_8_is_kept_readable_and_sends_nothing_twice(
    post: Post, house: House, a_mail: Mail, code: int
) -> None:
    post.sink.script("dot", Answer(code, "2.0.0 f\udcfcr Sie\x00 \udce4"), recipient=EVA)
    house.receives(a_mail())

    post.settles()

    becomes = {250: "sent", 450: "queued", 550: "failed"}[code]
    row = post.row("acknowledgement")
    assert (row.state, row.last_reply) == (becomes, f"{code} 2.0.0 f?r Sie? ?")
    assert len(post.sink.mails_to(EVA)) == (code == 250)


def test_of_many_acknowledgements_that_have_outlived_their_use_none_leaves(
    post: Post, house: House, day: Day, a_mail: Mail
) -> None:
    house.receives(a_mail())
    with house.office.store.writing() as connection:
        many_more_for_eva(connection, 250)
    day.goes_on(minutes=61)

    post.settles()

    assert post.sink.mails_to(EVA) == []
    assert post.states().count("abandoned") == 251


def test_a_mail_of_which_nobody_knows_is_repeated_in_its_time_however_much_waits(
    post: Post, house: House, day: Day, a_mail: Mail
) -> None:
    house.receives(a_mail())
    owner = post.row("assignment").recipient
    post.sink.script("dot", Answer(cut="before"), recipient=owner)
    post.runs(lambda: "uncertain" in post.states())
    day.goes_on(minutes=15)
    with house.office.store.writing() as connection:
        many_more_for_eva(connection, 150, not_before=day.at)

    post.settles()

    recipients = [mail.recipients[0] for mail in post.sink.accepted]
    assert recipients.count(owner) == 2
    assert recipients[100:].count(owner) == 0


@pytest.mark.parametrize(
    "answer", [Answer(530, "5.7.0 authentication required"), Answer(538, "5.7.11 encryption required")]
)
def test_a_server_that_wants_a_log_in_first_is_the_channels_trouble_and_refuses_no_mail(
    post: Post, house: House, a_mail: Mail, answer: Answer
) -> None:
    post.sink.script("MAIL", answer, always=True)
    house.receives(a_mail())

    post.runs(lambda: post.row("assignment").last_reply)

    assert set(post.states()) == {"queued"}
    assert "check smtp.user" in (post.trouble or "")


def test_an_operator_who_is_named_twice_is_alarmed_once(post: Post, house: House, a_mail: Mail) -> None:
    settings = house.office.settings
    twice = settings.organisation.model_copy(update={"operators": (OLGA, OLGA.title(), OLGA)})
    house.runs_with(settings=settings.model_copy(update={"organisation": twice}))
    house.receives(a_mail())
    post.sink.script("RCPT", Answer(550), recipient=post.row("assignment").recipient)

    post.settles()

    assert len(post.sink.mails_to(OLGA)) == 1


def test_a_clock_that_is_set_back_keeps_no_mail_waiting_longer_than_the_step(
    post: Post, house: House, day: Day, a_mail: Mail
) -> None:
    house.receives(a_mail())
    day.at -= dt.timedelta(minutes=5)
    post.runs(lambda: True)
    assert set(post.states()) == {"queued"}

    day.goes_on(minutes=5)
    post.settles()

    assert set(post.states()) == {"sent"}
