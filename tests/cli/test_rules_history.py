"""`postroom rules history` and `rollback`: which rules were live when, and the way back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from daemon import kept_rules
from daemon.office import open_office
from daemon.parsing import ParserPool
from daemon.premises import open_store, read_settings

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk

NEW = """
rules:
  - name: network
    when: {words: [vpn, wifi]}
    then: {department: it}
  - name: printers
    when: {words: [printer]}
    then: {department: it}
"""


@pytest.fixture
def folder(lindwerk: Lindwerk) -> Path:
    return lindwerk.path.parent / "rules"


@pytest.fixture
def takes(lindwerk: Lindwerk) -> Callable[[], str]:
    """What a daemon does at its start or a reload; the version."""
    hours = iter(range(9, 20))

    def take() -> str:
        settings = read_settings(lindwerk.path, {})
        store = open_store(lindwerk.path, settings)
        at = dt.datetime(2026, 11, 23, next(hours), tzinfo=dt.UTC)
        office = open_office(lindwerk.path, settings, store, ParserPool(), clock=lambda: at)
        kept_rules.keep(office)
        store.close()
        assert office.rules_version is not None
        return office.rules_version

    return take


def test_the_history_says_what_was_live_when_what_it_decided_and_what_changed(
    lindwerk: Lindwerk, folder: Path, takes: Callable[[], str]
) -> None:
    first = takes()
    (folder / "all.yaml").write_text(NEW)
    second = takes()

    old, new = lindwerk.runs("rules", "history", "--json").json
    people = lindwerk.runs("rules", "history").out.splitlines()

    assert (old["version"], old["decisions"], old["changes"]) == (first, 2, None)
    assert (new["version"], new["decisions"], new["changes"]) == (second, 0, "+ printers, - leave")
    assert old["until"] == new["from"]
    assert people[1].split()[0] == second
    assert "Mon 23 Nov 11:00" in people[1]
    assert "now" in people[1]
    assert people[1].rstrip().endswith("+ printers, - leave")


def test_before_anything_was_kept_the_history_says_so(lindwerk: Lindwerk) -> None:
    assert "No rules have been live yet since versions are kept" in lindwerk.runs("rules", "history").out


def test_a_rollback_goes_to_the_version_before_and_a_second_one_undoes_it(
    lindwerk: Lindwerk, folder: Path, takes: Callable[[], str]
) -> None:
    before = (folder / "all.yaml").read_text()
    first = takes()
    (folder / "all.yaml").write_text(NEW)
    takes()

    ran = lindwerk.runs("rules", "rollback")

    assert ran.status == 0
    assert f"holds version {first} again: + leave, - printers." in ran.out
    assert "No daemon runs here; the next one to start works by version" in ran.out
    assert (folder / "all.yaml").read_text() == before
    (beside,) = folder.parent.glob("rules.before-*")
    assert (beside / "all.yaml").read_text() == NEW
    takes()
    lindwerk.runs("rules", "rollback")
    assert (folder / "all.yaml").read_text() == NEW


def test_rules_that_never_went_live_are_replaced_by_the_live_ones(
    lindwerk: Lindwerk, folder: Path, takes: Callable[[], str]
) -> None:
    takes()
    (folder / "all.yaml").write_text(NEW)
    live = takes()
    (folder / "all.yaml").write_text("rules: broken")

    ran = lindwerk.runs("rules", "rollback")

    assert f"holds version {live} again" in ran.out
    assert (folder / "all.yaml").read_text() == NEW


def test_a_version_may_be_named(lindwerk: Lindwerk, folder: Path, takes: Callable[[], str]) -> None:
    first = takes()
    for name in ("a", "b"):
        (folder / "all.yaml").write_text(NEW.replace("printers", name))
        takes()

    assert f"holds version {first} again: + leave, - b." in lindwerk.runs("rules", "rollback", first).out


def test_what_cannot_be_rolled_back_is_a_sentence_and_changes_nothing(
    lindwerk: Lindwerk, folder: Path, takes: Callable[[], str]
) -> None:
    assert "No earlier rules are kept" in lindwerk.runs("rules", "rollback").err
    first = takes()
    assert f"There are no rules to go back to: {first} is the first version" in lindwerk.runs("rules", "rollback").err
    ran = lindwerk.runs("rules", "rollback", "abcdefabcdef")
    assert (ran.status, ran.err) == (1, f"No version 'abcdefabcdef' is kept; there are: {first}.\n")
    files = lindwerk.state / "rules" / first / "all.yaml"
    files.write_text(files.read_text() + "# altered\n")
    assert f"are no longer those of version {first}" in lindwerk.runs("rules", "rollback", first).err
    files.write_text(files.read_text().replace("department: hr", "department: haar"))
    ran = lindwerk.runs("rules", "rollback", first)
    assert f"The rules of version {first} do not load with the settings of today." in ran.err
    assert "there is no department 'haar'" in ran.err
    lindwerk.replaces("rules: {folder: rules}", "rules: {}")
    ran = lindwerk.runs("rules", "rollback")
    assert (ran.status, "name no rules.folder" in ran.err) == (78, True)
    assert list(folder.parent.glob("rules.before-*")) == []
