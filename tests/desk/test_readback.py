from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.desk.readback import clean_block, clean_line, defang, read_back, spoken_name
from daemon.mail.subject import bare as bare_subject


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("VPN drops every ten minutes", "VPN drops every ten minutes"),
        ("Your password expires, visit evil.example", "Your password expires, visit evil[.]example"),
        ("see https://evil.example/login now", "see evil[.]example/login now"),
        ("HTTP://EVIL.EXAMPLE", "EVIL[.]EXAMPLE"),
        ("www.evil.example.", "www[.]evil[.]example."),
        ("write to joe@evil.example", "write to joe@evil[.]example"),
        ("mailto:joe@evil.example", "joe@evil[.]example"),
        ("evil。example and evil．example", "evil[.]example and evil[.]example"),
        ("пример.рф", "пример[.]рф"),
        (r"\\server\share", r"server\share"),
        ("file://server/share", "server/share"),
        ("Laptop z.B. 13.3 Zoll, 1.200 Euro", "Laptop z.B. 13.3 Zoll, 1.200 Euro"),
        ("wait...thanks", "wait...thanks"),
    ],
)
def test_what_we_repeat_holds_no_link(written, shown) -> None:
    assert read_back(written) == shown


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("Re: AW: VPN", "VPN"),
        ("Re: Auto: [REQ-2041] VPN", "VPN"),
        ("re:re: RE : VPN", "VPN"),
        ("Reset my password", "Reset my password"),
        ("Fwd: VPN", "Fwd: VPN"),
        ("[REQ-7]", ""),
    ],
)
def test_a_subject_does_not_gather_the_marks_of_answers(written, bare) -> None:
    assert bare_subject(written) == bare


def test_a_long_subject_is_cut_where_nobody_is_misled() -> None:
    shown = read_back("word " * 60)

    assert len(shown) == 120
    assert shown.endswith("word…")


def test_a_cut_does_not_part_a_letter_from_its_accent() -> None:
    assert clean_line("e\u0301" * 10, 6) == "e\u0301" * 2 + "…"


def test_what_cannot_be_seen_is_not_repeated() -> None:
    assert clean_line("pay\u202efdp\u202c \x1b[2Jnow\x00\u200b\r\nBcc: x", 80) == "payfdp [2Jnow Bcc: x"


def test_joiners_stay_as_they_are_part_of_the_writing() -> None:
    assert clean_line("می\u200cخواهم", 80) == "می\u200cخواهم"


def test_a_text_keeps_its_lines_and_loses_what_is_unseen() -> None:
    assert clean_block("\r\nHello,\r\n\r\n\tone\x07 two  \rend\r\n", 100) == ("Hello,\n\n    one two\nend", False)


def test_a_text_that_is_too_long_is_cut_and_it_is_said() -> None:
    assert clean_block("word " * 100, 12) == ("word word wo", True)


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("Sofia Reyes", "Sofia Reyes"),
        ("Brandt, Petra", "Petra Brandt"),
        ("'Sofia Reyes'", "Sofia Reyes"),
        ("sofia.reyes@lindwerk.example", ""),
        ("Visit evil.example", "Visit evil[.]example"),
        ("", ""),
        ("...", ""),
        ("Meier, Lehmann, Schulz", "Meier, Lehmann, Schulz"),
    ],
)
def test_people_are_addressed_by_a_name_or_not_at_all(name, spoken) -> None:
    assert spoken_name(name) == spoken


@given(st.text(max_size=400))
def test_a_read_back_subject_is_one_short_line(subject) -> None:
    shown = read_back(subject)

    assert len(shown) <= 120
    assert shown == " ".join(shown.split())
    assert "://" not in defang(shown)
