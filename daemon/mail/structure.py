"""The parts of a mail: from bytes to a tree of parts, within limits, without recursion.

Finds and decodes; reads no text and judges nothing. The standard library's parser recurses per level (3,000
nested parts end in RecursionError) and tries every open boundary on every line; this one searches each
boundary once.
"""

from __future__ import annotations

import binascii
import codecs
import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from daemon.mail.headers import Block, Note, from_base64, read_block, unfolded, with_parameters
from daemon.mail.wrapped import CMS_TYPES, Piece, unwrap, uu_line

DEPTH = 30
"""Parts nested deeper than this are not opened."""
PARTS = 200
"""So many parts of one mail are read."""
BOUNDARY_CHARACTERS = 200

_MESSAGE_TYPES = ("message/rfc822", "message/global")
_DELIMITER = re.compile(
    rb"^--(\S(?:[^\r\n]{0,70}\S)?)[ \t]*\r*\n(?=content-[a-z-]{4,30}:)", re.IGNORECASE | re.MULTILINE
)
_GUESS_BYTES = 65_536
_MISSPELT_TYPES = {"plain/text": "text/plain", "html/text": "text/html", "html": "text/html", "text/htm": "text/html"}
_ESCAPED = re.compile(r"%[89a-f][0-9a-f]", re.IGNORECASE)
_ENCODING = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")
_CONTENT_TYPE = re.compile(r"[!#$&^_.+a-z0-9-]{1,80}/[!#$&^_.+a-z0-9-]{1,80}")


@dataclass(slots=True, eq=False)
class Part:
    """One MIME part (RFC 2045): its header and where its content lies in `data`.

    `children` are the parts of a multipart, the one mail inside a message/rfc822, and what was wrapped in a
    part otherwise (`daemon.mail.wrapped`), which then keeps its own decoded content in `wrapped`. `is_spare`
    marks a text that counts only if there is no other. `content_type` is lower case and never empty.
    """

    data: bytes
    block: Block
    start: int
    end: int
    content_type: str
    parameters: dict[str, str]
    disposition: str = ""
    disposition_parameters: dict[str, str] = field(default_factory=dict)
    children: list[Part] = field(default_factory=list)
    wrapped: bytes | None = None
    is_spare: bool = False

    @property
    def file_name(self) -> str:
        """The name of the file that this is, as its sender wrote it; "" if it has none."""
        name = self.disposition_parameters.get("filename", "") or self.parameters.get("name", "")
        return _unescaped(name) if "%" in name else name

    @property
    def is_multipart(self) -> bool:
        return self.content_type.startswith("multipart/")

    @property
    def is_message(self) -> bool:
        """Whether this holds a whole mail, such as one forwarded as an attachment."""
        return self.content_type in _MESSAGE_TYPES

    @property
    def is_leaf(self) -> bool:
        return not self.children

    @property
    def raw(self) -> bytes:
        """The content as it stands in the mail."""
        return self.data[self.start : self.end]

    @property
    def encoding(self) -> str:
        """The content transfer encoding in lower case."""
        told = self.block.first("content-transfer-encoding").decode("ascii", "replace").lower()
        found = _ENCODING.search(told)  # some write quotes, a comment or a semicolon around it
        name = found[0] if found else ""
        return "quoted-printable" if name.startswith("quoted") else name


def _unescaped(name: str) -> str:
    """A file name that some web mailers escape as in an address: `T%C3%BCr.pdf`, but not `100%.pdf`."""
    if _ESCAPED.search(name) is None:
        return name
    try:
        return unquote_to_bytes(name).decode("utf-8")
    except UnicodeError:
        return name


