"""The documentation is true where a program can see it: commands, links, settings, fields, names of files."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import shlex
from collections.abc import Collection, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import pytest

from config.describe import describe
from config.settings import Settings
from config.values import Interval
from daemon.cli import sheet
from daemon.cli.root import COMMANDS, postroom
from daemon.deliveries import REPEATS
from daemon.desk.business_time import BusinessCalendar
from daemon.desk.facts import Facts
from daemon.desk.staff_words import TONGUES
from daemon.stationery import built_in_templates
from rules.condition_file import CONDITIONS
from rules.example_file import MAIL_WORDS
from rules.inflection import forms
from rules.lint import lint
from rules.rule import Offers, RuleSet
from rules.rule_file import read_rules
from rules.then_file import ACTIONS
from rules.words import fold

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
GUIDES = sorted((ROOT / "docs" / "guide").glob("*.md"))
PAGES = [README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
RULES_GUIDE = ROOT / "docs" / "guide" / "rules.md"
DEPARTMENTS = ("it", "hr", "finance", "legal")

# Where a server keeps things; any other absolute path would be one of somebody's own machine.
PATHS_OF_ANY_SERVER = ("/etc/", "/opt/postroom", "/run/credentials/", "/usr/local/bin/", "/var/", "/dev/stdin")
WRAPPERS = {"systemctl", "journalctl", "pip", "install", "ln"}


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(text: str) -> Iterator[str]:
    """Every block of code, fenced or indented by four spaces, its continued lines joined."""
    yield from re.findall(r"(?ms)^```\w*\n(.*?)^```", text)
    for indented in re.findall(r"(?m)(?:^(?: {4}.*)?\n)+", re.sub(r"(?ms)^```.*?^```", "", text)):
        yield indented.replace("\\\n", " ")


def spans(text: str) -> list[str]:
    """Every piece of code within a sentence or a table."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^```.*?^```", "", text))


def calls(text: str) -> list[list[str]]:
    """The arguments of every call of `postroom` that a page shows."""
    lines = [line for block in blocks(text) for line in block.splitlines()]
    lines += [span for span in spans(text) if re.match(r"(sudo -u postroom )?postroom ", span)]
    return [arguments for line in lines if (arguments := arguments_of(line)) is not None]


def arguments_of(line: str) -> list[str] | None:
    """What follows `postroom` where the line runs it; None for any other line."""
    if not re.match(r"\s*(sudo |postroom |\S*/bin/postroom |-p )", line):
        return None
    words = shlex.split(line, comments=True)
    until = next((at for at, word in enumerate(words) if word in ("|", ">", "&&", ";")), len(words))
    words = words[:until]
    runs = [
        i
        for i, word in enumerate(words)
        if word.endswith("/bin/postroom") or (word == "postroom" and words[max(0, i - 1)] != "-u")
    ]
    return None if not runs or WRAPPERS & {Path(word).name for word in words} else words[runs[-1] + 1 :]


def parse(arguments: list[str]) -> None:
    """Take a command line apart as `postroom` would, and run nothing; a name alone is enough. Raises UsageError."""
    while arguments[:1] in (["--config"], ["-c"]):
        arguments = arguments[2:]
    command: click.Command = postroom
    while isinstance(command, click.Group) and arguments:
        found = command.get_command(click.Context(command), arguments[0])
        if found is None:
            raise click.UsageError(f"there is no command {arguments[0]}")
        command, arguments = found, arguments[1:]
    if arguments:
        command.make_context("postroom", list(arguments))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_that_a_page_shows_exists(page: Path) -> None:
    wrong = []
    for arguments in calls(page.read_text()):
        try:
            parse(arguments)
        except click.UsageError as error:
            wrong.append((shlex.join(arguments), error.message))

    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_program_that_a_page_measures_with_exists_with_its_options(page: Path) -> None:
    wrong = []
    for module, words in re.findall(r"python -m ([\w.]+)([^`\n]*)", page.read_text()):
        path = ROOT / module.replace(".", "/")
        file = next((one for one in (path.with_suffix(".py"), path / "__main__.py") if one.exists()), None)
        known = file.read_text() if file else ""
        wrong += [(module, word) for word in ("", *re.findall(r"--[\w-]+", words)) if f'"{word}' not in known]

    assert wrong == []


