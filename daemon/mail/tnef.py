"""winmail.dat (TNEF, [MS-OXTNEF]): the text and the files that Outlook packed into one attachment.

A reader with limits for what a person would see of it. Properties that it does not know it steps over; where
the bytes make no sense any more it stops, and keeps what it has read so far.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from daemon.mail.rtf import decompressed

SIGNATURE = b"\x78\x9f\x3e\x22"
ATTRIBUTES = 10_000
"""So many attributes of one file are read."""
PROPERTIES = 5_000
"""So many MAPI properties of one attribute are read."""
FILES = 100
"""So many files of one winmail.dat are read."""

# [MS-OXTNEF] 2.1.3.2; the high half is the type of the value.
_BODY, _CODEPAGE, _MESSAGE_PROPERTIES = 0x0002800C, 0x00069007, 0x00069003
_NEW_FILE, _FILE_TITLE, _FILE_DATA, _FILE_PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
# [MS-OXPROPS]
_P_BODY, _P_RTF, _P_HTML, _P_CODEPAGE = 0x1000, 0x1009, 0x1013, 0x3FDE
_P_DATA, _P_SHORT_NAME, _P_LONG_NAME, _P_MIME, _P_CONTENT_ID = 0x3701, 0x3704, 0x3707, 0x370E, 0x3712
_TEXT8, _TEXT16, _BINARY, _OBJECT, _LONG = 0x001E, 0x001F, 0x0102, 0x000D, 0x0003
_SIZES = {
    **dict.fromkeys((0x0002, _LONG, 0x0004, 0x000A, 0x000B), 4),
    **dict.fromkeys((0x0005, 0x0006, 0x0007, 0x0014, 0x0040), 8),
    0x0048: 16,
}
_MULTIPLE = 0x1000
_OBJECT_ID_BYTES = 16


class NoTnef(ValueError):
    """These bytes are no TNEF at all."""


@dataclass(slots=True)
class TnefFile:
    """A file in a winmail.dat; `charset` is that of `name`, which is bytes as they stand there."""

    name: bytes = b""
    content: bytes = b""
    content_type: str = ""
    content_id: str = ""
    charset: str = "cp1252"


@dataclass(slots=True)
class Tnef:
    """What a winmail.dat holds: its text in up to three forms, and its files. `whole` is False if it is damaged."""

    plain: bytes = b""
    plain_charset: str = "cp1252"
    html: bytes = b""
    html_charset: str = ""
    rtf: bytes = b""
    files: list[TnefFile] = field(default_factory=list)
    whole: bool = True


def read_tnef(data: bytes) -> Tnef:
    """What `data` holds. Raises NoTnef if it does not begin as TNEF."""
    if not data.startswith(SIGNATURE):
        raise NoTnef("It does not begin as TNEF.")
    tnef = Tnef()
    try:
        for name, value in _attributes(data):
            _take(tnef, name, value)
    except (struct.error, IndexError, ValueError):
        tnef.whole = False
    return tnef


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 6
    for _ in range(ATTRIBUTES):
        if position + 11 > len(data):
            return
        _level, name, length = struct.unpack_from("<BII", data, position)
        start = position + 9
        yield name, data[start : start + length]
        if start + length > len(data):
            raise ValueError("The last attribute is cut off.")
        position = start + length + 2  # a checksum of two bytes, which proves nothing


def _take(tnef: Tnef, name: int, value: bytes) -> None:
    if name == _BODY:
        tnef.plain = tnef.plain or value.rstrip(b"\0")
    elif name == _CODEPAGE and len(value) >= 4:
        tnef.plain_charset = _charset(struct.unpack_from("<I", value)[0]) or tnef.plain_charset
    elif name == _MESSAGE_PROPERTIES:
        _take_text(tnef, _properties(value))
    elif name == _NEW_FILE:
        if len(tnef.files) >= FILES:
            raise ValueError("There are too many files.")
        tnef.files.append(TnefFile(charset=tnef.plain_charset))
    elif tnef.files and name in (_FILE_TITLE, _FILE_DATA, _FILE_PROPERTIES):
        _take_file(tnef.files[-1], name, value)


def _take_text(tnef: Tnef, properties: Iterator[tuple[int, int, bytes]]) -> None:
    for name, kind, value in properties:
        if name == _P_BODY and value:
            tnef.plain, tnef.plain_charset = _text(kind, value, tnef.plain_charset)
        elif name == _P_HTML and value:
            tnef.html = value.rstrip(b"\0") if kind != _TEXT16 else value
            tnef.html_charset = "utf-16-le" if kind == _TEXT16 else tnef.html_charset
        elif name == _P_RTF and kind == _BINARY:
            tnef.rtf = decompressed(value)
        elif name == _P_CODEPAGE and kind == _LONG:
            tnef.html_charset = tnef.html_charset or _charset(struct.unpack("<I", value)[0])


def _take_file(file: TnefFile, name: int, value: bytes) -> None:
    if name == _FILE_TITLE:
        file.name = file.name or value.rstrip(b"\0")
    elif name == _FILE_DATA:
        file.content = value
    else:
        for which, kind, found in _properties(value):
            _take_property(file, which, kind, found)


def _take_property(file: TnefFile, name: int, kind: int, value: bytes) -> None:
    if name == _P_LONG_NAME or (name == _P_SHORT_NAME and not file.name):
        file.name, file.charset = _text(kind, value, file.charset)
    elif name == _P_DATA and not file.content:
        file.content = value[_OBJECT_ID_BYTES:] if kind == _OBJECT else value
    elif name == _P_MIME:
        text, charset = _text(kind, value, "ascii")
        file.content_type = text.decode(charset, "replace").strip().lower()
    elif name == _P_CONTENT_ID:
        text, charset = _text(kind, value, "ascii")
        file.content_id = text.decode(charset, "replace")


def _text(kind: int, value: bytes, charset: str) -> tuple[bytes, str]:
    if kind != _TEXT16:
        return value.rstrip(b"\0"), charset
    while value.endswith(b"\0\0"):
        value = value[:-2]
    return value + b"\0" * (len(value) % 2), "utf-16-le"


def _properties(value: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The MAPI properties as (id, type, first value); named ones and those of unknown types tell a reader nothing."""
    (count,) = struct.unpack_from("<I", value)
    position = 4
    for _ in range(min(count, PROPERTIES)):
        kind, name = struct.unpack_from("<HH", value, position)
        position += 4
        if name >= 0x8000:
            position = _after_name(value, position)
        found, position = _values(value, position, kind)
        yield name, kind & ~_MULTIPLE, found


