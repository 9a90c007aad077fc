"""Draws how many requests go from where to where, as SVG: a row for each place of today, a column for the candidate's.

Decides; touches nothing. The picture stands by itself: no script, no style from elsewhere, no font to load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

CELL, LABELS, TITLE = 56, 150, 120
_SMALL = 12


def picture(places: Sequence[str], matrix: Mapping[tuple[str, str], int]) -> str:
    """Places in their order, and (from, to) -> requests: the SVG element. Raises nothing.

    What stays where it is lies on the diagonal, in grey; what moves is the darker the more of it there is.
    """
    most = max((count for (here, there), count in matrix.items() if here != there), default=0)
    width, height = LABELS + CELL * len(places) + TITLE, TITLE + CELL * len(places) + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="From where to where requests move" font-family="sans-serif">',
        _text(LABELS - 12, TITLE - 14, "live", anchor="end", size=_SMALL, colour="#555"),
        _text(LABELS + 4, 20, "candidate", size=_SMALL, colour="#555"),
    ]
    for at, place in enumerate(places):
        middle = CELL * at + CELL // 2
        x, y = LABELS + middle, TITLE - 12
        parts.append(
            f'<text x="{x}" y="{y}" transform="rotate(-35 {x} {y})" font-size="14" fill="#111">{escape(place)}</text>'
        )
        parts.append(_text(LABELS - 12, TITLE + middle + 5, place, anchor="end"))
        parts += [_cell(at, column, matrix.get((place, there), 0), most) for column, there in enumerate(places)]
    return "\n".join([*parts, "</svg>"])


def _cell(row: int, column: int, count: int, most: int) -> str:
    x, y = LABELS + CELL * column, TITLE + CELL * row
    if row == column:
        fill, ink = "#e6e6e6", "#555"
    elif not count:
        fill, ink = "#fafafa", "#fafafa"
    else:
        strength = count / most
        fill, ink = f"rgba(20, 80, 150, {0.15 + 0.85 * strength:.2f})", "#fff" if strength > 0.45 else "#111"
    box = f'<rect x="{x}" y="{y}" width="{CELL - 2}" height="{CELL - 2}" rx="4" fill="{fill}"/>'
    number = _text(x + CELL // 2 - 1, y + CELL // 2 + 4, str(count), anchor="middle", colour=ink) if count else ""
    return box + number


def _text(x: int, y: int, words: str, *, anchor: str = "start", size: int = 14, colour: str = "#111") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">{escape(words)}</text>'
