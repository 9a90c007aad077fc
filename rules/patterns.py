r"""Regular expressions as departments may write them: compiled by RE2, in time that grows only with the text.

RE2 knows `\b` and `\w` for ASCII only, so a pattern and the text that it looks at both lose their accents first:
`\bübung\b` finds "die Übung". Look-around and back-references are refused: nobody can look for them in such time.
Thinks; touches nothing.
"""

from __future__ import annotations

import re

import re2

from rules.mistakes import Notebook
from rules.rule import RegexPattern
from rules.words import fold, unaccented
from rules.yaml_lines import Text

LONGEST = 500
_LARGEST_PROGRAM = 8 * 2**20
"""Bytes that one compiled pattern may take; `(\\w{1000}){1000}` takes more, `\\w{1000}` does not."""

_PIECES = re.compile(
    r"""
    (?P<class>\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\])   # [a-z], []x], [[:alpha:]]
    | (?P<escape>\\(?:[dDsSwWbBAz]|[pP](?:\{\^?\w+\}|\w)|\W))   # \d, \., \pL
    | (?P<strange>\\)                                 # \x41, \Q: what it stands for is not looked into
    | (?P<open>\((?:\?[^:)<>]*[:>]?)?)
    | (?P<close>\))
    | (?P<repeat>[*+?]\??|\{\d+(?:,\d*)?\}\??)
    | (?P<or>\|)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


def read_pattern(text: Text, notes: Notebook) -> RegexPattern | None:
    """A text of a rule file -> the pattern, or None after noting why it cannot be used."""
    written, plain = text.text, unaccented(text.text)
    if len(written) > LONGEST:
        notes.note(text.line, f"a pattern of {len(written)} characters is too long; {LONGEST} are allowed")
        return None
    if len(plain) != len(written) and (letter := next((c for c in written if len(unaccented(c)) > 1), "")):
        problem = f"in the pattern '{written}' write ({unaccented(letter)}) for {letter}"
        notes.note(text.line, f"{problem}, which is how it is looked for")
        return None
    if not plain.isascii() and re.search(r"\\[bBwW]", plain):
        problem = f"in the pattern '{written}' \\b and \\w know only Latin letters"
        notes.note(text.line, f"{problem}; use words instead, or write the pattern without them")
        return None
    try:
        return RegexPattern(written, re2.compile(plain, _options()), _needed(plain))
    except re2.error as error:
        notes.note(text.line, f"the pattern '{written}' cannot be read: {_said(error)}")
        return None


def _options() -> re2.Options:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _LARGEST_PROGRAM
    return options


def _said(error: Exception) -> str:
    """RE2's reason, with what it means where that is not plain."""
    reason = error.args[0]
    said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
    advice = next((advice for begins, advice in _ADVICE if said.startswith(begins)), "")
    return said + advice


_ADVICE = (
    ("invalid perl operator", "; look-around is not offered, write it without, or use `none`"),
    ("invalid escape sequence", "; this escape is not offered, and neither are back-references"),
    ("invalid repetition size", "; repeats count to 1000 in all"),
    ("pattern too large", "; let it repeat less often"),
)


def _needed(pattern: str) -> str:
    """The longest run of letters and digits, folded, that every text must have which this pattern fits; or ""."""
    runs, run, depth = [], "", 0
    for piece in _PIECES.finditer(pattern):
        kind, found = piece.lastgroup, piece[0]
        if kind == "strange" or (kind == "or" and depth == 0) or (kind == "open" and re.match(r"\(\?\w", found)):
            return ""  # another branch may fit, or letters mean something else
        if kind == "other" and depth == 0 and found.isalnum():
            run += found
            continue
        if kind == "repeat" and not found.startswith("+"):
            run = run[:-1]  # the last letter may be missing
        runs.append(run)
        run = ""
        depth += {"open": 1, "close": -1}.get(kind or "", 0)
    return max((fold(one) for one in (*runs, run)), key=len)
