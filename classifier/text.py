"""What the model reads: the text of a request, folded and masked so that habits of writing do not matter.

Decides; touches nothing. A change here changes what a stored model sees: raise `registry.FORMAT` with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable
from dataclasses import dataclass

# Longer texts say no more about the department, and a hostile one must not cost more time.
LONGEST_SUBJECT = 300
LONGEST_WORDS = 8_000

# Stands between the words and the mailbox. `str.split` takes it for white space, so no text of a person
# keeps it.
MAILBOX_MARK = "\x1f"

# Words of our own begin with a line; hardly any word of a person does.
MASKS = {"_link_": "a link", "_address_": "an e-mail address", "_number_": "a long number"}

# A word is two letters or digits and more; scikit-learn is given the very same pattern.
WORD_PATTERN = r"\w\w+"
WORD = re.compile(WORD_PATTERN)

# Soft hyphens, zero-width and direction marks: HTML mail puts them inside words, nobody sees them.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
# Each pattern needs one pass: bounded repeats, and a look-behind where a run could be entered anywhere.
_LINK = re.compile(r"(?:https?://|ftp://|\bwww\.)\S+")
_ADDRESS = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_NUMBER = re.compile(r"\d(?<!\w\d)[\d.,/:-]{3,30}\d(?!\w)")
_NO_WORD = re.compile(r"\W+")


@dataclass(frozen=True, slots=True)
class Text:
    """A request as the model may see it: decoded subject, newest words, the address it came in by."""

    subject: str
    words: str
    mailbox: str = ""


def seen(written: str) -> str:
    """The characters a reader sees: composed (NFC), without invisible marks and half surrogate pairs."""
    if written.isascii():
        return written
    whole = written.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", _UNSEEN.sub("", whole))


def fold(written: str) -> str:
    """The text on one line, case folded (so ß is ss), with links, addresses and long numbers masked."""
    folded = seen(written).casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFC", folded)  # folding may take letters apart again
    if "://" in folded or "www." in folded:
        folded = _LINK.sub(" _link_ ", folded)
    if "@" in folded:
        folded = _ADDRESS.sub(" _address_ ", folded)
    return " ".join(_NUMBER.sub(" _number_ ", folded).split())


def document(text: Text) -> str:
    """What the recipe counts: the subject twice, for it has the point; the words; the mailbox as one word."""
    subject = fold(text.subject[:LONGEST_SUBJECT])
    body = f"{subject} {subject} {fold(text.words[:LONGEST_WORDS])}".strip()
    return f"{body}{MAILBOX_MARK}{mailbox_word(text.mailbox)}" if text.mailbox else body


def mailbox_word(address: str) -> str:
    """`it@lindwerk.example` as one word that nobody writes: `_mailbox_it_lindwerk_example`."""
    return "_mailbox_" + _NO_WORD.sub("_", seen(address).casefold())


def without_mailbox(line: str) -> str:
    """A document without its mailbox: letters of an address are not words of a person."""
    return line.partition(MAILBOX_MARK)[0]


def known_share(words: Iterable[str], known: Container[str]) -> float:
    """Share of those words of a document that a person wrote which are known; 0.0 if there are none."""
    found = [word in known for word in words if word[0] != "_"]
    return sum(found) / len(found) if found else 0.0
