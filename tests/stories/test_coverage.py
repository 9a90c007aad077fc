"""Which rules decided, which were overruled, and which never match past mail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from daemon.assigning import assign
from daemon.coverage import Coverage, coverage, rule_in
from daemon.office import reopen
from rules.match import ask
from rules.rule import ExampleMail

if TYPE_CHECKING:
    from tests.stories.conftest import House

Mail = Callable[..., EmailMessage]

TODAY = """
rules:
  - name: network
    when: {words: [vpn, wifi]}
    then: {department: it}
  - name: broken networks
    when: {subject: broken}
    then: {department: it}
  - name: badges
    when: {words: badge}
    then: {department: it}
  - name: mornings are urgent
    when: {body: morning}
    then: {priority: high, reason: it is morning}
"""


@pytest.fixture
def covered(house: House) -> Callable[[], Coverage]:
    """The coverage of the rules of today over everything."""

    def look() -> Coverage:
        (Path(house.office.path.parent) / "rules" / "all.yaml").write_text(TODAY)
        house.office = reopen(house.office)
        assert house.office.rules is not None
        told: list[tuple[int, int]] = []
        long_ago = house.office.now() - dt.timedelta(days=90)
        found = coverage(house.office, house.office.rules, long_ago, 2, lambda *done: told.append(done))
        assert told[-1][0] == told[-1][1] == found.mails + found.left_out
        return found

    return look


def test_every_rule_says_what_it_did_and_what_it_would_do(
    house: House, a_mail: Mail, covered: Callable[[], Coverage]
) -> None:
    house.receives(a_mail("VPN is broken"))
    house.receives(a_mail("VPN is slow"))
    house.receives(a_mail("Urlaub"))
    assign(house.office, 2, department="hr", owner=None, actor="anke.wulf@lindwerk.example", why="a form")
    assign(house.office, 1, department=None, owner="aylin.demir@lindwerk.example", actor="anke", why="knows it")

    rows = {
        row.rule: (row.decided, row.overruled, row.would_decide, row.matches, bool(row.source))
        for row in covered().rules
    }

    assert rows == {
        "network": (2, 1, 2, True, True),
        "broken networks": (0, 0, 0, True, True),  # another rule is always asked first
        "badges": (0, 0, 0, False, True),
        "mornings are urgent": (0, 0, 3, True, True),
        "leave": (1, 0, 0, False, False),  # gone since
    }


def test_the_name_of_the_rule_is_read_from_the_reason_that_rules_give(house: House) -> None:
    assert house.office.rules is not None
    verdict = ask(house.office.rules, ExampleMail(1, subject="vpn")).verdict

    assert verdict is not None
    assert rule_in(verdict.reason) == "network"
    assert rule_in("the model is sure: it 0.99") is None
    assert rule_in("rule 'x' (a.yaml:1) sends it to 'y', which is no department here") is None
