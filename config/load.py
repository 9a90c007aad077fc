"""Load: the settings file, a few environment variables and credential files, read and checked.

Reads files; writes nothing, connects to nothing, and does not look whether the folders and servers that are
named exist.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.checks import cross_check
from config.document import Document, read_document
from config.mistakes import Finding, Loc, Mistake, SettingsError, did_you_mean, dotted
from config.sentences import sentence
from config.settings import ENVIRONMENT, Settings

__all__ = ["HoldsPassword", "Mistake", "SettingsError", "load", "load_policy", "read_secret"]

_MOST_BYTES = 1_000_000
_LONGEST_PASSWORD = 4096
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class HoldsPassword(Protocol):
    """Any group of settings with the two options that say where its password is: Database, Mailbox, Smtp."""

    @property
    def password_file(self) -> Path | None: ...

    @property
    def password_env(self) -> str | None: ...


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """Read a settings file (YAML 1.2, UTF-8, up to 1 MB) and the variables that may replace a setting.

    Those variables are named in `config.settings.ENVIRONMENT`.
    environ: the process environment; also gives the default of state_dir, $STATE_DIRECTORY.
    Relative paths in the result start at the file's folder, but password_file does not: see `read_secret`.
    Raises SettingsError with every mistake, in the order of the file.
    """
    document = read_document(_text_of(path))
    if document.is_unreadable:
        raise SettingsError(_mistakes(document.findings, path, document, {}))
    replaced = _replaced(environ)
    tree = _tree_with(document.tree, replaced, environ)
    settings, mistyped = _typed(tree, path.absolute().parent)
    findings = [
        *document.findings,
        *(finding for finding in mistyped if not document.is_unread(finding.loc)),
        *_without_echo(cross_check(tree), mistyped),
    ]
    if findings or settings is None:
        raise SettingsError(_mistakes(findings, path, document, replaced))
    return settings


#: What a policy file may hold, and how deep its options stand: what people promise, and when and by whom they work.
POLICY: Final = {"calendars": 2, "sla_policies": 2, "departments": 2, "triage": 1}


def load_policy(policy: Path, path: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings at `path` with what a policy file says instead: sections of POLICY, and in them only what is other.

    What is named is added, or replaced option by option: the `hours` of a calendar are replaced whole. Raises
    SettingsError with every mistake; those of the policy with its lines.
    """
    before, after = read_document(_text_of(path)), read_document(_text_of(policy))
    if before.is_unreadable:
        raise SettingsError(_mistakes(before.findings, path, before, {}))
    if after.is_unreadable:
        raise SettingsError(_mistakes(after.findings, policy, after, {}))
    known = f"a policy file holds {', '.join(POLICY)} and nothing else"
    strange = [
        Finding((section,), known + did_you_mean(str(section), POLICY))
        for section in after.tree
        if section not in POLICY
    ]
    tree = _tree_with(before.tree, _replaced(environ), environ)
    for section, depth in POLICY.items():
        if section in after.tree:
            tree[section] = _merged(tree.get(section), after.tree[section], depth)
    settings, mistyped = _typed(tree, path.absolute().parent)
    strange += _perhaps_not_new(before.tree, after.tree, mistyped)
    findings = [*after.findings, *strange, *mistyped, *_without_echo(cross_check(tree), mistyped)]
    if findings or settings is None:
        raise SettingsError(_mistakes(findings, policy, after, {}))
    return settings


def _perhaps_not_new(old: Mapping[str, Any], new: Mapping[str, Any], mistyped: Sequence[Finding]) -> list[Finding]:
    """Names that the settings do not have and whose options are not whole: perhaps another one was meant."""
    found = []
    for section in POLICY:
        there, named = old.get(section), new.get(section)
        known = set(there) if isinstance(there, Mapping) else set()
        for name in set(named) - known if isinstance(named, Mapping) and POLICY[section] > 1 else ():
            near = did_you_mean(str(name), known)
            if near and any(one.loc[:2] == (section, name) for one in mistyped):
                found.append(Finding((section, name), f"is not in the settings, so all of it must stand here{near}"))
    return found


def _merged(old: Any, new: Any, depth: int) -> Any:
    """The new value; where options stand deeper, the old ones with the new in their places."""
    if not depth or not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return new
    return {**old, **{key: _merged(old.get(key), value, depth - 1) for key, value in new.items()}}


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise _refused(path, "there is no such file; `postroom config describe` prints one to begin with") from None
    except OSError as error:
        raise _refused(path, f"cannot be read ({error.strerror}); mend its rights or name another file") from None
    if len(raw) > _MOST_BYTES:
        raise _refused(path, "is larger than 1 MB, as no settings are; name the right file")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _refused(path, f"holds bytes in line {line} that are not UTF-8; save it as UTF-8") from None


def _replaced(environ: Mapping[str, str]) -> dict[Loc, str]:
    """Return which settings are replaced and by which variable; an empty variable replaces nothing."""
    return {tuple(setting.split(".")): name for name, (setting, _) in ENVIRONMENT.items() if environ.get(name)}


