"""In which forms a word of a rule is found: what the guide promises, in English and German."""

from __future__ import annotations

import pytest

from rules.match import ask


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("invoice", "invoice invoices invoiced invoicing Invoice's"),
        ("contract", "contract contracts contracted contracting"),
        ("policy", "policy policies"),
        ("policies", "policy policies"),
        ("delay", "delay delays delayed delaying"),
        ("address", "address addresses addressed"),
        ("index", "index indexes indexed"),
        ("branch", "branch branches"),
        ("ship", "ship ships shipped shipping"),
        ("plan", "plan plans planned planning"),
        ("order", "order orders ordered ordering"),
        ("invoices", "invoice invoices"),
        ("addresses", "address addresses"),
        ("nda", "NDA NDAs"),
        ("Rechnung", "Rechnung Rechnungen"),
        ("Rechnungen", "Rechnung Rechnungen"),
        ("Anfrage", "Anfrage Anfragen"),
        ("Vertrag", "Vertrag Vertrags Vertrages Verträge Verträgen"),
        ("Verträge", "Vertrag Verträge Verträgen"),
        ("Passwort", "Passwort Passworts Passwörter Passwörtern"),
        ("Drucker", "Drucker Druckers Druckern"),
        ("Gerät", "Gerät Geräts Geräte Geräten Geraet Geraete"),
        ("Zeugnis", "Zeugnis Zeugnisse Zeugnissen"),
        ("Ausweis", "Ausweis Ausweise Ausweisen"),
        ("Buch", "Buch Bücher Büchern"),
        ("Anschluss", "Anschluss Anschlusses Anschlüsse"),
        ("Kollegin", "Kollegin Kolleginnen"),
        ("Termin", "Termin Termine Terminen"),
        ("Handy", "Handy Handys"),
        ("Büro", "Büro Büros BUERO"),
        ("neue", "neue neuer neues neuen neuem"),
        ("kaputt", "kaputt kaputte kaputter kaputtes"),
        ("defekt", "defekt defekte defekten"),
        ("bestellen", "bestelle bestellen bestellt bestellte bestellten"),
        ("zurücksetzen", "zurücksetzen zuruecksetzen ZURUCKSETZEN"),
        ("Unterlagen", "Unterlagen Unterlage"),
    ],
)
def test_a_word_is_found_in_its_forms(rule_when, mail, written: str, found: str) -> None:
    rules = rule_when(f"{{subject: {written}}}")

    assert [form for form in found.split() if ask(rules, mail(subject=f"a {form} b")).verdict is None] == []


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("Drucker", "Druck drucken Druckerei"),
        ("printer", "print printing"),
        ("plane", "plan plans"),
        ("Urlaub", "Urlaubsantrag"),
        ("port", "report portal airport"),
        ("access", "accessory acces"),
        ("status", "statu"),
        ("kosten", "kost"),
        ("it", "its"),
        ("zurücksetzen", "zurückgesetzt"),
        ("S4HANA", "S4HANAs"),
        ("invoice", "invoicement voice"),
    ],
)
def test_a_word_is_not_found_in_other_words(rule_when, mail, written: str, left: str) -> None:
    rules = rule_when(f"{{subject: {written}}}")

    assert [form for form in left.split() if ask(rules, mail(subject=form)).verdict is not None] == []


@pytest.mark.parametrize(
    ("written", "found", "left"),
    [
        ("'\"print\"'", "PRINT", "printer prints"),
        ("'„Rechnung“'", "rechnung", "Rechnungen"),
        ("'\"Passwort zurücksetzen\"'", "passwort-zurücksetzen", "Passworts Passwörter"),
        ("'„Gerät“'", "gerat", "Geräte Geraet"),
    ],
)
def test_words_in_quotation_marks_have_no_other_forms(rule_when, mail, written: str, found: str, left: str) -> None:
    rules = rule_when(f"{{subject: {written}}}")

    assert ask(rules, mail(subject=found)).verdict is not None
    assert [form for form in left.split() if ask(rules, mail(subject=form)).verdict is not None] == []


@pytest.mark.parametrize("words", ["Ich brauche neue Passwörter.", "Wegen des neuen Passworts"])
def test_every_word_of_a_phrase_may_have_another_form(rule_when, mail, words: str) -> None:
    assert ask(rule_when("{words: neues Passwort}"), mail(words=words)).verdict is not None


def test_a_verdict_says_in_which_form_a_word_was_found(rule_when, mail) -> None:
    verdict = ask(rule_when("{subject: neue Rechnung}"), mail(subject="Zwei NEUE Rechnungen!")).verdict

    assert verdict.matched == ("subject has 'neue Rechnung' as 'neue rechnungen'",)


def test_a_word_that_stands_as_written_is_told_as_written(rule_when, mail) -> None:
    verdict = ask(rule_when("{subject: [Prüfung, 'prüf*']}"), mail(subject="Pruefung, PRÜFUNG")).verdict

    assert verdict.matched == ("subject has 'Prüfung' as 'pruefung'",)


@pytest.mark.parametrize("written", ["Zuru\u0308cksetzen", "zurück\u00adsetzen"])
def test_a_rule_may_be_typed_with_any_kind_of_umlaut(rule_when, mail, written: str) -> None:
    assert ask(rule_when(f"{{subject: {written}}}"), mail(subject="Bitte zuruecksetzen")).verdict is not None
