"""Settings change while requests are open: nothing stays with a name behind which nobody stands."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from daemon import appointed, assigning, escalations, happenings, rehousing
from daemon.desk.waiting import WaitsFor
from daemon.office import reopen
from daemon.store import appointments, schema
from daemon.store.database import Store

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]
JONAS, AYLIN = "jonas.petersen@lindwerk.example", "aylin.demir@lindwerk.example"
MARA, ANKE = "mara.vogt@lindwerk.example", "anke.wulf@lindwerk.example"
TOBIAS = "tobias.lang@lindwerk.example"

JONAS_LINE = "      - {name: Jonas Petersen, email: jonas.petersen@lindwerk.example}\n"


@pytest.fixture
def asked(house: House, a_mail: Mail) -> House:
    """Eva has asked; Jonas of IT owns it."""
    house.receives(a_mail())
    house.sends()
    return house


def settings(house: House, old: str, new: str) -> None:
    path = house.office.path
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    house.office = reopen(house.office)


def without_it(house: House) -> None:
    text = house.office.path.read_text()
    start, end = text.index("  it:\n    name: IT"), text.index("  hr:\n    name:")
    (house.office.path.parent / "rules" / "all.yaml").write_text(
        "rules: [{name: leave, when: {words: holiday}, then: {department: hr}}]"
    )
    house.office.path.write_text((text[:start] + text[end:]).replace("    department: it\n", ""))
    house.office = reopen(house.office)


def told(house: House) -> list[tuple[str, str]]:
    return [(kind, to) for kind, to, _ in house.sends()]


def test_what_somebody_owned_who_is_no_member_any_more_goes_to_another_and_people_are_told(asked: House) -> None:
    settings(asked, JONAS_LINE, "")
    moved = [rehousing.rehouse(asked.office) for _ in range(2)]

    assert (moved, asked.request().owner, asked.request().department) == ([1, 0], AYLIN, "it")
    assert told(asked) == [("assignment", AYLIN), ("new_owner", "eva.lund@lindwerk.example")]
    assert ("postroom", "left", None) in asked.ledger()


def test_what_a_department_had_that_is_gone_stands_in_triage_with_clocks_that_run(asked: House, day: Day) -> None:
    without_it(asked)
    moved = [rehousing.rehouse(asked.office) for _ in range(2)]
    request = asked.request()

    assert (moved, request.department, request.owner, request.status) == ([1, 0], None, None, "new")
    assert ("postroom", "routed", "triage") in asked.ledger()
    assert told(asked) == [("staff_notice", ANKE)]
    day.goes_on(hours=3)
    escalations.fire_due(asked.office)
    assert told(asked) == [("reminder", ANKE)]  # nobody owns it: the lead of triage


def test_what_waits_is_open_again_and_no_old_appointment_is_kept(asked: House, day: Day) -> None:
    happenings.make_wait(asked.office, 1, WaitsFor.REQUESTER, None, actor=JONAS, why="which laptop?")
    without_it(asked)
    rehousing.rehouse(asked.office)
    with asked.office.store.reading() as connection:
        left = appointments.of_request(connection, 1)
    day.goes_on(days=15)

    assert (asked.request().status, [one.kind for one in left]) == ("new", [])
    assert appointed.keep_due(asked.office) == 0


def test_what_is_opened_again_after_its_owner_left_finds_another(asked: House, a_mail: Mail, day: Day) -> None:
    assigning.resolve(asked.office, 1, actor=JONAS, why="done")
    settings(asked, JONAS_LINE, "")
    assert rehousing.rehouse(asked.office) == 0  # it is done: history stays as it was
    day.goes_on(days=1)
    asked.receives(a_mail("Re: [REQ-1] VPN", "It drops again.\n"))

    assert rehousing.rehouse(asked.office) == 1
    assert (asked.request().status, asked.request().owner) == ("open", AYLIN)


def test_leads_and_those_above_them_own_what_was_given_to_them(house: House, a_mail: Mail) -> None:
    house.receives(a_mail())
    assigning.assign(house.office, 1, department=None, owner=MARA, actor="ops", why="hers")
    house.receives(a_mail("The thing", From="tom@lindwerk.example"))  # in triage

    assert rehousing.rehouse(house.office) == 0


def test_a_mail_of_a_former_owner_reaches_the_new_one_as_a_note_and_nobody_else(house: House, a_mail: Mail) -> None:
    house.receives(a_mail())
    (notice,) = [mail for kind, _, mail in house.sends() if kind == "assignment"]
    settings(house, JONAS_LINE, "")
    rehousing.rehouse(house.office)
    house.sends()
    house.receives(a_mail("Re: [REQ-1] VPN", "resolve\n", From=JONAS, In_Reply_To=notice["Message-ID"]))

    assert (told(house), house.request().status) == ([("follow_up", AYLIN)], "open")


def test_two_processes_on_postgresql_give_each_request_away_once_and_fire_each_rung_once(
    house: House, a_mail: Mail, day: Day, postgresql_url: str
) -> None:
    store = Store(postgresql_url)
    schema.upgrade(store)
    house.runs_with(store=store)
    for number in range(6):
        house.receives(a_mail(f"VPN {number}", From=f"p{number}@lindwerk.example"))
    house.sends()
    settings(house, JONAS_LINE, "")
    day.goes_on(hours=4)
    with ThreadPoolExecutor(4) as processes:
        moved = list(processes.map(lambda _: rehousing.rehouse(house.office), range(4)))
        fired = list(processes.map(lambda _: escalations.fire_due(house.office), range(4)))
    sent = told(house)
    owners = [house.request(number).owner for number in range(1, 7)]
    store.close()

    assert (sum(moved), sum(fired)) == (3, 12)
    assert owners == [AYLIN] * 6
    assert sent.count(("assignment", AYLIN)) == 3
