"""Backup, loss, restore and rebuild with the real daemon: what was said once is said once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.conftest import EVA, JONAS, ROOT, until

if TYPE_CHECKING:
    from tests.integration.conftest import Lindwerk

Mail = Callable[..., EmailMessage]


def runs(lindwerk: Lindwerk, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`postroom` as an operator runs it."""
    command = [sys.executable, "-m", "daemon", "-c", str(lindwerk.path), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | environment)


def said_to(lindwerk: Lindwerk, recipient: str) -> Counter[str]:
    """How often each mail left for somebody, by its subject."""
    return Counter(line for mail in lindwerk.sink.mails_to(recipient) for line in _subjects(mail.raw))


def _subjects(raw: bytes) -> list[str]:
    return [line.decode() for line in raw.splitlines() if line.startswith(b"Subject:")]


def test_a_backup_of_a_working_daemon_is_restored_and_nobody_hears_of_anything_twice(
    lindwerk: Lindwerk, a_mail: Mail, tmp_path: Path
) -> None:
    daemon = lindwerk.start()
    lindwerk.writes(a_mail("VPN one"), "it")
    lindwerk.mails_to(EVA, 1)
    until(lambda: set(lindwerk.counts()["outbox"]) == {"sent"}, "all is sent")
    made = runs(lindwerk, "backup", str(tmp_path / "backup"))
    lindwerk.writes(a_mail("VPN two"), "it")
    lindwerk.writes(a_mail("My holiday"), "people")
    lindwerk.mails_to(EVA, 3)
    busy = runs(lindwerk, "restore", str(tmp_path / "backup"))
    daemon.stop(signal.SIGKILL)
    before = said_to(lindwerk, EVA)
    lindwerk.store.close()
    (lindwerk.folder / "state" / "postroom.db").write_bytes(b"ruined")

    restored = runs(lindwerk, "restore", str(tmp_path / "backup"))
    rebuilt = runs(lindwerk, "rebuild")
    again = lindwerk.start()
    until(lambda: len(lindwerk.requests()) == 3, "three requests")
    lindwerk.writes(a_mail("VPN three"), "it")
    lindwerk.mails_to(EVA, 4)

    assert (made.returncode, busy.returncode, restored.returncode, rebuilt.returncode) == (0, 75, 0, 0), (
        made.stderr,
        restored.stderr,
        rebuilt.stderr,
    )
    assert {request.subject for request in lindwerk.requests()} == {"VPN one", "VPN two", "My holiday", "VPN three"}
    assert sorted(request.id for request in lindwerk.requests()) == [1, 2001, 2002, 2003]
    assert len(said_to(lindwerk, EVA) - before) == 1
    assert lindwerk.counts()["outbox"]["held"] >= 2
    assert again.stop() == 0


@pytest.mark.timeout(300)
def test_a_restore_and_a_rebuild_that_are_killed_again_and_again_come_to_the_same_end_and_nobody_hears_twice(
    lindwerk: Lindwerk, a_mail: Mail, tmp_path: Path
) -> None:
    daemon = lindwerk.start()
    lindwerk.writes(a_mail("VPN 0", From="person.0@lindwerk.example"), "it")
    lindwerk.mails_to("person.0@lindwerk.example", 1)
    assert runs(lindwerk, "backup", str(tmp_path / "backup")).returncode == 0
    for number in range(1, 4):
        lindwerk.writes(a_mail(f"VPN {number}", From=f"person.{number}@lindwerk.example"), "it")
        lindwerk.mails_to(f"person.{number}@lindwerk.example", 1)
    until(lambda: set(lindwerk.counts()["outbox"]) == {"sent"}, "all is sent")
    daemon.stop(signal.SIGKILL)
    lindwerk.store.close()
    before = len(lindwerk.sink.accepted)

    killed = runs(lindwerk, "restore", str(tmp_path / "backup"), POSTROOM_TEST="1", POSTROOM_FAILPOINT="C15")
    half = lindwerk.start(ready=False)
    assert (killed.returncode, half.process.wait(30)) == (-signal.SIGKILL, 78)
    assert "was begun in" in half.complaint()
    assert runs(lindwerk, "restore", str(tmp_path / "backup")).returncode == 0
    deaths = [
        runs(lindwerk, "rebuild", POSTROOM_TEST="1", POSTROOM_FAILPOINT=point)
        for point in ("C2", "C3", "C4", "C5", "C6")
    ]
    assert [one.returncode for one in deaths] == [-signal.SIGKILL] * len(deaths)
    assert runs(lindwerk, "rebuild").returncode == 0
    again = lindwerk.start()
    lindwerk.writes(a_mail("VPN 4", From="person.4@lindwerk.example"), "it")
    lindwerk.mails_to("person.4@lindwerk.example", 1)

    assert sorted(request.subject for request in lindwerk.requests()) == [f"VPN {number}" for number in range(5)]
    told = {mail.recipients[0] for mail in lindwerk.sink.accepted[before:]}
    assert told <= {"person.4@lindwerk.example", JONAS}
    assert again.stop() == 0


def test_the_daemon_compares_when_it_is_asked_and_without_it_the_command_looks_itself(
    lindwerk: Lindwerk, a_mail: Mail
) -> None:
    daemon = lindwerk.start()
    lindwerk.writes(a_mail("VPN one"), "it")
    lindwerk.mails_to(EVA, 1)
    lindwerk.writes(a_mail("VPN two"), "it")
    lindwerk.mails_to(EVA, 2)

    asked = runs(lindwerk, "reconcile")
    assert daemon.stop() == 0
    alone = runs(lindwerk, "reconcile")

    everything = "it: every mail in the folder is known.\npeople: every mail in the folder is known.\n"
    assert (asked.returncode, asked.stdout) == (alone.returncode, alone.stdout) == (0, everything)
