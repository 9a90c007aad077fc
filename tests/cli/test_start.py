"""The command starts quickly: it imports what the command needs and nothing more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def imported(*arguments: str) -> set[str]:
    """The packages that a command imports."""
    program = (
        "import sys\nfrom daemon.cli.root import postroom\nfrom daemon.cli.sheet import run_command\n"
        f"status = run_command(postroom, {list(arguments)})\n"
        "print('\\n'.join({name.split('.')[0] for name in sys.modules}), file=sys.stderr)\nsys.exit(status)"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(ran.stderr.split())


def test_help_imports_nothing_heavy() -> None:
    heavy = {"sklearn", "scipy", "numpy", "sqlalchemy", "alembic", "imapclient", "aiosmtplib"}
    heavy |= {"config", "pydantic", "structlog", "rich", "rules"}

    assert imported("--help") & heavy == set()


def test_who_tries_rules_waits_for_no_database_and_no_mail() -> None:
    heavy = {"sklearn", "numpy", "sqlalchemy", "alembic", "imapclient", "aiosmtplib", "jinja2", "structlog"}

    assert imported("rules", "test", "--help") & heavy == set()


@pytest.mark.parametrize("arguments", [["run", "--help"], ["check", "--help"]])
def test_no_command_but_train_imports_scikit_learn(arguments: list[str]) -> None:
    assert "sklearn" not in imported(*arguments)


def test_the_program_says_its_version_and_its_commands() -> None:
    for arguments, said in ((["--version"], "postroom, version 0.1.0"), (["--help"], "quarantine")):
        ran = subprocess.run(
            [sys.executable, "-m", "daemon", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert said in ran.stdout
