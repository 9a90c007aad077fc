"""From bytes to text: the declared charset if it fits, and otherwise the likeliest.

Order: the declared name; what that name was meant to be (the alias table, and names that are misspelt); UTF-8;
what cchardet says; windows-1252, which is Latin-1 with its holes filled. Never fails, and says what it guessed.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

import cchardet

# Charsets are decoded only by codecs of this table. Python's registry also knows rot13, hex, zip, idna
# (quadratic, CVE-2022-45061), unicode_escape and undefined, and takes any of them from a mail that names it.
_CODEC_NAMES = """
    ascii utf-8 utf-7 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be
    iso8859-1 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10
    iso8859-11 iso8859-13 iso8859-14 iso8859-15 iso8859-16
    cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258
    cp437 cp737 cp775 cp850 cp852 cp855 cp857 cp858 cp860 cp861 cp862 cp863 cp864 cp865 cp866 cp869 cp874
    koi8-r koi8-u koi8-t kz1048 ptcp154 tis-620
    mac-roman mac-latin2 mac-cyrillic mac-greek mac-turkish mac-iceland
    gbk gb18030 hz big5 big5hkscs cp950 cp932 euc_jp euc_jis_2004 shift_jis_2004
    iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_ext iso2022_kr euc_kr cp949 johab
"""
_CODECS = frozenset(_CODEC_NAMES.split())

# What mail programs write, and the wider charset they mean by it. Latin-1 and ASCII are read as windows-1252,
# as the WHATWG encoding standard has it, because mail that says so is full of curly quotes and euro signs.
_ALIASES = {
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "8bit": "cp1252",
    "ansi": "cp1252",
    "x-ansi": "cp1252",
    "x-cp1252": "cp1252",
    "cp-850": "cp850",
    "dos-850": "cp850",
    "utf8mb4": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf_8_sig": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "unicode": "utf-16",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "macintosh": "mac-roman",
    "x-mac-roman": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "x-euc-jp": "euc_jp",
    "cp51932": "euc_jp",
    "euc-jp-ms": "euc_jp",
    "x-mac-greek": "mac-greek",
    "x-mac-turkish": "mac-turkish",
    "x-mac-centraleurroman": "mac-latin2",
    "iso-2022-jp": "iso2022_jp_ext",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "windows-936": "gb18030",
    "ms936": "gb18030",
    "big5": "cp950",
    "x-big5": "cp950",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "x-windows-949": "cp949",
    "x-koi8-r": "koi8-r",
    "koi8": "koi8-r",
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,39}")
# Misspelt names, as they are found in mail: win-1252, windows1252, x-cp-1250, ISO_8859 15, charset=utf-8,
# "utf-8 format=flowed", iso-8859-2http-equivContent-Type (this one from a very popular program).
_MISSPELT = tuple(
    (re.compile(rf"(?:charset=|x[-_]|cs)*{name}(?!\d)", re.IGNORECASE), codec)
    for name, codec in (
        (r"utf[-_ ]?8", "utf-8"),
        (r"(?:cp|ibm|ms|win|windows)[-_ ]?(125\d|8[567]\d|437)", r"cp\1"),
        (r"iso[-_ ]?8859[-_ ](1[013-6]|[1-9])", r"iso8859-\1"),
        (r"(?:iso[-_ ]?)?latin[-_ ]?1", "iso8859-1"),
        (r"koi8[-_ ]?([rut])", r"koi8-\1"),
        (r"(?:us[-_ ]?)?ascii", "us-ascii"),
        (r"gb[-_ ]?(?:k|2312|18030)", "gbk"),
        (r"big[-_ ]?5", "big5"),
        (r"s(?:hift)?[-_ ]?jis", "shift_jis"),
        (r"euc[-_ ]?(jp|kr)", r"euc-\1"),
    )
)
# Charsets whose text may be ASCII bytes that do not mean ASCII characters.
_SEVEN_BIT_NAMES = """
    utf-7 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be
    hz iso2022_jp iso2022_jp_1 iso2022_jp_2 iso2022_jp_ext iso2022_kr
