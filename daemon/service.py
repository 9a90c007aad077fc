"""Starts, watches and stops the workers: one per mailbox, one for deliveries, one for the clocks.

Each worker gives a sign of life. A dead one is started again alone, with back-off; a deaf one is named
in the status, and systemd's watchdog is no longer petted, so that the whole service is started afresh.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import sqlalchemy as sa
import structlog

from daemon import escalations, intake, systemd
from daemon.deliveries import Deliveries
from daemon.mailbox.connection import Connection, MailboxDown
from daemon.mailbox.watch import Report, WakeUp, watch
from daemon.office import Office, imap_access, smtp_access
from daemon.parsing import ParserDown
from daemon.premises import OfficeClosed
from daemon.state_dir import write_status
from daemon.store import copies, mailboxes, outbox, requests

log = structlog.get_logger("service")

#: A worker silent for longer than this is deaf: every one of them is built to give a sign sooner.
DEAF_AFTER = 90.0

#: The longest a stop may take before the process ends anyway (what is unfinished is in the database).
STOP_WITHIN = 9.0


@dataclass
class Worker:
    """One thread of the daemon and its sign of life (monotonic seconds)."""

    name: str
    body: Callable[[Worker], None]
    wake: Callable[[], None]
    state: str = "starting"
    sentence: str = ""
    alive_at: float = field(default_factory=time.monotonic)
    deaths: int = 0
    not_before: float = 0.0
    thread: threading.Thread | None = None

    def beat(self) -> None:
        """Give a sign of life."""
        self.alive_at = time.monotonic()

    def report(self, report: Report) -> None:
        """Give a sign of life and say how it goes."""
        self.beat()
        if report.state == "down" and report.sentence != self.sentence:
            log.error("mailbox_down", mailbox=self.name, reason=report.sentence)
        self.state, self.sentence = report.state, report.sentence


class Service:
    """The running daemon. `run` returns when it was asked to stop."""

    def __init__(self, office: Office, reload: Callable[[Office], Office]) -> None:
        """`reload` makes a new office out of the files, or raises OfficeClosed with every mistake."""
        self.office = office
        self._reload = reload
        self._stop = threading.Event()
        self._attention = threading.Event()
        self._hang_up = False
        self._clock_nudge = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._delivery_wake: asyncio.Event | None = None
        self._workers: list[Worker] = []
        self._started = office.now()
        self._reload_trouble: str | None = None

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; reload on SIGHUP."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._signalled)
        self._workers = [self._mailbox(name) for name in self.office.settings.mailboxes]
        self._workers += [
            Worker("deliveries", self._deliver, self._wake_deliveries),
            Worker("clocks", self._keep_clocks, self._clock_nudge.set),
        ]
        for worker in self._workers:
            self._start(worker)
        self._write_status()
        systemd.notify(f"READY=1\nSTATUS={len(self.office.settings.mailboxes)} mailboxes watched")
        log.info("started", mailboxes=list(self.office.settings.mailboxes), pid=os.getpid())
        try:
            self._watch_over_workers()
        finally:
            self._stop_workers()

    def stop(self) -> None:
        """Ask the service to end, from any thread."""
        self._stop.set()
        self._attention.set()

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self._hang_up = True
        else:
            self._stop.set()
        self._attention.set()

    def _watch_over_workers(self) -> None:
        interval = systemd.watchdog_interval() or 10.0
        status_at = petted_at = 0.0
        while not self._stop.is_set():
            self._attention.wait(0.5)
            self._attention.clear()
            if self._hang_up:
                self._hang_up = False
                self._take_reload()
            now = time.monotonic()
            for worker in self._workers:
                self._look_after(worker, now)
            if now - status_at >= 2.0:
                status_at = now
                self._write_status()
            if now - petted_at >= min(interval, 10.0) and not self._deaf(now):
                petted_at = now
                systemd.notify("WATCHDOG=1")

    def _deaf(self, now: float) -> list[str]:
        return [worker.name for worker in self._workers if now - worker.alive_at > DEAF_AFTER]

    def _look_after(self, worker: Worker, now: float) -> None:
        """Start a dead worker again: after 1, 2, 4 … 60 s."""
        if worker.thread is not None and not worker.thread.is_alive():
            worker.thread = None
            worker.deaths += 1
            worker.not_before = now + min(60.0, 2.0 ** (worker.deaths - 1))
            worker.state = "down"
        if worker.thread is None:
            worker.beat()
            if now >= worker.not_before:
                self._start(worker)

    def _start(self, worker: Worker) -> None:
        def body() -> None:
            try:
                worker.body(worker)
            except Exception as error:
                worker.sentence = f"{worker.name} stopped by a fault: {type(error).__name__}: {error}"
                log.exception("worker_died", worker=worker.name)

        worker.beat()
        worker.thread = threading.Thread(target=body, name=worker.name, daemon=True)
        worker.thread.start()

    def _mailbox(self, name: str) -> Worker:
        wake_up = WakeUp()

        def work(connection: Connection, full: bool) -> None:
            try:
                intake.work_through(connection, self.office, full=full, beat=worker.beat, nudge=self._wake_deliveries)
                self._clock_nudge.set()
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                raise MailboxDown(f"{name}: the database cannot be used now ({error.orig}).") from error
            except ParserDown as error:
                raise MailboxDown(f"{name}: mail cannot be read now ({error}).") from error

        def body(worker: Worker) -> None:
            watch(
                lambda: imap_access(self.office, name),
                poll=lambda: self.office.settings.mailboxes[name].poll.total_seconds(),  # noqa: PLW0108 - after a reload it is another
                work=work,
                report=worker.report,
                wake_up=wake_up,
                stop=self._stop,
            )

        worker = Worker(name, body, wake_up.now)
        return worker

    def _wake_deliveries(self) -> None:
        if self._loop is not None and self._delivery_wake is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._delivery_wake.set)

    def _deliver(self, worker: Worker) -> None:
        async def deliver() -> None:
            stop, self._delivery_wake = asyncio.Event(), asyncio.Event()
            self._loop = asyncio.get_running_loop()
            deliveries = Deliveries(lambda: self.office, lambda: smtp_access(self.office), worker.beat)
            task = asyncio.create_task(deliveries.run(stop, self._delivery_wake))
            while not task.done() and not self._stop.is_set():
                worker.state = "down" if deliveries.trouble else "watching"
                worker.sentence = deliveries.trouble or "sends what is queued"
                await asyncio.wait([task], timeout=0.25)
            stop.set()
            self._delivery_wake.set()
            await task

        asyncio.run(deliver())

    def _keep_clocks(self, worker: Worker) -> None:
        worker.state, worker.sentence = "watching", "waits for the next due instant"
        while not self._stop.is_set():
            worker.beat()
            try:
                if escalations.fire_due(self.office):
                    self._wake_deliveries()
                seconds = escalations.seconds_to_next(self.office, 30.0)
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                worker.state, worker.sentence = "down", f"the database cannot be used now ({error.orig})"
                seconds = 5.0
            else:
                worker.state, worker.sentence = "watching", "waits for the next due instant"
            self._clock_nudge.wait(seconds)
            self._clock_nudge.clear()

    def _take_reload(self) -> None:
        """New rules, model and settings, or the old ones if the new do not load."""
        systemd.reloading()
        try:
            new = self._reload(self.office)
        except OfficeClosed as error:
            self._reload_trouble = str(error)
            log.error("reload_refused", reason=str(error), kept="the settings, rules and model in use")
        else:
            self._reload_trouble = None
            self._take_over(new)
        systemd.notify("READY=1")

    def _take_over(self, new: Office) -> None:
        old, self.office = self.office, new
        known = {worker.name for worker in self._workers}
        for name in new.settings.mailboxes:
            if name not in known:
                worker = self._mailbox(name)
                self._workers.append(worker)
                self._start(worker)
        gone = sorted(set(old.settings.mailboxes) - set(new.settings.mailboxes))
        if gone or old.settings.smtp != new.settings.smtp:
            log.warning(
                "restart_needed",
                reason="a removed mailbox or new SMTP settings take effect at a restart",
                gone=gone,
            )
        log.info("reloaded", rules=new.rules_version, model=new.model_version)

    def _stop_workers(self) -> None:
        """Wake everybody, wait, and end; nothing is left uncertain because the dot is never interrupted."""
        systemd.notify("STOPPING=1")
        self._stop.set()
        deadline = time.monotonic() + STOP_WITHIN
        for worker in self._workers:
            worker.wake()
        for worker in self._workers:
            if worker.thread is not None:
                worker.thread.join(max(0.0, deadline - time.monotonic()))
        late = [w.name for w in self._workers if w.thread is not None and w.thread.is_alive()]
        self.office.parsers.close()
        self._write_status(stopped=True)
        log.info("stopped", still_busy=late)

    def _write_status(self, *, stopped: bool = False) -> None:
        office = self.office
        now = time.monotonic()
        status: dict[str, Any] = {
            "pid": os.getpid(),
            "state": "stopped" if stopped else "running",
            "started_at": self._started.isoformat(),
            "written_at": office.now().isoformat(),
            "rules_version": office.rules_version,
            "model_version": office.model_version,
            "troubles": [t for t in (self._reload_trouble, *office.troubles) if t],
            "workers": [
                {
                    "name": w.name,
                    "mailbox": w.name in office.settings.mailboxes,
                    "state": "deaf" if now - w.alive_at > DEAF_AFTER else w.state,
                    "sentence": w.sentence,
                    "restarts": w.deaths,
                }
                for w in self._workers
            ],
        }
        try:
            write_status(office.settings.state_dir, status)
        except OSError as error:
            log.error("status_not_written", reason=str(error))


def figures(office: Office) -> dict[str, Any]:
    """What the database says of the work: counts per state and the age of the last scan of each mailbox."""
    now: dt.datetime = office.now()
    with office.store.reading() as connection:
        return {
            "requests": requests.counts(connection),
            "copies": copies.counts(connection),
            "outbox": outbox.counts(connection),
            "last_scan_seconds": {
                known.name: round((now - known.scanned_at).total_seconds(), 1) for known in mailboxes.every(connection)
            },
        }
