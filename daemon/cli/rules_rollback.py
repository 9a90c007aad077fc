"""`postroom rules rollback`: the files of an earlier version come back, and the daemon takes them."""

from __future__ import annotations

from pathlib import Path

import click

from config.settings import Settings
from daemon import kept_rules
from daemon.cli.sheet import BAD_CONFIGURATION, Ends, Sheet, console, safe
from daemon.cli.taking import let_daemon_take
from daemon.office import load_rules
from daemon.premises import utc_now
from rules.mistakes import RuleFileError


@click.command("rollback")
@click.argument("version", required=False)
@click.pass_obj
def command(sheet: Sheet, version: str | None) -> int:
    """Put the files of an earlier version back into the rules folder and let the daemon take them.

    Without VERSION: the version that was live before the present one; or, if the folder holds rules that
    are not live, the live ones. What was in the folder is kept beside it.
    """
    settings = sheet.settings()
    folder = settings.rules.folder
    if folder is None:
        raise Ends("The settings name no rules.folder, so there is nothing to put back.", BAD_CONFIGURATION)
    wanted = version or _version_before(settings, folder)
    files = _files(settings, wanted)
    try:
        changes = kept_rules.difference(folder, files)
        beside = kept_rules.put_back(folder, files, utc_now())
    except kept_rules.CannotPutBack as error:
        raise Ends(str(error)) from error
    out = console()
    out.print(safe(f"{folder} holds version {wanted} again: {changes}.\nWhat was there is in {beside}."))
    return let_daemon_take(settings, "rules_version", wanted)


def _version_before(settings: Settings, folder: Path) -> str:
    """The version to go back to when nobody named one."""
    lives = [live.version for live in kept_rules.history(settings.state_dir) if live.version]
    if not lives:
        raise Ends("No earlier rules are kept; they are from the first start of a daemon that keeps them.")
    if _version_in(settings, folder) != lives[-1]:
        return lives[-1]
    before = [version for version in lives if version != lives[-1]]
    if not before:
        raise Ends(f"There are no rules to go back to: {lives[-1]} is the first version that was kept.")
    return before[-1]


def _version_in(settings: Settings, folder: Path) -> str | None:
    """The version of what lies in the folder; None if it does not load."""
    try:
        return load_rules(folder, settings).version
    except RuleFileError:
        return None


def _files(settings: Settings, version: str) -> Path:
    """The kept files of a version, which must still load: a department may be gone since."""
    known = kept_rules.versions(settings.state_dir)
    if version not in known:
        raise Ends(f"No version {version!r} is kept; there are: {', '.join(known) or 'none'}.")
    files = kept_rules.kept(settings.state_dir, version)
    if _version_of(settings, files, version) != version:
        raise Ends(f"The files in {files} are no longer those of version {version}; restore them from a backup.")
    return files


def _version_of(settings: Settings, files: Path, version: str) -> str:
    try:
        return load_rules(files, settings).version
    except RuleFileError as error:
        raise Ends(f"The rules of version {version} do not load with the settings of today.\n{error}") from error
