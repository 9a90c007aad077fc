"""A full disk, a mail server that is away for three days, a daemon that was off for ten: nothing is lost or twice."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from daemon import escalations
from daemon.service import Service, Worker
from daemon.store.database import Store
from tests.stories.test_deliveries import EVA, Post, post
from tests.stories.test_mailboxes import Inbox, inbox

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

__all__ = ["inbox", "post"]

Mail = Callable[..., EmailMessage]


@contextmanager
def no_room_for_more(store: Store) -> Iterator[None]:
    """SQLite may take no page more for this database: its own "database or disk is full", on every writing step."""
    with store.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limit(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    store.close()
    sa.event.listen(store.engine, "connect", limit)
    try:
        yield
    finally:
        sa.event.remove(store.engine, "connect", limit)
        store.close()


def test_a_full_disk_accepts_nothing_and_harms_nothing_and_all_is_taken_in_once_there_is_room(
    house: House, inbox: Inbox, a_mail: Mail
) -> None:
    inbox.gets(a_mail("VPN before"))
    inbox.looks()
    large = [a_mail(f"VPN {number}", "Nothing works.\n" * 2000) for number in range(20)]
    inbox.gets(*large)

    with no_room_for_more(house.office.store):
        for _ in range(2):
            with pytest.raises(sa.exc.OperationalError, match="database or disk is full"):
                inbox.looks()
        assert len(house.requests()) == 1
        assert set(house.copies()) == {"marked"}

    assert inbox.looks() == 20
    assert house.copies() == {"marked": 21}
    assert len(house.requests()) == 21
    assert len(inbox.account.maildir.contents("INBOX")) == 21


def test_a_disk_that_fills_up_between_acceptance_and_effect_costs_no_attempt_and_no_request(
    house: House, inbox: Inbox, a_mail: Mail
) -> None:
    inbox.gets(a_mail("VPN", "Nothing works.\n" * 4000))
    inbox.accepts(1)

    with no_room_for_more(house.office.store):
        for _ in range(5):
            with pytest.raises(sa.exc.OperationalError, match="database or disk is full"):
                inbox.looks()

    assert inbox.looks() == 1
    assert house.copies() == {"marked": 1}, "more failures than attempts, and yet no quarantine"


def test_after_three_days_without_a_mail_server_each_warning_leaves_once_and_no_stale_acknowledgement(
    post: Post, house: House, day: Day, a_mail: Mail
) -> None:
    post.sink.shut_door()
    for _ in range(12):
        house.receives(a_mail())
        day.goes_on(hours=6)
        escalations.fire_due(house.office)
    post.runs(lambda: post.trouble or any(row.last_reply for row in post.rows()))
    waiting = Counter(row.kind for row in post.rows())
    post.sink.open_door()

    post.settles()

    states = Counter((row.kind, row.state) for row in post.rows())
    left = Counter(mail.recipients[0] for mail in post.sink.accepted)
    assert waiting["warning"] >= 3
    assert waiting["escalation"] >= 3
    assert states[("acknowledgement", "abandoned")] == waiting["acknowledgement"] > 0
    assert {state for (kind, state) in states if kind != "acknowledgement"} == {"sent"}
    assert left[EVA] == 0
    assert len(post.sink.accepted) == len({mail.raw for mail in post.sink.accepted}) == states.total() - 12
    assert post.notes()[-1][0] == "mail_dropped"


def test_a_daemon_that_was_off_for_ten_days_answers_the_last_day_and_makes_a_request_of_every_mail(
    house: House, inbox: Inbox, day: Day, a_mail: Mail
) -> None:
    inbox.looks()
    for number in range(10):
        day.goes_on(days=1)
        inbox.gets(a_mail(f"VPN, day {number}"))
    day.goes_on(minutes=30)

    inbox.looks()
    escalations.fire_due(house.office)
    kinds = Counter(kind for kind, _, _ in house.sends())

    assert len(house.requests()) == 10
    assert (kinds["acknowledgement"], kinds["assignment"]) == (1, 10)
    escalations.fire_due(house.office)
    assert house.sends() == []


def test_a_clock_that_jumps_by_a_day_escalates_nothing_until_a_person_says_that_it_is_right(
    house: House, day: Day, a_mail: Mail
) -> None:
    house.receives(a_mail())
    house.sends()
    service = Service(house.office, lambda office: office)
    worker = Worker("clocks", service._keep_clocks, service._clock_nudge.set)
    thread = threading.Thread(target=service._keep_clocks, args=(worker,))
    thread.start()
    try:
        comes_to(lambda: service._steady._offset is not None, service)
        day.goes_on(days=1)
        comes_to(lambda: "the clock of this machine has jumped by" in worker.sentence, service)
        assert [(kind, recipient) for kind, recipient, _ in house.sends()] == [("alarm", "olga.ops@lindwerk.example")]

        service._steady.trust()
        comes_to(lambda: worker.state == "watching", service)
        assert {kind for kind, _, _ in house.sends()} == {"reminder", "warning", "apology", "heads_up"}
    finally:
        service.stop()
        service._clock_nudge.set()
        thread.join()


def comes_to(true: Callable[[], object], service: Service) -> None:
    """Nudge the clock worker until this is so."""
    end = time.monotonic() + 90
    while not true():
        assert time.monotonic() < end
        service._clock_nudge.set()
        time.sleep(0.01)
