"""The mails as people read them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.desk import facts
from daemon.desk.clocks import Clock, ClockKind
from daemon.desk.notices import Notice, Stationery, TemplatesRefused, subject_of
from daemon.desk.request import Priority
from daemon.desk.samples import SAMPLES
from daemon.desk.spoken import SPEECHES
from daemon.stationery import built_in_templates

DUE = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
SINGAPORE = ZoneInfo("Asia/Singapore")


def flowed(text: str) -> str:
    """The text without its lines: a sentence is the same wherever it is broken."""
    return " ".join(text.split())


@pytest.fixture
def acknowledge(stationery, request_of_sofia, it):
    def write(**also) -> Notice:
        known = {
            "organisation": "Lindwerk",
            "owner_name": "Aylin Demir",
            "departments": ("IT", "People & HR"),
            "answer_by": DUE,
            "outside": False,
            "reader_zone": None,
        }
        request, desk = also.pop("request", request_of_sofia), also.pop("desk", it)
        return stationery.write(facts.acknowledgement(request, desk, **(known | also)))

    return write


@pytest.fixture
def clocks(request_of_sofia) -> tuple[Clock, ...]:
    opened = request_of_sofia.opened_at
    return (
        Clock(ClockKind.FIRST_RESPONSE, opened, 2 * HOUR, DUE),
        Clock(ClockKind.RESOLUTION, opened, 16 * HOUR, DUE + timedelta(days=2)),
    )


@pytest.fixture
def assign(stationery, request_of_sofia, it, clocks):
    def write(**also) -> Notice:
        known = {
            "owner_name": "Aylin Demir",
            "clocks": clocks,
            "why_here": "rule 'vpn' matched: subject has 'vpn'",
            "why_you": "Aylin Demir is the only one present",
            "words": "It drops all the time.\n\nSofia",
            "attachments": (),
            "original": "folder INBOX of it@lindwerk.example",
            "reader_zone": None,
        }
        request = also.pop("request", request_of_sofia)
        return stationery.write(facts.assignment(request, it, **(known | also)))

    return write


@pytest.fixture
def remind(stationery, request_of_sofia, it, clocks):
    def write(kind="reminder", role="owner", reader="Aylin Demir", now=DUE - timedelta(minutes=48), **also) -> Notice:
        request, owner = also.get("request", request_of_sofia), also.get("owner_name", "Aylin Demir")
        clock = clocks[also.get("clock", 0)]
        more = {name: also[name] for name in ("asked", "is_asked", "instead_of") if name in also}
        known = {"clock": clock, "role": role, "reader_name": reader, "owner_name": owner, "now": now}
        said = facts.deadline(kind, request, it, reader_zone=None, **known, **more)
        return stationery.write(said)

    return write


# --- the acknowledgement ---------------------------------------------------------------------------------


def test_the_acknowledgement_reads_as_follows(acknowledge) -> None:
    assert (
        acknowledge(reader_zone=SINGAPORE).text.replace("\N{NO-BREAK SPACE}", " ")
        == """\
Hello Sofia Reyes,

Thank you, we have your request, and it has an owner: Aylin Demir of IT.
You will hear from us by

    Tuesday 24 November, 11:30 (Berlin time); that is 18:30 for you
    (Singapore time)

This is what we understood:

  Reference     REQ-2041
  Subject       VPN drops every ten minutes
  Department    IT: Computers, accounts and telephones.
  Owner         Aylin Demir
  Priority      normal
  Our hours     Monday to Friday 09:00–17:00 (Berlin time)

Is something missing or wrong? Reply to this mail and say it in your own
words. If another department should have it, name that one: IT, People &
HR.

A machine wrote this mail, so that you know at once. The answer will
come from a person.

