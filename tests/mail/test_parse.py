from __future__ import annotations

import email
import email.policy
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.mail.attachments import LOGO_BYTES
from daemon.mail.clean import clean_text
from daemon.mail.message import Report
from daemon.mail.parse import CARRIED_BYTES, DEFECTS, IDS, TEXT_CHARACTERS, extract_attachments, parse

Writer = Callable[..., bytes]


def _multipart(kind: str, *parts: str) -> str:
    return "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"


def test_a_mail_without_a_sender_says_so(mail: Writer) -> None:
    message = parse(mail("From:"))

    assert message.sender.address == ""
    assert "The mail has no sender." in message.defects


def test_names_between_commas_are_not_senders(mail: Writer) -> None:
    assert [one.address for one in parse(mail("From: Vogt, Mara <mara@x.example>")).senders] == ["mara@x.example"]


@pytest.mark.parametrize(
    ("header", "return_path"),
    [
        ("X-Other: 1", None),
        ("Return-Path: <>", ""),
        ("Return-Path:", ""),
        ("Return-Path: <mara@X.example>", "mara@x.example"),
        ("Return-Path: mara@x.example", "mara@x.example"),
        ("Return-Path: <MAILER-DAEMON>", "MAILER-DAEMON"),
        ("Return-Path: <#@[]>", "#@[]"),
        ("Return-Path: <first@x.example>\r\nReturn-Path: <second@x.example>", "first@x.example"),
    ],
)
def test_the_return_path_is_the_one_that_the_last_server_wrote(
    header: str, return_path: str | None, mail: Writer
) -> None:
    assert return_path == parse(mail(header)).return_path


def test_addresses_that_servers_delivered_to_are_found_once(mail: Writer) -> None:
    raw = mail("Delivered-To: IT@lindwerk.example", "X-Original-To: it@lindwerk.example", "Envelope-To: hr@x.example")

    assert parse(raw).delivered_to == ("it@lindwerk.example", "hr@x.example")


def test_the_newest_references_are_kept(mail: Writer) -> None:
    raw = mail("References: " + " ".join(f"<{n}@x>" for n in range(IDS + 50)))

    assert parse(raw).references == tuple(f"{n}@x" for n in range(50, IDS + 50))


def test_headers_keep_order_and_case_of_their_values_and_lose_ours(mail: Writer) -> None:
    message = parse(mail("X-Mailer: Foo  Bar", "X-POSTROOM-Request: 12", "x-mailer: second"))

    assert message.header_values("x-mailer") == ("Foo Bar", "second")
    assert not any(name.startswith("x-postroom") for name, _ in message.headers)


def test_parts_around_an_attachment_are_one_text(mail: Writer) -> None:
    body = _multipart(
        "mixed",
        "Content-Type: text/plain\r\n\r\nbefore",
        "Content-Type: application/pdf; name=a.pdf\r\n\r\n%PDF",
        "Content-Type: text/plain\r\n\r\nafter",
    )
    message = parse(mail("Content-Type: multipart/mixed; boundary=b", body=body))

    assert message.text == "before\n\nafter"
    assert [one.name for one in message.attachments] == ["a.pdf"]


@pytest.mark.parametrize(
    ("part", "words", "files"),
    [
        ("Content-Type: text/plain; name=notes.txt", "only text", []),
        ("Content-Type: text/plain\r\nContent-Disposition: inline; filename=notes.txt", "only text", []),
        ("Content-Type: text/plain\r\nContent-Disposition: attachment; filename=notes.txt", "", ["notes.txt"]),
        ("Content-Type: text/csv", "", ["unnamed-1.csv"]),
    ],
)
def test_a_text_with_a_name_is_a_file_unless_it_is_all_there_is(
    part: str, words: str, files: list[str], mail: Writer
) -> None:
    body = _multipart("mixed", f"{part}\r\n\r\nonly text")
    message = parse(mail("Content-Type: multipart/mixed; boundary=b", body=body))

    assert (words, files) == (message.words, [one.name for one in message.attachments])


