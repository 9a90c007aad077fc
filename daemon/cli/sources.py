"""What `train` and `evaluate` learn from: tables, sorted mail, IMAP folders, our own history, what was made up."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from classifier.examples import (
    FEWEST_EXAMPLES,
    TABLES,
    Example,
    ExamplesRefused,
    read_rows,
    stranger,
    without_duplicates,
)
from classifier.text import Text
from config.settings import Settings
from daemon.cli.progress import bar
from daemon.cli.room import open_for_reading
from daemon.cli.sheet import BAD_CONFIGURATION, UNAVAILABLE, Ends, Sheet
from daemon.teaching import STARTER_BELOW, Known, Taught

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Named:
    """The sources that the command line names.

    `first_days`: what was made up, for departments of which there is little mail.
    """

    paths: tuple[str, ...]
    fields: tuple[str, ...]
    history: bool
    starter: bool
    first_days: bool = False


paths = click.argument("paths", nargs=-1, metavar="[SOURCE]...")
from_imap = click.option(
    "--from-imap",
    "fields",
    multiple=True,
    metavar="MAILBOX:FOLDER=DEPARTMENT",
    help="A folder of one of the mailboxes of the settings; read only; may be given several times.",
)
history = click.option("--history", is_flag=True, help="Our own past requests, too, by where people left them.")
starter = click.option("--starter", is_flag=True, help="The starter corpus and the departments' descriptions, too.")


def gather(sheet: Sheet, settings: Settings, named: Named) -> list[Example]:
    """The examples of all sources, none twice; says on standard error what was left out and why."""
    kept = without_duplicates(gather_all(sheet, settings, named))
    if kept.duplicates:
        click.echo(f"{kept.duplicates} texts occur more than once and count once.", err=True)
    return list(kept.kept)


def gather_all(sheet: Sheet, settings: Settings, named: Named) -> list[Example]:
    """The examples of all sources, as often as they occur; every trouble ends the command with its sentences."""
    try:
        return _all(sheet, settings, _meant(named))
    except ExamplesRefused as error:
        raise Ends(str(error)) from error


def past_mail(sheet: Sheet, settings: Settings, named: Named) -> list[Text]:
    """Where our own history is a source: its requests of whose place nobody has said anything."""
    from daemon import learning  # noqa: PLC0415

    if not _meant(named).history or not _has_history(settings):
        return []
    with open_for_reading(sheet, read_only=True) as (_, store), store.reading() as database:
        return learning.past_mail(database, settings, _groups(settings))


def _meant(named: Named) -> Named:
    """Where nothing is named, everything there is."""
    if named.paths or named.fields or named.history or named.starter:
        return named
    return replace(named, history=True, first_days=True)


def _has_history(settings: Settings) -> bool:
    """Not before the first start of the daemon."""
    url = settings.database.url
    return not url.startswith("sqlite:///") or Path(url[10:]).exists()


def _all(sheet: Sheet, settings: Settings, named: Named) -> list[Example]:
    labelled = [_label_of(path) for path in named.paths]
    tables = [path for path, label in labelled if label is None and path.suffix.lower() in TABLES]
    mail = [(path, label) for path, label in labelled if path not in tables]
    found = _from_tables(tables, settings)
    if mail:
        found += _from_mail(sheet, settings, mail)
    if named.fields:
        found += _from_imap(sheet, settings, named.fields)
    if named.history:
        found += _from_history(sheet, settings)
    if named.starter:
        found += _made_up(settings, found, None)
    elif named.first_days:
        found += _made_up(settings, found, STARTER_BELOW)
    return found


def _label_of(written: str) -> tuple[Path, str | None]:
    """`PATH` or `PATH=DEPARTMENT`; a path that exists as it is written is meant as it is written."""
    head, mark, label = written.rpartition("=")
    if mark and head and not Path(written).exists():
        return Path(head), label
    return Path(written), None


def _from_tables(paths: Iterable[Path], settings: Settings) -> list[Example]:
    found: list[Example] = []
    problems: list[str] = []
    for path in paths:
        try:
            found += read_rows(path, settings.departments)
        except ExamplesRefused as refused:
            problems += refused.problems
    if problems:
        raise ExamplesRefused(problems)
    return found


def _from_mail(sheet: Sheet, settings: Settings, labelled: Sequence[tuple[Path, str | None]]) -> list[Example]:
    from daemon.cli.room import parser_pool  # noqa: PLC0415 - a table needs none of this
    from daemon.parsing import ParserDown  # noqa: PLC0415
    from daemon.sorted_mail import heaps, mails  # noqa: PLC0415
    from daemon.teaching import taught_by_mail  # noqa: PLC0415

    heap_list = [heap for path, label in labelled for heap in heaps(path, label, settings.departments)]
    known, threads = _known(settings), max(2, os.cpu_count() or 1)
    parsers = parser_pool(settings, threads)
    try:
        with bar("reading old mail (bytes)") as progress:
            old = mails(heap_list, settings.limits.message_bytes, progress)
            taught = taught_by_mail(old, known, parsers, threads)
    except ParserDown as error:
        raise Ends(f"Mail cannot be read now: {error}", UNAVAILABLE) from error
    finally:
        parsers.close()
    _say(taught, "mails")
    return list(taught.examples)


def _from_imap(sheet: Sheet, settings: Settings, written: Sequence[str]) -> list[Example]:
    from daemon.cli.room import parser_pool  # noqa: PLC0415
    from daemon.harvest import Field, HarvestRefused, harvest  # noqa: PLC0415
    from daemon.mailbox.connection import MailboxDown  # noqa: PLC0415
    from daemon.office import access_of  # noqa: PLC0415
    from daemon.parsing import ParserDown  # noqa: PLC0415

    parts = [_field_of(one, settings) for one in written]
    known, kept_in = _known(settings), settings.state_dir / "teaching"
    parsers = parser_pool(settings)
    found: list[Example] = []
    try:
        for mailbox, folder, department in parts:
            access = replace(access_of(settings, sheet.path, mailbox), folder=folder, read_only=True)
            with bar(f"reading {mailbox}:{folder}") as progress:
                most = settings.limits.message_bytes
                taught = harvest(Field(access, department), kept_in, known, parsers, most, progress)
            _say(taught, f"mails of {mailbox}:{folder}")
            found += taught.examples
    except (MailboxDown, ParserDown) as error:
        raise Ends(str(error), UNAVAILABLE) from error
    except HarvestRefused as error:
        raise Ends(str(error)) from error
    except OSError as error:
        raise Ends(f"What was read cannot be kept in {kept_in}: {error.strerror}.") from error
    finally:
        parsers.close()
    return found


def _field_of(written: str, settings: Settings) -> tuple[str, str, str]:
    """Mailbox, folder and department of `MAILBOX:FOLDER=DEPARTMENT`."""
    place, mark, department = written.rpartition("=")
    mailbox, colon, folder = place.partition(":")
    if not (mark and colon and folder):
        raise Ends(f"--from-imap {written}: write MAILBOX:FOLDER=DEPARTMENT, such as help:Archive/HR=hr.")
    if mailbox not in settings.mailboxes:
        names = ", ".join(sorted(settings.mailboxes))
        raise Ends(f"--from-imap {written}: there is no mailbox {mailbox!r} in the settings; there are {names}.")
    if department not in settings.departments:
        raise Ends(f"--from-imap {written}: {stranger(department, settings.departments)}")
    return mailbox, folder, department


def _from_history(sheet: Sheet, settings: Settings) -> list[Example]:
    from daemon.learning import by_people  # noqa: PLC0415
    from daemon.store import labels, past  # noqa: PLC0415
    from daemon.teaching import taught_by_requests  # noqa: PLC0415

    if not _has_history(settings):
        return []
    groups = _groups(settings)
    with open_for_reading(sheet, read_only=True) as (_, store), store.reading() as database:
        said, handled = by_people(labels.said(database), settings, groups), past.handled(database)
    taught = taught_by_requests(said, handled, settings, groups)
    _say(taught, "past requests")
    return list(taught.examples)


def _made_up(settings: Settings, found: Sequence[Example], below: int | None) -> list[Example]:
    """What was made up, for all departments or for those of which less mail is found; says where it is too little."""
    from daemon.teaching import enough, made_up  # noqa: PLC0415

    mail = Counter(one.department for one in found)
    wanted = [slug for slug in settings.departments if below is None or mail[slug] < below]
    made, few = enough(made_up(settings, wanted), found, FEWEST_EXAMPLES)
    for name in few:
        click.echo(
            f"Of {name} there is only its description: the model never routes there until there are "
            f"{FEWEST_EXAMPLES} texts; name in the description what it handles, or give examples.",
            err=True,
        )
    return made


def _known(settings: Settings) -> Known:
    return Known(settings.watched_addresses(), _groups(settings))


def _groups(settings: Settings) -> Mapping[str, str]:
    from daemon.learning import groups_of  # noqa: PLC0415
    from daemon.people import PeopleRefused, known_people  # noqa: PLC0415

    if not settings.people.file:
        return {}
    try:
        return groups_of(known_people(settings))
    except PeopleRefused as error:
        raise Ends(str(error), BAD_CONFIGURATION) from error


def _say(taught: Taught, what: str) -> None:
    click.echo(f"{len(taught.examples)} {what} can be learnt from.", err=True)
    reasons = taught.reasons()
    for why, count, first in reasons[:_SHOWN]:
        click.echo(f"Left out {count}, because {why.rstrip('.')} (the first: {first}).", err=True)
    if len(reasons) > _SHOWN:
        click.echo(f"Left out {sum(count for _, count, _ in reasons[_SHOWN:])} for other reasons.", err=True)
