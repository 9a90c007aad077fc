"""A storm: thousands of mails wait when the daemon starts, and an escalation falls due among them.

`python -m benchmarks.storm --mails 10000`; the last line is JSON, and the exit status is 1 if a limit was passed: all
taken in within 15 minutes for 10,000 mails (and in proportion), the escalation accepted within 60 s of its due time,
400 MB of memory at the most, the child process that reads mail included.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.household import furnish, train_model
from benchmarks.intake import TO
from benchmarks.mails import requests
from benchmarks.processes import Daemon
from daemon.store import clocks, copies
from daemon.store import requests as stored
from daemon.store.database import Store
from tests.servers.dovecot import Dovecot, ImapAccount
from tests.servers.smtp_sink import SmtpSink

#: The limits (product and design): mails per second, seconds, MB.
SLOWEST, LATEST, LARGEST = 10_000 / 900, 60.0, 400.0

#: The request whose promise breaks in the storm: seconds after its mail came.
PROMISE = 30

HURRIED = "hurried.person@lindwerk.example"
RULE = f"""
rules:
  - name: promised at once
    when: {{from: [{HURRIED}]}}
    then: {{department: security, sla_policy: at_once}}
"""
POLICY = f"""
  at_once:
    first_response: {{normal: {PROMISE}s, high: {PROMISE}s}}
    resolution: {{normal: {PROMISE}s, high: {PROMISE}s}}
"""
MAIL = f"""From: {HURRIED}\r
To: {TO}\r
Subject: Somebody is in the server room\r
Message-ID: <hurried@mail.lindwerk.example>\r
\r
The door stands open.\r
"""


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(prog="python -m benchmarks.storm", description=__doc__)
    words.add_argument("--mails", type=int, default=10_000, help="mails that wait in the inbox")
    figures = measure(words.parse_args().mails)
    print(json.dumps(figures))
    sys.exit(int(figures["storm_limits_passed"] > 0))


def measure(mails: int = 10_000) -> dict[str, float]:
    """The figures of the storm by their names; says on the way what it finds."""
    with tempfile.TemporaryDirectory(prefix="postroom-storm-") as name, Dovecot.create() as dovecot:
        folder = Path(name)
        models = train_model(folder / "model", dovecot.new_account())
        return _storm(dovecot.new_account(), folder / "run", mails, models)


def _storm(account: ImapAccount, folder: Path, mails: int, models: Path) -> dict[str, float]:
    account.maildir.deliver(MAIL.encode())
    account.maildir.deliver_many(requests(mails, 5, TO))
    folder.mkdir(parents=True)
    with SmtpSink(folder / "journal") as sink:
        path, environment = furnish(folder, account, sink.port, models)
        _hurry(path, folder)
        daemon = Daemon([sys.executable, "-m", "daemon", "-c", str(path), "run"], environment, folder / "daemon.log")
        began = time.monotonic()
        store = Store(f"sqlite:///{folder}/state/postroom.db", read_only=True)
        seconds = _until_taken_in(store, mails + 1, began, 2 * mails / SLOWEST + 60)
        late = _escalated_after(store, sink)
        store.close()
        spent = daemon.stop()
    rate = mails / seconds
    passed = sum((rate < SLOWEST, late > LATEST, spent.peak_rss_mb > LARGEST))
    print(
        f"storm     {rate:7.1f} mails/s   escalation {late:.1f} s after it fell due   {spent.peak_rss_mb:.0f} MB peak",
        flush=True,
    )
    return {
        "storm_mails": mails,
        "storm_seconds": round(seconds, 1),
        "storm_mails_per_s": round(rate, 1),
        "storm_escalation_late_s": round(late, 1),
        "storm_peak_rss_mb": round(spent.peak_rss_mb, 1),
        "storm_limits_passed": passed,
    }


def _hurry(path: Path, folder: Path) -> None:
    """One sender is promised an answer at once, and every hour is an hour of work, on a Sunday too."""
    days = ", ".join(f'{day}: ["00:00-24:00"]' for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
    text = path.read_text()
    start, end = text.index("    hours:\n"), text.index("sla_policies:\n")
    text = f"{text[:start]}    hours: {{{days}}}\n{text[end:]}".replace("sla_policies:\n", f"sla_policies:{POLICY}", 1)
    rules = folder / "rules"
    shutil.copytree(Path(__file__).parent.parent / "rules" / "starter", rules)
    (rules / "0.yaml").write_text(RULE)
    lines = text.splitlines()
    at = lines.index("rules:")
    path.write_text("\n".join([*lines[: at + 1], f"  folder: {rules}", *lines[at + 2 :]]) + "\n")


def _until_taken_in(store: Store, mails: int, began: float, patience: float) -> float:
    """Seconds until every mail has had its effect."""
    while time.monotonic() - began < patience:
        with store.reading() as connection:
            counts = copies.counts(connection)
        if counts.get("done", 0) + counts.get("marked", 0) >= mails:
            return time.monotonic() - began
        time.sleep(0.5)
    raise SystemExit(f"after {patience:.0f} s the copies are {counts}")


def _escalated_after(store: Store, sink: SmtpSink) -> float:
    """Seconds from the due time of the promise to the instant at which the mail server had the escalation."""
    with store.reading() as connection:
        (request,) = (one for one in stored.listing(connection, limit=100_000) if one.requester == HURRIED)
        due = min(clock.due_at for clock in clocks.of_request(connection, request.id))
    wanted = f"Late: [REQ-{request.id}]".encode()
    deadline = time.monotonic() + max(0.0, (due - datetime.now(UTC)).total_seconds()) + 2 * LATEST
    while time.monotonic() < deadline:
        for mail in list(sink.accepted):
            if wanted in mail.raw[:4000]:
                return (mail.at - due).total_seconds()
        time.sleep(0.1)
    raise SystemExit(f"no escalation of REQ-{request.id}, which fell due at {due:%H:%M:%S} UTC, has left")


if __name__ == "__main__":
    main()
