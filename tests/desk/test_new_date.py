"""What an owner writes when a date cannot be kept, and how a requester says that all is in order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from daemon.desk.confirmation import confirms
from daemon.desk.new_date import NewDate, NoSuchDate, new_date

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
    assert new_date(words, office, NOW) == NewDate(at, why)


@pytest.mark.parametrize(
    "words", ["Later today I will call you.", "I will do it later 2026-12-01", "", "2026-12-01", "Later, sorry."]
)
def test_without_a_date_behind_the_word_it_is_an_answer(office, words) -> None:
    assert new_date(words, office, NOW) is None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("later 2026-11-20", "2026-11-20 17:00 is over"),
        ("later 2026-02-30", "'later 2026-02-30' holds no date that exists"),
        ("later 2026-12-01 25:00", "'later 2026-12-01 25:00' holds no date that exists"),
        ("later 2028-12-01", "2028-12-01 is more than a year away"),
        ("later 2026-11-29", "nobody works on Sunday, 2026-11-29; name a day on which somebody does"),
    ],
)
def test_a_date_that_cannot_be_promised_is_refused_with_a_sentence(office, words, sentence) -> None:
    with pytest.raises(NoSuchDate) as refused:
        new_date(words, office, NOW)

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
