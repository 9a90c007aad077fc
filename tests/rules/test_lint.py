"""Rules that read well but will not do what their author thinks."""

from __future__ import annotations

import pytest

from rules.lint import lint


def rule(name: str, when: str, example: str, **more: str) -> str:
    """A rule on one line, with a subject that it catches."""
    extra = "".join(f", {key}: {value}" for key, value in more.items())
    return f"- {{name: {name}, when: {when}, examples: {{catches: [{{subject: {example}}}]}}{extra}}}\n"


@pytest.fixture
def findings(read):
    """Department -> its rules, one text each; gives what lint says about them all."""

    def of(**files: str) -> list[str]:
        texts = {name: f"department: {name}\nrules:\n{rules}" for name, rules in files.items()}
        return [str(finding) for finding in lint(read(**texts))]

    return of


def test_rules_that_do_not_meet_have_no_findings(findings) -> None:
    said = findings(
        it=rule("a", "{subject: vpn}", "vpn"),
        hr=rule("b", "{subject: payslip}", "payslip") + rule("c", "{subject: leave}", "leave"),
    )

    assert said == []


def test_two_rules_of_one_name_are_found(findings) -> None:
    said = findings(hr=rule("same", "{subject: a}", "a"), it=rule("Same", "{subject: b}", "b"))

    assert said == ["it.yaml:3: rule 'Same': the rule at hr.yaml:3 has the same name; give one of them another"]


def test_a_rule_without_an_example_is_found(findings) -> None:
    assert findings(it="- {name: r, when: {subject: a}}\n") == [
        "it.yaml:3: rule 'r': it has no example that it catches; add the mail that you wrote it for"
    ]


@pytest.mark.parametrize("when", ["{regex: {subject: 'a*'}}", "{body: b, none: [{regex: {subject: 'a*'}}]}"])
def test_a_pattern_that_fits_an_empty_text_is_found(findings, when) -> None:
    assert findings(it=f"- {{name: r, when: {when}}}\n")[-1] == (
        "it.yaml:3: rule 'r': the pattern 'a*' also fits an empty text, so it may fit every mail; "
        "let it ask for at least one character"
    )


def test_a_rule_that_forbids_what_it_asks_for_is_found(findings) -> None:
    said = findings(it="- {name: r, when: {subject: a new invoice, none: [{words: [invoice, bill]}]}}\n")

    assert said[-1] == (
        "it.yaml:3: rule 'r': it never matches, because it both asks for and forbids this: "
        "the subject has 'a new invoice'; remove one of the two"
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{subject: x}", "{subject: X}"),
        ("{subject: [x, y]}", "{subject: x}"),
        ("{words: x}", "{subject: x}"),
        ("{subject: x}", "{subject: very x}"),
        ("{subject: 'x*'}", "{subject: xy}"),
        ("{subject: x}", "{subject: x, body: y}"),
        ("{any: [{subject: x}, {body: y}]}", "{subject: x}"),
        ("{any: [{subject: x}, {body: y}]}", "{any: [{body: y}, {subject: x}]}"),
        ("{any: [{subject: x}, {body: y}]}", "{all: [{any: [{subject: x}, {body: y}]}, {to: it}]}"),
        ("{subject: x, none: [{body: y}]}", "{none: [{body: z}, {body: y}], subject: x}"),
        ("{to: [a@b.example, it]}", "{to: it}"),
        ("{from_domain: [b.example, c.example]}", "{from_domain: c.example}"),
        ("{header: {name: X-A, has: [x, y]}}", "{header: {name: x-a, has: y}}"),
        ("{attachment: ['*.pdf', '*.doc']}", "{attachment: '*.doc'}"),
        ("{regex: {words: ['x+', 'y+']}}", "{regex: {words: 'x+'}}"),
    ],
)
def test_a_rule_that_an_earlier_one_covers_is_found(findings, first, second) -> None:
    said = findings(it=f"- {{name: wide, when: {first}}}\n- {{name: narrow, when: {second}}}\n")

    assert said[-1] == (
        "it.yaml:4: rule 'narrow': it never acts, because rule 'wide' (it.yaml:3) is asked before it and "
        "holds whenever this one does; remove this one or give it a lower order"
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{subject: x}", "{words: x}"),
        ("{subject: x}", "{subject: [x, y]}"),
        ("{subject: xy}", "{subject: 'x*'}"),
        ("{subject: x, body: y}", "{subject: x}"),
        ("{subject: x}", "{any: [{subject: x}, {body: y}]}"),
        ("{subject: x, none: [{body: y}]}", "{subject: x}"),
        ("{subject: x, none: [{body: z}, {body: y}]}", "{subject: x, none: [{body: y}]}"),
        ("{to: it}", "{from: it}"),
        ("{from: '*@c.example'}", "{from_domain: c.example}"),
        ("{header: {name: X-A, has: x}}", "{header: {name: X-B, has: x}}"),
        ("{regex: {words: 'x+'}}", "{regex: {body: 'x+'}}"),
    ],
)
def test_a_rule_that_may_still_act_is_not_found(findings, first, second) -> None:
    said = findings(it=f"- {{name: first, when: {first}}}\n- {{name: second, when: {second}}}\n")

    assert not any("never acts" in finding for finding in said)


