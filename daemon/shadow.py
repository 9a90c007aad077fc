"""Story: a candidate runs beside the live rules and model, and what it would have decided is kept.

The live decision is taken and written down before the candidate hears of the request; the candidate decides
in a process of its own (`daemon.shadow_child`), which can neither write to the database nor hold anything up.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from config.settings import Settings
from daemon import beside
from daemon.desk.request import TRIAGE, reference
from daemon.desk.trial import Placed, Tried
from daemon.office import Office
from daemon.replay import tried_of
from daemon.store import shadows
from daemon.store.past import PastRequest
from daemon.store.shadows import ShadowRoute

log = structlog.get_logger("shadow")

#: A candidate that says nothing for so long while it has a request before it is ended (seconds).
SILENT_FOR = 60.0


def wanted(settings: Settings) -> bool:
    """Whether the settings name a candidate to run beside what is live."""
    return settings.rules.shadow is not None or settings.classifier.shadow is not None


def follow(office: Office, stopped: Callable[[], bool], report: Callable[[str], None]) -> str:
    """Run the child until it shall stop, and keep what it says; why it ended by itself, "" if it was stopped.

    report: told how it goes, at least every half second.
    """
    child = _Child(office.path)
    try:
        while not stopped():
            try:
                kept = child.said()
                _keep(office, kept)
            except _Ended as ended:
                _keep(office, ended.left_over)
                return str(ended)
            report(child.state)
        return ""
    except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
        return f"what the candidate says cannot be kept now ({error.orig})"
    finally:
        beside.end(child.process)


def _keep(office: Office, said: Sequence[ShadowRoute]) -> None:
    if said:
        with office.store.writing() as database:
            shadows.record(database, said, office.now())


class _Ended(Exception):
    """The child has ended or had to be ended; `left_over` is what is still to be kept."""

    def __init__(self, sentence: str, left_over: Sequence[ShadowRoute]) -> None:
        super().__init__(sentence)
        self.left_over = tuple(left_over)


@dataclass
class _Child:
    """The process and what it said. `begun`: what to keep of the request before it, if it ends over it."""

    path: Path
    state: str = "starts"
    begun: ShadowRoute | None = None
    refusal: str = ""
    heard_at: float = field(default_factory=time.monotonic)
    received: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self.process = beside.start("daemon.shadow_child", str(self.path))

    def said(self) -> list[ShadowRoute]:
        """What the child decided since the last time; waits a moment for it. Raises _Ended."""
        received = beside.hear(self.process)
        if received is None:
            if self.begun is not None and time.monotonic() - self.heard_at > SILENT_FOR:
                raise _Ended(f"it said nothing for {SILENT_FOR:.0f} s and was ended", [self.begun])
            return []
        if not received:
            raise self._death()
        self.heard_at = time.monotonic()
        self.received += received
        return list(self._decisions())

    def _decisions(self) -> Iterator[ShadowRoute]:
        *lines, rest = self.received.split(b"\n")
        self.received = bytearray(rest)
        for line in lines:
            word: Mapping[str, Any] = json.loads(line)
            if "said" in word:
                self.begun = None
                yield ShadowRoute(**word["said"])
            elif "begins" in word:
                self.begun = ShadowRoute(**word["begins"])
            elif "follows" in word:
                self.state = str(word["follows"])
            else:
                self.refusal = str(word["refused"])

    def _death(self) -> _Ended:
        status = self.process.wait()
        sentence = self.refusal or f"its process ended with status {status}"
        return _Ended(sentence, [self.begun] if self.begun and not self.refusal else [])


@dataclass(frozen=True, slots=True)
class Shadowed:
    """What a candidate said so far, beside what was really decided.

    left_out: (reference, why) of requests that it could not decide about. live_rules, live_models: the versions
    that decided really; earlier: how many requests other candidates were asked about in the same time.
    """

    tried: tuple[Tried, ...]
    left_out: tuple[tuple[str, str], ...]
    rules_version: str
    model_version: str
    live_rules: tuple[str, ...]
    live_models: tuple[str, ...]
    earlier: int


def so_far(departments: Collection[str], asked: Sequence[tuple[PastRequest, ShadowRoute]]) -> Shadowed | None:
    """What the newest candidate among these answers said, in the order they were given; None if there are none."""
    if not asked:
        return None
    newest = asked[-1][1]
    theirs = [(one, said) for one, said in asked if _candidate(said) == _candidate(newest)]
    tried = [
        tried_of(
            one,
            Placed(one.first_department or TRIAGE, one.reason),
            Placed(said.department or TRIAGE, said.reason),
            departments,
        )
        for one, said in theirs
        if said.trouble is None
    ]
    return Shadowed(
        tried=tuple(tried),
        left_out=tuple((reference(one.number), said.trouble) for one, said in theirs if said.trouble is not None),
        rules_version=newest.rules_version,
        model_version=newest.model_version,
        live_rules=tuple(dict.fromkeys(one.rules_version or "none" for one, _ in theirs)),
        live_models=tuple(dict.fromkeys(one.model_version or "none" for one, _ in theirs)),
        earlier=len(asked) - len(theirs),
    )


def _candidate(said: ShadowRoute) -> tuple[str, str]:
    return said.rules_version, said.model_version
