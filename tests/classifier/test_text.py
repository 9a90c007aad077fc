"""What the model reads."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from classifier.text import MAILBOX_MARK, WORD, Text, document, fold, known_share, without_mailbox
from tests.speed import is_done_within


def test_the_subject_counts_twice() -> None:
    assert without_mailbox(document(Text("VPN", "does not connect"))) == "vpn vpn does not connect"


def test_a_word_of_the_subject_is_also_a_feature_of_its_own() -> None:
    words = WORD.findall(document(Text("VPN 12345678", "does not connect")))

    assert "_subject_vpn" in words
    assert "_subject_connect" not in words
    assert "_subject__number_" not in words


def test_group_and_attachments_are_words_behind_the_text() -> None:
    line = document(Text("", "hello there", group="Field Staff", attachments=("application/pdf", "application/pdf")))

    assert line == f"hello there{MAILBOX_MARK}_group_field_staff _file_application_pdf"


def test_names_of_people_in_the_mail_are_masked() -> None:
    text = Text("Access for Wulf", "Anke Wulf needs access, says Müller", people=("Anke Wulf", "MÜLLER, Jo"))

    assert without_mailbox(document(text)) == (
        "access for _name_ access for _name_ _name_ _name_ needs access, says _name_"
    )


def test_chinese_and_japanese_are_cut_into_characters_and_pairs() -> None:
    assert fold("VPN密码重置") == "vpn 密 密码 码 码重 重 重置 置"
    assert WORD.findall(fold("密码重置")) == ["密码", "码重", "重置"]


@pytest.mark.parametrize(
    ("one_way", "another"),
    [
        ("STRASSE", "Straße"),
        ("Büro", "Bu\u0308ro"),
        ("two  lines\r\n\tof text ", "two lines of text"),
        ("pass\u00adword", "password"),
        ("\ufeffhello\u200b", "hello"),
        ("ＶＰＮ １２", "VPN 12"),
        ("أُرِيد إجازة", "اريد اجازه"),
        ("שָׁלוֹם", "שלום"),
    ],
)
def test_habits_of_writing_do_not_matter(one_way: str, another: str) -> None:
    assert fold(one_way) == fold(another)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("write to Anke.Wulf+x@mail.lindwerk.example now", "write to _address_ now"),
        ("see https://intra.lindwerk.example/a?b=1 please", "see _link_ please"),
        ("see www.lindwerk.example", "see _link_"),
        ("invoice 20261122-17 of 22.11.2026", "invoice _number_ of _number_"),
        ("error 404 in room 12 since 2026", "error 404 in room 12 since 2026"),
        ("order ab123456789", "order ab123456789"),
    ],
)
def test_what_names_one_thing_only_is_masked(written: str, read: str) -> None:
    assert fold(written) == read


def test_the_mailbox_is_one_word_behind_the_text() -> None:
    line = document(Text("", "hello there", "IT@lindwerk.example"))

    assert line == f"hello there{MAILBOX_MARK}_mailbox_it_lindwerk_example"
    assert without_mailbox(line) == "hello there"


def test_half_a_surrogate_pair_does_not_stop_anybody() -> None:
    assert "smile" in document(Text("smile \ud83d", "")).encode("utf-8").decode()


def test_the_known_share_counts_only_what_a_person_wrote() -> None:
    assert known_share(["printer", "jams", "_link_", "_mailbox_it"], {"printer", "_link_"}) == 0.5
    assert known_share(["_link_"], {"_link_"}) == 0.0


@pytest.mark.parametrize(
    "hostile", ["a@" * 200_000, "1.1," * 100_000, "w" * 400_000, "\u0301" * 400_000, "http" * 100_000]
)
def test_a_hostile_text_costs_no_time(hostile: str) -> None:
    assert is_done_within(0.5, lambda: document(Text(hostile, hostile, hostile[:200])))


@given(st.text())
@example("\u01f0 \u0390")  # folding takes these letters apart
def test_a_text_read_twice_reads_the_same(written: str) -> None:
    line = fold(written)

    assert line == " ".join(line.split())
    assert unicodedata.is_normalized("NFC", line)
    assert MAILBOX_MARK not in line
