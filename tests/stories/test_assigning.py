"""A person gives a request to somebody, or ends it."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from daemon import assigning
from daemon.store import clocks

if TYPE_CHECKING:
    from tests.stories.conftest import House

Mail = Callable[..., EmailMessage]


@pytest.fixture
def in_triage(house: House, a_mail: Mail) -> House:
    """Eva has asked for something that nobody could place."""
    house.receives(a_mail("The thing", "Can somebody call me?"))
    house.sends()
    return house


def test_one_word_sorts_triage_and_both_sides_are_told(in_triage: House) -> None:
    assigning.assign(in_triage.office, 1, department="hr", owner=None, actor="anke", why="about her contract")

    request = in_triage.request()
    assert (request.department, request.owner, request.status) == ("hr", "tobias.lang@lindwerk.example", "open")
    assert [(kind, to) for kind, to, _ in in_triage.sends()] == [
        ("assignment", "tobias.lang@lindwerk.example"),
        ("new_owner", "eva.lund@lindwerk.example"),
    ]
    assert in_triage.ledger()[-2:] == [
        ("anke", "routed", "hr"),
        ("anke", "owner", "tobias.lang@lindwerk.example"),
    ]


def test_the_promise_of_the_new_department_counts_from_the_first_mail(in_triage: House) -> None:
    assigning.assign(in_triage.office, 1, department="hr", owner=None, actor="anke", why="hers")

    with in_triage.office.store.reading() as connection:
        found = clocks.of_request(connection, 1)
        waiting = clocks.first_due(connection)
    assert {c.started_at for c in found} == {in_triage.request().opened_at}
    assert waiting is not None


@pytest.mark.parametrize(
    ("department", "owner", "sentence"),
    [
        (None, None, "Say to which department"),
        ("sales", None, "There is no department 'sales'; the departments are it, hr"),
        (None, "tobias.lang@lindwerk.example", "stands in triage; say to which department"),
        ("it", "tobias.lang@lindwerk.example", "does not belong to IT; its people are"),
    ],
)
def test_a_wrong_assignment_changes_nothing_and_says_what_to_do(
    in_triage: House, department: str | None, owner: str | None, sentence: str
) -> None:
    with pytest.raises(assigning.CannotAssign, match=sentence):
        assigning.assign(in_triage.office, 1, department=department, owner=owner, actor="anke", why="x")

    assert in_triage.request().department is None
    assert in_triage.sends() == []


def test_an_unknown_reference_is_named(in_triage: House) -> None:
    with pytest.raises(assigning.CannotAssign, match="There is no request REQ-99"):
        assigning.resolve(in_triage.office, 99, actor="anke", why="x")


def test_a_resolved_request_cannot_be_given_away_or_resolved_again(in_triage: House) -> None:
    assigning.resolve(in_triage.office, 1, actor="anke", why="called her")

    with pytest.raises(assigning.CannotAssign, match="is resolved; only an unfinished request"):
        assigning.assign(in_triage.office, 1, department="hr", owner=None, actor="anke", why="x")
    with pytest.raises(assigning.CannotAssign, match="REQ-1"):
        assigning.resolve(in_triage.office, 1, actor="anke", why="x")
