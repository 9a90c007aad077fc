"""The newest words of a mail: what its sender wrote now, apart from what was quoted and from the signature.

A scanner that looks at each line once or within a window of fixed size, so that no text makes it slow. What
it cannot tell it keeps: words too many cost the reader a moment, words lost cost the request.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from daemon.mail.clean import clean_text
from daemon.mail.forward import begins_forward, is_forward_subject
from daemon.mail.history import (
    attribution_size,
    begins_old_mail,
    begins_unmarked_quote,
    block_size,
    is_quoted,
    is_quoted_from,
    is_rewrapped,
    rest_above,
    says_where_to_write,
)
from daemon.mail.signature import signed_lines


@dataclass(frozen=True, slots=True)
class Body:
    """A text taken apart. `words` is everything when nothing else would be left; the others may be ""."""

    words: str
    quoted: str
    signature: str


def newest_words(text: str, subject: str = "") -> Body:
    """Takes plain text apart, of any line ends and from anywhere; it is cleaned first.

    Inline answers are kept; a forwarded mail is kept, because it is the request: `subject` tells a mail
    forwarded by Outlook, which carries no other mark, from an answer.
    """
    lines, kinds = _taken_apart(text, subject)
    words = _joined(lines, kinds, (_OWN, _FORWARDED))
    if not words:
        return Body("\n".join(lines).strip(), "", "")
    return Body(words, _joined(lines, kinds, (_QUOTED,)), _joined(lines, kinds, (_SIGNED,)))


def has_own_words(text: str) -> bool:
    """Whether a text holds anything besides quotes and a signature."""
    lines, kinds = _taken_apart(text, "")
    return any(kind in (_OWN, _FORWARDED) and line.strip() for line, kind in zip(lines, kinds, strict=True))


def own_words(text: str, subject: str = "") -> str:
    """The words that the sender wrote, without a mail forwarded below them; "" if there are none."""
    lines, kinds = _taken_apart(text, subject)
    return _joined(lines, kinds, (_OWN,))


_OWN, _QUOTED, _SIGNED, _FORWARDED = "own", "quoted", "signed", "forwarded"


def _taken_apart(text: str, subject: str) -> tuple[list[str], list[str]]:
    """The lines and the kind of each: first the history is found, then the signature in what is left."""
    lines = clean_text(text).split("\n")
    kinds = _Scan(lines, is_forward=is_forward_subject(subject)).kinds()
    _mark_signatures(lines, kinds)
    return lines, kinds


def _mark_signatures(lines: list[str], kinds: list[str]) -> None:
    start = 0
    for end in range(1, len(lines) + 1):
        if end < len(lines) and kinds[end] == kinds[start]:
            continue
        if kinds[start] == _OWN:
            for number, is_signed in enumerate(signed_lines(lines[start:end]), start=start):
                kinds[number] = _SIGNED if is_signed else _OWN
        start = end


class _Scan:
    """One pass over the lines, telling a person's own from quoted and forwarded ones."""

    def __init__(self, lines: list[str], *, is_forward: bool) -> None:
        self._lines = lines
        self._is_forward = is_forward
        self._kinds: list[str] = []
        self._has_own = False

    def kinds(self) -> list[str]:
        position, after_attribution = 0, False
        while position < len(self._lines):
            line = self._lines[position]
            if not line or line.isspace():
                position = self._add(self._kinds[-1] if self._kinds else _OWN)
            elif self._begins_forward(line, after_attribution):
                return self._with_rest(_FORWARDED)
            elif is_quoted(line) and not begins_unmarked_quote(line):
                self._quote_above()
                position = self._add(_QUOTED)
            elif (size := attribution_size(self._lines, position)) > 0:
                if not is_quoted_from(self._lines, position + size):
                    return self._with_rest_quoted()
                self._quote_above()
                position, after_attribution = self._add(_QUOTED, size), True
                continue
            elif begins_old_mail(self._lines, position):
                if self._is_forward:
                    return self._with_rest(_FORWARDED)
                kind, size = self._old_head(position)
                if self._has_own or not size:
                    return self._with_rest_quoted()
                position = self._add(kind, size)  # nothing stands above it: the words come below
            elif is_rewrapped(self._lines, position):
                position = self._add(_QUOTED)
            else:
                position, after_attribution = self._add(_OWN), False
                self._has_own = True
        return self._kinds

    def _old_head(self, position: int) -> tuple[str, int]:
        """What may stand above the words, and its lines: a block of labels, or a desk's line above its own mail."""
        if says_where_to_write(self._lines[position]):
            return _QUOTED, 1
        return _OWN, block_size(self._lines, position)

    def _add(self, kind: str, count: int = 1) -> int:
        self._kinds += [kind] * count
        return len(self._kinds)

    def _with_rest(self, kind: str) -> list[str]:
        self._add(kind, len(self._lines) - len(self._kinds))
        return self._kinds

    def _with_rest_quoted(self) -> list[str]:
        """Quotes everything from here, and what above it belongs to it."""
        self._quote_above()
        return self._with_rest(_QUOTED)

    def _quote_above(self) -> None:
        """Quotes a rule, a mark or labels right above old mail that begins here."""
        here = len(self._kinds)
        if here and self._kinds[-1] == _OWN:
            size = rest_above(self._lines, here)
            for number in range(here - size, here):
                self._kinds[number] = _QUOTED

    def _begins_forward(self, line: str, after_attribution: bool) -> bool:
        """A forward mark of its own, or as the first line of a quote (Apple Mail puts the whole forward into one)."""
        if is_quoted(line) and (after_attribution or (self._kinds and self._kinds[-1] == _QUOTED)):
            return False
        return begins_forward(line)


def _joined(lines: list[str], kinds: Iterable[str], wanted: tuple[str, ...]) -> str:
    """The lines of some kinds; what was between them is one blank line."""
    kept: list[str] = []
    left_out = False
    for line, kind in zip(lines, kinds, strict=True):
        if kind not in wanted:
            left_out = True
            continue
        if left_out and kept and not line.strip():
            continue
        if left_out and kept and kept[-1].strip():
            kept.append("")
        left_out = False
        kept.append(line.rstrip())
    return "\n".join(kept).strip("\n").rstrip()
