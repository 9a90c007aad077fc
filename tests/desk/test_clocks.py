from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from config.settings import SlaPolicy
from daemon.desk.clocks import ClockKind, due, set_clocks, targets_of
from daemon.desk.request import Priority

FRIDAY_4PM = datetime(2026, 11, 27, 15, tzinfo=UTC)  # 16:00 in Berlin, one hour before the office closes
MONDAY_9AM = datetime(2026, 11, 30, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)

POLICY = SlaPolicy.model_validate(
    {
        "first_response": {"urgent": "30m", "high": "1h", "normal": "4h"},
        "resolution": {"urgent": "4h", "normal": "16h"},
    }
)


def test_a_request_carries_two_clocks(office) -> None:
    first, second = set_clocks(targets_of(POLICY, Priority.NORMAL), FRIDAY_4PM, office)

    assert (first.kind, first.due_at) == (ClockKind.FIRST_RESPONSE, MONDAY_9AM + 3 * HOUR)
    assert (second.kind, second.due_at) == (ClockKind.RESOLUTION, MONDAY_9AM + timedelta(days=1) + 7 * HOUR)
    assert first.started_at == second.started_at == FRIDAY_4PM
    assert first.is_running


@pytest.mark.parametrize(
    ("priority", "target"),
    [(Priority.URGENT, 0.5), (Priority.HIGH, 1), (Priority.NORMAL, 4), (Priority.LOW, 4)],
)
def test_a_hurry_has_its_own_promise(office, priority, target) -> None:
    assert set_clocks(targets_of(POLICY, priority), FRIDAY_4PM, office)[0].target == target * HOUR


def test_time_in_which_a_request_waits_does_not_count(office) -> None:
    pauses = [(MONDAY_9AM + HOUR, MONDAY_9AM + 3 * HOUR)]

    assert due(FRIDAY_4PM, 4 * HOUR, office, pauses) == MONDAY_9AM + 5 * HOUR


def test_a_pause_over_night_costs_only_its_working_hours(office) -> None:
    tuesday_9am = MONDAY_9AM + timedelta(days=1)
    pauses = [(MONDAY_9AM + 7 * HOUR, tuesday_9am + HOUR)]

    assert due(MONDAY_9AM, 8 * HOUR, office, pauses) == tuesday_9am + 2 * HOUR


def test_pauses_that_overlap_count_once(office) -> None:
    pauses = [(MONDAY_9AM + 2 * HOUR, MONDAY_9AM + 4 * HOUR), (MONDAY_9AM + HOUR, MONDAY_9AM + 3 * HOUR)]

    assert due(MONDAY_9AM, 2 * HOUR, office, pauses) == MONDAY_9AM + 5 * HOUR


def test_a_pause_after_the_due_time_changes_nothing(office) -> None:
    pauses = [(MONDAY_9AM + 2 * HOUR, MONDAY_9AM + 4 * HOUR)]

    assert due(MONDAY_9AM, 2 * HOUR, office, pauses) == MONDAY_9AM + 2 * HOUR


def test_a_group_of_requesters_has_targets_of_its_own() -> None:
    field = {"first_response": {"normal": "1h"}, "update": {"normal": "8h", "urgent": "2h"}}
    policy = SlaPolicy.model_validate(POLICY.model_dump() | {"groups": {"field": field}})

    assert targets_of(policy, Priority.URGENT, "field") == {
        ClockKind.FIRST_RESPONSE: HOUR,
        ClockKind.UPDATE: 2 * HOUR,
        ClockKind.RESOLUTION: 4 * HOUR,
    }
    assert targets_of(policy, Priority.NORMAL, "office") == targets_of(POLICY, Priority.NORMAL)
