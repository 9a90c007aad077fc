"""What a department may write, and what it is told when something is wrong."""

from __future__ import annotations

import os

import pytest

from rules.rule import ExampleMail, HasWords, Phrase, Rule
from rules.rule_file import RuleFileError, load_folder, read_rules

WHOLE = """
department: finance
rules:
  - name: supplier
      invoices
    order: 50
    when: {subject: [invoice, Rechn*]}
    then: {department: legal, priority: high, reason: a customer is waiting}
    examples:
      catches:
        - from: A@lindwerk.example
          to: [Finance@lindwerk.example]
          subject: Invoice 4711
          body: please pay
          headers: {X-Priority: urgent, Received: [a, b]}
          attachments: a.pdf
      leaves:
        - {subject: NO}
"""


def test_a_rule_is_read_with_everything_that_it_says(read) -> None:
    rules = read(finance=WHOLE)

    assert rules.departments == tuple(sorted(rules.departments))
    assert rules.rules == (
        Rule(
            name="supplier invoices",
            when=HasWords("subject", (Phrase("invoice", " invoice "), Phrase("Rechn*", " rechn"))),
            department="legal",
            priority="high",
            priority_reason="a customer is waiting",
            order=50,
            file="finance.yaml",
            line=4,
            catches=(
                ExampleMail(
                    line=11,
                    sender="a@lindwerk.example",
                    recipients=("finance@lindwerk.example",),
                    subject="Invoice 4711",
                    words="please pay",
                    headers={"x-priority": ("urgent",), "received": ("a", "b")},
                    attachments=("a.pdf",),
                ),
            ),
            leaves=(ExampleMail(line=18, subject="NO"),),
        ),
    )


def test_the_department_of_the_file_and_order_100_stand_for_what_a_rule_leaves_out(read) -> None:
    rule = read(finance="department: finance\nrules: [{name: r, when: {subject: x}}]").rules[0]

    assert (rule.department, rule.priority, rule.order) == ("finance", None, 100)


def test_a_rule_may_give_only_a_priority(read) -> None:
    rule = read(all="rules: [{name: r, when: {subject: x}, then: {priority: low, reason: it can wait}}]").rules[0]

    assert (rule.department, rule.priority, rule.priority_reason) == (None, "low", "it can wait")


GOOD = "  - {name: good, when: {subject: x}}\n"


def in_rule(text: str) -> str:
    """A file whose only rule, from line 3 on, has these lines."""
    return "department: finance\nrules:\n  - name: r\n" + "".join(f"    {line}\n" for line in text.splitlines())


