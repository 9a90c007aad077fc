"""Each rung fires once, however often the process dies: a sample of `make sweep`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.sweep.escalations import a_round

SEED = 20261123

pytestmark = pytest.mark.timeout(900)


def harm(figures: dict[str, Any]) -> dict[str, Any]:
    """What must be nothing."""
    return {
        name: count for name, count in figures.items() if count and name.rpartition("_")[2] not in ("due", "restarts")
    }


def test_each_rung_fires_once_in_its_minute_though_the_process_is_killed(tmp_path: Path) -> None:
    figures = a_round(tmp_path / "house", SEED, restarts=10, asked=16)

    assert figures["escalations_due"] > 60
    assert harm(figures) == {}


def test_two_processes_on_postgresql_share_the_rungs(tmp_path: Path, postgresql_url: str) -> None:
    figures = a_round(tmp_path / "house", SEED + 1, restarts=4, asked=9, url=postgresql_url, processes=2)

    assert figures["escalations_due"] > 30
    assert harm(figures) == {}
