from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from config.values import Interval
from daemon.desk.request import Priority
from daemon.desk.spoken import (
    SPEECHES,
    language_of,
    say_hours,
    say_length,
    say_moment,
    say_place,
    say_promise,
    say_size,
)

BERLIN, SINGAPORE = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Singapore")
MOMENT = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def promised(language: str, reader_zone: ZoneInfo | None, at: datetime = MOMENT) -> str:
    return plain(say_promise(at, BERLIN, language, said_at=MOMENT, reader_zone=reader_zone))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Tuesday 24 November, 11:30 (Berlin time); that is 18:30 for you (Singapore time)"),
        (
            "de",
            "Dienstag, 24. November, 11:30 Uhr (Ortszeit Berlin); bei Ihnen ist das 18:30 Uhr (Ortszeit Singapore)",
        ),
        ("fr", "mardi 24 novembre à 11 h 30 (heure de Berlin), soit 18 h 30 chez vous (heure de Singapore)"),
        ("es", "martes 24 de noviembre a las 11:30 h (hora de Berlin); para usted, 18:30 h (hora de Singapore)"),
    ],
)
def test_a_promise_is_told_by_the_clock_of_the_department_and_of_the_reader(language, said) -> None:
    assert promised(language, SINGAPORE) == said


def test_a_reader_whose_clock_shows_the_same_is_told_the_time_once() -> None:
    assert promised("en", ZoneInfo("Europe/Madrid")) == "Tuesday 24 November, 11:30"


def test_a_reader_of_whom_no_clock_is_known_is_told_whose_time_it_is() -> None:
    assert promised("en", None) == "Tuesday 24 November, 11:30 (Berlin time)"


def test_the_day_is_told_when_it_is_another_one_for_the_reader() -> None:
    late = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)

    assert (
        promised("en", SINGAPORE, late)
        == "Tuesday 24 November, 17:30 (Berlin time); that is Wednesday 25 November, 00:30 for you (Singapore time)"
    )


def test_the_year_is_told_when_it_is_another_one() -> None:
    new_year = datetime(2027, 1, 1, 9, tzinfo=UTC)

    assert {language: plain(say_moment(new_year, BERLIN, language, said_at=MOMENT)) for language in SPEECHES} == {
        "en": "Friday 1 January 2027, 10:00",
        "de": "Freitag, 1. Januar 2027, 10:00 Uhr",
        "fr": "vendredi 1er janvier 2027 à 10 h 00",
        "es": "viernes 1 de enero de 2027 a las 10:00 h",
    }


@pytest.mark.parametrize(
    ("zone", "language", "place"),
    [
        ("America/New_York", "en", "New York time"),
        ("America/Argentina/Buenos_Aires", "en", "Buenos Aires time"),
        ("Europe/Istanbul", "fr", "heure d’Istanbul"),
        ("Etc/UTC", "en", "UTC"),
        ("Etc/GMT+5", "en", "UTC-05:00"),
        ("CET", "de", "UTC+01:00"),
    ],
)
def test_a_place_is_named_so_that_nobody_has_to_guess(zone, language, place) -> None:
    assert plain(say_place(ZoneInfo(zone), MOMENT, language)) == place


def test_a_time_is_not_torn_apart_at_the_end_of_a_line() -> None:
    said = say_promise(MOMENT, BERLIN, "de", said_at=MOMENT, reader_zone=None)

    assert said.split(" ") == [
        "Dienstag,",
        "24.\N{NO-BREAK SPACE}November,",
        "11:30\N{NO-BREAK SPACE}Uhr",
        "(Ortszeit\N{NO-BREAK SPACE}Berlin)",
    ]


def week(*written: tuple[range, str]) -> dict[int, tuple[Interval, ...]]:
    found = {}
    for days, hours in written:
        pairs = (pair.split("-") for pair in hours.split())
        shifts = tuple(Interval(time(int(start)), time(int(end) % 24)) for start, end in pairs)
        found |= dict.fromkeys(days, shifts)
    return found


@pytest.mark.parametrize(
    ("opened", "said"),
    [
        (week((range(5), "9-17")), "Monday to Friday 09:00–17:00"),
        (week((range(4), "8-17"), (range(4, 5), "8-15")), "Monday to Thursday 08:00–17:00, Friday 08:00–15:00"),
        (week((range(2), "8-12 13-17")), "Monday and Tuesday 08:00–12:00 and 13:00–17:00"),
        (week((range(7), "0-24")), "around the clock"),
        (week((range(5, 7), "22-6")), "Saturday and Sunday 22:00–06:00"),
        ({}, ""),
    ],
)
def test_opening_hours_are_told_as_on_a_door(opened, said) -> None:
    assert say_hours(opened, "en") == said


def test_opening_hours_are_told_in_the_language_of_the_reader() -> None:
    opened = week((range(5), "9-17"))

    assert [plain(say_hours(opened, language)) for language in ("de", "fr", "es")] == [
        "Montag bis Freitag 09:00–17:00 Uhr",
        "lundi à vendredi 09:00–17:00",
        "lunes a viernes 09:00–17:00 h",
    ]


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(minutes=48), "48 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(hours=2, minutes=1), "2 hours 1 minute"),
        (timedelta(hours=30), "30 hours"),
        (timedelta(seconds=20), "less than a minute"),
    ],
)
def test_lengths_are_told_to_the_minute(length, said) -> None:
    assert say_length(length) == said


@pytest.mark.parametrize(
    ("size", "said"),
    [(999, "999 bytes"), (1_830, "2 KB"), (214_300, "214 KB"), (999_600, "1.0 MB"), (25_400_000, "25.4 MB")],
)
def test_sizes_are_told_as_a_file_manager_does(size, said) -> None:
    assert say_size(size) == said


@pytest.mark.parametrize(("written", "spoken"), [("de", "de"), ("DE-AT", "de"), ("fr", "fr"), ("pl", "en"), ("", "en")])
def test_a_mail_is_answered_in_its_language_if_we_know_it(written, spoken) -> None:
    assert language_of(written) == spoken


def test_every_language_has_all_its_words() -> None:
    for speech in SPEECHES.values():
        assert (len(speech.weekdays), len(speech.months)) == (7, 12)
        assert set(speech.priorities) == set(Priority)
