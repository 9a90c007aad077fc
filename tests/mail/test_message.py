from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.mail.message import Address, Attachment, Message, Report

text = st.text(max_size=20)
addresses = st.builds(Address, text, text)
messages = st.builds(
    Message,
    message_id=text,
    sender=addresses,
    senders=st.lists(addresses, max_size=2).map(tuple),
    to=st.lists(addresses, max_size=2).map(tuple),
    delivered_to=st.lists(text, max_size=2).map(tuple),
    return_path=st.none() | text,
    subject=text,
    references=st.lists(text, max_size=2).map(tuple),
    headers=st.lists(st.tuples(text, text), max_size=3).map(tuple),
    text=text,
    html_only=st.booleans(),
    attachments=st.lists(st.builds(Attachment, text, text, st.integers(0), st.booleans()), max_size=2).map(tuple),
    report=st.none() | st.builds(Report, text, text, text, text, text),
    parts=st.lists(st.tuples(text, text), max_size=3).map(tuple),
    size=st.integers(0),
    defects=st.lists(text, max_size=2).map(tuple),
    partial=st.booleans(),
)


@given(messages)
def test_a_message_comes_back_from_json_exactly(message: Message) -> None:
    assert message == Message.from_json(json.loads(json.dumps(message.to_json())))


@pytest.mark.parametrize(
    ("field", "value"),
    [("subject", 5), ("partial", "yes"), ("headers", [["a", None]]), ("sender", ["a", "b", "c"]), ("size", "1")],
)
def test_what_is_no_message_is_not_taken_for_one(field: str, value: Any) -> None:
    plain = Message().to_json() | {field: value}

    with pytest.raises((TypeError, ValueError)):
        Message.from_json(plain)


def test_two_spellings_of_one_mailbox_have_the_same_key() -> None:
    address = Address("Mara", "Mara.Vogt@lindwerk.example")

    assert Address("", "mara.vogt@lindwerk.example").key == address.key
    assert (address.local_part, address.domain) == ("Mara.Vogt", "lindwerk.example")


def test_the_values_of_a_header_come_in_their_order() -> None:
    message = Message(headers=(("x-a", "1"), ("x-b", "2"), ("x-a", "3")))

    assert message.header_values("x-a") == ("1", "3")
