"""Story: mail of late is compared with the mail that the model knows, and what nobody could place is looked through.

The reference is the texts that were set apart from the training of the model in service; where there are too few, the
first requests after it. Confidential requests are on neither side. Nothing is written to the database.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from classifier import registry
from classifier.drift import FEWEST, Drift, Seen, look
from classifier.examination import acts_alone
from classifier.text import Text
from daemon.desk.request import reference
from daemon.mail.language import language_of
from daemon.office import Office
from daemon.store import labels
from daemon.store.labels import Said
from daemon.teaching import is_open, text_of

#: So many mails on each side, the newest, are as good as all.
MOST = 2_000

#: Where the texts set apart are too few: so many of the first requests after the training stand for them.
FIRST = 300


@dataclass(frozen=True, slots=True)
class TypicalMail:
    """One mail that stands for a topic: its request, subject and requester."""

    reference: str
    subject: str
    sender: str


@dataclass(frozen=True, slots=True)
class ProposedTopic:
    """Mails about one thing that nobody could place. placed: to which departments people gave them, the most first."""

    mails: int
    words: tuple[str, ...]
    typical: tuple[TypicalMail, ...]
    placed: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look has found. reference: what was compared with. in_triage: the share that nothing placed.

    left_out: how many requests were passed over, as one sender had sent another that day.
    """

    at: dt.datetime
    model: str
    reference: str
    drift: Drift
    in_triage: float
    left_out: int
    topics: tuple[ProposedTopic, ...]


class NothingToCompare(Exception):
    """There is no model in service, or nothing to compare it with; the sentence says what to do."""


def look_for_drift(office: Office, now: dt.datetime, span: dt.timedelta) -> Looked:
    """Compare the requests of the last `span` before `now` (UTC) with what the model knows.

    Raises NothingToCompare, drift.TooFewMails, and ModelRefused.
    """
    model = office.model
    if model is None:
        raise NothingToCompare("No model is in service; there is nothing that mail could have drifted from.")
    root = office.settings.classifier.folder
    folder = registry.stored(root, model.version)
    exam = [one.text for one in registry.read_evidence(folder).exam]
    with office.store.reading() as database:
        since = min(now - span, registry.read_manifest(folder).created)
        found = labels.since(database, since)
    every = [one for one in found if is_open(one.confidential, [one.first_department, one.department], office.settings)]
    recent = [one for one in every if one.received_at >= now - span]
    texts, what, recent = _reference(exam, every, recent, office)
    of_late = _one_a_day(recent)
    drift = look(_seen(office, texts[-MOST:]), _seen(office, [_text(one, office) for one in of_late[-MOST:]]))
    return Looked(
        at=now,
        model=model.version,
        reference=what,
        drift=drift,
        in_triage=sum(one.first_department is None for one in recent) / max(1, len(recent)),
        left_out=len(recent) - len(of_late),
        topics=proposed(office, recent, texts),
    )


def proposed(office: Office, recent: Iterable[Said], learnt: Sequence[Text]) -> tuple[ProposedTopic, ...]:
    """New topics among the requests that came to triage."""
    from classifier.topics import new_topics  # noqa: PLC0415 - scikit-learn takes seconds to import

    asked = [one for one in recent if one.first_department is None]
    found = new_topics([_text(one, office) for one in asked], learnt[-MOST:])
    return tuple(
        ProposedTopic(
            mails=len(topic.mails),
            words=topic.words,
            typical=tuple(
                TypicalMail(reference(asked[i].number), asked[i].subject, asked[i].sender) for i in topic.typical
            ),
            placed=tuple(Counter(name for i in topic.mails if (name := asked[i].department)).most_common()),
        )
        for topic in found
    )


def _reference(
    exam: list[Text], every: Sequence[Said], recent: list[Said], office: Office
) -> tuple[list[Text], str, list[Said]]:
    """What to compare with, how that is called, and which of the recent requests are none of it."""
    if len(exam) >= FEWEST:
        return exam, f"{len(exam)} labelled texts that it had not learnt from", recent
    first = every[:FIRST]
    numbers = {one.number for one in first}
    texts = [_text(one, office) for one in _one_a_day(first)]
    return texts, f"the first {len(texts)} requests after its training", [o for o in recent if o.number not in numbers]


def _one_a_day(said: Iterable[Said]) -> list[Said]:
    """One request for each sender and day: what comes in a row is no independent sign of anything."""
    first: dict[tuple[str, dt.date], Said] = {}
    for one in said:
        first.setdefault((one.sender, one.received_at.date()), one)
    return list(first.values())


def _text(one: Said, office: Office) -> Text:
    groups = {one.sender.lower(): office.person(one.sender).group}
    return text_of(one, office.settings, groups)


def _seen(office: Office, texts: Sequence[Text]) -> list[Seen]:
    assert office.model is not None
    return [
        Seen(
            confidence=said.confidence,
            department=said.department,
            known_share=said.known_share,
            language=language_of(f"{text.subject} {text.words}"),
            alone=acts_alone(office.model, said, office.settings.routing.promise, office.floor),
        )
        for text, said in zip(texts, office.model.predict_many(texts), strict=True)
    ]
