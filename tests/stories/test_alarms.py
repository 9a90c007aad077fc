"""What only people can put right reaches the operators by mail, once."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

from daemon.mailbox.watch import Report
from daemon.service import ALARM_AFTER, Service, Worker
from daemon.store import clocks, copies

if TYPE_CHECKING:
    from tests.stories.conftest import House

Mail = Callable[..., EmailMessage]


def down(house: House) -> tuple[Service, Worker]:
    service = Service(house.office, lambda office: office)
    worker = Worker("it", lambda _: None, lambda: None, is_mailbox=True)
    service._workers = [worker]
    worker.report(Report("down", "it: refused the log-in."))
    return service, worker


def test_a_mailbox_that_stays_down_is_mailed_to_the_operators_once_an_outage(house: House) -> None:
    service, worker = down(house)
    since = worker.alive_at
    for minutes in (10, 16, 20):
        service.raise_alarms(since + minutes * 60)
    first = house.sends()
    worker.report(Report("connecting", "connecting"))
    worker.report(Report("down", "it: refused the log-in."))
    service.raise_alarms(since + 3600)

    ((kind, to, mail),) = first
    assert (kind, to) == ("alarm", "olga.ops@lindwerk.example")
    assert "refused the log-in" in mail.get_body(("plain",)).get_content()
    assert house.sends() == []


def test_a_mailbox_that_comes_back_in_time_alarms_nobody(house: House) -> None:
    service, worker = down(house)
    worker.report(Report("watching", "waiting for mail"))
    service.raise_alarms(worker.alive_at + 2 * ALARM_AFTER)

    assert house.sends() == []


def test_the_status_names_mails_of_a_mailbox_that_is_no_longer_watched(house: House) -> None:
    now = house.office.now()
    with house.office.store.writing() as connection:
        copies.accept(connection, [copies.Arrival("sales", 1, 1, b"Subject: x\r\n\r\nx", None)], now)
    service = Service(house.office, lambda office: office)

    (sentence,) = service._left_behind()
    assert sentence.startswith("1 mails of sales, which is no longer watched")


def test_an_answer_that_cannot_reach_its_requester_stops_no_clock_and_the_operators_hear_of_it(
    house: House, a_mail: Mail
) -> None:
    house.receives(a_mail(From='"odd one"@lindwerk.example'))
    notice = next(mail for kind, _, mail in house.sends() if kind == "assignment")
    owner = house.request().owner or ""
    house.receives(a_mail("Re: VPN", "Done.", From=owner, In_Reply_To=notice["Message-ID"]))

    assert [(kind, to) for kind, to, _ in house.sends()] == [("alarm", "olga.ops@lindwerk.example")]
    with house.office.store.reading() as connection:
        assert all(clock.stopped_at is None for clock in clocks.of_request(connection, 1))
