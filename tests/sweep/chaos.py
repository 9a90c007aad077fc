"""Links that break at random between the daemon and its mail servers, under load; after each round the oracle is asked.

Both mailboxes and the way out go through proxies. They break two links in three somewhere in their first kilobytes,
by a cut, by silence, or by slowness; then they heal, and a healthy daemon does what is left.
"""

from __future__ import annotations

import random
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.servers.chaos import ChaosProxy
from tests.servers.dovecot import Dovecot
from tests.sweep.trial import PATIENCE, a_trial

#: So many mails come in one round, one every so many seconds: longer than a silence is waited for.
MAILS, EVERY = 24, 2.0


def a_round(folder: Path, dovecot: Dovecot, seed: int, number: int) -> dict[str, Any]:
    """One daemon behind links that break; the oracle's figures with `broken_links` added."""
    chance = random.Random(f"chaos:{seed}:{number}")
    with a_trial(folder, dovecot, chance, f"chaos.{number}", attempts=3) as trial, ExitStack() as proxies:
        lindwerk = trial.lindwerk
        it, people, sink = lindwerk.accounts["it"], lindwerk.accounts["people"], lindwerk.sink
        ways = []
        for port in (it.tls_port, people.port, sink.port):
            way = proxies.enter_context(ChaosProxy(port, (), chance))
            lindwerk.replaces(f"port: {port}", f"port: {way.port}")
            ways.append(way)
        daemon = lindwerk.start(ready=False)
        daemon.hears("READY=1", PATIENCE)
        for _ in range(MAILS):
            trial.load.write()
            time.sleep(chance.uniform(0, 2 * EVERY))
        assert daemon.process.poll() is None, f"the daemon ended by itself: {daemon.complaint()}"
        broken = sum(way.broken for way in ways)
        for way in ways:
            way.heals()
        assert daemon.stop(seconds=PATIENCE) == 0
        trial.drain()
        return trial.judge() | {"broken_links": broken}
