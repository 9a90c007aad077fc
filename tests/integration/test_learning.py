"""A running daemon has its model learn in a process of its own, and works by the new one without a restart."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from classifier import registry
from classifier.examples import starter_examples
from classifier.train import train
from daemon.store import ledger
from tests.integration.conftest import ROOT, until

if TYPE_CHECKING:
    from tests.integration.conftest import Lindwerk

Mail = Callable[..., EmailMessage]

LONG_AGO = dt.datetime(2026, 1, 5, 8, 0, tzinfo=dt.UTC)


@pytest.mark.timeout(600)
def test_a_daemon_trains_by_itself_and_looks_at_its_promise(lindwerk: Lindwerk, a_mail: Mail) -> None:
    root = lindwerk.folder / "state" / "models"
    made_up = [one for one in starter_examples().kept if one.department in ("it", "hr")]
    first = registry.publish(train(made_up, seed=1), root, LONG_AGO)
    registry.promote(root, first)
    lindwerk.replaces("rules: {folder: rules}", "rules: {folder: rules}\nclassifier: {promote: true}")
    daemon = lindwerk.start()
    until(lambda: whats(lindwerk) == ["promise_checked"], "the promise is looked at", 240)

    lindwerk.writes(a_mail("Hello"), "it")
    number = lindwerk.request("Hello").id
    said = ["assign", f"REQ-{number}", "--department", "hr", "--why", "hers", "--by", "anke"]
    subprocess.run([sys.executable, "-m", "daemon", "-c", str(lindwerk.path), *said], cwd=ROOT, check=True)
    lindwerk.replaces("classifier: {promote: true}", "classifier: {promote: true, retrain: weekly}")
    daemon.stop()
    lindwerk.start()

    until(lambda: "model_promoted" in whats(lindwerk), "a new model is trained and passes the gate", 240)
    until(lambda: lindwerk.status()["model_version"] not in (first, None), "and the daemon works by it")
    until(lambda: lindwerk.sentence_of("learning").startswith("watching: "), "and says so")


def whats(lindwerk: Lindwerk) -> list[str]:
    with lindwerk.store.reading() as database:
        return [line.what for line in ledger.of_house(database)]
