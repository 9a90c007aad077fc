from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.mail.clean import HEADER_CHARACTERS, clean_header, clean_text
from tests.speed import is_done_within


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a\r\nb\rc\u2028d\x85e\x0bf", "a\nb\nc\nd\ne\nf"),
        ("tab\tstays", "tab\tstays"),
        ("\x00a\x07b\x1b[2Jc\x9b", "ab[2Jc"),
        ("user\u202egnp.exe\u2066\u200e", "usergnp.exe"),
        ("pass\u200bword\ufeff soft\u00adhyphen", "password softhyphen"),
        ("ignore\U000e0069\U000e0067 this\ufff9a\ufffb\uffff", "ignore thisa"),
        ("lone \ud800 surrogate", "lone  surrogate"),
        ("Gru\u0308ße", "Grüße"),
        ("e\u0301" * 3, "ééé"),
        ("नमस्ते\u200d", "नमस्ते\u200d"),
    ],
)
def test_text_of_a_stranger_is_cleaned(text: str, clean: str) -> None:
    assert clean == clean_text(text)


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("plain  text ", "plain text"),
        ("a\r\nBcc: b", "a Bcc: b"),
        ("a\u2029Bcc: b", "a Bcc: b"),
        ("a\u00a0b", "a b"),
        ("x" * 3_000, "x" * HEADER_CHARACTERS),
    ],
)
def test_a_header_is_one_line(value: str, clean: str) -> None:
    assert clean == clean_header(value)


@given(st.text(max_size=200))
def test_what_is_clean_stays_as_it_is(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)
    assert clean_header(clean_header(text)) == clean_header(text)
    clean_text(text).encode("utf-8")


def test_a_heap_of_accents_takes_no_time() -> None:
    heap = "a" + "\u0315\u0300" * 100_000

    assert is_done_within(1, lambda: clean_text(heap))
