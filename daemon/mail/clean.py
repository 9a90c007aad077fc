"""Text that is safe to store, compare and show: what is taken out of everything a stranger wrote.

Decides nothing and decodes nothing; it takes `str` and gives `str`.
"""

from __future__ import annotations

import re
import unicodedata

HEADER_CHARACTERS = 2_000
"""Longest cleaned header text that goes into a mail of ours or is shown; longer text is cut."""

# NUL and the other C0 controls except tab and newline, DEL and C1 (terminal escapes, journal fields), the
# marks that turn the direction of writing (Trojan Source), the invisible spaces that split words, notes between
# the lines (U+FFF9), tags (letters of ASCII that nobody sees but programs read), and lone surrogates, which cannot
# be encoded for the database, the log or the wire.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_CAPITALS = {one: one + 32 for one in range(ord("A"), ord("Z") + 1)}
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_MARKS = re.compile("[\u0300-\u036f]")
# unicodedata.normalize sorts a run of combining marks in quadratic time: 80,000 marks took 4.8 s.
_TOO_MANY_MARKS = re.compile(
    "([\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u064b-\u0670\u1ab0-\u1aff\u1dc0-\u1dff]{30})"
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u064b-\u0670\u1ab0-\u1aff\u1dc0-\u1dff]+"
)


def lowered(address: str) -> str:
    """An address in lower case, of ASCII alone: `str.lower` makes a k of the Kelvin sign (U+212A), and so of
    somebody else's address one of ours."""
    return address.translate(_CAPITALS)


def clean_text(text: str) -> str:
    """Text of several lines: newlines are \\n, accents are composed (NFC), nothing unsafe is left."""
    if not text.replace("\n", "").replace("\t", "").isprintable():  # all that is unsafe and all line ends are not
        text = _UNSAFE.sub("", _LINE_END.sub("\n", text))
    return composed(text)


def clean_header(value: str) -> str:
    """One line of at most 2,000 characters: as `clean_text`, with single spaces for all white space.

    Everything that goes into a header of ours passes here: a decoded Subject may hold CR LF and a whole Bcc
    field (CVE-2024-6923).
    """
    if not (value.isascii() and value.isprintable()):
        value = clean_text(value)
    return " ".join(value.split())[:HEADER_CHARACTERS].rstrip()


def _is_latin_1(text: str) -> bool:
    """True of most of what is written here; costs a hundredth of a search for marks, which it makes needless."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def composed(text: str) -> str:
    """`text` in NFC where combining marks ask for it; runs of more than 30 marks are cut to 30 first."""
    if _is_latin_1(text) or not _MARKS.search(text):
        return text
    return unicodedata.normalize("NFC", _TOO_MANY_MARKS.sub(r"\1", text))
