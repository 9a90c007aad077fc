"""Every clock that a request ever had, told again from its ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.values import Interval
from daemon.desk.business_time import BusinessCalendar
from daemon.desk.clock_history import Circumstances, PastClock, Terms, circumstances, clock_history
from daemon.desk.clocks import ClockKind
from daemon.desk.request import Priority

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)  # ten o'clock in Berlin
HOUR = timedelta(hours=1)
BERLIN_WEEK = BusinessCalendar(ZoneInfo("Europe/Berlin"), {day: (Interval(time(9), time(17)),) for day in range(5)})
FIRST, NEXT, UPDATE, RESOLUTION = ClockKind


@dataclass(frozen=True)
class Said:
    """One line of a ledger, so many hours after the mail came."""

    hours: float
    what: str
    to_value: str | None = None
    from_value: str | None = None
    actor: str = "postroom"
    why: str = ""
    request_id: int = 1

    @property
    def at(self) -> datetime:
        return MONDAY + self.hours * HOUR


BEGUN = [Said(0, "opened"), Said(0, "routed", "it"), Said(0, "owner", "jonas")]
TARGETS = {FIRST: 4 * HOUR, NEXT: 2 * HOUR, UPDATE: 8 * HOUR, RESOLUTION: 16 * HOUR}


@pytest.fixture
def told(office):
    """The history of lines after a beginning in IT, by targets that are the same everywhere."""

    def tell(lines: Sequence[Said], targets=TARGETS) -> list[PastClock]:
        return list(clock_history([*BEGUN, *lines], MONDAY, Priority.NORMAL, lambda on: Terms(office, targets)))

    return tell


def spans(clocks: list[PastClock]) -> list[tuple[ClockKind, float, float | None]]:
    """(clock, hours after the mail came when it began, when it stopped)."""
    return [
        (
            one.clock.kind,
            (one.clock.started_at - MONDAY) / HOUR,
            (one.clock.stopped_at - MONDAY) / HOUR if one.clock.stopped_at else None,
        )
        for one in clocks
    ]


def test_an_answer_stops_the_first_clock_and_starts_the_update(told) -> None:
    assert spans(told([Said(1, "answered")])) == [(FIRST, 0, 1), (RESOLUTION, 0, None), (UPDATE, 1, None)]


def test_a_clock_of_which_nothing_is_promised_does_not_run(told) -> None:
    only = {FIRST: 4 * HOUR, RESOLUTION: 16 * HOUR}

    assert spans(told([Said(1, "answered"), Said(2, "wrote_again")], only)) == [(FIRST, 0, 1), (RESOLUTION, 0, None)]


def test_the_next_response_counts_from_the_oldest_mail_without_an_answer(told) -> None:
    lines = [Said(1, "answered"), Said(2, "wrote_again"), Said(3, "wrote_again"), Said(5, "answered")]

    assert (NEXT, 2, 5) in spans(told(lines))
    assert sum(kind is NEXT for kind, _, _ in spans(told(lines))) == 1


def test_a_mail_before_the_first_answer_owes_no_second_one(told) -> None:
    assert NEXT not in {kind for kind, _, _ in spans(told([Said(1, "wrote_again")]))}


@pytest.mark.parametrize("what", ["automatic_reply", "acknowledged", "reminder", "unverified_note", "ceiling", "owner"])
def test_nothing_but_an_answer_stops_a_clock(told, what) -> None:
    assert spans(told([Said(1, what, "x")])) == [(FIRST, 0, None), (RESOLUTION, 0, None)]


def test_an_answer_that_reached_nobody_was_none(told) -> None:
    assert spans(told([Said(1, "answered"), Said(1, "not_passed_on")])) == [(FIRST, 0, None), (RESOLUTION, 0, None)]


def test_a_mail_that_lay_unread_counts_from_when_it_came(told) -> None:
    came = (MONDAY + HOUR).isoformat()

    assert spans(told([Said(3, "answered", from_value=came)]))[0] == (FIRST, 0, 1)


def test_the_time_in_which_it_waited_does_not_count(told) -> None:
    lines = [Said(1, "answered"), Said(2, "status", "waiting"), Said(4, "status", "open")]
    due = {one.clock.kind: (one.clock.due_at - MONDAY) / HOUR for one in told(lines)}

    # Ten to five on Monday are seven hours; what is left comes on Tuesday, sixteen hours later.
    assert due == {FIRST: 4, RESOLUTION: 2 * 24 + 2, UPDATE: 16 + 1 + 8 + 2 - 0}


def test_the_time_in_which_it_stood_resolved_does_not_count_either(told) -> None:
    lines = [Said(1, "status", "resolved"), Said(3, "wrote_again"), Said(3, "status", "open")]
    resolution = told(lines)[1].clock

    assert resolution.pauses == ((MONDAY + HOUR, MONDAY + 3 * HOUR),)
    assert resolution.is_running
    assert spans(told(lines))[-1] == (NEXT, 3, None)


def test_a_promise_is_that_of_the_department_that_kept_or_broke_it(office) -> None:
    lines = [*BEGUN, Said(1, "answered"), Said(2, "routed", "hr"), Said(2, "priority", "high", "normal")]
    asked: list[Circumstances] = []

    def terms_of(on: Circumstances) -> Terms:
        asked.append(on)
        return Terms(office, TARGETS)

    found = {one.clock.kind: one.department for one in clock_history(lines, MONDAY, Priority.HIGH, terms_of)}

    assert found == {FIRST: "it", RESOLUTION: "hr", UPDATE: "hr"}
    assert asked[0] == Circumstances("it", Priority.NORMAL)
    assert circumstances(lines, Priority.HIGH) == Circumstances("hr", Priority.HIGH)


def test_the_policy_that_a_rule_named_ends_where_a_person_places_the_request(office) -> None:
    ruled = [*BEGUN, Said(0, "sla_policy", "careful")]

    assert circumstances(ruled, Priority.NORMAL).sla_policy == "careful"
    assert circumstances([*ruled, Said(1, "routed", "hr")], Priority.NORMAL).sla_policy is None


happenings = st.lists(
    st.tuples(
        st.integers(0, 30 * 60),
        st.sampled_from(
            [
                *(("status", to) for to in ("open", "waiting", "resolved", "closed")),
                *((what, None) for what in ("answered", "not_passed_on", "wrote_again", "automatic_reply")),
                *(("routed", to) for to in ("it", "hr", "triage")),
            ]
        ),
    ),
    max_size=25,
)


@given(happenings)
def test_whatever_happens_a_clock_ends_after_it_began_and_none_runs_twice(happened) -> None:
    lines = [Said(minutes / 60, what, to) for minutes, (what, to) in sorted(happened)]
    clocks = clock_history([*BEGUN, *lines], MONDAY, Priority.NORMAL, lambda on: Terms(BERLIN_WEEK, TARGETS))
    running = [one.clock.kind for one in clocks if one.clock.is_running]

    assert len(running) == len(set(running))
    for one in clocks:
        assert one.clock.started_at <= (one.clock.stopped_at or one.clock.started_at)
        assert one.clock.due_at > one.clock.started_at
        worked = BERLIN_WEEK.between(one.clock.started_at, one.clock.due_at)
        stood = [(max(a, one.clock.started_at), min(b, one.clock.due_at)) for a, b in one.clock.pauses]
        assert worked - sum((BERLIN_WEEK.between(*each) for each in stood), timedelta()) == one.clock.target


def test_two_waits_one_after_the_other_both_stand_still(told) -> None:
    waits = [Said(1, "status", "waiting"), Said(3, "status", "waiting"), Said(5, "status", "open")]
    (resolution,) = [one.clock for one in told(waits) if one.clock.kind is RESOLUTION]

    assert [(ends - begins) / HOUR for begins, ends in resolution.pauses] == [2, 2]
