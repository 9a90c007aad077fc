from __future__ import annotations

from collections.abc import Callable

import pytest

from daemon.mail.bounce import bounce_signs, read_bounce
from daemon.mail.message import Address, Message, Report
from daemon.mail.nature import nature_of
from daemon.mail.parse import parse
from tests.speed import is_done_within, seconds_of

OURS = "a.mfrggzdfmztwq2lknnwg23tpobyxe43u.k1@lindwerk.example"
GONE = "gone@visitor.example"
COPY = f"Received: from mail.lindwerk.example\nMessage-ID: <{OURS}>\nFrom: it@lindwerk.example\nSubject: Auto: Lift\n"
# What each server writes where it writes no multipart/report: (From, Subject, text).
PERMANENT = {
    "QQ": (
        "PostMaster@qq.com",
        "系统退信/Systems bounce",
        f"抱歉，您的邮件被退回来了……\n收件人邮件地址：{GONE}\n退信原因：550 5.1.1 收件人邮箱不存在\n\n",
    ),
    "Postfix": (
        "MAILER-DAEMON@visitor.example (Mail Delivery System)",
        "Undelivered Mail Returned to Sender",
        "This is the mail system at host mx.visitor.example.\n\nI'm sorry to have to inform you that your message could"
        f" not\nbe delivered to one or more recipients.\n\n<{GONE}>: host mx.visitor.example "
        f"said: 550 5.1.1 unknown\n\n",
    ),
    "Sendmail": (
        "Mail Delivery Subsystem <MAILER-DAEMON@visitor.example>",
        "Returned mail: see transcript for details",
        "The original message was received at Mon, 2 Feb 2026 10:12:00 +0100\n\n"
        f"   ----- The following addresses had permanent fatal errors -----\n<{GONE}>\n    "
        f"(reason: 550 5.1.1 User unknown)\n\n",
    ),
    "Exim": (
        "Mail Delivery System <Mailer-Daemon@mail.lindwerk.example>",
        "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be"
        f" delivered to one or more of its\nrecipients. This is a permanent error. The following "
        f"address(es) failed:\n\n"
        f"  {GONE}\n    host mx.visitor.example [192.0.2.7]: 550 5.1.1 unknown user\n\n"
        "------ This is a copy of the message, including all the headers. ------\n\n",
    ),
    "qmail": (
        "MAILER-DAEMON@visitor.example",
        "failure notice",
        "Hi. This is the qmail-send program at visitor.example.\nI'm afraid I wasn't able to "
        "deliver your message to the"
        f" following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n<{GONE}>:\n"
        "Sorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n\n",
    ),
    "Exchange 5.5": (
        "System Administrator <postmaster@visitor.example>",
        "Undeliverable: Auto: Lift",
        "Your message\n\n  To:      it@lindwerk.example\n  Subject: Auto: Lift\n  Sent:    Mon, "
        "2 Feb 2026 10:12:00 +0100\n\n"
        f"did not reach the following recipient(s):\n\n{GONE} on Mon, 2 Feb 2026 10:12:28 +0100\n"
        "    The recipient name is not recognized, 550 5.1.1\n\n",
    ),
    "Exchange Online": (
        "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@visitor.example>",
        "Unzustellbar: Auto: Lift",
        f"Fehler bei der Nachrichtenzustellung an folgende Empfänger oder "
        f"Gruppen:\n\n{GONE}\nDie eingegebene E-Mail-Adresse"
        " konnte nicht gefunden werden.\n\nRemote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound'\n\n",
    ),
    "Domino": (
        "Postmaster@visitor.example",
        "DELIVERY FAILURE: User gone (gone@visitor.example) not listed in Domino Directory",
        f"Your message\n\n  Subject: Auto: Lift\n\nwas not delivered to:\n\n  {GONE}\n\nbecause:\n\n"
        "  User gone not listed in Domino Directory: 550 5.1.1\n\n",
    ),
    "Gmail": (
        "Mail Delivery Subsystem <mailer-daemon@googlemail.example>",
        "Delivery Status Notification (Failure)",
        f"Address not found\nYour message wasn't delivered to {GONE} because the address couldn't be found.\n\n"
        "The response was:\n550 5.1.1 The email account that you tried to reach does not exist.\n\n",
    ),
    "Yahoo": (
        "MAILER-DAEMON@yahoo.example",
        "Failure Notice",
        f"Sorry, we were unable to deliver your message to the following "
        f"address.\n\n<{GONE}>:\n550: 5.1.1 unknown user\n\n"
        "--- Below this line is a copy of the message.\n\n",
    ),
    "MDaemon": (
        "MDaemon@visitor.example",
        "Permanent Delivery Failure",
        f"The attached message had PERMANENT fatal delivery errors!\n\nThe following addresses "
        f"did NOT receive a copy of your"
        f" message:\n\n> {GONE}\n\n550 5.1.1 unknown\n\n",
    ),
    "a gateway with a person's sort of address": (
        "mailguard@visitor.example",
        "Mail could not be delivered",
        f"Sent <<< RCPT TO:<{GONE}>\nReceived >>> 550 5.1.1 unknown user.\nUnable to deliver message to <{GONE}>.\n\n",
    ),
}
DELAYED = {
    "Gmail, which also says what would be permanent": (
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Delivery Status Notification (Delay)",
        "** Delivery incomplete **\n\nThere was a temporary problem delivering your message to "
        f"{GONE}. Gmail will retry for 46 more hours. You'll be notified if the delivery fails permanently.\n\n",
    ),
    "Postfix": (
        "MAILER-DAEMON@visitor.example (Mail Delivery System)",
        "Delayed Mail (still being retried)",
        "This is the mail system at host mx.visitor.example.\n\n# THIS IS A WARNING ONLY.  YOU "
        "DO NOT NEED TO RESEND YOUR"
        f" MESSAGE. #\n\nIt will be retried until it is 5 days old.\n\n<{GONE}>: connect to mx: "
        f"Connection timed out\n\n",
    ),
    "Exim": (
        "Mail Delivery System <Mailer-Daemon@mail.lindwerk.example>",
        "Warning: message 1abcde-000001-AB delayed 24 hours",
        "This message was created automatically by mail delivery software.\nA message that you sent has not yet been"
        f" delivered to one or more of its\nrecipients after more than 24 hours on the queue.\n\n  {GONE}\n\n"
        "No action is required on your part. Delivery attempts will continue for some time.\n\n",
    ),
    "Sendmail": (
        "Mail Delivery Subsystem <MAILER-DAEMON@visitor.example>",
        "Warning: could not send message for past 4 hours",
        f"   ----- The following addresses had transient non-fatal errors -----\n<{GONE}>\n\n... "
        f"Deferred: Connection refused\n"
        "Warning: message still undelivered after 4 hours\nWill keep trying until message is 5 days old\n\n",
    ),
    "a full mailbox that is tried again": (
        "Postmaster@visitor.example",
        "Mail Delivery Warning",
        f'Delivery of email to this address\n\n"{GONE}"\n\nhas been postponed due to a full mailbox.\n'
        "We will continue to try to deliver your message over the next few days.\n\n",
    ),
}


