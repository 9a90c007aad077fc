"""What counts as the same word."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.words import fold, unaccented, words_of

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


def test_a_text_for_patterns_keeps_its_capitals_and_loses_its_accents() -> None:
    assert unaccented("Übung, ØRE, straße, Œuvre, Zuru\u0308ck") == "Ubung, ORE, strasse, OEuvre, Zuruck"


def test_everything_but_letters_and_digits_parts_words() -> None:
    assert " ".join(words_of("Re: E-Mail, VPN_Zugang & can’t (2nd)!")) == "re e mail vpn zugang can t 2nd"


def test_a_text_without_words_has_none() -> None:
    assert words_of(" -- !? ") == []


@given(LATIN)
def test_a_text_in_capitals_has_the_same_words(text: str) -> None:
    assert words_of(text.upper()) == words_of(text)


@given(LATIN)
def test_a_decomposed_text_has_the_same_words(text: str) -> None:
    assert words_of(unicodedata.normalize("NFD", text)) == words_of(text)


@given(LATIN, ACCENTS)
def test_an_accent_on_every_letter_makes_no_difference(text: str, accent: str) -> None:
    accented = "".join(letter + accent for letter in text)

    assert words_of(accented) == words_of(text)


@pytest.mark.timeout(120)
def test_a_hundred_thousand_accents_in_a_row_are_read_at_once() -> None:
    assert words_of("a" + "\u0f73\u0301" * 50_000 + "b") == ["ab"]
