"""Story: the model learns from what people said, and is watched: does it keep its promise?

Works in a process of its own (`daemon.learning_child`), at the lowest priority. When something was last done stands in
the ledger of the house, so that a restart changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from classifier import registry
from classifier.corrections import Kept, beyond_the_day, keeps, weights
from classifier.drift import TooFewMails
from classifier.examination import evidence_of
from classifier.examples import FEWEST_EXAMPLES, TABLES, Example, read_rows, without_duplicates
from classifier.gate import Parted, part
from classifier.text import Text
from classifier.threshold import PROMISES
from config.settings import Settings
from daemon import frozen_mail, state_dir
from daemon.confirming import automatic, label_of
from daemon.desk.request import reference
from daemon.drifting import NothingToCompare, look_for_drift
from daemon.office import Office
from daemon.parsing import ParserPool
from daemon.people import Person
from daemon.promoting import NotPromoted, promote, weigh
from daemon.sorted_mail import heaps, mails
from daemon.store import installation, labels, ledger, outbox
from daemon.store.database import Store
from daemon.store.labels import Said
from daemon.teaching import STARTER_BELOW, Known, enough, is_open, made_up, taught_by_mail, text_of

log = structlog.get_logger("learning")

#: What the ledger of the house calls a training by Postroom itself, and a look at the promise.
TRAINED, CHECKED, RAISED = "model_trained", "promise_checked", "threshold_raised"

#: How often the model is trained anew, and how often its promise is looked at.
WEEK, MONTH = dt.timedelta(days=7), dt.timedelta(days=30)

#: So far back the automatic routes are looked at.
LATELY = dt.timedelta(days=90)

#: So many of the newest words of people are learnt from, so that the memory of a small machine suffices.
MOST_LABELS = 10_000

#: Where labels are few, so many of the newest requests without any teach along.
MOST_UNLABELLED = 8_000

_SEED = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, in a sentence; whether the daemon must read the model anew."""

    sentence: str
    changed: bool = False


# ---- training


def taught(office: Office) -> Parted:
    """All there is to learn from: the files of the settings, what people said, what was made up where that is little.

    Raises ExamplesRefused with every mistake in the files, and ParserDown.
    """
    settings, groups = office.settings, groups_of(office.people)
    found = _from_files(settings, office.parsers, groups)
    with office.store.reading() as database:
        said = labels.said(database)
    found += by_people(said, settings, groups)
    labelled = Counter(one.department for one in found)
    little = [slug for slug in settings.departments if labelled[slug] < STARTER_BELOW]
    found += enough(made_up(settings, little), found, FEWEST_EXAMPLES)[0]
    return large_enough(part(without_duplicates(found).kept))


def large_enough(parted: Parted) -> Parted:
    """Without the departments of which there are too few texts to learn from: rules and people serve them meanwhile."""
    texts = Counter(one.department for one in parted.to_learn)
    known = {department for department, count in texts.items() if count >= FEWEST_EXAMPLES}
    to_learn, apart = ([one for one in some if one.department in known] for some in (parted.to_learn, parted.set_apart))
    return Parted(tuple(to_learn), tuple(apart))


def _from_files(settings: Settings, parsers: ParserPool, groups: Mapping[str, str]) -> list[Example]:
    tables = [path for path in settings.classifier.examples if path.suffix.lower() in TABLES]
    found = [example for path in tables for example in read_rows(path, settings.departments)]
    old = [
        heap
        for path in settings.classifier.examples
        if path not in tables
        for heap in heaps(path, None, settings.departments)
    ]
    known = Known(settings.watched_addresses(), groups)
    mail = mails(old, settings.limits.message_bytes, lambda _, __: None)
    return found + list(taught_by_mail(mail, known, parsers, threads=1).examples)