def test_a_second_text_with_a_name_is_a_file(mail: Writer) -> None:
    body = _multipart("mixed", "\r\nhello", "Content-Type: text/plain; name=log.txt\r\n\r\nlog")
    message = parse(mail("Content-Type: multipart/mixed; boundary=b", body=body))

    assert (message.words, [one.name for one in message.attachments]) == ("hello", ["log.txt"])


@pytest.mark.parametrize(
    ("plain", "html", "text", "html_only"),
    [
        ("plain", "<p>html</p>", "plain", False),
        ("", "<p>html</p>", "html", True),
        (" \r\n", "<p>html</p>", "html", True),
        ("Your mail program cannot show HTML.", "<p>html</p>", "html", True),
        ("Your mail program cannot show HTML.", "", "Your mail program cannot show HTML.", False),
    ],
)
def test_of_alternatives_the_one_that_says_something_counts(
    plain: str, html: str, text: str, html_only: bool, mail: Writer
) -> None:
    body = _multipart(
        "alternative", f"Content-Type: text/plain\r\n\r\n{plain}", f"Content-Type: text/html\r\n\r\n{html}"
    )
    message = parse(mail("Content-Type: multipart/alternative; boundary=b", body=body))

    assert (text, html_only) == (message.text, message.html_only)


@pytest.mark.parametrize("meta", ["<meta charset=windows-1251>", '<META content="text/html; charset=windows-1251">'])
def test_the_charset_of_a_page_is_believed_where_the_header_names_none(meta: str, mail: Writer) -> None:
    body = f"<html><head>{meta}</head><body>Да</body>".encode("cp1251")

    assert parse(mail("Content-Type: text/html", body=body)).words == "Да"


def test_an_attached_mail_is_a_file_when_its_sender_wrote_something(mail: Writer) -> None:
    body = _multipart("mixed", "\r\nplease handle", "Content-Type: message/rfc822\r\n\r\nSubject: Lift\r\n\r\nstuck")
    raw = mail("Content-Type: multipart/mixed; boundary=b", body=body)
    message = parse(raw)

    assert message.text == "please handle"
    assert [(one.name, one.content_type) for one in message.attachments] == [("Lift.eml", "message/rfc822")]
    assert [file.content for file in extract_attachments(raw)] == [b"Subject: Lift\r\n\r\nstuck"]


def test_a_digest_is_files_of_mail(mail: Writer) -> None:
    body = _multipart("digest", "\r\nSubject: one\r\n\r\n1", "\r\nSubject: two\r\n\r\n2")
    message = parse(mail("Content-Type: multipart/digest; boundary=b", body=body))

    assert [one.name for one in message.attachments] == ["one.eml", "two.eml"]


def test_a_multipart_without_parts_is_read_as_text(mail: Writer) -> None:
    message = parse(mail("Content-Type: multipart/mixed; boundary=b", body="the printer"))

    assert message.text == "the printer"
    assert message.defects == ("A multipart mail has no parts; its content was read as text.",)


@pytest.mark.parametrize("boundary", ["", "; boundary=other", '; boundary=""'])
def test_a_wrong_boundary_is_found_by_what_stands_between_the_parts(boundary: str, mail: Writer) -> None:
    body = _multipart(
        "mixed", "Content-Type: text/plain\r\n\r\nhello", "Content-Type: text/plain; name=a.txt\r\n\r\nfile"
    )
    message = parse(mail(f"Content-Type: multipart/mixed{boundary}", body=body))

    assert (message.words, [one.name for one in message.attachments]) == ("hello", ["a.txt"])
    assert message.defects == (
        "A multipart mail names a wrong boundary, or none; it was found by what stands between the parts.",
    )


