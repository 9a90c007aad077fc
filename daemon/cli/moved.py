"""What the commands have in common that decide about one request: find it, let it happen, say how it stands."""

from __future__ import annotations

from collections.abc import Callable

from daemon import happenings
from daemon.assigning import CannotAssign
from daemon.cli.list_requests import request_json
from daemon.cli.room import open_for_work, request_named
from daemon.cli.sheet import Ends, Sheet, console, print_json, safe
from daemon.desk.lifecycle import Happening
from daemon.desk.request import reference
from daemon.office import Office
from daemon.store import clocks
from daemon.store.requests import StoredRequest


def moved(sheet: Sheet, name: str, happening: Happening, actor: str, why: str, *, said: str, machine: bool) -> None:
    """Let this happen to the request called `name`, and say what it is then; a refusal ends with its sentence."""
    decided(
        sheet,
        name,
        lambda office, number: happenings.happen(office, number, happening, actor=actor, why=why),
        lambda request: said,
        machine=machine,
    )


def decided(
    sheet: Sheet,
    name: str,
    decide: Callable[[Office, int], StoredRequest],
    say: Callable[[StoredRequest], str],
    *,
    machine: bool,
) -> None:
    """Decide about the request called `name`, and say what it is then; a refusal ends with its sentence."""
    with open_for_work(sheet) as office:
        with office.store.reading() as connection:
            number = request_named(connection, name).id
        try:
            request = decide(office, number)
        except (CannotAssign, happenings.CannotHappen) as refusal:
            raise Ends(str(refusal)) from refusal
        with office.store.reading() as connection:
            running = clocks.of_request(connection, number)
    if machine:
        print_json(request_json(request, running))
    else:
        console().print(safe(f"{reference(number)} {say(request)}."))
