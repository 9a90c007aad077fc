"""The stage: the folder of one run, with everything that an operator would have written."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rules.rule_file import STARTER_RULES

HERE = Path(__file__).parent
DOMAIN = "lindwerk.example"

#: Which inbox gets the mail for a shared address, by local part.
INBOX_OF = {
    "it": "it",
    "people": "people",
    "hr": "people",
    "finance": "people",
    "help": "help",
    "facilities": "help",
    "legal": "help",
    "procurement": "help",
    "security": "help",
    "communications": "help",
}
INBOXES = ("it", "people", "help")


@dataclass(frozen=True, slots=True)
class Stage:
    """The folder of one run and the places in it."""

    folder: Path

    @property
    def settings(self) -> Path:
        """The settings of the daemon."""
        return self.folder / "postroom.yaml"

    @property
    def state(self) -> Path:
        """Its state directory."""
        return self.folder / "state"

    @property
    def database_url(self) -> str:
        """The database in it, as SQLAlchemy wants it."""
        return f"sqlite:///{self.state}/postroom.db"

    @property
    def sent(self) -> Path:
        """Every mail that left the daemon."""
        return self.folder / "sent"

    def log(self, name: str) -> Path:
        """What a program printed."""
        return self.folder / f"{name}.log"

    def password(self, inbox: str) -> str:
        """The password of an inbox."""
        return _password_file(self.folder, inbox).read_text(encoding="ascii")


def set_the_stage() -> Stage:
    """Make the folder: secrets, rules, people. The settings follow when the ports are known."""
    folder = Path(tempfile.mkdtemp(prefix="postroom-demo-"))
    stage = Stage(folder)
    (folder / "secrets").mkdir(mode=0o700)
    for inbox in INBOXES:
        _write_secret(_password_file(folder, inbox), secrets.token_urlsafe(18))
    stage.sent.mkdir()
    shutil.copytree(STARTER_RULES, folder / "rules")
    for rules in sorted((HERE / "rules").glob("*.yaml")):
        shutil.copy(rules, folder / "rules")
    shutil.copy(HERE / "people.csv", folder)
    return stage


def write_settings(stage: Stage, imap_port: int, smtp_port: int) -> None:
    """Write the settings of the daemon for servers on these ports of 127.0.0.1."""
    pattern = (HERE / "postroom.yaml").read_text(encoding="utf-8")
    _, _, settings = pattern.partition("\n#\n")
    filled = settings.replace("@IMAP@", str(imap_port)).replace("@SMTP@", str(smtp_port))
    stage.settings.write_text("# The settings of the demo at Lindwerk.\n#\n" + filled, encoding="utf-8")


def _password_file(folder: Path, inbox: str) -> Path:
    return folder / "secrets" / f"{inbox}.password"


def _write_secret(path: Path, secret: str) -> None:
    # Its mode from the first moment on: a chmod afterwards would come too late for whoever looks meanwhile.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret)
