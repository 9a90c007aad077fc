"""What an owner writes when a date cannot be kept, and how a requester says that all is in order."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from daemon.desk.confirmation import confirms
from daemon.desk.new_date import NewDate, NoSuchDate, new_date
from daemon.desk.staff_words import staff_word

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)  # Monday, ten o'clock in Berlin


def december(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "at", "why"),
    [
        ("later 2026-12-01 15:00 the part is late", december(1, 14), "the part is late"),
        ("Later: 2026-12-01, the part\nis late.\n", december(1, 16), "the part is late."),
        ("New date until 2026-12-01", december(1, 16), ""),
        ("später bis 1.12.2026 um 9:30 Uhr - das Teil fehlt", december(1, 8, 30), "das Teil fehlt"),
        ("Plus tard le 2026-12-01 à 9h15", december(1, 8, 15), ""),
        ("más tarde el 01.12.2026", december(1, 16), ""),
    ],
)
def test_a_word_and_a_date_promise_it(office, words, at, why) -> None:
    word = staff_word(words)

    assert word is not None
    assert word.day is not None
    assert new_date(word.day, word.at, word.reason, office, NOW) == NewDate(at, why)


@pytest.mark.parametrize(
    ("day", "at", "sentence"),
    [
        (date(2026, 11, 20), None, "2026-11-20 17:00 is over"),
        (date(2026, 11, 23), time(10), "2026-11-23 10:00 is over"),
        (date(2028, 12, 1), None, "2028-12-01 is more than a year away"),
        (date(2026, 11, 29), None, "nobody works on Sunday, 2026-11-29; name a day on which somebody does"),
    ],
)
def test_a_date_that_cannot_be_promised_is_refused_with_a_sentence(office, day, at, sentence) -> None:
    with pytest.raises(NoSuchDate) as refused:
        new_date(day, at, "", office, NOW)

    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    "words", ["solved", "Yes, solved. Thank you!", "Erledigt, danke", "résolu", "Resuelto.", "It's fixed"]
)
def test_a_confirmation_is_one_word_in_our_languages(words) -> None:
    assert confirms(words)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "not solved",
        "solved, but now the printer fails",
        "Is it solved?",
        "solved?",
        "solved " + "x " * 60,
        "nicht erledigt",
    ],
)
def test_what_a_person_should_read_confirms_nothing(words) -> None:
    assert not confirms(words)
