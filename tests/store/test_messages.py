"""What was said lately is found again, on both databases, by sender, likeness, Message-ID and request."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from daemon.store import copies, messages, outbox, requests
from daemon.store.copies import Arrival
from daemon.store.database import Store
from daemon.store.messages import NewMessage
from daemon.store.outbox import NewMail

EVA, TOM = "eva@lindwerk.example", "tom@lindwerk.example"
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def filed(
    store: Store,
    arrival: Callable[..., Arrival],
    new_message: Callable[..., NewMessage],
    write_request: Callable[..., requests.StoredRequest],
    now: dt.datetime,
) -> Store:
    """Of Eva two requests, one mail that is gathered and a note, an hour ago one request; of Tom a request."""
    with store.writing() as connection:
        (copy,) = copies.accept(connection, [arrival()], now)
        opened = write_request(connection)
        wrote = [
            {"header_id": "a@x", "alike": "l1", "same": "s1"},
            {"header_id": "b@x", "alike": "l1", "same": "s2", "acknowledged_reason": "rounds: three"},
            {"header_id": "c@x", "disposition": "gathered"},
            {"header_id": "d@x", "disposition": "note"},
            {"header_id": "e@x", "alike": "l1", "received_at": now - 2 * HOUR},
            {"header_id": "a@x", "sender": TOM, "alike": "l2", "seen_at": now},
        ]
        for number, values in enumerate(wrote):
            one = new_message(
                copy.raw, message_key=str(number), request_id=opened.id, sender_name="", **{"sender": EVA, **values}
            )
            messages.file(connection, one)
    return store


def test_earlier_mails_are_found_by_likeness_within_the_time_and_by_message_id_at_any(
    filed: Store, now: dt.datetime
) -> None:
    with filed.reading() as connection:
        alike = messages.earlier(connection, ["l1"], [], now - HOUR)
        by_id = messages.earlier(connection, [], ["a@x", "e@x"], now - HOUR)

    assert [(one.header_id, one.was_stopped) for one in alike] == [("b@x", True), ("a@x", False)]
    assert [(one.header_id, one.sender) for one in by_id] == [("a@x", TOM), ("e@x", EVA), ("a@x", EVA)]
    assert [one.came_at for one in by_id] == [now, now - 2 * HOUR, now]


def test_what_a_sender_opened_is_counted_gathered_mails_included_and_notes_not(filed: Store, now: dt.datetime) -> None:
    with filed.reading() as connection:
        opened = messages.opened_between(connection, [EVA, TOM, "x@y"], now - HOUR, now)
        enough = [messages.has_opened(connection, EVA, now - HOUR, now, count) for count in (1, 3, 4)]

    assert opened == {EVA: 3, TOM: 1}
    assert enough == [True, True, False]


def test_the_request_that_gathers_a_senders_mails_is_known_by_them(filed: Store, now: dt.datetime) -> None:
    with filed.reading() as connection:
        found = [
            messages.gatherings_for(connection, sender, since)
            for sender, since in ((EVA, now), (TOM, now), (EVA, now + HOUR))
        ]
        assert found == [[1], [], []]
        assert messages.gathered(connection, 1) == 1
        assert [one.header_id for one in messages.said_since(connection, 1, ("follow_up", "note"), now - HOUR)] == [
            "d@x"
        ]


def test_requests_are_found_by_their_numbers(filed: Store) -> None:
    with filed.reading() as connection:
        assert [one.id for one in requests.find_all(connection, [7, 1])] == [1]
        assert requests.find_all(connection, []) == []
        assert requests.next_number(connection) == 2


def test_our_mails_are_found_by_message_id_and_request_and_are_put_once(
    filed: Store, new_mail: Callable[..., NewMail], now: dt.datetime
) -> None:
    with filed.writing() as connection:
        outbox.put_once(connection, [new_mail("a", request_id=1)])
        outbox.put_once(connection, [new_mail("a", request_id=1), new_mail("b", kind="assignment", request_id=1)])
        ours = outbox.find_by_header_id(connection, "<a@lindwerk.example>")

        assert ours is not None
        assert (ours.effect_key, outbox.find_by_header_id(connection, "<z@lindwerk.example>")) == ("a", None)
        assert outbox.raws_of_request(connection, 1) == [b"Subject: x\r\n\r\nx\r\n"] * 2
        assert outbox.last_told(connection, 1, ["assignment"]) == now
        assert outbox.last_told(connection, 1, ["follow_up"]) is None
        assert outbox.acknowledged_since(connection, now) == [EVA]
