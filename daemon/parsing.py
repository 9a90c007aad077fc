"""The pool of child processes in which mail is read: hostile bytes never meet the daemon's own memory or
time.

Starts children when they are needed, talks to each over its pipes, kills one that is too slow and goes on
with the next mail. Knows what a child answered, not how it reads: that is `daemon.mail.parse`.
"""

from __future__ import annotations

import base64
import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from daemon.mail.child import ATTACHMENTS, LENGTH_BYTES, OK, PARSE, PARSED_BYTES
from daemon.mail.message import Message, OutgoingAttachment
from daemon.mail.parse import CARRIED_BYTES

MAILS_PER_CHILD = 500
"""A child is replaced after so many mails, so that what libraries leak stays small."""
START_SECONDS = 30
"""A child must be ready within this time."""

# Neither the working directory nor a home directory may lend it code.
_CHILD = ("-P", "-s", "-m", "daemon.mail.child")
_AHEAD_BYTES = 1_000_000
_ANSWER_BYTES = {PARSE: PARSED_BYTES + 1_000, ATTACHMENTS: CARRIED_BYTES * 3 // 2 + 1_000_000}
_CHUNK = 1 << 18


class ParseFailed(Exception):
    """One mail could not be read; the sentence says why. The next mail is not touched by it.

    `where` is the traceback of a bug of ours in the child, for the log, or "".
    """

    def __init__(self, sentence: str, where: str = "") -> None:
        super().__init__(sentence)
        self.where = where


class ParserDown(Exception):
    """No child can be started, or the pool is closed: no mail's fault; try again later."""


class _ChildDied(Exception):
    """A child ended, or was ended, over the mail that it had before it.

    `perhaps_by_chance` says that the mail may have had no part in it, so that it deserves a second child.
    """

    def __init__(self, sentence: str, *, perhaps_by_chance: bool = False) -> None:
        super().__init__(sentence)
        self.perhaps_by_chance = perhaps_by_chance


class ParserPool:
    """Reads mail in up to `processes` children, each under these limits for each mail. Safe for many threads."""

    def __init__(
        self, *, processes: int = 1, cpu_seconds: int = 5, wall_seconds: float = 10, memory_mb: int = 768
    ) -> None:
        self._limits = (cpu_seconds, wall_seconds, memory_mb)
        self._processes = processes
        self._closed = threading.Event()
        # A place holds a child that waits for work, or None where one is still to be started.
        self._places: queue.LifoQueue[_Child | None] = queue.LifoQueue()
        for _ in range(processes):
            self._places.put(None)

    def parse(self, raw: bytes) -> Message:
        """The message that `raw` is. Raises ParseFailed or ParserDown."""
        result = self.parse_many([raw])[0]
        if isinstance(result, ParseFailed):
            raise result
        return result

    def parse_many(self, raws: Sequence[bytes]) -> list[Message | ParseFailed]:
        """One message, or the reason why there is none, for each of `raws`, in their order. Raises ParserDown.

        The next mail is written to the child while it reads the one before.
        """
        return [_message(answer) for answer in self._answers(PARSE, raws)]

    def make_ready(self) -> None:
        """Have a child that only waits for a mail: its start takes a thousand times as long. Raises ParserDown."""
        with self._child():
            pass

    def attachments(self, raw: bytes) -> tuple[OutgoingAttachment, ...]:
        """The files of a mail with their bytes, up to 20 MB in all. Raises ParseFailed or ParserDown."""
        (answer,) = self._answers(ATTACHMENTS, [raw])
        return _files(answer)

    def _answers(self, operation: bytes, raws: Sequence[bytes]) -> list[dict[str, Any] | ParseFailed]:
        answers: list[dict[str, Any] | ParseFailed] = []
        while len(answers) < len(raws):
            with self._child() as child:
                batch = raws[len(answers) : len(answers) + child.mails_left]
                try:
                    for answer in child.answers(operation, batch):
                        answers.append(answer)  # noqa: PERF402 - what came before a death counts
                except _ChildDied as died:
                    if not died.perhaps_by_chance:
                        answers.append(ParseFailed(str(died)))
        return answers

    def close(self) -> None:
        """Ends all children, each after the mail that it reads now. Later calls of the pool raise ParserDown."""
        self._closed.set()
        for child in [self._places.get() for _ in range(self._processes)]:
            if child is not None:
                child.end()
        for _ in range(self._processes):
            self._places.put(None)  # wakes threads that wait for a child: they find the pool closed

    def __enter__(self) -> ParserPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _child(self) -> Iterator[_Child]:
        """A child for one thread alone; given back if it still lives and is not worn out."""
        if self._closed.is_set():
            raise ParserDown("The parser is closed.")
        child = self._places.get()
        try:
            if self._closed.is_set():
                raise ParserDown("The parser is closed.")
            if child is not None and not child.lives:
                child.end()
                child = None
            child = child or _Child(*self._limits)
            yield child
        except BaseException:
            if child is not None:
                child.end()
            raise
        finally:
            if child is not None and (not child.lives or child.mails_left <= 0):
                child.end()
                child = None
            self._places.put(child)


class _Child:
    """One child process and its pipes."""

    def __init__(self, cpu_seconds: int, wall_seconds: float, memory_mb: int) -> None:
        self._cpu_seconds, self._wall_seconds = cpu_seconds, wall_seconds
        self.mails_left = MAILS_PER_CHILD
        self._is_used = self._is_lost = False
        self._process = subprocess.Popen(
            [sys.executable, *_CHILD, "--memory-mb", str(memory_mb), "--cpu-seconds", str(cpu_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            close_fds=True,
            cwd="/",
            env=_environment(),
            start_new_session=True,  # Ctrl-C in a terminal is for the daemon, which ends its children in order
        )
        self._requests, self._answers = _pipe(self._process.stdin), _pipe(self._process.stdout)
        self._received = bytearray()
        try:
            next(self._conversation(_Outgoing(PARSE, ()), 1, START_SECONDS, PARSED_BYTES))
        except _ChildDied as died:
            self.end()
            raise ParserDown(f"The parser did not start: {died}") from None

    @property
    def lives(self) -> bool:
        """Whether the process can take another mail."""
        return not self._is_lost and self._process.poll() is None

    def answers(self, operation: bytes, raws: Sequence[bytes]) -> Iterator[dict[str, Any] | ParseFailed]:
        """What the child says to each mail, in order. Raises _ChildDied at the mail over which it died."""
        waiting = _Outgoing(operation, raws)
        try:
            for answer in self._conversation(waiting, len(raws), self._wall_seconds, _ANSWER_BYTES[operation]):
                self.mails_left -= 1
                self._is_used = True
                yield _read_answer(answer)
        except _ChildDied:
            self._is_lost = True  # a process that was just killed may still look alive
            raise

    def end(self) -> None:
        """Ends the process if it lives, and closes its pipes."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _conversation(self, waiting: _Outgoing, wanted: int, seconds: float, limit: int) -> Iterator[bytes]:
        """Writes what waits and gives back `wanted` answers; both pipes move at once, so that neither fills up."""
        given = 0
        deadline = time.monotonic() + seconds
        while given < wanted:
            self._move(waiting, given, deadline, seconds)
            while (answer := self._next_answer(limit)) is not None:
                given += 1
                yield answer
                deadline = time.monotonic() + seconds

    def _move(self, waiting: _Outgoing, given: int, deadline: float, seconds: float) -> None:
        poll = select.poll()
        poll.register(self._answers, select.POLLIN)
        if waiting.may_go(given):
            poll.register(self._requests, select.POLLOUT)
        left = deadline - time.monotonic()
        ready = dict(poll.poll(left * 1_000)) if left > 0 else {}
        if not ready:
            self._process.kill()
            raise _ChildDied(f"Reading the mail took longer than {seconds:g} s.")
        if self._requests in ready:
            try:
                waiting.advance(os.write(self._requests, waiting.piece()))
            except BrokenPipeError:
                waiting.stop()  # the child is gone; its last answers may still be in the other pipe
        if self._answers in ready:
            received = os.read(self._answers, _CHUNK)
            if not received:
                raise self._death()
            self._received += received

    def _next_answer(self, limit: int) -> bytes | None:
        if len(self._received) < LENGTH_BYTES:
            return None
        length = int.from_bytes(self._received[:LENGTH_BYTES], "big")
        if length > limit:
            self._process.kill()
            raise _ChildDied("The parser's answer is longer than allowed.")
        if len(self._received) < LENGTH_BYTES + length:
            return None
        answer = bytes(self._received[LENGTH_BYTES : LENGTH_BYTES + length])
        del self._received[: LENGTH_BYTES + length]
        return answer

    def _death(self) -> _ChildDied:
        """Why the process ended by itself. One that had read other mails before may have been ended by anybody."""
        status = self._process.wait()
        if status == -signal.SIGXCPU:
            return _ChildDied(f"Reading the mail took more than {self._cpu_seconds} s of CPU time.")
        how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
        return _ChildDied(f"The process that reads mail {how}.", perhaps_by_chance=self._is_used)


class _Outgoing:
    """Requests on their way to a child: one after the other, and not too far ahead of its answers."""

    def __init__(self, operation: bytes, raws: Sequence[bytes]) -> None:
        self._operation, self._raws = operation, raws
        self._next = self._answered = self._ahead = 0
        self._frame = memoryview(b"")

    def may_go(self, answered: int) -> bool:
        """Whether there is something to write, given that so many requests are answered."""
        self._ahead -= sum(map(len, self._raws[self._answered : answered]))
        self._answered = answered
        if not self._frame and self._next < len(self._raws) and self._ahead <= _AHEAD_BYTES:
            raw = self._raws[self._next]
            self._frame = memoryview((len(raw) + 1).to_bytes(LENGTH_BYTES, "big") + self._operation + raw)
            self._next += 1
            self._ahead += len(raw)
        return len(self._frame) > 0

    def piece(self) -> memoryview:
        """The bytes to write next."""
        return self._frame[:_CHUNK]

    def advance(self, written: int) -> None:
        """So many bytes are written."""
        self._frame = self._frame[written:]

    def stop(self) -> None:
        """Nothing can be written any more."""
        self._next, self._frame = len(self._raws), memoryview(b"")


def _pipe(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        raise AssertionError("Popen was asked for pipes.")
    os.set_blocking(pipe.fileno(), False)
    return pipe.fileno()


def _environment() -> dict[str, str]:
    """What a child needs to find its own code, and none of the daemon's variables: they may hold passwords."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(Path(__file__).parent.parent)}


def _read_answer(answer: bytes) -> dict[str, Any] | ParseFailed:
    try:
        plain = json.loads(answer[1:])
        if answer[:1] == OK:
            return dict(plain)
        return ParseFailed(str(plain["error"]), str(plain.get("traceback", "")))
    except (ValueError, TypeError, KeyError):
        return ParseFailed("The parser gave an answer that cannot be read.")


def _message(answer: dict[str, Any] | ParseFailed) -> Message | ParseFailed:
    if isinstance(answer, ParseFailed):
        return answer
    try:
        return Message.from_json(answer)
    except (ValueError, TypeError, KeyError):
        return ParseFailed("The parser gave an answer that is no message.")


def _files(answer: dict[str, Any] | ParseFailed) -> tuple[OutgoingAttachment, ...]:
    if isinstance(answer, ParseFailed):
        raise answer
    try:
        return tuple(
            OutgoingAttachment(str(name), str(content_type), base64.b64decode(content, validate=True))
            for name, content_type, content in answer["files"]
        )
    except (ValueError, TypeError, KeyError):
        raise ParseFailed("The parser gave an answer that is no list of files.") from None
