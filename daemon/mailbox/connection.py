"""One logged-in connection to one mailbox, over verified TLS unless the settings say loopback."""

from __future__ import annotations

import contextlib
import imaplib
import os
import re
import select
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError, ProtocolError

from daemon import tls

#: RFC 9051 lets a server think for long; 30 s without a byte on a command is a dead link to us.
TIMEOUT = SocketTimeout(10, 30)

#: Everything a lost or lying connection raises out of imaplib and imapclient.
CONNECTION_ERRORS = (OSError, imaplib.IMAP4.error, IMAPClientError, ValueError, TypeError, RecursionError)

#: What an answer raises that is against the grammar.
_NONSENSE = (ProtocolError, ValueError, TypeError, RecursionError)

#: A server that is asked too much says so in one of these ways (RFC 5530, RFC 9051; Gmail; Exchange Online).
_TOO_MUCH = re.compile(
    r"\[(?:UNAVAILABLE|LIMIT|INUSE)\]|too many (?:simultaneous )?connections|maximum number of connections"
    r"|authenticated but not connected|throttle",
    re.IGNORECASE,
)

#: It is left alone for so long (seconds): twelve log-ins an hour, and back within five minutes.
LEFT_ALONE = 300.0

_QUOTED = re.compile(r"(unexpected (?:tagged )?response)\b.*", re.DOTALL)
_UNSAFE = re.compile(r"[\x00\r\n]")
_BYTES = re.compile(r"""^b(['"])(.*)\1$""", re.DOTALL)


class MailboxDown(Exception):
    """The mailbox cannot be worked now. `reason` says why and what to do; `retry_after` is in seconds."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        """Keep the sentence for people and the pause the server asked for, if any."""
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach a mailbox. `security` is tls, starttls or plain.

    `read_only`: the folder is opened by EXAMINE, so that the server itself refuses every change.
    """

    name: str
    host: str
    port: int
    security: str
    user: str
    password: str
    folder: str
    ca_file: Path | None = None
    read_only: bool = False

    def __repr__(self) -> str:
        """Never show the password, not even in a traceback."""
        return f"Access({self.name}: {self.user} at {self.host}:{self.port}, {self.security})"


@dataclass(frozen=True, slots=True)
class Selected:
    """What the server said of the selected folder."""

    uidvalidity: int
    exists: int
    keywords: bool
    read_only: bool
    uidnext: int | None
    """The number that the next mail would get; None where the server does not say."""


class Connection:
    """A connection with its folder selected. Not for two threads; any error means: close it, open another."""

    def __init__(self, client: IMAPClient, access: Access, wake_up: int | None) -> None:
        """Wrap a logged-in client; `wake_up` is a file descriptor that ends waiting early."""
        self.client = client
        self.access = access
        self._wake_up = wake_up
        self.capabilities = frozenset(c.decode("ascii", "replace").upper() for c in client.capabilities())
        self.selected = self._select()
        self._uidnext = self.selected.uidnext
        self.forget_news()

    def __enter__(self) -> Self:
        """Leave by closing."""
        return self

    def __exit__(self, *_: object) -> None:
        """Log out if the server still listens, else just let go."""
        self.close()

    @property
    def can_idle(self) -> bool:
        """True where the server pushes (RFC 2177)."""
        return "IDLE" in self.capabilities

    @property
    def can_move(self) -> bool:
        """True where the server moves in one step (RFC 6851)."""
        return "MOVE" in self.capabilities

    def _select(self) -> Selected:
        folder = imap_name(self.access.folder)
        try:
            answer = self.client.select_folder(folder, readonly=self.access.read_only)
        except imaplib.IMAP4.readonly:  # imaplib wants to be told beforehand that it may not write
            answer = self.client.select_folder(folder, readonly=True)
        uidvalidity = answer.get(b"UIDVALIDITY")
        if not uidvalidity:
            raise MailboxDown(
                f"{self.access.name}: the server gives no UIDVALIDITY for {self.access.folder!r}; "
                "Postroom cannot tell its mails apart safely and leaves it alone."
            )
        flags = answer.get(b"PERMANENTFLAGS", ())
        return Selected(
            uidvalidity=int(uidvalidity),
            exists=int(answer.get(b"EXISTS", 0)),
            keywords=b"\\*" in flags or b"$Postroom" in flags,
            read_only=b"READ-ONLY" in answer,
            uidnext=int(answer[b"UIDNEXT"]) if answer.get(b"UIDNEXT") else None,
        )

    def uidnext_at_first(self) -> int | None:
        """What the server said is the next number when the folder was opened; None after it was asked for once.

        Later it is of no use: mails have come.
        """
        following, self._uidnext = self._uidnext, None
        return following

    def same_folder_still(self) -> bool:
        """True unless the server announced another UIDVALIDITY in this session."""
        seen: Any = self.client._imap.untagged_responses.get("UIDVALIDITY", [])
        return all(int(value) == self.selected.uidvalidity for value in seen if value)

    def has_folder(self, name: str) -> bool:
        """Whether the account has a folder of this name, which is one of the settings."""
        return bool(self.client.folder_exists(imap_name(name)))

    def folder_names(self) -> list[str]:
        """Every folder of the account, in alphabetical order."""
        return sorted(str(name) for _, _, name in self.client.list_folders())

    def forget_news(self) -> None:
        """Call it before a look into the folder: what the server has announced until now, the look will find."""
        self.client._imap.untagged_responses.pop("EXISTS", None)
        self._announced = False

    def has_announced_mail(self) -> bool:
        """Whether the server has spoken of the number of mails in the folder since `forget_news`."""
        return self._announced or "EXISTS" in self.client._imap.untagged_responses

    def wait(self, seconds: float) -> bool:
        """Wait for news by IDLE, or just wait where the server cannot; True if the server spoke.

        A server announces a mail once. What it has announced since `forget_news`, with the answer to another
        command, ends the wait before it begins.

        imapclient's own `idle_check` spins on a closed connection and trips over a line split in two
        packets (mjs/imapclient#565), so the socket is only watched here and read in blocking mode after DONE.
        """
        if "EXISTS" in self.client._imap.untagged_responses:
            return True
        if not self.can_idle:
            self._watch(None, seconds)
            return False
        self.client.idle()
        if not self._has_read_ahead():
            self._watch(self.client.socket(), seconds)
        _, news = self.client.idle_done()
        if any(line[0] == b"BYE" for line in news if line):
            raise MailboxDown(f"{self.access.name}: the server said goodbye: {news!r}.")
        self._announced = any(line[-1] == b"EXISTS" for line in news if line)
        return bool(news)

    def _has_read_ahead(self) -> bool:
        """Whether the server's next words lie in imaplib's buffer already, where who watches the socket misses them.

        Dovecot sends "+ idling" and what came in the meantime in one packet.
        """
        sock, imap = self.client.socket(), self.client._imap
        file = getattr(imap, "_file", None) or imap.file  # Python 3.14 calls it _file
        before = sock.gettimeout()
        sock.settimeout(0)
        try:
            return bool(file.peek(1))
        except ssl.SSLWantReadError:
            return False
        finally:
            sock.settimeout(before)

    def _watch(self, sock: Any, seconds: float) -> None:
        waiter = select.poll()
        for descriptor in (sock, self._wake_up):
            if descriptor is not None:
                waiter.register(descriptor, select.POLLIN)
        for descriptor, _ in waiter.poll(max(0.0, seconds) * 1000):
            if descriptor == self._wake_up:
                os.read(descriptor, 4096)

    def close(self) -> None:
        """Log out politely, or drop the link if that fails."""
        try:
            self.client.logout()
        except CONNECTION_ERRORS:
            _drop(self.client)


