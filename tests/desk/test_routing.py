from __future__ import annotations

from classifier.predict import Prediction
from daemon.desk.request import Priority
from daemon.desk.routing import Route, decide_route
from rules.rule import Verdict

DEPARTMENTS = ("it", "hr", "finance")


def verdict(department: str | None = "finance", **also) -> Verdict:
    facts = {
        "rule": "invoices",
        "department": department,
        "priority": None,
        "priority_reason": None,
        "reason": "rule 'invoices' matched: subject has 'invoice'",
        "reason_in_confidence": "rule 'invoices' matched",
        "matched": ("subject has 'invoice'",),
        "source": "finance.yaml:12",
    }
    return Verdict(**(facts | also))


def prediction(*ranked: tuple[str, float]) -> Prediction:
    return Prediction(ranked=ranked, known_share=0.9, model="2026-11-20")


def decide(verdict, prediction, threshold: float | None = 0.83) -> Route:
    return decide_route(verdict, prediction, threshold, DEPARTMENTS, rules_version="abc", model_version="2026-11-20")


def test_a_rule_comes_before_the_model() -> None:
    route = decide(verdict(), prediction(("it", 0.99), ("hr", 0.01)))

    assert (route.department, route.source) == ("finance", "rule")
    assert route.reason == "rule 'invoices' matched: subject has 'invoice'"
    assert route.confidence is None


def test_a_sure_model_acts_alone() -> None:
    route = decide(None, prediction(("it", 0.93), ("finance", 0.04)))

    assert (route.department, route.source, route.confidence) == ("it", "model", 0.93)
    assert route.reason == "the model is sure: it 0.93, finance 0.04; it acts alone from 0.83"
    assert route.runner_up == ("finance", 0.04)


def test_a_doubtful_model_asks_a_human() -> None:
    route = decide(None, prediction(("it", 0.61), ("finance", 0.22)))

    assert (route.department, route.source) == (None, "triage")
    assert route.reason == "the model is not sure enough: it 0.61, finance 0.22; it acts alone from 0.83"
    assert (route.confidence, route.runner_up) == (0.61, ("finance", 0.22))


def test_a_stranger_goes_to_triage_however_sure_the_model_is() -> None:
    strange = Prediction(ranked=(("it", 0.99), ("hr", 0.01)), known_share=0.9, model="2026-11-20", stranger=True)

    route = decide(None, strange)

    assert (route.department, route.source) == (None, "triage")
    assert route.reason.startswith("the mail is unlike those that the model learnt from, so it may not act alone: it")


def test_the_model_acts_at_its_threshold_exactly() -> None:
    assert decide(None, prediction(("it", 0.83), ("hr", 0.1))).department == "it"


def test_a_reason_never_shows_a_doubt_as_its_own_threshold() -> None:
    route = decide(None, prediction(("it", 0.8299), ("hr", 0.1)))

    assert route.reason == "the model is not sure enough: it 0.8299, hr 0.10; it acts alone from 0.8300"


def test_a_model_that_keeps_no_promise_never_acts_alone() -> None:
    route = decide(None, prediction(("it", 0.99), ("hr", 0.01)), threshold=None)

    assert route.source == "triage"
    assert route.reason == "the model may not act alone yet, as no threshold keeps the promise: it 0.99, hr 0.01"


def test_a_department_that_the_model_remembers_but_nobody_keeps_goes_to_triage() -> None:
    route = decide(None, prediction(("travel", 0.97), ("it", 0.02)))

    assert (route.department, route.source) == (None, "triage")
    assert route.reason == "the model says travel 0.97, it 0.02, but 'travel' is no department here"


def test_a_rule_of_a_department_that_is_gone_goes_to_triage_and_not_to_the_model() -> None:
    route = decide(verdict("travel"), prediction(("it", 0.99), ("hr", 0.01)))

    assert route.department is None
    assert route.reason == "rule 'invoices' (finance.yaml:12) sends it to 'travel', which is no department here"


def test_without_rule_and_model_a_human_decides() -> None:
    route = decide(None, None)

    assert (route.source, route.reason) == ("triage", "no rule places it and no model is in service")
    assert (route.rules_version, route.model_version) == ("abc", "2026-11-20")


def test_a_rule_may_give_only_the_hurry_and_leave_the_department_to_the_model() -> None:
    hurry = verdict(None, priority="urgent", priority_reason="a customer is waiting")
    route = decide(hurry, prediction(("it", 0.93), ("hr", 0.04)))

    assert (route.department, route.source) == ("it", "model")
    assert (route.priority, route.priority_reason) == (Priority.URGENT, "a customer is waiting")


def test_a_hurry_without_a_reason_of_its_own_names_the_rule() -> None:
    route = decide(verdict(priority="high"), None)

    assert route.priority_reason == "rule 'invoices' matched: subject has 'invoice'"


def test_without_a_rule_about_it_a_request_has_no_special_hurry() -> None:
    assert (decide(None, None).priority, decide(None, None).priority_reason) == (Priority.NORMAL, "")


def test_a_model_of_one_department_has_no_runner_up() -> None:
    route = decide(None, prediction(("it", 0.9)))

    assert route.runner_up is None
    assert route.reason == "the model is sure: it 0.90; it acts alone from 0.83"


def test_a_rule_that_holds_a_request_leaves_it_to_a_person_however_sure_the_model_is() -> None:
    route = decide(verdict(None, hold=True), prediction(("it", 0.99), ("hr", 0.01)))

    assert (route.department, route.source) == (None, "triage")
    assert route.reason == "a person is to place it: rule 'invoices' matched: subject has 'invoice'"


def test_what_else_rules_give_goes_with_the_route() -> None:
    route = decide(verdict(owner="a@b.example", sla_policy="quick", silent=True, tags=("vip",)), None)

    assert (route.owner, route.sla_policy, route.silent, route.tags) == ("a@b.example", "quick", True, ("vip",))


def test_the_reason_of_a_confidential_route_holds_no_word_of_the_mail_and_nobody_watches_it() -> None:
    by_rule = decide(verdict(confidential=True, watchers=("eva.lund@lindwerk.example",)), None)
    by_department = decide_route(
        verdict(watchers=("eva.lund@lindwerk.example",)),
        None,
        None,
        DEPARTMENTS,
        rules_version="abc",
        model_version=None,
        confidential={"finance"},
    )

    for route in (by_rule, by_department):
        assert (route.confidential, route.reason, route.watchers) == (True, "rule 'invoices' matched", ())
    assert not decide(verdict(), None).confidential
