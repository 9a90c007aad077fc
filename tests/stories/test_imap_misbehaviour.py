"""However an IMAP server misbehaves, each mail is taken in once, unharmed, and the mailbox comes back.

Every script runs against the worker that watches a mailbox in the daemon, and ends with the oracle.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, Any

import pytest
from imapclient import SocketTimeout

from daemon.mailbox import connection, fetch, watch
from daemon.mailbox.answers import Doubts
from daemon.service import Service
from tests.oracle.evidence import Evidence, Injected, Taken, read_database
from tests.oracle.invariants import Verdict, judge
from tests.servers import imap_server as imap
from tests.servers.hurry import PATIENCE
from tests.servers.imap_server import Folder, ImapServer, Phase, Turn, Twist
from tests.stories.test_deliveries import Post, post

if TYPE_CHECKING:
    from tests.stories.conftest import House

__all__ = ["post"]

Mail = Callable[..., EmailMessage]

#: Seconds until a server that is silent is given up, which some of them are on purpose; five times as many where it
#: does not even greet, for so long a connection may take to be made.
IMPATIENCE = 0.4

#: What may be said to a server at all; nothing in it deletes.
HARMLESS = re.compile(
    r"CAPABILITY|LOGIN \*\*\*|SELECT \"INBOX\"|EXAMINE \"INBOX\"|UID SEARCH UID \d+:\*|IDLE|LOGOUT|CREATE \"Done\"|"
    r"UID FETCH [\d,:]+ \((RFC822\.SIZE|BODY\.PEEK\[\](<0\.\d+>)? INTERNALDATE)\)|"
    r"UID STORE [\d,:]+ \+FLAGS\.SILENT \(\$Postroom\)|UID MOVE [\d,:]+ \"Done\""
)


@dataclass
class Watched:
    """The worker of the mailbox `it`, run against a scripted server, and what came into that mailbox."""

    house: House
    server: ImapServer
    a_mail: Mail
    injected: list[Injected] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)
    fault: list[BaseException] = field(default_factory=list)
    service: Service | None = None

    def comes(self, **headers: str) -> int:
        """A mail comes into the mailbox, of somebody who has not written before; its UID."""
        sender = f"person.{len(self.injected)}@lindwerk.example"
        raw = self.a_mail(From=sender, **headers).as_bytes(policy=SMTP)
        self.injected.append(Injected({"it": hashlib.sha256(raw).hexdigest()}, "request", sender, answered=True))
        return self.server.deliver(raw, self.house.office.now())

    def is_taken_away(self, uid: int) -> None:
        """A person moves a mail elsewhere before we have it: it is none of ours."""
        gone = hashlib.sha256(self.server.inbox.mails.pop(uid).raw).hexdigest()
        self.injected = [one for one in self.injected if one.copies["it"] != gone]

    def copies(self) -> dict[str, int]:
        return self.house.copies()

    def is_done(self) -> bool:
        """Whether every mail that came is marked."""
        return self.copies() == {"marked": len(self.injected)}

    def trouble(self) -> str:
        """What the status says that the worker cannot do."""
        return self.service._workers[0].trouble if self.service and self.service._workers else ""

    def until(self, true: Callable[[], object], seconds: float = 120.0) -> None:
        """Let the worker work until this is so; on a machine that takes long for it, with more and more patience."""
        begun = time.monotonic()
        while not true():
            gone = time.monotonic() - begun
            assert not self.fault, self.fault
            assert gone < seconds, (self.copies(), self.reports[-3:], self.server.commands()[-5:])
            times = max(1.0, gone / 5)
            connection.TIMEOUT = SocketTimeout(5 * IMPATIENCE * times, IMPATIENCE * times)
            time.sleep(0.01)

    def misbehaves_to_the_end(self) -> None:
        """Mail keeps coming until the script is used up; then all of it is taken in."""

        def next_mail() -> bool:
            if self.is_done() and not self.server.has_misbehaved():
                self.comes()
            return self.server.has_misbehaved()

        self.until(next_mail)
        self.comes()
        self.until(self.is_done)

    def works(self, story: Callable[[], object]) -> None:
        """Run the worker while the story is told, then stop it in order."""
        self.service = Service(self.house.office, lambda office: office)
        worker = self.service._mailbox("it")
        self.service._workers = [worker]
        report = worker.report

        def listen(said: watch.Report) -> None:
            self.reports.append(f"{said.state}: {said.sentence}")
            report(said)

        worker.report = listen  # type: ignore[method-assign]

        def body() -> None:
            try:
                worker.body(worker)
            except BaseException as error:
                self.fault.append(error)

        thread = threading.Thread(target=body)
        thread.start()
        try:
            story()
        finally:
            worker.stop.set()
            worker.wake()
            thread.join(60)
        assert not thread.is_alive()
        assert self.fault == []

    def judged(self, post: Post) -> Verdict:
        """Let the outgoing mails leave, and ask the oracle."""
        post.settles()
        tables, complaints = read_database(str(self.house.office.store.url))
        sent = (
            Taken(mail.recipients, _token(mail.raw), hashlib.sha256(mail.raw).hexdigest())
            for mail in post.sink.accepted
        )
        return judge(
            Evidence(
                injected=tuple(self.injected),
                sent=tuple(sent),
                mailboxes={"it": self.server.lying()},
                tables=tables,
                database_complaints=tuple(complaints),
                logs={"reports": "\n".join(self.reports)},
                planted=("Since this morning.", "geheim"),
                never=frozenset({"", "it@lindwerk.example", "people@lindwerk.example"}),
            )
        )

    def is_unharmed(self, post: Post) -> None:
        """The oracle has nothing to say, and nothing was ever said to the server that could do harm."""
        assert self.judged(post).violations == ()
        assert [line for line in self.server.commands() if not HARMLESS.fullmatch(line)] == []


def _token(raw: bytes) -> str:
    found = re.search(rb"^X-Postroom-Outbox: (\w+)", raw, re.MULTILINE)
    return found[1].decode() if found else ""


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times of a test: seconds are hundredths, minutes are tenths."""
    monkeypatch.setattr(connection, "TIMEOUT", SocketTimeout(5 * IMPATIENCE, IMPATIENCE))
    monkeypatch.setattr(watch, "RECONCILE_EVERY", 0.3)
    monkeypatch.setattr(watch, "_pause", lambda _error, _faults: 0.01)
    monkeypatch.setenv("NOBODY_LOGS_IN", "geheim")


