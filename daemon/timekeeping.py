"""Notices when the clock of the machine jumps: nobody is escalated because it was set wrong. Thinks; reads no clock.

The wall clock is compared with the time since the machine was started, which goes on in suspend: a machine that wakes
up has not jumped, and what fell due meanwhile is due.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

#: A jump of more than this is waited out; of more than `HELD`, a person must say that the clock is right.
NOTICED, HELD = dt.timedelta(seconds=5), dt.timedelta(hours=1)

#: How long is waited after a small jump (seconds): the program that sets the clock may not be done.
PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class Hold:
    """Why no rung may fire now; `wants_a_person`: it does not end by itself."""

    sentence: str
    wants_a_person: bool


class SteadyClock:
    """Compares wall clock and running time at each look; what it has seen is forgotten with the process."""

    def __init__(self) -> None:
        """The first look trusts the clock."""
        self._offset: float | None = None
        self._away = 0.0
        self._paused_until: float | None = None

    def look(self, wall: dt.datetime, running: float) -> Hold | None:
        """Why no rung may fire now; None if the clock goes as it should.

        `wall`: an aware instant. `running`: seconds since the machine was started, suspend included.
        """
        offset = wall.timestamp() - running
        jump = 0.0 if self._offset is None else offset - self._offset
        self._offset = offset
        if abs(jump) > NOTICED.total_seconds():
            self._away += jump
            self._paused_until = running + PAUSE
        if abs(self._away) > HELD.total_seconds():
            by = dt.timedelta(seconds=round(self._away))
            return Hold(
                f"the clock of this machine has jumped by {by!s}; no rung fires until it is back, or until "
                "`systemctl reload postroom` says that it is right now",
                True,
            )
        if self._is_paused(running):
            return Hold("the clock of this machine has jumped; rungs wait for a minute", False)
        self._away = 0.0
        return None

    def _is_paused(self, running: float) -> bool:
        return self._paused_until is not None and running < self._paused_until

    def trust(self) -> None:
        """A person says that the clock is right as it is now."""
        self._away, self._paused_until = 0.0, None
