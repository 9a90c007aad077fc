"""Past requests come with their first route, their place of today and who put them there; to look changes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from daemon.store import clocks, copies, ledger, messages, past, requests
from daemon.store.database import Store
from daemon.store.requests import StoredRoute


@pytest.fixture
def open_request(
    store: Store,
    now: dt.datetime,
    arrival: Callable[..., copies.Arrival],
    write_request: Callable[..., requests.StoredRequest],
    new_message: Callable[..., messages.NewMessage],
) -> Callable[..., int]:
    """Writes a request down with its message, first route and clock; its number."""
    count = iter(range(1, 100))

    def make(department: str | None = "it", when: dt.datetime = now, version: str = "v1") -> int:
        uid = next(count)
        with store.writing() as database:
            (copy,) = copies.accept(database, [arrival(uid, f"Subject: {uid}\r\n\r\n".encode())], when)
            request = write_request(database, department=department)
            messages.file(
                database, new_message(copy.raw, message_key=f"k{uid}", request_id=request.id, received_at=when)
            )
            route = StoredRoute("rule", department, "rule 'x' matched: y", None, None, None, version, None)
            requests.record_routes(database, [(request.id, route)], when)
            clock = clocks.StoredClock("first_response", when, 60, when + dt.timedelta(minutes=1))
            clocks.start_all(database, [(request.id, clock)])
            ledger.write(database, request.id, [ledger.Entry(when, ledger.POSTROOM, "routed", None, department, "x")])
        return request.id

    return make


def move(store: Store, number: int, department: str, actor: str, now: dt.datetime) -> None:
    """A person gives a request to another department."""
    with store.writing() as database:
        requests.change(database, number, department=department)
        requests.record_routes(
            database, [(number, StoredRoute("person", department, "because", None, None, None, None, None))], now
        )
        ledger.write(database, number, [ledger.Entry(now, actor, "routed", "it", department, "because")])


def test_a_request_comes_with_its_first_route_and_its_last_mover(
    store: Store, now: dt.datetime, open_request: Callable[..., int]
) -> None:
    number = open_request()
    move(store, number, "legal", "anke.wulf@lindwerk.example", now)
    move(store, number, "hr", "mara.vogt@lindwerk.example", now)

    with store.reading() as database:
        (one,) = past.since(database, now)

    assert (one.number, one.first_department, one.source, one.rules_version) == (number, "it", "rule", "v1")
    assert (one.department, one.moved_by) == ("hr", "mara.vogt@lindwerk.example")
    assert one.answered is False


def test_what_nobody_touched_says_so(store: Store, now: dt.datetime, open_request: Callable[..., int]) -> None:
    first, second = open_request(), open_request(None)
    with store.writing() as database:
        clocks.stop(database, first, "first_response", now)

    with store.reading() as database:
        found = past.since(database, now)

    assert [(one.number, one.answered, one.moved_by) for one in found] == [(first, True, None), (second, False, None)]


def test_older_requests_are_left_out(store: Store, now: dt.datetime, open_request: Callable[..., int]) -> None:
    open_request(when=now - dt.timedelta(days=91))
    young = open_request(when=now - dt.timedelta(days=89))

    with store.reading() as database:
        assert [one.number for one in past.since(database, now - dt.timedelta(days=90))] == [young]


def test_the_bytes_of_past_mail_are_there(store: Store, now: dt.datetime, open_request: Callable[..., int]) -> None:
    open_request()

    with store.reading() as database:
        (one,) = past.since(database, now)
        assert past.contents(database, {one.raw}) == {one.raw: b"Subject: 1\r\n\r\n"}
        assert one.size == len(b"Subject: 1\r\n\r\n")


def test_decisions_are_counted_by_version(store: Store, now: dt.datetime, open_request: Callable[..., int]) -> None:
    for version in ("v1", "v2", "v1"):
        move(store, open_request(version=version), "hr", "anke.wulf@lindwerk.example", now)

    with store.reading() as database:
        assert past.rules_decided(database) == {"v1": 2, "v2": 1}


def test_a_store_that_only_looks_cannot_write(store: Store, now: dt.datetime, open_request: Callable[..., int]) -> None:
    number = open_request()
    looks = Store(store.url.render_as_string(hide_password=False), read_only=True)

    for turn in (looks.writing, looks.reading):
        with pytest.raises(sa.exc.DBAPIError, match=r"read-?only"), turn() as database:
            requests.change(database, number, department="hr")
    with looks.reading() as database:
        assert [one.department for one in past.since(database, now)] == ["it"]
    looks.close()
