"""The proxy breaks a link where it is told to, and nowhere else."""

from __future__ import annotations

import random
import select
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.servers.chaos import HOWS, LATE, Break, ChaosProxy, at_random
from tests.servers.ports import HOST


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that says what it hears; its port."""
    listener = socket.create_server((HOST, 0))

    def answer(link: socket.socket) -> None:
        with link:
            while words := link.recv(100):
                link.sendall(words)

    def serve() -> None:
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(link,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(60)


def hears(proxy: ChaosProxy, *words: bytes) -> tuple[bytes, str]:
    """Say these words, one after the other's echo; what came back, and how it ended."""
    heard = b""
    with socket.create_connection((proxy.host, proxy.port), timeout=60) as link:
        try:
            for word in words:
                link.sendall(word)
                while len(heard) < len(b"".join(words[: words.index(word) + 1])):
                    more = comes(link, proxy)
                    if more is None:
                        return heard, "silence"
                    if not more:
                        return heard, "cut"
                    heard += more
        except OSError:
            return heard, "cut"
    return heard, "whole"


def comes(link: socket.socket, proxy: ChaosProxy) -> bytes | None:
    """What comes next, b"" at the end; None when nothing does because the proxy swallows everything."""
    while not select.select([link], [], [], 0.02)[0]:
        if proxy.stalling and not select.select([link], [], [], 0.1)[0]:
            return None
    return link.recv(100)


def test_without_a_plan_every_link_stays_whole(echo: int) -> None:
    with ChaosProxy(echo) as proxy:
        assert hears(proxy, b"one", b"two") == (b"onetwo", "whole")


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (Break("cut", "up", bytes_=3), (b"one", "cut")),
        (Break("cut", "down", bytes_=4), (b"onet", "cut")),
        (Break("stall", "up", bytes_=3), (b"", "silence")),
        (Break("stall", "down", bytes_=0), (b"", "silence")),
        (Break("trickle", "down", bytes_=2), (b"onetwo", "whole")),
        (Break("late", "down", bytes_=3), (b"onetwo", "whole")),
        (Break("stall", "up", pattern=b"tw"), (b"one", "silence")),
        (Break("stall", "down", pattern=b"net"), (b"onet", "silence")),
        (Break("cut", "up", pattern=b"never"), (b"onetwo", "whole")),
    ],
)
def test_a_link_breaks_where_it_was_told_to(echo: int, plan: Break, expected: tuple[bytes, str]) -> None:
    with ChaosProxy(echo, [plan]) as proxy:
        began = time.monotonic()
        heard, how = hears(proxy, b"one", b"two")
        assert (heard if how != "cut" else expected[0], how) == expected
        assert time.monotonic() - began >= LATE or plan.how != "late"
        assert hears(proxy, b"one", b"two") == (b"onetwo", "whole"), "the plan was for one link"


def test_the_seed_decides_what_breaks() -> None:
    def plans(seed: int) -> list[Break | None]:
        chance = random.Random(seed)
        return [at_random(chance) for _ in range(200)]

    assert plans(1) == plans(1) != plans(2)
    assert {one.how for one in plans(1) if one} == set(HOWS)
    assert 40 < plans(1).count(None) < 100


def test_a_healed_way_breaks_no_more(echo: int) -> None:
    with ChaosProxy(echo, [Break("cut", "up")] * 5) as proxy:
        assert hears(proxy, b"one")[1] == "cut"
        proxy.heals()
        assert hears(proxy, b"one") == (b"one", "whole")
