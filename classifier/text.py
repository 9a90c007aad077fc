"""What the model reads: the text of a request, folded and masked so that habits of writing do not matter.

Decides; touches nothing. A change here changes what a stored model sees: raise `registry.FORMAT` with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

# Longer texts say no more about the department, and a hostile one must not cost more time.
LONGEST_SUBJECT = 300
LONGEST_WORDS = 8_000

# Stands between the words and the mailbox. `str.split` takes it for white space, so no text of a person
# keeps it.
MAILBOX_MARK = "\x1f"

# Words of our own begin with a line; hardly any word of a person does.
MASKS = {
    "_link_": "a link",
    "_address_": "an e-mail address",
    "_number_": "a long number",
    "_name_": "the name of somebody in the mail",
}

# Begins a word of the subject where it is a feature of its own.
SUBJECT = "_subject_"

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

# Chinese and Japanese set no spaces; two characters in a row come nearest to a word.
_SPACELESS = re.compile("[\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
# Vowel signs of Arabic and Hebrew and the stroke that stretches an Arabic word: seldom written, never needed.
_POINTS = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670]")
# Where those and the letters below stand; most mails have none, and to look is quicker than to translate.
_POINTED = re.compile("[\u0591-\u06cc]")
# Letters that Arabic writers use one for the other.
_ONE_FOR_THE_OTHER = str.maketrans("أإآٱىةکی", "ااااي\u0647كي")

# Letter groups are so long.
_SHORTEST, _LONGEST = 3, 5


@dataclass(frozen=True, slots=True)
class Text:
    """A request as the model may see it: decoded subject, newest words, the address it came in by.

    `group`: of the sender, as the settings name it. `attachments`: the kinds of attached files, as `application/pdf`.
    `people`: names of those who write or are written to; they are masked, for the model is to learn the matter.
    """

    subject: str
    words: str
    mailbox: str = ""
    group: str = ""
    attachments: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


def seen(written: str) -> str:
    """The characters a reader sees: composed (NFC), without invisible marks and half surrogate pairs."""
    if written.isascii():
        return written
    whole = written.encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFC", _UNSEEN.sub("", whole))


def fold(written: str) -> str:
    """The text on one line, case folded (so ß is ss), with links, addresses and long numbers masked.

    Full and half width are the same, so are the letters that Arabic writers use one for the other; Chinese and
    Japanese are cut into characters and pairs of characters.
    """
    folded = seen(written).casefold()
    plain = folded.isascii()
    if not plain:
        folded = unicodedata.normalize("NFKC", folded)  # folding may take letters apart again
        if _POINTED.search(folded):
            folded = _POINTS.sub("", folded).translate(_ONE_FOR_THE_OTHER)
    if "://" in folded or "www." in folded:
        folded = _LINK.sub(" _link_ ", folded)
    if "@" in folded:
        folded = _ADDRESS.sub(" _address_ ", folded)
    folded = _NUMBER.sub(" _number_ ", folded)
    if not plain:
        folded = _SPACELESS.sub(lambda run: f" {' '.join(_in_pairs(run[0]))} ", folded)
        folded = unicodedata.normalize("NFC", folded)
    return " ".join(folded.split())


def document(text: Text) -> str:
    """What the recipe counts: the subject twice, for it has the point; the words; then words of our own.

    These are the mailbox, the sender's group, the kinds of attachments, and each word of the subject once more as a
    feature of its own, so that the model learns what a word weighs there and what among the others.
    """
    names = frozenset(word for name in text.people for word in WORD.findall(fold(name)))
    subject = _without_names(fold(text.subject[:LONGEST_SUBJECT]), names)
    words = _without_names(fold(text.words[:LONGEST_WORDS]), names)
    body, beside = f"{subject} {subject} {words}".strip(), " ".join(_beside(text, subject))
    return f"{body}{MAILBOX_MARK}{beside}" if beside else body


def _beside(text: Text, subject: str) -> Iterator[str]:
    if text.mailbox:
        yield mailbox_word(text.mailbox)
    if text.group:
        yield own_word("group", text.group)
    yield from sorted({own_word("file", kind) for kind in text.attachments})
    yield from (SUBJECT + word for word in WORD.findall(subject) if word not in MASKS)


def _without_names(folded: str, names: frozenset[str]) -> str:
    return WORD.sub(lambda word: "_name_" if word[0] in names else word[0], folded) if names else folded


def _in_pairs(run: str) -> Iterator[str]:
    """Each character and, behind it, the pair that it begins."""
    for first, second in zip(run, [*run[1:], ""], strict=True):
        yield first
        if second:
            yield first + second


def mailbox_word(address: str) -> str:
    """`it@lindwerk.example` as one word that nobody writes: `_mailbox_it_lindwerk_example`."""
    return own_word("mailbox", address)


def own_word(kind: str, value: str) -> str:
    """A value beside the text as one word that nobody writes, such as `_file_application_pdf`."""
    return f"_{kind}_{_NO_WORD.sub('_', seen(value).casefold())}"


def without_mailbox(line: str) -> str:
    """A document without the words of our own behind it: letters of an address are not words of a person."""
    return line.partition(MAILBOX_MARK)[0]


def known_share(words: Iterable[str], known: Container[str]) -> float:
    """Share of those words of a document that a person wrote which are known; 0.0 if there are none."""
    found = [word in known for word in words if word[0] != "_"]
    return sum(found) / len(found) if found else 0.0


def letter_groups(word: str) -> list[str]:
    """Three to five letters in a row, spaces before and after included, as scikit-learn's `char_wb` counts.

    A word too short for a length is given once as a whole, and for no greater length.
    """
    padded, groups = f" {word} ", list[str]()
    for length in range(_SHORTEST, _LONGEST + 1):
        groups += [padded[start : start + length] for start in range(max(1, len(padded) - length + 1))]
        if len(padded) <= length:
            break
    return groups
