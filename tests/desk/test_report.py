"""How promises were kept in a time, who had what was late, and what stands out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from daemon.desk.clock_history import Terms, clock_history
from daemon.desk.clocks import ClockKind
from daemon.desk.holdings import holdings
from daemon.desk.report import WEEKS, Attained, Case, Handover, report
from daemon.desk.report_words import percent, summary, tables, weeks_in_words
from daemon.desk.request import Priority
from tests.desk.test_clock_history import TARGETS, Said

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)  # ten o'clock in Berlin
HOUR = timedelta(hours=1)
NOW = MONDAY + timedelta(days=4)
FIRST, RESOLUTION = ClockKind.FIRST_RESPONSE, ClockKind.RESOLUTION
ONLY = {FIRST: TARGETS[FIRST], RESOLUTION: TARGETS[RESOLUTION]}
BEGUN = (Said(0, "opened"), Said(0, "routed", "it"), Said(0, "owner", "jonas"))


@pytest.fixture
def case(office):
    """A request of Monday ten with these lines after its beginning in IT."""

    def make(*lines: Said, number: int = 1, group: str = "", targets=ONLY) -> Case:
        told = (*BEGUN, *lines)
        clocks = clock_history(told, MONDAY, Priority.NORMAL, lambda on: Terms(office, targets))
        done = any(line.to_value == "resolved" for line in lines)
        return Case(number, "VPN", group, MONDAY, not done, clocks, tuple(holdings(told)), told)

    return make


@pytest.fixture
def told(office):
    def tell(*cases: Case, since=MONDAY - HOUR, departments=None):
        return report(cases, since, NOW, lambda _: office, departments)

    return tell


def test_a_promise_is_kept_or_broken_when_that_is_known(told, case) -> None:
    kept = case(Said(1, "answered"), Said(2, "status", "resolved"))
    late = case(Said(5, "answered"))
    found = told(kept, late)

    # What is late with its resolution since Wednesday counts, though nobody has resolved it yet.
    assert found.attained == (Attained("it", FIRST, 1, 2), Attained("it", RESOLUTION, 1, 2))
    assert summary(found) == "2 of 4 promises were kept (50 %)."


def test_what_is_not_due_yet_says_nothing(office, case) -> None:
    found = report([case()], MONDAY - HOUR, MONDAY + HOUR, lambda _: office)

    assert found.attained == ()
    assert summary(found) == "No promise was due."


def test_a_breach_is_told_with_who_had_it_then(told, case) -> None:
    found = told(case(Said(2, "routed", "hr", "it"), Said(3, "owner", "tobias"), Said(6, "answered")))
    resolution, first = found.breaches

    assert (first.clock, first.department, first.holder, first.late) == (FIRST, "hr", "hr, tobias", 2 * HOUR)
    assert (resolution.clock, resolution.stopped_at) == (RESOLUTION, None)


def test_waiting_is_counted_by_reason_in_business_time(told, case) -> None:
    waits = (Said(1, "status", "waiting", why="the supplier"), Said(25, "status", "open"))
    found = told(case(*waits, number=1), case(*waits, number=2))

    assert [(one.department, one.reason, one.length / HOUR, one.requests) for one in found.waited] == [
        ("it", "the supplier", 16, 2)
    ]


def test_waits_for_one_reason_count_together_whenever_they_were_to_end(told, case) -> None:
    ends = ("13 Nov 2026 14:00", "02 Dec 2026 08:00")
    why = [f"for the third party until {end}: order 12" for end in ends]
    waits = [
        (Said(1, "status", "waiting", why=one), Said(2, "status", "open"))
        for one in (*why, "until 01 Dec 2026 09:00: x")
    ]
    found = told(*(case(*one, number=number) for number, one in enumerate(waits, 1)))

    assert [(one.reason, one.requests) for one in found.waited] == [("for the third party: order 12", 2), ("x", 1)]


def test_handovers_are_counted_from_where_to_where(told, case) -> None:
    moved = (Said(1, "routed", "hr", "it"), Said(2, "routed", "it", "hr"))
    found = told(case(*moved), case(*moved[:1]))

    assert found.handovers == (Handover("it", "hr", 2), Handover("hr", "it", 1))


def test_each_departments_part_of_what_several_had_is_told_with_what_was_agreed(office, case) -> None:
    moved = (Said(2, "routed", "hr", "it"), Said(2, "owner", "tobias"))
    quick, slow = ((*moved, Said(hours, "status", "resolved")) for hours in (5, 7))
    alone = (Said(6, "status", "resolved"),)
    cases = [case(*quick, number=1), case(*slow, number=2), case(*alone, number=3), case(*moved, number=4)]
    found = report(cases, MONDAY - HOUR, NOW, lambda _: office, None, {"hr": 4 * HOUR})

    assert [
        (one.department, one.requests, one.usual / HOUR, one.longest / HOUR, one.within) for one in found.parts
    ] == [
        ("hr", 2, 3, 5, 1),
        ("it", 2, 2, 2, 0),
    ]
    (table,) = [one for one in tables(found, ZoneInfo("Europe/Berlin")) if "part of what several had" in one.heading]
    assert table.rows == (
        ("hr", "2 requests, usually 3:00 h, at most 5:00 h; 1 within the 4:00 h agreed"),
        ("it", "2 requests, usually 2:00 h, at most 2:00 h"),
    )


def test_the_oldest_are_those_that_somebody_still_has(told, case) -> None:
    found = told(case(number=1), case(Said(1, "status", "resolved"), number=2))

    assert [(one.reference, one.holder) for one in found.oldest] == [("REQ-1", "it, jonas")]


def test_groups_of_requesters_are_compared(told, case) -> None:
    found = told(case(Said(1, "answered"), group="office"), case(Said(9, "answered"), group="field"), case())

    assert found.by_group[0] == Attained("field", FIRST, 0, 1)
    assert {one.by for one in found.by_group} == {"field", "office"}


def test_a_lead_reads_of_their_own_departments_only(told, case) -> None:
    found = told(case(Said(1, "answered")), departments=["hr"])

    assert (found.attained, found.breaches, found.oldest) == ((), (), ())


def test_weeks_stand_side_by_side_the_oldest_first(told, case) -> None:
    found = told(case(Said(1, "answered")), since=NOW - timedelta(hours=1))

    assert found.weeks["it"] == (*[None] * (WEEKS - 1), 0.5)
    assert weeks_in_words(found.weeks["it"][-2:]) == "-, 50\N{NO-BREAK SPACE}%"
    assert found.attained == ()


def test_the_tables_say_it_in_words_and_leave_out_what_is_not(told, case) -> None:
    found = tables(told(case(Said(5, "answered"), Said(6, "status", "resolved"))), ZoneInfo("Europe/Berlin"))

    assert [(table.heading, table.rows) for table in found] == [
        (
            "Promises kept",
            (
                ("it", "[..........]   0 %  0 of 1, first response"),
                ("it", "[##########] 100 %  1 of 1, resolution"),
            ),
        ),
        (
            "Promises broken",
            (("REQ-1", "first response due Mon 23 Nov 14:00, 1:00 h late; it was with it, jonas"),),
        ),
    ]


def test_nothing_is_rounded_up_to_all() -> None:
    assert (percent(0.999), percent(1.0)) == ("99 %", "100 %")
