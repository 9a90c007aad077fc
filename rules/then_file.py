"""The `then` of a rule, from YAML values to what it gives; a mistake names its line and what to write instead.

Actions:
    department    who gets the mail; without it the `department` at the top of the file counts
    hold          yes: a person in triage places the mail
    priority      low, normal, high or urgent, with `reason`: the words that requester and owner read
    impact        who is held up, with `urgency` and `reason`, in place of a priority: the settings have a table of them
    owner         the address of a member of that department
    skill         what the owner must be able to do, by the settings; several are all wanted
    sla_policy    another SLA policy of the settings than the department's own
    tags          words under which people find the request again
    acknowledge   no: the requester gets no acknowledgement
    confidential  yes: nobody but its owner reads what it says
    watchers      addresses within the organisation that get a copy of the notice to the owner
    stop          yes: no later rule is asked about this mail
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from rules.mistakes import Notebook, meant, nearest
from rules.rule import PRIORITIES, Priority
from rules.yaml_lines import Entries, Items, Text, Value

LONGEST_TAG = 40
MOST_WATCHERS = 10
_ADDRESS = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
_YES, _NO = ("yes", "true", "on"), ("no", "false", "off")


@dataclass(frozen=True, slots=True)
class Given:
    """What a rule gives; see Rule."""

    department: str | None = None
    priority: Priority | None = None
    reason: str | None = None
    hold: bool = False
    owner: str | None = None
    skills: tuple[str, ...] = ()
    sla_policy: str | None = None
    silent: bool = False
    tags: tuple[str, ...] = ()
    confidential: bool = False
    watchers: tuple[str, ...] = ()
    stop: bool = False


def read_then(value: Value | None, line: int, usual: str | None, notes: Notebook) -> Given:
    """The value of `then`, the line of its rule and the department of its file -> what the rule gives."""
    given = words_of(value, ACTIONS, notes) if value is not None else {}
    hold = _yes(given.get("hold"), "hold", notes)
    department = department_named(given.get("department"), notes) or (None if hold else usual)
    if not given and not department:
        notes.note(line, "the rule gives nothing; add `then:` with a department, or with a priority")
    hurries = "priority" in given or "impact" in given
    if hurries and "reason" not in given:
        notes.note(line, "a priority needs a reason; add `reason:` with the words that people will read")
    if ("impact" in given) != ("urgency" in given):
        notes.note(line, "impact and urgency go together; name both")
    if "impact" in given and "priority" in given:
        notes.note(line, "impact and urgency give the priority; remove `priority:`")
    if "reason" in given and not hurries:
        notes.note(line, "there is a reason but no priority; add `priority:` or remove the reason")
    if hold and "department" in given:
        notes.note(line, "`hold` and `department` exclude each other; remove one of them")
    if "owner" in given and "skill" in given:
        notes.note(line, "`owner` and `skill` exclude each other; remove one of them")
    confidential = _yes(given.get("confidential"), "confidential", notes)
    if confidential and "watchers" in given:
        notes.note(line, "`confidential` and `watchers` exclude each other; remove one of them")
    return Given(
        department=department,
        priority=_priority(given.get("priority"), notes) or _by_table(given.get("impact"), given.get("urgency"), notes),
        reason=_reason(given.get("reason"), notes),
        hold=hold,
        owner=_owner(given.get("owner"), department, notes),
        skills=_skills(given.get("skill"), department, notes),
        sla_policy=_sla_policy(given.get("sla_policy"), notes),
        silent=not _yes(given.get("acknowledge"), "acknowledge", notes, otherwise=True),
        tags=_tags(given.get("tags"), notes),
        confidential=confidential,
        watchers=_watchers(given.get("watchers"), notes),
        stop=_yes(given.get("stop"), "stop", notes),
    )


def words_of(value: Value, known: Collection[str], notes: Notebook) -> dict[str, Value]:
    """The entries of a mapping by their key, after noting every key that is not known.

    What stands below a misspelt key is read as if it were spelt well, so that all mistakes are told at once.
    """
    if not isinstance(value, Entries):
        notes.note(value.line, f"something else stands where these words belong: {', '.join(known)}")
        return {}
    given = {key.text: inner for key, inner in value.entries if key.text in known}
    for key, inner in value.entries:
        if key.text not in known:
            notes.note(key.line, f"'{key.text}' is not known here; {nearest(key.text, known)}")
            given.setdefault(meant(key.text, known), inner)
    given.pop("", None)
    return given


def department_named(value: Value | None, notes: Notebook) -> str | None:
    """The department as it was written, after noting when there is none of that name; then the one that is meant."""
    if value is None:
        return None
    known = notes.offers.departments
    if not isinstance(value, Text):
        notes.note(value.line, f"'department' is one name; use one of: {', '.join(sorted(known))}")
        return ""
    name = value.text
    if name not in known:
        notes.note(value.line, f"there is no department '{name}'; {nearest(name, known)}")
        return meant(name, known) or name
    return name


def _yes(value: Value | None, word: str, notes: Notebook, *, otherwise: bool = False) -> bool:
    if value is None:
        return otherwise
    said = value.text.strip().lower() if isinstance(value, Text) else ""
    if said not in (*_YES, *_NO):
        notes.note(value.line, f"'{word}' says `yes` or `no`")
        return otherwise
    return said in _YES


def _priority(value: Value | None, notes: Notebook) -> Priority | None:
    if value is None:
        return None
    name = value.text if isinstance(value, Text) else ""
    if name not in PRIORITIES:
        notes.note(value.line, f"there is no priority '{name}'; {nearest(name, PRIORITIES)}")
    return next((priority for priority in PRIORITIES if priority == name), None)


def _by_table(impact: Value | None, urgency: Value | None, notes: Notebook) -> Priority | None:
    if impact is None or urgency is None:
        return None
    table = notes.offers.priorities
    impacts = tuple(dict.fromkeys(one for one, _ in table))
    urgencies = tuple(dict.fromkeys(one for _, one in table))
    return table.get((_named(impact, "impact", impacts, notes), _named(urgency, "urgency", urgencies, notes)))


def _named(value: Value, word: str, known: tuple[str, ...], notes: Notebook) -> str:
    name = value.text.strip() if isinstance(value, Text) else ""
    if name not in known:
        offered = nearest(name, known) if known else "the settings have none here"
        notes.note(value.line, f"there is no {word} '{name}'; {offered}")
    return name


def _reason(value: Value | None, notes: Notebook) -> str | None:
    if value is None:
        return None
    if isinstance(value, Text) and value.text.strip():
        return " ".join(value.text.split())
    notes.note(value.line, "the reason is empty; write the words that people will read")
    return None


def _of(
    department: str | None, by_department: Mapping[str, Collection[str]], notes: Notebook
) -> tuple[Collection[str], str]:
    """What the settings offer in this department, or in any where another rule gives it; and whose that is."""
    if department in notes.offers.departments:
        return by_department.get(department, ()), f"'{department}'"
    return tuple(one for theirs in by_department.values() for one in theirs), "any department"


def _owner(value: Value | None, department: str | None, notes: Notebook) -> str | None:
    """A member of the department that the rule gives, or of any, if another rule gives it."""
    if value is None:
        return None
    address = value.text.strip().lower() if isinstance(value, Text) else ""
    known, whose = _of(department, notes.offers.owners, notes)
    if address not in known:
        offered = nearest(address, known) if known else "the settings name nobody"
        notes.note(value.line, f"the owner '{address}' is no member of {whose}; {offered}")
    return address


def _skills(value: Value | None, department: str | None, notes: Notebook) -> tuple[str, ...]:
    """What members of the department that the rule gives, or of any, can do."""
    if value is None:
        return ()
    known, whose = _of(department, notes.offers.skills, notes)
    items = value.items if isinstance(value, Items) else (value,)
    names = [item.text.strip() if isinstance(item, Text) else "" for item in items]
    for item, name in zip(items, names, strict=True):
        if name not in known:
            offered = nearest(name, known) if known else "give members their `skills` in the settings"
            notes.note(item.line, f"no member of {whose} has the skill '{name}'; {offered}")
    if not names:
        notes.note(value.line, "`skill` is empty; name one, or remove it")
    return tuple(dict.fromkeys(names))


def _sla_policy(value: Value | None, notes: Notebook) -> str | None:
    if value is None:
        return None
    name = value.text.strip() if isinstance(value, Text) else ""
    known = notes.offers.sla_policies
    if name not in known:
        offered = nearest(name, known) if known else "the settings have none here"
        notes.note(value.line, f"there is no SLA policy '{name}'; {offered}")
    return name


def _tags(value: Value | None, notes: Notebook) -> tuple[str, ...]:
    if value is None:
        return ()
    items = value.items if isinstance(value, Items) else (value,)
    tags = [" ".join(item.text.split()) if isinstance(item, Text) else "" for item in items]
    if not tags or not all(0 < len(tag) <= LONGEST_TAG for tag in tags):
        notes.note(value.line, f"a tag is a word or a few, up to {LONGEST_TAG} characters")
    return tuple(dict.fromkeys(tags))


def _watchers(value: Value | None, notes: Notebook) -> tuple[str, ...]:
    """Their addresses in lower case; a copy never leaves the organisation."""
    if value is None:
        return ()
    items = value.items if isinstance(value, Items) else (value,)
    addresses = [item.text.strip().lower() if isinstance(item, Text) else "" for item in items]
    if not addresses or len(addresses) > MOST_WATCHERS:
        notes.note(value.line, f"`watchers` takes one to {MOST_WATCHERS} addresses; write to a group if they are more")
    for item, address in zip(items, addresses, strict=True):
        if not _ADDRESS.fullmatch(address):
            notes.note(item.line, f"the watcher '{address}' is no address; write it as name@domain")
        elif address in notes.offers.watched:
            notes.note(item.line, f"the watcher '{address}' is a mailbox of Postroom, so each copy would come back")
        elif address.rpartition("@")[2] not in notes.offers.domains:
            own = ", ".join(notes.offers.domains) or "none are set"
            notes.note(item.line, f"the watcher '{address}' is outside the organisation, whose domains are: {own}")
    return tuple(dict.fromkeys(addresses))


ACTIONS = (
    *("department", "priority", "impact", "urgency", "reason", "hold", "owner", "skill", "sla_policy", "tags"),
    "acknowledge",
    *("confidential", "watchers", "stop"),
)
