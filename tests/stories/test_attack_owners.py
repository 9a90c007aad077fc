"""Attacks on owners and clocks: no rung twice, nobody owns their own, nothing is silent, whatever comes together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from daemon import appointed, assigning, clock_keeping, escalations, happenings, honesty, passing_on, prioritising
from daemon.desk.lifecycle import Happening
from daemon.desk.waiting import WaitsFor
from daemon.office import reopen
from daemon.store import absences

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]
JONAS, AYLIN = "jonas.petersen@lindwerk.example", "aylin.demir@lindwerk.example"
MARA, CARLA, EVA = "mara.vogt@lindwerk.example", "carla.coo@lindwerk.example", "eva.lund@lindwerk.example"
TOBIAS, CLAIRE = "tobias.lang@lindwerk.example", "claire.fontaine@lindwerk.example"


def says(house: House, a_mail: Mail, notice: EmailMessage, words: str, who: str = JONAS, **headers: str) -> None:
    fields = {"From": who, "In_Reply_To": notice["Message-ID"]}
    house.receives(a_mail("Re: [REQ-1] VPN", words, **(fields | headers)))


@pytest.fixture
def ladder(house: House) -> House:
    """A house in which the resolution has a rung at its half and one when it is due."""
    path = house.office.path
    path.write_text(
        path.read_text().replace(
            "    - {clock: first_response, at: 50%, tell: [owner], kind: reminder}\n"
            "    - {clock: first_response, at: due, tell: [lead], kind: warning}\n",
            "    - {clock: resolution, at: 50%, tell: [owner], kind: reminder}\n",
        )
    )
    house.office = reopen(house.office)
    return house


@pytest.fixture
def notice(ladder: House, a_mail: Mail) -> EmailMessage:
    """Eva has asked on Monday at ten; Jonas owns it; a solution is promised for Wednesday at ten."""
    ladder.receives(a_mail())
    (found,) = [mail for kind, _, mail in ladder.sends() if kind == "assignment"]
    return found


def rungs(house: House) -> list[tuple[str, str]]:
    escalations.fire_due(house.office)
    return [(kind, to) for kind, to, _ in house.sends() if kind in ("reminder", "warning", "escalation")]


def test_a_rung_that_has_fired_does_not_fire_again_for_a_date_by_which_it_lies_behind(
    ladder: House, a_mail: Mail, notice: EmailMessage, day: Day
) -> None:
    day.at = dt.datetime(2026, 11, 25, 8, 0, tzinfo=dt.UTC)
    half = rungs(ladder)
    says(ladder, a_mail, notice, "later 2026-11-25 15:00 a little later\n")
    ladder.sends()
    again = rungs(ladder)
    day.at = dt.datetime(2026, 11, 25, 14, 1, tzinfo=dt.UTC)

    assert (half, again, rungs(ladder)) == ([("reminder", JONAS)], [], [("escalation", CARLA)])


def test_each_rung_fires_once_whatever_becomes_of_the_request(
    ladder: House, a_mail: Mail, notice: EmailMessage, day: Day
) -> None:
    day.at = dt.datetime(2026, 11, 24, 10, 0, tzinfo=dt.UTC)
    fired = rungs(ladder)
    happenings.make_wait(ladder.office, 1, WaitsFor.THIRD_PARTY, None, actor=JONAS, why="a part")
    day.goes_on(days=2)
    fired += rungs(ladder)
    happenings.happen(ladder.office, 1, Happening.RESUMED, actor=JONAS, why="it is here")
    fired += rungs(ladder)
    assigning.assign(ladder.office, 1, department=None, owner=AYLIN, actor=JONAS, why="hers")
    fired += rungs(ladder)
    clock_keeping.recompute(ladder.office, None, actor="ops", why="a holiday", dry=False)
    fired += rungs(ladder)
    assigning.resolve(ladder.office, 1, actor=AYLIN, why="done")
    day.goes_on(hours=1)
    happenings.happen(ladder.office, 1, Happening.REOPENED, actor=EVA, why="not done")
    day.goes_on(days=14)
    fired += rungs(ladder) + rungs(ladder)

    assert fired == [("reminder", JONAS), ("escalation", CARLA)]


def prioritised(house: House, urgency: str, impact: str = "team") -> None:
    prioritising.prioritise(
        house.office,
        1,
        impact=impact,  # type: ignore[arg-type]
        urgency=urgency,  # type: ignore[arg-type]
        actor="mara",
        why="the floor",
    )


def test_a_priority_that_changes_a_minute_before_it_is_due_repeats_no_rung_and_leaves_none_out(
    ladder: House, a_mail: Mail, notice: EmailMessage, day: Day
) -> None:
    day.at = dt.datetime(2026, 11, 25, 8, 59, tzinfo=dt.UTC)  # a minute before the sixteen hours are over
    fired = rungs(ladder)
    prioritised(ladder, "normal")  # eight hours: over since yesterday
    fired += rungs(ladder) + rungs(ladder)
    day.goes_on(minutes=2)
    fired += rungs(ladder)
    prioritised(ladder, "low", "person")
    fired += rungs(ladder)
    day.goes_on(days=20)
    fired += rungs(ladder)

    assert fired == [("reminder", JONAS), ("escalation", CARLA)]


def test_a_priority_that_falls_a_minute_before_it_is_due_moves_the_rung_that_has_not_fired(
    ladder: House, a_mail: Mail, notice: EmailMessage, day: Day
) -> None:
    prioritised(ladder, "normal")  # high
    day.at = dt.datetime(2026, 11, 24, 8, 59, tzinfo=dt.UTC)
    fired = rungs(ladder)
    prioritised(ladder, "normal", "person")
    day.goes_on(hours=2)
    early = rungs(ladder)
    day.at = dt.datetime(2026, 11, 25, 9, 1, tzinfo=dt.UTC)

    assert (fired, early, rungs(ladder)) == ([("reminder", JONAS)], [], [("escalation", CARLA)])


def test_a_date_set_while_it_waits_holds_when_it_goes_on_and_after_a_recomputation(
    ladder: House, a_mail: Mail, notice: EmailMessage, day: Day
) -> None:
    happenings.make_wait(ladder.office, 1, WaitsFor.THIRD_PARTY, None, actor=JONAS, why="a part")
    says(ladder, a_mail, notice, "later 2026-12-01 15:00 the part\n")
    day.goes_on(days=1)
    happenings.happen(ladder.office, 1, Happening.RESUMED, actor=JONAS, why="it is here")
    clock_keeping.recompute(ladder.office, None, actor="ops", why="a holiday", dry=False)
    ladder.sends()
    day.at = dt.datetime(2026, 12, 1, 13, 59, tzinfo=dt.UTC)
    before = [kind for kind, _ in rungs(ladder)]
    day.goes_on(minutes=2)

    assert "escalation" not in before
    assert [kind for kind, _ in rungs(ladder)] == ["escalation"]


def away(house: House, *who: str) -> None:
    now = house.office.now()
    with house.office.store.writing() as database:
        for one in who:
            absences.leave(database, one, now, now + dt.timedelta(days=9), "an automatic reply")


def test_a_lead_who_is_away_gets_nothing_that_two_did_not_take(house: House, a_mail: Mail, day: Day) -> None:
    house.sets_department("it", accept_within=dt.timedelta(hours=1))
    house.receives(a_mail())
    away(house, MARA)
    for _ in range(2):
        day.goes_on(hours=1)
        appointed.keep_due(house.office)

    assert house.request().owner == CARLA


def test_nobody_gets_a_request_of_their_own_because_nobody_else_is_there(house: House, a_mail: Mail, day: Day) -> None:
    house.sets_department("hr", accept_within=dt.timedelta(hours=1))
    house.receives(a_mail("Holiday", From=CARLA))
    away(house, CLAIRE)
    house.sends()
    day.goes_on(hours=1)
    appointed.keep_due(house.office)

    assert house.request().owner != CARLA
    assert house.request().owner is not None or house.request().department is None
    assert house.sends() != []


def test_where_everybody_is_away_somebody_is_told(house: House, a_mail: Mail, day: Day) -> None:
    away(house, JONAS, AYLIN, MARA, CARLA, "anke.wulf@lindwerk.example")
    house.receives(a_mail())
    told = [to for kind, to, _ in house.sends() if kind == "assignment"]
    day.goes_on(hours=4, minutes=1)
    escalations.fire_due(house.office)

    assert told
    assert {to for _, to, _ in house.sends()} == {"olga.ops@lindwerk.example"}


def test_a_lead_makes_good_no_promise_that_was_made_to_them(house: House, a_mail: Mail, day: Day) -> None:
    house.receives(a_mail(From=MARA))
    house.sends()
    day.goes_on(hours=5)
    honesty.tell_broken(house.office, house.office.now())

    assert [(kind, to) for kind, to, _ in house.sends()] == [("apology", MARA), ("heads_up", CARLA)]


def test_two_who_claim_at_once_do_not_both_own_it(ladder: House, a_mail: Mail, notice: EmailMessage, day: Day) -> None:
    assigning.assign(ladder.office, 1, department=None, owner=MARA, actor="ops", why="hers")
    assigning.assign(ladder.office, 1, department=None, owner=AYLIN, actor="ops", why="hers")
    (hers,) = [mail for kind, to, mail in ladder.sends() if kind == "assignment" and to == AYLIN]
    says(ladder, a_mail, notice, "claim\n")
    says(ladder, a_mail, hers, "resolve\n", AYLIN)

    assert (ladder.request().owner, ladder.request().status) == (JONAS, "open")


@pytest.mark.parametrize(
    "words", ["> resolve\n", "Thanks.\n\nresolve\n", "-- \nresolve\n", "resolve.\n", "R\u00e9solu.\n"]
)
def test_a_word_that_is_not_the_first_line_of_ones_own_ends_nothing(
    ladder: House, a_mail: Mail, notice: EmailMessage, words: str
) -> None:
    says(ladder, a_mail, notice, words)

    assert ladder.request().status == "open"


def test_a_word_in_html_alone_is_obeyed(ladder: House, a_mail: Mail, notice: EmailMessage) -> None:
    reply = a_mail("Re: [REQ-1] VPN", "", From=JONAS, In_Reply_To=notice["Message-ID"])
    reply.clear_content()
    reply.set_content(
        "<html><body><div>resolve</div><div><br></div><div>Please try.</div></body></html>",
        subtype="html",
    )
    ladder.receives(reply)

    assert ladder.request().status == "resolved"


def test_an_absence_notice_whose_first_line_is_a_word_ends_nothing(
    ladder: House, a_mail: Mail, notice: EmailMessage
) -> None:
    reply = a_mail("Automatic reply: [REQ-1] VPN", "resolve\n\nI am out of the office.\n", From=JONAS)
    reply["In-Reply-To"] = notice["Message-ID"]
    ladder.receives(reply)

    assert ladder.request().status == "open"


def test_whoever_leaves_and_is_the_only_one_leaves_nothing_unseen(house: House, a_mail: Mail) -> None:
    house.receives(a_mail("Holiday", From=CLAIRE))
    house.sends()
    away(house, CARLA)
    passing_on.reassign(house.office, TOBIAS, to=None, actor="ops", why="he leaves")

    assert house.request().owner not in (TOBIAS, CLAIRE)
    assert house.sends() != []


def members(house: House, **by_name: dict[str, object]) -> None:
    """Other settings of members of IT, by the first name."""
    people = house.office.settings.departments["it"].members
    house.sets_department("it", {one.email: by_name.get(one.name.split()[0].lower(), {}) for one in people})


def test_deputies_who_stand_in_for_each_other_and_are_both_away_lead_to_the_lead_and_to_no_circle(
    house: House, a_mail: Mail, day: Day
) -> None:
    members(house, jonas={"deputy": AYLIN}, aylin={"deputy": JONAS})
    away(house, JONAS, AYLIN)
    house.receives(a_mail())
    owner = house.request().owner
    house.sends()
    day.goes_on(hours=2)
    escalations.fire_due(house.office)

    assert owner == MARA
    assert [(kind, to) for kind, to, _ in house.sends()] == [("reminder", MARA)]


def test_an_owner_who_goes_away_with_a_deputy_who_is_away_is_followed_by_somebody_who_is_there(
    house: House, a_mail: Mail, day: Day
) -> None:
    members(house, jonas={"deputy": AYLIN}, aylin={"deputy": JONAS})
    house.receives(a_mail())
    (notice,) = [mail for kind, _, mail in house.sends() if kind == "assignment"]
    first = house.request().owner or ""
    (other,) = {JONAS, AYLIN} - {first}
    away(house, other)
    reply = a_mail(
        "Automatic reply: [REQ-1] VPN", "I am out of the office.\n", From=first, Auto_Submitted="auto-replied"
    )
    reply["In-Reply-To"] = notice["Message-ID"]
    house.receives(reply)

    assert house.request().owner == MARA
    assert ("assignment", MARA) in [(kind, to) for kind, to, _ in house.sends()]


def test_where_really_everybody_is_away_a_request_has_an_owner_and_its_rungs_reach_the_operators(
    house: House, a_mail: Mail, day: Day
) -> None:
    away(house, JONAS, AYLIN, MARA, CARLA)
    house.receives(a_mail())
    house.sends()
    day.goes_on(hours=5)
    escalations.fire_due(house.office)
    told = [(kind, to) for kind, to, _ in house.sends()]

    assert house.request().owner == MARA
    assert ("warning", "olga.ops@lindwerk.example") in told
    assert not {to for _, to in told} & {JONAS, AYLIN, MARA, CARLA}


def test_a_lead_who_owns_it_and_does_not_take_it_keeps_it_in_no_circle(house: House, a_mail: Mail, day: Day) -> None:
    house.sets_department("it", accept_within=dt.timedelta(hours=1))
    away(house, JONAS, AYLIN)
    house.receives(a_mail())
    owners = [house.request().owner]
    for _ in range(6):
        day.goes_on(hours=1, minutes=1)
        appointed.keep_due(house.office)
        owners.append(house.request().owner)

    assert owners[0] == MARA
    assert all(owner in (MARA, CARLA) for owner in owners)
    assert sum(what == "not_accepted" for _, what, _ in house.ledger()) <= 3


@pytest.mark.parametrize(
    ("night", "day_asked"),
    [
        (dt.datetime(2027, 3, 27, 21, 0, tzinfo=dt.UTC), dt.date(2027, 3, 28)),  # an hour is missing
        (dt.datetime(2027, 10, 30, 20, 0, tzinfo=dt.UTC), dt.date(2027, 10, 31)),  # an hour comes twice
    ],
)
def test_a_wait_that_ends_in_the_night_in_which_clocks_change_ends_once_and_its_rung_fires_once(
    ladder: House, a_mail: Mail, day: Day, night: dt.datetime, day_asked: dt.date
) -> None:
    text = ladder.office.path.read_text()
    start, end = text.index("    hours:\n"), text.index("sla_policies:")
    every = "".join(f'      {one}: ["22:00-06:00"]\n' for one in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
    ladder.office.path.write_text(f"{text[:start]}    hours:\n{every}{text[end:]}")
    ladder.office = reopen(ladder.office)
    day.at = night - dt.timedelta(days=1)
    ladder.receives(a_mail(Date="Sat, 27 Mar 2027 21:00:00 +0000"))
    happenings.make_wait(ladder.office, 1, WaitsFor.DATE, day_asked, actor=JONAS, why="a part")
    ladder.sends()
    ended, fired = [], []
    for _ in range(5 * 24 * 4):  # five days in quarters of an hour
        day.goes_on(minutes=15)
        ended += [day.at] * appointed.keep_due(ladder.office)
        escalations.fire_due(ladder.office)
        fired += [kind for kind, _, _ in ladder.sends() if kind in ("reminder", "escalation")]

    assert len(ended) == 1
    assert ended[0].astimezone(ladder.office.calendar("it").zone).date() == day_asked
    assert ladder.request().status == "open"
    assert fired == ["reminder", "escalation"]
