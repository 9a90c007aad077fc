"""Draws figures as SVG: lines over two axes, and a table of counts as a heat map.

Decides; touches nothing. A picture stands by itself: no script, no font to load; its colours are classes of the
page, so that it follows a light or a dark screen. What it shows is said in words in its title.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

WIDTH, HEIGHT = 560, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 16, 14, 46
_CELL, _LETTER = 46, 7
# A longer name is cut: it would push the picture off the page.
_LONGEST = 32

Kind = Literal["line", "dots", "ideal", "band"]


@dataclass(frozen=True, slots=True)
class Axis:
    """From `low` to `high`, in steps; `is_share`: written in per cent. `name` says what it counts."""

    name: str
    low: float
    high: float
    ticks: tuple[float, ...]
    is_share: bool = True

    def says(self, value: float) -> str:
        """The value as it stands at a tick."""
        return f"{100 * value:.0f} %" if self.is_share else f"{value:,.0f}"


@dataclass(frozen=True, slots=True)
class Series:
    """Points (x, y) drawn as a line, as dots, as the ideal they should follow, or as a band (x, least, most)."""

    kind: Kind
    points: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of which something is said."""

    x: float
    y: float
    words: str


def chart(title: str, across: Axis, up: Axis, series: Sequence[Series], marks: Sequence[Mark] = ()) -> str:
    """The SVG element. Points outside of the axes are moved to their end."""

    def x(value: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * _place(value, across)

    def y(value: float) -> float:
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * _place(value, up)

    parts = [_opened(title, WIDTH, HEIGHT)]
    for tick in across.ticks:
        parts.append(f'<line class="grid" x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{_TOP}" y2="{HEIGHT - _BOTTOM}"/>')
        parts.append(_text(x(tick), HEIGHT - _BOTTOM + 18, across.says(tick), "middle"))
    for tick in up.ticks:
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(tick):.1f}" y2="{y(tick):.1f}"/>')
        parts.append(_text(_LEFT - 8, y(tick) + 4, up.says(tick), "end"))
    parts.append(_text((_LEFT + WIDTH - _RIGHT) / 2, HEIGHT - 8, across.name, "middle"))
    parts.append(
        f'<text class="ink" transform="translate(13 {(_TOP + HEIGHT - _BOTTOM) / 2:.0f}) rotate(-90)" '
        f'text-anchor="middle" font-size="12">{escape(up.name)}</text>'
    )
    for one in series:
        parts += _drawn(one.kind, [(x(p[0]), *(y(value) for value in p[1:])) for p in one.points])
    for mark in marks:
        parts.append(f'<circle class="mark" cx="{x(mark.x):.1f}" cy="{y(mark.y):.1f}" r="6"/>')
        is_right = x(mark.x) > WIDTH * 0.6
        side, anchor = (-11, "end") if is_right else (11, "start")
        above = -10 if y(mark.y) > _TOP + 30 else 24
        parts.append(_text(x(mark.x) + side, y(mark.y) + above, mark.words, anchor))
    return "\n".join([*parts, "</svg>"])


def heat_map(title: str, names: Sequence[str], counts: Sequence[Sequence[int]]) -> str:
    """Counts by row and column, the darker the larger their share of their row; the diagonal has a frame."""
    short = [name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…" for name in names]
    labels = 24 + _LETTER * max(map(len, short), default=0)
    head = 12 + round(0.65 * labels)  # the names above stand at 40 degrees
    width, height = labels + _CELL * len(names) + round(0.75 * labels), head + _CELL * len(names) + 10
    parts = [_opened(title, width, height)]
    for at, name in enumerate(short):
        x, y = labels + _CELL * at + _CELL / 2, head - 10
        parts.append(
            f'<text class="ink" x="{x:.0f}" y="{y}" transform="rotate(-40 {x:.0f} {y})" font-size="12">'
            f"{escape(name)}</text>"
        )
        parts.append(_text(labels - 10, head + _CELL * at + _CELL / 2 + 4, name, "end"))
        total = max(1, sum(counts[at]))
        for column, count in enumerate(counts[at]):
            kind = "hit" if at == column else "miss"
            parts.append(_cell(labels + _CELL * column, head + _CELL * at, kind, count, count / total))
    return "\n".join([*parts, "</svg>"])


def _cell(x: int, y: int, kind: str, count: int, share: float) -> str:
    box = (
        f'<rect class="{kind}" x="{x}" y="{y}" width="{_CELL - 2}" height="{_CELL - 2}" rx="3" '
        f'fill-opacity="{0.06 + 0.44 * share:.2f}"/>'
    )
    return box + (_text(x + _CELL / 2 - 1, y + _CELL / 2 + 4, str(count), "middle") if count else "")


def _place(value: float, axis: Axis) -> float:
    return min(1.0, max(0.0, (value - axis.low) / (axis.high - axis.low)))


def _drawn(kind: Kind, points: Sequence[tuple[float, ...]]) -> list[str]:
    if kind == "dots":
        return [f'<circle class="dots" cx="{x:.1f}" cy="{y:.1f}" r="4"/>' for x, y in points]
    if kind == "band":
        lower = [f"{x:.1f},{least:.1f}" for x, least, _ in points]
        upper = [f"{x:.1f},{most:.1f}" for x, _, most in reversed(points)]
        return [f'<polygon class="band" points="{" ".join([*lower, *upper])}"/>']
    return [f'<polyline class="{kind}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>']


def _opened(title: str, width: int, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" font-family="sans-serif"><title>{escape(title)}</title>'
    )


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text class="ink" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="12">{escape(words)}</text>'
