from __future__ import annotations

from datetime import UTC, date, datetime

from config.settings import Member
from daemon.desk.ownership import Choice, choose_owner

DAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)

MARA = Member(name="Mara Vogt", email="mara.vogt@lindwerk.example")
JONAS = Member(name="Jonas Petersen", email="jonas.petersen@lindwerk.example")
AYLIN = Member(name="Aylin Demir", email="aylin.demir@lindwerk.example")


def away(member: Member, *days: str) -> Member:
    return Member(name=member.name, email=member.email, absent=days)


def at_work(member: Member, capacity: float) -> Member:
    return Member(name=member.name, email=member.email, capacity=capacity)


def choose(*members: Member, lead: str = MARA.email, load=None, last=None, exclude: str = "") -> Choice:
    return choose_owner(members, lead, load=load or {}, last_assigned=last or {}, on=DAY, exclude=exclude)


def test_the_least_loaded_gets_the_request() -> None:
    choice = choose(MARA, JONAS, AYLIN, load={MARA.email: 3, JONAS.email: 1, AYLIN.email: 2})

    assert (choice.owner, choice.address) == (JONAS, "jonas.petersen@lindwerk.example")
    assert choice.reason == "Jonas Petersen has the least open work of 3 present (1 unfinished)"


def test_among_equals_the_one_who_waited_longest_gets_it() -> None:
    last = {MARA.email: NOON, JONAS.email: NOON.replace(hour=8), AYLIN.email: NOON.replace(hour=9)}
    choice = choose(MARA, JONAS, AYLIN, last=last)

    assert choice.owner == JONAS
    assert choice.reason == "Jonas Petersen has waited longest for a request, of 3 with equally little open work"


def test_who_never_got_a_request_has_waited_longest() -> None:
    assert choose(MARA, AYLIN, last={MARA.email: NOON, AYLIN.email: None}).owner == AYLIN


def test_requests_go_round() -> None:
    last: dict[str, datetime | None] = {}
    given = []
    for hour in range(6):
        chosen = choose(MARA, JONAS, AYLIN, last=last)
        last[chosen.address] = NOON.replace(hour=hour)
        given.append(chosen.name)

    assert given == ["Mara Vogt", "Jonas Petersen", "Aylin Demir"] * 2


def test_half_a_capacity_gets_half_the_requests() -> None:
    load = {JONAS.email: 0, AYLIN.email: 0}
    for _ in range(30):
        chosen = choose(JONAS, at_work(AYLIN, 0.5), load=load)
        load[chosen.address] += 1

    assert load == {JONAS.email: 20, AYLIN.email: 10}


def test_a_capacity_of_nothing_gets_nothing() -> None:
    assert choose(at_work(JONAS, 0), AYLIN, load={AYLIN.email: 50}).owner == AYLIN


def test_who_is_away_gets_nothing() -> None:
    choice = choose(away(JONAS, "2026-11-20..2026-11-24"), AYLIN, load={AYLIN.email: 50})

    assert choice.owner == AYLIN
    assert choice.reason == "Aylin Demir is the only one present"


def test_who_is_back_counts_again() -> None:
    assert choose(away(JONAS, "2026-11-20..2026-11-23"), AYLIN, load={AYLIN.email: 50}).owner.name == JONAS.name


def test_nobody_owns_a_request_of_their_own() -> None:
    choice = choose(JONAS, AYLIN, load={AYLIN.email: 50}, exclude="Jonas.Petersen@lindwerk.example")

    assert choice.owner == AYLIN


def test_the_lead_takes_it_when_nobody_is_present() -> None:
    choice = choose(MARA.model_copy(update={"capacity": 0.0}), away(JONAS, "2026-11-24"))

    assert (choice.name, choice.address) == ("Mara Vogt", "mara.vogt@lindwerk.example")
    assert choice.reason == "nobody is free to take it on 2026-11-24, so it goes to the lead, Mara Vogt"


def test_it_is_said_when_the_lead_is_away_too() -> None:
    choice = choose(away(MARA, "2026-11-24"))

    assert choice.reason.endswith("so it goes to the lead, Mara Vogt, who is away too")


def test_a_lead_who_is_no_member_takes_it_by_address() -> None:
    choice = choose(away(JONAS, "2026-11-24"), lead="Boss@lindwerk.example")

    assert (choice.owner, choice.address, choice.name) == (
        None,
        "boss@lindwerk.example",
        "boss@lindwerk.example",
    )


def test_when_the_lead_asks_and_nobody_else_is_there_a_person_must_choose() -> None:
    choice = choose(MARA, away(JONAS, "2026-11-24"), exclude=MARA.email)

    assert (choice.owner, choice.address, choice.name) == (None, None, "")
    assert choice.reason == "nobody but the requester could own it on 2026-11-24, so a person must choose"


def wanted(address: str, *members: Member, exclude: str = "", load=None) -> Choice:
    return choose_owner(members, MARA.email, load=load or {}, last_assigned={}, on=DAY, exclude=exclude, wanted=address)


def test_the_owner_whom_a_rule_names_gets_it_whatever_the_load() -> None:
    choice = wanted("Aylin.Demir@lindwerk.example", JONAS, AYLIN, load={AYLIN.email: 9})

    assert (choice.owner, choice.reason) == (AYLIN, "a rule names Aylin Demir")


def test_a_rule_may_name_the_lead_who_is_no_member() -> None:
    assert wanted(MARA.email, JONAS).address == MARA.email


def test_a_named_owner_who_is_away_leaves_it_to_the_others() -> None:
    choice = wanted(AYLIN.email, JONAS, away(AYLIN, "2026-11-24"))

    assert choice.owner == JONAS
    assert choice.reason == "a rule names Aylin Demir, who is away; Jonas Petersen is the only one present"


def test_nobody_owns_a_request_of_their_own_even_if_a_rule_names_them() -> None:
    choice = wanted(AYLIN.email, JONAS, AYLIN, exclude=AYLIN.email)

    assert choice.owner == JONAS
    assert choice.reason.startswith("a rule names Aylin Demir, who asks here; ")


def test_a_named_owner_of_another_department_is_passed_over() -> None:
    choice = wanted("tobias.lang@lindwerk.example", JONAS)

    assert choice.owner == JONAS
    assert choice.reason.startswith(
        "a rule names tobias.lang@lindwerk.example, who does not belong to this department; "
    )
