"""The quick way of asking rules and the plain way give the same answer, whatever the rules and the mails."""

from __future__ import annotations

import datetime as dt
import json
from fnmatch import fnmatch
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rules.inflection import forms
from rules.match import ask, ask_each
from rules.rule import ExampleMail, MailFile
from rules.rule_file import read_rules
from rules.words import fold, words_of
from tests.rules.conftest import OFFERS

# Few words, so that rules and mails meet; near ones, so that they also just miss each other.
WORDS = ["invoice", "invoices", "Rechnung", "rechnungen", "reset", "Passwort", "Passwörter", "vpn", "a", "in", "Übung"]
DOMAINS = ["a.example", "b.a.example", "c.example"]
ADDRESSES = [f"{name}@{domain}" for name in ("it", "eva", "hr") for domain in DOMAINS]
FILES = ["invoice.pdf", "Rechnung [4].docx", "reset.txt", "x"]
TYPES = ["application/pdf", "image/png", "image/jpeg", "text/plain"]

phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
written = st.one_of(phrases, st.sampled_from(["invo*", "reset pass*", "r*", "ubun*"]), phrases.map(lambda p: f'"{p}"'))


def some(values: st.SearchStrategy[str] | list[str]) -> st.SearchStrategy[list[str]]:
    """One to three of these values."""
    one = values if isinstance(values, st.SearchStrategy) else st.sampled_from(values)
    return st.lists(one, min_size=1, max_size=3)


leaves = st.one_of(
    st.fixed_dictionaries({"subject": some(written)}),
    st.fixed_dictionaries({"body": some(written)}),
    st.fixed_dictionaries({"words": some(written)}),
    st.fixed_dictionaries({"customer": some(phrases)}),
    st.fixed_dictionaries({"to": some([*ADDRESSES, "*@a.example", "*@*.example", "it"])}),
    st.fixed_dictionaries({"cc": some([*ADDRESSES, "*@*.a.example", "eva"])}),
    st.fixed_dictionaries({"from": some([*ADDRESSES, "*@c.example", "hr"])}),
    st.fixed_dictionaries({"from_domain": some([*DOMAINS, "*.a.example", "*.example"])}),
    st.fixed_dictionaries({"attachment": some(["*.pdf", "*rechnung*", "re?et*", "invoice.*", "*[4]*"])}),
    st.fixed_dictionaries({"attachment_type": some([*TYPES, "image/*"])}),
    st.fixed_dictionaries({"header": st.fixed_dictionaries({"name": st.just("X-Kind"), "has": some(written)})}),
    st.fixed_dictionaries(
        {"regex": st.fixed_dictionaries({"words": some(["vpn", "re(set|ch)", "inv.{3}e", "ü?bung"])})}
    ),
    st.fixed_dictionaries({"language": some(["de", "en"])}),
    st.fixed_dictionaries({"nature": some(["human", "list"])}),
    st.fixed_dictionaries({"group": some(["field", "Dealers"])}),
    st.sampled_from([{"size": "over 5 kB"}, {"size": "under 1 MB"}, {"thread": "over 1"}, {"thread": "under 2"}]),
    st.sampled_from(
        [{"time": {"calendar": "office", "is": "closed"}}, {"time": {"calendar": "office", "days": ["sun"]}}]
    ),
)
groups = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.builds(lambda one, two: {"all": [one, {"none": two}]}, leaves, st.lists(inner, min_size=1, max_size=2)),
    ),
    max_leaves=5,
)
actions = st.sampled_from(
    [
        {"department": "it"},
        {"department": "hr", "stop": "yes"},
        {"priority": "high", "reason": "why"},
        {"hold": "yes"},
        {"tags": ["one"]},
        {"tags": ["two"], "stop": "yes"},
        {"sla_policy": "urgent", "acknowledge": "no"},
        {"confidential": "yes"},
        {"skill": "vpn"},
        {"owner": "aylin.demir@lindwerk.example"},
        {"watchers": ["eva@lindwerk.example"]},
    ]
)
rules_of_a_file = st.lists(st.tuples(groups, actions, st.integers(1, 3)), min_size=5, max_size=5)
texts = st.lists(st.sampled_from([*WORDS, "uebung", "INVOICED", "resets", "and", "-"]), max_size=8).map(" ".join)
mails = st.builds(
    ExampleMail,
    line=st.just(1),
    sender=st.sampled_from([*ADDRESSES, ""]),
    to=st.lists(st.sampled_from(ADDRESSES), max_size=2).map(tuple),
    cc=st.lists(st.sampled_from(ADDRESSES), max_size=1).map(tuple),
    subject=texts,
    words=texts,
    headers=texts.map(lambda text: {"x-kind": (text,)}),
    attachments=st.lists(st.builds(MailFile, st.sampled_from(FILES), st.sampled_from(TYPES)), max_size=2).map(tuple),
    language=st.sampled_from(["de", "en", ""]),
    size=st.sampled_from([0, 6000, 2_000_000]),
    received_at=st.sampled_from([None, *(dt.datetime(2026, 11, day, 10, tzinfo=dt.UTC) for day in (22, 23))]),
    nature=st.sampled_from(["human", "list"]),
    group=st.sampled_from(["field", "dealers", ""]),
    depth=st.integers(0, 3),
)