"""
_SEVEN_BIT = frozenset(_SEVEN_BIT_NAMES.split())
_SURE = 0.5
_WIDE = frozenset(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"))
_BYTE_ORDER_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WESTERN = "cp1252"
_TWO_BYTES = frozenset(("gb18030", "gbk", "cp950", "big5", "big5hkscs", "cp932", "cp949", "euc_jp", "euc_kr", "johab"))
_OTHER_CYRILLIC = {"koi8-r": "cp1251", "koi8-u": "cp1251", "cp1251": "koi8-r"}
_WORD = re.compile(r"[^\W\d_]{3,40}")
_ASCII_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BEYOND = bytes(range(0xA0, 0x100))
_FEW = 12
_PROBE_BYTES = 20_000


def codec_of(name: str) -> str | None:
    """The Python codec for a charset name found in a mail, or None if there is none that we would run."""
    name = name.strip().strip("'\"").lower()
    name = _ALIASES.get(name, name)
    if name in _CODECS or not _NAME.fullmatch(name):
        return name if name in _CODECS else None
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError, OSError):
        return None  # OSError: Python has such a codec, and the child may open no file to get it (rot13, hex)
    found = _ALIASES.get(found, found)
    return found if found in _CODECS else None


def _meant(name: str, note: Callable[[str], None]) -> str | None:
    """The codec for a misspelt name, with a note; None with another note if nobody can tell what was meant."""
    name = name.strip(" \t'\"")
    for misspelt, spelling in _MISSPELT:
        if found := misspelt.match(name):
            codec = codec_of(found.expand(spelling).lower())
            if codec is not None:
                note(f"The charset name {name[:40]!r} was read as {codec}.")
                return codec
    note(f"The charset {name[:40]!r} is unknown.")
    return None


def decode(data: bytes, declared: str, note: Callable[[str], None]) -> str:
    """The text of `data`; `declared` is the charset named in the mail, or "". What was guessed is told to `note`."""
    codec = codec_of(declared) if declared else None
    if data.isascii() and b"\x1b$" not in data and codec not in _SEVEN_BIT:
        return data.decode("ascii")
    if declared and codec is None:
        codec = _meant(declared, note)
    if codec is not None:
        text = _as_declared(data, codec, note)
        if text is not None:
            return text
    return _as_guessed(data, declared, note)


def _as_declared(data: bytes, codec: str, note: Callable[[str], None]) -> str | None:
    if codec == _WESTERN and not data.isascii():
        # Every byte string is valid Latin-1, but hardly any Latin-1 text is valid UTF-8: the label is wrong.
        text = _strict(data, "utf-8")
        if text is not None:
            note("The text is UTF-8 although it is declared otherwise.")
            return text
        text = _not_western(data, note)
        return _western(data) if text is None else text
    if codec in _WIDE and data.isascii() and b"\0" not in data:
        note("The text is ASCII although it is declared otherwise.")
        return data.decode("ascii")
    if codec == "utf-16" and not data.startswith(_BYTE_ORDER_MARKS):
        codec = _by_zeros(data)
    text = _strict(data, codec)
    if text is None:
        return _mostly_utf8(data, note) if codec == "utf-8" else None
    return text if codec in _WIDE or codec in _SEVEN_BIT else _as_meant(data, codec, text, note)


def _by_zeros(data: bytes) -> str:
    """UTF-16 without a mark: in which byte of each two most of the zeros are; RFC 2781 4.3 has big-endian otherwise."""
    probe = data[:_PROBE_BYTES]
    return "utf-16-be" if probe[::2].count(0) > probe[1::2].count(0) else "utf-16-le"


def _as_meant(data: bytes, codec: str, text: str, note: Callable[[str], None]) -> str:
    """`text` as declared, unless its bytes are surely something else: UTF-8, or Cyrillic of the other kind."""
    if codec == "utf-8":
        return text
    utf8 = _strict(data, "utf-8")
    if utf8 is not None:
        foreign = [character for character in utf8 if character > "\x7f"]
        # Two bytes of GBK may be one of UTF-8 by chance; Chinese, Japanese and Korean take three there.
        wide = sum(character > "\u2e7f" for character in foreign)
        is_sure = wide > 1 and 2 * wide >= len(foreign) if codec in _TWO_BYTES else len(foreign) > 1
        if is_sure or len(foreign) > 7:
            note("The text is UTF-8 although it is declared otherwise.")
            return utf8
    other = _OTHER_CYRILLIC.get(codec)
    if other is not None and _is_turned(text) and (turned := _strict(data, other)) is not None:
        note(f"The text is {other} although it is declared otherwise.")
        return turned
    return text


def _is_turned(text: str) -> bool:
    """Whether words are in capitals, some but for their first letter: KOI8 read as windows-1251, or the other way."""
    words = _WORD.findall(text[:_PROBE_BYTES])
    turned = sum(word[0].islower() and word[1:].isupper() for word in words)
    return turned > 0 and len(words) > 1 and all(word[1:].isupper() for word in words)


def _not_western(data: bytes, note: Callable[[str], None]) -> str | None:
    """Text declared as Latin-1 of which most letters are beyond ASCII: Cyrillic, Chinese or Korean, as is usual."""
    probe = data[:_PROBE_BYTES]
    letters = len(probe) - len(probe.translate(None, _ASCII_LETTERS))
    beyond = len(probe) - len(probe.translate(None, _BEYOND))
    if beyond < _FEW or beyond < 2 * letters:
        return None
    guess = cchardet.detect(probe)
    codec = codec_of(guess["encoding"] or "") if (guess["confidence"] or 0) >= _SURE else None
    text = _strict(data, codec) if codec not in (None, _WESTERN) else None
    if text is not None:
        note(f"The text is {codec} although it is declared otherwise.")
    return text


def _mostly_utf8(data: bytes, note: Callable[[str], None]) -> str | None:
    """UTF-8 with a few bytes that are none: cut off, or mended by a program that did not know it."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = len(text) - len(text.encode("ascii", "ignore")) - broken
    if broken > whole:
        return None
    note("The text is UTF-8 and has broken bytes in it.")
    return text


