"""Header fields: from a block of bytes to names and values, encoded words, parameters and message ids.

Everything here is one pass over the bytes. The standard library's parser is not used on purpose: 32 KB of `;`
in a Content-Type, 450 KB of encoded words or 32,000 To lines keep it busy for more than ten seconds each.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from daemon.mail.charset import codec_of, decode
from daemon.mail.clean import clean_header

BLOCK_BYTES = 256 * 1024
"""A header block is read up to here."""
LINES = 2_000
"""So many lines of a header block are read."""
FIELD_BYTES = 32 * 1024
"""One header field is read up to here."""
PARAMETERS = 100
"""So many parameters of one Content-Type or Content-Disposition are read."""

Note = Callable[[str], None]
"""Takes one sentence about something that had to be repaired."""

_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
_KNOWN_FIELD = re.compile(
    rb"(?:from|to|cc|subject|date|message-id|mime-version|content-type|content-transfer-encoding|received|return-path"
    rb"|reply-to|sender|in-reply-to|references|x-[a-z-]{2,40}):",
    re.IGNORECASE,
)
_BLANK = re.compile(rb"\n\r*\n")
_CHARSET = re.compile(r"[\"' ]?([A-Za-z0-9_.:+-]{0,40})[\"' ]?(?:\*[A-Za-z0-9-]{0,20})?\?([BbQq])\?")
_CLOSE = re.compile(r"\? ?=")
_NOT_CLOSED = re.compile(r"\?=[0-9A-Fa-f]{2}[^?]*\?=")
_SOFT_BREAK = re.compile(r"=\s+")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_ID = re.compile(r"<([^<>]{1,998})>")
_ID_CHARACTERS = re.compile(r"[!-;=?-~\u00a1-\U0010ffff]+")
_WHITE_SPACE = re.compile(r"\s+")
_ESCAPED = re.compile(r"\\([\"\\])")  # and nothing else: C:\Users is what some programs mean
_CONTINUED = re.compile(r"([^*]+)\*(\d{1,3})(\*?)")


@dataclass(frozen=True, slots=True)
class Block:
    """A header block: fields as (lower-case name, folded raw value), where the body starts, whether it was cut."""

    fields: tuple[tuple[str, bytes], ...]
    body_start: int
    cut: bool = False

    def first(self, name: str) -> bytes:
        """The raw value of the first field of that name; empty if there is none."""
        return next((value for field, value in self.fields if field == name), b"")


def read_block(data: bytes, start: int, end: int, note: Note) -> Block:
    """The header block of `data[start:end]`, up to the limits; a line that is no header begins the body."""
    fields: list[tuple[str, bytearray]] = []
    position, lines, cut = start, 0, False
    while position < end:
        if lines >= LINES or position - start > BLOCK_BYTES:
            note(f"The header is longer than {LINES} lines or {BLOCK_BYTES // 1024} KB; the rest was left out.")
            return Block(_finished(fields), _after_blank_line(data, position, end), cut=True)
        line, following = _line(data, position, end)
        if not line:
            return Block(_finished(fields), following, cut)
        lines += 1
        if line[:1] in b" \t" and (fields or line.isspace()):
            cut |= bool(fields) and _lengthen(fields[-1][1], line, note)
        elif found := _FIELD.match(line):
            fields.append((found[1].decode("ascii").lower(), bytearray()))
            cut |= _lengthen(fields[-1][1], line[found.end() :], note)
        elif _is_stray(data, following, line, fields):
            note("A line in the header is no header field; it was left out.")
        elif fields or not line.startswith((b"From ", b">From ")):
            # A mail without a blank line after its header; or the header's first line continues nothing.
            note("A line in the header is no header field; the text was taken to begin there.")
            return Block(_finished(fields), position, cut)
        position = following
    return Block(_finished(fields), end, cut)


def _is_stray(data: bytes, following: int, line: bytes, fields: list[tuple[str, bytearray]]) -> bool:
    """Whether a line that is no field stands among fields: a header goes on below it."""
    if not fields and line[:1] not in b" \t":
        return False
    return _KNOWN_FIELD.match(data, following) is not None


def _line(data: bytes, start: int, end: int) -> tuple[bytes, int]:
    newline = data.find(b"\n", start, end)
    stop, following = (end, end) if newline < 0 else (newline, newline + 1)
    return data[start:stop].rstrip(b"\r"), following  # \r\r\n comes from servers that convert line ends twice


def _lengthen(value: bytearray, piece: bytes, note: Note) -> bool:
    room = FIELD_BYTES - len(value)
    if room <= 0:
        return True
    value += piece[:room] if not value else b"\n" + piece[: room - 1]
    if len(piece) >= room:
        note(f"A header field is longer than {FIELD_BYTES // 1024} KB; the rest of it was left out.")
        return True
    return False


def _after_blank_line(data: bytes, start: int, end: int) -> int:
    found = _BLANK.search(data, max(start - 1, 0), end)
    return found.end() if found else end


def _finished(fields: list[tuple[str, bytearray]]) -> tuple[tuple[str, bytes], ...]:
    return tuple((name, bytes(value)) for name, value in fields)


def unfolded(value: bytes, note: Note) -> str:
    """The value as text on one line, its encoded words not decoded yet; raw 8-bit text is UTF-8 if it can be."""
    return _WHITE_SPACE.sub(" ", decode(value, "", note)).strip()


def decoded(value: str, note: Note) -> str:
    """The unfolded `value` with its encoded words (RFC 2047) decoded, cleaned for showing.

    More is accepted than the RFC allows, because mail programs write it: encoded words inside quotes or
    without white space around them, spaces within them, characters split between two of them, and a last one
    that was cut off. Nothing is decoded twice: what is in a header is what its sender encoded.
    """
    if "=?" not in value:
        return clean_header(value)
    pieces: list[str] = []
    pending: list[_Word] = []
    position = 0
    last, last_close = value.rfind("=?"), max(value.rfind("?="), value.rfind("? ="))
    while (start := value.find("=?", position)) >= 0:
        word = _encoded_word(value, start, last_close, is_last=start == last)
        if word is None:
            step = start + 2
            _flush(pieces, pending, note)
            pieces.append(value[position:step])
            position = step
            continue
        between = value[position:start]
        if not pending or between.strip():
            _flush(pieces, pending, note)
            pieces.append(between)
        pending.append(word)
        position = word.end
    _flush(pieces, pending, note)
    return clean_header("".join([*pieces, value[position:]]))


@dataclass(frozen=True, slots=True)
class _Word:
    """An encoded word, not decoded yet: its charset and encoding in lower case, and where it ends."""

    charset: str
    encoding: str
    content: str
    end: int


def _encoded_word(value: str, start: int, last_close: int, *, is_last: bool) -> _Word | None:
    """The encoded word at `start`; None if there is none. Behind `last_close` nothing ends a word any more."""
    opening = _CHARSET.match(value, start + 2, start + 100)
    if opening is None:
        return None
    charset, encoding = opening[1].lower(), opening[2].lower()
    close = _CLOSE.search(value, opening.end()) if opening.end() <= last_close else None
    if close is None:
        # Some programs cut long subjects without looking; what was cut off is at the end.
        cut = value[opening.end() :].rstrip("?")
        is_encoded = is_last and cut and " " not in cut and (encoding == "b" or "=" in cut or "_" in cut)
        return _Word(charset, encoding, cut, len(value)) if is_encoded else None
    stop, end = close.span()
    if encoding == "q" and (longer := _NOT_CLOSED.match(value, stop)):  # `?=20`: a question mark that nobody encoded
        stop, end = longer.end() - 2, longer.end()
    return _Word(charset, encoding, value[opening.end() : stop], end)


def _flush(pieces: list[str], pending: list[_Word], note: Note) -> None:
    """Decodes neighbouring words of one charset together: some senders cut a character in two."""
    while pending:
        charset, codec = pending[0].charset, codec_of(pending[0].charset)
        others = (i for i, one in enumerate(pending) if one.charset != charset and codec_of(one.charset) != codec)
        same = next(others, len(pending))
        pieces.append(decode(_bytes_of(pending[:same]), charset, note))
        del pending[:same]


def _bytes_of(words: list[_Word]) -> bytes:
    if len(words) > 1 and any(one.encoding == "b" and len(one.content) % 4 == 1 for one in words[:-1]):
        # No piece of base64 is that long: the sender encoded the whole and cut it where it liked.
        words = [_Word(words[0].charset, "b", "".join(one.content for one in words), 0)]
    return b"".join(_BYTES_OF[one.encoding](one.content, one.charset) for one in words)


def from_base64(content: str) -> bytes:
    """Bytes of base64 text with stray characters or missing padding; stops at the first padding."""
    content = _NOT_BASE64.sub("", content.partition("=")[0])
    content = content[:-1] if len(content) % 4 == 1 else content
    return binascii.a2b_base64(content + "=" * (-len(content) % 4))


def _from_b(content: str, charset: str) -> bytes:
    """Some programs put several pieces, each with its padding, into one encoded word."""
    return (
        b"".join(map(from_base64, filter(None, content.split("="))))
        if "=" in content.rstrip("=")
        else from_base64(content)
    )


def _from_q(content: str, charset: str) -> bytes:
    if not content.isascii():  # raw 8-bit text inside: back to the bytes that it probably was
        encoded = content.encode(codec_of(charset) or "utf-8", "ignore")
    else:
        encoded = content.encode("ascii")
    if b" " in encoded:
        encoded = _SOFT_BREAK.sub("", encoded.decode("latin-1")).replace(" ", "_").encode("latin-1")
    return binascii.a2b_qp(encoded, header=True)


_BYTES_OF: dict[str, Callable[[str, str], bytes]] = {"b": _from_b, "q": _from_q}


def with_parameters(value: str, note: Note) -> tuple[str, dict[str, str]]:
    """The first word of a Content-Type or Content-Disposition in lower case, and its parameters, decoded.

    Reads RFC 2231 (`name*0*=utf-8''...`), quoted strings, and encoded words inside parameters, which Outlook
    writes against RFC 2047.
    """
    pieces = _split_at_semicolons(value)
    if "=" in pieces[0] and "/" not in pieces[0].partition("=")[0]:  # `filename="a.pdf"`, and nothing before it
        pieces.insert(0, "")
    plain: dict[str, str] = {}
    extended: dict[str, dict[int, tuple[str, bool]]] = {}
    for piece in pieces[1:]:
        name, equals, content = piece.partition("=")
        name, content = name.strip().lower(), _unquoted(content.strip())
        if not equals or not name:
            continue
        if continued := _CONTINUED.fullmatch(name):
            extended.setdefault(continued[1], {})[int(continued[2])] = (content, bool(continued[3]))
        elif name.endswith("*"):
            extended.setdefault(name[:-1], {})[0] = (content, True)
        else:
            plain.setdefault(name, decoded(content, note))
    for name, sections in extended.items():
        # Against RFC 2231 5, but written all the same: encoded words in continued or extended parameters.
        plain[name] = decoded(_joined(sections, note), note)
    return pieces[0].strip().lower(), plain


def _split_at_semicolons(value: str) -> list[str]:
    if '"' not in value:
        return value.split(";", PARAMETERS)[:PARAMETERS]
    pieces: list[str] = []
    start, quoted, position = 0, False, 0
    while position < len(value) and len(pieces) < PARAMETERS:
        character = value[position]
        if quoted and character == "\\":
            position += 1
        elif character == '"':
            quoted = not quoted
        elif character == ";" and not quoted:
            pieces.append(value[start:position])
            start = position + 1
        position += 1
    if len(pieces) < PARAMETERS:
        pieces.append(value[start:])
    return pieces


def _unquoted(content: str) -> str:
    if not content.startswith('"'):
        return content
    return _ESCAPED.sub(r"\1", content[1:].removesuffix('"'))


def _joined(sections: dict[int, tuple[str, bool]], note: Note) -> str:
    charset = ""
    pieces: list[bytes] = []
    first = min(sections)
    for number in sorted(sections):
        content, is_encoded = sections[number]
        if number == first and is_encoded and content.count("'") >= 2:
            charset, _, content = content.split("'", 2)
        pieces.append(unquote_to_bytes(content) if is_encoded else content.encode("utf-8", "replace"))
    return decode(b"".join(pieces), charset, note)


def message_ids(value: str) -> tuple[str, ...]:
    """The message ids in a Message-ID, In-Reply-To or References value, without angle brackets.

    White space inside brackets is taken out (Lotus Notes folds long ids). Without any brackets, words with an
    @ count.
    """
    found = [_WHITE_SPACE.sub("", one) for one in _ID.findall(value)]
    if not found and "<" not in value:
        found = [word for word in value.split() if "@" in word]
    return tuple(one for one in found if _ID_CHARACTERS.fullmatch(one))
