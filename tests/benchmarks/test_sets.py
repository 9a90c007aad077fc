from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import promise, routing, sets

WORDS = {"it": ("printer", "laptop"), "hr": ("payslip", "leave")}
PEOPLE = ("Anna", "Bela", "Chris", "Dora", "Emil", "Fritz", "Greta", "Hans", "Ida", "Jan")
PLACES = ("office", "cellar", "hall", "garage", "kitchen", "workshop")


def _texts(label: str) -> list[str]:
    first, second = WORDS[label]
    return [
        f"{person} asks about the {first} and {second} number {at} {place}" if at % 2 else f"{second} {place} {person}"
        for at, (person, place) in enumerate((person, place) for person in PEOPLE for place in PLACES)
    ]


def _rows() -> list[dict[str, object]]:
    return [{"text": text, "label": label} for label in WORDS for text in _texts(label)]


def _written(folder: Path, name: str, rows: list[dict[str, object]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")


def test_a_set_is_found_whatever_it_is_called_and_in_whatever_format(tmp_path: Path) -> None:
    folder = tmp_path / "routing"
    _written(folder / "new", "data.jsonl", _rows())
    (folder / "new" / "provenance.json").write_text("{}")
    (folder / "alone.csv").write_text(
        "Queue;Subject;Body\nhr;Payslip;where is mine\nit;;broken\n", encoding="utf-8-sig"
    )
    (folder / "old.tsv").write_bytes("category\tutterance\nhr\tKündigung\nit\tDrucker\n".encode("cp1252"))
    (folder / "README.md").write_text("no set")

    found = sets.found(tmp_path)

    assert list(found) == ["alone", "new", "old"]
    assert [(row.label, row.text) for row in sets.read(found["alone"])] == [
        ("hr", "Payslip\nwhere is mine"),
        ("it", "broken"),
    ]
    assert [row.text for row in sets.read(found["old"])] == ["Kündigung", "Drucker"]
    assert len(sets.read(found["new"])) == 120


def test_a_set_may_hold_long_texts_and_what_is_refused_elsewhere_stays_refused(tmp_path: Path) -> None:
    folder, usual = tmp_path / "routing", csv.field_size_limit()
    folder.mkdir()
    (folder / "long.csv").write_text("label,text\nhr,leave\nit," + "word " * 40_000)

    rows = sets.read(sets.found(tmp_path)["long"])

    assert [len(row.text.split()) for row in rows] == [1, 600]  # a set may cut what it measures
    assert csv.field_size_limit() == usual


def test_parts_stand_in_files_of_their_own_or_in_one_object(tmp_path: Path) -> None:
    _written(tmp_path / "files", "train.jsonl", [{"text": "printer", "intent": 3}, {"text": "leave", "intent": 4}])
    _written(tmp_path / "files", "test.jsonl", [{"text": "laptop", "intent": 3}])
    (tmp_path / "one.json").write_text('{"train": [["printer", "it"], ["leave", "hr"]], "oos_test": [["moon", "oos"]]}')

    assert [(row.label, row.part) for row in sets.read(tmp_path / "files")] == [
        ("3", "test"),
        ("3", "train"),
        ("4", "train"),
    ]
    assert [(row.text, row.part, row.stranger) for row in sets.read(tmp_path / "one.json")] == [
        ("printer", "train", False),
        ("leave", "train", False),
        ("moon", "test", True),
    ]


@pytest.mark.parametrize(
    "mark", [{"label": "oos"}, {"label": "out_of_scope:weather"}, {"label": "x", "split": "oos_test"}]
)
def test_texts_that_nobody_handles_are_no_label_but_strangers(mark: dict[str, object], tmp_path: Path) -> None:
    _written(tmp_path, "data.jsonl", [*_rows(), {"text": "will it rain", **mark}])

    split = sets.split(sets.read(tmp_path))

    assert split.strangers == ("will it rain",)
    assert {row.label for row in split.learnt} == {"it", "hr"}


def test_near_duplicates_never_lie_on_both_sides_and_seeds_split_differently(tmp_path: Path) -> None:
    form = "please reset the password of our colleague who has forgotten it again before the long weekend"
    rows = [*_rows(), *({"text": f"{form} {person}", "label": "it"} for person in PEOPLE)]
    _written(tmp_path, "data.jsonl", rows)
    read = sets.read(tmp_path)

    splits = [sets.split(read, seed) for seed in range(3)]

    for split in splits:
        sides = [{row.text.startswith(form) for row in side} for side in (split.learnt, split.test)]
        assert not (True in sides[0] and True in sides[1])
        assert 0.1 < len(split.test) / len(read) < 0.3
    assert len({frozenset(row.text for row in split.test) for split in splits}) == 3


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("data.csv", b"a,b\n1,2\n", "fewer than two labels"),
        ("data.parquet", b"PAR1 but no more", "cannot be read"),
        ("data.jsonl", b"{broken\n", "cannot be read"),
        ("data.json", b"[1, 2]", "cannot be read"),
    ],
)
def test_a_set_that_cannot_be_read_gets_a_sentence_and_the_others_are_measured(
    name: str, content: bytes, sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _written(tmp_path / "routing" / "good", "data.jsonl", [*_rows(), {"text": "will it rain", "label": "oos"}])
    (tmp_path / "routing" / "bad").mkdir()
    (tmp_path / "routing" / "bad" / name).write_bytes(content)

    figures = routing.measure(tmp_path)

    assert figures is not None
    assert figures["bad"] is None
    assert figures["good"] is not None
    keys = ("macro_f1", "accuracy", "ece", "promise", "precision_of_automatic", "coverage_of_automatic")
    assert set(keys) <= set(figures["good"])
    assert sentence in capsys.readouterr().out


def test_the_recipe_gives_labels_back_as_they_were_given() -> None:
    texts = _texts("it") + _texts("hr")
    labels = [7] * 60 + [11] * 60

    recipe = routing.Recipe().fit(texts, labels)

    assert recipe.classes_ == [11, 7]
    named = recipe.predict_proba(["payslip leave", "printer laptop"]).argmax(axis=1)
    assert [recipe.classes_[column] for column in named] == [11, 7]


def test_ranks_tell_strangers_apart_by_the_chance_of_a_pair() -> None:
    assert routing.told_apart(np.array([0.9, 0.8]), np.array([0.1, 0.2])) == 1.0
    assert routing.told_apart(np.array([0.5]), np.array([0.5, 0.1])) == 0.75


def test_a_promise_is_broken_where_chance_does_not_explain_it() -> None:
    good, unlucky, bad, nothing = (
        promise.Cell("set", 0, 0.95, 100, routed, right) for routed, right in ((100, 96), (100, 92), (100, 90), (0, 0))
    )

    assert [one.kept for one in (good, unlucky, bad, nothing)] == [True, True, False, True]
    assert good.bound == 0.91


def test_promises_are_measured_with_strangers_of_the_other_sets(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _written(tmp_path / "routing" / "ours", "data.jsonl", _rows())
    weather = [
        {"text": f"rain and snow over {one} on {at}", "label": label}
        for label in ("a", "b")
        for at in range(9)
        for one in PEOPLE
    ]
    _written(tmp_path / "routing" / "other", "data.jsonl", weather)

    measured = promise.measure(tmp_path, [0], ["ours"])

    assert measured is not None
    assert (measured["promises"], measured["kept"]) == (4, 4)
    assert [cell["mails"] for cell in measured["cells"]] == [27] * 4  # 24 of the test part and 3 strangers
    assert "4 of 4 promises kept within their bounds." in capsys.readouterr().out
