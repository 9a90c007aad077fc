from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from daemon.mail.message import Address, Message, Report
from daemon.mail.nature import (
    DEFECTS,
    SENTENCES,
    Nature,
    Reason,
    is_request,
    may_acknowledge,
    nature_of,
    nature_of_mail,
)
from daemon.mail.signs import is_system_address

MARA = Address("Mara Vogt", "mara.vogt@lindwerk.example")
IT = Address("IT", "it@lindwerk.example")


def _message(*headers: tuple[str, str], **facts: Any) -> Message:
    usual: dict[str, Any] = {
        "sender": MARA,
        "senders": (facts.get("sender", MARA),),
        "to": (IT,),
        "return_path": MARA.address,
        "subject": "Printer",
        "headers": headers,
    }
    return Message(**(usual | facts))


def _acknowledged(message: Message, watched: frozenset[str], **circumstances: bool) -> str:
    usual = {"external_allowed": False, "answers_our_automatic_mail": False} | circumstances
    decision = may_acknowledge(
        message,
        nature_of(message, watched),
        watched=watched,
        internal_domains=frozenset({"lindwerk.example"}),
        **usual,
    )
    assert decision.yes == (decision.reason is Reason.NOTHING_AGAINST)
    return decision.reason.value


def test_every_reason_has_a_sentence_of_its_own() -> None:
    assert set(SENTENCES) == set(Reason)
    assert len(set(SENTENCES.values())) == len(Reason)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())
    assert Reason.LIST.sentence == "This came through a mailing list."


# -- Auto-Submitted (RFC 3834 5) --


@pytest.mark.parametrize(
    "value",
    ["no", "No", "NO", " no ", "no; x=1", "no (by user)", "No (by user)", "(x) no", "no (a (nested) comment)", "no;"],
)
def test_auto_submitted_no_is_a_person(value: str, watched: frozenset[str]) -> None:
    message = _message(("auto-submitted", value))

    assert nature_of(message, watched) == Nature("human")
    assert _acknowledged(message, watched) == "nothing_against"


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("auto-replied", "automatic_reply"),
        ("Auto-Replied", "automatic_reply"),
        ("auto-replied (vacation)", "automatic_reply"),
        ("(vacation) auto-replied", "automatic_reply"),
        ('auto-replied; owner-email="a@x.example"', "automatic_reply"),
        ("auto-replied; x=1; y=2", "automatic_reply"),
        ("auto-generated", "system"),
        ("AUTO-GENERATED", "system"),
        ("auto-generated (rejected)", "system"),
        ("auto-generated; type=x", "system"),
        ("auto-notified", "system"),
        ("auto-notified; owner-email=x", "system"),
        ("x-foo", "system"),
        ("yes", "system"),
        ("true", "system"),
        ("", "system"),
        ("()", "system"),
        (";", "system"),
        ("no way", "system"),
        ("no, really", "system"),
        ('"no"', "system"),
        ("(no", "system"),
        ("no)", "system"),
        ("nо", "system"),  # with a Cyrillic о
        ("not", "system"),
        ("no auto-replied", "system"),
    ],
)
def test_any_other_auto_submitted_is_a_program(value: str, kind: str, watched: frozenset[str]) -> None:
    message = _message(("auto-submitted", value))

    assert kind == nature_of(message, watched).kind
    assert _acknowledged(message, watched) == "auto_submitted"


def test_one_auto_submitted_of_several_is_enough(watched: frozenset[str]) -> None:
    message = _message(("auto-submitted", "no"), ("auto-submitted", "auto-generated"))

    assert _acknowledged(message, watched) == "auto_submitted"


# -- who never reads mail --