class Reader:
    """Reads one mail into parts.

    Afterwards `cut` says whether a limit was met, `encrypted` by what ("S/MIME" or "PGP") a part of the mail is
    encrypted, mails that came as attachments aside, and `contents` has the decoded bytes of every leaf.
    """

    def __init__(self, note: Note) -> None:
        self._note = note
        self._parts = 0
        self.cut = False
        self.encrypted = ""
        self.contents: dict[Part, bytes] = {}

    def read(self, raw: bytes) -> Part:
        """The tree of parts of a whole mail."""
        data = raw if b"\n" in raw[:65_536] or b"\r" not in raw[:65_536] else raw.replace(b"\r", b"\n")
        data = data[3:] if data.startswith(codecs.BOM_UTF8) else data  # saved by an editor
        start = len(data) - len(data.lstrip(b"\r\n"))
        top = self._part(data, start, len(data), "text/plain")
        waiting = [(top, 1, False)]
        while waiting:
            part, depth, nested = waiting.pop()
            part.children = self._inside(part, depth, nested=nested)
            nested |= part.is_message
            waiting += [(child, depth + 1, nested) for child in reversed(part.children) if child not in self.contents]
        return top

    def _inside(self, part: Part, depth: int, *, nested: bool) -> list[Part]:
        if depth >= DEPTH:
            self.contents[part] = content_of(part, self._note)
            if part.is_multipart or part.is_message or part.content_type in CMS_TYPES:
                self._cut(f"Parts nested deeper than {DEPTH} were left out.")
            return []
        if part.is_message:
            children = self._inside_message(part)
        elif part.is_multipart:
            children = self._inside_multipart(part)
            if part.content_type == "multipart/encrypted" and not nested:
                self._say_encrypted("S/MIME" if "pkcs7" in part.parameters.get("protocol", "") else "PGP")
        else:
            children = []
        return children or self._unwrapped(part, nested=nested)

    def _unwrapped(self, part: Part, *, nested: bool) -> list[Part]:
        """What a leaf holds, if it is one of those that hold something; its content is known from here on."""
        content = self.contents[part] = content_of(part, self._note)
        if not content or (part.content_type == "text/plain" and part.disposition == "attachment"):
            return []
        inside = unwrap(part.content_type, part.file_name, part.parameters.get("smime-type", ""), content, self._note)
        if inside.encrypted and not nested:
            self._say_encrypted(inside.encrypted)
        if not inside.pieces:
            return []
        del self.contents[part]
        part.wrapped = content
        return [self._from_piece(piece, part) for piece in inside.pieces if self._room()]

    def _say_encrypted(self, by: str) -> None:
        self.encrypted = by
        self._note(f"A part of the mail is encrypted with {by} and was kept unread.")

    def _from_piece(self, piece: Piece, parent: Part) -> Part:
        if piece.is_entity:
            return self._part(piece.content, 0, len(piece.content), "text/plain")
        self._parts += 1
        block = Block((("content-id", piece.content_id.encode("utf-8", "replace")),) if piece.content_id else (), 0)
        parameters = {"charset": piece.charset} if piece.charset else {}
        if piece.content_type == parent.content_type:
            parameters = parent.parameters
        shown = ("attachment", {"filename": piece.name}) if piece.name else ("", {})
        part = Part(piece.content, block, 0, len(piece.content), piece.content_type, parameters, *shown)
        part.is_spare = piece.is_spare
        self.contents[part] = piece.content
        return part

    def _cut(self, sentence: str) -> None:
        self.cut = True
        self._note(sentence)

    def _part(self, data: bytes, start: int, end: int, default: str) -> Part:
        self._parts += 1
        block = read_block(data, start, end, self._note)
        self.cut |= block.cut
        content_type, parameters = with_parameters(unfolded(block.first("content-type"), self._note), self._note)
        shown, names = with_parameters(unfolded(block.first("content-disposition"), self._note), self._note)
        # Some forget the semicolon; no type, or one that cannot be read, is text (RFC 2045 5.2).
        content_type = content_type.partition(" ")[0]
        content_type = _MISSPELT_TYPES.get(content_type, content_type)
        content_type = content_type if _CONTENT_TYPE.fullmatch(content_type) else default
        return Part(data, block, block.body_start, end, content_type, parameters, shown, names)

    def _opened(self, part: Part) -> tuple[bytes, int, int]:
        """Where to look for the parts inside; encoding the whole is forbidden (RFC 2045 6.4), and done."""
        if part.encoding not in ("base64", "quoted-printable"):
            return part.data, part.start, part.end
        data = content_of(part, self._note)
        return data, 0, len(data)

    def _inside_message(self, part: Part) -> list[Part]:
        data, start, end = self._opened(part)
        while start < end and data[start] in b"\r\n":
            start += 1
        return [self._part(data, start, end, "text/plain")] if self._room() else []

    def _inside_multipart(self, part: Part) -> list[Part]:
        boundary = part.parameters.get("boundary", "")[:BOUNDARY_CHARACTERS].encode("utf-8", "replace").rstrip()
        default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        is_plain = bool(boundary) and part.data.find(b"--" + boundary, part.start, part.end) >= 0
        if part.encoding == "base64" and is_plain:  # dashes are no base64: the field is not true
            data, start, end = part.data, part.start, part.end
        else:
            data, start, end = self._opened(part)
        if not boundary or data.find(b"--" + boundary, start, end) < 0:
            boundary = self._guessed_boundary(data, start, end) or boundary
        children: list[Part] = []
        opened = -1
        for line_start, content_start, is_last in _delimiters(data, start, end, boundary):
            if opened >= 0:
                if not self._room():
                    return children
                children.append(self._part(data, opened, line_start, default))
            opened = -1 if is_last else content_start
            if is_last:
                break
        if opened >= 0 and self._room():
            self._note("The last part of the mail has no end.")
            children.append(self._part(data, opened, end, default))
        if not children and part.raw.strip():
            self._note("A multipart mail has no parts; its content was read as text.")
            part.content_type = "text/plain"
        return children

    def _guessed_boundary(self, data: bytes, start: int, end: int) -> bytes:
        """What stands between the parts, where the header does not say it: dashes, then the header of a part."""
        found = _DELIMITER.search(data, start, min(end, start + _GUESS_BYTES))
        if found is None:
            return b""
        self._note("A multipart mail names a wrong boundary, or none; it was found by what stands between the parts.")
        return found[1]

    def _room(self) -> bool:
        if self._parts < PARTS:
            return True
        self._cut(f"The mail has more than {PARTS} parts; the others were left out.")
        return False


