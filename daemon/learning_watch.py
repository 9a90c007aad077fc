"""Watches over the process in which the model learns: starts it when something is due, and hears what it says."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

#: How often the daemon looks whether it shall stop (seconds).
_LOOK = 0.5

#: No line of the child is longer than this.
_LONGEST_LINE = 1 << 20


@dataclass(frozen=True, slots=True)
class Done:
    """What the process has done, a sentence each; whether the daemon must reload; why it could not, "" if it could."""

    sentences: tuple[str, ...]
    changed: bool
    refusal: str


def learn(path: Path, tasks: Sequence[str], stopped: Callable[[], bool], beat: Callable[[], None]) -> Done | None:
    """Have these things done; None if it was stopped meanwhile. `beat` is called at least every half second."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "daemon.learning_child", str(path), *tasks],
        stdin=subprocess.PIPE,  # never written to: its end tells the child that the daemon has ended
        stdout=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,  # Ctrl-C in a terminal is for the daemon
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parent.parent)},
    )
    assert process.stdout is not None
    received = b""
    try:
        while not stopped():
            beat()
            ready, _, _ = select.select([process.stdout], [], [], _LOOK)
            if not ready:
                continue
            read = os.read(process.stdout.fileno(), _LONGEST_LINE)
            received += read
            if not read:
                return _done(received, process.wait())
        return None
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def _done(received: bytes, status: int) -> Done:
    words = [json.loads(line) for line in received.splitlines()]
    refusal = next((str(word["refused"]) for word in words if "refused" in word), "")
    if status and not refusal:
        refusal = f"its process ended with status {status}"
    outcomes = [word for word in words if "task" in word]
    return Done(tuple(str(one["sentence"]) for one in outcomes), any(one["changed"] for one in outcomes), refusal)
