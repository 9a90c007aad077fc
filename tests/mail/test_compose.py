from __future__ import annotations

import dataclasses
import datetime as dt
import email
import email.policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.mail.clean import clean_header, clean_text
from daemon.mail.compose import ComposeError, Draft, OutgoingAttachment, compose, is_sendable_address
from daemon.mail.message import Address
from daemon.mail.parse import parse

NOW = dt.datetime(2026, 2, 2, 8, 15, 1, tzinfo=dt.UTC)
TOKEN = "0123456789abcdef" * 2
DRAFT = Draft(
    kind="acknowledgement",
    sender=Address("IT, Lindwerk", "it@lindwerk.example"),
    recipient=Address("Samir Haddad", "samir.haddad@lindwerk.example"),
    reply_to=None,
    subject="We have your request REQ-2041",
    text="Hello Samir,\n\nwe have your request.\n",
)
ALLOWED = {
    *("from", "to", "reply-to", "subject", "date", "message-id", "in-reply-to", "references", "mime-version"),
    *("content-type", "content-transfer-encoding", "auto-submitted", "x-auto-response-suppress"),
    *("x-postroom-loop", "x-postroom-outbox"),
}


def _composed(draft: Draft = DRAFT, **changes: Any) -> bytes:
    return compose(
        dataclasses.replace(draft, **changes),
        message_id="<a.mfrggzdfmztwq2lknnwg23tpobyxe43u.k1@lindwerk.example>",
        date=NOW,
        outbox_token=TOKEN,
        install_id="5f2b1c0d",
    )


