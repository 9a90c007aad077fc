"""A small organisation to measure with: settings for one mailbox, all departments, a trained model."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Protocol

DEPARTMENTS = ("it", "hr", "finance", "facilities", "legal", "procurement", "security", "communications")

SETTINGS = """
organisation:
  name: Lindwerk
  domains: [lindwerk.example]
  time_zone: Europe/Berlin
  operators: [ops.person@lindwerk.example]
state_dir: {folder}/state
mailboxes:
  it:
    address: it@lindwerk.example
    aliases: [{aliases}]
    host: 127.0.0.1
    port: {imap_port}
    security: plain
    user: {user}
    password_env: BENCH_PASSWORD
smtp:
  host: 127.0.0.1
  port: {smtp_port}
  security: plain
  connections: 4
calendars:
  office:
    time_zone: Europe/Berlin
    hours:
      mon: ["09:00-17:00"]
      tue: ["09:00-17:00"]
      wed: ["09:00-17:00"]
      thu: ["09:00-17:00"]
      fri: ["09:00-17:00"]
    holidays: {{country: DE, region: HH}}
sla_policies:
  standard:
    first_response: {{normal: 4h, high: 2h}}
    resolution: {{normal: 24h, high: 8h}}
ladders:
  standard:
    - {{clock: first_response, at: 80%, tell: [owner], kind: reminder}}
    - {{clock: first_response, at: due, tell: [lead], kind: warning}}
    - {{clock: resolution, at: due, tell: [lead], kind: escalation}}
departments:
{departments}
triage:
  address: help@lindwerk.example
  members: [{{name: Anke Wulf, email: anke.wulf@lindwerk.example}}]
  lead: anke.wulf@lindwerk.example
  calendar: office
  sla_policy: standard
  ladder: standard
rules:
  folder: {rules}
log: {{level: warning}}
"""

DEPARTMENT = """  {slug}:
    name: {name}
    description: Handles what belongs to {name}.
    address: {slug}@lindwerk.example
    members:
      - {{name: First {name}, email: first.{slug}@lindwerk.example}}
      - {{name: Second {name}, email: second.{slug}@lindwerk.example}}
      - {{name: Third {name}, email: third.{slug}@lindwerk.example}}
    lead: first.{slug}@lindwerk.example
    calendar: office
    sla_policy: standard
    ladder: standard
"""


class Account(Protocol):
    """An account on an IMAP server of this machine."""

    @property
    def port(self) -> int:
        """The port of the server."""

    @property
    def user(self) -> str:
        """The name to log in with."""

    @property
    def password(self) -> str:
        """The password."""


def furnish(folder: Path, account: Account, smtp_port: int, models: Path) -> tuple[Path, dict[str, str]]:
    """Write the settings and put models in place; the path of the settings and the environment to run with."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "postroom.yaml"
    path.write_text(
        SETTINGS.format(
            folder=folder,
            aliases=", ".join(f"{slug}@lindwerk.example" for slug in (*DEPARTMENTS[1:], "help")),
            imap_port=account.port,
            user=account.user,
            smtp_port=smtp_port,
            departments="".join(DEPARTMENT.format(slug=s, name=s.capitalize()) for s in DEPARTMENTS),
            rules=Path(__file__).parent.parent / "rules" / "starter",
        )
    )
    environment = os.environ | {"BENCH_PASSWORD": account.password, "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed has its bytecode
    if models.exists():
        shutil.copytree(models, folder / "state" / "models")
    return path, environment


def train_model(folder: Path, account: Account) -> Path:
    """Train one model from the starter corpus for everything that is measured; the folder of models."""
    path, environment = furnish(folder, account, 25, folder / "none")
    command = [sys.executable, "-m", "daemon", "-c", str(path), "train", "--starter", "--json"]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    return folder / "state" / "models"