def test_commands_are_found_where_pages_show_them() -> None:
    block = (
        "    sudo -u postroom postroom shw REQ-1 \\\n        --raw > x   # all\n    sudo systemctl status postroom\n"
    )

    assert calls(f"Run `postroom lst`.\n\n{block}") == [["shw", "REQ-1", "--raw"], ["lst"]]
    with pytest.raises(click.UsageError):
        parse(["lst"])


def test_the_guides_show_every_command() -> None:
    shown = {arguments[0] for page in (README, *GUIDES) for arguments in calls(page.read_text()) if arguments}

    assert set(COMMANDS) - shown == {"run"}  # systemd's affair


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)]+)\)", page.read_text())
    dead = [
        link
        for link in links
        if not link.startswith("https://") and not (page.parent / link.partition("#")[0]).resolve().exists()
    ]

    assert dead == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_file_that_a_page_names_exists(page: Path) -> None:
    of_ours = r"(?:config|rules|classifier|daemon|demo|docs|systemd|tests)/[\w./-]*"
    named = [span for span in spans(page.read_text()) if re.fullmatch(of_ours, span)]

    assert [one for one in named if not (ROOT / one).exists()] == []


def test_each_decision_page_has_its_number_and_no_page_names_one_that_does_not_exist() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    headings = [page.read_text().split(".", 1)[0] for page in pages]
    named = {int(one) for page in pages for one in re.findall(r"\bpages? (\d+)", page.read_text())}

    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    assert headings == [f"# {number}" for number in range(1, len(pages) + 1)]
    assert named <= set(range(1, len(pages) + 1))


def test_the_page_about_the_house_names_every_file_right_below_the_daemon() -> None:
    named = set(spans((ROOT / "docs" / "architecture.md").read_text()))
    files = {path.name for path in (ROOT / "daemon").glob("[a-z]*.py")}

    assert {one for one in files if not {one, f"daemon/{one}"} & named} == set()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_page_names_a_path_of_somebodys_machine(page: Path) -> None:
    absolute = re.findall(r"(?:^|[\s`'\"(=:])(/(?!/)[\w.-]+/\S*)", page.read_text())

    assert [path for path in absolute if not path.startswith(PATHS_OF_ANY_SERVER)] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_setting_that_a_page_names_exists(page: Path) -> None:
    options = set(re.findall(r"(?m)^[ #-]*([a-z_]+):", describe()))
    dotted = [span for span in spans(page.read_text()) if re.fullmatch(r"[a-z_]+(\.[a-z_]+)+", span)]
    modules = [span for span in dotted if span.endswith(".py") or (ROOT / f"{span.replace('.', '/')}.py").exists()]
    named = [span for span in dotted if span.partition(".")[0] in Settings.model_fields and span not in modules]

    assert [span for span in named if span.rpartition(".")[2] not in options] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_pages_use_our_words(page: Path) -> None:
    sentences = re.sub(r'"[^"\n]*"|`[^`\n]*`', "", page.read_text())

    assert re.findall(r"(?i)\b(?:tickets?|helpdesk)\b", sentences) == []


def test_the_readme_begins_with_the_two_commands() -> None:
    beginning = "\n".join(README.read_text().splitlines()[:60])

    assert "make demo" in beginning
    assert "make test" in beginning


def test_the_readme_stays_short() -> None:
    assert len(README.read_text().splitlines()) < 250


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_make_target_that_a_page_names_exists(page: Path) -> None:
    targets = set(re.findall(r"(?m)^([a-z]+):.*## ", (ROOT / "Makefile").read_text()))
    code = [*spans(page.read_text()), *blocks(page.read_text())]

    assert {target for one in code for target in re.findall(r"(?m)^\s*make ([a-z]+)", one)} <= targets


def test_the_exit_statuses_are_those_of_the_program() -> None:
    table = (ROOT / "docs" / "guide" / "ops.md").read_text()
    ours = {sheet.OK, sheet.NOT_AS_IT_SHOULD_BE, sheet.USAGE, sheet.UNAVAILABLE, sheet.TRY_LATER}
    by_hand = 130

    assert {int(n) for n in re.findall(r"(?m)^\| (\d+) \|", table)} == {
        *ours,
        sheet.CANNOT_WRITE,
        sheet.BAD_CONFIGURATION,
        by_hand,
    }


