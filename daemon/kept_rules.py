"""Every version of the rules that was ever live, kept as files; when it was; and the way back.

In the state directory: `rules/<version>/` holds the files as they were, `rules/history.jsonl` a line for each
time that other rules came into force. What cannot be kept is said in the log and stops nothing.
"""

from __future__ import annotations

import ctypes
import datetime as dt
import errno
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from daemon.office import Office, load_rules
from rules.mistakes import RuleFileError

log = structlog.get_logger("rules")

KEPT, HISTORY = "rules", "history.jsonl"

#: A folder of rules larger than this holds something else too.
LARGEST_FOLDER = 64 * 2**20

_VERSION = re.compile(r"[0-9a-f]{6,64}")
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


@dataclass(frozen=True, slots=True)
class Live:
    """Rules came into force. at: UTC. version: None where there were no rules from then on."""

    version: str | None
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """Names of rules, in alphabetical order."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]

    def __str__(self) -> str:
        """Such as `+ printers, - old printers, ~ leave`."""
        signs = (("+", self.added), ("-", self.removed), ("~", self.changed))
        return ", ".join(f"{sign} {name}" for sign, names in signs for name in names) or "nothing but examples or order"


class CannotPutBack(Exception):
    """The files cannot be put back; the sentence says why and what to do. Nothing was changed."""


def keep(office: Office) -> None:
    """Keep the files of the rules in force, and the moment, unless they were in force already."""
    state, version = office.settings.state_dir, office.rules_version
    try:
        if version is not None and not kept(state, version).is_dir():
            _keep_files(office, version)
        before = history(state)
        if not before or before[-1].version != version:
            _note(state / KEPT / HISTORY, Live(version, office.now()))
    except (OSError, RuleFileError, _Edited) as error:
        log.error("rules_not_kept", rules=version, reason=str(error))


class _Edited(Exception):
    """The files are no longer those that were read."""


def kept(state_dir: Path, version: str) -> Path:
    """Where the files of a version are, if they were kept."""
    return state_dir / KEPT / version


def versions(state_dir: Path) -> list[str]:
    """Every version whose files are kept."""
    with suppress(OSError):
        return sorted(one.name for one in (state_dir / KEPT).iterdir() if _VERSION.fullmatch(one.name))
    return []


def history(state_dir: Path) -> list[Live]:
    """When which rules came into force, oldest first. A line that a crash cut off is passed over."""
    found = []
    with suppress(FileNotFoundError):
        for line in (state_dir / KEPT / HISTORY).read_text().splitlines():
            with suppress(ValueError, KeyError, TypeError):
                written = json.loads(line)
                found.append(Live(written["version"], dt.datetime.fromisoformat(written["at"])))
    return found


def _keep_files(office: Office, version: str) -> None:
    folder, home = office.settings.rules.folder, office.settings.state_dir / KEPT
    assert folder is not None
    home.mkdir(mode=0o700, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".new-", dir=home))
    try:
        _copy(folder, draft)
        if load_rules(draft, office.settings).version != version:
            raise _Edited(f"{folder} was edited while it was read; the next reload keeps it")
        draft.rename(home / version)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _copy(folder: Path, to: Path) -> None:
    """Copy what is not hidden: links as the files they lead to, so that the copy stays what it is."""
    shutil.copytree(folder, to, ignore=lambda _, names: {n for n in names if n.startswith(".")}, dirs_exist_ok=True)
    if sum(path.stat().st_size for path in to.rglob("*") if path.is_file()) > LARGEST_FOLDER:
        raise OSError(errno.EFBIG, "the folder holds more than 64 MiB; keep only rules in it", str(folder))


def _note(path: Path, live: Live) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    line = json.dumps({"at": live.at.isoformat(), "version": live.version})
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


def difference(before: Path, after: Path) -> Difference:
    """What changed between two folders of rules, by the names of the rules; examples do not count."""
    old, new = _rules(before), _rules(after)
    return Difference(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        changed=tuple(sorted(name for name in new.keys() & old.keys() if new[name] != old[name])),
    )


def _rules(folder: Path) -> dict[str, Any]:
    """Name -> what stands there, read as plain YAML: old files may not load with the departments of today."""
    found: dict[str, Any] = {}
    for path in sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")):
        try:
            text = path.read_text("utf-8-sig")
            page = YAML(typ="safe", pure=True).load(text) if path.suffix in (".yaml", ".yml") else None
        except (OSError, ValueError, YAMLError):
            continue
        if isinstance(page, Mapping):
            found |= _named(page)
        else:
            found[path.name] = text
    return found


def _named(page: Mapping[str, Any]) -> dict[str, Any]:
    """The rules and lists of one file; what stands at its top belongs to each of its rules."""
    lists, rules = page.get("lists"), page.get("rules")
    top = {key: value for key, value in page.items() if key not in ("rules", "lists")}
    named = {f"list {name}": values for name, values in lists.items()} if isinstance(lists, Mapping) else {}
    for rule in rules if isinstance(rules, list) else ():
        if isinstance(rule, Mapping) and "name" in rule:
            named[str(rule["name"])] = ({key: value for key, value in rule.items() if key != "examples"}, top)
    return named


def put_back(folder: Path, files: Path, now: dt.datetime) -> Path:
    """Make `folder` hold the kept `files`, in one step; where what was there lies now. Raises CannotPutBack.

    Hidden files of the folder (a version control's) stay in it.
    """
    place = folder.resolve()
    beside = _free(place.with_name(f"{place.name}.before-{now:%Y%m%d-%H%M%S}"))
    try:
        draft = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    except OSError as error:
        raise CannotPutBack(_not_writable(place.parent, error)) from error
    try:
        shutil.copytree(files, draft, dirs_exist_ok=True)
        _take_over_hidden(place, draft)
        _own_like(place, draft)
        _exchange(draft, place)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise CannotPutBack(_not_writable(place, error)) from error
    draft.rename(beside)  # since the exchange it holds what was there
    return beside


def _not_writable(place: Path, error: OSError) -> str:
    return (
        f"{place} cannot be changed ({error.strerror or error}); run this as a user who may write there, such as root."
    )


def _free(path: Path) -> Path:
    tries = (path if n == 1 else path.with_name(f"{path.name}-{n}") for n in range(1, 1000))
    return next(one for one in tries if not one.exists())


def _take_over_hidden(place: Path, draft: Path) -> None:
    for one in place.iterdir():
        if one.name.startswith("."):
            if one.is_dir() and not one.is_symlink():
                shutil.copytree(one, draft / one.name, symlinks=True)
            else:
                shutil.copy2(one, draft / one.name, follow_symlinks=False)


def _own_like(place: Path, draft: Path) -> None:
    """Give the new files the owner and the rights of the folder, or of the file whose place each takes."""
    folder = place.stat()
    for path in (draft, *draft.rglob("*")):
        if path.is_symlink():
            continue
        twin = place / path.relative_to(draft)
        mode = twin.stat().st_mode if twin.exists() else folder.st_mode & (0o777 if path.is_dir() else 0o666)
        path.chmod(mode & 0o7777)
        if os.geteuid() == 0:
            os.chown(path, folder.st_uid, folder.st_gid)


def _exchange(one: Path, other: Path) -> None:
    """Let two folders change places in one step (Linux renameat2), in two where the file system has no such step."""
    libc = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(other)
    if libc.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0:
        return
    number = ctypes.get_errno()
    if number not in (errno.EINVAL, errno.ENOSYS):
        raise OSError(number, os.strerror(number), str(other))
    exchange_slowly(one, other)


def exchange_slowly(one: Path, other: Path) -> None:
    """The same by renaming; `other` is away for a moment, and back if it cannot be done."""
    aside = one.with_name(f"{one.name}.old")
    other.rename(aside)
    try:
        one.rename(other)
    except OSError:
        aside.rename(other)
        raise
    aside.rename(one)
