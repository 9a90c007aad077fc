"""The children that read mail: their limits, their death, and the mail after it."""

from __future__ import annotations

import os
import platform
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from daemon import parsing
from daemon.mail.message import Message
from daemon.mail.parse import parse
from daemon.parsing import ParseFailed, ParserDown, ParserPool

Writer = Callable[..., bytes]
MAILS = [path.read_bytes() for path in sorted((Path(__file__).parent.parent / "mails").glob("*.eml"))]
#: Seconds of waiting for what takes milliseconds where nothing else runs.
PATIENCE = 120
# A reader that needs for ever for some mails, as no mail known today makes the real one do.
ENDLESS = b"Subject: endless\r\n\r\n"
SCRIPT = f"""
from daemon.mail import child, parse
def read(raw):
    while raw == {ENDLESS!r}:
        pass
    return parse.parse(raw).to_json()
child._OPERATIONS[child.PARSE] = read
child.main()
"""


@pytest.fixture
def pool() -> Iterator[ParserPool]:
    with ParserPool(wall_seconds=PATIENCE) as pool:
        yield pool


#: Children of the pools of other tests, which may live as long as this process.
_others: set[int] = set()


@pytest.fixture(autouse=True)
def others() -> None:
    """Who is there before the test is none of its children."""
    _others.update(_children())


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Children to whom one mail is endless."""
    monkeypatch.setattr(parsing, "_CHILD", ("-P", "-s", "-c", SCRIPT))


def _children() -> list[int]:
    """The children of this process that read mail, by process id."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if _stat(int(folder.name))[1] == str(os.getpid()) and b"daemon.mail" in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return [pid for pid in found if pid not in _others]


