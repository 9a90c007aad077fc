"""Copies: accepted once, counted before they are tried, never lost between two states."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from daemon.store import copies, messages
from daemon.store.copies import Arrival
from daemon.store.database import Store
from daemon.store.messages import NewMessage

MakeArrival = Callable[..., Arrival]


def test_an_accepted_mail_can_be_fetched_byte_for_byte(store: Store, arrival: MakeArrival, now: dt.datetime) -> None:
    raw = b"Subject: \xff\x00odd\r\n\r\n\x80\r\n"
    with store.writing() as connection:
        (copy,) = copies.accept(connection, [arrival(content=raw)], now)

    with store.reading() as connection:
        assert copies.content(connection, copy.raw) == raw


def test_the_same_copy_is_accepted_once(store: Store, arrival: MakeArrival, now: dt.datetime) -> None:
    with store.writing() as connection:
        first = copies.accept(connection, [arrival(1), arrival(2)], now)
        again = copies.accept(connection, [arrival(2), arrival(3)], now)

    assert [copy.uid for copy in first] == [1, 2]
    assert [copy.uid for copy in again] == [3]


def test_equal_bytes_in_two_mailboxes_are_stored_once_and_counted_twice(
    store: Store, arrival: MakeArrival, now: dt.datetime
) -> None:
    with store.writing() as connection:
        accepted = copies.accept(connection, [arrival(1), arrival(1, mailbox="people")], now)

    assert len(accepted) == 2
    assert accepted[0].raw == accepted[1].raw


def test_a_renumbered_folder_gives_new_copies(store: Store, arrival: MakeArrival, now: dt.datetime) -> None:
    with store.writing() as connection:
        copies.accept(connection, [arrival(1)], now)
        again = copies.accept(connection, [arrival(1, uidvalidity=8)], now)

    assert len(again) == 1


def test_the_first_attempt_is_counted_before_anything_looks_at_the_bytes(
    store: Store, arrival: MakeArrival, now: dt.datetime
) -> None:
    with store.writing() as connection:
        (copy,) = copies.accept(connection, [arrival()], now)
        copies.count_attempt(connection, copy.id)

    with store.reading() as connection:
        (left,) = copies.leftovers(connection, "it")
    assert (copy.attempts, left.attempts) == (1, 2)


def test_only_the_set_of_known_uids_decides_not_the_highest(
    store: Store, arrival: MakeArrival, now: dt.datetime
) -> None:
    with store.writing() as connection:
        copies.accept(connection, [arrival(3), arrival(9)], now)

    with store.reading() as connection:
        assert copies.known_uids(connection, "it", 7) == {3, 9}
        assert copies.known_uids(connection, "it", 7, lowest=4) == {9}
        assert copies.highest_uid(connection, "it", 7) == 9
        assert copies.highest_uid(connection, "hr", 7) == 0


def test_a_copy_goes_from_stored_to_done_to_marked(
    store: Store, arrival: MakeArrival, new_message: Callable[..., NewMessage], now: dt.datetime
) -> None:
    with store.writing() as connection:
        (copy,) = copies.accept(connection, [arrival()], now)
        message_id = messages.file(connection, new_message(copy.raw))
        copies.done(connection, [(copy.id, message_id)])
        waiting = copies.waiting_for_mark(connection, "it", 7)
        copies.marked(connection, [copy.id])

        assert waiting == [(copy.id, 1)]
        assert copies.counts(connection) == {"marked": 1}
        assert copies.leftovers(connection, "it") == []
        assert copies.mailboxes_of(connection, message_id) == ["it"]


@pytest.mark.parametrize("way", ["retry", "release"])
def test_a_quarantined_copy_waits_for_a_person_who_retries_or_releases_it(
    store: Store, arrival: MakeArrival, new_message: Callable[..., NewMessage], now: dt.datetime, way: str
) -> None:
    with store.writing() as connection:
        (copy,) = copies.accept(connection, [arrival()], now)
        message_id = messages.file(connection, new_message(copy.raw, disposition="quarantined"))
        copies.quarantine(connection, copy.id, message_id, "took too long")
        (seen,) = copies.in_quarantine(connection)
        done = getattr(copies, way)(connection, copy.id)
        again = getattr(copies, way)(connection, copy.id)
        left = copies.leftovers(connection, "it")

    assert (seen.trouble, seen.size) == ("took too long", len(copy.content))
    assert (done, again) == (True, False)
    assert [one.attempts for one in left] == ([0] if way == "retry" else [])
