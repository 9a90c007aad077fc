"""The ten invariants of the specification, as questions to the evidence; each answer is a list of violations.

I1 nothing lost · I2 nothing twice · I3 the mailbox unharmed · I4 nothing sent twice without a written reason, and
nothing unwritten sent · I5 nobody written to who must not be · I6 only legal states, each with actor and cause ·
I7 the database whole · I8 no secrets and no words of mails in the logs · I9 nothing left to do · I10 faults named.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from tests.oracle.evidence import Evidence, Injected, Row

ACKNOWLEDGEMENT = "acknowledgement"

#: Dispositions of messages that make, or are a part of, a request; every other word is a disposition of its own.
OPENS = "request"
PARTS = frozenset({"answer", "follow_up"})

COPY_STATES = frozenset({"stored", "done", "marked", "quarantined"})
MAIL_STATES = frozenset({"queued", "sending", "sent", "failed", "uncertain", "abandoned", "held"})
STATUSES = frozenset({"new", "open", "waiting", "resolved", "closed"})

#: Status -> statuses that may follow it (product.md: new, open, waiting, resolved, closed).
MAY_FOLLOW = {
    "new": {"open", "resolved"},
    "open": {"new", "waiting", "resolved"},
    "waiting": {"new", "open", "resolved"},
    "resolved": {"new", "open", "closed"},
    "closed": {"open"},
}

#: What the first line of the ledger, and the first of each request, is written after.
BEGINNING = "0" * 64

#: A status has to name a fault, and forget it again, within this time; shorter faults need not be named.
NAMED_WITHIN = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the evidence says: counts for people and machines, and every violation in a sentence."""

    injected: int
    requests: int
    sent: int
    lost: int
    duplicate_requests: int
    missing_acks: int
    duplicate_acks: int
    duplicate_acks_with_copy: int
    repeated: int
    found_by_copy: int
    quarantined: int
    violations: tuple[str, ...]

    def figures(self) -> dict[str, int]:
        """The counts; `invariant_violations` among them."""
        counts = {name: value for name, value in asdict(self).items() if name != "violations"}
        return counts | {"invariant_violations": len(self.violations)}


def judge(evidence: Evidence) -> Verdict:
    """All ten invariants, and the counts by which ops will measure us."""
    violations = [f"{name}: {said}" for name, ask in INVARIANTS.items() for said in ask(evidence)]
    tables, takes = evidence.tables, _takes(evidence)
    acknowledgements = [row for row in tables["outbox"] if row["kind"] == ACKNOWLEDGEMENT]
    duplicates, could_see = sum(max(0, takes[row["token"]] - 1) for row in acknowledgements), evidence.kept is not None
    return Verdict(
        injected=len(evidence.injected),
        requests=len(tables["requests"]),
        sent=len(evidence.sent),
        lost=sum(not _messages_of(evidence, mail) for mail in evidence.injected),
        duplicate_requests=len(list(_duplicate_requests(evidence))),
        missing_acks=len(list(_missing_acknowledgements(evidence))),
        duplicate_acks=0 if could_see else duplicates,
        duplicate_acks_with_copy=duplicates if could_see else 0,
        repeated=sum(row["repeats"] for row in tables["outbox"]),
        found_by_copy=sum(entry["what"] == "mail_found" for entry in tables["ledger"]),
        quarantined=sum(row["state"] == "quarantined" for row in tables["copies"]),
        violations=tuple(violations),
    )


def nothing_is_lost(evidence: Evidence) -> Iterator[str]:
    """I1: each injected mail has one request or one named disposition, and its stored bytes are the injected ones."""
    stored = {row["sha256"]: row["content"] for row in evidence.tables["raws"]}
    known = {(row["mailbox"], row["raw"]) for row in evidence.tables["copies"]}
    for mail in evidence.injected:
        for mailbox, digest in mail.copies.items():
            if (mailbox, digest) not in known:
                yield f"the copy {digest[:12]} of {mail.sender} in {mailbox} has no row"
            elif stored.get(digest) != digest:
                yield f"the stored bytes of {digest[:12]} are not the ones that came"
        found = _messages_of(evidence, mail)
        if len(found) != 1:
            yield f"the mail of {mail.sender} is {len(found)} messages"
        for message in found:
            if not _is_as_expected(mail, message):
                yield f"the mail of {mail.sender} ({mail.makes}) became {message['disposition'] or 'nothing'}"


