"""An encrypted mail is a request like any other, and everybody is told what nobody here could read."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

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
