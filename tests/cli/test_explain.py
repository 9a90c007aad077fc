"""`postroom explain` says what would become of a mail, and touches nothing."""

from __future__ import annotations

from email.policy import SMTP
from typing import TYPE_CHECKING

import pytest

from daemon.store import outbox
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


def write(lindwerk: Lindwerk, subject: str, **headers: str) -> str:
    """A mail of Eva as a file, with some headers replaced; its path."""
    written = mail(subject)
    for name, value in headers.items():
        del written[name.replace("_", "-")]
        written[name.replace("_", "-")] = value
    path = lindwerk.path.parent / "mail.eml"
    path.write_bytes(written.as_bytes(policy=SMTP))
    return str(path)


def our_mail(lindwerk: Lindwerk, kind: str) -> tuple[str, str]:
    """(Message-ID, recipient) of the mail of this kind about REQ-1."""
    found: list[tuple[str, str]] = []
    lindwerk.writes(
        lambda c: found.extend((m.header_id, m.recipient) for m in outbox.of_request(c, 1) if m.kind == kind)
    )
    return found[0]


def test_a_new_mail_is_explained_down_to_the_mails_that_would_be_sent(lindwerk: Lindwerk) -> None:
    path = write(lindwerk, "Two weeks of holiday", To="people@lindwerk.example, it@lindwerk.example")
    before = lindwerk.rows()

    today = lindwerk.runs("explain", path, "--json").json["today"]
    said = " ".join(lindwerk.runs("explain", path).out.split())

    assert today["mailbox"] == "people"
    assert today["identity"].startswith("new: no message with this content has come in")
    assert today["thread"] == "none: it refers to no request"
    assert today["would become"] == "a request of its own (REQ-4, if no other comes first)."
    assert today["rule"] == "rule 'leave' matched: subject has 'holiday'"
    assert today["acknowledged"].startswith(f"yes, to {EVA}: ")
    assert [(one["kind"], one["to"]) for one in today["mails"]] == [
        ("acknowledgement", EVA),
        ("assignment", "tobias.lang@lindwerk.example"),
    ]
    assert "REQ-4" in today["mails"][0]["text"]
    assert lindwerk.rows() == before
    assert "Where it goes" in said
    assert "assignment tobias.lang@lindwerk.example [REQ-4] Two weeks of holiday" in said


def test_a_reply_is_explained_by_whom_and_what_it_answers(lindwerk: Lindwerk) -> None:
    acknowledgement, _ = our_mail(lindwerk, "acknowledgement")
    notice, owner = our_mail(lindwerk, "assignment")
    becomes = {}
    for who, answers in ((EVA, acknowledgement), (owner, notice), ("mallory@evil.example", acknowledgement)):
        path = write(lindwerk, "Re: VPN", From=who, In_Reply_To=answers)
        today = lindwerk.runs("explain", path, "--json").json["today"]
        becomes[who] = (today["would become"].partition(" of ")[0], [(m["kind"], m["to"]) for m in today["mails"]])

    assert becomes == {
        EVA: ("a follow-up", [("follow up", owner)]),
        owner: ("the answer to REQ-1; it goes on to the requester, with its files.", [("answer", EVA)]),
        "mallory@evil.example": ("an unverified note", [("follow up", owner)]),
    }


def test_a_mail_of_ours_that_came_back_and_a_resend_are_explained(lindwerk: Lindwerk) -> None:
    ours, _ = our_mail(lindwerk, "acknowledgement")

    back = lindwerk.runs("explain", write(lindwerk, "VPN", Message_ID=ours), "--json").json["today"]
    known = lindwerk.runs("explain", write(lindwerk, "VPN is broken"), "--json").json["today"]

    assert back["would become"].startswith("filed as a mail of ours that came back")
    assert back["mails"] == []
    assert known["identity"].startswith("known: it came in at ")


def test_the_decision_about_an_answer_names_its_reason(lindwerk: Lindwerk) -> None:
    path = write(lindwerk, "VPN", Return_Path="<mallory@evil.example>")

    today = lindwerk.runs("explain", path, "--json").json["today"]

    assert today["acknowledged"].endswith("From may be forged. (return_path_elsewhere)")
    assert [one["kind"] for one in today["mails"]] == ["assignment"]


def test_a_mail_of_ours_is_found_by_its_message_id(lindwerk: Lindwerk) -> None:
    ours, to = our_mail(lindwerk, "acknowledgement")

    report = lindwerk.runs("explain", ours, "--json").json

    assert report["mail of ours"] | {"server said": ""} == {
        "kind": "acknowledgement",
        "to": to,
        "about": "REQ-1",
        "state": "queued",
        "server said": "",
    }


def test_what_is_nowhere_is_said_in_a_sentence(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("explain", "nobody@nowhere.example")

    assert ran.status == 1
    assert ran.err.strip() == (
        "'nobody@nowhere.example' is no reference, no file, and no message with this Message-ID has come in."
    )
