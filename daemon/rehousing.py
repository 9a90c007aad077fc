"""Story: a request whose department or owner is no longer in the settings finds somebody who answers for it.

Settings change while requests are open: a department ends, somebody leaves. What was theirs would have a name beside it
and nobody behind the name. Looked at with every new office; what a person said about a request stays as it is.
"""

from __future__ import annotations

import datetime as dt

import structlog

from daemon import frozen_mail, passing_on
from daemon.desk.request import reference
from daemon.office import Office
from daemon.store import appointments, ledger, requests
from daemon.threads import answering

#: So many are given to somebody in one look.
AT_ONCE = 100

log = structlog.get_logger("rehousing")


def rehouse(office: Office) -> int:
    """Give every unfinished request without a home to the next, or back to triage; how many there were.

    Each is a transaction of its own. More than AT_ONCE wait for the next look: no rung waits for them.
    """
    with office.store.reading() as database:
        homes = requests.homes(database)
        lost = [home for home in homes if _why_homeless(*home, office)]
        numbers = requests.of_homes(database, lost)[:AT_ONCE]
    return sum(_rehouse(number, office, office.now()) for number in numbers)


def _why_homeless(department: str | None, owner: str | None, office: Office) -> str:
    """Why nobody stands behind this department and owner, in a clause; "" if somebody does."""
    if department is not None and department not in office.settings.departments:
        return f"the department {department} is not in the settings any more"
    if owner is not None and owner not in answering(office.desk(department)):
        whose = frozen_mail.desk_of(office, department).name
        return f"{frozen_mail.name_of(office, owner)} does not belong to {whose} any more"
    return ""


def _rehouse(number: int, office: Office, now: dt.datetime) -> bool:
    with office.store.writing() as database:
        ledger.take_turn(database)
        request = requests.find(database, number)
        if request is None or request.status not in requests.UNFINISHED:
            return False
        why = _why_homeless(request.department, request.owner, office)
        if not why:
            return False  # another was quicker
        appointments.cancel(database, request.id, "accept")
        if request.department in office.settings.departments:
            changed = passing_on.pass_on(database, request, "left", ledger.POSTROOM, why, office, now)
        else:
            changed = passing_on.back_to_triage(database, request, why, office, now)
    log.info("rehoused", request=reference(number), department=changed.department, owner=changed.owner, reason=why)
    return True
