"""Tells systemd how we are: READY, RELOADING, STOPPING, STATUS and the watchdog (sd_notify(3))."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping


def notify(state: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Send one datagram such as "READY=1"; False where nobody asked for it (not run by systemd)."""
    path = environ.get("NOTIFY_SOCKET")
    if not path:
        return False
    address = "\0" + path[1:] if path.startswith("@") else path
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        try:
            sock.connect(address)
            sock.sendall(state.encode())
        except OSError:
            return False
    return True


def reloading(environ: Mapping[str, str] = os.environ) -> bool:
    """Say that a reload has begun; systemd wants the monotonic time beside it."""
    return notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}", environ)


def watchdog_interval(environ: Mapping[str, str] = os.environ) -> float | None:
    """Seconds between two signs of life (half of what systemd allows), or None without a watchdog."""
    allowed, pid = environ.get("WATCHDOG_USEC"), environ.get("WATCHDOG_PID")
    if not allowed or (pid and int(pid) != os.getpid()):
        return None
    return int(allowed) / 2_000_000
