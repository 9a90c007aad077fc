"""Mail made to harm: each payload becomes a message, soon, and without what it tried to smuggle in.

Each goes through a child process between two good mails, which must not feel it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.mail.child import PARSED_BYTES
from daemon.mail.clean import clean_text
from daemon.mail.message import Message
from daemon.mail.parse import ADDRESSES, TEXT_CHARACTERS, extract_attachments, parse
from daemon.mail.structure import DEPTH, PARTS
from daemon.parsing import ParserPool
from tests.mail.hostile import COSTLY, HEAD, PAYLOADS, SENDERS, in_base64, with_headers
from tests.speed import is_done_within

SECONDS = 4  # of CPU; the child process is allowed five
GOOD = [f"From: mara.vogt@lindwerk.example\r\nSubject: good {n}\r\n\r\nwords".encode() for n in range(2)]


@pytest.fixture(scope="module")
def pool() -> Iterator[ParserPool]:
    with ParserPool(cpu_seconds=SECONDS, wall_seconds=120) as pool:
        yield pool


def _check(message: Message) -> None:
    assert message == Message.from_json(message.to_json())
    assert len(json.dumps(message.to_json(), ensure_ascii=False).encode("utf-8")) < PARSED_BYTES
    assert len(message.text) <= TEXT_CHARACTERS
    assert len((*message.senders, *message.to, *message.cc, *message.reply_to)) <= ADDRESSES
    shown = [message.text, message.words, message.subject, message.sender.name, message.encrypted]
    shown += [one.name for one in message.attachments] + [value for _, value in message.headers]
    for text in shown:
        assert clean_text(text) == text
    assert not any("\n" in value for _, value in message.headers)
    assert not any(set(one.name) & set('/\\<>:"|?*\n') for one in message.attachments)
    assert not any(name.startswith("x-postroom") for name, _ in message.headers)


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_hostile_mail_becomes_a_message_and_its_neighbours_do_not_feel_it(name: str, pool: ParserPool) -> None:
    raw = PAYLOADS[name]()

    before, hostile, after = pool.parse_many([GOOD[0], raw, GOOD[1]])

    assert [before, after] == [parse(good) for good in GOOD]
    assert isinstance(hostile, Message)
    _check(hostile)
    assert hostile.size == len(raw)
    if raw.startswith(HEAD) and name not in SENDERS:
        assert hostile.sender.address in ("evil@attacker.example", "")


def test_there_are_enough_of_them() -> None:
    assert len(PAYLOADS) >= 400


@pytest.mark.parametrize(
    "name",
    [
        *("H06 references", "H21 8,000 addresses", "H24 encoded words", "H29 To lines", "H30 nested multiparts"),
        *("H30 nested multiparts of their own", "H31 nested mails", "H32 empty parts", "H37 one long line"),
        *("H40 nested div", "H40 long attribute", "H44 header without a fold", "H44 unknown headers"),
        *("H40 attributes", "H40 options", "H40 items in a deep place"),
        *("H29 500,000 address lines", "H54 500 files", "H43 S/MIME forty times"),
    ],
)
def test_what_lies_beyond_a_limit_is_left_out_and_told(name: str) -> None:
    message = parse(PAYLOADS[name]())

    assert message.partial
    assert any("left out" in defect for defect in message.defects)


@pytest.mark.parametrize("name", COSTLY)
def test_a_costly_mail_takes_little_time_of_the_processor(name: str) -> None:
    raw = COSTLY[name]()

    assert is_done_within(SECONDS, lambda: parse(raw))


def test_limits_of_parts_are_met_exactly() -> None:
    part = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    header = b"Content-Type: multipart/mixed; boundary=b"

    assert not parse(with_headers(header, body=part * (PARTS - 1) + b"--b--")).partial
    assert parse(with_headers(header, body=part * PARTS + b"--b--")).partial
    nested = b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n'
    deep = [b"".join(nested % (n, n) for n in range(levels)) + b"\r\nx" for levels in (DEPTH - 1, DEPTH)]
    assert [parse(HEAD + one).partial for one in deep] == [False, True]


def test_an_archive_is_never_opened() -> None:
    bomb = b"PK\x03\x04" + b"\0" * 1_000
    raw = in_base64(b"application/zip; name=bomb.zip", bomb)

    (attachment,) = parse(raw).attachments
    (file,) = extract_attachments(raw)

    assert attachment.size == len(bomb)
    assert file.content == bomb


def test_nothing_of_html_is_run_or_fetched() -> None:
    script = b"<script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)></svg>seen"

    assert parse(with_headers(b"Content-Type: text/html", body=script)).words == "seen"


def _read(raw: bytes) -> None:
    assert is_done_within(SECONDS, lambda: _check(parse(raw)))


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
