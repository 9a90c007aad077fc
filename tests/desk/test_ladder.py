from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import Rung
from daemon.desk.clocks import Clock, ClockKind, due
from daemon.desk.ladder import People, Role, Told, rungs_of, whom_to_tell

MONDAY_9AM = datetime(2026, 11, 30, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
OWNER, LEAD, BOARD = "aylin@lindwerk.example", "mara@lindwerk.example", "board@lindwerk.example"


def rung(at: str, clock: str = "first_response", kind: str = "warning", tell=("lead",)) -> Rung:
    return Rung.model_validate({"clock": clock, "at": at, "tell": tell, "kind": kind})


def clock(office, target: timedelta, kind: ClockKind = ClockKind.FIRST_RESPONSE, **also) -> Clock:
    return Clock(kind, MONDAY_9AM, target, due(MONDAY_9AM, target, office, also.get("pauses", ())), **also)


def test_rungs_come_in_the_order_of_time(office) -> None:
    ladder = (rung("due+2h"), rung("due"), rung("80%"), rung("due-30m"))
    found = rungs_of(ladder, [clock(office, 5 * HOUR)], office)

    assert [(one.index, one.due_at - MONDAY_9AM) for one in found] == [
        (2, 4 * HOUR),
        (3, 4.5 * HOUR),
        (1, 5 * HOUR),
        (0, 7 * HOUR),
    ]


def test_a_rung_keeps_business_time(office) -> None:
    (found,) = rungs_of([rung("due+2h")], [clock(office, 7 * HOUR)], office)

    assert found.due_at == MONDAY_9AM + timedelta(days=1) + HOUR


def test_a_rung_is_never_due_before_its_clock_started(office) -> None:
    (found,) = rungs_of([rung("due-30m")], [clock(office, timedelta(minutes=15))], office)

    assert found.due_at == MONDAY_9AM


def test_a_rung_of_a_clock_that_stopped_is_not_due_any_more(office) -> None:
    assert rungs_of([rung("80%")], [clock(office, HOUR, stopped_at=MONDAY_9AM)], office) == ()


def test_each_rung_watches_its_own_clock(office) -> None:
    ladder = (rung("due", clock="resolution"), rung("due"))
    clocks = [clock(office, HOUR), clock(office, 2 * HOUR, ClockKind.RESOLUTION)]
    first, second = rungs_of(ladder, clocks, office)

    assert (first.clock, first.index) == (ClockKind.FIRST_RESPONSE, 1)
    assert (second.clock, second.index) == (ClockKind.RESOLUTION, 0)


def test_a_share_of_the_target_leaves_pauses_out(office) -> None:
    pauses = ((MONDAY_9AM + HOUR, MONDAY_9AM + 2 * HOUR),)
    (found,) = rungs_of([rung("50%")], [clock(office, 4 * HOUR, pauses=pauses)], office)

    assert found.due_at == MONDAY_9AM + 3 * HOUR


def test_a_rung_knows_what_it_sends_and_whom_it_tells(office) -> None:
    (found,) = rungs_of([rung("80%", kind="reminder", tell=("owner", "lead"))], [clock(office, HOUR)], office)

    assert (found.kind, found.tell) == ("reminder", ("owner", "lead"))


def told(*tell: Role, **people: Any) -> list[tuple[str, str]]:
    """(role, address) of whom a rung tells; the department has an owner, a lead and an address for escalations."""
    known = {"owner": OWNER, "lead": LEAD, "escalation": BOARD} | people
    return [(one.role, one.address) for one in whom_to_tell(tell, People(**known))]


def test_everybody_of_the_rung_is_told_in_its_order() -> None:
    assert told("lead", "owner", "escalation") == [("lead", LEAD), ("owner", OWNER), ("escalation", BOARD)]


def test_nobody_is_told_twice() -> None:
    assert told("owner", "lead", owner=LEAD) == [("owner", LEAD)]


def test_without_an_owner_the_lead_is_told_as_the_lead() -> None:
    assert told("owner", owner=None) == [("lead", LEAD)]


def test_where_nobody_stands_behind_a_role_the_lead_is_told() -> None:
    assert told("escalation", "owner", escalation=None) == [("lead", LEAD), ("owner", OWNER)]
    assert told("deputy") == [("lead", LEAD)]


def test_a_rung_may_tell_the_deputy_and_whom_the_lead_answers_to() -> None:
    above = "carla@lindwerk.example"

    assert told("deputy", "next_lead", deputies={OWNER: "jonas@lindwerk.example"}, next_lead=above) == [
        ("deputy", "jonas@lindwerk.example"),
        ("next_lead", above),
    ]


def test_in_place_of_somebody_who_is_away_their_deputy_is_told() -> None:
    people = People(OWNER, LEAD, deputies={OWNER: "jonas@lindwerk.example"}, away={OWNER})

    assert whom_to_tell(["owner"], people) == (Told("deputy", "jonas@lindwerk.example", OWNER),)


@pytest.mark.parametrize(
    ("away", "instead"),
    [
        ({OWNER}, [("lead", LEAD)]),
        ({OWNER, LEAD}, [("escalation", BOARD)]),
        ({OWNER, LEAD, BOARD}, [("operator", "ops@lindwerk.example")]),
    ],
)
def test_without_a_deputy_the_next_one_up_who_is_there_is_told(away: set[str], instead: list[tuple[str, str]]) -> None:
    found = told("owner", away=away, operators=["ops@lindwerk.example"])

    assert [address for _, address in found] == [address for _, address in instead]


ADDRESSES = [f"{name}@lindwerk.example" for name in ("aylin", "jonas", "mara", "carla", "board")]
SOMEBODY = st.none() | st.sampled_from(ADDRESSES)


@given(
    st.lists(st.sampled_from(["owner", "deputy", "lead", "next_lead", "escalation"]), min_size=1, unique=True),
    SOMEBODY,
    st.sampled_from(ADDRESSES),
    SOMEBODY,
    SOMEBODY,
    st.dictionaries(st.sampled_from(ADDRESSES), st.sampled_from(ADDRESSES)),
    st.sets(st.sampled_from(ADDRESSES)),
)
def test_no_rung_is_silent_and_none_tells_somebody_who_is_away(
    tell: list[Role], owner: Any, lead: str, above: Any, role: Any, deputies: dict[str, str], away: set[str]
) -> None:
    found = whom_to_tell(tell, People(owner, lead, above, role, deputies, away, ["ops@lindwerk.example"]))

    assert found
    assert not {one.address for one in found} & away
    assert len({one.address for one in found}) == len(found)
