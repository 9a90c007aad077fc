"""The process in which a shadow decides: a candidate is asked about each new request, after the live decision.

It reads the database, which refuses it every change, and writes one line of JSON for each request to its
standard output; the daemon keeps what it says. Whatever happens here, a fault, a slow rule, too much memory,
happens to this process alone. It ends when its standard input does, that is with the daemon.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from types import FrameType

import sqlalchemy as sa

from config.settings import Settings
from daemon.logs import set_up
from daemon.mail.message import Message
from daemon.office import Office, open_office, with_candidate
from daemon.opening import route_by
from daemon.parsing import ParserDown, ParserPool
from daemon.premises import OfficeClosed, open_store, read_settings
from daemon.replay import ask_again, made_ready_again, predicted
from daemon.store import requests, shadows
from daemon.store.database import Store
from daemon.store.past import PastRequest
from daemon.store.shadows import ShadowRoute

#: How long the rules and the model of the candidate may take for one request (seconds).
DECIDES_WITHIN = 2.0

#: How often it looks for new requests (seconds), and how many it takes in one go.
LOOKS_EVERY, TOGETHER = 2.0, 25

#: What it may use of memory beside its libraries; the service must not be ended for its sake.
MEMORY_BYTES = 1 << 30

CANNOT_BEGIN = 78

#: What is kept of a request over which this process ended.
OVER_IT = "the process of the shadow ended over it"


class _TooSlow(BaseException):
    """The time for one request is used up; nothing on the way out may take it for a fault of its own."""


def candidate_of(path: Path, settings: Settings, store: Store, parsers: ParserPool) -> Office:
    """The office of the candidate that the settings name. Raises OfficeClosed."""
    rules, classifier = settings.rules, settings.classifier
    changed = settings.model_copy(
        update={
            "rules": rules.model_copy(update={"folder": rules.shadow or rules.folder}),
            # The model in service need not be read where another one takes its place.
            "classifier": classifier.model_copy(update={"enabled": classifier.enabled and not classifier.shadow}),
        }
    )
    office = open_office(path, changed, store, parsers, strict=True)
    return with_candidate(office, None, classifier.shadow)


class Follower:
    """Asks a candidate about requests that it was not asked about yet, from the moment it was put beside the live one.

    `begin` is told of each request before it is read, `say` what the candidate decided.
    """

    def __init__(
        self, candidate: Office, begin: Callable[[ShadowRoute], None], say: Callable[[ShadowRoute], None]
    ) -> None:
        self._candidate, self._begin, self._say = candidate, begin, say
        self._versions = (candidate.rules_version or "", candidate.model_version or "")
        self._said: set[int] = set()
        with candidate.store.reading() as database:
            began = shadows.began(database, *self._versions)
            self._first = requests.next_number(database) if began is None else began

    def look(self) -> int:
        """Ask about what is new; how many requests that was. Raises ParserDown and what the database raises."""
        with self._candidate.store.reading() as database:
            asked = shadows.not_asked(database, self._first, *self._versions, TOGETHER + len(self._said))
        self._said &= {one.number for one in asked}  # the others are kept by now
        new = [one for one in asked if one.number not in self._said][:TOGETHER]
        for one in new:
            self._begin(self._trouble(one, OVER_IT))
            ((_, found),) = ask_again([one], self._candidate, 1, lambda _, message: message, lambda *_: None)
            self._say(self._trouble(one, found) if isinstance(found, str) else self._decide(one, found))
            self._said.add(one.number)
        return len(new)

    def _decide(self, one: PastRequest, message: Message) -> ShadowRoute:
        try:
            with _at_most(DECIDES_WITHIN):
                foreseen = predicted(message, one.mailbox, self._candidate)
                mail = made_ready_again(one, message, self._candidate)
                route, _ = route_by(mail, foreseen, self._candidate)
        except _TooSlow:
            return self._trouble(one, f"the candidate needed more than {DECIDES_WITHIN:g} s")
        except Exception as error:  # whatever a candidate stumbles over, the next request has its turn
            return self._trouble(one, f"the candidate failed: {type(error).__name__}: {error}")
        rules, model = self._versions
        return ShadowRoute(
            one.number, rules, model, route.source, route.department, route.reason, route.confidence, None
        )

    def _trouble(self, one: PastRequest, why: str) -> ShadowRoute:
        return ShadowRoute(one.number, *self._versions, "none", None, "", None, why)


@contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Raise _TooSlow when the block has used so much processor time: a busy machine makes slow, not different."""

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise _TooSlow

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def main(path: Path) -> int:
    """Follow until standard input ends; the exit status."""
    _keep_small()
    settings = read_settings(path)
    set_up("error", settings.log.format, sys.stderr)
    limits = settings.limits
    parsers = ParserPool(
        cpu_seconds=limits.parse_cpu_seconds,
        wall_seconds=limits.parse_wall_seconds,
        memory_mb=limits.parse_memory_mb,
    )
    store = open_store(path, settings, read_only=True)
    with parsers:
        candidate = candidate_of(path, settings, store, parsers)
        follower = Follower(candidate, partial(_tell_route, "begins"), partial(_tell_route, "said"))
        _tell("follows", f"asks rules {candidate.rules_version or 'none'}, model {candidate.model_version or 'none'}")
        while not _daemon_ended(0.0 if follower.look() else LOOKS_EVERY):
            pass
    store.close()
    return 0


def _keep_small() -> None:
    """Less processor time than anybody else, and no more than its share of memory."""
    with suppress(OSError):
        os.nice(10)
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard == resource.RLIM_INFINITY or hard > MEMORY_BYTES:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, hard))


def _daemon_ended(seconds: float) -> bool:
    """Wait so long for the end of standard input."""
    return bool(select.select([sys.stdin.fileno()], [], [], seconds)[0])


def _tell_route(what: str, route: ShadowRoute) -> None:
    _tell(what, asdict(route))


def _tell(what: str, words: object) -> None:
    print(json.dumps({what: words}), flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1])))
    except OfficeClosed as refusal:
        _tell("refused", str(refusal))
        sys.exit(CANNOT_BEGIN)
    except (sa.exc.OperationalError, sa.exc.InterfaceError, ParserDown) as trouble:
        _tell("refused", f"it cannot go on now: {type(trouble).__name__}")
        sys.exit(1)
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(0)  # the daemon is gone
