"""Passes over a real mailbox: everything in it is taken in once, whatever happens to its numbers and to us."""

from __future__ import annotations

import imaplib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from daemon import intake
from daemon.mailbox import fetch
from daemon.mailbox.answers import Doubts
from daemon.mailbox.connection import Access, connect
from daemon.parsing import ParserDown, ParserPool
from daemon.store import copies, mailboxes
from daemon.store.copies import Arrival
from tests.servers.dovecot import ImapAccount

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]


@dataclass
class Inbox:
    """The mailbox `it` of the house, on a real server."""

    house: House
    account: ImapAccount

    def gets(self, *mails: EmailMessage) -> None:
        self.account.maildir.deliver_many(
            (mail.as_bytes(policy=SMTP) for mail in mails), received=self.house.office.now()
        )

    def looks(self, *, full: bool = True, folder: str = "INBOX", beat: Callable[[], object] | None = None) -> int:
        """Connect, make one pass, log out; how many mails were taken in."""
        account = self.account
        access = Access("it", account.host, account.port, "plain", account.user, account.password, folder)
        with connect(access) as connection:
            return intake.work_through(
                connection, self.house.office, Doubts(), full=full, beat=beat or _nothing, nudge=_nothing
            )

    def accepts(self, uid: int) -> None:
        """Take over one mail as a pass does, and die."""
        account = self.account
        access = Access("it", account.host, account.port, "plain", account.user, account.password, "INBOX")
        with connect(access) as connection:
            (mail,) = next(fetch.mails(connection, [uid], 10**6, Doubts()))
            arrival = Arrival("it", connection.selected.uidvalidity, uid, mail.content, mail.internal_date)
        intake.accept([arrival], self.house.office, self.house.office.now())

    def flags(self) -> list[set[bytes]]:
        client = self.account.connect()
        client.select_folder("INBOX", readonly=True)
        found = [set(flags) - {b"\\Recent"} for flags in client.get_flags(client.search()).values()]
        client.logout()
        return found


def _nothing() -> None:
    return None


@pytest.fixture
def inbox(house: House, imap_account: ImapAccount) -> Inbox:
    return Inbox(house, imap_account)


def test_a_pass_takes_in_what_lies_there_and_the_next_one_nothing(house: House, inbox: Inbox, a_mail: Mail) -> None:
    inbox.gets(a_mail(), a_mail(), a_mail())

    assert (inbox.looks(), inbox.looks(), inbox.looks(full=False)) == (3, 0, 0)
    assert house.copies() == {"marked": 3}
    assert inbox.flags() == [{b"$Postroom"}] * 3


def test_more_mails_than_fit_into_a_batch_are_taken_in(
    house: House, inbox: Inbox, a_mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "BATCH_MAILS", 4)
    monkeypatch.setattr(intake, "FIRST", 2)
    monkeypatch.setattr(intake, "TOGETHER", 3)
    inbox.gets(*(a_mail() for _ in range(10)))

    assert inbox.looks() == 10
    assert sorted(request.id for request in house.requests()) == list(range(1, 11))


