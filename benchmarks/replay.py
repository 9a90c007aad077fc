"""How many stored mails a second `postroom replay` asks again, of the live rules and model and of a candidate.

`python -m benchmarks.replay` prints what it measures; the last line is JSON. `--mails` changes how much.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import mails
from benchmarks.household import DEPARTMENTS, furnish, train_model
from daemon.keys import load_or_create
from daemon.premises import open_store, read_settings, utc_now
from daemon.store import copies, messages, requests, schema
from daemon.store.database import Store

TO = "it@lindwerk.example"

#: A rule more than the live ones have, so that something changes.
CANDIDATE = "rules: [{name: printers, order: 1, when: {words: [printer, drucker]}, then: {department: facilities}}]\n"


@dataclass(frozen=True)
class Nobody:
    """An account that is never logged in to."""

    port: int = 143
    user: str = "nobody"
    password: str = "nobody"


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=__doc__)
    words.add_argument("--mails", type=int, default=10_000, help="mails in the store")
    print(json.dumps(measure(words.parse_args().mails)))


def measure(count: int = 10_000) -> dict[str, float]:
    """Fill a store with `count` generated mails, and time the command from its start to its last word."""
    with tempfile.TemporaryDirectory(prefix="postroom-bench-") as name:
        folder = Path(name)
        models = train_model(folder / "model", Nobody())
        path, environment = furnish(folder / "replay", Nobody(), 25, models)
        settings = read_settings(path, environment)
        load_or_create(settings.state_dir)
        store = open_store(path, settings, environment)
        schema.upgrade(store)
        fill(store, count)
        store.close()
        assert settings.rules.folder is not None
        shutil.copytree(settings.rules.folder, folder / "candidate")
        (folder / "candidate" / "printers.yaml").write_text(CANDIDATE)
        command = [sys.executable, "-m", "daemon", "-c", str(path), "replay", "--rules", str(folder / "candidate")]
        started = time.monotonic()
        ran = subprocess.run([*command, "--json"], env=environment, stdout=subprocess.PIPE, check=False)
        seconds = time.monotonic() - started
    asked = json.loads(ran.stdout)
    assert asked["requests"] == count, f"{asked['requests']} of {count} mails were asked again"
    return {"replay_mails": count, "replay_seconds": round(seconds, 1), "replay_mails_per_s": round(count / seconds, 1)}


def fill(store: Store, count: int) -> None:
    """Put requests into the store as if they had come in within the last month; people have placed a third."""
    chance = random.Random(1)
    with store.writing() as database:
        for number, raw in enumerate(mails.requests(count, 1, TO), 1):
            when = utc_now() - dt.timedelta(minutes=4 * (count - number) % 40_000)
            copies.accept(database, [copies.Arrival("it", 1, number, raw, when)], when)
            new = _request(chance.choice(DEPARTMENTS), number % 3 == 0, when)
            request = requests.numbered(number, new)
            requests.open_all(database, [request])
            digest = hashlib.sha256(raw).hexdigest()
            row = messages.file(database, _message(digest, number, request.id, when))
            copies.done(database, [(number, row)])
            route = requests.StoredRoute("model", request.department, "it was sure", 0.9, None, None, "r", "m")
            requests.record_routes(database, [(request.id, route)], when)


def _request(department: str, is_resolved: bool, when: dt.datetime) -> requests.NewRequest:
    return requests.NewRequest(
        status="resolved" if is_resolved else "open",
        department=department,
        owner=f"first.{department}@lindwerk.example",
        requester="person@lindwerk.example",
        requester_name="Person",
        subject="A request",
        summary="A request",
        priority="normal",
        priority_reason=None,
        mailbox="it",
        language="en",
        opened_at=when,
        assigned_at=when,
    )


def _message(digest: str, number: int, request: int, when: dt.datetime) -> messages.NewMessage:
    return messages.NewMessage(
        message_key=digest,
        raw=digest,
        header_id=f"1.{number}@mail.lindwerk.example",
        sender="person@lindwerk.example",
        sender_name="Person",
        subject="A request",
        words="A request",
        attachments=[],
        language="en",
        nature="human",
        nature_evidence="",
        disposition="request",
        disposition_reason="",
        acknowledged=True,
        acknowledged_reason="",
        request_id=request,
        mailbox="it",
        received_at=when,
    )


if __name__ == "__main__":
    main()
