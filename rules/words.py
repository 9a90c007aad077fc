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
_LOOK_ALIKES |= {letter.upper(): plain.upper() for letter, plain in _LOOK_ALIKES.items() if letter != "ı"}
_WORD = re.compile(r"[^\W_]+")
_ASCII_WORD = re.compile(r"[a-z0-9]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_FEW_LETTERS = 40
_REMEMBER_BELOW = 0x3000


class _Folded(dict[int, str]):
    """Code point -> its folded text, filled as characters are met.

    Folding goes character by character because normalising a whole text sorts its combining marks, and a
    hostile mail may bring 100,000 of them in a row. Only the alphabets below U+3000 are remembered, so no
    mail can make the table grow without end.
    """

    def __missing__(self, code: int) -> str:
        folded = self._fold(chr(code))
        if code < _REMEMBER_BELOW:
            self[code] = folded
        return folded

    def _fold(self, character: str) -> str:
        return _plain(character.casefold()).casefold()


class _Unaccented(_Folded):
    """The same, but capitals stay capitals."""

    def _fold(self, character: str) -> str:
        return _plain({"ß": "ss", "ẞ": "SS"}.get(character, character))


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(_LOOK_ALIKES.get(c, c) for c in decomposed if not _is_invisible(c))


def _is_invisible(character: str) -> bool:
    """Accents that sit on a letter, and format characters such as the soft hyphen and zero-width space."""
    return unicodedata.combining(character) != 0 or unicodedata.category(character) == "Cf"


_FOLDED = _Folded()
_UNACCENTED = _Unaccented()


def fold(text: str) -> str:
    """Text in -> the same text without capitals, accents and invisible characters; punctuation stays.

    "Zurücksetzen" becomes "zurucksetzen" and "Straße" becomes "strasse".
    """
    return _translated(text.lower(), _FOLDED)


def unaccented(text: str) -> str:
    """Text in -> the same text without accents and invisible characters; capitals stay. "Übung" becomes "Ubung"."""
    return _translated(text, _UNACCENTED)


def _translated(text: str, table: _Folded) -> str:
    """The same as text.translate(table), several times as fast on the texts of western Europe."""
    if text.isascii():
        return text
    strange = set(_NOT_ASCII.findall(text))
    if len(strange) > _FEW_LETTERS:
        return text.translate(table)
    for letter in strange:
        text = text.replace(letter, table[ord(letter)])
    return text


def words_of(text: str) -> list[str]:
    """Text in -> its folded words in their order.

    Everything that is neither letter nor digit parts words: "E-Mail" is the two words "e mail".
    """
    folded = fold(text)
    return (_ASCII_WORD if folded.isascii() else _WORD).findall(folded)
