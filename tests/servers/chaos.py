"""A TCP proxy that breaks links: by a trigger that the protocol pulls, or at random from a seed.

Between a client and a server on this machine; it understands no protocol. A `Break` says in which direction it
listens, what it waits for (bytes gone by, or a pattern seen), and what it does then:

    cut      both sides see the end of the link at once
    stall    everything is swallowed from there on, and nobody is told: a half-open link
    trickle  one byte at a time from there on
    late     what comes from there on comes so much later
"""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self

from tests.servers.ports import HOST

Direction = Literal["up", "down"]
How = Literal["cut", "stall", "trickle", "late"]
HOWS: tuple[How, ...] = ("cut", "stall", "trickle", "late")

#: A trickling byte comes so long after the one before it; what is late comes so much later (seconds).
DRIP, LATE = 0.002, 0.3

#: A pattern is looked for in so many bytes that went before, too: it may come in two packets.
REMEMBERED = 64


@dataclass(frozen=True, slots=True)
class Break:
    """What goes wrong on one link. `up` is from the client to the server.

    It begins after so many `bytes_` in this direction or, if there is a `pattern`, behind its first sight.
    """

    how: How
    direction: Direction
    bytes_: int = 0
    pattern: bytes = b""


def at_random(chance: random.Random, furthest: int = 4000) -> Break | None:
    """One link in three stays whole; the others break anywhere within `furthest` bytes."""
    if chance.randrange(3) == 0:
        return None
    direction: Direction = chance.choice(("up", "down"))
    return Break(chance.choice(HOWS), direction, int(chance.triangular(0, furthest, 0)))


def _stalls(plan: Break | None) -> bool:
    return plan is not None and plan.how == "stall"


@dataclass
class _Link:
    """One client, its server, and what goes wrong between them."""

    client: socket.socket
    server: socket.socket
    plan: Break | None
    gone: dict[Direction, int] = field(default_factory=lambda: {"up": 0, "down": 0})
    seen: dict[Direction, bytes] = field(default_factory=lambda: {"up": b"", "down": b""})
    is_broken: bool = False
    is_left: bool = False
    """Whether the client has gone."""

    def pump(self, direction: Direction) -> None:
        """Carry bytes one way until either side has gone or the break says otherwise."""
        source, target = (self.client, self.server) if direction == "up" else (self.server, self.client)
        with contextlib.suppress(OSError):
            while more := source.recv(65536):
                self._carry(direction, target, more)
            target.shutdown(socket.SHUT_WR)
        self.is_left = self.is_left or direction == "up"

    def _carry(self, direction: Direction, target: socket.socket, more: bytes) -> None:
        plan = self.plan
        if plan is not None and not self.is_broken:
            passes = self._reaches(plan, direction, more)
            self.is_broken = passes is not None
            target.sendall(more[:passes])
            self.gone[direction] += len(more)
            self.seen[direction] = (self.seen[direction] + more)[-REMEMBERED:]
            if passes is None:
                return
            more = more[passes:]
        if plan is None:
            target.sendall(more)
        elif plan.how == "cut":
            self.end()
        elif plan.how != "stall" and plan.direction == direction:
            self._slowly(plan.how, target, more)
        elif plan.how != "stall":
            target.sendall(more)

    def _reaches(self, plan: Break, direction: Direction, more: bytes) -> int | None:
        """How many of these bytes pass before it breaks; None if it does not break in them."""
        if direction != plan.direction:
            return None
        if not plan.pattern:
            passes = plan.bytes_ - self.gone[direction]
            return max(0, passes) if passes <= len(more) else None
        before = self.seen[direction]
        found = (before + more).find(plan.pattern)
        return None if found < 0 else found + len(plan.pattern) - len(before)

    @staticmethod
    def _slowly(how: How, target: socket.socket, words: bytes) -> None:
        if how == "late":
            time.sleep(LATE)
            target.sendall(words)
            return
        for start in range(len(words)):
            target.sendall(words[start : start + 1])
            time.sleep(DRIP)

    def end(self) -> None:
        """Let go of both sides; whoever still carries bytes stops."""
        for side in (self.client, self.server):
            with contextlib.suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)


class ChaosProxy:
    """Listens on a free port of its own and carries every link to `target` (a port on this machine).

    `plan` breaks the next links, one each; when it is used up the `chance` decides, or without one nothing breaks.
    """

    def __init__(self, target: int, plan: Sequence[Break | None] = (), chance: random.Random | None = None) -> None:
        self.target = target
        self.plan = list(plan)
        self.chance = chance
        self.host = HOST
        self._listener = socket.create_server((HOST, 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self.broken = 0
        """So many links were given a break."""
        self._links: list[_Link] = []
        self._threads: list[threading.Thread] = []
        self._ending = threading.Event()

    @property
    def stalling(self) -> bool:
        """Whether a client waits at a half-open link."""
        return any(link.is_broken and not link.is_left for link in list(self._links) if _stalls(link.plan))

    def heals(self) -> None:
        """From now on new links stay whole; those that are open end."""
        self.plan, self.chance = [], None
        for link in list(self._links):
            link.end()

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for link in self._links:
            link.end()
        for thread in self._threads:
            thread.join(60)
        for link in self._links:
            link.client.close()
            link.server.close()

    def _start(self, body: Callable[..., None], *arguments: Direction) -> None:
        thread = threading.Thread(target=body, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._ending.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((HOST, self.target))
            except OSError:  # the server is down: so is the way to it
                client.close()
                continue
            link = _Link(client, server, self._next())
            self.broken += link.plan is not None
            self._links.append(link)
            self._start(link.pump, "up")
            self._start(link.pump, "down")

    def _next(self) -> Break | None:
        if self.plan:
            return self.plan.pop(0)
        return at_random(self.chance) if self.chance is not None else None