@pytest.fixture
def watch_over(house: House, impatient: None, a_mail: Mail) -> Iterator[Callable[..., Watched]]:
    """A house whose mailbox `it` lies on a scripted server, with three mails in it."""
    servers: list[ImapServer] = []

    def over(after: str = "keyword", **other: Any) -> Watched:
        server = ImapServer(**other).__enter__()
        servers.append(server)
        poll = dt.timedelta(seconds=0.05)
        values = {"host": server.host, "port": server.port, "after": after, "poll": poll}
        mailbox = house.office.settings.mailboxes["it"].model_copy(update=values)
        settings = house.office.settings
        house.runs_with(settings=settings.model_copy(update={"mailboxes": settings.mailboxes | {"it": mailbox}}))
        watched = Watched(house, server, a_mail)
        for _ in range(3):
            watched.comes()
        return watched

    yield over
    for server in servers:
        server.__exit__(None, None, None)


GARBAGE = b"\x00\xff{999999}( ]]\r\n* 1 FETCH (UID\r\n"
NOISE = (
    b"* OK [ALERT] the weather is fine\r\n* FLAGS (\\Seen)\r\n* 1 FETCH (FLAGS (\\Seen))\r\n* VANISHED 99\r\n"
    b'* METADATA "" /shared/comment\r\n* 2 FETCH (UID 2 MODSEQ (7) FLAGS ())\r\n'
)

#: What a server can do wrong at any turn of the conversation; the connection survives none but the last two.
ANYWHERE: dict[str, Twist] = {
    "BYE": imap.says_goodbye,
    "a cut before it": imap.cut_before,
    "a cut in the middle of the answer": imap.cut_after(0.5),
    "a cut behind the answer": imap.cut_after(1.0),
    "silence": imap.goes_deaf,
    "silence in the middle of the answer": imap.goes_deaf_after(0.5),
    "silence behind the answer": imap.goes_deaf_after(1.0),
    "NO": imap.says(b"TAG NO [UNAVAILABLE] not now\r\n"),
    "BAD": imap.says(b"TAG BAD not like this\r\n"),
    "another tag": imap.says(b"X1 OK done\r\n"),
    "garbage": imap.says(GARBAGE),
    "one line without an end": imap.says(b"* OK " + b"x" * 1_100_000 + b"\r\n"),
    "noise before the answer": imap.says_first(NOISE),
    "nothing wrong": imap.usual,
}
LEAVES_IT_WHOLE = {"nothing wrong"}
DOES_IT = {how for how in ANYWHERE if how.split()[0] in ("noise", "nothing") or "answer" in how}
TURNS: tuple[Phase, ...] = (
    *("greet", "CAPABILITY", "LOGIN", "SELECT", "SEARCH", "SIZES", "FETCH", "STORE", "MOVE", "CREATE"),
    *("IDLE", "DONE"),
)


