"""S/MIME parts (application/pkcs7-mime): the content that was signed, or the word that there is none to read.

Reads the outermost layers of the Cryptographic Message Syntax (RFC 5652) and nothing else. It verifies no
signature and decrypts nothing: who wrote a mail is decided elsewhere, and by other means.
"""

from __future__ import annotations

from dataclasses import dataclass

PIECES = 100_000
"""Signed content comes in pieces, 1,000 or 4,096 bytes each; so many are put together."""

_SIBLINGS = 1_000
_SEQUENCE, _SET, _INTEGER, _OID, _OCTETS, _OCTET_PIECES, _EXPLICIT = 0x30, 0x31, 0x02, 0x06, 0x04, 0x24, 0xA0
_INDEFINITE = -1
# RFC 5652 4, RFC 5083 and RFC 3274, as they stand in the bytes.
_SIGNED = bytes.fromhex("2a864886f70d010702")
_ENCRYPTED = (
    bytes.fromhex("2a864886f70d010703"),  # enveloped-data
    bytes.fromhex("2a864886f70d010706"),  # encrypted-data
    bytes.fromhex("2a864886f70d0109100117"),  # authEnveloped-data
)


class NoCms(ValueError):
    """These bytes are not what the part says they are, or they are damaged."""


@dataclass(frozen=True, slots=True)
class Cms:
    """What a part turned out to be; `content` is the MIME entity that was signed, None if there is none."""

    content: bytes | None = None
    is_encrypted: bool = False


def read_cms(data: bytes) -> Cms:
    """The outermost layer of `data` (BER or DER). Raises NoCms.

    Compressed data (RFC 3274) stays closed like any archive.
    """
    try:
        return _read(data)
    except IndexError:
        raise NoCms("The bytes end in the middle.") from None


def _read(data: bytes) -> Cms:
    position, end = _enter(data, 0, len(data), _SEQUENCE)
    start, stop = _enter(data, position, end, _OID)
    oid = data[start:stop]
    if oid in _ENCRYPTED:
        return Cms(is_encrypted=True)
    if oid != _SIGNED:
        return Cms()
    position, end = _enter(data, stop, end, _EXPLICIT)
    position, end = _enter(data, position, end, _SEQUENCE)
    position = _after(data, position, end, _INTEGER)
    position = _after(data, position, end, _SET)
    position, end = _enter(data, position, end, _SEQUENCE)
    position = _after(data, position, end, _OID)
    if position >= end or data[position] != _EXPLICIT:
        return Cms()  # a signature on its own, or a bundle of certificates
    position, end = _enter(data, position, end, _EXPLICIT)
    return Cms(content=_octets(data, position, end))


def _header(data: bytes, position: int, end: int) -> tuple[int, int, int]:
    """Tag, where the content starts, and its length (-1: until an end mark)."""
    tag, length = data[position], data[position + 1]
    position += 2
    if length == 0x80:
        return tag, position, _INDEFINITE
    if length > 0x80:
        size = length & 0x7F
        length = int.from_bytes(data[position : position + size], "big") if size <= 8 else end
        position += size
    return tag, position, min(length, max(end - position, 0))


def _enter(data: bytes, position: int, end: int, wanted: int) -> tuple[int, int]:
    tag, start, length = _header(data, position, end)
    if tag != wanted:
        raise NoCms(f"There is {tag:#x} where {wanted:#x} belongs.")
    return start, end if length == _INDEFINITE else start + length


def _after(data: bytes, position: int, end: int, wanted: int) -> int:
    """The position behind one element."""
    tag, start, length = _header(data, position, end)
    if tag != wanted:
        raise NoCms(f"There is {tag:#x} where {wanted:#x} belongs.")
    if length != _INDEFINITE:
        return start + length
    position, depth = start, 1
    for _ in range(_SIBLINGS):
        tag, start, length = _header(data, position, end)
        position = start if length == _INDEFINITE else start + length
        depth += 1 if length == _INDEFINITE else -1 if tag == 0 else 0
        if depth == 0:
            return position
    raise NoCms("An element does not end.")


def _octets(data: bytes, position: int, end: int) -> bytes:
    """An OCTET STRING in one piece, or in many, which may themselves be in pieces."""
    pieces: list[bytes] = []
    while position < end and len(pieces) < PIECES:
        tag, start, length = _header(data, position, end)
        if tag == _OCTETS and length != _INDEFINITE:
            pieces.append(data[start : start + length])
            position = start + length
        elif tag == _OCTET_PIECES:
            position = start
        elif tag == 0:
            break
        else:
            raise NoCms(f"There is {tag:#x} inside the signed content.")
        if len(pieces) == 1 and position >= end:
            break
    return b"".join(pieces)
