"""A persistent SMTP connection that says in which phase a mail failed.

aiosmtplib opens the connection, secures it and logs in. Its `sendmail` hides the phases, so the mails themselves
go through a Conversation: before the final dot a lost connection means "not accepted", after it nobody knows
(RFC 5321 §4.2.5, RFC 1047).
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import aiosmtplib

from daemon import tls
from daemon.outbox.conversation import Conversation, Reply
from daemon.under_test import reached

#: Answers that mean "you, or everybody, slow down" (RFC 5321 421; Exchange Online 432; 452 no room).
THROTTLED = frozenset({421, 432, 452})

#: Answers to MAIL that mean "log in first" or "not without TLS" (RFC 4954 §6): no fault of the mail that meets them.
LOG_IN_FIRST = frozenset({530, 534, 535, 538})

#: So much of a server's answer is kept.
REPLY_CHARACTERS = 1_000

#: Seconds to say good-bye in; whatever the server answers, accepted mails stay accepted.
FAREWELL = 5.0

ACCEPTED, TEMPORARY, PERMANENT = range(200, 300), range(400, 500), range(500, 600)
GO_ON = range(354, 355)

#: What may stand between the angle brackets of an envelope: printable ASCII, no space, no brackets.
_ENVELOPE = re.compile(r"[!-;=?-~]*")

_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class SmtpAccess:
    """How to reach the mail server; `security` is tls, starttls or plain; times in seconds.

    `greet_as` is our name in EHLO (given, because asking the resolver for it can hang).
    """

    host: str
    port: int
    security: str
    user: str | None
    password: str | None
    timeout: float
    final_reply_timeout: float
    greet_as: str
    ca_file: Path | None = None

    def __repr__(self) -> str:
        """Never show the password, not even in a traceback."""
        return f"SmtpAccess({self.host}:{self.port}, {self.security})"


class ChannelDown(Exception):
    """No mail at all can leave now; the sentence says why and what to do."""


class DeliveryFailed(Exception):
    """One mail was not accepted.

    `permanent`: the server refused it for good. `uncertain`: the final dot was written and no answer
    was read. `throttled`: the server asks everybody to slow down. `reply`: the server's own line.
    """

    def __init__(
        self, reply: str, *, permanent: bool = False, uncertain: bool = False, throttled: bool = False
    ) -> None:
        """Keep what the caller asks about."""
        super().__init__(reply)
        self.reply = reply
        self.permanent = permanent
        self.uncertain = uncertain
        self.throttled = throttled


class Channel:
    """One connection, opened when first needed, kept while it answers. Not for two tasks at once."""

    def __init__(self, access: Callable[[], SmtpAccess]) -> None:
        """Nothing is opened yet; `access` is asked at every log-in, so that a new password needs no restart."""
        self._access = access
        self._conversation: Conversation | None = None
        self.offers: frozenset[str] = frozenset()
        """The extensions that the server offered when the connection was opened, in lower case."""
        self._timeout = self._final_reply_timeout = 0.0

    async def open(self) -> Conversation:
        """A connection that is open, secured and logged in, or ChannelDown with the reason in one sentence."""
        if self._conversation is not None and self._conversation.is_fit:
            return self._conversation
        self.drop()
        access = self._access()
        self._timeout, self._final_reply_timeout = access.timeout, access.final_reply_timeout
        where = f"The SMTP server {access.host}:{access.port}"
        context = _tls_context(access.ca_file) if access.security != "plain" else None
        client = aiosmtplib.SMTP(
            hostname=access.host,
            port=access.port,
            local_hostname=access.greet_as,
            timeout=access.timeout,
            use_tls=access.security == "tls",
            start_tls=access.security == "starttls",  # never None: that is opportunistic, a stripped STARTTLS passes
            tls_context=context,
        )
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await client.ehlo()
            if access.user is not None:
                await client.login(access.user, access.password or "")
        except aiosmtplib.SMTPAuthenticationError as error:
            client.close()
            raise ChannelDown(
                f"{where} refused the log-in of {access.user!r} ({_said(error)}); "
                "check smtp.user and its password file."
            ) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            client.close()
            raise ChannelDown(f"{where} {_trouble(error)}") from error
        if not isinstance(client.transport, asyncio.Transport):  # it went away after the last reply
            raise ChannelDown(f"{where} hung up after the greeting.")
        self.offers = frozenset(client.esmtp_extensions)
        self._conversation = Conversation(client.transport)
        return self._conversation

    async def send(self, sender: str, recipient: str, content: bytes, at_the_dot: Callable[[], Awaitable[None]]) -> str:
        """Send one mail to one recipient; the server's reply once it has taken responsibility.

        `at_the_dot` is awaited after the recipient was accepted and before the mail's bytes can end:
        the caller writes down there that from now on the outcome may be unknown.

        Raises ChannelDown (nothing was tried) or DeliveryFailed (see there). The send is never
        cancelled from outside: a cancelled aiosmtplib client looks connected and is not.
        """
        envelope = b"MAIL FROM:" + _path(sender), b"RCPT TO:" + _path(recipient), b"DATA"
        conversation = await self.open()
        dot = False
        try:
            await self._begin(conversation, envelope)
            await at_the_dot()
            conversation.write(_dressed(content), 1)
            dot = True
            reached("C12-out")
            reply = await conversation.reply(self._final_reply_timeout)
            if reply.code not in ACCEPTED:
                raise _Refused(reply)
        except _Refused as refused:
            await self._forget(conversation, refused)
            raise _meaning(refused.reply, dot) from refused
        except OSError as error:
            self.drop()
            raise DeliveryFailed(f"no answer: {_readable(str(error))}", uncertain=dot) from error
        except BaseException:  # whatever else it is: this connection may be in the middle of a mail
            self.drop()
            raise
        return _said(reply)

    async def _begin(self, conversation: Conversation, envelope: tuple[bytes, bytes, bytes]) -> None:
        """MAIL, RCPT and DATA, in one go where the server allows it; the first reply that refuses them decides.

        Until the server has said 354, nothing of the mail has gone out.
        """
        wanted = ACCEPTED, ACCEPTED, GO_ON
        together = "pipelining" in self.offers
        if together:
            conversation.write(b"".join(command + b"\r\n" for command in envelope), len(envelope))
        for number, (command, good) in enumerate(zip(envelope, wanted, strict=True)):
            if not together:
                conversation.write(command + b"\r\n", 1)
            reply = await conversation.reply(self._timeout)
            if reply.code in good:
                continue
            refused = _Refused(reply, to_hear=len(envelope) - number - 1 if together else 0)
            if number == 0 and reply.code in LOG_IN_FIRST:
                await self._forget(conversation, refused)
                raise ChannelDown(
                    f"The SMTP server wants a log-in first ({_said(reply)}); "
                    "check smtp.user, its password and smtp.security."
                )
            raise refused

    async def _forget(self, conversation: Conversation, refused: _Refused) -> None:
        """Leave the refused transaction; drop the connection if the server does not go along.

        A server that refused the recipient and yet says 354 to the DATA behind it waits for a mail that is not
        meant for it (RFC 2920 §3.1): this connection is left too.
        """
        try:
            rest = [await conversation.reply(self._timeout) for _ in range(refused.to_hear)]
            if not any(reply.code in GO_ON for reply in rest):
                conversation.write(b"RSET\r\n", 1)
                if (await conversation.reply(self._timeout)).code in ACCEPTED:
                    return
        except OSError:
            pass
        self.drop()

    def drop(self) -> None:
        """Close without a word."""
        if self._conversation is not None:
            self._conversation.close()
            self._conversation = None

    async def close(self) -> None:
        """Say QUIT if the server still listens. Accepted mails stay accepted whatever it answers."""
        if self._conversation is not None:
            with suppress(OSError):
                self._conversation.write(b"QUIT\r\n", 1)
                await self._conversation.reply(min(FAREWELL, self._timeout))
        self.drop()


class _Refused(Exception):
    """The server said no; `to_hear` replies to commands that went along are still to come."""

    def __init__(self, reply: Reply, to_hear: int = 0) -> None:
        super().__init__(_said(reply))
        self.reply = reply
        self.to_hear = to_hear


def _trouble(error: aiosmtplib.SMTPException | OSError) -> str:
    """Why there is no connection; aiosmtplib wraps what fails while it connects."""
    tls = error.__cause__ if isinstance(error, aiosmtplib.SMTPException) else error
    if isinstance(tls, ssl.SSLError):
        return (
            f"shows a certificate or TLS version that cannot be trusted ({tls}); "
            "correct smtp.host, or name the organisation's CA in smtp.ca_file."
        )
    return f"cannot be reached or refuses to talk ({_readable(str(error))})."


def _said(answer: Reply | aiosmtplib.SMTPResponseException) -> str:
    return _readable(f"{answer.code} {answer.text if isinstance(answer, Reply) else answer.message}")


def _readable(answer: str) -> str:
    """What a server said, fit for the database, the log and a mail: aiosmtplib hands on bytes that are no UTF-8."""
    line = " ".join(answer.split())[:REPLY_CHARACTERS]
    return "".join(character if character.isprintable() else "?" for character in line)


def _path(address: str) -> bytes:
    """An address of the envelope in angle brackets (RFC 5321 §4.1.2); "<>" is the null path.

    Raises DeliveryFailed for anything that could end the command or begin another.
    """
    bare = address.removeprefix("<").removesuffix(">")
    if not _ENVELOPE.fullmatch(bare):
        raise DeliveryFailed(f"{address!r} cannot stand in an SMTP command", permanent=True)
    return f"<{bare}>".encode("ascii")


def _dressed(content: bytes) -> bytes:
    """The mail as DATA wants it: lines end with CRLF, a dot at the beginning of one is doubled, one ends the mail."""
    is_whole = content.count(b"\r\n") == content.count(b"\r") == content.count(b"\n")
    lines = b"\r\n" + (content if is_whole else _LINE_END.sub(b"\r\n", content))
    return lines.replace(b"\r\n.", b"\r\n..")[2:] + (b".\r\n" if lines.endswith(b"\r\n") else b"\r\n.\r\n")


def _meaning(reply: Reply, dot: bool) -> DeliveryFailed:
    """What the server's answer means; one that is none (not 4yz or 5yz) says nothing about a mail that is out."""
    unclear = reply.code not in PERMANENT and reply.code not in TEMPORARY
    return DeliveryFailed(
        _said(reply),
        permanent=reply.code in PERMANENT,
        uncertain=dot and unclear,
        throttled=reply.code in THROTTLED,
    )


def _tls_context(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return tls.verifying(ca_file)
    except OSError as error:  # an SSLError is one
        raise ChannelDown(f"No CA certificate can be read from {ca_file} ({error}); correct smtp.ca_file.") from error