@pytest.mark.parametrize("phase", TURNS)
def test_all_that_can_go_wrong_at_one_turn_loses_nothing_and_does_nothing_twice(
    watch_over: Callable[..., Watched], post: Post, phase: Phase
) -> None:
    watched = watch_over("move" if phase in ("MOVE", "CREATE") else "keyword")
    # What comes once in a connection comes no more after the twist that leaves it whole.
    without = {"greet": LEAVES_IT_WHOLE, "LOGIN": LEAVES_IT_WHOLE, "SELECT": LEAVES_IT_WHOLE, "CREATE": DOES_IT}
    watched.server.script(phase, *(one for how, one in ANYWHERE.items() if how not in without.get(phase, ())))

    watched.works(watched.misbehaves_to_the_end)

    watched.is_unharmed(post)
    downs = [report for report in watched.reports if report.startswith("down: ")]
    assert len(downs) >= (8 if phase not in ("STORE", "MOVE", "CREATE") else 6)  # NO and BAD are no reason to leave
    assert [report for report in downs if "\n" in report or len(report) > 400] == []


@pytest.mark.parametrize("how", ANYWHERE)
def test_a_farewell_may_go_wrong_in_any_way(watch_over: Callable[..., Watched], post: Post, how: str) -> None:
    watched = watch_over()
    watched.server.script("LOGOUT", ANYWHERE[how])

    watched.works(lambda: watched.until(watched.is_done))

    watched.is_unharmed(post)


def _renumbers(turn: Turn) -> None:
    turn.server.inbox.renumber(begin_at=2)
    raise imap.Cut


def _renumbers_aloud(turn: Turn) -> None:
    """RFC 9051 section 2.3.1.1 forbids it in mid-session; some servers announce it all the same."""
    turn.server.inbox.renumber(begin_at=2)
    turn.say(b"* OK [UIDVALIDITY %d] renumbered\r\n" % turn.server.inbox.uidvalidity + turn.usual())


@pytest.mark.parametrize("after", ["keyword", "move"])
@pytest.mark.parametrize("phase", ["SEARCH", "SIZES", "FETCH", "DONE"])
@pytest.mark.parametrize("how", [_renumbers, _renumbers_aloud], ids=["offline", "in mid-session"])
def test_a_renumbered_folder_makes_no_new_request_and_no_mail_is_marked_by_its_old_number(
    watch_over: Callable[..., Watched], post: Post, how: Twist, phase: Phase, after: str
) -> None:
    watched = watch_over(after)
    marked_unseen: list[str] = []

    def look(turn: Turn) -> None:
        """Nothing may be marked that was not taken in."""
        lying = set(turn.server.lying())
        turn.say(turn.usual())
        done = turn.server.folders.get("Done", Folder()).mails.values()
        shown = {hashlib.sha256(m.raw).hexdigest() for m in (*turn.server.inbox.mails.values(), *done) if m.flags}
        shown |= {hashlib.sha256(m.raw).hexdigest() for m in done}
        tables, _ = read_database(str(watched.house.office.store.url))
        known = {row["raw"] for row in tables["copies"] if row["state"] in ("done", "marked")}
        marked_unseen.extend((shown & lying) - known)

    watched.server.script("STORE" if after == "keyword" else "MOVE", look, always=True)
    # First at the second pass: then some mails are known by number.
    watched.server.script(phase, imap.usual, how)

    def story() -> None:
        watched.until(watched.is_done)
        watched.comes()
        watched.until(watched.server.has_misbehaved)
        watched.comes()
        watched.until(lambda: _all_known(watched) and set(watched.copies()) == {"marked"})

    watched.works(story)

    watched.is_unharmed(post)
    assert marked_unseen == []
    assert len(watched.house.requests()) == 5


def _counts_anew(server: ImapServer) -> None:
    """Number 1 goes away, the others get the numbers of those before them."""
    server.folders.setdefault("Elsewhere", Folder()).add(server.inbox.mails.pop(1))
    server.inbox.counts_anew()


def _goes_back(server: ImapServer) -> None:
    """The newest two mails are lost with their numbers, but for the evidence of the test."""
    elsewhere = server.folders.setdefault("Elsewhere", Folder())
    for mail in server.inbox.goes_back(2):
        elsewhere.add(mail)


