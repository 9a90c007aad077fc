from __future__ import annotations

from collections.abc import Callable

import pytest

from daemon.mail.nature import nature_of_mail
from daemon.mail.parse import parse
from daemon.mail.web_form import is_web_form

FORM = ("From: Website <noreply@lindwerk.example>", "Reply-To: Anna Berg <anna@x.example>")


@pytest.mark.parametrize(
    "body",
    [
        "Name: Anna Berg\nE-Mail: anna@x.example\n\nMessage:\nIs the tour suitable for children?",
        "From: Anna Berg <anna@x.example>\nSubject: Tour\n\nMessage Body:\nIs it?\n\n-- \nSent from a contact form.",
        "Name\tAnna Berg\nE-Mail\tanna@x.example\nAnliegen\tFührung",
        "Full Name\nAnna Berg\n\nE-mail\nanna@x.example\n\nMessage\nIs it?",
        "E-Mail: ANNA@x.example\n\nDiese E-Mail wurde automatisch über das Kontaktformular erzeugt.",
    ],
)
def test_whoever_fills_in_a_web_form_is_a_person(mail: Callable[..., bytes], body: str) -> None:
    assert is_web_form(parse(mail(*FORM, body=body)))
    assert nature_of_mail(mail(*FORM, body=body)).kind == "human"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (FORM, "Your order has shipped. Write to us: anna@x.example is at your service on every day of the week."),
        ((FORM[0],), "E-Mail: anna@x.example"),
        ((FORM[0], "Reply-To: no-reply@shop.example"), "E-Mail: no-reply@shop.example"),
        ((FORM[0], "Reply-To: anna@x.example, jo@x.example"), "E-Mail: anna@x.example"),
    ],
)
def test_other_mails_of_such_senders_stay_programs(
    mail: Callable[..., bytes], headers: tuple[str, ...], body: str
) -> None:
    assert not is_web_form(parse(mail(*headers, body=body)))
    assert nature_of_mail(mail(*headers, body=body)).kind != "human"
