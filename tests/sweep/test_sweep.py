"""However and wherever the daemon dies, nothing is lost and nothing happens twice: a sample of `make sweep`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from daemon.under_test import POINTS
from tests.servers.dovecot import Dovecot
from tests.sweep.kills import a_round
from tests.sweep.points import deaths

ROOT = Path(__file__).parents[2]
SEED = 20261123

#: One house dies of several causes, one after the other: half the time of a house for each.
CAUSES = (
    ("C18", "C15", "C0", "C1", "C2"),
    ("C3", "C4", "C5", "C6", "C7"),
    ("C8", "C9", "C10", "C11", "C12"),
    ("C12-out", "C13", "C14", "C16", "C17"),
)

pytestmark = pytest.mark.timeout(900)  # a dozen daemons start, one after the other


def harm(figures: dict[str, Any]) -> dict[str, Any]:
    """What must be nothing."""
    names = (
        *("lost", "duplicate_requests", "missing_acks", "duplicate_acks_with_copy", "quarantined"),
        *("violations", "tracebacks"),
    )
    return {name: figures[name] for name in names if figures[name]}


@pytest.mark.parametrize("number", [0, 1], ids=["without copies", "with copies"])
def test_a_kill_at_a_random_moment_loses_nothing_and_does_nothing_twice(
    number: int, tmp_path: Path, dovecot: Dovecot
) -> None:
    # On a busy machine a daemon gets no further than the same mail three times; `make sweep` has the usual limit.
    figures = a_round(tmp_path / "house", dovecot, SEED, number, kills=10, attempts=20)

    assert harm(figures) == {}
    assert figures["duplicate_acks"] <= figures["kills"]


def test_the_sample_has_every_point_of_the_crash_table() -> None:
    assert sorted(point for points in CAUSES for point in points) == sorted(POINTS)


@pytest.mark.parametrize("points", CAUSES, ids="-".join)
def test_a_death_at_a_point_of_the_crash_table_loses_nothing_and_does_nothing_twice(
    points: tuple[str, ...], tmp_path: Path, dovecot: Dovecot
) -> None:
    keeps_copies = "C13" in points  # taken, and not noted yet: its copy is found, and it does not leave again
    figures = deaths(tmp_path / "house", dovecot, points, SEED, keeps_copies=keeps_copies)

    assert harm(figures) == {}
    assert figures["duplicate_acks"] <= figures["deaths"]
    assert (figures["found_by_copy"] > 0) == keeps_copies


def test_a_fail_point_that_does_not_exist_is_named_and_so_are_those_that_do() -> None:
    ended = start(POSTROOM_TEST="1", POSTROOM_FAILPOINT="C99")

    assert ended.returncode == 1
    assert ended.stderr.startswith("POSTROOM_FAILPOINT=C99 is no fail point; it wants NAME, NAME:TIMES or ")
    assert "C12-out" in ended.stderr


def test_without_the_word_that_it_is_a_test_no_fail_point_is_heard() -> None:
    assert start(POSTROOM_FAILPOINT="C99").returncode == 0


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    """Start Python with the module that listens to tests."""
    command = [sys.executable, "-c", "import daemon.under_test"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
