"""Checks: what must hold between one setting and another.

They look at the plain tree, not at finished settings, so that they find their mistakes also in a file that
has others. What is missing or of the wrong kind is passed over; the types of `config.settings` report it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from config.mistakes import Finding, Loc, did_you_mean

Group = Mapping[str, Any]

#: The workers of the daemon beside those of the mailboxes, by name.
WORKERS = ("deliveries", "clocks", "outlook", "shadow", "learning")

_REFERENCES = (("calendar", "calendars"), ("sla_policy", "sla_policies"), ("ladder", "ladders"))
_NAMES = {
    "calendar": "calendar",
    "sla_policy": "SLA policy",
    "ladder": "escalation ladder",
    "department": "department",
}


def cross_check(tree: Group) -> list[Finding]:
    """Return what is wrong between settings in a plain tree, such as a calendar that does not exist."""
    checks = (
        _unknown_references,
        _unwatched_senders,
        _addresses_watched_twice,
        _people_who_are_mailboxes,
        _members_twice,
        _rungs_that_tell_nobody,
        _people_of_another_desk,
        _strategies_without_anybody,
        _department_called_triage,
        _mailbox_called_like_a_worker,
    )
    return [finding for check in checks for finding in check(tree)]


def _unknown_references(tree: Group) -> Iterator[Finding]:
    for at, desk in _desks(tree):
        for key, section in _REFERENCES:
            yield from _unknown_reference((*at, key), desk, _group(tree.get(section)))
    for name, mailbox in _groups(tree, "mailboxes"):
        yield from _unknown_reference(("mailboxes", name, "department"), mailbox, _group(tree.get("departments")))


def _unknown_reference(loc: Loc, holder: Group, known: Group) -> Iterator[Finding]:
    key = str(loc[-1])
    name = _text(holder.get(key))
    # Where nothing is known the whole section is missing, and that is reported once.
    if name and known and name not in known:
        help_ = did_you_mean(name, known) or f"; there are {', '.join(known)}"
        yield Finding(loc, f"no {_NAMES[key]} is called {name!r}{help_}")


def _unwatched_senders(tree: Group) -> Iterator[Finding]:
    watched = {address for _, _, address in _watched(tree)}
    for at, desk in _desks(tree):
        address = _address(desk.get("address"))
        if address and watched and address not in watched:
            near = did_you_mean(address, watched)
            yield Finding((*at, "address"), f"no mailbox watches {address}, so answers to it would be lost{near}")


def _addresses_watched_twice(tree: Group) -> Iterator[Finding]:
    holders: dict[str, str] = {}
    for loc, name, address in _watched(tree):
        if address in holders:
            where = (
                "in this mailbox already" if holders[address] == name else f"also in the mailbox {holders[address]!r}"
            )
            yield Finding(loc, f"{address} stands {where}; one address belongs to one mailbox, once")
        holders.setdefault(address, name)


def _people_who_are_mailboxes(tree: Group) -> Iterator[Finding]:
    watchers = {address: name for _, name, address in _watched(tree)}
    for loc, address in _people(tree):
        if address in watchers:
            yield Finding(
                loc,
                f"{address} is watched by the mailbox {watchers[address]!r}, so mail to it would come back "
                "as a request; name a person's own address",
            )


def _members_twice(tree: Group) -> Iterator[Finding]:
    for at, desk in _desks(tree):
        seen: set[str] = set()
        for number, member in _items(desk.get("members")):
            email = _address(_group(member).get("email"))
            if email in seen:
                yield Finding((*at, "members", number, "email"), f"{email} is a member here already; keep one entry")
            seen.add(email or f"#{number}")


def _rungs_that_tell_nobody(tree: Group) -> Iterator[Finding]:
    for at, desk in _desks(tree):
        ladder = _text(desk.get("ladder"))
        rungs = _items(_group(tree.get("ladders")).get(ladder)) if ladder else ()
        told = {role for _, rung in rungs for _, role in _items(_group(rung).get("tell")) if isinstance(role, str)}
        for role in ("escalation", "next_lead"):
            if role in told and desk.get(role) is None:
                yield Finding(
                    (*at, "ladder"),
                    f"the ladder {ladder!r} tells `{role}`, which is not set here; set it or use another one",
                )


def _people_of_another_desk(tree: Group) -> Iterator[Finding]:
    """Deputies and those whom a strategy names must be able to own what they get."""
    for at, desk in _desks(tree):
        here = {email for _, one in _items(desk.get("members")) if (email := _address(_group(one).get("email")))}
        here |= {lead for lead in [_address(desk.get("lead"))] if lead}
        named: list[tuple[Loc, Any]] = [((*at, "fixed_owner"), desk.get("fixed_owner"))]
        named += [
            ((*at, "members", number, "deputy"), _group(member).get("deputy"))
            for number, member in _items(desk.get("members"))
        ]
        turns = _items(_group(desk.get("rota")).get("turns"))
        named += [((*at, "rota", "turns", number), one) for number, one in turns]
        for loc, value in named:
            address = _address(value)
            people = ", ".join(sorted(here))
            if address and here and address not in here:
                yield Finding(loc, f"{address} is neither a member nor the lead here; there are {people}")


def _strategies_without_anybody(tree: Group) -> Iterator[Finding]:
    for name, desk in _groups(tree, "departments"):
        rota = _group(desk.get("rota"))
        at = ("departments", name, "strategy")
        if desk.get("strategy") == "fixed" and desk.get("fixed_owner") is None:
            yield Finding(at, "fixed wants `fixed_owner`, who gets every new request; set it or use another strategy")
        if desk.get("strategy") == "rota" and not rota.get("turns") and rota.get("file") is None:
            yield Finding(at, "rota wants to know whose turn it is; set rota.turns, rota.file or another strategy")
        if rota.get("turns") and rota.get("since") is None:
            yield Finding(
                ("departments", name, "rota"), "turns want to know when the first begins; add `since`, as in 2026-11-23"
            )


def _department_called_triage(tree: Group) -> Iterator[Finding]:
    if "triage" in _group(tree.get("departments")):
        yield Finding(("departments", "triage"), "triage is no department; use another name, or the section 'triage'")


def _mailbox_called_like_a_worker(tree: Group) -> Iterator[Finding]:
    """`postroom status` and the log tell workers apart by name; each mailbox has one of its own."""
    for name, _ in _groups(tree, "mailboxes"):
        if name in WORKERS:
            yield Finding(("mailboxes", name), f"{name!r} is the name of a worker of the daemon; use another name")


def _watched(tree: Group) -> Iterator[tuple[Loc, str, str]]:
    """Yield place, mailbox and address of every watched address."""
    for name, mailbox in _groups(tree, "mailboxes"):
        at = ("mailboxes", name)
        written: list[tuple[Loc, Any]] = [((*at, "address"), mailbox.get("address"))]
        written += [((*at, "aliases", number), alias) for number, alias in _items(mailbox.get("aliases"))]
        yield from ((loc, name, address) for loc, value in written if (address := _address(value)))


def _people(tree: Group) -> Iterator[tuple[Loc, str]]:
    """Yield place and address of everybody to whom Postroom writes on its own."""
    written: list[tuple[Loc, Any]] = [
        (("organisation", "operators", number), address)
        for number, address in _items(_group(tree.get("organisation")).get("operators"))
    ]
    for at, desk in _desks(tree):
        written += [((*at, role), desk.get(role)) for role in ("lead", "next_lead", "escalation")]
        written += [
            ((*at, "members", number, "email"), _group(member).get("email"))
            for number, member in _items(desk.get("members"))
        ]
    yield from ((loc, address) for loc, value in written if (address := _address(value)))


def _desks(tree: Group) -> Iterator[tuple[Loc, Group]]:
    """Yield the departments and triage, which are set up alike."""
    for name, department in _groups(tree, "departments"):
        yield ("departments", name), department
    yield ("triage",), _group(tree.get("triage"))


def _groups(tree: Group, section: str) -> Iterator[tuple[str, Group]]:
    yield from ((name, _group(value)) for name, value in _group(tree.get(section)).items())


def _group(value: Any) -> Group:
    return value if isinstance(value, Mapping) else {}


def _items(value: Any) -> Iterable[tuple[int, Any]]:
    return enumerate(value) if isinstance(value, list) else ()


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _address(value: Any) -> str | None:
    return value.lower() if isinstance(value, str) else None
