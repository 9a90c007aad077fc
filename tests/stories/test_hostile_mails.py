"""A house takes hostile mails in: each has its effect, and nothing that it tried to smuggle leaves in a header.

The mails come from somebody of the house, so that they are acknowledged. `make sweep` takes in all, otherwise some.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from daemon.store.outbox import outbox
from daemon.store.tables import copies, raws
from tests.mail.hostile import sample

if TYPE_CHECKING:
    from tests.stories.conftest import House

# The names that a mail of ours may have in its header.
_ADDRESSING = {"from", "to", "reply-to", "subject", "date", "message-id", "in-reply-to", "references"}
_AUTOMATIC = {"auto-submitted", "x-auto-response-suppress", "x-postroom-loop", "x-postroom-outbox"}
ALLOWED = _ADDRESSING | _AUTOMATIC | {"mime-version", "content-type", "content-transfer-encoding"}
STAFF = frozenset(
    f"{name}@lindwerk.example"
    for name in (
        "jonas.petersen",
        "aylin.demir",
        "tobias.lang",
        "anke.wulf",
        "olga.ops",
        "mara.vogt",
        "claire.fontaine",
    )
)


def _good(number: int) -> bytes:
    return (
        f"From: good{number}@lindwerk.example\r\nTo: it@lindwerk.example\r\nSubject: VPN {number}\r\n\r\nhelp".encode()
    )


@pytest.mark.sweep
@pytest.mark.timeout(600)
def test_every_hostile_mail_has_its_effect_and_smuggles_nothing_out(house: House, sweeping: bool) -> None:
    received: list[bytes] = []
    for number, (_, raw) in enumerate(sample(1 if sweeping else 9)):
        theirs = raw.replace(b"evil@attacker.example", b"eva%d@lindwerk.example" % number)
        house.receives(theirs)
        house.receives(_good(number))
        received += [theirs, _good(number)]

    with house.office.store.reading() as database:
        kept = {tuple(row) for row in database.execute(sa.select(raws.c.sha256, raws.c.content))}
        states = database.execute(sa.select(copies.c.state)).scalars().all()
        sent = database.execute(sa.select(outbox.c.recipient, outbox.c.raw)).all()

    assert kept == {(hashlib.sha256(raw).hexdigest(), raw) for raw in received}
    assert set(states) == {"done"}
    assert len(states) == len(received)
    assert sum(recipient.startswith("good") for recipient, _ in sent) == len(received) // 2
    for recipient, raw in sent:
        assert_is_clean(recipient, raw)


def assert_is_clean(recipient: str, raw: bytes) -> None:
    assert recipient in STAFF or re.fullmatch(r"(?:eva|good)\d+@lindwerk\.example", recipient)
    assert raw.isascii()
    assert raw.count(b"\r\n") == raw.count(b"\r") == raw.count(b"\n")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", raw)
    head = raw[: raw.index(b"\r\n\r\n")].decode("ascii")
    names = [name.lower() for name in re.findall(r"^([^\s:]+):", head, re.MULTILINE)]
    assert set(names) <= ALLOWED
    assert len(names) == len(set(names))
    to = re.sub(r"\r\n\s+", " ", head.partition("\r\nTo: ")[2]).partition("\r\n")[0]
    assert to.rpartition("<")[2].removesuffix(">") == recipient
