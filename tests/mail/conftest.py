"""What the tests of mail share: the addresses of Lindwerk and a way to write a mail in few words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

WATCHED = frozenset(f"{name}@lindwerk.example" for name in ("it", "people", "help", "finance", "facilities"))


@pytest.fixture(scope="session")
def watched() -> frozenset[str]:
    """The shared addresses of Lindwerk."""
    return WATCHED


@pytest.fixture(scope="session")
def mail() -> Callable[..., bytes]:
    """Writes a mail: `mail("Subject: x", body="hello")`; From and To are there unless a header replaces them."""

    def write(*headers: str, body: str | bytes = "The printer is broken.\n") -> bytes:
        given = {header.partition(":")[0].strip().lower() for header in headers}
        usual = ("From: Mara Vogt <mara.vogt@lindwerk.example>", "To: it@lindwerk.example", "Subject: Printer")
        lines = [line for line in usual if line.partition(":")[0].lower() not in given]
        block = "\r\n".join([*lines, *headers]).encode("utf-8", "surrogateescape")
        return block + b"\r\n\r\n" + (body if isinstance(body, bytes) else body.encode("utf-8"))

    return write