def _read(raw: bytes) -> EmailMessage:
    """The standard library's reading, which knows nothing of ours."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def _body(raw: bytes, subtype: str) -> str:
    part = _read(raw).get_body((subtype,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def _assert_fit_for_the_wire(raw: bytes) -> None:
    assert raw.isascii()
    assert raw.count(b"\r\n") == raw.count(b"\r") == raw.count(b"\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    head = raw[: raw.index(b"\r\n\r\n")].decode()
    assert max(map(len, head.split("\r\n"))) <= 300
    message = _read(raw)
    names = [name.lower() for name in message]
    assert set(names) <= ALLOWED
    assert len(names) == len(set(names))
    assert not any(part.defects for part in message.walk())


def test_a_plain_mail_byte_for_byte() -> None:
    raw = _composed(automatic="replied", in_reply_to="abc@x.example", references=("first@x.example", "<abc@x.example>"))

    assert raw == (
        b'From: "IT, Lindwerk" <it@lindwerk.example>\r\n'
        b"To: Samir Haddad <samir.haddad@lindwerk.example>\r\n"
        b"Subject: We have your request REQ-2041\r\n"
        b"Date: Mon, 02 Feb 2026 08:15:01 +0000\r\n"
        b"Message-ID: <a.mfrggzdfmztwq2lknnwg23tpobyxe43u.k1@lindwerk.example>\r\n"
        b"In-Reply-To: <abc@x.example>\r\n"
        b"References: <first@x.example>\r\n"
        b" <abc@x.example>\r\n"
        b"Auto-Submitted: auto-replied\r\n"
        b"X-Auto-Response-Suppress: All\r\n"
        b"X-Postroom-Loop: 5f2b1c0d\r\n"
        b"X-Postroom-Outbox: 0123456789abcdef0123456789abcdef\r\n"
        b"MIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: 7bit\r\n"
        b"\r\n"
        b"Hello Samir,\r\n"
        b"\r\n"
        b"we have your request.\r\n"
    )


def test_the_same_draft_gives_the_same_bytes_and_another_id_other_boundaries() -> None:
    draft = dataclasses.replace(DRAFT, html="<p>Hello</p>")
    other = compose(draft, message_id="b@lindwerk.example", date=NOW, outbox_token=TOKEN, install_id="i")

    assert _composed(draft) == _composed(draft)
    assert _read(other).get_boundary() != _read(_composed(draft)).get_boundary()


def test_text_html_and_files_stand_where_mail_programs_look_for_them() -> None:
    files = (
        OutgoingAttachment("plan.pdf", "application/pdf", b"%PDF-1.7\r\n\x00\xff" * 40),
        OutgoingAttachment("Übersicht März.txt", "text/plain", "Grüße".encode()),
        OutgoingAttachment("mail.eml", "message/rfc822", b"Subject: x\n\ny"),
        OutgoingAttachment("x" * 119 + "ü", "no type", b""),
    )
    raw = _composed(text="Grüße\n", html="<p>Grüße</p>\n", attachments=files)

    _assert_fit_for_the_wire(raw)
    message = _read(raw)
    assert [part.get_content_type() for part in message.walk()] == [
        *("multipart/mixed", "multipart/alternative", "text/plain", "text/html"),
        *("application/pdf", "text/plain", "application/octet-stream", "application/octet-stream"),
    ]
    assert _body(raw, "plain") == "Grüße\n"
    assert _body(raw, "html") == "<p>Grüße</p>\n"
    found = [(part.get_filename(), part.get_payload(decode=True)) for part in message.iter_attachments()]
    assert found == [(file.name, file.content) for file in files]


def test_our_own_reader_understands_what_we_write() -> None:
    raw = _composed(
        sender=Address("Jürgen Müller-Lüdenscheidt, Büro für Gebäude", "it@lindwerk.example"),
        reply_to=Address("", "help@lindwerk.example"),
        subject="Prüfung läuft – bitte warten",
        text="Grüße\n",
        html="<p>Grüße</p>",
        attachments=(OutgoingAttachment("Übersicht.pdf", "application/pdf", b"x"),),
    )

    message = parse(raw)

    assert message.sender == Address("Jürgen Müller-Lüdenscheidt, Büro für Gebäude", "it@lindwerk.example")
    assert message.reply_to == (Address("", "help@lindwerk.example"),)
    assert message.subject == "Prüfung läuft – bitte warten"
    assert message.text == "Grüße"
    assert [(file.name, file.size) for file in message.attachments] == [("Übersicht.pdf", 1)]
    assert message.loop == "5f2b1c0d"
    assert not any(name.startswith("x-postroom") for name, _ in message.headers)
    assert message.defects == ()


def test_a_mail_of_a_person_is_not_marked_automatic() -> None:
    message = _read(_composed(automatic=None))

    assert message["Auto-Submitted"] is None
    assert message["X-Auto-Response-Suppress"] is None
    assert _read(_composed(automatic="generated"))["Auto-Submitted"] == "auto-generated"


def test_a_long_thread_keeps_its_first_id_and_the_newest() -> None:
    references = tuple(f"{number}@x.example" for number in range(50))

    found = _read(_composed(references=references))["References"].split()

    assert found == ["<0@x.example>", *(f"<{number}@x.example>" for number in range(31, 50))]
    long = _read(_composed(references=tuple(f"{n}{'a' * 220}@x.example" for n in range(20))))["References"]
    assert len(long) <= 4_000
    assert long.startswith("<0a")


@pytest.mark.parametrize("bad", ["a b@x", "<a@x>\r\nBcc: evil@x.example", "ä@x", "", "a" * 300, "a>b@x"])
def test_a_strangers_broken_id_is_left_out(bad: str) -> None:
    message = _read(_composed(in_reply_to=bad, references=(bad, "good@x.example")))

    assert message["In-Reply-To"] is None
    assert message["References"] == "<good@x.example>"


@pytest.mark.parametrize(
    "hostile",
    [
        "Hello\r\nBcc: evil@x.example",
        "Hello\nBcc: evil@x.example\n\nbody",
        "Hello\rBcc: evil@x.example",
        "A=?UTF-8?Q?=0A?=Bcc: evil@x.example",
        "=?utf-8?q?=0D=0ABcc:_evil=40x.example?=",
        "Hello\u2028Bcc: evil@x.example",
        "Hello\x85Bcc: evil@x.example",
        "Hello\x00\ud800\u202e\x1b[2J",
        '"><script>, <evil@x.example>',
        "a" * 5_000,
        "ä" * 3_000,
        "\U0001f5a8" * 500,
        "\\",
        '"',
        "=?",
        ",;:<>@",
    ],
)
def test_nothing_hostile_leaves_its_header(hostile: str) -> None:
    raw = _composed(
        subject=hostile,
        sender=Address(hostile, "it@lindwerk.example"),
        recipient=Address(hostile, "samir.haddad@lindwerk.example"),
        reply_to=Address(hostile, "help@lindwerk.example"),
        text=hostile,
        html=hostile,
        attachments=(OutgoingAttachment(hostile, hostile, b"x"),),
    )

    _assert_fit_for_the_wire(raw)
    message = _read(raw)
    assert message["Subject"] == clean_header(hostile)
    assert [address.addr_spec for address in message["To"].addresses] == ["samir.haddad@lindwerk.example"]
    assert [address.addr_spec for address in message["From"].addresses] == ["it@lindwerk.example"]
    assert "Bcc" not in message
    ours = parse(raw)
    assert (ours.subject, ours.sender.address) == (clean_header(hostile), "it@lindwerk.example")


texts = st.text(max_size=200) | st.text(alphabet="ab =?\r\n\t\"'<>,@äöü€中\u202e\x00.-", max_size=200)


@given(subject=texts, name=texts)
def test_any_subject_and_name_come_back_as_the_standard_library_reads_them(subject: str, name: str) -> None:
    raw = _composed(subject=subject, recipient=Address(name, "samir.haddad@lindwerk.example"))

    _assert_fit_for_the_wire(raw)
    message = _read(raw)
    assert (message["Subject"] or "") == clean_header(subject)
    (address,) = message["To"].addresses
    assert address.addr_spec == "samir.haddad@lindwerk.example"
    # Python 3.11 leaves the space between two encoded words in a name, against RFC 2047 6.2.
    assert address.display_name.replace(" ", "") == clean_header(name).replace(" ", "")
    assert parse(raw).to[0].name == clean_header(name)[:200].strip("'\" ")


@given(text=texts, html=st.none() | texts)
def test_any_text_comes_back_as_the_standard_library_reads_it(text: str, html: str | None) -> None:
    raw = _composed(text=text, html=html)

    _assert_fit_for_the_wire(raw)
    for subtype, given_text in (("plain", text), ("html", html)):
        if given_text is None:
            continue
        assert _body(raw, subtype) == clean_text(given_text).strip("\n") + "\n"


@given(name=st.text(max_size=150), content=st.binary(max_size=300))
def test_any_file_comes_back_whole(name: str, content: bytes) -> None:
    raw = _composed(attachments=(OutgoingAttachment(name, "application/pdf", content),))

    _assert_fit_for_the_wire(raw)
    (part,) = _read(raw).iter_attachments()
    assert part.get_payload(decode=True) == content
    assert part.get_filename() == (clean_header(name) or "unnamed")[:120]


def test_lines_of_any_length_and_trailing_spaces_survive() -> None:
    text = "a" * 2_000 + "\n" + "b " * 60 + "\n.\n..\nFrom here\ntrailing \n\n=_\n--=_alt_x\n"
    raw = _composed(text=text, html="<p>x</p>")

    _assert_fit_for_the_wire(raw)
    assert _body(raw, "plain") == text


@pytest.mark.parametrize(
    "address",
    [
        "mara@lindwerk.example",
        "mara.vogt+x@lindwerk.example",
        "o'hara@x-y.example",
        "a@xn--bcher-kva.example",
        "#!$%@x.example",
    ],
)
def test_an_ordinary_address_can_be_sent_to(address: str) -> None:
    assert is_sendable_address(address)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "mara",
            "@x.example",
            "a@",
            "a@localhost",
            "a@x.example ",
            "a@x.example\n",
            "a@x.example\r\nRCPT TO:<b@c>",
        ),
        *(
            "x@y.example>\r\nRCPT TO:<evil@z.example",
            "a b@x.example",
            '"a b"@x.example',
            "a@[192.0.2.1]",
            "jürgen@x.example",
        ),
        *(
            "a@bücher.example",
            ".a@x.example",
            "a.@x.example",
            "a..b@x.example",
            "a@-x.example",
            "a@x_y.example",
            "a@b@x.example",
        ),
        *("a" * 65 + "@x.example", "a@" + "b" * 64 + ".example", "a@" + "b." * 130 + "example", "<a@x.example>"),
    ],
)
def test_any_other_address_cannot(address: str) -> None:
    assert not is_sendable_address(address)
    with pytest.raises(ComposeError, match="is no address that mail can be sent to"):
        _composed(recipient=Address("", address))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"message_id": "a b"}, "'a b' is no Message-ID."),
        ({"outbox_token": "A" * 32}, f"'{'A' * 32}' is no outbox token."),
        ({"outbox_token": TOKEN + "\n"}, f"'{TOKEN}' is no outbox token."),
        ({"install_id": "x\r\nBcc: y"}, "'x Bcc: y' is no install id."),
        ({"date": NOW.replace(tzinfo=None)}, "The date 2026-02-02T08:15:01 of a mail must be in UTC."),
        (
            {"date": NOW.astimezone(dt.timezone(dt.timedelta(hours=1)))},
            "The date 2026-02-02T09:15:01+01:00 of a mail must be in UTC.",
        ),
    ],
)
def test_what_cannot_be_sent_is_refused_with_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    usual: dict[str, Any] = {"message_id": "a@x.example", "date": NOW, "outbox_token": TOKEN, "install_id": "i"}

    with pytest.raises(ComposeError) as refused:
        compose(DRAFT, **(usual | changes))

    assert sentence == str(refused.value)


def test_the_last_look_stops_a_header_that_does_not_belong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("daemon.mail.compose.clean_header", lambda value: value)

    with pytest.raises(ComposeError, match=r"has the header line 'Bcc: evil@x.example'"):
        _composed(subject="x\r\nBcc: evil@x.example")
    with pytest.raises(ComposeError, match="half a line end"):
        _composed(subject="x\nBcc: evil@x.example")
