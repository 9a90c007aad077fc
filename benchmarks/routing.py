"""The recipe as others measure it: `fit` and `predict_proba` of what `postroom train` makes, and the figures of sets.

    python score_routing.py --model benchmarks.routing:Recipe --datasets all

Nothing here learns or predicts on its own: `classifier.train` and `classifier.predict` do.
"""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks import sets
from classifier.evaluate import calibration_error
from classifier.evaluate import measure as figures_of
from classifier.examples import Example, ExamplesRefused
from classifier.predict import Model, Prediction
from classifier.text import Text
from classifier.train import Judged, train

Values = npt.NDArray[np.float64]
_SEED = 1


class Recipe:
    """An unfitted recipe; `fit` it, then ask it. Columns are in the order of `classes_`.

    Texts without a subject are given as words. Labels are text or whatever has one text each, as numbers have. Where
    there is nothing to learn from (one label, no two texts with a word in common) each text gets the shares of the
    labels.
    """

    def __init__(self) -> None:
        self.classes_: list[Hashable] = []
        self.model: Model | None = None
        self._shares = np.zeros(0)
        self._unlabelled: list[str] = []
        self._judged: Judged | None = None

    def fit_unlabeled(self, texts: Sequence[str]) -> Recipe:
        """Give past mail without labels, before `fit`."""
        self._unlabelled = list(texts)
        return self

    def fit(self, texts: Sequence[str], labels: Sequence[Hashable]) -> Recipe:
        """Learn. Raises ValueError if there is not one text, or not one label for each."""
        if not len(texts) or len(texts) != len(labels):
            raise ValueError(f"There are {len(texts)} texts and {len(labels)} labels; give one label for each text.")
        counts = Counter(labels)
        self.classes_ = sorted(counts, key=str)
        self._shares = np.array([counts[name] for name in self.classes_]) / len(labels)
        examples = [Example(_text(text), str(label), "") for text, label in zip(texts, labels, strict=True)]
        try:
            trained = train(examples, seed=_SEED, fewest=1, unlabelled=map(_text, self._unlabelled))
        except ExamplesRefused:
            self.model, self._judged = None, None
            return self
        self.model = Model(trained.weights, "measured", trained.report.thresholds)
        self._judged = trained.judged
        return self

    def predict_proba(self, texts: Sequence[str]) -> Values:
        """Calibrated probabilities: a row per text, a column per class."""
        if self.model is None:
            return np.tile(self._shares, (len(texts), 1))
        ranked = (dict(one.ranked) for one in self.said(texts))
        rows = [[chances[str(name)] for name in self.classes_] for chances in ranked]
        return np.array(rows).reshape(len(texts), len(self.classes_))

    def confidence(self, texts: Sequence[str]) -> Values:
        """The probability of the best class; of a stranger, which the daemon never routes alone, next to nothing."""
        if self.model is None:
            return np.full(len(texts), self._shares.max())
        return np.array([one.confidence * (1e-3 if one.stranger else 1.0) for one in self.said(texts)])

    def ood_score(self, texts: Sequence[str]) -> Values:
        """How much each text is like those that were learnt; the more the better."""
        return np.array([one.familiarity for one in self.said(texts)]) if self.model else np.zeros(len(texts))

    def routed_alone(self, texts: Sequence[str], promise: float) -> npt.NDArray[np.bool_]:
        """Which texts the daemon would route without asking, under this promise."""
        if self.model is None:
            return np.zeros(len(texts), dtype=bool)
        return self.alone(self.said(texts), promise)

    def alone(self, said: Sequence[Prediction], promise: float) -> npt.NDArray[np.bool_]:
        """Which of the texts of which this was said the daemon would route without asking."""
        assert self.model is not None
        least = [self.model.threshold(promise, one.department) for one in said]
        alone = [
            at is not None and one.confidence >= at and not one.stranger for one, at in zip(said, least, strict=True)
        ]
        return np.array(alone, dtype=bool)

    @property
    def oof_conf_ok(self) -> tuple[Values, Values]:
        """For each text that was learnt, in no order: its confidence while held out, and 1.0 if that was right."""
        if self._judged is None:
            raise AttributeError("oof_conf_ok")
        chances = self._judged.chances
        return chances.max(axis=1), (chances.argmax(axis=1) == self._judged.truth).astype(float)

    def said(self, texts: Sequence[str]) -> list[Prediction]:
        """What the model says of each text. There must be one."""
        assert self.model is not None
        return self.model.predict_many(map(_text, texts))


def _text(written: str) -> Text:
    return Text("", str(written))


# -- for those who want functions

_latest = Recipe()


def fit(texts: Sequence[str], labels: Sequence[str]) -> Recipe:
    """Learn, and remember it for `predict_proba`; gives the recipe that has learnt."""
    return _latest.fit(texts, labels)


