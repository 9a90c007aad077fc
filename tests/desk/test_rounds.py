from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from daemon.desk.rounds import rounds

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def at(*minutes: float) -> list[datetime]:
    return [NINE + timedelta(minutes=one) for one in minutes]


@pytest.mark.parametrize(
    ("theirs", "ours", "count"),
    [
        (at(1, 3, 5), at(0, 2, 4), 3),
        (at(5, 3, 1), at(4, 0, 2), 3),
        (at(0, 2, 4), at(1, 3), 2),
        (at(0, 0, 0), at(1, 1, 1), 0),
        (at(1, 1.1, 1.2), at(0, 0, 0), 0),
        (at(0, 60), at(1), 0),
        (at(10), at(0), 0),
        (at(1), [], 0),
    ],
    ids=[
        "each of ours is answered",
        "in any order",
        "they began",
        "several at once, then our answers",
        "several after one of ours",
        "an hour later",
        "ten minutes later",
        "we never wrote",
    ],
)
def test_a_program_is_known_by_answering_each_of_our_mails_soon(
    theirs: list[datetime], ours: list[datetime], count: int
) -> None:
    assert rounds(theirs, ours) == count
