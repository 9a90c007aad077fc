"""Reading back what somebody wrote: made harmless, short, and the same for everybody who looks at it.

What comes in was written by a stranger until proved otherwise. Nothing here believes it, and nothing runs it.
"""

from __future__ import annotations

import re
import unicodedata

from daemon.mail.subject import bare

#: RFC 3834 section 3.2 wants automatic answers brief; more of a subject tells its writer nothing new.
SUBJECT_LENGTH = 120
_NAME_LENGTH = 60

# Dots that RFC 3490 section 3.1 takes for the dot of a host name, before what may be one.
_DOT_OF_A_HOST = re.compile(r"(?<=[\w-])[.\u3002\uff0e\uff61](?=[^\W\d_]{2})")
_SCHEME = re.compile(r"(?<![a-z0-9])(?:[a-z][a-z0-9+.-]{0,19}:/{2}|mailto:|tel:|\\\\(?=\w))", re.IGNORECASE)
# Joiners change letters in Persian and Hindi and hide nothing; other format characters turn text around.
_JOINERS = "\u200c\u200d"
_UNSEEN = {"Cc", "Cf", "Co", "Cs"}


def clean_line(text: str, limit: int) -> str:
    """The text on one line of at most `limit` characters, without what is unseen; a cut shows as `…`."""
    line = " ".join(_visible(" ".join(text.split())).split())
    return line if len(line) <= limit else f"{_cut(line, limit - 1)}…"


def clean_block(text: str, limit: int) -> tuple[str, bool]:
    """The text with its lines, without what is unseen, and whether something beyond `limit` was left out."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n").split("\n")
    block = "\n".join(_visible(line.replace("\t", "    ")).rstrip() for line in lines).strip("\n")
    return (block, False) if len(block) <= limit else (_cut(block, limit).rstrip(), True)


def defang(text: str) -> str:
    """The text without what a mail program makes a link of: `https://evil.example` is `evil[.]example`.

    We sign what we send with the organisation's name; a stranger's link in it would borrow that name.
    """
    return _DOT_OF_A_HOST.sub("[.]", _SCHEME.sub("", text))


def read_back(subject: str) -> str:
    """The subject as we may repeat it to whoever is named as the sender; "" if nothing is left of it."""
    return clean_line(defang(clean_line(bare(subject), SUBJECT_LENGTH)), SUBJECT_LENGTH)


def spoken_name(name: str) -> str:
    """A display name as one addresses a person: `Brandt, Sofia` is `Sofia Brandt`; "" if it is no name."""
    line = clean_line(name.strip().strip("\"'"), _NAME_LENGTH)
    family, comma, given = line.partition(", ")
    line = f"{given} {family}" if comma and "," not in given else line
    return "" if "@" in line or not any(one.isalpha() for one in line) else defang(line)


def _visible(text: str) -> str:
    if text.isprintable():  # true of nearly every subject, and fifty times quicker to ask
        return text
    return "".join(one for one in text if one in _JOINERS or unicodedata.category(one) not in _UNSEEN)


def _cut(text: str, limit: int) -> str:
    """At most `limit` characters, none of them parted from the accents that belong to it."""
    while limit and unicodedata.combining(text[limit]):
        limit -= 1
    return text[:limit].rstrip()
