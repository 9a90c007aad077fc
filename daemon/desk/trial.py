"""A candidate on trial: what it would change on past requests, whether for the better, and whether the gate holds.

Both the live configuration and the candidate were asked about the same past requests; what people finally
decided is the measure. Decides; touches nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from daemon.desk.request import TRIAGE

Effect = Literal["worse", "better", "as good", "undecided"]
EFFECTS: tuple[Effect, ...] = ("worse", "better", "as good", "undecided")


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a request would go. place: a department or "triage". reason: a sentence without its full stop."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Tried:
    """One past request with both answers.

    received_at: UTC. decided: the department in which people left it, None while nobody has decided.
    decided_by: how that is known, such as `moved there by anke.wulf@lindwerk.example`; "" while undecided.
    """

    reference: str
    subject: str
    sender: str
    received_at: datetime
    live: Placed
    candidate: Placed
    decided: str | None
    decided_by: str

    @property
    def changes(self) -> bool:
        """Whether the candidate sends it elsewhere."""
        return self.live.place != self.candidate.place

    @property
    def effect(self) -> Effect:
        """Whether the candidate's place is better: the right department, then triage, then a wrong department."""
        if self.decided is None:
            return "undecided"
        before, after = _worth(self.live.place, self.decided), _worth(self.candidate.place, self.decided)
        return "as good" if before == after else "better" if after > before else "worse"


def _worth(place: str, decided: str) -> int:
    return 2 if place == decided else 1 if place == TRIAGE else 0


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """From 0 to 1; None of nothing."""
        return self.part / self.whole if self.whole else None


@dataclass(frozen=True, slots=True)
class DepartmentTrial:
    """What changes for one place: its load in requests, and the recall of those that people left there."""

    place: str
    load_before: int
    load_after: int
    recall_before: Share
    recall_after: Share

    @property
    def points(self) -> float:
        """By how many points the recall rises (or falls: negative)."""
        before, after = self.recall_before.value, self.recall_after.value
        return 0.0 if before is None or after is None else 100 * (after - before)


@dataclass(frozen=True, slots=True)
class Gate:
    """Whether a candidate may replace what is live: every reason against it, a sentence each."""

    against: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Nothing speaks against it."""
        return not self.against


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it.

    places: the order of rows and columns. matrix: (from, to) -> requests, those that stay included. changed:
    the worse ones first. precision_*: of the requests that people have decided, those placed without a
    person, and how many of them rightly.
    """

    tried: int
    places: tuple[str, ...]
    matrix: Mapping[tuple[str, str], int]
    changed: tuple[Tried, ...]
    effects: Mapping[Effect, int]
    departments: tuple[DepartmentTrial, ...]
    precision_before: Share
    precision_after: Share
    gate: Gate


def compare(
    tried: Sequence[Tried],
    departments: Iterable[str],
    *,
    recall_points: float,
    least_precision: float,
    also: Iterable[str] = (),
) -> Trial:
    """Weigh a candidate.

    departments: the slugs that exist, in their order. recall_points: by how many points the recall of a
    department may fall. least_precision: the share (0 to 1) of automatic routes that must be right. also: what
    else speaks against the candidate, a sentence each.
    """
    matrix = Counter((one.live.place, one.candidate.place) for one in tried)
    known = dict.fromkeys((*departments, TRIAGE))
    places = tuple(known | dict.fromkeys(place for pair in matrix for place in pair))
    changed = sorted((one for one in tried if one.changes), key=lambda one: EFFECTS.index(one.effect))
    judged = [one for one in tried if one.decided is not None]
    rows = tuple(_department(place, tried, judged) for place in places)
    before, after = (
        _precision([(one.live, one) for one in judged]),
        _precision([(one.candidate, one) for one in judged]),
    )
    effects = Counter(one.effect for one in changed)
    return Trial(
        tried=len(tried),
        places=places,
        matrix=dict(matrix),
        changed=tuple(changed),
        effects={effect: effects[effect] for effect in EFFECTS},
        departments=rows,
        precision_before=before,
        precision_after=after,
        gate=Gate((*_against(rows, len(judged), before, after, recall_points, least_precision), *also)),
    )


def _department(place: str, tried: Sequence[Tried], judged: Sequence[Tried]) -> DepartmentTrial:
    theirs = [one for one in judged if one.decided == place]
    return DepartmentTrial(
        place=place,
        load_before=sum(one.live.place == place for one in tried),
        load_after=sum(one.candidate.place == place for one in tried),
        recall_before=Share(sum(one.live.place == place for one in theirs), len(theirs)),
        recall_after=Share(sum(one.candidate.place == place for one in theirs), len(theirs)),
    )


def _precision(answers: Sequence[tuple[Placed, Tried]]) -> Share:
    automatic = [(placed, one) for placed, one in answers if placed.place != TRIAGE]
    return Share(sum(placed.place == one.decided for placed, one in automatic), len(automatic))


def _against(
    rows: Iterable[DepartmentTrial], judged: int, before: Share, after: Share, points: float, least: float
) -> list[str]:
    if not judged:
        return ["people have decided none of these requests yet, so that nothing can be measured"]
    # Half of a percent of a point is rounding, not recall.
    against = [
        f"the recall of {row.place} falls by {-row.points:.1f} points, from {say_share(row.recall_before)} to "
        f"{say_share(row.recall_after)}; {points:g} are allowed"
        for row in rows
        if row.points < -points - 0.005
    ]
    if after.value is not None and after.value < least:
        against.append(
            f"of its automatic routes {say_share(after)} are right, {100 * least:.1f} % are promised "
            f"(the live ones: {say_share(before)})"
        )
    return against


def say_share(share: Share) -> str:
    """Such as `91.3 % (42 of 46)`."""
    return "none of 0" if share.value is None else f"{100 * share.value:.1f} % ({share.part} of {share.whole})"
