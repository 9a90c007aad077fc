"""Builders of wrapped content for the tests: S/MIME layers, winmail.dat, uuencode and OpenPGP armor."""

from __future__ import annotations

import binascii
import struct

SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
ENVELOPED_DATA = bytes.fromhex("2a864886f70d010703")
DATA = bytes.fromhex("2a864886f70d010701")


def der(tag: int, *content: bytes) -> bytes:
    """One DER element."""
    body = b"".join(content)
    if len(body) < 128:
        return bytes((tag, len(body))) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + len(body).to_bytes(size, "big") + body


def ber(tag: int, *content: bytes) -> bytes:
    """One BER element of indefinite length, as programs write it that do not know the length yet."""
    return bytes((tag, 0x80)) + b"".join(content) + b"\0\0"


def signed(entity: bytes) -> bytes:
    """CMS signed-data around a MIME entity; nobody signed it, and nobody here looks."""
    inner = der(0x30, der(6, DATA), der(0xA0, der(4, entity)))
    return der(0x30, der(6, SIGNED_DATA), der(0xA0, der(0x30, der(2, b"\1"), der(0x31), inner, der(0x31))))


def signed_in_pieces(entity: bytes, size: int = 10) -> bytes:
    """The same in BER, its content cut into pieces."""
    pieces = (der(4, entity[at : at + size]) for at in range(0, len(entity), size))
    inner = ber(0x30, der(6, DATA), ber(0xA0, ber(0x24, *pieces)))
    return ber(0x30, der(6, SIGNED_DATA), ber(0xA0, ber(0x30, der(2, b"\1"), ber(0x31, der(0x30)), inner, der(0x31))))


def enveloped() -> bytes:
    """CMS enveloped-data with some bytes in it."""
    return der(0x30, der(6, ENVELOPED_DATA), der(0xA0, der(0x30, der(2, b"\0"), der(4, b"x" * 200))))


def attribute(level: int, name: int, value: bytes) -> bytes:
    """One TNEF attribute with its checksum."""
    return struct.pack("<BII", level, name, len(value)) + value + struct.pack("<H", sum(value) % 65_536)


def properties(*found: tuple[int, int, bytes]) -> bytes:
    """MAPI properties as (id, type, value): strings, bytes and objects, and 32-bit numbers."""
    out = struct.pack("<I", len(found))
    for name, kind, value in found:
        out += struct.pack("<HH", kind, name)
        out += value if kind == 3 else struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)
    return out


def tnef(*attributes: bytes) -> bytes:
    """A winmail.dat of these attributes, in code page 1252."""
    return struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x69007, struct.pack("<II", 1252, 0)) + b"".join(attributes)


def tnef_file(name: str, content: bytes) -> bytes:
    """The three attributes of one file."""
    long_name = properties((0x3707, 0x1F, (name + "\0").encode("utf-16-le")))
    return attribute(2, 0x69002, b"\1\0") + attribute(2, 0x6800F, content) + attribute(2, 0x69005, long_name)


def uuencoded(name: str, content: bytes) -> bytes:
    """A file as `uuencode` writes it."""
    lines = (binascii.b2a_uu(content[at : at + 45]) for at in range(0, len(content), 45))
    return b"begin 644 " + name.encode() + b"\n" + b"".join(lines) + b"`\nend\n"


def armored(label: str, content: bytes = b"c29tZSBieXRlcw==\n=abcd\n") -> bytes:
    """An OpenPGP block."""
    return f"-----BEGIN PGP {label}-----\n\n".encode() + content + f"-----END PGP {label}-----\n".encode()


def clear_signed(text: bytes) -> bytes:
    """A text with a signature below it, as `gpg --clear-sign` writes it."""
    dashed = b"".join(b"- " + line if line.startswith(b"-") else line for line in text.splitlines(keepends=True))
    return b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n" + dashed + armored("SIGNATURE")
