"""`postroom rules coverage` shows which rules do their work."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk

EVER = ("--since", "36500d")


def test_each_rule_is_shown_with_what_it_decided(lindwerk: Lindwerk) -> None:
    lindwerk.runs("assign", "REQ-1", "--department", "hr", "--why", "a contract")

    asked = lindwerk.runs("rules", "coverage", *EVER, "--json").json
    out = lindwerk.runs("rules", "coverage", *EVER).out

    assert asked["mails"] == 2
    assert asked["rules"] == [
        {"rule": "network", "at": "all.yaml:3", "decided": 1, "overruled": 1, "would_decide": 1, "note": ""},
        {"rule": "leave", "at": "all.yaml:6", "decided": 0, "overruled": 0, "would_decide": 0, "note": "never matches"},
    ]
    assert "2 requests of the last 36500 days" in out
    assert "1 (100 %)" in out


def test_coverage_changes_nothing(lindwerk: Lindwerk) -> None:
    before = lindwerk.rows()

    assert lindwerk.runs("rules", "coverage", *EVER).status == 0

    assert lindwerk.rows() == before


def test_without_rules_there_is_nothing_to_cover(lindwerk: Lindwerk) -> None:
    lindwerk.replaces("rules: {folder: rules}", "rules: {}")

    ran = lindwerk.runs("rules", "coverage")

    assert (ran.status, ran.err) == (78, "There are no rules: the settings name no rules.folder.\n")
