"""The conversation with a mail server over a connection that is open, secured and logged in: lines out, replies in.

aiosmtplib connects, secures and logs in. Its own protocol must read each reply before the next command is
written; this one takes its place, so that several commands can travel together (RFC 2920, PIPELINING).
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass

#: RFC 5321 §4.5.3.1.5 allows 512 octets for a line of a reply; a server that says this much is talking nonsense.
LONGEST_REPLY = 64 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server said: its code, and its lines without code, joined by spaces.

    Bytes that are no UTF-8 are lone surrogates in the text: make it readable before it is kept or shown.
    """

    code: int
    text: str


class NoReply(OSError):
    """The server went away, took too long, or said something that is no reply: this connection is of no more use."""


class Conversation(asyncio.Protocol):
    """One connection. Every write says how many replies it will bring; a reply that nobody waits for ends it."""

    def __init__(self, transport: asyncio.Transport) -> None:
        """Takes the connection over from whoever opened it."""
        self._transport = transport
        self._received = bytearray()
        self._lines: list[str] = []
        self._replies: deque[Reply] = deque()
        self._expected = 0
        self._trouble: NoReply | None = None
        self._waiter: asyncio.Future[None] | None = None
        transport.set_protocol(self)

    @property
    def is_fit(self) -> bool:
        """Whether a mail can begin: the connection is open, and nothing is owed or left over."""
        return not (self._trouble or self._transport.is_closing() or self._expected or self._received)

    def write(self, words: bytes, replies: int) -> None:
        """Send commands or the bytes of a mail. Raises NoReply if the connection is gone."""
        if self._trouble is not None:
            raise self._trouble
        self._expected += replies
        self._transport.write(words)

    async def reply(self, seconds: float) -> Reply:
        """The next reply, oldest first. Raises NoReply if none comes within `seconds`."""
        if not self._replies:
            if self._trouble is not None:
                raise self._trouble
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            bell = loop.call_later(seconds, self._end, f"the server did not answer within {seconds:g} s")
            try:
                await self._waiter
            finally:
                bell.cancel()
                self._waiter = None
        return self._replies.popleft()

    def close(self) -> None:
        """Go away at once; what is not on the wire yet stays here."""
        self._transport.abort()
        self._end("the connection was closed here")

    def data_received(self, data: bytes) -> None:
        """Take in what came; asyncio calls this."""
        self._received += data
        *lines, self._received = self._received.split(b"\n")
        nonsense = None
        try:
            for line in lines:
                self._hear(line.decode("utf-8", "surrogateescape").strip())
            if len(self._received) > LONGEST_REPLY:
                raise ValueError("the server's reply has no end")
        except ValueError as error:
            nonsense = str(error)
        if self._replies and self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)  # a reply that came before nonsense is one
        if nonsense:
            self._end(nonsense)
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end; asyncio calls this."""
        self._end(f"the server closed the connection{f' ({exc})' if exc else ''}")

    def _hear(self, line: str) -> None:
        """One line of a reply: three digits, then a hyphen if more lines follow (RFC 5321 §4.2.1)."""
        code, mark, text = line[:3], line[3:4], line[4:].strip()
        if not (len(code) == 3 and code.isascii() and code.isdigit() and mark in ("", " ", "-")):
            raise ValueError(f"the server said something that is no reply: {line[:200]}")
        self._lines.append(text)
        if sum(map(len, self._lines)) > LONGEST_REPLY:
            raise ValueError("the server's reply has no end")
        if mark == "-":
            return
        if self._expected == 0:
            raise ValueError(f"the server spoke unasked: {line[:200]}")
        self._expected -= 1
        self._replies.append(Reply(int(code), " ".join(filter(None, self._lines))))
        self._lines.clear()

    def _end(self, why: str) -> None:
        if self._trouble is None:
            self._trouble = NoReply(why)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(self._trouble)
