"""A TCP proxy on 127.0.0.1 that writes down what clients say to a server, octet by octet, and changes nothing."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.servers.ports import HOST


class Recorder:
    """Listens on `port` and passes everything on to another port of 127.0.0.1, in both directions."""

    def __init__(self, to: int) -> None:
        """Nothing is heard yet; `to` is the port of the server."""
        self._to = to
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._said: list[bytearray] = []
        self._open: list[socket.socket] = []
        threading.Thread(target=self._listen, name="recorder", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def heard(self) -> list[bytes]:
        """What the clients said, one piece for each connection."""
        return [bytes(said) for said in self._said]

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection((HOST, self._to))
            said = bytearray()
            self._said.append(said)
            self._open += [client, server]
            for source, target, record in ((client, server, said), (server, client, None)):
                threading.Thread(target=_pump, args=(source, target, record), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket, record: bytearray | None) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            if record is not None:
                record += piece
            target.sendall(piece)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