@pytest.mark.parametrize(
    "local_part",
    [
        *("no-reply", "noreply", "no_reply", "No.Reply", "do-not-reply", "donotreply", "do_not_reply", "not-reply"),
        *("noreply+abc", "noreply-billing", "jira-noreply", "postmaster", "ne-pas-repondre", "no-responder"),
        *("owner-staff", "staff-owner", "staff-request", "staff-bounces", "staff-bounces+mara=x.example"),
        *("bounce", "bounces", "bounce+123", "bounce-44-a", "listserv", "majordomo", "mailman"),
        *("root", "daemon", "nobody", "autoresponder", "auto-reply"),
    ],
)
def test_a_system_address_gets_no_answer(local_part: str, watched: frozenset[str]) -> None:
    sender = Address("", f"{local_part}@lindwerk.example")

    assert is_system_address(sender)
    assert _acknowledged(_message(sender=sender), watched) == "system_sender"
    assert is_request(_message(sender=sender), Nature("system"), watched=watched, install_id="i").yes


@pytest.mark.parametrize(
    "local_part",
    [
        *("bouncer.joe", "norman.postmaster", "owner", "request", "requests", "mara.request", "rooty", "daemon.smith"),
        *("reply", "noreplying.nora", "listservice", "bounceback.bill"),
    ],
)
def test_people_whose_address_looks_like_a_system_address_stay_people(local_part: str, watched: frozenset[str]) -> None:
    sender = Address("", f"{local_part}@lindwerk.example")

    assert not is_system_address(sender)
    assert _acknowledged(_message(sender=sender), watched) == "nothing_against"


# -- each reason, on and off --

ON: dict[Reason, Message] = {
    Reason.LOOP_HEADER: _message(loop="5f2b"),
    Reason.OWN_ADDRESS: _message(sender=IT),
    Reason.BOUNCE: _message(report=Report("delivery-status")),
    Reason.DISPOSITION_NOTIFICATION: _message(report=Report("disposition-notification")),
    Reason.AUTO_SUBMITTED: _message(("auto-submitted", "auto-generated")),
    Reason.OUT_OF_OFFICE: _message(subject="Out of Office: back on Monday"),
    Reason.NULL_RETURN_PATH: _message(return_path=""),
    Reason.AUTOMATIC_HEADER: _message(("x-autoreply", "yes")),
    Reason.LIST: _message(("list-id", "<staff.lindwerk.example>")),
    Reason.PRECEDENCE: _message(("precedence", "bulk")),
    Reason.RESPONSE_SUPPRESSED: _message(("x-auto-response-suppress", "DR, OOF, AutoReply")),
    Reason.X_LOOP: _message(("x-loop", "other desk")),
    Reason.SYSTEM_SENDER: _message(sender=Address("", "no-reply@lindwerk.example")),
    Reason.SYSTEM_RETURN_PATH: _message(return_path="bounces+12@lindwerk.example"),
    Reason.SEVERAL_SENDERS: _message(senders=(MARA, Address("", "evil@x.example"))),
    Reason.NO_SENDER: _message(sender=Address("Mara", "")),
    Reason.UNSENDABLE_SENDER: _message(sender=Address("", '"mara vogt"@lindwerk.example')),
    Reason.MALFORMED: _message(defects=tuple(map(str, range(DEFECTS)))),
    Reason.SPAM: _message(("x-spam-flag", "YES")),
    Reason.DISOWNED_SENDER: _message(
        ("authentication-results", "mx.lindwerk.example; dmarc=fail (p=reject) header.from=x")
    ),
    Reason.EXTERNAL_SENDER: _message(sender=Address("", "guest@visitor.example")),
    Reason.NOT_ADDRESSED: _message(to=(Address("", "someone@lindwerk.example"),)),
    Reason.NO_PERSON: _message(report=Report("feedback-report")),
}


@pytest.mark.parametrize("reason", ON)
def test_each_reason_against_an_answer_speaks(reason: Reason, watched: frozenset[str]) -> None:
    assert reason.value == _acknowledged(ON[reason], watched)


