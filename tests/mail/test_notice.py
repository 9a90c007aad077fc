from __future__ import annotations

from collections.abc import Callable

import pytest

from daemon.mail.message import Address
from daemon.mail.nature import nature_of_mail
from daemon.mail.notice import is_calendar_answer, is_challenge, is_unread_mailbox, notice_signs
from tests.speed import is_done_within

ACME = Address("Acme", "hello@acme.example")
NOTICES = [
    ("PROBLEM - web01/HTTP is CRITICAL", "***** Nagios *****\n\nService: HTTP\nHost: web01\nState: CRITICAL"),
    (
        "Problem: Free space is low",
        "Problem name: Free space is low\nHost: db01\nSeverity: Warning\nOriginal problem ID: 4",
    ),
    (
        "UPS ups1 Power Failure !!!",
        "web01 Warning power loss.\n\nHOSTNAME : web01\nSTATUS   : ONBATT\nBCHARGE  : 100.0 Percent",
    ),
    ("[Failed] Daily (3 VMs) 1 failed", "Backup job: Daily\nSuccess 2"),
    ("portal - Build # 482 - Failure!", "Check console output at https://ci.example/job/482/ to view the results."),
    ("[lindwerk/portal] Run failed: CI - main (a1b2c3d)", "CI: All jobs have failed"),
    ("[JIRA] (LW-482) Printer driver missing", "Jonas Weber updated LW-482:"),
    ("Tap broken", "I wrote it down.\n\n-- \nView it on GitLab: https://git.example/1"),
    ("[PBX]: New message 4 in mailbox 4711", "you were just left a 0:12 long message (number 4)\nin mailbox 4711"),
    ("Neues Fax", "Sie haben ein neues Fax von der Rufnummer 0301234567 erhalten."),
    ('Message from "RNP002673A1B2"', ""),
    ("482133", "Your verification code is 482133. It expires in 10 minutes."),
    ("Code", "Ihr Sicherheitscode lautet: 482133\n\nDer Code ist 10 Minuten gültig. Geben Sie ihn niemals weiter."),
    ("Код", "Ваш код подтверждения: 482133\nКод действителен 10 минут. Никому не сообщайте его."),
    ("コード", "認証コード：482133\n有効期限は10分間です。"),
    (
        "Reset your password",
        "Choose a new password: https://acme.example/r/1\nIf you didn't request this, ignore this email.",
    ),
    ("Mot de passe", "Cliquez ici : https://a.example/r/1\nSi vous n'avez pas fait cette demande, ignorez cet e-mail."),
    ("Twoje zamówienie", "Twoje zamówienie nr 4711 zostało wysłane. Śledź przesyłkę: https://kurier.example/t/1"),
    ("Ihre Sendung", "Ihre Sendung 4711 wird heute zugestellt.\nSendung verfolgen: https://paket.example/t/1"),
    ("Receipt", "Amount paid $49.00\nDate paid Feb 2, 2026\nInvoice number: ABC-0004"),
    ("How did we do?", "How would you rate the support you received?\n\nGood, I'm satisfied: https://x.example/s/1"),
    ("Umfrage", "Wie zufrieden waren Sie mit uns? Bitte nehmen Sie sich zwei Minuten: https://umfrage.example/1"),
    ("2 staff moderator request(s) waiting", "The list has 2 request(s) waiting for your consideration."),
    ("Your trial", "Your trial of Acme Pro will end on February 5.\n\nhttps://acme.example/billing\n\nThe Acme Team"),
    ("Ticket", "Your ticket #4821 has been closed. You can reopen it within 5 days: https://acme.example/t/1"),
    ("Budget", 'Mara Vogt shared "Budget.xlsx" with you\nhttps://files.example/s/1'),
    ("Domain", "Dear customer, your domain x.example will expire in 20 days. No action is required."),
    ("Ihr Postfach", "Ihr Postfach ist fast voll. Melden Sie sich an: https://x.example/1"),
    ("Welcome to Beta!", "Welcome aboard! Here is how to get started: https://beta.example/start\n\nThe Beta Team"),
    ("Payment", "We were unable to charge your card. Please update your payment details: https://x.example/pay"),
    ("Verpasster Anruf von 030 1234567", "Zeit: 10:12"),
    ("[Ticket#2026020210000012] Unlock", "Your ticket has been unlocked: https://x.example/t/12"),
    ("Tous à moins 30 %", "Profitez de nos offres : https://x.example/o\nSe désinscrire : https://x.example/u"),
    ("[TeamCity, FAILED] Build #482", "Build Portal failed.\nBuild log: https://ci.example/1"),
]
PEOPLE = [
    ("Backup failed", "Server: SRV02\nJob: Daily\nError: media not found\nSince: yesterday"),
    ("web01 down", "Host: web01\nProblem: no answer since 10:12\n\nPlease restart it."),
    ("New employee", "Name: Lena Brandt\nStart: 2026-03-01\nDepartment: Facility\nLocation: 2.14"),
    ("CRITICAL: payroll system down", 'Payroll has to run today. Login shows "Service Unavailable".'),
    ("code 4821", "Alarm panel shows code 4821 and does not accept the PIN for five minutes. What to do?"),
    (
        "phishing?",
        "Dear customer, verify your account: https://evil.example/x\nIf you did not request this, ignore it.",
    ),
    ("Suspicious", 'Is it real? "Dear user, your mailbox is full. Click here: https://evil.example/x"'),
    ("Password reset", "Please reset the password of my account. The link https://x.example/r/1 has expired."),
    ("Your password expires", "Your password for the portal expires tomorrow: https://x.example/l\nMara"),
    (
        "Re: Order",
        "Your order has been shipped except for two chairs. Please let us know.\nhttps://supplier.example/o/1",
    ),
    ("RESOLVED: printer", "Somebody pulled the plug. Works again, nothing to do."),
    ("Order", "2 x monitor\nShipping address: Gate 2\nTotal budget: 1,200 EUR"),
    ("Quarantine", "Mail from order@supplier.example was moved to quarantine. Release it, the offer ends today."),
    ("Survey", "Link to the survey does not open: https://survey.lindwerk.example/canteen"),
    ("[Jenkins] needs more disk", "/var/lib/jenkins is at 98 percent."),
]
MARA = Address("Mara Vogt", "mara.vogt@lindwerk.example")


