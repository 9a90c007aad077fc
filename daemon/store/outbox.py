"""The outbox: every automatic mail is a row, with its final bytes, before it is a mail.

Phases of a row in state `sending`: 0 claimed, 1 talking to the server, 2 the final dot may have been
written. A row found in phase 0 or 1 after a crash was surely not accepted; one in phase 2 is
`uncertain`. docs/architecture.md draws the states.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from daemon.store.counting import count_by
from daemon.store.tables import outbox

QUEUED, SENDING, SENT, FAILED, UNCERTAIN, ABANDONED, HELD = (
    "queued",
    "sending",
    "sent",
    "failed",
    "uncertain",
    "abandoned",
    "held",
)

#: How long a claim holds before a sweeper may take the row back.
CLAIM = dt.timedelta(seconds=120)


#: What a mail that comes in may cause for its sender.
ACKNOWLEDGING = ("acknowledgement", "summary")

#: Mail to requesters.
TO_REQUESTERS = frozenset({*ACKNOWLEDGING, "new_owner", "answer"})


@dataclass(frozen=True, slots=True)
class Withheld:
    """Why mails are not sent, and what becomes of them instead: held for a person's word, or abandoned."""

    state: str
    why: str


@dataclass(frozen=True, slots=True)
class NewMail:
    """A mail to be sent once (instants in UTC). `raw` is frozen: a repeat is byte-identical.

    `effect_key` names the effect (who, what, about what); a second row with it cannot exist. `withheld`: it is
    written down like any other, and does not leave.
    """

    effect_key: str
    kind: str
    priority: int
    request_id: int | None
    header_id: str
    token: str
    sender: str
    recipient: str
    raw: bytes
    created_at: dt.datetime
    not_before: dt.datetime
    expires_at: dt.datetime | None
    withheld: Withheld | None = None


@dataclass(frozen=True, slots=True)
class ClaimedMail:
    """A row that this process may send now."""

    id: int
    kind: str
    request_id: int | None
    sender: str
    recipient: str
    raw: bytes
    attempts: int
    created_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Sent:
    """A claimed mail that the server has taken: whose claim, what the server said, when (UTC)."""

    mail: int
    claimant: str
    reply: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class MailState:
    """What became of one mail of the outbox."""

    id: int
    effect_key: str
    kind: str
    request_id: int | None
    header_id: str
    recipient: str
    state: str
    attempts: int
    repeats: int
    created_at: dt.datetime
    not_before: dt.datetime
    expires_at: dt.datetime | None
    sent_at: dt.datetime | None
    last_reply: str | None


