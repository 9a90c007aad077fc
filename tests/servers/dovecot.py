"""A throw-away Dovecot on 127.0.0.1: IMAP with STARTTLS, IMAPS, any user name, one password.

Works as root (Dovecot then runs as `nobody`) and as any user, with Dovecot 2.3 and 2.4, whose configuration
files have nothing in common. Two tests on one server do not meet: each takes an account with a name of its
own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from imapclient import IMAPClient, SocketTimeout

from tests.servers import process
from tests.servers.certificate import Certificate, make_certificate
from tests.servers.maildir import Maildir
from tests.servers.ports import HOST, free_port, wait_until_listening
from tests.servers.process import ServerFailed, User
from tests.servers.programs import find_program

Security = Literal["tls", "starttls", "plain"]

PASSWORD = "secret"
TIMEOUT = SocketTimeout(60, 60)  # seconds to connect, seconds for each answer

# Common to both: no chroot (it needs root), and no tarpit after a failed login, which would otherwise make
# the next login from 127.0.0.1 wait 2, 4, 8 ... 15 seconds.
COMMON = """
base_dir = {folder}/run
state_dir = {folder}/state
instance_name = postroom-{port}
listen = 127.0.0.1
log_path = {folder}/dovecot.log
auth_verbose = yes
auth_mechanisms = plain login
auth_failure_delay = 0
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
first_valid_gid = 1
ssl = yes
mail_fsync = never
mail_save_crlf = yes
mailbox_idle_check_interval = 1 secs
mail_max_userip_connections = 100
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    special_use = "\\\\Sent"
    auto = create
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""

DOVECOT_2_3 = (
    COMMON
    + """
protocols = imap
disable_plaintext_auth = no
ssl_cert = <{certificate}
ssl_key = <{key}
mail_location = maildir:~/Maildir
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  service_count = 0
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}
}}
"""
)

DOVECOT_2_4 = (
    # These two must come first.
    """dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
"""
    + COMMON
    + """
protocols {{
  imap = yes
}}
auth_allow_cleartext = yes
ssl_server_cert_file = {certificate}
ssl_server_key_file = {key}
mail_driver = maildir
mail_path = ~/Maildir
passdb static {{
  password = {password}
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {folder}/mail/%{{user}}
  }}
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  inet_listener imap {{
    listen = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    listen = 127.0.0.1
    port = {tls_port}
    ssl = yes
  }}
}}
"""
)


@dataclass(frozen=True, slots=True)
class ImapAccount:
    """One mailbox owner on the server: where to log in, with what, and the same mails on disk."""

    user: str
    port: int
    """Plain text; STARTTLS is offered."""
    tls_port: int
    """TLS from the first byte."""
    certificate: Certificate
    maildir: Maildir
    host: str = HOST
    password: str = PASSWORD
    _clients: list[IMAPClient] = field(default_factory=list)

    @property
    def ca_file(self) -> Path:
        """What a client has to trust."""
        return self.certificate.file

    def connect(self, security: Security = "plain") -> IMAPClient:
        """A new connection, logged in; times in answers are aware. `close` ends it if the test does not."""
        context = self.certificate.client_context()
        port = self.tls_port if security == "tls" else self.port
        client = IMAPClient(self.host, port=port, ssl=security == "tls", ssl_context=context, timeout=TIMEOUT)
        self._clients.append(client)
        client.normalise_times = False
        if security == "starttls":
            client.starttls(context)
        client.login(self.user, self.password)
        return client

    def append(self, raw: bytes, folder: str = "INBOX") -> None:
        """Adds one mail by IMAP APPEND, as a mail program does."""
        with self.connect() as client:
            client.append(folder, raw)

    def close(self) -> None:
        """Ends the connections that are still open."""
        for client in self._clients:
            if client.socket().fileno() != -1:  # the test has not logged out itself
                client.shutdown()
        self._clients.clear()