@pytest.mark.parametrize(("sender", "subject", "text"), PERMANENT.values(), ids=PERMANENT.keys())
def test_a_bounce_in_text_says_whom_it_concerns_and_which_mail(
    sender: str, subject: str, text: str, mail: Callable[..., bytes], watched: frozenset[str]
) -> None:
    message = parse(mail(f"From: {sender}", f"Subject: {subject}", "Return-Path: <x@y.example>", body=text + COPY))

    assert nature_of(message, watched).kind == "bounce"
    assert message.report is not None
    assert (message.report.failed_address, message.report.action) == (GONE, "failed")
    assert message.report.status.startswith("5.1.1")
    assert message.report.original_message_id == OURS


@pytest.mark.parametrize(("sender", "subject", "text"), DELAYED.values(), ids=DELAYED.keys())
def test_a_server_that_goes_on_trying_says_delayed(
    sender: str, subject: str, text: str, mail: Callable[..., bytes], watched: frozenset[str]
) -> None:
    message = parse(mail(f"From: {sender}", f"Subject: {subject}", body=text))

    assert nature_of(message, watched).kind == "bounce"
    assert message.report is not None
    assert (message.report.failed_address, message.report.action) == (GONE, "delayed")
    assert f"It says that {GONE} was not reached yet." in nature_of(message, watched).evidence


