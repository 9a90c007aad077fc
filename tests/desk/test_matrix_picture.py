"""The picture of what moves is one SVG that stands by itself."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from daemon.desk.matrix_picture import picture

SVG = "{http://www.w3.org/2000/svg}"


def numbers(drawn: str) -> list[str]:
    return [text.text for text in ET.fromstring(drawn).iter(f"{SVG}text") if text.text and text.text.isdigit()]


def test_every_number_is_drawn_once_and_nothing_is_nothing() -> None:
    drawn = picture(["it", "hr", "triage"], {("it", "it"): 40, ("it", "hr"): 3, ("triage", "it"): 12})

    assert sorted(numbers(drawn)) == ["12", "3", "40"]
    assert len(list(ET.fromstring(drawn).iter(f"{SVG}rect"))) == 9


def test_what_moves_most_is_darkest_and_what_stays_is_grey() -> None:
    drawn = picture(["it", "hr"], {("it", "it"): 400, ("it", "hr"): 10, ("hr", "it"): 5})

    fills = [rect.get("fill") for rect in ET.fromstring(drawn).iter(f"{SVG}rect")]
    assert fills == ["#e6e6e6", "rgba(20, 80, 150, 1.00)", "rgba(20, 80, 150, 0.57)", "#e6e6e6"]


def test_no_name_can_break_out_of_the_picture() -> None:
    drawn = picture(['<script>"', "it"], {('<script>"', "it"): 1})

    assert "<script" not in drawn
    assert ET.fromstring(drawn) is not None


def test_nothing_to_draw_is_still_a_picture() -> None:
    assert numbers(picture([], {})) == []
