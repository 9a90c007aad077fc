from __future__ import annotations

import quopri
import re
from collections.abc import Callable

import pytest

from daemon.mail.identity import (
    Likeness,
    ids_behind_plus,
    is_ours,
    message_key,
    plus_address,
    raw_key,
    signed_id,
    verify_signed_id,
)
from daemon.mail.identity import likeness as likeness_at_home
from daemon.mail.message import Address, Attachment, Message
from daemon.mail.parse import parse

KEY = b"k" * 32
Writer = Callable[..., bytes]


def _key(raw: bytes) -> str:
    return message_key(parse(raw), raw, KEY)


def test_a_message_key_is_64_hex_digits_and_needs_the_key(mail: Writer) -> None:
    raw = mail("Message-ID: <a@x.example>")

    assert re.fullmatch("[0-9a-f]{64}", _key(raw))
    assert _key(raw) == _key(raw)
    assert message_key(parse(raw), raw, b"other") != _key(raw)


def test_copies_of_one_mail_have_one_key(mail: Writer) -> None:
    usual = ("Message-ID: <a@x.example>", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8")
    text = "Grüße an alle, wo steht der Drucker?\r\n"
    copy = mail(*usual, "Content-Transfer-Encoding: 8bit", body=text)
    other = mail(
        *usual,
        "Content-Transfer-Encoding: quoted-printable",
        body=quopri.encodestring(text.encode()).decode() + "\r\n\r\n",
    )
    trace = b"Return-Path: <x@y.example>\r\nReceived: from a by b\r\nDelivered-To: hr@lindwerk.example\r\n"

    assert _key(copy) == _key(other) == _key(trace + copy) == _key(copy.replace(b"\r\n", b"\n"))


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (("Message-ID: <b@x.example>",), "text\n"),
        (("Message-ID: <a@x.example>", "Subject: Other"), "text\n"),
        (("Message-ID: <a@x.example>", "Date: Mon, 2 Feb 2026 09:15:01 +0100"), "text\n"),
        (("Message-ID: <a@x.example>", "From: other@lindwerk.example"), "text\n"),
        (("Message-ID: <a@x.example>",), "other text\n"),
        (("Message-ID: <a@x.example>", "Content-Type: text/html"), "text\n"),
    ],
)
def test_one_message_id_on_different_mails_makes_different_keys(
    headers: tuple[str, ...], body: str, mail: Writer
) -> None:
    assert _key(mail(*headers, body=body)) != _key(mail("Message-ID: <a@x.example>", body="text\n"))


def test_mails_without_a_message_id_are_told_apart_by_their_content(mail: Writer) -> None:
    assert _key(mail(body="a")) == _key(mail(body="a"))
    assert _key(mail("Message-ID: <>", body="a")) == _key(mail(body="a"))
    assert _key(mail(body="a")) != _key(mail(body="b"))


def test_attached_mails_with_the_same_words_make_different_keys(mail: Writer) -> None:
    header = ("Message-ID: <a@x.example>", "Content-Type: message/rfc822")

    assert _key(mail(*header, body="Subject: one\n\nx")) != _key(mail(*header, body="Subject: two\n\nx"))


def test_of_a_partly_read_mail_the_unread_part_counts_too(mail: Writer) -> None:
    part = "--b\nContent-Type: text/plain\n\nx\n"
    header = ("Message-ID: <a@x.example>", 'Content-Type: multipart/mixed; boundary="b"')
    one, two = (mail(*header, body=part * 250 + end + "--b--\n") for end in ("--b\n\nend\n", "--b\n\nother\n"))

    assert parse(one).partial
    assert parse(one).parts == parse(two).parts
    assert _key(one) != _key(two)


def test_the_key_of_an_unreadable_mail_leaves_out_what_stands_above_its_message_id() -> None:
    rest = b"Message-ID: <a@x.example>\r\nSubject: \xff\r\n\r\nbody"

    assert raw_key(b"Received: one\r\n" + rest, KEY) == raw_key(b"Received: two\r\n" + rest, KEY)
    assert raw_key(rest + b"x", KEY) != raw_key(rest, KEY)
    assert raw_key(b"", KEY) != raw_key(b"x", KEY)
    assert raw_key(b"no id at all", KEY) == raw_key(b"no id at all", KEY)


def test_a_signed_id_is_the_same_for_the_same_effect() -> None:
    made = signed_id("acknowledgement", "k1:ack:12", KEY, "k1", "Lindwerk.Example")

    assert re.fullmatch(r"<a\.[a-z2-7]{32}\.k1@lindwerk\.example>", made)
    assert made == signed_id("acknowledgement", "k1:ack:12", KEY, "k1", "lindwerk.example")
    assert is_ours(made, "lindwerk.example")
    assert is_ours(made.strip("<>"), "LINDWERK.example")
    assert verify_signed_id(made, "acknowledgement", "k1:ack:12", {"k0": b"old", "k1": KEY})
    assert verify_signed_id(made.strip("<>"), "acknowledgement", "k1:ack:12", {"k1": KEY})


