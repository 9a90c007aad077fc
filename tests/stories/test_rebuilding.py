"""The database is lost, the mailboxes are not: requests are made again, and nobody is told anything."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

import pytest

from daemon import escalations, intake, rebuilding
from daemon.mailbox.answers import Doubts
from daemon.mailbox.connection import connect
from daemon.office import imap_access, move_in, open_office
from daemon.rebuilding import NothingLost, Rebuilt
from daemon.store import schema
from daemon.store.database import Store
from daemon.store.tables import outbox
from tests.servers.dovecot import ImapAccount

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]


@dataclass
class Lost:
    """A house with two real mailboxes, which loses its database."""

    house: House
    accounts: dict[str, ImapAccount]

    def gets(self, name: str, *mails: EmailMessage) -> None:
        at = self.house.office.now()
        self.accounts[name].maildir.deliver_many((mail.as_bytes(policy=SMTP) for mail in mails), received=at)

    def looks(self) -> None:
        """The daemon works both mailboxes through."""
        for name in self.accounts:
            with connect(imap_access(self.house.office, name)) as connection:
                intake.work_through(connection, self.house.office, Doubts(), full=True, beat=_nothing, nudge=_nothing)

    def loses_its_database(self) -> None:
        office = self.house.office
        office.store.close()
        for file in office.settings.state_dir.glob("postroom.db*"):
            file.unlink()
        store = Store(str(office.store.url))
        schema.upgrade(store)
        opened = open_office(office.path, office.settings, store, office.parsers, clock=office.clock)
        self.house.office = move_in(opened)

    def rebuilds(self, **options: object) -> Rebuilt:
        values: dict[str, object] = {"since": None, "say": lambda _: None}
        done = rebuilding.rebuild(self.house.office, **(values | options))  # type: ignore[arg-type]
        self.house.office = move_in(self.house.office)
        return done

    def placed(self) -> list[tuple[int, str, str | None, object]]:
        found = sorted(self.house.requests(), key=lambda request: request.id)
        return [(one.id, one.subject, one.department, one.opened_at) for one in found]

    def outbox(self) -> Counter[str]:
        with self.house.office.store.reading() as connection:
            return Counter(row.state for row in connection.execute(outbox.select()))


def _nothing() -> None:
    return None


@pytest.fixture
def lost(house: House, new_imap_account: Callable[[], ImapAccount], monkeypatch: pytest.MonkeyPatch) -> Lost:
    accounts = {"it": new_imap_account(), "people": new_imap_account()}
    monkeypatch.setenv("NOBODY_LOGS_IN", accounts["it"].password)
    watched = {
        name: house.office.settings.mailboxes[name].model_copy(
            update={"host": one.host, "port": one.port, "user": one.user, "after": after}
        )
        for (name, one), after in zip(accounts.items(), ("keyword", "move"), strict=True)
    }
    settings = house.office.settings.model_copy(update={"mailboxes": watched})
    house.office = move_in(replace(house.office, settings=settings))
    return Lost(house, accounts)


def test_requests_are_made_again_where_they_were_and_nothing_is_sent(
    lost: Lost, house: House, a_mail: Mail, day: Day
) -> None:
    lost.gets("it", a_mail("VPN, monday"))
    lost.looks()
    day.goes_on(hours=1)
    lost.gets("people", a_mail("My holiday"))
    lost.looks()
    day.goes_on(hours=1)
    lost.gets("it", a_mail("VPN again"))
    lost.gets("people", a_mail("Something else"))
    lost.looks()
    before = lost.placed()
    day.goes_on(days=5)

    lost.loses_its_database()
    done = lost.rebuilds()

    assert len(before) == 4
    assert lost.placed()[:2] == before[:2]
    assert sorted(row[1:] for row in lost.placed()) == sorted(row[1:] for row in before)
    assert set(lost.outbox()) == {"abandoned"}
    assert done.fetched == {"it, folder INBOX": 2, "people, folder INBOX": 0, "people, folder Done": 2}
    assert (done.requests, done.not_taken_in, done.messages) == (4, 0, {"request": 4})
    assert done.rungs > 0
    assert ("postroom", "withheld", "abandoned") in house.ledger(1)


def test_after_a_rebuild_the_daemon_finds_nothing_to_do_and_new_mail_is_answered(
    lost: Lost, house: House, a_mail: Mail, day: Day
) -> None:
    lost.gets("it", a_mail("VPN, monday"))
    lost.gets("people", a_mail("My holiday"))
    lost.looks()
    lost.loses_its_database()
    day.goes_on(hours=1)
    lost.rebuilds()
    day.goes_on(minutes=1)

    lost.looks()
    escalations.fire_due(house.office)
    assert (len(house.requests()), set(lost.outbox())) == (2, {"abandoned"})

    lost.gets("it", a_mail("VPN, new"))
    lost.looks()

    newest = max(house.requests(), key=lambda request: request.id)
    assert (newest.subject, newest.id) == ("VPN, new", 2001)
    assert lost.outbox()["queued"] == 2


def test_an_answer_to_a_notice_from_before_the_loss_still_finds_its_request(
    lost: Lost, house: House, a_mail: Mail, day: Day
) -> None:
    lost.gets("it", a_mail("VPN, monday"))
    lost.looks()
    notice = next(mail for kind, _, mail in house.sends() if kind == "assignment")
    day.goes_on(hours=1)
    lost.loses_its_database()
    lost.rebuilds()
    day.goes_on(hours=1)

    lost.gets("it", a_mail("Re: VPN", "Try again.\n", From=notice["To"], In_Reply_To=notice["Message-ID"]))
    lost.looks()

    assert house.dispositions() == {"request": 1, "answer": 1}


def test_old_mail_is_filed_without_a_request_where_the_operator_says_so(
    lost: Lost, house: House, a_mail: Mail, day: Day
) -> None:
    lost.gets("it", a_mail("VPN, old"))
    day.goes_on(days=30)
    lost.gets("it", a_mail("VPN, new"))
    cut = day.at
    day.goes_on(minutes=1)

    lost.rebuilds(since=cut)

    assert house.dispositions() == {"request": 1, "backlog": 1}


def test_a_rebuild_that_was_interrupted_goes_on_as_silently(lost: Lost, house: House, a_mail: Mail, day: Day) -> None:
    lost.gets("it", a_mail("VPN 1"), a_mail("VPN 2"))
    day.goes_on(minutes=1)

    def interrupted(line: str) -> None:
        if "fetched" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lost.rebuilds(say=interrupted)
    assert house.requests() == []
    house.office = move_in(house.office)
    day.goes_on(hours=1)

    assert lost.rebuilds().requests == 2
    assert set(lost.outbox()) == {"abandoned"}


def test_a_house_that_has_lost_nothing_is_not_rebuilt(lost: Lost, house: House, a_mail: Mail) -> None:
    lost.gets("it", a_mail())
    lost.looks()

    with pytest.raises(NothingLost, match="The database has requests and was not restored: nothing is to be rebuilt"):
        lost.rebuilds()
    assert lost.outbox() == {"queued": 2}