def _is_as_expected(mail: Injected, message: Row) -> bool:
    disposition = message["disposition"]
    if disposition == "quarantined":  # set aside in sight of people, with a request of its own
        return message["request_id"] is not None
    if mail.makes == "request":
        return disposition == OPENS and message["request_id"] is not None
    if mail.makes == "part":
        return disposition in PARTS and message["request_id"] is not None
    return bool(disposition) and disposition not in {OPENS, *PARTS}


def nothing_happens_twice(evidence: Evidence) -> Iterator[str]:
    """I2: no two messages share a key, no effect is recorded twice, no mail made two requests."""
    for table, column in (("messages", "message_key"), ("outbox", "effect_key"), ("outbox", "header_id")):
        for value, times in Counter(row[column] for row in evidence.tables[table]).items():
            if times > 1:
                yield f"{table}.{column} {value} stands there {times} times"
    yield from _duplicate_requests(evidence)


def _duplicate_requests(evidence: Evidence) -> Iterator[str]:
    """Requests that no injected mail stands behind, and second requests of one mail."""
    opened: Counter[int] = Counter()
    for mail in evidence.injected:
        own = {
            row["request_id"] for row in _messages_of(evidence, mail) if row["disposition"] in (OPENS, "quarantined")
        }
        opened.update(own)
        if len(own) > 1:
            yield f"the mail of {mail.sender} made {len(own)} requests"
    for row in evidence.tables["requests"]:
        if not opened[row["id"]] and not _was_a_placeholder(evidence, row):
            yield f"no injected mail stands behind request {row['id']}"
        elif opened[row["id"]] > 1:
            yield f"request {row['id']} was opened by {opened[row['id']]} mails"


def _was_a_placeholder(evidence: Evidence, request: Row) -> bool:
    """It stood for a mail that could not be read; another copy could, made no request, and so ended this one."""
    own = [entry["what"] for entry in evidence.tables["ledger"] if entry["request_id"] == request["id"]]
    return own[:1] == ["quarantined"] and "read_after_all" in own and request["status"] == "resolved"


def the_mailbox_is_unharmed(evidence: Evidence) -> Iterator[str]:
    """I3: over all folders of an account lie exactly the mails that were put there, byte for byte."""
    accounts = {
        mailbox: (Counter(mail.copies[mailbox] for mail in evidence.injected if mailbox in mail.copies), lying)
        for mailbox, lying in evidence.mailboxes.items()
    }
    if evidence.kept is not None:
        accounts["copies of what was sent"] = Counter(taken.sha256 for taken in evidence.sent), evidence.kept
    for mailbox, (put, lying) in accounts.items():
        for digest in put - lying:
            yield f"{mailbox}: the mail {digest[:12]} is gone or altered"
        for digest in lying - put:
            yield f"{mailbox}: the mail {digest[:12]} lies there once too often, or was altered"


def nothing_is_sent_twice(evidence: Evidence) -> Iterator[str]:
    """I4: each mail that left is the frozen row, and left once, plus once for each repeat that is written down.

    Where the mail server keeps copies there is no reason for a repeat of what it took.
    """
    rows, takes = {row["token"]: row for row in evidence.tables["outbox"]}, _takes(evidence)
    for taken in evidence.sent:
        row = rows.get(taken.token)
        if row is None:
            yield f"a mail to {', '.join(taken.recipients)} left without a row"
        elif row["raw"] != taken.sha256:
            yield f"outbox {row['id']}: what left is not what was recorded"
        elif taken.recipients != (row["recipient"],):
            yield f"outbox {row['id']}: went to {', '.join(taken.recipients)}"
    for row in rows.values():
        if takes[row["token"]] > 1 + row["repeats"]:
            times = f"left {takes[row['token']]} times, {row['repeats']} repeats are recorded"
            yield f"outbox {row['id']} ({row['kind']}): {times}"
        elif takes[row["token"]] > 1 and evidence.kept is not None:
            yield f"outbox {row['id']} ({row['kind']}): left {takes[row['token']]} times, and its copy could be seen"
        if row["state"] == "sent" and not takes[row["token"]]:
            yield f"outbox {row['id']} ({row['kind']}): said to be sent, and nobody has it"
    yield from _missing_acknowledgements(evidence)


