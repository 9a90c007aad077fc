"""A program of ours in a process of its own beside the daemon: it can hold nothing up, and it ends with the daemon."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

#: How often the daemon looks whether it shall stop (seconds).
_LOOK = 0.5

#: No line of the program is longer than this.
_LONGEST_LINE = 1 << 20


def start(module: str, *words: str) -> subprocess.Popen[bytes]:
    """Start this module of ours with these words; it lives as long as its standard input is open."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *words],
        stdin=subprocess.PIPE,  # never written to: its end tells the program that the daemon has ended
        stdout=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,  # Ctrl-C in a terminal is for the daemon
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parent.parent)},
    )


def hear(process: subprocess.Popen[bytes]) -> bytes | None:
    """What it has said since the last time, b"" at its end; None if it said nothing for half a second."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], _LOOK)
    return os.read(process.stdout.fileno(), _LONGEST_LINE) if ready else None


def end(process: subprocess.Popen[bytes]) -> None:
    """End it if it lives: it holds nothing that could be lost."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