def _as_guessed(data: bytes, declared: str, note: Callable[[str], None]) -> str:
    text = _strict(data, "iso2022_jp_ext") if b"\x1b$" in data else None
    text = _strict(data, "utf-8") if text is None else text
    if text is not None:
        if declared:
            note(f"The text does not fit its charset {declared[:40]!r} and was read as UTF-8.")
        return text
    if data.startswith(_BYTE_ORDER_MARKS) and (text := _strict(data, "utf-16")) is not None:
        note("The text does not say its charset rightly and was read as utf-16.")
        return text
    if (text := _mostly_utf8(data, note)) is not None:
        return text
    guess = cchardet.detect(data[:_PROBE_BYTES])
    codec = codec_of(guess["encoding"] or "") if (guess["confidence"] or 0) >= _SURE else None
    text = _strict(data, codec) if codec is not None and codec != _WESTERN else None
    if text is None:
        codec, text = _WESTERN, _western(data)
    note(f"The text does not say its charset rightly and was read as {codec}.")
    return text


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        return None


def _western(data: bytes) -> str:
    """windows-1252, and Latin-1 for the five bytes it leaves undefined."""
    text = _strict(data, _WESTERN)
    return data.decode("latin-1") if text is None else text


def load_codecs() -> None:
    """Imports every codec of the table now, for a process that will not be able to open files later."""
    for codec in _CODECS:
        codecs.lookup(codec)
