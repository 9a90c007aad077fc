"""Why the model says what it says: for and against the first two departments."""

from __future__ import annotations

from classifier.predict import Model, Text
from classifier.threshold import DepartmentThreshold, Threshold
from tests.speed import is_done_within

MAIL = Text("Laptop", "VPN Passwort broken, and the Rechnung for the screen", "it@lindwerk.example")


def _with(model: Model, *thresholds: Threshold) -> Model:
    return Model(model._weights, "x", thresholds)


def test_words_for_and_against_both_departments_are_told(model: Model) -> None:
    why = model.why(MAIL, 0.95)

    assert why.first.department == "it"
    assert "Laptop" in " ".join(word.word for word in why.first.spoke_for)
    assert "Rechnung" in " ".join(word.word for word in why.first.against)
    assert why.second is not None
    assert why.first.probability > why.second.probability


def test_a_word_of_the_subject_is_told_once(model: Model) -> None:
    told = [word.word for word in model.why(Text("Laptop", "the Laptop is broken"), 0.95).first.spoke_for]

    assert told.count("Laptop") == 1
    assert not [word for word in told if "subject" in word]


def test_why_it_abstains_is_said(model: Model) -> None:
    sure, never = Threshold(0.95, 0.3, 100), Threshold(0.95, None, 100)
    own = Threshold(0.95, 0.3, 100, departments=(DepartmentThreshold("it", None, 50),))
    high = Threshold(0.95, 0.999999, 100)

    assert _with(model, sure).why(MAIL, 0.95).abstains == ""
    assert _with(model, high).why(MAIL, 0.95).abstains == "it is not sure enough for it"
    for one in (never, own):
        assert (
            _with(model, one).why(MAIL, 0.95).abstains == "it may not name it alone, as no threshold keeps the promise"
        )


def test_no_word_of_a_confidential_department_leaves_the_model(model: Model) -> None:
    mail = Text("", "Laptop Drucker Rechnung Zahlung Heizung")

    open_to_all = model.why(mail, 0.95)
    hidden = model.why(mail, 0.95, confidential={"finance"})

    def told(why: object) -> str:
        return str(why)

    assert "Rechnung" in told(open_to_all)
    assert "Rechnung" not in told(hidden)
    assert "Zahlung" not in told(hidden)
    assert "Laptop" in told(hidden)


def test_an_explanation_takes_less_than_five_milliseconds(model: Model) -> None:
    long = Text("Laptop", "VPN Passwort broken Rechnung screen Heizung " * 45)
    model.why(long, 0.95)

    assert is_done_within(20 * 0.005, lambda: [model.why(long, 0.95) for _ in range(20)])
