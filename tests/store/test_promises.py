"""Promises in the store: which are broken, what is made good, and how fast departments are; on both databases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from daemon.store import clocks, ledger, promises, requests
from daemon.store.clocks import PlannedRung, StoredClock
from daemon.store.database import Store
from daemon.store.ledger import Entry
from daemon.store.promises import BrokenPromise, Pace, Recovery

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def opened(
    store: Store, write_request: Callable[..., requests.StoredRequest], now: dt.datetime
) -> requests.StoredRequest:
    """A request with two clocks, due after one hour and after two."""
    with store.writing() as connection:
        request = write_request(connection)
        kinds = (("first_response", HOUR), ("resolution", 2 * HOUR))
        running = [(request.id, StoredClock(kind, now, 3600, now + due)) for kind, due in kinds]
        clocks.start_all(connection, running)
        clocks.plan_all(connection, 1, [(request.id, PlannedRung("resolution", 0, "warning", ("lead",), now + HOUR))])
    return request


def test_a_broken_promise_is_told_by_one_caller(store: Store, opened: requests.StoredRequest, now: dt.datetime) -> None:
    with store.writing() as connection:
        (one,) = promises.broken(connection, now + HOUR, 10)
        told = [promises.note_broken(connection, one, now + HOUR) for _ in range(2)]
        left = promises.broken(connection, now + HOUR, 10)
        next_one = promises.next_to_break(connection)

    assert one == BrokenPromise(opened.id, "first_response", now + HOUR)
    assert (told, left, next_one) == ([True, False], [], now + 2 * HOUR)


def test_what_waits_for_somebody_else_is_late_with_its_answer_only(
    store: Store, opened: requests.StoredRequest, now: dt.datetime
) -> None:
    with store.writing() as connection:
        requests.change(connection, opened.id, status="waiting")
        found = promises.broken(connection, now + 9 * HOUR, 10)

    assert [one.kind for one in found] == ["first_response"]


def test_what_is_excluded_or_finished_is_not_broken(
    store: Store, opened: requests.StoredRequest, now: dt.datetime
) -> None:
    with store.writing() as connection:
        excluded = promises.broken(connection, now + 9 * HOUR, 10, exclude=[opened.id])
        requests.change(connection, opened.id, status="resolved")

        assert (excluded, promises.broken(connection, now + 9 * HOUR, 10)) == ([], [])


def test_a_clock_that_begins_anew_has_a_plan_of_its_own_and_can_break_again(
    store: Store, opened: requests.StoredRequest, now: dt.datetime
) -> None:
    with store.writing() as connection:
        for one in promises.broken(connection, now + 9 * HOUR, 10):
            promises.note_broken(connection, one, now)
        plan = clocks.begin(connection, opened.id, StoredClock("resolution", now, 3600, now + 5 * HOUR))
        clocks.plan_all(
            connection, plan, [(opened.id, PlannedRung("resolution", 0, "warning", ("lead",), now + 4 * HOUR))]
        )
        rungs = [rung.due_at for rung in clocks.due(connection, now + 9 * HOUR)]

        assert plan == 2
        assert rungs == [now + 4 * HOUR]
        assert [one.due_at for one in promises.broken(connection, now + 9 * HOUR, 10)] == [now + 5 * HOUR]


def test_a_recovery_goes_on_once_until_it_ends(store: Store, opened: requests.StoredRequest, now: dt.datetime) -> None:
    one = Recovery(opened.id, now, "mara@lindwerk.example", "the first response was late")
    with store.writing() as connection:
        begun = [promises.begin_recovery(connection, one) for _ in range(2)]
        going_on = promises.recoveries_open(connection)
        ended = [promises.end_recovery(connection, opened.id) for _ in range(2)]

    assert (begun, going_on, ended) == ([True, False], [one], [True, False])


def test_paces_and_counts_are_those_of_the_department(
    store: Store, opened: requests.StoredRequest, now: dt.datetime
) -> None:
    pace = Pace("it", 3 * HOUR, 12, now)
    with store.writing() as connection:
        clocks.stop(connection, opened.id, "first_response", now + HOUR)
        for measured in ([pace, Pace("hr", HOUR, 10, now)], [pace]):
            promises.measure(connection, measured)

        assert promises.paces_measured(connection) == {"it": pace}
        assert promises.kept_counts(connection, now) == {("it", "first_response"): 1}
        assert promises.kept_counts(connection, now + 2 * HOUR) == {}
        assert promises.latest_answers(connection, "it", now, 5) == [(now, now + HOUR)]
        assert promises.latest_answers(connection, "hr", now, 5) == []
        assert [one.kind for one in promises.running(connection, now)] == ["resolution"]


def test_requests_are_found_by_what_happened_to_them(
    store: Store, opened: requests.StoredRequest, now: dt.datetime
) -> None:
    with store.writing() as connection:
        ledger.write(connection, opened.id, [Entry(now, "postroom", "forecast", None, "resolution", "why")])
        requests.change(connection, opened.id, status="closed")

        assert requests.touched_since(connection, now) == [opened.id]
        assert requests.touched_since(connection, now + HOUR) == []
        assert requests.unfinished_numbers(connection) == []
        assert ledger.told_of(connection, "forecast", [opened.id]) == {(opened.id, "resolution")}
        assert ledger.words_of(connection, opened.id, ["forecast"]) == [("forecast", "resolution")]
        assert [line.what for line in ledger.lines_of_requests(connection, [opened.id])] == ["forecast"]


def test_what_happened_lately_is_found_without_reading_the_whole_ledger(store: Store, now: dt.datetime) -> None:
    explain = "EXPLAIN QUERY PLAN " if store.is_sqlite else "EXPLAIN "
    with store.writing() as connection:
        if not store.is_sqlite:  # with so few lines it would read them all, index or not
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = connection.execute(
            sa.text(f"{explain} SELECT request_id FROM ledger WHERE at >= :since"),
            {"since": now.isoformat()},
        )
        told = " ".join(str(row) for row in plan)

    assert "ix_ledger_at" in told
