"""A new message becomes a request and a queued acknowledgement; or gets its disposition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from daemon import intake, opening, parsing
from daemon.parsing import ParserPool
from daemon.store import copies

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]


def test_a_mail_becomes_a_request_with_department_owner_and_ledger(house: House, a_mail: Mail) -> None:
    house.receives(a_mail())

    request = house.request()
    assert (request.status, request.department) == ("open", "it")
    assert request.owner in ("jonas.petersen@lindwerk.example", "aylin.demir@lindwerk.example")
    assert house.ledger() == [
        ("eva.lund@lindwerk.example", "opened", "it"),
        ("postroom", "routed", "it"),
        ("postroom", "owner", request.owner),
    ]


def test_the_requester_is_acknowledged_and_the_owner_gets_the_words(house: House, a_mail: Mail) -> None:
    mail = a_mail()
    house.receives(mail)

    (_, requester, acknowledgement), (_, owner, notice) = house.sends()
    assert requester == "eva.lund@lindwerk.example"
    assert acknowledgement["Subject"] == "Auto: [REQ-1] VPN is broken"
    assert acknowledgement["In-Reply-To"] == mail["Message-ID"]
    assert acknowledgement["Auto-Submitted"] == "auto-replied"
    assert owner == house.request().owner
    assert "Since this morning." in notice.get_body(("plain",)).get_content()
    assert notice["Auto-Submitted"] == "auto-generated"


def test_the_acknowledgement_promises_a_time_in_the_departments_hours(house: House, a_mail: Mail, day: Day) -> None:
    day.at = dt.datetime(2026, 11, 20, 15, 0, tzinfo=dt.UTC)  # Friday, 16:00 in Hamburg; 1 h left of 4
    house.receives(a_mail())

    text = house.sends()[0][2].get_body(("plain",)).get_content()
    assert "Monday 23 November" in text
    assert "12:00" in text


def test_work_is_shared_among_those_present(house: House, a_mail: Mail) -> None:
    for _ in range(4):
        house.receives(a_mail())

    owners = [request.owner for request in house.requests()]
    assert sorted(owners) == ["aylin.demir@lindwerk.example"] * 2 + ["jonas.petersen@lindwerk.example"] * 2


def test_what_nobody_can_place_stands_in_triage_and_its_lead_hears_of_it(house: House, a_mail: Mail) -> None:
    house.receives(a_mail("The thing", "Can somebody call me?"), "people")

    request = house.request()
    assert (request.department, request.owner, request.status) == (None, None, "new")
    assert [(kind, to) for kind, to, _ in house.sends()] == [
        ("acknowledgement", "eva.lund@lindwerk.example"),
        ("assignment", "anke.wulf@lindwerk.example"),
    ]


def test_a_mail_to_two_shared_addresses_is_one_request_and_one_acknowledgement(house: House, a_mail: Mail) -> None:
    mail = a_mail(To="it@lindwerk.example, people@lindwerk.example").as_bytes()
    house.receives(b"Received: from a\r\n" + mail, "it")
    house.receives(b"Received: from b\r\n" + mail, "people")

    assert len(house.requests()) == 1
    assert [kind for kind, _, _ in house.sends()] == ["acknowledgement", "assignment"]
    assert house.ledger()[-1] == ("postroom", "also_received", "people@lindwerk.example")
    assert house.copies() == {"done": 2}


def test_different_mails_with_one_message_id_are_kept_apart(house: House, a_mail: Mail) -> None:
    house.receives(a_mail("VPN is broken", Message_ID="<same@mail.example>"))
    house.receives(a_mail("WiFi is slow", Message_ID="<same@mail.example>"))

    assert len(house.requests()) == 2


@pytest.mark.parametrize(
    ("headers", "disposition"),
    [
        ({"Auto-Submitted": "auto-replied", "Subject": "Out of office"}, "automatic_reply"),
        ({"List-Id": "<all.lindwerk.example>", "To": "all@lists.example"}, "list"),
    ],
)
def test_a_machine_gets_a_disposition_and_no_answer(
    house: House, a_mail: Mail, headers: dict[str, str], disposition: str
) -> None:
    mail = a_mail(headers.pop("Subject", "VPN"), **{k.replace("-", "_"): v for k, v in headers.items()})
    house.receives(mail)

    assert house.requests() == []
    assert house.sends() == []
    assert house.dispositions() == {disposition: 1}


def test_an_outsider_gets_a_request_and_no_acknowledgement(house: House, a_mail: Mail) -> None:
    house.receives(a_mail(From="Ned <ned@supplier.example>"))

    assert len(house.requests()) == 1
    assert [kind for kind, _, _ in house.sends()] == ["assignment"]


def test_a_sender_who_floods_us_is_acknowledged_five_times_an_hour(house: House, a_mail: Mail, day: Day) -> None:
    for number in range(7):
        house.receives(a_mail(f"VPN {number}"))
    in_the_hour = [kind for kind, _, _ in house.sends()].count("acknowledgement")
    day.goes_on(minutes=61)
    house.receives(a_mail("VPN again"))

    assert in_the_hour == 5
    assert [kind for kind, _, _ in house.sends()].count("acknowledgement") == 1
    assert len(house.requests()) == 8


def test_a_mail_that_waited_for_days_is_a_request_but_not_acknowledged(house: House, a_mail: Mail, day: Day) -> None:
    house.receives(a_mail(), internal_date=day.at - dt.timedelta(days=10))

    assert house.request().opened_at == day.at
    assert [kind for kind, _, _ in house.sends()] == ["assignment"]


def test_mail_from_before_our_time_is_filed_and_disturbs_nobody(house: House, a_mail: Mail) -> None:
    house.receives(a_mail(), backlog=True)

    assert house.dispositions() == {"backlog": 1}
    assert house.sends() == []


def test_the_date_that_a_mail_claims_moves_no_clock(house: House, a_mail: Mail, day: Day) -> None:
    house.receives(a_mail(Date="Thu, 01 Jan 1970 00:00:00 +0000"), internal_date=None)

    assert house.request().opened_at == day.at


def test_an_unreadable_mail_is_set_aside_with_a_placeholder_and_an_alarm(
    house: House, a_mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    bomb = b"Subject: bomb\r\n\r\nnever mind\r\n"
    real = house.office.parsers.parse_many

    def refuse_the_bomb(raws: list[bytes]) -> list[object]:
        refused = intake.ParseFailed("It took more than 5 s of processor time.")
        return [refused if raw == bomb else real([raw])[0] for raw in raws]

    monkeypatch.setattr(house.office.parsers, "parse_many", refuse_the_bomb)
    house.receives(bomb)
    house.receives(a_mail())

    placeholder, good = house.request(1), house.request(2)
    assert (placeholder.subject, placeholder.department) == ("Unreadable mail in it", "it")
    assert good.subject == "VPN is broken"
    assert house.copies() == {"quarantined": 1, "done": 1}
    kind, to, mail = house.sends()[0]
    assert (kind, to) == ("alarm", "olga.ops@lindwerk.example")
    assert "5 s of processor time" in mail.get_body(("plain",)).get_content()


def test_a_mail_that_spoils_the_transaction_stays_alone_behind_and_is_quarantined_after_three_attempts(
    house: House, a_mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = opening.route_of

    def break_on_poison(message, *rest):  # type: ignore[no-untyped-def]
        if message.subject == "poison":
            raise RuntimeError("a bug of ours")
        return real(message, *rest)

    monkeypatch.setattr(opening, "route_of", break_on_poison)
    house.receives(a_mail("poison"))
    house.receives(a_mail())
    before = house.copies()
    for _ in range(3):
        with house.office.store.reading() as connection:
            for copy in copies.leftovers(connection, "it"):
                intake.take_in_again(copy, house.office)

    assert before == {"stored": 1, "done": 1}
    assert house.copies() == {"quarantined": 1, "done": 1}
    assert len(house.requests()) == 2  # the good one, and the placeholder


def test_after_a_crash_between_acceptance_and_effect_the_mail_is_taken_in_once(house: House, a_mail: Mail) -> None:
    content = a_mail().as_bytes()
    now = house.office.now()
    arrival = copies.Arrival("it", 1, 77, content, now)
    intake.accept([arrival], house.office, now)
    # ... here the process died; a new one scans the mailbox and looks at what was left behind
    assert intake.accept([arrival], house.office, now) == []
    with house.office.store.reading() as connection:
        (left,) = copies.leftovers(connection, "it")
    intake.take_in_again(left, house.office)

    assert len(house.requests()) == 1
    assert left.attempts == 1


def test_a_daemon_that_dies_while_its_reader_starts_blames_no_mail_for_it(
    house: House, a_mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = house.office.now()
    intake.accept([copies.Arrival("it", 1, 77, a_mail().as_bytes(), now)], house.office, now)

    class Killed(BaseException):
        """Ends the daemon, as kill -9 does."""

    def die(*_: object) -> None:
        raise Killed

    with ParserPool() as cold, monkeypatch.context() as patched:
        patched.setattr(parsing, "_Child", die)
        office = replace(house.office, parsers=cold)
        for _ in range(5):
            with house.office.store.reading() as connection:
                (left,) = copies.leftovers(connection, "it")
            with pytest.raises(Killed):
                intake.take_in_again(left, office)
    with house.office.store.reading() as connection:
        (left,) = copies.leftovers(connection, "it")

    assert left.attempts == 1


def test_a_transaction_that_fails_leaves_nothing_behind(
    house: House, a_mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise sa.exc.IntegrityError("insert", {}, Exception("boom"))

    with monkeypatch.context() as patched:
        patched.setattr(opening.outbox, "put", fail)
        house.receives(a_mail())

    assert house.requests() == []
    assert house.sends() == []
    assert house.copies() == {"stored": 1}


def test_nobody_owns_a_request_of_their_own_and_one_that_only_they_could_own_goes_to_triage(
    house: House, a_mail: Mail
) -> None:
    hr = house.office.settings.departments["hr"]
    alone = hr.model_copy(update={"lead": "tobias.lang@lindwerk.example"})
    departments = house.office.settings.departments | {"hr": alone}
    house.runs_with(settings=house.office.settings.model_copy(update={"departments": departments}))
    house.receives(a_mail("Holiday", "Two days off?", From="Tobias Lang <tobias.lang@lindwerk.example>"))

    request = house.request()
    assert (request.department, request.owner, request.status) == (None, None, "new")


def test_a_mail_that_lay_unread_is_promised_a_date_that_is_still_to_come(house: House, a_mail: Mail, day: Day) -> None:
    arrived = day.at
    day.goes_on(hours=23)  # Tuesday nine in Hamburg; the four hours of Monday are over
    house.receives(a_mail(), internal_date=arrived)

    text = house.sends()[0][2].get_body(("plain",)).get_content()
    assert house.request().opened_at == arrived
    assert "Tuesday 24 November, 13:00" in text


@pytest.mark.parametrize("subject", ["VPN", "x" * 2000, "VPN " + "🚧" * 500, "VPN " + "Ünïcödé " * 100])
def test_an_acknowledgement_is_a_few_kilobytes_whatever_it_answers(house: House, a_mail: Mail, subject: str) -> None:
    house.receives(a_mail(subject, "vpn", From=f"{'Ünïcödé ' * 30} <eva.lund@lindwerk.example>"))

    with house.office.store.reading() as connection:
        raw = connection.execute(sa.text("select raw from outbox where kind = 'acknowledgement'")).scalar_one()
    assert len(raw) <= 4096