@pytest.mark.parametrize(
    ("encoding", "body", "words"),
    [
        ("base64 (usual)", "R3LDvMOfZQ==", "Grüße"),
        ('"Quoted-Printable";', "Gr=C3=BC=C3=9Fe", "Grüße"),
        (
            "base64",
            "R3LDvMOfZQ==\r\n\r\n_____\r\nTo unsubscribe, write to us.",
            "Grüße\n_____\nTo unsubscribe, write to us.",
        ),
        ("base64", "R3LD!vMOf ZQ", "Grüße"),
        ("base64", "This is no base64, it is only called so.", "This is no base64, it is only called so."),
        ("quoted-printable", "Grüße=\r\n aus=", "Grüße aus"),
        ("x-unheard-of", "Grüße", "Grüße"),
    ],
)
def test_a_transfer_encoding_is_read_although_it_is_damaged(encoding: str, body: str, words: str, mail: Writer) -> None:
    headers = (f"Content-Transfer-Encoding: {encoding}", "Content-Type: text/plain; charset=utf-8")

    assert words == parse(mail(*headers, body=body)).words


def test_a_text_for_watches_and_a_resource_fork_are_no_attachments(mail: Writer) -> None:
    body = _multipart(
        "alternative",
        "Content-Type: text/plain\r\n\r\nhello",
        "Content-Type: text/x-amp-html\r\n\r\n<p>hello",
        "Content-Type: application/applefile; name=a.pdf\r\n\r\nfork",
    )

    assert parse(mail("Content-Type: multipart/alternative; boundary=b", body=body)).attachments == ()


def test_boundaries_with_a_common_beginning_are_told_apart(mail: Writer) -> None:
    inner = "--bb\r\nContent-Type: text/plain\r\n\r\ninner\r\n--bb--"
    body = _multipart("mixed", f"Content-Type: multipart/alternative; boundary=bb\r\n\r\n{inner}", "\r\nouter")
    message = parse(mail("Content-Type: multipart/mixed; boundary=b", body=body))

    assert message.text == "inner\n\nouter"


def test_long_text_is_cut_and_told(mail: Writer) -> None:
    message = parse(mail(body="a" * (TEXT_CHARACTERS + 5)))

    assert (len(message.text), message.partial) == (TEXT_CHARACTERS, True)
    assert message.defects == (f"The text is longer than {TEXT_CHARACTERS} characters; the rest was left out.",)


def test_each_defect_is_told_once_and_not_too_many(mail: Writer) -> None:
    raw = mail(*(f"To: name{n}" for n in range(100)), *("Cc: <a@x.example> <b@x.example>" for _ in range(5)))
    defects = parse(raw).defects

    assert len(defects) == len(set(defects)) == DEFECTS


def test_logos_are_not_carried_on_but_screenshots_and_files_are(mail: Writer) -> None:
    def picture(name: str, size: int) -> str:
        return (
            f"Content-Type: image/png; name={name}\r\nContent-ID: <{name}>\r\n"
            f"Content-Disposition: inline; filename={name}\r\n\r\n" + "x" * size
        )

    html = 'Content-Type: text/html\r\n\r\nsee <img src="cid:logo.png"><img src="cid:screen.png">'
    file = "Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n\r\n%PDF"
    body = _multipart("related", html, picture("logo.png", 500), picture("screen.png", LOGO_BYTES + 1), file)
    raw = mail("Content-Type: multipart/related; boundary=b", body=body)

    assert [one.inline for one in parse(raw).attachments] == [True, True, False]
    assert [one.name for one in extract_attachments(raw)] == ["screen.png", "a.pdf"]


def test_a_picture_that_only_the_plain_text_shows_is_inline_too(mail: Writer) -> None:
    picture = "Content-Type: image/png; name=a.png\r\nContent-ID: <a@x>\r\n\r\n" + "x" * (LOGO_BYTES + 1)
    body = _multipart("related", "\r\nsee [cid:a@x] above", picture)
    message = parse(mail("Content-Type: multipart/related; boundary=b", body=body))

    assert (message.words, [one.inline for one in message.attachments]) == ("see  above", [True])


