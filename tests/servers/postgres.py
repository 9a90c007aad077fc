"""A throw-away PostgreSQL on 127.0.0.1 in which each test gets a database of its own.

It runs as `nobody` when the tests run as root, since PostgreSQL refuses root. Nothing is synced to the disk:
a server that loses its data with the machine is what a test wants.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from tests.servers import process
from tests.servers.ports import HOST, free_port
from tests.servers.process import ServerFailed, User
from tests.servers.programs import find_program

START_WITHIN = 60.0  # seconds
ENVIRONMENT = {"LC_ALL": "C", "PGCLIENTENCODING": "UTF8"}
UNSAFE_AND_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB")


@dataclass(slots=True)
class Postgres:
    """A server in a folder of its own; `start` and `stop` may alternate, port and databases stay."""

    folder: Path
    runs_as: User
    port: int
    _process: subprocess.Popen[bytes] | None = None

    @classmethod
    def create(cls) -> Self:
        """A server that is not started yet, with new data files (about a second) and a free port."""
        user = process.server_user()
        initdb = find_program("initdb")
        server = cls(process.server_folder("postgres", user), user, free_port())
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        made = server._run([initdb, "-D", server.folder / "data", *options], signal.SIGKILL).wait()
        if made != 0:
            server._fail("initdb failed")
        return server

    def start(self) -> None:
        """Starts the server and returns when it answers; raises `ServerFailed`."""
        program = find_program("initdb").with_name("postgres")
        place: list[str | Path] = ["-D", self.folder / "data", "-k", self.folder]
        place += ["-h", HOST, "-p", str(self.port)]
        settings = [word for setting in UNSAFE_AND_QUICK for word in ("-c", setting)]
        self._process = self._run([program, *place, *settings], signal.SIGINT)
        end = time.monotonic() + START_WITHIN
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > end:
                self._fail("PostgreSQL did not start")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stops the server at once: open sessions are cut, open transactions are lost."""
        if self._process is not None:
            process.stop(self._process, signal.SIGINT)
            self._process = None

    def kill(self) -> None:
        """Ends every process of the server by SIGKILL, as the kernel does where memory is short."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(process.STOP_WITHIN)
            self._process = None

    def remove(self) -> None:
        """Stops the server and removes its folder with all databases."""
        self.stop()
        process.remove(self.folder)

    def new_database(self) -> str:
        """Makes an empty database; returns its SQLAlchemy URL (driver psycopg 3)."""
        name = f"t{uuid.uuid4().hex[:12]}"
        self._execute(f"create database {name}")
        return f"postgresql+psycopg://postgres@{HOST}:{self.port}/{name}"

    def drop_database(self, url: str) -> None:
        """Removes a database of `new_database`; sessions that are still open in it are cut."""
        self._execute(f"drop database {url.rsplit('/', 1)[1]} with (force)")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def _run(self, command: list[str | Path], death_signal: signal.Signals) -> subprocess.Popen[bytes]:
        return process.start(command, self.runs_as, self.folder, death_signal=death_signal, environment=ENVIRONMENT)

    def _session(self) -> psycopg.Connection:
        return psycopg.connect(
            host=HOST, port=self.port, user="postgres", dbname="postgres", connect_timeout=60, autocommit=True
        )

    def _answers(self) -> bool:
        try:
            self._session().close()
        except psycopg.OperationalError:
            return False
        return True

    def _execute(self, statement: str) -> None:
        with self._session() as session:
            session.execute(statement.encode())

    def _fail(self, what: str) -> None:
        said = process.what_it_printed(self.folder)
        self.remove()
        raise ServerFailed(f"{what}: {said}")
