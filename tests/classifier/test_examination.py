"""Two stored models are asked about the same texts as they would be asked about mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from classifier import registry
from classifier.examination import acts_alone, answers
from classifier.examples import Example
from classifier.predict import Model, Prediction, Text
from classifier.threshold import DepartmentThreshold, Threshold
from classifier.train import TrainedModel

SURE = Prediction((("it", 0.9), ("hr", 0.1)), 1.0, "x")


def asked(trained: TrainedModel, *departments: DepartmentThreshold) -> Model:
    """The model, which acts alone from a confidence of 0.8, but for departments that have a threshold of their own."""
    return Model(trained.weights, "x", [Threshold(0.95, 0.8, 100, departments=departments)])


def test_a_stranger_is_never_counted_as_routed_alone(trained: TrainedModel) -> None:
    model = asked(trained)

    assert acts_alone(model, SURE, 0.95, None)
    assert not acts_alone(model, replace(SURE, stranger=True), 0.95, None)


def test_each_department_is_counted_from_its_own_threshold_on(trained: TrainedModel) -> None:
    def alone(value: float | None) -> bool:
        return acts_alone(asked(trained, DepartmentThreshold("it", value, 100)), SURE, 0.95, None)

    assert (alone(0.85), alone(0.95), alone(None)) == (True, False, False)


def test_a_floor_holds_for_every_department(trained: TrainedModel) -> None:
    model = asked(trained, DepartmentThreshold("it", 0.85, 100))
    at = datetime(2026, 11, 22, tzinfo=UTC)

    assert acts_alone(model, SURE, 0.95, registry.Floor(0.9, at, ""))
    assert not acts_alone(model, SURE, 0.95, registry.Floor(0.91, at, ""))
    assert not acts_alone(model, SURE, 0.95, registry.Floor(None, at, ""))


def test_the_gate_counts_no_mail_that_would_go_to_triage(trained: TrainedModel) -> None:
    strange = Example(Text("", "ξένο κείμενο που κανείς δεν ξέρει"), "it", "old.csv:1")
    model = Model(trained.weights, "x", [Threshold(0.95, 0.0, 100)])

    assert model.predict(strange.text).stranger
    assert [one.alone for one in answers(model, [strange], 0.95)] == [False]
