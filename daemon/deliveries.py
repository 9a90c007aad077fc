"""Story: a queued mail leaves.

Claim rows (committed), talk to the server phase by phase, write "at the dot" down before the dot,
then write what became of it. After any crash the row tells the truth: before the dot it goes again,
at the dot it is uncertain, and `REPEATS` says per kind whether an uncertain mail may be repeated.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from daemon import bounces
from daemon.desk.request import reference
from daemon.frozen_mail import alarm
from daemon.mailbox.connection import Access, MailboxDown
from daemon.mailbox.sent import find_copies
from daemon.office import Office, probe_access
from daemon.outbox.smtp import Channel, ChannelDown, DeliveryFailed, SmtpAccess
from daemon.store import ledger, outbox
from daemon.store.database import Store
from daemon.under_test import reached

log = structlog.get_logger("deliveries")

#: An uncertain mail is left alone for longer than a server may take to answer the dot (RFC 5321 §4.5.3.2: 10 min).
BLIND = dt.timedelta(minutes=15)


#: At these ages of an uncertain mail (seconds) its copy is looked for; the last look decides.
LOOKS = (5, 15, 30, *range(60, int(BLIND.total_seconds()) + 1, 60))


@dataclass(frozen=True, slots=True)
class Repeat:
    """How often an uncertain mail of a kind may be sent again, and up to which age (None: any)."""

    times: int
    up_to: dt.timedelta | None = None


#: A mail nobody is known to have accepted: which kinds are worth a possible second copy. Copies are
#: byte-identical, Message-ID and Date included, so that the receiver's server can drop the second.
REPEATS = {
    "acknowledgement": Repeat(1, dt.timedelta(minutes=60)),
    "escalation": Repeat(3),
    "warning": Repeat(3),
    "reminder": Repeat(1),
    "heads_up": Repeat(1),
    "new_date": Repeat(1),
    "apology": Repeat(1),
    "report": Repeat(1),
    "assignment": Repeat(1),
    "follow_up": Repeat(1),
    "answer": Repeat(1),
    "summary": Repeat(0),
    "new_owner": Repeat(1),
    "copy": Repeat(1),
    "deadlines": Repeat(3),
    "staff_notice": Repeat(1),
    "house_notice": Repeat(1),
    "alarm": Repeat(3),
}

#: Something to write down: that a mail was taken, or whatever else a transaction can do.
Note = outbox.Sent | Callable[[sa.Connection], None]

#: So many mails are claimed together: an escalation that falls due waits for no more than twice as many.
AT_ONCE = 20

#: While much waits, stale and uncertain mails and dead claims are looked at this often; else whenever nothing waits.
TIDY_EVERY = dt.timedelta(minutes=1)

#: Seconds until a database that could not be used is tried again.
DATABASE_PAUSE = 5.0

#: Kinds whose loss would leave a request without anybody knowing: their failure alarms the operators.
MUST_ARRIVE = frozenset({"assignment", "escalation", "warning", "deadlines"})


def back_off(attempts: int, spread: float) -> dt.timedelta:
    """Pause before the next attempt: 1, 2, 4 … 60 minutes. `spread` in [-1, 1] moves it by up to 20 %."""
    minutes = min(60.0, 2.0 ** (max(1, attempts) - 1))
    return dt.timedelta(minutes=minutes * (1 + 0.2 * spread))


class Scribe:
    """Commits small notes of several senders together: one fsync for all that were made meanwhile.

    A thread of its own waits for the disk, so that the other senders talk on.
    """

    def __init__(self, store: Store) -> None:
        """Nothing is written until the first note."""
        self._store = store
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="scribe")
        self._waiting: list[tuple[Note, asyncio.Future[None] | None]] = []
        self._writing = False

    async def write(self, note: Note) -> None:
        """Return when the note is durable; raises what the database raised."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((note, done))
        self._begin()
        await done

    def write_soon(self, note: Note) -> None:
        """Let the note ride along with the next one; `flush` writes it if none comes."""
        self._waiting.append((note, None))

    async def flush(self) -> None:
        """Return when nothing waits any more; raises what the database raised."""
        if self._waiting:
            await self.write(lambda _: None)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    def _begin(self) -> None:
        """Commit what waits, unless a commit is under way: then what waits is the next."""
        if self._writing or not any(done for _, done in self._waiting):
            return
        self._writing = True
        batch, self._waiting = self._waiting, []
        loop = asyncio.get_running_loop()
        commit = loop.run_in_executor(self._thread, self._commit, [note for note, _ in batch])
        commit.add_done_callback(lambda ended: self._ended(ended.exception(), batch))

    def _ended(self, error: BaseException | None, batch: list[tuple[Note, asyncio.Future[None] | None]]) -> None:
        self._writing = False
        for _, done in batch:
            if done is not None and not done.done():
                done.set_result(None) if error is None else done.set_exception(error)
        if error is not None:
            # What nobody awaits is written with the next attempt: these mails were accepted.
            self._waiting = [(note, None) for note, done in batch if done is None] + self._waiting
        self._begin()

    def _commit(self, notes: list[Note]) -> None:
        with self._store.writing() as connection:
            outbox.sent(connection, [note for note in notes if isinstance(note, outbox.Sent)])
            for note in notes:
                if not isinstance(note, outbox.Sent):
                    note(connection)
        if any(isinstance(note, outbox.Sent) for note in notes):
            reached("C14")


