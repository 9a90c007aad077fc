"""What goes over the wire while hostile mails are worked: IMAP commands as Dovecot hears them, SMTP as the sink does.

The daemon is a process of its own. `make sweep` lets all of the hostile mails in, and in twenty orders; otherwise some.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.integration.conftest import until
from tests.mail.hostile import sample
from tests.servers.recorder import Recorder
from tests.stories.test_hostile_mails import assert_is_clean

if TYPE_CHECKING:
    from tests.integration.conftest import Lindwerk
    from tests.servers.smtp_sink import Accepted

_UIDS = r"\d+(?::\d+)?(?:,\d+(?::\d+)?)*"
#: Every command that we have reason to say, whole. No flag but ours, no EXPUNGE, no text out of a mail.
IMAP = re.compile(
    r"(?:CAPABILITY|NOOP|LOGOUT|IDLE|UNSELECT|CLOSE"
    r'|LOGIN "?[A-Za-z0-9.@_-]+"? "secret"'
    r'|(?:SELECT|EXAMINE) "?INBOX"?'
    r'|STATUS "?INBOX"? \((?:MESSAGES|UIDNEXT|UIDVALIDITY|UNSEEN| )+\)'
    r'|LIST "" "?[A-Za-z*%]*"?'
    r"|UID SEARCH (?:ALL|UID \d+:\*)"
    rf"|UID FETCH {_UIDS} \((?:RFC822\.SIZE|BODY\.PEEK\[\](?:<0\.\d+>)? INTERNALDATE|FLAGS)\)"
    rf"|UID STORE {_UIDS} \+FLAGS\.SILENT \(\$Postroom\)"
    rf'|(?:UID MOVE {_UIDS}|CREATE) "?Done"?)'
)
SMTP = re.compile(
    r"(?:EHLO|HELO) [A-Za-z0-9.-]+|MAIL FROM:<(?:it|people)@lindwerk\.example>(?: (?:BODY=8BITMIME|SIZE=\d+))*"
    r"|RCPT TO:<[a-z0-9.]+@lindwerk\.example>|DATA|RSET|NOOP|QUIT",
    re.IGNORECASE,
)


@pytest.fixture
def watched(lindwerk: Lindwerk) -> Iterator[tuple[Recorder, Recorder]]:
    """Both mailboxes are reached through a recorder, in plain text."""
    accounts = lindwerk.accounts
    with Recorder(accounts["it"].port) as it, Recorder(accounts["people"].port) as people:
        for name, recorder, usual in (("it", it, ""), ("people", people, "    security: starttls\n")):
            port = accounts[name].tls_port if name == "it" else accounts[name].port
            ca_file = f"    ca_file: {accounts[name].ca_file}\n"
            lindwerk.replaces(
                f"    port: {port}\n{usual}{ca_file}    user: {accounts[name].user}\n",
                f"    port: {recorder.port}\n    security: plain\n    user: {accounts[name].user}\n",
            )
        yield it, people


def lets_in(lindwerk: Lindwerk, mails: list[bytes]) -> None:
    """All of them lie in the two inboxes at once."""
    for name, theirs in (("it", mails[::2]), ("people", mails[1::2])):
        lindwerk.accounts[name].maildir.deliver_many(theirs)


def is_done(lindwerk: Lindwerk, count: int) -> bool:
    """Whether so many mails have had their effect, and nothing waits to leave."""
    found = lindwerk.counts()
    ended = sum(number for state, number in found["copies"].items() if state in ("marked", "quarantined"))
    return ended == count and not {"queued", "sending"} & set(found["outbox"])


def hostile(every: int) -> list[bytes]:
    """As if colleagues had sent them, so that they are acknowledged."""
    return [
        raw.replace(b"evil@attacker.example", b"eva%d@lindwerk.example" % number)
        for number, (_, raw) in enumerate(sample(every))
    ]


def good(count: int) -> list[bytes]:
    return [
        f"From: good{n}@lindwerk.example\r\nTo: it@lindwerk.example\r\nMessage-ID: <g{n}@x>\r\nSubject: VPN {n}\r\n\r\n"
        f"help {n}\r\n".encode()
        for n in range(count)
    ]


def commands(said: bytes) -> list[str]:
    """The commands of one IMAP conversation without their tags; a line that is none stays whole, to be seen."""
    assert said.count(b"\r\n") == said.count(b"\n") == said.count(b"\r")
    lines = said.decode("ascii").split("\r\n")[:-1]
    return [re.sub(r"^[A-Z]{4}\d+ ", "", line) for line in lines if line != "DONE"]  # what ends IDLE


@pytest.mark.sweep
@pytest.mark.timeout(900)
def test_hostile_mails_put_no_header_no_recipient_and_no_command_on_the_wire(
    lindwerk: Lindwerk, watched: tuple[Recorder, Recorder], sweeping: bool
) -> None:
    bad, fine = hostile(1 if sweeping else 12), good(6)
    mails = fine[:3] + bad + fine[3:]
    lets_in(lindwerk, mails)
    lindwerk.start()
    until(lambda: is_done(lindwerk, len(mails)), "each has had its effect", seconds=600)

    spoken = [command for recorder in watched for said in recorder.heard() for command in commands(said)]
    assert [command for command in spoken if not IMAP.fullmatch(command)] == []
    assert any(command.startswith("UID STORE") for command in spoken)
    assert any(command.startswith("UID MOVE") for command in spoken)
    assert [one.line for one in lindwerk.sink.heard if not SMTP.fullmatch(one.line)] == []
    for mail in lindwerk.sink.accepted:
        _assert_is_ours(mail)
    for number in range(6):
        assert lindwerk.sink.mails_to(f"good{number}@lindwerk.example")


def _assert_is_ours(mail: Accepted) -> None:
    (recipient,) = mail.recipients
    assert_is_clean(recipient, mail.raw)


@pytest.mark.sweep
@pytest.mark.timeout(3600)
def test_hostile_mails_among_good_ones_lose_none_and_stop_none_in_whatever_order(
    lindwerk: Lindwerk, sweeping: bool, request: pytest.FixtureRequest
) -> None:
    bad, fine = hostile(1 if sweeping else 16), good(500 if sweeping else 40)
    lindwerk.start()
    count = 0
    for order in range(20 if sweeping else 2):
        mails = [raw.replace(b"\r\nSubject: VPN", b"\r\nSubject: VPN order %d of" % order) for raw in fine]
        mails += [b"X-Order: %d\r\n" % order + raw for raw in bad]
        random.Random(order).shuffle(mails)
        count += len(mails)
        lets_in(lindwerk, mails)
        until(lambda: is_done(lindwerk, count), f"order {order} has had its effect", seconds=300)  # noqa: B023

    with lindwerk.store.reading() as connection:
        subjects = {row[0] for row in connection.exec_driver_sql("select subject from messages")}
    assert {f"VPN order 0 of {n}" for n in range(len(fine))} <= subjects
