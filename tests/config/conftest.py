from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from config.load import SettingsError, load
from config.settings import Settings

SMALL = """\
organisation:
  name: Lindwerk
  domains: [lindwerk.example]
  time_zone: Europe/Berlin
  operators: [postmaster@lindwerk.example]
mailboxes:
  help:
    address: help@lindwerk.example
    aliases: [it@lindwerk.example]
    host: imap.lindwerk.example
    user: help
    password_file: help.password
smtp:
  host: smtp.lindwerk.example
calendars:
  office:
    time_zone: Europe/Berlin
    hours:
      mon: ["08:00-17:00"]
      tue: ["08:00-17:00"]
sla_policies:
  standard:
    first_response: {normal: 4h}
    resolution: {normal: 40h}
ladders:
  standard:
    - {clock: resolution, at: 80%, tell: [owner], kind: warning}
departments:
  it:
    name: IT
    description: Computers and accounts
    address: it@lindwerk.example
    members:
      - {name: Mara Vogt, email: mara.vogt@lindwerk.example}
    lead: mara.vogt@lindwerk.example
    calendar: office
    sla_policy: standard
    ladder: standard
triage:
  address: help@lindwerk.example
  members:
    - {name: Anke Wulf, email: anke.wulf@lindwerk.example}
  lead: anke.wulf@lindwerk.example
  calendar: office
  sla_policy: standard
  ladder: standard
"""


@pytest.fixture
def small() -> str:
    """The text of a settings file with nothing in it that may be left out."""
    return SMALL


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Settings]:
    """Loads a text as postroom.yaml of an empty folder."""

    def read(text: str, environ: Mapping[str, str] | None = None) -> Settings:
        path = tmp_path / "postroom.yaml"
        path.write_text(text, encoding="utf-8")
        return load(path, environ or {})

    return read


@pytest.fixture
def refused(read: Callable[..., Settings], tmp_path: Path) -> Callable[..., list[str]]:
    """Loads a text that must be refused; gives the lines that a person reads, without the folder."""

    def refused(text: str, environ: Mapping[str, str] | None = None) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            read(text, environ)
        return str(caught.value).replace(f"{tmp_path}/", "").splitlines()

    return refused
