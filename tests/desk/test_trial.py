"""A candidate is weighed by what people decided: what changes, for better or worse, and whether the gate holds."""

from __future__ import annotations

import datetime as dt

import pytest

from daemon.desk.request import TRIAGE
from daemon.desk.trial import Effect, Placed, Tried, compare, say_share

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


def tried(live: str, candidate: str, decided: str | None, number: int = 1) -> Tried:
    sides = Placed(live, "live said so"), Placed(candidate, "candidate said so")
    return Tried(f"REQ-{number}", "Hello", "eva.lund@lindwerk.example", NOON, *sides, decided, "it was resolved there")


@pytest.mark.parametrize(
    ("live", "candidate", "decided", "effect"),
    [
        ("hr", "it", "it", "better"),
        ("it", "hr", "it", "worse"),
        (TRIAGE, "it", "it", "better"),
        ("it", TRIAGE, "it", "worse"),
        ("hr", TRIAGE, "it", "better"),  # a person in triage asks nobody to hand it over
        (TRIAGE, "hr", "it", "worse"),
        ("hr", "legal", "it", "as good"),
        ("hr", "it", None, "undecided"),
    ],
)
def test_right_is_better_than_triage_and_triage_better_than_wrong(
    live: str, candidate: str, decided: str | None, effect: Effect
) -> None:
    assert tried(live, candidate, decided).effect == effect


def test_the_matrix_counts_every_request_and_the_changed_ones_come_worst_first() -> None:
    mails = [
        tried("it", "it", "it", 1),
        tried("hr", "it", "it", 2),
        tried("it", "hr", "it", 3),
        tried(TRIAGE, "it", None, 4),
    ]

    trial = compare(mails, ["it", "hr"], recall_points=2, least_precision=0.5)

    assert trial.matrix == {("it", "it"): 1, ("hr", "it"): 1, ("it", "hr"): 1, (TRIAGE, "it"): 1}
    assert [one.reference for one in trial.changed] == ["REQ-3", "REQ-2", "REQ-4"]
    assert trial.effects == {"worse": 1, "better": 1, "as good": 0, "undecided": 1}
    assert trial.places == ("it", "hr", TRIAGE)
    assert [(row.place, row.load_before, row.load_after) for row in trial.departments] == [
        ("it", 2, 3),
        ("hr", 1, 1),
        (TRIAGE, 1, 0),
    ]


def test_the_gate_holds_while_recall_falls_by_no_more_than_is_allowed() -> None:
    kept = [tried("it", "it", "it") for _ in range(98)]
    lost = [tried("it", TRIAGE, "it") for _ in range(2)]

    assert compare(kept + lost, ["it"], recall_points=2, least_precision=0.95).gate.holds
    fallen = compare(kept[:-1] + lost + lost[:1], ["it"], recall_points=2, least_precision=0.95).gate
    assert fallen.against == (
        "the recall of it falls by 3.0 points, from 100.0 % (100 of 100) to 97.0 % (97 of 100); 2 are allowed",
    )


def test_the_gate_does_not_hold_when_automatic_routes_are_wrong_too_often() -> None:
    mails = [tried(TRIAGE, "it", "it") for _ in range(9)] + [tried(TRIAGE, "it", "hr")]

    trial = compare(mails, ["it", "hr"], recall_points=2, least_precision=0.95)

    assert trial.gate.against == (
        "of its automatic routes 90.0 % (9 of 10) are right, 95.0 % are promised (the live ones: none of 0)",
    )
    assert compare(mails, ["it", "hr"], recall_points=2, least_precision=0.9).gate.holds


def test_what_nobody_has_decided_is_no_measure() -> None:
    wrong = [tried("it", "hr", None) for _ in range(5)]

    one_right = [*wrong, tried("it", "it", "it")]
    assert compare(one_right, ["it", "hr"], recall_points=2, least_precision=0.95).gate.holds
    assert compare(wrong, ["it", "hr"], recall_points=2, least_precision=0.95).gate.against == (
        "people have decided none of these requests yet, so that nothing can be measured",
    )


def test_a_candidate_that_abstains_from_everything_is_stopped_by_its_recall() -> None:
    mails = [tried("it", TRIAGE, "it") for _ in range(10)]

    trial = compare(mails, ["it"], recall_points=2, least_precision=0.95)

    assert say_share(trial.precision_after) == "none of 0"
    assert [one.partition(" falls")[0] for one in trial.gate.against] == ["the recall of it"]


def test_a_department_that_is_gone_still_has_its_row() -> None:
    trial = compare([tried("legal", "it", None)], ["it"], recall_points=2, least_precision=0.95)

    assert trial.places == ("it", TRIAGE, "legal")
