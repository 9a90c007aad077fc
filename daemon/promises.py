"""What this office promises: the terms of a department, a priority and a requester. Looks into the office only."""

from __future__ import annotations

from collections.abc import Iterable

from daemon.desk.clock_history import Circumstances, PastClock, Terms, clock_history
from daemon.desk.clocks import targets_of
from daemon.desk.holdings import Line
from daemon.desk.request import Priority
from daemon.office import Office
from daemon.store.requests import StoredRequest


def terms_for(office: Office, on: Circumstances, requester: str) -> Terms:
    """What is promised to this requester (an address) under these circumstances."""
    desk, policies = office.desk(on.department), office.settings.sla_policies
    # A policy that a rule named long ago may be gone from the settings.
    policy = policies.get(on.sla_policy or desk.sla_policy, policies[desk.sla_policy])
    group = office.person(requester).group if policy.groups else ""
    return Terms(office.calendar(on.department), targets_of(policy, on.priority, group))


def clocks_told_again(office: Office, request: StoredRequest, lines: Iterable[Line]) -> tuple[PastClock, ...]:
    """Every clock that this request ever had, by today's calendars and targets; `lines`: its ledger."""
    return clock_history(
        lines, request.opened_at, Priority(request.priority), lambda on: terms_for(office, on, request.requester)
    )