NO_RULES = "a rule file needs `rules:` with a list, each rule beginning with '- name:'"
NO_NAME = "the rule has no name; add `name:` with a few words that say what it catches"
BELONGS = "something else stands where these words belong: "


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1: the file is empty; write `rules:` with a list of rules, or remove the file"),
        ("# later\n", "1: the file is empty; write `rules:` with a list of rules, or remove the file"),
        ("- a\n", f"1: {BELONGS}department, rules"),
        ("rules: []\n", f"1: {NO_RULES}"),
        ("department: finance\n", f"1: {NO_RULES}"),
        ("rule: []\n", "1: 'rule' is not known here; did you mean 'rules'?"),
        (
            f"department: finanse\nrules:\n{GOOD}",
            "1: there is no department 'finanse'; did you mean 'finance'?",
        ),
        (
            f"department: [it]\nrules:\n{GOOD}",
            "1: there is no department ''; use one of: communications, facilities, finance, hr, it, legal, "
            "procurement, security",
        ),
        ("department: it\nrules:\n  - [a]\n", f"3: {BELONGS}name, order, when, then, examples"),
        ("department: it\nrules:\n  - when: {subject: x}\n", f"3: {NO_NAME}"),
        ("department: it\nrules:\n  - {name: ' ', when: {subject: x}}\n", f"3: {NO_NAME}"),
        (
            "rules:\n  - {name: r, when: {subject: x}}\n",
            "2: rule 'r': the rule gives nothing; add `then:` with a department, or with a priority",
        ),
        ("a" * (1024 * 1024 + 1), "1: the file is larger than 1 MiB; split it into several files"),
        (b"department: it\nrules: # K\xfcche\n", "2: this is not UTF-8 text; save the file as UTF-8"),
    ],
)
def test_a_mistake_in_a_file_is_told_with_its_line_and_what_to_do(mistakes_in, text, told) -> None:
    assert f"finance.yaml:{told}" in mistakes_in(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "rules: [a\nb: c",
            "2: this is not YAML: while parsing a flow sequence, expected ',' or ']', but got ':'",
        ),
        ("rules: *x\n", "1: this is not YAML: found undefined alias 'x'"),
        (
            "rules: []\n---\nrules: []\n",
            "2: this is not YAML: expected a single document in the stream, but found another document",
        ),
        ("department: it\nrules: \x07\n", "2: the character U+0007 is not allowed in YAML; remove it"),
        ("[" * 1000, "1: it is nested too deeply; write it flatter"),
        ("rules: [&x a, &x b]\n", "1: &x and *x are not read here; write the text out instead"),
        ("rules: &all [*all]\n", "1: &all and *all are not read here; write the text out instead"),
        (
            f"department: it\ndepartment: hr\nrules:\n{GOOD}",
            "2: 'department' stands here a second time, after line 1; keep one of them",
        ),
        (
            f"department: it\n? [a]\n: b\nrules:\n{GOOD}",
            "2: a list or a mapping cannot be a key; write one word before the colon",
        ),
        (f"department: !it it\nrules:\n{GOOD}", "1: tags such as !it are not read; remove it"),
    ],
)
def test_what_is_no_plain_yaml_is_told_with_its_line(mistakes_in, text, told) -> None:
    assert f"finance.yaml:{told}" in mistakes_in(text)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("order: 1", "3: the rule has no `when:`; add what a mail must have"),
        ("wen: {subject: x}\nwhen: {subject: x}", "4: 'wen' is not known here; did you mean 'when'?"),
        ("if: {subject: x}\nwhen: {subject: x}", "4: 'if' is not known here; did you mean 'when'?"),
        (
            "when: {subject: x}\ncolour: red",
            "5: 'colour' is not known here; use one of: examples, name, order, then, when",
        ),
        (
            "order: first\nwhen: {subject: x}",
            "4: order must be a whole number from 0 to 9999; lower is asked first",
        ),
    ],
)
def test_a_mistake_in_a_rule_is_told_with_its_line_and_what_to_do(mistakes_in, lines, told) -> None:
    line, _, problem = told.partition(": ")

    assert mistakes_in(in_rule(lines)) == [f"finance.yaml:{line}: rule 'r': {problem}"]


@pytest.mark.parametrize(
    ("then", "told"),
    [
        ("{department: IT}", "5: there is no department 'IT'; did you mean 'it'?"),
        ("{to: it}", "5: 'to' is not known here; use one of: department, priority, reason"),
        ("it", f"5: {BELONGS}department, priority, reason"),
        ("{priority: hihg, reason: why}", "5: there is no priority 'hihg'; did you mean 'high'?"),
        (
            "{priority: high}",
            "3: a priority needs a reason; add `reason:` with the words that people will read",
        ),
        ("{priority: high, reason: ''}", "5: the reason is empty; write the words that people will read"),
        ("{reason: why}", "3: there is a reason but no priority; add `priority:` or remove the reason"),
    ],
)
def test_a_mistake_in_what_a_rule_gives_is_told(mistakes_in, then, told) -> None:
    line, _, problem = told.partition(": ")

    told_now = mistakes_in(in_rule(f"when: {{subject: x}}\nthen: {then}"))

    assert told_now == [f"finance.yaml:{line}: rule 'r': {problem}"]


