"""RTF to text, and the packing in which Outlook sends it ([MS-OXRTFCP]).

One pass, no recursion, within limits. Fonts, colours, pictures and hidden text are left out; of RTF that
carries HTML inside (\\fromhtml1) the text remains.
"""

from __future__ import annotations

import re
import struct

from daemon.mail.charset import codec_of

UNPACKED_BYTES = 1_000_000
"""So much RTF is unpacked."""
GROUPS = 200
"""Groups nested deeper than this are not read."""

# [MS-OXRTFCP] 2.1.3.1.2: with these bytes the dictionary begins.
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_RING = 4_096
_PACKED, _UNPACKED = b"LZFu", b"MELA"
_HEADER_BYTES = 16

_TOKEN = re.compile(
    rb"\\'([0-9a-fA-F]{2})|\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\([^a-zA-Z'])|([{}])|[\r\n]+|([^\\{}\r\n]+)"
)
_SKIPPED_NAMES = """
    fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr themedata
    colorschememapping listtable listoverridetable rsidtbl generator xmlnstbl datastore latentstyles fldinst
"""
_SKIPPED = frozenset(name.encode() for name in _SKIPPED_NAMES.split())
_SAID = {
    **dict.fromkeys((b"par", b"line", b"row", b"sect", b"page"), "\n"),
    **dict.fromkeys((b"tab", b"cell"), "\t"),
    **{b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•"},
    **{b"endash": "–", b"emdash": "—"},
}
_ESCAPES = {b"~": "\u00a0", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n", b"\r": "\n"}


def decompressed(packed: bytes) -> bytes:
    """The RTF of a compressed one. Raises ValueError or struct.error for bytes that are none."""
    _size, raw_size, kind, _crc = struct.unpack_from("<II4sI", packed)
    if kind == _UNPACKED:
        return packed[_HEADER_BYTES : _HEADER_BYTES + min(raw_size, UNPACKED_BYTES)]
    if kind != _PACKED:
        raise ValueError("The text is packed in an unknown way.")
    ring = bytearray(_DICTIONARY.ljust(_RING, b"\0"))
    write, position = len(_DICTIONARY), _HEADER_BYTES
    out = bytearray()
    while position < len(packed) and len(out) < min(raw_size, UNPACKED_BYTES):
        control = packed[position]
        position += 1
        for bit in range(8):
            if position >= len(packed):
                break
            if not control >> bit & 1:
                piece = packed[position : position + 1]
                position += 1
            else:
                reference = int.from_bytes(packed[position : position + 2], "big")
                position += 2
                offset, length = reference >> 4, (reference & 15) + 2
                if offset == write % _RING:
                    return bytes(out)
                piece = _copied(ring, offset, write, length)
            for byte in piece:
                ring[write % _RING] = byte
                write += 1
            out += piece
    return bytes(out)


def _copied(ring: bytearray, offset: int, write: int, length: int) -> bytes:
    """What the dictionary holds there; it may run into what is being written."""
    distance = (write - offset) % _RING or _RING
    head = bytes(ring[(offset + n) % _RING] for n in range(min(distance, length)))
    return (head * (length // len(head) + 1))[:length]


def rtf_to_text(rtf: bytes) -> str:
    """The text that a reader of `rtf` sees; lines end with \\n."""
    reader = _Reader()
    for token in _TOKEN.finditer(rtf, 0, UNPACKED_BYTES):
        if not reader.take(token):
            break
    return reader.text()


class _Reader:
    """The state of a group: (is skipped, how many characters stand for one \\u)."""

    def __init__(self) -> None:
        self._codec = "cp1252"
        self._out: list[str] = []
        self._bytes = bytearray()
        self._state = (False, 1)
        self._groups: list[tuple[bool, int]] = []
        self._left_out = 0
        self._surrogate = ""

    def take(self, token: re.Match[bytes]) -> bool:
        """Reads on; False if the groups nest too deep."""
        code, word, number, symbol, brace, text = token.groups()
        if brace == b"{":
            self._groups.append(self._state)
            return len(self._groups) <= GROUPS
        if brace:
            self._state = self._groups.pop() if self._groups else self._state
        elif word:
            self._word(word, int(number) if number else None)
        elif symbol:
            self._symbol(symbol)
        elif code:
            self._raw(bytes((int(code, 16),)))
        elif text:
            self._raw(text)
        return True

    def text(self) -> str:
        self._flush()
        return "".join(self._out).encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _raw(self, data: bytes) -> None:
        skipped = min(self._left_out, len(data))
        self._left_out -= skipped
        if not self._state[0]:
            self._bytes += data[skipped:]

    def _say(self, text: str) -> None:
        if not self._state[0]:
            self._flush()
            self._out.append(text)

    def _flush(self) -> None:
        """Bytes are decoded together: a character may be two of them."""
        if self._bytes:
            self._out.append(self._bytes.decode(self._codec, "replace"))
            self._bytes.clear()

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._state = (True, self._state[1])  # a destination that readers who do not know it leave out
        elif symbol in _ESCAPES:
            self._say(_ESCAPES[symbol])

    def _word(self, word: bytes, number: int | None) -> None:
        skipped, width = self._state
        if word in _SAID:
            self._say(_SAID[word])
        elif word in _SKIPPED:
            self._state = (True, width)
        elif word == b"u" and number is not None:
            self._say(chr(number % 65_536))
            self._left_out = width
        elif word == b"uc":
            self._state = (skipped, min(max(number or 0, 0), 16))
        elif word == b"ansicpg":
            self._codec = codec_of(f"cp{number}") or ("utf-8" if number == 65_001 else self._codec)
        elif word in (b"htmlrtf", b"v"):  # said twice, once for readers of HTML; and hidden text
            self._state = (number != 0, width)
        elif word == b"bin" and number:
            self._left_out = max(number, 0)
