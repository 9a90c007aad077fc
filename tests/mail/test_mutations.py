"""Mails of our own, damaged at random: none of them ends, hangs or escapes the child that reads it.

Each damaged mail follows from its number alone, so a failure names all that is needed to see it again:
`mutated(4711)`. `make sweep` reads 10,000 of them, otherwise 200.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.mail.message import Message
from daemon.mail.parse import parse
from daemon.parsing import ParserPool
from tests.mail import wrapping
from tests.mail.hostile import HEAD, file, html, in_base64, parts

ROOT = Path(__file__).parent.parent.parent
MANY, FEW, TOGETHER = 10_000, 200, 50

_WRAPPED = [
    in_base64(b"application/pkcs7-mime; smime-type=signed-data", wrapping.signed_in_pieces(b"\r\nsigned")),
    in_base64(b"application/pkcs7-mime; smime-type=enveloped-data", wrapping.enveloped()),
    in_base64(b"application/ms-tnef; name=winmail.dat", wrapping.tnef(wrapping.tnef_file("a.txt", b"content" * 20))),
    in_base64(
        b"application/ms-tnef; name=winmail.dat",
        wrapping.tnef(
            wrapping.attribute(
                1, 0x69003, wrapping.properties((0x1000, 0x1F, "words".encode("utf-16-le")), (0x3FDE, 3, b"\xe4\4\0\0"))
            )
        ),
    ),
    HEAD + b"\r\nsee\n" + wrapping.uuencoded("a.bin", bytes(range(256))),
    HEAD + b"\r\n" + wrapping.clear_signed(b"- words\n") + wrapping.armored("MESSAGE"),
    html(
        b"<style>.a{display:none}</style><table><tr><td class=a style='color:#fff'>x<td bgcolor=red>y</table><ul><li>z"
    ),
    parts(b"\r\nsee", file("=?utf-8?q?a=C3=BC.txt?="), b"Content-Type: message/rfc822\r\n\r\n" + HEAD + b"\r\ninner"),
]
MAILS = [
    path.read_bytes() for folder in ("tests/mails", "demo/mails") for path in sorted((ROOT / folder).glob("*.eml"))
]
MAILS += _WRAPPED

_TOKENS = [
    *(
        b"\r\n",
        b"\r\n\r\n",
        b"\r",
        b"\n",
        b"\0",
        b"\xff",
        b"--",
        b"--b--",
        b"=?",
        b"?=",
        b"=?utf-8?b?",
        b"=",
        b"==",
        b"=\r\n",
    ),
    *(
        b'"',
        b"(",
        b")",
        b"<",
        b">",
        b";",
        b":",
        b",",
        b"@",
        b"\\",
        b"'",
        b"*0*=",
        b"%",
        b"\t",
        b" ",
        b"{",
        b"}",
        b"&#0;",
    ),
    *(b"Content-Type: ", b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Transfer-Encoding: base64\r\n"),
    *(
        b"Content-Type: message/rfc822\r\n\r\n",
        b"charset=utf-16",
        b"charset=iso-2022-jp",
        b"begin 644 x\n",
        b"<!--",
        b"<div>",
    ),
    *(b"-----BEGIN PGP MESSAGE-----\n", b"\x78\x9f\x3e\x22", b"\x30\x80", b"\x1b$B", "\u202e\U000e0041".encode()),
]


def _slice(chance: random.Random, raw: bytes, longest: int) -> tuple[int, int]:
    start = chance.randrange(len(raw) + 1)
    return start, min(start + chance.randrange(longest), len(raw))


def _flip(chance: random.Random, raw: bytes) -> bytes:
    out = bytearray(raw)
    for _ in range(chance.randrange(1, 20) if out else 0):
        out[chance.randrange(len(out))] ^= 1 << chance.randrange(8)
    return bytes(out)


def _insert(chance: random.Random, raw: bytes) -> bytes:
    place = chance.randrange(len(raw) + 1)
    return raw[:place] + chance.choice(_TOKENS) * chance.choice((1, 1, 1, 3, 500)) + raw[place:]


def _replace(chance: random.Random, raw: bytes) -> bytes:
    start, end = _slice(chance, raw, 12)
    return raw[:start] + chance.choice(_TOKENS) + raw[end:]


def _delete(chance: random.Random, raw: bytes) -> bytes:
    start, end = _slice(chance, raw, chance.choice((2, 40, 2_000)))
    return raw[:start] + raw[end:]


def _repeat(chance: random.Random, raw: bytes) -> bytes:
    start, end = _slice(chance, raw, 200)
    return raw[:end] + raw[start:end] * chance.choice((1, 2, 50, 500)) + raw[end:]


def _cut(chance: random.Random, raw: bytes) -> bytes:
    return raw[: chance.randrange(len(raw) + 1)]


def _splice(chance: random.Random, raw: bytes) -> bytes:
    other = chance.choice(MAILS)
    return raw[: chance.randrange(len(raw) + 1)] + other[chance.randrange(len(other)) :]


def _swap_lines(chance: random.Random, raw: bytes) -> bytes:
    lines = raw.splitlines(keepends=True)
    for _ in range(3 if len(lines) > 1 else 0):
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def _random_bytes(chance: random.Random, raw: bytes) -> bytes:
    start, end = _slice(chance, raw, 60)
    return raw[:start] + chance.randbytes(chance.randrange(80)) + raw[end:]


MUTATIONS: list[Callable[[random.Random, bytes], bytes]] = [
    *(_flip, _insert, _insert, _replace, _delete, _repeat, _cut, _splice, _swap_lines, _random_bytes)
]


def mutated(number: int) -> bytes:
    """The damaged mail of that number."""
    chance = random.Random(number)
    raw = MAILS[number % len(MAILS)]
    for _ in range(chance.randrange(1, 7)):
        raw = chance.choice(MUTATIONS)(chance, raw)
    return raw


@pytest.mark.sweep
@pytest.mark.timeout(3_600)
def test_no_damaged_mail_ends_hangs_or_escapes_its_reader(sweeping: bool) -> None:
    last = MANY if sweeping else FEW
    unread: list[str] = []
    with ParserPool(wall_seconds=120) as pool:
        for first in range(0, last, TOGETHER):
            results = pool.parse_many([mutated(number) for number in range(first, first + TOGETHER)])
            for number, result in enumerate(results, start=first):
                if isinstance(result, Message):
                    str(result.to_json()).encode("utf-8")
                else:
                    unread.append(f"mutated({number}): {result}")

    assert unread == []


def test_a_damaged_mail_is_the_same_each_time() -> None:
    assert [mutated(number) for number in range(20)] == [mutated(number) for number in range(20)]
    assert len({mutated(number) for number in range(200)}) > 150


def test_the_files_of_a_damaged_mail_can_be_asked_for() -> None:
    from daemon.mail.parse import extract_attachments

    for number in range(100):
        raw = mutated(number)

        assert len(extract_attachments(raw)) <= len(parse(raw).attachments)