def test_a_changed_or_foreign_id_is_not_accepted() -> None:
    made = signed_id("notice", "effect", KEY, "k1", "lindwerk.example")
    digit = made[5]
    changed = made[:5] + ("a" if digit != "a" else "b") + made[6:]

    assert is_ours(changed, "lindwerk.example")
    for message_id, kind, effect, keys in [
        (changed, "notice", "effect", {"k1": KEY}),
        (made, "note", "effect", {"k1": KEY}),
        (made, "reminder", "effect", {"k1": KEY}),
        (made, "notice", "other effect", {"k1": KEY}),
        (made, "notice", "effect", {"k1": b"other"}),
        (made, "notice", "effect", {"k2": KEY}),
        (made, "notice", "effect", {}),
        ("", "notice", "effect", {"k1": KEY}),
        ("n..k1@lindwerk.example", "notice", "effect", {"k1": KEY}),
    ]:
        assert not verify_signed_id(message_id, kind, effect, keys)


@pytest.mark.parametrize(
    "message_id",
    [
        "",
        "<a@lindwerk.example>",
        "<a.short.k1@lindwerk.example>",
        f"<a.{'a' * 32}.k1@other.example>",
        f"<a.{'A' * 32}.k1@x>",
    ],
)
def test_other_ids_do_not_look_like_ours(message_id: str) -> None:
    assert not is_ours(message_id, "lindwerk.example")


@pytest.mark.parametrize(
    ("kind", "key_id", "domain"), [("", "k1", "x.example"), ("a", "", "x.example"), ("a", "k1", "x y")]
)
def test_an_id_that_would_not_be_one_is_not_made(kind: str, key_id: str, domain: str) -> None:
    with pytest.raises(ValueError, match="make no Message-ID"):
        signed_id(kind, "effect", KEY, key_id, domain)


def wrote(words: str, subject: str = "VPN", sender: str = "eva@lindwerk.example", **more: object) -> Message:
    return Message(sender=Address("", sender), subject=subject, words=words, **more)  # type: ignore[arg-type]


def likeness(message: Message, key: bytes) -> Likeness:
    return likeness_at_home(message, key, ("lindwerk.example",))


def test_a_mail_sent_twice_is_known_by_its_text_whatever_its_id_and_date() -> None:
    first = likeness(wrote("Nothing works.", message_id="a@x", date="Mon"), KEY)
    again = likeness(wrote("Nothing  works.\n", "Re: vpn", message_id="b@x", date="Tue"), KEY)

    assert first.same == again.same
    assert first.same != likeness(wrote("Nothing works.", "WiFi"), KEY).same
    assert first.same != likeness(wrote("Nothing works.", sender="tom@lindwerk.example"), KEY).same
    assert first.same != likeness(wrote("Nothing works.", attachments=(Attachment("a.pdf", "", 1, False),)), KEY).same


def test_what_a_program_answers_every_time_is_alike_but_for_its_numbers() -> None:
    first = likeness(wrote("Your ticket 4711 was opened at 10:31; we answer within two days.", "[#4711]"), KEY)
    second = likeness(wrote("Your ticket 4712 was opened at 10:32; we answer within two days.", "[#4712]"), KEY)

    assert first.alike == second.alike
    assert first.is_long
    assert first.same != second.same


def test_a_short_text_is_alike_only_with_its_subject() -> None:
    assert likeness(wrote("Please see below.", "Invoice"), KEY) != likeness(wrote("Please see below.", "Laptop"), KEY)
    assert not likeness(wrote("Please see below."), KEY).is_long


def test_a_long_text_of_another_house_is_alike_from_whatever_address_it_comes() -> None:
    words = "Your ticket 4711 was opened at 10:31; we answer within two days."
    ticket = likeness(wrote(words, sender="reply-a8f3@vendor.example"), KEY)
    another = likeness(wrote(words, sender="reply-kd92@vendor.example"), KEY)

    assert ticket.alike == another.alike
    assert ticket.same != another.same
    assert ticket.alike != likeness(wrote(words, sender="reply-a8f3@other.example"), KEY).alike
    assert likeness(wrote(words), KEY).alike != likeness(wrote(words, sender="tom@lindwerk.example"), KEY).alike


def test_a_mail_that_says_nothing_is_like_no_other() -> None:
    assert likeness(wrote("", ""), KEY) == Likeness()
    assert likeness(wrote("hello", sender=""), KEY) == Likeness()


def test_our_signed_id_behind_a_plus_leads_back_to_our_mail() -> None:
    ours = signed_id("acknowledgement", "effect", KEY, "k1", "lindwerk.example")
    address = plus_address(ours, "it@lindwerk.example")

    assert address.startswith("it+a.")
    assert len(address.partition("@")[0]) <= 64
    (found,) = ids_behind_plus([address.upper()], {"it@lindwerk.example"}, "lindwerk.example")
    assert verify_signed_id(found, "acknowledgement", "effect", {"k1": KEY})


@pytest.mark.parametrize(
    "address", ["it+urgent@lindwerk.example", "it@lindwerk.example", "eva+a@lindwerk.example", "+@", ""]
)
def test_another_plus_address_is_no_id(address: str) -> None:
    assert ids_behind_plus([address], {"it@lindwerk.example"}, "lindwerk.example") == ()


def test_a_shared_address_that_is_too_long_for_a_plus_has_none() -> None:
    assert plus_address("<a.bcd.k1@x>", "i" * 60 + "@lindwerk.example") == ""