class ClaimLost(Exception):
    """The claim on a mail ran out before its dot, and somebody else may send it now."""


class Deliveries:
    """The outgoing side of the daemon: a few senders over persistent connections, fed from the outbox."""

    def __init__(
        self, office: Callable[[], Office], access: Callable[[], SmtpAccess], beat: Callable[[], None]
    ) -> None:
        """`office` gives the office of the moment (it may be reloaded); `beat` is called as a sign of life."""
        self._office = office
        self._access = access
        self._beat = beat
        self._claimant = secrets.token_hex(16)
        self._scribe = Scribe(office().store)
        self._paused_until: dt.datetime | None = None
        self._pauses = 0
        self._tidied_at: dt.datetime | None = None
        self._search = Search()
        self._more_waits = False
        self._channel_trouble: str | None = None
        self._database_trouble: str | None = None

    @property
    def trouble(self) -> str | None:
        """Why nothing can leave now, in a sentence; None if all is well."""
        return self._database_trouble or self._channel_trouble

    async def run(self, stop: asyncio.Event, wake: asyncio.Event) -> None:
        """Deliver until `stop` is set; then finish the mails under way and give the rest back.

        A database that cannot be used is waited for; what is known of accepted mails is written when it is back.
        """
        while not stop.is_set():
            try:
                await self._deliver(stop, wake)
            except (sa.exc.OperationalError, sa.exc.InterfaceError) as error:
                self._database_trouble = f"the database cannot be used now ({str(error.orig).strip()})"
                log.error("deliveries_wait", reason=self._database_trouble)
                wake.clear()
                await _first_of(stop, wake, seconds=DATABASE_PAUSE)
        self._scribe.close()

    async def _deliver(self, stop: asyncio.Event, wake: asyncio.Event) -> None:
        office = self._office()
        queue: asyncio.Queue[outbox.ClaimedMail | None] = asyncio.Queue(2 * AT_ONCE)
        senders = [asyncio.create_task(self._send_all(queue)) for _ in range(office.settings.smtp.connections)]
        try:
            await self._scribe.flush()
            self._recover(office)
            self._database_trouble = None
            while not stop.is_set() and not any(sender.done() for sender in senders):
                self._beat()
                self._look_for_copies()
                if not await self._feed(queue):
                    await _first_of(stop, wake, *senders, seconds=self._pause())
                    wake.clear()
        finally:
            await self._finish(queue, senders)

    async def _finish(self, queue: asyncio.Queue[outbox.ClaimedMail | None], senders: list[asyncio.Task[None]]) -> None:
        """Let each sender finish its mail, write down what happened, give the rest back; a sender's fault goes up."""
        _empty(queue)
        for sender in senders:
            if not sender.done():
                await queue.put(None)
        outcomes = await asyncio.gather(*senders, return_exceptions=True)
        self._scribe.write_soon(lambda c: outbox.give_back(c, self._claimant))
        with suppress(sa.exc.SQLAlchemyError):  # what a dead database cannot take now is kept for when it is back
            await self._scribe.flush()
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    def _recover(self, office: Office) -> None:
        with office.store.writing() as connection:
            again, unclear = outbox.recover(connection, office.now(), alone=office.store.is_sqlite)
        if again or unclear:
            log.warning("mails_recovered", queued_again=again, uncertain=unclear)

    async def _feed(self, queue: asyncio.Queue[outbox.ClaimedMail | None]) -> bool:
        """Put claimed mails before the senders; False when there is nothing to do right now."""
        office = self._office()
        now = office.now()
        if self._paused_until is not None and now < self._paused_until:
            return False
        claimed = self._claim(office, now)
        for mail in claimed:
            await queue.put(mail)
        return bool(claimed)

    def _claim(self, office: Office, now: dt.datetime) -> list[outbox.ClaimedMail]:
        """The next mails to send. While full handfuls come, nothing is asked that takes longer the more waits."""
        waits = self._more_waits or _is_due(office, now)
        if not waits or self._tidied_at is None or now - self._tidied_at >= TIDY_EVERY:
            self._tidy(office, now)
        if not waits:
            return []
        with office.store.writing() as connection:
            claimed = outbox.claim(connection, self._claimant, now, AT_ONCE)
        self._more_waits = len(claimed) == AT_ONCE
        if not claimed:
            self._tidy(office, now)  # all that waits has waited too long
        else:
            reached("C10")
        return claimed

    def _tidy(self, office: Office, now: dt.datetime) -> None:
        """Rows of dead claimants, mails of which nobody knows, and mails that have outlived their use."""
        self._tidied_at = now
        alone = office.store.is_sqlite
        with office.store.reading() as connection:
            unclear = outbox.any_in(connection, outbox.UNCERTAIN, *(() if alone else (outbox.SENDING,)))
            stale = outbox.expired(connection, now, limit=1)
        if not unclear and not stale:
            return
        with office.store.writing() as connection:
            drop_stale(connection, now)
            if not alone:
                outbox.recover(connection, now, alone=False)
            blind = office.settings.probe is None
            settle_uncertain(connection, now, lambda since: blind or self._search.has_decided(since, now))

    def _look_for_copies(self) -> None:
        """Take down what the last look for our own copies has found, and begin another if it is time."""
        office = self._office()
        now = office.now()
        probe = office.settings.probe
        if probe is None or self._search.is_under_way:
            return
        settle_found(office, self._search.seen, f"our own copy lies in the folder {probe.folder}", now)
        self._search.conclude()
        with office.store.reading() as connection:
            unclear = outbox.unclear_tokens(connection)
        if any(self._search.is_time(since, now) for since in unclear.values()):
            self._search.begin(lambda: probe_access(office), list(unclear), now)

    def _pause(self) -> float:
        """Seconds until there may be something to do: the next queued mail, the end of a pause, 5 s at most."""
        office = self._office()
        now = office.now()
        with office.store.reading() as connection:
            instants = [outbox.next_due(connection)]
        if self._paused_until is not None and self._paused_until > now:
            instants = [self._paused_until]
        waits = [(instant - now).total_seconds() for instant in instants if instant is not None]
        return max(0.01, min([5.0, *waits]))

    async def _send_all(self, queue: asyncio.Queue[outbox.ClaimedMail | None]) -> None:
        channel = Channel(self._access)
        try:
            while (mail := await queue.get()) is not None:
                self._beat()
                await self._send(channel, mail)
                if queue.empty():
                    await self._scribe.flush()
        except BaseException:
            _empty(queue)  # who waits for room in it must not wait for a sender that is dead
            raise
        finally:
            await channel.close()

    async def _send(self, channel: Channel, mail: outbox.ClaimedMail) -> None:
        """One mail through the phases; its row says afterwards what became of it."""
        office = self._office()
        now = office.now()
        if self._paused_until is not None and now < self._paused_until:
            await self._put_back(mail, "put back: the channel is paused")
            return
        try:
            reply = await channel.send(mail.sender, mail.recipient, mail.raw, lambda: self._at_the_dot(mail))
        except ClaimLost:
            log.warning("claim_lost", outbox=mail.id, kind=mail.kind, request=_name(mail))
        except ChannelDown as down:
            await self._close_channel(mail, str(down), dt.timedelta(seconds=5))
        except DeliveryFailed as failure:
            await self._failed(mail, failure)
        else:
            reached("C13")
            self._pauses, self._paused_until, self._channel_trouble = 0, None, None
            now = office.now()
            self._scribe.write_soon(outbox.Sent(mail.id, self._claimant, reply, now))
            log.info("mail_sent", outbox=mail.id, kind=mail.kind, request=_name(mail))

    async def _at_the_dot(self, mail: outbox.ClaimedMail) -> None:
        """Write the dot down, or raise ClaimLost: whoever has the row now sends the mail."""
        office = self._office()
        reached("C11")
        until = office.now() + office.settings.smtp.final_reply_timeout + outbox.CLAIM
        held: list[bool] = []
        await self._scribe.write(lambda c: held.append(outbox.at_the_dot(c, mail.id, self._claimant, until)))
        if not held[-1]:
            raise ClaimLost
        reached("C12")

    async def _failed(self, mail: outbox.ClaimedMail, failure: DeliveryFailed) -> None:
        if failure.throttled:
            await self._close_channel(mail, f"the server asks to slow down: {failure.reply}", dt.timedelta(minutes=1))
            return
        if failure.uncertain:
            state, not_before = outbox.UNCERTAIN, self._office().now()
        elif failure.permanent:
            state, not_before = outbox.FAILED, None
        else:
            state = outbox.QUEUED
            not_before = self._office().now() + back_off(mail.attempts, random.uniform(-1, 1))  # noqa: S311
        log.warning(
            "mail_not_sent",
            outbox=mail.id,
            kind=mail.kind,
            request=_name(mail),
            state=state,
            reply=failure.reply,
        )
        await self._settle(mail, state, failure.reply, not_before)

    async def _close_channel(self, mail: outbox.ClaimedMail, why: str, first: dt.timedelta) -> None:
        """Leave every row untouched and try the whole channel again later: 5 s, 10 s … 5 min."""
        now = self._office().now()
        if self._paused_until is None or now >= self._paused_until:  # else another sender met the same trouble
            self._pauses += 1
            pause = min(first * 2 ** (self._pauses - 1), max(first, dt.timedelta(minutes=5)))
            self._paused_until = now + pause
            self._channel_trouble = why
            log.error("channel_paused", seconds=pause.total_seconds(), reason=why)
        await self._put_back(mail, why)

    async def _put_back(self, mail: outbox.ClaimedMail, why: str) -> None:
        await self._scribe.write(lambda c: outbox.put_back(c, mail.id, self._claimant, why))

    async def _settle(self, mail: outbox.ClaimedMail, state: str, reply: str, not_before: dt.datetime | None) -> None:
        office = self._office()
        now = office.now()

        def note(connection: sa.Connection) -> None:
            outbox.settle(connection, mail.id, self._claimant, state, reply=reply, not_before=not_before)
            if state == outbox.FAILED:
                tell_of_failure(connection, mail, reply, office, now)

        await self._scribe.write(note)


