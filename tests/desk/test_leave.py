"""Until when somebody is away, in the words of automatic replies."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.desk.leave import LONGEST, last_day_away

MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("words", "last"),
    [
        ("I am out of office until 2026-11-27.", "2026-11-27"),
        ("Ich bin vom 23.11. bis 27.11.2026 im Urlaub.", "2026-11-27"),
        ("Ich bin ab dem 30.11.2026 wieder erreichbar.", "2026-11-29"),
        ("I will be back on 1 December.", "2026-11-30"),
        ("I'm away, returning December 1st, 2026.", "2026-11-30"),
        ("Je suis absente jusqu'au 27 novembre 2026.", "2026-11-27"),
        ("Estoy fuera hasta el 4 de enero de 2027.", "2027-01-04"),
        ("Bin bis 4. Januar nicht im Büro.", "2027-01-04"),
        ("I am away. For urgent matters call 0511.22.33.", "2026-11-30"),
        ("Bis 31.02.2027 weg.", "2026-11-30"),
        ("I was on leave until 2026-10-01.", "2026-11-30"),
        ("Back some day.", "2026-11-30"),
    ],
)
def test_the_last_day_is_read_as_a_person_would_say_it(words: str, last: str) -> None:
    assert str(last_day_away(words, MONDAY)) == last


@given(st.text(max_size=300), st.dates(date(2020, 1, 1), date(2090, 1, 1)))
def test_no_text_makes_anybody_be_away_for_long_or_in_the_past(words: str, today: date) -> None:
    assert today <= last_day_away(words, today) <= today + LONGEST
