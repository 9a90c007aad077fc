"""The calendars of an office: iCalendar files are read with the settings, and one that never opens is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from config.load import load
from config.settings import Settings
from daemon.calendars import read_absences, read_calendars, read_rotas
from daemon.desk.ics import CalendarFileRefused
from tests.stories.conftest import SETTINGS

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)
EVERY_DAY = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20200101\nDTEND;VALUE=DATE:20210101\nRRULE:FREQ=YEARLY\nEND:VEVENT\n"
MONDAY = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261123\nEND:VEVENT\n"


def write(folder: Path, events: str | None) -> Path:
    """Settings whose calendar names closed.ics, and that file with these events (None: there is none)."""
    path = folder / "postroom.yaml"
    path.write_text(SETTINGS.replace("    time_zone: Europe/Berlin\n    hours:", "    CLOSED\n    hours:", 1))
    text = path.read_text()
    assert "CLOSED" in text
    path.write_text(text.replace("CLOSED", "time_zone: Europe/Berlin\n    closed_files: [closed.ics]"))
    if events is not None:
        (folder / "closed.ics").write_text(f"BEGIN:VCALENDAR\n{events}END:VCALENDAR\n")
    return path


def test_a_day_of_an_icalendar_file_is_closed(tmp_path: Path) -> None:
    (kept, *_) = read_calendars(load(write(tmp_path, MONDAY), {}), NOW).values()

    assert kept.next_opening(NOW).date() == dt.date(2026, 11, 24)


@pytest.mark.parametrize(
    ("events", "sentence"),
    [
        (EVERY_DAY, "has no working time in the five years after 2026-11-2"),
        ("", "closed.ics: no whole-day event stands in it"),
        (None, "closed.ics cannot be read (No such file or directory)"),
    ],
)
def test_a_calendar_that_does_not_load_says_which_and_why(tmp_path: Path, events: str | None, sentence: str) -> None:
    settings = load(write(tmp_path, events), {})

    with pytest.raises(CalendarFileRefused) as refused:
        read_calendars(settings, NOW)

    assert str(refused.value).startswith("calendars.")
    assert sentence in str(refused.value)


TURN = "BEGIN:VEVENT\nDTSTART;VALUE=DATE:20261123\nDTEND;VALUE=DATE:20261126\nSUMMARY:{}\nEND:VEVENT\n"
JONAS, AYLIN = "jonas.petersen@lindwerk.example", "aylin.demir@lindwerk.example"


def with_files(folder: Path, title: str) -> Settings:
    """IT has a rota in it.ics, and Aylin's days away stand in aylin.ics."""
    (folder / "it.ics").write_text(f"BEGIN:VCALENDAR\n{TURN.format(title)}END:VCALENDAR\n")
    (folder / "aylin.ics").write_text(f"BEGIN:VCALENDAR\n{MONDAY}END:VCALENDAR\n")
    text = SETTINGS.replace(f"email: {AYLIN}", f"email: {AYLIN}, absent_file: aylin.ics")
    rota = f"rota: {{since: 2026-11-23, turns: [{AYLIN}], file: it.ics}}"
    text = text.replace("ladder: standard\n  hr:", f"ladder: standard\n    strategy: rota\n    {rota}\n  hr:")
    path = folder / "postroom.yaml"
    path.write_text(text)
    return load(path, {})


def test_a_rota_of_a_calendar_program_goes_before_the_turns(tmp_path: Path) -> None:
    rota = read_rotas(with_files(tmp_path, "IT: Jonas Petersen"))["it"]

    assert [rota.on(dt.date(2026, 11, day)) for day in (23, 25, 26)] == [JONAS, JONAS, AYLIN]


def test_days_away_are_read_from_a_calendar_program(tmp_path: Path) -> None:
    away = read_absences(with_files(tmp_path, JONAS))

    assert [list(days.of_year(2026)) for days in away[AYLIN]] == [[dt.date(2026, 11, 23)]]


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        ("holiday", "it.ics: the event 'holiday' of 2026-11-23 names no member of the department; write one name"),
        ("Aylinn Demir", "into its title; did you mean 'Aylin Demir'?"),
        ("Jonas Petersen\\, Aylin Demir", "of 2026-11-23 names several members of the department; write one name"),
    ],
)
def test_a_rota_that_names_nobody_in_particular_is_refused(tmp_path: Path, title: str, sentence: str) -> None:
    with pytest.raises(CalendarFileRefused) as refused:
        read_rotas(with_files(tmp_path, title))

    assert str(refused.value).startswith("departments.it.rota: ")
    assert sentence in str(refused.value)


def test_a_file_of_days_away_that_is_missing_is_named_with_its_person(tmp_path: Path) -> None:
    settings = with_files(tmp_path, "Jonas Petersen")
    (tmp_path / "aylin.ics").unlink()

    with pytest.raises(CalendarFileRefused, match=r"^it, Aylin Demir: .*aylin.ics cannot be read \(No such file"):
        read_absences(settings)