def predict_proba(texts: Sequence[str]) -> Values:
    """What was learnt last says this: a row per text, a column per class in alphabetical order."""
    return _latest.predict_proba(texts)


def confidence(texts: Sequence[str]) -> Values:
    """As `Recipe.confidence`, of what was learnt last."""
    return _latest.confidence(texts)


def ood_score(texts: Sequence[str]) -> Values:
    """As `Recipe.ood_score`, of what was learnt last."""
    return _latest.ood_score(texts)


# -- the figures of the sets

PROMISE = 0.95
Figures = dict[str, float | None]

MEANING = {
    "macro_f1": "macro-F1",
    "accuracy": "accuracy",
    "ece": "ECE",
    "precision_of_automatic": "right of routed alone",
    "coverage_of_automatic": "routed alone",
    "precision_with_strangers": "right, 10 % strangers",
    "out_of_scope_auroc": "strangers' AUROC",
}
"""What is shown of each set. All are shares of its test part, which the recipe has never seen; those of what is routed
alone are the daemon's own: its thresholds, from cross-fitting, and its abstaining from strangers, at PROMISE."""


def measure(data: Path) -> dict[str, Figures | None] | None:
    """The figures of each set in `data/routing`, whatever it is called; None if there are none.

    The scoring tool splits what it can read, if it lies beside the data. A set that cannot be measured gets a sentence
    and no figures; the others are measured.
    """
    found = sets.found(data)
    if not found:
        print(
            f"There are no sets to measure routing with in {data}: set POSTROOM_DATA to the folder that holds routing/."
        )
        return None
    print(" ".join(f"{title:>22}" for title in ("routing", *MEANING.values())), flush=True)
    figures: dict[str, Figures | None] = {}
    for name, path in found.items():
        try:
            its = _of_set(_split_by_tool(name, path, data) or sets.split(sets.read(path)))
        except sets.SetRefused as refused:
            print(f"{name:>22} is not measured: {refused}", flush=True)
            figures[name] = None
            continue
        figures[name] = its
        shown = (its.get(key) for key in MEANING)
        row = (f"{'-' if one is None else format(one, '.3f'):>22}" for one in shown)
        print(" ".join((f"{name:>22}", *row)), flush=True)
    return figures


# What the scoring tool asks of a table.
_OF_THE_TOOL = frozenset({"text", "label", "lang", "split", "dupgroup", "time_rank", "seg"})


def _split_by_tool(name: str, path: Path, data: Path) -> sets.Split | None:
    """The split of the scoring tool; its calibration part is given to nobody. None if it is not there for this set."""
    tool, table = data.parent / "tools" / "score_routing.py", path / "data.parquet"
    if not tool.is_file() or not table.is_file() or not sets.columns(table) >= _OF_THE_TOOL:
        return None
    spec = importlib.util.spec_from_file_location("score_routing", tool)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    vars(loaded)["DATA"] = str(data / "routing")
    parts: Mapping[str, Any] = loaded.load(name)
    learnt, test = (
        tuple(
            sets.Row(text, str(label), language=str(language))
            for text, label, language in zip(*parts[part], strict=True)
        )
        for part in ("train", "test")
    )
    return sets.Split(learnt, test, tuple(parts["oos_test"][0]))


def _of_set(split: sets.Split) -> Figures:
    texts, labels = zip(*((row.text, row.label) for row in split.test), strict=True)
    recipe = Recipe().fit([row.text for row in split.learnt], [row.label for row in split.learnt])
    chances = recipe.predict_proba(texts)
    # A label that was never learnt is a mistake whatever is said.
    columns = {name: column for column, name in enumerate(recipe.classes_)}
    truth = np.array([columns.get(label, -1) for label in labels])
    right = chances.argmax(axis=1) == truth
    alone = recipe.routed_alone(texts, PROMISE)
    figures: Figures = {
        "macro_f1": figures_of([str(name) for name in recipe.classes_], truth, chances).macro_f1,
        "accuracy": float(right.mean()),
        "ece": calibration_error(chances.max(axis=1), right),
        "promise": PROMISE,
        "precision_of_automatic": float(right[alone].mean()) if alone.any() else None,
        "coverage_of_automatic": float(alone.mean()),
    }
    if split.strangers:
        taken = len(texts) / 9 * float(recipe.routed_alone(split.strangers, PROMISE).mean())
        routed = float(alone.sum()) + taken
        figures["precision_with_strangers"] = float(right[alone].sum()) / routed if routed else None
        figures["out_of_scope_auroc"] = told_apart(recipe.ood_score(texts), recipe.ood_score(split.strangers))
    return figures


def told_apart(ours: Values, strangers: Values) -> float:
    """The chance that one of ours has the higher score of the two (AUROC); of equals, half of them."""
    ranked = np.sort(strangers)
    below, up_to = (np.searchsorted(ranked, ours, side=side) for side in ("left", "right"))
    return float((below + up_to).mean() / 2 / len(ranked))
