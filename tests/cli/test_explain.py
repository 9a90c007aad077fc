"""`postroom explain` says what would become of a mail, and touches nothing."""

from __future__ import annotations

from email.policy import SMTP
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import EVA, UNREADABLE, mail

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk


def test_a_file_is_explained_without_any_effect(lindwerk: Lindwerk) -> None:
    path = lindwerk.path.parent / "asked.eml"
    path.write_bytes(mail("Two weeks of holiday").as_bytes(policy=SMTP))
    before = lindwerk.rows()

    ran = lindwerk.runs("explain", str(path), "--json")

    today = ran.json["today"]
    assert (today["department"], today["from"]) == ("hr", EVA)
    assert today["is a request"] == "yes: A person wrote to one of our addresses."
    assert today["owner"].startswith("tobias.lang@lindwerk.example: ")
    assert lindwerk.rows() == before
    assert "holiday" in lindwerk.runs("explain", str(path)).out


def test_an_automatic_reply_is_no_request(lindwerk: Lindwerk) -> None:
    reply = mail("Out of office")
    reply["Auto-Submitted"] = "auto-replied"
    path = lindwerk.path.parent / "reply.eml"
    path.write_bytes(reply.as_bytes(policy=SMTP))

    today = lindwerk.runs("explain", str(path), "--json").json["today"]

    assert today["nature"].startswith("automatic_reply")
    assert today["is a request"].startswith("no: ")
    assert "department" not in today


def test_whatever_a_file_holds_is_explained(lindwerk: Lindwerk) -> None:
    for number, content in enumerate((b"", UNREADABLE, b"\x00" * 1000, b"no header at all")):
        path = lindwerk.path.parent / f"{number}.eml"
        path.write_bytes(content)

        assert lindwerk.runs("explain", str(path), "--json").json["today"]


def test_a_request_is_explained_as_it_was_decided_and_as_it_would_be_today(lindwerk: Lindwerk) -> None:
    (lindwerk.path.parent / "rules" / "all.yaml").write_text(
        "rules: [{name: new, when: {words: [vpn]}, then: {department: hr}}]\n"
    )

    report = lindwerk.runs("explain", "REQ-1", "--json").json

    assert [route["department"] for route in report["decided"]] == ["it"]
    assert report["today"]["department"] == "hr"
    assert report["decided"][0]["rules"] != report["today"]["versions"]


@pytest.mark.parametrize("name", ["broken@mail.lindwerk.example", "<broken@mail.lindwerk.example>"])
def test_a_message_id_is_explained(lindwerk: Lindwerk, name: str) -> None:
    assert lindwerk.runs("explain", name, "--json").json["request"] == "REQ-1"


def test_rules_that_disagree_about_a_mail_are_named_and_so_is_what_else_they_give(lindwerk: Lindwerk) -> None:
    (lindwerk.path.parent / "rules" / "all.yaml").write_text(
        "rules:\n- {name: a, when: {words: vpn}, then: {department: hr, tags: [x, y], acknowledge: no}}\n"
        "- {name: b, when: {words: broken}, then: {department: it}}\n"
    )

    today = lindwerk.runs("explain", "REQ-1", "--json").json["today"]

    assert today["rules that disagree"] == [
        "rule 'a' (all.yaml:2) gives department hr, rule 'b' (all.yaml:3) gives department it, "
        "and both have the order 100"
    ]
    assert (today["department"], today["tags"], today["not acknowledged"]) == ("hr", "x, y", "a rule says so")


def test_requests_are_listed_by_tag(lindwerk: Lindwerk) -> None:
    assert lindwerk.runs("list", "--tag", "vip", "--json").json == []
