from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import quality

ROOT = Path(__file__).parents[2]


def test_without_the_mails_it_says_so_and_every_figure_is_null(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.quality"],
        cwd=ROOT,
        env=os.environ | {"POSTROOM_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    sentence, of_routing, line = ran.stdout.splitlines()

    assert (
        sentence == f"There is no mail to measure with in {tmp_path}: set POSTROOM_DATA to the folder that holds mail/."
    )
    assert of_routing.startswith(f"There are no sets to measure routing with in {tmp_path}: set POSTROOM_DATA")
    assert json.loads(line) == dict.fromkeys([*quality.MAIL, "routing"])


def test_a_part_with_a_name_goes_under_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "index.jsonl").touch()
    parts = {"": (lambda _data: {"one": 1.0}, {"one": ("", "")}), "two": (lambda _data: {"a": 2}, {"a": ("", "")})}
    monkeypatch.setattr(quality, "PARTS", parts)

    assert quality.measure(tmp_path) == {"one": 1.0, "two": {"a": 2}, "routing": None}


def test_the_table_shows_what_was_reached_and_what_is_asked() -> None:
    figures: quality.Figures = {"mails": 12, "people_kept": 0.995, "reply_exact": None}
    meaning = {key: quality.MAIL[key] for key in figures}

    assert [line.split() for line in quality.table(figures, meaning)] == [
        ["mails", "read", "12"],
        ["people", "kept", "99.5", "%", ">=", "99.5", "%"],
        ["newest", "words", "exact", "-", ">=", "93", "%"],
    ]


def test_the_adapters_speak_the_words_of_the_scoring_tool() -> None:
    raw = b"From: m@x.example\r\nSubject: Automatic reply: x\r\nIn-Reply-To: <a@x>\r\n\r\nI am away.\r\n\r\n> old\r\n"

    assert quality.label(raw) == "auto_reply"
    assert quality.reply("eml", raw) == "I am away."
    assert quality.reply("html", "<p>Yes.</p><blockquote>old</blockquote>") == "Yes."
