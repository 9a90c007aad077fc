"""What of a page can be seen: elements that are hidden, letters without a size, ink in the colour of the paper.

Reads the few declarations of CSS with which mails hide text, on elements and on single classes and ids. What
it does not understand counts as seen: words too many cost the reader a moment, words lost cost the request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

SHEET_CHARACTERS = 200_000
"""So much of a page's style sheets is read."""
RULES = 5_000
"""So many rules of them are read."""
STYLE_CHARACTERS = 2_000
"""So much of one style attribute is read."""

Colour = tuple[int, int, int]


class Look(NamedTuple):
    """How text inside an element looks. None: a colour that nobody here can tell."""

    ink: Colour | None = (0, 0, 0)
    paper: Colour | None = (255, 255, 255)
    has_no_size: bool = False
    is_unseen: bool = False
    """Whether a person sees nothing of such text: it follows from the others."""


PLAIN = Look()


class _Style(NamedTuple):
    """What one style attribute says. False: nothing, as None is a colour that cannot be told."""

    hides: bool = False
    shows: bool = False
    ink: Colour | Literal[False] | None = False
    paper: Colour | Literal[False] | None = False
    has_no_size: bool | None = None


_ZERO = r"0*(?:\.\d+)?(?:px|pt|em|rem|ex|%|in|cm|mm)?"
_END = r"\s*(?:;|!|$)"
# Whatever is inside such an element is hidden with it.
_HIDDEN = re.compile(
    r"(?:^|[;{\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all"
    rf"|max-(?:height|width)\s*:\s*{_ZERO}{_END}|opacity\s*:\s*0*(?:\.0*)?{_END}|text-indent\s*:\s*-\d{{3,}}"
    r"|clip\s*:\s*rect\(\s*0|(?:left|top)\s*:\s*-\d{4,}|transform\s*:\s*scale\(\s*0\s*[),])",
    re.IGNORECASE,
)
_NO_ROOM = re.compile(rf"(?:^|[;\s])(?:height|width)\s*:\s*0+(?:px|pt|em|%)?{_END}", re.IGNORECASE)
_CLIPPED = re.compile(r"overflow(?:-[xy])?\s*:\s*hidden", re.IGNORECASE)
_FONT_SIZE = re.compile(
    r"(?:^|[;\s])font(?:-size\s*:\s*|\s*:\s*(?:[^;\d]{0,40}\s)?)([\d.]{1,8})(px|pt|em|rem|%)?(?=[\s;/!]|$)",
    re.IGNORECASE,
)
_SHOWN = re.compile(r"(?:^|[;\s])display\s*:\s*(?!none)", re.IGNORECASE)
_INK = re.compile(r"(?:^|[;\s])color\s*:\s*([^;!]{1,60})", re.IGNORECASE)
_PAPER = re.compile(r"(?:^|[;\s])background(?:-color)?\s*:\s*([^;!]{1,200})", re.IGNORECASE)
_HEX = re.compile(r"#([0-9a-f]{6}|[0-9a-f]{3})(?![0-9a-f])", re.IGNORECASE)
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*(?:,\s*([\d.]{1,6})\s*)?\)", re.IGNORECASE)
_NAMED = {"white": (255, 255, 255), "black": (0, 0, 0), "window": (255, 255, 255), "windowtext": (0, 0, 0)}
_ALIKE = 24
_SMALLEST = {"px": 1.0, "pt": 1.0, "%": 5.0, "": 1.0}

_BRACE = re.compile(r"([{}])")
_SELECTOR = re.compile(r"\s*[a-z0-9]{0,10}([.#][\w-]{1,80})\s*", re.IGNORECASE)


class Sight:
    """Looks at the elements of one page. `css` is all of its style sheets; each style attribute is read once."""

    def __init__(self, css: str) -> None:
        self._hidden = _hidden_names(css[:SHEET_CHARACTERS]) if css else frozenset[str]()
        self._paints = "background" in css
        self._styles: dict[str, _Style] = {}
        self._looks: dict[tuple[str, Look], Look] = {}

    def look(self, attributes: Mapping[str, str | None], outside: Look) -> Look | None:
        """How text looks inside an element that stands in `outside`; None if nothing of it can be seen."""
        if "hidden" in attributes or attributes.get("aria-hidden") == "true":
            return None
        text = attributes.get("style") or ""
        style = self._style(text)
        if style.hides or (self._hidden and not style.shows and not self._hidden.isdisjoint(_names(attributes))):
            return None
        if self._paints and ("class" in attributes or "id" in attributes):
            outside = outside._replace(paper=None)
        if not _PAINTING.isdisjoint(attributes):
            outside = _painted(attributes, outside)
        look = self._looks.get((text, outside))
        if look is None:
            look = self._looks[text, outside] = _styled(style, outside)
        return look

    def _style(self, text: str) -> _Style:
        if not text:
            return _NO_STYLE
        style = self._styles.get(text)
        if style is None:
            style = self._styles[text] = _read_style(text[:STYLE_CHARACTERS])
        return style


