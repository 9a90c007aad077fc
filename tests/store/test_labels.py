"""What people said of placements comes with who and when, once for each request: the last word counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from daemon.store import copies, labels, ledger, messages, requests
from daemon.store.database import Store
from daemon.store.requests import StoredRoute

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def placed(
    store: Store,
    now: dt.datetime,
    arrival: Callable[..., copies.Arrival],
    write_request: Callable[..., requests.StoredRequest],
    new_message: Callable[..., messages.NewMessage],
) -> Store:
    """Three requests that the model has placed with IT; the first two were drawn, one of each hundred."""
    for number in (1, 2, 3):
        with store.writing() as database:
            (copy,) = copies.accept(database, [arrival(number, f"Subject: {number}\r\n\r\n".encode())], now)
            request = write_request(database)
            row = new_message(copy.raw, message_key=f"k{number}", request_id=request.id, received_at=now)
            messages.file(database, row)
            requests.record_routes(
                database, [(request.id, StoredRoute("model", "it", "sure", 0.9, None, None, None, "m"))], now
            )
            entries = [ledger.Entry(now, ledger.POSTROOM, "routed", None, "it", "sure")]
            if number < 3:
                entries.append(ledger.Entry(now, ledger.POSTROOM, labels.DRAWN, None, "0.01", "drawn"))
            ledger.write(database, request.id, entries)
    return store


def says(store: Store, number: int, what: str, department: str, who: str, at: dt.datetime) -> None:
    with store.writing() as database:
        ledger.write(database, number, [ledger.Entry(at, who, what, "it", department, "why")])


def test_nobody_has_said_anything_of_what_the_model_placed(placed: Store, now: dt.datetime) -> None:
    with placed.reading() as database:
        every, said = labels.since(database, now - HOUR), labels.said(database)

    assert said == []
    assert [(one.number, one.source, one.confidence, one.drawn, one.who) for one in every] == [
        (1, "model", 0.9, 0.01, None),
        (2, "model", 0.9, 0.01, None),
        (3, "model", 0.9, None, None),
    ]


def test_the_last_word_counts(placed: Store, now: dt.datetime) -> None:
    says(placed, 1, "routed", "hr", "anke", now)
    says(placed, 1, "routed", "it", "jonas", now + HOUR)
    says(placed, 2, labels.CONFIRMED, "it", "anke", now)

    with placed.reading() as database:
        said = labels.said(database)

    assert [(one.number, one.department, one.who, one.at, one.confirmed) for one in said] == [
        (1, "it", "jonas", now + HOUR, False),
        (2, "it", "anke", now, True),
    ]


def test_drawn_requests_wait_until_a_word_or_their_end(placed: Store, now: dt.datetime) -> None:
    def waiting() -> list[int]:
        with placed.reading() as database:
            return [one.number for one in labels.waiting(database)]

    assert waiting() == [1, 2]
    says(placed, 1, "routed", "hr", "anke", now)
    assert waiting() == [2]
    with placed.writing() as database:
        requests.change(database, 2, status="resolved")
    assert waiting() == []


def test_words_are_counted_from_an_instant_on(placed: Store, now: dt.datetime) -> None:
    says(placed, 1, "routed", "hr", "anke", now)
    says(placed, 2, labels.CONFIRMED, "it", "anke", now + HOUR)

    with placed.reading() as database:
        assert labels.said_count(database, now - HOUR) == 2
        assert labels.said_count(database, now) == 1
        assert labels.said_count(database, now + HOUR) == 0


def test_old_requests_are_left_out(placed: Store, now: dt.datetime) -> None:
    with placed.reading() as database:
        assert labels.since(database, now + HOUR) == []
