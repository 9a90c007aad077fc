"""Content that came wrapped otherwise than in MIME: TNEF, S/MIME, uuencode, yEnc and OpenPGP armor.

Takes bytes and gives pieces; judges nothing. What is encrypted stays as it is and is said to be encrypted,
archives stay closed, and signatures are neither verified nor shown.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from daemon.mail.charset import decode
from daemon.mail.cms import NoCms, read_cms
from daemon.mail.rtf import rtf_to_text
from daemon.mail.tnef import NoTnef, Tnef, TnefFile, read_tnef

MARKS = 1_000
"""So many beginnings of wrapped content are looked at in one text."""
FILES = 100
"""So many files are taken out of one text."""

Note = Callable[[str], None]

CMS_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_TNEF_TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")
_MAIL_IN_CMS = "smime.p7m"
_ENTITY = re.compile(rb"\s*(?:content-[a-z-]{4,30}|mime-version)[ \t]*:", re.IGNORECASE)
_FILE_TYPE = re.compile(r"[!#$&^_.+a-z0-9-]{1,80}/[!#$&^_.+a-z0-9-]{1,80}")


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing that was inside.

    `is_entity`: the content is a MIME entity with a header of its own. `is_spare`: a text that counts only if
    the mail has no other. A piece with a `name` is a file.
    """

    content: bytes
    content_type: str = "text/plain"
    charset: str = ""
    name: str = ""
    content_id: str = ""
    is_entity: bool = False
    is_spare: bool = False


@dataclass(slots=True)
class Unwrapped:
    """The pieces (none: nothing was wrapped, or it stays closed), and by what a part of it is encrypted."""

    pieces: list[Piece] = field(default_factory=list)
    encrypted: str = ""


def unwrap(content_type: str, name: str, smime_type: str, content: bytes, note: Note) -> Unwrapped:
    """What was wrapped in a part. `content` has no transfer encoding any more; `smime_type` is a parameter."""
    if content_type == "text/plain":
        return _from_text(content, note) if not name and any(one in content for one in _MAY_HOLD) else Unwrapped()
    lower = name.lower()
    if content_type in _TNEF_TYPES or lower in ("winmail.dat", "win.dat"):
        return _from_tnef(content, note)
    if content_type in CMS_TYPES or lower == _MAIL_IN_CMS:
        return _from_cms(content, smime_type, is_mail=lower in ("", _MAIL_IN_CMS), note=note)
    return Unwrapped(encrypted="PGP" if content_type == "application/pgp-encrypted" else "")


def _from_cms(content: bytes, smime_type: str, *, is_mail: bool, note: Note) -> Unwrapped:
    """`is_mail`: it has the name of a mail in S/MIME, or none. In Italy invoices are files such as a.xml.p7m."""
    try:
        cms = read_cms(content)
    except NoCms:
        note("A part in S/MIME is damaged and was kept as a file.")
        is_encrypted = is_mail and smime_type.lower().endswith("enveloped-data")
        return Unwrapped(encrypted="S/MIME" if is_encrypted else "")
    if cms.content is not None and (is_mail or _ENTITY.match(cms.content)):
        return Unwrapped([Piece(cms.content, is_entity=True)])
    return Unwrapped(encrypted="S/MIME" if cms.is_encrypted and is_mail else "")


def _from_tnef(content: bytes, note: Note) -> Unwrapped:
    try:
        tnef = read_tnef(content)
    except NoTnef:
        note("A winmail.dat cannot be read and was kept as a file.")
        return Unwrapped()
    if not tnef.whole:
        note("A winmail.dat is damaged; what could be read of it was kept.")
    files = [_tnef_file(file, note) for file in tnef.files if file.content or file.name]
    return Unwrapped([*_tnef_text(tnef), *files])


def _tnef_text(tnef: Tnef) -> list[Piece]:
    """The best of the texts: a mail says the same in each of them."""
    if tnef.html.strip():
        return [Piece(tnef.html, "text/html", tnef.html_charset, is_spare=True)]
    if tnef.plain.strip():
        return [Piece(tnef.plain, "text/plain", tnef.plain_charset, is_spare=True)]
    text = rtf_to_text(tnef.rtf) if tnef.rtf else ""
    return [Piece(text.encode("utf-8", "replace"), "text/plain", "utf-8", is_spare=True)] if text.strip() else []


def _tnef_file(file: TnefFile, note: Note) -> Piece:
    content_type = file.content_type
    if not _FILE_TYPE.fullmatch(content_type) or content_type.startswith(("multipart/", "message/")):
        content_type = "application/octet-stream"  # whatever it says: it is a file, and not opened
    name = decode(file.name, file.charset, note) or "unnamed"
    return Piece(file.content, content_type, name=name, content_id=file.content_id)


# -- inside a text --

