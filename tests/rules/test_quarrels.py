"""Rules of equal order that disagree about a mail."""

from __future__ import annotations

from rules.quarrels import quarrels


def test_rules_of_equal_order_that_disagree_are_named(read, mail) -> None:
    rules = read(
        hr="department: hr\nrules: [{name: a, when: {subject: x}}]",
        it="department: it\nrules: [{name: b, when: {subject: x}}]",
    )

    assert [str(quarrel) for quarrel in quarrels(rules, mail(subject="x"))] == [
        "rule 'a' (hr.yaml:2) gives department hr, rule 'b' (it.yaml:2) gives department it, "
        "and both have the order 100"
    ]


def test_a_lower_order_settles_a_quarrel(read, mail) -> None:
    rules = read(
        hr="department: hr\nrules: [{name: a, when: {subject: x}}]",
        it="department: it\nrules: [{name: b, when: {subject: x}}]",
        legal="department: legal\nrules: [{name: c, when: {subject: x}, order: 1}]",
    )

    assert quarrels(rules, mail(subject="x")) == ()


def test_rules_that_agree_or_do_not_both_hold_have_no_quarrel(read, mail) -> None:
    rules = read(
        it="department: it\nrules: [{name: a, when: {subject: x}}, {name: b, when: {subject: x}}]",
        hr="department: hr\nrules: [{name: c, when: {subject: y}}]",
    )

    assert quarrels(rules, mail(subject="x")) == ()


def test_a_rule_that_stops_ends_quarrels_behind_it_but_not_beside_it(read, mail) -> None:
    one = "{{name: {0}, when: {{subject: x}}, order: {1}, then: {{{2}}}}}"
    stop, beside = one.format("a", 5, "hold: yes, stop: yes"), one.format("b", 5, "department: it")
    later = one.format("c", 6, "priority: low, reason: r") + ", " + one.format("d", 6, "priority: high, reason: r")

    found = quarrels(read(all=f"rules: [{stop}, {beside}, {later}]"), mail(subject="x"))

    assert [(quarrel.first.name, quarrel.second.name, quarrel.gift) for quarrel in found] == [("a", "b", "place")]
