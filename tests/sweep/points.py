"""Every point of the crash table: the daemon dies exactly there, is started again, and the oracle is asked."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from daemon import backup
from daemon.under_test import KILL, LOSE, POINTS
from tests.integration.conftest import ROOT
from tests.servers.dovecot import Dovecot
from tests.sweep.trial import PATIENCE, Trial, a_trial

#: These are reached once in a life; at the others the seed chooses which of the first times is the last.
ONCE = frozenset({"C15", "C16", "C18"})
TIMES = 3  # as often as a backup reaches C17

#: Before anything else in a house, which is new only once: the locks are taken, then the tables are made.
AT_FIRST = ("C18", "C15")

#: Of so many points one house dies.
CAUSES = 5

#: Where the process lives on and only an answer is lost.
LOST = frozenset({"C6"})

#: The deaths of one house are aimed at the same few mails, which are not to be set aside as the cause of them.
ATTEMPTS = 20

#: Mails that wait for each daemon, and mails that come while it has not reached its point yet.
WAITING, COMING = 6, 24


def deaths(
    folder: Path, dovecot: Dovecot, points: Sequence[str], seed: int, *, keeps_copies: bool = False
) -> dict[str, Any]:
    """One daemon after the other dies in one house, each at its point; the oracle's figures with `deaths` added.

    AssertionError if one does not die there: then nothing was tested. C15 wants a new house: it comes before all
    points but C18. `keeps_copies`: the mail server keeps a copy of what it accepts where the daemon can look for it.
    """
    chance = random.Random(f"{points}:{seed}")
    name = f"{points[0].lower()}.{seed}"
    with a_trial(folder, dovecot, chance, name, ATTEMPTS, keeps_copies=keeps_copies) as trial:
        for point in points:
            _die_at(point, trial, chance)
        trial.drain()
        return trial.judge() | {"deaths": len(points)}


def _die_at(point: str, trial: Trial, chance: random.Random) -> None:
    if point == "C17":
        _die_at_a_backup(trial, chance.randint(1, TIMES))
        return
    for _ in range(WAITING):
        trial.load.write()
    nth = 1 if point in ONCE else chance.randint(1, TIMES)
    fail_point = f"{point}:{nth}:{LOSE if point in LOST else KILL}"
    daemon = trial.lindwerk.start(ready=False, POSTROOM_TEST="1", POSTROOM_FAILPOINT=fail_point)
    if point == "C16":
        daemon.hears("READY=1", PATIENCE)
        daemon.process.send_signal(signal.SIGHUP)
    if point in LOST:
        _write_until(lambda: "lost, for a test" in daemon.log.read_text(), trial)
        assert daemon.stop(seconds=PATIENCE) == 0
    else:
        _write_until(lambda: daemon.process.poll() is not None, trial)
        assert daemon.process.wait() == -signal.SIGKILL, f"it ended otherwise: {daemon.complaint()}"


def _die_at_a_backup(trial: Trial, nth: int) -> None:
    """A backup dies while the daemon works: the one before it stays whole, nothing of its own stays behind."""
    daemon = trial.lindwerk.start(ready=False)
    daemon.hears("READY=1", PATIENCE)
    for _ in range(WAITING):
        trial.load.write()
    before, killed, after = (trial.folder / f"backup-{name}" for name in ("before", "killed", "after"))
    assert _back_up(trial, before).returncode == 0
    died = _back_up(trial, killed, POSTROOM_TEST="1", POSTROOM_FAILPOINT=f"C17:{nth}:{KILL}")
    assert died.returncode == -signal.SIGKILL, f"it ended otherwise: {died.stderr}"
    assert not killed.exists(), "half a backup stands at its place"
    assert _back_up(trial, after).returncode == 0
    for whole in (before, after):
        backup.verify(whole)
    assert sorted(path.name for path in trial.folder.glob("*backup-*")) == ["backup-after", "backup-before"]
    assert daemon.stop(seconds=PATIENCE) == 0


def _back_up(trial: Trial, target: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [sys.executable, "-m", "daemon", "-c", trial.lindwerk.path, "backup", target]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=PATIENCE
    )


def _write_until(reached: Callable[[], bool], trial: Trial) -> None:
    """Once the daemon works, one mail after the other comes, so that each point is reached more than once."""
    daemon, end, written = trial.lindwerk.daemons[-1], time.monotonic() + PATIENCE, 0
    while not reached():
        assert time.monotonic() < end, f"the daemon did not reach its fail point within {PATIENCE:g} s"
        if daemon.heard and written < COMING:
            trial.load.write()
            written += 1
        time.sleep(0.3)


def houses(seeds: int, first: int) -> list[tuple[tuple[str, ...], int, bool]]:
    """Every point with each of so many seeds, beginning with `first`: who dies of what, in which house.

    A house dies of several causes, one after the other, which takes half the time of a house for each. The seed
    deals the points out, so that each follows others every time. In every second house copies are kept.
    """
    return [
        (points, seed, number % 2 == 1)
        for seed in range(first, first + seeds)
        for number, points in enumerate(_dealt(random.Random(f"houses:{seed}")), start=seed)
    ]


def _dealt(chance: random.Random) -> list[tuple[str, ...]]:
    """All points in houses of a few each; what wants a new house comes first in its own."""
    later = [point for point in POINTS if point not in AT_FIRST]
    chance.shuffle(later)
    dealt = [*AT_FIRST, *later]
    return [tuple(dealt[begin : begin + CAUSES]) for begin in range(0, len(dealt), CAUSES)]
