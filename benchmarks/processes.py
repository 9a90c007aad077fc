"""Starts a process to be measured; tells when it is ready, its processor time and its peak memory."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.servers import leash


@dataclass(frozen=True, slots=True)
class Spent:
    """What a process and the children it waited for have spent: processor seconds, peak resident memory in MB."""

    cpu_seconds: float
    peak_rss_mb: float


class Daemon:
    """A Postroom that reports READY like under systemd."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path) -> None:
        """Start it and return when it is ready."""
        folder = tempfile.mkdtemp(prefix="postroom-bench-")
        path = f"{folder}/notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
            ready.bind(path)
            ready.settimeout(60)
            with open(log, "wb") as output:
                # On a leash: a benchmark that is killed leaves no daemon behind.
                identity = (os.getpid(), int(signal.SIGTERM), os.getuid(), os.getgid())
                leashed = [sys.executable, "-I", "-S", leash.__file__, *map(str, identity), *command]
                self.process = subprocess.Popen(
                    leashed, env=environment | {"NOTIFY_SOCKET": path}, stdout=output, stderr=output
                )
            while b"READY=1" not in ready.recv(4096):
                pass
        Path(path).unlink()
        Path(folder).rmdir()

    def stop(self) -> Spent:
        """Stop it with SIGTERM; what it has spent, the child that parses mail included."""
        peak = sum(_high_water_mark(pid) for pid in (self.process.pid, *_children(self.process.pid)))
        self.process.send_signal(signal.SIGTERM)
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        return Spent(usage.ru_utime + usage.ru_stime, peak / 1024)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *_children(int(child))]
    return found


def _high_water_mark(pid: int) -> int:
    """Peak resident memory in kB (proc(5), VmHWM)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    return 0
