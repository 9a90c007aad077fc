"""Routing: which department gets a request, and why.
 A rule comes before the model; the model acts alone only from its threshold on; the rest goes to people.
Decides; touches nothing.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from daemon.desk.request import Priority

if TYPE_CHECKING:
    from classifier.predict import Prediction
    from rules.rule import Verdict

Source = Literal["rule", "model", "triage"]

_FEWEST_DIGITS, _MOST_DIGITS = 2, 6


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes and everything that is needed to say why.

    department: a slug, or None for triage.
    reason: a sentence without its full stop, for the ledger, the owner and the command line.
    confidence, runner_up: what the model said, when it was asked; probabilities from 0 to 1.
    owner, sla_policy: the address and the policy that a rule names, None if none does. skills: what a rule wants the
    owner to be able to do. silent: a rule says that
    the mail is not acknowledged. tags, watchers: those of all rules that hold. confidential: a rule or the department
    says that nobody but its owner reads it; then the reason names no word of it, and nobody watches.
    """

    department: str | None
    reason: str
    source: Source
    confidence: float | None
    runner_up: tuple[str, float] | None
    rules_version: str | None
    model_version: str | None
    priority: Priority
    priority_reason: str
    owner: str | None = None
    skills: tuple[str, ...] = ()
    sla_policy: str | None = None
    silent: bool = False
    tags: tuple[str, ...] = ()
    watchers: tuple[str, ...] = ()
    confidential: bool = False


def decide_route(
    verdict: Verdict | None,
    prediction: Prediction | None,
    threshold: float | None,
    departments: Collection[str],
    *,
    rules_version: str | None,
    model_version: str | None,
    confidential: Collection[str] = (),
) -> Route:
    """Choose the department of a new request.

    verdict: what the rules say, None if none matched. prediction: what the model says, None if it was not
    asked. threshold: the confidence from which the model acts alone, None if it never may. departments: the
    slugs that exist; confidential: those whose every request is.
    """
    department, reason, source = _place(verdict, prediction, threshold, departments)
    is_confidential = department in confidential or (verdict is not None and verdict.confidential)
    if verdict is not None and is_confidential:
        verdict = replace(verdict, reason=verdict.reason_in_confidence, watchers=())
        department, reason, source = _place(verdict, prediction, threshold, departments)
    priority, priority_reason = _hurry(verdict)
    return Route(
        department=department,
        reason=reason,
        source=source,
        confidence=prediction.confidence if prediction and source != "rule" else None,
        runner_up=_runner_up(prediction) if prediction and source != "rule" else None,
        rules_version=rules_version,
        model_version=model_version,
        priority=priority,
        priority_reason=priority_reason,
        owner=verdict.owner if verdict else None,
        skills=verdict.skills if verdict else (),
        sla_policy=verdict.sla_policy if verdict else None,
        silent=verdict is not None and verdict.silent,
        tags=verdict.tags if verdict else (),
        watchers=verdict.watchers if verdict else (),
        confidential=is_confidential,
    )


def is_drawn(message_key: str, secret: bytes, share: float) -> bool:
    """Whether a message is among the share (0 to 1) that is drawn for confirmation.

    The draw is as good as chance for whoever does not know the secret, and the same whenever it is made again.
    """
    drawn = hmac.new(secret, b"confirm " + message_key.encode(), "sha256").digest()
    return int.from_bytes(drawn[:8], "big") < share * 2.0**64


def _place(
    verdict: Verdict | None,
    prediction: Prediction | None,
    threshold: float | None,
    departments: Collection[str],
) -> tuple[str | None, str, Source]:
    if verdict is not None and verdict.hold:
        return None, f"a person is to place it: {verdict.reason}", "triage"
    if verdict is not None and verdict.department is not None:
        return _by_rule(verdict, verdict.department, departments)
    if prediction is None:
        return None, "no rule places it and no model is in service", "triage"
    return _by_model(prediction, threshold, departments)


def _by_rule(verdict: Verdict, department: str, departments: Collection[str]) -> tuple[str | None, str, Source]:
    if department in departments:
        return department, verdict.reason, "rule"
    lost = f"rule '{verdict.rule}' ({verdict.source}) sends it to '{department}', which is no department here"
    return None, lost, "triage"


def _by_model(
    prediction: Prediction, threshold: float | None, departments: Collection[str]
) -> tuple[str | None, str, Source]:
    said = _said(prediction, threshold)
    if prediction.department not in departments:
        lost = f"the model says {said}, but '{prediction.department}' is no department here"
        return None, lost, "triage"
    if prediction.stranger:
        return None, f"the mail is unlike those that the model learnt from, so it may not act alone: {said}", "triage"
    if threshold is None:
        return None, f"the model may not act alone yet, as no threshold keeps the promise: {said}", "triage"
    alone = f"it acts alone from {_number(threshold, prediction.confidence)}"
    if prediction.confidence < threshold:
        return None, f"the model is not sure enough: {said}; {alone}", "triage"
    return prediction.department, f"the model is sure: {said}; {alone}", "model"


def _said(prediction: Prediction, threshold: float | None) -> str:
    best = f"{prediction.department} {_number(prediction.confidence, threshold)}"
    second = _runner_up(prediction)
    return best if second is None else f"{best}, {second[0]} {second[1]:.2f}"


def _runner_up(prediction: Prediction) -> tuple[str, float] | None:
    return prediction.ranked[1] if len(prediction.ranked) > 1 else None


def _number(value: float, other: float | None) -> str:
    """A probability with as many digits as it takes to tell it from the one it is compared with.

    With two digits a model at 0.829 would seem to stop at its threshold of 0.83.
    """
    digits = _FEWEST_DIGITS
    while other not in (None, value) and digits < _MOST_DIGITS and f"{value:.{digits}f}" == f"{other:.{digits}f}":
        digits += 1
    return f"{value:.{digits}f}"


def _hurry(verdict: Verdict | None) -> tuple[Priority, str]:
    if verdict is None or verdict.priority is None:
        return Priority.NORMAL, ""
    return Priority(verdict.priority), verdict.priority_reason or verdict.reason
