from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.mail.charset import codec_of, decode

UTF8_NOTE = "The text is UTF-8 although it is declared otherwise."


@pytest.mark.parametrize(
    ("data", "declared", "expected"),
    [
        ("Grüße".encode("cp1252"), "iso-8859-1", "Grüße"),
        ("“quoted” €".encode("cp1252"), "us-ascii", "“quoted” €"),
        ("Zażółć".encode("iso-8859-2"), "ISO-8859-2", "Zażółć"),
        ("印刷".encode("cp932"), "shift_jis", "印刷"),
        ("印刷".encode("iso2022_jp"), "iso-2022-jp", "印刷"),
        ("打印机①".encode("gb18030"), "GB2312", "打印机①"),
        ("프린터".encode("cp949"), "ks_c_5601-1987", "프린터"),
        ("Ω".encode("utf-16"), "utf-16", "Ω"),
        ("Привет".encode("koi8-r"), "koi8-r", "Привет"),
        ("Grüße".encode(), "utf8", "Grüße"),
        ("Grüße".encode(), "", "Grüße"),
    ],
)
def test_a_declared_charset_is_believed_where_it_fits(data: bytes, declared: str, expected: str) -> None:
    notes: list[str] = []

    assert expected == decode(data, declared, notes.append)
    assert notes == []


@pytest.mark.parametrize(
    ("data", "declared", "expected", "note"),
    [
        ("Grüße".encode(), "iso-8859-1", "Grüße", UTF8_NOTE),
        ("Grüße".encode(), "ascii", "Grüße", UTF8_NOTE),
        ("Grüße aus Hamburg".encode("cp1252"), "utf-8", "Grüße aus Hamburg", "was read as cp1252."),
        ("Grüße".encode(), "x-klingon", "Grüße", "The charset 'x-klingon' is unknown."),
        ("Grüße".encode(), "utf-32LE", "Grüße", "does not fit its charset 'utf-32LE' and was read as UTF-8."),
        ("Привет, принтер не работает".encode("cp1251"), "", "Привет, принтер не работает", "was read as cp1251."),
        ("Grüße".encode("cp1252"), "win-1252", "Grüße", "The charset name 'win-1252' was read as cp1252."),
        ("Grüße".encode("cp1252"), "windows1252", "Grüße", "was read as cp1252."),
        ("Zażółć".encode("cp1250"), "x-cp-1250", "Zażółć", "was read as cp1250."),
        ("Привет".encode("cp1251"), "csWindows1251", "Привет", "was read as cp1251."),
        ("Grüße €".encode("iso-8859-15"), "ISO 8859 15", "Grüße €", "was read as iso8859-15."),
        ("Grüße".encode(), "charset=utf-8", "Grüße", "was read as utf-8."),
        ("Grüße".encode(), "utf-8 format=flowed", "Grüße", "was read as utf-8."),
        ("Zażółć".encode("iso-8859-2"), "iso-8859-2http-equivContent-Type", "Zażółć", "was read as iso8859-2."),
        ("Привет".encode("koi8-r"), "koi8r", "Привет", "was read as koi8-r."),
        (
            "Grüße aus Hamburg und Lübeck, schöne".encode() + b"\xff",
            "",
            "Grüße aus Hamburg und Lübeck, schöne\ufffd",
            "broken bytes",
        ),
        ("Grüße".encode("utf-16"), "", "Grüße", "was read as utf-16."),
        (b"\xfe\xff" + "Grüße".encode("utf-16-be"), "utf-8", "Grüße", "was read as utf-16."),
        (b"only ASCII", "utf-16", "only ASCII", "The text is ASCII although it is declared otherwise."),
        ("äöü äöü äöü".encode() + b"\xff", "utf-8", "äöü äöü äöü\ufffd", "has broken bytes in it."),
    ],
)
def test_a_wrong_charset_is_repaired_and_told(data: bytes, declared: str, expected: str, note: str) -> None:
    notes: list[str] = []

    assert expected == decode(data, declared, notes.append)
    assert notes
    assert any(note in told for told in notes)


@pytest.mark.parametrize(
    "name", ["idna", "punycode", "rot13", "hex", "zlib", "undefined", "unicode_escape", "../x", "", "a" * 99]
)
def test_a_mail_cannot_choose_a_codec_that_is_no_charset(name: str) -> None:
    assert codec_of(name) is None


@given(st.binary(max_size=200), st.sampled_from(["", "utf-8", "utf-7", "hz", "utf-16", "iso-2022-kr", "big5", "x"]))
def test_any_bytes_in_any_charset_give_text(data: bytes, declared: str) -> None:
    assert isinstance(decode(data, declared, lambda _: None), str)


RUSSIAN = "Принтер сломан, пришлите пожалуйста мастера"


@pytest.mark.parametrize(
    ("text", "codec", "declared"),
    [
        (RUSSIAN, "cp1251", "iso-8859-1"),
        (RUSSIAN, "koi8-r", "us-ascii"),
        (RUSSIAN, "cp1251", "koi8-r"),
        (RUSSIAN, "koi8-r", "windows-1251"),
        (RUSSIAN, "utf-8", "windows-1251"),
        ("打印机坏了，请派人来修理一下，谢谢大家的帮助", "gbk", "iso-8859-1"),
        ("打印机坏了，请派人来", "utf-8", "gb2312"),
        ("打印机坏了", "gbk", "windows-936"),
        ("プリンタが壊れました", "utf-8", "shift_jis"),
        ("プリンタが壊れました", "euc_jp", "cp51932"),
        ("프린터가 고장났습니다. 사람을 보내 주세요", "cp949", "iso-8859-1"),
        ("Drukarka się zepsuła", "utf-8", "iso-8859-2"),
        ("Ο εκτυπωτής χάλασε", "mac-greek", "x-mac-greek"),
        ("Please come now", "utf-16-be", "utf-16"),
        ("Please come now", "utf-16-le", "utf-16"),
    ],
)
def test_a_text_that_is_surely_something_else_is_read_as_that(text: str, codec: str, declared: str) -> None:
    assert decode(text.encode(codec), declared, lambda _: None) == text


@pytest.mark.parametrize(
    ("text", "codec", "declared"),
    [
        ("Größe: 5 m² – „über“ alles", "cp1252", "iso-8859-1"),
        ("ÄÖÜ ÄÖÜ ÄÖÜ ÄÖÜ", "cp1252", "iso-8859-1"),
        ("СРОЧНО: ПРИНТЕР", "koi8-r", "koi8-r"),
        ("Иван ПЕТРОВ, принтер", "cp1251", "windows-1251"),
        ("联通", "gbk", "gb2312"),
    ],
)
def test_a_text_that_may_be_what_it_says_is_believed(text: str, codec: str, declared: str) -> None:
    assert decode(text.encode(codec), declared, lambda _: None) == text