@given(rules_of_a_file, st.lists(mails, min_size=5, max_size=5))
def test_asking_by_the_index_and_asking_every_rule_give_the_same_answer(
    made: list[Any], asked: list[ExampleMail]
) -> None:
    file = {
        "rules": [
            {"name": f"rule {n}", "order": order, "when": when, "then": then}
            for n, (when, then, order) in enumerate(made)
        ]
    }
    rules = read_rules({"all.yaml": json.dumps(file).encode()}, OFFERS)

    for mail in asked:
        answer = ask_each(rules.rules, mail)
        assert ask(rules, mail) == answer
        assert answer.fired == tuple(f"rule {n}" for n in fired(made, mail))


ONE = {"department": "place", "hold": "place", "skill": "owner"}
"""Actions that decide the same thing."""


def fired(made: list[Any], mail: ExampleMail) -> list[int]:
    """The rules that give something, worked out as plainly as the guide says it."""
    given: set[str] = set()
    found = []
    for n, (when, then, _) in sorted(enumerate(made), key=lambda one: one[1][2]):
        kinds = {ONE.get(k, k) for k in then} - {"reason", "stop", "tags", "watchers"}
        if not (kinds - given or {"stop", "tags", "watchers"} & set(then)) or not holds(when, mail):
            continue
        found.append(n)
        given |= kinds
        if "stop" in then:
            break
    return found


def holds(when: dict[str, Any], mail: ExampleMail) -> bool:  # noqa: PLR0911 - one line for each condition
    """Whether a condition holds, by looking at everything."""
    ((word, value),) = when.items()
    match word:
        case "any" | "all":
            return {"any": any, "all": all}[word](holds(part, mail) for part in value)
        case "none":
            return not any(holds(part, mail) for part in value)
        case "subject" | "body" | "words" | "customer":
            places = {"subject": [mail.subject], "body": [mail.words]}.get(word, [mail.subject, mail.words])
            return any(stands(phrase, text, exact=word == "customer") for phrase in value for text in places)
        case "header":
            return any(stands(phrase, text) for phrase in value["has"] for text in mail.headers["x-kind"])
        case "to" | "cc" | "from" | "from_domain":
            sides = {"to": mail.recipients, "cc": mail.cc}.get(word, (mail.sender,))
            return any(meant(pattern, address, word) for pattern in value for address in sides)
        case "attachment":
            return any(
                fnmatch(fold(file.name), fold(pattern).replace("[", "[[]"))
                for pattern in value
                for file in mail.attachments
            )
        case "attachment_type":
            return any(fnmatch(file.type, pattern) for pattern in value for file in mail.attachments)
        case "regex":
            parts = {"vpn": ["vpn"], "re(set|ch)": ["reset", "rech"], "inv.{3}e": ["invoice"], "ü?bung": ["bung"]}
            whole = [fold(mail.subject), fold(mail.words)]
            return any(part in text for pattern in value["words"] for part in parts[pattern] for text in whole)
        case "language" | "nature" | "group":
            return getattr(mail, word) in [one.lower() for one in value]
        case "size" | "thread":
            over, limit = (
                value.startswith("over"),
                {"5 kB": 5000, "1 MB": 1_000_000, "1": 1, "2": 2}[value.split(" ", 1)[1]],
            )
            measured = mail.size if word == "size" else mail.depth
            return measured > limit if over else measured < limit
    return mail.received_at is not None and mail.received_at.day == 22  # both of `time` ask for a Sunday


def stands(phrase: str, text: str, *, exact: bool = False) -> bool:
    """Whether a phrase stands in a text, word by word."""
    exact = exact or phrase.startswith('"')
    begins = phrase.endswith("*")
    wanted = [word.strip('"*') for word in phrase.split()]
    said = words_of(text)
    return any(
        all(
            mine.startswith(fold(word))
            if begins and at == len(wanted) - 1
            else mine in ({fold(word)} if exact or begins else forms(word))
            for at, (word, mine) in enumerate(zip(wanted, said[start:], strict=False))
        )
        for start in range(len(said) - len(wanted) + 1)
    )


def meant(pattern: str, address: str, word: str) -> bool:
    """Whether an address is meant by a pattern."""
    local, _, domain = address.rpartition("@")
    if word == "from_domain":
        return fnmatch(domain, pattern)
    if "@" not in pattern:
        return local == pattern
    return bool(address) and fnmatch(address, pattern)
