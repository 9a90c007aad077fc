"""A mail made ready for many rules: every text folded and parted into words once, and only when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from rules.rule import Mail, MailFile, Phrase, Place, Side, Word
from rules.words import fold, unaccented, words_of

LONGEST_TEXT = 100_000
"""Characters of a text that rules look at: a mail may be 25 MB, and nobody asks on page forty."""
LONGEST_NAME = 255
MOST_FILES = 300
"""Attachments whose names are looked at; with LONGEST_NAME they fit into LONGEST_TEXT."""


class Text:
    """The subject, the body or a header, as rules look at it."""

    def __init__(self, name: str, written: str) -> None:
        """Keep the text under the name by which reasons call it; the rest is done when a rule asks."""
        self.name = name
        self._written = written[:LONGEST_TEXT]

    @cached_property
    def plain(self) -> str:
        """As it was written, without accents: what patterns look at."""
        return unaccented(self._written)

    @cached_property
    def folded(self) -> str:
        """Without capitals and accents."""
        return fold(self._written)

    @cached_property
    def words(self) -> list[str]:
        """Its folded words in their order."""
        return words_of(self.folded)

    @cached_property
    def different(self) -> frozenset[str]:
        """Its folded words, each once."""
        return frozenset(self.words)

    def find(self, phrase: Phrase) -> str | None:
        """The words of the text that the phrase means, where it stands first; None if it stands nowhere."""
        # Most phrases miss a word, and that is quickly seen.
        if any(not word.begins and word.forms.isdisjoint(self.different) for word in phrase.words):
            return None
        first, *others = phrase.words
        for at in self._places(first):
            behind = self.words[at + 1 : at + len(phrase.words)]
            if len(behind) == len(others) and all(map(Word.fits, others, behind)):
                return " ".join((self.words[at], *behind))
        return None

    def _places(self, wanted: Word) -> list[int]:
        """Where this word stands, the first place first."""
        if wanted.begins:
            return [at for at, word in enumerate(self.words) if wanted.fits(word)]
        return sorted(at for form in wanted.forms & self.different for at in self._places_of_form(form))

    def _places_of_form(self, form: str) -> Iterator[int]:
        at = -1
        for _ in range(self.words.count(form)):
            at = self.words.index(form, at + 1)  # as fast as C, where a loop over all words is not
            yield at


def made_ready(mail: Mail | MailWords) -> MailWords:
    """A mail as rules look at it: whoever asks several sets of rules about one mail makes it ready once."""
    return mail if isinstance(mail, MailWords) else MailWords(mail)


class MailWords:
    """What rules look at in one mail. Thinks; touches nothing."""

    def __init__(self, mail: Mail) -> None:
        """Keep the mail; each part of it is made ready when the first rule asks for it."""
        self.mail = mail
        self._headers: dict[str, tuple[Text, ...]] = {}

    @cached_property
    def subject(self) -> Text:
        """The subject."""
        return Text("subject", self.mail.subject)

    @cached_property
    def body(self) -> Text:
        """The newest words of the body."""
        return Text("body", self.mail.words)

    def texts(self, place: Place) -> tuple[Text, ...]:
        """What a place means: "words" is the subject, then the body."""
        if place == "words":
            return (self.subject, self.body)
        return (self.subject,) if place == "subject" else (self.body,)

    def header(self, name: str) -> tuple[Text, ...]:
        """Each value of the header with this lower-case name."""
        if name not in self._headers:
            values = self.mail.headers.get(name, ())
            self._headers[name] = tuple(Text(f"header {name}", value) for value in values)
        return self._headers[name]

    @cached_property
    def addresses(self) -> dict[Side, tuple[str, ...]]:
        """The addresses on each side, lower case."""
        mail = self.mail
        sides: dict[Side, tuple[str, ...]] = {
            "to": mail.recipients,
            "cc": mail.cc,
            "delivered_to": mail.delivered_to,
            "from": (mail.sender,),
        }
        return {side: tuple(map(str.lower, addresses)) for side, addresses in sides.items()}

    @cached_property
    def files(self) -> tuple[tuple[MailFile, str], ...]:
        """Each attachment with its folded name."""
        return tuple((file, fold(file.name[:LONGEST_NAME])) for file in self.mail.attachments[:MOST_FILES])

    @cached_property
    def file_names(self) -> Text:
        """The names of all attachments."""
        return Text("names of attachments", "\n".join(name for _, name in self.files))

    @cached_property
    def facts(self) -> dict[str, str]:
        """Language, nature and group, lower case."""
        mail = self.mail
        return {"language": mail.language.lower(), "nature": mail.nature.lower(), "group": mail.group.lower()}