def test_all_that_a_death_has_left_is_taken_in_at_the_next_look(
    house: House, inbox: Inbox, a_mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.gets(*(a_mail(From=f"person.{number}@lindwerk.example") for number in range(120)))
    with monkeypatch.context() as death:
        death.setattr(intake, "take_in", lambda *_: 0)
        inbox.looks()
    assert house.copies() == {"stored": 120}

    inbox.looks()

    assert house.copies() == {"marked": 120}
    assert len(house.requests()) == 120


def test_renumbered_mails_make_no_new_requests_and_no_mail(house: House, inbox: Inbox, a_mail: Mail, day: Day) -> None:
    inbox.gets(*(a_mail() for _ in range(3)))
    inbox.looks()
    house.sends()
    inbox.account.maildir.forget_uids()
    day.goes_on(minutes=5)
    new = a_mail("VPN is broken again")
    inbox.gets(new)

    inbox.looks()

    assert len(house.requests()) == 4
    assert house.dispositions() == {"request": 4}
    assert house.copies() == {"marked": 7}
    assert {kind: mail["In-Reply-To"] for kind, _, mail in house.sends()} == {
        "acknowledgement": new["Message-ID"],
        "assignment": new["Message-ID"],
    }


def test_a_mail_server_restored_from_a_backup_gives_numbers_again_and_no_new_mail_is_overlooked(
    house: House, inbox: Inbox, a_mail: Mail, day: Day, tmp_path: Path
) -> None:
    inbox.gets(a_mail("VPN 1"), a_mail("VPN 2"))
    inbox.looks()
    inbox.account.maildir.back_up(tmp_path / "backup")
    inbox.gets(a_mail("VPN 3"), a_mail("VPN 4"))
    inbox.looks()
    house.sends()
    inbox.account.maildir.restore(tmp_path / "backup")
    day.goes_on(minutes=5)
    inbox.gets(a_mail("VPN 5"))

    inbox.looks()

    assert sorted(request.subject for request in house.requests()) == [f"VPN {number}" for number in range(1, 6)]
    assert set(house.copies()) == {"marked"}
    assert [recipient for kind, recipient, _ in house.sends() if kind == "acknowledgement"] == [
        "eva.lund@lindwerk.example"
    ]


def test_an_index_mended_by_hand_gives_all_numbers_again_and_no_mail_is_overlooked_or_taken_in_twice(
    house: House, inbox: Inbox, a_mail: Mail, day: Day
) -> None:
    inbox.gets(a_mail("VPN 1"), a_mail("VPN 2"), a_mail("VPN 3"))
    inbox.looks()
    house.sends()
    person = inbox.account.connect()
    person.create_folder("Elsewhere")
    person.select_folder("INBOX")
    person.move([1], "Elsewhere")
    person.logout()
    inbox.account.maildir.count_anew()
    day.goes_on(minutes=5)
    inbox.gets(a_mail("VPN 4"))

    inbox.looks()

    assert sorted(request.subject for request in house.requests()) == [f"VPN {number}" for number in range(1, 5)]
    assert set(house.copies()) == {"marked"}
    assert len([kind for kind, _, _ in house.sends() if kind == "acknowledgement"]) == 1
    assert inbox.flags() == [{b"$Postroom"}] * 3


def test_a_mailbox_that_is_moved_to_another_folder_with_the_same_numbers_overlooks_none_of_its_mails(
    house: House, inbox: Inbox, a_mail: Mail, day: Day
) -> None:
    """Folders made in one second can have one UIDVALIDITY."""
    inbox.gets(a_mail("VPN 1"), a_mail("VPN 2"), a_mail("VPN 3"))
    inbox.looks()
    day.goes_on(minutes=5)
    mails = (a_mail(f"VPN {number}").as_bytes(policy=SMTP) for number in (4, 5))
    inbox.account.maildir.deliver_many(mails, folder="Support", received=house.office.now())
    inbox.account.maildir.numbers_like("INBOX", "Support")

    inbox.looks(folder="Support")

    assert sorted(request.subject for request in house.requests()) == [f"VPN {number}" for number in range(1, 6)]
    inbox.gets(a_mail("VPN 6"))
    inbox.looks()
    assert sorted(request.subject for request in house.requests()) == [f"VPN {number}" for number in range(1, 7)]


def test_old_mail_that_comes_back_with_other_numbers_is_filed_and_not_answered(
    house: House, inbox: Inbox, a_mail: Mail, day: Day
) -> None:
    inbox.gets(a_mail("VPN, restored from a backup"))
    day.goes_on(hours=3)
    with house.office.store.writing() as connection:
        mailboxes.scanned(connection, "it", 7, day.at)
    day.goes_on(hours=30)
    inbox.gets(a_mail("VPN, today"))

    inbox.looks()

    assert [request.subject for request in house.requests()] == ["VPN, today"]
    assert house.dispositions() == {"request": 1, "backlog": 1}


def test_a_mail_below_the_highest_number_is_found_by_the_full_look(house: House, inbox: Inbox, a_mail: Mail) -> None:
    inbox.looks()
    inbox.gets(a_mail("VPN 1"), a_mail("VPN 2"))
    inbox.accepts(2)

    assert inbox.looks(full=False) == 1
    assert [request.subject for request in house.requests()] == ["VPN 2"]
    assert inbox.looks(full=True) == 1
    assert house.copies() == {"marked": 2}


def test_a_crash_after_acceptance_loses_nothing(house: House, inbox: Inbox, a_mail: Mail) -> None:
    inbox.gets(a_mail())
    inbox.accepts(1)
    assert house.copies() == {"stored": 1}

    assert inbox.looks() == 1
    assert house.copies() == {"marked": 1}
    assert len(house.requests()) == 1


def test_the_last_attempt_at_a_mail_waits_until_all_others_are_in_and_the_daemon_has_lived_for_a_while(
    house: House, inbox: Inbox, a_mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.gets(a_mail("The unlucky one"))
    inbox.accepts(1)
    with house.office.store.writing() as connection:
        copies.count_attempt(connection, 1)
    inbox.gets(a_mail("Another", From="tom@lindwerk.example"))
    steps = list[dict[str, int]]()
    monkeypatch.setattr(intake, "_BEGUN", time.monotonic())
    monkeypatch.setattr(intake, "SETTLED", 0.5)

    assert inbox.looks(beat=lambda: steps.append(house.copies())) == 2
    assert time.monotonic() >= intake._BEGUN + 0.5
    assert {"marked": 1, "stored": 1} in steps, "the other one did not wait"
    assert house.copies() == {"marked": 2}


def test_a_parser_that_cannot_start_is_no_fault_of_the_mail(house: House, inbox: Inbox, a_mail: Mail) -> None:
    inbox.gets(a_mail())
    inbox.accepts(1)
    works, down = house.office.parsers, ParserPool()
    down.close()
    house.runs_with(parsers=down)
    for _ in range(5):
        with pytest.raises(ParserDown):
            inbox.looks()
    house.runs_with(parsers=works)

    assert inbox.looks() == 1
    assert house.copies() == {"marked": 1}


def test_a_crash_before_the_mark_only_marks_later(
    house: House, inbox: Inbox, a_mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.gets(a_mail())
    with monkeypatch.context() as patched:
        patched.setattr(intake, "finish_marks", lambda connection, office: None)
        inbox.looks()
    assert (house.copies(), inbox.flags()) == ({"done": 1}, [set()])

    assert inbox.looks() == 0
    assert (house.copies(), inbox.flags()) == ({"marked": 1}, [{b"$Postroom"}])
    assert len(house.requests()) == 1


def test_mails_that_somebody_takes_away_meanwhile_harm_nothing(
    house: House, inbox: Inbox, a_mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.gets(*(a_mail() for _ in range(6)))
    real, other = fetch.mails, inbox.account.connect()
    other.create_folder("Elsewhere")
    other.select_folder("INBOX")

    def while_a_person_tidies(*arguments: Any) -> Iterator[list[fetch.Fetched]]:
        other.move([2, 4], "Elsewhere")
        other.add_flags([1], ["\\Deleted"])
        yield from real(*arguments)
        other.move([3], "Elsewhere")

    monkeypatch.setattr(fetch, "mails", while_a_person_tidies)

    assert inbox.looks() == 4
    assert house.copies() == {"marked": 4}
    assert len(inbox.account.maildir.contents("INBOX")) == 3
    assert {b"\\Deleted", b"$Postroom"} in inbox.flags()


HARMLESS = re.compile(
    rb"[A-Z]+\d+ (CAPABILITY|LOGIN \S+ \S+|ID .*|SELECT \"INBOX\"|UID SEARCH UID \d+:\*|UID FETCH [\d,:]+ "
    rb"\((RFC822\.SIZE|BODY\.PEEK\[(HEADER)?\] INTERNALDATE)\)|UID STORE [\d,:]+ \+FLAGS\.SILENT \(\$Postroom\)"
    rb"|UID MOVE [\d,:]+ \"Done\"|CREATE \"Done\"|LOGOUT)\r\n"
)


@pytest.mark.parametrize("after", ["keyword", "move"])
def test_nothing_of_a_mail_ever_becomes_part_of_a_command(
    house: House, inbox: Inbox, a_mail: Mail, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    sent: list[bytes] = []
    real = imaplib.IMAP4.send
    monkeypatch.setattr(imaplib.IMAP4, "send", lambda self, data: (sent.append(bytes(data)), real(self, data))[1])
    mailbox = house.office.settings.mailboxes["it"].model_copy(update={"after": after})
    others = house.office.settings.mailboxes | {"it": mailbox}
    house.runs_with(settings=house.office.settings.model_copy(update={"mailboxes": others}))
    evil = b'x"\r\n X1 STORE 1:* +FLAGS (\\Deleted)\r\n X2 EXPUNGE'
    raw = (
        b"From: eva.lund@lindwerk.example\r\nTo: it@lindwerk.example\r\nMessage-ID: <%s>\r\nSubject: %s\r\n\r\nVPN\r\n"
    )
    inbox.account.maildir.deliver(raw % (evil, evil))
    sent.clear()

    assert inbox.looks() == 1

    commands = b"".join(sent).splitlines(keepends=True)
    assert [command for command in commands if not HARMLESS.fullmatch(command)] == []
    assert any(b"MOVE" in command for command in commands) == (after == "move")
    assert len(inbox.account.maildir.contents("Done" if after == "move" else "INBOX")) == 1


def test_a_mail_that_no_scan_has_seen_is_counted_once(house: House, inbox: Inbox, a_mail: Mail, day: Day) -> None:
    inbox.looks()
    inbox.gets(a_mail("VPN 1"), a_mail("VPN 2"))
    inbox.accepts(2)
    inbox.looks(full=False)
    day.goes_on(minutes=15)

    inbox.looks(full=True)
    inbox.looks(full=True)

    with house.office.store.reading() as connection:
        known = mailboxes.find(connection, "it")
    assert known is not None
    assert (known.late_found, known.compared_at) == (1, day.at)