@pytest.mark.parametrize("after", ["keyword", "move"])
@pytest.mark.parametrize("how", [_counts_anew, _goes_back], ids=["counts anew", "restored from a backup"])
@pytest.mark.parametrize("session", ["offline", "in mid-session"])
def test_numbers_given_a_second_time_without_a_new_uidvalidity_overlook_no_mail_and_open_no_request_twice(
    watch_over: Callable[..., Watched], post: Post, how: Callable[[ImapServer], None], session: str, after: str
) -> None:
    watched = watch_over("keyword")

    def story() -> None:
        watched.until(watched.is_done)
        before = watched.server.connections
        if session == "offline":
            watched.server.script("DONE", _breaks_off)
            watched.until(watched.server.has_misbehaved)
        with watched.server.lock:
            how(watched.server)
            watched.comes()
            watched.comes()
        watched.until(lambda: _all_known(watched) and set(watched.copies()) == {"marked"})
        assert (watched.server.connections > before) == (session == "offline")

    watched.works(story)

    watched.is_unharmed(post)
    assert len(watched.house.requests()) == 5


def _breaks_off(turn: Turn) -> None:
    raise imap.Cut


def test_no_mail_is_marked_by_a_number_that_names_another_one_now(
    watch_over: Callable[..., Watched], post: Post
) -> None:
    """Else it would be moved away unread."""
    watched = watch_over("move")
    watched.server.script("MOVE", imap.says(b"TAG NO not today\r\n"), imap.cut_before)

    def story() -> None:
        watched.until(watched.server.has_misbehaved)
        with watched.server.lock:
            _counts_anew(watched.server)
            watched.comes()
        watched.until(lambda: _all_known(watched) and set(watched.copies()) == {"marked"})

    watched.works(story)

    watched.is_unharmed(post)
    assert len(watched.house.requests()) == 4


def test_a_next_number_that_the_server_only_says_changes_nothing(
    watch_over: Callable[..., Watched], post: Post
) -> None:
    watched = watch_over()
    lie = imap.edits(lambda answer: re.sub(rb"UIDNEXT \d+", b"UIDNEXT 1", answer))
    watched.server.script("SELECT", lie, always=True)
    watched.server.script("DONE", imap.usual, _breaks_off)

    watched.works(watched.misbehaves_to_the_end)

    watched.is_unharmed(post)
    tables, _ = read_database(str(watched.house.office.store.url))
    assert {row["uidvalidity"] for row in tables["copies"]} == {1}


def _all_known(watched: Watched) -> bool:
    tables, _ = read_database(str(watched.house.office.store.url))
    return {one.copies["it"] for one in watched.injected} <= {row["raw"] for row in tables["copies"]}


@pytest.mark.parametrize("phase", ["SIZES", "FETCH", "STORE", "MOVE"])
def test_mails_that_people_take_away_meanwhile_harm_no_other(
    watch_over: Callable[..., Watched], post: Post, phase: Phase
) -> None:
    watched = watch_over("move" if phase == "MOVE" else "keyword")
    is_ours = phase in ("STORE", "MOVE")

    def take_away(server: ImapServer) -> None:
        if is_ours:  # taken in already: it lies elsewhere, and is a request all the same
            server.folders.setdefault("Elsewhere", Folder()).add(server.inbox.mails.pop(2))
        else:
            watched.is_taken_away(2)

    watched.server.script(phase, imap.meanwhile(take_away))

    watched.works(lambda: watched.until(watched.is_done))

    watched.is_unharmed(post)
    assert len(watched.house.requests()) == (3 if is_ours else 2)


def _bodies(change: Callable[[bytes], bytes]) -> Twist:
    """Alters what stands between the first line of the answer and its tag."""
    return imap.edits(change)


def _literal_says(more: int) -> Twist:
    def change(answer: bytes) -> bytes:
        return re.sub(rb"\{(\d+)\}", lambda found: b"{%d}" % (int(found[1]) + more), answer)

    return imap.edits(change)


def _first_answer(answer: bytes) -> bytes:
    """The first `* n FETCH (...)` of an answer, with its literal."""
    size = re.search(rb"\{(\d+)\}\r\n", answer)
    assert size is not None
    return answer[: size.end() + int(size[1]) + 3]


def _without_uid(answer: bytes, uid: bytes = rb"\d+") -> bytes:
    return re.sub(rb"\(UID %s " % uid, b"(", answer)


