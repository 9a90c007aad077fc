"""What rules ask of a mail that came in, and what becomes of what they give."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from daemon.office import reopen
from daemon.premises import OfficeClosed
from daemon.store import clocks, ledger, messages, requests

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]
Rules = Callable[[str], None]

PEOPLE = "email,name,time_zone,group,language\neva.lund@lindwerk.example,Eva Lund,Europe/Paris,Field,fr\n"


@pytest.fixture
def rules(house: House) -> Rules:
    """Puts these rules into force, with a people file and a second SLA policy beside them."""

    def put(text: str) -> None:
        folder = house.office.path.parent
        (folder / "rules" / "all.yaml").write_text(text)
        (folder / "people.csv").write_text(PEOPLE)
        settings = house.office.path.read_text()
        if "people:\n  file:" not in settings:
            quick = "  quick:\n    first_response: {normal: 30m}\n    resolution: {normal: 2h}\n"
            settings = settings.replace("ladders:\n", f"{quick}ladders:\n", 1) + "people:\n  file: people.csv\n"
            house.office.path.write_text(settings)
        house.office = reopen(house.office)

    return put


def one(when: str, then: str = "{department: hr}") -> str:
    return f"rules: [{{name: r, when: {when}, then: {then}}}]"


@pytest.mark.parametrize(
    "when",
    [
        "{cc: boss@lindwerk.example}",
        "{delivered_to: it@lindwerk.example}",
        "{delivered_to: help@lindwerk.example}",
        "{group: field}",
        "{language: de}",
        "{attachment: 'plan*'}",
        "{attachment_type: application/pdf}",
        "{size: over 1 kB}",
        "{thread: over 1}",
        "{nature: human}",
        "{time: {calendar: office, is: open}}",
        "{time: {calendar: office, days: [mon], between: '09:30-10:30'}}",
        "{customer: Nordwind}",
        "{header: {name: X-Kind, has: urgent}}",
        r"{regex: {subject: '\bübung\b'}}",
    ],
)
def test_a_rule_may_ask_for_anything_that_a_mail_says(house: House, a_mail: Mail, rules: Rules, when: str) -> None:
    mail = a_mail(
        "Die Übung",
        "Die Unterlagen für die Kundin Nordwind sind leider noch nicht angekommen, können Sie bitte nachsehen?\n",
        Cc="Boss <Boss@lindwerk.example>",
        Delivered_To="help@lindwerk.example",
        References="<a@other.example> <b@other.example>",
        In_Reply_To="<b@other.example>",
        X_Kind="Urgent!",
    )
    mail.add_attachment(b"%PDF-1.4" * 200, maintype="application", subtype="pdf", filename="Plan B.pdf")
    rules(one(when))

    house.receives(mail)

    assert house.request().department == "hr"


def test_a_mail_that_came_at_night_is_judged_by_when_it_came_and_not_by_when_it_was_read(
    house: House, a_mail: Mail, rules: Rules, day: Day
) -> None:
    rules(one("{time: {calendar: office, is: closed}}"))

    house.receives(a_mail(), internal_date=day.at - dt.timedelta(hours=3))  # 07:00 in Hamburg, read at 10:00

    assert house.request().department == "hr"


def test_a_rule_names_the_owner_whatever_the_load(house: House, a_mail: Mail, rules: Rules) -> None:
    rules(one("{words: vpn}", "{department: it, owner: aylin.demir@lindwerk.example}"))
    for _ in range(3):
        house.receives(a_mail())

    assert {request.owner for request in house.requests()} == {"aylin.demir@lindwerk.example"}
    with house.office.store.reading() as connection:
        (why,) = [entry.why for entry in ledger.of_request(connection, 1) if entry.what == "owner"]
    assert why == "a rule names Aylin Demir"


def test_a_rule_asks_for_an_owner_who_has_a_skill_whatever_the_load(house: House, a_mail: Mail, rules: Rules) -> None:
    path = house.office.path
    aylin = "{name: Aylin Demir, email: aylin.demir@lindwerk.example"
    path.write_text(path.read_text().replace(aylin, f"{aylin}, skills: [vpn]"))
    rules(one("{words: vpn}", "{department: it, skill: vpn}"))
    for _ in range(3):
        house.receives(a_mail())

    assert {request.owner for request in house.requests()} == {"aylin.demir@lindwerk.example"}
    with house.office.store.reading() as connection:
        (why,) = [entry.why for entry in ledger.of_request(connection, 1) if entry.what == "owner"]
    assert why == "vpn wanted: of those who can, Aylin Demir is the only one present"


def test_a_rule_sets_another_sla_policy_than_the_departments_own(house: House, a_mail: Mail, rules: Rules) -> None:
    rules(one("{words: vpn}", "{department: it, sla_policy: quick}"))
    house.receives(a_mail())

    with house.office.store.reading() as connection:
        targets = {clock.kind: clock.target_seconds for clock in clocks.of_request(connection, 1)}
    assert targets == {"first_response": 30 * 60, "resolution": 2 * 3600}
    assert ("postroom", "sla_policy", "quick") in house.ledger()
    text = house.sends()[0][2].get_body(("plain",)).get_content()
    assert "10:30" in text or "11:30" in text  # what is promised is the policy's time (Eva reads it in Paris)


def test_a_rule_holds_a_mail_for_triage(house: House, a_mail: Mail, rules: Rules) -> None:
    rules(
        "rules:\n- {name: a, order: 1, when: {words: vpn}, then: {hold: yes}}\n"
        "- {name: b, when: {words: vpn}, then: {department: it}}"
    )
    house.receives(a_mail())

    request = house.request()
    assert (request.department, request.owner) == (None, None)
    assert [(kind, to) for kind, to, _ in house.sends()] == [
        ("acknowledgement", "eva.lund@lindwerk.example"),
        ("assignment", "anke.wulf@lindwerk.example"),
    ]


def test_a_rule_keeps_a_mail_from_being_acknowledged(house: House, a_mail: Mail, rules: Rules) -> None:
    rules(one("{words: vpn}", "{department: it, acknowledge: no}"))
    house.receives(a_mail())

    assert [kind for kind, _, _ in house.sends()] == ["assignment"]
    with house.office.store.reading() as connection:
        (message,) = messages.of_request(connection, 1)
    assert message.acknowledged_reason == ("rule: A rule says that this mail is not acknowledged; the route names it.")


def test_a_request_is_found_again_by_the_tags_that_rules_give(house: House, a_mail: Mail, rules: Rules) -> None:
    rules(
        "rules:\n- {name: a, order: 1, when: {words: vpn}, then: {tags: [remote work, vip]}}\n"
        "- {name: b, when: {words: [vpn, wifi]}, then: {department: it, tags: vip}}"
    )
    house.receives(a_mail())
    house.receives(a_mail("WiFi is slow"))

    with house.office.store.reading() as connection:
        found = {tag: [one.id for one in requests.listing(connection, tag=tag)] for tag in ("vip", "remote work", "x")}
    assert found == {"vip": [2, 1], "remote work": [1], "x": []}
    assert [entry for entry in house.ledger() if entry[1] == "tag"] == [
        ("postroom", "tag", "remote work"),
        ("postroom", "tag", "vip"),
    ]


def test_no_rule_acts_behind_one_that_stops(house: House, a_mail: Mail, rules: Rules) -> None:
    rules(
        "rules:\n- {name: a, order: 1, when: {words: vpn}, then: {stop: yes}}\n"
        "- {name: b, when: {words: vpn}, then: {department: it, priority: high, reason: r}}"
    )
    house.receives(a_mail())

    assert (house.request().department, house.request().priority) == (None, "normal")


def test_rules_whose_examples_fail_are_not_loaded_and_the_old_ones_stay(
    house: House, a_mail: Mail, rules: Rules
) -> None:
    rules(one("{words: vpn}", "{department: hr}"))
    version = house.office.rules_version

    with pytest.raises(OfficeClosed, match="want: 'wifi' is caught; got: it is left alone"):
        rules("rules: [{name: r, when: {words: vpn}, then: {department: it}, examples: {catches: [{subject: wifi}]}}]")

    house.receives(a_mail())
    assert (house.request().department, house.office.rules_version) == ("hr", version)


def test_a_rule_may_only_name_what_the_settings_have(house: House, rules: Rules) -> None:
    with pytest.raises(OfficeClosed) as closed:
        rules(one("{group: feild}", "{department: it, owner: tobias.lang@lindwerk.example, sla_policy: quik}"))

    told = str(closed.value)
    assert "there is no group 'feild'; did you mean 'Field'?" in told
    assert "the owner 'tobias.lang@lindwerk.example' is no member of 'it'" in told
    assert "there is no SLA policy 'quik'; did you mean 'quick'?" in told


def test_a_request_keeps_the_version_of_the_rules_that_placed_it(house: House, a_mail: Mail, rules: Rules) -> None:
    rules(one("{words: vpn}"))
    house.receives(a_mail())

    with house.office.store.reading() as connection:
        (route,) = requests.routes_of(connection, 1)
    assert route.rules_version == house.office.rules_version
