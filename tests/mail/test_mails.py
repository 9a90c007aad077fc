"""Each mail in tests/mails is read as the file beside it says. A bug report becomes a pair of files there."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from daemon.mail.message import Message
from daemon.mail.nature import Decision, is_request, may_acknowledge, nature_of
from daemon.mail.parse import parse

FOLDER = Path(__file__).parent.parent / "mails"
MAILS = sorted(FOLDER.glob("*.eml"))


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_mail_is_read_as_the_file_beside_it_says(path: Path, watched: frozenset[str]) -> None:
    expected = YAML(typ="safe").load(path.with_suffix(".yaml").read_text(encoding="utf-8"))
    del expected["what"]

    facts = _facts(parse(path.read_bytes()), watched)

    assert expected == {name: facts[name] for name in expected}


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_mail_survives_the_way_through_json(path: Path) -> None:
    message = parse(path.read_bytes())

    assert message == Message.from_json(message.to_json())


def test_every_mail_has_its_expectation_and_every_expectation_its_mail() -> None:
    assert {path.stem for path in MAILS} == {path.stem for path in FOLDER.glob("*.yaml")}
    assert len(MAILS) >= 25


def _facts(message: Message, watched: frozenset[str]) -> dict[str, Any]:
    nature = nature_of(message, watched)
    request = is_request(message, nature, watched=watched, install_id="5f2b1c0d")
    acknowledged = may_acknowledge(
        message,
        nature,
        watched=watched,
        internal_domains=frozenset({"lindwerk.example"}),
        external_allowed=False,
        answers_our_automatic_mail=False,
    )
    facts = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(message).items()}
    return facts | {
        "nature": nature.kind,
        "request": _said(request),
        "acknowledged": _said(acknowledged),
    }


def _said(decision: Decision) -> str:
    return f"{'yes' if decision.yes else 'no'}: {decision.reason.value}"
