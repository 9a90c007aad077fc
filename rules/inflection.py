"""The forms in which a word of a rule may stand in a mail: English and German endings, by a table.

A word of a rule finds its own forms; it is not cut to a stem, so "Drucker" does not find "drucken". The table is
small on purpose, and each line of it is in the guide: an author must be able to foretell what a word finds. It
knows no strong verbs ("gesetzt"), no parts of compounds ("Laptoptasche"), and it also makes forms that do not exist,
which do no harm. Thinks; touches nothing.
"""

from __future__ import annotations

import re
from functools import lru_cache

from rules.words import fold

SHORTEST = 3
"""Shorter words are only found as they are written: "it", "hr", "po"."""

_PLURAL = re.compile(r"[a-z]{3,}[^aisu\W]s")  # not "access", "status", "basis", "canvas"
_DOUBLES = re.compile(r"[a-z]*[^aeiou][aeiou][bdgmnprt]")  # plan, planned; cancel is spelt both ways

# The ending of the word (folded) -> what may stand in its place. The first that fits counts.
_ENDINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ies", ("ies", "y", "ied")),  # policies, policy
    ("sses", ("ss", "sses")),  # addresses, address
    ("xes", ("x", "xes")),  # faxes
    ("ches", ("ch", "ches", "che")),  # branches, branch; Ches is no German ending
    ("shes", ("sh", "shes")),
    ("ungen", ("ung", "ungen")),  # Rechnungen, Rechnung
    ("nis", ("nis", "nisse", "nissen", "nisses")),  # Zeugnis, Zeugnisse
    ("ing", ("ing", "ings")),  # booking, bookings; a rule that wants "book" says so
    ("en", ("en", "e", "t", "te", "ten", "st", "end", "ende", "enden", "ens", "ened", "ening")),  # bestellen, bestellt
    ("er", ("er", "ers", "ern", "ered", "ering")),  # Drucker, Druckern; order, ordered
    ("in", ("in", "ins", "innen", "ine", "inen")),  # Kollegin, Kolleginnen; Termin, Termine
    ("ay", ("ay", "ays", "ayed", "aying")),  # delay
    ("ey", ("ey", "eys", "eyed", "eying")),  # key
    ("oy", ("oy", "oys", "oyed", "oying")),
    ("y", ("y", "ys", "ies", "ied", "ying")),  # policy, policies; Handy, Handys
    ("e", ("e", "es", "ed", "en", "er", "em", "ern", "ing")),  # invoice, Anfrage, neue
    ("ss", ("ss", "sses", "ssed", "ssing", "sse", "ssen")),  # access; Anschluss, Anschlüsse
    ("x", ("x", "xes", "xed", "xing")),
    ("ch", ("ch", "ches", "ched", "ching", "che", "chen", "cher", "chern", "chs")),  # branch; Buch, Bücher
    ("sh", ("sh", "shes", "shed", "shing")),
    ("s", ("s", "se", "sen", "ses")),  # status; Ausweis, Ausweise
    ("a", ("a", "as")),
    ("i", ("i", "is")),
    ("o", ("o", "os", "oes")),
    ("u", ("u", "us")),
    ("", ("", "s", "e", "es", "en", "er", "ern", "em", "ed", "ing")),  # contract, Vertrag, Passwort, kaputt
)
_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


@lru_cache(maxsize=20_000)
def forms(word: str) -> frozenset[str]:
    """A word as its author wrote it, capitals and accents included -> every folded form that it finds.

    A word with a digit, or shorter than SHORTEST, finds only itself; one of three letters also its form with
    an s. "ä" also finds "ae", as on a keyboard without umlauts.
    """
    lowered = word.lower()
    spellings = {fold(lowered), fold(lowered.translate(_GERMAN))}
    return frozenset(form for spelling in spellings for form in _forms(spelling))


def _forms(word: str) -> set[str]:
    if len(word) < SHORTEST or not word.isalpha():
        return {word}
    if len(word) == SHORTEST:
        return {word, f"{word}s"}
    found = {word, *_endings(word)}
    if _PLURAL.fullmatch(word):
        found |= {word[:-1], *_endings(word[:-1])}
    return found


def _endings(word: str) -> set[str]:
    ending, others = next(line for line in _ENDINGS if word.endswith(line[0]))
    rest = word.removesuffix(ending) if ending else word
    found = {rest + other for other in others}
    if not ending and _DOUBLES.fullmatch(word):
        found |= {f"{word}{word[-1]}ed", f"{word}{word[-1]}ing"}
    if ending in ("e", "en") and len(rest) >= 6:  # Verträge, Vertrag; but not Kosten, kost
        found |= {rest, f"{rest}s"}
    return found
