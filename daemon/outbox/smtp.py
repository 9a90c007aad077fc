"""A persistent SMTP connection that says in which phase a mail failed.

`aiosmtplib.SMTP.sendmail` hides the phases, so MAIL, RCPT and DATA are called one by one: before the
final dot a lost connection means "not accepted", after it nobody knows (RFC 5321 §4.2.5, RFC 1047).
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import aiosmtplib
from aiosmtplib.protocol import SMTPProtocol

#: Answers that mean "you, or everybody, slow down" (RFC 5321 421; Exchange Online 432; 452 no room).
THROTTLED = frozenset({421, 432, 452})

#: Answers to MAIL that mean "log in first" or "not without TLS" (RFC 4954 §6): no fault of the mail that meets them.
LOG_IN_FIRST = frozenset({530, 534, 535, 538})

#: So much of a server's answer is kept.
REPLY_CHARACTERS = 1_000

ACCEPTED, TEMPORARY, PERMANENT = range(200, 300), range(400, 500), range(500, 600)
GO_ON = 354

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
        self._client: aiosmtplib.SMTP | None = None
        self._final_reply_timeout = 0.0

    async def open(self) -> aiosmtplib.SMTP:
        """The connected, secured, authenticated client, or ChannelDown with the reason in one sentence."""
        if self._client is not None and self._client.is_connected:
            return self._client
        access = self._access()
        self._final_reply_timeout = access.final_reply_timeout
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
        self._client = client
        return client

    async def send(self, sender: str, recipient: str, content: bytes, at_the_dot: Callable[[], Awaitable[None]]) -> str:
        """Send one mail to one recipient; the server's reply once it has taken responsibility.

        `at_the_dot` is awaited after the recipient was accepted and before the mail's bytes can end:
        the caller writes down there that from now on the outcome may be unknown.

        Raises ChannelDown (nothing was tried) or DeliveryFailed (see there). The send is never
        cancelled from outside: a cancelled aiosmtplib client looks connected and is not.
        """
        client = await self.open()
        dot = False
        try:
            await _mail_from(client, sender)
            await _command(client, b"RCPT", b"TO:" + _path(recipient))
            protocol = await _begin_data(client)
            await at_the_dot()
            protocol.write(_dressed(content))
            dot = True
            response = await protocol.read_response(self._final_reply_timeout)
            if response.code not in ACCEPTED:
                raise aiosmtplib.SMTPDataError(response.code, response.message)
        except aiosmtplib.SMTPResponseException as error:
            await self._reset()
            raise _refused(error, dot) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            self.drop()
            raise DeliveryFailed(f"{type(error).__name__}: {_readable(str(error))}", uncertain=dot) from error
        except BaseException:  # whatever else it is: this connection may be in the middle of a mail
            self.drop()
            raise
        return _said(response)

    async def _reset(self) -> None:
        """Leave the refused transaction; drop the connection if the server does not go along."""
        if self._client is None:
            return
        try:
            await self._client.rset()
        except (aiosmtplib.SMTPException, OSError):
            self.drop()

    def drop(self) -> None:
        """Close without a word."""
        if self._client is not None:
            self._client.close()
            self._client = None

    async def close(self) -> None:
        """Say QUIT if the server still listens. Accepted mails stay accepted whatever it answers."""
        if self._client is None:
            return
        try:
            await self._client.quit()
        except (aiosmtplib.SMTPException, OSError):
            self.drop()
        self._client = None


def _trouble(error: aiosmtplib.SMTPException | OSError) -> str:
    """Why there is no connection; aiosmtplib wraps what fails while it connects."""
    tls = error.__cause__ if isinstance(error, aiosmtplib.SMTPException) else error
    if isinstance(tls, ssl.SSLError):
        return (
            f"shows a certificate or TLS version that cannot be trusted ({tls}); "
            "correct smtp.host, or name the organisation's CA in smtp.ca_file."
        )
    return f"cannot be reached or refuses to talk ({_readable(str(error))})."


def _said(answer: aiosmtplib.SMTPResponse | aiosmtplib.SMTPResponseException) -> str:
    return _readable(f"{answer.code} {answer.message}")


def _readable(answer: str) -> str:
    """What a server said, fit for the database, the log and a mail: aiosmtplib hands on bytes that are no UTF-8."""
    line = " ".join(answer.split())[:REPLY_CHARACTERS]
    return "".join(character if character.isprintable() else "?" for character in line)


async def _mail_from(client: aiosmtplib.SMTP, sender: str) -> None:
    """MAIL. A server that wants a log-in first wants it for every mail: that is ChannelDown."""
    try:
        await _command(client, b"MAIL", b"FROM:" + _path(sender))
    except aiosmtplib.SMTPResponseException as error:
        if error.code not in LOG_IN_FIRST:
            raise
        raise ChannelDown(
            f"The SMTP server wants a log-in first ({_said(error)}); check smtp.user, its password and smtp.security."
        ) from error


async def _command(client: aiosmtplib.SMTP, verb: bytes, argument: bytes) -> None:
    """MAIL or RCPT. aiosmtplib's own methods read the address again and quietly cut what they cannot read."""
    response = await client.execute_command(verb, argument)
    if response.code not in ACCEPTED:
        raise aiosmtplib.SMTPResponseException(response.code, response.message)


def _path(address: str) -> bytes:
    """An address of the envelope in angle brackets (RFC 5321 §4.1.2); "<>" is the null path.

    Raises DeliveryFailed for anything that could end the command or begin another.
    """
    bare = address.removeprefix("<").removesuffix(">")
    if not _ENVELOPE.fullmatch(bare):
        raise DeliveryFailed(f"{address!r} cannot stand in an SMTP command", permanent=True)
    return f"<{bare}>".encode("ascii")


async def _begin_data(client: aiosmtplib.SMTP) -> SMTPProtocol:
    """DATA by itself: until the server says 354, nothing of the mail has gone out (aiosmtplib's `data` hides that)."""
    response = await client.execute_command(b"DATA")
    if response.code != GO_ON:
        raise aiosmtplib.SMTPDataError(response.code, response.message)
    if client.protocol is None:
        raise aiosmtplib.SMTPServerDisconnected("Connection lost")
    return client.protocol


def _dressed(content: bytes) -> bytes:
    """The mail as DATA wants it: lines end with CRLF, a dot at the beginning of one is doubled, one ends the mail."""
    is_whole = content.count(b"\r\n") == content.count(b"\r") == content.count(b"\n")
    lines = b"\r\n" + (content if is_whole else _LINE_END.sub(b"\r\n", content))
    return lines.replace(b"\r\n.", b"\r\n..")[2:] + (b".\r\n" if lines.endswith(b"\r\n") else b"\r\n.\r\n")


def _refused(error: aiosmtplib.SMTPResponseException, dot: bool) -> DeliveryFailed:
    """What the server's answer means; one that is none (not 4yz or 5yz) says nothing about a mail that is out."""
    unclear = error.code not in PERMANENT and error.code not in TEMPORARY
    return DeliveryFailed(
        _said(error),
        permanent=error.code in PERMANENT,
        uncertain=dot and unclear,
        throttled=error.code in THROTTLED,
    )


def _tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or newer with verified certificate and host name; ChannelDown if `ca_file` holds no certificates."""
    try:
        context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except OSError as error:  # an SSLError is one
        raise ChannelDown(f"No CA certificate can be read from {ca_file} ({error}); correct smtp.ca_file.") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
