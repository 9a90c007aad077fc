"""A Lindwerk with a past, on disk, and a way to run `postroom` on it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
import structlog

from daemon import intake
from daemon.cli.root import postroom
from daemon.cli.sheet import run_command
from daemon.intake import Unreadable
from daemon.office import open_office, read_settings
from daemon.parsing import ParserPool
from daemon.store import copies, messages, outbox, requests, schema
from daemon.store.copies import Arrival
from daemon.store.database import Store
from tests.stories.conftest import RULES, SETTINGS, Day

EVA = "eva.lund@lindwerk.example"
UNREADABLE = b"Subject: \xff\x00\x1b[31m\r\n\r\n" + bytes(range(256))


@dataclass(frozen=True)
class Ran:
    """What became of one command."""

    status: int
    out: str
    err: str
    raw: bytes

    @property
    def json(self) -> Any:
        """Its output as JSON."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Lindwerk:
    """A settings file, what lies beside it, and `postroom` run on it."""

    path: Path
    capture: pytest.CaptureFixture[bytes]

    @property
    def state(self) -> Path:
        """The state directory."""
        return self.path.parent / "postroom-state"

    def runs(self, *arguments: str) -> Ran:
        """Run `postroom -c FILE` with these arguments in this process; a traceback would be a failed test."""
        self.capture.readouterr()
        status = run_command(postroom, ["-c", str(self.path), *arguments])
        said = self.capture.readouterr()
        return Ran(status, said.out.decode("utf-8", "replace"), said.err.decode("utf-8", "replace"), said.out)

    def replaces(self, old: str, new: str) -> None:
        """Edit the settings file."""
        text = self.path.read_text()
        assert old in text
        self.path.write_text(text.replace(old, new))

    def writes(self, what: Callable[[Any], object]) -> None:
        """Change the database behind everybody's back."""
        store = Store(f"sqlite:///{self.state}/postroom.db")
        with store.writing() as connection:
            what(connection)
        store.close()

    def rows(self) -> dict[str, Any]:
        """How much there is of everything."""
        store = Store(f"sqlite:///{self.state}/postroom.db")
        with store.reading() as connection:
            found = {
                "requests": requests.counts(connection),
                "messages": messages.counts(connection),
                "copies": copies.counts(connection),
                "outbox": outbox.counts(connection),
            }
        store.close()
        return found


@pytest.fixture(autouse=True)
def _logs_as_at_the_start_of_a_program() -> Iterator[None]:
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def house_on_disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with settings and a database: REQ-1 to IT, REQ-2 in triage, REQ-3 unreadable."""
    folder = tmp_path_factory.mktemp("lindwerk")
    (folder / "rules").mkdir()
    (folder / "rules" / "all.yaml").write_text(RULES)
    path = folder / "postroom.yaml"
    path.write_text(SETTINGS)
    settings = read_settings(path, {})
    settings.state_dir.mkdir(mode=0o700)
    store = Store(settings.database.url)
    schema.upgrade(store)
    with ParserPool(wall_seconds=120) as parsers:
        office = open_office(path, settings, store, parsers, clock=Day())
        raws = [mail("VPN is broken").as_bytes(policy=SMTP), mail("The thing").as_bytes(policy=SMTP), UNREADABLE]
        arrivals = [Arrival("it", 1, uid, raw, office.now()) for uid, raw in enumerate(raws, 1)]
        first, second, third = intake.accept(arrivals, office, office.now())
        intake.take_in([first, second], office, lambda: None, lambda: None)
        intake.set_aside(Unreadable(third, "It took more than 5 s of processor time."), office)
    store.close()
    return folder


def mail(subject: str) -> EmailMessage:
    """A mail of Eva with an attachment."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = f"Eva Lund <{EVA}>", "it@lindwerk.example", subject
    made["Date"], made["Message-ID"] = (
        "Mon, 23 Nov 2026 10:00:00 +0100",
        f"<{subject.rsplit(maxsplit=1)[-1]}@mail.lindwerk.example>",
    )
    made.set_content("Since this morning.\n")
    made.add_attachment(b"\x00\x01", maintype="application", subtype="octet-stream", filename="log.bin")
    return made


@pytest.fixture
def lindwerk(house_on_disk: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Lindwerk:
    """A copy of the furnished house for one test."""
    folder = tmp_path / "lindwerk"
    shutil.copytree(house_on_disk, folder)
    return Lindwerk(folder / "postroom.yaml", capsysbinary)


@pytest.fixture
def empty(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Lindwerk:
    """Settings and rules, and nothing else yet."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "all.yaml").write_text(RULES)
    (tmp_path / "postroom.yaml").write_text(SETTINGS)
    return Lindwerk(tmp_path / "postroom.yaml", capsysbinary)
