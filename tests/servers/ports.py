"""Free TCP ports on 127.0.0.1, and the wait until a server listens there."""

from __future__ import annotations

import socket
import subprocess
import time

HOST = "127.0.0.1"


def free_port() -> int:
    """A port nobody listens on now; should a stranger take it first, the server says that it cannot start."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Does anybody accept connections there?"""
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def wait_until_listening(port: int, process: subprocess.Popen[bytes], seconds: float = 60.0) -> bool:
    """True when the port accepts; False when the process ended or the time is over."""
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        if listens(port):
            return True
        time.sleep(0.01)
    return False