# Statements that every mail needs are made once: SQLAlchemy then neither builds nor keys them again.
_PUT = outbox.insert()
_DUE = (
    sa.select(outbox.c.id)
    .where(
        outbox.c.state == QUEUED,
        outbox.c.not_before <= sa.bindparam("now"),
        sa.or_(outbox.c.expires_at.is_(None), outbox.c.expires_at >= sa.bindparam("now")),  # `expired` takes the others
    )
    .order_by(outbox.c.priority, outbox.c.not_before, outbox.c.id)
    .limit(sa.bindparam("at_most"))
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    outbox.update()
    .where(outbox.c.id.in_(sa.bindparam("ids", expanding=True)))
    .values(
        state=SENDING,
        phase=0,
        attempts=outbox.c.attempts + 1,
        claimed_by=sa.bindparam("claimant"),
        claimed_until=sa.bindparam("until"),
    )
)
_CLAIMED = (
    sa.select(*(outbox.c[name] for name in ClaimedMail.__slots__))
    .where(outbox.c.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(outbox.c.priority, outbox.c.not_before, outbox.c.id)
)
_MINE = sa.and_(outbox.c.id == sa.bindparam("mail"), outbox.c.claimed_by == sa.bindparam("claimant"))
_AT_THE_DOT = (
    outbox.update()
    .where(_MINE, outbox.c.state == SENDING, outbox.c.phase < 2)
    .values(phase=2, claimed_until=sa.bindparam("until"))
)
_FREE = {"phase": 0, "claimed_by": None, "claimed_until": None}
_SENT = (
    outbox.update()
    .where(_MINE)
    .values(state=SENT, last_reply=sa.bindparam("reply"), sent_at=sa.bindparam("at"), **_FREE)
)
_NEXT = sa.select(sa.func.min(outbox.c.not_before)).where(outbox.c.state == QUEUED)
_ANY_IN = sa.select(outbox.c.id).where(outbox.c.state.in_(sa.bindparam("states", expanding=True))).limit(1)
_SENT_TO = (
    sa.select(outbox.c.recipient, outbox.c.kind, outbox.c.created_at)
    .where(
        outbox.c.recipient.in_(sa.bindparam("recipients", expanding=True)),
        sa.or_(
            sa.and_(
                outbox.c.kind.in_(ACKNOWLEDGING),
                outbox.c.created_at >= sa.bindparam("acknowledged_since"),
            ),
            sa.and_(
                outbox.c.kind.in_(sa.bindparam("kinds", expanding=True)), outbox.c.created_at >= sa.bindparam("since")
            ),
        ),
    )
    .order_by(outbox.c.id)
)
_NTH_NEWEST = (
    sa.select(outbox.c.created_at)
    .where(outbox.c.id <= sa.select(sa.func.max(outbox.c.id)).scalar_subquery() - sa.bindparam("n"))
    .order_by(outbox.c.id.desc())
    .limit(1)
)


def put(connection: sa.Connection, mails: Sequence[NewMail]) -> None:
    """Queue mails, as part of the transaction that decided them."""
    if mails:
        connection.execute(_PUT, [_new_row(mail) for mail in mails])


def _new_row(mail: NewMail) -> dict[str, object]:
    row = {name: getattr(mail, name) for name in NewMail.__slots__ if name != "withheld"}
    stays = mail.withheld
    return row | ({"state": stays.state, "last_reply": stays.why} if stays else {"state": QUEUED, "last_reply": None})


def put_once(connection: sa.Connection, mails: Sequence[NewMail]) -> None:
    """Queue those of these mails whose effect is not in the outbox already, whatever became of it."""
    put(connection, [mail for mail in mails if not exists(connection, mail.effect_key)])


def exists(connection: sa.Connection, effect_key: str) -> bool:
    """True if this effect is in the outbox already, whatever became of it."""
    query = sa.select(outbox.c.id).where(outbox.c.effect_key == effect_key)
    return connection.execute(query).scalar() is not None


def claim(connection: sa.Connection, claimant: str, now: dt.datetime, limit: int = 20) -> list[ClaimedMail]:
    """Take up to `limit` due mails, most important first; nobody else gets them while the claim holds."""
    ids = list(connection.execute(_DUE, {"now": now, "at_most": limit}).scalars())
    if not ids:
        return []
    connection.execute(_CLAIM, {"ids": ids, "claimant": claimant, "until": now + CLAIM})
    return [ClaimedMail(*row) for row in connection.execute(_CLAIMED, {"ids": ids})]


def at_the_dot(connection: sa.Connection, mail_id: int, claimant: str, until: dt.datetime) -> bool:
    """Write phase 2 down, before the final dot is written to the server; False if the claim was lost meanwhile.

    `until`: the claim holds as long as the server may think about its answer.
    """
    values = {"mail": mail_id, "claimant": claimant, "until": until}
    return bool(connection.execute(_AT_THE_DOT, values).rowcount)


def sent(connection: sa.Connection, taken: Sequence[Sent]) -> None:
    """The server has taken the responsibility for these claimed mails."""
    if taken:
        connection.execute(_SENT, [{name: getattr(one, name) for name in Sent.__slots__} for one in taken])


def settle(
    connection: sa.Connection,
    mail_id: int,
    claimant: str,
    state: str,
    *,
    reply: str,
    not_before: dt.datetime | None = None,
) -> None:
    """What became of a claimed mail that was not sent: queued again (not before an instant), failed or uncertain."""
    values: dict[str, object] = {"state": state, "last_reply": reply, **_FREE}
    if not_before is not None:
        values["not_before"] = not_before
    connection.execute(outbox.update().where(outbox.c.id == mail_id, outbox.c.claimed_by == claimant).values(values))


def put_back(connection: sa.Connection, mail_id: int, claimant: str, why: str) -> None:
    """Queue a claimed mail again as if it had never been claimed: it was not its turn that failed."""
    connection.execute(
        outbox.update()
        .where(outbox.c.id == mail_id, outbox.c.claimed_by == claimant)
        .values(state=QUEUED, last_reply=why, attempts=outbox.c.attempts - 1, **_FREE)
    )


def give_back(connection: sa.Connection, claimant: str) -> None:
    """Queue again what this claimant took and did not bring to the dot (an orderly stop, a broken channel)."""
    connection.execute(
        outbox.update()
        .where(outbox.c.claimed_by == claimant, outbox.c.state == SENDING, outbox.c.phase < 2)
        .values(state=QUEUED, claimed_by=None, claimed_until=None, attempts=outbox.c.attempts - 1)
    )


def recover(connection: sa.Connection, now: dt.datetime, *, alone: bool) -> tuple[int, int]:
    """Bring back rows whose sender died: (queued again, uncertain).

    `alone`: no other process shares this database, so every claim is a dead one; otherwise only
    claims that have run out. Crash table: phase 0 or 1 -> queued, phase 2 -> uncertain.
    """
    dead = [outbox.c.state == SENDING]
    if not alone:
        dead.append(outbox.c.claimed_until < now)
    free = {"claimed_by": None, "claimed_until": None}
    again = connection.execute(outbox.update().where(*dead, outbox.c.phase < 2).values(state=QUEUED, **free)).rowcount
    unclear = connection.execute(
        outbox.update()
        .where(*dead, outbox.c.phase >= 2)
        .values(state=UNCERTAIN, not_before=now, last_reply="the sender stopped before the reply was read", **free)
    ).rowcount
    return again, unclear


def uncertain(connection: sa.Connection) -> list[MailState]:
    """Mails of which nobody knows whether the server accepted them."""
    rows = connection.execute(sa.select(outbox).where(outbox.c.state == UNCERTAIN).order_by(outbox.c.id))
    return [_state(row) for row in rows]


def unclear_tokens(connection: sa.Connection) -> dict[str, dt.datetime]:
    """Tokens by which copies of uncertain mails can be found, each with since when (UTC) the mail is uncertain."""
    query = sa.select(outbox.c.token, outbox.c.not_before).where(outbox.c.state == UNCERTAIN)
    return {row.token: row.not_before for row in connection.execute(query)}


def found(connection: sa.Connection, token: str, now: dt.datetime, why: str) -> MailState | None:
    """Our own copy of an uncertain mail was found: it was sent. The mail, or None if it moved meanwhile."""
    mine = sa.and_(outbox.c.token == token, outbox.c.state == UNCERTAIN)
    row = connection.execute(sa.select(outbox).where(mine)).one_or_none()
    connection.execute(outbox.update().where(mine).values(state=SENT, sent_at=now, last_reply=why))
    return _state(row) if row else None


def resolve_uncertain(connection: sa.Connection, mail_id: int, state: str, now: dt.datetime, why: str) -> bool:
    """Queue an uncertain mail again (counted as a repeat) or give it up; False if it moved meanwhile."""
    values: dict[str, object] = {"state": state, "last_reply": why, "not_before": now}
    if state == QUEUED:
        values["repeats"] = outbox.c.repeats + 1
    done = connection.execute(outbox.update().where(outbox.c.id == mail_id, outbox.c.state == UNCERTAIN).values(values))
    return bool(done.rowcount)


def expired(connection: sa.Connection, now: dt.datetime, limit: int = 200) -> list[MailState]:
    """Queued mails that have outlived their use."""
    query = (
        sa.select(outbox)
        .where(outbox.c.state == QUEUED, outbox.c.expires_at.is_not(None), outbox.c.expires_at < now)
        .limit(limit)
    )
    return [_state(row) for row in connection.execute(query)]


def abandon(connection: sa.Connection, mail_id: int, why: str) -> bool:
    """Give up a queued mail; False if somebody took it meanwhile."""
    done = connection.execute(
        outbox.update().where(outbox.c.id == mail_id, outbox.c.state == QUEUED).values(state=ABANDONED, last_reply=why)
    )
    return bool(done.rowcount)


@dataclass(frozen=True, slots=True)
class Said:
    """That a mail of a kind was queued for somebody, and when (UTC)."""

    recipient: str
    kind: str
    at: dt.datetime


def said_to(
    connection: sa.Connection,
    recipients: Sequence[str],
    kinds: Sequence[str],
    since: dt.datetime,
    acknowledged_since: dt.datetime,
) -> list[Said]:
    """What was queued for these recipients, oldest first: mails of these kinds since one instant, and
    acknowledgements and summaries since another (for ceilings)."""
    values = {
        "recipients": list(recipients),
        "kinds": list(kinds),
        "since": since,
        "acknowledged_since": acknowledged_since,
    }
    return [Said(*row) for row in connection.execute(_SENT_TO, values)]


def acknowledged_since(connection: sa.Connection, since: dt.datetime) -> list[str]:
    """Who was acknowledged since an instant, once for each time; looks at the newest two thousand mails."""
    newest = sa.select(sa.func.max(outbox.c.id)).scalar_subquery()
    query = sa.select(outbox.c.recipient).where(
        outbox.c.id > newest - 2000, outbox.c.kind.in_(ACKNOWLEDGING), outbox.c.created_at >= since
    )
    return list(connection.execute(query).scalars())


def nth_newest(connection: sa.Connection, n: int) -> dt.datetime | None:
    """When the mail was queued after which `n` more were; None if there are not so many.

    Costs the same however many there are; numbers that a rolled-back transaction has used up count as mails.
    """
    return connection.execute(_NTH_NEWEST, {"n": n}).scalar()


def last_told(connection: sa.Connection, request_id: int, kinds: Sequence[str]) -> dt.datetime | None:
    """When a mail of one of these kinds about a request was last queued."""
    query = sa.select(sa.func.max(outbox.c.created_at)).where(
        outbox.c.request_id == request_id, outbox.c.kind.in_(list(kinds))
    )
    return connection.execute(query).scalar()


def hold_all(connection: sa.Connection, why: str) -> list[MailState]:
    """Hold everything that may leave or may have left; what was held, oldest first."""
    waiting = outbox.c.state.in_((QUEUED, SENDING, UNCERTAIN))
    rows = [_state(row) for row in connection.execute(sa.select(outbox).where(waiting).order_by(outbox.c.id))]
    connection.execute(outbox.update().where(waiting).values(state=HELD, last_reply=why, **_FREE))
    return rows


def held(connection: sa.Connection) -> list[MailState]:
    """Mails that wait for a person's word, oldest first."""
    query = sa.select(outbox).where(outbox.c.state == HELD).order_by(outbox.c.id)
    return [_state(row) for row in connection.execute(query)]


def end_hold(connection: sa.Connection, mail_id: int, state: str, why: str, now: dt.datetime) -> bool:
    """A person has it sent (queued, tried for five days) or given up (abandoned); False if it is not held."""
    values: dict[str, object] = {"state": state, "last_reply": why}
    if state == QUEUED:
        values |= {"not_before": now, "expires_at": now + dt.timedelta(days=5)}
    done = connection.execute(outbox.update().where(outbox.c.id == mail_id, outbox.c.state == HELD).values(values))
    return bool(done.rowcount)


def next_due(connection: sa.Connection) -> dt.datetime | None:
    """When the next queued mail may leave."""
    return connection.execute(_NEXT).scalar()


def of_request(connection: sa.Connection, request_id: int) -> list[MailState]:
    """Every mail about a request, oldest first."""
    query = sa.select(outbox).where(outbox.c.request_id == request_id).order_by(outbox.c.id)
    return [_state(row) for row in connection.execute(query)]


def find_by_header_id(connection: sa.Connection, header_id: str) -> MailState | None:
    """The mail with this Message-ID (in angle brackets)."""
    row = connection.execute(sa.select(outbox).where(outbox.c.header_id == header_id)).one_or_none()
    return _state(row) if row else None


def raw_of(connection: sa.Connection, mail_id: int) -> bytes:
    """The final bytes of a mail that is there."""
    raw: bytes = connection.execute(sa.select(outbox.c.raw).where(outbox.c.id == mail_id)).scalar_one()
    return raw


def raws_of_request(connection: sa.Connection, request_id: int) -> list[bytes]:
    """The final bytes of the newest fifty mails about a request."""
    query = sa.select(outbox.c.raw).where(outbox.c.request_id == request_id).order_by(outbox.c.id.desc()).limit(50)
    return list(connection.execute(query).scalars())


def any_in(connection: sa.Connection, *states: str) -> bool:
    """Whether a mail is in one of these states; costs the same however many mails there are."""
    return connection.execute(_ANY_IN, {"states": states}).first() is not None


def counts(connection: sa.Connection) -> dict[str, int]:
    """How many mails are in each state."""
    return count_by(connection, outbox.c.state)


def _state(row: sa.Row[tuple[object, ...]]) -> MailState:
    return MailState(**{name: row._mapping[name] for name in MailState.__slots__})