def _delimiters(data: bytes, first: int, end: int, boundary: bytes) -> list[tuple[int, int, bool]]:
    """Delimiter lines (RFC 2046 5.1.1) as (end of what stands before, start of what follows, is it the last).

    Never more than the parts that may be read, plus two.
    """
    found: list[tuple[int, int, bool]] = []
    mark = b"--" + boundary
    position = first
    while boundary and len(found) < PARTS + 2 and (start := data.find(mark, position, end)) >= 0:
        position = start + len(mark)
        if start != first and data[start - 1] != 0x0A:
            continue
        newline = data.find(b"\n", position, end)
        following = end if newline < 0 else newline + 1
        rest = data[position : min(following, position + 1_000)].rstrip()
        if rest not in (b"", b"--"):
            continue
        before = max(start - (2 if data[start - 2 : start] == b"\r\n" else 1), first)
        found.append((before, following, rest == b"--"))
        position = following
    return found


def content_of(part: Part, note: Note) -> bytes:
    """The bytes of a part without its content transfer encoding; damaged encodings give what can be saved."""
    return _DECODERS.get(part.encoding, _as_is)(part.raw, note)


def _as_is(raw: bytes, note: Note) -> bytes:
    return raw


def _base64(raw: bytes, note: Note) -> bytes:
    junk = raw.translate(None, _BASE64)
    if junk and not junk.strip(b"-_") and b"--" not in raw and b"__" not in raw:  # the alphabet of RFC 4648 5
        raw, junk = raw.replace(b"-", b"+").replace(b"_", b"/"), b""
    if junk:
        return _base64_lines(raw, note)
    if b"=" in raw.rstrip(b"= \t\r\n"):  # encoded piece by piece, each with its padding
        return b"".join(from_base64(piece.decode("latin-1")) for piece in _PADDING.split(raw, _PIECES))
    try:
        return binascii.a2b_base64(raw)
    except binascii.Error:
        note("A part in base64 is damaged.")
        return from_base64(raw.decode("latin-1"))


def _base64_lines(raw: bytes, note: Note) -> bytes:
    """Base64 with something else in it: characters that do not belong, or plain text that a list put below it."""
    note("A part in base64 is damaged.")
    lines = raw.splitlines(keepends=True)
    plain = len(lines)
    if any(_is_plain(line) for line in lines):
        plain = next(n for n, line in enumerate(lines) if line.translate(None, _BASE64))
    decoded = from_base64(b"".join(lines[:plain]).decode("latin-1"))
    return decoded + (b"\n" if decoded else b"") + b"".join(lines[plain:]) if plain < len(lines) else decoded


def _is_plain(line: bytes) -> bool:
    """Two words and a character that base64 does not have: nobody encoded this."""
    line = line.strip()
    return b" " in line and len(line.translate(None, _BASE64)) > 1


def _quoted_printable(raw: bytes, note: Note) -> bytes:
    return binascii.a2b_qp(_SOFT_BREAK.sub(b"=\n", raw) if b"= " in raw or b"=\t" in raw else raw)


def _uuencoded(raw: bytes, note: Note) -> bytes:
    lines = iter(raw.splitlines())
    if not any(line.startswith(b"begin ") for line in lines):
        note("A part in uuencode has no beginning.")
        return raw
    pieces = []
    for line in lines:
        if line.strip() in (b"end", b"`", b""):
            break
        piece = uu_line(line)
        if piece is None:
            note("A part in uuencode is damaged.")
            break
        pieces.append(piece)
    return b"".join(pieces)


_PADDING = re.compile(rb"=+")
_PIECES = 1_000
_SOFT_BREAK = re.compile(rb"=[ \t]{1,100}\r?\n")  # RFC 2045 6.7 (3): blanks at a line's end came on the way
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n\t "
_DECODERS = {
    "base64": _base64,
    "quoted-printable": _quoted_printable,
    "x-uuencode": _uuencoded,
    "uuencode": _uuencoded,
    "x-uue": _uuencoded,
}
