"""Rules that were live are kept as they were, and can be put back in one step."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from daemon import kept_rules
from daemon.kept_rules import CannotPutBack, difference, exchange_slowly, history, kept, put_back
from daemon.office import Office, reopen

if TYPE_CHECKING:
    from tests.stories.conftest import Day

OTHER = """
rules:
  - name: network
    when: {words: [vpn]}
    then: {department: it}
  - name: printers
    when: {words: [printer]}
    then: {department: it}
"""


@pytest.fixture
def folder(office: Office) -> Path:
    assert office.settings.rules.folder is not None
    return office.settings.rules.folder


@pytest.fixture
def goes_live(office: Office, folder: Path) -> Callable[[str], str]:
    """Writes rules, loads and keeps them; their version."""

    def take(text: str) -> str:
        (folder / "all.yaml").write_text(text)
        new = reopen(office)
        kept_rules.keep(new)
        assert new.rules_version is not None
        return new.rules_version

    return take


def test_each_version_that_goes_live_is_kept_with_its_moment(
    office: Office, folder: Path, day: Day, goes_live: Callable[[str], str]
) -> None:
    before = (folder / "all.yaml").read_text()
    kept_rules.keep(office)
    day.goes_on(hours=1)
    second = goes_live(OTHER)
    third = goes_live(OTHER)  # a reload that changes nothing is no event
    day.goes_on(hours=1)
    first = goes_live(before)

    state = office.settings.state_dir
    assert second == third
    assert [(live.version, live.at.hour) for live in history(state)] == [(first, 9), (second, 10), (first, 11)]
    assert (kept(state, first) / "all.yaml").read_text() == before
    assert (kept(state, second) / "all.yaml").read_text() == OTHER
    assert stat.S_IMODE((state / "rules").stat().st_mode) == 0o700


def test_that_there_are_no_rules_any_more_is_noted(office: Office) -> None:
    kept_rules.keep(office)
    kept_rules.keep(replace(office, rules=None))

    assert [live.version for live in history(office.settings.state_dir)] == [office.rules_version, None]


def test_files_that_were_edited_meanwhile_are_not_kept_under_a_false_name(office: Office, folder: Path) -> None:
    (folder / "all.yaml").write_text(OTHER)

    kept_rules.keep(office)

    assert kept_rules.versions(office.settings.state_dir) == []
    assert [path.name for path in (office.settings.state_dir / "rules").iterdir()] == []


def test_a_disk_that_takes_nothing_stops_nothing(office: Office) -> None:
    (office.settings.state_dir / "rules").write_text("in the way")

    kept_rules.keep(office)


def test_a_line_that_a_crash_cut_off_is_passed_over(office: Office) -> None:
    kept_rules.keep(office)
    path = office.settings.state_dir / "rules" / "history.jsonl"
    path.write_text(path.read_text() + '{"at": "2026-1')

    assert [live.version for live in history(office.settings.state_dir)] == [office.rules_version]


def test_the_difference_names_rules_and_takes_no_note_of_examples(tmp_path: Path, folder: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    (new / "all.yaml").write_text(OTHER + "    examples: {catches: [{subject: printer}]}\n")

    assert str(difference(folder, new)) == "+ printers, - leave, ~ network"
    (new / "all.yaml").write_text((folder / "all.yaml").read_text() + "    examples: {catches: [{subject: urlaub}]}\n")
    assert str(difference(folder, new)) == "nothing but examples or order"
    (new / "customers.txt").write_text("Nordwind\n")
    assert str(difference(folder, new)) == "+ customers.txt"


def test_what_is_put_back_takes_the_place_and_what_was_there_is_kept_beside_it(
    office: Office, folder: Path, day: Day
) -> None:
    kept_rules.keep(office)
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("main")
    (folder / "more.yaml").write_text("broken: [")
    (folder / "all.yaml").write_text(OTHER)
    folder.chmod(0o750)
    (folder / "all.yaml").chmod(0o640)

    beside = put_back(folder, kept(office.settings.state_dir, str(office.rules_version)), day())

    assert reopen(office).rules_version == office.rules_version
    assert sorted(path.name for path in folder.iterdir()) == [".git", "all.yaml"]
    assert (folder / ".git" / "HEAD").read_text() == "main"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750
    assert stat.S_IMODE((folder / "all.yaml").stat().st_mode) == 0o640
    assert beside.name == "rules.before-20261123-090000"
    assert (beside / "more.yaml").read_text() == "broken: ["
    assert (beside / "all.yaml").read_text() == OTHER
    assert [path.name for path in folder.parent.iterdir() if path.name.startswith(".")] == []


def test_a_linked_folder_stays_a_link(office: Office, folder: Path, day: Day, tmp_path: Path) -> None:
    kept_rules.keep(office)
    real = tmp_path / "elsewhere"
    folder.rename(real)
    folder.symlink_to(real)
    (real / "all.yaml").write_text(OTHER)

    put_back(folder, kept(office.settings.state_dir, str(office.rules_version)), day())

    assert folder.is_symlink()
    assert "urlaub" in (folder / "all.yaml").read_text()


def test_folders_change_places_where_the_file_system_cannot_do_it_in_one_step(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / folder.name).touch()

    exchange_slowly(one, other)

    assert [(folder.name, [path.name for path in folder.iterdir()]) for folder in sorted(tmp_path.iterdir())] == [
        ("one", ["other"]),
        ("other", ["one"]),
    ]
    with pytest.raises(FileNotFoundError):
        exchange_slowly(tmp_path / "nothing", other)
    assert other.is_dir()


def test_where_nobody_may_write_nothing_is_changed(office: Office, folder: Path, day: Day, tmp_path: Path) -> None:
    kept_rules.keep(office)
    files = kept(office.settings.state_dir, str(office.rules_version))
    (folder / "all.yaml").write_text(OTHER)
    gone = tmp_path / "gone" / "rules"

    with pytest.raises(CannotPutBack, match=r"cannot be changed .* run this as a user who may write there"):
        put_back(gone, files, day())

    assert not gone.parent.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else_is_refused(office: Office, folder: Path, day: Day) -> None:
    kept_rules.keep(office)
    files = kept(office.settings.state_dir, str(office.rules_version))
    folder.parent.chmod(0o500)
    try:
        with pytest.raises(CannotPutBack, match="run this as a user who may write there"):
            put_back(folder, files, day())
    finally:
        folder.parent.chmod(0o700)
