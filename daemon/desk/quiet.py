"""Quiet hours: when somebody is not to be disturbed, and when that ends. Decides; touches nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from config.settings import Interval


def end_of_quiet(at: datetime, quiet: Interval, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours around this instant (UTC) end by the clock of this zone; None if it is in none.

    Where the clocks are put forward over the end, it is the moment of the change; where they are put back, the first
    of the two.
    """
    local = at.astimezone(zone)
    now = local.time().replace(fold=0)
    overnight = quiet.end <= quiet.start
    inside = now >= quiet.start or now < quiet.end if overnight else quiet.start <= now < quiet.end
    if not inside:
        return None
    day = local.date() + timedelta(days=1) if overnight and now >= quiet.start else local.date()
    ends = datetime.combine(day, quiet.end, zone).astimezone(UTC)
    return ends if ends > at else datetime.combine(day, quiet.end, zone).replace(fold=1).astimezone(UTC)
