"""Notices: the mails that we write, from facts and templates.

A template is a Jinja text that sees the fields of one kind of facts and nothing else; it runs in a sandbox,
because it may be an organisation's own. Does not read files: the templates come in as texts. Does not
address, sign or send.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, TemplateNotFound, TemplateSyntaxError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from daemon.desk.facts import Facts, NoticeKind
from daemon.desk.samples import SAMPLES

#: RFC 3676 section 4.2 and every reader of plain text since: lines below 80, with room to be quoted.
COLUMNS = 72

_PREFIXES = {
    # RFC 3834 section 3.1.5.
    NoticeKind.ACKNOWLEDGEMENT: "Auto: ",
    NoticeKind.SUMMARY: "Auto: ",
    NoticeKind.ANSWER: "Re: ",
    NoticeKind.REMINDER: "Reminder: ",
    NoticeKind.WARNING: "Warning: ",
    NoticeKind.ESCALATION: "Late: ",
    NoticeKind.HEADS_UP: "Please look: ",
    # Ours and unasked for, so it says of itself that a machine wrote it (RFC 3834 section 3.1.5).
    NoticeKind.NEW_DATE: "Auto: ",
    NoticeKind.APOLOGY: "Auto: ",
}
# textwrap would do it as well, but str.split takes a space that must not break for one that may.
_BREAKABLE = re.compile(r"[ \n]+")


@dataclass(frozen=True, slots=True)
class Notice:
    """A mail without its envelope. html is None for a kind that is plain text alone."""

    kind: NoticeKind
    subject: str
    text: str
    html: str | None


@dataclass(frozen=True, slots=True)
class TemplateMistake:
    """What is wrong with a template. line counts from 1; 0 when it cannot be said."""

    template: str
    line: int
    message: str

    def __str__(self) -> str:
        place = f"{self.template}, line {self.line}" if self.line else self.template
        return f"{place}: {self.message}"


class TemplatesRefused(Exception):
    """Templates from which no mail can be written; the message names every mistake with its place."""

    def __init__(self, mistakes: Sequence[TemplateMistake]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = tuple(mistakes)


class Stationery:
    """Every template, ready to write on. Immutable and safe to share between threads.

    templates: text by name. A mail is written from `<kind>.<language>.txt.j2` and, where there is one,
    `<kind>.<language>.html.j2`; other templates are parts that these include. Each is compiled when it is first
    written on; `require_sound` tries all of them before that.
    """

    def __init__(self, templates: Mapping[str, str]) -> None:
        self._templates = dict(templates)
        self._paper = _environment(self._templates)

    def require_sound(self) -> None:
        """Write every mail once from sample facts; raises TemplatesRefused with all that is wrong."""
        mistakes = [*self._misspelt(SAMPLES), *self._missing(SAMPLES)]
        if mistakes or (mistakes := list(self._failing(SAMPLES))):
            raise TemplatesRefused(_each_once(mistakes))

    def write(self, facts: Facts) -> Notice:
        """The mail that says these facts."""
        html, known = template_name(facts, "html"), _context(facts)
        return Notice(
            kind=facts.kind,
            subject=subject_of(facts),
            text=self._render(template_name(facts, "txt"), known).strip("\n") + "\n",
            html=self._render(html, known) if html in self._templates else None,
        )

    def _render(self, name: str, known: Mapping[str, Any]) -> str:
        return self._paper.get_template(name).render(known)

    def _misspelt(self, samples: Sequence[Facts]) -> Iterator[TemplateMistake]:
        """Syntax, and names that no mail of the kind has, also in branches that no sample enters."""
        known = {template_name(one, form): set(_context(one)) for one in samples for form in ("txt", "html")}
        for name, source in self._templates.items():
            try:
                tree = self._paper.parse(source, name)
                self._paper.get_template(name)
            except TemplateSyntaxError as slip:
                yield TemplateMistake(name, slip.lineno, f"{slip.message}")
                continue
            if name in known:
                yield from _unknown_names(name, tree, known[name] | set(self._paper.globals))

    def _missing(self, samples: Sequence[Facts]) -> Iterator[TemplateMistake]:
        for name in dict.fromkeys(template_name(one, "txt") for one in samples):
            if name not in self._templates:
                yield TemplateMistake(name, 0, "this template is missing, so its mail could not be written")

    def _failing(self, samples: Sequence[Facts]) -> Iterator[TemplateMistake]:
        for one in samples:
            for name in (template_name(one, form) for form in ("txt", "html")):
                try:
                    if name in self._templates:
                        self._render(name, _context(one))
                except Exception as slip:  # a template can fail in any way, and each is its writer's to mend
                    yield _where_it_failed(name, slip, self._templates)


def template_name(facts: Facts, form: str) -> str:
    """The template of a mail in one form (`txt` or `html`): `assignment.en.txt.j2`."""
    return f"{facts.kind}.{facts.language}.{form}.j2"


def subject_of(facts: Facts) -> str:
    """The subject of a mail. No template's affair: the reference in it keeps a conversation together."""
    if facts.kind is NoticeKind.ALARM:
        return f"Postroom alarm: {facts.subject}"
    if facts.kind in (NoticeKind.REPORT, NoticeKind.DEADLINES, NoticeKind.HOUSE_NOTICE):
        return facts.subject
    reference = getattr(facts, "reference", "")
    return f"{_PREFIXES.get(facts.kind, '')}[{reference}] {facts.subject}"


