"""The calendars of an office: iCalendar files are read with the settings, and one that never opens is refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from config.load import load
from daemon.calendars import read_calendars
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
