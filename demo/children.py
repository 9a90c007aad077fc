"""The programs that the demo starts: each on a leash, its words in a log file, stopped at the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from demo import leash

#: The folder from which `python -m demo.servers` finds its package.
ROOT = Path(__file__).resolve().parent.parent

#: Longer than the daemon gives itself for an orderly stop.
STOP_WITHIN = 12.0

#: Several programs share the cores: a numpy that starts a thread per core only gets in their way, and in its own.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

Command = Sequence[str | Path]


class ChildFailed(Exception):
    """A program of the demo failed; the sentence says which, and shows its last words."""


@dataclass(frozen=True, slots=True)
class _Child:
    name: str
    process: subprocess.Popen[str]
    log: Path
    ends_by_itself: bool

    def failed(self) -> bool:
        """Whether it has ended though it should not, or badly."""
        status = self.process.poll()
        return status is not None and not (self.ends_by_itself and status == 0)


class Children:
    """Every program of one run, stopped in reverse order when the block ends."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._all: list[_Child] = []

    def __enter__(self) -> Self:
        """Leave by stopping all."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop all, also after Ctrl-C."""
        self.stop()

    def start(self, name: str, command: Command, log: Path) -> None:
        """Start a program that runs until it is stopped; it writes into `log`."""
        self._start(name, command, log, ends_by_itself=False)

    def start_and_hear(self, name: str, command: Command, log: Path) -> str:
        """The same, for a program that prints one line when it is ready: that line. ChildFailed without it."""
        process = self._start(name, command, log, ends_by_itself=False, hear=True)
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            process.wait()
            self.check()
        return line

    def start_errand(self, name: str, command: Command, log: Path) -> subprocess.Popen[str]:
        """Start a program that ends by itself, and do not wait."""
        return self._start(name, command, log, ends_by_itself=True)

    def run(self, name: str, command: Command, log: Path) -> None:
        """Run a program to its end; ChildFailed if its exit status is not 0."""
        self.start_errand(name, command, log).wait()
        self.check()

    def check(self) -> None:
        """Raise ChildFailed if one of them has failed."""
        for child in self._all:
            if child.failed():
                status = child.process.returncode
                raise ChildFailed(f"{child.name} ended with exit status {status}. {last_words(child.log)}")

    def stop(self) -> None:
        """Ask each to stop, the last started first, and kill what does not."""
        while self._all:
            process = self._all.pop().process
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            if process.stdout is not None:
                process.stdout.close()

    def _start(
        self, name: str, command: Command, log: Path, *, ends_by_itself: bool, hear: bool = False
    ) -> subprocess.Popen[str]:
        with log.open("a", encoding="utf-8") as words:
            process = _spawn(command, subprocess.PIPE if hear else words, words)
        self._all.append(_Child(name, process, log, ends_by_itself))
        return process


def _spawn(command: Command, stdout: int | IO[str], stderr: IO[str]) -> subprocess.Popen[str]:
    """Start in a session of its own, so that Ctrl-C reaches the demo alone, which then stops all in order."""
    on_leash = [sys.executable, "-I", "-S", leash.__file__, str(os.getpid()), *map(str, command)]
    return subprocess.Popen(
        on_leash,
        cwd=ROOT,
        env=os.environ | _ONE_THREAD,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
        start_new_session=True,
    )


def last_words(log: Path, lines: int = 12) -> str:
    """The end of a log file, for the sentence that says what went wrong."""
    words = log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
    shown = "\n".join(f"    {line}" for line in words)
    return f"The end of {log}:\n{shown}" if shown else f"{log} is empty."
