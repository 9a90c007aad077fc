"""`postroom backup`, `restore` and `held`, as a careful operator types and reads them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from daemon import state_dir
from daemon.keys import load
from daemon.store import installation, schema

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk


@pytest.fixture
def lived_in(lindwerk: Lindwerk) -> Lindwerk:
    """A house in which a daemon has started once."""
    from tests.stories.conftest import Day

    fingerprint = load(lindwerk.state / "signing-keys.json").fingerprint
    lindwerk.writes(lambda connection: installation.adopt(connection, fingerprint, Day().at))
    return lindwerk


def test_a_backup_says_what_is_in_it_and_can_be_proved_later(lived_in: Lindwerk, tmp_path: Path) -> None:
    target = tmp_path / "backup"

    made, proved = lived_in.runs("backup", str(target)), lived_in.runs("backup", "--verify", str(target))

    assert (made.status, proved.status) == (0, 0)
    assert f"{target} is made and can be restored:" in made.out
    assert "database: sqlite, 3 requests, 3 messages, 5 outgoing mails" in made.out
    assert "every checksum right" in proved.out
    assert lived_in.runs("backup", "--verify", "--json", str(target)).json["schema"] == schema.newest()


def test_a_backup_that_cannot_be_made_or_proved_says_why(lived_in: Lindwerk, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    lived_in.runs("backup", str(target))

    again = lived_in.runs("backup", str(target))
    assert (again.status, again.err) == (
        73,
        f"{target} is there already and stays as it is; name a folder that does not exist yet.\n",
    )
    (target / "manifest.json").unlink()
    unfit = lived_in.runs("backup", "--verify", str(target))
    assert (unfit.status, unfit.err.splitlines()) == (
        1,
        [f"{target} is no backup of Postroom: it has no manifest.json.", f"Nothing can be restored from {target}."],
    )


def test_a_backup_that_would_leave_the_daemon_no_room_is_not_begun(lived_in: Lindwerk, tmp_path: Path) -> None:
    lived_in.replaces("organisation:\n", "limits: {free_space: 1125899906842624}\norganisation:\n")

    ran = lived_in.runs("backup", str(tmp_path / "backup"))

    assert ran.status == 73
    assert re.fullmatch(
        r"No backup was made: it needs about \d+ MiB, [\d,]+ MiB are free on the disk of \S+, and 1,073,741,824 MiB "
        r"are to stay free there for the daemon\. Make room, or name a folder on another disk\.\n",
        ran.err,
    )
    assert list(tmp_path.glob("*backup*")) == []


def test_before_the_first_start_there_is_nothing_to_back_up(lindwerk: Lindwerk, tmp_path: Path) -> None:
    ran = lindwerk.runs("backup", str(tmp_path / "backup"))

    assert (ran.status, ran.err) == (
        73,
        "No daemon has started on this database yet: there is nothing to back up.\n",
    )
    assert not (tmp_path / "backup").exists()


def test_a_restore_says_what_to_expect_and_what_is_held_is_sent_or_dropped(lived_in: Lindwerk, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    lived_in.runs("backup", str(target))

    restored = lived_in.runs("restore", str(target))

    assert restored.status == 0
    assert "This is epoch 2. The next request is REQ-2001; no earlier number is given twice." in restored.out
    assert "5 mails that waited are held (2 acknowledgement, 1 alarm, 2 assignment)" in restored.out
    assert "What was there before lies in" in restored.out
    held = lived_in.runs("held", "list", "--json").json
    assert "mails are held since a restore; see `postroom held list`." in lived_in.runs("status").out
    one = str(held[0]["id"])
    assert lived_in.runs("held", "send", one).out == "1 mails will leave.\n"
    assert (
        lived_in.runs("held", "send", one).err == f"No mail with the number {one} is held; see `postroom held list`.\n"
    )
    assert lived_in.runs("held", "drop", "--all").out == f"{len(held) - 1} mails are given up.\n"
    assert lived_in.rows()["outbox"] == {"queued": 1, "abandoned": len(held) - 1}
    assert lived_in.runs("held", "drop").status == lived_in.runs("held", "drop", one, "--all").status == 64


def test_nothing_is_restored_while_a_daemon_works(lived_in: Lindwerk, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    lived_in.runs("backup", str(target))
    before = lived_in.rows()

    with state_dir.held(lived_in.state):
        ran = lived_in.runs("restore", str(target))

    assert (ran.status, lived_in.rows()) == (75, before)
    assert "already works on" in ran.err
    assert ran.err.endswith("Nothing was restored.\n")


def test_what_is_no_backup_is_not_restored(lived_in: Lindwerk, tmp_path: Path) -> None:
    ran = lived_in.runs("restore", str(tmp_path))

    assert (ran.status, ran.err.splitlines()[-1]) == (1, "Nothing was restored.")


def test_no_daemon_starts_on_half_a_restore(lived_in: Lindwerk) -> None:
    (lived_in.state / state_dir.RESTORING).write_text("/var/backups/postroom/monday")

    ran = lived_in.runs("run")

    assert ran.status == 78
    assert "run `postroom restore /var/backups/postroom/monday` again" in ran.err


def test_no_password_and_nothing_that_others_may_read_is_in_a_backup(lived_in: Lindwerk, tmp_path: Path) -> None:
    target = tmp_path / "backup"
    lived_in.replaces("password_env: NOBODY_LOGS_IN", "password_file: imap-password")
    secret = lived_in.path.parent / "imap-password"
    secret.write_text("correct horse battery staple")
    secret.chmod(0o600)

    lived_in.runs("backup", str(target))

    files = [path for path in target.rglob("*") if path.is_file()]
    assert [path.name for path in files if b"correct horse" in path.read_bytes()] == []
    assert {path.stat().st_mode & 0o077 for path in [target, *target.rglob("*")]} == {0}
    assert json.loads((target / "manifest.json").read_text())["format"] == 1


def test_a_house_that_has_lost_nothing_is_not_rebuilt(lived_in: Lindwerk) -> None:
    before = lived_in.rows()

    ran = lived_in.runs("rebuild")

    assert (ran.status, lived_in.rows()) == (1, before)
    assert ran.err.startswith("The database has requests and was not restored: nothing is to be rebuilt.")


def test_a_mailbox_that_cannot_be_compared_is_named(lived_in: Lindwerk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOBODY_LOGS_IN", "secret")

    ran = lived_in.runs("reconcile")

    assert ran.status == 69
    assert ran.out.startswith("it: 127.0.0.1:1143 cannot be reached")
