"""The oracle sees each kind of harm: every test does one to a sound case."""

from __future__ import annotations

import ast
import hashlib
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.evidence import Evidence, Fault, Injected, Taken
from tests.oracle.invariants import BEGINNING, hashes_of, judge

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVA = "eva.lund@lindwerk.example"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


MAIL, ACK = digest("a mail"), digest("its acknowledgement")


def chained(lines: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The tables of a ledger with these lines, each written after the one before."""
    whole, last_of, rows = BEGINNING, dict[int | None, str](), list[dict[str, Any]]()
    for line in lines:
        row = line | {"at": NOON.isoformat()}
        whole, own = hashes_of(row, whole, last_of.get(row["request_id"], BEGINNING))
        last_of[row["request_id"]] = own
        rows.append(row | {"hash": whole, "request_hash": own})
    return {"ledger": rows, "ledger_head": [{"id": 1, "line": len(rows), "hash": whole}]}


LINES = [
    {"id": 1, "request_id": 1, "actor": EVA, "what": "opened", "from_value": None, "to_value": "it", "why": "."},
    {"id": 2, "request_id": 1, "actor": "p", "what": "owner", "from_value": None, "to_value": "jonas", "why": "."},
]

SOUND = Evidence(
    injected=(Injected({"it": MAIL}, "request", EVA, answered=True),),
    sent=(Taken((EVA,), "0a" * 16, ACK),),
    mailboxes={"it": Counter([MAIL])},
    tables={
        "copies": [{"id": 1, "mailbox": "it", "raw": MAIL, "state": "marked", "message_id": 1}],
        "messages": [{"id": 1, "message_key": "k", "disposition": "request", "request_id": 1}],
        "raws": [{"sha256": MAIL, "content": MAIL}],
        "requests": [{"id": 1, "status": "open", "owner": "jonas"}],
        **chained(LINES),
        "outbox": [
            {
                "id": 1,
                "effect_key": "ack:1",
                "header_id": "<1>",
                "kind": "acknowledgement",
                "request_id": 1,
                "token": "0a" * 16,
                "recipient": EVA,
                "raw": ACK,
                "state": "sent",
                "repeats": 0,
            }
        ],
    },
    database_complaints=(),
    logs={"daemon.log": "one line"},
    planted=("seventeen bees",),
    never=frozenset({"it@lindwerk.example"}),
)


def with_row(table: str, **values: Any) -> Callable[[Evidence], Evidence]:
    """The first row of a table says something else."""
    return lambda sound: replace(
        sound, tables=sound.tables | {table: [sound.tables[table][0] | values, *sound.tables[table][1:]]}
    )


def with_another(table: str, **values: Any) -> Callable[[Evidence], Evidence]:
    """A table has one more row, like its first but for these values."""
    return lambda sound: replace(
        sound, tables=sound.tables | {table: [*sound.tables[table], sound.tables[table][0] | values]}
    )


def without(table: str) -> Callable[[Evidence], Evidence]:
    return lambda sound: replace(sound, tables=sound.tables | {table: []})


def without_first(table: str) -> Callable[[Evidence], Evidence]:
    return lambda sound: replace(sound, tables=sound.tables | {table: sound.tables[table][1:]})


def without_last(table: str) -> Callable[[Evidence], Evidence]:
    return lambda sound: replace(sound, tables=sound.tables | {table: sound.tables[table][:-1]})


def and_also(**changes: Any) -> Callable[[Evidence], Evidence]:
    return lambda sound: replace(sound, **changes)


def test_a_sound_case_has_no_violations() -> None:
    verdict = judge(SOUND)

    assert verdict.violations == ()
    assert (verdict.lost, verdict.duplicate_requests, verdict.missing_acks, verdict.duplicate_acks) == (0, 0, 0, 0)


def test_a_placeholder_that_was_ended_when_its_mail_was_read_is_no_second_request() -> None:
    ended = {"id": 2, "status": "resolved", "owner": None}
    story = ("quarantined", "read_after_all", "status")
    lines = [
        {
            "id": 3 + n,
            "request_id": 2,
            "actor": "p",
            "what": what,
            "from_value": "new",
            "to_value": "resolved",
            "why": ".",
        }
        for n, what in enumerate(story)
    ]
    tables = SOUND.tables | {"requests": [*SOUND.tables["requests"], ended]}

    assert judge(replace(SOUND, tables=tables | chained(LINES + lines))).violations == ()
    without_reason = replace(SOUND, tables=tables | chained(LINES + lines[:1]))
    assert judge(without_reason).violations == ("I2: no injected mail stands behind request 2",)


def test_lines_about_the_house_have_a_chain_of_their_own() -> None:
    promoted = {"request_id": None, "actor": "p", "what": "promoted", "from_value": None, "to_value": "3", "why": "."}
    sound = replace(SOUND, tables=SOUND.tables | chained([*LINES, {"id": 3} | promoted, {"id": 4} | promoted]))

    assert judge(sound).violations == ()


@pytest.mark.parametrize(
    ("invariant", "harm"),
    [
        ("I1: the copy", without("copies")),
        ("I1: the stored bytes", with_row("raws", content=digest("other"))),
        ("I1: the mail", with_row("messages", disposition="bounce")),
        ("I1: the mail", with_row("messages", disposition="")),
        ("I2: messages.message_key", with_another("messages", id=2)),
        ("I2: outbox.effect_key", with_another("outbox", id=2, token="0b" * 16, state="failed")),
        ("I2: no injected mail", with_another("requests", id=2)),
        ("I3: it: the mail", and_also(mailboxes={"it": Counter()})),
        ("I3: it: the mail", and_also(mailboxes={"it": Counter({MAIL: 2})})),
        ("I3: copies of what was sent: the mail", and_also(kept=Counter())),
        ("I3: copies of what was sent: the mail", and_also(kept=Counter({ACK: 2}))),
        ("I4: outbox 1 (acknowledgement): left 2 times", and_also(sent=SOUND.sent * 2)),
        ("I4: a mail to", and_also(sent=(*SOUND.sent, Taken((EVA,), "0c" * 16, ACK)))),
        ("I4: outbox 1: what left", with_row("outbox", raw=digest("other"))),
        ("I4: outbox 1: went to", with_row("outbox", recipient="somebody@lindwerk.example")),
        ("I4: outbox 1 (acknowledgement): said to be sent", and_also(sent=())),
        ("I4: eva.lund@lindwerk.example has no", with_row("outbox", kind="assignment")),
        (f"I5: a mail went to {EVA}", and_also(never=frozenset({EVA}))),
        ("I6: copies 1", with_row("copies", state="lost")),
        ("I6: ledger 1: without", with_row("ledger", why="")),
        ("I6: ledger 1: from open to closed", with_row("ledger", what="status", from_value="open", to_value="closed")),
        ("I6: request 1: owned by nobody", with_row("requests", owner="nobody")),
        ("I7: row 7", and_also(database_complaints=("row 7 is missing",))),
        ("I7: raws", with_row("raws", content=digest("other"))),
        ("I7: ledger 1: was not written after the line before it", with_row("ledger", why="something else")),
        ("I7: ledger 1: was not written after the line of its request", with_row("ledger", request_hash=BEGINNING)),
        ("I7: ledger 2: stands where line 1 should", without_first("ledger")),
        ("I7: the ledger ends with line 1", without_last("ledger")),
        ("I7: the ledger ends with line 2", with_row("ledger_head", hash=BEGINNING)),
        ("I8: daemon.log", and_also(logs={"daemon.log": "hums like seventeen bees"})),
        ("I9: 1 copies are still done", with_row("copies", state="done")),
        ("I9: 1 outbox are still uncertain", with_row("outbox", state="uncertain")),
    ],
)
def test_every_harm_is_a_violation(invariant: str, harm: Callable[[Evidence], Evidence]) -> None:
    violations = judge(harm(SOUND)).violations

    assert [said for said in violations if said.startswith(invariant)], violations


def test_a_repeat_that_is_written_down_is_counted_and_allowed() -> None:
    verdict = judge(with_row("outbox", repeats=1)(replace(SOUND, sent=SOUND.sent * 2)))

    assert verdict.violations == ()
    assert (verdict.duplicate_acks, verdict.duplicate_acks_with_copy, verdict.repeated) == (1, 0, 1)


def test_what_left_twice_although_its_copy_could_be_seen_is_a_violation_even_if_it_is_written_down() -> None:
    twice = replace(SOUND, sent=SOUND.sent * 2, kept=Counter({ACK: 2}))

    verdict = judge(with_row("outbox", repeats=1)(twice))

    assert verdict.violations == ("I4: outbox 1 (acknowledgement): left 2 times, and its copy could be seen",)
    assert (verdict.duplicate_acks, verdict.duplicate_acks_with_copy) == (0, 1)


def test_a_mail_that_was_sent_for_its_copy_was_found_is_counted() -> None:
    line = {"id": 3, "request_id": 1, "actor": "p", "what": "mail_found", "from_value": None, "to_value": EVA}
    found = replace(SOUND, tables=SOUND.tables | chained([*LINES, line | {"why": "."}]), kept=Counter([ACK]))

    verdict = judge(found)

    assert (verdict.violations, verdict.found_by_copy) == ((), 1)


def test_a_fault_of_a_minute_must_be_named_and_forgotten_again() -> None:
    fault = Fault("IMAP", NOON, NOON + timedelta(minutes=5))
    late, well = timedelta(minutes=2), timedelta(minutes=7)
    named = ((NOON + timedelta(seconds=30), "IMAP is down"), (NOON + well, "all is well"))

    assert judge(replace(SOUND, faults=(fault,), statuses=named)).violations == ()
    assert judge(replace(SOUND, faults=(fault,), statuses=((NOON + late, "IMAP is down"),))).violations
    assert judge(replace(SOUND, faults=(fault,), statuses=(named[0], (NOON + well, "IMAP is down")))).violations


def test_the_oracle_imports_nothing_of_the_product() -> None:
    files = [file for file in (ROOT / "tests" / "oracle").glob("*.py") if not file.name.startswith("test_")]
    trees = [ast.parse(file.read_text()) for file in files]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    imported = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}

    assert len(files) == 3
    assert {name.partition(".")[0] for name in imported} & {"config", "rules", "classifier", "daemon"} == set()
    assert {name for name in imported if name.startswith("tests.")} <= {
        "tests.oracle.evidence",
        "tests.oracle.invariants",
    }


def test_no_evidence_is_no_good_verdict(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.oracle", tmp_path], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert ended.returncode != 0
    assert "case.json" in ended.stderr