_PGP = rb"-----BEGIN PGP (?P<pgp>SIGNED MESSAGE|MESSAGE|MESSAGE, PART [0-9/]{1,7}|PUBLIC KEY BLOCK)-----"
_MARK = re.compile(
    rb"^(?:begin [0-7]{3,4} (?P<uu>[^\r\n]{1,200})|=ybegin [^\r\n]{0,300}\bname=(?P<y>[^\r\n]{1,200})|"
    + _PGP
    + rb")[ \t\r]*$",
    re.MULTILINE,
)
_MAY_HOLD = (b"begin ", b"=ybegin ", b"-----BEGIN PGP ")
_ARMOR_HEADER = re.compile(rb"(?:[A-Za-z-]{1,20}: [^\r\n]{0,500}\r?\n)*[ \t]*\r?\n")
_DASHED = re.compile(rb"^- ", re.MULTILINE)
_LINE = re.compile(rb"([^\r\n]*)\r*\n?")


def _from_text(content: bytes, note: Note) -> Unwrapped:
    """Goes through the marks in a text; what stands between them stays text."""
    text: list[bytes] = []
    found = Unwrapped()
    position, missing = 0, set[bytes]()
    for _ in range(MARKS):
        mark = _MARK.search(content, position)
        if mark is None or len(found.pieces) >= FILES:
            break
        text.append(content[position : mark.start()])
        if mark["uu"]:
            end = _uuencoded(content, mark, found, note)
        elif mark["y"]:
            end = _yencoded(content, mark, found, note)
        else:
            end = _armored(content, mark, found, text, missing, note)
        if end == mark.end():
            text.append(content[mark.start() : end])
        position = end
    text.append(content[position:])
    whole = b"".join(text)
    if whole == content:
        return Unwrapped()
    return Unwrapped([Piece(whole), *found.pieces], found.encrypted)


def _uuencoded(content: bytes, mark: re.Match[bytes], found: Unwrapped, note: Note) -> int:
    """A file between `begin 644 name` and `end`; a person who only writes "begin 100 new" is left in peace."""
    position = mark.end() + 1
    pieces: list[bytes] = []
    ended = False
    while position < len(content):
        line = _LINE.match(content, position)
        assert line is not None
        text, position = line[1], line.end()
        if text.strip() in (b"end", b"`", b""):
            ended = text.strip() == b"end"
            if ended:
                break
            continue
        piece = uu_line(text)
        if piece is None:
            position = line.start()
            break
        pieces.append(piece)
    if not pieces:
        return mark.end()
    if not ended:
        note("A file in uuencode is not complete.")
    found.pieces.append(Piece(b"".join(pieces), "application/octet-stream", name=decode(mark["uu"].strip(), "", note)))
    return position


def uu_line(line: bytes) -> bytes | None:
    """The bytes of one uuencoded line, whose first character counts them; None if it is no such line."""
    wanted = (line[0] - 32) & 63
    characters = -(-wanted // 3) * 4
    if not 32 < line[0] <= 96 or not -4 < len(line) - 1 - characters < 3:  # trailing blanks lost; a checksum added
        return None
    try:
        return binascii.a2b_uu(line[: 1 - (-wanted * 4 // 3)])  # what fills up the last group may be anything
    except binascii.Error:
        return None


def _yencoded(content: bytes, mark: re.Match[bytes], found: Unwrapped, note: Note) -> int:
    """yEnc belongs to newsgroups and breaks in mail: it is set aside as it stands, not decoded."""
    end = content.find(b"\n=yend", mark.end())
    newline = content.find(b"\n", end + 1) if end >= 0 else -1
    stop = len(content) if newline < 0 else newline + 1
    note("A file in yEnc was kept as it stands; it is not decoded.")
    name = f"{decode(mark['y'].strip(), '', note)}.yenc"
    found.pieces.append(Piece(content[mark.start() : stop], "application/octet-stream", name=name))
    return stop


def _armored(
    content: bytes, mark: re.Match[bytes], found: Unwrapped, text: list[bytes], missing: set[bytes], note: Note
) -> int:
    """An OpenPGP block (RFC 9580 6.2 and 7). `missing`: ends that were looked for in vain, so not again."""
    label = mark["pgp"]
    ending = b"\n-----END PGP " + (b"SIGNATURE" if label == b"SIGNED MESSAGE" else label) + b"-----"
    end = -1 if ending in missing else content.find(ending, mark.end())
    if end < 0:
        missing.add(ending)
        return mark.end()
    line = _LINE.match(content, end + 1)
    assert line is not None
    if label == b"SIGNED MESSAGE":
        signature = content.rfind(b"\n-----BEGIN PGP SIGNATURE-----", mark.end(), end)
        header = _ARMOR_HEADER.match(content, mark.end() + 1, end)
        start = header.end() if header else mark.end() + 1
        text.append(_DASHED.sub(b"", content[start : signature + 1 if signature >= 0 else end + 1]))
        return line.end()
    if label != b"PUBLIC KEY BLOCK":
        found.encrypted = "PGP"
    name, content_type = _ARMOR_FILES.get(label, ("encrypted.asc", "application/pgp-encrypted"))
    found.pieces.append(Piece(content[mark.start() : line.end()], content_type, name=name))
    return line.end()


_ARMOR_FILES = {b"PUBLIC KEY BLOCK": ("public-key.asc", "application/pgp-keys")}
