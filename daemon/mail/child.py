"""The process in which hostile mail is read: one request at a time on stdin, one answer on stdout, under
limits.

Run as `python -m daemon.mail.child --memory-mb 768 --cpu-seconds 5` by `daemon.parsing`, which also watches
the wall clock. Everything is imported before the first mail; then the process may open no file and no socket
any more, and where the kernel knows seccomp (`daemon.mail.seal`) it may ask for memory and talk to its pipes, and
nothing else.

A request is its length (4 bytes, big-endian), one operation byte (P parse, A attachments) and the mail; the
length counts operation and mail. An answer is its length, one status byte (K and JSON, or E and {"error":
sentence}). The first frame that the child writes is K with {"ready": true}.
"""

from __future__ import annotations

import argparse
import base64
import json
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any, BinaryIO

from daemon.mail.charset import load_codecs
from daemon.mail.parse import extract_attachments, parse
from daemon.mail.seal import seal

PARSE = b"P"
ATTACHMENTS = b"A"
OK = b"K"
ERROR = b"E"

LENGTH_BYTES = 4
PARSED_BYTES = 4_000_000
"""A parsed mail as JSON is never longer."""


def main() -> None:
    """Answers requests until stdin ends."""
    arguments = _arguments()
    load_codecs()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the daemon finishes its mail first; then stdin ends
    _limit(arguments.memory_mb)
    seal()  # where that cannot be, the limits hold all the same
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    _write(answers, OK, {"ready": True})
    while (request := _read(requests)) is not None:
        _allow_cpu(arguments.cpu_seconds)
        _answer(request, answers, arguments.memory_mb)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Reads mail for the daemon; not for people.")
    parser.add_argument("--memory-mb", type=int, required=True)
    parser.add_argument("--cpu-seconds", type=int, required=True)
    return parser.parse_args()


def _limit(memory_mb: int) -> None:
    """No more memory than that, no core file with mail in it, and nothing can be opened any more."""
    _lower(resource.RLIMIT_AS, memory_mb * 1024 * 1024)
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_NOFILE, 0)


def _lower(which: int, limit: int) -> None:
    hard = resource.getrlimit(which)[1]
    limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(which, (limit, limit))


def _allow_cpu(seconds: int) -> None:
    """So much CPU time for the next mail; the kernel counts whole seconds and ends the process with SIGXCPU."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    allowed = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (allowed if hard == resource.RLIM_INFINITY else min(allowed, hard), hard))


def _answer(request: bytes, answers: BinaryIO, memory_mb: int) -> None:
    """One mail; an error here is that mail's alone, and is told with its traceback, which holds no mail."""
    try:
        operation, raw = request[:1], request[1:]
        _write(answers, OK, _OPERATIONS[operation](raw))
    except MemoryError:
        _write(answers, ERROR, {"error": f"Reading the mail takes more than {memory_mb} MB of memory."})
    except Exception as error:
        sentence = f"Reading the mail failed with {type(error).__name__}."
        where = "".join(traceback.format_tb(error.__traceback__))
        _write(answers, ERROR, {"error": sentence, "traceback": where})


def _parsed(raw: bytes) -> dict[str, Any]:
    return parse(raw).to_json()


def _attachments(raw: bytes) -> dict[str, Any]:
    files = extract_attachments(raw)
    return {"files": [[one.name, one.content_type, base64.b64encode(one.content).decode("ascii")] for one in files]}


_OPERATIONS: dict[bytes, Callable[[bytes], dict[str, Any]]] = {PARSE: _parsed, ATTACHMENTS: _attachments}


def _read(requests: BinaryIO) -> bytes | None:
    head = requests.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    length = int.from_bytes(head, "big")
    request = requests.read(length)
    return request if len(request) == length else None


def _write(answers: BinaryIO, status: bytes, plain: dict[str, Any]) -> None:
    body = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    if "files" not in plain and len(body) > PARSED_BYTES:
        status, body = ERROR, b'{"error":"The mail, once read, is longer than 4 MB."}'
    answers.write((len(body) + 1).to_bytes(LENGTH_BYTES, "big") + status + body)
    answers.flush()


if __name__ == "__main__":
    main()
