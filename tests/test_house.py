"""The house stands as planned: its names are its own, its rooms keep apart, its files say what they are."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("config", "rules", "classifier", "daemon")
FOLDERS = (*PACKAGES, "tests", "benchmarks", "demo")
MODULES = sorted(path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))

# Names under which anything can hide, so that nobody finds anything.
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "base"}
EMPTY_WORDS = ("Manager", "Handler", "Processor")


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_owns_our_package_names(package: str) -> None:
    assert set(packages_distributions().get(package, [])) <= {"postroom"}


@pytest.mark.parametrize("folder", ["tests", "benchmarks"])
def test_no_distribution_hides_the_folders_that_are_not_installed(folder: str) -> None:
    assert packages_distributions().get(folder, []) == []


def test_the_rooms_import_only_what_they_may() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")

    report = subprocess.run([lint_imports, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert report.returncode == 0, report.stdout + report.stderr


def test_every_file_says_what_it_is_about() -> None:
    # In a file of tests the tests themselves say it.
    speaking = [m for m in MODULES if not m.name.startswith(("test_", "conftest"))]
    silent = [module for module in speaking if len(first_line(module).split()) < 3]

    assert silent == []


def test_every_file_has_a_name_that_says_something() -> None:
    nameless = [m for m in MODULES if NAMELESS & {part.removesuffix(".py") for part in m.parts}]

    assert nameless == []


def test_every_class_is_named_for_what_it_is() -> None:
    named = {module: re.findall(r"(?m)^ *class (\w+)", (ROOT / module).read_text()) for module in MODULES}

    assert [(m, name) for m, names in named.items() for name in names if name.endswith(EMPTY_WORDS)] == []


def first_line(module: Path) -> str:
    """The first line of the file's docstring, "" if it has none."""
    return (ast.get_docstring(ast.parse((ROOT / module).read_text())) or "").partition("\n")[0]
