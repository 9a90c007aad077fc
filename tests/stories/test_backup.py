"""What a backup holds, what it refuses to be restored from, and that a restore says nothing twice."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from daemon import backup, escalations, restoring
from daemon.backup import BackupFailed, BackupUnfit, Manifest
from daemon.keys import FILE as KEYS
from daemon.office import move_in, open_office
from daemon.restoring import Restored
from daemon.store import installation, requests, schema
from daemon.store.database import Store
from daemon.store.outbox import HELD
from daemon.store.tables import outbox

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]


@dataclass
class Keeper:
    """Backs the house up and restores it."""

    house: House
    place: Path

    @property
    def folder(self) -> Path:
        return self.place / "monday"

    def backs_up(self) -> Manifest:
        office = self.house.office
        return backup.make(self.folder, office.path, office.settings, office.store, office.now())

    def restores(self) -> Restored:
        """Restore, and let a daemon start on what was restored."""
        office = self.house.office
        office.store.close()
        done = restoring.restore(self.folder, office.path, office.settings, office.store, office.now())
        opened = open_office(office.path, office.settings, office.store, office.parsers, clock=office.clock)
        self.house.office = move_in(opened)
        return done

    def states(self) -> list[tuple[str, str]]:
        with self.house.office.store.reading() as connection:
            rows = connection.execute(outbox.select().order_by(outbox.c.id))
            return [(row.kind, row.state) for row in rows]


@pytest.fixture
def keeper(house: House, tmp_path: Path) -> Keeper:
    house.office = move_in(house.office)
    return Keeper(house, tmp_path / "backups")


def all_sent(house: House) -> None:
    """Everything that waits leaves."""
    with house.office.store.writing() as connection:
        connection.execute(outbox.update().values(state="sent"))


def test_a_backup_can_be_restored_and_nobody_else_can_read_it(keeper: Keeper, house: House, a_mail: Mail) -> None:
    house.receives(a_mail())

    made = keeper.backs_up()

    assert backup.verify(keeper.folder) == made
    assert (made.counts, made.epoch) == ({"requests": 1, "messages": 1, "outbox": 2}, 1)
    assert set(made.files) == {"postroom.db", KEYS, "settings/postroom.yaml", "settings/rules/all.yaml"}
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in [keeper.folder, *keeper.folder.rglob("*")]} == {0}
    assert [path.name for path in keeper.place.iterdir()] == ["monday"]


def test_nothing_is_ever_overwritten(keeper: Keeper) -> None:
    keeper.backs_up()
    before = (keeper.folder / backup.MANIFEST).read_bytes()

    with pytest.raises(BackupFailed, match="is there already and stays as it is; name a folder that does not exist"):
        keeper.backs_up()

    assert (keeper.folder / backup.MANIFEST).read_bytes() == before


def test_backups_under_load_hold_one_state_each_and_hold_up_nobody(keeper: Keeper, house: House, a_mail: Mail) -> None:
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            house.receives(a_mail())

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(5):
            keeper.place = keeper.place.with_name(f"backups-{number}")
            made = keeper.backs_up()
            with sqlite3.connect(keeper.folder / "postroom.db") as copy:
                half = "SELECT count(*) FROM copies WHERE state = 'done' AND message_id IS NULL"
                assert copy.execute(half).fetchone() == (0,)
            assert 2 * made.counts["requests"] >= made.counts["outbox"] >= made.counts["requests"]
    finally:
        stop.set()
        writer.join()


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("harm", "sentence"),
    [
        (lambda folder: _flip(folder / "postroom.db"), "postroom.db is not what was backed up: its checksum differs"),
        (lambda folder: (folder / KEYS).unlink(), f"{KEYS} is missing"),
        (lambda folder: (folder / "more").touch(), "more does not belong to the backup"),
        (lambda folder: (folder / KEYS).chmod(0o644), "is readable by others"),
        (lambda folder: (folder / backup.MANIFEST).unlink(), "is no backup of Postroom: it has no manifest.json"),
        (lambda folder: (folder / backup.MANIFEST).write_text("{"), "it is cut off or was altered"),
        (lambda folder: _edit(folder, format=2), "has a format that this Postroom does not know"),
        (lambda folder: _edit(folder, schema="9999"), "was made at schema 9999 by Postroom"),
        (lambda folder: _edit(folder, kind="oracle"), "names things that no backup holds"),
        (lambda folder: _edit(folder, files={"../x": {"size": 0, "sha256": ""}}), "names things that no backup holds"),
    ],
)
def test_a_backup_that_is_not_whole_is_refused_before_anything_is_touched(
    keeper: Keeper, house: House, a_mail: Mail, harm: Callable[[Path], object], sentence: str
) -> None:
    house.receives(a_mail())
    keeper.backs_up()
    harm(keeper.folder)

    with pytest.raises(BackupUnfit, match=sentence):
        backup.verify(keeper.folder)
    with pytest.raises(BackupUnfit, match=sentence):
        keeper.restores()
    assert len(house.requests()) == 1


def _edit(folder: Path, **values: object) -> None:
    path = folder / backup.MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_database_with_the_keys_of_another_house_is_refused(keeper: Keeper) -> None:
    made = keeper.backs_up()
    with sqlite3.connect(keeper.folder / "postroom.db") as copy:
        copy.execute("UPDATE installation SET keys_fingerprint = 'f'")
    altered = keeper.folder / "postroom.db"
    seal = {"size": altered.stat().st_size, "sha256": backup._sha256(altered)}
    files = {name: {"size": one.size, "sha256": one.sha256} for name, one in made.files.items()}
    _edit(keeper.folder, files=files | {"postroom.db": seal})

    with pytest.raises(BackupUnfit, match="belongs to other keys than"):
        backup.verify(keeper.folder)


def test_what_a_killed_backup_left_is_taken_away_by_the_next(keeper: Keeper) -> None:
    left = keeper.place / backup.UNFINISHED.format("sunday")
    left.mkdir(parents=True)
    (left / "postroom.db").write_text("half")

    keeper.backs_up()

    assert [path.name for path in keeper.place.iterdir()] == ["monday"]


def test_a_full_disk_leaves_no_half_backup(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "somewhere")

    monkeypatch.setattr("shutil.copyfileobj", full)

    with pytest.raises(BackupFailed, match="No backup was made: somewhere: the disk is full"):
        keeper.backs_up()
    assert list(keeper.place.iterdir()) == []


def test_what_waited_when_the_backup_was_made_is_held_by_the_restore(
    keeper: Keeper, house: House, a_mail: Mail
) -> None:
    house.receives(a_mail())
    keeper.backs_up()
    all_sent(house)

    done = keeper.restores()

    assert (done.held, done.epoch) == ({"acknowledgement": 1, "assignment": 1}, 2)
    assert set(keeper.states()) == {("acknowledgement", "held"), ("assignment", "held")}
    assert [what for _, what, _ in house.ledger()].count("mail_held") == 2


def test_mail_that_came_since_the_backup_is_a_request_again_and_nobody_is_told_twice(
    keeper: Keeper, house: House, a_mail: Mail, day: Day
) -> None:
    house.receives(a_mail())
    all_sent(house)
    keeper.backs_up()
    day.goes_on(hours=1)
    later, came = a_mail("VPN, later"), day.at
    house.receives(later)
    all_sent(house)
    day.goes_on(days=4)

    done = keeper.restores()
    assert len(house.requests()) == 1
    day.goes_on(minutes=5)
    house.receives(later, internal_date=came)
    house.receives(a_mail("VPN, new"))

    old, again, new = sorted(house.requests(), key=lambda request: request.id)
    assert (again.subject, again.opened_at, again.owner is not None) == ("VPN, later", came, True)
    assert (old.id, again.id, new.id) == (1, done.next_number, done.next_number + 1)
    assert done.next_number == 2001
    assert keeper.states()[2:] == [("assignment", "held"), ("acknowledgement", "queued"), ("assignment", "queued")]
    assert ("postroom", "withheld", "held") in house.ledger(again.id)


def test_an_answer_that_came_since_the_backup_is_not_passed_on_twice(
    keeper: Keeper, house: House, a_mail: Mail, day: Day
) -> None:
    house.receives(a_mail())
    notice = next(mail for kind, _, mail in house.sends() if kind == "assignment")
    all_sent(house)
    keeper.backs_up()
    day.goes_on(minutes=30)
    answer, came = a_mail("Re: VPN", "Try again.\n", From=notice["To"], In_Reply_To=notice["Message-ID"]), day.at
    house.receives(answer)
    all_sent(house)
    day.goes_on(minutes=30)

    keeper.restores()
    house.receives(answer, internal_date=came)

    assert keeper.states()[-1] == ("answer", "held")
    assert "answered" in [what for _, what, _ in house.ledger()]


def test_rungs_that_fell_due_before_the_restore_are_held_and_later_ones_are_sent(
    keeper: Keeper, house: House, a_mail: Mail, day: Day
) -> None:
    house.receives(a_mail())
    all_sent(house)
    keeper.backs_up()
    day.goes_on(hours=3)

    keeper.restores()
    escalations.fire_due(house.office)
    day.goes_on(hours=2)
    escalations.fire_due(house.office)

    assert keeper.states()[2:] == [("reminder", "held"), ("warning", "queued")]


def test_the_former_state_is_kept_and_its_epoch_and_numbers_are_never_given_again(
    keeper: Keeper, house: House, a_mail: Mail, day: Day
) -> None:
    keeper.backs_up()
    house.receives(a_mail())

    first = keeper.restores()
    day.goes_on(minutes=1)
    second = keeper.restores()

    assert (first.epoch, second.epoch) == (2, 3)
    assert (first.next_number, second.next_number) == (2001, 4001)
    assert first.aside is not None
    with sqlite3.connect(first.aside / "postroom.db") as former:
        assert former.execute("SELECT count(*) FROM requests").fetchone() == (1,)


def test_a_damaged_database_is_replaced_and_kept(keeper: Keeper, house: House, a_mail: Mail) -> None:
    house.receives(a_mail())
    keeper.backs_up()
    house.office.store.close()
    database = house.office.settings.state_dir / "postroom.db"
    database.write_bytes(b"no database at all" * 1000)

    done = keeper.restores()

    assert len(house.requests()) == 1
    assert done.aside is not None
    assert (done.aside / "postroom.db").read_bytes().startswith(b"no database")


def test_the_lost_keys_and_settings_are_back_or_named(keeper: Keeper, house: House) -> None:
    keeper.backs_up()
    state = house.office.settings.state_dir
    keys = (state / KEYS).read_bytes()
    (state / KEYS).unlink()
    house.office.path.write_text(house.office.path.read_text() + "\n# changed\n")

    done = keeper.restores()

    assert (state / KEYS).read_bytes() == keys
    assert stat.S_IMODE((state / KEYS).stat().st_mode) == 0o600
    assert done.differing == ("settings/postroom.yaml",)


def test_a_restore_that_was_killed_keeps_the_daemon_out_until_it_is_repeated(
    keeper: Keeper, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from daemon import state_dir

    keeper.backs_up()
    with monkeypatch.context() as patched:
        patched.setattr(restoring, "_begin_epoch", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            keeper.restores()

    with pytest.raises(state_dir.HalfRestored, match=r"was begun in .* and not finished; run `postroom restore"):
        state_dir.require_whole(house.office.settings.state_dir)
    keeper.restores()
    state_dir.require_whole(house.office.settings.state_dir)


@pytest.mark.parametrize("point", ["_replace_file", "_replace_models", "_replace_database", "_begin_epoch"])
def test_a_restore_that_was_killed_anywhere_gives_no_number_and_no_epoch_twice(
    keeper: Keeper, house: House, monkeypatch: pytest.MonkeyPatch, a_mail: Mail, point: str
) -> None:
    keeper.backs_up()
    with house.office.store.writing() as connection:
        requests.pass_over_numbers(connection, 3456)
        installation.begin_epoch(connection, 7, house.office.now(), HELD)
    with monkeypatch.context() as patched:
        patched.setattr(restoring, point, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            keeper.restores()

    done = keeper.restores()

    assert (done.epoch, done.next_number) == (8, 5001)


@pytest.fixture
def on_postgresql(house: House, postgresql_url: str) -> Iterator[House]:
    """The house with its database on a real PostgreSQL."""
    store = Store(postgresql_url)
    schema.upgrade(store)
    house.office = replace(house.office, store=store)
    yield house
    store.close()


def test_postgresql_is_backed_up_and_restored_by_its_own_programs(
    on_postgresql: House, keeper: Keeper, a_mail: Mail, day: Day
) -> None:
    house = on_postgresql
    house.office = move_in(house.office)
    house.receives(a_mail())
    made = keeper.backs_up()
    day.goes_on(minutes=1)
    later, came = a_mail("VPN, later"), day.at
    house.receives(later)
    all_sent(house)
    day.goes_on(minutes=1)

    done = keeper.restores()
    day.goes_on(minutes=1)
    house.receives(later, internal_date=came)

    assert (made.kind, set(made.files) & {"postroom.dump"}) == ("postgresql", {"postroom.dump"})
    assert [request.id for request in house.requests()] == [2001, 1]
    assert {state for _, state in keeper.states()} == {"held"}
    assert done.aside is not None
    assert (done.aside / "postroom.dump").exists()


def test_a_backup_is_put_back_only_into_a_database_of_its_kind(
    keeper: Keeper, house: House, postgresql_url: str
) -> None:
    keeper.backs_up()
    store = Store(postgresql_url)
    house.office = replace(house.office, store=store)

    with pytest.raises(restoring.RestoreFailed, match=r"is a backup of a sqlite database, and database.url names a"):
        keeper.restores()


def test_an_epoch_survives_new_keys(house: House, keeper: Keeper) -> None:
    now = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)
    with house.office.store.writing() as connection:
        installation.begin_epoch(connection, 7, now, HELD)
        installation.adopt(connection, "b" * 32, now)
        found = installation.find(connection)

    assert found is not None
    assert (found.epoch, found.quiet_before, found.keys_fingerprint) == (7, now, "b" * 32)
