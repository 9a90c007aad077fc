"""What came wrapped otherwise than in MIME: it is read where it can be, and said where it cannot."""

from __future__ import annotations

import base64
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.mail.cms import NoCms, read_cms
from daemon.mail.message import Message
from daemon.mail.parse import extract_attachments, parse
from daemon.mail.rtf import decompressed, rtf_to_text
from daemon.mail.tnef import read_tnef
from tests.mail import wrapping

Writer = Callable[..., bytes]

ENTITY = "Content-Type: text/plain; charset=utf-8\r\n\r\nMein Ausweis läuft ab.\r\n".encode()
# The example of [MS-OXRTFCP] 4.1.1.
PACKED = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)


def _smime(mail: Writer, content: bytes, kind: str) -> Message:
    header = f'Content-Type: application/pkcs7-mime; smime-type={kind}; name="smime.p7m"'
    return parse(mail(header, "Content-Transfer-Encoding: base64", body=base64.encodebytes(content)))


def _names(message: Message) -> list[str]:
    return [one.name for one in message.attachments]


# -- S/MIME --


@pytest.mark.parametrize("wrap", [wrapping.signed, wrapping.signed_in_pieces])
def test_a_mail_signed_with_s_mime_is_read(wrap: Callable[[bytes], bytes], mail: Writer) -> None:
    message = _smime(mail, wrap(ENTITY), "signed-data")

    assert message.words == "Mein Ausweis läuft ab."
    assert (message.attachments, message.encrypted, message.defects) == ((), "", ())


def test_a_mail_signed_twice_is_read(mail: Writer) -> None:
    inner = b"Content-Type: application/x-pkcs7-mime; name=smime.p7m\r\n\r\n" + wrapping.signed(ENTITY)

    assert _smime(mail, wrapping.signed(inner), "signed-data").words == "Mein Ausweis läuft ab."


def test_the_files_of_a_signed_mail_are_its_attachments(mail: Writer) -> None:
    entity = b"Content-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\nsee the file\r\n"
    entity += b"--i\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\n%PDF\r\n--i--"
    message = _smime(mail, wrapping.signed(entity), "signed-data")

    assert (message.words, _names(message)) == ("see the file", ["a.pdf"])


def test_a_mail_encrypted_with_s_mime_is_kept_and_said_to_be_encrypted(mail: Writer) -> None:
    message = _smime(mail, wrapping.enveloped(), "enveloped-data")

    assert (message.words, message.encrypted, _names(message)) == ("", "S/MIME", ["smime.p7m"])
    assert message.defects == ("A part of the mail is encrypted with S/MIME and was kept unread.",)
    assert message.shown_words == (
        "[Encrypted with S/MIME: Postroom cannot read it. Open the original in a mail program that has the key.]"
    )


@pytest.mark.parametrize(("kind", "encrypted"), [("signed-data", ""), ("enveloped-data", "S/MIME"), ("", "")])
def test_damaged_s_mime_is_a_file_and_believed_to_be_what_it_says(kind: str, encrypted: str, mail: Writer) -> None:
    message = _smime(mail, b"\x30\x82\xff", kind)

    assert (message.encrypted, _names(message)) == (encrypted, ["smime.p7m"])
    assert "A part in S/MIME is damaged and was kept as a file." in message.defects


@pytest.mark.parametrize("wrapped", [wrapping.signed(b"<Fattura/>"), wrapping.enveloped()])
def test_a_signed_or_encrypted_file_is_a_file_and_no_mail(wrapped: bytes, mail: Writer) -> None:
    encoded = base64.encodebytes(wrapped).decode()
    body = "--b\r\n\r\nthe invoice\r\n--b\r\nContent-Type: application/pkcs7-mime; name=fattura.xml.p7m\r\n"
    body += f"Content-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n--b--"
    message = parse(mail("Content-Type: multipart/mixed; boundary=b", body=body))

    assert (message.words, _names(message), message.encrypted) == ("the invoice", ["fattura.xml.p7m"], "")


def test_a_bundle_of_certificates_is_a_file(mail: Writer) -> None:
    inner = wrapping.der(0x30, wrapping.der(6, wrapping.DATA))
    layers = wrapping.der(0x30, wrapping.der(2, b"\1"), wrapping.der(0x31), inner)
    bundle = wrapping.der(0x30, wrapping.der(6, wrapping.SIGNED_DATA), wrapping.der(0xA0, layers))

    assert _names(_smime(mail, bundle, "certs-only")) == ["smime.p7m"]


