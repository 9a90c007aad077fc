"""Address lists: From, To and Cc read in one pass, and never by guessing.

`email.utils.parseaddr` answers boss@corp.example for `boss@corp.example <evil@x.example>` and for
`<boss@corp.example> <evil@x.example>`. Here the address is what stands in the one pair of angle brackets
outside quotes and comments; where there are two, or none that can be read, the address is "" and a defect
says so.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from daemon.mail.clean import clean_header, lowered
from daemon.mail.headers import Note, decoded
from daemon.mail.message import Address

NESTING = 20
"""Comments nested deeper than this make a list unreadable."""
NAME_CHARACTERS = 200
"""Longest display name."""
AMBIGUOUS = "An address field can be read in more than one way; that address was not used."
"""The defect of an address that is "" because two programs would read two addresses."""
MISLEADING = "An address field shows another address in place of the name."
"""The defect of `boss@corp.example <evil@x.example>`; the address in the brackets was used."""

# As `addr-spec` of RFC 5322 with the characters of RFC 6532, without comments and white space.
_LOCAL = r"(?:[^\s\x00-\x20\x7f-\x9f()<>\[\]:;@\\,\"]{1,128}|\"(?:[^\"\\\r\n\x00]|\\.){0,128}\")"
_DOMAIN = r"(?:[A-Za-z0-9\u00a1-\U0010ffff_-]+(?:\.[A-Za-z0-9\u00a1-\U0010ffff_-]+)*|\[[0-9A-Za-z:.]{2,64}\])"
_ADDRESS = re.compile(rf"({_LOCAL})@({_DOMAIN})")
_ADDRESS_CHARACTERS = 320
_ROUTE = re.compile(r"@[^:<>@]{1,255}(?:,@[^:<>@,]{1,255}){0,9}:")
# Encoded words are stepped over as one when they hold nothing that could be an address: Müller,_Hans with a
# bare comma is common, and <evil@x.example> inside one is read in two ways by two programs.
_STEP = re.compile(r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?\s<>@\"\\]{0,500}\?=|[\\\"(),:;<>\[]")
_COMMENT = "\0"


def read_address(text: str) -> str:
    """The addr-spec that `text` is, its domain in lower case; "" if it is none. Takes off <> and a source route."""
    text = text.strip()
    if len(text) > _ADDRESS_CHARACTERS:
        return ""
    while text.startswith("<") and text.endswith(">"):
        text = text[1:-1].strip()
    text = _ROUTE.sub("", text, count=1) if text.startswith("@") else text
    text = text[7:].strip() if text[:7].lower() == "mailto:" else text  # as Outlook writes it in its blocks
    found = _ADDRESS.fullmatch(text)
    return f"{found[1]}@{lowered(found[2])}" if found else ""


def is_one_of(address: str, ours: Collection[str]) -> bool:
    """Whether mail to `address` comes to one of these (lower case): it is one, or one with a tag (RFC 5233), it+x@."""
    local_part, _, domain = lowered(address).rpartition("@")
    return f"{local_part}@{domain}" in ours or f"{local_part.partition('+')[0]}@{domain}" in ours


@dataclass(slots=True)
class _Entry:
    """What stands between two commas, taken apart but not judged yet.

    `bare` is the text outside quotes and angle brackets, `spoken` the same with the quoted strings: the name.
    """

    bare: str = ""
    spoken: str = ""
    comments: list[str] = field(default_factory=list)
    angles: list[str] = field(default_factory=list)
    broken: bool = False

    @property
    def is_name_only(self) -> bool:
        """Half of an unquoted `Vogt, Mara <mara@...>`, which Exchange and many scripts write."""
        return not self.angles and not self.broken and not self.comments and "@" not in self.bare

    @property
    def is_empty(self) -> bool:
        return not (self.angles or self.broken or self.comments or self.spoken.strip())


def read_list(value: str, limit: int, note: Note) -> tuple[tuple[Address, ...], bool]:
    """The addresses of an unfolded, still encoded header `value`, and whether some beyond `limit` were left
    out.

    Groups (`team: a@x.example, b@x.example;`) are opened; an empty group such as `undisclosed-recipients:;`
    gives nothing. A name without an address gives an Address whose address is "".
    """
    addresses: list[Address] = []
    names: list[str] = []
    for entry in _entries(value):
        if entry.is_name_only:
            names.append(entry.spoken)
            continue
        if len(addresses) >= limit:
            note("The mail names too many addresses; some were left out.")
            return tuple(addresses), True
        addresses.append(_judged(entry, names, note))
        names = []
    if names:
        note(f"{_shown(', '.join(names))} in an address field has no address.")
        addresses.append(Address(_name(", ".join(names), note), ""))
    return tuple(addresses), False


def _judged(entry: _Entry, names: list[str], note: Note) -> Address:
    bare = entry.bare.strip(f" '{_COMMENT}")
    spoken = _name(", ".join([*names, entry.spoken]), note)
    if entry.broken or len(entry.angles) > 1:
        note(AMBIGUOUS)
        return Address(spoken, "")
    address = read_address(entry.angles[0] if entry.angles else bare)
    if not address and (bare or entry.angles != [""]):
        note("An address field holds something that is no address.")
    if not entry.angles:
        return Address(_name(" ".join(entry.comments), note) if address else spoken, address)
    if "@" in bare and read_address(bare).lower() != address.lower():
        note(MISLEADING)
    return Address(spoken or _name(" ".join(entry.comments), note), address)


def _name(text: str, note: Note) -> str:
    return decoded(" ".join(text.split()), note)[:NAME_CHARACTERS].strip("'\" ")


def _shown(text: str) -> str:
    return repr(clean_header(text)[:80])


def _entries(value: str) -> Iterator[_Entry]:
    """Splits at the commas that count: outside quotes, comments and angle brackets."""
    entry, position = _Entry(), 0
    while position < len(value):
        step = _STEP.search(value, position)
        stop = step.start() if step else len(value)
        _say(entry, value[position:stop])
        if step is None:
            break
        if len(step[0]) > 1:
            _say(entry, step[0])
            position = step.end()
        elif step[0] in _SEPARATORS:
            if step[0] == ":":  # what stood before is the name of a group, unless it is more than a name
                entry = _Entry(broken=not entry.is_name_only)
            else:
                yield from () if entry.is_empty else (entry,)
                entry = _Entry()
            position = stop + 1
        else:
            position = _READERS.get(step[0], _read_stray)(value, stop, entry)
    if not entry.is_empty:
        yield entry


_SEPARATORS = ",;:"


def _say(entry: _Entry, text: str) -> None:
    entry.bare += text
    entry.spoken += text


def _read_quoted(value: str, start: int, entry: _Entry) -> int:
    position, text = start + 1, []
    while position < len(value) and value[position] != '"':
        if value[position] == "\\":
            position += 1
        text.append(value[position : position + 1])
        position += 1
    entry.broken |= position >= len(value)
    entry.spoken += "".join(text)
    if value.startswith("@", position + 1):  # "john doe"@x.example is a local part, not a name
        entry.bare += value[start : position + 1]
    return position + 1


def _read_comment(value: str, start: int, entry: _Entry) -> int:
    depth, position = 0, start
    while position < len(value) and depth <= NESTING:
        character = value[position]
        if character == "\\":
            position += 1
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                break
        position += 1
    if depth:
        entry.broken = True
        return len(value)
    entry.comments.append(value[start + 1 : position])
    entry.bare += _COMMENT  # a comment separates: boss@corp.example(x)@evil.example is not an address
    return position + 1


def _read_angle(value: str, start: int, entry: _Entry) -> int:
    quoted, position = False, start + 1
    while position < len(value) and (quoted or value[position] != ">"):
        if value[position] == "\\":
            position += 1
        elif value[position] == '"':
            quoted = not quoted
        position += 1
    if position >= len(value):
        entry.broken = True
        return len(value)
    content = value[start + 1 : position].strip()
    if content.startswith("<") and value.startswith(">", position + 1):  # <<a@x.example>> of some web forms
        content, position = content[1:], position + 1
    entry.angles.append(content)
    return position + 1


def _read_literal(value: str, start: int, entry: _Entry) -> int:
    """`[192.0.2.1]` or `[IPv6:...]`, whose colons open no group; also `[External] Mara`."""
    close = value.find("]", start, start + 100)
    end = start + 1 if close < 0 else close + 1
    _say(entry, value[start:end])
    return end


def _read_stray(value: str, start: int, entry: _Entry) -> int:
    entry.broken = True
    entry.spoken += value[start]
    return start + 1


_READERS = {'"': _read_quoted, "(": _read_comment, "<": _read_angle, "[": _read_literal}
