"""An SMTP server over real sockets that takes every mail, or behaves as badly as a test asks it to.

Each acceptance is written to a journal before the client hears of it, so after any crash the journal is the
truth about what left the house. Without a script the sink is a strict, well-behaved server (RFC 5321): what
it refuses is a mistake of the client. It delivers nothing, and it does not check recipients.

A script says what happens at a phase of the conversation, see `SmtpSink.script` and `Answer`.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import json
import re
import ssl
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Self, get_args

from tests.servers.certificate import Certificate
from tests.servers.ports import HOST, reserve_port

Phase = Literal["greet", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "dot", "RSET", "NOOP", "QUIT"]
Security = Literal["tls", "starttls", "plain"]

LONGEST_LINE = 1000  # octets with CRLF, RFC 5321 section 4.5.3.1.6
LONGEST_READ = 2**20  # a longer line ends the connection
PATH = re.compile(r"(?:FROM|TO):\s*<([^<>]*)>(.*)", re.IGNORECASE)
WITH_RECIPIENT: tuple[Phase, ...] = ("RCPT", "DATA", "dot")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sink does instead of its usual answer.

    `code` is what the sink decides; None is the usual decision. `text` follows the code. A mail whose `dot`
    is answered with 2xx (or None) is accepted and journalled even if the client never hears of it. Then, in
    this order: `delay` seconds pass (the decision is already made); with `cut="before"` the connection is cut
    without an answer; with `hang` there is no answer and no cut until the client gives up; otherwise the
    answer is sent; with `cut="after"` the connection is cut behind it. An answer 421 always ends the
    connection.
    """

    code: int | None = None
    text: str = "scripted by the test"
    delay: float = 0.0
    cut: Literal["before", "after"] | None = None
    hang: bool = False


USUAL = Answer()


@dataclass(frozen=True, slots=True)
class Accepted:
    """One mail for which the sink took the responsibility."""

    at: datetime
    """Aware, UTC."""
    connection: int
    """1 for the first connection of the sink, 2 for the second, ..."""
    sender: str
    """"" for the null path <>."""
    recipients: tuple[str, ...]
    raw: bytes
    """As the client meant it: without the doubled dots and without the final one."""

    @property
    def sha256(self) -> str:
        """Hex digest of `raw`."""
        return hashlib.sha256(self.raw).hexdigest()

    def to_line(self) -> bytes:
        """One line of the journal: JSON, the raw bytes as Latin-1 text so that a person can read them."""
        fields = {
            "at": self.at.isoformat(),
            "connection": self.connection,
            "sender": self.sender,
            "recipients": self.recipients,
            "sha256": self.sha256,
            "raw": self.raw.decode("latin-1"),
        }
        return json.dumps(fields).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Self:
        """The acceptance that `to_line` wrote."""
        fields = json.loads(line)
        return cls(
            datetime.fromisoformat(fields["at"]),
            fields["connection"],
            fields["sender"],
            tuple(fields["recipients"]),
            fields["raw"].encode("latin-1"),
        )


@dataclass(frozen=True, slots=True)
class Command:
    """A command the sink heard, without the secrets of AUTH."""

    connection: int
    line: str


def read_journal(path: Path) -> list[Accepted]:
    """All acceptances of a journal file, oldest first; none if the file does not exist."""
    return [Accepted.from_line(line) for line in path.read_bytes().splitlines()] if path.exists() else []


@dataclass(slots=True)
class _Script:
    """Answers for one phase, used up one by one."""

    phase: Phase
    answers: list[Answer]
    recipient: str | None
    always: bool

    def fits(self, phase: Phase, recipients: list[str]) -> bool:
        return self.phase == phase and (self.recipient is None or self.recipient in recipients)

    def next(self) -> Answer:
        return self.answers[0] if self.always and len(self.answers) == 1 else self.answers.pop(0)


