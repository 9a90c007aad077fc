"""`postroom models promise`: whether the model in service keeps its promise, by what people said of its routes."""

from __future__ import annotations

import click

from classifier.corrections import answers_needed
from classifier.registry import ModelRefused
from daemon.cli.room import open_for_work
from daemon.cli.sheet import NOT_AS_IT_SHOULD_BE, OK, Ends, Sheet, as_json, console, print_json, safe
from daemon.learning import LATELY, look_at_promise, say_kept


@click.command("promise")
@as_json
@click.pass_obj
def command(sheet: Sheet, machine: bool) -> int:
    """Say whether the model in service keeps its promise. Changes nothing; exit status 1 if the promise is broken.

    The daemon looks once a month, and raises the threshold if it is.
    """
    with open_for_work(sheet, read_only=True) as office:
        promise = office.settings.routing.promise
        try:
            kept, alone, floor = look_at_promise(office, office.now()), office.acts_alone_from, office.floor
        except ModelRefused as error:
            raise Ends(str(error)) from error
        if kept is None:
            why = office.floor.why if office.floor else "no model is in service, or no threshold keeps the promise"
            raise Ends(f"The model never acts alone: {why}.")
    needed = answers_needed(promise, kept.drawn - kept.right)
    if machine:
        print_json({"promise": promise, "kept": kept, "acts_alone_from": alone, "floor": floor, "proof_takes": needed})
        return NOT_AS_IT_SHOULD_BE if kept.broken else OK
    out = console()
    out.print(safe(f"Within the last {LATELY.days} days, {say_kept(kept, promise)}."))
    out.print(f"It acts alone from {alone:.3f}{', raised since its training' if floor else ''}.")
    if kept.broken:
        out.print("[bold red]The promise is broken.[/] The next look of the daemon raises the threshold.")
    elif kept.drawn >= needed:
        out.print("The promise is proven by the answers about those drawn.")
    else:
        proof = f"To prove it takes {needed} answers (`postroom confirm`); there are {kept.drawn}."
        out.print(f"Nothing refutes the promise. {proof}")
    return NOT_AS_IT_SHOULD_BE if kept.broken else OK
