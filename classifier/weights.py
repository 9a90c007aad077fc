"""The numbers a model consists of: its vocabulary, how telling each entry is, and how it speaks for each
department.

Plain arrays and text, so that a stored model holds nothing that could run.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Weights:
    """A fitted recipe. Features are numbered: first `words` (one or two words), then `grams` (3 to 5
    letters).

    `idf` has one number per feature, `coefficients` one row per feature and one column per department,
    `intercepts` one number per department. Decision values are divided by `temperature` before the softmax.
    """

    departments: tuple[str, ...]
    words: tuple[str, ...]
    grams: tuple[str, ...]
    idf: Floats
    coefficients: Floats
    intercepts: Floats
    temperature: float

    def digest(self) -> str:
        """SHA-256 in hex over everything above; equal models have equal digests, on every machine."""
        seal = hashlib.sha256(repr((self.departments, self.words, self.grams, self.temperature)).encode())
        for array in (self.idf, self.coefficients, self.intercepts):
            seal.update(np.ascontiguousarray(array, dtype="<f4").tobytes())
        return seal.hexdigest()


def probabilities(values: npt.NDArray[np.floating], temperature: float) -> npt.NDArray[np.float64]:
    """Softmax over the last axis of decision values that are first divided by the temperature."""
    tempered = np.asarray(values, dtype=np.float64) / temperature
    raised = np.exp(tempered - tempered.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))
