"""Every expected mistake ends with a sentence and the documented exit status, never with a traceback."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from daemon.premises import utc_now
from daemon.state_dir import RESTORING, held
from daemon.store import installation
from daemon.store.database import Store
from tests.servers.ports import free_port

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk

ALL = [
    *("run", "check", "status", "list", "show REQ-1", "ledger REQ-1", "explain REQ-1", "quarantine list"),
    *("quarantine show 3", "quarantine retry 3", "quarantine release 3", "config check"),
    *("db upgrade", "db version", "db adopt-keys"),
    *("assign REQ-1 --department hr --why x", "resolve REQ-1 --why x", "train --starter"),
]
ON_THE_DATABASE = [command for command in ALL if command.split()[0] not in ("config", "train", "run", "check", "db")]


@pytest.mark.parametrize("command", ALL)
def test_missing_settings_are_named(empty: Lindwerk, command: str) -> None:
    empty.path.unlink()

    ran = empty.runs(*command.split())

    assert (ran.status, ran.out) == (78, "")
    assert ran.err.startswith(f"{empty.path}: ")
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize("command", ["run", "list", "config check", "check"])
def test_every_mistake_in_the_settings_is_told_with_its_line(empty: Lindwerk, command: str) -> None:
    empty.replaces("port: 1125", "port: high")
    empty.replaces("ladder: standard\n  hr:", "ladder: steep\n  hr:")

    ran = empty.runs(*command.split())

    assert ran.status == 78
    assert [line.split(":")[0] for line in ran.err.splitlines()] == [str(empty.path)] * 2
    assert "steep" in ran.err


def test_settings_that_are_no_yaml_are_told_with_their_line(empty: Lindwerk) -> None:
    empty.path.write_text("organisation: [\n")

    ran = empty.runs("list")

    assert ran.status == 78
    assert ran.err.startswith(f"{empty.path}:")


@pytest.mark.parametrize("command", ON_THE_DATABASE)
def test_a_look_before_the_first_start_makes_no_database(empty: Lindwerk, command: str) -> None:
    ran = empty.runs(*command.split())

    assert ran.status == 78
    assert ran.err == f"There is no database {empty.state}/postroom.db yet; `postroom run` makes it.\n"
    assert not empty.state.exists()


@pytest.mark.parametrize("command", ON_THE_DATABASE)
def test_a_database_without_tables_is_named(lindwerk: Lindwerk, command: str) -> None:
    for file in lindwerk.state.glob("postroom.db*"):
        file.unlink()
    (lindwerk.state / "postroom.db").touch()

    ran = lindwerk.runs(*command.split())

    assert (ran.status, ran.err) == (78, "The database has no tables yet; run `postroom db upgrade` once.\n")


@pytest.mark.parametrize("command", [*ON_THE_DATABASE, "run", "db upgrade", "db adopt-keys"])
def test_a_database_of_a_newer_postroom_is_left_alone(lindwerk: Lindwerk, command: str) -> None:
    lindwerk.writes(lambda c: c.exec_driver_sql("update alembic_version set version_num = 'zzzz'"))

    ran = lindwerk.runs(*command.split())

    assert ran.status == 78
    assert "schema zzzz, which this program does not know" in ran.err


@pytest.mark.parametrize("command", [*ON_THE_DATABASE, "run", "db upgrade", "db version"])
def test_a_damaged_database_is_named(lindwerk: Lindwerk, command: str) -> None:
    for file in lindwerk.state.glob("postroom.db*"):
        file.unlink()
    (lindwerk.state / "postroom.db").write_bytes(b"this is no database, whatever it is called " * 100)

    ran = lindwerk.runs(*command.split())

    assert ran.status == 78
    assert ran.err == (
        f"The database sqlite:///{lindwerk.state}/postroom.db is damaged (file is not a database); "
        "restore it from the backup.\n"
    )


@pytest.mark.parametrize("command", [*ON_THE_DATABASE, "run", "db upgrade", "db version"])
def test_a_database_server_that_does_not_answer_is_named(empty: Lindwerk, command: str) -> None:
    url = f"postgresql+psycopg://postroom@127.0.0.1:{free_port()}/postroom"
    empty.replaces("mailboxes:\n", f"database: {{url: '{url}'}}\nmailboxes:\n")

    ran = empty.runs(*command.split())

    assert ran.status == 69
    assert ran.err.startswith(f"The database {url} cannot be used now: ")
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("command", ["list", "run", "db upgrade", "check"])
def test_a_driver_that_is_not_installed_is_named(
    empty: Lindwerk, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "psycopg"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)  # type: ignore[arg-type]
    empty.replaces("mailboxes:\n", "database: {url: 'postgresql+psycopg://p@127.0.0.1/p'}\nmailboxes:\n")

    ran = empty.runs(*command.split())

    assert ran.status == (1 if command == "check" else 78)
    assert "psycopg" in ran.err + ran.out
    assert "with its extra `postgresql`" in " ".join((ran.err + ran.out).split())


SPOILT: dict[str, tuple[Callable[[Path], object], str]] = {
    "rules": (lambda folder: (folder / "rules" / "all.yaml").write_text("rules: [{name: x}]"), "all.yaml:1"),
    "no rules": (
        lambda folder: (folder / "rules" / "all.yaml").rename(folder / "r") and (folder / "rules").rmdir(),
        "rules",
    ),
    "keys": (lambda folder: (folder / "postroom-state" / "signing-keys.json").write_text("{"), "is damaged"),
    "readable keys": (lambda folder: (folder / "postroom-state" / "signing-keys.json").chmod(0o644), "chmod 600"),
}


@pytest.mark.parametrize("command", ["run", "explain REQ-1", "assign REQ-1 --department hr --why x"])
@pytest.mark.parametrize("spoilt", SPOILT)
def test_what_the_office_cannot_open_is_named(lindwerk: Lindwerk, command: str, spoilt: str) -> None:
    damage, named = SPOILT[spoilt]
    damage(lindwerk.path.parent)

    ran = lindwerk.runs(*command.split())

    assert ran.status == 78
    assert named in ran.err


@pytest.mark.parametrize("command", ["run", "db upgrade"])
def test_a_state_directory_that_cannot_be_made_is_named(empty: Lindwerk, command: str) -> None:
    empty.state.write_text("a file")

    ran = empty.runs(*command.split())

    assert ran.status == 78
    assert str(empty.state) in ran.err


@pytest.mark.parametrize(
    "command",
    [
        "lst",
        "list --limit 0",
        "list --limit many",
        "list --status old",
        "show",
        "show REQ-1 REQ-2",
        "assign REQ-1 --department hr",
        "quarantine show three",
        "quarantine",
        "train --by",
        "list --colour",
    ],
)
def test_a_wrong_command_line_ends_with_64(lindwerk: Lindwerk, command: str) -> None:
    ran = lindwerk.runs(*command.split())

    assert (ran.status, ran.out) == (64, "")
    assert "Usage: postroom" in ran.err


@pytest.mark.parametrize("name", ["REQ-0", "REQ-", "REQ-99999999999999999999", "99999999999999999999", "²", "-1", "x"])
@pytest.mark.parametrize("command", ["show", "ledger"])
def test_a_reference_that_is_none_is_told_apart_from_one_that_is_unknown(
    lindwerk: Lindwerk, command: str, name: str
) -> None:
    ran = lindwerk.runs(command, "--", name)

    assert (ran.status, ran.err) == (1, f"{name!r} is no reference; references look like REQ-2041.\n")
    assert lindwerk.runs(command, "REQ-999").err == "There is no request REQ-999.\n"


def test_explain_knows_references_files_and_message_ids(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("explain", "nothing.eml")

    assert ran.status == 1
    assert ran.err == ("'nothing.eml' is no reference, no file, and no message with this Message-ID has come in.\n")
    other = lindwerk.runs("explain", "REQ-1", "--mailbox", "facilities")
    assert (other.status, other.err) == (1, "There is no mailbox 'facilities'; there are it, people.\n")


def test_a_database_that_has_lived_with_other_keys_is_not_worked_on(lindwerk: Lindwerk) -> None:
    """With other keys every mail of the past would be taken for a new one, and answered again."""
    lindwerk.writes(lambda c: installation.adopt(c, "0" * 32, utc_now()))
    refused = (
        f"The database sqlite:///{lindwerk.state}/postroom.db belongs to other keys than "
        f"{lindwerk.state}/signing-keys.json; put the key file back that was in use with it (from the backup of its "
        "state directory), or name another database. If that file is lost for good, `postroom db adopt-keys` lets "
        "the database live on with the new one.\n"
    )

    ran = lindwerk.runs("run")
    checked = lindwerk.runs("check", "--json")

    assert (ran.status, ran.err) == (78, refused)
    assert [one["sentence"] for one in checked.json if one["thing"] == "keys"] == [refused.strip()]


def test_lost_keys_can_be_given_up(lindwerk: Lindwerk) -> None:
    lindwerk.writes(lambda c: installation.adopt(c, "0" * 32, utc_now()))

    ran = lindwerk.runs("db", "adopt-keys")

    assert (ran.status, "".join(ran.out.split())) == (
        0,
        f"Thedatabaseliveswith{lindwerk.state}/signing-keys.jsonnow.",
    )
    (keys,) = [one for one in lindwerk.runs("check", "--json").json if one["thing"] == "keys"]
    assert keys["sentence"].endswith("signing-keys.json: those of this database")


def test_keys_are_not_changed_under_a_running_daemon(lindwerk: Lindwerk) -> None:
    with held(lindwerk.state):
        ran = lindwerk.runs("db", "adopt-keys")

    assert ran.status == 75
    assert "already works on" in ran.err


def test_a_comparison_does_not_begin_in_a_house_that_is_half_restored(lindwerk: Lindwerk) -> None:
    (lindwerk.state / RESTORING).write_text("/var/backups/postroom/monday")

    ran = lindwerk.runs("reconcile")

    assert (ran.status, ran.err) == (
        78,
        f"A restore from /var/backups/postroom/monday was begun in {lindwerk.state} and not finished; "
        "run `postroom restore /var/backups/postroom/monday` again.\n",
    )


def test_a_comparison_leaves_a_database_alone_that_another_daemon_works_with(
    lindwerk: Lindwerk, postgresql_url: str
) -> None:
    lindwerk.replaces("organisation:\n", f"database: {{url: '{postgresql_url}'}}\norganisation:\n")
    assert lindwerk.runs("db", "upgrade").status == 0
    other = Store(postgresql_url)

    with other.alone():
        ran = lindwerk.runs("reconcile")

    other.close()
    assert (ran.status, ran.err) == (
        75,
        f"Another Postroom already works with {postgresql_url}; stop it first, or give this one its own database.\n",
    )