def _missing_acknowledgements(evidence: Evidence) -> Iterator[str]:
    """Senders who must have an acknowledgement and have none."""
    takes = _takes(evidence)
    acknowledged = {
        row["request_id"] for row in evidence.tables["outbox"] if row["kind"] == ACKNOWLEDGEMENT and takes[row["token"]]
    }
    for mail in evidence.injected:
        numbers = {row["request_id"] for row in _messages_of(evidence, mail)}
        if mail.answered and not numbers & acknowledged:
            yield f"{mail.sender} has no acknowledgement"


def nobody_is_bothered(evidence: Evidence) -> Iterator[str]:
    """I5: no mail to the null path, to our own addresses, to lists and machines."""
    for taken in evidence.sent:
        for recipient in taken.recipients:
            if not recipient or recipient.lower() in evidence.never:
                yield f"a mail went to {recipient or 'nobody (<>)'}"


def states_are_legal(evidence: Evidence) -> Iterator[str]:
    """I6: every state is a word of the tables; each line of a ledger has actor and cause and follows the one before."""
    tables = evidence.tables
    for table, column, legal in (
        ("copies", "state", COPY_STATES),
        ("outbox", "state", MAIL_STATES),
        ("requests", "status", STATUSES),
    ):
        yield from (f"{table} {row['id']}: {row[column]}" for row in tables[table] if row[column] not in legal)
    for entry in tables["ledger"]:
        if not (entry["actor"] and entry["what"] and entry["why"]):
            yield f"ledger {entry['id']}: without actor, deed or cause"
        is_move = entry["what"] == "status"
        if is_move and entry["to_value"] not in MAY_FOLLOW.get(entry["from_value"], set()):
            yield f"ledger {entry['id']}: from {entry['from_value']} to {entry['to_value']}"
    lines: defaultdict[int, list[Row]] = defaultdict(list)
    for entry in sorted(tables["ledger"], key=lambda entry: entry["id"]):
        lines[entry["request_id"]].append(entry)
    for request in tables["requests"]:
        own = lines[request["id"]]
        if not own or own[0]["what"] not in ("opened", "quarantined"):
            yield f"request {request['id']}: its ledger does not begin with its opening"
        owner = None
        for entry in (entry for entry in own if entry["what"] == "owner"):
            if entry["from_value"] != owner:
                yield f"ledger {entry['id']}: from {entry['from_value']}, who was not the owner"
            owner = entry["to_value"]
        if owner != request["owner"]:
            yield f"request {request['id']}: owned by {request['owner']}, by its ledger by {owner}"


def the_database_is_whole(evidence: Evidence) -> Iterator[str]:
    """I7: integrity check and foreign keys; the bytes under each digest have that digest; the ledger's chain holds."""
    yield from evidence.database_complaints
    for row in evidence.tables["raws"]:
        if row["sha256"] != row["content"]:
            yield f"raws {row['sha256'][:12]}: other bytes than its key says"
    yield from _chain_breaks(evidence)


def _chain_breaks(evidence: Evidence) -> Iterator[str]:
    """Each line was written after the one before it, and after the last one of its request; the head is the last."""
    number, whole, last_of = 0, BEGINNING, dict[int | None, str]()
    for line in sorted(evidence.tables["ledger"], key=lambda line: line["id"]):
        number += 1
        if line["id"] != number:
            yield f"ledger {line['id']}: stands where line {number} should"
            number = line["id"]
        whole, own = hashes_of(line, whole, last_of.get(line["request_id"], BEGINNING))
        if line["hash"] != whole:
            yield f"ledger {line['id']}: was not written after the line before it, or is not what was written"
        if line["request_hash"] != own:
            yield f"ledger {line['id']}: was not written after the line of its request before it"
        whole, last_of[line["request_id"]] = line["hash"], line["request_hash"]
    heads = [(head["line"], head["hash"]) for head in evidence.tables["ledger_head"]]
    if heads != [(number, whole)]:
        yield f"the ledger ends with line {number}, the database says {heads}"


