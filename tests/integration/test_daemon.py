"""The daemon as a process, between a real IMAP and a real SMTP server."""

from __future__ import annotations

import datetime as dt
import re
import signal
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

from daemon.store.database import Store
from tests.integration.conftest import CARLA, EVA, JONAS, until
from tests.servers.dovecot import Dovecot
from tests.servers.postgres import Postgres

if TYPE_CHECKING:
    from tests.integration.conftest import Lindwerk

Mail = Callable[..., EmailMessage]


def words(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_a_mail_in_two_inboxes_is_one_request_and_one_acknowledgement_and_is_marked_in_both(
    open_house: Lindwerk, a_mail: Mail
) -> None:
    mail = a_mail("VPN, seen twice", From="two@lindwerk.example", To="it@lindwerk.example, people@lindwerk.example")

    open_house.writes(mail, "it", "people")

    (ack,) = open_house.mails_to("two@lindwerk.example", 1)
    request = open_house.request("VPN, seen twice")
    assert (request.department, request.owner, request.status) == ("it", JONAS, "open")
    assert ack["Subject"] == f"Auto: [REQ-{request.id}] VPN, seen twice"
    assert ack["In-Reply-To"] == mail["Message-ID"]
    until(lambda: "also_received" in open_house.ledger(request.id), "both copies are known")
    until(lambda: set(open_house.counts()["copies"]) == {"marked"}, "and marked")
    assert open_house.accounts["people"].maildir.contents("INBOX") == []
    assert any(b"VPN, seen twice" in raw for raw in open_house.accounts["people"].maildir.contents("Done"))
    assert set(map(frozenset, open_house.keywords("it").values())) == {frozenset({b"$Postroom"})}
    assert len(open_house.mails_to("two@lindwerk.example", 1)) == 1


def test_an_answer_of_the_owner_reaches_the_requester(open_house: Lindwerk, a_mail: Mail) -> None:
    open_house.writes(a_mail("VPN, to be answered", From="asks@lindwerk.example"), "it")
    request = open_house.request("VPN, to be answered")
    until(lambda: open_house.notice(JONAS, request.id), "Jonas hears of it")
    notice = open_house.notice(JONAS, request.id)[0]
    headers = {"From": JONAS, "In_Reply_To": notice["Message-ID"], "References": notice["Message-ID"]}

    open_house.writes(a_mail("Re: VPN", "Please restart it.\n", **headers), "it")

    answer = open_house.mails_to("asks@lindwerk.example", 2)[1]
    assert "Please restart it." in words(answer)
    assert answer["From"].addresses[0].addr_spec == "it@lindwerk.example"
    assert "clock_stopped" in open_house.ledger(request.id)


def test_a_broken_promise_goes_up_the_ladder(open_house: Lindwerk, a_mail: Mail) -> None:
    open_house.writes(a_mail("My holiday", From="waits@lindwerk.example", To="people@lindwerk.example"), "people")

    (escalation,) = open_house.mails_to(CARLA, 1)

    assert "My holiday" in words(escalation)
    assert "escalation" in open_house.ledger(open_house.request("My holiday").id)


def test_a_second_daemon_on_the_same_state_directory_ends_at_once_and_names_the_first(open_house: Lindwerk) -> None:
    first = open_house.daemons[0]

    second = open_house.start(ready=False)

    assert second.process.wait(120) == 75
    assert second.complaint() == (
        f"Another Postroom (process {first.process.pid}) already works on {open_house.folder}/state; stop it first, "
        "or give this one its own state_dir.\n"
    )
    assert first.process.poll() is None


def test_systemd_hears_that_the_daemon_is_ready_alive_and_reloading(open_house: Lindwerk) -> None:
    daemon = open_house.daemons[0]
    assert daemon.heard[0] == "READY=1\nSTATUS=2 mailboxes watched"
    for _ in range(3):
        daemon.heard.clear()
        daemon.hears("WATCHDOG=1")
    daemon.heard.clear()

    daemon.process.send_signal(signal.SIGHUP)

    daemon.hears("READY=1")
    reloading = next(word for word in daemon.heard if word.startswith("RELOADING=1\n"))
    assert reloading.splitlines()[1].startswith("MONOTONIC_USEC=")


def test_idle_is_begun_anew_as_often_as_the_settings_say(open_house: Lindwerk) -> None:
    looks = {open_house.scanned_at("people")}

    until(lambda: looks.add(open_house.scanned_at("people")) or len(looks) > 2, "the folder is looked at again")


def test_what_waits_at_the_start_is_taken_in_and_what_is_older_than_a_day_is_filed(
    lindwerk: Lindwerk, a_mail: Mail
) -> None:
    now = dt.datetime.now(dt.UTC)
    lindwerk.writes(a_mail("VPN, a week ago"), "it", received=now - dt.timedelta(days=7))
    lindwerk.writes(a_mail("VPN, this morning"), "it", received=now - dt.timedelta(hours=3))

    lindwerk.start()

    (ack,) = lindwerk.mails_to(EVA, 1)
    assert "VPN, this morning" in ack["Subject"]
    until(lambda: lindwerk.counts()["copies"] == {"marked": 2}, "both are marked")
    assert lindwerk.counts()["messages"] == {"request": 1, "backlog": 1}


def test_servers_that_stop_are_named_and_work_goes_on_when_they_are_back(
    lindwerk: Lindwerk, a_mail: Mail, dovecot: Dovecot
) -> None:
    lindwerk.start()
    until(lambda: lindwerk.sentence_of("it").startswith("watching"), "the mailbox is watched")

    lindwerk.sink.shut_door()
    lindwerk.writes(a_mail(), "it")
    until(lambda: lindwerk.sentence_of("deliveries").startswith("down: The SMTP server"), "the mail server is named")
    for account in lindwerk.accounts.values():
        dovecot.kick(account.user)
    dovecot.stop()
    lindwerk.writes(a_mail("VPN is still broken"), "it")
    until(lambda: lindwerk.sentence_of("it").startswith("down: The connection broke"), "the mailbox is named")
    dovecot.start()
    lindwerk.sink.open_door()

    assert len(lindwerk.mails_to(EVA, 2)) == 2
    until(lambda: lindwerk.sentence_of("deliveries").startswith("watching"), "the mail server is well again")
    until(lambda: lindwerk.sentence_of("it").startswith("watching"), "so is the mailbox")


def test_two_daemons_never_share_one_postgresql_database(
    new_lindwerk: Callable[..., Lindwerk], postgresql_url: str
) -> None:
    lindwerk = new_lindwerk(postgresql_url)
    daemon = lindwerk.start()
    lindwerk.replaces("state_dir: state", "state_dir: other-state")

    refused = lindwerk.start(ready=False)

    assert refused.process.wait(120) == 75
    assert re.fullmatch(
        r"Another Postroom already works with postgresql\+psycopg://\S+; stop it first, or give this one its own "
        r"database\.\n",
        refused.complaint(),
    )
    assert daemon.stop() == 0
    refused = lindwerk.start(ready=False)
    assert refused.process.wait(120) == 78, "and its keys are not those of the database"
    assert "belongs to other keys than" in refused.complaint()


def test_a_daemon_ends_with_a_sentence_if_another_one_took_its_database_while_the_server_was_away(
    new_lindwerk: Callable[..., Lindwerk],
) -> None:
    with Postgres.create() as server:
        lindwerk = new_lindwerk(server.new_database())
        daemon = lindwerk.start()
        daemon.process.send_signal(signal.SIGSTOP)  # the other one is quicker
        server.kill()
        server.start()
        other = Store(lindwerk.database)

        with other.alone():
            daemon.process.send_signal(signal.SIGCONT)
            status = daemon.process.wait(30)
        other.close()

    assert status == 75
    assert daemon.complaint() == (
        f"Another Postroom has taken {lindwerk.database} while the connection to the database was broken; this one "
        "ends, so that nothing is done twice. Stop one of the two, or give it its own database.\n"
    )


def test_the_house_works_on_postgresql_even_if_it_stops_for_a_moment(
    new_lindwerk: Callable[..., Lindwerk], postgresql_url: str, postgres: Postgres, a_mail: Mail
) -> None:
    lindwerk = new_lindwerk(postgresql_url)
    daemon = lindwerk.start()
    lindwerk.writes(a_mail(To="it@lindwerk.example, people@lindwerk.example"), "it", "people")
    lindwerk.mails_to(EVA, 1)

    postgres.stop()  # perhaps while a mail is under way
    lindwerk.writes(a_mail("VPN again"), "it")
    until(lambda: "the database cannot be used now" in lindwerk.sentence_of("it"), "the database is named")
    postgres.start()

    assert len(lindwerk.mails_to(EVA, 2)) == 2
    until(lambda: lindwerk.counts()["copies"] == {"marked": 3}, "all copies are marked")
    assert len(lindwerk.requests()) == 2
    until(lambda: lindwerk.counts()["outbox"] == {"sent": 4}, "all is sent")
    assert daemon.stop() == 0