_PAINTING = frozenset(("background", "bgcolor", "color"))
_NO_STYLE = _Style()


def _names(attributes: Mapping[str, str | None]) -> list[str]:
    names = [f".{name}" for name in (attributes.get("class") or "").lower().split()]
    return [*names, f"#{(attributes.get('id') or '').lower()}"]


def _painted(attributes: Mapping[str, str | None], look: Look) -> Look:
    if "background" in attributes:
        look = look._replace(paper=None)
    if paper := attributes.get("bgcolor"):
        look = look._replace(paper=_colour(paper))
    if ink := attributes.get("color"):
        look = look._replace(ink=_colour(ink))
    return look


def _styled(style: _Style, look: Look) -> Look:
    ink = look.ink if style.ink is False else style.ink
    paper = look.paper if style.paper is False else style.paper
    has_no_size = look.has_no_size if style.has_no_size is None else style.has_no_size
    return Look(ink, paper, has_no_size, has_no_size or _is_alike(ink, paper))


def _read_style(style: str) -> _Style:
    hides = bool(_HIDDEN.search(style) or (_CLIPPED.search(style) and _NO_ROOM.search(style)))
    size = _FONT_SIZE.search(style)
    has_no_size = _is_tiny(size[1], (size[2] or "").lower()) if size else None
    ink = _said(_INK.search(style))
    if ink == "transparent":
        has_no_size = True
    return _Style(
        hides, bool(_SHOWN.search(style)), _colour_of(ink), _colour_of(_said(_PAPER.search(style))), has_no_size
    )


def _said(found: re.Match[str] | None) -> str:
    return found[1].strip().lower() if found else ""


def _colour_of(text: str) -> Colour | Literal[False] | None:
    return False if text in _NO_COLOURS or text.startswith("transparent") else _colour(text)


_NO_COLOURS = ("", "inherit", "none", "initial", "unset")


def _is_tiny(number: str, unit: str) -> bool:
    try:
        size = float(number)
    except ValueError:
        return False
    return size <= _SMALLEST.get(unit, 0.05)


def _colour(text: str) -> Colour | None:
    """The colour that stands in `text`; None for a picture, a gradient, or a name that is not known here."""
    text = text.strip().lower()
    if "url(" in text or "gradient" in text:
        return None
    if found := _HEX.search(text):
        digits = found[1] if len(found[1]) == 6 else "".join(digit * 2 for digit in found[1])
        return (int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16))
    if found := _RGB.search(text):
        return None if found[4] else (int(found[1]), int(found[2]), int(found[3]))
    return next((_NAMED[word] for word in text.split() if word in _NAMED), None)


def _is_alike(one: Colour | None, other: Colour | None) -> bool:
    if one is None or other is None:
        return False
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) <= _ALIKE


def _hidden_names(css: str) -> frozenset[str]:
    """The `.class` and `#id` that the style sheets hide.

    Rules for certain screens (@media) are left out: nobody knows the screen.
    """
    hidden: set[str] = set()
    open_rules: list[str] = []
    pieces = _BRACE.split(_without_comments(css), 2 * RULES)
    for text, brace in zip(pieces[::2], pieces[1::2], strict=False):
        if brace == "{":
            open_rules.append(text)
            continue
        selectors = open_rules.pop() if open_rules else ""
        if not open_rules and _HIDDEN.search(text):
            found = map(_SELECTOR.fullmatch, selectors.split(",")[:RULES])
            hidden |= {one[1].lower() for one in found if one}
    return frozenset(hidden)


def _without_comments(css: str) -> str:
    pieces = []
    position = 0
    while (start := css.find("/*", position)) >= 0:
        pieces.append(css[position:start])
        end = css.find("*/", start + 2)
        if end < 0:
            return "".join(pieces)
        position = end + 2
    return "".join([*pieces, css[position:]])
