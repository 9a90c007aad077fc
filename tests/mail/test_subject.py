"""Subjects: the marks that mail programs of many languages put before them, and our reference."""

from __future__ import annotations

import pytest

from daemon.mail.subject import bare, is_forward, references
from tests.speed import is_done_within


@pytest.mark.parametrize(
    "answer",
    [
        *("Re: VPN", "RE:VPN", "re : VPN", "Re[2]: VPN", "Re(3): VPN", "Re^2: VPN", "RE:[EXT] VPN", "[EXT] RE: VPN"),
        *("[External] Re: VPN", "RE: [EXTERN] VPN", "***SPAM*** Re: VPN", "Auto: [REQ-7] VPN", "Re: Auto: [REQ-7] VPN"),
        *("AW: VPN", "Antwort: VPN", "Antw: VPN", "SV: VPN", "Svar: VPN", "VS: VPN", "Rép : VPN", "RES: VPN"),
        *("R: VPN", "Rif: VPN", "Odp: VPN", "Odpověď: VPN", "Odg: VPN", "VÁ: VPN", "Răsp: VPN", "YNT: VPN"),
        *("ΑΠ: VPN", "Отв: VPN", "НА: VPN", "Відп: VPN", "Отг: VPN", "Ats: VPN", "Atb: VPN", "Bls: VPN", "TL: VPN"),
        *("ตอบ: VPN", "תגובה: VPN", "رد: VPN", "پاسخ: VPN", "回复：VPN", "回覆: VPN", "返信: VPN", "회신: VPN"),
        "AW: RE: SV: Antw: 答复: VPN",
    ],
)
def test_the_mark_of_an_answer_is_no_part_of_the_subject(answer: str) -> None:
    assert bare(answer) == "VPN"
    assert not is_forward(answer)


@pytest.mark.parametrize(
    "forward",
    [
        *("Fwd: VPN", "FW: VPN", "WG: VPN", "Doorst: VPN", "VB: VPN", "VL: VPN", "TR : VPN", "RV: VPN", "ENC: VPN"),
        *("I: VPN", "PD: VPN", "Továbbítás: VPN", "İLT: VPN", "ΠΡΘ: VPN", "Пересл: VPN", "转发: VPN", "轉寄：VPN"),
        *("転送: VPN", "전달: VPN", "העברה: VPN", "إعادة توجيه: VPN", "Chuyển tiếp: VPN", "[EXT] FW: RE: VPN"),
    ],
)
def test_a_forward_is_told_from_an_answer_and_keeps_its_mark(forward: str) -> None:
    assert is_forward(forward)
    assert bare(forward).endswith("VPN")
    assert bare(forward) != "VPN"


@pytest.mark.parametrize("subject", ["Restart: today", "Result of the audit", "Trip: Paris", "Invoice: 7", "IT: VPN"])
def test_a_word_before_a_colon_is_not_taken_for_a_mark(subject: str) -> None:
    assert bare(subject) == subject
    assert not is_forward(subject)


@pytest.mark.parametrize(
    ("subject", "numbers"),
    [
        ("Re: Auto: [REQ-2041] VPN", (2041,)),
        ("about req-7 and REQ-8", (7, 8)),
        ("REQ-7 REQ-7", (7,)),
        ("2041", ()),
        ("[#2041] Ticket 2041", ()),
        ("PREREQ-7, REQ-7a, REQ-7-8, REQ-0, REQ-1234567890123456789", ()),
    ],
)
def test_only_our_reference_is_a_reference_never_a_number_alone(subject: str, numbers: tuple[int, ...]) -> None:
    assert references(subject) == numbers


def test_a_long_subject_costs_no_time() -> None:
    def judge() -> None:
        for piece in ("Re: ", "[EXT] ", "[REQ-1] ", "REQ-", "[ext" + " " * 20, "re[1]", " "):
            bare(piece * 20_000)
            is_forward(piece * 20_000)
            references(piece * 20_000)

    assert is_done_within(2, judge)
