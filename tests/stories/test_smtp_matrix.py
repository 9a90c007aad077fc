"""The whole table: each phase of the conversation with the mail server, each answer, and what the row says then.

The row is what decides whether a mail leaves again; `tests/outbox/test_smtp.py` asks it of the conversation alone.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from daemon import frozen_mail
from daemon.outbox.smtp import SmtpAccess
from daemon.store import outbox
from daemon.store.outbox import MailState
from tests.servers.hurry import PATIENCE
from tests.servers.smtp_sink import Answer, Phase, SmtpSink
from tests.stories.test_deliveries import Post

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

#: What the server can do in each phase; its usual answer is the first.
ANSWERS = {
    "2xx": Answer(),
    "4xx": Answer(451, "4.3.0 try later"),
    "5xx": Answer(550, "5.7.1 never"),
    "421": Answer(421, "4.3.2 closing"),
    "cut": Answer(cut="before"),
    "stall": Answer(hang=True),
    "garbage": Answer(99, "bottles of beer"),
}

#: sent: the server has it. again: queued, later by itself. paused: queued as it was, and the whole channel waits.
#: failed: refused for good. unclear: uncertain, left alone for the blind time.
SENT, AGAIN, PAUSED, FAILED, UNCLEAR = "sent", "queued, later", "queued, channel paused", "failed", "uncertain"

BEFORE_ANY_MAIL = (SENT, PAUSED, PAUSED, PAUSED, PAUSED, PAUSED, PAUSED)
BEFORE_THE_DOT = (SENT, AGAIN, FAILED, PAUSED, AGAIN, AGAIN, AGAIN)
MATRIX: dict[Phase, tuple[str, ...]] = {
    "greet": BEFORE_ANY_MAIL,
    "EHLO": BEFORE_ANY_MAIL,
    "STARTTLS": BEFORE_ANY_MAIL,
    "AUTH": BEFORE_ANY_MAIL,
    "MAIL": BEFORE_THE_DOT,
    "RCPT": BEFORE_THE_DOT,
    "DATA": BEFORE_THE_DOT,
    # RFC 5321 section 4.2.5: after a 4yz the responsibility is still ours; after nothing, nobody knows whose it is.
    "dot": (SENT, AGAIN, FAILED, PAUSED, UNCLEAR, UNCLEAR, UNCLEAR),
    # Whoever was greeted and has said 250 to the dot has the mail, whatever comes then.
    "QUIT": (SENT,) * len(ANSWERS),
}


class Way(Post):
    """The way out over STARTTLS with a log-in, so that every phase is gone through."""

    def _way_out(self) -> SmtpAccess:
        sink = self.sink
        assert sink.certificate is not None
        return SmtpAccess(
            *(sink.host, sink.port, "starttls", "postroom", "secret", PATIENCE, PATIENCE, "postroom.lindwerk.example"),
            ca_file=sink.certificate.file,
        )

    def writes(self, subject: str) -> None:
        """Queue one mail to the operator."""
        office = self.house.office
        mails = frozen_mail.alarm(office, subject, subject, "Look at it.", [], "Nothing.", office.now())
        with office.store.writing() as connection:
            outbox.put(connection, mails)

    def tries(self) -> MailState:
        """Deliver until the newest mail has had its try; its row."""

        def tried() -> bool:
            row = self.rows()[-1]
            return row.state in ("sent", "failed", "uncertain") or (
                row.state == "queued" and row.last_reply is not None
            )

        self.runs(tried)
        return self.rows()[-1]


def _said(row: MailState, paused: bool, now: dt.datetime) -> str:
    if row.state != "queued":
        return row.state
    return PAUSED if paused else AGAIN if row.not_before > now else "queued, at once"


@pytest.mark.parametrize("phase", MATRIX)
def test_after_each_answer_in_this_phase_the_row_says_what_the_table_says(
    house: House, day: Day, new_smtp_sink: Callable[..., SmtpSink], phase: Phase
) -> None:
    way = Way(house, new_smtp_sink(security="starttls", credentials=("postroom", "secret")))
    found = []
    for name, answer in ANSWERS.items():
        both = phase == "AUTH" and name in ("4xx", "5xx", "garbage")  # PLAIN is refused, so LOGIN is tried
        way.sink.script(phase, *(answer,) * (1 + both))
        way.writes(name)
        row = way.tries()
        found.append(_said(row, way.trouble is not None, day.at))
        # A channel that is down, or paused, has cost the mail nothing.
        assert row.attempts == (0 if found[-1] == PAUSED else 1), name
        day.goes_on(hours=2)  # longer than every pause, and than the blind time
        way.runs(lambda: set(way.states()) <= {"sent", "failed"})

    assert dict(zip(ANSWERS, found, strict=True)) == dict(zip(ANSWERS, MATRIX[phase], strict=True))
    # What was not refused for good has left once, and once more for each repeat that is written down.
    left = Counter(mail.raw for mail in way.sink.accepted)
    rows = way.rows()
    assert [row.repeats for row in rows] == [int(one == UNCLEAR) for one in found]
    assert sorted(left.values()) == sorted(1 + row.repeats for row in rows if row.state == "sent")
    assert [row.state == "failed" for row in rows] == [one == FAILED for one in found]