OFF: dict[Reason, Message] = {
    Reason.LOOP_HEADER: _message(loop=""),
    Reason.OWN_ADDRESS: _message(sender=Address("", "itx@lindwerk.example")),
    Reason.BOUNCE: _message(subject="Undeliverable parcel at the gate"),
    Reason.DISPOSITION_NOTIFICATION: _message(subject="Read: the news"),
    Reason.AUTO_SUBMITTED: _message(("auto-submitted", "no")),
    Reason.OUT_OF_OFFICE: _message(subject="Out of office settings do not work"),
    Reason.NULL_RETURN_PATH: _message(return_path=None),
    Reason.AUTOMATIC_HEADER: _message(("x-autoreply", "no")),
    Reason.LIST: _message(("list-price", "12 EUR")),
    Reason.PRECEDENCE: _message(("precedence", "first-class")),
    Reason.RESPONSE_SUPPRESSED: _message(("x-auto-response-suppress", "DR, RN, NRN")),
    Reason.X_LOOP: _message(("x-looped", "1")),
    Reason.SYSTEM_SENDER: _message(sender=Address("", "norbert.reply@lindwerk.example")),
    Reason.SYSTEM_RETURN_PATH: _message(return_path="prvs=1234abcdef=mara.vogt@lindwerk.example"),
    Reason.SEVERAL_SENDERS: _message(senders=(MARA,)),
    Reason.NO_SENDER: _message(sender=Address("", "m@lindwerk.example")),
    Reason.UNSENDABLE_SENDER: _message(sender=Address("", "mara+desk@lindwerk.example")),
    Reason.MALFORMED: _message(defects=tuple(map(str, range(DEFECTS - 1)))),
    Reason.SPAM: _message(("x-spam-status", "No, score=-1.2")),
    Reason.DISOWNED_SENDER: _message(
        ("authentication-results", "mx.lindwerk.example; dmarc=fail (p=none) header.from=x")
    ),
    Reason.EXTERNAL_SENDER: _message(sender=Address("", "new.person@lindwerk.example")),
    Reason.NOT_ADDRESSED: _message(to=(), cc=(Address("", "IT@lindwerk.example"),)),
    Reason.NO_PERSON: _message(report=None),
}


@pytest.mark.parametrize("reason", OFF)
def test_what_only_resembles_a_reason_does_not(reason: Reason, watched: frozenset[str]) -> None:
    assert ON.keys() == OFF.keys()
    assert _acknowledged(OFF[reason], watched) == "nothing_against"


def test_an_answer_to_our_automatic_mail_is_never_answered_automatically(watched: frozenset[str]) -> None:
    assert _acknowledged(_message(), watched, answers_our_automatic_mail=True) == "answers_our_automatic_mail"


def test_outsiders_are_answered_where_that_is_allowed(watched: frozenset[str]) -> None:
    message = ON[Reason.EXTERNAL_SENDER]

    assert _acknowledged(message, watched, external_allowed=True) == "nothing_against"


@pytest.mark.parametrize("path", ["MAILER-DAEMON", "#@[]", "listserv@x.example", "staff-bounces+a=b@x.example"])
def test_the_return_path_of_a_program_stops_the_answer(path: str, watched: frozenset[str]) -> None:
    assert _acknowledged(_message(return_path=path), watched) == "system_return_path"


def test_two_from_fields_with_one_address_stop_the_answer(watched: frozenset[str]) -> None:
    message = _message(("from", MARA.address), ("from", MARA.address), senders=(MARA, MARA))

    assert _acknowledged(message, watched) == "several_senders"


def test_there_are_24_reasons_against_an_answer_and_each_is_tried() -> None:
    said_otherwise = {Reason.ANSWERS_OUR_AUTOMATIC_MAIL, Reason.NULL_RETURN_PATH}
    yes = {Reason.PERSON, Reason.PROGRAM, Reason.LIST_TO_US, Reason.BLIND_COPY, Reason.NOTHING_AGAINST}
    only_of_requests = {Reason.OWN_MAIL, Reason.AUTOMATIC_REPLY, Reason.LIST_TO_OTHERS}

    assert set(Reason) - yes - only_of_requests == set(ON) | said_otherwise
    assert len(set(ON) | said_otherwise) == 24