def by_people(said: Iterable[Said], settings: Settings, groups: Mapping[str, str]) -> list[Example]:
    """What people said of placements, as examples that weigh what they should; of nothing confidential.

    A model keeps words of its texts, and `explain` shows them beside any mail that has them. groups: of each
    requester's address in lower case.
    """
    spoken = [(one, label) for one in said if (label := label_of(one)) is not None]
    per_day = settings.routing.corrections_per_day
    beyond = beyond_the_day([label for _, label in spoken], per_day)
    pairs = [(one, label) for one, label in spoken if _teaches(one, settings)]
    pairs = [(one, label) for one, label in pairs if label.department in settings.departments][-MOST_LABELS:]
    counted = weights([label for _, label in pairs], per_day)
    return [
        Example(
            text=(text := text_of(one, settings, groups)),
            department=label.department,
            source=reference(one.number),
            received_at=one.received_at,
            group=text.group,
            weight=weight,
            doubtful=one.number in beyond,
        )
        for (one, label), weight in zip(pairs, counted, strict=True)
    ]


def past_mail(database: sa.Connection, settings: Settings, groups: Mapping[str, str]) -> list[Text]:
    """The newest requests of whose place nobody has said anything, to learn along with the labelled ones."""
    return [
        text_of(one, settings, groups) for one in labels.unsaid(database, MOST_UNLABELLED) if _teaches(one, settings)
    ]


def _teaches(one: Said, settings: Settings) -> bool:
    is_readable = bool(one.subject or one.words)
    return is_readable and is_open(one.confidential, [one.first_department, one.department], settings)


def groups_of(people: Mapping[str, Person]) -> dict[str, str]:
    """The group of each address of the people file, in lower case."""
    return {address: person.group for address, person in people.items()}


def retrain(office: Office, now: dt.datetime) -> Outcome:
    """Train a challenger and ask the gate about it; `now` is UTC.

    It goes into service only if `classifier.promote` says so and the gate holds. Raises ExamplesRefused, and
    ModelRefused if it cannot be compared.
    """
    from classifier.train import train  # noqa: PLC0415 - scikit-learn takes seconds to import

    settings, store = office.settings, office.store
    root = settings.classifier.folder
    parted = taught(office)
    with store.reading() as database:
        past = past_mail(database, settings, groups_of(office.people))
    promises = sorted({*PROMISES, settings.routing.promise})
    trained = train(parted.to_learn, seed=_SEED, promises=promises, unlabelled=past)
    version = registry.publish(trained, root, now, who=ledger.POSTROOM, evidence=evidence_of(parted))
    _note(store, ledger.Entry(now, ledger.POSTROOM, TRAINED, None, version, f"from {len(parted.to_learn)} texts"))
    log.info("model_trained", model=version, texts=len(parted.to_learn))
    if not settings.classifier.promote:
        verdict = "; ".join(weigh(settings, version).against) or "the gate would let it pass"
        return Outcome(f"{version} was trained and waits for `postroom models promote`: {verdict}")
    try:
        weighed = promote(settings, store, version, actor=ledger.POSTROOM, now=now)
    except NotPromoted as refusal:
        return Outcome(str(refusal).rstrip("."))
    return Outcome(f"{version} was trained and is in service: {weighed.reason}", weighed.champion != version)


# ---- the promise


def look_at_promise(office: Office, now: dt.datetime) -> Kept | None:
    """What people said of the routes of the model in service within the last 90 days; None if it never acts alone."""
    model, threshold = office.model, office.acts_alone_from
    if model is None or threshold is None:
        return None
    with office.store.reading() as database:
        said = labels.since(database, now - LATELY)
    routes = automatic(said, model.version, office.settings.routing.corrections_per_day)
    # What it placed under a lower threshold, it would not place today.
    least = {name: office.names_alone_from(name) for name in model.departments}
    today = [one for one in routes if (value := least.get(one.department)) is not None and one.confidence >= value]
    return keeps(today, office.settings.routing.promise, threshold)