class SmtpSink:
    """The server. It runs in its own thread from `start` to `stop`; call its methods from any other.

    `journal` is a file that gets one JSON line for each acceptance, in one write before the answer. With
    `credentials` (user, password) a client has to log in, by AUTH PLAIN or LOGIN. `extensions` are announced
    after EHLO. `security` needs `certificate` unless it is "plain". `keeps_copy` is called with the bytes of each mail
    that is accepted, behind the journal and before the answer, as a server does that files what its users send.
    """

    def __init__(
        self,
        journal: Path,
        *,
        security: Security = "plain",
        certificate: Certificate | None = None,
        credentials: tuple[str, str] | None = None,
        extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"),
        keeps_copy: Callable[[bytes], object] | None = None,
    ) -> None:
        self.journal = journal
        self.security = security
        self.certificate = certificate
        self.credentials = credentials
        self.extensions = extensions
        self.keeps_copy = keeps_copy
        self.host = HOST
        self._reservation = reserve_port()
        self.port = self._reservation.port
        self.accepted: list[Accepted] = []
        self.heard: list[Command] = []
        self.connections = 0
        self.stalling = 0
        """So many conversations wait for an answer that a script has withheld."""
        self._tls = certificate.server_context() if certificate and security != "plain" else None
        self._scripts: list[_Script] = []
        self._news = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp-sink", daemon=True)
        self._server: asyncio.Server | None = None
        self._file: BinaryIO | None = None
        self._conversations: set[asyncio.Task[None]] = set()

    def start(self) -> Self:
        """Opens the journal and the door."""
        self._file = self.journal.open("ab", buffering=0)
        self._thread.start()
        self.open_door()
        return self

    def stop(self) -> None:
        """Shuts the door, cuts every conversation and ends the thread."""
        self.shut_door()
        self._do(self._cut_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        if self._file is not None:
            self._file.close()
        self._reservation.end()

    def open_door(self) -> None:
        """Accepts connections (again, and then on the same port)."""
        self._do(self._listen())

    def shut_door(self) -> None:
        """Refuses new connections: the server is down. Open conversations go on."""
        self._do(self._deafen())

    def script(self, phase: Phase, *answers: Answer, recipient: str | None = None, always: bool = False) -> None:
        """The next times that `phase` comes up (for `recipient`, if given), these answers are used, one each.

        Use `USUAL` for a turn that shall go well: the third mail is refused by `script("dot", USUAL, USUAL,
        Answer(451))`. With `always` the last answer stays. Of two scripts that fit, the one that was written
        first is used up first. At DATA and dot, `recipient` means a mail that goes to that address among
        others.
        """
        if phase not in get_args(Phase):
            raise ValueError(f"there is no phase {phase!r}, only {', '.join(get_args(Phase))}")
        if recipient is not None and phase not in WITH_RECIPIENT:
            raise ValueError(f"at {phase} no recipient is known yet")
        self._scripts.append(_Script(phase, list(answers), recipient, always))

    def has_misbehaved(self) -> bool:
        """Whether every answer of the scripts was used up, but for those that stay."""
        return not any(script.answers and not script.always for script in self._scripts)

    def wait(self, count: int, *, recipient: str | None = None, seconds: float = 90.0) -> list[Accepted]:
        """Waits until `count` mails (to `recipient`) are accepted and returns them; AssertionError if not."""
        with self._news:
            if not self._news.wait_for(lambda: len(self.mails_to(recipient)) >= count, seconds):
                got = len(self.mails_to(recipient))
                raise AssertionError(f"{got} of {count} mails to {recipient or 'anybody'} after {seconds:g} s")
            return self.mails_to(recipient)

    def mails_to(self, recipient: str | None) -> list[Accepted]:
        """The accepted mails to one address, oldest first; all if None."""
        if recipient is None:
            return list(self.accepted)
        return [mail for mail in self.accepted if recipient in mail.recipients]

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # From here on everything runs in the sink's own thread.

    def _do(self, work: Coroutine[None, None, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _listen(self) -> None:
        on_connect = self._tls if self.security == "tls" else None
        self._server = await asyncio.start_server(
            self._converse, HOST, self.port, limit=LONGEST_READ, ssl=on_connect, backlog=256
        )

    async def _deafen(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _cut_all(self) -> None:
        for conversation in self._conversations:
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._conversations.add(task)
        self.connections += 1
        try:
            await _Conversation(self, self.connections, reader, writer).run()
        except (_Cut, ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass  # either side went away, which is all that can happen to a conversation
        finally:
            writer.transport.abort()
            self._conversations.discard(task)

    def _hear(self, connection: int, line: str) -> None:
        self.heard.append(Command(connection, line))

    def _planned(self, phase: Phase, recipients: list[str]) -> Answer:
        for script in self._scripts:
            if script.answers and script.fits(phase, recipients):
                return script.next()
        return USUAL

    def _accept(self, mail: Accepted) -> None:
        assert self._file is not None
        self._file.write(mail.to_line())
        if self.keeps_copy is not None:
            self.keeps_copy(mail.raw)
        with self._news:
            self.accepted.append(mail)
            self._news.notify_all()


class _Cut(Exception):
    """The script or the protocol ends the connection."""


@dataclass(slots=True)
class _Envelope:
    sender: str
    eight_bit: bool
    utf8: bool
    recipients: list[str] = field(default_factory=list)


class _Conversation:
    """One connection, from the greeting to the end."""

    def __init__(self, sink: SmtpSink, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sink = sink
        self.number = number
        self.reader = reader
        self.writer = writer
        self.encrypted = sink.security == "tls"
        self.greeted = False
        self.logged_in = sink.credentials is None
        self.envelope: _Envelope | None = None
        self.commands: dict[str, Callable[[str], Coroutine[None, None, None]]] = {
            "EHLO": self.hello,
            "HELO": self.hello,
            "STARTTLS": self.start_tls,
            "AUTH": self.log_in,
            "MAIL": self.mail,
            "RCPT": self.recipient,
            "DATA": self.data,
            "RSET": self.reset,
            "NOOP": self.nothing,
            "QUIT": self.quit,
        }

    async def run(self) -> None:
        await self.answer("greet", 220, "sink.example ESMTP")
        while True:
            line = (await self.read_line()).decode("utf-8", "replace").rstrip("\r\n")
            verb, _, rest = line.partition(" ")
            self.sink._hear(self.number, "AUTH ***" if verb.upper() == "AUTH" else line)
            if command := self.commands.get(verb.upper()):
                await command(rest.strip())
            else:
                await self.say(500, "5.5.2 command not known")

    async def read_line(self) -> bytes:
        try:
            return await self.reader.readuntil(b"\n")
        except asyncio.LimitOverrunError as error:
            raise _Cut from error

    async def say(self, code: int, text: str) -> None:
        """Text of several lines makes an answer of several lines; "\\udcfc" goes out as the byte FC."""
        *before, last = text.split("\n")
        answer = "".join([*(f"{code}-{line}\r\n" for line in before), f"{code} {last}\r\n"])
        self.writer.write(answer.encode(errors="surrogateescape"))
        await self.writer.drain()

    async def answer(self, phase: Phase, code: int, text: str, act: Callable[[], None] | None = None) -> bool:
        """Answers as the script says, else with `code`, and does `act` before a good answer. Was it one?"""
        envelope = self.envelope
        planned = self.sink._planned(phase, envelope.recipients if envelope else [])
        return await self.perform(planned, code, text, act)

    async def perform(self, planned: Answer, code: int, text: str, act: Callable[[], None] | None = None) -> bool:
        if planned.code is not None:
            code, text = planned.code, planned.text
        if code < 400 and act is not None:
            act()
        if planned.delay:
            await asyncio.sleep(planned.delay)
        if planned.cut == "before":
            raise _Cut
        if planned.hang:
            self.sink.stalling += 1
            try:
                await self.reader.read()  # until the client gives up
            finally:
                self.sink.stalling -= 1
            raise _Cut
        await self.say(code, text)
        if planned.cut == "after" or code == 421:
            raise _Cut
        return code < 400

    async def hello(self, _rest: str) -> None:
        self.envelope = None
        offers = [*self.sink.extensions]
        if self.sink.security == "starttls" and not self.encrypted:
            offers.append("STARTTLS")
        if self.sink.credentials is not None and (self.encrypted or self.sink.security != "starttls"):
            offers.append("AUTH PLAIN LOGIN")
        self.greeted = await self.answer("EHLO", 250, "\n".join(["sink.example", *offers]))

    async def start_tls(self, _rest: str) -> None:
        if self.sink.security != "starttls" or self.encrypted or self.sink._tls is None:
            await self.say(502, "5.5.1 no STARTTLS here")
        elif await self.answer("STARTTLS", 220, "2.0.0 go ahead"):
            await self.writer.start_tls(self.sink._tls)
            self.encrypted, self.greeted, self.envelope = True, False, None

    async def log_in(self, rest: str) -> None:
        mechanism, _, first = rest.partition(" ")
        if self.sink.credentials is None or (self.sink.security == "starttls" and not self.encrypted):
            await self.say(503, "5.5.1 no AUTH here")
        elif mechanism.upper() not in ("PLAIN", "LOGIN"):
            await self.say(504, "5.5.4 mechanism not known")
        else:
            right = self.sink.credentials == await self.credentials(mechanism.upper(), first)
            code, text = (235, "2.7.0 welcome") if right else (535, "5.7.8 wrong user or password")
            self.logged_in = await self.answer("AUTH", code, text)

    async def credentials(self, mechanism: str, first: str) -> tuple[str, str]:
        """What the client says: PLAIN (RFC 4616) at once or when asked; LOGIN in two questions."""
        if mechanism == "PLAIN":
            _, user, password = [*(await self.secret("", first)).split("\0"), "", ""][:3]
            return user, password
        return await self.secret("Username:", first), await self.secret("Password:", "")

    async def secret(self, question: str, already: str) -> str:
        if not already:
            await self.say(334, base64.b64encode(question.encode()).decode())
            already = (await self.read_line()).decode().strip()
        try:
            return base64.b64decode(already, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            await self.say(501, "5.5.2 not base64")
            raise _Cut from error

    async def mail(self, rest: str) -> None:
        path = PATH.fullmatch(rest)
        if not self.greeted or self.envelope is not None:
            await self.say(503, "5.5.1 EHLO first, and one mail at a time")
        elif not self.logged_in:
            await self.say(530, "5.7.0 log in first")
        elif path is None:
            await self.say(501, "5.5.4 MAIL FROM:<address>")
        else:
            words = path[2].upper().split()
            envelope = _Envelope(path[1], "BODY=8BITMIME" in words, "SMTPUTF8" in words)
            if path[1].isascii() or envelope.utf8:
                await self.answer("MAIL", 250, "2.1.0 sender taken", lambda: self.begin(envelope))
            else:
                await self.say(553, "5.6.7 this address needs SMTPUTF8")

    def begin(self, envelope: _Envelope) -> None:
        self.envelope = envelope

    async def recipient(self, rest: str) -> None:
        path, envelope = PATH.fullmatch(rest), self.envelope
        if envelope is None:
            await self.say(503, "5.5.1 MAIL first")
        elif path is None or not path[1]:
            await self.say(501, "5.5.4 RCPT TO:<address>")
        elif not path[1].isascii() and not envelope.utf8:
            await self.say(553, "5.6.7 this address needs SMTPUTF8")
        else:
            planned = self.sink._planned("RCPT", [path[1]])
            await self.perform(planned, 250, "2.1.5 recipient taken", lambda: envelope.recipients.append(path[1]))

    async def data(self, _rest: str) -> None:
        envelope = self.envelope
        if envelope is None or not envelope.recipients:
            await self.say(503, "5.5.1 MAIL and RCPT first")
        elif await self.answer("DATA", 354, "go on, end with a dot"):
            raw, complaint = await self.read_mail(envelope)
            if complaint:
                await self.say(554, complaint)
            else:
                accepted = Accepted(datetime.now(UTC), self.number, envelope.sender, tuple(envelope.recipients), raw)
                await self.answer("dot", 250, "2.0.0 taken", lambda: self.sink._accept(accepted))
            self.envelope = None

    async def read_mail(self, envelope: _Envelope) -> tuple[bytes, str]:
        """The mail without its SMTP clothes, and what is wrong with it ("" if nothing is)."""
        lines: list[bytes] = []
        while (line := await self.read_line()) != b".\r\n":
            lines.append(line)
        raw = b"".join(line[1:] if line.startswith(b".") else line for line in lines)
        if any(len(line) > LONGEST_LINE for line in lines):
            return raw, "5.6.0 a line is longer than 1000 octets"
        if raw.count(b"\n") != raw.count(b"\r\n") or raw.count(b"\r") != raw.count(b"\r\n"):
            return raw, "5.6.0 a bare CR or LF"
        if not raw.isascii() and not envelope.eight_bit:
            return raw, "5.6.1 8-bit data without BODY=8BITMIME"
        return raw, ""

    async def reset(self, _rest: str) -> None:
        self.envelope = None
        await self.answer("RSET", 250, "2.0.0 forgotten")

    async def nothing(self, _rest: str) -> None:
        await self.answer("NOOP", 250, "2.0.0 still here")

    async def quit(self, _rest: str) -> None:
        await self.answer("QUIT", 221, "2.0.0 good bye")
        raise _Cut
