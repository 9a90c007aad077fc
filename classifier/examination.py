"""Two stored models are asked about the same texts: which of them may be in service.

Touches files, through the registry.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from classifier import registry
from classifier.evaluation import Evaluation, routed_alone
from classifier.examples import Example
from classifier.gate import MOST_SET_APART, Answer, Comparison, Parted, compare, key_of
from classifier.predict import Model, Prediction

if TYPE_CHECKING:  # training needs scikit-learn, asking a model does not
    from classifier.train import Judged

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def evidence_of(parted: Parted) -> registry.Evidence:
    """What is to be kept beside a model that has learnt from the one part, so that the gate can ask it the other."""
    return registry.Evidence(
        exam=parted.set_apart,
        learnt=frozenset(key_of(one.text) for one in parted.to_learn),
        labelled=sum(not one.made_up for one in parted.to_learn),
    )


def examine(champion: Path, challenger: Path, promise: float) -> Comparison:
    """Compare two stored models on the texts set apart for the challenger that the champion has not learnt from.

    Raises ModelRefused if one of them cannot be read, and gate.TooFewTexts.
    """
    learnt = registry.read_evidence(champion).learnt
    exam = [one for one in registry.read_evidence(challenger).exam if key_of(one.text) not in learnt]
    return compare(
        [one.department for one in exam],
        answers(Model.load(champion), exam, promise),
        answers(Model.load(challenger), exam, promise),
        promise=promise,
    )


def examine_judged(champion: Path, judged: Judged, evaluation: Evaluation, promise: float) -> Comparison:
    """Compare a stored model with how others judged examples, on those from which the stored one has not learnt.

    Of too many the newest are taken. Raises ModelRefused and gate.TooFewTexts.
    """
    learnt = registry.read_evidence(champion).learnt
    unknown = [
        row for row in np.flatnonzero(judged.counted).tolist() if key_of(judged.examples[row].text) not in learnt
    ]
    unknown.sort(key=lambda row: (judged.examples[row].received_at or _LONG_AGO, key_of(judged.examples[row].text)))
    rows = unknown[-MOST_SET_APART:]
    asked = [judged.examples[row] for row in rows]
    chances = judged.chances[rows]
    names = np.array(judged.departments)[chances.argmax(axis=1)]
    alone = routed_alone(evaluation.chosen, chances.max(axis=1), names, judged.asked[rows])
    said = [Answer(str(name), bool(one)) for name, one in zip(names, alone, strict=True)]
    truth = [one.department for one in asked]
    return compare(truth, answers(Model.load(champion), asked, promise), said, promise=promise)


def answers(model: Model, asked: Iterable[Example], promise: float) -> list[Answer]:
    """What a model says about these texts, and where it would act alone."""
    said = model.predict_many(one.text for one in asked)
    return [Answer(one.department, acts_alone(model, one, promise, None)) for one in said]


def acts_alone(model: Model, said: Prediction, promise: float, floor: registry.Floor | None) -> bool:
    """Whether a model may route what it said this of without a person: no stranger, and its department sure enough."""
    least = threshold(model, promise, floor, said.department)
    return not said.stranger and least is not None and said.confidence >= least


def threshold(
    model: Model, promise: float, floor: registry.Floor | None, department: str | None = None
) -> float | None:
    """The confidence from which a model with this floor under it acts alone; None if it never may.

    With `department`: from which it may name that one alone.
    """
    least = model.threshold(promise, department)
    if least is None or floor is None:
        return least
    return None if floor.value is None else max(least, floor.value)