@given(
    st.binary(max_size=200) | st.binary(max_size=60).map(wrapping.signed) | st.just(wrapping.signed_in_pieces(ENTITY))
)
def test_any_bytes_are_cms_or_not(data: bytes) -> None:
    for cut in (data, data[: len(data) // 2], data + b"\x24\x80" * 20):
        with suppress(NoCms):
            read_cms(cut)


# -- OpenPGP --


def test_a_mail_encrypted_with_pgp_mime_is_kept_and_said_to_be_encrypted(mail: Writer) -> None:
    body = "--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
    body += "--b\r\nContent-Type: application/octet-stream; name=encrypted.asc\r\n\r\n"
    body += wrapping.armored("MESSAGE").decode() + "\r\n--b--"
    header = 'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=b'
    message = parse(mail(header, body=body))

    assert (message.words, message.encrypted, _names(message)) == ("", "PGP", ["encrypted.asc"])


def test_an_encrypted_block_in_a_text_is_set_aside_and_said(mail: Writer) -> None:
    raw = mail(body=b"Hello,\n\n" + wrapping.armored("MESSAGE") + b"\nMara\n")
    message = parse(raw)

    assert message.words == "Hello,\n\n\nMara"
    assert (message.encrypted, _names(message)) == ("PGP", ["encrypted.asc"])
    assert message.shown_words.startswith("[Encrypted with PGP: ")
    assert extract_attachments(raw)[0].content == wrapping.armored("MESSAGE")


def test_a_clear_signed_text_is_read_without_its_signature(mail: Writer) -> None:
    message = parse(mail(body=wrapping.clear_signed(b"- my badge\n- my key\n") + b"-- \nMara\n"))

    assert message.words == "- my badge\n- my key"
    assert (message.encrypted, message.attachments, message.signature) == ("", (), "--\nMara")


def test_a_public_key_in_a_text_is_a_file(mail: Writer) -> None:
    message = parse(mail(body=b"my key:\n" + wrapping.armored("PUBLIC KEY BLOCK")))

    assert (message.words, _names(message), message.encrypted) == ("my key:", ["public-key.asc"], "")


@pytest.mark.parametrize("label", ["MESSAGE", "SIGNED MESSAGE"])
def test_a_block_without_an_end_stays_text(label: str, mail: Writer) -> None:
    text = f"-----BEGIN PGP {label}-----\n\nwhat is this line in my mail?"

    assert parse(mail(body=text)).words == text


def test_only_a_mail_itself_is_said_to_be_encrypted_not_one_that_came_with_it(mail: Writer) -> None:
    inner = b"Subject: secret\r\n\r\n" + wrapping.armored("MESSAGE")
    body = b"--b\r\n\r\nplease look\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"\r\n--b--"

    assert parse(mail("Content-Type: multipart/mixed; boundary=b", body=body)).encrypted == ""


# -- uuencode and yEnc --


def test_a_uuencoded_file_in_a_text_is_an_attachment(mail: Writer) -> None:
    content = bytes(range(256)) * 3
    raw = mail(body=b"see the log\n" + wrapping.uuencoded("log.bin", content) + b"thanks\n")

    assert parse(raw).words == "see the log\nthanks"
    assert [(file.name, file.content) for file in extract_attachments(raw)] == [("log.bin", content)]


@pytest.mark.parametrize("last", [b'"8T)K', b'"8T)K*', b'"8T)', b'"8T( '])
def test_what_fills_up_the_last_line_of_uuencode_may_be_anything(last: bytes, mail: Writer) -> None:
    raw = mail(body=b"begin 644 a.bin\n#86)C\n" + last + b"\n`\nend\n")

    assert extract_attachments(raw)[0].content == b"abccB"
    assert parse(raw).defects == ()


def test_a_uuencoded_file_that_breaks_off_is_kept_as_far_as_it_goes(mail: Writer) -> None:
    raw = mail(body=wrapping.uuencoded("a.bin", b"x" * 450).rpartition(b"\n`")[0][:-20])
    message = parse(raw)

    assert "A file in uuencode is not complete." in message.defects
    assert len(extract_attachments(raw)[0].content) == 405


def test_words_that_look_like_uuencode_stay_words(mail: Writer) -> None:
    text = "begin 100 new\nplease, all of them at once, thank you\nend"

    assert (parse(mail(body=text)).words, parse(mail(body=text)).attachments) == (text, ())


def test_a_file_in_yenc_is_set_aside_and_not_decoded(mail: Writer) -> None:
    body = b"look\n=ybegin line=128 size=3 name=a.bin\n\x8b\x8c\x8d\n=yend size=3\nthanks\n"
    message = parse(mail(body=body))

    assert (message.words, _names(message)) == ("look\nthanks", ["a.bin.yenc"])
    assert "A file in yEnc was kept as it stands; it is not decoded." in message.defects


# -- winmail.dat --


def _winmail(mail: Writer, content: bytes, text: str = "") -> bytes:
    encoded = base64.encodebytes(content).decode()
    body = (
        f"--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n--b\r\nContent-Type: application/ms-tnef; name=winmail.dat"
    )
    body += f"\r\nContent-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n--b--"
    return mail("Content-Type: multipart/mixed; boundary=b", body=body)


def test_the_files_in_a_winmail_dat_are_attachments(mail: Writer) -> None:
    tnef = wrapping.tnef(wrapping.tnef_file("Rechnung März.pdf", b"%PDF"), wrapping.tnef_file("../b.txt", b"b"))
    raw = _winmail(mail, tnef, "see the files")

    assert parse(raw).words == "see the files"
    assert [(file.name, file.content) for file in extract_attachments(raw)] == [
        ("Rechnung März.pdf", b"%PDF"),
        ("b.txt", b"b"),
    ]


@pytest.mark.parametrize(
    "packed",
    [
        wrapping.attribute(1, 0x2800C, "Grüße aus Hamburg\0".encode("cp1252")),
        wrapping.attribute(1, 0x69003, wrapping.properties((0x1000, 0x1F, "Grüße aus Hamburg\0".encode("utf-16-le")))),
        wrapping.attribute(
            1,
            0x69003,
            wrapping.properties(
                (0x3FDE, 3, (65001).to_bytes(4, "little")), (0x1013, 0x102, "<p>Grüße aus Hamburg".encode())
            ),
        ),
        wrapping.attribute(
            1,
            0x69003,
            wrapping.properties(
                (0x1009, 0x102, b"\0" * 4 + b"\xff\0\0\0MELA" + b"\0" * 4 + rb"{\rtf1 Gr\'fc\'dfe aus Hamburg}")
            ),
        ),
    ],
    ids=["body", "unicode", "html", "rtf"],
)
def test_the_text_in_a_winmail_dat_counts_where_there_is_no_other(packed: bytes, mail: Writer) -> None:
    assert parse(_winmail(mail, wrapping.tnef(packed))).words == "Grüße aus Hamburg"
    assert parse(_winmail(mail, wrapping.tnef(packed), "the text")).words == "the text"
    assert parse(_winmail(mail, wrapping.tnef(packed), "the text")).attachments == ()


@pytest.mark.parametrize("kind", ["multipart/mixed", "message/rfc822", "no type"])
def test_whatever_a_file_in_a_winmail_dat_says_it_is_it_is_a_file(kind: str, mail: Writer) -> None:
    told = wrapping.properties((0x370E, 0x1E, kind.encode() + b"\0"), (0x3712, 0x1E, b"a@x\0"))
    tnef = wrapping.tnef(wrapping.tnef_file("a.eml", b"Subject: x"), wrapping.attribute(2, 0x69005, told))
    message = parse(_winmail(mail, tnef, "see"))

    assert [(one.name, one.content_type) for one in message.attachments] == [("a.eml", "application/octet-stream")]


def test_a_damaged_winmail_dat_gives_what_can_be_read(mail: Writer) -> None:
    tnef = wrapping.tnef(wrapping.tnef_file("a.txt", b"aaa"), wrapping.tnef_file("b.txt", b"b" * 90))
    message = parse(_winmail(mail, tnef[:-80], "text"))

    assert (message.attachments[0].name, message.attachments[0].size) == ("a.txt", 3)
    assert len(message.attachments) == 2
    assert "A winmail.dat is damaged; what could be read of it was kept." in message.defects


def test_a_winmail_dat_that_is_none_is_a_file(mail: Writer) -> None:
    message = parse(_winmail(mail, b"no such thing", "text"))

    assert _names(message) == ["winmail.dat"]
    assert message.defects == ("A winmail.dat cannot be read and was kept as a file.",)


@given(st.binary(max_size=300))
def test_any_bytes_of_a_winmail_dat_are_read_or_left(data: bytes) -> None:
    read_tnef(wrapping.tnef(data))
    read_tnef(wrapping.tnef(wrapping.attribute(1, 0x69003, data), wrapping.attribute(2, 0x69005, data)))


# -- RTF --


def test_packed_rtf_is_unpacked() -> None:
    assert decompressed(PACKED) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1\ansi\ansicpg1252 Gr\'fc\'dfe\par}", "Grüße\n"),
        (rb"{\rtf1\ansi\ansicpg932 \'88\'f3\'8d\'fc}", "印刷"),
        (rb"{\rtf1 \u8364?100}", "€100"),
        (rb"{\rtf1 \uc2\u-10179\'3f\'3f\u-8704\'3f\'3f!}", "😀!"),
        (rb"{\rtf1{\fonttbl{\f0 Arial;}}{\*\generator Riched}seen{\v hidden}}", "seen"),
        (rb"{\rtf1\fromhtml1{\*\htmltag64 <p>}\htmlrtf{\htmlrtf0 one\htmlrtf\par\htmlrtf0 two}", "onetwo"),
        (rb"a\tab b\line c\~d\_e\{\}", "a\tb\nc\u00a0d-e{}"),
        (b"}" * 50 + b"{" * 500 + b"deep", ""),
        (b"", ""),
    ],
)
def test_rtf_becomes_text(rtf: bytes, text: str) -> None:
    assert text == rtf_to_text(rtf)


@given(
    st.lists(st.sampled_from([rb"\u-10179 ", rb"\'88", b"{", b"}", rb"\*", rb"\bin9 ", b"x", b"\\", rb"\uc0 ", rb"\v"]))
)
def test_any_rtf_gives_text(pieces: list[bytes]) -> None:
    rtf_to_text(b"".join(pieces)).encode("utf-8")


@given(st.binary(max_size=200))
def test_any_bytes_unpack_or_not(data: bytes) -> None:
    decompressed(b"\xff\xff\0\0\xff\xff\0\0LZFu\0\0\0\0" + data)
