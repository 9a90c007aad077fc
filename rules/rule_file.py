"""Rule files: YAML in, a RuleSet out, or every mistake at once with file, line and rule.

A file:
    department: finance           # what the rules of this file give, unless they say otherwise (optional)
    rules:
      - name: supplier invoices
        order: 50                 # lower is asked first; 100 when left out; then by file name, then by place
        when: ...                 # see condition_file.py
        then: {department: finance, priority: high, reason: a customer is waiting}
        examples:
          catches: [{from: ..., to: ..., subject: ..., body: ..., headers: {...}, attachments: [...]}]
          leaves: [...]
A rule that is to give only a priority belongs in a file without a department of its own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rules.condition_file import read_when
from rules.examples import run_examples
from rules.mistakes import Mistake, Notebook, RuleFileError, nearest
from rules.rule import PRIORITIES, Condition, ExampleMail, Priority, Rule, RuleSet
from rules.yaml_lines import Entries, Items, Text, Value, read_yaml

__all__ = ["STARTER_RULES", "Mistake", "RuleFileError", "load_folder", "read_rules"]

STARTER_RULES = Path(__file__).parent / "starter"
"""The folder with the rules that come with Postroom."""

LARGEST_FILE = 1024 * 1024
DEFAULT_ORDER = 100
_Mails = tuple[ExampleMail, ...]
_ORDER = re.compile(r"\d{1,4}")


def load_folder(path: Path, departments: Collection[str]) -> RuleSet:
    """A folder and the departments that exist -> the rules of its *.yaml and *.yml files (no subfolders).

    RuleFileError with every mistake when anything in any file is wrong, or an example comes out differently:
    no rule is ever left out silently.
    """
    files: dict[str, bytes] = {}
    mistakes: list[Mistake] = []
    for file in _rule_files(path):
        try:
            files[file.name] = file.read_bytes()
        except OSError as error:
            mistakes.append(Mistake(file.name, 1, "", f"the file cannot be read: {error.strerror}"))
    if mistakes:
        raise RuleFileError(mistakes)
    return read_rules(files, departments)


def _rule_files(path: Path) -> list[Path]:
    try:
        names = sorted(path.iterdir(), key=lambda file: file.name)
    except OSError as error:
        problem = f"the folder cannot be read: {error.strerror}"
        raise RuleFileError([Mistake(str(path), 1, "", problem)]) from error
    # Editors and configuration tools leave hidden copies beside the real files.
    files = [file for file in names if file.suffix in (".yaml", ".yml") and not file.name.startswith(".")]
    if not files:
        problem = "the folder has no rule files (*.yaml); add one, or take the folder out of the settings"
        raise RuleFileError([Mistake(str(path), 1, "", problem)])
    return files


def read_rules(files: Mapping[str, bytes], departments: Collection[str]) -> RuleSet:
    """File names with their bytes, and the departments that exist -> the rules. Errors as for load_folder."""
    rules: list[Rule] = []
    mistakes: list[Mistake] = []
    for name in sorted(files):
        notes = Notebook(name)
        rules += _file(files[name], departments, notes)
        mistakes += notes.mistakes
    mistakes += _wrong_examples(rules)
    if mistakes:
        raise RuleFileError(mistakes)
    # The sort is stable: rules of equal order stay by file name, then by place.
    in_order = sorted(rules, key=lambda rule: rule.order)
    return RuleSet(tuple(in_order), _version(files), tuple(sorted(departments)))


def _version(files: Mapping[str, bytes]) -> str:
    """The first 12 hex digits of a SHA-256 over the names and bytes, each with its length."""
    digest = hashlib.sha256()
    for name in sorted(files):
        for part in (name.encode("utf-8", "surrogateescape"), files[name]):
            digest.update(f"{len(part)}:".encode() + part)
    return digest.hexdigest()[:12]


def _wrong_examples(rules: Iterable[Rule]) -> Iterator[Mistake]:
    for wrong in run_examples(rules):
        yield Mistake(wrong.file, wrong.line, wrong.rule, f"want: {wrong.want}; got: {wrong.got}")


@dataclass(frozen=True, slots=True)
class _Page:
    """One file while it is read: what it gives by default, and where its mistakes go."""

    notes: Notebook
    departments: Collection[str]
    usual: str | None = None


def _file(content: bytes, departments: Collection[str], notes: Notebook) -> Iterator[Rule]:
    value = _yaml(content, notes)
    if value is None:
        return
    page = _Page(notes, departments)
    given = _words_of(value, _FILE_WORDS, notes)
    page = replace(page, usual=_department(given.get("department"), page))
    rules = given.get("rules")
    if not isinstance(rules, Items) or not rules.items:
        notes.note(value.line, "a rule file needs `rules:` with a list, each rule beginning with '- name:'")
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
        value, flaws = read_yaml(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        notes.note(content.count(b"\n", 0, error.start) + 1, "this is not UTF-8 text; save the file as UTF-8")
        return None
    for flaw in flaws:
        notes.note(flaw.line, flaw.problem)
    if value is None and not flaws:
        notes.note(1, "the file is empty; write `rules:` with a list of rules, or remove the file")
    return value


def _words_of(value: Value, known: Collection[str], notes: Notebook) -> dict[str, Value]:
    """The entries of a mapping by their key, after noting every key that is not known."""
    if not isinstance(value, Entries):
        notes.note(value.line, f"something else stands where these words belong: {', '.join(known)}")
        return {}
    for key, _ in value.entries:
        if key.text not in known:
            notes.note(key.line, f"'{key.text}' is not known here; {nearest(key.text, known)}")
    return {key.text: inner for key, inner in value.entries if key.text in known}


def _department(value: Value | None, page: _Page) -> str | None:
    """The department as it was written, after noting when there is none of that name."""
    if value is None:
        return None
    name = value.text if isinstance(value, Text) else ""
    if name not in page.departments:
        page.notes.note(value.line, f"there is no department '{name}'; {nearest(name, page.departments)}")
    return name


def _rule(value: Value, page: _Page) -> Rule | None:
    """A rule, or None after noting every mistake in it."""
    before = len(page.notes.mistakes)
    name = _name(value, page.notes)
    given = _words_of(value, _RULE_WORDS, page.notes)
    when = _when(given.get("when"), value.line, page.notes) if given else None
    department, priority, reason = _then(given.get("then"), value.line, page) if given else (None, None, None)
    examples = _examples(given.get("examples"), page.notes)
    order = _order(given.get("order"), page.notes)
    if when is None or len(page.notes.mistakes) > before:
        return None
    return Rule(name, when, department, priority, reason, order, page.notes.file, value.line, *examples)


def _name(value: Value, notes: Notebook) -> str:
    """The name, which every later mistake of this rule then carries."""
    given = {key.text: inner for key, inner in value.entries} if isinstance(value, Entries) else {}
    name = given.get("name")
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


def _then(value: Value | None, line: int, page: _Page) -> tuple[str | None, Priority | None, str | None]:
    """What the rule gives: department, priority, and the reason for the priority."""
    given = _words_of(value, _THEN_WORDS, page.notes) if value is not None else {}
    department = _department(given.get("department"), page) or page.usual
    priority = _priority(given.get("priority"), page.notes)
    reason = _reason(given.get("reason"), page.notes)
    if not given and not department:
        page.notes.note(line, "the rule gives nothing; add `then:` with a department, or with a priority")
    if "priority" in given and "reason" not in given:
        page.notes.note(line, "a priority needs a reason; add `reason:` with the words that people will read")
    if "reason" in given and "priority" not in given:
        page.notes.note(line, "there is a reason but no priority; add `priority:` or remove the reason")
    return department, priority, reason


def _priority(value: Value | None, notes: Notebook) -> Priority | None:
    if value is None:
        return None
    name = value.text if isinstance(value, Text) else ""
    if name not in PRIORITIES:
        notes.note(value.line, f"there is no priority '{name}'; {nearest(name, PRIORITIES)}")
    return next((priority for priority in PRIORITIES if priority == name), None)


def _reason(value: Value | None, notes: Notebook) -> str | None:
    if value is None:
        return None
    if isinstance(value, Text) and value.text.strip():
        return " ".join(value.text.split())
    notes.note(value.line, "the reason is empty; write the words that people will read")
    return None


def _order(value: Value | None, notes: Notebook) -> int:
    if value is None:
        return DEFAULT_ORDER
    if isinstance(value, Text) and _ORDER.fullmatch(value.text):
        return int(value.text)
    notes.note(value.line, "order must be a whole number from 0 to 9999; lower is asked first")
    return DEFAULT_ORDER


def _examples(value: Value | None, notes: Notebook) -> tuple[_Mails, _Mails]:
    """The mails that the rule must catch, and those that it must leave alone."""
    given = _words_of(value, _EXAMPLE_WORDS, notes) if value is not None else {}
    catches, leaves = (tuple(_mails(word, given.get(word), notes)) for word in _EXAMPLE_WORDS)
    return catches, leaves


def _mails(word: str, value: Value | None, notes: Notebook) -> Iterator[ExampleMail]:
    if value is not None and not isinstance(value, Items):
        notes.note(value.line, f"'{word}' needs a list of mails; write each on a line that begins with '- '")
    for item in value.items if isinstance(value, Items) else ():
        yield _mail(item, notes)


def _mail(value: Value, notes: Notebook) -> ExampleMail:
    given = _words_of(value, _MAIL_WORDS, notes)
    if not given and isinstance(value, Entries):
        notes.note(value.line, "the example mail is empty; give it at least a subject")
    one = {word: _one_text(word, given.get(word), notes) for word in ("from", "subject", "body")}
    many = {word: _many_texts(word, given.get(word), notes) for word in ("to", "attachments")}
    return ExampleMail(
        line=value.line,
        sender=one["from"].lower(),
        recipients=tuple(address.lower() for address in many["to"]),
        subject=one["subject"],
        words=one["body"],
        headers=_headers(given.get("headers"), notes),
        attachments=many["attachments"],
    )


def _one_text(word: str, value: Value | None, notes: Notebook) -> str:
    if value is None or isinstance(value, Text):
        return value.text if value else ""
    notes.note(value.line, f"'{word}' of an example mail must be one text")
    return ""


def _many_texts(word: str, value: Value | None, notes: Notebook) -> tuple[str, ...]:
    if value is None:
        return ()
    items = value.items if isinstance(value, Items) else (value,)
    texts = tuple(item.text for item in items if isinstance(item, Text))
    if len(texts) < len(items):
        notes.note(value.line, f"'{word}' of an example mail must be one text or a list of texts")
    return texts


def _headers(value: Value | None, notes: Notebook) -> dict[str, tuple[str, ...]]:
    if value is not None and not isinstance(value, Entries):
        notes.note(value.line, "'headers' of an example mail are names with values: `{X-Priority: urgent}`")
    entries = value.entries if isinstance(value, Entries) else ()
    return {key.text.lower(): _many_texts(key.text, inner, notes) for key, inner in entries}


_FILE_WORDS = ("department", "rules")
_RULE_WORDS = ("name", "order", "when", "then", "examples")
_THEN_WORDS = ("department", "priority", "reason")
_EXAMPLE_WORDS = ("catches", "leaves")
_MAIL_WORDS = ("from", "to", "subject", "body", "headers", "attachments")
