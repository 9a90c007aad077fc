"""A customer who waits, a requester in a hurry, and one who has lost patience."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from daemon import prioritising
from daemon.assigning import CannotAssign
from daemon.customer_file import CustomersRefused, read_customers
from daemon.store import clocks

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]
LEAD = "mara.vogt@lindwerk.example"


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    path.write_text("name,also,steps\nMeridian Shipping,K-4711;Meridian Line,2\nNordkap,,\n")
    return path


def test_a_customer_who_waits_raises_the_priority_with_the_reason(house: House, a_mail: Mail, customers: Path) -> None:
    house.runs_with(customers=read_customers(customers))
    house.receives(a_mail(words="The offer for Nordkap is on that drive.\n"))
    request, acknowledgement = house.request(), house.sends()[0][2]

    assert (request.priority, request.priority_reason) == ("high", "the customer Nordkap waits behind it")
    assert "high (the customer Nordkap waits behind it)" in " ".join(
        acknowledgement.get_body(("plain",)).get_content().split()
    )
    assert ("postroom", "priority", "high") in house.ledger()


def test_a_requesters_own_urgent_raises_by_one_step_and_can_be_ignored(house: House, a_mail: Mail) -> None:
    house.receives(a_mail("URGENT URGENT VPN", "It is urgent.\n"))
    kept = house.office.settings.priorities.model_copy(update={"requester_urgent": False})
    house.runs_with(settings=house.office.settings.model_copy(update={"priorities": kept}))
    house.receives(a_mail("URGENT VPN", "It is urgent, really.\n"))

    assert [house.request(number).priority for number in (1, 2)] == ["high", "normal"]


def test_a_lead_is_asked_to_look_when_a_requester_has_lost_patience(house: House, a_mail: Mail) -> None:
    house.receives(a_mail(words="This is unacceptable.\n"))
    told = [(kind, to) for kind, to, _ in house.sends()]

    assert told.count(("heads_up", LEAD)) == 1
    assert ("postroom", "flagged", "irate") in house.ledger()


def test_a_third_mail_without_an_answer_calls_the_lead_once(house: House, a_mail: Mail, day: Day) -> None:
    house.receives(a_mail())
    acknowledgement = house.sends()[0][2]
    told = []
    for number in range(5):
        day.goes_on(minutes=20)
        house.receives(a_mail("Re: VPN", f"Any news, {number}?\n", References=acknowledgement["Message-ID"]))
        told.append([to for kind, to, _ in house.sends() if kind == "heads_up"])

    assert told == [[], [], [LEAD], [], []]


def test_a_person_gives_impact_and_urgency_and_the_clocks_follow(house: House, a_mail: Mail) -> None:
    house.receives(a_mail())
    prioritising.prioritise(house.office, 1, impact="team", urgency="normal", actor="mara", why="the whole floor")
    with house.office.store.reading() as connection:
        due = {clock.kind: f"{clock.due_at:%a %H:%M}" for clock in clocks.of_request(connection, 1)}

    assert house.request().priority == "high"
    assert due == {"first_response": "Mon 10:00", "resolution": "Tue 09:00"}
    assert house.ledger()[-1] == ("mara", "priority", "high")
    with pytest.raises(CannotAssign, match="REQ-9 is no unfinished request"):
        prioritising.prioritise(house.office, 9, impact="team", urgency="low", actor="mara", why="?")


def test_every_mistake_of_the_customer_file_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("name,also,steps\nAB,,1\nNordkap,,7\n")
    with pytest.raises(CustomersRefused) as refused:
        read_customers(path)
    path.write_text("company\nNordkap\n")
    with pytest.raises(CustomersRefused, match=r"customers.csv:1: wants a column called name"):
        read_customers(path)

    assert str(refused.value).splitlines() == [
        f"{path}:2: 'AB' would be found in every other mail; give at least 3 characters.",
        f"{path}:3: steps wants 1 to 3; '7' stands here.",
    ]
