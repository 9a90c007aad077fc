"""The unit file is valid, guarded, explained line by line, and agrees with the files installed beside it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.programs import find_program

FOLDER = Path(__file__).parents[1] / "systemd"
UNIT = FOLDER / "postroom.service"
SYSUSERS = FOLDER / "postroom.sysusers.conf"
TMPFILES = FOLDER / "postroom.tmpfiles.conf"

# What remains is the network, which Postroom is for (IPAddressDeny= is up to the site).
EXPOSURE = 1.3


@pytest.fixture
def startable_unit(tmp_path: Path) -> Path:
    """The unit with a program that exists here: systemd also complains of one that is not installed."""
    text, changed = re.subn(r"(?m)^ExecStart=\S+", "ExecStart=/bin/sh", UNIT.read_text())
    assert changed == 1
    copy = tmp_path / UNIT.name
    copy.write_text(text)
    return copy


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [find_program("systemd-analyze"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def complaints(unit: Path) -> list[str]:
    """What systemd says of this unit. Its exit code is 0 even for a misspelt setting, so it says nothing."""
    return [line for line in analyze("verify", unit).stderr.splitlines() if unit.name in line]


def test_systemd_has_nothing_to_complain_of(startable_unit: Path) -> None:
    assert complaints(startable_unit) == []


def test_a_misspelt_setting_would_be_noticed(startable_unit: Path) -> None:
    text = startable_unit.read_text()
    startable_unit.write_text(text.replace("ProtectSystem=", "ProtectSytem="))

    (complaint,) = complaints(startable_unit)

    assert "ProtectSytem" in complaint


def test_the_unit_exposes_next_to_nothing() -> None:
    report = analyze("security", "--offline=true", "--no-pager", UNIT)
    level = re.search(r"Overall exposure level for postroom\.service: ([\d.]+)", report.stdout)

    assert level is not None, report.stderr
    assert float(level[1]) <= EXPOSURE


@pytest.mark.parametrize("file", [UNIT, SYSUSERS, TMPFILES], ids=lambda file: file.name)
def test_every_line_says_what_it_is_for(file: Path) -> None:
    lines = file.read_text().splitlines()

    unexplained = [
        line
        for before, line in zip(["", *lines], lines, strict=False)
        if line and not line.startswith(("#", "[")) and not before.startswith("# ")
    ]

    assert unexplained == []


def test_the_user_of_the_unit_is_made_by_sysusers() -> None:
    assert f"u {settings('User')[0]} -" in re.sub(" +", " ", SYSUSERS.read_text())
    assert settings("Group") == settings("User")


def test_sysusers_understands_its_file() -> None:
    command = [find_program("systemd-sysusers"), "--dry-run", SYSUSERS]
    dry = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (dry.returncode, "ignoring" in dry.stderr) == (0, False), dry.stderr


def test_tmpfiles_makes_the_folders_that_the_unit_names(tmp_path: Path) -> None:
    # Only root may give a folder to another user, and there is no such user here: all become ours.
    ours = tmp_path / "ours.conf"
    ours.write_text(re.sub(r" (root|postroom) +(root|postroom) +-", " - - -", TMPFILES.read_text()))

    command = [find_program("systemd-tmpfiles"), "--create", f"--root={tmp_path}", ours]
    subprocess.run(command, check=True, capture_output=True, text=True)

    modes = {
        f"/{folder.relative_to(tmp_path)}": f"{folder.stat().st_mode & 0o777:04o}"
        for folder in tmp_path.rglob("*")
        if folder.is_dir()
    }
    assert modes["/var/lib/postroom"] == settings("StateDirectoryMode")[0]
    assert modes["/etc/postroom"] == settings("ConfigurationDirectoryMode")[0]
    assert {modes[folder] for folder in folders_of_passwords()} == {"0700"}


def test_passwords_are_handed_over_as_credentials_and_never_in_the_environment() -> None:
    names = [value.partition(":")[0] for value in settings("LoadCredential")]

    assert names == ["imap-password", "smtp-password"]
    assert not any("password" in value.lower() for value in settings("Environment"))


def settings(name: str) -> list[str]:
    """The values of one setting of the unit, in order."""
    return re.findall(rf"(?m)^{name}=(.*)$", UNIT.read_text())


def folders_of_passwords() -> Iterator[str]:
    for value in settings("LoadCredential"):
        yield os.path.dirname(value.partition(":")[2])
