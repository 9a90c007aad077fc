"""Opens the database: SQLite with durable settings, or PostgreSQL; short transactions only."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from daemon.store.alone import Alone
from daemon.store.turns import Turns

#: What every SQLite connection is told. FULL: a commit survives a power cut (NORMAL may roll it back).
PRAGMAS = (
    "journal_mode=wal",
    "synchronous=full",
    "busy_timeout=10000",
    "foreign_keys=on",
    "cache_size=-16000",
    "temp_store=memory",
)

#: What a connection is told that only looks: the first two above would write.
PRAGMAS_TO_LOOK = ("query_only=on", *PRAGMAS[2:])

#: PostgreSQL must answer or let go: a half-open link would otherwise hold a mailbox for hours. The server's own
#: keepalives free what a dead machine of ours held (`Store.alone`) within half a minute instead of two hours.
POSTGRESQL_ARGUMENTS = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20000,
    "options": "-c statement_timeout=10000 -c lock_timeout=5000 "
    "-c idle_in_transaction_session_timeout=15000 -c timezone=UTC "
    "-c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3",
}


def _wait_for_commits(connection: Any, _record: Any) -> None:
    """A commit that the server may forget in a crash is no acceptance, whatever its settings say for others.

    More than `on` (remote_write, remote_apply: a standby has it too) stays as it is.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
        )
    connection.commit()


class Store:
    """Connections to one database: `writing()` for a transaction, `reading()` for a consistent look.

    SQLite allows one writer. The threads of this process take turns by a lock of ours, because
    SQLite's own busy handler sleeps in steps and lets one thread starve; other processes (the
    command line) are held off by BEGIN IMMEDIATE and the busy timeout.
    """

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        """Open lazily; nothing is touched before the first use. `url` is an SQLAlchemy URL.

        `read_only`: the database itself refuses every change, whatever the program tries.
        Errors name the statement but not its parameters: those are people's words, and errors go into logs.
        """
        self.url = sa.engine.make_url(url)
        self.read_only = read_only
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._alone: Alone | None = None
        self._turn: Any = Turns() if self.is_sqlite else nullcontext()
        self._writer = self._engine("BEGIN" if read_only else "BEGIN IMMEDIATE")
        self._reader = self._engine("BEGIN") if self.is_sqlite else self._writer

    def _engine(self, begin: str) -> sa.Engine:
        if not self.is_sqlite:
            only = " -c default_transaction_read_only=on" if self.read_only else ""
            server = sa.create_engine(
                self.url,
                pool_size=10,
                max_overflow=10,
                pool_pre_ping=True,
                connect_args=POSTGRESQL_ARGUMENTS | {"options": f"{POSTGRESQL_ARGUMENTS['options']}{only}"},
                hide_parameters=True,
            )
            sa.event.listen(server, "connect", _wait_for_commits)
            return server
        if self.read_only:
            engine = sa.create_engine(self.url, creator=self._look, hide_parameters=True)
        else:
            engine = sa.create_engine(self.url, connect_args={"check_same_thread": False}, hide_parameters=True)
            sa.event.listen(engine, "do_connect", lambda *_: self._make_private())

        @sa.event.listens_for(engine, "connect")
        def _settle(connection: Any, _record: Any) -> None:
            connection.isolation_level = None
            for pragma in PRAGMAS_TO_LOOK if self.read_only else PRAGMAS:
                connection.execute(f"pragma {pragma}")

        @sa.event.listens_for(engine, "begin")
        def _begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql(begin)

        return engine

    def _make_private(self) -> None:
        """Make the file before SQLite does, readable by nobody else; what SQLite puts beside it gets the same mode.

        One that exists is not even opened: to close it would drop the locks of this process on it (fcntl(2)).
        """
        with suppress(OSError):  # it is there, or SQLite says what is wrong
            os.close(os.open(self.url.database or "", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))

    def _look(self) -> sqlite3.Connection:
        """A connection to the file that SQLite itself opened for reading only."""
        return sqlite3.connect(f"file:{quote(self.url.database or '')}?mode=ro", uri=True, check_same_thread=False)

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        with self._turn, self._writer.begin() as connection:
            if self._alone is not None:
                self._alone.make_sure_if_in_doubt()
            yield connection

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A look that changes nothing; on SQLite it never waits for a writer."""
        with self._reader.connect() as connection:
            yield connection

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the whole database against other daemons while the block runs, or raise InUse after two seconds.

        On PostgreSQL by a lock of the server (`daemon.store.alone`), which may need a moment to notice that a daemon
        was killed. Nothing on SQLite, whose file is held by a lock file.
        """
        if self.is_sqlite:
            yield
            return
        self._alone = Alone(self._writer)
        try:
            yield
        finally:
            held, self._alone = self._alone, None
            held.release()

    def make_sure_it_is_alone(self) -> None:
        """Within `alone`: take the lock again if it was lost, or raise InUse if another daemon has it now.

        A database error if the database does not answer. Nothing outside of `alone`.
        """
        if self._alone is not None:
            self._alone.make_sure()

    def size(self) -> int:
        """How many bytes the database takes, about."""
        with self.reading() as connection:
            if not self.is_sqlite:
                return int(connection.execute(sa.text("SELECT pg_database_size(current_database())")).scalar_one())
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            return int(pages) * int(connection.exec_driver_sql("PRAGMA page_size").scalar_one())

    @property
    def engine(self) -> sa.Engine:
        """The engine that writes, for migrations."""
        return self._writer

    def close(self) -> None:
        """Give every pooled connection back to the system."""
        self._writer.dispose()
        self._reader.dispose()
