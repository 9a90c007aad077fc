"""Vocabulary: the names that the rules of a department may use, as the settings and the people file have them."""

from __future__ import annotations

from collections.abc import Mapping

from config.settings import Settings
from daemon.desk.business_time import BusinessCalendar
from daemon.people import Person
from rules.rule import Offers


def offers_to_rules(
    settings: Settings, calendars: Mapping[str, BusinessCalendar], people: Mapping[str, Person]
) -> Offers:
    """The names that rules may use, with these settings and these people."""
    return Offers(
        departments=tuple(settings.departments),
        calendars=calendars,
        sla_policies=tuple(settings.sla_policies),
        owners={
            slug: tuple(dict.fromkeys([*(member.email.lower() for member in one.members), one.lead.lower()]))
            for slug, one in settings.departments.items()
        },
        skills={
            slug: tuple(dict.fromkeys(skill for member in one.members for skill in member.skills))
            for slug, one in settings.departments.items()
        },
        priorities={
            (impact, urgency): priority
            for impact, by_urgency in settings.priorities.table.items()
            for urgency, priority in by_urgency.items()
        },
        groups=tuple(sorted({person.group for person in people.values() if person.group})),
        domains=tuple(domain.lower() for domain in settings.organisation.domains),
        watched=tuple(address.lower() for one in settings.mailboxes.values() for address in one.addresses),
    )