@pytest.mark.parametrize(
    "subject",
    [
        *("Undeliverable: Lift", "Unzustellbar: Aufzug", "Non remis : Ascenseur", "No se puede entregar: Ascensor"),
        *(
            "Non recapitabile: Ascensore",
            "Onbestelbaar: Lift",
            "Não é possível entregar: Elevador",
            "Kan ikke leveres: Lift",
        ),
        *("Kan inte levereras: Hiss", "Niedostarczalne: Winda", "Nedoručitelné: Výtah", "Kézbesíthetetlen: Lift"),
        *(
            "Не доставлено: Лифт",
            "Teslim edilemedi: Asansör",
            "配信不能: エレベーター",
            "无法投递: 电梯",
            "배달 실패: 승강기",
        ),
        *("Toimitus epäonnistui: Hissi", "Imposibil de livrat: Lift", "Delivery Status Notification (Failure)"),
    ],
)
def test_the_subject_of_a_bounce_is_known_in_many_languages(subject: str, watched: frozenset[str]) -> None:
    message = Message(sender=Address("", "postmaster@visitor.example"), subject=subject, return_path="x@y.example")

    assert nature_of(message, watched).kind == "bounce"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (
            ("Subject: Undeliverable mail",),
            "Hello IT,\n\nI get this since Monday, can you help?\n\nYour message could not be "
            "delivered to the following"
            " recipients:\ngone@visitor.example",
        ),
        (("Subject: My mail could not be delivered",), "My mail to gone@visitor.example came back: 550 user unknown."),
        (
            ("Subject: Fwd: Undelivered Mail Returned to Sender",),
            "---------- Forwarded message ---------\nFrom: "
            "MAILER-DAEMON@visitor.example\n\nThis is the mail system at host x.",
        ),
        (
            ("Subject: WG: Unzustellbar: Angebot",),
            "Von: postmaster@visitor.example\nGesendet: Montag\nAn: Mara\nBetreff: "
            "Unzustellbar\n\nIhre Nachricht wurde nicht",
        ),
        (
            ("Subject: Re: Undeliverable: offer",),
            "Can you look at this?\n\nOn 2 Feb 2026 at 10:12, Postmaster wrote:\n> Your message "
            "could not be delivered.",
        ),
        (
            ("From: Deliveries <delivery@lindwerk.example>", "Subject: Delivery problem at gate 2"),
            "The pallet is broken.",
        ),
        (
            ("From: Goods in <goods@lindwerk.example>", "Subject: Parcel returned to sender"),
            "Your parcel was returned.",
        ),
    ],
)
def test_a_person_who_writes_about_a_bounce_stays_a_person(
    headers: tuple[str, ...], body: str, mail: Callable[..., bytes], watched: frozenset[str]
) -> None:
    message = parse(mail(*headers, "Return-Path: <mara.vogt@lindwerk.example>", body=body))

    assert nature_of(message, watched).kind == "human"
    assert message.report is None


def test_our_signed_id_is_found_before_any_other_id() -> None:
    bounce = Message(
        sender=Address("", "mailer-daemon@visitor.example"),
        in_reply_to=("other@visitor.example",),
        text=f"Message-ID: <other@visitor.example>\nReferences: <{OURS}>",
    )

    report = read_bounce(bounce, "third@visitor.example")

    assert report is not None
    assert report.original_message_id == OURS


