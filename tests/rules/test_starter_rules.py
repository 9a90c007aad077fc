"""The rules that come with Postroom."""

from __future__ import annotations

import pytest

from rules.lint import lint
from rules.match import ask
from rules.rule import MailFile
from rules.rule_file import STARTER_RULES, load_folder


@pytest.fixture(scope="module")
def starter(offers):
    """The starter rules; loading them runs their examples."""
    return load_folder(STARTER_RULES, offers)


def test_every_department_has_starter_rules(starter, departments) -> None:
    assert {rule.department for rule in starter.rules} == {*departments, None}


def test_every_starter_rule_brings_mails_that_it_catches_and_leaves(starter) -> None:
    assert [rule.name for rule in starter.rules if len(rule.catches) < 2 or not rule.leaves] == []


def test_lint_finds_nothing_in_the_starter_rules(starter) -> None:
    assert list(map(str, lint(starter))) == []


def test_starter_rules_send_every_example_to_its_own_department(starter) -> None:
    lost = [
        (rule.name, example.subject)
        for rule in starter.rules
        for example in rule.catches
        if rule.department and ask(starter, example).verdict.department != rule.department
    ]

    assert lost == []


@pytest.mark.parametrize(
    "subject",
    [
        "Lunch on Friday",
        "Question about my contract",
        "Frage",
        "Bitte um Rückruf",
        "New colleague starts on Monday",
        "Neuer Mitarbeiter ab Montag",
        "The report is wrong",
        "Besprechungsraum 2.14",
        "Kündigung des Wartungsvertrags",
        "Rechnung",
        "Problème avec ma commande",
        "Access to the shared folder",
        "Customer complaint",
    ],
)
def test_starter_rules_leave_what_could_go_to_several_departments_to_the_model(starter, mail, subject) -> None:
    assert ask(starter, mail(subject=subject)).verdict is None


def test_a_suspicious_mail_goes_to_security_whatever_it_pretends_to_be(starter, mail) -> None:
    pretending = mail(
        sender="jana.roth@lindwerk.example",
        to=("people@lindwerk.example",),
        subject="WG: Verdächtige E-Mail: Gehaltsabrechnung, Passwort zurücksetzen",
        attachments=(MailFile("Rechnung.pdf"),),
    )

    assert ask(starter, pretending).verdict.department == "security"


def test_a_waiting_customer_raises_the_priority_in_any_department(starter, mail) -> None:
    verdict = ask(starter, mail(subject="VPN geht nicht", words="Bitte schnell, der Kunde wartet.")).verdict

    assert (verdict.department, verdict.priority, verdict.priority_reason) == (
        "it",
        "high",
        "a customer is waiting",
    )
