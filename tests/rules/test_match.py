"""Which rule a mail meets, and what the verdict says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.match import LONGEST_TEXT, ask, first_match
from rules.rule import ExampleMail, Mail, Verdict
from rules.rule_file import read_rules


def test_a_verdict_names_the_rule_what_matched_and_where_the_rule_stands(read, mail) -> None:
    rules = read(
        finance="""
department: finance
rules:
  - name: supplier invoices
    when:
      any:
        - subject: [invoice, rechnung]
        - attachment: ["*invoice*.pdf"]
      none:
        - from_domain: [newsletter.example]
    then: {priority: high, reason: a customer is waiting}
"""
    )

    verdict = first_match(rules, mail(sender="a@lindwerk.example", subject="Your INVOICE 4711"))

    assert verdict == Verdict(
        rule="supplier invoices",
        department="finance",
        priority="high",
        priority_reason="a customer is waiting",
        reason="rule 'supplier invoices' matched: subject has 'invoice'",
        matched=("subject has 'invoice'",),
        source="finance.yaml:4",
    )


def test_a_mail_that_no_rule_catches_has_no_verdict(rule_when, mail) -> None:
    assert first_match(rule_when("{subject: invoice}"), mail(subject="Hello")) is None


def test_an_example_mail_has_the_shape_of_a_mail(mail) -> None:
    assert isinstance(mail(subject="Hello"), Mail)


@pytest.mark.parametrize(
    ("when", "facts", "matched"),
    [
        ("{to: finance@lindwerk.example}", {"recipients": ("it@x.example", "finance@lindwerk.example")},
         "sent to 'finance@lindwerk.example'"),
        ("{to: '*@Lindwerk.example'}", {"recipients": ("Hr@lindwerk.example",)},
         "sent to 'hr@lindwerk.example'"),
        ("{to: Finance}", {"recipients": ("finance@b.example",)}, "sent to 'finance@b.example'"),
        ("{from: anke.wulf@lindwerk.example}", {"sender": "Anke.Wulf@lindwerk.example"},
         "from 'anke.wulf@lindwerk.example'"),
        ("{from: '*@*.lindwerk.example'}", {"sender": "scanner@lyon.lindwerk.example"},
         "from 'scanner@lyon.lindwerk.example'"),
        ("{from_domain: b.example}", {"sender": "a@b.example"}, "from domain 'b.example'"),
        ("{from_domain: '*.lindwerk.example'}", {"sender": "a@lyon.lindwerk.example"},
         "from domain 'lyon.lindwerk.example'"),
        ("{subject: passwort zurücksetzen}", {"subject": "Bitte PASSWORT-Zurucksetzen!"},
         "subject has 'passwort zurücksetzen'"),
        ("{subject: invoic*}", {"subject": "All invoices"}, "subject has 'invoic*'"),
        ("{subject: new supplier invoic*}", {"subject": "A new supplier invoices us"},
         "subject has 'new supplier invoic*'"),
        ("{body: the lift}", {"words": "the lift is stuck"}, "body has 'the lift'"),
        ("{words: lift}", {"subject": "Lift"}, "subject has 'lift'"),
        ("{words: lift}", {"words": "the lift is stuck"}, "body has 'lift'"),
        ("{header: {name: X-Prio, has: [urgent, '1']}}", {"headers": {"x-prio": ("3", "1 (Highest)")}},
         "header x-prio has '1'"),
        ("{attachment: '*rechnung*.pdf'}", {"attachments": ("a.png", "Die Rechnung.PDF")},
         "an attachment is named 'Die Rechnung.PDF'"),
        ("{attachment: 'arret*'}", {"attachments": ("Arrêt de travail.jpg",)},
         "an attachment is named 'Arrêt de travail.jpg'"),
        (r"{regex: {subject: 'po-\d{4}'}}", {"subject": "Where is PO-4711?"},
         r"subject fits 'po-\d{4}' with 'PO-4711'"),
        (r"{regex: {words: ['x{9}', 'po-\d{4}']}}", {"words": "Where is PO-4711?"},
         r"body fits 'po-\d{4}' with 'PO-4711'"),
    ],
)  # fmt: skip
def test_a_condition_that_holds_says_what_it_found(rule_when, mail, when, facts, matched) -> None:
    verdict = first_match(rule_when(when), mail(**facts))

    assert verdict is not None
    assert verdict.matched == (matched,)


@pytest.mark.parametrize(
    ("when", "facts"),
    [
        ("{to: finance@lindwerk.example}", {"recipients": ("xfinance@lindwerk.example",)}),
        ("{to: '*@lindwerk.example'}", {"recipients": ("a@not-lindwerk.example", "a@x.lindwerk.example")}),
        ("{to: finance}", {"recipients": ("finance-lyon@lindwerk.example",), "sender": "finance@x.example"}),
        ("{from: '*@lindwerk.example'}", {"recipients": ("a@lindwerk.example",)}),
        ("{from_domain: '*.lindwerk.example'}", {"sender": "a@lindwerk.example"}),
        ("{from_domain: lindwerk.example}", {"sender": ""}),
        ("{subject: port}", {"subject": "report, airport, ports"}),
        ("{subject: supplier invoice}", {"subject": "invoice from a supplier"}),
        ("{subject: voic*}", {"subject": "invoices"}),
        ("{subject: lift}", {"words": "the lift is stuck"}),
        ("{body: lift}", {"subject": "the lift is stuck"}),
        ("{words: lift is}", {"subject": "the lift", "words": "is stuck"}),
        ("{header: {name: X-Priority, has: urgent}}", {"headers": {"priority": ("urgent",)}}),
        ("{attachment: '*.pdf'}", {"attachments": ("a.pdf.exe",), "subject": "a.pdf"}),
        (r"{regex: {subject: '^po-\d{4}$'}}", {"subject": "PO-47111"}),
    ],
)
def test_a_condition_that_does_not_hold_catches_nothing(rule_when, mail, when, facts) -> None:
    assert first_match(rule_when(when), mail(**facts)) is None


@pytest.mark.parametrize(
    ("when", "subjects_caught", "subjects_left"),
    [
        ("{any: [{subject: a1}, {subject: b1}]}", ["a1", "b1", "a1 b1"], ["c1"]),
        ("{all: [{subject: a1}, {subject: b1}]}", ["a1 b1"], ["a1", "b1"]),
        ("[{subject: a1}, {subject: b1}]", ["b1 a1"], ["a1", "b1"]),
        ("{subject: a1, none: [{subject: b1}, {subject: c1}]}", ["a1"], ["a1 b1", "a1 c1", "b1"]),
        ("{any: [{subject: a1, none: [{subject: b1}]}, {subject: c1}]}", ["a1", "a1 b1 c1"], ["a1 b1"]),
        ("{subject: a1, none: [{all: [{subject: b1}, {subject: c1}]}]}", ["a1 b1"], ["a1 b1 c1"]),
        ("{subject: a1, none: [{none: [{subject: b1}]}]}", ["a1 b1"], ["a1"]),
    ],
)
def test_groups_say_any_all_and_none(rule_when, mail, when, subjects_caught, subjects_left) -> None:
    rules = rule_when(when)

    assert [s for s in subjects_caught if first_match(rules, mail(subject=s)) is None] == []
    assert [s for s in subjects_left if first_match(rules, mail(subject=s)) is not None] == []


def test_a_verdict_tells_everything_that_had_to_hold(rule_when, mail) -> None:
    verdict = first_match(rule_when("{subject: a1, body: b1}"), mail(subject="a1", words="b1"))

    assert verdict is not None
    assert verdict.reason == "rule 'the rule' matched: subject has 'a1' and body has 'b1'"


WORDS = st.text(st.characters(min_codepoint=0x41, max_codepoint=0x17F, categories=["L"]), min_size=1)
SHOUTED = read_rules(
    {"it.yaml": b"department: it\nrules: [{name: reset, when: {subject: Passwort zur\xc3\xbccksetzen}}]"},
    ["it"],
)


@given(WORDS, WORDS, st.lists(st.booleans(), min_size=40, max_size=40))
def test_matching_ignores_case_and_accents(before: str, after: str, capitals: list[bool]) -> None:
    said = "".join(c.upper() if up else c for c, up in zip("passwort zurucksetzen", capitals, strict=False))
    mail = ExampleMail(line=1, subject=f"{before} {said} {after}")

    assert first_match(SHOUTED, mail) is not None


def test_lower_order_is_asked_first_then_the_file_name_then_the_place(read, mail) -> None:
    late = "- {name: late, when: {subject: x}, order: 101}\n"
    usual = "- {name: one, when: {subject: x}}\n- {name: two, when: {subject: x}}\n"
    rules = read(
        b=f"department: hr\nrules:\n{late}{usual}",
        a=f"department: it\nrules:\n{late}{usual}",
        z="department: legal\nrules:\n- {name: early, when: {subject: x}, order: 99}\n",
    )

    sources = [rule.source for rule in rules.rules]

    assert sources == ["z.yaml:3", "a.yaml:4", "a.yaml:5", "b.yaml:4", "b.yaml:5", "a.yaml:3", "b.yaml:3"]
    assert first_match(rules, mail(subject="x")).department == "legal"


PRIORITY_ONLY = """
rules:
  - name: a customer waits
    order: {order}
    when: {{words: customer is waiting}}
    then: {{priority: high, reason: a customer is waiting}}
