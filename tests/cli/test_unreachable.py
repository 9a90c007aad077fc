"""`postroom unreachable`: who gets no automatic mail, and how that ends."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from daemon.premises import utc_now
from daemon.store import unreachable

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk

TOM = "tom@lindwerk.example"


def test_who_is_unreachable_is_listed_and_lifted(lindwerk: Lindwerk) -> None:
    now = utc_now()
    one = unreachable.Unreachable(TOM, now, now + dt.timedelta(days=60), "550 5.1.1 user unknown")
    lindwerk.writes(lambda connection: unreachable.note(connection, one))

    assert TOM in lindwerk.runs("unreachable", "list").out
    assert lindwerk.runs("unreachable", "list", "--json").json[0]["why"] == "550 5.1.1 user unknown"
    lifted = lindwerk.runs("unreachable", "lift", TOM.upper(), "--why", "the mailbox is back", "--by", "olga")
    assert (lifted.status, lifted.out) == (0, f"Automatic mail goes to {TOM.upper()} again.\n")
    assert lindwerk.runs("unreachable", "list", "--json").json == []
    again = lindwerk.runs("unreachable", "lift", TOM, "--why", "x")
    assert (again.status, again.err) == (1, f"{TOM} is not unreachable; see `postroom unreachable list`.\n")