Lindwerk - IT - it@lindwerk.example
"""
    )


def test_the_subject_of_an_acknowledgement_says_that_it_is_automatic(acknowledge) -> None:
    assert acknowledge().subject == "Auto: [REQ-2041] VPN drops every ten minutes"


@pytest.mark.parametrize("language", SPEECHES)
def test_an_acknowledgement_says_the_same_in_html(acknowledge, request_of_sofia, language) -> None:
    notice = acknowledge(request=replace(request_of_sofia, language=language))
    words = re.findall(r"[^\W_]+", unescape(re.sub(r"<title>.*?</title>|<[^>]*>", " ", notice.html)))

    assert words == re.findall(r"[^\W_]+", notice.text)


def test_a_person_outside_learns_no_name_and_nothing_of_the_house(acknowledge, request_of_sofia) -> None:
    hurried = replace(request_of_sofia, priority=Priority.HIGH, priority_reason="rule 'vip' matched")
    text = acknowledge(request=hurried, outside=True).text

    assert "Aylin" not in text
    assert "People & HR" not in text
    assert "vip" not in text
    assert "it is with IT" in text


def test_in_triage_a_person_is_promised_and_no_department(acknowledge, request_of_sofia, triage) -> None:
    waiting = replace(request_of_sofia, department=None, owner="anke.wulf@lindwerk.example")
    text = flowed(acknowledge(request=waiting, desk=triage, owner_name="Anke Wulf").text)

    assert "so a person will read it and place it. You will hear from us by Tuesday 24 November, 11:30" in text
    assert "If you know which department it is for, name it: IT, People & HR." in text
    assert "Anke" not in text
    assert "Triage" not in text


def test_a_hurry_is_told_with_its_reason(acknowledge, request_of_sofia) -> None:
    hurried = replace(request_of_sofia, priority=Priority.HIGH, priority_reason="a customer is waiting")

    assert "  Priority      high (a customer is waiting)\n" in acknowledge(request=hurried).text


def test_a_delay_is_admitted(acknowledge) -> None:
    text = acknowledge(waited_since=datetime(2026, 11, 20, 15, 5, tzinfo=UTC)).text

    assert (
        "We are sorry: your mail arrived on Friday 20 November, 16:05, but we could not read it until now. Thank you,"
        in flowed(text)
    )


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("de", "Sie hören von uns bis Dienstag, 24. November, 11:30 Uhr (Ortszeit Berlin)"),
        ("fr", "Vous aurez de nos nouvelles au plus tard le mardi 24 novembre à 11 h 30 (heure de Berlin)"),
        ("es", "Tendrá noticias nuestras, a más tardar, el martes 24 de noviembre a las 11:30 h"),
        ("pl", "You will hear from us by Tuesday 24 November, 11:30 (Berlin time)"),
    ],
)
def test_the_acknowledgement_speaks_the_language_of_the_mail(acknowledge, request_of_sofia, language, sentence) -> None:
    assert sentence in flowed(acknowledge(request=replace(request_of_sofia, language=language)).text)


@pytest.mark.parametrize("language", SPEECHES)
@pytest.mark.parametrize("subject", ["x" * 2000, "🚧" * 500, "Ünïcödé " * 100, "שלום " * 100, "a.bc" * 300])
def test_an_acknowledgement_stays_brief_whatever_it_answers(acknowledge, request_of_sofia, language, subject) -> None:
    # Together with its header it must stay below 4 KB; base64 adds a third.
    long = replace(
        request_of_sofia, subject=subject, requester_name=subject, language=language, priority_reason=subject
    )

    assert len(acknowledge(request=long, reader_zone=SINGAPORE).text.encode()) * 4 / 3 < 3072


def test_nothing_of_what_a_stranger_wrote_becomes_a_link_or_a_template(acknowledge, request_of_sofia) -> None:
    sly = replace(
        request_of_sofia,
        subject="{{ 7*7 }} {% for %} visit https://evil.example\r\nBcc: all@lindwerk.example",
        requester_name="Pay at evil.example",
    )
    notice = acknowledge(request=sly)

    assert "{{ 7*7 }} {% for %} visit evil[.]example Bcc: all@lindwerk[.]example" in " ".join(notice.text.split())
    assert "\n" not in notice.subject
    assert "evil.example" not in notice.text + notice.subject


def test_a_mail_without_a_subject_is_said_to_have_none(acknowledge, request_of_sofia) -> None:
    assert acknowledge(request=replace(request_of_sofia, subject=" ")).subject == "Auto: [REQ-2041] (no subject)"


def test_who_has_no_name_is_greeted_without_one(acknowledge, request_of_sofia) -> None:
    assert acknowledge(request=replace(request_of_sofia, requester_name="")).text.startswith("Hello,\n")


# --- to the owner ----------------------------------------------------------------------------------------


def test_an_owner_reads_how_to_answer_and_until_when(assign) -> None:
    text = assign().text

    assert (
        "To answer, reply to this mail: what you write above the quotation goes to Sofia Reyes from "
        "it@lindwerk.example, and your own address stays out of it." in flowed(text)
    )
    assert "  Answer by     Tuesday 24 November, 11:30 (Berlin\N{NO-BREAK SPACE}time)\n" in text
    assert "  Resolve by    Thursday 26 November, 11:30" in text
    assert "  Why here      rule 'vpn' matched: subject has 'vpn'\n" in text
    assert "  Why you       Aylin Demir is the only one present\n" in text


def test_an_owner_gets_all_the_words_and_the_names_of_all_files(assign) -> None:
    text = assign(attachments=[("error.png", 214_300), ("../../etc/cron.d/x\n", 12)]).text

    assert "> It drops all the time.\n>\n> Sofia\n" in text
    assert "2 files came with it; you find them in the original mail, folder INBOX\nof it@lindwerk.example:" in text
    assert "  error.png (214 KB)\n  ../../etc/cron.d/x (12 bytes)" in text


def test_a_file_of_unknown_size_is_named_without_one(assign) -> None:
    assert assign(attachments=[("error.png", 0)]).text.endswith("\n  error.png\n")


def test_who_places_requests_reads_how(assign, request_of_sofia) -> None:
    notice = assign(request=replace(request_of_sofia, department=None, owner=None))

    assert "Neither a rule nor the model could tell for certain which department this request is for." in flowed(
        notice.text
    )
    assert '\n    postroom assign REQ-2041 --department NAME --why "REASON"\n' in notice.text
    assert "If you can answer it yourself, reply to this mail:" in flowed(notice.text)
    assert notice.html is not None
    assert "postroom assign REQ-2041" in notice.html


def test_a_mail_without_a_sender_is_from_an_unknown_one(assign, request_of_sofia) -> None:
    notice = assign(request=replace(request_of_sofia, requester="", requester_name=""))

    assert "  From          an unknown sender\n" in notice.text


def test_no_line_of_a_requester_can_pass_for_one_of_ours(assign) -> None:
    forged = "hi\n\nAnswer by     never\r\n  Priority      low\x0bWhy you       obey\u2028Reply to evil@x"
    text = assign(words=forged).text

    quoted = text[text.index("Sofia Reyes wrote:\n") :].splitlines()[2:]
    assert all(line.startswith(">") for line in quoted if line)


def test_a_very_long_mail_is_cut_and_it_is_said_where_the_rest_is(assign) -> None:
    notice = assign(words="word " * 20_000)

    assert len(notice.text) < 62_000
    assert notice.text.endswith(
        "The mail is longer than this; you find the rest in the original, folder\nINBOX of it@lindwerk.example.\n"
    )


def test_html_shows_what_was_written_and_runs_nothing(assign, request_of_sofia) -> None:
    sly = replace(request_of_sofia, subject="<script>alert(1)</script>", requester_name="<b>Sofia</b>")
    html = assign(request=sly, words="<img src=x onerror=y>\n& more", attachments=[("<svg onload=z>.png", 1)]).html

    assert html is not None
    assert "&lt;img src=x onerror=y&gt;<br>&amp; more" in html
    assert all(f"<{tag}" not in html for tag in ("script", "b>", "img", "svg"))


def test_html_fetches_nothing_and_links_to_nothing(stationery) -> None:
    for sample in SAMPLES:
        html = stationery.write(sample).html or ""
        html = html.replace('src="cid:', "")  # a part of the mail itself (RFC 2392), which is attached to it
        assert all(
            sign not in html for sign in ("http:", "https:", "href", "src=", "url(", "<style", "<script", "background")
        )


def test_the_owner_of_a_reopened_request_reads_that_it_is_open_again(stationery, request_of_sofia, it, clocks) -> None:
    said = facts.follow_up(
        request_of_sofia,
        it,
        owner_name="Aylin Demir",
        clocks=clocks[1:],
        is_reopened=True,
        arrived=DUE,
        words="It is back.",
        attachments=(),
        original="folder INBOX of it@lindwerk.example",
        reader_zone=None,
    )
    notice = stationery.write(said)

    assert notice.subject == "[REQ-2041] VPN drops every ten minutes"
    assert (
        "Sofia Reyes wrote again about REQ-2041, which was resolved; it is open\nagain and still yours." in notice.text
    )
    assert "  Promised by   Thursday 26 November, 11:30" in notice.text
    assert "> It is back.\n" in notice.text


# --- to the requester, from a person ---------------------------------------------------------------------


def test_an_answer_is_the_owners_words_and_one_line(stationery, request_of_sofia, it) -> None:
    words = "Hello Sofia,\n\n  it holds now:\n\n\nhttps://status.lindwerk.example\n\nAylin"
    notice = stationery.write(
        facts.answer(
            request_of_sofia, it, organisation="Lindwerk", owner_name="Aylin Demir", words=words, outside=False
        )
    )

    assert notice.subject == "Re: [REQ-2041] VPN drops every ten minutes"
    assert notice.text == f"{words}\n\n-- \nREQ-2041 · Aylin Demir, IT, Lindwerk · Reply to ask or add.\n"


def test_an_answer_to_a_person_outside_names_the_department_alone(stationery, request_of_sofia, it) -> None:
    said = facts.answer(
        request_of_sofia, it, organisation="Lindwerk", owner_name="Aylin Demir", words="Done.", outside=True
    )

    assert stationery.write(said).text == "Done.\n\n-- \nREQ-2041 · IT, Lindwerk · Reply to ask or add.\n"


def test_a_requester_is_told_who_has_the_request_now(stationery, request_of_sofia, it) -> None:
    said = facts.new_owner(
        request_of_sofia,
        it,
        organisation="Lindwerk",
        owner_name="Jonas Petersen",
        before="Aylin Demir",
        why="",
        answer_by=DUE,
        said_at=request_of_sofia.opened_at,
        outside=False,
        reader_zone=None,
    )
    notice = stationery.write(said)

    assert notice.subject == "[REQ-2041] VPN drops every ten minutes"
    assert (
        "Your request REQ-2041 has a new owner: Jonas Petersen of IT looks after\nit now, no longer Aylin Demir. "
        "Nothing that you wrote is lost, and you\nneed not write it again.\n" in notice.text
    )
    assert "  Answer by     Tuesday 24 November, 11:30 (Berlin\N{NO-BREAK SPACE}time)\n" in notice.text


# --- reminders, warnings, escalations --------------------------------------------------------------------


def test_a_reminder_tells_the_owner_how_much_time_is_left(remind) -> None:
    notice = remind()

    assert notice.subject == "Reminder: [REQ-2041] VPN drops every ten minutes"
    assert "The first answer of REQ-2041 is due on Tuesday 24 November, 11:30\n" in notice.text
    assert ": 48 minutes of working time are left.\n" in notice.text
    assert "To answer, reply to this mail:" in notice.text
    assert notice.text.endswith("You get this mail because it is yours.\n")


def test_a_warning_tells_the_lead_whom_to_help(remind) -> None:
    text = remind("warning", "lead", "Mara Vogt").text

    assert text.startswith("Hello Mara Vogt,\n\nA promise of IT is in danger.")
    asks = "Mara Vogt, please see to it: ask Aylin Demir (aylin.demir@lindwerk.example) whether you can help"
    assert asks in flowed(text)
    assert "A reply to this mail does not go to Aylin Demir: it is sent to Sofia Reyes, as the answer of IT." in flowed(
        text
    )
    assert text.endswith("You get this mail as the lead of IT.\n")


def test_an_escalation_says_plainly_that_a_promise_was_broken(remind) -> None:
    notice = remind("escalation", "escalation", "", now=DUE + 2 * HOUR, clock=0)

    assert notice.subject == "Late: [REQ-2041] VPN drops every ten minutes"
    assert notice.text.startswith("Hello,\n\nIT has not kept a promise. The first answer of REQ-2041 was due on\n")
    assert "(Berlin time): 2 hours of working time have gone by since." in flowed(notice.text)


def test_nobody_is_named_as_owner_while_there_is_none(remind, request_of_sofia) -> None:
    text = remind("warning", "lead", "Mara Vogt", request=replace(request_of_sofia, owner=None), owner_name="").text

    assert "  Owner         nobody yet\n" in text
    assert "Nobody owns it. Mara Vogt, please find somebody who is free;" in flowed(text)


def test_who_is_told_beside_the_one_who_is_asked_reads_who_that_is(remind) -> None:
    text = flowed(remind("escalation", "lead", "Mara Vogt", asked="Aylin Demir", is_asked=False).text)

    assert "Aylin Demir is asked to see to it; you are told so that you know." in text


def test_a_deputy_reads_in_whose_place_they_are_told(remind) -> None:
    text = remind("escalation", "deputy", "Jonas Petersen", instead_of="Aylin Demir").text

    assert text.endswith("You get this mail in place of Aylin Demir, who is away.\n")


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (DUE - HOUR, "1 hour of working time is left"),
        (DUE - timedelta(minutes=1), "1 minute of working time is left"),
        (DUE, "that is now"),
        (DUE + timedelta(minutes=5), "5 minutes of working time have gone by since"),
        (DUE + HOUR, "1 hour of working time has gone by since"),
        (DUE - timedelta(days=4), "16 hours of working time are left"),
    ],
)
def test_what_is_left_is_counted_in_working_time(office, now, said) -> None:
    assert facts.say_left(DUE, now, office) == said


def test_an_alarm_says_what_happened_and_what_to_do(stationery) -> None:
    said = facts.alarm(
        "a mail in it@lindwerk.example could not be read",
        "A mail could not be read and was set aside.",
        [("Mailbox", "it@lindwerk.example, INBOX, UID 7"), ("Subject", "hi\x1b[2J\nBcc: x")],
        "Look at the mail in the mailbox.",
        organisation="Lindwerk",
    )
    notice = stationery.write(said)

    assert notice.subject == "Postroom alarm: a mail in it@lindwerk.example could not be read"
    assert (
        notice.text
        == """\
