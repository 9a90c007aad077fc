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
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import sqlalchemy as sa
import structlog

from classifier import registry
from daemon import (
    appointed,
    escalations,
    forecasting,
    frozen_mail,
    gatherings,
    honesty,
    intake,
    kept_rules,
    learning,
    learning_watch,
    rehousing,
    reporting,
    shadow,
    systemd,
)
from daemon.deliveries import Deliveries
from daemon.free_space import NoRoom, shortage, tell_operators
from daemon.mailbox.answers import Doubts
from daemon.mailbox.connection import Connection, MailboxDown
from daemon.mailbox.watch import Report, WakeUp, watch
from daemon.office import Office, imap_access, smtp_access
from daemon.parsing import ParserDown
from daemon.premises import OfficeClosed
from daemon.state_dir import write_status
from daemon.store import copies, outbox
from daemon.store.alone import InUse
from daemon.timekeeping import Hold, SteadyClock
from daemon.under_test import reached

log = structlog.get_logger("service")

#: A worker silent for longer than this is deaf: every one of them is built to give a sign sooner.
DEAF_AFTER = 90.0

#: A mailbox that has been down for so long is mailed to the operators, once an outage (seconds).
ALARM_AFTER = 15 * 60.0

#: Mails that come together are one reason to look at the clocks, not a reason each (seconds).
NUDGES_GATHER = 0.5

#: How often it is looked at which promises will probably be broken (seconds).
LOOKS_AHEAD_EVERY = 15 * 60.0

#: Seconds between two looks for requests without anybody behind them, while the office stays the same.
REHOUSES_EVERY = 60.0

#: The longest a stop may take before the process ends anyway (what is unfinished is in the database).
STOP_WITHIN = 9.0

#: How often it is made sure that no other daemon works with the database (seconds).
ALONE_EVERY = 2.0

#: The name of the worker that looks after the candidate beside what is live.
SHADOW = "shadow"

#: The name of the worker that has the model learn and keeps an eye on its promise.
LEARNING = "learning"

#: The name of the worker that looks ahead and back.
OUTLOOK = "outlook"

#: How often it looks whether something is due, and how long it waits after it could not be done (seconds).
LEARNING_LOOKS, LEARNING_PAUSE = 60.0, 6 * 3600.0

#: The longest pause before a candidate that ended is started again (seconds).
SHADOW_PAUSE = 600.0


class Ending(Exception):
    """A worker was asked to end in the middle of its work; what is unfinished is in the database."""


@dataclass
class Worker:
    """One thread of the daemon and its sign of life (monotonic seconds).

    `is_needed`: the service is started afresh when it is deaf. `trouble`: what it cannot do although it works.
    """

    name: str
    body: Callable[[Worker], None]
    wake: Callable[[], None]
    is_mailbox: bool = False
    is_needed: bool = True
    stop: threading.Event = field(default_factory=threading.Event)
    state: str = "starting"
    sentence: str = ""
    trouble: str = ""
    alive_at: float = field(default_factory=time.monotonic)
    down_since: float | None = None
    alarmed: bool = False
    compare: threading.Event = field(default_factory=threading.Event)
    deaths: int = 0
    not_before: float = 0.0
    thread: threading.Thread | None = None

    def beat(self) -> None:
        """Give a sign of life."""
        self.alive_at = time.monotonic()

    def beat_or_end(self) -> None:
        """Give a sign of life between two steps of a long work, or raise Ending if it shall not go on."""
        self.beat()
        if self.stop.is_set():
            raise Ending

    def report(self, report: Report) -> None:
        """Give a sign of life and say how it goes."""
        self.beat()
        if report.state == "down" and report.sentence != self.sentence:
            log.error("mailbox_down", mailbox=self.name, reason=report.sentence)
        self.state, self.sentence = report.state, report.sentence
        if report.state in ("working", "watching"):
            self.down_since, self.alarmed = None, False
        elif report.state == "down" and self.down_since is None:
            self.down_since = self.alive_at


