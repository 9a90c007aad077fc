"""`postroom check`: read everything, then really try it: IMAP, SMTP, database, rules, model, templates."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import click
import sqlalchemy as sa

from classifier.examples import TABLES, ExamplesRefused, read_examples
from config.mistakes import did_you_mean
from config.settings import Settings
from daemon import free_space
from daemon.cli.room import parser_pool, store_of
from daemon.cli.rules_folder import counted
from daemon.cli.sheet import NOT_AS_IT_SHOULD_BE, OK, Ends, Sheet, as_json, print_json, print_table, safe
from daemon.free_space import places
from daemon.keys import FILE as KEYS_FILE
from daemon.mailbox.connection import MailboxDown, connect
from daemon.mailbox.mark import KEYWORD
from daemon.office import (
    Office,
    imap_access,
    open_office,
    probe_access,
    require_same_keys,
    smtp_access,
    with_candidate,
)
from daemon.outbox.smtp import Channel, ChannelDown
from daemon.parsing import ParseFailed, ParserDown
from daemon.premises import OfficeClosed
from daemon.shadow import wanted
from daemon.sorted_mail import heaps
from daemon.state_dir import prepare
from daemon.store import installation, schema
from daemon.store.database import Store


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was tried: good, or what is wrong and what to do."""

    thing: str
    good: bool
    sentence: str


@click.command("check")
@as_json
@click.pass_obj
def command(sheet: Sheet, machine: bool) -> int:
    """Try everything the settings name, and say what is wrong. Changes nothing on any server.

    Exit status 0 if all is well, 1 if something is not, 78 if the settings do not load.
    """
    settings = sheet.settings()
    found = [Found("settings", True, f"{sheet.path}: no mistakes")]
    found += _try_everything(sheet, settings)
    if machine:
        print_json(found)
    else:
        marks = {True: safe("ok", "green"), False: safe("WRONG", "bold red")}
        print_table("", ["", "", ""], [(marks[one.good], one.thing, one.sentence) for one in found])
    return OK if all(one.good for one in found) else NOT_AS_IT_SHOULD_BE


def _try_everything(sheet: Sheet, settings: Settings) -> Iterator[Found]:
    try:
        prepare(settings.state_dir)
    except OSError as error:
        yield Found("state directory", False, f"{settings.state_dir} cannot be made ({error.strerror}).")
        return
    try:
        store = store_of(sheet, settings)
    except Ends as end:
        yield Found("database", False, end.message)
        return
    yield _room(settings, store)
    database = _database(store)
    yield database
    parsers = parser_pool(settings)
    try:
        office = open_office(sheet.path, settings, store, parsers)
    except OfficeClosed as error:
        yield Found("rules, model, templates", False, str(error))
        return
    else:
        if database.good:
            yield _tried("keys", lambda: _keys(office))
        yield _rules(office)
        yield from _promises_to_nobody(office)
        yield _model(office)
        if settings.classifier.examples:
            yield _tried("labelled mails", lambda: _examples(settings))
        if wanted(settings):
            yield _tried("shadow", lambda: _shadow(office))
        yield _reader(office)
        for name in settings.mailboxes:
            yield _tried(f"mailbox {name}", lambda name=name: _mailbox(office, name))  # type: ignore[misc]
        yield _tried("SMTP", lambda: _smtp(office))
        if settings.probe is not None:
            yield _tried("probe", lambda: _probe(office))
    finally:
        parsers.close()
        store.close()


def _tried(thing: str, attempt: Callable[[], str]) -> Found:
    try:
        return Found(thing, True, attempt())
    except (MailboxDown, ChannelDown, OfficeClosed) as error:
        return Found(thing, False, str(error))


def _room(settings: Settings, store: Store) -> Found:
    try:
        trouble = free_space.shortage(settings, store)
        if trouble is not None:
            return Found("free space", False, trouble)
        rooms = [f"{free_space.in_mb(free_space.free(path))} on the disk of {path}" for path in places(settings, store)]
    except OSError as error:
        return Found("free space", False, f"{error.filename} cannot be used ({error.strerror}).")
    least = free_space.in_mb(free_space.least(settings))
    return Found("free space", True, f"{' and '.join(rooms)}; below {least} no mail is taken in")


def _database(store: Store) -> Found:
    url = store.url.render_as_string(hide_password=True)
    try:
        found = schema.current(store)
        if found is None:
            with store.writing():
                return Found("database", True, f"{url}: empty; `postroom run` creates the tables")
        schema.require_newest(store)
        with store.writing():
            return Found("database", True, f"{url}: writable, schema {found}")
    except schema.SchemaUnknown as error:
        return Found("database", False, str(error))
    except sa.exc.DBAPIError as error:
        return Found("database", False, f"{url} cannot be used: {str(error.orig).strip()}.")