def test_files_that_do_not_fit_are_not_carried_on(mail: Writer) -> None:
    def file(name: str, size: int) -> str:
        return f"Content-Type: a/b\r\nContent-Disposition: attachment; filename={name}\r\n\r\n" + "x" * size

    body = _multipart("mixed", file("small", 10), file("large", CARRIED_BYTES), file("other", 10))
    raw = mail("Content-Type: multipart/mixed; boundary=b", body=body)

    assert [one.name for one in extract_attachments(raw)] == ["small", "other"]


def test_parts_have_the_same_hashes_whatever_their_encoding(mail: Writer) -> None:
    quoted = mail("Content-Transfer-Encoding: quoted-printable", body="Gr=C3=BC=C3=9Fe\r\n")
    encoded = mail("Content-Transfer-Encoding: base64", body="R3LDvMOfZQoKCg==")
    plain = mail("Content-Transfer-Encoding: 8bit", body="Grüße\n\n\n")

    assert parse(quoted).parts == parse(encoded).parts == parse(plain).parts


# -- reports --


def _report(kind: str, status: str, original: str) -> str:
    return _multipart(
        "report",
        "\r\nSomething happened.",
        f"Content-Type: message/{kind}\r\n\r\n{status}",
        f"Content-Type: {original}\r\n\r\nMessage-ID: <ours@lindwerk.example>\r\nSubject: x\r\n\r\n",
    )


@pytest.mark.parametrize("original", ["text/rfc822-headers", "message/rfc822"])
def test_a_delivery_report_names_the_recipient_who_failed(original: str, mail: Writer) -> None:
    status = (
        "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; ok@x.example\r\nAction: delayed\r\n"
        "Status: 4.2.2\r\n\r\nFinal-Recipient: RFC822; Gone@X.example\r\nAction: Failed\r\n"
        "Status: 5.1.1 (no such user)\r\n"
    )
    raw = mail(
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b",
        body=_report("delivery-status", status, original),
    )

    assert parse(raw).report == Report("delivery-status", "Gone@x.example", "failed", "5.1.1", "ours@lindwerk.example")
    assert parse(raw).attachments == () or original == "message/rfc822"


def test_a_disposition_notification_names_what_was_done(mail: Writer) -> None:
    status = (
        "Final-Recipient: rfc822;mara@x.example\r\nOriginal-Message-ID: <ours@lindwerk.example>\r\n"
        "Disposition: automatic-action/MDN-sent-automatically; deleted/error\r\n"
    )
    raw = mail(
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
        body=_report("disposition-notification", status, "text/plain"),
    )

    assert parse(raw).report == Report(
        "disposition-notification", "mara@x.example", "deleted", "", "ours@lindwerk.example"
    )


def test_an_empty_report_is_still_a_report(mail: Writer) -> None:
    raw = mail(
        "Content-Type: multipart/report; report-type=feedback-report; boundary=b", body=_multipart("report", "\r\nx")
    )

    assert parse(raw).report == Report("feedback-report")
    assert parse(mail()).report is None


# -- against the standard library --

words = st.text(alphabet="abc äöü€ß中\n.,>-=_", max_size=120)


@given(
    plain=words,
    html=st.none() | words,
    files=st.lists(st.tuples(st.text(alphabet="abcäö. ", min_size=1, max_size=20), st.binary(max_size=80)), max_size=3),
    subject=st.text(alphabet="abc äöü€中?=_", max_size=100),
    encoding=st.sampled_from(["quoted-printable", "base64", "8bit"]),
)
def test_mail_written_by_the_standard_library_is_read_as_it_was_meant(
    plain: str, html: str | None, files: list[tuple[str, bytes]], subject: str, encoding: str
) -> None:
    written = EmailMessage(policy=email.policy.SMTP)
    written["From"] = "Mara <mara@lindwerk.example>"
    written["Subject"] = subject
    written.set_content(plain, cte=encoding)
    if html is not None:
        written.add_alternative(f"<p>{html}</p>", subtype="html", cte=encoding)
    for name, content in files:
        written.add_attachment(content, maintype="application", subtype="x-test", filename=name)

    message = parse(written.as_bytes())

    if plain.strip():
        assert message.text.split("\n") == clean_text(plain).strip("\n").split("\n")
    assert message.subject == " ".join(subject.split())
    assert [one.size for one in message.attachments] == [len(content) for _, content in files]
    assert message.sender.address == "mara@lindwerk.example"
    assert not message.partial


