"""The ledger: append-only, and chained so that a line that was changed, removed or moved is found and named."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator, Sequence

import pytest
import sqlalchemy as sa

from daemon.store import ledger, requests, schema
from daemon.store.database import Store
from daemon.store.ledger import Entry

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def written(store: Store, new_request: Callable[..., requests.NewRequest], now: dt.datetime) -> Store:
    """Nine lines of three requests: 1 to 3, 1 to 3, 1 to 3."""
    with store.writing() as connection:
        numbers = list(requests.next_numbers(connection, 3))
        requests.open_all(connection, [requests.numbered(n, new_request()) for n in numbers])
    for step in range(3):
        entries = [(n, Entry(now + step * HOUR, "postroom", f"step {step}", None, "it", "why")) for n in numbers]
        with store.writing() as connection:
            ledger.write_all(connection, entries)
    return store


@pytest.fixture
def tampers(written: Store) -> Iterator[Callable[..., list[str]]]:
    """Does to the ledger what only somebody with the database's own tools can do; what `verify` says then."""

    def do(*statements: str) -> list[str]:
        with written.writing() as connection:
            _disarm(connection)
            for statement in statements:
                connection.execute(sa.text(statement))
        return wrong(written)

    return do


def _disarm(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        for what in ("UPDATE", "DELETE"):
            connection.execute(sa.text(f"DROP TRIGGER ledger_no_{what}"))
    else:
        connection.execute(sa.text("ALTER TABLE ledger DISABLE TRIGGER ALL"))


def wrong(store: Store) -> list[str]:
    with store.reading() as connection:
        return [one.sentence for one in ledger.verify(connection).breaks]


def test_lines_that_nobody_touched_verify(written: Store) -> None:
    with written.reading() as connection:
        found = ledger.verify(connection)

    assert (found.lines, found.head.id, found.breaks) == (9, 9, ())


def test_an_empty_ledger_verifies(store: Store) -> None:
    assert wrong(store) == []


@pytest.mark.parametrize(
    "change",
    [
        "why = 'nothing'",
        "actor = 'mallory@lindwerk.example'",
        "what = 'resolved'",
        "from_value = ''",
        "to_value = NULL",
        "request_id = 3",
    ],
)
def test_a_changed_line_is_named(tampers: Callable[..., list[str]], change: str) -> None:
    (first, *_) = tampers(f"update ledger set {change} where id = 5")

    assert first.startswith("line 5 (REQ-")
    assert first.endswith("was changed, or moved here")


def test_a_changed_word_accuses_no_other_line(tampers: Callable[..., list[str]]) -> None:
    assert tampers("update ledger set why = 'nothing' where id = 5") == [
        "line 5 (REQ-2, step 1 of 2026-11-23 10:00 UTC) was changed, or moved here"
    ]


def test_a_changed_instant_is_named(written: Store, now: dt.datetime) -> None:
    with written.writing() as connection:
        _disarm(connection)
        later = now + dt.timedelta(microseconds=1)
        connection.execute(ledger.ledger.update().where(ledger.ledger.c.id == 1).values(at=later))

    assert wrong(written) == ["line 1 (REQ-1, step 0 of 2026-11-23 09:00 UTC) was changed, or moved here"]


def test_a_removed_line_is_named_and_so_is_the_request_it_was_taken_from(tampers: Callable[..., list[str]]) -> None:
    assert tampers("delete from ledger where id = 5") == [
        "line 5 is missing before line 6 (REQ-3, step 1 of 2026-11-23 10:00 UTC)",
        "line 8 (REQ-2, step 2 of 2026-11-23 11:00 UTC) was not written after the line of REQ-2 before it: "
        "that was changed, moved or removed",
    ]


def test_the_last_lines_cannot_be_cut_off_unseen(tampers: Callable[..., list[str]]) -> None:
    assert tampers("delete from ledger where id > 7") == ["lines 8 to 9 are missing at the end"]


def test_the_whole_ledger_cannot_be_emptied_unseen(tampers: Callable[..., list[str]]) -> None:
    assert tampers("delete from ledger") == ["lines 1 to 9 are missing at the end"]


def test_a_line_cannot_be_put_at_the_end_by_hand(tampers: Callable[..., list[str]]) -> None:
    said = tampers(
        "insert into ledger select 10, request_id, at, actor, what, from_value, to_value, why, hash, request_hash "
        "from ledger where id = 9"
    )

    assert said == ["line 10 (REQ-3, step 2 of 2026-11-23 11:00 UTC) was changed, or moved here"]


def test_lines_that_changed_places_are_named(tampers: Callable[..., list[str]]) -> None:
    said = tampers(
        "update ledger set id = 100 where id = 4",
        "update ledger set id = 4 where id = 5",
        "update ledger set id = 5 where id = 100",
    )

    assert said[0] == "line 4 (REQ-2, step 1 of 2026-11-23 10:00 UTC) was changed, or moved here"
    assert said[1] == "line 5 (REQ-1, step 1 of 2026-11-23 10:00 UTC) was moved: it was written as line 4"
    assert [one.split(" (")[0] for one in said] == ["line 4", "line 5", "line 6"]


def test_a_heap_of_broken_lines_is_counted_and_not_listed(
    written: Store, tampers: Callable[..., list[str]], now: dt.datetime
) -> None:
    with written.writing() as connection:
        ledger.write_all(connection, [(1, Entry(now, "postroom", "x", None, None, "")) for _ in range(60)])

    said = tampers("update ledger set why = 'nothing'")

    assert len(said) == 51
    assert said[-1] == "19 more lines do not fit"


def test_the_ledger_reads_long_histories_page_by_page(
    written: Store, monkeypatch: pytest.MonkeyPatch, now: dt.datetime
) -> None:
    monkeypatch.setattr(ledger, "PAGE", 4)

    with written.reading() as connection:
        assert [line.id for line in ledger.all_lines(connection)] == list(range(1, 10))


def test_two_writers_at_once_make_one_chain(written: Store, now: dt.datetime) -> None:
    entry = Entry(now, "postroom", "raced", None, None, "")

    def write() -> None:
        for _ in range(20):
            with written.writing() as connection:
                ledger.write_all(connection, [(1, entry), (2, entry)])

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with written.reading() as connection:
        found = ledger.verify(connection)
    assert (found.lines, found.breaks) == (9 + 3 * 20 * 2, ())


def test_what_is_written_during_a_look_is_not_called_forged(written: Store, now: dt.datetime) -> None:
    with written.reading() as looking:
        first = ledger.verify(looking)
        with written.writing() as connection:
            ledger.write(connection, 1, [Entry(now, "postroom", "meanwhile", None, None, "")])
        assert [line.id for line in ledger.all_lines(looking)] == list(range(1, 10)), "the look stays at its moment"

    assert (first.lines, wrong(written)) == (9, [])


def test_a_rolled_back_line_leaves_no_gap(written: Store, now: dt.datetime) -> None:
    entry = Entry(now, "postroom", "x", None, None, "")
    with written.writing() as connection:
        ledger.write(connection, 1, [entry])
        connection.rollback()
    with written.writing() as connection:
        ledger.write(connection, 1, [entry])

    with written.reading() as connection:
        assert ledger.verify(connection).head.id == 10
    assert wrong(written) == []


@pytest.mark.parametrize(
    "words", ["", "Ü\u202e \U0001f600", 'it\'s; -- \\ "x" %s :y', "line\nbreak\ttab\r\x7f", "x" * 70_000]
)
def test_every_word_comes_back_and_verifies(written: Store, now: dt.datetime, words: str) -> None:
    entry = Entry(now, words, "said", words, words, words)
    with written.writing() as connection:
        ledger.write(connection, 1, [entry])

    with written.reading() as connection:
        assert ledger.of_request(connection, 1)[-1] == entry
    assert wrong(written) == []


def test_an_old_ledger_is_chained_when_it_is_upgraded(db_url: str, now: dt.datetime) -> None:
    old = Store(db_url)
    _upgrade_to(old, "0005")
    _write_the_old_way(old, [1, 2, 4, 5, 9], now)

    schema.upgrade(old)
    with old.writing() as connection:
        ledger.write(connection, 1, [Entry(now, "postroom", "new", None, None, "")])

    with old.reading() as connection:
        found = ledger.verify(connection)
        assert [entry.what for entry in ledger.of_request(connection, 1)] == ["old"] * 5 + ["new"]
    assert (found.lines, found.head.id, found.breaks) == (6, 10, ()), "numbers that were never given are no gap"
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), old.writing() as connection:
        connection.execute(sa.text("delete from ledger"))
    old.close()


