"""Story: a person says that the model has placed a request right; and what people said becomes labels.

A small share of what the model places alone is drawn by chance. A request of it that lies wrong is moved as any other
(`daemon.assigning`); the word that it lies right is kept here.
"""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from classifier.corrections import Automatic, How, Label, beyond_the_day
from daemon.desk.request import reference
from daemon.office import Office
from daemon.store import labels, ledger
from daemon.store.labels import Said

log = structlog.get_logger("confirming")


class CannotConfirm(Exception):
    """The request cannot be confirmed; the sentence says why and what to do."""


def confirm(office: Office, number: int, *, actor: str, why: str) -> Said:
    """Keep that request `number`, which was drawn, lies right; the request as it was placed. Raises CannotConfirm."""
    now = office.now()
    with office.store.writing() as database:
        ledger.take_turn(database)
        found = next(iter(labels.of_requests(database, [number])), None)
        name = reference(number)
        if found is None:
            raise CannotConfirm(f"There is no request {name} that a mail opened; `postroom confirm` lists those drawn.")
        if found.drawn is None:
            raise CannotConfirm(
                f"{name} was not drawn, and only answers about those drawn by chance can tell how often the model "
                "is right; `postroom confirm` lists them."
            )
        if found.who is not None:
            said = "confirmed" if found.confirmed else f"moved to {found.department}"
            raise CannotConfirm(f"{name} was {said} by {found.who} already.")
        entry = ledger.Entry(now, actor, labels.CONFIRMED, None, found.first_department, why)
        ledger.write(database, number, [entry])
    log.info("placement_confirmed", request=reference(number), by=actor)
    return found


def label_of(one: Said) -> Label | None:
    """What a person said of a request, as the classifier weighs it; None if nobody said anything."""
    if one.who is None or one.at is None or one.department is None:
        return None
    how: How = "confirmed" if one.confirmed else "sorted" if one.first_department is None else "moved"
    return Label(one.number, one.department, one.who, one.at, how, one.source == "model", one.drawn)


def automatic(said: Iterable[Said], model_version: str, per_day: int) -> list[Automatic]:
    """The requests that this version of the model placed alone, and what people said of them."""
    rows = [one for one in said if one.source == "model" and one.model_version == model_version]
    beyond = beyond_the_day([label for one in rows if (label := label_of(one)) is not None], per_day)
    return [
        Automatic(
            confidence=one.confidence or 0.0,
            drawn=one.drawn is not None,
            right=None if one.department is None else one.department == one.first_department,
            counts=one.number not in beyond,
            department=one.first_department or "",
        )
        for one in rows
    ]