"""


@pytest.mark.parametrize("order", [1, 500])
def test_a_rule_with_only_a_priority_adds_it_to_the_department_of_another_rule(read, mail, order) -> None:
    rules = read(
        finance="department: finance\nrules: [{name: invoices, when: {subject: invoice}}]",
        priority=PRIORITY_ONLY.format(order=order),
    )

    verdict = first_match(rules, mail(subject="Invoice", words="Our customer is waiting!"))

    assert verdict == Verdict(
        rule="invoices",
        department="finance",
        priority="high",
        priority_reason="a customer is waiting",
        reason="rule 'invoices' matched: subject has 'invoice'; rule 'a customer waits' gave priority high: "
        "body has 'customer is waiting'",
        matched=("subject has 'invoice'",),
        source="finance.yaml:2",
    )


def test_a_priority_alone_leaves_the_department_open(read, mail) -> None:
    verdict = first_match(read(priority=PRIORITY_ONLY.format(order=1)), mail(words="A customer is waiting"))

    assert verdict.department is None
    assert verdict.priority == "high"
    assert verdict.reason == "rule 'a customer waits' matched: body has 'customer is waiting'"


def test_the_first_rule_with_a_priority_decides_it(read, mail) -> None:
    rules = read(
        it="department: it\nrules: [{name: r, when: {subject: x}, then: {priority: low, reason: none}}]",
        all="rules: [{name: s, order: 1, when: {subject: x}, then: {priority: urgent, reason: an outage}}]",
    )

    verdict = first_match(rules, mail(subject="x"))

    assert (verdict.department, verdict.priority, verdict.priority_reason) == ("it", "urgent", "an outage")


BOMB = "{regex: {body: '(x+x+)+y'}}"
SLOW = "x" * 5000


def test_a_pattern_that_takes_too_long_does_not_match_and_is_told(rule_when, mail) -> None:
    answer = ask(rule_when(BOMB), mail(words=SLOW))

    assert answer.verdict is None
    assert [str(timeout) for timeout in answer.timeouts] == [
        "finance.yaml:3: rule 'the rule': its patterns took longer than 50 ms when it looked for '(x+x+)+y'; "
        "what it did not see counted against the rule; write the pattern simpler, or use words"
    ]


def test_a_pattern_that_takes_too_long_does_not_spoil_another_way_to_match(rule_when, mail) -> None:
    answer = ask(rule_when(f"{{any: [{BOMB}, {{subject: invoice}}]}}"), mail(subject="Invoice", words=SLOW))

    assert answer.verdict.reason == "rule 'the rule' matched: subject has 'invoice'"
    assert len(answer.timeouts) == 1


@pytest.mark.parametrize(
    ("when", "caught"),
    [
        (f"{{subject: invoice, none: [{BOMB}]}}", False),
        (f"{{subject: invoice, none: [{{none: [{BOMB}]}}]}}", False),
        (f"{{subject: invoice, none: [{{all: [{BOMB}, {{subject: newsletter}}]}}]}}", True),
    ],
)
def test_what_a_slow_pattern_did_not_see_always_speaks_against_the_rule(rule_when, mail, when, caught) -> None:
    answer = ask(rule_when(when), mail(subject="Invoice", words=SLOW))

    assert (answer.verdict is not None) is caught
    assert len(answer.timeouts) == 1


def test_slow_patterns_take_no_more_than_a_quarter_of_a_second_of_one_mail(read, mail) -> None:
    rules = read(it="department: it\nrules:\n" + "".join(f"- {{name: r{n}, when: {BOMB}}}\n" for n in range(9)))

    problems = [timeout.problem for timeout in ask(rules, mail(words=SLOW)).timeouts]

    assert len(problems) == 9
    assert problems[0].startswith("its patterns took longer than 50 ms")
    assert problems[-1].startswith("the 250 ms for all patterns on one mail were used up")


def test_rules_without_patterns_go_on_when_the_time_for_patterns_is_used_up(read, mail) -> None:
    bombs = "".join(f"- {{name: r{n}, when: {BOMB}}}\n" for n in range(6))
    rules = read(it=f"department: it\nrules:\n{bombs}- {{name: words, order: 101, when: {{subject: invoice}}}}")

    assert first_match(rules, mail(subject="Invoice", words=SLOW)).rule == "words"


def test_rules_do_not_look_at_the_far_end_of_a_huge_mail(rule_when, mail) -> None:
    words = "word " * (LONGEST_TEXT // 5)

    assert first_match(rule_when("{body: invoice}"), mail(words=words + "invoice")) is None
    assert first_match(rule_when("{body: invoice}"), mail(words="invoice " + words)) is not None
