"""Past mail is asked again in handfuls, several at a time, and in its order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from typing import TYPE_CHECKING

from daemon.office import with_candidate
from daemon.parsing import ParserPool
from daemon.replay import BYTES_TOGETHER, TOGETHER, handfuls, past_requests, replay

if TYPE_CHECKING:
    from tests.stories.conftest import House

Mail = Callable[..., EmailMessage]


def test_every_request_is_asked_once_and_in_order_by_several_threads(house: House, a_mail: Mail) -> None:
    for number in range(TOGETHER * 2 + 3):
        house.receives(a_mail(f"{'VPN' if number % 2 else 'Urlaub'} {number}", From=f"p{number}@lindwerk.example"))
    trial = house.office.path.parent / "trial"
    trial.mkdir()
    (trial / "all.yaml").write_text("rules: [{name: all, when: {words: [vpn, urlaub]}, then: {department: hr}}]")
    told: list[tuple[int, int]] = []
    long_ago = house.office.now() - dt.timedelta(days=1)

    with ParserPool(processes=2) as parsers:
        live = replace(house.office, parsers=parsers)
        found = replay(live, with_candidate(live, trial, None), long_ago, 2, lambda *done: told.append(done))

    assert [one.reference for one in found.tried] == [f"REQ-{number}" for number in range(1, TOGETHER * 2 + 4)]
    assert [one.changes for one in found.tried] == [bool(number % 2) for number in range(TOGETHER * 2 + 3)]
    assert told == [(25, 53), (50, 53), (53, 53)]


def test_large_mails_are_read_alone(house: House, a_mail: Mail) -> None:
    house.receives(a_mail())
    (one,) = past_requests(house.office, house.office.now() - dt.timedelta(days=1))
    large = replace(one, size=BYTES_TOGETHER)

    assert [len(hand) for hand in handfuls([one, one, large, large, one])] == [2, 1, 1, 1]
    assert [len(hand) for hand in handfuls([one] * (TOGETHER + 1))] == [TOGETHER, 1]
    assert list(handfuls([])) == []
