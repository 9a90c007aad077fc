"""Story: a person says how much hurry a request has, by its impact and urgency; its clocks follow."""

from __future__ import annotations

import structlog

from config.settings import Impact, Urgency
from daemon import clock_keeping
from daemon.assigning import CannotAssign
from daemon.desk.request import reference
from daemon.office import Office
from daemon.store import ledger, requests

log = structlog.get_logger("prioritising")


def prioritise(
    office: Office, number: int, *, impact: Impact, urgency: Urgency, actor: str, why: str
) -> requests.StoredRequest:
    """Give request `number` the priority of the settings' table; the request as it stands then. Raises CannotAssign.

    The clocks that run get the targets of that priority, from the same beginnings.
    """
    now = office.now()
    priority = office.settings.priorities.table[impact][urgency]
    with office.store.writing() as database:
        ledger.take_turn(database)
        request = requests.find(database, number)
        if request is None or request.status not in requests.UNFINISHED:
            raise CannotAssign(f"{reference(number)} is no unfinished request; nobody waits for it.")
        reason = f"{why} (impact {impact}, urgency {urgency})"
        requests.change(database, number, priority=priority, priority_reason=reason)
        ledger.write(database, number, [ledger.Entry(now, actor, "priority", request.priority, priority, reason)])
        changed = requests.find(database, number)
        assert changed is not None
        clock_keeping.retarget(database, changed, office)
    log.info("prioritised", request=reference(number), priority=priority, by=actor)
    return changed