@pytest.mark.parametrize(
    "header",
    [
        ("x-spam-flag", "YES"),
        ("x-spam-status", "Yes, score=9.1 required=5.0"),
        ("x-spam", "Yes"),
        ("x-forefront-antispam-report", "CIP:192.0.2.7;CTRY:;LANG:en;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:mx"),
        ("x-ms-exchange-organization-scl", "6"),
    ],
)
def test_what_a_filter_marked_as_spam_is_kept_and_not_answered(
    header: tuple[str, str], watched: frozenset[str]
) -> None:
    message = _message(header)

    assert nature_of(message, watched).kind == "human"
    assert _acknowledged(message, watched) == "spam"


@pytest.mark.parametrize(
    "result", ["dmarc=fail (p=reject)", "dmarc=fail action=oreject", "dmarc=fail (p=quarantine dis=none)"]
)
def test_what_its_domain_asks_to_refuse_is_not_answered(result: str, watched: frozenset[str]) -> None:
    assert _acknowledged(_message(("authentication-results", f"mx; spf=pass; {result}")), watched) == "disowned_sender"


@pytest.mark.parametrize(
    "result", ["dmarc=pass (p=reject)", "dmarc=fail (p=none)", "dmarc=fail; x=y (p=reject)", "dmarc=none"]
)
def test_a_mere_failure_of_dmarc_says_too_little(result: str, watched: frozenset[str]) -> None:
    assert _acknowledged(_message(("authentication-results", f"mx; {result}")), watched) == "nothing_against"