def _tree_with(tree: Mapping[str, Any], replaced: Mapping[Loc, str], environ: Mapping[str, str]) -> dict[str, Any]:
    default = environ.get("STATE_DIRECTORY", "").partition(":")[0]  # systemd separates several by colons
    result = {"state_dir": default, **tree} if default else dict(tree)
    for loc, name in replaced.items():
        _put(result, loc, environ[name])
    if ("state_dir",) in replaced:
        # Typed in a shell, so that it starts where that shell stands.
        result["state_dir"] = str(Path(result["state_dir"]).absolute())
    return result


def _put(tree: dict[str, Any], loc: Loc, value: str) -> None:
    *sections, option = (str(step) for step in loc)
    for section in sections:
        inside = tree.get(section) or {}
        if not isinstance(inside, dict):
            return  # The file is wrong here, which its own mistake says.
        tree[section] = tree = dict(inside)
    tree[option] = value


def _typed(tree: Mapping[str, Any], base: Path) -> tuple[Settings | None, list[Finding]]:
    """Return the settings, or what is wrong with their values each by itself."""
    try:
        return Settings.model_validate(tree, context={"base": base}), []
    except ValidationError as error:
        return None, [_finding(detail) for detail in error.errors(include_url=False)]


def _finding(detail: ErrorDetails) -> Finding:
    # pydantic adds [key] where it is the key itself that is wrong.
    return Finding(tuple(step for step in detail["loc"] if step != "[key]"), sentence(detail))


def _without_echo(crossed: Sequence[Finding], mistyped: Sequence[Finding]) -> list[Finding]:
    """Return what is wrong between settings that are right in themselves."""
    places = {finding.loc for finding in mistyped}
    return [finding for finding in crossed if finding.loc not in places]


def _mistakes(
    findings: Sequence[Finding], path: Path, document: Document, replaced: Mapping[Loc, str]
) -> list[Mistake]:
    mistakes = [
        Mistake(f"${replaced[finding.loc]}", None, None, dotted(finding.loc), finding.message)
        if finding.loc in replaced
        else Mistake(str(path), *(finding.at or document.place(finding.loc)), dotted(finding.loc), finding.message)
        for finding in findings
    ]
    return sorted(mistakes, key=lambda mistake: (mistake.line or 0, mistake.column or 0))


def read_secret(holder: HoldsPassword, base: Path, environ: Mapping[str, str]) -> str:
    """Return the password of a group of settings, read anew at each call.

    base: the folder of the settings file; a relative password_file starts at $CREDENTIALS_DIRECTORY when that
    is set, otherwise there. One line break at the end is taken off.
    Raises SettingsError with one sentence, which never repeats the password, when there is none to be used.
    """
    if holder.password_file is not None:
        return _password_in_file(holder.password_file, base, environ.get("CREDENTIALS_DIRECTORY"))
    if holder.password_env is None:
        raise SettingsError([Mistake("", None, None, "", "no password is set; set password_file or password_env")])
    return _usable(environ.get(holder.password_env, ""), Path(f"${holder.password_env}"))


def _password_in_file(name: Path, base: Path, credentials: str | None) -> str:
    path = Path(credentials or base) / name
    try:
        raw = _read_guarded(path, credentials)
    except FileNotFoundError:
        raise _refused(path, "there is no such file; put the password into it, with mode 0600") from None
    except OSError as error:
        raise _refused(path, f"cannot be read ({error.strerror}); let its owner be the user of this process") from None
    try:
        return _usable(raw.decode("utf-8"), path)
    except UnicodeDecodeError:
        raise _refused(path, "holds bytes that are not UTF-8 text; write the password anew") from None


def _read_guarded(path: Path, credentials: str | None) -> bytes:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # not to wait for the other end of a pipe
    try:
        _refuse_open_file(path, os.fstat(descriptor).st_mode, credentials)
        return os.read(descriptor, _LONGEST_PASSWORD + 1)
    finally:
        os.close(descriptor)


def _refuse_open_file(path: Path, mode: int, credentials: str | None) -> None:
    if not stat.S_ISREG(mode):
        raise _refused(path, "is no plain file; name the file that holds the password")
    # What lies in $CREDENTIALS_DIRECTORY is guarded by systemd, which may give it mode 0440: systemd.exec(5).
    guarded = credentials is not None and path.resolve().is_relative_to(Path(credentials).resolve())
    if mode & _OTHERS and not guarded:
        raise _refused(
            path,
            f"can be used by others than its owner (mode {stat.S_IMODE(mode):04o}); run: chmod 600 {path}",
        )


def _usable(text: str, source: Path) -> str:
    password = text.removesuffix("\n").removesuffix("\r")
    if not password:
        raise _refused(source, "holds no password; it is empty or not set")
    if not password.isprintable() or len(password) > _LONGEST_PASSWORD:
        # A line break would let the rest of it speak to the server.
        raise _refused(source, "holds more than one line of text; a password is one line")
    return password


def _refused(path: Path, message: str) -> SettingsError:
    return SettingsError([Mistake(str(path), None, None, "", message)])