def test_a_rule_still_acts_behind_one_that_gives_only_the_other_thing(read) -> None:
    rules = read(
        it="department: it\nrules: [{name: a, when: {subject: x}}]",
        priority="rules: [{name: b, when: {subject: x}, then: {priority: high, reason: r}}]",
    )

    assert not any("never acts" in finding.problem for finding in lint(rules))


def test_an_example_that_an_earlier_rule_takes_to_another_department_is_found(findings) -> None:
    said = findings(
        security=rule("phishing", "{subject: phishing}", "phishing", order="10"),
        finance=rule("invoices", "{subject: invoice}", "phishing or invoice?"),
    )

    assert said == [
        "finance.yaml:3: rule 'invoices': its example 'phishing or invoice?' is caught earlier by "
        "rule 'phishing' (security.yaml:3), which gives department security instead of department finance; "
        "give this rule an order below 10, or make the other one narrower"
    ]


@pytest.mark.parametrize(
    ("mine", "other", "place"), [("finance", "it", "finance.yaml:3"), ("it", "finance", "it.yaml:3")]
)
def test_an_example_that_two_rules_of_equal_order_claim_is_found(findings, mine, other, place) -> None:
    said = findings(**{mine: rule("a", "{subject: a}", "a and b"), other: rule("b", "{subject: b}", "only b")})

    assert said == [
        f"{place}: rule 'a': its example 'a and b' is also caught by rule 'b' ({other}.yaml:3), which gives "
        f"department {other} instead of department {mine}, and has the same order 100; "
        "give the more important one a lower order"
    ]


def test_an_example_that_a_later_rule_would_take_is_no_finding(findings) -> None:
    said = findings(it=rule("a", "{subject: a}", "a and b", order="1"), hr=rule("b", "{subject: b}", "b"))

    assert said == []


def test_an_example_that_another_rule_of_the_same_department_takes_is_no_finding(findings) -> None:
    assert findings(it=rule("a", "{subject: a}", "a and b") + rule("b", "{subject: b}", "b and a")) == []


def test_two_priorities_for_one_example_are_found(read) -> None:
    first = "{name: down, when: {subject: down}, then: {priority: urgent, reason: r}, order: 1}"
    second = (
        "{name: slow, when: {subject: slow}, then: {priority: low, reason: r},"
        " examples: {catches: [{subject: down or slow}]}}"
    )

    said = [finding.problem for finding in lint(read(priority=f"rules:\n- {first}\n- {second}\n"))]

    assert said[-1] == (
        "its example 'down or slow' is caught earlier by rule 'down' (priority.yaml:2), which gives "
        "priority urgent instead of priority low; give this rule an order below 1, "
        "or make the other one narrower"
    )


