"""A mail that does not leave says in which phase it failed, and so whether it may be sent again."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from daemon.outbox.smtp import Channel, ChannelDown, DeliveryFailed, SmtpAccess
from tests.servers import hurry
from tests.servers.certificate import Certificate, make_certificate
from tests.servers.hurry import PATIENCE
from tests.servers.smtp_sink import Answer, Phase, SmtpSink

FROM, TO = "it@lindwerk.example", "eva.lund@lindwerk.example"
MAIL = b"From: it@lindwerk.example\r\nSubject: hello\r\n\r\nOne line.\r\n.a dot\r\n..two\r\n.\r\nthe end\r\n"


def way_out(sink: SmtpSink, **other: Any) -> SmtpAccess:
    """How to reach this sink."""
    access = SmtpAccess(
        host=sink.host,
        port=sink.port,
        security=sink.security,
        user=sink.credentials[0] if sink.credentials else None,
        password=sink.credentials[1] if sink.credentials else None,
        timeout=PATIENCE,
        final_reply_timeout=PATIENCE,
        greet_as="postroom.lindwerk.example",
        ca_file=sink.certificate.file if sink.certificate else None,
    )
    return replace(access, **other)


@dataclass
class Sent:
    """What became of one mail, and whether the dot was written down before it."""

    result: str | Exception
    at_the_dot: bool


def send(sink: SmtpSink, *, times: int = 1, content: bytes = MAIL, sender: str = FROM, **other: Any) -> list[Sent]:
    """Send the mail over one channel to this sink, once or several times; `other`: what differs in the way out."""
    access = way_out(sink, **other)

    async def story() -> list[Sent]:
        channel = Channel(lambda: access)
        outcomes = []
        for _ in range(times):
            notes: list[str] = []

            async def at_the_dot(notes: list[str] = notes) -> None:
                notes.append("dot")

            try:
                result: str | Exception = await channel.send(sender, TO, content, at_the_dot)
            except (ChannelDown, DeliveryFailed) as error:
                result = error
            outcomes.append(Sent(result, bool(notes)))
        await channel.close()
        return outcomes

    return hurry.run(story(), lambda: sink.stalling)


def meaning(result: str | Exception) -> str:
    """What a caller asks a result."""
    if isinstance(result, str):
        return "sent"
    if isinstance(result, ChannelDown):
        return "channel down"
    assert isinstance(result, DeliveryFailed)
    words = {"permanent": result.permanent, "uncertain": result.uncertain, "throttled": result.throttled}
    return " ".join(word for word, is_so in words.items() if is_so) or "again"


HANGS, IS_CUT, REFUSES, FAILS = Answer(hang=True), Answer(cut="before"), Answer(550), Answer(451)

# The table of the design: phase -> what it means that the server refuses for good, fails for now, cuts, hangs.
TABLE: dict[Phase, tuple[str, str, str, str]] = {
    "greet": ("channel down",) * 4,
    "EHLO": ("channel down",) * 4,
    "MAIL": ("permanent", "again", "again", "again"),
    "RCPT": ("permanent", "again", "again", "again"),
    "DATA": ("permanent", "again", "again", "again"),
    "dot": ("permanent", "again", "uncertain", "uncertain"),
    "QUIT": ("sent",) * 4,
}
CASES = [
    (phase, answer, expected)
    for phase, meanings in TABLE.items()
    for answer, expected in zip((REFUSES, FAILS, IS_CUT, HANGS), meanings, strict=True)
]
CASES += [(phase, Answer(421), "throttled") for phase in ("MAIL", "RCPT", "DATA", "dot")]
CASES += [(phase, Answer(code), "throttled") for phase in ("MAIL", "RCPT", "dot") for code in (432, 452)]
CASES += [("greet", Answer(421), "channel down"), ("greet", Answer(554), "channel down")]
CASES += [("dot", Answer(cut="after"), "sent"), ("dot", Answer(251), "sent"), ("dot", Answer(334), "uncertain")]


@pytest.mark.parametrize("offers", [("PIPELINING",), ()], ids=["together", "one-by-one"])
@pytest.mark.parametrize(
    ("phase", "answer", "expected"), CASES, ids=lambda value: value if isinstance(value, str) else _id(value)
)
def test_each_trouble_in_each_phase_means_what_the_table_says(
    smtp_sink: SmtpSink, offers: tuple[str, ...], phase: Phase, answer: Answer, expected: str
) -> None:
    smtp_sink.extensions = offers
    smtp_sink.script(phase, answer)

    (sent,) = send(smtp_sink)

    assert meaning(sent.result) == expected
    assert sent.at_the_dot == (phase in ("dot", "QUIT"))


def _id(answer: Answer) -> str:
    return str(answer.code) if answer.code else f"cut-{answer.cut}" if answer.cut else "hang"


@pytest.mark.parametrize("phase", ["MAIL", "RCPT", "DATA", "dot"])
@pytest.mark.parametrize("answer", [REFUSES, FAILS, IS_CUT, HANGS, Answer(421)], ids=_id)
def test_the_next_mail_leaves_whatever_happened_to_the_one_before(
    smtp_sink: SmtpSink, phase: Phase, answer: Answer
) -> None:
    smtp_sink.script(phase, answer)

    _, after = send(smtp_sink, times=2)

    assert after.result == "250 2.0.0 taken"
    assert smtp_sink.accepted[-1].raw == MAIL


@pytest.mark.parametrize("answer", [FAILS, IS_CUT, HANGS], ids=_id)
def test_a_server_that_cannot_forget_a_refused_mail_is_left(smtp_sink: SmtpSink, answer: Answer) -> None:
    smtp_sink.script("RCPT", REFUSES)
    smtp_sink.script("RSET", answer)

    refused, after = send(smtp_sink, times=2)

    assert (meaning(refused.result), meaning(after.result)) == ("permanent", "sent")


def test_a_mail_arrives_byte_by_byte_with_its_dots_and_over_one_connection(smtp_sink: SmtpSink) -> None:
    send(smtp_sink, times=3)

    assert [(mail.connection, mail.sender, mail.recipients, mail.raw) for mail in smtp_sink.accepted] == [
        (1, FROM, (TO,), MAIL)
    ] * 3


@pytest.mark.parametrize(
    ("content", "arrives"),
    [(b"\r\n.", b"\r\n.\r\n"), (b"a\r\n\r\n\n.\nQUIT\r", b"a\r\n\r\n\r\n.\r\nQUIT\r\n"), (b".\r\n", b".\r\n")],
)
def test_no_mail_can_end_itself(smtp_sink: SmtpSink, content: bytes, arrives: bytes) -> None:
    send(smtp_sink, content=content, times=2)

    assert [mail.raw for mail in smtp_sink.accepted] == [arrives] * 2


def test_a_mail_may_have_no_return_path(smtp_sink: SmtpSink) -> None:
    send(smtp_sink, sender="<>")

    assert smtp_sink.accepted[0].sender == ""


def test_the_servers_own_line_is_kept(smtp_sink: SmtpSink) -> None:
    smtp_sink.script("RCPT", Answer(550, "5.1.1 no such user"))

    (sent,) = send(smtp_sink)

    assert str(sent.result) == "550 5.1.1 no such user"


def test_a_connection_that_was_cut_between_two_mails_is_opened_again(smtp_sink: SmtpSink) -> None:
    smtp_sink.script("dot", Answer(cut="after"))

    # Whether the cut is seen before the second mail begins is up to the network.
    first, _, third = send(smtp_sink, times=3)

    assert (meaning(first.result), meaning(third.result)) == ("sent", "sent")
    assert smtp_sink.connections == 2


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_mail_leaves_over_verified_tls_after_a_log_in(new_smtp_sink: Callable[..., SmtpSink], security: str) -> None:
    sink = new_smtp_sink(security=security, credentials=("postroom", "geheim-ß"))

    (sent,) = send(sink)

    assert meaning(sent.result) == "sent"


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("signed_by", ["nobody we know", "another CA"])
def test_a_server_signed_by_somebody_else_gets_neither_password_nor_mail(
    new_smtp_sink: Callable[..., SmtpSink], other_certificate: Certificate, security: str, signed_by: str
) -> None:
    sink = new_smtp_sink(security=security, credentials=("postroom", "secret"))
    ca_file = None if signed_by == "nobody we know" else other_certificate.file

    (sent,) = send(sink, ca_file=ca_file)

    assert re.fullmatch(
        r"The SMTP server 127\.0\.0\.1:\d+ shows a certificate or TLS version that cannot be trusted "
        r"\(.*certificate verify failed.*\); correct smtp\.host, or name the organisation's CA in smtp\.ca_file\.",
        str(sent.result),
    )
    assert not any(command.line.startswith(("AUTH", "MAIL")) for command in sink.heard)


def test_a_server_that_offers_no_starttls_hears_no_password(new_smtp_sink: Callable[..., SmtpSink]) -> None:
    sink = new_smtp_sink(credentials=("postroom", "secret"))

    (sent,) = send(sink, security="starttls")

    assert isinstance(sent.result, ChannelDown)
    assert "STARTTLS" in str(sent.result)
    assert {command.line.split()[0] for command in sink.heard} <= {"EHLO", "QUIT"}


@pytest.mark.parametrize("answer", [Answer(454), Answer(501), IS_CUT, HANGS], ids=_id)
def test_a_starttls_that_fails_is_not_gone_around(new_smtp_sink: Callable[..., SmtpSink], answer: Answer) -> None:
    sink = new_smtp_sink(security="starttls", credentials=("postroom", "secret"))
    sink.script("STARTTLS", answer)

    (sent,) = send(sink)

    assert meaning(sent.result) == "channel down"
    assert not any(command.line.startswith(("AUTH", "MAIL")) for command in sink.heard)


def test_a_wrong_password_is_named(new_smtp_sink: Callable[..., SmtpSink]) -> None:
    sink = new_smtp_sink(security="tls", credentials=("postroom", "secret"))

    (sent,) = send(sink, password="wrong")

    assert str(sent.result) == (
        f"The SMTP server 127.0.0.1:{sink.port} refused the log-in of 'postroom' (535 5.7.8 wrong user or password); "
        "check smtp.user and its password file."
    )


@pytest.mark.parametrize("answer", [Answer(454), Answer(534), IS_CUT, HANGS, Answer(421)], ids=_id)
def test_a_log_in_that_fails_is_the_channels_trouble(new_smtp_sink: Callable[..., SmtpSink], answer: Answer) -> None:
    sink = new_smtp_sink(security="tls", credentials=("postroom", "secret"))
    sink.script("AUTH", answer, always=True)

    (sent,) = send(sink)

    assert meaning(sent.result) == "channel down"


def test_a_missing_ca_file_is_named(new_smtp_sink: Callable[..., SmtpSink]) -> None:
    sink = new_smtp_sink(security="tls")
    access = way_out(sink)
    assert access.ca_file is not None

    (sent,) = send(sink, ca_file=access.ca_file.with_name("nothing.pem"))

    assert re.fullmatch(
        r"No CA certificate can be read from .*/nothing\.pem \(.*\); correct smtp\.ca_file\.", str(sent.result)
    )


def test_a_closed_door_is_the_channels_trouble(smtp_sink: SmtpSink) -> None:
    smtp_sink.shut_door()

    (sent,) = send(smtp_sink)

    assert meaning(sent.result) == "channel down"
    assert re.fullmatch(
        r"The SMTP server 127\.0\.0\.1:\d+ cannot be reached or refuses to talk \(.+\)\.", str(sent.result)
    )


def test_a_new_password_is_read_at_the_next_log_in(new_smtp_sink: Callable[..., SmtpSink]) -> None:
    sink = new_smtp_sink(security="tls", credentials=("postroom", "secret"))
    passwords = ["wrong"]

    async def story() -> str:
        channel = Channel(lambda: way_out(sink, password=passwords[-1]))
        with pytest.raises(ChannelDown):
            await channel.open()
        passwords.append("secret")
        said = await channel.send(FROM, TO, MAIL, _nothing)
        passwords.append("not asked for again")
        await channel.send(FROM, TO, MAIL, _nothing)
        await channel.close()
        return said

    assert hurry.run(story(), lambda: sink.stalling) == "250 2.0.0 taken"


def test_a_note_that_cannot_be_written_stops_the_mail_before_its_bytes(smtp_sink: SmtpSink) -> None:
    async def story(at_the_dot: Callable[[], Awaitable[None]]) -> None:
        channel = Channel(lambda: way_out(smtp_sink))
        with pytest.raises(LookupError):
            await channel.send(FROM, TO, MAIL, at_the_dot)
        await channel.send(FROM, TO, MAIL, _nothing)
        await channel.close()

    async def no_database() -> None:
        raise LookupError

    hurry.run(story(no_database), lambda: smtp_sink.stalling)

    assert [mail.raw for mail in smtp_sink.accepted] == [MAIL]
    assert smtp_sink.connections == 2


def test_no_message_shows_the_password(smtp_sink: SmtpSink) -> None:
    assert "geheim" not in repr(way_out(smtp_sink, password="geheim"))


@pytest.fixture(scope="module")
def other_certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("other-tls"))


async def _nothing() -> None:
    return None
