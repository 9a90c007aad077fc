"""A running daemon takes another model, and goes back to the one before, and no mail is lost meanwhile."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

from classifier import registry
from classifier.examples import Example
from classifier.text import Text
from classifier.train import train
from daemon.store import ledger
from tests.integration.conftest import ROOT, until

if TYPE_CHECKING:
    from tests.integration.conftest import Lindwerk

Mail = Callable[..., EmailMessage]

#: Who writes more than 20 mails within the hour is gathered.
SENDERS = 100


def model(lindwerk: Lindwerk, words: dict[str, str], minute: int) -> str:
    """The version of a stored model that tells departments by these words."""
    examples = [
        Example(Text(f"{word} {n}", f"{word} {'please' if n % 2 else 'now'}"), department, f"made:{n}")
        for department, said in words.items()
        for word in said.split()
        for n in (*range(40), *range(100, 140))  # a number of other length would be unlike all of them
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


def test_models_come_and_go_under_mail_and_each_mail_becomes_one_request(lindwerk: Lindwerk, a_mail: Mail) -> None:
    first = model(lindwerk, {"it": "laptop screen", "hr": "salary pension"}, 1)
    second = model(lindwerk, {"it": "salary pension", "hr": "laptop screen"}, 2)
    registry.promote(lindwerk.folder / "state" / "models", first)
    daemon = lindwerk.start()

    written: list[str] = []

    def write() -> None:
        while not done.wait(0.15):
            subject = f"laptop {len(written)}"
            sender = f"Eva <eva.{len(written) % SENDERS}@lindwerk.example>"
            lindwerk.writes(a_mail(subject, "laptop please\n", From=sender), "it")
            written.append(subject)

    def is_at_work(department: str) -> bool:
        return any(request.department == department for request in lindwerk.requests())

    done = threading.Event()
    writer = threading.Thread(target=write)
    writer.start()
    try:
        until(lambda: is_at_work("it"), "the first model decides")
        postroom(lindwerk, "models", "promote", second, "--force", "--why", "to see it taken")
        until(lambda: is_at_work("hr"), "the second model decides")
        back = postroom(lindwerk, "models", "rollback")
    finally:
        done.set()
        writer.join()

    until(lambda: len(lindwerk.requests()) >= len(written), "each mail is a request")
    assert sorted(request.subject for request in lindwerk.requests()) == sorted(written), "and no more than one"
    assert lindwerk.status()["model_version"] == first
    assert back < 60, "a rollback is taken at once: less than five seconds where nothing else runs"

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
