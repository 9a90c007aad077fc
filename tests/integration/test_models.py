"""A running daemon takes another model, and goes back to the one before, and no mail is lost meanwhile."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from classifier import registry
from classifier.examples import Example
from classifier.text import Text
from classifier.train import train
from daemon.store import ledger
from tests.integration.conftest import ROOT, until

if TYPE_CHECKING:
    from tests.integration.conftest import Lindwerk

Mail = Callable[..., EmailMessage]

MAILS = 60


def model(lindwerk: Lindwerk, words: dict[str, str], minute: int) -> str:
    """The version of a stored model that tells departments by these words."""
    examples = [
        Example(Text(word, f"{word} {'please' if n % 2 else 'now'}"), department, f"made:{n}")
        for department, said in words.items()
        for word in said.split()
        for n in range(40)
    ]
    created = dt.datetime(2026, 11, 23, 8, minute, tzinfo=dt.UTC)
    trained = train(examples, seed=1)
    return registry.publish(trained, lindwerk.folder / "state" / "models", created)


def postroom(lindwerk: Lindwerk, *arguments: str) -> float:
    """Run a command beside the daemon; how long it took from the decision to the daemon's word for it (seconds)."""
    command = [sys.executable, "-m", "daemon", "-c", str(lindwerk.path), *arguments]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "The daemon works by version" in ran.stdout
    with lindwerk.store.reading() as database:
        decided = ledger.of_house(database)[-1]
    return (dt.datetime.now(dt.UTC) - decided.at).total_seconds()


@pytest.mark.timeout(120)
def test_models_come_and_go_under_mail_and_each_mail_becomes_one_request(lindwerk: Lindwerk, a_mail: Mail) -> None:
    first = model(lindwerk, {"it": "laptop screen", "hr": "salary pension"}, 1)
    second = model(lindwerk, {"it": "salary pension", "hr": "laptop screen"}, 2)
    registry.promote(lindwerk.folder / "state" / "models", first)
    daemon = lindwerk.start()

    def write() -> None:
        for number in range(MAILS):
            sender = f"Eva {number % 12} <eva.{number % 12}@lindwerk.example>"
            lindwerk.writes(a_mail(f"laptop {number}", "laptop please\n", From=sender), "it")
            done.wait(0.1)

    done = threading.Event()
    writer = threading.Thread(target=write)
    writer.start()
    try:
        postroom(lindwerk, "models", "promote", second, "--force", "--why", "to see it taken")
        back = postroom(lindwerk, "models", "rollback")
    finally:
        done.set()
        writer.join()

    until(lambda: len(lindwerk.requests()) == MAILS, "each mail is a request", 30)
    assert {request.subject for request in lindwerk.requests()} == {f"laptop {number}" for number in range(MAILS)}
    assert {request.department for request in lindwerk.requests()} >= {"it", "hr"}, "both models have decided"
    assert lindwerk.status()["model_version"] == first
    assert back < 5, "a rollback takes less than five seconds, with the daemon at work by it"

    arrays = lindwerk.folder / "state" / "models" / first / "arrays.npz"
    arrays.chmod(0o600)
    arrays.write_bytes(arrays.read_bytes()[:-1])
    assert daemon.stop() == 0
    lindwerk.start()
    until(lambda: "it is truncated" in str(lindwerk.status()["troubles"]), "the status says why it is refused")
    lindwerk.writes(a_mail("VPN again"), "it")
    assert lindwerk.request("VPN again").department == "it", "the rules go on"
    lindwerk.writes(a_mail("laptop again"), "it")
    assert lindwerk.request("laptop again").department is None, "what the model would place goes to triage"
