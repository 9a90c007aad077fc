"""A small program that becomes a server which dies when its parent dies, even by `kill -9`.

A server left behind by a killed test run keeps its port and its memory. Linux can send a child a signal when
its parent is gone (prctl(2), PR_SET_PDEATHSIG). That wish is forgotten when the child changes its user, so it
comes after that and before the server's own program is loaded. `subprocess` offers only `preexec_fn` for such
work, which is not safe beside threads; hence a program of its own. It is Linux only, as the product is.

    python -I -S leash.py PARENT_PID SIGNAL UID GID PROGRAM [ARGUMENT...]
"""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def become(parent: int, death_signal: int, uid: int, gid: int, command: list[str]) -> None:
    """Replaces this process by `command`, run as `uid` if we are root. Returns only if the parent is gone."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal)
    if os.getppid() == parent:  # otherwise it died before we asked, and no signal would ever come
        os.execv(command[0], command)


if __name__ == "__main__":
    parent, death_signal, uid, gid = (int(word) for word in sys.argv[1:5])
    become(parent, death_signal, uid, gid, sys.argv[5:])