# -- kinds --


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("human", _message()),
        ("human", _message(("x-auto-response-suppress", "DR, RN, NRN, OOF, AutoReply"))),
        ("human", _message(("x-loop", "x"))),
        ("human", _message(subject="Out of Office: how do I set it?")),
        ("human", _message(subject="Re: Automatic reply: Printer", in_reply_to=("a@x",))),
        ("human", _message(subject="Undelivered mail since Monday")),
        ("human", _message(sender=Address("", "post@lindwerk.example"), subject="Delivery failed on Monday")),
        ("human", _message(("auto-submitted", "auto-forwarded"))),
        ("human", _message(sender=Address("root", "root@lindwerk.example"), subject="Disk quota for the team")),
        ("human", _message(subject="Automatic reply: how do I set it?", words="Please help, I am away next week.")),
        (
            "human",
            _message(
                subject="Fwd: x",
                references=("a@x",),
                words="See.\n---------- Forwarded message ----------\nThis is an automatic reply.",
            ),
        ),
        ("automatic_reply", _message(subject="[x.example #12] AutoReply: Printer", in_reply_to=("a@x",))),
        ("automatic_reply", _message(subject="Abwesenheitsnotiz", words="Ich bin bis Montag nicht im Büro.")),
        ("automatic_reply", _message(subject="Re: Printer", in_reply_to=("a@x",), words="This is an automatic reply.")),
        ("automatic_reply", _message(subject="Urlaub: Drucker", in_reply_to=("a@x",))),
        ("automatic_reply", _message(subject="Automatiskt svar från Mara", references=("a@x",))),
        ("automatic_reply", _message(("x-autoresponder-loop", "1"), in_reply_to=("a@x",))),
        ("automatic_reply", _message(("x-zimbra-autoreply", "1"))),
        ("human", _message(("x-auto-response-suppress", "DR"))),
        ("human", _message(subject="Urlaub", words="Ich möchte vom 3. bis 7. März Urlaub nehmen.")),
        ("human", _message(subject="Abwesend", words="Ich bin am Montag abwesend, bitte tragt mich aus.")),
        ("human", _message(subject="Annual leave", words="I'm away until Monday, please leave the key at the desk.")),
        ("human", _message(subject="Re: Urlaub", in_reply_to=("a@x",), words="Genehmigt? Bitte um Antwort.")),
        ("human", _message(subject="Re: Mara is out of the office", in_reply_to=("a@x",), words="Who replaces her?")),
        ("human", _message(subject="Vacation plan", in_reply_to=("a@x",), words="Is it right?")),
        ("human", _message(("x-auto-response-suppress", "All"), subject="Out of office settings do not work")),
        ("human", _message(subject="Auto: Reparatur", words="Der Wagen ist kaputt.")),
        ("human", _message(subject="Read: our new handbook", words="Please print it for me.")),
        ("human", _message(subject="Newsletter", words="Please unsubscribe me.", text="Please unsubscribe me.")),
        (
            "disposition_notification",
            _message(subject="Gelesen: Drucker", text="Ihre Nachricht\n\n wurde am Montag, 2. Februar 2026 gelesen."),
        ),
        ("system", _message(text="https://x.example\nUnsubscribe\nView in browser")),
        (
            "human",
            _message(references=("a@x",), text="Stop this.\n\n> https://x.example\n> Unsubscribe\n> View in browser"),
        ),
        ("system", _message(("x-gitlab-pipeline-id", "12"))),
        ("system", _message(("x-mailer", "AVM FRITZ!Box 7590"))),
        ("system", _message(sender=Address("", "calendar-notification@x.example"))),
        ("system", _message(sender=Address("", "quarantine@x.example"))),
        ("system", _message(sender=Address("", "invitation-do-not-reply@x.example"))),
        ("system", _message(subject="unattended-upgrades result for web: SUCCESS")),
        ("human", _message(sender=Address("Robert Scan", "robert.scan@x.example"))),
        ("automatic_reply", _message(("x-precedence", "auto_reply"))),
        ("automatic_reply", _message(("preference", "auto_reply"))),
        ("automatic_reply", _message(("x-autorespond", "Printer"))),
        ("automatic_reply", _message(("x-otrs-loop", "yes"))),
        ("automatic_reply", _message(("x-autogenerated", "Reply"))),
        ("automatic_reply", _message(("x-post-messageclass", "9; Autoresponder"))),
        ("automatic_reply", _message(("delivered-to", "Autoresponder"))),
        ("system", _message(("x-autogenerated", "Mirror"))),
        ("system", _message(subject="** PROBLEM Service Alert: web/HTTP is CRITICAL **")),
        ("system", _message(subject="[FIRING:1] DiskFull")),
        ("system", _message(sender=Address("Scanner", "scanner@lindwerk.example"))),
        ("automatic_reply", _message(("x-mailer", "vacation 1.2.7"))),
        ("automatic_reply", _message(sender=Address("", "autoresponder@x.example"))),
        ("system", _message(subject="Report Domain: lindwerk.example Submitter: x.example Report-ID: 7")),
        ("system", _message(subject="Cron <root@mail> backup", sender=Address("", "root@lindwerk.example"))),
        ("system", _message(("tls-report-domain", "lindwerk.example"))),
        ("system", _message(("x-github-reason", "mention"), ("list-id", "<a.b>"))),
        ("system", _message(("x-jira-fingerprint", "1"))),
        ("system", _message(("x-mailer", "OTRS Mail Service (6.0)"))),
        ("system", _message(message_id="rt-4.4.3-1-1529425595-591.33575-211-0@x.example")),
        ("system", _message(return_path="prvs=1234abcdef=www-data@x.example")),
        ("system", _message(reply_to=(Address("", "noreply@x.example"),))),
        ("system", _message(words="This is an automated message. Please do not reply to this e-mail.")),
        ("system", _message(("auto-submitted", "auto-generated (rejected)"), report=Report(""))),
        ("list", _message(("precedence", "bulk"), ("sender", "owner-staff@lindwerk.example"))),
        ("list", _message(("list-id", "<news.x>"), ("list-unsubscribe-post", "List-Unsubscribe=One-Click"))),
        ("automatic_reply", _message(subject="Automatic reply: Printer", in_reply_to=("a@x",))),
        ("automatic_reply", _message(subject="Abwesenheitsnotiz", references=("a@x",))),
        ("automatic_reply", _message(("x-auto-response-suppress", "All"), subject="Réponse automatique : Imprimante")),
        ("automatic_reply", _message(("auto-submitted", "auto-generated"), subject="Respuesta automática: Hola")),
        ("automatic_reply", _message(("precedence", "auto_reply"))),
        ("automatic_reply", _message(return_path="")),
        ("bounce", _message(report=Report("delivery-status"))),
        (
            "bounce",
            _message(
                sender=Address("Mail Delivery System", "x@y.example"), subject="Undeliverable: We have your request"
            ),
        ),
        ("bounce", _message(return_path="", subject="failure notice")),
        ("bounce", _message(return_path="", sender=Address("", "postmaster@x.example"))),
        ("disposition_notification", _message(report=Report("disposition-notification"))),
        ("list", _message(("list-unsubscribe", "<mailto:a@x.example>"))),
        ("list", _message(("precedence", "list"))),
        ("system", _message(report=Report("feedback-report"))),
        ("system", _message(("precedence", "bulk"))),
        ("system", _message(("x-auto-generated", "1"))),
        ("system", _message(sender=IT)),
        ("system", _message(loop="5f2b")),
    ],
)
def test_the_kind_of_a_message(kind: str, message: Message, watched: frozenset[str]) -> None:
    nature = nature_of(message, watched)

    assert kind == nature.kind
    assert bool(nature.evidence) == (kind != "human")
    assert all(sentence.endswith(".") for sentence in nature.evidence)


