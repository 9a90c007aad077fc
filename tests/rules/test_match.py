"""Which rule a mail meets, and what the verdict says."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.mail_words import LONGEST_TEXT
from rules.match import ask
from rules.rule import ExampleMail, Mail, MailFile, Offers, Verdict
from rules.rule_file import read_rules

MONDAY = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)  # 10:00 in Hamburg
SATURDAY = dt.datetime(2026, 11, 21, 22, 30, tzinfo=dt.UTC)  # 23:30


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

    verdict = ask(rules, mail(sender="a@lindwerk.example", subject="Your INVOICE 4711")).verdict

    assert verdict == Verdict(
        rule="supplier invoices",
        department="finance",
        priority="high",
        priority_reason="a customer is waiting",
        reason="rule 'supplier invoices' matched: subject has 'invoice'",
        reason_in_confidence="rule 'supplier invoices' matched",
        matched=("subject has 'invoice'",),
        source="finance.yaml:4",
    )


def test_a_mail_that_no_rule_catches_has_no_verdict(rule_when, mail) -> None:
    assert ask(rule_when("{subject: invoice}"), mail(subject="Hello")).verdict is None


def test_an_example_mail_has_the_shape_of_a_mail(mail) -> None:
    assert isinstance(mail(subject="Hello"), Mail)


@pytest.mark.parametrize(
    ("when", "facts", "matched"),
    [
        ("{to: finance@lindwerk.example}", {"to": ("it@x.example", "finance@lindwerk.example")},
         "sent to 'finance@lindwerk.example'"),
        ("{to: '*@Lindwerk.example'}", {"to": ("Hr@lindwerk.example",)},
         "sent to 'hr@lindwerk.example'"),
        ("{to: Finance}", {"to": ("finance@b.example",)}, "sent to 'finance@b.example'"),
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
        ("{attachment: '*rechnung*.pdf'}", {"attachments": (MailFile("a.png"), MailFile("Die Rechnung.PDF"))},
         "an attachment is named 'Die Rechnung.PDF'"),
        ("{attachment: 'arret*'}", {"attachments": (MailFile("Arrêt de travail.jpg"),)},
         "an attachment is named 'Arrêt de travail.jpg'"),
        ("{cc: '*@hr.example'}", {"cc": ("a@hr.example",)}, "in copy to 'a@hr.example'"),
        ("{to: '*@hr.example'}", {"cc": ("a@hr.example",)}, "sent to 'a@hr.example'"),
        ("{delivered_to: help}", {"delivered_to": ("help@b.example",)}, "delivered to 'help@b.example'"),
        ("{group: field}", {"group": "Field"}, "the group is field"),
        ("{customer: Nordwind AG}", {"words": "Die NORDWIND-AG wartet."}, "body names the customer 'Nordwind AG'"),
        ("{attachment: '*[1].pdf'}", {"attachments": (MailFile("Scan[1].pdf"),)},
         "an attachment is named 'Scan[1].pdf'"),
        ("{attachment_type: image/*}", {"attachments": (MailFile("a", "image/png"),)},
         "the attachment 'a' is of type image/png"),
        ("{language: [fr, de]}", {"language": "de"}, "the language is de"),
        ("{nature: system}", {"nature": "system"}, "the nature is system"),
        ("{size: over 5 MB}", {"size": 5_000_001}, "it is larger than 5 MB"),
        ("{size: under 20kB}", {"size": 19_999}, "it is smaller than 20 kB"),
        ("{thread: over 2}", {"depth": 3}, "it refers to 3 earlier mails"),
        ("{thread: under 2}", {"depth": 1}, "it refers to 1 earlier mail"),
        ("{time: {calendar: office, is: closed}}", {"received_at": SATURDAY},
         "it came on Saturday at 23:30 by the calendar office, while it is closed"),
        ("{time: {calendar: office, is: open}}", {"received_at": MONDAY},
         "it came on Monday at 10:00 by the calendar office, while it is open"),
        ("{time: {calendar: office, days: [sat, sun], between: '22:00-06:00'}}", {"received_at": SATURDAY},
         "it came on Saturday at 23:30 by the calendar office"),
        (r"{regex: {subject: '\bübung\b'}}", {"subject": "Die Übung"}, r"subject fits '\bübung\b' with 'Ubung'"),
        (r"{regex: {subject: 'po-\d{4}'}}", {"subject": "Where is PO-4711?"},
         r"subject fits 'po-\d{4}' with 'PO-4711'"),
        (r"{regex: {words: ['x{9}', 'po-\d{4}']}}", {"words": "Where is PO-4711?"},
         r"body fits 'po-\d{4}' with 'PO-4711'"),
    ],
)  # fmt: skip
def test_a_condition_that_holds_says_what_it_found(rule_when, mail, when, facts, matched) -> None:
    verdict = ask(rule_when(when), mail(**facts)).verdict

    assert verdict is not None
    assert verdict.matched == (matched,)


@pytest.mark.parametrize(
    ("when", "facts"),
    [
        ("{to: finance@lindwerk.example}", {"to": ("xfinance@lindwerk.example",)}),
        ("{to: '*@lindwerk.example'}", {"to": ("a@not-lindwerk.example", "a@x.lindwerk.example")}),
        ("{to: finance}", {"to": ("finance-lyon@lindwerk.example",), "sender": "finance@x.example"}),
        ("{from: '*@lindwerk.example'}", {"to": ("a@lindwerk.example",)}),
        ("{from_domain: '*.lindwerk.example'}", {"sender": "a@lindwerk.example"}),
        ("{from_domain: lindwerk.example}", {"sender": ""}),
        ("{subject: port}", {"subject": "report, airport, portal"}),
        ("{subject: supplier invoice}", {"subject": "invoice from a supplier"}),
        ("{subject: voic*}", {"subject": "invoices"}),
        ("{subject: lift}", {"words": "the lift is stuck"}),
        ("{body: lift}", {"subject": "the lift is stuck"}),
        ("{words: lift is}", {"subject": "the lift", "words": "is stuck"}),
        ("{header: {name: X-Priority, has: urgent}}", {"headers": {"priority": ("urgent",)}}),
        ("{attachment: '*.pdf'}", {"attachments": (MailFile("a.pdf.exe"),), "subject": "a.pdf"}),
        ("{cc: hr}", {"to": ("hr@b.example",)}),
        ("{delivered_to: hr}", {"to": ("hr@b.example",)}),
        ("{group: field}", {}),
        ("{customer: Hansen}", {"words": "Hansens Auftrag"}),
        ("{attachment_type: image/*}", {"attachments": (MailFile("image.png", "application/pdf"),)}),
        ("{size: over 5 MB}", {"size": 5_000_000}),
        ("{thread: over 2}", {"depth": 2}),
        ("{time: {calendar: office, is: closed}}", {"received_at": MONDAY}),
        ("{time: {calendar: office, is: closed}}", {}),
        ("{time: {calendar: office, between: '06:00-10:00'}}", {"received_at": MONDAY}),
        ("{time: {calendar: office, days: [sun]}}", {"received_at": SATURDAY}),
        (r"{regex: {subject: '^po-\d{4}$'}}", {"subject": "PO-47111"}),
    ],
)
def test_a_condition_that_does_not_hold_catches_nothing(rule_when, mail, when, facts) -> None:
    assert ask(rule_when(when), mail(**facts)).verdict is None


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

    assert [s for s in subjects_caught if ask(rules, mail(subject=s)).verdict is None] == []
    assert [s for s in subjects_left if ask(rules, mail(subject=s)).verdict is not None] == []


def test_a_verdict_tells_everything_that_had_to_hold(rule_when, mail) -> None:
    verdict = ask(rule_when("{subject: a1, body: b1}"), mail(subject="a1", words="b1")).verdict

    assert verdict is not None
    assert verdict.reason == "rule 'the rule' matched: subject has 'a1' and body has 'b1'"


WORDS = st.text(st.characters(min_codepoint=0x41, max_codepoint=0x17F, categories=["L"]), min_size=1)
SHOUTED = read_rules(
    {"it.yaml": b"department: it\nrules: [{name: reset, when: {subject: Passwort zur\xc3\xbccksetzen}}]"},
    Offers(("it",)),
)


@given(WORDS, WORDS, st.lists(st.booleans(), min_size=40, max_size=40))
def test_matching_ignores_case_and_accents(before: str, after: str, capitals: list[bool]) -> None:
    said = "".join(c.upper() if up else c for c, up in zip("passwort zurucksetzen", capitals, strict=False))
    mail = ExampleMail(line=1, subject=f"{before} {said} {after}")

    assert ask(SHOUTED, mail).verdict is not None


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
    assert ask(rules, mail(subject="x")).verdict.department == "legal"


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

    verdict = ask(rules, mail(subject="Invoice", words="Our customer is waiting!")).verdict

    assert verdict == Verdict(
        rule="invoices",
        department="finance",
        priority="high",
        priority_reason="a customer is waiting",
        reason="rule 'invoices' matched: subject has 'invoice'; rule 'a customer waits' gave priority high: "
        "body has 'customer is waiting'",
        reason_in_confidence="rule 'invoices' matched; rule 'a customer waits' gave priority high",
        matched=("subject has 'invoice'",),
        source="finance.yaml:2",
    )


def test_a_priority_alone_leaves_the_department_open(read, mail) -> None:
    verdict = ask(read(priority=PRIORITY_ONLY.format(order=1)), mail(words="A customer is waiting")).verdict

    assert verdict.department is None
    assert verdict.priority == "high"
    assert verdict.reason == "rule 'a customer waits' matched: body has 'customer is waiting'"


def test_the_first_rule_with_a_priority_decides_it(read, mail) -> None:
    rules = read(
        it="department: it\nrules: [{name: r, when: {subject: x}, then: {priority: low, reason: none}}]",
        all="rules: [{name: s, order: 1, when: {subject: x}, then: {priority: urgent, reason: an outage}}]",
    )

    verdict = ask(rules, mail(subject="x")).verdict

    assert (verdict.department, verdict.priority, verdict.priority_reason) == ("it", "urgent", "an outage")


def test_a_named_list_stands_for_its_values_in_any_condition_of_any_file(mail) -> None:
    rules = read_rules(
        {
            "lists.yaml": "lists: {vip: [Nordwind, Hansen & Söhne], board: {file: board.txt}}".encode(),
            "board.txt": b"# who decides\n\ncarla@lindwerk.example\n *@board.example \n",
            "hr.yaml": b"department: hr\nrules:\n- {name: a, when: {words: [leave, {list: vip}]}}\n"
            b"- {name: b, when: {from: {list: board}}}",
        },
        Offers(("hr",)),
    )

    caught = [
        ask(rules, one).verdict.matched
        for one in (mail(subject="HANSEN & SOHNE calls"), mail(words="leave"), mail(sender="x@board.example"))
    ]
    assert caught == [
        ("subject has 'Hansen & Söhne'",),
        ("body has 'leave'",),
        ("from 'x@board.example'",),
    ]


def gives(order: int, then: str, when: str = "{subject: x}") -> str:
    return f"- {{name: r{order}, order: {order}, when: {when}, then: {then}}}\n"


def test_each_thing_is_given_by_the_first_rule_that_gives_it_and_tags_add_up(read, mail) -> None:
    rules = read(
        all="rules:\n"
        + gives(1, "{tags: [vip, x]}")
        + gives(2, "{owner: ines.kern@lindwerk.example, tags: vip}")
        + gives(3, "{department: finance, sla_policy: urgent, owner: tobias.lang@lindwerk.example}")
        + gives(4, "{department: it, acknowledge: no, sla_policy: standard}")
    )

    verdict = ask(rules, mail(subject="x")).verdict

    assert (verdict.rule, verdict.department, verdict.owner) == ("r3", "finance", "ines.kern@lindwerk.example")
    assert (verdict.sla_policy, verdict.silent, verdict.tags) == ("urgent", True, ("vip", "x"))
    assert verdict.reason == (
        "rule 'r3' matched: subject has 'x'; rule 'r1' gave tags vip, x: subject has 'x'; "
        "rule 'r2' gave owner ines.kern@lindwerk.example, tags vip: subject has 'x'; "
        "rule 'r4' gave no acknowledgement: subject has 'x'"
    )
    assert ask(rules, mail(subject="x")).fired == ("r1", "r2", "r3", "r4")


def test_watchers_of_all_rules_add_up_and_one_rule_is_enough_to_make_a_mail_confidential(read, mail) -> None:
    rules = read(
        all="rules:\n"
        + gives(1, "{watchers: [Ines.Kern@lindwerk.example, press@lindwerk.example]}")
        + gives(2, "{department: finance, confidential: yes}")
        + gives(3, "{watchers: press@lindwerk.example, tags: x}")
    )

    verdict = ask(rules, mail(subject="x")).verdict

    assert (verdict.confidential, verdict.watchers) == (True, ("ines.kern@lindwerk.example", "press@lindwerk.example"))
    assert verdict.reason_in_confidence == (
        "rule 'r2' matched; rule 'r1' gave a copy to ines.kern@lindwerk.example, press@lindwerk.example; "
        "rule 'r3' gave tags x, a copy to press@lindwerk.example"
    )


def test_no_rule_is_asked_after_one_that_stops(read, mail) -> None:
    rules = read(all="rules:\n" + gives(1, "{stop: yes}", "{subject: newsletter}") + gives(2, "{department: it}"))

    assert ask(rules, mail(subject="x")).verdict.department == "it"
    stopped = ask(rules, mail(subject="x newsletter")).verdict
    assert (stopped.rule, stopped.department, stopped.reason) == (
        "r1",
        None,
        "rule 'r1' matched: subject has 'newsletter'",
    )


@pytest.mark.parametrize(("first", "held"), [("hold", True), ("department", False)])
def test_a_hold_and_a_department_are_both_a_place(read, mail, first, held) -> None:
    hold, department = ("hold: yes", "department: it")
    one, other = (hold, department) if first == "hold" else (department, hold)
    rules = read(all="rules:\n" + gives(1, f"{{{one}}}") + gives(2, f"{{{other}}}"))

    verdict = ask(rules, mail(subject="x")).verdict

    assert (verdict.hold, verdict.department) == (held, None if held else "it")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("pattern", ["(x+x+)+y", "(x|xx)*y", r"(.*)(.*)(.*)(.*)(.*)[^x]{50}"])
def test_no_pattern_takes_longer_than_the_text_is_long(rule_when, mail, pattern) -> None:
    rules = rule_when(f"{{regex: {{body: '{pattern}'}}}}")

    assert ask(rules, mail(words="x" * LONGEST_TEXT)).verdict is None


def test_rules_do_not_look_at_the_far_end_of_a_huge_mail(rule_when, mail) -> None:
    words = "word " * (LONGEST_TEXT // 5)

    assert ask(rule_when("{body: invoice}"), mail(words=words + "invoice")).verdict is None
    assert ask(rule_when("{body: invoice}"), mail(words="invoice " + words)).verdict is not None
