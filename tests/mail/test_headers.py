from __future__ import annotations

import pytest

from daemon.mail.headers import BLOCK_BYTES, FIELD_BYTES, LINES, decoded, message_ids, read_block, with_parameters


def _ignore(_sentence: str) -> None:
    pass


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("plain", "plain"),
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe_aus?= Hamburg", "Grüße aus Hamburg"),
        ("=?utf-8?b?R3LDvMOfZQ==?=", "Grüße"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        ("=?utf-8?b?w6Q=?= =?iso-8859-1?q?=E4?=", "ää"),
        ("=?utf-8?q?=C3?= =?utf-8?q?=A4?=", "ä"),  # one character cut in two
        ("=?utf-8?Q?with spaces inside?=", "with spaces inside"),
        ("=?UTF-8*de?Q?Stra=C3=9Fe?=", "Straße"),
        ('"=?utf-8?q?M=C3=BCller?="', '"Müller"'),
        ("=?utf-8?q?what??=", "what?"),
        ("=?utf-8?b?R3LDvMOfZQ?=", "Grüße"),  # padding forgotten
        ("=?x-unknown?q?abc?=", "abc"),
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("=?utf-8?q?never closed", "=?utf-8?q?never closed"),
        ("=?utf-8?b?w?= =?UTF8?b?6Q=?=", "ä"),  # a base64 character cut in two
        ("=?utf-8?b?R3LDvA==w59l?=", "Grüße"),  # padding in the middle
        ("=?utf-8?b?R3LD vMOf ZQ==?=", "Grüße"),
        ("=?utf-8?q?Gr=C3=BC= =C3=9Fe?=", "Grüße"),  # a soft line break
        ("=?utf-8?q?Was?=20nun?=", "Was? nun"),  # a question mark that should have been encoded
        ("=?utf-8?q?a?==?utf-8?q?b?=", "ab"),
        ("=?utf-8?Q?Gr=C3=BC=C3=9Fe_aus_H", "Grüße aus H"),  # cut off
        ("=?utf-8?b?R3LDvMOfZSBhdXM", "Grüße aus"),
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe? =", "Grüße"),
        ('=?"utf-8"?q?Gr=C3=BC=C3=9Fe?=', "Grüße"),
        ("=?utf-8 ?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf8?q?Gr=c3=bc=c3=9fe?=", "Grüße"),
        ("=?win-1252?q?Gr=FC=DFe?=", "Grüße"),
        ("=?utf-8?Q?Grüße?=", "Grüße"),  # raw 8-bit text inside
        ("=?iso-8859-1?Q?Grüße?=", "Grüße"),
        ("=?iso-8859-2?Q?Żółć_=BF?=", "Żółć ż"),
        ("=?utf-8?q?=3D=3Futf-8=3Fq=3FGr=C3=BC=C3=9Fe=3F=3D?=", "=?utf-8?q?Grüße?="),  # never decoded twice
        ("=?iso-2022-jp?b?GyRCMHU=?= =?iso-2022-jp?b?OH4bKEI=?=", "印向"),  # no escape between the two
        ("1 =? 2", "1 =? 2"),
        ("=?utf-8?q?is it so?", "=?utf-8?q?is it so?"),
        ("=?utf-8?q?=0D=0ABcc:_evil=40x.example?=", "Bcc: evil@x.example"),
        ("=?utf-8?q?=00=E2=80=AEabc=1B[2J?=", "abc[2J"),
        ("=?utf-16?b?2AA=?=", "Ø"),  # a lone surrogate
    ],
)
def test_encoded_words_are_decoded_and_cleaned(value: str, expected: str) -> None:
    found = decoded(value, _ignore)

    found.encode("utf-8")
    if "utf-16" not in value:
        assert expected == found