class Service:
    """The running daemon. `run` returns when it was asked to stop."""

    def __init__(self, office: Office, reload: Callable[[Office], Office]) -> None:
        """`reload` makes a new office out of the files, or raises OfficeClosed with every mistake."""
        self.office = office
        self._reload = reload
        self._stop = threading.Event()
        self._attention = threading.Event()
        self._hang_up = False
        self._compare = False
        self._clock_nudge = threading.Event()
        self._steady = SteadyClock()
        self._clock_is_trusted = False
        self._rehoused: tuple[Office | None, float] = (None, 0.0)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._delivery_wake: asyncio.Event | None = None
        self._workers: list[Worker] = []
        self._started = office.now()
        self._reload_trouble: str | None = None
        self._in_use: InUse | None = None
        self._no_room: str | None = None
        self._is_told_of_room = False

    def run(self) -> None:
        """Work until SIGTERM or SIGINT; reload on SIGHUP; compare every mail with the database on SIGUSR1.

        Raises InUse if another daemon has taken the database while the connection to it was broken.
        """
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1):
            signal.signal(number, self._signalled)
        self._workers = [self._mailbox(name) for name in self.office.settings.mailboxes]
        self._workers += [
            Worker("deliveries", self._deliver, self._wake_deliveries),
            Worker("clocks", self._keep_clocks, self._clock_nudge.set),
        ]
        if shadow.wanted(self.office.settings):
            self._workers.append(self._shadow())
        self._workers += [self._learning(), self._outlook()]
        if not self.office.store.is_sqlite:
            self._workers.append(self._alone())
        for worker in self._workers:
            self._start(worker)
        kept_rules.keep(self.office)
        self._write_status()
        systemd.notify(f"READY=1\nSTATUS={len(self.office.settings.mailboxes)} mailboxes watched")
        log.info("started", mailboxes=list(self.office.settings.mailboxes), pid=os.getpid())
        try:
            self._watch_over_workers()
        finally:
            self._stop_workers()
        if self._in_use is not None:
            raise self._in_use

    def stop(self) -> None:
        """Ask the service to end, from any thread."""
        self._stop.set()
        self._attention.set()

    def _signalled(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self._hang_up = True
        elif number == signal.SIGUSR1:
            self._compare = True
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
            if self._compare:
                self._compare = False
                self._compare_all()
            now = time.monotonic()
            for worker in self._workers:
                self._look_after(worker, now)
            self.raise_alarms(now)
            if now - status_at >= 2.0:
                status_at = now
                self.look_for_room()
                self._write_status()
            if now - petted_at >= min(interval, 10.0) and not self._deaf(now):
                petted_at = now
                systemd.notify("WATCHDOG=1")

    def _compare_all(self) -> None:
        """Have every mailbox compared with the database now, as it is every 15 minutes anyway."""
        for worker in self._workers:
            if worker.is_mailbox:
                worker.compare.set()
                worker.wake()

    def look_for_room(self) -> None:
        """Say once that the disk is nearly full; when there is room again, have all that waits taken in."""
        before, self._no_room = self._no_room, shortage(self.office.settings, self.office.store)
        if self._no_room is None:
            self._is_told_of_room = False
            if before is not None:
                log.info("room_again")
                self._compare_all()
        elif not self._is_told_of_room:
            try:
                tell_operators(self.office, self._no_room)
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                log.error("alarm_not_written", reason=str(error.orig))
            else:
                self._is_told_of_room = True
                self._wake_deliveries()

    def raise_alarms(self, now: float) -> None:
        """Queue one mail to the operators for each mailbox that has been down too long; `now` is monotonic."""
        for worker in self._workers:
            if worker.alarmed or worker.down_since is None or now - worker.down_since < ALARM_AFTER:
                continue
            instant = self.office.now()
            since = instant - dt.timedelta(seconds=now - worker.down_since)
            mails = frozen_mail.mailbox_alarm(self.office, worker.name, worker.sentence, since, instant)
            try:
                with self.office.store.writing() as connection:
                    outbox.put(connection, [m for m in mails if not outbox.exists(connection, m.effect_key)])
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                log.error("alarm_not_written", mailbox=worker.name, reason=str(error.orig))
                continue
            worker.alarmed = True
            self._wake_deliveries()

    def _deaf(self, now: float) -> list[str]:
        return [w.name for w in self._workers if w.is_needed and now - w.alive_at > DEAF_AFTER]

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
        wake_up, doubts = WakeUp(), Doubts()
        office = self.office

        def current() -> Office:
            """The office of the moment; after a reload without this mailbox the last one that knew it."""
            nonlocal office
            office = self.office if name in self.office.settings.mailboxes else office
            return office

        def shortest() -> float:
            mailbox = current().settings.mailboxes[name]
            return min(mailbox.poll, mailbox.idle_renew).total_seconds()

        def work(connection: Connection, full: bool) -> None:
            full = full or worker.compare.is_set()
            worker.compare.clear()
            try:
                here = current()
                intake.work_through(connection, here, doubts, full=full, beat=worker.beat_or_end, nudge=self._nudge)
                worker.trouble = doubts.sentence(name)
            except Ending:
                return
            except NoRoom:
                return  # the status says so; whoever notices that there is room again wakes this worker
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                raise MailboxDown(f"{name}: the database cannot be used now ({error.orig}).") from error
            except ParserDown as error:
                raise MailboxDown(f"{name}: mail cannot be read now ({error}).") from error

        def body(worker: Worker) -> None:
            watch(
                lambda: imap_access(current(), name),
                poll=shortest,
                work=work,
                report=worker.report,
                wake_up=wake_up,
                stop=worker.stop,
            )

        worker = Worker(name, body, wake_up.now, is_mailbox=True)
        return worker

    def _nudge(self) -> None:
        """Something was taken in: there may be mail to send, and an instant that comes before the one waited for."""
        self._wake_deliveries()
        self._clock_nudge.set()

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
                now = self.office.now()
                jumped = self._steady.look(now, time.clock_gettime(time.CLOCK_BOOTTIME))
                self._clock_is_trusted = jumped is None
                if jumped is not None:
                    self._hold_rungs(worker, jumped)
                    continue
                due = escalations.fire_due(self.office) + appointed.keep_due(self.office)
                due += gatherings.tell_of_the_rest(self.office) + self._rehouse()
                if due + honesty.tell_broken(self.office, now):
                    self._wake_deliveries()
                seconds = escalations.seconds_to_next(self.office, now, 30.0)
                seconds = appointed.seconds_to_next(self.office, honesty.seconds_to_next(self.office, seconds))
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                worker.state, worker.sentence = "down", f"the database cannot be used now ({error.orig})"
                seconds = 5.0
            else:
                worker.state, worker.sentence = "watching", "waits for the next due instant"
            if self._clock_nudge.wait(seconds):
                self._stop.wait(NUDGES_GATHER)
            self._clock_nudge.clear()

    def _alone(self) -> Worker:
        """The worker that makes sure that no other daemon works with the database: a restart of its server forgets."""

        def body(worker: Worker) -> None:
            while not worker.stop.is_set():
                worker.beat()
                try:
                    self.office.store.make_sure_it_is_alone()
                except InUse as error:
                    log.error("database_taken", reason=str(error))
                    worker.state, worker.sentence, self._in_use = "down", str(error), error
                    self.stop()
                except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                    worker.state, worker.sentence = "down", f"the database cannot be used now ({error.orig})"
                else:
                    worker.state, worker.sentence = "watching", "no other Postroom works with the database"
                worker.stop.wait(ALONE_EVERY)

        return Worker("database", body, lambda: None, is_needed=False)

    def _rehouse(self) -> int:
        """Look for requests whose owner or department has gone: with every new office at once, else now and then."""
        before, looked_at = self._rehoused
        if before is self.office and time.monotonic() - looked_at < REHOUSES_EVERY:
            return 0
        self._rehoused = (self.office, time.monotonic())
        return rehousing.rehouse(self.office)

    def _outlook(self) -> Worker:
        """The worker that looks ahead and back: forecasts, paces, weekly reports. No rung and no mail waits for it."""

        def body(worker: Worker) -> None:
            while not worker.stop.is_set():
                worker.beat()
                worker.stop.wait(self._look_ahead(worker))

        return Worker(OUTLOOK, body, lambda: None, is_needed=False)

    def _look_ahead(self, worker: Worker) -> float:
        """Look at what will probably be late, and whether reports are due; how long to wait then (seconds)."""
        if not self._clock_is_trusted:
            worker.state, worker.sentence = "watching", "waits until the clock can be believed"
            return 1.0
        now = self.office.now()
        worker.state, worker.sentence = "working", "looks at what will probably be late"
        try:
            if forecasting.look_ahead(self.office, now) + reporting.send_weekly(self.office, now, worker.beat_or_end):
                self._wake_deliveries()
        except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
            worker.state, worker.sentence = "down", f"the database cannot be used now ({error.orig})"
            return 30.0
        worker.state, worker.sentence = "watching", "looks again in a quarter of an hour"
        return LOOKS_AHEAD_EVERY

    def _shadow(self) -> Worker:
        """The worker that runs the candidate's process and keeps what it says; nothing waits for it."""

        def body(worker: Worker) -> None:
            def report(sentence: str) -> None:
                worker.beat()
                worker.state, worker.sentence = "watching", sentence

            pause = 1.0
            while not worker.stop.is_set():
                sentence = shadow.follow(self.office, worker.stop.is_set, report)
                if not worker.stop.is_set():
                    log.error("shadow_ended", reason=sentence, next=f"is started again in {pause:.0f} s")
                    worker.state, worker.sentence = "down", f"{sentence}; what is live goes on without it"
                    worker.stop.wait(pause)
                    pause = min(2 * pause, SHADOW_PAUSE)

        return Worker(SHADOW, body, lambda: None, is_needed=False)

    def _learning(self) -> Worker:
        """The worker that has the model trained anew and its promise looked at, in a process of its own."""

        def body(worker: Worker) -> None:
            while not worker.stop.is_set():
                worker.beat()
                pause = self._learn(worker)
                worker.stop.wait(pause)

        return Worker(LEARNING, body, lambda: None, is_needed=False)

    def _learn(self, worker: Worker) -> float:
        """Do what is due; how long to wait then (seconds)."""
        if not self.office.settings.classifier.enabled:
            worker.state, worker.sentence = "watching", "nothing to learn: classifier.enabled is false"
            return LEARNING_LOOKS
        try:
            due = learning.due(self.office, self.office.now())
        except (sa.exc.OperationalError, sa.exc.InterfaceError, registry.ModelRefused) as error:
            worker.state, worker.sentence = "down", f"what is due cannot be told now ({error})"
            return LEARNING_LOOKS
        if not due:
            worker.state, worker.sentence = "watching", worker.sentence or "waits until something is due"
            return LEARNING_LOOKS
        worker.state, worker.sentence = "working", f"does {', '.join(due)}"
        done = learning_watch.learn(self.office.path, due, worker.stop.is_set, worker.beat)
        if done is None:
            return 0.0
        for sentence in done.sentences:
            log.info("learnt", what=sentence)
        worker.state, worker.sentence = "watching", "; ".join(done.sentences)
        if done.changed:
            self._hang_up = True
            self._attention.set()
        if done.refusal:
            log.error("learning_failed", reason=done.refusal)
            worker.state, worker.sentence = "down", f"{done.refusal}; mail is placed as before"
            return LEARNING_PAUSE
        return LEARNING_LOOKS

    def _renew_shadow(self) -> None:
        """After a reload the candidate may be another one, or none."""
        for worker in [w for w in self._workers if w.name == SHADOW and not w.is_mailbox]:
            worker.stop.set()
            self._workers.remove(worker)
        if shadow.wanted(self.office.settings):
            worker = self._shadow()
            self._workers.append(worker)
            self._start(worker)

    def _hold_rungs(self, worker: Worker, hold: Hold) -> None:
        """Name the jump of the clock, tell the operators once if they must act, and look again in a few seconds."""
        if worker.sentence != hold.sentence:
            log.error("clock_jumped", reason=hold.sentence)
            if hold.wants_a_person:
                mails = frozen_mail.clock_alarm(self.office, hold.sentence, self.office.now())
                with self.office.store.writing() as connection:
                    outbox.put_once(connection, mails)
                self._wake_deliveries()
        worker.state, worker.sentence = "down", hold.sentence
        self._clock_nudge.wait(5.0)
        self._clock_nudge.clear()

    def _take_reload(self) -> None:
        """New rules, model and settings, or the old ones if the new do not load."""
        systemd.reloading()
        try:
            new = self._reload(self.office)
            reached("C16")
        except OfficeClosed as error:
            self._reload_trouble = str(error)
            log.error("reload_refused", reason=str(error), kept="the settings, rules and model in use")
        else:
            self._reload_trouble = None
            self._steady.trust()
            self._take_over(new)
            self._clock_nudge.set()
        self._write_status()  # somebody may wait for the word that it is done
        systemd.notify("READY=1")

    def _take_over(self, new: Office) -> None:
        old, self.office = self.office, new
        kept_rules.keep(new)
        before, after = old.settings.mailboxes, new.settings.mailboxes
        for worker in [w for w in self._workers if w.is_mailbox and w.name not in after]:
            worker.stop.set()
            worker.wake()
            self._workers.remove(worker)
        for name in after:
            if name not in before:
                worker = self._mailbox(name)
                self._workers.append(worker)
                self._start(worker)
        self._renew_shadow()
        changed = [name for name in after if name in before and before[name] != after[name]]
        if changed or old.settings.smtp != new.settings.smtp:
            log.warning(
                "restart_advised",
                reason="connections that are open stay as they are; new ones follow the new settings",
                mailboxes=changed,
            )
        log.info("reloaded", rules=new.rules_version, model=new.model_version)

    def _stop_workers(self) -> None:
        """Wake everybody, wait, and end; nothing is left uncertain because the dot is never interrupted."""
        systemd.notify("STOPPING=1")
        self._stop.set()
        deadline = time.monotonic() + STOP_WITHIN
        for worker in self._workers:
            worker.stop.set()
            worker.wake()
        for worker in self._workers:
            if worker.thread is not None:
                worker.thread.join(max(0.0, deadline - time.monotonic()))
        late = [w.name for w in self._workers if w.thread is not None and w.thread.is_alive()]
        self.office.parsers.close()
        self._write_status(stopped=True)
        log.info("stopped", still_busy=late)

    def _left_behind(self) -> list[str]:
        """Mails accepted by a mailbox that is no longer in the settings, and not taken in yet."""
        try:
            with self.office.store.reading() as connection:
                stored = copies.stored_by_mailbox(connection)
        except sa.exc.SQLAlchemyError:
            return []  # that the database is down is said elsewhere
        return [
            f"{number} mails of {name}, which is no longer watched, are accepted but not taken in; "
            f"bring mailboxes.{name} back until they are."
            for name, number in stored.items()
            if name not in self.office.settings.mailboxes
        ]

    def _state_of(self, worker: Worker, now: float) -> str:
        if worker.is_needed and now - worker.alive_at > DEAF_AFTER:
            return "deaf"
        return "down" if worker.is_mailbox and self._no_room else worker.state

    def _troubles(self) -> Iterator[str | None]:
        yield self._reload_trouble
        yield self._no_room
        yield from self.office.troubles
        yield from (worker.trouble for worker in self._workers)
        yield from self._left_behind()

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
            "troubles": [t for t in self._troubles() if t],
            "workers": [
                {
                    "name": w.name,
                    "mailbox": w.is_mailbox,
                    "state": self._state_of(w, now),
                    "sentence": "takes nothing in: no room" if w.is_mailbox and self._no_room else w.sentence,
                    "restarts": w.deaths,
                }
                for w in self._workers
            ],
        }
        try:
            write_status(office.settings.state_dir, status)
        except OSError as error:
            log.error("status_not_written", reason=str(error))
