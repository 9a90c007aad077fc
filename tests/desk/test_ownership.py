from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from config.settings import Member
from daemon.desk.ownership import Choice, Turn, choose_owner

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


# --- whose turn it is, who can do it, and who stands in -------------------------------------------------------


def planned(*members: Member, address: str = "jonas.petersen@lindwerk.example", **also: Any) -> Choice:
    also = {"load": {}, "last_assigned": {}, "exclude": ""} | also
    return choose_owner(members, MARA.email, on=DAY, turn=Turn(address, "the rota names {}"), **also)


def with_deputy(member: Member, deputy: str) -> Member:
    return member.model_copy(update={"deputy": deputy})


def able(member: Member, *skills: str) -> Member:
    return member.model_copy(update={"skills": skills})


def test_whose_turn_it_is_gets_it_whatever_the_load() -> None:
    choice = planned(AYLIN, JONAS, load={JONAS.email: 40})

    assert (choice.owner, choice.reason) == (JONAS, "the rota names Jonas Petersen")


def test_the_deputy_stands_in_for_whose_turn_it_is() -> None:
    choice = planned(MARA, AYLIN, with_deputy(away(JONAS, "2026-11-24"), AYLIN.email), load={AYLIN.email: 9})

    assert choice.owner == AYLIN
    assert choice.reason == "the rota names Jonas Petersen, who is away; Aylin Demir is their deputy"


def test_a_deputy_who_is_away_too_leaves_it_to_the_others() -> None:
    choice = planned(MARA, AYLIN, with_deputy(JONAS, AYLIN.email), away={JONAS.email, AYLIN.email})

    assert choice.owner == MARA
    assert choice.reason == "the rota names Jonas Petersen, who is away; Mara Vogt is the only one present"


def test_a_deputy_does_not_own_a_request_of_their_own() -> None:
    members = (MARA, AYLIN, with_deputy(away(JONAS, "2026-11-24"), AYLIN.email))

    assert planned(*members, exclude=AYLIN.email).owner == MARA


def test_who_says_to_be_away_by_mail_gets_nothing() -> None:
    choice = choose_owner(
        (JONAS, AYLIN), MARA.email, load={AYLIN.email: 50}, last_assigned={}, on=DAY, exclude="", away={JONAS.email}
    )

    assert choice.owner == AYLIN


def test_the_deputy_of_a_lead_who_is_away_takes_what_nobody_can() -> None:
    lead = with_deputy(away(MARA, "2026-11-24"), JONAS.email)
    choice = choose(lead, at_work(JONAS, 0))

    assert choice.address == JONAS.email
    assert choice.reason.endswith("it goes to the lead, Mara Vogt, who is away; Jonas Petersen stands in")


def test_who_did_not_take_it_is_not_asked_again() -> None:
    choice = planned(JONAS, AYLIN, passed_over={JONAS.email})

    assert choice.owner == AYLIN
    assert choice.reason.startswith("the rota names Jonas Petersen, who was asked before; ")


def in_turn(*members: Member, load=None, last=None) -> Choice:
    return choose_owner(
        members, MARA.email, load=load or {}, last_assigned=last or {}, on=DAY, exclude="", in_turn=True
    )


def test_in_turn_the_load_does_not_count() -> None:
    last = {MARA.email: NOON, JONAS.email: NOON.replace(hour=8), AYLIN.email: NOON.replace(hour=9)}
    choice = in_turn(MARA, JONAS, AYLIN, load={JONAS.email: 30}, last=last)

    assert (choice.owner, choice.reason) == (JONAS, "Jonas Petersen is next in turn, of 3 present")


def test_a_wanted_skill_goes_before_the_load_and_the_turn() -> None:
    members = (able(MARA, "sap"), able(JONAS, "network", "sap"), AYLIN)
    least = planned(*members, address=AYLIN.email, skills={"sap"}, load={MARA.email: 2, JONAS.email: 1})
    both = planned(*members, address=AYLIN.email, skills={"sap", "network"}, load={JONAS.email: 9})

    assert least.owner == members[1]
    least_of_them = "Jonas Petersen has the least open work of 2 present (1 unfinished)"
    assert least.reason == f"sap wanted: of those who can, {least_of_them}"
    assert both.owner == members[1]


def test_where_nobody_has_the_skill_somebody_gets_it_and_it_is_said() -> None:
    choice = planned(able(MARA, "sap"), AYLIN, skills={"oracle"}, load={MARA.email: 1})

    assert choice.owner == AYLIN
    assert choice.reason.startswith("nobody present can do oracle; Aylin Demir has the least open work")


PEOPLE = [MARA, JONAS, AYLIN]
ADDRESSES = st.sampled_from([one.email for one in PEOPLE])


@given(
    st.sets(ADDRESSES),
    st.sets(ADDRESSES),
    st.sampled_from([*(one.email for one in PEOPLE), "eva.lund@lindwerk.example"]),
    st.none() | ADDRESSES,
    st.none() | ADDRESSES,
    st.booleans(),
)
def test_the_owner_is_never_the_requester_and_away_only_as_the_lead_of_whom_it_is_said(
    gone: set[str], asked: set[str], requester: str, wanted: str | None, turn: str | None, round_robin: bool
) -> None:
    choice = choose_owner(
        PEOPLE,
        MARA.email,
        load={},
        last_assigned={},
        on=DAY,
        exclude=requester,
        wanted=wanted,
        turn=Turn(turn, "the rota names {}") if turn else None,
        in_turn=round_robin,
        away=gone,
        passed_over=asked,
    )

    assert choice.address != requester
    assert choice.reason
    if choice.address in gone:
        assert choice.address == MARA.email
        assert choice.reason.endswith("who is away too")
    if choice.address in asked:
        assert choice.address == MARA.email