MISSING = "a condition is missing here; write for example `subject: [invoice, rechnung]`"
ONLY_NONE = "`when` only says what must not be there; add something that must be there"
EACH_ON_A_LINE = "needs a list of conditions, each on a line that begins with '- '"
TEXTS = "write a text or a list of texts"
STAR = "the * must be the last character of a word at the end"
NO_LETTERS = "has no letter or digit to look for; write a word or a phrase"
NO_ADDRESS = "is not an address; write name@domain, *@domain, or only the name before the @"
HEADER = "'header' needs exactly a name and what it has: `{name: X-Priority, has: [urgent]}`"
HEADER_NAME = "the name of a header is one word without a colon, such as X-Priority"
REGEX = "'regex' needs exactly one of subject, body or words: `regex: {subject: 'PO-[0-9]{6}'}`"


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ("", MISSING),
        ("{}", MISSING),
        ("invoice", MISSING),
        ("{any: [invoice]}", MISSING),
        ("{subjekt: x}", "'subjekt' is not a condition; did you mean 'subject'?"),
        ("{sender: x}", "'sender' is not a condition; did you mean 'from'?"),
        (
            "{weather: x}",
            "'weather' is not a condition; use one of: all, any, attachment, body, from, from_domain, "
            "header, none, regex, subject, to, words",
        ),
        ("{any: {subject: x}}", f"'any' {EACH_ON_A_LINE}"),
        ("{subject: x, none: []}", f"'none' {EACH_ON_A_LINE}"),
        ("{none: [{subject: x}]}", ONLY_NONE),
        ("{any: [{subject: x}, {none: [{body: y}]}]}", ONLY_NONE),
        ("{subject: []}", f"'subject' has an empty list; {TEXTS}"),
        ("{subject: [x, '']}", f"'subject' has an empty text; {TEXTS}"),
        ("{subject: [x, {has: y}]}", f"'subject' has something that is not a text; {TEXTS}"),
        ("{subject: '*rechnung'}", f"in '*rechnung' {STAR}"),
        ("{subject: 'rechnung *'}", f"in 'rechnung *' {STAR}"),
        ("{subject: '*'}", f"'*' {NO_LETTERS}"),
        ("{subject: '!!'}", f"'!!' {NO_LETTERS}"),
        ("{to: a b}", f"'a b' {NO_ADDRESS}"),
        ("{to: '@lindwerk.example'}", f"'@lindwerk.example' {NO_ADDRESS}"),
        ("{from: 'fin*@lindwerk.example'}", f"'fin*@lindwerk.example' {NO_ADDRESS}"),
        ("{from: 'finance@*'}", f"'finance@*' {NO_ADDRESS}"),
        ("{from: '*'}", f"'*' {NO_ADDRESS}"),
        (
            "{from_domain: '@b.example'}",
            "'@b.example' is not a domain; write lindwerk.example or *.lindwerk.example",
        ),
        ("{header: X-Priority}", HEADER),
        ("{header: {name: X-Priority}}", HEADER),
        ("{header: {name: X-Priority, has: x, not: y}}", HEADER),
        ("{header: {name: 'X-Priority:', has: x}}", HEADER_NAME),
        ("{header: {name: [X-Priority], has: x}}", HEADER_NAME),
        (
            "{attachment: invoice}",
            "'invoice' would only match a file of exactly that name; write '*invoice*'",
        ),
        ("{regex: 'x'}", REGEX),
        ("{regex: {subject: x, body: y}}", REGEX),
        ("{regex: {from: x}}", REGEX),
        ("{regex: {subject: 'a(b'}}", "the pattern 'a(b' cannot be read: missing ) at position 3"),
        ("{regex: {body: %s}}" % ("x" * 501), "a pattern of 501 characters is too long; 500 are allowed"),
        (
            "{regex: {body: '((a{1000}){1000}){10}'}}",
            "the pattern '((a{1000}){1000}){10}' repeats too often; its {counts} multiply to more than 10,000",
        ),
    ],
)
def test_a_mistake_in_a_condition_is_told_with_what_to_write_instead(mistakes_in, when, told) -> None:
    assert mistakes_in(in_rule(f"when: {when}")) == [f"finance.yaml:4: rule 'r': {told}"]


def test_a_mistake_deep_in_a_condition_is_told_with_its_own_line(mistakes_in) -> None:
    when = "when:\n  any:\n    - subject: x\n    - regex:\n        body:\n          - x\n          - 'a(b'"

    assert mistakes_in(in_rule(when)) == [
        "finance.yaml:10: rule 'r': the pattern 'a(b' cannot be read: missing ) at position 3"
    ]