def _environment(templates: Mapping[str, str]) -> ImmutableSandboxedEnvironment:
    def source_of(name: str) -> tuple[str, str, None] | None:
        # The name as file name too, so that a traceback says which template it went through.
        return (templates[name], name, None) if name in templates else None

    paper = ImmutableSandboxedEnvironment(
        loader=FunctionLoader(source_of),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        cache_size=-1,
    )
    paper.globals = {"row": row}
    paper.filters |= {"paragraph": paragraph, "quote": quote, "lines": lines}
    return paper


def paragraph(text: str, indent: int = 0) -> str:
    """Template filter: the text as one paragraph of lines that fit a mail."""
    return _filled(text, " " * indent, " " * indent)


def row(label: str, value: str) -> str:
    """Template function: a label and its value, the lines of a long value below each other."""
    return _filled(value, f"  {label:<13} ", " " * 16)


def quote(text: str) -> str:
    """Template filter: the text as mail programs quote it, so that none of its lines can pass for ours."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def lines(text: str) -> Markup:
    """Template filter for HTML: the text with its line breaks. Outlook shows mail with Word: no pre-wrap."""
    return Markup(str(escape(text)).replace("\n", "<br>"))  # noqa: S704 - escaped just now


def _filled(text: str, first: str, then: str) -> str:
    """Fill lines greedily, no word broken. textwrap does it too, in ten times the time for every mail we write."""
    words = text.strip(" \n")
    if not words:
        return ""
    filled, line, is_bare = [], first, True
    for word in _BREAKABLE.split(words):
        if not is_bare and len(line) + 1 + len(word) > COLUMNS:
            filled.append(line)
            line, is_bare = then, True
        line += word if is_bare else f" {word}"
        is_bare = False
    return "\n".join([*filled, line])


def _context(facts: Facts) -> dict[str, Any]:
    return {one.name: getattr(facts, one.name) for one in fields(facts)}


def _unknown_names(name: str, tree: nodes.Template, known: set[str]) -> Iterator[TemplateMistake]:
    unknown = meta.find_undeclared_variables(tree) - known - set(_names_of_its_own(tree))
    for used in tree.find_all(nodes.Name):
        if used.name in unknown and used.ctx == "load":
            yield TemplateMistake(name, used.lineno, f"'{used.name}' is nothing that this mail knows")


def _names_of_its_own(tree: nodes.Template) -> Iterator[str]:
    """Names that a template gives itself; in its blocks Jinja knows them, but does not count them."""
    for one in tree.find_all(nodes.FromImport):
        yield from (name if isinstance(name, str) else name[1] for name in one.names)
    for imported in tree.find_all(nodes.Import):
        yield imported.target
    for macro in tree.find_all(nodes.Macro):
        yield macro.name
    for name in tree.find_all(nodes.Name):
        if name.ctx == "store":
            yield name.name


def _where_it_failed(name: str, slip: Exception, templates: Mapping[str, str]) -> TemplateMistake:
    if isinstance(slip, TemplateNotFound):
        return TemplateMistake(name, 0, f"it uses the template '{slip.name}', which does not exist")
    place, line, frame = name, 0, slip.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_filename in templates:
            place, line = frame.tb_frame.f_code.co_filename, frame.tb_lineno
        frame = frame.tb_next
    return TemplateMistake(place, line, f"{slip}")


def _each_once(mistakes: Sequence[TemplateMistake]) -> list[TemplateMistake]:
    return sorted(dict.fromkeys(mistakes), key=lambda one: (one.template, one.line))
