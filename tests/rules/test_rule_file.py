"""What a department may write, and what it is told when something is wrong."""

from __future__ import annotations

import datetime as dt
import os

import pytest

from rules.inflection import forms
from rules.rule import ExampleMail, HasWords, MailFile, Offers, Phrase, Rule, Word
from rules.rule_file import RuleFileError, load_folder, read_rules
from tests.rules.conftest import DEPARTMENTS
from tests.speed import is_done_within

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
            when=HasWords(
                "subject",
                (
                    Phrase("invoice", (Word(forms("invoice")),)),
                    Phrase("Rechn*", (Word(frozenset({"rechn"}), begins=True),)),
                ),
            ),
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
                    to=("finance@lindwerk.example",),
                    subject="Invoice 4711",
                    words="please pay",
                    headers={"x-priority": ("urgent",), "received": ("a", "b")},
                    attachments=(MailFile("a.pdf"),),
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
        ("- a\n", f"1: {BELONGS}department, lists, rules"),
        ("rules: []\n", f"1: {NO_RULES}"),
        ("department: it\nrules:\n  name: r\n", f"3: {NO_RULES}"),
        ("department: finance\n", f"1: {NO_RULES}"),
        ("rule: []\n", "1: 'rule' is not known here; did you mean 'rules'?"),
        (
            f"department: finanse\nrules:\n{GOOD}",
            "1: there is no department 'finanse'; did you mean 'finance'?",
        ),
        (
            f"department: [it]\nrules:\n{GOOD}",
            "1: 'department' is one name; use one of: communications, facilities, finance, hr, it, legal, "
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
            "2: this is not YAML: while parsing a flow sequence, expected ',' or ']', but got ':'; "
            "the bracket of line 1 is never closed, or a comma is missing",
        ),
        (
            "rules: *x\n",
            "1: this is not YAML: found undefined alias 'x'; put text that begins with * into quotation marks",
        ),
        (
            "rules:\n\t- name: r\n",
            "2: this is not YAML: while scanning for the next token, found character '\\t' that cannot start any "
            "token; indent with spaces, not with tabs",
        ),
        (
            "rules:\n- name: Re: r\n",
            "2: this is not YAML: mapping values are not allowed here; "
            "put text with a colon into quotation marks, or mend the indentation",
        ),
        (
            "rules:\n  - name: r\n   when: x\n",
            "3: rule 'r': this is not YAML: while parsing a block collection, expected <block end>, but found "
            "'<block mapping start>'; this line is indented otherwise than the lines it belongs to",
        ),
        (
            'rules:\n- name: "r\n',
            "3: rule 'r': this is not YAML: while scanning a quoted scalar, found unexpected end of stream; "
            "the quotation mark of line 2 is never closed",
        ),
        (
            "rules: []\n---\nrules: []\n",
            "2: this is not YAML: expected a single document in the stream, but found another document; "
            "take the line `---` out",
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
        (f"department: !!binary aXQ=\nrules:\n{GOOD}", "1: tags such as !!binary are not read; remove it"),
        (
            "rules:\n- name: r\n  when: {subject: 'it's'}\n",
            "3: rule 'r': this is not YAML: while parsing a flow mapping, expected ',' or '}', but got '<scalar>'; "
            "the brace of line 3 is never closed, or a comma is missing",
        ),
        (
            "rules:\n- name: r\n  when:\n    subject: 'it's'\n",
            "4: rule 'r': this is not YAML: while parsing a block mapping, expected <block end>, but found '<scalar>'; "
            "a text stands behind a closed quotation mark: double a quotation mark inside of a text ('it''s')",
        ),
        (
            'rules:\n- name: r\n  when: {regex: {subject: "INV-\\d"}}\n',
            "3: rule 'r': this is not YAML: while scanning a double-quoted scalar, found unknown escape character 'd'; "
            "put a text with a backslash, such as a pattern, into single quotation marks: 'INV-\\d{6}'",
        ),
        (
            "rules:\n- name: r\n  when: {from: @lindwerk.example}\n",
            "3: rule 'r': this is not YAML: while scanning for the next token, found character '@' that cannot start "
            "any token; put text that begins with this character into quotation marks",
        ),
        (
            "rules:\n- name: r\n  when: {subject: [a, , b]}\n",
            "3: rule 'r': this is not YAML: while parsing a flow node, expected the node content, but found ','; "
            "a comma is too many, or a text is missing",
        ),
        (
            "department: it\nrules:\n- name: Building #2\n  when: {subject: x}\n",
            "3: '#2' is cut off, because a # begins a remark; put the whole text into quotation marks, or write a "
            "space after the #",
        ),
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


ACTIONS = (
    *("department", "priority", "impact", "urgency", "reason", "hold", "owner", "skill", "sla_policy", "tags"),
    "acknowledge",
    *("confidential", "watchers", "stop"),
)


@pytest.mark.parametrize(
    ("then", "told"),
    [
        ("{department: [it, hr]}", f"5: 'department' is one name; use one of: {', '.join(sorted(DEPARTMENTS))}"),
        ("{department: IT}", "5: there is no department 'IT'; did you mean 'it'?"),
        ("{to: it}", f"5: 'to' is not known here; use one of: {', '.join(sorted(ACTIONS))}"),
        ("{department: it, confidential: maybe}", "5: 'confidential' says `yes` or `no`"),
        (
            "{department: it, confidential: yes, watchers: a@lindwerk.example}",
            "3: `confidential` and `watchers` exclude each other; remove one of them",
        ),
        (
            "{department: it, skill: database}",
            "5: no member of 'it' has the skill 'database'; did you mean 'databases'?",
        ),
        (
            "{department: hr, skill: vpn}",
            "5: no member of 'hr' has the skill 'vpn'; give members their `skills` in the settings",
        ),
        ("{skill: []}", "5: `skill` is empty; name one, or remove it"),
        (
            "{department: it, skill: vpn, owner: aylin.demir@lindwerk.example}",
            "3: `owner` and `skill` exclude each other; remove one of them",
        ),
        ("{watchers: press}", "5: the watcher 'press' is no address; write it as name@domain"),
        (
            "{watchers: [a@lindwerk.example, b@elsewhere.example]}",
            "5: the watcher 'b@elsewhere.example' is outside the organisation, whose domains are: lindwerk.example",
        ),
        (
            "{watchers: IT@lindwerk.example}",
            "5: the watcher 'it@lindwerk.example' is a mailbox of Postroom, so each copy would come back",
        ),
        ("{watchers: []}", "5: `watchers` takes one to 10 addresses; write to a group if they are more"),
        ("it", f"5: {BELONGS}{', '.join(ACTIONS)}"),
        ("{priority: hihg, reason: why}", "5: there is no priority 'hihg'; did you mean 'high'?"),
        (
            "{priority: high}",
            "3: a priority needs a reason; add `reason:` with the words that people will read",
        ),
        ("{impact: team, reason: why}", "3: impact and urgency go together; name both"),
        ("{impact: tean, urgency: high, reason: why}", "5: there is no impact 'tean'; did you mean 'team'?"),
        (
            "{impact: team, urgency: high, priority: low, reason: why}",
            "3: impact and urgency give the priority; remove `priority:`",
        ),
        ("{priority: high, reason: ''}", "5: the reason is empty; write the words that people will read"),
        ("{department: it, hold: yes}", "3: `hold` and `department` exclude each other; remove one of them"),
        ("{hold: maybe}", "5: 'hold' says `yes` or `no`"),
        ("{acknowledge: never}", "5: 'acknowledge' says `yes` or `no`"),
        ("{stop: [yes]}", "5: 'stop' says `yes` or `no`"),
        ("{ack: no}", "5: 'ack' is not known here; did you mean 'acknowledge'?"),
        (
            "{owner: tobias.long@lindwerk.example}",
            "5: the owner 'tobias.long@lindwerk.example' is no member of 'finance'; "
            "did you mean 'tobias.lang@lindwerk.example'?",
        ),
        (
            "{department: it, owner: nobody}",
            "5: the owner 'nobody' is no member of 'it'; use one of: aylin.demir@lindwerk.example",
        ),
        ("{department: hr, owner: x}", "5: the owner 'x' is no member of 'hr'; the settings name nobody"),
        ("{sla_policy: urgnt}", "5: there is no SLA policy 'urgnt'; did you mean 'urgent'?"),
        ("{tags: []}", "5: a tag is a word or a few, up to 40 characters"),
        ("{tags: [a, '']}", "5: a tag is a word or a few, up to 40 characters"),
        ("{tags: %s}" % ("x" * 41), "5: a tag is a word or a few, up to 40 characters"),
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
SIZE = "'size' is written `over 5 MB` or `under 20 kB`"
USE_OFFICE = "use one of: office"
NO_TIME = "'time' asks for nothing; add `is: closed`, `days: [sat, sun]` or `between: 22:00-06:00`"
NO_DAY = "is no weekday; write some of mon, tue, wed, thu, fri, sat, sun"
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
            "'weather' is not a condition; use one of: all, any, attachment, attachment_type, body, cc, customer, "
            "delivered_to, from, from_domain, group, header, language, nature, none, regex, size, subject, thread, "
            "time, to, words",
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
        (
            "{subject: 'invoice, Rechnung'}",
            "'invoice, Rechnung' would be looked for as one phrase; "
            "for one of several write [invoice, Rechnung], for one phrase leave the , out",
        ),
        (
            "{from: nordwind.example}",
            "'nordwind.example' looks like a domain; for every address of it write '*@nordwind.example'",
        ),
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
        ("{subject: {list: vip}}", "there is no list 'vip'; define it under `lists:` in any rule file"),
        ("{subject: {list: [vip]}}", "there is no list ''; define it under `lists:` in any rule file"),
        ("{customer: '&'}", "'&' has no letter or digit to look for; write a name"),
        ("{language: german}", "'german' is not a language; did you mean 'de'?"),
        ("{nature: humna}", "there is no nature 'humna'; did you mean 'human'?"),
        ("{group: feild}", "there is no group 'feild'; did you mean 'Field'?"),
        ("{attachment_type: pdf}", "'pdf' is not a type of file; write application/pdf or image/*"),
        ("{size: 5 MB}", SIZE),
        ("{size: [over 5 MB]}", SIZE),
        ("{thread: 3}", "'thread' is written `over 2`: it refers to more than two earlier mails"),
        ("{time: closed}", "'time' is written `{calendar: office, is: closed}`, with a calendar of the settings"),
        (
            "{time: {calendar: ofice, is: closed}}",
            "'time' needs a calendar; there is none called 'ofice': did you mean 'office'?",
        ),
        ("{time: {is: closed}}", f"'time' needs a calendar; there is none called '': {USE_OFFICE}"),
        ("{time: {calendar: office}}", NO_TIME),
        ("{time: {calendar: office, is: shut}}", "'is' says `open` or `closed`"),
        ("{time: {calendar: office, days: [sat, Sonntag]}}", f"'sonntag' {NO_DAY}"),
        ("{time: {calendar: office, days: []}}", f"'' {NO_DAY}"),
        ("{time: {calendar: office, between: 22-6}}", "'between' is two times of day: `between: 22:00-06:00`"),
        ("{time: {calendar: office, is: open, day: mon}}", "'day' is not known in 'time'; did you mean 'days'?"),
        (
            "{regex: {subject: '(?=x)'}}",
            "the pattern '(?=x)' cannot be read: invalid perl operator: (?=; "
            "look-around is not offered, write it without, or use `none`",
        ),
        (
            r"{regex: {subject: '(a)\1'}}",
            r"the pattern '(a)\1' cannot be read: invalid escape sequence: \1; "
            "this escape is not offered, and neither are back-references",
        ),
        (
            r"{regex: {subject: '(\pL{30}){30}'}}",
            r"the pattern '(\pL{30}){30}' cannot be read: "
            "pattern too large - compile failed; let it repeat less often",
        ),
        ("{regex: {subject: 'Straße'}}", "in the pattern 'Straße' write (ss) for ß, which is how it is looked for"),
        (
            r"{regex: {subject: '\bзаявка'}}",
            r"in the pattern '\bзаявка' \b and \w know only Latin letters; "
            "use words instead, or write the pattern without them",
        ),
        ("{regex: 'x'}", REGEX),
        ("{regex: {subject: x, body: y}}", REGEX),
        ("{regex: {from: x}}", REGEX),
        ("{regex: {subject: 'a(b'}}", "the pattern 'a(b' cannot be read: missing ): a(b"),
        ("{regex: {body: %s}}" % ("x" * 501), "a pattern of 501 characters is too long; 500 are allowed"),
        (
            "{regex: {body: '((a{1000}){1000}){10}'}}",
            "the pattern '((a{1000}){1000}){10}' cannot be read: invalid repetition size: {1000}; "
            "repeats count to 1000 in all",
        ),
    ],
)
def test_a_mistake_in_a_condition_is_told_with_what_to_write_instead(mistakes_in, when, told) -> None:
    assert mistakes_in(in_rule(f"when: {when}")) == [f"finance.yaml:4: rule 'r': {told}"]


def test_a_mistake_deep_in_a_condition_is_told_with_its_own_line(mistakes_in) -> None:
    when = "when:\n  any:\n    - subject: x\n    - regex:\n        body:\n          - x\n          - 'a(b'"

    assert mistakes_in(in_rule(when)) == ["finance.yaml:10: rule 'r': the pattern 'a(b' cannot be read: missing ): a(b"]


FILE = "an attachment of an example mail is a name, or `{name: a.pdf, type: application/pdf}`"


@pytest.mark.parametrize(
    ("examples", "told"),
    [
        ("[]", f"{BELONGS}catches, leaves"),
        ("{catch: []}", "'catch' is not known here; did you mean 'catches'?"),
        (
            "{catches: {subject: x}}",
            "'catches' needs a list of mails; write each on a line that begins with '- '",
        ),
        (
            "{leaves: [hello]}",
            f"{BELONGS}from, to, cc, delivered_to, subject, body, headers, attachments, language, size, at, nature, "
            "group, thread",
        ),
        ("{leaves: [{}]}", "the example mail is empty; give it at least a subject"),
        ("{leaves: [{body: y, sbuject: y}]}", "'sbuject' is not known here; did you mean 'subject'?"),
        ("{leaves: [{subject: [y]}]}", "'subject' of an example mail must be one text"),
        ("{leaves: [{to: [[y]]}]}", "'to' of an example mail must be one text or a list of texts"),
        (
            "{leaves: [{headers: y}]}",
            "'headers' of an example mail are names with values: `{X-Priority: urgent}`",
        ),
        ("{leaves: [{attachments: [[y]]}]}", FILE),
        ("{leaves: [{attachments: {name: y}}]}", FILE),
        ("{leaves: [{size: 5}]}", "'size' of an example mail is written `5 MB` or `20 kB`"),
        ("{leaves: [{at: 2026-11-23 18:30}]}", "'at' says nothing here, because the rule asks for no `time`"),
        ("{leaves: [{nature: bot}]}", "there is no nature 'bot'; use one of: human, list, system"),
        (
            "{leaves: [{thread: many}]}",
            "'thread' of an example mail is the number of earlier mails, such as 3",
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


def test_what_stands_below_a_misspelt_word_is_looked_at_in_the_same_run(mistakes_in) -> None:
    text = """\
departmnt: finanse
lits:
  key customers: [Nordwind]
ruls:
  - nam: supplier invoices
    oder: 50x
    whne:
      sbject: [invoice; rechnung]
      anny:
        - bodyy: "*"
        - {custmer: {list: key custmers}, lang: German}
      tme: {calender: ofice, betwen: 22-6}
    thn: {prioritty: hihg, reson: it is late, owner: tobias}
    exampels:
      catchs:
        - {subjct: Invoice, at: 2026-11-23 18:30, depth: many}
"""
    told = {line.replace(" rule 'supplier invoices':", "") for line in mistakes_in(text)}

    assert told == {
        "finance.yaml:1: 'departmnt' is not known here; did you mean 'department'?",
        "finance.yaml:1: there is no department 'finanse'; did you mean 'finance'?",
        "finance.yaml:2: 'lits' is not known here; did you mean 'lists'?",
        "finance.yaml:4: 'ruls' is not known here; did you mean 'rules'?",
        "finance.yaml:5: 'nam' is not known here; did you mean 'name'?",
        "finance.yaml:6: 'oder' is not known here; did you mean 'order'?",
        "finance.yaml:6: order must be a whole number from 0 to 9999; lower is asked first",
        "finance.yaml:7: 'whne' is not known here; did you mean 'when'?",
        "finance.yaml:8: 'sbject' is not a condition; did you mean 'subject'?",
        "finance.yaml:8: 'invoice; rechnung' would be looked for as one phrase; for one of several write "
        "[invoice, rechnung], for one phrase leave the ; out",
        "finance.yaml:9: 'anny' is not a condition; did you mean 'any'?",
        "finance.yaml:10: 'bodyy' is not a condition; did you mean 'body'?",
        "finance.yaml:10: '*' has no letter or digit to look for; write a word or a phrase",
        "finance.yaml:11: 'custmer' is not a condition; did you mean 'customer'?",
        "finance.yaml:11: there is no list 'key custmers'; did you mean 'key customers'?",
        "finance.yaml:11: 'lang' is not a condition; did you mean 'language'?",
        "finance.yaml:11: 'German' is not a language; did you mean 'de'?",
        "finance.yaml:12: 'tme' is not a condition; did you mean 'time'?",
        "finance.yaml:12: 'calender' is not known in 'time'; did you mean 'calendar'?",
        "finance.yaml:12: 'betwen' is not known in 'time'; did you mean 'between'?",
        "finance.yaml:12: 'time' needs a calendar; there is none called 'ofice': did you mean 'office'?",
        "finance.yaml:12: 'between' is two times of day: `between: 22:00-06:00`",
        "finance.yaml:13: 'thn' is not known here; did you mean 'then'?",
        "finance.yaml:13: 'prioritty' is not known here; did you mean 'priority'?",
        "finance.yaml:13: 'reson' is not known here; did you mean 'reason'?",
        "finance.yaml:13: there is no priority 'hihg'; did you mean 'high'?",
        "finance.yaml:13: the owner 'tobias' is no member of 'finance'; did you mean 'tobias.lang@lindwerk.example'?",
        "finance.yaml:14: 'exampels' is not known here; did you mean 'examples'?",
        "finance.yaml:15: 'catchs' is not known here; did you mean 'catches'?",
        "finance.yaml:16: 'subjct' is not known here; did you mean 'subject'?",
        "finance.yaml:16: 'depth' is not known here; did you mean 'thread'?",
        "finance.yaml:16: 'thread' of an example mail is the number of earlier mails, such as 3",
    }


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
        read_rules({"b.yaml": b"rules: 7", "a.yaml": bad}, Offers(("finance", "hr")))

    assert str(caught.value).splitlines() == [
        "5 mistakes in the rules:",
        "a.yaml:4: rule 'first': 'subjekt' is not a condition; did you mean 'subject'?",
        "a.yaml:4: rule 'first': 'body' has an empty text; write a text or a list of texts",
        "a.yaml:5: rule 'first': there is no department 'finanse'; did you mean 'finance'?",
        "a.yaml:10: rule 'second': want: 'y' is caught; got: it is left alone, because this is not true: "
        "the subject has 'x'",
        "b.yaml:1: a rule file needs `rules:` with a list, each rule beginning with '- name:'",
    ]


@pytest.mark.parametrize(
    ("lists", "told"),
    [
        ("x", "'lists' needs names with their values: `key customers: [Nordwind, Hansen]`"),
        ("{vip: []}", "the list 'vip' needs texts, or a file: `{file: customers.txt}`"),
        (
            "{vip: [{list: other}]}",
            "the list 'vip' names another list; write its values out, or name both in the rule",
        ),
        (
            "{vip: {list: vip}}",
            "the list 'vip' names another list; write its values out, or name both in the rule",
        ),
        ("{vip: [a, [b]]}", "the list 'vip' needs texts, or a file: `{file: customers.txt}`"),
        ("{vip: {file: vips.txt}}", "there is no list file 'vips.txt'; did you mean 'vip.txt'?"),
        ("{vip: {file: empty.txt}}", "the list file 'empty.txt' is empty; write one value on each line"),
        ("{vip: {file: latin.txt}}", "the list file 'latin.txt' is not UTF-8 text; save it as UTF-8"),
    ],
)
def test_a_mistake_in_a_named_list_is_told_with_its_line(lists, told) -> None:
    files = {
        "a.yaml": f"department: hr\nlists: {lists}\nrules: [{{name: r, when: {{subject: x}}}}]".encode(),
        "vip.txt": b"Nordwind",
        "empty.txt": b"# nobody\n",
        "latin.txt": b"K\xfcche",
    }

    with pytest.raises(RuleFileError) as caught:
        read_rules(files, Offers(("hr",)))

    assert [str(mistake) for mistake in caught.value.mistakes] == [f"a.yaml:2: {told}"]


def test_two_lists_of_one_name_are_a_mistake_and_so_is_a_name_that_is_nearly_right() -> None:
    files = {
        "a.yaml": b"lists: {key customers: [a]}",
        "b.yaml": b"lists: {key customers: [b]}\n"
        b"rules: [{name: r, when: {from: {list: key customer}}, then: {hold: yes}}]",
    }

    with pytest.raises(RuleFileError) as caught:
        read_rules(files, Offers(("hr",)))

    assert [str(mistake) for mistake in caught.value.mistakes] == [
        "b.yaml:1: there is already a list 'key customers'; give one of them another name",
        "b.yaml:2: rule 'r': there is no list 'key customer'; did you mean 'key customers'?",
    ]


def test_a_wrong_value_of_a_list_is_told_where_the_list_is_used(mistakes_in) -> None:
    file = (
        "department: it\nlists: {board: [carla@b.example, Carla Coo]}\nrules:\n- {name: r, when: {from: {list: board}}}"
    )

    assert mistakes_in(file) == [f"finance.yaml:4: rule 'r': 'Carla Coo' {NO_ADDRESS}"]


def test_the_time_of_an_example_is_read_by_the_calendar_of_its_rule(read) -> None:
    rules = read(
        it="department: it\nrules:\n- name: evening\n  when: {time: {calendar: office, is: closed}}\n  examples:\n"
        "    catches: [{at: 2026-07-01 17:00}]\n    leaves: [{at: '2026-07-01 16:59'}, {subject: no time}]\n"
    )

    assert rules.rules[0].catches[0].received_at == dt.datetime(2026, 7, 1, 15, 0, tzinfo=dt.UTC)


def test_a_time_that_cannot_be_read_is_told(mistakes_in) -> None:
    rule = "when: {time: {calendar: office, is: closed}}\nexamples: {catches: [{at: tonight}]}"

    assert mistakes_in(in_rule(rule))[0] == (
        "finance.yaml:5: rule 'r': 'at' of an example mail is written `2026-11-23 18:30`"
    )


def test_a_thousand_rules_load_in_a_second(read) -> None:
    one = "- {{name: r{0}, when: {{words: [word{0}, Rechnung {0}]}}, examples: {{catches: [{{subject: word{0}}}]}}}}\n"
    thousand = "department: it\nrules:\n" + "".join(one.format(n) for n in range(1000))

    assert is_done_within(1, lambda: read(it=thousand))


def test_yaml_never_turns_a_text_into_something_else(rule_when, mail) -> None:
    (rule,) = rule_when("{subject: [NO, 09:30, 1e3, null, 2026-01-02]}").rules

    assert [phrase.written for phrase in rule.when.phrases] == ["NO", "09:30", "1e3", "null", "2026-01-02"]


RULE = "department: finance\nrules: [{name: r, when: {subject: x}}]"


def test_a_folder_is_read_without_hidden_and_other_files(tmp_path, offers) -> None:
    (tmp_path / "b.yml").write_text(RULE)
    (tmp_path / "a.yaml").write_text(RULE)
    (tmp_path / ".a.yaml").write_text("rules: nonsense")
    (tmp_path / "README.md").write_text("nonsense")

    rules = load_folder(tmp_path, offers)

    assert [rule.source for rule in rules.rules] == ["a.yaml:2", "b.yml:2"]


def test_a_folder_without_rule_files_is_a_mistake(tmp_path, offers) -> None:
    with pytest.raises(RuleFileError) as caught:
        load_folder(tmp_path, offers)

    assert caught.value.mistakes[0].problem == (
        "the folder has no rule files (*.yaml); add one, or take the folder out of the settings"
    )


def test_a_folder_that_is_not_there_is_a_mistake(tmp_path, offers) -> None:
    with pytest.raises(RuleFileError, match="the folder cannot be read: No such file or directory"):
        load_folder(tmp_path / "nowhere", offers)


def test_a_rule_file_that_cannot_be_read_is_a_mistake(tmp_path, offers) -> None:
    os.symlink(tmp_path / "nowhere", tmp_path / "a.yaml")

    with pytest.raises(RuleFileError) as caught:
        load_folder(tmp_path, offers)

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


def test_impact_and_urgency_give_the_priority_of_the_settings_table() -> None:
    text = b"rules: [{name: a, when: {words: [vpn]}, then: {impact: team, urgency: high, reason: all wait}}]"
    (rule,) = read_rules({"a.yaml": text}, Offers((), priorities={("team", "high"): "urgent"})).rules

    assert (rule.priority, rule.priority_reason) == ("urgent", "all wait")


def test_remarks_with_a_space_and_number_signs_in_quotation_marks_and_blocks_are_no_mistake(read) -> None:
    text = """department: it  # ours
rules:
  - name: "building #2"   # the new one
    when: {subject: vpn}  #no text stands before this one
    examples:
      catches:
        - subject: vpn
          body: |
            order #4711
"""

    (rule,) = read(it=text).rules

    assert rule.name == "building #2"


def test_entries_of_a_list_without_a_space_behind_the_dash_are_no_phrase(mistakes_in) -> None:
    text = "department: it\nrules:\n- name: r\n  when:\n    subject:\n      -vpn\n      -wifi\n"

    assert mistakes_in(text) == [
        "finance.yaml:6: rule 'r': '-vpn -wifi' begins with a -; "
        "for a list write a space after each -, else leave it out"
    ]