A mail could not be read and was set aside.

  Mailbox       it@lindwerk.example, INBOX, UID 7
  Subject       hi[2J Bcc: x

What to do:

  Look at the mail in the mailbox.

You get this mail as an operator of Postroom at Lindwerk.
"""
    )


# --- every mail ------------------------------------------------------------------------------------------


def kinds_of_samples() -> list[str]:
    return [f"{sample.kind}-{sample.language}" for sample in SAMPLES]


@pytest.mark.parametrize("sample", SAMPLES, ids=kinds_of_samples())
def test_our_own_lines_fit_72_columns(stationery, sample) -> None:
    text = stationery.write(sample).text
    ours = [line for line in text.splitlines() if not line.startswith(">")]

    assert [line for line in ours if len(line) > 72] == []


@pytest.mark.parametrize("sample", SAMPLES, ids=kinds_of_samples())
def test_no_mail_has_holes_or_ragged_ends(stationery, sample) -> None:
    text = stationery.write(sample).text

    assert "\n\n\n" not in text
    assert [line for line in text.splitlines() if line != line.rstrip() and line != "-- "] == []


@pytest.mark.parametrize("sample", SAMPLES, ids=kinds_of_samples())
def test_every_subject_is_one_line_with_the_reference(sample) -> None:
    subject = subject_of(sample)

    assert "\n" not in subject
    assert "[REQ-2041]" in subject or sample.kind in (
        "alarm",
        "deadlines",
        "house_notice",
        "report",
    )  # about no one request


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subject=st.text(max_size=300), name=st.text(max_size=100), words=st.text(max_size=500))
def test_no_text_of_a_stranger_breaks_a_mail(assign, acknowledge, request_of_sofia, subject, name, words) -> None:
    request = replace(request_of_sofia, subject=subject, requester_name=name)
    notices = (acknowledge(request=request), assign(request=request, words=words, attachments=[(name, 1)]))

    for notice in notices:
        seen = notice.subject + notice.text.replace("\n", "")
        assert all(one.isprintable() or one in "\N{NO-BREAK SPACE}\u200c\u200d" or ord(one) > 127 for one in seen)
        assert "\n" not in notice.subject


# --- templates that are refused --------------------------------------------------------------------------


def refusal(**changed: str) -> str:
    names = {name.replace(".", "_").removesuffix("_j2"): name for name in built_in_templates()}
    with pytest.raises(TemplatesRefused) as refused:
        Stationery(built_in_templates() | {names[key]: text for key, text in changed.items()}).require_sound()
    return str(refused.value)


def test_a_template_that_does_not_compile_is_refused_with_its_line() -> None:
    assert refusal(alarm_en_txt="{{ what }}\n{% if details %}\nno end\n").startswith(
        "alarm.en.txt.j2, line 3: Unexpected end of template."
    )


def test_a_name_that_the_mail_does_not_know_is_refused_even_where_no_sample_goes() -> None:
    found = refusal(acknowledgement_de_txt="{{ reference }}\n{% if subject == 'never' %}\n{{ sender }}\n{% endif %}\n")

    assert found == "acknowledgement.de.txt.j2, line 3: 'sender' is nothing that this mail knows"


def test_a_part_of_a_value_that_does_not_exist_is_refused_with_its_line() -> None:
    found = refusal(assignment_en_txt="{{ words }}\n{% for one in enclosures %}\n{{ one.bytes }}\n{% endfor %}\n")

    assert found.startswith("assignment.en.txt.j2, line 3: ")
    assert "has no attribute 'bytes'" in found


def test_a_mistake_in_a_shared_part_is_told_once_and_where_it_is() -> None:
    found = refusal(layout_html="<p>\n{{ subjekt }}\n{% block content %}{% endblock %}\n")

    assert found == "layout.html.j2, line 2: 'subjekt' is undefined"


def test_all_mistakes_are_told_at_once() -> None:
    found = refusal(alarm_en_txt="{{ wat }}", reminder_en_txt="{% if %}").splitlines()

    assert [line.split(",")[0] for line in found] == ["alarm.en.txt.j2", "reminder.en.txt.j2"]


def test_a_template_cannot_leave_its_sandbox() -> None:
    found = refusal(alarm_en_txt="{{ ''.__class__.__mro__ }}")

    assert "access to attribute '__class__' of 'str' object is unsafe" in found


def test_a_missing_part_is_named() -> None:
    assert refusal(alarm_en_txt="{% include 'footer.j2' %}") == (
        "alarm.en.txt.j2: it uses the template 'footer.j2', which does not exist"
    )


def test_a_missing_mail_is_named() -> None:
    kept = {name: text for name, text in built_in_templates().items() if name != "reminder.en.txt.j2"}
    with pytest.raises(TemplatesRefused) as refused:
        Stationery(kept).require_sound()

    assert str(refused.value) == ("reminder.en.txt.j2: this template is missing, so its mail could not be written")
