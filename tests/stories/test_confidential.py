"""Nobody but its owner is told what a confidential request says, and who watches is told what is not."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import json
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from config.values import parse_interval
from daemon import assigning, escalations, forecasting, honesty, reporting
from daemon.office import reopen
from daemon.premises import OfficeClosed
from daemon.store import ledger, requests

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]
SECRET = "My grievance against the VPN team"
WORDS = "It began in spring, with Xerxes."


@pytest.fixture
def rules(house: House) -> Callable[[str], None]:
    """Puts these rules into force."""

    def put(text: str) -> None:
        (house.office.path.parent / "rules" / "all.yaml").write_text(text)
        house.office = reopen(house.office)

    return put


@pytest.fixture
def confidential(house: House, a_mail: Mail, rules: Callable[[str], None]) -> House:
    """Eva has written something that a rule calls confidential."""
    rules("rules: [{name: grievances, when: {words: grievance}, then: {department: hr, confidential: yes}}]")
    house.receives(a_mail(SECRET, f"{WORDS}\n"))
    return house


def shows(mail: EmailMessage) -> str:
    return f"{mail['Subject']} {mail.get_body(('plain',)).get_content()} {mail.get_body(('html',)).get_content()}"


def test_its_owner_and_its_requester_read_what_it_says(confidential: House) -> None:
    told = {kind: (to, shows(mail)) for kind, to, mail in confidential.sends()}

    assert told["assignment"][0] == "tobias.lang@lindwerk.example"
    assert "Xerxes" in told["assignment"][1]
    assert "grievance" in told["acknowledgement"][1]


def test_who_is_warned_about_it_learns_neither_what_it_says_nor_who_wrote_it(confidential: House, day: Day) -> None:
    confidential.sends()
    day.goes_on(days=7)
    escalations.fire_due(confidential.office)

    told = {to: shows(mail) for _, to, mail in confidential.sends() if to != "tobias.lang@lindwerk.example"}
    assert told.keys() == {"claire.fontaine@lindwerk.example", "carla.coo@lindwerk.example"}
    for text in told.values():
        assert "(confidential)" in text
        assert not any(word in text for word in ("grievance", "Xerxes", "Eva", "eva.lund"))


def test_its_owner_is_reminded_with_its_subject(confidential: House, day: Day) -> None:
    confidential.sends()
    day.goes_on(hours=2)
    escalations.fire_due(confidential.office)

    ((kind, to, mail),) = confidential.sends()
    assert (kind, to) == ("reminder", "tobias.lang@lindwerk.example")
    assert SECRET in mail["Subject"]


def test_neither_ledger_nor_route_keeps_a_word_of_it(confidential: House) -> None:
    with confidential.office.store.reading() as connection:
        whys = [entry.why for entry in ledger.of_request(connection, 1)]
        (route,) = requests.routes_of(connection, 1)

    assert ("postroom", "confidential", "yes") in confidential.ledger()
    assert route.reason == "rule 'grievances' matched"
    assert not any("grievance " in why or "Xerxes" in why for why in whys)


def test_every_request_of_a_confidential_department_is_confidential(
    house: House, a_mail: Mail, rules: Callable[[str], None], day: Day
) -> None:
    path = house.office.path
    path.write_text(
        path.read_text().replace("    name: People & HR\n", "    name: People & HR\n    confidential: true\n")
    )
    rules("rules: [{name: leave, when: {words: leave}, then: {department: hr}}]")
    house.receives(a_mail("Parental leave"))
    house.receives(a_mail("The thing"))

    assert [one.confidential for one in (house.request(1), house.request(2))] == [True, False]
    with house.office.store.reading() as connection:
        assert requests.routes_of(connection, 1)[0].reason == "rule 'leave' matched"

    assigning.assign(house.office, 2, department="hr", owner=None, actor="anke", why="a matter of HR")
    assert house.request(2).confidential
    assert ("postroom", "confidential", "yes") in house.ledger(2)
    day.goes_on(minutes=5)
    assigning.assign(house.office, 2, department="it", owner=None, actor="anke", why="no, of IT")
    assert house.request(2).confidential, "what was said in confidence stays so"


def test_watchers_get_a_copy_once_and_neither_owner_nor_requester_gets_two_mails(
    house: House, a_mail: Mail, rules: Callable[[str], None]
) -> None:
    rules(
        "rules:\n- {name: press, order: 1, when: {words: vpn}, then: {watchers: "
        "[carla.coo@lindwerk.example, eva.lund@lindwerk.example, jonas.petersen@lindwerk.example]}}\n"
        "- {name: b, when: {words: vpn}, then: {department: it, owner: jonas.petersen@lindwerk.example}}"
    )
    house.receives(a_mail())

    sent = house.sends()
    assert [(kind, to) for kind, to, _ in sent] == [
        ("acknowledgement", "eva.lund@lindwerk.example"),
        ("assignment", "jonas.petersen@lindwerk.example"),
        ("copy", "carla.coo@lindwerk.example"),
    ]
    copy = sent[-1][2]
    text = " ".join(copy.get_body(("plain",)).get_content().split())
    assert "There is nothing that you need do: Jonas Petersen answers for it." in text
    assert "rule 'press' gave a copy to carla.coo@lindwerk.example" in text
    assert copy["Auto-Submitted"] == "auto-generated"
    assert [to for _, what, to in house.ledger() if what == "copy"] == [
        "carla.coo@lindwerk.example",
        "eva.lund@lindwerk.example",
        "jonas.petersen@lindwerk.example",
    ]


@pytest.mark.parametrize("watcher", ["carla.coo@lindwerk.example", "tobias.lang@lindwerk.example"])
def test_what_a_watcher_writes_back_reaches_the_owner_as_a_note_and_not_the_requester(
    house: House, a_mail: Mail, rules: Callable[[str], None], watcher: str
) -> None:
    rules(f"rules: [{{name: r, when: {{words: vpn}}, then: {{department: it, watchers: {watcher}}}}}]")
    house.receives(a_mail())
    owner = house.request().owner
    copy = house.sends()[-1][2]
    reply = EmailMessage()
    reply["From"], reply["To"] = watcher, "it@lindwerk.example"
    reply["Subject"], reply["Message-ID"] = f"Re: {copy['Subject']}", "<note@mail.lindwerk.example>"
    reply["In-Reply-To"] = reply["References"] = copy["Message-ID"]
    reply.set_content("The line to Lyon is down.\n")
    house.receives(reply)

    assert [(kind, to) for kind, to, _ in house.sends()] == [("follow_up", owner)]
    assert house.dispositions() == {"request": 1, "note": 1}


def test_one_rule_that_calls_a_mail_confidential_outweighs_the_watchers_of_another(
    house: House, a_mail: Mail, rules: Callable[[str], None]
) -> None:
    rules(
        "rules:\n- {name: a, order: 1, when: {words: vpn}, then: {watchers: [carla.coo@lindwerk.example]}}\n"
        "- {name: b, when: {words: vpn}, then: {department: it, confidential: yes}}"
    )
    house.receives(a_mail())

    assert [kind for kind, _, _ in house.sends()] == ["acknowledgement", "assignment"]
    assert "carla" not in json.dumps(house.ledger())


def test_a_mailbox_of_ours_watches_nothing(house: House, rules: Callable[[str], None]) -> None:
    with pytest.raises(OfficeClosed, match="is a mailbox of Postroom, so each copy would come back"):
        rules("rules: [{name: r, when: {words: vpn}, then: {department: it, watchers: it@lindwerk.example}}]")


def a_reply(to: EmailMessage, sender: str, words: str, **headers: str) -> EmailMessage:
    """What somebody who got this mail writes back."""
    reply = EmailMessage()
    fields = {"From": sender, "To": "people@lindwerk.example", "Subject": f"Re: {to['Subject']}"}
    for name, value in (fields | {key.replace("_", "-"): value for key, value in headers.items()}).items():
        reply[name] = value
    reply["Message-ID"] = f"<reply.{len(words)}@mail.lindwerk.example>"
    reply["In-Reply-To"] = reply["References"] = to["Message-ID"]
    reply.set_content(words)
    return reply


def test_a_colleague_can_neither_take_it_nor_give_it_to_themselves(
    house: House, a_mail: Mail, rules: Callable[[str], None]
) -> None:
    rules("rules: [{name: g, when: {words: grievance}, then: {department: it, confidential: yes}}]")
    house.receives(a_mail(SECRET, f"{WORDS}\n"))
    (notice,) = [mail for kind, _, mail in house.sends() if kind == "assignment"]
    first = house.request().owner or ""
    (other,) = {"jonas.petersen@lindwerk.example", "aylin.demir@lindwerk.example"} - {first}
    house.receives(a_reply(notice, first, f"hand over to {other}"))
    house.sends()
    house.receives(a_reply(notice, first, "claim\n"))
    house.receives(a_reply(notice, first, f"hand over to {first}: I have it already\n"))
    told = house.sends()

    assert [(kind, to) for kind, to, _ in told] == [("staff_notice", first)] * 2
    assert "REQ-1 is confidential: its owner or the lead can give it to you" in " ".join(shows(told[0][2]).split())
    assert not any(word in shows(mail) for _, _, mail in told for word in ("grievance", "Xerxes", "Eva"))
    assert house.request().owner == other


def whys(house: House) -> str:
    with house.office.store.reading() as connection:
        return " ".join(f"{one.to_value} {one.why}" for one in ledger.of_request(connection, 1))


def test_an_absence_that_repeats_its_subject_leaves_no_word_of_it_in_the_ledger(confidential: House) -> None:
    told = {kind: mail for kind, _, mail in confidential.sends()}

    confidential.receives(_absence(told["acknowledgement"]))

    assert "automatic_reply" in [what for _, what, _ in confidential.ledger()]
    assert "grievance against" not in whys(confidential)


def _absence(to: EmailMessage) -> EmailMessage:
    mail = a_reply(to, "eva.lund@lindwerk.example", "I am away.\n", Auto_Submitted="auto-replied")
    mail.replace_header("Subject", f"Automatic reply: {SECRET}")
    return mail


def test_a_lead_whose_answer_is_handed_back_reads_no_more_than_the_warning_said(confidential: House, day: Day) -> None:
    confidential.sends()
    day.goes_on(days=2)
    escalations.fire_due(confidential.office)
    warning = next(mail for kind, _, mail in confidential.sends() if kind == "warning")

    empty = a_reply(warning, "claire.fontaine@lindwerk.example", "> quoted\n")
    confidential.receives(empty)

    ((_, to, mail),) = confidential.sends()
    assert to == "claire.fontaine@lindwerk.example"
    assert "(confidential)" in shows(mail)
    assert not any(word in f"{mail['Subject']} {shows(mail)}" for word in ("grievance", "Xerxes", "Eva", "eva.lund"))


def test_operators_who_hear_of_many_mails_about_it_do_not_hear_whose_they_are(confidential: House) -> None:
    ack = next(mail for kind, _, mail in confidential.sends() if kind == "acknowledgement")
    settings = confidential.office.settings
    few = settings.ceilings.model_copy(update={"passed_on_per_sender": 1})
    confidential.runs_with(settings=settings.model_copy(update={"ceilings": few}))

    for words in ("And one more thing.\n", "And yet another.\n"):
        confidential.receives(a_reply(ack, "eva.lund@lindwerk.example", words))

    alarm = next(mail for kind, _, mail in confidential.sends() if kind == "alarm")
    assert "REQ-1" in alarm["Subject"]
    assert "the requester has written 1 mails within the hour" in " ".join(shows(alarm).split())
    assert "eva.lund" not in shows(alarm)


def test_a_confidential_mail_in_a_storm_is_not_gathered_where_others_read_it(
    house: House, a_mail: Mail, rules: Callable[[str], None]
) -> None:
    rules(
        "rules:\n- {name: grievances, order: 1, when: {words: grievance}, then: {department: hr, confidential: yes}}\n"
        "- {name: network, when: {words: vpn}, then: {department: it}}"
    )
    for number in range(22):
        house.receives(a_mail(f"VPN {number}", f"Line {number} is down.\n"))
    house.sends()
    for number in range(12):
        house.receives(a_mail(f"My grievance {number}", f"Xerxes {number}\n"))
    house.receives(a_mail("VPN again", "Once more.\n"))

    gathers = [one for one in house.requests() if one.subject.startswith("Many mails")]
    assert {(one.department, one.confidential) for one in gathers} == {("it", False), ("hr", True)}
    heard = [(to, shows(mail)) for _, to, mail in house.sends()]
    assert "tobias.lang@lindwerk.example" in {to for to, text in heard if "Xerxes" in text}
    told = {to for to, text in heard if "Xerxes" in text or "grievance" in text}
    assert told <= {"tobias.lang@lindwerk.example", "eva.lund@lindwerk.example"}
    assert not any("eva.lund" in text for to, text in heard if to == "olga.ops@lindwerk.example")


def test_a_lead_who_is_asked_to_look_and_whoever_is_warned_read_no_word_by_which_it_is_pressing(
    house: House, a_mail: Mail, rules: Callable[[str], None], day: Day
) -> None:
    rules("rules: [{name: grievances, when: {words: grievance}, then: {department: hr, confidential: yes}}]")
    house.receives(a_mail("URGENT: my grievance", "This is unacceptable, I am furious. It is urgent.\n"))
    day.goes_on(days=2)
    escalations.fire_due(house.office)

    told = [(kind, shows(mail)) for kind, to, mail in house.sends() if to == "claire.fontaine@lindwerk.example"]
    assert {"heads_up", "warning"} <= {kind for kind, _ in told}
    for _, text in told:
        assert not any(word in text for word in ("unacceptable", "furious", "URGENT", "says so", "Eva", "grievance"))
    assert not any(word in whys(house) for word in ("unacceptable", "furious", "says so"))


LEAD, OWNER = "claire.fontaine@lindwerk.example", "tobias.lang@lindwerk.example"
TELLING = ("grievance", "Xerxes", "Eva", "eva.lund")


def replies(house: House, a_mail: Mail, to: EmailMessage, words: str, who: str) -> None:
    house.receives(a_mail("Re: [REQ-1]", words, From=who, In_Reply_To=to["Message-ID"]))


def told_to(house: House, address: str) -> list[str]:
    """What this person is told, each mail with its header fields and on one line."""
    return [
        " ".join(f"{shows(mail)} {mail['To']} {mail['Reply-To']}".split())
        for _, to, mail in house.sends()
        if to == address
    ]


def reveals_nothing(texts: list[str]) -> bool:
    return bool(texts) and not any(word in text for text in texts for word in TELLING)


@pytest.fixture
def warning(confidential: House, day: Day) -> EmailMessage:
    """What the lead got when the first answer was due."""
    confidential.sends()
    day.goes_on(hours=4, minutes=1)
    escalations.fire_due(confidential.office)
    return next(mail for kind, to, mail in confidential.sends() if to == LEAD)


@pytest.mark.parametrize(
    "words", ["> Hello\n", "resume\n", "later 2026-11-29\n", "wait until 2026-12-01\n", "move to it\n"]
)
def test_a_lead_who_answers_reads_nothing_of_it_in_what_comes_back(
    confidential: House, a_mail: Mail, warning: EmailMessage, words: str
) -> None:
    replies(confidential, a_mail, warning, words, LEAD)

    assert reveals_nothing(told_to(confidential, LEAD))


def test_the_recovery_of_a_lead_reveals_nothing(confidential: House, day: Day) -> None:
    confidential.sends()
    day.goes_on(hours=5)
    honesty.tell_broken(confidential.office, confidential.office.now())

    assert reveals_nothing(told_to(confidential, LEAD))


def test_a_lead_who_is_asked_to_look_does_not_read_the_words_that_lost_patience(
    confidential: House, a_mail: Mail
) -> None:
    confidential.sends()
    confidential.receives(a_mail("Re: [REQ-1]", "THIS IS UNACCEPTABLE, AND XERXES KNOWS IT!!!\n"))
    told = told_to(confidential, LEAD)

    assert reveals_nothing(told)
    assert "unacceptable" not in told[0].lower()
    assert "!!!" not in told[0]
    with confidential.office.store.reading() as connection:
        whys = [one.why for one in ledger.of_request(connection, 1) if one.what == "flagged"]
    assert not any("UNACCEPTABLE" in why.upper() for why in whys)


def test_the_reason_of_its_priority_which_may_name_who_asks_is_not_told(confidential: House, day: Day) -> None:
    with confidential.office.store.writing() as connection:
        requests.change(connection, 1, priority_reason="Xerxes Ltd is a key customer")
    confidential.sends()
    day.goes_on(hours=4, minutes=1)
    escalations.fire_due(confidential.office)

    assert reveals_nothing(told_to(confidential, LEAD))


def test_several_rungs_in_one_mail_reveal_nothing(confidential: House, day: Day) -> None:
    together = confidential.office.settings.rung_mails.model_copy(update={"together_above": 0})
    confidential.runs_with(settings=confidential.office.settings.model_copy(update={"rung_mails": together}))
    confidential.sends()
    day.goes_on(days=7)
    escalations.fire_due(confidential.office)
    told = [shows(mail) for kind, to, mail in confidential.sends() if (kind, to) == ("deadlines", LEAD)]

    assert reveals_nothing(told)


def test_who_was_its_owner_in_the_evening_reads_nothing_of_it_in_the_morning(
    confidential: House, a_mail: Mail, day: Day
) -> None:
    night = confidential.office.settings.rung_mails.model_copy(update={"quiet_hours": parse_interval("11:00-20:00")})
    confidential.runs_with(settings=confidential.office.settings.model_copy(update={"rung_mails": night}))
    confidential.sends()
    day.goes_on(hours=2, minutes=1)
    escalations.fire_due(confidential.office)
    assigning.assign(confidential.office, 1, department=None, owner=LEAD, actor="claire", why="mine")
    confidential.sends()
    day.at = day.at.replace(hour=19, minute=1)
    escalations.fire_due(confidential.office)

    assert {to for _, to, _ in confidential.sends()} == {LEAD}


def test_both_leads_between_whom_it_goes_round_read_nothing_of_it(confidential: House, day: Day) -> None:
    for department in ("it", "hr", "it"):
        day.goes_on(minutes=1)
        confidential.sends()
        assigning.assign(confidential.office, 1, department=department, owner=None, actor="ops", why="no, theirs")

    assert reveals_nothing(told_to(confidential, LEAD))


def test_report_and_forecast_and_simulation_reveal_nothing(confidential: House, a_mail: Mail, day: Day) -> None:
    day.goes_on(days=7)
    now = confidential.office.now()
    known = reporting.look(confidential.office, now - dt.timedelta(days=8), now)
    told = reporting.tell(confidential.office, known, now - dt.timedelta(days=8), now)
    mail = reporting.weekly_mail(confidential.office, LEAD, told, "2026-W48", now)
    text = email.message_from_bytes(mail.raw, policy=email.policy.default)
    assert isinstance(text, EmailMessage)

    assert "(confidential)" in shows(text)
    assert reveals_nothing([shows(text), repr(told)])


def test_a_forecast_names_a_confidential_request_by_its_number_alone(
    confidential: House, a_mail: Mail, rules: Callable[[str], None], day: Day
) -> None:
    rules("rules: [{name: leave, when: {words: holiday}, then: {department: hr}}]")
    for number in range(12):
        confidential.receives(a_mail(f"Holiday {number}", From=f"p{number}@lindwerk.example"))
    day.goes_on(hours=2)
    for number in range(2, 14):
        assigning.resolve(confidential.office, number, actor="ops", why="done")
    confidential.sends()
    confidential.receives(a_mail("Holiday of mine", From="last@lindwerk.example"))
    confidential.sends()
    forecasting.look_ahead(confidential.office, confidential.office.now())
    told = told_to(confidential, LEAD)

    assert reveals_nothing(told)
    assert "REQ-1 first response due" in told[0]


def test_what_its_owner_asks_its_requester_does_not_stand_in_the_ledger(confidential: House, a_mail: Mail) -> None:
    (notice,) = [mail for kind, _, mail in confidential.sends() if kind == "assignment"]
    replies(confidential, a_mail, notice, "wait for requester\nWhat did Xerxes do?\n", OWNER)

    assert confidential.request().status == "waiting"
    with confidential.office.store.reading() as connection:
        assert not any("Xerxes" in f"{one.why}" for one in ledger.of_request(connection, 1))


def test_an_operator_who_hears_of_too_many_mails_does_not_read_who_writes_them(
    confidential: House, a_mail: Mail
) -> None:
    low = confidential.office.settings.ceilings.model_copy(update={"passed_on_per_sender": 1})
    confidential.runs_with(settings=confidential.office.settings.model_copy(update={"ceilings": low}))
    confidential.sends()
    for number in range(2):
        confidential.receives(a_mail("Re: [REQ-1]", f"Once more, {number}.\n"))

    assert reveals_nothing(told_to(confidential, "olga.ops@lindwerk.example"))