def _exchanged(answer: bytes) -> bytes:
    return answer.replace(b"(UID 1 ", b"(UID x ").replace(b"(UID 2 ", b"(UID 1 ").replace(b"(UID x ", b"(UID 2 ")


_WRONG_BODY = b"* 1 FETCH (%sBODY[] {20}\r\nSubject: wrong\r\n\r\nx\r)\r\n"

#: What can be wrong with an answer to FETCH although the connection holds.
FETCHES: dict[str, Twist] = {
    "the literal is said to be one octet longer": _literal_says(1),
    "the literal is said to be one octet shorter": _literal_says(-1),
    "the literal is said to be 20 octets shorter": _literal_says(-20),
    "the literal is said to be 10,000 octets longer": _literal_says(10_000),
    "the first mail is missing": imap.edits(lambda answer: answer[len(_first_answer(answer)) :]),
    "all mails are missing": imap.says(b"TAG OK nothing to see\r\n"),
    "the first mail comes twice": imap.edits(lambda answer: _first_answer(answer) + answer),
    "the bodies are NIL": imap.says(
        b'* 1 FETCH (UID 1 INTERNALDATE "23-Nov-2026 09:00:00 +0000" BODY[] NIL)\r\nTAG OK fetched\r\n'
    ),
    "the bodies are empty": imap.says(
        b'* 1 FETCH (UID 1 INTERNALDATE "23-Nov-2026 09:00:00 +0000" BODY[] {0}\r\n)\r\nTAG OK fetched\r\n'
    ),
    "flags come instead of bodies": imap.says(b"* 1 FETCH (FLAGS (\\Seen) UID 1)\r\nTAG OK fetched\r\n"),
    "a mail comes that nobody asked for": imap.edits(
        lambda answer: b"* 9 FETCH (UID 4711 BODY[] {3}\r\nxyz)\r\n" + answer
    ),
    "flags of the same mail follow": imap.edits(
        lambda answer: _first_answer(answer) + b"* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n" + answer
    ),
    "an EXPUNGE comes with the answer": imap.says_first(b"* 9 EXPUNGE\r\n"),
    "the date is nonsense": imap.edits(lambda answer: re.sub(rb'DATE "[^"]+"', b'DATE "yesterday"', answer)),
    "no body says whose it is": imap.edits(_without_uid),
    "the first body does not say whose it is": imap.edits(lambda answer: _without_uid(answer, b"1")),
    "two bodies say each other's number": imap.edits(_exchanged),
    "two bodies say the same number": imap.edits(lambda answer: answer.replace(b"(UID 1 ", b"(UID 2 ")),
    "a body comes for a number in the folder alone": imap.says_first(_WRONG_BODY % b""),
    "another body comes for the same mail": imap.says_first(_WRONG_BODY % b"UID 1 "),
    "one answer has two bodies": imap.says_first(_WRONG_BODY % b"UID 1 BODY[] {3}\r\nxyz "),
    "a body comes for the number of a mail that was not asked for": imap.says_first(_WRONG_BODY % b"UID 77 "),
    "one answer names two mails": imap.says_first(_WRONG_BODY % b"UID 1 UID 2 "),
    "the body is a number": imap.edits(
        lambda answer: re.sub(rb"BODY\[\] \{\d+\}\r\n", b"BODY[] 12 X ", answer, count=1)
    ),
    "there is no date": imap.edits(lambda answer: re.sub(rb'INTERNALDATE "[^"]+" ', b"", answer)),
}


@pytest.mark.parametrize("what", FETCHES)
def test_an_answer_to_fetch_that_is_wrong_stores_no_other_bytes_than_came(
    watch_over: Callable[..., Watched], post: Post, what: str
) -> None:
    watched = watch_over()
    watched.server.script("FETCH", FETCHES[what])

    watched.works(watched.misbehaves_to_the_end)

    watched.is_unharmed(post)