@pytest.mark.parametrize(
    "headers",
    [
        (("list-id", "IT <it.lindwerk.example>"), ("precedence", "list"), ("x-google-group-id", "1234")),
        (("list-id", "<it.lindwerk.example>"), ("list-post", "<mailto:it@lindwerk.example>"), ("x-beenthere", "it@x")),
        (("list-id", "<it.lindwerk.example>"), ("list-unsubscribe", "<mailto:it-leave@lindwerk.example>")),
    ],
)
def test_a_person_who_writes_through_a_group_is_a_person(
    headers: tuple[tuple[str, str], ...], watched: frozenset[str]
) -> None:
    message = _message(*headers)
    nature = nature_of(message, watched)

    assert (nature.kind, nature.evidence) == (
        "human",
        ("The field list-id names a group, and the mail names one of our addresses.",),
    )
    assert is_request(message, nature, watched=watched, install_id="i").reason is Reason.LIST_TO_US
    assert _acknowledged(message, watched) == "list"
    assert nature_of(_message(*headers, to=(Address("", "staff@x.example"),)), watched).kind == "list"


def test_a_program_on_a_list_that_does_not_name_us_makes_no_request(watched: frozenset[str]) -> None:
    message = _message(("x-github-reason", "subscribed"), ("list-id", "<a.b>"), to=(Address("", "a@b.example"),))
    decision = is_request(message, nature_of(message, watched), watched=watched, install_id="i")

    assert (decision.yes, decision.reason) == (False, Reason.LIST_TO_OTHERS)


def test_bytes_are_enough_to_ask_what_a_mail_is() -> None:
    raw = b"From: mara@lindwerk.example\r\nSubject: Automatic reply: x\r\nIn-Reply-To: <a@x>\r\n\r\nI am away.\r\n"

    assert nature_of_mail(raw) == Nature("automatic_reply", ("It is an absence notice.",))


# -- requests --


