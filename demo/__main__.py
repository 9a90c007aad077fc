"""Plays a morning at Lindwerk on this machine: `python -m demo`, or `make demo`.

Two mail servers on 127.0.0.1, a model trained from the starter corpus, the real daemon, 43 mails in four
languages, owners who answer and a department that does not. Nothing leaves the machine. It ends by itself
in under a minute; KEEP=1 leaves everything running until Ctrl-C. The exit status is 0 only if nothing
that was due is missing and nothing was sent that was not due; the last line is JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.text import Text

from config.load import load
from daemon.state_dir import read_status
from demo.children import ChildFailed, Children
from demo.delivery import Inboxes
from demo.happenings import Seen
from demo.play import Play
from demo.record import Record
from demo.sent import SentFolder
from demo.servers import HOST
from demo.staff import Staff
from demo.stage import DOMAIN, INBOXES, Stage, set_the_stage, write_settings
from demo.timetable import read_timetable
from demo.triage_desk import TriageDesk
from demo.verdict import Verdict
from demo.view import acknowledgement_delays, summary_table, view_for

#: The daemon reports within this time that it watches its mailboxes, even on a busy machine (seconds).
READY_WITHIN = 120.0

STOPPED_BY_HAND = 130


def main() -> int:
    """Play, print the verdict, stop everything; the exit status."""
    # A pipe or a log has no width; rich would take 80 columns.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    signal.signal(signal.SIGTERM, _stop_in_order)
    keep = os.environ.get("KEEP", "") not in ("", "0")
    try:
        with Children() as children:
            return _perform(console, children, keep)
    except ChildFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped; servers and daemon are gone.", file=sys.stderr)
        return STOPPED_BY_HAND


def _stop_in_order(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _perform(console: Console, children: Children, keep: bool) -> int:
    begun = time.monotonic()
    mails, stage = read_timetable(), set_the_stage()
    console.print(
        Text(
            f"A morning at Lindwerk: {len(mails)} mails to {len(INBOXES)} shared inboxes, eight departments behind "
            "them. Many owners answer; nobody at Facilities does, where an answer is promised within a minute."
        ),
        soft_wrap=not console.is_terminal,
    )
    console.print(Text(f"Everything of this run is in {stage.folder}"), soft_wrap=True)
    imap_port, smtp_port = _start_servers(console, children, stage)
    _train(console, children, stage)
    _start_daemon(console, children, stage)
    settings = load(stage.settings, {})
    departments = {slug: department.name for slug, department in settings.departments.items()}
    record, sent = Record(stage.database_url, mails), SentFolder(stage.sent)
    triage = TriageDesk(mails, postroom(stage), children, stage.log("assign"))
    staff = Staff(mails, stage.folder / "people.csv")
    with Inboxes(HOST, imap_port, stage.password, INBOXES) as inboxes, view_for(console) as view:
        play = Play(mails, departments, inboxes, record, sent, staff, triage, children)
        seen, verdict = play.run(view)
    record.close()
    _report(console, stage, seen, verdict, smtp_port, keep)
    _print_json(verdict, time.monotonic() - begun)
    if keep:
        _wait_for_ctrl_c()
    return 0 if verdict.is_good else 1


@contextmanager
def _step(console: Console, doing: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    begun = time.monotonic()
    with console.status(doing):
        yield
    console.print(Text(f"{doing}: {time.monotonic() - begun:.1f} s"), soft_wrap=True)


def _start_servers(console: Console, children: Children, stage: Stage) -> tuple[int, int]:
    with _step(console, "starting an IMAP and an SMTP server"):
        command = (sys.executable, "-m", "demo.servers", stage.folder)
        ports = json.loads(children.start_and_hear("the mail servers", command, stage.log("servers")))
    write_settings(stage, ports["imap"], ports["smtp"])
    return ports["imap"], ports["smtp"]


def postroom(stage: Stage) -> tuple[str | Path, ...]:
    """The command line of Postroom with the settings of this run."""
    return (Path(sys.executable).with_name("postroom"), "--config", stage.settings)


def _train(console: Console, children: Children, stage: Stage) -> None:
    with _step(console, "training a model from the starter corpus"):
        children.run("postroom train", (*postroom(stage), "train", "--starter"), stage.log("train"))


def _start_daemon(console: Console, children: Children, stage: Stage) -> None:
    with _step(console, "starting the daemon"):
        children.start("postroom run", (*postroom(stage), "run"), stage.log("daemon"))
        until = time.monotonic() + READY_WITHIN
        while not _watches(stage):
            children.check()
            if time.monotonic() > until:
                raise ChildFailed(f"The daemon did not get ready in {READY_WITHIN:.0f} s; see {stage.log('daemon')}.")
            time.sleep(0.05)


def _watches(stage: Stage) -> bool:
    status = read_status(stage.state)
    return status is not None and status["state"] == "running" and bool(status["running"])


def _report(console: Console, stage: Stage, seen: Seen, verdict: Verdict, smtp_port: int, keep: bool) -> None:
    """What became of every mail, what is missing, and what to try next."""
    console.print()
    console.print(summary_table(seen, console.width))
    console.print()
    delays = sorted(acknowledgement_delays(seen))
    slowest = f", the slowest {delays[-1]:.1f} s after its mail" if delays else ""
    lines = [
        f"{verdict.mails} mails: {verdict.requests} requests, {verdict.followups} follow-ups, "
        f"{verdict.dispositions} set aside",
        f"as a colleague would have routed: {verdict.routed_as_expected} of {verdict.requests} (✓); "
        f"left to people: {verdict.left_to_people} (?); to another department: {verdict.routed_elsewhere} (≈)",
        f"acknowledgements: {verdict.acks_received} of {verdict.acks_due} that were due{slowest}; "
        f"{verdict.acks_not_due_sent} that were not due",
        f"answers of owners: {verdict.answers_received} of {verdict.answers_due} reached their requester",
        f"escalations: {verdict.escalations}",
    ]
    for line in lines:
        console.print(Text(line), soft_wrap=True)
    console.print()
    if verdict.missing:
        console.print(Text("This should not be:", style="bold red"))
        for sentence in verdict.missing:
            console.print(Text(f"  {sentence}"), soft_wrap=True)
        console.print()
    _say_what_next(console, stage, smtp_port, keep)


def _say_what_next(console: Console, stage: Stage, smtp_port: int, keep: bool) -> None:
    postroom_here = f".venv/bin/postroom --config {stage.settings}"
    tries = [
        ("what is unfinished", f"{postroom_here} list"),
        ("one request", f"{postroom_here} show REQ-3"),
        ("why it went there", f"{postroom_here} explain REQ-3"),
        ("its history", f"{postroom_here} ledger REQ-3"),
        ("every mail that was sent", f"ls {stage.sent}"),
    ]
    if keep:
        who, to = f"priya.raman@{DOMAIN}", f"it@{DOMAIN}"
        letter = f"From: {who}\\nTo: {to}\\nSubject: laptop\\n\\nMy laptop does not start.\\n"
        curl = f"curl --silent smtp://{HOST}:{smtp_port} --mail-from {who} --mail-rcpt {to} --upload-file -"
        send = f"printf '{letter}' | {curl}"
        tries.append(("a mail of your own", send))
    else:
        tries.append(("the same, left running", "make demo KEEP=1"))
    console.print(Text("Try next:"))
    for what, command in tries:
        console.print(Text(f"  {what + ':':26} {command}"), soft_wrap=True)
    if keep:
        console.print(Text("Servers and daemon keep running until Ctrl-C."))


def _print_json(verdict: Verdict, seconds: float) -> None:
    figures = {name: getattr(verdict, name) for name in verdict.__slots__ if name not in ("missing",)}
    print(json.dumps(figures | {"seconds": round(seconds, 1)}), flush=True)


def _wait_for_ctrl_c() -> None:
    try:
        signal.pause()
    except KeyboardInterrupt:
        print("Stopping servers and daemon.", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
