"""The world of the desk's tests: the IT department of Lindwerk, and Sofia, who wants something of it."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from config.values import Interval
from daemon.desk.business_time import BusinessCalendar
from daemon.desk.facts import Desk
from daemon.desk.notices import Stationery
from daemon.desk.request import Priority, Request, Status
from daemon.stationery import load_stationery


@pytest.fixture
def berlin() -> ZoneInfo:
    return ZoneInfo("Europe/Berlin")


@pytest.fixture
def office(berlin) -> BusinessCalendar:
    """Monday to Friday 09:00-17:00 in Berlin."""
    return BusinessCalendar(berlin, {day: (Interval(time(9), time(17)),) for day in range(5)})


@pytest.fixture
def it(office) -> Desk:
    return Desk("IT", "it@lindwerk.example", office, "Computers, accounts and telephones.")


@pytest.fixture
def triage(office) -> Desk:
    return Desk("Triage", "help@lindwerk.example", office)


@pytest.fixture
def request_of_sofia() -> Request:
    return Request(
        id=2041,
        status=Status.OPEN,
        department="it",
        owner="aylin.demir@lindwerk.example",
        requester="sofia.reyes@lindwerk.example",
        requester_name="Sofia Reyes",
        subject="VPN drops every ten minutes",
        summary="",
        priority=Priority.NORMAL,
        priority_reason="",
        mailbox="it@lindwerk.example",
        opened_at=datetime(2026, 11, 24, 8, 12, tzinfo=UTC),
        language="en",
    )


@pytest.fixture(scope="session")
def stationery() -> Stationery:
    return load_stationery(None)
