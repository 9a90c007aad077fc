"""Charts: small bar charts as PNG pictures, for mails that must fetch nothing. The same values give the same bytes.

Flat colours and no letters: what it shows stands beside it in words, and readers who see no pictures miss nothing.
Touches nothing.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

#: Size in pixels; twice what is shown, for screens of high density.
BAR, GAP, HEIGHT, MARGIN = 28, 12, 120, 8

# A palette that is read on white and on black: transparent, kept, kept badly, line.
_CLEAR, _GOOD, _BAD, _LINE = range(4)
_COLOURS = bytes((255, 255, 255, 46, 125, 80, 192, 57, 43, 153, 153, 153))
_OPACITY = bytes((0, 255, 255, 255))

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def bar_chart(shares: Sequence[float | None], good_from: float) -> bytes:
    """A bar for each share from 0 to 1, the oldest first; None leaves a gap. A bar below `good_from` is red.

    A line at `good_from` goes through the picture. Returns the bytes of a PNG (ISO 15948) with a palette.
    """
    width = 2 * MARGIN + max(1, len(shares)) * (BAR + GAP) - GAP
    rows = [bytearray(width) for _ in range(HEIGHT + 2 * MARGIN)]
    foot = MARGIN + HEIGHT
    for number, share in enumerate(shares):
        if share is not None:
            left = MARGIN + number * (BAR + GAP)
            colour = _GOOD if share >= good_from else _BAD
            for row in rows[foot - max(2, round(HEIGHT * min(1.0, share))) : foot]:
                row[left : left + BAR] = bytes((colour,)) * BAR
    for at in (foot, MARGIN + round(HEIGHT * (1 - good_from))):
        rows[at][MARGIN // 2 : width - MARGIN // 2] = bytes((_LINE,)) * (width - 2 * (MARGIN // 2))
    return _png(width, rows)


def _png(width: int, rows: Sequence[bytearray]) -> bytes:
    header = struct.pack(">IIBBBBB", width, len(rows), 8, 3, 0, 0, 0)  # eight bits, palette, not interlaced
    pixels = b"".join(b"\0" + bytes(row) for row in rows)  # filter 0: each row as it is
    parts = (
        (b"IHDR", header),
        (b"PLTE", _COLOURS),
        (b"tRNS", _OPACITY),
        (b"IDAT", zlib.compress(pixels, 9)),
        (b"IEND", b""),
    )
    return _SIGNATURE + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
