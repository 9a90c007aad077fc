"""Leave: until when somebody is away, as their automatic reply says it. Decides; touches nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from daemon.desk.spoken import SPEECHES

#: Without a day in it an automatic reply is believed for so long; many are sent once in a week to the same sender.
WITHOUT_A_DAY = timedelta(days=7)

#: A day further away than this was not meant as the end of a leave.
LONGEST = timedelta(days=200)

#: So much of an automatic reply is looked at.
_LOOKED_AT = 2_000

_MONTHS = {name.lower(): number for speech in SPEECHES.values() for number, name in enumerate(speech.months, 1)}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DAYS = re.compile(
    r"(?P<iso>\d{4}-\d\d-\d\d)"
    r"|(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4}|\d\d)?"
    rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th|er|\.)?\s(?:de\s)?(?P<m2>{_MONTH})\b,?(?:\s(?:de\s)?(?P<y2>\d{{4}}))?"
    rf"|(?P<m3>{_MONTH})\s(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s(?P<y3>\d{{4}}))?",
    re.IGNORECASE,
)
# What stands right before the first day on which somebody is there again.
_BACK = re.compile(
    r"\b(?:back|return|returning|again|ab|ab dem|wieder|zurück|retour|de retour|reviens|regreso|vuelvo|volveré)"
    r"\b[^.!?\n]{0,30}$",
    re.IGNORECASE,
)


def last_day_away(words: str, today: date) -> date:
    """The last day on which the writer of an automatic reply is away; a week from now if it names none."""
    text = words[:_LOOKED_AT]
    found = []
    for match in _DAYS.finditer(text):
        for day in _days(match, today):
            is_back = _BACK.search(text[: match.start()]) is not None
            last = day - timedelta(days=1) if is_back else day
            if today <= last <= today + LONGEST:
                found.append(last)
    return max(found, default=today + WITHOUT_A_DAY)


def _days(match: re.Match[str], today: date) -> Iterator[date]:
    """The day that was written, this year or next where no year stands; nothing where there is no such day."""
    if match["iso"]:
        written = [match["iso"].split("-")]
    else:
        day = match["d"] or match["d2"] or match["d3"]
        month = match["m"] or str(_MONTHS[(match["m2"] or match["m3"]).lower()])
        year = match["y"] or match["y2"] or match["y3"]
        years = [year if len(year) == 4 else f"20{year}"] if year else [str(today.year), str(today.year + 1)]
        written = [[one, month, day] for one in years]
    for parts in written:
        try:
            yield date(*map(int, parts))
        except ValueError:
            continue
