"""A connection to a mail server is trusted no further than its replies make sense."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from daemon.outbox.conversation import LONGEST_REPLY
from daemon.outbox.smtp import Channel, DeliveryFailed, SmtpAccess
from tests.servers import hurry
from tests.servers.hurry import PATIENCE
from tests.servers.ports import HOST

FROM, TO, MAIL = "it@lindwerk.example", "eva.lund@lindwerk.example", b"Subject: hello\r\n\r\nOne line.\r\n"
GREETING, HELLO, PIPELINING = b"220 here\r\n", b"250 here\r\n", b"250-here\r\n250 PIPELINING\r\n"
OK, GO_ON, NO = b"250 ok\r\n", b"354 go on\r\n", b"550 nobody here\r\n"


class Server:
    """Says its lines one by one, each as soon as something was heard; keeps what it heard.

    Where there are no words (any more), it stalls.
    """

    def __init__(self, *says: bytes) -> None:
        self.says = says
        self.heard: list[bytes] = []
        self.connections = 0
        self.stalls = False

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            writer.write(GREETING)
            for words in self.says:
                self.heard.append(await reader.read(100_000))
                self.stalls = not words
                writer.write(words)
            self.stalls = True
            self.heard.append(await reader.read())
        finally:
            self.stalls = False
            writer.close()


def send(server: Server, times: int = 1, pause: float = 0.0) -> Sequence[str | DeliveryFailed]:
    """Send the mail through one channel, once or several times; the replies or failures."""

    async def nothing() -> None:
        return None

    async def story() -> list[str | DeliveryFailed]:
        listener = await asyncio.start_server(server.talk, HOST, 0)
        port = listener.sockets[0].getsockname()[1]
        access = SmtpAccess(HOST, port, "plain", None, None, PATIENCE, PATIENCE, "postroom.lindwerk.example")
        channel = Channel(lambda: access)
        results: list[str | DeliveryFailed] = []
        for _ in range(times):
            try:
                results.append(await channel.send(FROM, TO, MAIL, nothing))
            except DeliveryFailed as failure:
                results.append(failure)
            await asyncio.sleep(pause)
        channel.drop()
        listener.close()
        return results

    return hurry.run(story(), lambda: server.stalls)


def test_commands_travel_together_where_the_server_allows_it() -> None:
    server = Server(PIPELINING, OK + OK + GO_ON, OK)

    (result,) = send(server)

    assert result == "250 ok"
    assert server.heard[1] == b"MAIL FROM:<it@lindwerk.example>\r\nRCPT TO:<eva.lund@lindwerk.example>\r\nDATA\r\n"


def test_commands_wait_for_each_other_where_the_server_does_not_say_so() -> None:
    server = Server(HELLO, OK, OK, GO_ON, OK)

    (result,) = send(server)

    assert result == "250 ok"
    assert [words.split()[0] for words in server.heard[1:4]] == [b"MAIL", b"RCPT", b"DATA"]


def test_a_mail_without_recipient_is_not_sent_even_if_the_server_asks_for_it() -> None:
    """RFC 2920 §3.1: a server may say 354 although it has refused the only recipient."""
    server = Server(PIPELINING, OK + NO + GO_ON)

    (result,) = send(server)

    assert isinstance(result, DeliveryFailed)
    assert (result.reply, result.permanent, result.uncertain) == ("550 nobody here", True, False)
    assert b"One line." not in b"".join(server.heard)
    assert server.heard[-1] == b"", "the connection is left without another word"


def test_replies_in_pieces_and_in_one_piece_are_the_same() -> None:
    server = Server(PIPELINING, b"250", b"-two\r", b"\n250 lines\r\n250 ok\r\n354 go on\r\n", b"250 2.0.0 taken\r\n")

    # The server says each piece when it hears something; it hears nothing between the first three.
    async def in_pieces(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(GREETING)
        await reader.readline()
        writer.write(server.says[0])
        await reader.readuntil(b"DATA\r\n")
        for piece in server.says[1:4]:
            writer.write(piece)
            await asyncio.sleep(0.01)
        await reader.readuntil(b"\r\n.\r\n")
        writer.write(server.says[4])
        await reader.read()
        writer.close()

    server.talk = in_pieces  # type: ignore[method-assign]

    assert send(server) == ["250 2.0.0 taken"]


@pytest.mark.parametrize(
    ("nonsense", "said"),
    [
        (b"hello there\r\n", "no answer: the server said something that is no reply: hello there"),
        (b"25\r\n", "no answer: the server said something that is no reply: 25"),
        ("²50 ok\r\n".encode(), "no answer: the server said something that is no reply: ²50 ok"),
        (b"250-" + b"x" * (LONGEST_REPLY + 1) + b"\r\n", "no answer: the server's reply has no end"),
        (b"250 " + b"x" * LONGEST_REPLY * 2, "no answer: the server's reply has no end"),
        (b"", "no answer: the server did not answer within 60 s"),
    ],
    ids=["words", "two digits", "no digits", "many lines", "one line", "nothing"],
)
def test_a_server_that_talks_nonsense_has_accepted_nothing_before_the_dot(nonsense: bytes, said: str) -> None:
    (result,) = send(Server(PIPELINING, nonsense))

    assert isinstance(result, DeliveryFailed)
    assert result.reply == said
    assert not result.uncertain
    assert not result.permanent


def test_nonsense_after_the_dot_leaves_the_mail_uncertain() -> None:
    (result,) = send(Server(PIPELINING, OK + OK + GO_ON, b"what?\r\n"))

    assert isinstance(result, DeliveryFailed)
    assert result.uncertain


def test_a_reply_that_nobody_asked_for_is_never_taken_for_the_next_mails() -> None:
    server = Server(PIPELINING, OK + OK + GO_ON, OK + b"421 too long idle\r\n")

    results = send(server, times=2, pause=0.05)

    assert results == ["250 ok", "250 ok"]
    assert server.connections == 2


def test_the_servers_last_word_counts_though_it_says_no_more() -> None:
    server = Server(PIPELINING, b"421 4.3.2 closing\r\n")

    (result,) = send(server)

    assert isinstance(result, DeliveryFailed)
    assert (result.reply, result.throttled) == ("421 4.3.2 closing", True)