def _stat(pid: int) -> list[str]:
    """proc(5): state, parent, ... as they stand behind the name in parentheses."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _stopped_child(pool: ParserPool) -> int:
    """The one child of the pool, which has read a mail and now answers nothing any more."""
    pool.parse(b"Subject: warm up\r\n\r\n")
    (pid,) = _children()
    os.kill(pid, signal.SIGSTOP)
    while _stat(pid)[0] != "T":
        time.sleep(0.001)
    return pid


def test_a_child_reads_mail_as_this_process_would(pool: ParserPool) -> None:
    assert [parse(raw) for raw in MAILS] == pool.parse_many(MAILS)
    assert [parse(raw) for raw in MAILS[:5]] == [pool.parse(raw) for raw in MAILS[:5]]
    assert pool.parse_many([]) == []
    assert len(_children()) == 1


def test_children_start_only_when_they_are_needed() -> None:
    with ParserPool(processes=3) as pool:
        assert _children() == []

        pool.parse(b"")
        pool.parse(b"")
        assert len(_children()) == 1

    assert _children() == []


def test_a_child_that_was_killed_between_mails_is_replaced(pool: ParserPool) -> None:
    pool.parse(b"Subject: one\r\n\r\n")
    (pid,) = _children()
    os.kill(pid, signal.SIGKILL)

    assert pool.parse(b"Subject: two\r\n\r\n").subject == "two"
    assert _children() != [pid]


@pytest.mark.usefixtures("endless")
def test_a_mail_over_which_the_child_is_killed_fails_and_the_next_goes_on() -> None:
    with ParserPool(wall_seconds=PATIENCE) as pool:
        killer = threading.Thread(target=_kill_when_busy)
        killer.start()
        bad, good = pool.parse_many([ENDLESS, b"Subject: good\r\n\r\n"])
        killer.join()

    assert str(bad) == "The process that reads mail was ended by SIGKILL."
    assert isinstance(good, Message)
    assert good.subject == "good"


def _kill_when_busy() -> None:
    while not (children := _children()):
        time.sleep(0.01)
    while int(_stat(children[0])[11]) < 60:  # ticks in user mode; starting takes about ten
        time.sleep(0.01)
    os.kill(children[0], signal.SIGKILL)


def test_a_mail_that_had_no_part_in_a_childs_death_is_read_by_another(pool: ParserPool) -> None:
    pid = _stopped_child(pool)
    results: list[ParseFailed | Message] = []
    mails = [b"Subject: one\r\n\r\n", b"Subject: two\r\n\r\n"]
    thread = threading.Thread(target=lambda: results.extend(pool.parse_many(mails)))
    thread.start()
    os.kill(pid, signal.SIGKILL)
    thread.join()

    assert results == [parse(raw) for raw in mails]


def test_a_child_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with ParserPool(wall_seconds=0.3) as pool:
        _stopped_child(pool)

        with pytest.raises(ParseFailed, match=r"^Reading the mail took longer than 0\.3 s\.$"):
            pool.parse(b"Subject: one\r\n\r\n")
        monkeypatch.setattr(pool, "_limits", (5, PATIENCE, 768))  # the next one is given time
        assert pool.parse(b"Subject: two\r\n\r\n").subject == "two"


@pytest.mark.usefixtures("endless")
def test_a_mail_that_takes_too_much_time_of_the_processor_fails_alone() -> None:
    good = b"Subject: good\r\n\r\n"
    with ParserPool(cpu_seconds=1, wall_seconds=PATIENCE) as pool:
        first, slow, last = pool.parse_many([good, ENDLESS, good])

    assert isinstance(first, Message)
    assert str(slow) == "Reading the mail took more than 1 s of CPU time."
    assert first == last


def test_a_mail_that_takes_too_much_memory_fails_alone() -> None:
    good = b"Subject: good\r\n\r\n"
    large = b"Content-Type: application/zip\r\n\r\n" + b"a" * 60_000_000
    with ParserPool(memory_mb=160, wall_seconds=PATIENCE) as pool:
        first, too_large, last = pool.parse_many([good, large, good])

    assert isinstance(first, Message)
    assert str(too_large) == "Reading the mail takes more than 160 MB of memory."
    assert first == last


def test_a_child_can_open_nothing_and_knows_no_secret(pool: ParserPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTROOM_PASSWORD", "planted-secret")
    pool.parse(b"")
    (pid,) = _children()

    limits = Path(f"/proc/{pid}/limits").read_text()
    environment = Path(f"/proc/{pid}/environ").read_bytes()

    assert "Max open files            0                    0" in limits
    assert "Max core file size        0                    0" in limits
    assert f"Max address space         {768 << 20}" in limits
    assert b"planted-secret" not in environment
    assert {entry.partition(b"=")[0] for entry in environment.split(b"\0") if entry} <= {
        b"PATH",
        b"LC_ALL",
        b"PYTHONPATH",
    }
    assert Path(f"/proc/{pid}/cwd").readlink() == Path("/")


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the filter binds on x86_64 only")
@pytest.mark.parametrize(
    "attempt",
    [
        "socket.socket()",
        "open('/etc/passwd')",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "os.kill(os.getppid(), 0)",
        "os.listdir('/')",
        "os.pipe()",
        "resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1))",
    ],
)
def test_code_that_got_into_a_child_can_do_nothing_with_it(attempt: str) -> None:
    script = f"""
import os, resource, socket
from daemon.mail.seal import seal
assert seal()
resource.setrlimit(resource.RLIMIT_CPU, (30, 60))
try:
    {attempt}
except PermissionError:
    print("not permitted")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("not permitted\n", "")


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the filter binds on x86_64 only")
def test_a_child_is_sealed_before_it_reads(pool: ParserPool) -> None:
    pool.parse(b"")
    (pid,) = _children()
    status = Path(f"/proc/{pid}/status").read_text()

    assert "\nSeccomp:\t2\n" in status
    assert "\nNoNewPrivs:\t1\n" in status


@pytest.mark.parametrize("name", ["rot13", "hex", "idna", "x-unknown", "../../x"])
def test_a_charset_that_would_have_to_be_loaded_from_a_file_is_an_unknown_one(name: str, pool: ParserPool) -> None:
    raw = f"Content-Type: text/plain; charset={name}\r\n\r\nGrüße".encode()

    assert pool.parse(raw).words == "Grüße"


