"""A running daemon takes new rules and settings, and keeps the old ones if the new have a mistake."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from daemon import kept_rules
from daemon.store import requests
from rules.rule import Offers
from rules.rule_file import read_rules
from tests.integration.conftest import ROOT, RULES, until

if TYPE_CHECKING:
    from tests.integration.conftest import Daemon, Lindwerk

Mail = Callable[..., EmailMessage]

PRINTERS = RULES + "  - {name: printers, when: {words: [printer]}, then: {department: it}}\n"


def reload(daemon: Daemon) -> None:
    """Send SIGHUP and wait until systemd has heard the end of it."""
    daemon.heard.clear()
    daemon.process.send_signal(signal.SIGHUP)
    daemon.hears("READY=1")


def refusals(daemon: Daemon) -> list[str]:
    return [line["reason"] for line in daemon.lines() if line["event"] == "reload_refused"]


@pytest.fixture
def department_of(open_house: Lindwerk, a_mail: Mail) -> Callable[[str], str | None]:
    """Writes a mail with this subject and says where its request went."""

    def find(subject: str) -> str | None:
        open_house.writes(a_mail(subject), "it")
        return open_house.request(subject).department

    return find


@pytest.fixture
def daemon(open_house: Lindwerk) -> Daemon:
    """The daemon that runs."""
    return open_house.daemons[0]


def test_new_rules_are_taken_and_bad_ones_are_named_while_the_old_stay(
    open_house: Lindwerk, daemon: Daemon, department_of: Callable[[str], str | None]
) -> None:
    rules = open_house.folder / "rules" / "all.yaml"
    assert department_of("My printer") is None

    rules.write_text(PRINTERS)
    reload(daemon)
    assert department_of("Another printer") == "it"

    rules.write_text(PRINTERS.replace("hr", "haar"))
    reload(daemon)
    refusal = refusals(daemon)[-1]
    assert refusal.endswith("all.yaml:8: rule 'leave': there is no department 'haar'; use one of: hr, it")
    until(lambda: refusal.partition("all.yaml")[2] in str(open_house.status()["troubles"]), "the status names it too")
    assert department_of("A third printer") == "it"

    rules.write_text(PRINTERS)
    reload(daemon)
    until(lambda: open_house.status()["troubles"] == [], "the status is clean")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _add(folder: Path, line: str) -> None:
    with (folder / "postroom.yaml").open("a") as file:
        file.write(line + "\n")


def _model(folder: Path) -> None:
    models = folder / "state" / "models"
    models.mkdir(parents=True)
    (models / "champion").write_text("20261123-000000-aaaaaaaa")


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "settings that are no YAML": (lambda folder: (folder / "postroom.yaml").write_text("a: [b"), "postroom.yaml:1"),
    "no settings": (lambda folder: (folder / "postroom.yaml").unlink(), "postroom.yaml"),
    "settings that are a folder": (lambda folder: _folder(folder / "postroom.yaml"), "postroom.yaml"),
    "no rules": (lambda folder: (folder / "rules").rename(folder / "gone"), "rules"),
    "people that are a folder": (lambda folder: _add(folder, "people: {file: rules}"), "rules"),
    "no people": (lambda folder: _add(folder, "people: {file: people.csv}"), "people.csv"),
    "templates that are a file": (lambda folder: _add(folder, "templates: {folder: postroom.yaml}"), "postroom.yaml"),
    "a model that is none": (lambda folder: _model(folder), "champion"),  # noqa: PLW0108 - it stands further down
}


def test_whatever_is_broken_the_daemon_goes_on_with_what_it_has(
    open_house: Lindwerk, daemon: Daemon, department_of: Callable[[str], str | None]
) -> None:
    settings, before = open_house.path.read_text(), len(refusals(daemon))
    for number, (what, (damage, named)) in enumerate(BROKEN.items(), 1):
        damage(open_house.folder)

        reload(daemon)

        assert len(refusals(daemon)) == before + number, what
        assert named in refusals(daemon)[-1], what
        if open_house.path.is_dir():
            open_house.path.rmdir()
        open_house.path.write_text(settings)
        if (open_house.folder / "gone").exists():
            (open_house.folder / "gone").rename(open_house.folder / "rules")

    assert department_of("VPN, after all") == "it"
    assert daemon.process.poll() is None


def test_a_mailbox_may_come_and_go(lindwerk: Lindwerk, a_mail: Mail) -> None:
    settings = lindwerk.path.read_text()
    people = settings[settings.index("  people:\n    address") : settings.index("smtp:")]
    without = settings.replace(people, "").replace(
        "address: it@lindwerk.example\n    department",
        "aliases: [people@lindwerk.example]\n    address: it@lindwerk.example\n    department",
    )
    lindwerk.path.write_text(without)
    daemon = lindwerk.start()
    assert not lindwerk.has_scanned("people")

    lindwerk.path.write_text(settings)
    reload(daemon)
    lindwerk.writes(a_mail("VPN 1"), "people")
    until(lambda: lindwerk.counts()["copies"] == {"marked": 1}, "the new mailbox is watched")

    lindwerk.path.write_text(without)
    reload(daemon)
    lindwerk.writes(a_mail("VPN 2"), "people")
    lindwerk.writes(a_mail("VPN 3"), "it")
    until(lambda: len(lindwerk.requests()) == 2, "the other mailbox is still watched")
    until(
        lambda: (
            {w["name"] for w in lindwerk.status()["workers"]} == {"it", "deliveries", "clocks", "learning", "outlook"}
        ),
        "it is let go",
    )


def test_reloads_under_load_lose_no_mail_and_each_decision_names_its_rules(lindwerk: Lindwerk, a_mail: Mail) -> None:
    rules = lindwerk.folder / "rules" / "all.yaml"
    daemon = lindwerk.start()
    live = RULES, RULES.replace("it}", "hr}")
    for number in range(120):
        lindwerk.writes(a_mail(f"VPN {number}", From=f"person.{number}@lindwerk.example"), "it")
        if number % 15 == 0:
            lindwerk.request(f"VPN {number}")  # so that these rules have decided something
        if number % 15 == 14:
            draft = rules.with_suffix(".draft")
            draft.write_text(live[number // 15 % 2])
            draft.replace(rules)
            reload(daemon)
    until(lambda: len(lindwerk.requests()) >= 120, "every mail is a request")
    until(lambda: lindwerk.counts()["copies"] == {"marked": 120}, "every mail is marked")

    assert len(lindwerk.requests()) == 120
    with lindwerk.store.reading() as database:
        decided = {
            (route.rules_version, route.department) for n in range(1, 121) for route in requests.routes_of(database, n)
        }
    first, second = (read_rules({"all.yaml": text.encode()}, Offers(("it", "hr"))).version for text in live)
    assert decided == {(first, "it"), (second, "hr")}
    assert refusals(daemon) == []
    assert kept_rules.history(lindwerk.folder / "state")[0].version == first
    assert set(kept_rules.versions(lindwerk.folder / "state")) == {first, second}


def test_a_rollback_is_taken_by_the_daemon(lindwerk: Lindwerk, a_mail: Mail) -> None:
    rules = lindwerk.folder / "rules" / "all.yaml"
    daemon = lindwerk.start()
    rules.write_text(RULES.replace("it}", "hr}"))
    reload(daemon)
    lindwerk.writes(a_mail("VPN 1"), "it")
    assert lindwerk.request("VPN 1").department == "hr"

    command = [sys.executable, "-m", "daemon", "-c", str(lindwerk.path), "rules", "rollback"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines()[-1] == f"The daemon works by version {lindwerk.status()['rules_version']}."
    lindwerk.writes(a_mail("VPN 2"), "it")
    assert lindwerk.request("VPN 2").department == "it"