def test_a_mailbox_whose_server_is_stuck_keeps_none_of_twenty_others_waiting(
    house: House, impatient: None, a_mail: Mail
) -> None:
    with ExitStack() as servers:
        all_servers = {f"m{number}": servers.enter_context(ImapServer()) for number in range(20)}
        all_servers["m7"].script("FETCH", imap.goes_deaf, always=True)
        settings, poll = house.office.settings, dt.timedelta(seconds=0.05)
        like = settings.mailboxes["it"]
        mailboxes = {
            name: like.model_copy(
                update={"host": server.host, "port": server.port, "address": f"{name}@lindwerk.example", "poll": poll}
            )
            for name, server in all_servers.items()
        }
        house.runs_with(settings=settings.model_copy(update={"mailboxes": mailboxes}))
        for name, server in all_servers.items():
            server.deliver(
                a_mail(f"VPN in {name}", To=f"{name}@lindwerk.example").as_bytes(policy=SMTP), house.office.now()
            )
        service = Service(house.office, lambda office: office)
        workers = [service._mailbox(name) for name in mailboxes]
        threads = [threading.Thread(target=worker.body, args=(worker,)) for worker in workers]
        for thread in threads:
            thread.start()
        end = time.monotonic() + 30
        while house.copies() != {"marked": 19} and time.monotonic() < end:
            time.sleep(0.02)
        for worker in workers:
            worker.stop.set()
            worker.wake()
        for thread in threads:
            thread.join(10)

    assert house.copies() == {"marked": 19}
    assert sorted(one.subject for one in house.requests()) == sorted(
        f"VPN in {name}" for name in mailboxes if name != "m7"
    )


def _says_no_uid_of(uid: int) -> Twist:
    return imap.edits(lambda answer: _without_uid(answer, b"%d" % uid))


@pytest.mark.parametrize(
    ("twist", "why"),
    [
        (_says_no_uid_of(2), "what comes names no UID, as RFC 9051 section 7.5.2 demands"),
        (imap.edits(lambda a: a.replace(b"(UID 2 ", b"(UID 3 ")), "what comes names the UID of another mail"),
        (
            imap.edits(lambda a: _WRONG_BODY % b"UID 2 " + a if b"(UID 2 " in a else a),
            "two different things come for it",
        ),
        (
            imap.edits(lambda a: b"TAG NO cannot convert it\r\n" if b"(UID 2 " in a else a),
            "the server refuses it (cannot convert it)",
        ),
        (
            imap.edits(lambda a: b"TAG OK fetched\r\n" if b"(UID 2 " in a else a),
            "nothing comes of it",
        ),
    ],
    ids=["no number", "another's number", "two bodies", "refused", "nothing"],
)
def test_a_mail_that_the_server_never_gives_as_it_should_is_left_untouched_and_named_and_all_others_are_taken_in(
    watch_over: Callable[..., Watched], post: Post, twist: Twist, why: str
) -> None:
    watched = watch_over("move")
    watched.server.script("FETCH", twist, always=True)
    expected = (
        f"it: the server does not give 1 of its mails so that they could be told apart (UID 2: {why}). They lie in the "
        "mailbox untouched and are asked for again every 15 minutes; look at them with a mail program, and tell "
        "whoever runs the mail server."
    )

    def story() -> None:
        watched.until(lambda: watched.copies() == {"marked": 2})
        watched.comes()
        watched.until(lambda: watched.copies() == {"marked": 3})
        watched.until(lambda: watched.trouble() == expected)

    watched.works(story)

    lying = watched.server.inbox.mails
    assert (list(lying), lying[2].flags) == ([2], set())
    watched.is_taken_away(2)  # the oracle knows of no mail that cannot be had
    watched.is_unharmed(post)
    alarms = [mail for mail in post.sink.accepted if b"mails in it cannot be taken in" in mail.raw]
    assert len(alarms) == len(watched.house.office.settings.organisation.operators)


def test_a_mail_is_taken_in_and_named_no_more_once_the_server_gives_it(
    watch_over: Callable[..., Watched], post: Post
) -> None:
    watched = watch_over()
    watched.server.script("FETCH", *[_says_no_uid_of(2)] * 6)

    def story() -> None:
        watched.until(lambda: "UID 2" in watched.trouble())
        watched.misbehaves_to_the_end()
        watched.until(lambda: not watched.trouble())

    watched.works(story)

    watched.is_unharmed(post)


def test_where_no_body_says_whose_it_is_few_mails_are_asked_for_again_by_themselves(
    watch_over: Callable[..., Watched],
) -> None:
    watched = watch_over()
    for _ in range(20):
        watched.comes()
    watched.server.script("FETCH", imap.edits(_without_uid), always=True)

    def story() -> None:
        watched.until(watched.trouble)
        watched.until(lambda: sum("BODY" in line for line in watched.server.commands()) > 4)

    watched.works(story)

    first = [line for line in watched.server.commands() if "BODY" in line][:5]
    assert [line.split()[2] for line in first[1:4]] == ["1", "2", "3"]
    assert len(first[4].split()[2].split(",")) == 23, "the next look has them all again, in one question"
    assert watched.copies() == {}
    assert "it: the server does not give 23 of its mails" in watched.trouble()
    assert "UID 3: what comes names no UID, as RFC 9051 section 7.5.2 demands and 20 more)" in watched.trouble()


