"""Bar charts as PNG pictures that any reader of pictures reads."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.mail.chart import BAR, GAP, HEIGHT, MARGIN, bar_chart


def pixels(png: bytes) -> list[bytes]:
    """The rows of a picture, read chunk by chunk with every checksum."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    at, data, names = 8, b"", []
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        name, body = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack(">I", png[at + 8 + length : at + 12 + length])
        assert zlib.crc32(name + body) == checksum
        names.append(name)
        data += body if name == b"IDAT" else b""
        at += 12 + length
    assert names == [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"]
    width, height, *kind = struct.unpack(">IIBBBBB", png[16:29])
    raw = zlib.decompress(data)
    assert (len(raw), kind) == (height * (width + 1), [8, 3, 0, 0, 0])
    return [raw[row * (width + 1) + 1 : (row + 1) * (width + 1)] for row in range(height)]


def bar(rows: list[bytes], number: int) -> bytes:
    """The colours of a bar, from the top to the foot."""
    middle = MARGIN + number * (BAR + GAP) + BAR // 2
    return bytes(row[middle] for row in rows[MARGIN : MARGIN + HEIGHT])


def test_a_bar_is_as_high_as_its_share_and_red_below_the_line() -> None:
    rows = pixels(bar_chart([1.0, 0.5, None], 0.9))

    assert [bar(rows, number).count(1) for number in range(3)] == [HEIGHT - 1, 0, 0]
    assert [bar(rows, number).count(2) for number in range(3)] == [0, HEIGHT // 2, 0]
    assert bar(rows, 2).count(3) == 1


def test_the_same_values_give_the_same_bytes_and_few_of_them() -> None:
    assert bar_chart([0.3] * 8, 0.9) == bar_chart([0.3] * 8, 0.9)
    assert len(bar_chart([0.3] * 8, 0.9)) < 1000


@given(st.lists(st.none() | st.floats(0, 1), max_size=20), st.floats(0.01, 1))
def test_every_chart_can_be_read(shares, good_from) -> None:
    assert len(pixels(bar_chart(shares, good_from))) == HEIGHT + 2 * MARGIN


@pytest.mark.parametrize("share", [0.0, 0.001])
def test_a_week_in_which_nothing_was_kept_is_seen(share) -> None:
    assert bar(pixels(bar_chart([share], 0.9)), 0).count(2) == 2
