from __future__ import annotations

from collections.abc import Callable

import pytest

from daemon.mail.nature import nature_of_mail
from daemon.mail.receipt import is_receipt
from tests.speed import is_done_within

RECEIPTS = [
    (
        "[Ticket#2026020210000012] Printer",
        "Thanks for your email. A new ticket has been created.\n\nYour email will be answered by a human ASAP.",
    ),
    (
        "Ticket Received - Printer",
        "We have received your request and a ticket has been created with ID - 4821. A representative will review it.",
    ),
    (
        "[#XYZ-A1B-2C3D] Printer",
        "Your ticket has been submitted. We reply as soon as possible.\n"
        "You can view the status of your ticket here: https://desk.example/ticket.php?track=XYZ",
    ),
    ("Support Ticket Opened [#482133]", "A request has been assigned #482133. A technician will contact you."),
    ("Re: Printer", "We received your message and will get back to you within one business day."),
    ("Re: Certificate", "Thank you for your e-mail. Due to the high number of letters it may take up to five days."),
    ("Your application", "Thank you for your application. We will review it and get back to you."),
    ("Ihre Anfrage", "Vielen Dank für Ihre Anfrage. Wir werden diese schnellstmöglich bearbeiten."),
    ("Re: Ausweis", "Ihre E-Mail ist bei uns eingegangen und wird schnellstmöglich bearbeitet."),
    ("Imprimante", "Votre demande a bien été enregistrée. Elle sera traitée dans les meilleurs délais."),
    ("Impresora", "Hemos recibido su solicitud. Le responderemos a la brevedad posible."),
    ("Impressora", "Recebemos sua solicitação e em breve entraremos em contato."),
    ("Stampante", "La tua segnalazione è stata presa in carico. Ti risponderemo quanto prima."),
    (
        "Printer",
        "Uw melding is geregistreerd onder nummer I 2602 123. Wij zullen deze zo spoedig mogelijk beantwoorden.",
    ),
    ("Drukarka", "Twoje zgłoszenie zostało przyjęte i zarejestrowane pod numerem 4821. Odpowiemy najszybciej."),
    ("Принтер", "Ваше обращение зарегистрировано под номером 4821. Мы ответим вам в ближайшее время."),
    ("お問い合わせ", "お問い合わせいただきありがとうございます。\n担当者より折り返しご連絡いたします。"),
    ("您好", "您好，我们已收到您的邮件，将尽快回复您。"),
]
PEOPLE = [
    "Thank you for your inquiry. We can offer you 20 chairs at 45 EUR each. Delivery takes 5 working days.",
    "Your ticket 4711 has been assigned to me. I will look at it tomorrow.",
    "We have received your laptop at reception. Please pick it up by Friday.",
    "The team needs to view the status of ticket 4821, but it has been assigned to nobody.",
    "Thank you, we received your message. When will you get back to us?",
    "I wrote in March and received an automatic reply that my request had been registered (ticket 4821).",
    "Vielen Dank für Ihre Anfrage. Anbei unser Angebot. Wir melden uns in Kürze telefonisch.",
    "Ihre Bestellung 4711 wurde erfasst. Bitte überweisen Sie den Betrag bis zum 3. Mai.",
    "Thank you for your request. We agree and will answer all questions in the meeting on Tuesday.",
    "Thanks for opening the ticket. The server will be reviewed tonight by Robin; you can work again from eight.",
    "Hereby I order 20 chairs. Please confirm receipt.",
    "お問い合わせありがとうございます。椅子は在庫がございます。",
]


@pytest.mark.parametrize(("subject", "words"), RECEIPTS)
def test_a_receipt_of_a_desk_is_known_by_its_words(mail: Callable[..., bytes], subject: str, words: str) -> None:
    assert is_receipt(words, subject)
    assert nature_of_mail(mail(f"Subject: {subject}", body=words)).kind == "automatic_reply"
    assert nature_of_mail(mail(f"Subject: Fwd: {subject}", body=words)).kind == "human"


@pytest.mark.parametrize("words", PEOPLE)
def test_people_who_confirm_something_or_write_about_tickets_are_heard(mail: Callable[..., bytes], words: str) -> None:
    assert nature_of_mail(mail("In-Reply-To: <a@lindwerk.example>", body=words)).kind == "human"


def test_a_receipt_below_the_line_where_to_write_is_known_too(mail: Callable[..., bytes]) -> None:
    words = (
        "##- Please type your reply above this line -##\n\nYour request (48213) has been received and will be reviewed."
    )

    assert nature_of_mail(mail(body=words)).kind == "automatic_reply"


@pytest.mark.parametrize("piece", ["your ticket ", "will ", "(", "thank ", "ihre anfrage ", "within 1 "])
def test_no_text_makes_it_slow(piece: str) -> None:
    def judge() -> None:
        is_receipt(f"received {piece * 100}"[:1_500], piece * 100)
        is_receipt(piece * 20_000, piece)

    assert is_done_within(0.5, judge)