@pytest.mark.parametrize(
    ("examples", "told"),
    [
        ("[]", f"{BELONGS}catches, leaves"),
        ("{catch: []}", "'catch' is not known here; did you mean 'catches'?"),
        (
            "{catches: {subject: x}}",
            "'catches' needs a list of mails; write each on a line that begins with '- '",
        ),
        ("{leaves: [hello]}", f"{BELONGS}from, to, subject, body, headers, attachments"),
        ("{leaves: [{}]}", "the example mail is empty; give it at least a subject"),
        ("{leaves: [{body: y, sbuject: y}]}", "'sbuject' is not known here; did you mean 'subject'?"),
        ("{leaves: [{subject: [y]}]}", "'subject' of an example mail must be one text"),
        ("{leaves: [{to: [[y]]}]}", "'to' of an example mail must be one text or a list of texts"),
        (
            "{leaves: [{headers: y}]}",
            "'headers' of an example mail are names with values: `{X-Priority: urgent}`",
        ),
        (
            "{catches: [{subject: y}]}",
            "want: 'y' is caught; got: it is left alone, because this is not true: the subject has 'x'",
        ),
        (
            "{leaves: [{subject: x}]}",
            "want: 'x' is left alone; got: it is caught, because subject has 'x'",
        ),
    ],
)
def test_a_mistake_in_an_example_is_told_with_its_line(mistakes_in, examples, told) -> None:
    mistakes = mistakes_in(in_rule(f"when: {{subject: x}}\nexamples: {examples}"))

    assert mistakes == [f"finance.yaml:5: rule 'r': {told}"]


def test_a_wrong_department_of_the_file_is_told_once_and_not_for_every_rule(mistakes_in) -> None:
    assert len(mistakes_in(f"department: finanse\nrules:\n{GOOD}{GOOD}")) == 1


def test_all_mistakes_of_all_files_are_told_at_once_in_order() -> None:
    bad = b"""
rules:
  - name: first
    when: {subjekt: x, body: ''}
    then: {department: finanse}
  - name: second
    when: {subject: x}
    then: {department: hr}
    examples:
      catches: [{subject: y}]
"""

    with pytest.raises(RuleFileError) as caught:
        read_rules({"b.yaml": b"rules: 7", "a.yaml": bad}, ["finance", "hr"])

    assert str(caught.value).splitlines() == [
        "5 mistakes in the rules:",
        "a.yaml:4: rule 'first': 'subjekt' is not a condition; did you mean 'subject'?",
        "a.yaml:4: rule 'first': 'body' has an empty text; write a text or a list of texts",
        "a.yaml:5: rule 'first': there is no department 'finanse'; did you mean 'finance'?",
        "a.yaml:10: rule 'second': want: 'y' is caught; got: it is left alone, because this is not true: "
        "the subject has 'x'",
        "b.yaml:1: a rule file needs `rules:` with a list, each rule beginning with '- name:'",
    ]


def test_yaml_never_turns_a_text_into_something_else(rule_when, mail) -> None:
    (rule,) = rule_when("{subject: [NO, 09:30, 1e3, null, 2026-01-02]}").rules

    assert [phrase.written for phrase in rule.when.phrases] == ["NO", "09:30", "1e3", "null", "2026-01-02"]


RULE = "department: finance\nrules: [{name: r, when: {subject: x}}]"


def test_a_folder_is_read_without_hidden_and_other_files(tmp_path, departments) -> None:
    (tmp_path / "b.yml").write_text(RULE)
    (tmp_path / "a.yaml").write_text(RULE)
    (tmp_path / ".a.yaml").write_text("rules: nonsense")
    (tmp_path / "README.md").write_text("nonsense")

    rules = load_folder(tmp_path, departments)

    assert [rule.source for rule in rules.rules] == ["a.yaml:2", "b.yml:2"]


def test_a_folder_without_rule_files_is_a_mistake(tmp_path, departments) -> None:
    with pytest.raises(RuleFileError) as caught:
        load_folder(tmp_path, departments)

    assert caught.value.mistakes[0].problem == (
        "the folder has no rule files (*.yaml); add one, or take the folder out of the settings"
    )


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path, departments) -> None:
    with pytest.raises(RuleFileError, match="the folder cannot be read: No such file or directory"):
        load_folder(tmp_path / "nowhere", departments)


def test_a_rule_file_that_cannot_be_read_is_a_mistake(tmp_path, departments) -> None:
    os.symlink(tmp_path / "nowhere", tmp_path / "a.yaml")

    with pytest.raises(RuleFileError) as caught:
        load_folder(tmp_path, departments)

    assert str(caught.value.mistakes[0]) == "a.yaml:1: the file cannot be read: No such file or directory"


def test_the_version_changes_with_every_byte_and_every_name(read) -> None:
    versions = {
        read(a=RULE).version,
        read(a=RULE + "\n").version,
        read(b=RULE).version,
        read(a=RULE, b=RULE).version,
    }

    assert len(versions) == 4
    assert all(len(version) == 12 for version in versions)
    assert read(a=RULE).version in versions