def test_a_pattern_that_fits_nearly_every_mail_is_found(findings) -> None:
    assert findings(it="- {name: r, when: {regex: {subject: '.'}}}\n")[-1] == (
        "it.yaml:3: rule 'r': the pattern '.' fits nearly every mail, such as 'Hello' and 'Frage'; ask for more"
    )


def test_a_rule_that_says_the_same_as_another_is_found(findings) -> None:
    said = findings(it=rule("a", "{subject: x}", "x") + rule("b", "{subject: x}", "X!"))

    assert said == ["it.yaml:4: rule 'b': it says the same as rule 'a' (it.yaml:3); remove one of them"]


def test_a_rule_behind_one_that_stops_is_found(read) -> None:
    rules = read(
        a="rules: [{name: news, when: {subject: news}, then: {stop: yes}, examples: {catches: [{subject: news}]}}]",
        b="department: hr\nrules: [{name: n, when: {subject: news, body: x}, examples: "
        "{catches: [{subject: news, body: x}]}}]",
    )

    assert [str(finding) for finding in lint(rules)] == [
        "b.yaml:2: rule 'n': it never acts, because rule 'news' (a.yaml:1) is asked before it, stops the asking and "
        "holds whenever this one does; remove this one or give it a lower order"
    ]


def test_a_rule_that_stops_still_acts_behind_one_that_gives_as_much(findings) -> None:
    stops = "- {name: b, when: {subject: x}, then: {stop: yes}, examples: {catches: [{subject: x}]}}\n"

    assert findings(it=rule("a", "{subject: x}", "x") + stops) == []


@pytest.mark.parametrize(
    ("first", "second", "covers"),
    [
        ("{subject: invoice}", "{subject: new invoice}", True),
        ("{subject: invoice}", "{subject: '\"invoice\"'}", True),
        ("{subject: '\"invoice\"'}", "{subject: invoice}", False),
        ("{subject: 'inv*'}", "{subject: new invoice}", True),
        ("{size: over 5 MB}", "{size: over 6 MB}", True),
        ("{size: over 6 MB}", "{size: over 5 MB}", False),
        ("{size: over 5 MB}", "{size: under 6 MB}", False),
        ("{thread: under 5}", "{thread: under 3}", True),
        ("{language: [de, en]}", "{language: de}", True),
        ("{language: de}", "{nature: human}", False),
        ("{time: {calendar: office, is: open}}", "{time: {calendar: office, is: open}}", True),
        ("{time: {calendar: office, is: open}}", "{time: {calendar: office, is: closed}}", False),
        ("{attachment_type: [image/*, a/b]}", "{attachment_type: a/b}", True),
        ("{cc: it}", "{to: it}", False),
    ],
)
def test_lint_knows_which_condition_asks_for_more(findings, first, second, covers) -> None:
    said = findings(it=f"- {{name: wide, when: {first}, order: 1}}\n- {{name: narrow, when: {second}}}\n")

    assert any("never acts" in finding for finding in said) is covers


def test_two_rules_that_disagree_about_the_mail_of_a_third_are_found(read) -> None:
    rules = read(
        all="rules:\n- {name: a, when: {subject: a1}, then: {department: it}}\n"
        "- {name: b, when: {subject: b1}, then: {department: hr}}\n"
        "- {name: c, when: {subject: c1}, then: {tags: c}, examples: {catches: [{subject: a1 b1 c1}]}}\n"
    )

    said = [finding.problem for finding in lint(rules) if "example that it catches" not in finding.problem]

    assert said == [
        "about the mail 'a1 b1 c1' (all.yaml:4), rule 'a' (all.yaml:2) gives department it, rule 'b' (all.yaml:3) "
        "gives department hr, and both have the order 100; give the more important one a lower order"
    ]