def check_promise(office: Office, now: dt.datetime) -> Outcome:
    """Look at the promise; where it is broken, raise the threshold at once and tell the operators. `now` is UTC."""
    kept = look_at_promise(office, now)
    if kept is None or office.model is None:
        return Outcome("the model does not act alone; nothing is to be checked")
    said = say_kept(kept, office.settings.routing.promise)
    version, before = office.model.version, office.acts_alone_from or 0.0
    if not kept.broken:
        _note(office.store, ledger.Entry(now, ledger.POSTROOM, CHECKED, None, version, said))
        return Outcome(f"the promise is kept: {said}")
    after = "never" if kept.threshold is None else f"{kept.threshold:.3f}"
    mails = frozen_mail.promise_alarm(office, version, f"{before:.3f}", after, said, now)
    entries = [
        ledger.Entry(now, ledger.POSTROOM, CHECKED, None, version, said),
        ledger.Entry(now, ledger.POSTROOM, RAISED, f"{before:.3f}", after, said),
    ]
    # The floor first: it makes the model only more careful, and after a crash here the look is taken again.
    registry.raise_floor(office.settings.classifier.folder, version, registry.Floor(kept.threshold, now, said))
    with office.store.writing() as database:
        ledger.take_turn(database)
        ledger.write(database, None, entries)
        outbox.put_once(database, mails)
    log.warning("threshold_raised", model=version, before=before, after=after, reason=said)
    return Outcome(f"the promise was broken, the threshold is {after} now: {said}", changed=True)


def say_kept(kept: Kept, promise: float) -> str:
    """What people said of automatic routes, in a sentence without its full stop."""
    drawn = f"of {kept.drawn} drawn by chance {kept.right} were right" if kept.drawn else "none drawn was answered"
    return (
        f"of {kept.routes} routes {kept.corrected} were corrected, {drawn}; "
        f"at most {kept.at_most:.1%} are right, {promise:.1%} are promised"
    )


def _note(store: Store, *entries: ledger.Entry) -> None:
    with store.writing() as database:
        ledger.take_turn(database)
        ledger.write(database, None, entries)


# ---- drift


def check_drift(office: Office, now: dt.datetime) -> Outcome:
    """Look whether mail of the last 30 days is what the model has learnt from, and keep what was found in a file."""
    try:
        looked = look_for_drift(office, now, MONTH)
    except (NothingToCompare, TooFewMails) as error:
        state_dir.write_drift(office.settings.state_dir, {"at": now, "drifted": [], "sentence": str(error)})
        return Outcome(f"drift: {str(error).rstrip('.')}")
    drifted = [one.measure for one in looked.drift.drifted]
    said = f"mail has drifted: {', '.join(drifted)}" if drifted else "mail has not drifted"
    if looked.topics:
        said += f"; {len(looked.topics)} new topics lie in triage"
    found = {
        "at": now,
        "model": looked.model,
        "drifted": drifted,
        "sentence": said,
        "psi": {one.measure: one.psi for one in looked.drift.shifts},
        "in_triage": looked.in_triage,
        "new_topics": len(looked.topics),
    }
    state_dir.write_drift(office.settings.state_dir, found)
    if drifted:
        log.warning("mail_drifted", measures=drifted, model=looked.model)
    return Outcome(said)


# ---- what is due


def due(office: Office, now: dt.datetime) -> Sequence[str]:
    """What is to be done now: "promise" monthly and "drift" weekly while a model is in service, "train" weekly if the
    settings say so.

    Where nobody has said anything since, nothing is to be learnt.
    """
    found = []
    with office.store.reading() as database:
        begun, lines = _begun(office, database), ledger.of_house(database)
        last = {
            what: max((line.at for line in lines if line.what == what), default=begun) for what in (TRAINED, CHECKED)
        }
        if office.model is not None and now - last[CHECKED] >= MONTH:
            found.append("promise")
        is_week_over = office.settings.classifier.retrain == "weekly" and now - last[TRAINED] >= WEEK
        if is_week_over and labels.said_count(database, last[TRAINED]):
            found.append("train")
    looked = state_dir.read_drift(office.settings.state_dir)
    last_look = dt.datetime.fromisoformat(looked["at"]) if looked else begun
    if office.model is not None and now - last_look >= WEEK:
        found.append("drift")
    return found


def _begun(office: Office, database: sa.Connection) -> dt.datetime:
    """When the model in service was trained; without one, when the database began."""
    root = office.settings.classifier.folder
    if office.model is not None and office.model.version in registry.versions(root):
        return registry.read_manifest(root / office.model.version).created
    known = installation.find(database)
    return known.first_started_at if known else office.now()
