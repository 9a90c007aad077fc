"""Becomes a program that ends when its parent ends, even by `kill -9`.

Linux sends a child a signal when its parent is gone if the child asks for it (prctl(2), PR_SET_PDEATHSIG).
`subprocess` offers only preexec_fn for asking, which is not safe beside threads; hence a program of its own.
On another system nothing is asked for, and the child ends when the demo stops it.

    python -I -S leash.py PARENT_PID PROGRAM [ARGUMENT...]
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def become(parent: int, command: list[str]) -> None:
    """Replace this process by `command`; returns only if the parent is gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == parent:  # otherwise it died before we asked, and no signal would ever come
        os.execv(command[0], command)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    become(int(sys.argv[1]), sys.argv[2:])
