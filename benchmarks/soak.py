"""`make soak`: the daemon under a steady trickle of mail; does it grow, does it keep up?

`--minutes` says how long (10 by default). Prints a line a minute; the last line is JSON: memory and open
files after a tenth of the time and at the end, mails delivered and acknowledged.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.household import furnish, train_model
from benchmarks.intake import TO, is_acknowledgement
from benchmarks.mails import requests
from benchmarks.processes import Daemon
from tests.servers.dovecot import Dovecot
from tests.servers.smtp_sink import SmtpSink

#: Seconds between two mails: five a second is a busy organisation's worst hour.
PACE = 0.2


@dataclass(frozen=True, slots=True)
class Sample:
    """Resident memory in MB and open files of the daemon."""

    rss_mb: float
    files: int


def main() -> None:
    """Run, sample, print."""
    words = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    words.add_argument("--minutes", type=float, default=10.0)
    seconds = words.parse_args().minutes * 60
    with tempfile.TemporaryDirectory(prefix="postroom-soak-") as name, Dovecot.create() as dovecot:
        folder = Path(name)
        models = train_model(folder / "model", dovecot.new_account())
        account, place = dovecot.new_account(), folder / "run"
        place.mkdir()
        with SmtpSink(place / "journal") as sink:
            path, environment = furnish(place, account, sink.port, models)
            command = [sys.executable, "-m", "daemon", "-c", str(path), "run"]
            daemon = Daemon(command, environment, place / "daemon.log")
            mails = requests(int(seconds / PACE), 7, TO)
            started, early, delivered = time.monotonic(), None, 0
            for mail in mails:
                account.maildir.deliver(mail)
                delivered += 1
                time.sleep(PACE)
                gone = time.monotonic() - started
                if early is None and gone > seconds / 10:
                    early = sample(daemon.process.pid)
                if delivered % int(60 / PACE) == 0:
                    print(f"{gone / 60:5.1f} min  {delivered} mails  {sample(daemon.process.pid)}", flush=True)
            while acknowledged(sink) < delivered and time.monotonic() - started < seconds + 60:
                time.sleep(0.5)
            late = sample(daemon.process.pid)
            daemon.stop()
            early = early or late
            figures = {
                "minutes": round(seconds / 60, 1),
                "mails": delivered,
                "acknowledged": acknowledged(sink),
                "early": asdict(early),
                "late": asdict(late),
                "rss_growth": round(late.rss_mb / early.rss_mb, 3),
            }
    print(json.dumps(figures))


def acknowledged(sink: SmtpSink) -> int:
    """How many acknowledgements the sink has accepted."""
    return sum(map(is_acknowledgement, list(sink.accepted)))


def sample(pid: int) -> Sample:
    """Memory and open files of a process, as the kernel counts them (proc(5))."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return Sample(round(pages * 4096 / 2**20, 1), len(list(Path(f"/proc/{pid}/fd").iterdir())))


if __name__ == "__main__":
    main()
