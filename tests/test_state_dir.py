"""The state directory is private, and one daemon holds it at a time."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from daemon.state_dir import AlreadyRunning, held, held_with, prepare, read_status, write_status

ROOT = Path(__file__).parents[1]


def test_the_directory_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    prepare(tmp_path / "var" / "state")

    assert (tmp_path / "var" / "state").stat().st_mode & 0o777 == 0o700


def test_a_held_directory_is_refused_and_its_holder_named(tmp_path: Path) -> None:
    with (
        held(tmp_path),
        pytest.raises(AlreadyRunning, match=re.escape(f"(process {os.getpid()}) already works on {tmp_path};")),
        held(tmp_path),
    ):
        pass

    with held(tmp_path):
        pass


def test_a_holder_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys; from pathlib import Path; from daemon.state_dir import held\n"
        "with held(Path(sys.argv[1])): os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path], cwd=ROOT, check=False)

    with held(tmp_path):
        pass


def test_the_status_tells_whether_somebody_holds_the_directory(tmp_path: Path) -> None:
    assert read_status(tmp_path) is None
    with held(tmp_path):
        write_status(tmp_path, {"pid": 7})

        assert read_status(tmp_path) == {"pid": 7, "running": True}
    assert read_status(tmp_path) == {"pid": 7, "running": False}


def test_a_status_that_was_cut_off_is_none(tmp_path: Path) -> None:
    (tmp_path / "status.json").write_text('{"pid": ')

    assert read_status(tmp_path) is None


def test_two_daemons_with_directories_of_their_own_cannot_share_one_sqlite_file(tmp_path: Path) -> None:
    database = str(tmp_path / "shared" / "postroom.db")
    with (
        held_with(tmp_path / "one", database),
        pytest.raises(AlreadyRunning, match="already works on"),
        held_with(tmp_path / "two", database),
    ):
        pass


def test_somebody_who_looks_whether_a_daemon_runs_turns_none_away(tmp_path: Path) -> None:
    prepare(tmp_path)
    (tmp_path / "postroom.lock").touch()
    file = (tmp_path / "postroom.lock").open()
    fcntl.flock(file, fcntl.LOCK_SH)
    look = threading.Timer(0.05, file.close)
    look.start()

    with held(tmp_path):
        assert (tmp_path / "postroom.lock").read_text() == str(os.getpid())
    look.join()


def test_a_database_inside_the_directory_needs_no_second_lock(tmp_path: Path) -> None:
    with held_with(tmp_path, str(tmp_path / "postroom.db")):
        assert sorted(file.name for file in tmp_path.iterdir()) == ["postroom.lock"]