def hashes_of(line: Row, before: str, before_in_request: str) -> tuple[str, str]:
    """The two hashes of a line: SHA-256 over the hash before it and its eight values.

    Each value stands there with its length and a colon before it, what is NULL as a hyphen; an instant in UTC to the
    microsecond. The same is said in the product's own words and code elsewhere; neither knows the other.
    """
    at = line["at"] if isinstance(line["at"], datetime) else datetime.fromisoformat(line["at"])
    values: list[str | None] = [
        str(line["id"]),
        None if line["request_id"] is None else str(line["request_id"]),  # None: about the house
        at.astimezone(UTC).isoformat(timespec="microseconds"),
    ]
    values += [line[name] for name in ("actor", "what", "from_value", "to_value", "why")]
    said = "".join("-" if value is None else f"{len(value)}:{value}" for value in values)
    whole, own = (sha256(f"{last}{said}".encode()).hexdigest() for last in (before, before_in_request))
    return whole, own


def nothing_leaks(evidence: Evidence) -> Iterator[str]:
    """I8: planted secrets and words of mails stand in no log."""
    for path, text in evidence.logs.items():
        yield from (f"{path} has the planted word {word[:6]}…" for word in evidence.planted if word in text)


def nothing_is_left_to_do(evidence: Evidence) -> Iterator[str]:
    """I9: when the case is over, every copy is dealt with and every mail has left or was given up."""
    busy = {"copies": ("stored", "done"), "outbox": ("queued", "sending", "uncertain")}
    for table, states in busy.items():
        for state, count in Counter(row["state"] for row in evidence.tables[table] if row["state"] in states).items():
            yield f"{count} {table} are still {state}"


def faults_are_named(evidence: Evidence) -> Iterator[str]:
    """I10: within a minute of its beginning the status names a fault, within a minute of its end no more."""
    for fault in evidence.faults:
        if fault.ended - fault.began < NAMED_WITHIN:
            continue
        during = [says for at, says in evidence.statuses if fault.began <= at <= fault.began + NAMED_WITHIN]
        after = [says for at, says in evidence.statuses if at >= fault.ended + NAMED_WITHIN]
        if not any(fault.word in says for says in during):
            yield f"{fault.word!r} was not named within a minute"
        if any(fault.word in says for says in after):
            yield f"{fault.word!r} was still named a minute after its end"


INVARIANTS: dict[str, Callable[[Evidence], Iterable[str]]] = {
    "I1": nothing_is_lost,
    "I2": nothing_happens_twice,
    "I3": the_mailbox_is_unharmed,
    "I4": nothing_is_sent_twice,
    "I5": nobody_is_bothered,
    "I6": states_are_legal,
    "I7": the_database_is_whole,
    "I8": nothing_leaks,
    "I9": nothing_is_left_to_do,
    "I10": faults_are_named,
}


def _messages_of(evidence: Evidence, mail: Injected) -> list[Row]:
    """The message rows to which the copies of this mail belong."""
    of_copy = _messages_by_copy(evidence)
    found = [row for copy in mail.copies.items() for row in of_copy[copy]]
    return list({row["id"]: row for row in found}.values())


@lru_cache(maxsize=1)
def _messages_by_copy(evidence: Evidence) -> defaultdict[tuple[str, str], list[Row]]:
    """The message rows by mailbox and bytes of their copies."""
    rows = defaultdict(list)
    for row in evidence.tables["messages"]:
        rows[row["id"]].append(row)
    found: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for copy in evidence.tables["copies"]:
        found[copy["mailbox"], copy["raw"]] += rows[copy["message_id"]]
    return found


def _takes(evidence: Evidence) -> Counter[str]:
    """How often the sink took the mail with this token."""
    return Counter(taken.token for taken in evidence.sent)
