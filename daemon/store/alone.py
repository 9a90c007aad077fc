"""The lock by which one daemon has a PostgreSQL database for itself, also when the server was restarted meanwhile.

It is an advisory lock of one session. The server drops it with the session, however that ends, so no stale one can
remain; but a server that is restarted, or a link that is cut, drops it as well while the daemon goes on with new
sessions. Whoever holds it therefore takes it again before the first transaction of a new session, and every few
seconds, and ends if another daemon was quicker.
"""

from __future__ import annotations

import threading
from contextlib import suppress

import sqlalchemy as sa

#: A constant of ours, so that it means the same to every daemon.
DAEMON_LOCK = 7_366_721_910

#: What PostgreSQL calls a lock that was not got in time.
LOCK_NOT_AVAILABLE = "55P03"

_TAKE = sa.text("SELECT pg_advisory_lock(:key)")
_WHO_I_AM = sa.text("SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()")
_END_SESSION = sa.text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :pid AND backend_start = :backend_start"
)


class InUse(Exception):
    """Another daemon works with this database; the sentence says what to do."""


class Alone:
    """The lock, from its making until `release`; for several threads."""

    def __init__(self, engine: sa.Engine) -> None:
        """Take it, or raise InUse after two seconds."""
        self._engine = engine
        self._turn = threading.Lock()
        self._unsure = False
        self._session: sa.Connection | None = None
        self._before: dict[str, object] | None = None
        """What the server calls the session that held the lock last."""
        sa.event.listen(engine, "connect", self._doubt)
        try:
            self.make_sure()
        except BaseException:
            self.release()
            raise

    def _doubt(self, _connection: object, _record: object) -> None:
        """A new session: the server may have been away, and have forgotten the lock."""
        self._unsure = True

    def make_sure_if_in_doubt(self) -> None:
        """Before a transaction writes. Raises OperationalError if the lock is not ours: nothing may be written."""
        if self._unsure:
            try:
                self.make_sure()
            except InUse as error:
                raise sa.exc.OperationalError("SELECT pg_advisory_lock()", {}, error) from error

    def make_sure(self) -> None:
        """Take the lock again if it was lost. Raises InUse if another has it, a database error if nobody answers."""
        with self._turn:
            if not self._is_held():
                self._take()
            self._unsure = False

    def release(self) -> None:
        """Let others have it."""
        sa.event.remove(self._engine, "connect", self._doubt)
        self._let_go()

    def _is_held(self) -> bool:
        """A session that answers is the one that holds it."""
        try:
            if self._session is not None:
                self._session.execute(sa.text("SELECT 1"))
        except (sa.exc.OperationalError, sa.exc.InterfaceError):
            self._let_go()
        return self._session is not None

    def _take(self) -> None:
        session = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        try:
            session.detach()  # the lock ends with it: it must not go back into the pool
            session.execute(sa.text("SET lock_timeout = '2s'"))
            if self._before is not None:  # a link that was cut: the server may not know yet that nobody is there
                session.execute(_END_SESSION, self._before)
            session.execute(_TAKE, {"key": DAEMON_LOCK})
            self._before = dict(session.execute(_WHO_I_AM).one()._mapping)
        except BaseException as error:
            session.close()
            if isinstance(error, sa.exc.OperationalError) and getattr(error.orig, "sqlstate", "") == LOCK_NOT_AVAILABLE:
                raise InUse(self._sentence()) from None
            raise
        self._session = session

    def _sentence(self) -> str:
        url = self._engine.url.render_as_string(hide_password=True)
        if self._before is None:
            return f"Another Postroom already works with {url}; stop it first, or give this one its own database."
        return (
            f"Another Postroom has taken {url} while the connection to the database was broken; this one ends, so that "
            "nothing is done twice. Stop one of the two, or give it its own database."
        )

    def _let_go(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with suppress(sa.exc.DBAPIError):
                session.close()
