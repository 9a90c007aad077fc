"""`postroom simulate`: a new lead tries a policy on the past before it is agreed on."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa

from daemon.store import clocks, ledger
from daemon.store.tables import requests
from tests.cli.conftest import Lindwerk, Ran

HOUR = dt.timedelta(hours=1)
LONG_AGO = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
TARGETS = "sla_policies:\n  standard:\n    first_response: {normal: 6h}\n"


@pytest.fixture
def answered(lindwerk: Lindwerk) -> Lindwerk:
    """REQ-1 was answered after five working hours: an hour too late, and resolved an hour after that."""

    def answer(connection: sa.Connection) -> None:
        opened = connection.execute(sa.select(requests.c.opened_at).where(requests.c.id == 1)).scalar_one()
        later = [opened + n * HOUR for n in (5, 6)]
        clocks.stop(connection, 1, "first_response", later[0])
        clocks.stop(connection, 1, "resolution", later[1])
        entries = [
            ledger.Entry(later[0], "jonas", "answered", later[0].isoformat(), "eva", "by mail"),
            ledger.Entry(later[1], "jonas", "status", "open", "resolved", "done"),
        ]
        ledger.write(connection, 1, entries)
        connection.execute(requests.update().where(requests.c.id == 1).values(status="resolved", resolved_at=later[1]))
        # The others are still open: whether their promises are broken yet is a matter of the day on which this runs.
        connection.execute(requests.update().where(requests.c.id != 1).values(opened_at=LONG_AGO))

    lindwerk.writes(answer)
    return lindwerk


def simulate(lindwerk: Lindwerk, policy: str, *more: str) -> Ran:
    path = lindwerk.path.parent / "new.yaml"
    path.write_text(policy)
    return lindwerk.runs("simulate", "--policy", str(path), "--since", "3650d", *more)


def first_response(told: Any) -> Any:
    return next(one for one in told["attainments"] if (one["department"], one["clock"]) == ("it", "first_response"))


def test_other_targets_are_arithmetic_on_the_answers_as_they_came(answered: Lindwerk) -> None:
    told = simulate(answered, TARGETS, "--json").json
    one = first_response(told)

    assert told["changes"] == {"sla_policies": ["standard"]}
    assert (one["promises"], one["before"], one["after"]) == (1, 0, 1)
    assert (one["newly_kept"], one["newly_broken"]) == (["REQ-1"], [])
    assert one["modelled"] is None


def test_another_calendar_moves_due_times_and_is_modelled_too(answered: Lindwerk) -> None:
    policy = 'calendars:\n  office:\n    hours: {mon: ["12:00-20:00"], tue: ["12:00-20:00"]}\n'
    one = first_response(simulate(answered, policy, "--json").json)

    assert (one["before"], one["after"]) == (0, 1)
    assert one["model_before"] in (0, 1)
    assert one["modelled"] in (0, 1)


def test_other_people_are_modelled(answered: Lindwerk) -> None:
    members = "[{name: J, email: jonas.petersen@lindwerk.example, capacity: 4}]"
    one = first_response(simulate(answered, f"departments:\n  it:\n    members: {members}\n", "--json").json)

    assert (one["before"], one["after"], one["modelled"]) == (0, 0, 1)


def test_a_lead_reads_a_table_and_nothing_is_changed(answered: Lindwerk) -> None:
    before = answered.rows()
    ran = simulate(answered, TARGETS)

    assert ran.status == 0
    assert "requests were replayed; nothing was changed." in ran.out
    assert "The policy changes sla_policies: standard" in ran.out
    assert "100 %" in ran.out
    assert answered.rows() == before


def test_a_policy_that_says_what_is_so_already_says_that(answered: Lindwerk) -> None:
    ran = simulate(answered, "sla_policies:\n  standard:\n    first_response: {normal: 4h, high: 1h}\n")

    assert "The policy says what the settings say already." in ran.out


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        (
            "smtp: {host: evil.example}\n",
            "new.yaml:1:1: smtp: a policy file holds calendars, sla_policies, departments, triage and nothing else",
        ),
        ("calenders: {}\n", "and nothing else; did you mean 'calendars'?"),
        (
            "sla_policies:\n  standart: {first_response: {normal: 2h}}\n",
            "new.yaml:2:3: sla_policies.standart: is not in the settings, so all of it must stand here; did you mean "
            "'standard'?",
        ),
        ("calendars:\n  office:\n    hours: {}\n", "new.yaml:3"),
        ("departments:\n  it: {calendar: offices}\n", "no calendar is called 'offices'"),
        ("departments: [", "new.yaml"),
    ],
)
def test_every_mistake_of_a_policy_file_is_told_with_its_line(answered: Lindwerk, policy: str, sentence: str) -> None:
    ran = simulate(answered, policy)

    assert ran.status == 78
    assert sentence in ran.err


def test_people_without_any_capacity_cannot_be_simulated(answered: Lindwerk) -> None:
    members = "[{name: J, email: jonas.petersen@lindwerk.example, capacity: 0}]"
    ran = simulate(answered, f"departments:\n  it:\n    members: {members}\n")

    assert ran.err.strip() == "This cannot be simulated: in it nobody has a capacity above 0."