def test_a_bounce_that_only_answers_the_mail_names_it_all_the_same() -> None:
    bounce = Message(sender=Address("", "mailer-daemon@visitor.example"), in_reply_to=(OURS,), text="Sorry.")

    assert read_bounce(bounce, "") == Report("text", "", "failed", "", OURS)


def test_a_bounce_of_a_list_server_is_a_bounce_and_not_a_list(watched: frozenset[str]) -> None:
    message = Message(
        sender=Address("", "MAILER-DAEMON@visitor.example"), subject="mail failed", headers=(("list-id", "<a.b>"),)
    )

    assert nature_of(message, watched).kind == "bounce"


def test_a_mail_refused_by_a_sieve_script_is_a_bounce(watched: frozenset[str]) -> None:
    message = Message(
        sender=Address("Mail Delivery Subsystem", "admin@visitor.example"),
        subject="Automatically rejected mail",
        report=Report("disposition-notification", GONE, "deleted", "", OURS),
    )

    assert nature_of(message, watched).kind == "bounce"


def test_a_mail_deleted_unread_is_a_disposition_notification(watched: frozenset[str]) -> None:
    message = Message(
        sender=Address("Jonas Weber", "jonas.weber@lindwerk.example"),
        subject="Not read: Printer",
        report=Report("disposition-notification", "jonas.weber@lindwerk.example", "deleted", "", OURS),
    )

    assert nature_of(message, watched).kind == "disposition_notification"


HOSTILE = [
    *("<a@b.example>: ", "a@b.example ", "your message ", "a" * 64 + "@", "message-id: <", "to a@b", "recipient: ["),
    *("<a@b", "final-recipient: rfc822; ", "a.", "5.1.1 ", "450 ", "\n \n", "a@a.", OURS, "\t<"),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_text_makes_a_bounce_slow_to_read(piece: str) -> None:
    def judge(size: int) -> None:
        text = piece * (size // len(piece))
        bounce = Message(sender=Address("", "mailer-daemon@x.example"), subject=text[:2_000], text=text, words=text)
        read_bounce(bounce, "")
        nature_of(bounce, ())

    small = seconds_of(lambda: judge(25_000))

    assert is_done_within(8 * 5 * max(small, 0.005), lambda: judge(200_000))
    assert small < 1


@pytest.mark.parametrize(
    ("sender", "subject", "words"),
    [
        ("Mail Admin <mail.admin@lindwerk.example>", "Mail delivery problem", "I see 40 mails stuck. Can you look?"),
        ("Systemadministrator <sys@lindwerk.example>", "Unzustellbar: Angebot", "Ich bekomme das immer zurück."),
        ("SMTP Team <smtp@lindwerk.example>", "Returned mail", "Hello, my mail to a customer came back: why?"),
    ],
)
def test_a_person_with_the_name_of_a_mail_system_who_writes_about_mail_is_heard(
    sender: str, subject: str, words: str
) -> None:
    raw = f"From: {sender}\r\nTo: it@lindwerk.example\r\nSubject: {subject}\r\n\r\n{words}\r\n".encode()

    assert bounce_signs(parse(raw)) == ()


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        ("postmaster@x.example", "Non recapitabile: Lift", "Recapito non riuscito per i seguenti destinatari:\n\n"),
        (
            "postmaster@x.example",
            "NOTICE: mail delivery status.",
            "The original message was received on Mon, 2 Feb 2026\n\nYour message cannot be delivered:\n\n",
        ),
    ],
)
def test_neither_a_weekday_nor_an_article_is_somebody_who_speaks(
    mail: Callable[..., bytes], sender: str, subject: str, text: str
) -> None:
    message = parse(mail(f"From: {sender}", f"Subject: {subject}", body=f"{text}{GONE}\n#550 5.1.1\n"))

    assert nature_of(message, ()).kind == "bounce"
    assert message.report is not None
    assert message.report.failed_address == GONE