def _upgrade_to(store: Store, revision: str) -> None:
    from alembic import command

    with store.writing() as connection:
        command.upgrade(schema._alembic(connection), revision)


def _write_the_old_way(store: Store, numbers: Sequence[int], now: dt.datetime) -> None:
    at = now.isoformat(timespec="microseconds")
    with store.writing() as connection:
        connection.execute(
            sa.text(
                "insert into requests (id, status, requester, requester_name, subject, summary, priority, mailbox, "
                "language, opened_at) values (1, 'open', 'e', 'e', 's', 's', 'normal', 'it', 'en', :at)"
            ),
            {"at": at},
        )
        connection.execute(
            sa.text(
                "insert into ledger (id, request_id, at, actor, what, why) values (:id, 1, :at, 'postroom', 'old', '')"
            ),
            [{"id": number, "at": at} for number in numbers],
        )


def test_a_line_about_the_house_stands_in_the_chain_and_in_no_request(written: Store, now: dt.datetime) -> None:
    entries = [Entry(now, "anke", what, None, "20261123-090000-aaaaaaaa", "why") for what in ("first", "second")]
    for entry in entries:
        with written.writing() as connection:
            ledger.write(connection, None, [entry])

    with written.reading() as connection:
        assert [line.what for line in ledger.of_house(connection)] == ["first", "second"]
        assert [line.what for line in ledger.of_request(connection, 1)] == ["step 0", "step 1", "step 2"]
    assert wrong(written) == []


def test_a_line_about_the_house_that_was_changed_is_named(
    written: Store, now: dt.datetime, tampers: Callable[..., list[str]]
) -> None:
    with written.writing() as connection:
        ledger.write(connection, None, [Entry(now, "anke", "model_promoted", None, "x", "forced: it must be")])

    (sentence,) = tampers("update ledger set why = 'the gate holds' where id = 10")

    assert sentence == "line 10 (the house, model_promoted of 2026-11-23 09:00 UTC) was changed, or moved here"


def test_what_was_told_of_more_requests_than_a_statement_can_name_is_found(written: Store) -> None:
    with written.reading() as connection:
        told = ledger.told_of(connection, "step 1", [*range(1, 70_001), 1])

    assert told == {(1, "it"), (2, "it"), (3, "it")}
