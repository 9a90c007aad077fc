"""Ownership: who of a department answers for a request.

Whom a rule names; else whose turn it is; else the least loaded, or the next in turn, of those who are present and
can do what is wanted. Whoever is away is passed over for their deputy, then for the others; if nobody is present the
lead. Nobody owns a request of their own. Every passing over is said in the reason. Decides; touches nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from config.settings import Department, Member, Triage


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


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is by the department's own plan: an address (lower case), and in a clause why."""

    address: str
    why: str


def choose_owner(
    members: Sequence[Member],
    lead: str,
    *,
    load: Mapping[str, int],
    last_assigned: Mapping[str, datetime | None],
    on: date,
    exclude: str,
    wanted: str | None = None,
    skills: Collection[str] = (),
    turn: Turn | None = None,
    in_turn: bool = False,
    away: Collection[str] = (),
    passed_over: Collection[str] = (),
) -> Choice:
    """Choose the owner of a request.

    members, lead: the department's; the lead is an address and need not be a member.
    load: unfinished requests by lower-case address; who is missing has none.
    last_assigned: when each was last given a request (UTC) by lower-case address; who is missing never was.
    on: today by the department's calendar. exclude: the requester's address. wanted: the address that a rule
    names; it goes first, whatever its load, unless it is away, the requester's own or not of this department.
    skills: what a rule wants the owner to be able to do. turn: whose turn it is by rota or plan. in_turn: go round
    instead of by load. away: who is away besides those whose settings say so. passed_over: who was asked before and
    did not take it. All addresses in lower case but `wanted` and `exclude`.
    """
    out = {*away, *(one.email.lower() for one in members if any(on in days for days in one.absent))}
    desk = _Desk(members, lead, on, exclude.lower(), out, passed_over)
    if wanted is not None:
        return _named(desk, wanted.lower(), "a rule names {}", load, last_assigned, skills, in_turn=in_turn)
    if turn is not None and not skills:
        return _named(desk, turn.address, turn.why, load, last_assigned, skills, in_turn=in_turn)
    return _usual_owner(desk, load, last_assigned, skills, in_turn=in_turn)


@dataclass(frozen=True, slots=True)
class _Desk:
    """The people of a department today: who is `out`, whose request it is, and who did not take it."""

    members: Sequence[Member]
    lead: str
    on: date
    requester: str
    out: Collection[str]
    passed_over: Collection[str]

    def member(self, address: str) -> Member | None:
        return next((one for one in self.members if one.email.lower() == address), None)

    def why_not(self, address: str) -> str:
        """Why this person cannot own it, in a clause; "" if they can."""
        if address == self.requester:
            return "asks here"
        if address != self.lead.lower() and self.member(address) is None:
            return "does not belong to this department"
        if address in self.out:
            return "is away"
        return "was asked before" if address in self.passed_over else ""


def _named(
    desk: _Desk,
    address: str,
    why: str,
    load: Mapping[str, int],
    last_assigned: Mapping[str, datetime | None],
    skills: Collection[str],
    *,
    in_turn: bool,
) -> Choice:
    """Whom a rule or a plan names, or their deputy, or who would get it otherwise; always said."""
    member = desk.member(address)
    reason = why.format(member.name if member else address)
    refusal = desk.why_not(address)
    if not refusal:
        return Choice(member, address, reason)
    deputy = member.deputy.lower() if member and member.deputy else ""
    if refusal == "is away" and deputy and not desk.why_not(deputy):
        stands_in = desk.member(deputy)
        name = stands_in.name if stands_in else deputy
        return Choice(stands_in, deputy, f"{reason}, who is away; {name} is their deputy")
    usual = _usual_owner(desk, load, last_assigned, skills, in_turn=in_turn)
    return replace(usual, reason=f"{reason}, who {refusal}; {usual.reason}")


def _usual_owner(
    desk: _Desk,
    load: Mapping[str, int],
    last_assigned: Mapping[str, datetime | None],
    skills: Collection[str],
    *,
    in_turn: bool,
) -> Choice:
    cannot = {*desk.out, *desk.passed_over, desk.requester}  # as `why_not`, for all at once: asked for every mail
    present = [one for one in desk.members if one.capacity > 0 and one.email.lower() not in cannot]
    if not present:
        return _lead_instead(desk)
    able = [one for one in present if set(skills) <= set(one.skills)] if skills else present
    among = able or present
    freest = among if in_turn else _freest(among, load)
    chosen = min(freest, key=lambda one: _waiting_since(one, last_assigned))
    reason = _turn_reason(chosen, among) if in_turn else _reason(chosen, among, freest, load)
    if skills:
        wanted = " and ".join(sorted(skills))
        reason = f"{wanted} wanted: of those who can, {reason}" if able else f"nobody present can do {wanted}; {reason}"
    return Choice(chosen, chosen.email.lower(), reason)


def _freest(present: Sequence[Member], load: Mapping[str, int]) -> Sequence[Member]:
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


def _turn_reason(chosen: Member, present: Sequence[Member]) -> str:
    if len(present) == 1:
        return f"{chosen.name} is the only one present"
    return f"{chosen.name} is next in turn, of {len(present)} present"


def _lead_instead(desk: _Desk) -> Choice:
    """The lead, away or not, for somebody must own it; a lead who is away has it pass to a deputy who is there."""
    lead, day = desk.lead.lower(), desk.on.isoformat()
    if lead == desk.requester:
        return Choice(None, None, f"nobody but the requester could own it on {day}, so a person must choose")
    member = desk.member(lead)
    name = member.name if member else lead
    nobody = f"nobody is free to take it on {day}, so it goes to the lead, {name}"
    if lead not in desk.out:
        return Choice(member, lead, nobody)
    deputy = member.deputy.lower() if member and member.deputy else ""
    if deputy and not desk.why_not(deputy):
        stands_in = desk.member(deputy)
        return Choice(stands_in, deputy, f"{nobody}, who is away; {stands_in.name if stands_in else deputy} stands in")
    return Choice(member, lead, f"{nobody}, who is away too")


def who_sees_to_it(desk: Department | Triage, requester: str) -> str:
    """The address of the lead, or of the next one up where the lead asks here (`requester`, in lower case)."""
    up = (one for one in (desk.lead, desk.next_lead, desk.escalation) if one and one.lower() != requester)
    return next(up, desk.lead)
