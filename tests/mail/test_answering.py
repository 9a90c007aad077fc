"""Where answers go: RFC 3834 section 4 for automatic ones, a Reply-To of the same house for a person's."""

from __future__ import annotations

import pytest

from daemon.mail.answering import acknowledgement_goes_to, answers_wanted_at
from daemon.mail.message import Address, Message

OURS = frozenset({"lindwerk.example", "lindwerk.test"})
EVA = Address("Eva", "eva@lindwerk.example")


@pytest.mark.parametrize(
    ("path", "to"),
    [
        (None, "eva@lindwerk.example"),
        ("eva@lindwerk.example", "eva@lindwerk.example"),
        ("eva.other@LINDWERK.example", "eva@lindwerk.example"),
        ("b+7@bounce.lindwerk.example", "eva@lindwerk.example"),
        ("eva@lindwerk.test", "eva@lindwerk.example"),
        ("mallory@evil.example", "mallory@evil.example"),
        ("eva@notlindwerk.example", "eva@notlindwerk.example"),
    ],
)
def test_an_acknowledgement_goes_to_from_only_where_the_return_path_agrees(path: str | None, to: str) -> None:
    message = Message(sender=EVA, senders=(EVA,), return_path=path, reply_to=(Address("", "x@evil.example"),))

    assert acknowledgement_goes_to(message, OURS) == to


@pytest.mark.parametrize(
    ("wanted", "to"),
    [
        ((), ""),
        (("Team@lindwerk.example",), "team@lindwerk.example"),
        (("team@lindwerk.test",), "team@lindwerk.test"),
        (("eva@lindwerk.example",), ""),
        (("eva.private@mail.example",), ""),
        (("a@lindwerk.example", "b@lindwerk.example"), ""),
        (("",), ""),
    ],
)
def test_a_persons_answer_goes_to_the_reply_address_of_the_same_house(wanted: tuple[str, ...], to: str) -> None:
    message = Message(sender=EVA, senders=(EVA,), reply_to=tuple(Address("", one) for one in wanted))

    assert answers_wanted_at(message, OURS, ()) == to