@dataclass(slots=True)
class Dovecot:
    """A server in a folder of its own; `start` and `stop` may alternate, the ports and the mails stay."""

    folder: Path
    certificate: Certificate
    runs_as: User
    port: int
    tls_port: int
    _process: subprocess.Popen[bytes] | None = None

    @classmethod
    def create(cls) -> Self:
        """A server that is not started yet, with a new folder, certificate and free ports."""
        program = find_program("dovecot")
        find_program("imap-login")
        user = process.server_user()
        folder = process.server_folder("dovecot", user)
        certificate = make_certificate(folder)
        user.own(certificate.key_file)
        server = cls(folder, certificate, user, free_port(), free_port())
        (folder / "dovecot.conf").write_text(server._configuration(_version(program)))
        for name in ("run", "state", "mail"):
            (folder / name).mkdir()
            user.own(folder / name)
        return server

    def start(self) -> None:
        """Starts the server and returns when it accepts connections; raises `ServerFailed`."""
        command: list[str | Path] = [find_program("dovecot"), "-F", "-c", self.folder / "dovecot.conf"]
        self._process = process.start(command, self.runs_as, self.folder, death_signal=signal.SIGTERM, environment={})
        if not wait_until_listening(self.port, self._process):
            self.stop()
            log = self.folder / "dovecot.log"
            said = process.what_it_printed(self.folder) + (log.read_text() if log.exists() else "")
            raise ServerFailed(f"Dovecot did not start: {said}")

    def stop(self) -> None:
        """Stops the server: every client loses its connection and a new one is refused."""
        if self._process is not None:
            process.stop(self._process, signal.SIGTERM)
            self._process = None

    def remove(self) -> None:
        """Stops the server and removes its folder with all mails."""
        self.stop()
        process.remove(self.folder)

    def new_account(self, user: str | None = None) -> ImapAccount:
        """An account with an empty INBOX; the name is made up if None."""
        user = user or f"user-{uuid.uuid4().hex[:12]}"
        home = self.folder / "mail" / user
        home.mkdir()
        maildir = Maildir(self.runs_as.own(home) / "Maildir", self.runs_as)
        return ImapAccount(user, self.port, self.tls_port, self.certificate, maildir)

    def deliver_through_sieve(
        self, account: ImapAccount, raw: bytes, script: str, *, sender: str, recipient: str, submission_port: int
    ) -> None:
        """Delivers a mail by Dovecot's own delivery agent, which runs a Sieve script first (Pigeonhole, RFC 5228).

        `sender` is the envelope's, "" for the null path. What the script sends, such as a vacation answer (RFC
        5230), goes to the SMTP server at 127.0.0.1:`submission_port`. Raises `ServerFailed`.
        """
        home = account.maildir.path.parent
        active = home / "active.sieve"
        if not active.exists() or active.read_text() != script:
            active.write_text(script)
            self.runs_as.own(active)
        options = {
            "mail_plugins": "sieve",
            "plugin/sieve": f"file:{active}",
            "submission_host": f"{HOST}:{submission_port}",
            "plugin/sieve_extensions": "+vacation-seconds",
            "plugin/sieve_vacation_min_period": "0",
            "postmaster_address": f"postmaster@{recipient.rpartition('@')[2]}",
            "log_path": str(self.folder / "delivery.log"),
        }
        command: list[str | Path] = [find_program("dovecot-lda"), "-c", self.folder / "dovecot.conf"]
        command += [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
        command += ["-e", "-f", sender, "-a", recipient]
        is_root = os.geteuid() == 0
        done = subprocess.run(
            [str(word) for word in command],
            input=raw,
            cwd=home,
            env={"HOME": str(home), "USER": account.user, "PATH": os.defpath},
            capture_output=True,
            check=False,
            user=self.runs_as.uid if is_root else None,
            group=self.runs_as.gid if is_root else None,
        )
        if done.returncode:
            log = self.folder / "delivery.log"
            said = done.stderr.decode(errors="replace") + (log.read_text() if log.exists() else "")
            raise ServerFailed(f"dovecot-lda did not deliver ({done.returncode}): {said}")

    def kick(self, user: str) -> None:
        """Cuts the connections of one user, as an administrator would (doveadm-kick(1))."""
        configuration = self.folder / "dovecot.conf"
        command: list[str | Path] = [find_program("doveadm"), "-c", configuration, "kick", user]
        subprocess.run(command, check=True, capture_output=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def _configuration(self, version: tuple[int, int]) -> str:
        template = DOVECOT_2_3 if version < (2, 4) else DOVECOT_2_4
        return template.format(
            folder=self.folder,
            port=self.port,
            tls_port=self.tls_port,
            certificate=self.certificate.file,
            key=self.certificate.key_file,
            user=self.runs_as.name,
            group=self.runs_as.group,
            uid=self.runs_as.uid,
            gid=self.runs_as.gid,
            password=PASSWORD,
        )


def _version(program: Path) -> tuple[int, int]:
    """(2, 3) from "2.3.19.1 (9b53102964)"."""
    said = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
    major, minor, *_ = said.split(".")
    return int(major), int(minor)
