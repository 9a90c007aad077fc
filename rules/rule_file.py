"""Rule files: YAML in, a RuleSet out, or every mistake at once with file, line and rule.

A file:
    department: finance           # what the rules of this file give, unless they say otherwise (optional)
    lists:                        # values that all files may use as {list: name} (optional)
      customers: {file: customers.txt}   # one a line, in the folder of the rules; or a list right here
    rules:
      - name: supplier invoices
        order: 50                 # lower is asked first; 100 when left out; then by file name, then by place
        when: ...                 # see condition_file.py
        then: {department: finance, priority: high, reason: a customer is waiting}   # see then_file.py
        examples:                 # see example_file.py
          catches: [{from: ..., subject: ..., body: ...}]
          leaves: [...]
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from rules.condition_file import read_when
from rules.example_file import read_examples
from rules.examples import run_examples
from rules.index import index_rules
from rules.list_file import FILE_WORDS, read_lists
from rules.mistakes import Mistake, Notebook, RuleFileError, meant
from rules.rule import Condition, Offers, Rule, RuleSet
from rules.then_file import Given, department_named, read_then, words_of
from rules.yaml_lines import Entries, Items, Text, Value, read_yaml

__all__ = ["STARTER_RULES", "Mistake", "RuleFileError", "load_folder", "parse_rules", "read_folder", "read_rules"]

STARTER_RULES = Path(__file__).parent / "starter"
"""The folder with the rules that come with Postroom."""

LARGEST_FILE = 1024 * 1024
DEFAULT_ORDER = 100
_ORDER = re.compile(r"\d{1,4}")


def load_folder(path: Path, offers: Offers) -> RuleSet:
    """A folder and what the settings offer -> its rules. Errors as for read_folder and read_rules."""
    return read_rules(read_folder(path), offers)


def read_folder(path: Path) -> dict[str, bytes]:
    """A folder -> its rule files (*.yaml, *.yml) and list files (*.txt) by name; no hidden files, no subfolders.

    RuleFileError when there is none, or one cannot be read.
    """
    files: dict[str, bytes] = {}
    mistakes: list[Mistake] = []
    for file in _files(path):
        try:
            files[file.name] = file.read_bytes()
        except OSError as error:
            mistakes.append(Mistake(file.name, 1, "", f"the file cannot be read: {error.strerror}"))
    if mistakes:
        raise RuleFileError(mistakes)
    return files


def _files(path: Path) -> list[Path]:
    try:
        names = sorted(path.iterdir(), key=lambda file: file.name)
    except OSError as error:
        problem = f"the folder cannot be read: {error.strerror}"
        raise RuleFileError([Mistake(str(path), 1, "", problem)]) from error
    # Editors and configuration tools leave hidden copies beside the real files.
    files = [file for file in names if file.suffix in (*_RULES, ".txt") and not file.name.startswith(".")]
    if not any(file.suffix in _RULES for file in files):
        problem = "the folder has no rule files (*.yaml); add one, or take the folder out of the settings"
        raise RuleFileError([Mistake(str(path), 1, "", problem)])
    return files


def read_rules(files: Mapping[str, bytes], offers: Offers) -> RuleSet:
    """File names with their bytes, and what the settings offer -> the rules.

    RuleFileError with every mistake when anything in any file is wrong, or an example comes out differently:
    no rule is ever left out silently.
    """
    rules, mistakes = _read(files, offers)
    mistakes += [
        Mistake(wrong.file, wrong.line, wrong.rule, f"want: {wrong.want}; got: {wrong.got}")
        for wrong in run_examples(rules)
    ]
    return _rule_set(files, offers, rules, mistakes)


def parse_rules(files: Mapping[str, bytes], offers: Offers) -> RuleSet:
    """The same without trying the examples: for whoever is to be told how each of them comes out."""
    return _rule_set(files, offers, *_read(files, offers))


def _read(files: Mapping[str, bytes], offers: Offers) -> tuple[list[Rule], list[Mistake]]:
    notebooks = {name: Notebook(name, offers) for name in sorted(files) if name.endswith(_RULES)}
    read = {name: _yaml(files[name], notes) for name, notes in notebooks.items()}
    lists = read_lists(read, files, notebooks)
    rules: list[Rule] = []
    for name, notes in notebooks.items():
        notes.lists = lists
        if (value := read[name]) is not None:
            rules += _file(value, notes)
    return rules, [mistake for notes in notebooks.values() for mistake in notes.mistakes]


def _rule_set(
    files: Mapping[str, bytes], offers: Offers, rules: Iterable[Rule], mistakes: Collection[Mistake]
) -> RuleSet:
    if mistakes:
        raise RuleFileError(mistakes)
    # The sort is stable: rules of equal order stay by file name, then by place.
    in_order = tuple(sorted(rules, key=lambda rule: rule.order))
    return RuleSet(in_order, _version(files), tuple(sorted(offers.departments)), index_rules(in_order))


def _version(files: Mapping[str, bytes]) -> str:
    """The first 12 hex digits of a SHA-256 over the names and bytes, each with its length."""
    digest = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode("utf-8", "surrogateescape"), files[name]):
            digest.update(f"{len(part)}:".encode() + part)
    return digest.hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class _Page:
    """One file while it is read: what it gives by default, and where its mistakes go."""

    notes: Notebook
    usual: str | None


def _file(value: Value, notes: Notebook) -> Iterator[Rule]:
    given = words_of(value, FILE_WORDS, notes)
    page = _Page(notes, department_named(given.get("department"), notes))
    rules = given.get("rules")
    if rules is None and "lists" in given:
        return
    if not isinstance(rules, Items) or not rules.items:
        notes.note((rules or value).line, "a rule file needs `rules:` with a list, each rule beginning with '- name:'")
        return
    for item in rules.items:
        notes.rule = ""
        if rule := _rule(item, page):
            yield rule


def _yaml(content: bytes, notes: Notebook) -> Value | None:
    if len(content) > LARGEST_FILE:
        notes.note(1, "the file is larger than 1 MiB; split it into several files")
        return None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        notes.note(content.count(b"\n", 0, error.start) + 1, "this is not UTF-8 text; save the file as UTF-8")
        return None
    value, flaws = read_yaml(text)
    for flaw in flaws:
        notes.rule = _rule_above(flaw.line, text)
        notes.note(flaw.line, flaw.problem)
    notes.rule = ""
    if value is None and not flaws:
        notes.note(1, "the file is empty; write `rules:` with a list of rules, or remove the file")
    return value


def _rule_above(line: int, text: str) -> str:
    """The rule in which a line of a file stands that cannot be read as a whole: the name last written above."""
    above = text.splitlines()[: line - 1]
    named = (found for one in reversed(above) if (found := _NAMED.match(one)))
    return next((found[1].strip("'\" ") for found in named), "")


def _rule(value: Value, page: _Page) -> Rule | None:
    notes, before = page.notes, len(page.notes.mistakes)
    name = _name(value, notes)
    given = words_of(value, _RULE_WORDS, notes)
    when = _when(given.get("when"), value.line, notes) if given else None
    gives = read_then(given.get("then"), value.line, page.usual, notes) if given else Given()
    order = _order(given.get("order"), notes)
    catches, leaves = read_examples(given.get("examples"), when, notes)
    if when is None or len(notes.mistakes) > before:
        return None
    return Rule(
        name=name,
        when=when,
        order=order,
        file=notes.file,
        line=value.line,
        catches=catches,
        leaves=leaves,
        department=gives.department,
        priority=gives.priority,
        priority_reason=gives.reason,
        hold=gives.hold,
        owner=gives.owner,
        skills=gives.skills,
        sla_policy=gives.sla_policy,
        silent=gives.silent,
        tags=gives.tags,
        confidential=gives.confidential,
        watchers=gives.watchers,
        stop=gives.stop,
    )


def _name(value: Value, notes: Notebook) -> str:
    """The name, which every later mistake of this rule then carries."""
    given = {key.text: inner for key, inner in value.entries} if isinstance(value, Entries) else {}
    name = given.get("name", given.get(next((key for key in given if meant(key, _RULE_WORDS) == "name"), "")))
    if isinstance(name, Text) and name.text.strip():
        notes.rule = " ".join(name.text.split())
    elif given:
        notes.note(value.line, "the rule has no name; add `name:` with a few words that say what it catches")
    return notes.rule


def _when(value: Value | None, line: int, notes: Notebook) -> Condition | None:
    if value is None:
        notes.note(line, "the rule has no `when:`; add what a mail must have")
        return None
    return read_when(value, notes)


def _order(value: Value | None, notes: Notebook) -> int:
    if value is None:
        return DEFAULT_ORDER
    if isinstance(value, Text) and _ORDER.fullmatch(value.text):
        return int(value.text)
    notes.note(value.line, "order must be a whole number from 0 to 9999; lower is asked first")
    return DEFAULT_ORDER


_NAMED = re.compile(r"\s*-\s+name:\s+(.*)")
_RULE_WORDS = ("name", "order", "when", "then", "examples")
_RULES = (".yaml", ".yml")
