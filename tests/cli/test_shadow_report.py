"""`postroom shadow report` weighs what the candidate beside the live rules said."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from daemon.store import requests, shadows
from daemon.store.shadows import ShadowRoute

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
EVER = ("--since", "36500d")


def says(lindwerk: Lindwerk, *said: ShadowRoute) -> None:
    lindwerk.writes(lambda database: shadows.record(database, said, NOON))


def test_differences_are_listed_with_both_reasons(lindwerk: Lindwerk) -> None:
    says(
        lindwerk,
        ShadowRoute(1, "abc", "", "rule", "hr", "rule 'people' matched: subject has 'vpn'", None, None),
        ShadowRoute(2, "abc", "", "none", None, "", None, "the candidate needed more than 2 s"),
    )

    ran = lindwerk.runs("shadow", "report", *EVER)

    assert ran.status == 1  # people have decided nothing yet
    assert ran.out.startswith("Shadow: 1 requests of the last 36500 days\n")
    assert "candidate: rules abc; model none" in ran.out
    assert "live:      it, because rule 'network' matched: subject has 'vpn'" in ran.out
    assert "candidate: hr, because rule 'people' matched: subject has 'vpn'" in ran.out
    assert "Left out: REQ-2: the candidate needed more than 2 s" in ran.out


def test_the_gate_is_that_of_the_replay(lindwerk: Lindwerk) -> None:
    lindwerk.writes(lambda database: requests.change(database, 1, status="resolved"))
    says(lindwerk, ShadowRoute(1, "abc", "m", "rule", "it", "rule 'x' matched: y", None, None))

    ran = lindwerk.runs("shadow", "report", *EVER, "--json")

    assert (ran.status, ran.json["gate"]["holds"], ran.json["changed"]) == (0, True, 0)


def test_before_a_candidate_was_asked_it_says_what_to_do(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("shadow", "report")

    assert ran.status == 1
    assert ran.err.startswith("No candidate was asked in this time. Set rules.shadow or classifier.shadow and reload;")
