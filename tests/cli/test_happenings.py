"""The commands that move a request along its life."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk


def status(lindwerk: Lindwerk) -> str:
    found: str = lindwerk.runs("show", "REQ-1", "--json").json["status"]
    return found


def test_a_request_waits_is_taken_up_resolved_closed_and_opened_again(lindwerk: Lindwerk) -> None:
    seen = []
    for command, *more in (
        ("wait", "--for", "third-party", "--evidence", "ticket 4711"),
        ("resume",),
        ("resolve",),
        ("close",),
        ("reopen",),
    ):
        ran = lindwerk.runs(command, "REQ-1", "--why", "so it is", *more)
        assert (ran.status, ran.err) == (0, "")
        assert ran.out.startswith("REQ-1 ")
        seen.append(status(lindwerk))

    assert seen == ["waiting", "open", "resolved", "closed", "open"]


def test_show_and_explain_due_say_that_it_waits(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("wait", "REQ-1", "--for", "requester", "--why", "which laptop?", "--json")
    shown = lindwerk.runs("show", "REQ-1").out

    assert ran.json["waits_for"] == "requester"
    assert "waiting for the requester until" in shown
    assert "stands still" in shown
    assert "It waits, and this clock stands still" in lindwerk.runs("explain-due", "REQ-1").out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            "resume REQ-1 --why x",
            "REQ-1: a request that is open cannot be taken up again; only one that is waiting can",
        ),
        ("close REQ-1 --why x", "REQ-1: a request that is open cannot be closed; only one that is resolved can"),
        ("reopen REQ-1 --why x", "REQ-1: a request that is open cannot be opened again; only one that is resolved or"),
        ("wait REQ-2 --for requester --why x", "REQ-2: a request that is new cannot be made to wait; only one that is"),
        ("wait REQ-1 --for date --why x", "REQ-1: Say until which day it waits, as 2026-12-01."),
        ("wait REQ-1 --for date --until tomorrow --why x", "--until wants a day such as 2026-12-24"),
        ("close REQ-9 --why x", "There is no request REQ-9."),
    ],
)
def test_what_cannot_be_says_what_could(lindwerk: Lindwerk, arguments: str, sentence: str) -> None:
    before = lindwerk.rows()
    ran = lindwerk.runs(*arguments.split())

    assert (ran.status != 0, ran.out) == (True, "")
    assert ran.err.startswith(sentence)
    assert lindwerk.rows() == before
