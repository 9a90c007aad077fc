"""A mail of which nobody knows is looked for in a real Sent folder before it is repeated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from config.settings import Probe
from daemon.deliveries import BLIND, Search
from daemon.mailbox.connection import Access
from daemon.mailbox.sent import find_copies
from daemon.office import probe_access
from tests.servers.dovecot import ImapAccount
from tests.servers.imap_server import Folder, ImapServer, StoredMail
from tests.servers.smtp_sink import Answer
from tests.stories.test_deliveries import EVA, Post, post

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

__all__ = ["post"]

Mail = Callable[..., EmailMessage]

NOON = dt.datetime(2026, 11, 23, 12, 0, tzinfo=dt.UTC)


@dataclass
class Copies:
    """The account in whose Sent folder the server keeps what it accepts."""

    account: ImapAccount

    def keeps(self, raw: bytes) -> None:
        self.account.append(raw, "Sent")


@pytest.fixture
def copies(house: House, imap_account: ImapAccount, monkeypatch: pytest.MonkeyPatch) -> Copies:
    with imap_account.connect() as client:
        client.create_folder("Sent")
    monkeypatch.setenv("PROBE_PASSWORD", imap_account.password)
    probe = Probe(
        host=imap_account.host,
        port=imap_account.port,
        security="plain",
        user=imap_account.user,
        password_env="PROBE_PASSWORD",
    )
    house.runs_with(settings=house.office.settings.model_copy(update={"probe": probe}))
    return Copies(imap_account)


def is_uncertain(post: Post) -> bool:
    return post.row("acknowledgement").state == "uncertain"


def test_a_mail_whose_copy_is_found_was_sent_and_is_not_repeated(
    post: Post, copies: Copies, house: House, day: Day, a_mail: Mail
) -> None:
    post.sink.script("dot", Answer(cut="before"), recipient=EVA)
    house.receives(a_mail())
    post.runs(lambda: is_uncertain(post))
    copies.keeps(post.sink.mails_to(EVA)[0].raw)

    day.goes_on(seconds=5)
    post.runs(lambda: not is_uncertain(post))
    day.at += 2 * BLIND
    post.settles()

    found = post.row("acknowledgement")
    assert (found.state, found.repeats, found.last_reply) == ("sent", 0, "our own copy lies in the folder Sent")
    assert len(post.sink.mails_to(EVA)) == 1
    assert post.notes() == [
        (
            "mail_found",
            f"acknowledgement to {EVA}: no answer was read from the server, but our own copy lies in the folder Sent",
        )
    ]


def test_a_copy_that_comes_late_is_found_even_after_a_long_stop(
    post: Post, copies: Copies, house: House, day: Day, a_mail: Mail
) -> None:
    post.sink.script("dot", Answer(cut="before"), recipient=EVA)
    house.receives(a_mail())
    post.runs(lambda: is_uncertain(post))
    copies.keeps(post.sink.mails_to(EVA)[0].raw)
    day.goes_on(minutes=40)

    post.runs(lambda: not is_uncertain(post))

    assert post.row("acknowledgement").state == "sent"
    assert len(post.sink.mails_to(EVA)) == 1


def test_without_a_copy_the_mail_is_repeated_after_the_blind_time(
    post: Post, copies: Copies, house: House, day: Day, a_mail: Mail
) -> None:
    post.sink.script("dot", Answer(cut="before"), recipient=EVA)
    house.receives(a_mail())
    copies.keeps(b"X-Postroom-Outbox: 00000000000000000000000000000000\r\nSubject: another\r\n\r\nx\r\n")
    post.runs(lambda: is_uncertain(post))
    day.at += BLIND - dt.timedelta(seconds=1)
    post.runs(lambda: post.row("assignment").state == "sent")
    assert is_uncertain(post)

    day.goes_on(seconds=2)
    post.runs(lambda: post.row("acknowledgement").state == "sent")

    assert [what for what, _ in post.notes()] == ["mail_repeated"]
    assert len(post.sink.mails_to(EVA)) == 2


def test_while_nobody_can_look_nothing_is_repeated_for_as_long_again(
    post: Post, copies: Copies, house: House, day: Day, a_mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROBE_PASSWORD", "")
    post.sink.script("dot", Answer(cut="before"), recipient=EVA)
    house.receives(a_mail())
    post.runs(lambda: is_uncertain(post))
    copies.keeps(post.sink.mails_to(EVA)[0].raw)
    day.at += BLIND
    post.runs(lambda: post.row("assignment").state == "sent")
    assert is_uncertain(post)

    monkeypatch.setenv("PROBE_PASSWORD", copies.account.password)
    day.goes_on(minutes=2)
    post.runs(lambda: not is_uncertain(post))

    assert (post.row("acknowledgement").state, len(post.sink.mails_to(EVA))) == ("sent", 1)


@pytest.mark.parametrize("lie", ["every mail is found", "a mail that only quotes it is found"])
def test_a_search_that_finds_another_mail_makes_no_mail_a_sent_one(lie: str) -> None:
    """Some servers take no notice of what HEADER asks for; an escalation that never left would count as sent."""
    sought, other = "a" * 32, "b" * 32
    with ImapServer() as server:
        server.folders["Sent"] = Folder()
        quoted = f"X-Postroom-Outbox: {sought}" if "quotes" in lie else ""
        raw = f"From: it@lindwerk.example\r\nX-Postroom-Outbox: {other}\r\n\r\n{quoted}\r\n".encode()
        server.folders["Sent"].add(StoredMail(raw, NOON))
        access = Access("probe", server.host, server.port, "plain", "it", "geheim", "Sent", read_only=True)

        found = find_copies(access, [sought, other])

    assert found == {other}


def test_only_tokens_of_ours_ever_become_part_of_a_search(copies: Copies, house: House) -> None:
    token = "0123456789abcdef" * 2
    copies.keeps(f"X-Postroom-Outbox: {token}\r\nSubject: ours\r\n\r\nx\r\n".encode())
    access = probe_access(house.office)
    assert access is not None

    evil = f'{token}"\r\nX1 STORE 1:* +FLAGS (\\Deleted)'

    assert find_copies(access, [token, evil, "f" * 32]) == {token}


def test_a_copy_is_looked_for_soon_then_every_minute_and_the_last_look_decides() -> None:
    search = Search()
    times = []
    for second in range(1000):
        now = NOON + dt.timedelta(seconds=second)
        if search.is_time(NOON, now):
            times.append(second)
            search._tried_at = search._looked_at = now

    assert times == [5, 15, 30, *range(60, 901, 60)]
    assert not search.has_decided(NOON + dt.timedelta(seconds=1), NOON)
    assert search.has_decided(NOON, NOON)


def test_after_the_blind_time_nobody_waits_for_ever_for_a_folder_that_cannot_be_read() -> None:
    search = Search()
    search._blind_since = NOON

    assert not search.has_decided(NOON, NOON + BLIND - dt.timedelta(seconds=1))
    assert search.has_decided(NOON, NOON + BLIND)
