"""Random `kill -9` with the database on PostgreSQL: of the daemon, and of every process of the database server.

When the server dies the daemon lives on: it has to name the trouble, and go on by itself when the server is back.
"""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

from tests.integration.conftest import until
from tests.servers.dovecot import Dovecot
from tests.servers.postgres import Postgres
from tests.sweep.kills import KILLS_PER_ROUND, MAILS_PER_KILL, kill_once
from tests.sweep.trial import PATIENCE, Trial, a_trial

#: One kill in so many is the server's.
SERVERS = 3

#: The server is away for at most so many seconds.
AWAY = 3.0


def a_round(
    folder: Path,
    dovecot: Dovecot,
    seed: int,
    number: int,
    *,
    kills: int = KILLS_PER_ROUND,
    attempts: int = 3,
    of_servers: int = SERVERS,
) -> dict[str, Any]:
    """So many kills of one house, one in `of_servers` the server's; the oracle's figures with `server_kills` added."""
    chance = random.Random(f"postgresql:{seed}:{number}")
    with (
        Postgres.create() as server,
        a_trial(folder, dovecot, chance, f"pg.{number}", attempts, server.new_database()) as trial,
    ):
        servers = 0
        for kill in range(kills):
            if kill % of_servers == of_servers - 1:
                kill_the_server(trial, server, chance)
                servers += 1
            else:
                kill_once(trial, chance)
        trial.drain()
        return trial.judge() | {"server_kills": servers}


def kill_the_server(trial: Trial, server: Postgres, chance: random.Random) -> None:
    """Kill it under load, let mail come while it is away, start it again, and see the daemon go on by itself."""
    daemon = trial.lindwerk.start(ready=False)
    daemon.hears("READY=1", PATIENCE)
    for _ in range(MAILS_PER_KILL):
        trial.load.write()
        time.sleep(chance.uniform(0, 0.2))
    server.kill()
    trial.load.write()
    time.sleep(chance.uniform(0, AWAY))
    server.start()
    trial.load.write()
    expected = trial.load.delivered
    until(lambda: _known(trial) >= expected, "the daemon goes on when the database is back", PATIENCE)
    assert daemon.process.poll() is None, f"the daemon ended by itself: {daemon.complaint()}"
    assert daemon.stop(seconds=PATIENCE) == 0


def _known(trial: Trial) -> int:
    """How many mails have been accepted."""
    return sum(trial.lindwerk.counts()["copies"].values())
