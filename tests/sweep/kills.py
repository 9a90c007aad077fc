"""Random `kill -9` of the daemon under load, in rounds; after each round the oracle is asked.

A round is a house of its own: some kills at random moments, a few of them before the daemon is ready, with mail
arriving all the while; then everything is let go to its end. Seed and number of a round decide its mails and moments.
In every second round the mail server keeps a copy of what it accepts, where the daemon can look for it.
"""

from __future__ import annotations

import random
import signal
import time
from pathlib import Path
from typing import Any

from tests.servers.dovecot import Dovecot
from tests.sweep.trial import PATIENCE, Trial, a_trial

#: So many kills happen to one house; so many mails come between two of them, on average.
KILLS_PER_ROUND = 10
MAILS_PER_KILL = 6

#: One kill in so many comes while the daemon still starts. The others come until it has worked for so many times
#: the time that its start took: on a machine with other things to do it works more slowly, and lives longer.
EARLY = 5
LATEST = 1.2


def keeps_copies(number: int) -> bool:
    """Whether the mail server of this round keeps copies: so it does in the second, the fourth, ..."""
    return number % 2 == 1


def a_round(
    folder: Path, dovecot: Dovecot, seed: int, number: int, *, kills: int = KILLS_PER_ROUND, attempts: int = 3
) -> dict[str, Any]:
    """So many kills of one house, and the oracle's figures with `kills` added."""
    chance = random.Random(f"{seed}:{number}")
    with a_trial(folder, dovecot, chance, str(number), attempts, keeps_copies=keeps_copies(number)) as trial:
        for _ in range(kills):
            kill_once(trial, chance)
        trial.drain()
        return trial.judge() | {"kills": kills}


def kill_once(trial: Trial, chance: random.Random) -> None:
    """Start the daemon, let mail come, and end the daemon at a moment that nobody knows."""
    is_early = chance.randrange(EARLY) == 0
    mails = chance.randrange(2 * MAILS_PER_KILL + 1)
    share = chance.uniform(0.0, LATEST)
    shares = sorted(chance.uniform(0.0, share) for _ in range(mails))
    started = time.monotonic()
    daemon = trial.lindwerk.start(ready=False)
    if not is_early:
        daemon.hears("READY=1", PATIENCE)
        trial.start_takes = time.monotonic() - started
    began = time.monotonic()
    life, *arrivals = (one * trial.start_takes for one in (share, *shares))
    for arrival in arrivals:
        time.sleep(max(0.0, began + arrival - time.monotonic()))
        trial.load.write()
    time.sleep(max(0.0, began + life - time.monotonic()))
    assert daemon.process.poll() is None, f"the daemon ended by itself: {daemon.complaint()}"
    daemon.process.send_signal(signal.SIGKILL)
    daemon.process.wait()
