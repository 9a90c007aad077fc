"""The example mails that rules bring along."""

from __future__ import annotations

import dataclasses

import pytest

from rules.examples import run_examples
from rules.rule import MailFile
from rules.say import aloud


def told(rules, *, catches=(), leaves=()) -> list[str]:
    """What is wrong when the only rule of the set has these examples."""
    rule = dataclasses.replace(rules.rules[0], catches=catches, leaves=leaves)
    return [str(wrong) for wrong in run_examples([rule])]


def test_examples_that_come_out_as_wanted_say_nothing(rule_when, mail) -> None:
    rules = rule_when("{subject: invoice}")

    assert told(rules, catches=(mail(subject="Invoice"),), leaves=(mail(subject="Hello"),)) == []


def test_a_mail_that_should_be_left_alone_says_what_caught_it(rule_when, mail) -> None:
    wrong = told(rule_when("{subject: invoice, body: pay}"), leaves=(mail(subject="Invoice", words="pay"),))

    assert wrong == [
        "finance.yaml:1: rule 'the rule': want: 'Invoice' is left alone; "
        "got: it is caught, because subject has 'invoice' and body has 'pay'"
    ]


@pytest.mark.parametrize(
    ("when", "because"),
    [
        ("{subject: [invoice, rechnung, facture]}",
         "this is not true: the subject has 'invoice', 'rechnung' or 'facture'"),
        ("{subject: hello, body: pay}", "this is not true: the body has 'pay'"),
        ("{subject: hello, none: [{from_domain: x.example}, {from: a@b.example}]}",
         "this must not be true: it comes from 'a@b.example'"),
        ("{any: [{body: pay}, {subject: invoice, to: finance}]}",
         "this is not true: the body has 'pay', or (the subject has 'invoice', and it is sent to 'finance')"),
    ],
)  # fmt: skip
def test_a_mail_that_should_be_caught_says_which_condition_failed(rule_when, mail, when, because) -> None:
    (wrong,) = told(rule_when(when), catches=(mail(subject="Hello", sender="a@b.example"),))

    assert wrong.partition("; got: ")[2] == f"it is left alone, because {because}"


@pytest.mark.parametrize(
    ("facts", "title"),
    [
        ({"subject": "Invoice"}, "'Invoice'"),
        ({"words": "word " * 20}, "'word word word word word word word word word word word wo...'"),
        ({"attachments": (MailFile("a.pdf"), MailFile("b.pdf"))}, "'a.pdf'"),
        ({"sender": "a@b.example"}, "'a@b.example'"),
    ],
)
def test_an_example_is_named_by_what_its_author_knows_it_by(rule_when, mail, facts, title) -> None:
    (wrong,) = told(rule_when("{subject: x}"), catches=(mail(**facts),))

    assert f"want: {title} is caught" in wrong


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("{words: [a, b]}", "the subject or the body has 'a' or 'b'"),
        ("{from_domain: '*.b.example'}", "it comes from the domain '*.b.example'"),
        ("{header: {name: X-Priority, has: urgent}}", "the header x-priority has 'urgent'"),
        ("{attachment: '*.pdf'}", "an attachment is named like '*.pdf'"),
        ("{regex: {subject: 'a+'}}", "the subject fits 'a+'"),
        ("{subject: a, none: [{body: b}, {body: c}]}",
         "the subject has 'a', and (not: the body has 'b', and not: the body has 'c')"),
    ],
)  # fmt: skip
def test_a_condition_can_be_read_aloud(rule_when, when, said) -> None:
    assert aloud(rule_when(when).rules[0].when) == said