def test_a_child_is_replaced_after_many_mails(pool: ParserPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MAILS_PER_CHILD", 3)
    seen = set()
    for _ in range(5):
        pool.parse_many(MAILS[:2])
        seen |= set(_children())

    assert len(pool.parse_many(MAILS)) == len(MAILS)
    assert len(seen) >= 3


def test_many_threads_share_a_few_children() -> None:
    expected = [parse(raw) for raw in MAILS[:10]]
    wrong: list[int] = []

    def work(number: int) -> None:
        if pool.parse_many(MAILS[:10]) != expected:
            wrong.append(number)

    with ParserPool(processes=2) as pool:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(_children()) <= 2

    assert wrong == []


def test_files_come_back_with_their_bytes(pool: ParserPool, mail: Writer) -> None:
    content = bytes(range(256)) * 4_000
    body = b"--b\r\n\r\ntext\r\n--b\r\nContent-Type: a/b; name=x.bin\r\n\r\n" + content + b"\r\n--b--"
    raw = mail("Content-Type: multipart/mixed; boundary=b", body=body)

    (file,) = pool.attachments(raw)

    assert (file.name, file.content_type, file.content) == ("x.bin", "a/b", content)
    assert pool.attachments(b"no files") == ()


def test_many_large_mails_pass_through_the_pipe(pool: ParserPool, mail: Writer) -> None:
    raws = [mail(f"Message-ID: <{number}@x.example>", body="words " * 200_000) for number in range(6)]

    assert [f"{number}@x.example" for number in range(6)] == [
        result.message_id for result in pool.parse_many(raws) if isinstance(result, Message)
    ]


def test_a_closed_pool_says_so_and_leaves_nothing_behind(mail: Writer) -> None:
    before = len(os.listdir("/proc/self/fd"))
    pool = ParserPool(processes=2)
    pool.parse(mail())
    pool.close()

    with pytest.raises(ParserDown, match=r"^The parser is closed\.$"):
        pool.parse(mail())
    assert _children() == []
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_parser_that_cannot_start_is_no_mails_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "_CHILD", ("-c", "raise SystemExit(3)"))

    with (
        ParserPool() as pool,
        pytest.raises(ParserDown, match=r"did not start: The process that reads mail ended with status 3\.$"),
    ):
        pool.parse_many(MAILS)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"K{}", "The parser gave an answer that is no message."),
        (b'K{"subject": 1}', "The parser gave an answer that is no message."),
        (b"Knonsense", "The parser gave an answer that cannot be read."),
        (b"", "The parser gave an answer that cannot be read."),
        (b"E[]", "The parser gave an answer that cannot be read."),
        (b'E{"error": "It is too odd."}', "It is too odd."),
        (None, "The parser's answer is longer than allowed."),
    ],
)
def test_what_a_child_says_is_not_trusted(answer: bytes | None, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    frame = b"\xff\xff\xff\xff" if answer is None else len(answer).to_bytes(4, "big") + answer
    said = b"\0\0\0\3K{}" + frame
    script = f"import sys; sys.stdout.buffer.write({said!r}); sys.stdout.flush(); sys.stdin.read()"
    monkeypatch.setattr(parsing, "_CHILD", ("-c", script))

    with ParserPool() as pool, pytest.raises(ParseFailed) as failed:
        pool.parse(b"Subject: x\r\n\r\n")

    assert sentence == str(failed.value)


def test_a_bug_in_the_reader_is_told_with_its_place_but_without_the_mail() -> None:
    answer = parsing._read_answer(b'E{"error": "Reading the mail failed with KeyError.", "traceback": "line 1"}')

    assert isinstance(answer, ParseFailed)
    assert (str(answer), answer.where) == ("Reading the mail failed with KeyError.", "line 1")


def test_a_child_ends_with_its_requests_and_heeds_no_other_signal_to_stop() -> None:
    command = [sys.executable, "-m", "daemon.mail.child", "--memory-mb", "768", "--cpu-seconds", "5"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.read(19) == b'\0\0\0\x0fK{"ready":true}'[:19]
        child.send_signal(signal.SIGTERM)
        child.stdin.write(b"\0\0\0\2X?" + b"\0\0\0\1P")
        child.stdin.close()
        unknown, empty = _frames(child.stdout.read())

    assert unknown.startswith(b'E{"error":"Reading the mail failed with KeyError."')
    assert empty.startswith(b'K{"message_id":""')
    assert child.returncode == 0


def test_a_child_is_ready_soon() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with ParserPool() as pool:
        pool.parse(b"")

    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 3
    )  # of CPU: 0.15 where nothing else runs


def _frames(data: bytes) -> Iterator[bytes]:
    while data:
        length = int.from_bytes(data[:4], "big")
        yield data[4 : 4 + length]
        data = data[4 + length :]
