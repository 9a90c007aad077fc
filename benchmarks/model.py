"""The model's time and size: learning 50,000 mails, and asking about mails of 2 kB, beside scikit-learn's own pipeline.

`python -m benchmarks.model`; the last line is JSON. `make bench` runs it with the others. `--texts 5000` learns fewer
mails, for a trial, and names the figure after them. The mails are made up from a seed. Times are processor time of one
core, so that other work on the machine counts as little as may be.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import FeatureUnion
from threadpoolctl import threadpool_limits

from benchmarks.rules import EVERYDAY, SYLLABLES
from classifier import registry
from classifier.examples import Example
from classifier.predict import Model
from classifier.text import WORD_PATTERN, Text, document, without_mailbox
from classifier.train import Step, train
from classifier.weights import Weights

LEARNT = 50_000
DEPARTMENTS = ("it", "hr", "finance", "facilities", "legal", "travel", "purchase", "fleet")
MAIL_BYTES = 2_000
MAILS = 300


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.model")
    options.add_argument("--texts", type=int, default=LEARNT, help="how many mails to learn (default: %(default)s)")
    print(json.dumps(measure(options.parse_args().texts)))


def measure(texts: int = LEARNT) -> dict[str, float]:
    """The figures of this benchmark by their names; says on the way what it finds."""
    chance = random.Random(2042)
    office = _Office(chance)
    examples = [Example(Text("", office.written(one, 300)), one, "") for one in chance.choices(DEPARTMENTS, k=texts)]
    started = time.process_time()
    trained = train(examples, seed=1, progress=_shown)
    learning = time.process_time() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"model     {texts} mails learnt in {learning:.0f} s, {memory:.0f} MB at most", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        stored = root / registry.publish(trained, root, datetime(2026, 11, 22, tzinfo=UTC))
        size = sum(one.stat().st_size for one in stored.iterdir()) / 1e6
        started = time.process_time()
        model = Model.load(stored)
        loading = time.process_time() - started
    print(f"          {size:.1f} MB stored, read in {loading:.2f} s", flush=True)
    mails = [Text("", office.written(one, MAIL_BYTES)) for one in chance.choices(DEPARTMENTS, k=MAILS)]
    with threadpool_limits(limits=1):
        plain = _Plain(trained.weights)
        first = _microseconds(lambda: Model(trained.weights, "", ()).predict_many(mails))
        single = _microseconds(lambda: [model.predict(mail) for mail in mails])
        batch = _microseconds(lambda: model.predict_many(mails))
        plain_single = _microseconds(lambda: [plain.ask([mail]) for mail in mails])
        plain_batch = _microseconds(lambda: plain.ask(mails))
        # Number by number they are compared by a property test; here it is enough that both name the same.
        named = [model.departments[column] for column in plain.ask(mails).argmax(axis=1)]
        if named != [said.department for said in model.predict_many(mails)]:
            raise SystemExit("the model and scikit-learn's pipeline disagree")
    print(f"          {single:.0f} µs for one mail of 2 kB, {batch:.0f} µs each in a batch, {first:.0f} µs new words")
    print(f"          {plain_single:.0f} and {plain_batch:.0f} µs by scikit-learn's pipeline", flush=True)
    return {
        "predict_single_us": round(single, 1),
        "predict_batch_us": round(batch, 1),
        "plain_single_us": round(plain_single, 1),
        "plain_batch_us": round(plain_batch, 1),
        f"train_{texts / 1000:g}k_s": round(learning, 1),
        f"train_{texts / 1000:g}k_mb": round(memory),
        "model_mb": round(size, 2),
        "model_load_s": round(loading, 3),
    }


def _shown(step: Step) -> None:
    print(f"          {step.doing} ({step.done} of {step.total})", file=sys.stderr, flush=True)


def _microseconds(ask: Callable[[], object]) -> float:
    """Processor time for each of the mails, the best of three rounds."""
    rounds = []
    for _ in range(3):
        started = time.process_time()
        ask()
        rounds.append(time.process_time() - started)
    return 1e6 * min(rounds) / MAILS


class _Office:
    """Where mails are made up: everyday words, words of all, and words of each department."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        words = ["".join(chance.choices(SYLLABLES, k=chance.choice((2, 2, 3, 4)))) for _ in range(20_000)]
        self._of_all = words[:16_000]
        self._own = {name: words[16_000 + 500 * i : 16_500 + 500 * i] for i, name in enumerate(DEPARTMENTS)}

    def written(self, department: str, size: int) -> str:
        """About `size` characters of a mail to this department."""
        draw = self._chance
        pools = (EVERYDAY, self._of_all, self._own[department])
        words = [draw.choice(pool) for pool in draw.choices(pools, weights=(5, 4, 1), k=size // 6)]
        return " ".join(words)[:size]


class _Plain:
    """The same model as scikit-learn's own vectorizers would ask it."""

    def __init__(self, weights: Weights) -> None:
        split = len(weights.words)
        self._weights = weights
        words = TfidfVectorizer(
            token_pattern=WORD_PATTERN, ngram_range=(1, 2), lowercase=False, sublinear_tf=True, vocabulary=weights.words
        )
        grams = TfidfVectorizer(
            analyzer="char_wb",
            preprocessor=without_mailbox,
            ngram_range=(3, 5),
            lowercase=False,
            sublinear_tf=True,
            vocabulary=weights.grams,
        )
        words.idf_, grams.idf_ = weights.idf[:split], weights.idf[split:]
        self._features = FeatureUnion([("words", words), ("grams", grams)])

    def ask(self, mails: list[Text]) -> npt.NDArray[np.float32]:
        """Decision values, a row per mail. Calibrating them costs next to nothing."""
        features = self._features.transform([document(mail) for mail in mails])
        return np.asarray(features @ self._weights.coefficients) + self._weights.intercepts


if __name__ == "__main__":
    main()
