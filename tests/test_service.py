"""A dead worker is started again alone, a deaf one is named, and systemd hears how we are."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from config.checks import WORKERS
from daemon import systemd
from daemon.service import DEAF_AFTER, Ending, Service, Worker
from daemon.store import schema
from daemon.store.database import Store


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """A service that has no workers yet."""
    settings = SimpleNamespace(state_dir=tmp_path, mailboxes={})
    store = Store(f"sqlite:///{tmp_path}/postroom.db")
    schema.upgrade(store)
    office: Any = SimpleNamespace(
        now=lambda: dt.datetime(2026, 11, 23, tzinfo=dt.UTC),
        settings=settings,
        store=store,
        rules_version=None,
        model_version=None,
        troubles=(),
    )
    yield Service(office, lambda office: office)
    store.close()


class Body:
    """The work of a worker: it fails at once, or waits until it is told to end."""

    def __init__(self, *, fails: bool) -> None:
        self.fails = fails
        self.starts = 0
        self.end = threading.Event()

    def __call__(self, _worker: Worker) -> None:
        self.starts += 1
        if self.fails:
            raise LookupError("no such thing")
        self.end.wait()


@pytest.fixture
def well() -> Iterator[Body]:
    body = Body(fails=False)
    yield body
    body.end.set()


def test_a_dead_worker_is_started_again_alone_after_longer_and_longer_pauses(service: Service, well: Body) -> None:
    ill = Body(fails=True)
    sick, sound = Worker("sick", ill, lambda: None), Worker("sound", well, lambda: None)
    for worker in (sick, sound):
        service._start(worker)
    pauses = []
    now = 1000.0
    for _ in range(9):
        assert sick.thread is not None
        sick.thread.join()
        for worker in (sick, sound):
            service._look_after(worker, now)
        pauses.append(sick.not_before - now)
        now = sick.not_before
        service._look_after(sick, now)
    sick.thread.join()

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert (ill.starts, well.starts) == (10, 1)
    assert sick.sentence == "sick stopped by a fault: LookupError: no such thing"


def test_a_worker_without_a_sign_of_life_is_deaf_in_the_status(service: Service, tmp_path: Path) -> None:
    sound, deaf = (Worker(name, lambda worker: None, lambda: None, state="watching") for name in ("sound", "deaf"))
    deaf.alive_at -= DEAF_AFTER + 1
    service._workers = [sound, deaf]

    service._write_status()

    status = json.loads((tmp_path / "status.json").read_text())
    assert [(worker["name"], worker["state"]) for worker in status["workers"]] == [
        ("sound", "watching"),
        ("deaf", "deaf"),
    ]
    assert service._deaf(deaf.alive_at + DEAF_AFTER + 1) == ["deaf"]


def test_a_worker_that_shall_end_is_stopped_at_its_next_sign_of_life() -> None:
    worker = Worker("it", lambda worker: None, lambda: None)
    worker.beat_or_end()
    worker.stop.set()

    with pytest.raises(Ending):
        worker.beat_or_end()


@pytest.mark.parametrize("address", ["\0postroom-test-{pid}", "{folder}/notify"])
def test_systemd_hears_a_datagram_at_either_kind_of_address(tmp_path: Path, address: str) -> None:
    name = address.format(pid=os.getpid(), folder=tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(name)

        assert systemd.notify("READY=1", {"NOTIFY_SOCKET": name.replace("\0", "@")})
        assert listener.recv(100) == b"READY=1"


def test_without_systemd_nothing_is_said(tmp_path: Path) -> None:
    assert not systemd.notify("READY=1", {})
    assert not systemd.notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "nobody")})


@pytest.mark.parametrize(
    ("environment", "interval"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "60000000"}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "60000000", "WATCHDOG_PID": "1"}, None),
    ],
)
def test_a_sign_of_life_is_given_twice_as_often_as_systemd_wants_it(
    environment: dict[str, str], interval: float | None
) -> None:
    assert systemd.watchdog_interval(environment) == interval


def test_no_mailbox_can_be_called_like_a_worker(service: Service) -> None:
    own = {worker.name for worker in (service._shadow(), service._learning(), service._outlook())}

    assert own | {"deliveries", "clocks"} == set(WORKERS)