@pytest.mark.parametrize(
    ("message", "yes", "reason"),
    [
        (_message(), True, Reason.PERSON),
        (_message(to=(), cc=(IT,)), True, Reason.PERSON),
        (_message(to=(), delivered_to=("it@lindwerk.example",)), True, Reason.BLIND_COPY),
        (_message(("x-auto-response-suppress", "All")), True, Reason.PERSON),
        (_message(("auto-submitted", "auto-generated")), True, Reason.PROGRAM),
        (_message(sender=Address("", "no-reply@saas.example")), True, Reason.PROGRAM),
        (_message(sender=IT), True, Reason.PROGRAM),
        (_message(loop="another install"), True, Reason.PROGRAM),
        (_message(loop="ours"), False, Reason.OWN_MAIL),
        (_message(("list-id", "<a.b>")), True, Reason.LIST_TO_US),
        (_message(("list-id", "<a.b>"), to=(Address("", "a@b"),)), False, Reason.LIST_TO_OTHERS),
        (_message(report=Report("delivery-status")), False, Reason.BOUNCE),
        (_message(report=Report("disposition-notification")), False, Reason.DISPOSITION_NOTIFICATION),
        (_message(("auto-submitted", "auto-replied")), False, Reason.AUTOMATIC_REPLY),
        (_message(sender=Address("", ""), senders=()), True, Reason.PERSON),
    ],
)
def test_what_becomes_a_request(message: Message, yes: bool, reason: Reason, watched: frozenset[str]) -> None:
    decision = is_request(message, nature_of(message, watched), watched=watched, install_id="ours")

    assert (decision.yes, decision.reason) == (yes, reason)
    assert decision.sentence == SENTENCES[reason]


@pytest.mark.parametrize(
    "subject",
    [
        *("Broken: lindwerk/desk#48 (main - a1b2c3d)", "desk | Pipeline #482 has failed for main | a1b2c3d"),
        *("[Desk 0004821]: Printer is dead", "monit alert --  Connection failed nginx", "[Bug 482] New: Printer"),
        *("svn commit: r48213 - /trunk/desk.c", "apt-listchanges: news for web1"),
    ],
)
def test_trackers_and_builds_are_known_by_their_subjects(subject: str) -> None:
    assert nature_of(_message(subject=subject), ()).kind == "system"
    assert nature_of(_message(subject=f"Re: {subject}"), ()).kind == "human"


@pytest.mark.parametrize(
    "subject",
    ["Broken: lamp", "Problem: printer on floor3", "Warning: wet floor", "[Bug] login", "Fixed: stairs and/or lift"],
)
def test_people_who_report_a_problem_in_a_programs_style_are_heard(subject: str) -> None:
    assert nature_of(_message(subject=subject), ()).kind == "human"


def test_a_list_that_is_sender_and_gets_the_answers_is_a_list() -> None:
    lists = Address("", "DESK-L@listserv.example")
    sender = ("sender", "Desk discussion <DESK-L@LISTSERV.EXAMPLE>")

    assert nature_of(_message(sender, reply_to=(lists,), to=(lists,)), ()).kind == "list"
    assert nature_of(_message(sender, to=(lists,)), ()).kind == "human"
    by_an_assistant = _message(("sender", MARA.address), reply_to=(MARA,))
    assert nature_of(by_an_assistant, ()).kind == "human"


@pytest.mark.parametrize("name", ["travis", "gerrit", "hudson", "git.holm", "trac.nguyen", "backup.team", "deal"])
def test_people_whose_names_are_those_of_programs_stay_people(name: str) -> None:
    sender = Address("", f"{name}@lindwerk.example")

    assert nature_of(_message(sender=sender, return_path=sender.address), ()).kind == "human"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Please do not reply to this mail, call me on 4711 instead.", "human"),
        ("Please do not reply to this mail.", "system"),
        ("This mail was generated automatically, do not reply to this mail. My account: https://x.example", "system"),
    ],
)
def test_whoever_says_i_may_ask_not_to_be_answered(mail: Callable[..., bytes], words: str, kind: str) -> None:
    assert nature_of_mail(mail(body=words)).kind == kind
