"""Watches over the process in which the model learns: starts it when something is due, and hears what it says."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from daemon import beside


@dataclass(frozen=True, slots=True)
class Done:
    """What the process has done, a sentence each; whether the daemon must reload; why it could not, "" if it could."""

    sentences: tuple[str, ...]
    changed: bool
    refusal: str


def learn(path: Path, tasks: Sequence[str], stopped: Callable[[], bool], beat: Callable[[], None]) -> Done | None:
    """Have these things done; None if it was stopped meanwhile. `beat` is called at least every half second."""
    process = beside.start("daemon.learning_child", str(path), *tasks)
    received = b""
    try:
        while not stopped():
            beat()
            heard = beside.hear(process)
            if heard is None:
                continue
            received += heard
            if not heard:
                return _done(received, process.wait())
        return None
    finally:
        beside.end(process)


def _done(received: bytes, status: int) -> Done:
    words = [json.loads(line) for line in received.splitlines()]
    refusal = next((str(word["refused"]) for word in words if "refused" in word), "")
    if status and not refusal:
        refusal = f"its process ended with status {status}"
    outcomes = [word for word in words if "task" in word]
    return Done(tuple(str(one["sentence"]) for one in outcomes), any(one["changed"] for one in outcomes), refusal)
