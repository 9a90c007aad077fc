"""How long something takes of the processor, judged so that a busy machine does not change the verdict."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Other programs empty the caches of the processor and share its cores: what is quick once is quick.
TRIES = 5


def seconds_of(work: Callable[[], object]) -> float:
    """Seconds of the processor's time, one run."""
    began = time.process_time()
    work()
    return time.process_time() - began


def is_done_within(seconds: float, work: Callable[[], object]) -> bool:
    """Whether one of a few runs takes less than so many seconds of the processor's time."""
    return any(seconds_of(work) < seconds for _ in range(TRIES))
