"""`postroom recompute-due` corrects what was promised by a wrong calendar, and says what."""

from __future__ import annotations

from tests.cli.conftest import Lindwerk

TUESDAY = ('      tue: ["09:00-17:00"]\n', "")


def test_nothing_is_corrected_while_nothing_has_changed(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("recompute-due", "--why", "a look")

    assert (ran.status, ran.out) == (0, "Every due time is as it was promised.\n")


def test_a_dry_run_says_what_would_be_corrected_and_corrects_nothing(lindwerk: Lindwerk) -> None:
    lindwerk.replaces(*TUESDAY)
    ran = lindwerk.runs("recompute-due", "--why", "closed", "--dry-run", "--json")
    again = lindwerk.runs("recompute-due", "REQ-1", "--why", "closed", "--dry-run")

    assert {one["reference"] for one in ran.json} == {"REQ-1", "REQ-2", "REQ-3"}
    assert "would be corrected" in again.out
    assert "REQ-2" not in again.out


def test_what_was_corrected_stands_in_the_ledger_with_the_reason(lindwerk: Lindwerk) -> None:
    lindwerk.replaces(*TUESDAY)
    ran = lindwerk.runs("recompute-due", "REQ-1", "--why", "the office is closed", "--by", "mara")
    told = lindwerk.runs("ledger", "REQ-1", "--json").json["entries"][-1]

    assert ran.status == 0
    assert (told["actor"], told["what"]) == ("mara", "due_recomputed")
    assert told["why"] == "resolution: the office is closed"
    assert lindwerk.runs("ledger", "verify").status == 0
    assert lindwerk.runs("recompute-due", "REQ-1", "--why", "again").out.startswith("Every due time")