def _is_due(office: Office, now: dt.datetime) -> bool:
    with office.store.reading() as connection:
        first = outbox.next_due(connection)
    return first is not None and first <= now


class Search:
    """One look for our own copies at a time, in a thread of its own: IMAP may think for half a minute."""

    def __init__(self) -> None:
        """Nothing has been looked for yet."""
        self._thread: threading.Thread | None = None
        self._found: set[str] | None = None
        self._tried_at: dt.datetime | None = None
        self._looked_at: dt.datetime | None = None
        self._blind_since: dt.datetime | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether a look has not come to its end."""
        return self._thread is not None and self._thread.is_alive()

    def is_time(self, since: dt.datetime, now: dt.datetime) -> bool:
        """Whether a mail that is uncertain `since` then is to be looked for again."""
        age = (now - since).total_seconds()
        before = (self._tried_at - since).total_seconds() if self._tried_at else float("-inf")
        undecided = age >= LOOKS[-1] and age - before >= TIDY_EVERY.total_seconds() and not self.has_decided(since, now)
        return undecided or any(before < look <= age for look in LOOKS)

    def has_decided(self, since: dt.datetime, now: dt.datetime) -> bool:
        """Whether a look after the blind time has found nothing, or nobody could look for as long."""
        looked = self._looked_at is not None and self._looked_at - since >= BLIND
        return looked or (self._blind_since is not None and now - self._blind_since >= BLIND)

    def begin(self, access: Callable[[], Access | None], tokens: list[str], now: dt.datetime) -> None:
        """Look for these tokens; `seen` has the answer when it is there."""
        self._tried_at = now

        def look() -> None:
            try:
                place = access()
                self._found = find_copies(place, tokens) if place else set()
            except MailboxDown as down:
                log.error("copies_not_found", reason=str(down), mails=len(tokens))
            except Exception:
                log.exception("looking_for_copies_failed")

        self._thread = threading.Thread(target=look, name="copies", daemon=True)
        self._thread.start()

    @property
    def seen(self) -> set[str]:
        """The tokens that the look which has come to its end has found."""
        return self._found or set()

    def conclude(self) -> None:
        """Let the look that has come to its end decide about what it has not found; what it has is written down."""
        if self._thread is None:
            return
        if self._found is None:
            self._blind_since = self._blind_since or self._tried_at
        else:
            self._looked_at, self._blind_since = self._tried_at, None
        self._thread = self._found = None


def settle_found(office: Office, tokens: set[str], why: str, now: dt.datetime) -> None:
    """Mails of which a copy was found were sent, and their requests say so."""
    if not tokens:
        return
    with office.store.writing() as connection:
        for token in sorted(tokens):
            mail = outbox.found(connection, token, now, why)
            if mail is not None:
                said = f"{mail.kind} to {mail.recipient}: no answer was read from the server, but {why}"
                _note(connection, mail.request_id, now, "mail_found", mail.recipient, said)
                log.info("mail_found", outbox=mail.id, kind=mail.kind)


def drop_stale(connection: sa.Connection, now: dt.datetime) -> None:
    """Give up mails that have outlived their use, and say so on the request."""
    for mail in outbox.expired(connection, now):
        why = (
            f"{mail.kind} to {mail.recipient} was dropped: it could not leave before {mail.expires_at:%d %b %H:%M} UTC"
        )
        if outbox.abandon(connection, mail.id, why):
            _note(connection, mail.request_id, now, "mail_dropped", mail.recipient, why)


def settle_uncertain(
    connection: sa.Connection, now: dt.datetime, is_decided: Callable[[dt.datetime], bool] = lambda _: True
) -> None:
    """After the blind time: repeat the kinds that may be repeated, give up the others, and say so.

    `is_decided`: whether the copy of a mail that is uncertain since then was looked for long enough.
    """
    for mail in outbox.uncertain(connection):
        if now - mail.not_before < BLIND or not is_decided(mail.not_before):
            continue
        again, why = may_repeat(mail.kind, mail.repeats, now - mail.created_at)
        if outbox.resolve_uncertain(connection, mail.id, outbox.QUEUED if again else outbox.ABANDONED, now, why):
            _note(
                connection,
                mail.request_id,
                now,
                "mail_repeated" if again else "mail_dropped",
                mail.recipient,
                why,
            )


def may_repeat(kind: str, repeats: int, age: dt.timedelta) -> tuple[bool, str]:
    """Whether an uncertain mail is sent once more, and the reason in words."""
    rule = REPEATS.get(kind, Repeat(0))
    if repeats >= rule.times:
        return (
            False,
            f"{kind}: nobody knows whether it arrived; it has been repeated as often as its kind allows",
        )
    if rule.up_to is not None and age > rule.up_to:
        return False, f"{kind}: nobody knows whether it arrived; too old to be repeated"
    return True, f"{kind}: no answer was read from the server; sent again, byte for byte the same"


def tell_of_failure(
    connection: sa.Connection, mail: outbox.ClaimedMail, reply: str, office: Office, now: dt.datetime
) -> None:
    """A refused mail stands on its request; if somebody had to get it, the operators hear of it."""
    why = f"{mail.kind} to {mail.recipient} was refused: {reply}"
    _note(connection, mail.request_id, now, "mail_refused", mail.recipient, why)
    bounces.refused(connection, mail, reply, now)
    if mail.kind in MUST_ARRIVE:
        outbox.put(
            connection,
            alarm(
                office,
                f"refused:{mail.id}",
                f"{mail.kind} to {mail.recipient} was refused",
                f"The mail server refused the {mail.kind} to {mail.recipient}, who does not know of the request now.",
                [("request", reference(mail.request_id) if mail.request_id else "-"), ("reply", reply)],
                "Correct the address in postroom.yaml, then give the request to somebody with `postroom assign`.",
                now,
            ),
        )


def _note(connection: sa.Connection, request_id: int | None, now: dt.datetime, what: str, whom: str, why: str) -> None:
    if request_id is not None:
        ledger.write(connection, request_id, [ledger.Entry(now, ledger.POSTROOM, what, None, whom, why)])


def _name(mail: outbox.ClaimedMail) -> str | None:
    return reference(mail.request_id) if mail.request_id is not None else None


def _empty(queue: asyncio.Queue[outbox.ClaimedMail | None]) -> None:
    while not queue.empty():
        queue.get_nowait()


async def _first_of(stop: asyncio.Event, wake: asyncio.Event, *senders: asyncio.Task[None], seconds: float) -> None:
    """Wait until an event is set, a sender has ended, or the time is over."""
    tasks = [asyncio.create_task(event.wait()) for event in (stop, wake)]
    await asyncio.wait([*tasks, *senders], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
