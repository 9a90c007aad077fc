"""Pictures of figures."""

from __future__ import annotations

from xml.etree import ElementTree

from daemon.desk.charts import WIDTH, Axis, Mark, Series, chart, heat_map

SHARE = Axis("confidence", 0.0, 1.0, (0.0, 0.5, 1.0))
COUNT = Axis("texts", 0.0, 2000.0, (0.0, 2000.0), is_share=False)
SVG = "{http://www.w3.org/2000/svg}"


def _words(drawn: str) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(drawn).iter(f"{SVG}text")]


def test_a_chart_says_what_it_shows_and_writes_its_axes() -> None:
    drawn = chart("How sure", COUNT, SHARE, [Series("line", ((0, 0), (2000, 1)))])

    root = ElementTree.fromstring(drawn)
    assert root.attrib["role"] == "img"
    assert root[0].text == "How sure"
    assert _words(drawn) == ["0", "2,000", "0 %", "50 %", "100 %", "texts", "confidence"]


def test_points_outside_of_the_axes_are_moved_to_their_end() -> None:
    inside = chart("a", SHARE, SHARE, [Series("dots", ((1, 1),))])
    outside = chart("a", SHARE, SHARE, [Series("dots", ((7, 7),))])

    assert inside == outside


def test_what_is_said_of_a_point_stays_within_the_picture() -> None:
    drawn = chart("a", SHARE, SHARE, [], [Mark(0.99, 0.99, "acts alone")])

    said = next(one for one in ElementTree.fromstring(drawn).iter(f"{SVG}text") if one.text == "acts alone")
    assert said.attrib["text-anchor"] == "end"
    assert float(said.attrib["x"]) < WIDTH
    assert float(said.attrib["y"]) > 14


def test_a_heat_map_writes_every_count_that_is_not_nothing() -> None:
    drawn = heat_map("mixed up", ["it", "hr"], [[7, 2], [0, 5]])

    words = _words(drawn)
    assert [word for word in words if word.isdigit()] == ["7", "2", "5"]
    assert words.count("it") == words.count("hr") == 2
    cells = [one.attrib for one in ElementTree.fromstring(drawn).iter(f"{SVG}rect")]
    assert [cell["class"] for cell in cells] == ["hit", "miss", "miss", "hit"]
    assert float(cells[0]["fill-opacity"]) > float(cells[1]["fill-opacity"])


def test_names_are_escaped_and_long_ones_cut() -> None:
    drawn = heat_map("a < b", ["<it>", "x" * 60], [[1, 0], [0, 1]])

    assert "a < b" in (ElementTree.fromstring(drawn)[0].text or "")
    assert "<it>" in _words(drawn)
    assert max(map(len, _words(drawn))) == 32