def _after_name(value: bytes, position: int) -> int:
    (kind,) = struct.unpack_from("<I", value, position + 16)
    position += 20
    if kind == 0:
        return position + 4
    (length,) = struct.unpack_from("<I", value, position)
    return position + 4 + _padded(length)


def _values(value: bytes, position: int, kind: int) -> tuple[bytes, int]:
    """The first value of one property, and where the next property begins."""
    size = _SIZES.get(kind & ~_MULTIPLE)
    count = 1
    if kind & _MULTIPLE or size is None:
        (count,) = struct.unpack_from("<I", value, position)
        position += 4
    if size is not None:
        return value[position : position + size], position + size * count
    if kind & ~_MULTIPLE not in (_TEXT8, _TEXT16, _BINARY, _OBJECT):
        raise ValueError(f"A property has the unknown type {kind:#x}.")
    first = b""
    for number in range(min(count, PROPERTIES)):
        (length,) = struct.unpack_from("<I", value, position)
        position += 4
        first = value[position : position + length] if number == 0 else first
        position += _padded(length)
    return first, position


def _padded(length: int) -> int:
    return length + -length % 4


def _charset(codepage: int) -> str:
    return {65001: "utf-8", 1200: "utf-16-le", 20127: "cp1252", 28591: "cp1252"}.get(codepage, f"cp{codepage}")
