"""The mail servers of the demo, in one process: IMAP in memory (pymap) and SMTP (aiosmtpd), on 127.0.0.1.

Mail to a shared address goes into its inbox, mail to anybody else into a file of the folder `sent`, and
both before the SMTP server says 250. Nothing leaves this machine, and nothing is kept when it ends.

    python -m demo.servers FOLDER      prints one line of JSON with the ports when it is ready
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from argparse import Namespace
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

from aiosmtpd.smtp import SMTP, Envelope, Session
from proxyprotocol.result import ProxyResultUnknown
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, DictBackend, Identity, Login
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.user import Passwords, UserMetadata

from demo.sent import kind_of
from demo.stage import DOMAIN, INBOX_OF, INBOXES, Stage

HOST = "127.0.0.1"


class Postman:
    """Takes mail by SMTP and puts it where it belongs."""

    def __init__(self, login: Login, sent: Path) -> None:
        """`login` opens the inboxes, `sent` is the folder for mail to everybody else."""
        self._login = login
        self._sent = sent
        self._count = 0

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Deliver to every recipient, then answer."""
        mail = envelope.content
        assert isinstance(mail, bytes)  # aiosmtpd decodes only if it is asked to
        for recipient in envelope.rcpt_tos:
            local, _, domain = recipient.lower().rpartition("@")
            content = _trace(envelope.mail_from or "", recipient) + mail
            if domain == DOMAIN and local in INBOX_OF:
                await put_into_inbox(self._login, INBOX_OF[local], content)
            else:
                self._write(local, content)
        return "250 2.0.0 delivered"

    def _write(self, local: str, content: bytes) -> None:
        self._count += 1
        mail = message_from_bytes(content, _class=EmailMessage, policy=policy.default)
        name = f"{self._count:03}-{kind_of(mail) or _slug(str(mail['Subject']))}-to-{_slug(local)}.eml"
        # Whole or not at all: whoever watches the folder must never read half a mail.
        draft = self._sent / f"{name}.part"
        draft.write_bytes(content)
        draft.replace(self._sent / name)


def _trace(sender: str, recipient: str) -> bytes:
    """What the last server writes above a mail (RFC 5321 section 4.4; Delivered-To: RFC 9228)."""
    return f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n".encode()


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower())[:40].strip("-") or "mail"


async def put_into_inbox(login: Login, inbox: str, content: bytes) -> None:
    """Deliver a mail into an inbox; clients in IDLE see it at once."""
    async with Identity(inbox, login, None, frozenset()).new_session() as session:
        await session.append_messages("INBOX", [AppendMessage(content, datetime.now(UTC), frozenset())])


async def serve(stage: Stage) -> None:
    """Serve until SIGTERM or SIGINT."""
    backend, config = await DictBackend.init(_arguments())
    config.apply_context()
    await _open_inboxes(stage, backend, config)
    async with AsyncExitStack() as stack:
        await backend.start(stack)
        imap = await _start_imap(backend, config)
        postman, loop = Postman(backend.login, stage.sent), asyncio.get_running_loop()
        smtp = await loop.create_server(
            lambda: SMTP(postman, enable_SMTPUTF8=True, loop=loop, hostname=f"mx.{DOMAIN}"), HOST, 0
        )
        print(json.dumps({"imap": _port(imap), "smtp": _port(smtp)}), flush=True)
        await _until_told_to_stop()
        smtp.close()
        imap.close()


async def _start_imap(backend: DictBackend, config: Config) -> asyncio.Server:
    """Not pymap's own IMAPService.

    proxyprotocol 0.11 makes each connection a task and keeps no reference to it; from Python 3.13 on an
    idle one is collected as garbage and its client sees the end of the connection. start_server keeps ours.
    """
    server = IMAPServer(backend.login, config)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server(reader, writer, SocketInfo.get(writer, ProxyResultUnknown(), unique_id=uuid4().bytes))

    return await asyncio.start_server(connected, HOST, 0)


async def _open_inboxes(stage: Stage, backend: DictBackend, config: Config) -> None:
    passwords = Passwords(config)
    for inbox in INBOXES:
        password = await passwords.hash_password(stage.password(inbox))
        user = UserMetadata(config, inbox, password=password)
        await Identity(inbox, backend.login, None, frozenset()).set(user)


def _arguments() -> Namespace:
    return Namespace(
        host=HOST,
        port=0,
        cert=None,
        key=None,
        tls=False,
        proxy_protocol=None,
        inherited_sockets=None,
        debug=False,
        demo_data=False,
        demo_user="nobody",
        demo_password=os.urandom(16).hex(),
        passlib_cfg=None,
        skip_services=[],
        set_uid=None,
        set_gid=None,
    )


def _port(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port


async def _until_told_to_stop() -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


if __name__ == "__main__":
    asyncio.run(serve(Stage(Path(sys.argv[1]))))
