from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from config.settings import Calendar, Classifier, Database, Interval, Mailbox, Settings, SlaPolicy, Smtp

Read = Callable[..., Settings]

HR = """\
  hr:
    name: HR
    description: Contracts
    address: people@lindwerk.example
    members:
      - {name: Claire Fontaine, email: Claire.Fontaine@lindwerk.example, time_zone: Europe/Paris}
    lead: claire.fontaine@lindwerk.example
    calendar: office
    sla_policy: standard
    ladder: standard
"""
PEOPLE = """\
  people:
    address: People@Lindwerk.Example
    department: hr
    host: imap.lindwerk.example
    user: people
    password_env: PEOPLE_PASSWORD
"""


@pytest.fixture
def settings(small: str, read: Read) -> Settings:
    return read(small.replace("smtp:\n", f"{PEOPLE}smtp:\n").replace("triage:\n", f"{HR}triage:\n"))


def test_every_shared_address_is_watched_in_lower_case(settings: Settings) -> None:
    assert settings.watched_addresses() == {
        "help@lindwerk.example",
        "it@lindwerk.example",
        "people@lindwerk.example",
    }


def test_an_address_leads_to_its_mailbox(settings: Settings) -> None:
    assert settings.mailbox_of_address("IT@lindwerk.example") == "help"
    assert settings.mailbox_of_address("people@lindwerk.example") == "people"
    assert settings.mailbox_of_address("mara.vogt@lindwerk.example") is None


def test_staff_are_known_by_their_address(settings: Settings) -> None:
    claire, anke = (
        settings.person("CLAIRE.fontaine@lindwerk.example"),
        settings.person("anke.wulf@lindwerk.example"),
    )

    assert claire is not None
    assert claire.time_zone == "Europe/Paris"
    assert anke is not None
    assert anke.name == "Anke Wulf"
    assert settings.person("help@lindwerk.example") is None


def test_only_the_domains_themselves_are_internal(settings: Settings) -> None:
    inside = [settings.organisation.is_internal(f"x@{domain}") for domain in ("LINDWERK.example", "a.lindwerk.example")]

    assert inside == [True, False]


def test_message_ids_take_the_first_domain_unless_another_is_set(small: str, read: Read) -> None:
    other = small.replace("  name: Lindwerk\n", "  name: Lindwerk\n  mail_domain: Post.lindwerk.example\n")

    assert read(small).organisation.id_domain == "lindwerk.example"
    assert read(other).organisation.id_domain == "post.lindwerk.example"


def test_a_priority_without_a_target_has_that_of_normal() -> None:
    hours = {"normal": timedelta(hours=8), "urgent": timedelta(hours=1)}
    policy = SlaPolicy(first_response=hours, resolution={"normal": "40h"})  # type: ignore[arg-type, dict-item]

    assert policy.first_response == {
        "low": timedelta(hours=8),
        "normal": timedelta(hours=8),
        "high": timedelta(hours=8),
        "urgent": timedelta(hours=1),
    }
    assert set(policy.resolution.values()) == {timedelta(hours=40)}


def test_calendar_text_becomes_days_and_times(small: str, read: Read) -> None:
    text = small.replace(
        '      tue: ["08:00-17:00"]\n',
        '      tue: ["08:00-12:00", "22:00-06:00"]\n      sun: ["16:00-24:00"]\n'
        "    closed: [2026-12-28]\n    special: {2026-12-24: ['08:00-12:00'], 2026-12-31: []}\n",
    )
    calendar = read(text).calendars["office"]

    assert calendar.hours == {
        0: (Interval(time(8), time(17)),),
        1: (Interval(time(8), time(12)), Interval(time(22), time(6))),
        6: (Interval(time(16), time(0)),),
    }
    assert calendar.closed == (date(2026, 12, 28),)
    assert calendar.special == {date(2026, 12, 24): (Interval(time(8), time(12)),), date(2026, 12, 31): ()}


@pytest.mark.parametrize(
    "hours",
    [
        {"mon": ["00:00-24:00"], "tue": ["00:00-24:00"]},
        {"sun": ["22:00-06:00"], "mon": ["06:00-14:00", "14:00-22:00", "22:00-06:00"]},
    ],
)
def test_hours_may_touch_also_around_midnight(hours: Any) -> None:
    Calendar(time_zone="Europe/Berlin", hours=hours)


def test_a_special_night_may_run_into_a_closed_day() -> None:
    calendar: dict[str, Any] = {
        "time_zone": "Europe/Berlin",
        "hours": {"mon": ["08:00-17:00"]},
        "special": {"2026-12-20": ["20:00-09:00"]},
    }
    Calendar(**calendar, closed=("2026-12-21",))  # type: ignore[arg-type]

    with pytest.raises(ValidationError):
        Calendar(**calendar)


@pytest.mark.parametrize(("security", "imap", "smtp"), [("tls", 993, 465), ("starttls", 143, 587), ("plain", 143, 25)])
def test_ports_follow_from_the_security(security: Any, imap: int, smtp: int) -> None:
    login: dict[str, Any] = {"host": "localhost", "security": security, "password_env": "X", "user": "x"}

    assert Mailbox(address="a@lindwerk.example", **login).service_port == imap
    assert Smtp(**login).service_port == smtp
    assert Smtp(**login, port=2525).service_port == 2525


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.3.2.1", "::1"])
def test_plain_is_allowed_on_this_machine(host: str) -> None:
    assert Smtp(host=host, security="plain").host == host


def test_settings_cannot_be_changed_and_hold_no_password(settings: Settings) -> None:
    with pytest.raises(ValidationError):
        settings.smtp.host = "elsewhere"  # type: ignore[misc]

    assert not any("password" in text and "/" in text for text in repr(settings).split())


@pytest.mark.parametrize(
    "url", ["sqlite:////var/lib/postroom.db", "postgresql://me@db/x", "postgresql+psycopg:///x?host=/run"]
)
def test_sqlite_and_postgresql_are_the_databases(url: str) -> None:
    assert Database(url=url).url == url


def test_models_are_beside_the_database_unless_said_otherwise(small: str, read: Read) -> None:
    settings = read(f"{small}state_dir: /srv/postroom\nclassifier: {{folder: '{{state_dir}}/other'}}\n")

    assert str(settings.classifier.folder) == "/srv/postroom/other"
    assert str(Classifier().folder) == "{state_dir}/models"
