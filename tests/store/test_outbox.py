"""The outbox: one effect, one row; claimed by one; after a crash the row says what is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from daemon.store import outbox
from daemon.store.database import Store
from daemon.store.outbox import NewMail

MakeMail = Callable[..., NewMail]
MINUTE = dt.timedelta(minutes=1)


def states(store: Store) -> dict[str, int]:
    with store.reading() as connection:
        return outbox.counts(connection)


def test_an_effect_cannot_be_queued_twice(store: Store, new_mail: MakeMail) -> None:
    with store.writing() as connection:
        outbox.put(connection, [new_mail("ack")])

    with pytest.raises(sa.exc.IntegrityError), store.writing() as connection:
        outbox.put(connection, [replace(new_mail("ack"), header_id="<other@x>", token="f" * 32)])
    assert states(store) == {"queued": 1}


def test_an_escalation_overtakes_older_acknowledgements(store: Store, new_mail: MakeMail, now: dt.datetime) -> None:
    with store.writing() as connection:
        outbox.put(connection, [new_mail("a1"), new_mail("a2")])
        late = now + MINUTE
        outbox.put(connection, [new_mail("e", kind="escalation", priority=1, not_before=late)])
        claimed = outbox.claim(connection, "me", now + 2 * MINUTE, limit=2)

    assert [mail.kind for mail in claimed] == ["escalation", "acknowledgement"]


def test_a_claimed_mail_is_nobody_elses(store: Store, new_mail: MakeMail, now: dt.datetime) -> None:
    with store.writing() as connection:
        outbox.put(connection, [new_mail("a")])
        mine = outbox.claim(connection, "me", now)
    with store.writing() as connection:
        theirs = outbox.claim(connection, "you", now)

    assert (len(mine), len(theirs)) == (1, 0)


def test_a_mail_does_not_leave_before_its_time(store: Store, new_mail: MakeMail, now: dt.datetime) -> None:
    with store.writing() as connection:
        outbox.put(connection, [new_mail("a", not_before=now + MINUTE)])

        assert outbox.claim(connection, "me", now) == []
        assert outbox.next_due(connection) == now + MINUTE


@pytest.mark.parametrize(
    ("at_the_dot", "expected"),
    [(False, {"queued": 1}), (True, {"uncertain": 1})],
)
def test_after_a_crash_a_mail_before_its_dot_goes_again_and_one_at_its_dot_is_uncertain(
    store: Store, new_mail: MakeMail, now: dt.datetime, at_the_dot: bool, expected: dict[str, int]
) -> None:
    with store.writing() as connection:
        outbox.put(connection, [new_mail("a")])
        (mail,) = outbox.claim(connection, "dead", now)
        if at_the_dot:
            outbox.at_the_dot(connection, mail.id, "dead", now + MINUTE)
    with store.writing() as connection:
        outbox.recover(connection, now, alone=True)

    assert states(store) == expected


def test_a_living_claim_is_left_alone_where_others_work_too(store: Store, new_mail: MakeMail, now: dt.datetime) -> None:
    with store.writing() as connection:
        outbox.put(connection, [new_mail("a")])
        outbox.claim(connection, "alive", now)
        early = outbox.recover(connection, now + MINUTE, alone=False)
        late = outbox.recover(connection, now + 3 * MINUTE, alone=False)

    assert (early, late) == ((0, 0), (1, 0))


def test_a_late_finisher_cannot_change_a_row_that_was_taken_from_it(
    store: Store, new_mail: MakeMail, now: dt.datetime
) -> None:
    with store.writing() as connection:
        outbox.put(connection, [new_mail("a")])
        (mail,) = outbox.claim(connection, "slow", now)
        outbox.recover(connection, now, alone=True)
        outbox.sent(connection, [outbox.Sent(mail.id, "slow", "250 ok", now)])

    assert states(store) == {"queued": 1}


def test_an_orderly_stop_gives_back_what_has_not_reached_the_dot(
    store: Store, new_mail: MakeMail, now: dt.datetime
) -> None:
    with store.writing() as connection:
        outbox.put(connection, [new_mail("a"), new_mail("b")])
        first, _ = outbox.claim(connection, "me", now)
        outbox.at_the_dot(connection, first.id, "me", now + MINUTE)
        outbox.give_back(connection, "me")

    assert states(store) == {"queued": 1, "sending": 1}


def test_a_repeat_is_counted_and_happens_once_for_all_who_try(
    store: Store, new_mail: MakeMail, now: dt.datetime
) -> None:
    with store.writing() as connection:
        outbox.put(connection, [new_mail("a", request_id=None)])
        (mail,) = outbox.claim(connection, "dead", now)
        outbox.at_the_dot(connection, mail.id, "dead", now + MINUTE)
        outbox.recover(connection, now, alone=True)
        first = outbox.resolve_uncertain(connection, mail.id, outbox.QUEUED, now, "sent again")
        second = outbox.resolve_uncertain(connection, mail.id, outbox.QUEUED, now, "sent again")
        repeats = connection.execute(sa.text("select repeats from outbox")).scalar()

    assert (first, second, repeats) == (True, False, 1)


def test_the_ceiling_counts_what_a_sender_got_within_the_time(
    store: Store, new_mail: MakeMail, now: dt.datetime
) -> None:
    old = now - dt.timedelta(hours=2)
    with store.writing() as connection:
        outbox.put(connection, [new_mail("a"), new_mail("b", kind="answer"), new_mail("c", created_at=old)])
        hour_ago = now - dt.timedelta(hours=1)
        whom = ["eva@lindwerk.example", "tom@x"]
        said = outbox.said_to(connection, whom, ["answer"], now, hour_ago)
        nothing = outbox.said_to(connection, ["tom@x"], ["answer"], old, old)
        ninth = [outbox.nth_newest(connection, n) for n in (0, 2, 9)]

    assert [(one.recipient, one.kind, one.at) for one in said] == [
        ("eva@lindwerk.example", "acknowledgement", now),
        ("eva@lindwerk.example", "answer", now),
    ]
    assert nothing == []
    assert ninth == [old, now, None]


def test_an_expired_mail_is_given_up_and_a_running_one_is_not(
    store: Store, new_mail: MakeMail, now: dt.datetime
) -> None:
    with store.writing() as connection:
        outbox.put(connection, [new_mail("a", expires_at=now - MINUTE), new_mail("b", expires_at=now + MINUTE)])
        expired = outbox.expired(connection, now)
        given_up = [outbox.abandon(connection, mail.id, "too late") for mail in expired]

    assert given_up == [True]
    assert states(store) == {"abandoned": 1, "queued": 1}
