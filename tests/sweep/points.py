"""Every point of the crash table: the daemon dies exactly there, is started again, and the oracle is asked."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from daemon.under_test import KILL, LOSE, POINTS
from tests.servers.dovecot import Dovecot
from tests.sweep.trial import Trial, a_trial

#: These are reached once in a life; at the others the seed chooses which of the first times is the last.
ONCE = frozenset({"C15", "C16", "C18"})
TIMES = 3

#: Where the process lives on and only an answer is lost.
LOST = frozenset({"C6"})

WAITING = 6
COMING = 24

#: Seconds to wait for a daemon on a machine that has other things to do.
PATIENCE = 60.0


def a_death(folder: Path, dovecot: Dovecot, point: str, seed: int) -> dict[str, Any]:
    """The daemon dies at `point`, with mail waiting and coming; the oracle's figures with `point` added.

    AssertionError if it does not die there: then nothing was tested.
    """
    chance = random.Random(f"{point}:{seed}")
    nth = 1 if point in ONCE else chance.randint(1, TIMES)
    with a_trial(folder, dovecot, chance, f"{point.lower()}.{seed}") as trial:
        for _ in range(WAITING):
            trial.load.write()
        fail_point = f"{point}:{nth}:{LOSE if point in LOST else KILL}"
        daemon = trial.lindwerk.start(ready=False, POSTROOM_TEST="1", POSTROOM_FAILPOINT=fail_point)
        if point == "C16":
            daemon.hears("READY=1", PATIENCE)
            daemon.process.send_signal(signal.SIGHUP)
        if point in LOST:
            daemon.hears("READY=1", PATIENCE)
            _until_it_is_lost(trial)
            daemon.stop()
        else:
            _until_it_dies(trial)
            assert daemon.process.wait() == -signal.SIGKILL, f"it ended otherwise: {daemon.complaint()}"
        trial.drain()
        return trial.judge() | {"point": point, "seed": seed}


def _until_it_dies(trial: Trial) -> None:
    daemon = trial.lindwerk.daemons[-1]
    _write_until(lambda: daemon.process.poll() is not None, trial)


def _until_it_is_lost(trial: Trial) -> None:
    daemon = trial.lindwerk.daemons[-1]
    _write_until(lambda: "fail point" in daemon.log.read_text(), trial)


def _write_until(reached: Callable[[], bool], trial: Trial) -> None:
    """Once the daemon works, one mail after the other comes, so that each point is reached more than once."""
    daemon, end = trial.lindwerk.daemons[-1], time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < end, f"the daemon did not reach its fail point within {PATIENCE:g} s"
        if daemon.heard and trial.load.written < WAITING + COMING:
            trial.load.write()
        time.sleep(0.3)


def all_points(seeds: int, first: int) -> list[tuple[str, int]]:
    """Each point with each of so many seeds, beginning with `first`."""
    return [(point, seed) for seed in range(first, first + seeds) for point in POINTS]
