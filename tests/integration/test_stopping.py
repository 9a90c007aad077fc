"""However the daemon ends, nothing is lost, nothing happens twice, and an orderly end leaves nothing unclear."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from daemon.store.outbox import SENT, UNCERTAIN
from tests.integration.conftest import CARLA, until
from tests.servers.smtp_sink import Answer

if TYPE_CHECKING:
    from tests.integration.conftest import Lindwerk

Mail = Callable[..., EmailMessage]

SEED = 20261123


@pytest.fixture
def busy(lindwerk: Lindwerk, a_mail: Mail) -> Lindwerk:
    """Lindwerk with 90 mails of 90 people waiting, and a mail server that takes its time."""
    lindwerk.sink.script("dot", Answer(delay=0.01), always=True)
    for number in range(90):
        mail = a_mail(f"VPN {number}", From=f"person.{number}@lindwerk.example")
        lindwerk.writes(mail, *(("it", "people") if number % 3 == 0 else ("it",)))
    return lindwerk


def is_all_done(lindwerk: Lindwerk) -> bool:
    counts = lindwerk.counts()
    return counts["copies"] == {"marked": 120} and set(counts["outbox"]) <= {SENT, UNCERTAIN}


def subjects(lindwerk: Lindwerk) -> list[int]:
    return sorted(int(request.subject.removeprefix("VPN ")) for request in lindwerk.requests())


def acceptances(lindwerk: Lindwerk) -> Counter[bytes]:
    """How often the mail server has taken each mail."""
    return Counter(mail.raw for mail in lindwerk.sink.accepted)


def test_an_orderly_end_under_load_comes_within_seconds_and_leaves_nothing_unclear(busy: Lindwerk) -> None:
    chance = random.Random(SEED)
    for number in (signal.SIGTERM, signal.SIGINT):
        daemon = busy.start()
        moment = len(busy.sink.accepted) + chance.randrange(1, 40)
        until(lambda moment=moment: len(busy.sink.accepted) >= moment or is_all_done(busy), "some mails have left")
        begun = time.monotonic()

        assert daemon.stop(number) == 0

        assert time.monotonic() - begun < 30  # the daemon leaves after 9 s whatever is still busy
        daemon.hears("STOPPING=1")
        assert busy.status()["state"] == "stopped"
        assert set(busy.counts()["outbox"]) <= {"sent", "queued"}
        assert daemon.lines()[-1]["still_busy"] == []
        assert busy.counts()["outbox"]["sent"] == len(busy.sink.accepted)
    busy.start()
    until(lambda: is_all_done(busy), "the rest is done")

    assert subjects(busy) == list(range(90))
    assert set(acceptances(busy).values()) == {1}
    assert busy.counts()["outbox"] == {"sent": 180}


def test_a_kill_at_any_moment_loses_nothing_and_does_nothing_twice(busy: Lindwerk) -> None:
    # After so many deaths over one mail it would be set aside as the cause of them.
    busy.replaces("acknowledgement: {", "limits: {attempts: 20}\nacknowledgement: {")
    chance = random.Random(SEED)
    for turn in range(5):
        daemon = busy.start(ready=turn != 2)
        moment = time.monotonic() + chance.uniform(0.0, 0.4)
        until(lambda moment=moment: time.monotonic() >= moment, "the moment has come")
        daemon.process.kill()
        daemon.process.wait()
    busy.start()
    until(lambda: is_all_done(busy), "the rest is done")

    assert subjects(busy) == list(range(90))
    assert busy.counts()["messages"] == {"request": 90}
    assert list(busy.keywords("it").values()) == [{b"$Postroom"}] * 90
    taken = acceptances(busy)
    assert set(taken.values()) == {1}
    states = Counter(mail.state for mail in busy.outbox())
    assert states[SENT] + states[UNCERTAIN] == 180
    assert states[SENT] <= len(taken) <= 180
    assert states[UNCERTAIN] <= 2 * 5  # one for each connection and kill; they are repeated after the blind time


def test_a_stop_does_not_wait_for_the_mails_that_are_not_taken_in_yet(lindwerk: Lindwerk, a_mail: Mail) -> None:
    lindwerk.accounts["it"].maildir.deliver_many(a_mail(f"VPN {number}").as_bytes() for number in range(1500))
    daemon = lindwerk.start()
    until(lambda: len(lindwerk.requests()) >= 10, "some mails are taken in")

    assert daemon.stop() == 0

    assert daemon.lines()[-1]["still_busy"] == []
    assert len(lindwerk.requests()) < 1500


def test_a_daemon_that_was_frozen_goes_on_and_what_fell_due_meanwhile_is_said_once(
    lindwerk: Lindwerk, a_mail: Mail
) -> None:
    """As the whole machine is in suspend; the promise of this department breaks after a second."""
    daemon = lindwerk.start()
    daemon.process.send_signal(signal.SIGSTOP)
    lindwerk.writes(a_mail("My holiday", To="people@lindwerk.example"), "people")
    broken = time.monotonic() + 1.5
    until(lambda: time.monotonic() > broken, "the promise is broken")

    daemon.process.send_signal(signal.SIGCONT)

    lindwerk.mails_to(CARLA, 1)
    until(lambda: lindwerk.counts()["copies"] == {"marked": 1}, "the mail is marked")
    until(lambda: lindwerk.counts()["outbox"] == {"sent": 3}, "owner, requester and escalation have heard of it")
    assert daemon.stop() == 0
    assert set(acceptances(lindwerk).values()) == {1}