@pytest.mark.parametrize(("subject", "words"), NOTICES)
def test_a_notice_of_a_program_is_known_by_its_form(subject: str, words: str) -> None:
    assert notice_signs(subject, words, ACME)


@pytest.mark.parametrize(("subject", "words"), PEOPLE)
def test_people_who_write_of_such_things_stay_people(subject: str, words: str) -> None:
    assert notice_signs(subject, words, MARA) == ()


@pytest.mark.parametrize(("subject", "words"), NOTICES)
def test_whoever_sends_a_notice_on_is_a_person(mail: Callable[..., bytes], subject: str, words: str) -> None:
    body = f"What shall I do with it?\n\n---------- Forwarded message ---------\nFrom: x@x.example\n\n{words}"

    assert nature_of_mail(mail(f"Subject: Fwd: {subject}", body=body)).kind == "human"


def test_what_a_person_answers_below_a_notice_is_theirs() -> None:
    assert notice_signs("Re: Your order", "Track your order: https://x.example/t/1", ACME, has_quoted=True) == ()


@pytest.mark.parametrize(
    "words",
    [
        "A spam filter lets only known senders through. To have your message delivered, please click the link below "
        "and confirm that you are a person:\nhttps://x.example/v/1",
        "Diese Adresse hat einen Spamschutz. Ihre Nachricht wurde noch nicht zugestellt. Bitte bestätigen Sie, dass "
        "Sie eine Person sind: https://x.example/c/1",
    ],
)
def test_a_challenge_is_an_automatic_reply(mail: Callable[..., bytes], words: str) -> None:
    assert is_challenge(words)
    assert nature_of_mail(mail("Subject: Re: Invoice", body=words)).kind == "automatic_reply"
    assert not is_challenge("Our spam filter holds a message from x@x.example, please release it: https://x.example/q")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("This mailbox is no longer monitored. Please use https://acme.example/contact.", True),
        ("Dieses Postfach wird nicht mehr gelesen. Bitte wenden Sie sich an hilfe@x.example.", True),
        ("Cette adresse mail n'est plus utilisée. Merci d'écrire à accueil@mairie.example.", True),
        ("Esta dirección de correo ya no está operativa. Por favor, use el formulario.", True),
        ("The mailbox facility@ is no longer used, please delete it.", False),
        ("I read that this mailbox is not monitored. Whom shall I ask?", False),
    ],
)
def test_a_mailbox_that_says_that_nobody_reads_it(words: str, expected: bool) -> None:
    assert is_unread_mailbox(words) is expected


@pytest.mark.parametrize("subject", ["Accepted: Budget", "Zugesagt: Budget", "Abgelehnt: Budget", "Refusé : Budget"])
def test_an_answer_to_an_invitation_without_a_word_is_no_persons_mail(mail: Callable[..., bytes], subject: str) -> None:
    chart = "BEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR\n"
    bare = mail(f"Subject: {subject}", "Content-Type: text/calendar; method=REPLY", body=chart)

    assert is_calendar_answer(subject)
    assert nature_of_mail(bare).kind == "system"
    assert nature_of_mail(mail(f"Subject: {subject}", body="But please start after ten.")).kind == "human"


@pytest.mark.parametrize(
    "piece",
    ["your account ", "a: b\n", "if you did not ", "code 1", "“a", '"', "your ", "host  x\n", "this mailbox ", "("],
)
def test_no_text_makes_it_slow(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))

    def judge() -> None:
        notice_signs(text[:1_000], text, ACME, signature=text)
        is_challenge(text)
        is_unread_mailbox(text)

    assert is_done_within(1, judge)