def _keys(office: Office) -> str:
    with office.store.reading() as database:
        known = None if schema.current(office.store) != schema.newest() else installation.keys_fingerprint(database)
    require_same_keys(office, known)
    return f"{office.settings.state_dir / KEYS_FILE}: {'not in use yet' if known is None else 'those of this database'}"


def _rules(office: Office) -> Found:
    if office.rules is None:
        return Found("rules", True, "none: set rules.folder to let departments write some")
    count = counted(len(office.rules.rules), "rule")
    return Found("rules", True, f"{count}, version {office.rules.version}, all examples pass")


def _promises_to_nobody(office: Office) -> Iterator[Found]:
    """Promises to a group of which the people file knows nobody are kept to nobody, and nobody would notice."""
    known = {person.group for person in office.people.values() if person.group}
    for name, policy in office.settings.sla_policies.items():
        for group in sorted(policy.groups.keys() - known):
            near = did_you_mean(group, known) or f"; groups there are {', '.join(sorted(known)) or 'none'}"
            told = f"sla_policies.{name}.groups: nobody in the people file is of the group {group!r}{near}"
            yield Found("promises", False, told)


def _model(office: Office) -> Found:
    if office.troubles:
        return Found("model", False, office.troubles[0])
    if office.model is None:
        return Found("model", True, "none: what no rule matches goes to triage; train one with `postroom train`")
    promise = office.settings.routing.promise
    threshold = office.acts_alone_from
    if office.floor is not None and threshold is None:
        return Found("model", False, f"{office.model.version} never acts alone: {office.floor.why}")
    acts = f"acts alone from {threshold:.3f}" if threshold is not None else "never acts alone: too few labelled mails"
    return Found("model", True, f"{office.model.version}: for a promise of {promise:.2f} it {acts}")


def _examples(settings: Settings) -> str:
    tables = [path for path in settings.classifier.examples if path.suffix.lower() in TABLES]
    others = [path for path in settings.classifier.examples if path not in tables]
    try:
        found = [one for path in tables for one in read_examples(path, settings.departments).kept]
        folders = [heap for path in others for heap in heaps(path, None, settings.departments)]
    except ExamplesRefused as error:
        raise OfficeClosed(str(error)) from error
    texts = f"{len(found)} texts" if tables else ""
    mail = f"mail of {len({heap.department for heap in folders})} departments" if folders else ""
    return f"{' and '.join(filter(None, (texts, mail)))}, from which a retraining learns beside what people said"


def _shadow(office: Office) -> str:
    candidate = with_candidate(office, office.settings.rules.shadow, office.settings.classifier.shadow)
    return f"is asked beside them: rules {candidate.rules_version or 'none'}, model {candidate.model_version or 'none'}"


def _reader(office: Office) -> Found:
    try:
        office.parsers.parse(b"Subject: check\r\n\r\ncheck\r\n")
    except (ParseFailed, ParserDown) as failure:
        return Found("mail reader", False, f"The child process that reads mail does not work: {failure}")
    return Found("mail reader", True, "the child process with its limits works")


def _mailbox(office: Office, name: str) -> str:
    mailbox = office.settings.mailboxes[name]
    with connect(imap_access(office, name)) as connection:
        extras = [
            "IDLE" if connection.can_idle else f"no IDLE (looks every {mailbox.poll.total_seconds():.0f} s)",
            "MOVE" if connection.can_move else "no MOVE",
            f"keyword {KEYWORD} can be kept"
            if connection.selected.keywords
            else "no keywords (the database remembers)",
        ]
        if connection.selected.read_only:
            extras.append("folder is read-only: mails are taken in but not marked")
        found = f"{connection.selected.exists} mails in {mailbox.folder}"
        return f"{mailbox.user} at {mailbox.host}: {found}; {', '.join(extras)}"


def _probe(office: Office) -> str:
    access = probe_access(office)
    assert access is not None
    with connect(access) as connection:
        return f"{access.user} at {access.host}: {connection.selected.exists} mails in {access.folder}"


def _smtp(office: Office) -> str:
    async def attempt() -> str:
        channel = Channel(lambda: smtp_access(office))
        try:
            await channel.open()
            return ", ".join(sorted(channel.offers))
        finally:
            await channel.close()
            await asyncio.sleep(0.05)  # asyncio takes some turns of its loop to let a TLS connection go

    offered = asyncio.run(attempt())
    smtp = office.settings.smtp
    return (
        f"{smtp.host}:{smtp.service_port} ({smtp.security}) takes our log-in{'; offers ' + offered if offered else ''}"
    )
