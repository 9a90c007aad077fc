"""The learning curve: what fewer texts would have taught, and so what more of them may bring.

Decides; touches nothing. One part of the texts is never learnt from and judged each time anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from threadpoolctl import threadpool_limits

from classifier.evaluate import Figures, measure
from classifier.examples import Example
from classifier.folds import Numbers, deal
from classifier.pipeline import count
from classifier.train import Lesson, Progress, Step, judged_by, prepared
from classifier.weights import probabilities

HALVINGS = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
_PARTS = 5


@dataclass(frozen=True, slots=True)
class Stage:
    """So many texts were learnt from, and this is how well the part set apart was judged."""

    learnt: int
    figures: Figures


def learning_curve(
    examples: Iterable[Example], progress: Progress, *, seed: int, shares: Iterable[float] = HALVINGS
) -> tuple[Stage, ...]:
    """Stages from few texts to all; a share that leaves a department without two texts is left out."""
    lesson = prepared(examples)
    apart = deal(lesson.truth, lesson.groups, _PARTS, seed) == 0
    counted = apart & np.array([not one.made_up for one in lesson.examples])
    judged = np.flatnonzero(counted if counted.any() else apart)
    wanted = list(shares)
    stages: list[Stage] = []
    with threadpool_limits(limits=1):
        progress(Step(0, len(wanted) + 1, "counting words and letters"))
        counts = count(lesson.lines, len(lesson.departments))
        for done, share in enumerate(wanted, start=1):
            progress(Step(done, len(wanted) + 1, f"learning from {share:.0%} of the texts"))
            learnt = _some(np.flatnonzero(~apart), lesson, share, seed)
            if len(np.unique(lesson.truth[learnt])) < len(lesson.departments):
                continue
            values, _ = judged_by(counts, lesson, learnt, judged)
            figures = measure(lesson.departments, lesson.truth[judged], probabilities(values, 1.0))
            stages.append(Stage(len(learnt), figures))
    progress(Step(len(wanted) + 1, len(wanted) + 1, "learnt"))
    return tuple(stages)


def _some(rows: Numbers, lesson: Lesson, share: float, seed: int) -> Numbers:
    """This share of the texts of each department, by chance; a larger share holds every smaller one."""
    order = np.random.default_rng(seed).permutation(rows)
    kept: list[int] = []
    for department in range(len(lesson.departments)):
        its = order[lesson.truth[order] == department]
        kept += its[: round(share * len(its))].tolist()
    return np.sort(np.array(kept, dtype=np.intp))
