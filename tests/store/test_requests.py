"""Requests, clocks, rungs and the ledger as they are kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from daemon.store import clocks, ledger, mailboxes, messages, outbox, promises, requests, schema
from daemon.store.clocks import PlannedRung, StoredClock
from daemon.store.copies import Arrival, accept
from daemon.store.database import Store
from daemon.store.ledger import Entry
from daemon.store.messages import NewMessage
from daemon.store.outbox import NewMail

HOUR = dt.timedelta(hours=1)
MakeRequest = Callable[..., requests.NewRequest]
WriteRequest = Callable[..., requests.StoredRequest]


@pytest.fixture
def opened(store: Store, write_request: WriteRequest) -> requests.StoredRequest:
    with store.writing() as connection:
        return write_request(connection)


def rung(now: dt.datetime, number: int = 0, clock: str = "first_response") -> PlannedRung:
    return PlannedRung(clock, number, "reminder", ("owner",), now)


def test_a_request_is_found_as_it_was_opened(store: Store, opened: requests.StoredRequest) -> None:
    with store.reading() as connection:
        assert requests.find(connection, opened.id) == opened
        assert requests.find(connection, opened.id + 1) is None


def test_numbers_of_requests_are_never_given_twice(store: Store, write_request: WriteRequest) -> None:
    with store.writing() as connection:
        first = write_request(connection)
        connection.execute(sa.text("delete from requests"))
        second = write_request(connection)

    assert second.id > first.id


def test_requests_that_are_opened_together_have_numbers_of_their_own(
    store: Store, new_request: MakeRequest, write_request: WriteRequest
) -> None:
    with store.writing() as connection:
        before = write_request(connection)
        numbers = requests.next_numbers(connection, 3)
        requests.open_all(connection, [requests.numbered(number, new_request()) for number in numbers])
        after = write_request(connection)

    assert len({before.id, *numbers, after.id}) == 5
    assert before.id < min(numbers) <= max(numbers) < after.id


def test_the_load_of_an_owner_counts_what_is_unfinished(
    store: Store, write_request: WriteRequest, now: dt.datetime
) -> None:
    with store.writing() as connection:
        write_request(connection, assigned_at=now - HOUR)
        write_request(connection)
        write_request(connection, status="resolved")
        loads = requests.loads(connection, ["jonas@lindwerk.example", "mara@lindwerk.example"])

    assert loads == {"jonas@lindwerk.example": requests.OwnerLoad("jonas@lindwerk.example", 2, now)}


def test_the_list_shows_triage_or_a_department_or_an_owner(store: Store, write_request: WriteRequest) -> None:
    with store.writing() as connection:
        placed = write_request(connection)
        triage = write_request(connection, department=None, owner=None, status="new")

        assert [r.id for r in requests.listing(connection)] == [triage.id, placed.id]
        assert [r.id for r in requests.listing(connection, triage=True)] == [triage.id]
        assert [r.id for r in requests.listing(connection, department="it")] == [placed.id]
        assert [r.id for r in requests.listing(connection, owner="jonas@lindwerk.example")] == [placed.id]
        assert requests.counts(connection) == {"open": 1, "new": 1}


def test_the_ledger_only_grows(store: Store, opened: requests.StoredRequest, now: dt.datetime) -> None:
    entry = Entry(now, "postroom", "opened", None, "it", "mail received")
    with store.writing() as connection:
        ledger.write(connection, opened.id, [entry])

    for statement in ("update ledger set why = 'nothing'", "delete from ledger"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), store.writing() as connection:
            connection.execute(sa.text(statement))
    with store.reading() as connection:
        assert ledger.of_request(connection, opened.id) == [entry]
        assert [e for _, _, e in ledger.after(connection, 0)] == [entry]


def test_a_clock_stops_once(store: Store, opened: requests.StoredRequest, now: dt.datetime) -> None:
    clock = StoredClock("first_response", now, 3600, now + HOUR)
    with store.writing() as connection:
        clocks.start_all(connection, [(opened.id, clock)])
        stopped = [clocks.stop(connection, opened.id, "first_response", now + HOUR * n) for n in (1, 2)]
        (found,) = clocks.of_request(connection, opened.id)

    assert stopped == [True, False]
    assert found.stopped_at == now + HOUR


def test_a_rung_fires_for_exactly_one_caller(store: Store, opened: requests.StoredRequest, now: dt.datetime) -> None:
    with store.writing() as connection:
        clocks.start_all(connection, [(opened.id, StoredClock("first_response", now, 3600, now + HOUR))])
        clocks.plan_all(connection, 1, [(opened.id, rung(now))])
        (due,) = clocks.due(connection, now)
        fired = [clocks.fire(connection, due.id, now) for _ in range(2)]

        assert fired == [True, False]
        assert clocks.due(connection, now) == []
        assert clocks.fired(connection) == 1


@pytest.mark.parametrize("why", ["clock stopped", "request resolved", "not yet due"])
def test_a_rung_stays_silent_when_nothing_is_owed(
    store: Store, opened: requests.StoredRequest, now: dt.datetime, why: str
) -> None:
    with store.writing() as connection:
        clocks.start_all(connection, [(opened.id, StoredClock("first_response", now, 3600, now + HOUR))])
        clocks.plan_all(connection, 1, [(opened.id, rung(now))])
        if why == "clock stopped":
            clocks.stop(connection, opened.id, "first_response", now)
        if why == "request resolved":
            requests.change(connection, opened.id, status="resolved")
        due = clocks.due(connection, now - HOUR if why == "not yet due" else now)

    assert due == []


def test_the_next_rung_is_that_of_a_clock_that_runs(
    store: Store, opened: requests.StoredRequest, now: dt.datetime
) -> None:
    with store.writing() as connection:
        for kind in ("first_response", "resolution"):
            clocks.start_all(connection, [(opened.id, StoredClock(kind, now, 3600, now + 9 * HOUR))])
        planned = (rung(now + HOUR), rung(now + 3 * HOUR, clock="resolution"))
        clocks.plan_all(connection, 1, [(opened.id, one) for one in planned])

        assert clocks.next_due(connection, now) == now + HOUR
        assert clocks.next_due(connection, now + HOUR) == now + 3 * HOUR
        clocks.stop(connection, opened.id, "first_response", now)
        assert clocks.next_due(connection, now) == clocks.first_due(connection) == now + 3 * HOUR
        requests.change(connection, opened.id, status="waiting")
        assert clocks.next_due(connection, now) is None
        requests.change(connection, opened.id, status="open")
        assert clocks.next_due(connection, now + 3 * HOUR) is None
        assert clocks.first_due(connection) == now + 3 * HOUR, "it may be over"


def test_the_clocks_ask_no_request_whose_instant_has_not_come(sqlite_url: str, now: dt.datetime) -> None:
    """Beside ten thousand open requests a look that asked each of them would take a tenth of a second."""
    house = Store(sqlite_url)
    schema.upgrade(house)
    asked: list[tuple[str, Any]] = []
    with house.reading() as connection:
        sa.event.listen(
            connection, "before_cursor_execute", lambda _a, _b, text, values, *_c: asked.append((text, values))
        )
        clocks.next_due(connection, now)
        promises.broken(connection, now, 50)
        promises.next_to_break(connection)
        for text, values in [one for one in asked if one[0].startswith("SELECT")]:
            plan = [row[3] for row in connection.exec_driver_sql(f"explain query plan {text}", values)]

            assert "USING INDEX ix_rungs_waiting" in plan[0] or "USING INDEX ix_clocks_unbroken" in plan[0], plan
            assert not any("TEMP B-TREE" in line for line in plan), plan
    house.close()


def test_a_new_plan_drops_what_never_fired_and_keeps_what_did(
    store: Store, opened: requests.StoredRequest, now: dt.datetime
) -> None:
    with store.writing() as connection:
        clocks.start_all(connection, [(opened.id, StoredClock("first_response", now, 3600, now + HOUR))])
        clocks.plan_all(connection, 1, [(opened.id, rung(now)), (opened.id, rung(now + HOUR, 1))])
        clocks.fire(connection, clocks.due(connection, now)[0].id, now)
        clocks.drop_waiting(connection, opened.id)
        clocks.plan_all(connection, 2, [(opened.id, rung(now + 2 * HOUR))])

        assert clocks.first_due(connection) == now + 2 * HOUR
        assert clocks.fired(connection) == 1


def test_a_mail_of_ours_leads_back_to_its_request(
    store: Store, opened: requests.StoredRequest, new_mail: Callable[..., NewMail]
) -> None:
    with store.writing() as connection:
        outbox.put(connection, [new_mail("e1", request_id=opened.id)])
        found = requests.find_by_our_mail(connection, ["<e1@lindwerk.example>", "<other@x>"])

    assert found == [(opened.id, "acknowledgement", "eva@lindwerk.example", "e1")]


def test_a_message_is_found_by_key_by_id_and_by_request(
    store: Store,
    opened: requests.StoredRequest,
    arrival: Callable[..., Arrival],
    new_message: Callable[..., NewMessage],
    now: dt.datetime,
) -> None:
    with store.writing() as connection:
        (copy,) = accept(connection, [arrival()], now)
        number = messages.file(connection, new_message(copy.raw, request_id=opened.id))
        by_key = messages.find_by_key(connection, "k1")

        assert by_key is not None
        assert by_key.id == number
        assert messages.get(connection, number) == by_key
        assert messages.of_request(connection, opened.id) == [by_key]
        assert messages.find_by_header_ids(connection, ["one@mail.example"]) == [by_key]
        assert messages.header_ids(connection, opened.id) == ["one@mail.example"]
        assert messages.counts(connection) == {"request": 1}


def test_one_message_key_makes_one_message(
    store: Store, arrival: Callable[..., Arrival], new_message: Callable[..., NewMessage], now: dt.datetime
) -> None:
    with store.writing() as connection:
        (copy,) = accept(connection, [arrival()], now)
        messages.file(connection, new_message(copy.raw))

    with pytest.raises(sa.exc.IntegrityError), store.writing() as connection:
        messages.file(connection, new_message(copy.raw))


def test_a_mailbox_remembers_its_first_and_its_last_scan(store: Store, now: dt.datetime) -> None:
    with store.writing() as connection:
        mailboxes.scanned(connection, "it", 7, now)
        mailboxes.scanned(connection, "it", 8, now + HOUR)
        found = mailboxes.find(connection, "it")

        assert found == mailboxes.KnownMailbox("it", 8, now, now + HOUR)
        assert mailboxes.every(connection) == [found]
        assert mailboxes.find(connection, "hr") is None


def test_an_instant_without_a_time_zone_is_refused(store: Store) -> None:
    with pytest.raises(sa.exc.StatementError, match="without a time zone"), store.writing() as connection:
        mailboxes.scanned(connection, "it", 7, dt.datetime(2026, 11, 23, 9, 0))