def test_a_mail_over_which_the_connection_breaks_each_time_keeps_no_other_waiting(
    watch_over: Callable[..., Watched], post: Post
) -> None:
    watched = watch_over()

    def breaks(turn: Turn) -> None:
        answer = turn.usual()
        if b"(UID 2 " in answer:
            raise imap.Cut
        turn.say(answer)

    watched.server.script("FETCH", breaks, always=True)

    def story() -> None:
        watched.until(lambda: watched.copies() == {"marked": 2})
        watched.until(lambda: "UID 2: the connection broke each time it was asked for" in watched.trouble())
        watched.comes()
        watched.until(lambda: watched.copies() == {"marked": 3})

    watched.works(story)

    watched.is_taken_away(2)
    watched.is_unharmed(post)


#: What can be wrong with a list of numbers or sizes.
LISTS: dict[str, tuple[Phase, Twist]] = {
    "the search names mails that are not there": (
        "SEARCH",
        imap.edits(lambda a: a.replace(b"SEARCH", b"SEARCH 77 78")),
    ),
    "the search names each mail twice": ("SEARCH", imap.edits(lambda a: a.replace(b"SEARCH", b"SEARCH 1 1 2 3 2"))),
    "the search says nothing": ("SEARCH", imap.says(b"TAG OK found\r\n")),
    "the search comes in two lines": ("SEARCH", imap.says_first(b"* SEARCH 3\r\n")),
    "the search forgets a mail": ("SEARCH", imap.edits(lambda a: a.replace(b"SEARCH 1 2", b"SEARCH 2"))),
    "the search names numbers beyond 32 bits": (
        "SEARCH",
        imap.edits(lambda a: a.replace(b"SEARCH", b"SEARCH 99999999999999999999")),
    ),
    "the search names words": ("SEARCH", imap.edits(lambda a: a.replace(b"SEARCH", b"SEARCH one two"))),
    "no sizes are said": ("SIZES", imap.says(b"TAG OK sizes\r\n")),
    "sizes are of no mail": ("SIZES", imap.says(b"* 1 FETCH (RFC822.SIZE 12)\r\nTAG OK sizes\r\n")),
    "sizes do not say whose they are": ("SIZES", imap.edits(_without_uid)),
    "a size is said for another mail": ("SIZES", imap.edits(lambda a: a.replace(b"UID 1 RF", b"UID 2 RF"))),
    "sizes are words": ("SIZES", imap.edits(lambda a: re.sub(rb"SIZE \d+", b"SIZE large", a))),
    "sizes are too small": ("SIZES", imap.edits(lambda a: re.sub(rb"SIZE \d+", b"SIZE 1", a))),
    "the number of mails is absurd": ("DONE", imap.says_first(b"* 4294967295 EXISTS\r\n")),
}


@pytest.mark.parametrize("what", LISTS)
def test_a_list_that_is_wrong_loses_no_mail(watch_over: Callable[..., Watched], post: Post, what: str) -> None:
    watched = watch_over()
    watched.server.script(*LISTS[what])

    watched.works(watched.misbehaves_to_the_end)

    watched.is_unharmed(post)


