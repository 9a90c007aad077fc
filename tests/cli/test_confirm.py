"""`postroom confirm` lists the requests that were drawn, and keeps the word that one lies right."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from daemon.store import ledger, requests
from daemon.store.ledger import Entry

if TYPE_CHECKING:
    import sqlalchemy as sa

    from tests.cli.conftest import Lindwerk

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def drawn(lindwerk: Lindwerk) -> Lindwerk:
    """REQ-1 was drawn."""

    def draw(connection: sa.Connection) -> None:
        route = requests.StoredRoute("model", "it", "the model is sure", 0.9, None, None, None, "m")
        requests.record_routes(connection, [(1, route)], NOW)
        ledger.write(connection, 1, [Entry(NOW, "postroom", "to_confirm", None, "0.02", "drawn by chance")])

    lindwerk.writes(draw)
    return lindwerk


def test_what_was_drawn_is_listed_until_somebody_has_said_a_word(drawn: Lindwerk) -> None:
    assert "REQ-1" in drawn.runs("confirm").out
    assert drawn.runs("status", "--json").json["to_confirm"] == 1

    said = drawn.runs("confirm", "REQ-1", "--by", "anke")

    assert (said.status, said.out) == (0, "REQ-1 lies right with it.\n")
    assert drawn.runs("confirm").out == "No request waits for a confirmation.\n"
    assert drawn.runs("confirm", "--json").json == {"waiting": []}
    lines = drawn.runs("ledger", "REQ-1", "--json").json["entries"]
    assert (lines[-1]["what"], lines[-1]["actor"], lines[-1]["to_value"]) == ("confirmed", "anke", "it")


def test_a_request_that_was_not_drawn_is_refused_with_a_sentence(lindwerk: Lindwerk) -> None:
    said = lindwerk.runs("confirm", "REQ-1")

    assert said.status == 1
    assert said.err.startswith("REQ-1 was not drawn, and only answers about those drawn by chance can tell")