TEXT = "Die Tür klemmt, bitte kommen."


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (("Content-Transfer-Encoding: quoted printable",), b"Die T=C3=BCr klemmt, bitte =  \r\nkommen."),
        (("Content-Transfer-Encoding: base64",), b"RGllIFTDvHIga2xlbW10LCA=\r\nYml0dGUga29tbWVuLg==\r\n"),
        (("Content-Type: plain/text",), TEXT.encode()),
        (("Content-Type: text/plain",), f"<!DOCTYPE html><html><body><p>{TEXT}</p></body></html>".encode()),
        (("Content-Type: text/markdown",), TEXT.encode()),
        (("Content-Type: text/rtf",), rb"{\rtf1\ansi Die T\'fcr klemmt, bitte kommen.}"),
        (("Content-Type: text/enriched",), TEXT.replace("Tür", "<bold>Tür</bold>").encode()),
        (
            ("Content-Type: text/html; charset=us-ascii",),
            f'<meta charset="koi8-r"><p>{TEXT}</p>'.replace("Tür", "Tur").encode(),
        ),
    ],
)
def test_text_is_read_however_its_type_or_encoding_is_misspelt(
    headers: tuple[str, ...], body: bytes, mail: Writer
) -> None:
    assert parse(mail(*headers, body=body)).words.replace("Tur", "Tür") == TEXT


@pytest.mark.parametrize(
    "raw",
    [
        b"\xef\xbb\xbfFrom: m@x.example\nSubject: Door\n\nhello",
        b" a line that continues nothing\nFrom: m@x.example\nSubject: Door\n\nhello",
        b"From: m@x.example\na line that is no field\nSubject: Door\n\nhello",
        b"From: <mailto:m@x.example>\nSubject: =??Q?Door?=\n\nhello",
    ],
)
def test_a_damaged_header_is_read_on(raw: bytes) -> None:
    message = parse(raw)

    assert (message.sender.address, message.subject, message.words) == ("m@x.example", "Door", "hello")


def test_a_mail_without_a_blank_line_after_its_header_keeps_its_text() -> None:
    assert parse(b"From: m@x.example\nSubject: Door\nhello\nyou").words == "hello\nyou"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('attachment; filename="T%C3%BCr.pdf"', "Tür.pdf"),
        ('attachment; filename="100%25.pdf"', "100%25.pdf"),
        ('filename="a.pdf"', "a.pdf"),
    ],
)
def test_a_file_name_is_read_however_it_was_written(disposition: str, name: str, mail: Writer) -> None:
    part = f"Content-Type: application/pdf\r\nContent-Disposition: {disposition}\r\n\n%PDF"
    body = _multipart("mixed", "\r\nhello", part)

    assert [one.name for one in parse(mail("Content-Type: multipart/mixed; boundary=b", body=body)).attachments] == [
        name
    ]


def test_a_text_that_only_points_to_a_browser_gives_way_to_the_html(mail: Writer) -> None:
    plain = "Content-Type: text/plain\r\n\r\nYour email client cannot display this message. View it in a browser."
    body = _multipart("alternative", plain, "Content-Type: text/html\r\n\r\n<p>The lift is stuck.</p>")

    assert parse(mail("Content-Type: multipart/alternative; boundary=b", body=body)).words == "The lift is stuck."


def test_a_multipart_that_says_it_is_base64_and_shows_its_boundary_is_none(mail: Writer) -> None:
    raw = mail(
        "Content-Type: multipart/mixed; boundary=b", "Content-Transfer-Encoding: base64", body="--b\n\nhello\n--b--\n"
    )

    assert parse(raw).words == "hello"
