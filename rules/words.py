"""What counts as the same word: case, accents, hyphens and invisible characters make no difference.

Thinks on text; touches nothing.
"""

from __future__ import annotations

import re
import unicodedata

# Letters that look like an accented letter to a reader, but that Unicode does not decompose.
_LOOK_ALIKES = {
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ħ": "h",
    "ŧ": "t",
    "ı": "i",
    "æ": "ae",
    "œ": "oe",
}
_WORD = re.compile(r"[^\W_]+")
_REMEMBER_BELOW = 0x3000


class _Folded(dict[int, str]):
    """Code point -> its folded text, filled as characters are met.

    Folding goes character by character because normalising a whole text sorts its combining marks, and a
    hostile mail may bring 100,000 of them in a row. Only the alphabets below U+3000 are remembered, so no
    mail can make the table grow without end.
    """

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        if code < _REMEMBER_BELOW:
            self[code] = folded
        return folded


def _fold_character(character: str) -> str:
    decomposed = unicodedata.normalize("NFKD", character.casefold())
    return "".join(_LOOK_ALIKES.get(c, c) for c in decomposed.casefold() if not _is_invisible(c))


def _is_invisible(character: str) -> bool:
    """Accents that sit on a letter, and format characters such as the soft hyphen and zero-width space."""
    return unicodedata.combining(character) != 0 or unicodedata.category(character) == "Cf"


_FOLDED = _Folded()


def fold(text: str) -> str:
    """Text in -> the same text without capitals, accents and invisible characters; punctuation stays.

    "Zurücksetzen" becomes "zurucksetzen" and "Straße" becomes "strasse".
    """
    return text.lower() if text.isascii() else text.translate(_FOLDED)


def spaced_words(text: str) -> str:
    """Text in -> its folded words with one space before, between and after them; " " when it has none.

    So " reset " is found in it exactly where "reset" is a whole word, and " reset" where a word begins so.
    Everything that is neither letter nor digit parts words: "E-Mail" is the two words "e mail".
    """
    words = _WORD.findall(fold(text))
    return f" {' '.join(words)} " if words else " "
