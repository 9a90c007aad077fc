"""A database server that is killed under load costs no mail and repeats nothing: a sample of `make sweep`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.dovecot import Dovecot
from tests.sweep.postgresql import a_round
from tests.sweep.test_sweep import SEED, harm


@pytest.mark.timeout(900)
def test_a_daemon_outlives_the_kill_of_its_database_server_and_nothing_is_lost_or_done_twice(
    tmp_path: Path, dovecot: Dovecot
) -> None:
    figures = a_round(tmp_path / "house", dovecot, SEED, 0, kills=1, of_servers=1)

    assert harm(figures) == {}
    assert figures["server_kills"] == 1
