"""Intake of waiting mail and latency of single arrivals, beside a floor in the same run.

`python -m benchmarks.intake`; the last line is JSON. `--mails` and `--arrivals` change how much. `make bench` runs it
with the others.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from imapclient import IMAPClient

from benchmarks.household import furnish, train_model
from benchmarks.mails import requests
from benchmarks.processes import Daemon, Spent
from tests.servers.dovecot import Dovecot, ImapAccount
from tests.servers.smtp_sink import Accepted, SmtpSink

TO = "it@lindwerk.example"


def main() -> None:
    """Measure and print."""
    words = argparse.ArgumentParser(prog="python -m benchmarks.intake", description=__doc__)
    words.add_argument("--mails", type=int, default=2000, help="mails that wait in the inbox")
    words.add_argument("--arrivals", type=int, default=60, help="single arrivals while the daemon waits")
    asked = words.parse_args()
    print(json.dumps(measure(asked.mails, asked.arrivals)))


def measure(mails: int = 2000, arrivals: int = 60) -> dict[str, float]:
    """The figures of this benchmark by their names; says on the way what it finds."""
    with tempfile.TemporaryDirectory(prefix="postroom-bench-") as name, Dovecot.create() as dovecot:
        folder = Path(name)
        models = train_model(folder / "model", dovecot.new_account())
        floor_rate, floor_cpu = measure_floor(dovecot.new_account(), folder, mails)
        print(f"floor     {floor_rate:7.1f} mails/s   {floor_cpu:5.2f} ms CPU per mail", flush=True)
        rate, cpu, intake = measure_intake(dovecot.new_account(), folder / "intake", mails, models)
        print(
            f"Postroom  {rate:7.1f} mails/s   {cpu:5.2f} ms CPU per mail   {intake.peak_rss_mb:.0f} MB peak",
            flush=True,
        )
        lags = measure_latency(dovecot.new_account(), folder / "latency", arrivals, models)
    p50, p95 = statistics.median(lags), statistics.quantiles(lags, n=20)[18]
    print(f"latency   p50 {p50:.3f} s, p95 {p95:.3f} s after a bare IDLE client sees the mail ({len(lags)} arrivals)")
    return {
        "mails": mails,
        "floor_mails_per_s": round(floor_rate, 1),
        "intake_mails_per_s": round(rate, 1),
        "intake_ratio_to_floor": round(rate / floor_rate, 3),
        "floor_cpu_ms_per_mail": round(floor_cpu, 2),
        "cpu_ms_per_mail": round(cpu, 2),
        "peak_rss_mb": round(intake.peak_rss_mb, 1),
        "latency_over_idle_p50_s": round(p50, 3),
        "latency_over_idle_p95_s": round(p95, 3),
    }


def measure_floor(account: ImapAccount, folder: Path, count: int) -> tuple[float, float]:
    """(mails/s from ready to the last acknowledgement, CPU ms per mail) of the floor."""
    folder.mkdir(parents=True, exist_ok=True)
    account.maildir.deliver_many(requests(count, 1, TO))
    with SmtpSink(folder / "floor.journal") as sink:
        arguments = [account.port, account.user, account.password, sink.port, folder / "floor.db"]
        command = [sys.executable, "-m", "benchmarks.floor", *map(str, arguments)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            started = time.monotonic()
            sink.wait(count, seconds=600)
            seconds = time.monotonic() - started
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    return count / seconds, 1000 * (usage.ru_utime + usage.ru_stime) / count


def measure_intake(account: ImapAccount, folder: Path, count: int, models: Path) -> tuple[float, float, Spent]:
    """(mails/s from ready to the last acknowledgement, CPU ms per mail, what the process spent) of the daemon.

    The daemon's CPU includes its start, the child process that parses, and the notice to each owner,
    which the floor does not send.
    """
    account.maildir.deliver_many(requests(count, 2, TO))
    with SmtpSink(_made(folder) / "journal") as sink:
        path, environment = furnish(folder, account, sink.port, models)
        daemon = _daemon(path, environment, folder)
        started = time.monotonic()
        last = _wait_for_acknowledgements(sink, count, 900)
        seconds = last - started
        spent = daemon.stop()
    return count / seconds, 1000 * spent.cpu_seconds / count, spent


def _wait_for_acknowledgements(sink: SmtpSink, count: int, seconds: float) -> float:
    """The monotonic instant of the last acknowledgement."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if sum(map(is_acknowledgement, list(sink.accepted))) >= count:
            return time.monotonic()
        time.sleep(0.1 if len(sink.accepted) >= count else 0.25)
    raise SystemExit(f"only {sum(map(is_acknowledgement, sink.accepted))} of {count} acknowledgements came")


def is_acknowledgement(mail: Accepted) -> bool:
    """An automatic reply to a mail, not a notice to staff."""
    return b"Auto-Submitted: auto-replied" in mail.raw[:3000]


def measure_latency(account: ImapAccount, folder: Path, arrivals: int, models: Path) -> list[float]:
    """Seconds from the moment a bare IDLE client sees a mail until its acknowledgement is accepted, one per arrival."""
    mails = list(requests(arrivals, 3, TO))
    with SmtpSink(_made(folder) / "journal") as sink:
        path, environment = furnish(folder, account, sink.port, models)
        daemon = _daemon(path, environment, folder)
        watcher = account.connect()
        watcher.select_folder("INBOX")
        time.sleep(2)
        lags = [_one_arrival(account, watcher, sink, mail, number) for number, mail in enumerate(mails)]
        daemon.stop()
    return lags


def _one_arrival(account: ImapAccount, watcher: IMAPClient, sink: SmtpSink, mail: bytes, number: int) -> float:
    seen: list[float] = []

    def watch() -> None:
        watcher.idle()
        while not any(line[1] == b"EXISTS" for line in watcher.idle_check(timeout=20) if len(line) > 1):
            pass
        seen.append(time.time())
        watcher.idle_done()

    thread = threading.Thread(target=watch)
    thread.start()
    time.sleep(0.2 + 0.013 * (number % 7))
    account.maildir.deliver(mail)
    deadline = time.monotonic() + 30
    recipient = f"person.3.{number}@lindwerk.example"
    while not (answered := sink.mails_to(recipient)) and time.monotonic() < deadline:
        time.sleep(0.002)
    thread.join(30)
    return answered[0].at.timestamp() - seen[0]


def _daemon(path: Path, environment: dict[str, str], folder: Path) -> Daemon:
    return Daemon([sys.executable, "-m", "daemon", "-c", str(path), "run"], environment, folder / "daemon.log")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


if __name__ == "__main__":
    main()