def imap_name(name: str) -> str:
    """A folder name from the settings, refused if it could end an IMAP command line."""
    if _UNSAFE.search(name):
        raise MailboxDown(f"The folder name {name!r} contains a line break or NUL; correct it in the settings.")
    return name


def _tls_context(ca_file: Path | None) -> ssl.SSLContext:
    try:
        return tls.verifying(ca_file)
    except OSError as error:  # an SSLError is one
        raise MailboxDown(f"No CA certificate can be read from {ca_file} ({error}); correct ca_file.") from error


def connect(access: Access, wake_up: int | None = None) -> Connection:
    """Connect, secure, log in and select, or raise MailboxDown with the reason in one sentence."""
    where = f"{access.name}: {access.host}:{access.port}"
    client: IMAPClient | None = None
    try:
        implicit = access.security == "tls"
        context = _tls_context(access.ca_file) if access.security != "plain" else None
        client = IMAPClient(
            access.host,
            port=access.port,
            ssl=implicit,
            ssl_context=context if implicit else None,
            timeout=TIMEOUT,
        )
        client._imap.debug = 0  # hard-wired to 5, which formats every line for nobody (costs 45 %)
        client.normalise_times = False
        if access.security == "starttls":
            client.starttls(context)
        _log_in(client, access)
        return Connection(client, access, wake_up)
    except MailboxDown:
        _drop(client)
        raise
    except ssl.SSLError as error:
        _drop(client)
        raise MailboxDown(
            f"{where} shows a certificate or TLS version that cannot be trusted ({error}); "
            "correct the host name, or name the organisation's CA in ca_file."
        ) from error
    except CONNECTION_ERRORS as error:
        _drop(client)
        raise _no_way_in(error, where, access) from error


def _no_way_in(error: Exception, where: str, access: Access) -> MailboxDown:
    """Why there is no connection, in one sentence, and when to try again."""
    if asks_to_wait(error):
        return MailboxDown(
            f"{where} asks to be left alone for a while ({said(error)}); if it goes on, look at what the server allows "
            "this account.",
            LEFT_ALONE,
        )
    if isinstance(error, LoginError):
        return MailboxDown(
            f"{where} refused the log-in of {access.user!r} ({said(error)}); check user and password file.", 60
        )
    return MailboxDown(f"{where} cannot be reached or does not speak IMAP ({said(error)}).")


def asks_to_wait(error: BaseException) -> bool:
    """Whether these are the words of a server that is asked too much."""
    return bool(_TOO_MUCH.search(str(error)))


def said(error: Exception) -> str:
    """The words of an error for people; imaplib shows the server's as Python shows bytes.

    Where the libraries quote what they could not understand, that may be words of a mail: none of it is shown.
    """
    if isinstance(error, _NONSENSE):
        return "the server's answer makes no sense"
    return _BYTES.sub(r"\2", _QUOTED.sub(r"\1", str(error).partition("\n")[0]))


def _log_in(client: IMAPClient, access: Access) -> None:
    """LOGIN for ASCII passwords, SASL PLAIN for others (LOGIN is ASCII only, RFC 3501 §6.2.3)."""
    if access.password.isascii() and access.user.isascii():
        client.login(access.user, access.password)
    else:
        client.plain_login(access.user, access.password)


def _drop(client: IMAPClient | None) -> None:
    with contextlib.suppress(*CONNECTION_ERRORS, AttributeError):
        if client is not None:
            client.shutdown()