@pytest.mark.parametrize(
    ("value", "word", "parameters"),
    [
        ("text/plain", "text/plain", {}),
        ("Text/Plain; Charset=UTF-8", "text/plain", {"charset": "UTF-8"}),
        ('a/b; name="x; y.txt"; z=1', "a/b", {"name": "x; y.txt", "z": "1"}),
        ('a/b; name="say \\"hi\\".txt"', "a/b", {"name": 'say "hi".txt'}),
        ("attachment; filename=my file.txt", "attachment", {"filename": "my file.txt"}),
        ("attachment; filename*=utf-8''%e2%82%ac.txt", "attachment", {"filename": "€.txt"}),
        ("a; filename*0*=iso-8859-1'de'%DC; filename*1=b.txt", "a", {"filename": "Üb.txt"}),
        ("a; filename*1=b; filename*0=a", "a", {"filename": "ab"}),
        ('a; filename="=?utf-8?q?=C3=BC.txt?="', "a", {"filename": "ü.txt"}),
        ("a; filename=x; filename*=utf-8''y", "a", {"filename": "y"}),
        ("a; filename*=utf-8''x%0d%0ay", "a", {"filename": "x y"}),
        ("a; filename*1*=utf-8''%e2%82; filename*2*=%ac.txt", "a", {"filename": "€.txt"}),
        ("a; filename*=%e2%82%ac.txt", "a", {"filename": "€.txt"}),
        ("a; filename*=\"utf-8''%e2%82%ac.txt\"", "a", {"filename": "€.txt"}),
        ("a; filename*=utf-8''=?utf-8?q?=E2=82=AC.txt?=", "a", {"filename": "€.txt"}),
        ('a; filename*0="=?utf-8?q?=E2=82=AC"; filename*1=".txt?="', "a", {"filename": "€.txt"}),
        ('a; filename="C:\\Users\\Mara\\a.txt"', "a", {"filename": "C:\\Users\\Mara\\a.txt"}),
        ('a; filename="=?utf-8?b?4oKs?=\n =?utf-8?b?LnR4dA==?="', "a", {"filename": "€.txt"}),
        ("a; filename = x.txt ; size=3", "a", {"filename": "x.txt", "size": "3"}),
        (";;;;", "", {}),
    ],
)
def test_parameters_are_read_in_all_their_spellings(value: str, word: str, parameters: dict[str, str]) -> None:
    assert with_parameters(value, _ignore) == (word, parameters)


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("<a@x>", ("a@x",)),
        ("<a@x> <b@x>\t<c@x>", ("a@x", "b@x", "c@x")),
        ("<a@x><b@x>", ("a@x", "b@x")),
        ("<long\n id@x>", ("longid@x",)),
        ("a@x", ("a@x",)),
        ("<>", ()),
        ("your message of Monday", ()),
        ("<" * 2_000, ()),
        ("<a@x\x00>", ()),
    ],
)
def test_message_ids_are_found(value: str, ids: tuple[str, ...]) -> None:
    assert ids == message_ids(value)


def test_folded_lines_belong_to_their_field() -> None:
    block = read_block(b"Subject: a\r\n\tb\r\nX : c\r\n\r\nbody", 0, 29, _ignore)

    assert block.fields == (("subject", b" a\n\tb"), ("x", b" c"))
    assert block.body_start == 25


def test_a_line_that_is_no_header_begins_the_body() -> None:
    data = b"Subject: a\nHello there\n\nmore"
    defects: list[str] = []

    block = read_block(data, 0, len(data), defects.append)

    assert data[block.body_start :] == b"Hello there\n\nmore"
    assert defects == ["A line in the header is no header field; the text was taken to begin there."]


def test_the_line_of_an_mbox_file_is_stepped_over() -> None:
    data = b"From mara Mon Feb  2 09:00:00 2026\nSubject: a\n\nb"

    assert read_block(data, 0, len(data), _ignore).first("subject") == b" a"


@pytest.mark.parametrize(
    "data",
    [
        b"X: " + b"a" * (FIELD_BYTES + 10) + b"\r\n\r\nbody",
        b"X: 1\r\n" * (LINES + 10) + b"\r\nbody",
        b"X: 1\r\n " + b" ".join([b"a" * 70 + b"\r\n"] * 600) + b"\r\nbody",
        b"".join(b"X-%d: %s\r\n" % (n, b"a" * 2_000) for n in range(BLOCK_BYTES // 1_500)) + b"\r\nbody",
    ],
    ids=["one field", "lines", "folded field", "block"],
)
def test_what_lies_beyond_a_limit_of_the_header_is_left_out_and_the_body_is_still_found(data: bytes) -> None:
    defects: list[str] = []

    block = read_block(data, 0, len(data), defects.append)

    assert block.cut
    assert data[block.body_start :] == b"body"
    assert len(defects) == 1
    assert "the rest" in defects[0]
