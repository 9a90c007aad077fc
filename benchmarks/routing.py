"""The recipe as others measure it: `fit` and `predict_proba` of what `postroom train` makes, and the figures of sets.

    python score_routing.py --model benchmarks.routing:Recipe --datasets all

Nothing here learns or predicts on its own: `classifier.train` and `classifier.predict` do.
"""

from __future__ import annotations

import importlib.util
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

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

    Texts without a subject are given as words. Where there is nothing to learn from (one label, no two texts with a
    word in common) each text gets the shares of the labels.
    """

    def __init__(self) -> None:
        self.classes_: list[str] = []
        self.model: Model | None = None
        self._shares = np.zeros(0)
        self._unlabelled: list[str] = []
        self._judged: Judged | None = None

    def fit_unlabeled(self, texts: Sequence[str]) -> Recipe:
        """Give past mail without labels, before `fit`."""
        self._unlabelled = list(texts)
        return self

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> Recipe:
        """Learn. Raises ValueError if there is not one text, or not one label for each."""
        if not len(texts) or len(texts) != len(labels):
            raise ValueError(f"There are {len(texts)} texts and {len(labels)} labels; give one label for each text.")
        counts = Counter(map(str, labels))
        self.classes_ = sorted(counts)
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
        ranked = (dict(one.ranked) for one in self._said(texts))
        rows = [[chances[name] for name in self.classes_] for chances in ranked]
        return np.array(rows).reshape(len(texts), len(self.classes_))

    def confidence(self, texts: Sequence[str]) -> Values:
        """The probability of the best class; of a stranger, which the daemon never routes alone, next to nothing."""
        if self.model is None:
            return np.full(len(texts), self._shares.max())
        return np.array([one.confidence * (1e-3 if one.stranger else 1.0) for one in self._said(texts)])

    def ood_score(self, texts: Sequence[str]) -> Values:
        """How much each text is like those that were learnt; the more the better."""
        return np.array([one.familiarity for one in self._said(texts)]) if self.model else np.zeros(len(texts))

    def routed_alone(self, texts: Sequence[str], promise: float) -> npt.NDArray[np.bool_]:
        """Which texts the daemon would route without asking, under this promise."""
        if self.model is None:
            return np.zeros(len(texts), dtype=bool)
        said = self._said(texts)
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

    def _said(self, texts: Sequence[str]) -> list[Prediction]:
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


def measure(data: Path) -> dict[str, Figures] | None:
    """The figures of each set in `data/routing`, split by the scoring tool beside the data; None if there are none."""
    sets = sorted(one.parent.name for one in (data / "routing").glob("*/data.parquet"))
    if not sets:
        print(
            f"There are no sets to measure routing with in {data}: set POSTROOM_DATA to the folder that holds routing/."
        )
        return None
    tool = _tool(data)
    print(" ".join(f"{title:>22}" for title in ("routing", *MEANING.values())), flush=True)
    figures: dict[str, Figures] = {}
    for name in sets:
        figures[name] = _of_set(tool.load(name), tool)
        shown = (figures[name].get(key) for key in MEANING)
        row = (f"{'-' if one is None else format(one, '.3f'):>22}" for one in shown)
        print(" ".join((f"{name:>22}", *row)), flush=True)
    return figures


def _tool(data: Path) -> Any:
    """The scoring tool, with its sets in this folder."""
    path = data.parent / "tools" / "score_routing.py"
    spec = importlib.util.spec_from_file_location("score_routing", path)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    vars(tool)["DATA"] = str(data / "routing")
    return tool


def _of_set(split: Mapping[str, Any], tool: Any) -> Figures:
    texts, labels, _ = split["test"]
    recipe = Recipe().fit(*split["train"][:2])
    chances = recipe.predict_proba(texts)
    # A label that was never learnt is a mistake whatever is said.
    truth = np.array([recipe.classes_.index(label) if label in recipe.classes_ else -1 for label in labels])
    right = chances.argmax(axis=1) == truth
    alone = recipe.routed_alone(texts, PROMISE)
    figures: Figures = {
        "macro_f1": figures_of(recipe.classes_, truth, chances).macro_f1,
        "accuracy": float(right.mean()),
        "ece": calibration_error(chances.max(axis=1), right),
        "promise": PROMISE,
        "precision_of_automatic": float(right[alone].mean()) if alone.any() else None,
        "coverage_of_automatic": float(alone.mean()),
    }
    strangers = split["oos_test"][0]
    if strangers:
        taken = len(texts) / 9 * float(recipe.routed_alone(strangers, PROMISE).mean())
        routed = float(alone.sum()) + taken
        figures["precision_with_strangers"] = float(right[alone].sum()) / routed if routed else None
        figures["out_of_scope_auroc"] = tool.auroc(recipe.ood_score(texts), recipe.ood_score(strangers))
    return figures