def test_the_events_that_the_guide_explains_are_logged() -> None:
    table = (ROOT / "docs" / "guide" / "ops.md").read_text().partition("| event | meaning |")[2].partition("\n\n")[0]
    named = {event for row in table.splitlines()[2:] for event in re.findall(r"`([a-z]\w+)`", row.split("|")[1])}
    sources = "".join(path.read_text() for path in (ROOT / "daemon").rglob("*.py"))

    assert named - set(re.findall(r'log\.\w+\(\s*"([a-z_]+)"', sources)) == set()


@pytest.fixture(scope="module")
def rules_of_the_guide() -> RuleSet:
    """Every rule file that the guide shows, with the names that it uses; loading them tries their examples."""
    week = {day: (Interval(dt.time(9), dt.time(17)),) for day in range(5)}
    offers = Offers(DEPARTMENTS, {"office": BusinessCalendar(ZoneInfo("Europe/Berlin"), week)}, ("urgent",))
    written = re.findall(r"(?ms)^```yaml\n(.*?)^```", RULES_GUIDE.read_text())
    return read_rules({f"{n}.yaml": one.encode() for n, one in enumerate(written)}, offers)


def test_the_rules_in_the_guide_load_and_their_examples_come_out_right(rules_of_the_guide: RuleSet) -> None:
    assert [rule.name for rule in rules_of_the_guide.rules] == [
        "alarms of the machines at night",
        "a supplier threatens to stop deliveries",
        "contracts of key customers",
        "supplier invoices",
    ]
    assert lint(rules_of_the_guide) == ()


@pytest.mark.parametrize("words", [CONDITIONS, ACTIONS, MAIL_WORDS], ids=["conditions", "actions", "examples"])
def test_the_guide_names_every_word_of_the_rules(words: Collection[str]) -> None:
    named = set(re.findall(r"`([a-z_]+)[`:]", RULES_GUIDE.read_text()))

    assert sorted(set(words) - named) == []


def test_the_words_that_the_guide_says_are_found_are_found() -> None:
    said = re.findall(r"`(\w+)` finds ([\w, ]+)[;.]", RULES_GUIDE.read_text())

    assert len(said) >= 8
    assert [
        (word, form) for word, found in said for form in re.findall(r"\w+", found) if fold(form) not in forms(word)
    ] == []


@pytest.mark.parametrize("kind", Facts.__args__, ids=lambda kind: kind.__name__)
def test_the_guide_lists_every_field_of_every_template(kind: type) -> None:
    admins = (ROOT / "docs" / "guide" / "admins.md").read_text()
    rows = [re.findall(r"`([a-z_]+)`", row) for row in admins.partition("A template sees these fields")[2].splitlines()]
    fields = [field.name for field in dataclasses.fields(kind)]
    listed = [row for row in rows if [one for one in row if one in fields] == fields]

    assert listed, f"{kind.__name__}: {' '.join(fields)}"


def test_the_guide_lists_every_template() -> None:
    admins = (ROOT / "docs" / "guide" / "admins.md").read_text()
    kinds = {template.partition(".")[0] for template in built_in_templates()}

    assert [kind for kind in sorted(kinds) if kind not in admins] == []
    assert set(REPEATS) <= kinds


def test_the_unit_runs_a_command_that_exists() -> None:
    unit = (ROOT / "systemd" / "postroom.service").read_text()
    (line,) = re.findall(r"(?m)^ExecStart=(.*)$", unit)

    parse(arguments_of(line) or [])


def test_the_guide_for_staff_names_every_word_of_every_language() -> None:
    written = {span.lower() for span in spans((ROOT / "docs" / "guide" / "owners.md").read_text())}
    words = {
        word
        for tongue in TONGUES.values()
        for word in (
            *(one for said in tongue.words.values() for one in said),
            tongue.requester[0],
            tongue.third_party[0],
        )
    }

    assert words - written == set()
