"""Free TCP ports on 127.0.0.1, and the wait until a server listens there."""

from __future__ import annotations

import contextlib
import secrets
import socket
import subprocess
import time
from dataclasses import dataclass

HOST = "127.0.0.1"


#: Below those that the system gives to whoever wants any port (ip(7), ip_local_port_range): nobody takes one of these
#: by chance, neither before its server starts nor while the server is down.
PORTS = range(16_000, 32_000)

_kept: list[Reservation] = []


@dataclass(frozen=True, slots=True)
class Reservation:
    """A port that no other test process on this machine is given until it is let go."""

    port: int
    _sign: socket.socket

    def end(self) -> None:
        """Let others have it."""
        self._sign.close()


def reserve_port() -> Reservation:
    """A port nobody listens on now. The sign for it is a name that ends with the process (unix(7), abstract)."""
    while True:
        port = secrets.choice(PORTS)
        sign = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        with contextlib.suppress(OSError), socket.socket() as probe:
            sign.bind(f"\0postroom-test-port-{port}")
            probe.bind((HOST, port))
            return Reservation(port, sign)
        sign.close()


def free_port() -> int:
    """A port nobody listens on now, reserved as long as this process lives."""
    _kept.append(reserve_port())
    return _kept[-1].port


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
