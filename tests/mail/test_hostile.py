"""Mail made to harm: every payload becomes a message, soon, in little text, and without what it tried to smuggle in.

The numbers are those of the payload list that the reader was built against. Nothing here needs the child process.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.mail.child import PARSED_BYTES
from daemon.mail.clean import clean_text
from daemon.mail.message import Message
from daemon.mail.parse import ADDRESSES, TEXT_CHARACTERS, extract_attachments, parse
from daemon.mail.structure import DEPTH, PARTS

SECONDS = 4  # of CPU; the child process is allowed five

HEAD = b"From: Eve <evil@attacker.example>\r\nTo: it@lindwerk.example\r\n"


def _with(*headers: bytes, body: bytes = b"text") -> bytes:
    return HEAD + b"\r\n".join(headers) + b"\r\n\r\n" + body


def _html(markup: bytes) -> bytes:
    return _with(b"Content-Type: text/html; charset=utf-8", body=markup)


PAYLOADS: dict[str, Callable[[], bytes]] = {
    "H01 encoded line end": lambda: _with(b"Subject: =?utf-8?q?=0D=0ABcc:_evil=40x?="),
    "H02 literal in encoded word": lambda: _with(b"Subject: A=?UTF-8?Q?=0A?=Bcc: x"),
    "H04 file name with line end": lambda: _with(b"Content-Disposition: attachment; filename*=utf-8''a%0d%0ab"),
    "H06 references": lambda: _with(b"References: " + b"<a@b>\r" * 40_000),
    "H07 id with a command": lambda: _with(b'Message-ID: <x"\r\n X1 STORE 1:* +FLAGS (\\Deleted)>'),
    "H20 commas": lambda: _with(b"To: " + b"," * 32_000),
    "H21 8,000 addresses": lambda: _with(
        *(b"Cc: a%d@x.example" % n for n in range(1_500)), b"To: " + b"a@b.c," * 5_000
    ),
    "H22 brackets": lambda: _with(b"To: " + b"(" * 2_000, b"Cc: " + b"(" * 32_000),
    "H22 nested brackets": lambda: _with(b"To: " + b"(a" * 10_000 + b")" * 10_000),
    "H23 quotes": lambda: _with(b"To: " + b'"' * 32_000),
    "H23 escaped quotes": lambda: _with(b"To: " + b'"\\' * 16_000),
    "H24 encoded words": lambda: _with(b"Subject: " + b"=?utf-8?q?a?= " * 32_000),
    "H24 folded encoded words": lambda: _with(b"Subject: a\r\n " + b"\r\n ".join([b"=?utf-8?b?YQ==?="] * 1_900)),
    "H24 unfinished words": lambda: _with(b"Subject: " + b"=?" * 16_000, b"X-A: " + b"=?a?q? " * 4_000),
    "H25 parameters": lambda: _with(b"Content-Type: text/plain" + b"; a=b" * 6_000),
    "H25 numbered parameters": lambda: _with(
        b"Content-Type: text/plain" + b"".join(b"; a*%d*=b" % n for n in range(3_000))
    ),
    "H27 semicolons": lambda: _with(b"Content-Type: " + b";" * 32_000),
    "H27 semicolons in quotes": lambda: _with(b'Content-Type: text/plain; a="' + b'\\";' * 10_000),
    "H29 To lines": lambda: _with(*([b"To: a@x.example"] * 32_000)),
    "H30 nested multiparts": lambda: (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 900 + b"\r\ndeep" + b"\r\n--b--" * 900
    ),
    "H30 nested multiparts of their own": lambda: (
        HEAD
        + b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(3_000))
        + b"\r\ndeep"
    ),
    "H31 nested mails": lambda: HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 3_000 + b"Subject: deep\r\n\r\ndeep",
    "H32 empty parts": lambda: _with(b"Content-Type: multipart/mixed; boundary=b", body=b"--b\r\n\r\n\r\n" * 32_000),
    "H32 boundary prefixes": lambda: _with(b"Content-Type: multipart/mixed; boundary=b", body=b"--bb" * 500_000),
    "H34 empty id": lambda: _with(b"Message-ID: <>", b"References: " + b"<" * 2_000),
    "H35 base64 in one line": lambda: _with(
        b"Content-Type: application/zip", b"Content-Transfer-Encoding: base64", body=b"QUJD" * 2_000_000
    ),
    "H35 soft breaks": lambda: _with(b"Content-Transfer-Encoding: quoted-printable", body=b"=\r\n" * 1_500_000),
    "H35 equals signs": lambda: _with(b"Content-Transfer-Encoding: quoted-printable", body=b"=" * 5_000_000),
    "H35 uuencode without end": lambda: _with(
        b"Content-Transfer-Encoding: x-uuencode", body=b"begin 644 x\r\n" + b'"8\r\n' * 100_000
    ),
    "H37 one long line": lambda: _with(body=b"a" * 8_000_000),
    "H37 quote marks": lambda: _with(body=b">" * 5_000_000),
    "H37 lines of quote marks": lambda: _with(body=b">\r\n" * 500_000),
    "H38 quote killer": lambda: _with(body=b"  >  > " * 40_000 + b"!"),
    "H38 From lines": lambda: _with(body=b"From:\n" * 50_000),
    "H38 attributions": lambda: _with(body=b"On Mon, 2 Feb 2026 at 10:00, x wrote:\n> a\n" * 20_000),
    "H38 unfinished attributions": lambda: _with(body=b"On Mon, 2 Feb 2026\n" * 20_000),
    "H40 nested div": lambda: _html(b"<div>" * 50_000),
    "H40 unclosed tables": lambda: _html(b"<table>" * 20_000),
    "H40 long attribute": lambda: _html(b'<p title="' + b"a" * 5_000_000 + b'">x</p>'),
    "H40 long style": lambda: _html(b"<style>" + b"a" * 5_000_000 + b"</style>x"),
    "H40 entities": lambda: _html(b"&amp;" * 300_000 + b"&a" * 100_000),
    "H40 unclosed tags": lambda: _html(b"<p" * 50_000 + b"<!--" * 50_000),
    "H40 list items": lambda: _html(b"<ul><li>" * 20_000),
    "H40 quotes": lambda: _html(b"<blockquote>" * 20_000 + b"x"),
    "H41 utf-32": lambda: _with(b"Content-Type: text/plain; charset=utf-32LE", body=b"\xff\xfe\0" * 33_333),
    "H41 rot13": lambda: _with(b"Content-Type: text/plain; charset=rot13", body="grüße".encode()),
    "H41 idna": lambda: _with(b"Content-Type: text/plain; charset=idna", body="ü".encode() * 100_000),
    "H41 undefined": lambda: _with(b"Subject: =?undefined?q?a=FF?=", b"Content-Type: text/plain; charset=../../x"),
    "H41 utf-7": lambda: _with(b"Content-Type: text/plain; charset=utf-7", body=b"+ADw-script+AD4- +2AA-"),
    "H43 calendar": lambda: _with(
        b"Content-Type: text/calendar", body=b"BEGIN:VCALENDAR\r\n" + b"RRULE:FREQ=SECONDLY\r\n" * 100_000
    ),
    "H44 header without a fold": lambda: _with(b"X-Long: " + b"a" * 1_000_000),
    "H44 unknown headers": lambda: _with(*(b"X-%d: y" % n for n in range(5_000))),
    "H44 raw Latin-1": lambda: _with("Subject: Grüße".encode("latin-1"), b"X-\xfc: a"),
    "H44 NUL and bare CR": lambda: _with(b"Subject: a\0b\rBcc: c", body=b"a\0b\rc"),
    "H44 only CR": lambda: HEAD.replace(b"\r\n", b"\r") + b"Subject: x\r\rbody\rmore",
    "H44 marks": lambda: _with(body="a\u0315\u0300".encode() + "\u0315\u0300".encode() * 60_000),
    "H45 nothing": lambda: b"",
    "H45 line ends": lambda: b"\r\n\r\n\r\n",
    "H45 only a header": lambda: HEAD,
    "H45 continuation first": lambda: b" folded\r\n" + HEAD + b"\r\nbody",
    "H45 mbox line": lambda: b"From evil Mon Feb  2 09:00:00 2026\r\n" + HEAD + b"\r\nbody",
    "H45 no blank line": lambda: HEAD + b"This is the text\r\nTo: other@x.example\r\n",
    "H60 script": lambda: _html(
        b"<script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)></svg>seen"
    ),
    "H68 external body": lambda: _with(b"Content-Type: message/external-body; access-type=URL; URL=http://127.0.0.1/"),
    "H76 dates": lambda: _with(b"Date: Mon, 99 Foo 99999 23:59:60 +9999", b"Date: x", b"Date:"),
    "surrogates": lambda: _with(
        b"Subject: =?utf-16le?b?ANgA2A==?=", b"Content-Type: text/plain; charset=utf-16le", body=b"\0\xd8"
    ),
}


def _read(raw: bytes) -> Message:
    started = time.process_time()
    message = parse(raw)
    taken = time.process_time() - started

    assert taken < SECONDS
    assert message == Message.from_json(message.to_json())
    assert len(json.dumps(message.to_json(), ensure_ascii=False).encode("utf-8")) < PARSED_BYTES
    assert len(message.text) <= TEXT_CHARACTERS
    assert len((*message.senders, *message.to, *message.cc, *message.reply_to)) <= ADDRESSES
    for text in (message.text, message.words, *(value for _, value in message.headers)):
        assert clean_text(text) == text
    assert not any("\n" in value for _, value in message.headers)
    return message


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_hostile_mail_becomes_a_message_in_time(name: str) -> None:
    message = _read(PAYLOADS[name]())

    if not name.startswith("H45"):
        assert message.sender.address == "evil@attacker.example"


@pytest.mark.parametrize(
    "name",
    [
        *("H06 references", "H21 8,000 addresses", "H24 encoded words", "H29 To lines", "H30 nested multiparts"),
        *("H30 nested multiparts of their own", "H31 nested mails", "H32 empty parts", "H37 one long line"),
        *("H40 nested div", "H40 long attribute", "H44 header without a fold", "H44 unknown headers"),
    ],
)
def test_what_lies_beyond_a_limit_is_left_out_and_told(name: str) -> None:
    message = parse(PAYLOADS[name]())

    assert message.partial
    assert any("left out" in defect for defect in message.defects)


def test_limits_of_parts_are_met_exactly() -> None:
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    header = b"Content-Type: multipart/mixed; boundary=b"

    assert not parse(_with(header, body=part * (PARTS - 1) + b"--b--")).partial
    assert parse(_with(header, body=part * PARTS + b"--b--")).partial
    nested = b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n'
    deep = [b"".join(nested % (n, n) for n in range(levels)) + b"\r\nx" for levels in (DEPTH - 1, DEPTH)]
    assert [parse(HEAD + one).partial for one in deep] == [False, True]


def test_an_archive_is_never_opened() -> None:
    bomb = b"PK\x03\x04" + b"\0" * 1_000
    raw = _with(
        b"Content-Type: application/zip; name=bomb.zip",
        b"Content-Transfer-Encoding: base64",
        body=base64.b64encode(bomb),
    )

    (attachment,) = _read(raw).attachments
    (file,) = extract_attachments(raw)

    assert attachment.size == len(bomb)
    assert file.content == bomb


def test_nothing_of_html_is_run_or_fetched() -> None:
    assert _read(PAYLOADS["H60 script"]()).words == "seen"


@given(st.binary(max_size=600))
def test_any_bytes_are_a_message(raw: bytes) -> None:
    _read(raw)
    extract_attachments(raw)


FOLDER = Path(__file__).parent.parent / "mails"


@given(st.data())
def test_a_damaged_mail_is_still_a_message(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(sorted(FOLDER.glob("*.eml"))))
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, max(len(raw) - 1, 0)))
        width = data.draw(st.integers(0, 40))
        raw[place : place + width] = data.draw(
            st.binary(max_size=20)
            | st.sampled_from([b"\r\n", b"\r\n\r\n", b"--", b"=?", b'"', b"(", b"<", b";", b":", b"\0"])
        )

    _read(bytes(raw))
    extract_attachments(bytes(raw))
