"""An asyncio loop whose clock runs ahead while a server stalls on purpose.

A client that is patient everywhere gives up such a server at once, and no other however slow the machine is: the
time-out that a test is about happens where it shall and nowhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeVar

T = TypeVar("T")

#: Seconds a client of a test waits for an answer: nothing that works takes as long, on whatever machine.
PATIENCE = 60.0

#: While a server stalls, each TICK (seconds) brings the clock forward by a LEAP. It takes several leaps to outlast
#: PATIENCE, and between two of them the loop reads what was said before the stall.
TICK, LEAP = 0.004, 5.0


class _Loop(asyncio.SelectorEventLoop):
    ahead = 0.0

    def time(self) -> float:
        return super().time() + self.ahead

    def has_connections(self) -> bool:
        return len(self._selector.get_map()) > 1  # type: ignore[attr-defined]  # one end of a pipe is its own


async def _hurry(loop: _Loop, stalls: Callable[[], object]) -> None:
    while True:
        await asyncio.sleep(TICK)
        if stalls():
            loop.ahead += LEAP


def run(story: Coroutine[None, None, T], stalls: Callable[[], object]) -> T:
    """The result of the story, as `asyncio.run` has it; time flies while `stalls` is true.

    It ends when every connection is let go, which a TLS connection does when the other side has said good-bye.
    """

    async def both() -> T:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, _Loop)
        hurrying = asyncio.create_task(_hurry(loop, stalls))
        try:
            result = await story
            while loop.has_connections():
                await asyncio.sleep(TICK)
        finally:
            hurrying.cancel()
        return result

    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(both())
