"""Ownership: who of a department answers for a request.
 The least loaded of those who are present; among equals the one who has waited longest for a request; if
nobody is present the lead. Nobody owns a request of their own. Decides; touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.settings import Member


@dataclass(frozen=True, slots=True)
class Choice:
    """Who owns a request, and why.

    owner: the chosen member, or None when the lead is no member, or when nobody may own it.
    address: the owner's address, lower case; None only when nobody may own it, which is a matter for triage.
    reason: a sentence without its full stop.
    """

    owner: Member | None
    address: str | None
    reason: str

    @property
    def name(self) -> str:
        """The owner's name as far as it is known, else the address; "" for nobody."""
        return self.owner.name if self.owner else self.address or ""


def choose_owner(
    members: Sequence[Member],
    lead: str,
    *,
    load: Mapping[str, int],
    last_assigned: Mapping[str, datetime | None],
    on: date,
    exclude: str,
    wanted: str | None = None,
) -> Choice:
    """Choose the owner of a request.

    members, lead: the department's; the lead is an address and need not be a member.
    load: unfinished requests by lower-case address; who is missing has none.
    last_assigned: when each was last given a request (UTC) by lower-case address; who is missing never was.
    on: today by the department's calendar. exclude: the requester's address. wanted: the address that a rule
    names; it goes first, whatever its load, unless it is away, the requester's own or not of this department.
    """
    if wanted is None:
        return _usual_owner(members, lead, load, last_assigned, on, exclude)
    named = next((one for one in members if _same(one.email, wanted)), None)
    away = named is not None and _is_absent(named, on)
    if (named or _same(wanted, lead)) and not away and not _same(wanted, exclude):
        return Choice(named, wanted.lower(), f"a rule names {named.name if named else wanted.lower()}")
    usual = _usual_owner(members, lead, load, last_assigned, on, exclude)
    why = "is away" if away else "asks here" if _same(wanted, exclude) else "does not belong to this department"
    return replace(usual, reason=f"a rule names {named.name if named else wanted}, who {why}; {usual.reason}")


def _usual_owner(
    members: Sequence[Member],
    lead: str,
    load: Mapping[str, int],
    last_assigned: Mapping[str, datetime | None],
    on: date,
    exclude: str,
) -> Choice:
    present = [one for one in members if one.capacity > 0 and not _same(one.email, exclude) and not _is_absent(one, on)]
    if not present:
        return _lead_instead(members, lead, on, exclude)
    freest = _freest(present, load)
    chosen = min(freest, key=lambda one: _waiting_since(one, last_assigned))
    return Choice(chosen, chosen.email.lower(), _reason(chosen, present, freest, load))


def _same(one: str, other: str) -> bool:
    return one.lower() == other.lower()


def _is_absent(member: Member, on: date) -> bool:
    return any(on in days for days in member.absent)


def _freest(present: Sequence[Member], load: Mapping[str, int]) -> list[Member]:
    """Those who would carry least with this request; without it an idle half-timer would seem equal."""

    def carried(one: Member) -> float:
        return (load.get(one.email.lower(), 0) + 1) / one.capacity

    least = min(map(carried, present))
    return [one for one in present if carried(one) == least]


def _waiting_since(member: Member, last_assigned: Mapping[str, datetime | None]) -> float:
    last = last_assigned.get(member.email.lower())
    return last.timestamp() if last else float("-inf")


def _reason(chosen: Member, present: Sequence[Member], freest: Sequence[Member], load: Mapping[str, int]) -> str:
    if len(present) == 1:
        return f"{chosen.name} is the only one present"
    if len(freest) > 1:
        return f"{chosen.name} has waited longest for a request, of {len(freest)} with equally little open work"
    open_work = load.get(chosen.email.lower(), 0)
    return f"{chosen.name} has the least open work of {len(present)} present ({open_work} unfinished)"


def _lead_instead(members: Sequence[Member], lead: str, on: date, exclude: str) -> Choice:
    if _same(lead, exclude):
        return Choice(None, None, f"nobody but the requester could own it on {on.isoformat()}, so a person must choose")
    member = next((one for one in members if _same(one.email, lead)), None)
    name = member.name if member else lead.lower()
    away = ", who is away too" if member and _is_absent(member, on) else ""
    nobody = f"nobody is free to take it on {on.isoformat()}, so it goes to the lead, {name}{away}"
    return Choice(member, lead.lower(), nobody)
