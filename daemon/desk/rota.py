"""Rota: whose turn it is to own new requests. Decides; touches nothing, and does not know what day it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from daemon.desk.ics import ClosedDays


@dataclass(frozen=True, slots=True)
class Rota:
    """Turns of `days` days each, from `since` on; `named` days, with whose they are, go before them.

    since: None where there are only named days.
    turns: lower-case addresses in their order, after the last the first again.
    """

    since: date | None
    days: int
    turns: tuple[str, ...]
    named: tuple[tuple[ClosedDays, str], ...] = ()

    def on(self, day: date) -> str | None:
        """The address of whose turn it is on this day; None before the first turn, or if nobody is named."""
        for days, address in self.named:
            if day in days.of_year(day.year):
                return address
        if not self.turns or self.since is None or day < self.since:
            return None
        return self.turns[(day - self.since).days // self.days % len(self.turns)]
