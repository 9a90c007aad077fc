"""The fixtures of all tests: real servers on 127.0.0.1, databases, and how long a property test searches.

A server starts when the first test asks for it, once per test process; each test gets a user, a database or a
sink of its own, so tests do not meet. A server program that is not installed is a failure that says which
package to install, never a silent skip.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings

from tests.servers.certificate import Certificate, make_certificate
from tests.servers.dovecot import Dovecot, ImapAccount
from tests.servers.postgres import Postgres
from tests.servers.programs import MissingProgram
from tests.servers.smtp_sink import Security, SmtpSink

Server = TypeVar("Server")

ROOT = Path(__file__).parent

# Two test processes share two cores: a numpy that starts a thread per core only gets in its own way.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# `make test` must give the same verdict on the same code, so it searches the same examples every time; `make
# sweep` searches for long, and at other places each time.
settings.register_profile("test", derandomize=True, max_examples=50, deadline=None)
settings.register_profile("sweep", max_examples=5_000, deadline=None, print_blob=True)
SWEEPING = os.environ.get("POSTROOM_SWEEP") == "1"
settings.load_profile("sweep" if SWEEPING else "test")


#: Tests with daemons of their own, which take up to half a minute each: which of them stay together.
LONG: dict[str, Callable[[pytest.Item], object]] = {
    "sweep": lambda item: item.nodeid,
    "demo": lambda item: item.path,
    "integration": lambda item: item.path,  # a daemon may serve a whole file
}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let each of several test processes begin with its share of the long tests: at the end all have short ones left.

    `--dist worksteal` cuts the list into as many runs as there are processes, and two tests cannot be taken from one.
    """
    processes: int = getattr(config, "workerinput", {}).get("workercount", 1)
    if processes == 1:
        return
    groups: dict[object, list[pytest.Item]] = {}
    short: list[pytest.Item] = []
    for item in items:
        key = LONG.get(item.path.relative_to(ROOT).parts[0])
        (groups.setdefault(key(item), []) if key else short).append(item)
    others, ordered = iter(short), list[pytest.Item]()
    for number in range(processes):
        long = [item for group in list(groups.values())[number::processes] for item in group]
        run = (len(items) - len(ordered)) // (processes - number)
        ordered += [*long, *islice(others, max(0, run - len(long)))]
    items[:] = [*ordered, *others]


@pytest.fixture(scope="session")
def sweeping() -> bool:
    """True in `make sweep`: a test marked `sweep` then tries everything, otherwise a sample of it."""
    return SWEEPING


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A self-made certificate for 127.0.0.1, for servers other than Dovecot, which has its own."""
    return _or_fail(lambda: make_certificate(tmp_path_factory.mktemp("tls")))


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """An IMAP server; take an account of your own with `imap_account`."""
    with _or_fail(Dovecot.create) as server:
        yield server


@pytest.fixture
def new_imap_account(dovecot: Dovecot) -> Iterator[Callable[[], ImapAccount]]:
    """Makes as many accounts as the test wants; their connections are closed after the test."""
    with ExitStack() as accounts:

        def new() -> ImapAccount:
            account = dovecot.new_account()
            accounts.callback(account.close)
            return account

        yield new


@pytest.fixture
def imap_account(new_imap_account: Callable[[], ImapAccount]) -> ImapAccount:
    """A fresh IMAP account with an empty INBOX."""
    return new_imap_account()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server; take a database of your own with `postgresql_url` or `db_url`."""
    with _or_fail(Postgres.create) as server:
        yield server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The SQLAlchemy URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path}/postroom.db"


@pytest.fixture
def postgresql_url(postgres: Postgres) -> Iterator[str]:
    """The SQLAlchemy URL of an empty PostgreSQL database."""
    url = postgres.new_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(params=["sqlite", "postgresql"])
def db_url(request: pytest.FixtureRequest) -> str:
    """The test runs twice: with an empty SQLite file and with an empty PostgreSQL database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def new_smtp_sink(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., SmtpSink]]:
    """Makes SMTP servers: `new_smtp_sink(security="starttls", credentials=("user", "password"))`."""
    with ExitStack() as sinks:

        def new(security: Security = "plain", credentials: tuple[str, str] | None = None) -> SmtpSink:
            certificate = None if security == "plain" else request.getfixturevalue("certificate")
            journal = tmp_path / f"smtp-{len(list(tmp_path.glob('smtp-*')))}.jsonl"
            sink = SmtpSink(journal, security=security, certificate=certificate, credentials=credentials)
            return sinks.enter_context(sink)

        yield new


@pytest.fixture
def smtp_sink(new_smtp_sink: Callable[..., SmtpSink]) -> SmtpSink:
    """An SMTP server without TLS and without log-in that takes everything until a script says otherwise."""
    return new_smtp_sink()


def _or_fail(create: Callable[[], Server]) -> Server:
    try:
        return create()
    except MissingProgram as missing:
        pytest.fail(str(missing), pytrace=False)
