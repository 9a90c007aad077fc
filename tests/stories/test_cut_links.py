"""However a link to a mail server breaks, each mail is taken in once and leaves once, or with a written reason.

The mailbox worker and the deliveries go through a proxy that breaks links; `make sweep` does it to the whole daemon.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from daemon.deliveries import BLIND
from daemon.outbox.smtp import SmtpAccess
from tests.servers.chaos import Break, ChaosProxy
from tests.servers.hurry import PATIENCE
from tests.servers.smtp_sink import SmtpSink
from tests.stories.test_deliveries import Post
from tests.stories.test_imap_misbehaviour import Watched, impatient, watch_over

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

__all__ = ["impatient", "watch_over"]

SEED = 20261123


class Way(Post):
    """The way out through a proxy."""

    proxy: ChaosProxy

    def rests(self) -> None:
        """Deliver until no mail is under way, and none is due or the channel is paused: links break at every step."""

        def rests() -> bool:
            waits = [row for row in self.rows() if row.state == "queued" and row.not_before <= self.house.office.now()]
            return not (self.trouble is None and waits) and "sending" not in self.states()

        self.runs(rests)

    def _stalls(self) -> object:
        return self.proxy.stalling

    def _way_out(self) -> SmtpAccess:
        here = self.proxy.host, self.proxy.port
        return SmtpAccess(*here, "plain", None, None, PATIENCE, PATIENCE, "postroom.lindwerk.example")


@pytest.fixture
def new_proxy() -> Iterator[Callable[..., ChaosProxy]]:
    """Makes proxies: `new_proxy(port, plan, chance)`."""
    with ExitStack() as proxies:
        yield lambda *given: proxies.enter_context(ChaosProxy(*given))


def goes_through(watched: Watched, proxy: ChaosProxy) -> None:
    """From now on the mailbox is reached through this proxy."""
    settings = watched.house.office.settings
    mailbox = settings.mailboxes["it"].model_copy(update={"port": proxy.port})
    others = settings.mailboxes | {"it": mailbox}
    watched.house.runs_with(settings=settings.model_copy(update={"mailboxes": others}))


@pytest.mark.parametrize(
    ("after", "plan"),
    [
        ("move", Break("cut", "up", pattern=b'"Done"\r\n')),
        ("move", Break("cut", "down", pattern=b" EXPUNGE\r\n")),
        ("move", Break("stall", "down", pattern=b"OK moved\r\n")),
        ("keyword", Break("cut", "up", pattern=b"($Postroom)\r\n")),
        ("keyword", Break("stall", "up", pattern=b"DONE\r\n")),
        ("keyword", Break("stall", "down", pattern=b"+ idling\r\n")),
        ("keyword", Break("cut", "down", pattern=b"BODY[] {")),
        ("keyword", Break("stall", "down", pattern=b"Since this")),
        ("keyword", Break("trickle", "down", pattern=b"RFC822.SIZE")),
        ("keyword", Break("late", "down", pattern=b"SEARCH")),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value.how} behind {value.pattern!r}",
)
def test_a_link_that_breaks_behind_these_words_loses_no_mail(
    watch_over: Callable[..., Watched],
    new_proxy: Callable[..., ChaosProxy],
    smtp_sink: SmtpSink,
    after: str,
    plan: Break,
) -> None:
    watched = watch_over(after)
    proxy = new_proxy(watched.server.port, [plan, plan])
    goes_through(watched, proxy)

    def story() -> None:
        watched.until(watched.is_done)
        watched.comes()
        watched.until(watched.is_done)

    watched.works(story)

    watched.is_unharmed(Post(watched.house, smtp_sink))
    assert proxy.broken >= 1


@pytest.mark.parametrize("number", range(6))
def test_links_that_break_anywhere_lose_nothing_and_repeat_nothing_without_a_reason(
    watch_over: Callable[..., Watched],
    new_proxy: Callable[..., ChaosProxy],
    smtp_sink: SmtpSink,
    house: House,
    day: Day,
    number: int,
) -> None:
    chance = random.Random(f"{SEED}:{number}")
    watched = watch_over(chance.choice(("keyword", "move")))
    imap, smtp = (new_proxy(port, (), chance) for port in (watched.server.port, smtp_sink.port))
    goes_through(watched, imap)
    way = Way(house, smtp_sink)
    way.proxy = smtp

    def story() -> None:
        for _ in range(5):
            watched.comes()
            watched.until(watched.is_done)

    watched.works(story)
    for _ in range(5):
        way.house = watched.house
        way.rests()
        day.goes_on(minutes=6)  # the pause of a channel that is down
    smtp.heals()
    day.goes_on(seconds=BLIND.total_seconds() + 3600)
    way.runs(lambda: set(way.states()) <= {"sent", "abandoned"})

    violations = watched.judged(way).violations
    # Acknowledgements outlive their use in the hour that was let pass; all else must be as if nothing had broken.
    given_up = sum(row.state == "abandoned" for row in way.rows() if row.kind == "acknowledgement")
    assert [one for one in violations if "has no acknowledgement" not in one] == []
    assert len(violations) <= given_up
    assert imap.broken + smtp.broken > 0
