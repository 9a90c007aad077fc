from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.desk.lifecycle import TABLE, Happening, NotAllowed, may, move
from daemon.desk.request import Status


@pytest.mark.parametrize(
    ("status", "happening", "then"),
    [
        (Status.NEW, Happening.ROUTED, Status.NEW),
        (Status.NEW, Happening.ASSIGNED, Status.OPEN),
        (Status.OPEN, Happening.ANSWERED, Status.OPEN),
        (Status.OPEN, Happening.PAUSED, Status.WAITING),
        (Status.WAITING, Happening.REQUESTER_WROTE, Status.OPEN),
        (Status.WAITING, Happening.ANSWERED, Status.WAITING),
        (Status.OPEN, Happening.RESOLVED, Status.RESOLVED),
        (Status.RESOLVED, Happening.CLOSED, Status.CLOSED),
        (Status.CLOSED, Happening.REOPENED, Status.OPEN),
        (Status.OPEN, Happening.RETURNED, Status.NEW),
    ],
)
def test_a_request_moves_along_the_table(status, happening, then) -> None:
    assert move(status, happening) is then


def test_a_requester_who_writes_to_a_resolved_request_reopens_it() -> None:
    assert move(Status.RESOLVED, Happening.REQUESTER_WROTE) is Status.OPEN


def test_an_afterword_of_the_owner_does_not_reopen_a_resolved_request() -> None:
    assert move(Status.RESOLVED, Happening.ANSWERED) is Status.RESOLVED


def test_a_request_that_changes_department_waits_for_a_new_owner() -> None:
    assert [move(status, Happening.ROUTED) for status in (Status.NEW, Status.OPEN, Status.WAITING)] == [
        Status.NEW,
        Status.NEW,
        Status.NEW,
    ]


@pytest.mark.parametrize(("status", "happening"), [(s, h) for s in Status for h in Happening if (s, h) not in TABLE])
def test_what_is_not_in_the_table_does_not_move(status, happening) -> None:
    with pytest.raises(NotAllowed):
        move(status, happening)

    assert not may(status, happening)


def test_who_tries_the_impossible_reads_what_would_be_possible() -> None:
    with pytest.raises(NotAllowed) as refused:
        move(Status.CLOSED, Happening.ANSWERED)

    assert (
        str(refused.value)
        == "a request that is closed cannot be answered; only one that is new, open, waiting or resolved can"
    )


def test_the_sentence_is_right_when_only_one_status_allows_it() -> None:
    with pytest.raises(NotAllowed, match=r"cannot be closed; only one that is resolved can$"):
        move(Status.OPEN, Happening.CLOSED)


def test_no_request_is_caught_in_a_status() -> None:
    assert {status for status, _ in TABLE} == set(Status)
    assert set(TABLE.values()) == set(Status)


@given(st.sampled_from(Status), st.lists(st.sampled_from(Happening), max_size=30))
def test_no_row_of_happenings_leads_anywhere_but_along_the_table(status: Status, tried: list[Happening]) -> None:
    for happening in tried:
        then = TABLE.get((status, happening))
        assert may(status, happening) == (then is not None)
        if then is None:
            with pytest.raises(NotAllowed, match=f"a request that is {status} cannot"):
                move(status, happening)
            continue

        assert move(status, happening) is then
        status = then
