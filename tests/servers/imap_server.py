"""An IMAP server over real sockets that keeps one account in memory, and misbehaves as a script asks it to.

Without a script it is a plain, honest server (RFC 9051, 3501, 2177, 6851) for the few commands that Postroom sends;
any other is answered BAD and stands in `heard`. What it does wrong is a `Twist`: a function that gets the turn and
says something else than the usual answer, or nothing, or less. It checks no password and speaks no TLS: that is
Dovecot's part in these tests.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Literal, Self, get_args

from tests.servers.ports import HOST

#: A turn of the conversation. SIZES is a FETCH that asks for sizes alone, FETCH one that asks for bytes.
Phase = Literal[
    "greet",
    "CAPABILITY",
    "LOGIN",
    "SELECT",
    "SEARCH",
    "SIZES",
    "FETCH",
    "STORE",
    "MOVE",
    "CREATE",
    "IDLE",
    "DONE",
    "LOGOUT",
]

CAPABILITIES = ("IMAP4rev1", "IDLE", "MOVE", "UIDPLUS")

#: So often an idling conversation looks whether there is news (seconds).
TICK = 0.01


@dataclass
class StoredMail:
    """One mail in a folder; `came` is its INTERNALDATE (aware)."""

    raw: bytes
    came: datetime
    flags: set[str] = field(default_factory=set)


@dataclass
class Folder:
    """Mails by UID. A renumbered folder has another UIDVALIDITY (RFC 9051 section 2.3.1.1)."""

    uidvalidity: int = 1
    next_uid: int = 1
    mails: dict[int, StoredMail] = field(default_factory=dict)

    def add(self, mail: StoredMail) -> int:
        """Put a mail in; its UID."""
        uid = self.next_uid
        self.mails[uid], self.next_uid = mail, uid + 1
        return uid

    def counts_anew(self) -> None:
        """What RFC 9051 section 2.3.1.1 forbids: the same mails under other numbers, without another UIDVALIDITY."""
        self.renumber()
        self.uidvalidity -= 1

    def goes_back(self, uid: int) -> list[StoredMail]:
        """A backup is restored in which this UID was the next one; the mails that it did not have."""
        self.next_uid = uid
        return [self.mails.pop(newer) for newer in sorted(self.mails) if newer >= uid]

    def renumber(self, begin_at: int = 1) -> None:
        """What a server does that has lost its index: the same mails, other numbers."""
        mails, self.mails = list(self.mails.values()), {}
        self.uidvalidity, self.next_uid = self.uidvalidity + 1, begin_at
        for mail in mails:
            self.add(mail)


@dataclass(frozen=True, slots=True)
class Heard:
    """A command line as it came in, without its tag and the password."""

    connection: int
    line: str


class Cut(Exception):
    """The connection ends here."""


class Turn:
    """One turn of the conversation, as a twist sees it."""

    def __init__(self, conversation: _Conversation, tag: bytes, answer: Callable[[], bytes]) -> None:
        self.server = conversation.server
        self.tag = tag
        self._conversation = conversation
        self._answer = answer

    def usual(self) -> bytes:
        """Do what was asked and make the usual answer of it; not said yet."""
        return self._answer()

    def say(self, words: bytes) -> None:
        """Say this; TAG in it stands for the tag of the command."""
        self._conversation.say(words.replace(b"TAG", self.tag))

    def swallow(self) -> None:
        """From now on take everything and say nothing, until the client gives up: a half-open link."""
        self._conversation.swallow()
        raise Cut


Twist = Callable[[Turn], None]


def usual(turn: Turn) -> None:
    """No misbehaviour: a turn that shall go well before one that does not."""
    turn.say(turn.usual())


def says(words: bytes) -> Twist:
    """This instead of the usual answer; what was asked is not done."""
    return lambda turn: turn.say(words)


def says_first(words: bytes) -> Twist:
    """This before the usual answer: data that nobody asked for."""
    return lambda turn: turn.say(words + turn.usual())


def edits(change: Callable[[bytes], bytes]) -> Twist:
    """The usual answer, but altered."""
    return lambda turn: turn.say(change(turn.usual()))


def meanwhile(act: Callable[[ImapServer], None]) -> Twist:
    """Somebody else does something just before the server does what it is asked."""

    def twist(turn: Turn) -> None:
        act(turn.server)
        turn.say(turn.usual())

    return twist


def cut_before(turn: Turn) -> None:
    """The connection ends; what was asked is not done."""
    raise Cut


def cut_after(share: float) -> Twist:
    """What was asked is done; the connection ends after this share of the answer."""

    def twist(turn: Turn) -> None:
        answer = turn.usual()
        turn.say(answer[: int(len(answer) * share)])
        raise Cut

    return twist


def says_goodbye(turn: Turn) -> None:
    """BYE and the end, which a server may say at any moment (RFC 9051 section 7.1.5)."""
    turn.say(b"* BYE the server is going down\r\n")
    raise Cut


def goes_deaf(turn: Turn) -> None:
    """Nothing comes back any more, and nobody says so; what was asked is not done."""
    turn.swallow()


def goes_deaf_after(share: float) -> Twist:
    """What was asked is done; the link is half-open after this share of the answer."""

    def twist(turn: Turn) -> None:
        answer = turn.usual()
        turn.say(answer[: int(len(answer) * share)])
        turn.swallow()

    return twist


@dataclass(slots=True)
class _Script:
    phase: Phase
    twists: list[Twist]
    always: bool

    def next(self) -> Twist:
        return self.twists[0] if self.always and len(self.twists) == 1 else self.twists.pop(0)


class ImapServer:
    """The server, one thread for each connection, from `__enter__` to `__exit__`.

    `keywords`: whether clients may make keywords; `read_only`: whether INBOX can only be read.
    """

    def __init__(
        self, capabilities: tuple[str, ...] = CAPABILITIES, *, keywords: bool = True, read_only: bool = False
    ) -> None:
        self.capabilities = capabilities
        self.keywords = keywords
        self.read_only = read_only
        self.host, self.port = HOST, 0
        self.folders = {"INBOX": Folder()}
        self.heard: list[Heard] = []
        self.connections = 0
        self.lock = threading.RLock()
        self._scripts: list[_Script] = []
        self._listener = socket.create_server((HOST, 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._ending = threading.Event()

    @property
    def inbox(self) -> Folder:
        """The watched folder."""
        return self.folders["INBOX"]

    def deliver(self, raw: bytes, came: datetime | None = None) -> int:
        """A mail comes in; its UID."""
        with self.lock:
            return self.inbox.add(StoredMail(raw, came or datetime.now(UTC)))

    def script(self, phase: Phase, *twists: Twist, always: bool = False) -> None:
        """The next times that `phase` comes up these twists are used, one each; with `always` the last one stays."""
        if phase not in get_args(Phase):
            raise ValueError(f"there is no phase {phase!r}, only {', '.join(get_args(Phase))}")
        self._scripts.append(_Script(phase, list(twists), always))

    def has_misbehaved(self) -> bool:
        """Whether every twist was used up, but for those that stay."""
        return not any(script.twists and not script.always for script in self._scripts)

    def lying(self) -> Counter[str]:
        """SHA-256 of every mail in every folder."""
        with self.lock:
            mails = [mail for folder in self.folders.values() for mail in folder.mails.values()]
            return Counter(hashlib.sha256(mail.raw).hexdigest() for mail in mails)

    def commands(self) -> list[str]:
        """Every command that was heard, without tags."""
        return [heard.line for heard in list(self.heard)]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ending.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self.lock:
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(60)

    def _start(self, body: Callable[[], None]) -> None:
        thread = threading.Thread(target=body, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._ending.is_set():
            try:
                link, _ = self._listener.accept()
            except OSError:
                return
            with self.lock:
                self._open.add(link)
                self.connections += 1
            conversation = _Conversation(self, self.connections, link)
            self._start(conversation.run)

    def _planned(self, phase: Phase) -> Twist:
        with self.lock:
            script = next((one for one in self._scripts if one.phase == phase and one.twists), None)
            return script.next() if script else usual

    def _gone(self, link: socket.socket) -> None:
        with self.lock:
            self._open.discard(link)
        link.close()


class _Conversation:
    """One connection."""

    def __init__(self, server: ImapServer, number: int, link: socket.socket) -> None:
        self.server = server
        self.number = number
        self.link = link
        self.ahead = b""
        self.folder: Folder | None = None
        self.told = 0
        """So many mails the client knows of."""

    def run(self) -> None:
        try:
            self._take_turn("greet", b"*", lambda: b"* OK at your service\r\n")
            while True:
                self._obey(self._line())
        except (Cut, OSError):
            pass  # one of the two has gone, which is all that can happen
        finally:
            self.server._gone(self.link)

    def say(self, words: bytes) -> None:
        self.link.sendall(words)

    def swallow(self) -> None:
        while self.link.recv(4096):
            pass

    def _line(self) -> bytes:
        while b"\r\n" not in self.ahead:
            self._read()
        line, _, self.ahead = self.ahead.partition(b"\r\n")
        return line

    def _read(self) -> None:
        more = self.link.recv(65536)
        if not more:
            raise Cut
        self.ahead += more

    def _take_turn(self, phase: Phase, tag: bytes, answer: Callable[[], bytes]) -> None:
        def locked() -> bytes:
            with self.server.lock:
                return answer()

        self.server._planned(phase)(Turn(self, tag, locked))

    def _obey(self, line: bytes) -> None:
        tag, _, rest = line.partition(b" ")
        words = rest.decode("ascii", "replace")
        shown = "LOGIN ***" if words.upper().startswith("LOGIN") else words
        self.server.heard.append(Heard(self.number, shown))
        for pattern, phase, answer in COMMANDS:
            found = pattern.fullmatch(words)
            if found:
                self._take_turn(phase, tag, partial(answer, self, found, tag))
                if phase == "IDLE":
                    self._idle(tag)
                if phase == "LOGOUT":
                    raise Cut
                return
        self.say(tag + b" BAD command not known\r\n")

    def _idle(self, tag: bytes) -> None:
        self.link.settimeout(TICK)
        try:
            while b"\r\n" not in self.ahead:
                self.say(self._news())
                with contextlib.suppress(TimeoutError):
                    self._read()
        finally:
            self.link.settimeout(None)
        if self._line().upper() != b"DONE":
            raise Cut  # it was told something else than that it may idle
        self._take_turn("DONE", tag, lambda: self._news() + tag + b" OK idle is over\r\n")

    def _news(self) -> bytes:
        with self.server.lock:
            exists = len(self.folder.mails) if self.folder else 0
            if exists == self.told:
                return b""
            self.told = exists
            return b"* %d EXISTS\r\n" % exists

    # What each command does, and the usual answer.

    def capability(self, _found: re.Match[str], tag: bytes) -> bytes:
        return b"* CAPABILITY %s\r\n%s OK these\r\n" % (" ".join(self.server.capabilities).encode(), tag)

    def login(self, _found: re.Match[str], tag: bytes) -> bytes:
        return tag + b" OK welcome\r\n"

    def select(self, found: re.Match[str], tag: bytes) -> bytes:
        self.folder = self.server.folders.get(found[1])
        if self.folder is None:
            return tag + b" NO [NONEXISTENT] no such folder\r\n"
        self.told = len(self.folder.mails)
        lasting = r"\Seen \Deleted" + (r" \*" if self.server.keywords else "")
        access = b"READ-ONLY" if self.server.read_only else b"READ-WRITE"
        return (
            b"* FLAGS (\\Seen \\Deleted)\r\n* %d EXISTS\r\n* 0 RECENT\r\n"
            b"* OK [PERMANENTFLAGS (%s)] yours\r\n* OK [UIDVALIDITY %d] uids\r\n* OK [UIDNEXT %d] next\r\n"
            b"%s OK [%s] selected\r\n"
        ) % (self.told, lasting.encode(), self.folder.uidvalidity, self.folder.next_uid, tag, access)

    def search(self, found: re.Match[str], tag: bytes) -> bytes:
        uids = " ".join(str(uid) for uid in self._chosen(found[1]))
        return b"* SEARCH %s\r\n%s OK found\r\n" % (uids.encode(), tag)

    def search_headers(self, _found: re.Match[str], tag: bytes) -> bytes:
        """As a server that takes no notice of what is asked for: it finds every mail."""
        assert self.folder is not None
        return b"* SEARCH %s\r\n%s OK found\r\n" % (" ".join(map(str, self.folder.mails)).encode(), tag)

    def sizes(self, found: re.Match[str], tag: bytes) -> bytes:
        lines = [b"RFC822.SIZE %d" % len(self._mail(uid).raw) for uid in self._chosen(found[1])]
        return self._fetched(found[1], lines) + tag + b" OK sizes\r\n"

    def fetch(self, found: re.Match[str], tag: bytes) -> bytes:
        lines = []
        for uid in self._chosen(found[1]):
            mail = self._mail(uid)
            name, raw = "BODY[]", mail.raw
            if found[2]:
                name, raw = "BODY[]<0>", raw[: int(found[2])]
            came = mail.came.strftime("%d-%b-%Y %H:%M:%S %z")
            lines.append(b'INTERNALDATE "%s" %s {%d}\r\n%s' % (came.encode(), name.encode(), len(raw), raw))
        return self._fetched(found[1], lines) + tag + b" OK fetched\r\n"

    def store(self, found: re.Match[str], tag: bytes) -> bytes:
        for uid in self._chosen(found[1]):
            self._mail(uid).flags.add(found[2])
        return tag + b" OK stored\r\n"

    def move(self, found: re.Match[str], tag: bytes) -> bytes:
        target = self.server.folders.get(found[2])
        if target is None:
            return tag + b" NO [TRYCREATE] no such folder\r\n"
        assert self.folder is not None
        gone = b""
        for uid in self._chosen(found[1]):
            gone += b"* %d EXPUNGE\r\n" % self._number(uid)
            target.add(self.folder.mails.pop(uid))
        self.told = len(self.folder.mails)
        return gone + tag + b" OK moved\r\n"

    def create(self, found: re.Match[str], tag: bytes) -> bytes:
        self.server.folders.setdefault(found[1], Folder())
        return tag + b" OK made\r\n"

    def idle(self, _found: re.Match[str], _tag: bytes) -> bytes:
        return b"+ idling\r\n"

    def logout(self, _found: re.Match[str], tag: bytes) -> bytes:
        return b"* BYE farewell\r\n" + tag + b" OK gone\r\n"

    def _fetched(self, numbers: str, items: list[bytes]) -> bytes:
        uids = self._chosen(numbers)
        lines = [
            b"* %d FETCH (UID %d %s)\r\n" % (self._number(uid), uid, item)
            for uid, item in zip(uids, items, strict=True)
        ]
        return b"".join(lines)

    def _mail(self, uid: int) -> StoredMail:
        assert self.folder is not None
        return self.folder.mails[uid]

    def _number(self, uid: int) -> int:
        assert self.folder is not None
        return sorted(self.folder.mails).index(uid) + 1

    def _chosen(self, numbers: str) -> list[int]:
        """The UIDs that a set names (RFC 9051, sequence-set); `n:*` names the last one whatever n is."""
        assert self.folder is not None
        uids = sorted(self.folder.mails)
        last, chosen = max(uids, default=0), set[int]()
        for part in numbers.split(","):
            low, _, high = part.partition(":")
            ends = sorted((int(low), last if high == "*" else int(high or low)))
            chosen |= {uid for uid in uids if ends[0] <= uid <= ends[1]}
        return sorted(chosen)


_SET = r"([\d,:*]+)"
COMMANDS: tuple[tuple[re.Pattern[str], Phase, Callable[[_Conversation, re.Match[str], bytes], bytes]], ...] = (
    (re.compile(r"CAPABILITY"), "CAPABILITY", _Conversation.capability),
    (re.compile(r"LOGIN .*"), "LOGIN", _Conversation.login),
    (re.compile(r'(?:SELECT|EXAMINE) "?([^"]+)"?'), "SELECT", _Conversation.select),
    (re.compile(rf"UID SEARCH UID {_SET}"), "SEARCH", _Conversation.search),
    (re.compile(r"UID SEARCH HEADER \S+ \S+"), "SEARCH", _Conversation.search_headers),
    (re.compile(rf"UID FETCH {_SET} \(RFC822\.SIZE\)"), "SIZES", _Conversation.sizes),
    (
        re.compile(rf"UID FETCH {_SET} \(BODY\.PEEK\[\](?:<0\.(\d+)>)?(?: INTERNALDATE)?\)"),
        "FETCH",
        _Conversation.fetch,
    ),
    (re.compile(rf"UID STORE {_SET} \+FLAGS\.SILENT \((\$Postroom)\)"), "STORE", _Conversation.store),
    (re.compile(rf'UID MOVE {_SET} "?([^"]+)"?'), "MOVE", _Conversation.move),
    (re.compile(r'CREATE "?([^"]+)"?'), "CREATE", _Conversation.create),
    (re.compile(r"IDLE"), "IDLE", _Conversation.idle),
    (re.compile(r"LOGOUT"), "LOGOUT", _Conversation.logout),
)