def test_the_clocks_hear_of_a_request_before_the_pass_that_took_it_in_is_over(
    watch_over: Callable[..., Watched], post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first rung can fall due before thousands of other mails are taken in."""
    monkeypatch.setattr(fetch, "BATCH_MAILS", 1)
    watched = watch_over()
    heard: list[bool] = []

    def ask_the_clocks(turn: Turn) -> None:
        assert watched.service is not None
        heard.append(watched.service._clock_nudge.is_set())
        turn.say(turn.usual())

    watched.server.script("FETCH", imap.usual, ask_the_clocks)

    watched.works(lambda: watched.until(watched.is_done))

    assert heard == [True]
    watched.is_unharmed(post)


ABLE = ("IMAP4rev1", "IDLE", "MOVE", "UIDPLUS")


@pytest.mark.parametrize("after", ["keyword", "move"])
@pytest.mark.parametrize("keywords", [True, False], ids=["keywords", "no keywords"])
@pytest.mark.parametrize(
    "capabilities",
    [ABLE, ABLE[:2], (ABLE[0], ABLE[2]), ABLE[:1]],
    ids=["all", "no MOVE, no UIDPLUS", "no IDLE, no UIDPLUS", "nothing"],
)
def test_a_server_that_can_less_is_worked_with_what_it_can(
    watch_over: Callable[..., Watched], post: Post, capabilities: tuple[str, ...], keywords: bool, after: str
) -> None:
    watched = watch_over(after, capabilities=capabilities, keywords=keywords)
    # What people have flagged for deletion is theirs to expunge.
    watched.server.inbox.mails[2].flags.add("\\Deleted")

    def story() -> None:
        watched.until(watched.is_done)
        watched.comes()
        watched.until(watched.is_done)

    watched.works(story)

    watched.is_unharmed(post)
    moved = after == "move" and "MOVE" in capabilities
    flagged = [mail for mail in watched.server.inbox.mails.values() if "$Postroom" in mail.flags]
    assert len(watched.server.folders.get("Done", Folder()).mails) == (4 if moved else 0)
    assert len(flagged) == (4 if keywords and not moved else 0)
    assert any("IDLE" in report for report in watched.reports) == ("IDLE" in capabilities)


@pytest.mark.parametrize("after", ["keyword", "move"])
def test_a_folder_that_can_only_be_read_is_read_and_left_alone(
    watch_over: Callable[..., Watched], post: Post, after: str
) -> None:
    watched = watch_over(after, read_only=True)

    watched.works(lambda: watched.until(watched.is_done))

    watched.is_unharmed(post)
    assert not any(line.startswith(("UID STORE", "UID MOVE", "CREATE")) for line in watched.server.commands())


def test_a_server_without_uidvalidity_is_left_alone_and_named(watch_over: Callable[..., Watched]) -> None:
    watched = watch_over()
    nothing = imap.edits(lambda answer: re.sub(rb"\* OK \[UIDVALIDITY \d+\][^\r]*\r\n", b"", answer))
    watched.server.script("SELECT", nothing, always=True)

    watched.works(lambda: watched.until(lambda: len(watched.reports) > 6))

    assert watched.copies() == {}
    assert any("the server gives no UIDVALIDITY for 'INBOX'" in report for report in watched.reports)


class PassingTime(watch.WakeUp):
    """Pauses pass at once and are added up; after an hour the watch is stopped."""

    passed = 0.0

    def wait(self, seconds: float, stop: threading.Event) -> None:
        self.passed += seconds
        if self.passed >= 3600:
            stop.set()


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        ("greet", b"* BYE [UNAVAILABLE] Maximum number of connections from user+IP exceeded\r\n"),
        ("LOGIN", b"TAG NO [UNAVAILABLE] Temporary authentication failure\r\n"),
        ("LOGIN", b"TAG NO [ALERT] Too many simultaneous connections. (Failure)\r\n"),
        ("LOGIN", b"TAG NO [LIMIT] Rate limit hit\r\n"),
        ("SELECT", b"TAG BAD User is authenticated but not connected.\r\n"),
        ("SEARCH", b"TAG NO [LIMIT] Account or command throttled\r\n"),
        ("FETCH", b"TAG NO [INUSE] Request is throttled. Suggested Backoff Time: 4711 milliseconds\r\n"),
    ],
)
def test_a_server_that_asks_to_slow_down_sees_twelve_log_ins_an_hour_at_most(
    monkeypatch: pytest.MonkeyPatch, phase: Phase, words: bytes
) -> None:
    monkeypatch.setattr(connection, "TIMEOUT", SocketTimeout(PATIENCE, PATIENCE))
    wake_up, reports = PassingTime(), list[watch.Report]()
    with ImapServer() as server:
        server.deliver(b"Subject: hello\r\n\r\nhello\r\n")
        server.script(phase, imap.says(words), always=True)
        access = connection.Access("it", server.host, server.port, "plain", "it", "geheim", "INBOX")

        def work(link: connection.Connection, _full: bool) -> None:
            list(fetch.mails(link, fetch.uids_from(link, 1), 10**6, Doubts()))

        watch.watch(
            lambda: access,
            poll=lambda: 0.01,
            work=work,
            report=reports.append,
            wake_up=wake_up,
            stop=threading.Event(),
        )
    wake_up.close()

    assert 10 <= server.connections <= 12
    downs = [report.sentence for report in reports if report.state == "down"]
    said = re.sub(r"^\S+ (NO|BAD|BYE) (\[\w+\] )?|\r\n$", "", words.decode())
    assert said[:30] in downs[0]
    assert downs[0].endswith("Next attempt in 300 s.")
