"""An encrypted mail is a request like any other, and everybody is told what nobody here could read."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.stories.conftest import House

ARMOR = "-----BEGIN PGP MESSAGE-----\n\nc29tZSBieXRlcw==\n=abcd\n-----END PGP MESSAGE-----\n"


def test_the_owner_the_requester_and_the_ledger_are_told_that_a_mail_is_encrypted(
    house: House, a_mail: Callable[..., EmailMessage]
) -> None:
    house.receives(a_mail(subject="VPN", words=ARMOR))

    told = {kind: " ".join(mail.get_body(("plain",)).get_content().split()) for kind, _, mail in house.sends()}  # type: ignore[union-attr]

    assert "[Encrypted with PGP: Postroom cannot read it." in told["assignment"]
    assert "encrypted.asc" in told["assignment"]
    assert "Your mail is encrypted. No machine of ours can read it;" in told["acknowledgement"]
    assert ("postroom", "encrypted", "PGP") in house.ledger()


def test_an_acknowledgement_speaks_of_no_encryption_where_there_is_none(
    house: House, a_mail: Callable[..., EmailMessage]
) -> None:
    house.receives(a_mail(subject="VPN"))

    assert all("encrypted" not in mail.as_string() for _, _, mail in house.sends())


@pytest.mark.parametrize("words", [ARMOR, f"See below.\n\n{ARMOR}"])
def test_an_encrypted_answer_is_not_passed_on_and_its_writer_hears_so_at_once(
    house: House, a_mail: Callable[..., EmailMessage], words: str
) -> None:
    house.receives(a_mail(subject="VPN"))
    owner, notice = next((to, mail) for kind, to, mail in house.sends() if kind == "assignment")
    house.receives(a_mail("Re: VPN", words, From=owner, In_Reply_To=notice["Message-ID"]))

    ((kind, to, mail),) = house.sends()
    told = " ".join(mail.get_body(("plain",)).get_content().split())  # type: ignore[union-attr]
    assert (kind, to) == ("follow_up", owner)
    assert "Your answer to Eva Lund about REQ-1 was not passed on: It is encrypted with PGP" in told
    assert ("postroom", "not_passed_on", "eva.lund@lindwerk.example") in house.ledger()
    assert "clock_stopped" not in [what for _, what, _ in house.ledger()]


def test_who_answers_again_without_encryption_is_heard(house: House, a_mail: Callable[..., EmailMessage]) -> None:
    house.receives(a_mail(subject="VPN"))
    owner, notice = next((to, mail) for kind, to, mail in house.sends() if kind == "assignment")
    house.receives(a_mail("Re: VPN", ARMOR, From=owner, In_Reply_To=notice["Message-ID"]))
    ((_, _, held_back),) = house.sends()
    house.receives(a_mail("Re: VPN", "Restart it.", From=owner, In_Reply_To=held_back["Message-ID"]))

    assert [kind for kind, _, _ in house.sends()] == ["answer"]
