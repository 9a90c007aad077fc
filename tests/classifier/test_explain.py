"""Words that spoke for a department."""

from __future__ import annotations

import pytest

from classifier.explain import strongest_words
from classifier.predict import Model, Text


def _words(model: Model, text: Text, department: str, n: int = 6) -> list[str]:
    return [one.word for one in model.explain(text, department, n)]


def test_words_are_shown_as_people_wrote_them(model: Model) -> None:
    assert set(_words(model, Text("", "Das PASSWORT für den Drucker"), "it")) == {"PASSWORT", "Drucker"}


def test_words_of_another_department_do_not_speak_for_this_one(model: Model) -> None:
    text = Text("Rechnung", "bitte Rechnung und Zahlung, aber der Laptop")

    assert "Laptop" not in " ".join(_words(model, text, "finance"))
    assert _words(model, text, "it")[0] == "Laptop"


def test_the_strongest_come_first_and_no_more_than_asked(model: Model) -> None:
    words = model.explain(Text("", "Laptop Drucker Passwort VPN screen keyboard"), "it", 3)

    assert len(words) == 3
    assert [one.weight for one in words] == sorted((one.weight for one in words), reverse=True)
    assert words[-1].weight > 0


def test_a_text_of_unknown_words_explains_nothing(model: Model) -> None:
    assert model.explain(Text("", "zzz qqq"), "it") == ()


def test_an_unknown_department_is_a_mistake(model: Model) -> None:
    with pytest.raises(KeyError, match="hr"):
        model.explain(Text("", "Laptop"), "hr")


def test_what_was_masked_is_named_for_what_it_stands() -> None:
    weighed = [("_number_", 3.0), ("_mailbox_it_lindwerk_example", 2.0), ("fax _address_", 1.0)]

    said = strongest_words(Text("", "FAX x@y.example 123456", "it@lindwerk.example"), weighed, 6)

    assert [one.word for one in said] == ["a long number", "it@lindwerk.example", "FAX an e-mail address"]


def test_nothing_is_said_twice() -> None:
    weighed = [("password reset", 3.0), ("password", 2.0), ("reset", 2.0), ("my password", 1.0), ("my", 0.2)]

    said = strongest_words(Text("", "reset my password"), weighed, 6)

    assert [one.word for one in said] == ["password reset", "my password"]


def test_what_spoke_in_a_whisper_is_left_out() -> None:
    said = strongest_words(Text("", "the invoice"), [("invoice", 2.0), ("the", 0.1), ("of", -1.0)], 6)

    assert [one.word for one in said] == ["invoice"]
