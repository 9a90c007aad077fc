"""Rounds: whether somebody answers our automatic mails as only a program does. Decides; touches nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

#: A program answers within this time; the slowest help desks fetch their mail every five minutes.
SOON = timedelta(minutes=6)


def rounds(theirs: Sequence[datetime], ours: Sequence[datetime]) -> int:
    """How many of their latest mails in a row each came soon after a mail of ours, queued after their one before.

    `theirs`: when their mails arrived, the one to be decided about included; `ours`: when mails of ours were
    queued for them; both in UTC and in any order. A person who writes several mails at once, or before anything
    of ours came, makes no rounds.
    """
    count = 0
    arrivals, said = sorted(theirs), sorted(ours)
    for number in range(len(arrivals) - 1, -1, -1):
        before = arrivals[number - 1] if number else None
        if not _answers(arrivals[number], before, said):
            break
        count += 1
    return count


def _answers(arrival: datetime, before: datetime | None, said: Sequence[datetime]) -> bool:
    return any((before is None or at >= before) and arrival - SOON <= at < arrival for at in said)
