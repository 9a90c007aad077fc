"""`make sweep` ends with one line of JSON, goes on where it was interrupted, and keeps what was wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from daemon.under_test import POINTS
from tests.servers.dovecot import Dovecot
from tests.sweep import __main__ as sweep
from tests.sweep import points
from tests.sweep.__main__ import Figures, Step, Wanted

SOUND: Figures = {"lost": 0, "duplicate_acks": 1, "violations": [], "tracebacks": []}


@pytest.fixture
def wanted(tmp_path: Path) -> Wanted:
    return Wanted(kills=0, seeds=0, seed=7, jobs=1, folder=tmp_path, console=Console(file=StringIO()))


def test_the_last_line_has_the_figures_of_all_parts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = {"kills": lambda _: {"kills": 3, "lost": 0}, "points": lambda _: {"deaths": 2, "lost": 1}}
    monkeypatch.setattr(sweep, "PARTS", parts)

    status = sweep.main(["--seed", "7"])

    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"seed": 7, "kills": 3, "lost": 1, "deaths": 2}
    assert status == 1


@pytest.mark.parametrize(("duplicates", "status"), [(0, 0), (1, 1)])
def test_an_acknowledgement_that_left_twice_although_its_copy_could_be_seen_ends_with_status_1(
    duplicates: int, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "PARTS", {"kills": lambda _: {"kills": 3, "duplicate_acks_with_copy": duplicates}})

    assert sweep.main(["--seed", "7"]) == status


@pytest.mark.parametrize(("duplicates", "violations"), [(20, 0), (21, 1)])
def test_where_no_copies_are_kept_at_most_one_acknowledgement_leaves_twice_for_each_kill(
    duplicates: int, violations: int, monkeypatch: pytest.MonkeyPatch, wanted: Wanted
) -> None:
    blind, seeing = SOUND | {"duplicate_acks": duplicates}, SOUND | {"duplicate_acks": 0}
    monkeypatch.setattr(sweep, "_all_done", lambda *_: [blind, seeing, seeing])

    figures = sweep.run_kills(replace(wanted, kills=30))  # ten of them in a round with copies

    assert (figures["duplicate_acks"], figures["invariant_violations"]) == (duplicates, violations)


def test_an_interrupted_sweep_goes_on_where_it_stopped(wanted: Wanted) -> None:
    begun: list[str] = []

    def first(folder: Path, _: Dovecot) -> Figures:
        folder.mkdir(parents=True)
        begun.append("first")
        return SOUND

    def second(folder: Path, _: Dovecot) -> Figures:
        folder.mkdir(parents=True)
        begun.append("second")
        if begun.count("second") == 1:
            raise KeyboardInterrupt
        return SOUND

    steps = [Step("1", first), Step("2", second)]
    with pytest.raises(KeyboardInterrupt):
        sweep._all_done("kills", steps, wanted)

    assert [one["duplicate_acks"] for one in sweep._all_done("kills", steps, wanted)] == [1, 1]
    assert begun == ["first", "second", "second"]


def test_a_house_in_which_something_was_wrong_is_kept_and_a_sound_one_is_not(wanted: Wanted) -> None:
    def sound(folder: Path, _: Dovecot) -> Figures:
        folder.mkdir(parents=True)
        return SOUND

    def wrong(folder: Path, _: Dovecot) -> Figures:
        folder.mkdir(parents=True)
        return SOUND | {"violations": ["I1: gone"]}

    def endless(folder: Path, _: Dovecot) -> Figures:
        folder.mkdir(parents=True)
        raise AssertionError("3 things are not done")

    results = sweep._all_done("kills", [Step("s", sound), Step("w", wrong), Step("e", endless)], wanted)

    assert [one["violations"] for one in results] == [[], ["I1: gone"], ["no verdict: 3 things are not done"]]
    assert sorted(path.name for path in (wanted.folder / "kills").iterdir()) == ["e", "w"]


def test_every_point_of_the_crash_table_has_every_seed_and_what_wants_a_new_house_comes_first() -> None:
    houses = points.houses(20, 7)

    deaths = [(point, seed) for dies_of, seed, _ in houses for point in dies_of]
    assert sorted(deaths) == sorted((point, seed) for point in POINTS for seed in range(7, 27))
    assert {dies_of[:2] for dies_of, *_ in houses if "C15" in dies_of} == {("C18", "C15")}
    assert len({dies_of for dies_of, *_ in houses}) > 70, "of 80 houses hardly two die of the same"
    assert {copies for *_, copies in houses} == {True, False}
