"""Two programs write to each other over real servers, and each pair falls silent within three rounds.

A post office in the test carries what leaves by SMTP to where it is addressed: into a mailbox that a Postroom
watches, through the delivery agent of a colleague who is away (a real Pigeonhole), or to a foreign help desk.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.conftest import EVA, JONAS, furnish, until, without_faults
from tests.servers.dovecot import Dovecot, ImapAccount
from tests.servers.smtp_sink import Accepted, SmtpSink

if TYPE_CHECKING:
    from tests.integration.conftest import Lindwerk

Mail = Callable[..., EmailMessage]
Carry = Callable[[Accepted], None]

#: So many looks in a row must find nothing to do.
LOOKS = 5

#: What a relay that knows no field but the usual ones takes away.
MARKS = (
    *(b"Auto-Submitted", b"X-Auto-Response-Suppress", b"X-Postroom-Loop", b"X-Postroom-Outbox", b"Precedence"),
    *(b"In-Reply-To", b"References", b"X-Sieve"),
)

AWAY = """require ["vacation", "vacation-seconds"];
vacation :seconds 0 :subject "I am away" :addresses ["{address}"] "I am travelling until Monday and read no mail.";
"""


def without_marks(raw: bytes) -> bytes:
    """The mail as a relay hands it on that strips every mark of automatic mail, and the references."""
    names = b"|".join(map(re.escape, MARKS))
    head, blank, body = raw.partition(b"\r\n\r\n")
    kept = re.sub(rb"(?im)^(?:%s):.*\r?\n(?:[ \t].*\r?\n)*" % names, b"", head + b"\r\n")
    return kept.removesuffix(b"\r\n") + blank + body


class PostOffice:
    """Carries accepted mails on by their recipient, until for a while none comes any more."""

    def __init__(self, sink: SmtpSink) -> None:
        self.sink = sink
        self.routes: dict[str, Carry] = {}
        self._taken = 0

    def runs(self, *houses: Lindwerk, at_most: float = 120.0) -> bool:
        """Whether it fell silent within `at_most` seconds: nothing to carry, and nothing left to do in these houses."""
        end, quiet = time.monotonic() + at_most, 0
        while quiet < LOOKS:
            if time.monotonic() > end:
                return False
            is_idle = all(map(_is_idle, houses))
            new = self.sink.accepted[self._taken :]
            self._taken += len(new)
            for mail in new:
                for recipient in mail.recipients:
                    self.routes.get(recipient, lambda _: None)(mail)
            quiet = quiet + 1 if is_idle and not new else 0
            time.sleep(0.1)
        return True

    def between(self, sender: str, recipient: str) -> int:
        """How many mails went from one to the other."""
        return sum(mail.sender == sender and recipient in mail.recipients for mail in self.sink.accepted)


def _is_idle(house: Lindwerk) -> bool:
    """Whether every mail that lies in the mailboxes has had its effect, and nothing waits to leave."""
    found = house.counts()
    lying = sum(len(one.maildir.contents(folder)) for one in house.accounts.values() for folder in ("INBOX", "Done"))
    return found["copies"] == {"marked": lying} and not {"queued", "sending"} & set(found["outbox"])


@pytest.fixture
def office(smtp_sink: SmtpSink) -> PostOffice:
    """A post office for everything that leaves."""
    return PostOffice(smtp_sink)


@pytest.fixture
def other_house(tmp_path: Path, new_imap_account: Callable[[], ImapAccount], smtp_sink: SmtpSink) -> Iterator[Lindwerk]:
    """Another organisation with a Postroom of its own, which acknowledges outsiders."""
    folder = tmp_path / "other"
    folder.mkdir()
    accounts = {"it": new_imap_account(), "people": new_imap_account()}
    with without_faults(furnish(folder, accounts, smtp_sink)) as house:
        house.path.write_text(house.path.read_text().replace("lindwerk.example", "other.example"))
        yield house


def acknowledges_outsiders(house: Lindwerk) -> None:
    house.replaces("acknowledgement: {per_sender_per_hour: 100}", "acknowledgement: {external: true}")


def into(house: Lindwerk, name: str, through: Callable[[bytes], bytes]) -> Carry:
    """Deliver into a mailbox, with the return path as the last server writes it."""

    def carry(mail: Accepted) -> None:
        house.writes(b"Return-Path: <%s>\r\n" % mail.sender.encode() + through(mail.raw), name)

    return carry


@pytest.mark.parametrize("through", [bytes, without_marks], ids=["as it is", "through a relay that strips all marks"])
def test_two_postrooms_that_write_to_each_other_fall_silent(
    lindwerk: Lindwerk, other_house: Lindwerk, office: PostOffice, a_mail: Mail, through: Callable[[bytes], bytes]
) -> None:
    for house, domain in ((lindwerk, "lindwerk.example"), (other_house, "other.example")):
        acknowledges_outsiders(house)
        office.routes[f"it@{domain}"] = into(house, "it", through)
        office.routes[f"people@{domain}"] = into(house, "people", through)
        house.start()

    lindwerk.writes(a_mail("VPN between us", From="IT <it@other.example>", Return_Path="<it@other.example>"), "it")
    lindwerk.request("VPN between us")

    assert office.runs(lindwerk, other_house)
    there = office.between("it@lindwerk.example", "it@other.example")
    back = office.between("it@other.example", "it@lindwerk.example")
    assert (there, back) == (1, 0) if through is bytes else there <= 3 and back <= 3
    assert len(lindwerk.requests()) + len(other_house.requests()) <= (2 if through is bytes else 8)
    lindwerk.writes(a_mail("VPN, somebody else", From="tom@lindwerk.example"), "it")
    lindwerk.mails_to("tom@lindwerk.example", 1)


def through_sieve(
    dovecot: Dovecot, account: ImapAccount, office: PostOffice, through: Callable[[bytes], bytes]
) -> Carry:
    """Deliver to a colleague whose Sieve script answers that they are away."""

    def carry(mail: Accepted) -> None:
        to = mail.recipients[0]
        dovecot.deliver_through_sieve(
            account,
            through(mail.raw),
            AWAY.format(address=to),
            sender=mail.sender,
            recipient=to,
            submission_port=office.sink.port,
        )

    return carry


@pytest.mark.parametrize("through", [bytes, without_marks], ids=["as it is", "through a relay that strips all marks"])
def test_a_requester_who_is_away_and_a_postroom_fall_silent(
    lindwerk: Lindwerk,
    office: PostOffice,
    dovecot: Dovecot,
    new_imap_account: Callable[[], ImapAccount],
    a_mail: Mail,
    through: Callable[[bytes], bytes],
) -> None:
    office.routes[EVA] = through_sieve(dovecot, new_imap_account(), office, through)
    office.routes["it@lindwerk.example"] = into(lindwerk, "it", through)
    lindwerk.start()

    lindwerk.writes(a_mail("VPN and away"), "it")
    request = lindwerk.request("VPN and away")
    until(lambda: lindwerk.notice(JONAS, request.id), "Jonas hears of it")
    notice = lindwerk.notice(JONAS, request.id)[0]
    lindwerk.writes(a_mail("Re: VPN", "Restart it.\n", From=JONAS, In_Reply_To=notice["Message-ID"]), "it")

    assert office.runs(lindwerk)
    said = Counter(mail.kind for mail in lindwerk.outbox())
    answered = office.between("", EVA) + sum(
        b"I am travelling" in mail.raw and "it@lindwerk.example" in mail.recipients for mail in office.sink.accepted
    )
    assert answered >= 1, "the vacation answer of Pigeonhole never came"
    if through is bytes:
        assert said == {"acknowledgement": 1, "assignment": 1, "answer": 1}
        assert lindwerk.counts()["messages"] == {"request": 1, "answer": 1, "automatic_reply": 1}
    else:
        assert said["acknowledgement"] <= 3
        assert lindwerk.request("VPN and away").status == "open"


def test_two_colleagues_who_are_away_behind_a_relay_that_strips_all_marks_fall_silent(
    lindwerk: Lindwerk,
    office: PostOffice,
    dovecot: Dovecot,
    new_imap_account: Callable[[], ImapAccount],
    a_mail: Mail,
) -> None:
    aylin = "aylin.demir@lindwerk.example"
    lindwerk.replaces(
        "members: [{name: Jonas Petersen, email: jonas.petersen@lindwerk.example}]",
        f"members: [{{name: Jonas Petersen, email: {JONAS}}}, {{name: Aylin Demir, email: {aylin}}}]",
    )
    for colleague in (JONAS, aylin, EVA):
        office.routes[colleague] = through_sieve(dovecot, new_imap_account(), office, without_marks)
    (lindwerk.folder / "rules" / "all.yaml").write_text(
        "rules: [{name: all, when: {to: it@lindwerk.example}, then: {department: it}}]\n"
    )
    office.routes["it@lindwerk.example"] = into(lindwerk, "it", without_marks)
    lindwerk.start()

    lindwerk.writes(a_mail("VPN, and everybody is away"), "it")
    lindwerk.request("VPN, and everybody is away")

    assert office.runs(lindwerk)
    said = Counter((mail.kind, mail.recipient) for mail in lindwerk.outbox())
    assert max(said.values()) <= 5
    assert sum(said.values()) <= 20


def test_a_help_desk_that_opens_a_ticket_for_each_mail_falls_silent(
    lindwerk: Lindwerk, office: PostOffice, a_mail: Mail
) -> None:
    acknowledges_outsiders(lindwerk)
    desk = "desk@vendor.example"
    tickets = iter(range(286_614, 300_000))

    def opens_a_ticket(_: Accepted) -> None:
        number = next(tickets)
        # Words by which nobody would know a receipt: only their coming back again and again tells.
        words = f"Number {number} stands in our books now. Keep it at hand when you call, and ask for Mr Ray.\n"
        answer = a_mail(f"In our books as {number}", words, From=desk, Return_Path=f"<{desk}>")
        lindwerk.writes(answer, "it")

    office.routes[desk] = opens_a_ticket
    lindwerk.start()

    lindwerk.writes(a_mail("VPN of a customer", From=desk, Return_Path=f"<{desk}>"), "it")
    lindwerk.request("VPN of a customer")

    assert office.runs(lindwerk)
    assert office.between("it@lindwerk.example", desk) + office.between("people@lindwerk.example", desk) <= 3
    lindwerk.mails_to("olga.ops@lindwerk.example", 1)


def test_a_storm_of_one_sender_is_gathered_while_others_are_served(lindwerk: Lindwerk, a_mail: Mail) -> None:
    storm = [a_mail(f"VPN {number}", From="storm@lindwerk.example").as_bytes() for number in range(1000)]
    others = [a_mail(f"VPN of {n}", From=f"person{n}@lindwerk.example").as_bytes() for n in range(5)]
    mails = storm[:400] + others[:2] + storm[400:] + others[2:]
    lindwerk.accounts["it"].maildir.deliver_many(mails)
    lindwerk.start()

    for number in range(5):
        lindwerk.mails_to(f"person{number}@lindwerk.example", 1)
    until(lambda: lindwerk.counts()["messages"] == {"request": 25, "gathered": 980}, "all are taken in")

    assert len(lindwerk.requests()) == 26
