"""A mailbox stays watched: every fault ends a connection, none ends the watch."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from daemon.mailbox import watch
from daemon.mailbox.connection import Access, Connection, MailboxDown
from daemon.mailbox.fetch import uids_from
from daemon.mailbox.watch import Report, WakeUp
from tests.servers.dovecot import Dovecot, ImapAccount


@dataclass
class Watched:
    """A watch that runs in a thread of its own, what it found and what it said."""

    access: Callable[[], Access]
    poll: float = 3600.0
    passes: list[tuple[bool, list[int]]] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    troubles: list[Exception] = field(default_factory=list)
    wake_up: WakeUp = field(default_factory=WakeUp)
    stop: threading.Event = field(default_factory=threading.Event)

    def work(self, connection: Connection, full: bool) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        self.passes.append((full, uids_from(connection, 1)))

    def run(self) -> None:
        watch.watch(
            self.access,
            poll=lambda: self.poll,
            work=self.work,
            report=self.reports.append,
            wake_up=self.wake_up,
            stop=self.stop,
        )

    def finds(self, uids: list[int], seconds: float = 90) -> None:
        self.comes_to(lambda: bool(self.passes) and self.passes[-1][1] == uids, seconds)

    def watches(self, seconds: float = 90) -> None:
        self.comes_to(lambda: bool(self.reports) and self.reports[-1].state == "watching", seconds)

    def comes_to(self, true: Callable[[], bool], seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, (self.passes, self.reports)
            time.sleep(0.01)

    @property
    def downs(self) -> list[str]:
        return [report.sentence for report in self.reports if report.state == "down"]


@pytest.fixture
def watched(access: Access) -> Iterator[Callable[..., Watched]]:
    """Starts to watch the mailbox; ends it after the test."""
    started: list[tuple[Watched, threading.Thread]] = []

    def start(how_to_reach: Callable[[], Access] = lambda: access, **other: object) -> Watched:
        one = Watched(how_to_reach, **other)  # type: ignore[arg-type]
        thread = threading.Thread(target=one.run)
        started.append((one, thread))
        thread.start()
        return one

    yield start
    for one, thread in started:
        one.stop.set()
        one.wake_up.now()
        thread.join(60)
        one.wake_up.close()
        assert not thread.is_alive()


Start = Callable[..., Watched]
Mail = Callable[..., bytes]


def test_what_lies_there_is_found_and_then_what_comes(watched: Start, imap_account: ImapAccount, a_mail: Mail) -> None:
    imap_account.maildir.deliver(a_mail(1))
    one = watched()
    one.finds([1])
    one.watches()

    imap_account.maildir.deliver(a_mail(2))

    one.finds([1, 2])
    assert [full for full, _ in one.passes][:1] == [True]
    assert not any(full for full, _ in one.passes[1:])


def test_mails_that_come_all_the_time_are_all_found_without_waiting_for_the_poll(
    watched: Start, imap_account: ImapAccount, a_mail: Mail
) -> None:
    one = watched()
    for number in range(1, 30):
        imap_account.maildir.deliver(a_mail(number))

    one.finds(list(range(1, 30)))


def test_the_poll_looks_even_if_nothing_is_announced(watched: Start) -> None:
    one = watched(poll=0.05)

    one.comes_to(lambda: len(one.passes) > 3)


def test_every_mail_is_compared_in_its_time_however_long_the_poll(
    watched: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "RECONCILE_EVERY", 0.1)
    one = watched(poll=3600.0)

    one.comes_to(lambda: len(one.passes) >= 3)

    assert all(full for full, _ in one.passes)


def test_a_cut_connection_is_opened_again_and_each_trouble_begins_with_the_short_pause(
    watched: Start, dovecot: Dovecot, imap_account: ImapAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "FIRST_PAUSE", 0.2)
    one = watched()
    for cuts in range(1, 4):
        one.watches()
        dovecot.kick(imap_account.user)
        one.comes_to(lambda cuts=cuts: len(one.downs) == cuts)

    assert [sentence.partition("Next attempt in ")[2] for sentence in one.downs] == ["0 s."] * 3
    assert one.downs[0].startswith("The connection broke (")


def test_pauses_grow_while_the_trouble_lasts(watched: Start, access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(watch, "LONGEST_PAUSE", 0.04)
    wrong = replace(access, port=1)
    one = watched(lambda: wrong)

    one.comes_to(lambda: len(one.downs) == 5)
    assert "cannot be reached" in one.downs[0]
    assert [watch._pause(OSError(), faults) for faults in (1, 2, 3, 4, 50)] == [0.01, 0.02, 0.04, 0.04, 0.04]


def test_a_server_may_ask_for_a_longer_pause() -> None:
    assert watch._pause(MailboxDown("wrong password", 60), 1) == 60
    assert watch._pause(MailboxDown("renumbered", 1), 1) == watch.FIRST_PAUSE


def test_a_trouble_of_the_house_ends_the_connection_and_not_the_watch(
    watched: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "FIRST_PAUSE", 0.01)
    one = watched(troubles=[MailboxDown("it: the database cannot be used now.")])

    one.finds([])
    assert one.downs == ["it: the database cannot be used now. Next attempt in 0 s."]


def test_a_new_password_is_taken_at_the_next_attempt(
    watched: Start, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "_pause", lambda error, faults: 0.01)
    passwords = ["wrong"]
    one = watched(lambda: replace(access, password=passwords[-1]))
    one.comes_to(lambda: bool(one.downs))
    assert "refused the log-in" in one.downs[0]

    passwords.append(access.password)

    one.finds([])


def test_a_stop_ends_the_longest_pause_and_the_longest_wait(watched: Start, access: Access) -> None:
    """The fixture ends them and wants their threads back within seconds."""
    waiting, down = watched(), watched(lambda: replace(access, port=1))

    waiting.watches()
    down.comes_to(lambda: bool(down.downs))
