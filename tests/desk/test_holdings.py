"""Who owned a request from when to when, and why, as its ledger tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from daemon.desk.holdings import Holding, holdings

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)
AYLIN, JONAS = "aylin.demir@lindwerk.example", "jonas.petersen@lindwerk.example"


@dataclass(frozen=True)
class Told:
    """A line of the ledger."""

    at: datetime
    what: str
    to_value: str | None
    why: str = ""
    actor: str = "postroom"
    from_value: str | None = None
    request_id: int = 41


def clock(hours: int) -> datetime:
    return NINE + timedelta(hours=hours)


OPENED = (
    Told(clock(0), "opened", "it", "mail received", actor="sofia@lindwerk.example"),
    Told(clock(0), "routed", "it", "rule 'network' matched"),
    Told(clock(0), "owner", JONAS, "least to do"),
)


def test_whoever_got_it_first_has_it_until_now() -> None:
    assert list(holdings(OPENED)) == [Holding(41, "it", JONAS, clock(0), None, "postroom", "least to do")]


def test_a_handover_ends_one_holding_and_begins_another() -> None:
    handed = Told(clock(2), "owner", AYLIN, "knows the gateway", actor=JONAS)

    assert list(holdings([*OPENED, handed])) == [
        Holding(41, "it", JONAS, clock(0), clock(2), "postroom", "least to do", f"given to {AYLIN}: knows the gateway"),
        Holding(41, "it", AYLIN, clock(2), None, JONAS, "knows the gateway"),
    ]


def test_what_nobody_could_place_was_held_by_triage() -> None:
    story = [
        Told(clock(0), "opened", "help"),
        Told(clock(0), "routed", "triage", "no rule, and the model is not sure"),
        Told(clock(3), "routed", "finance", "an invoice"),
        Told(clock(3), "owner", AYLIN, "an invoice"),
    ]

    found = [(one.department, one.owner, one.since, one.until) for one in holdings(story)]
    assert found == [("triage", None, clock(0), clock(3)), ("finance", AYLIN, clock(3), None)]


def test_nobody_holds_what_is_resolved_and_the_same_owner_what_is_opened_again() -> None:
    story = [
        *OPENED,
        Told(clock(4), "status", "resolved", "new gateway", actor=JONAS),
        Told(clock(9), "status", "open", "requester wrote", actor="sofia@lindwerk.example"),
    ]

    first, second = holdings(story)
    assert (first.until, first.ended) == (clock(4), "resolved: new gateway")
    assert (second.owner, second.since, second.until, second.why) == (JONAS, clock(9), None, "requester wrote")


def test_answers_clocks_and_reminders_change_nobodys_holding() -> None:
    noise = [Told(clock(1), what, "x") for what in ("answered", "clock_stopped", "reminder", "wrote_again")]

    assert list(holdings([*OPENED, *noise])) == list(holdings(OPENED))


def test_requests_may_come_mixed() -> None:
    other = [Told(one.at, one.what, one.to_value, one.why, one.actor, request_id=42) for one in OPENED]
    mixed = [line for pair in zip(OPENED, other, strict=True) for line in pair]

    assert [one.request_id for one in holdings(mixed)] == [41, 42]


def test_a_mail_that_nobody_could_read_is_held_by_the_department_of_its_mailbox() -> None:
    (held,) = holdings([Told(clock(0), "quarantined", "it"), Told(clock(0), "owner", JONAS)])

    assert (held.department, held.owner) == ("it", JONAS)
