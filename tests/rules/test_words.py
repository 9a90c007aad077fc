"""What counts as the same word."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.words import fold, spaced_words

LATIN = st.text(st.characters(min_codepoint=0x41, max_codepoint=0x17F, categories=["L"]), min_size=1)
ACCENTS = st.sampled_from(["\u0300", "\u0301", "\u0302", "\u0303", "\u0308", "\u030a", "\u0327"])


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Zurücksetzen", "zurucksetzen"),
        ("Zuru\u0308cksetzen", "zurucksetzen"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("Œuvre, Ærø, Łódź, İzmir, ısı", "oeuvre, aero, lodz, izmir, isi"),
        ("contraseña", "contrasena"),
        ("pass\u00adword re\u200bset", "password reset"),
        ("ﬁnance", "finance"),  # the ligature, as it comes out of a PDF
    ],
)
def test_capitals_accents_and_invisible_characters_make_no_difference(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_everything_but_letters_and_digits_parts_words() -> None:
    assert spaced_words("Re: E-Mail, VPN_Zugang & can’t (2nd)!") == " re e mail vpn zugang can t 2nd "


def test_a_text_without_words_has_none() -> None:
    assert spaced_words(" -- !? ") == " "


@given(LATIN)
def test_a_text_in_capitals_has_the_same_words(text: str) -> None:
    assert spaced_words(text.upper()) == spaced_words(text)


@given(LATIN)
def test_a_decomposed_text_has_the_same_words(text: str) -> None:
    assert spaced_words(unicodedata.normalize("NFD", text)) == spaced_words(text)


@given(LATIN, ACCENTS)
def test_an_accent_on_every_letter_makes_no_difference(text: str, accent: str) -> None:
    accented = "".join(letter + accent for letter in text)

    assert spaced_words(accented) == spaced_words(text)


@pytest.mark.timeout(10)
def test_a_hundred_thousand_accents_in_a_row_are_read_at_once() -> None:
    assert spaced_words("a" + "\u0f73\u0301" * 50_000 + "b") == " ab "
