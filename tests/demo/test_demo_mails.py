"""The demo mails: the folder, the list beside it, and that both show what the demo promises."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ruamel.yaml import YAML

DEMO = Path(__file__).parents[2] / "demo"
MAILS = DEMO / "mails"
EXPECTED: list[dict[str, Any]] = YAML(typ="safe", pure=True).load((MAILS / "expected.yaml").read_text(encoding="utf-8"))
RAW = {path.name: path.read_bytes() for path in sorted(MAILS.glob("*.eml"))}
MAIL = {name: message_from_bytes(raw, _class=EmailMessage, policy=policy.default) for name, raw in RAW.items()}
PEOPLE = {row["email"]: row for row in csv.DictReader((DEMO / "people.csv").read_text(encoding="utf-8").splitlines())}

DEPARTMENTS = {"it", "hr", "finance", "facilities", "legal", "procurement", "security", "communications"}
BORDER_CASES = ("03", "09", "10", "12", "18", "19", "20", "29", "31", "33", "40", "41")


def expected_of(name: str) -> dict[str, Any]:
    return next(entry for entry in EXPECTED if entry["file"] == name)


def with_outcome(outcome: str) -> list[dict[str, Any]]:
    return [entry for entry in EXPECTED if entry["outcome"] == outcome]


def leaves(mail: EmailMessage) -> list[EmailMessage]:
    return [part for part in mail.walk() if not part.is_multipart()]


def words(mail: EmailMessage) -> str:
    body = mail.get_body(("plain", "html"))
    return str(body.get_content()) if body else ""


def kinds_of_parts(mail: EmailMessage) -> set[str]:
    return {part.get_content_type() for part in leaves(mail)}


def attached(mail: EmailMessage) -> list[EmailMessage]:
    return [part for part in leaves(mail) if part.get_content_disposition() == "attachment"]


def has(mail: EmailMessage, header: str, value: str) -> bool:
    return value in str(mail.get(header, "")).lower()


def is_external(mail: EmailMessage) -> bool:
    return not mail["From"].addresses[0].domain.endswith("lindwerk.example")


def is_of_a_program(mail: EmailMessage) -> bool:
    return has(mail, "Auto-Submitted", "auto-generated")


def replies_elsewhere(mail: EmailMessage) -> bool:
    reply_to = mail["Reply-To"]
    return reply_to is not None and reply_to.addresses[0].addr_spec != mail["From"].addresses[0].addr_spec


PROMISED: dict[str, tuple[int, Callable[[EmailMessage], object]]] = {
    "HTML only": (2, lambda mail: kinds_of_parts(mail) == {"text/html"}),
    "English Outlook history": (1, lambda mail: re.search(r"^From: .+\nSent: ", words(mail), re.M)),
    "German Outlook history": (1, lambda mail: re.search(r"^Von: .+\nGesendet: ", words(mail), re.M)),
    "Gmail history": (1, lambda mail: re.search(r"^On .+\nwrote:\n\n> ", words(mail), re.M)),
    "a file attached": (3, attached),
    "an image inside the signature": (1, lambda mail: any(part["Content-ID"] for part in leaves(mail))),
    "to two shared addresses": (1, lambda mail: len(mail["To"].addresses) == 2),
    "an answer to an acknowledgement": (1, lambda mail: has(mail, "In-Reply-To", "acknowledgement-of-")),
    "out of office": (1, lambda mail: has(mail, "Subject", "automatische antwort")),
    "a bounce": (1, lambda mail: mail.get_content_type() == "multipart/report"),
    "a null return path": (1, lambda mail: mail["Return-Path"] == "<>"),
    "a mailing list": (1, lambda mail: mail["List-Id"] and has(mail, "Precedence", "list")),
    "a system notification": (1, is_of_a_program),
    "an empty subject": (1, lambda mail: mail["Subject"] == ""),
    "an empty body": (1, lambda mail: not words(mail).strip()),
    "a sender outside the house who asks": (1, lambda mail: is_external(mail) and not mail["List-Id"]),
    "a name beyond Latin letters": (1, lambda mail: re.search(r"[\u4e00-\u9fff]", str(mail["From"]))),
    "replies wanted elsewhere": (1, lambda mail: replies_elsewhere(mail) and not mail["List-Id"]),
}


def test_every_mail_stands_in_the_list_and_every_entry_has_its_mail() -> None:
    assert list(RAW) == [entry["file"] for entry in EXPECTED]


@pytest.mark.parametrize("name", RAW)
def test_every_mail_is_read_by_the_standard_library_without_a_complaint(name: str) -> None:
    mail = MAIL[name]

    assert not any(part.defects for part in mail.walk())
    assert not any(value.defects for value in mail.values())
    for header in ("From", "To", "Date", "Message-ID", "MIME-Version", "Return-Path"):
        assert len(mail.get_all(header, [])) == 1, header
    assert mail["Date"].datetime.tzinfo is not None


@pytest.mark.parametrize("name", RAW)
def test_no_mail_hides_raw_bytes_in_its_headers(name: str) -> None:
    head, _, _ = RAW[name].partition(b"\n\n")

    assert head.isascii()
    assert b"\r" not in RAW[name]


@pytest.mark.parametrize("name", RAW)
def test_every_text_part_is_what_its_charset_says(name: str) -> None:
    for part in leaves(MAIL[name]):
        if part.get_content_maintype() == "text":
            raw = part.get_payload(decode=True)
            assert isinstance(raw, bytes)
            raw.decode(part.get_content_charset("us-ascii"))


def test_message_ids_are_unique() -> None:
    ids = [mail["Message-ID"] for mail in MAIL.values()]

    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", RAW)
def test_only_example_domains_occur(name: str) -> None:
    head, _, _ = RAW[name].partition(b"\n\n")
    texts = [str(part.get_content()) for part in leaves(MAIL[name]) if part.get_content_maintype() == "text"]
    everything = "\n".join([head.decode("ascii"), *texts])
    domains = re.findall(r"(?:@|://)((?:[\w-]+\.)+[A-Za-z]{2,})", everything)

    assert [domain for domain in domains if not domain.endswith(".example")] == []
    assert re.findall(r"\b[\w-]+\.(?:com|org|net|de|fr|es|eu|io)\b", everything) == []


def test_the_mails_arrive_in_the_order_of_the_list_and_most_within_twelve_seconds() -> None:
    at = [entry["at"] for entry in EXPECTED]

    assert at == sorted(at)
    assert at[0] >= 0
    assert at[-1] <= 18
    assert sum(second <= 12 for second in at) > 0.8 * len(at)


@pytest.mark.parametrize("name", RAW)
def test_an_entry_names_the_sender_of_its_mail(name: str) -> None:
    assert expected_of(name)["from"] == MAIL[name]["From"].addresses[0].addr_spec.lower()


@pytest.mark.parametrize("name", [entry["file"] for entry in EXPECTED if entry.get("disposition") != "list"])
def test_an_entry_names_the_inboxes_its_mail_is_written_to(name: str) -> None:
    written_to = [address.addr_spec for address in MAIL[name]["To"].addresses]

    assert [f"{inbox}@lindwerk.example" for inbox in expected_of(name)["to"]] == written_to


def test_a_list_mail_is_not_addressed_to_us() -> None:
    [entry] = [entry for entry in EXPECTED if entry.get("disposition") == "list"]

    assert "lindwerk.example" not in str(MAIL[entry["file"]]["To"])


def test_every_entry_is_complete_for_its_outcome() -> None:
    every = {"file", "to", "at", "from", "outcome", "acknowledged", "note"}
    more = {"request": {"department"}, "followup": {"department", "follows"}, "disposition": {"disposition"}}

    for entry in EXPECTED:
        why = set() if entry["acknowledged"] else {"why"}
        assert set(entry) == every | more[entry["outcome"]] | why, entry["file"]


def test_only_known_departments_are_expected_and_each_of_them_gets_work() -> None:
    expected = {entry["department"] for entry in EXPECTED if "department" in entry}

    assert expected == DEPARTMENTS | {"triage"}


def test_every_request_of_a_person_inside_is_acknowledged_and_nothing_else_is() -> None:
    files = [entry["file"] for entry in with_outcome("request")]
    people = [name for name in files if not is_external(MAIL[name]) and not is_of_a_program(MAIL[name])]

    assert [entry["file"] for entry in EXPECTED if entry["acknowledged"]] == people


def test_each_kind_of_mail_without_a_request_occurs_once() -> None:
    kinds = Counter(entry["disposition"] for entry in with_outcome("disposition"))

    assert kinds == {"automatic_reply": 1, "bounce": 1, "list": 1}


@pytest.mark.parametrize("kind", PROMISED)
def test_the_demo_shows_what_it_promises(kind: str) -> None:
    count, shows = PROMISED[kind]
    found = [name for name, mail in MAIL.items() if shows(mail)]

    assert len(found) == count, found


def test_the_mails_use_many_charsets_and_encodings() -> None:
    texts = [part for mail in MAIL.values() for part in leaves(mail) if part.get_content_maintype() == "text"]
    charsets = {part.get_content_charset() for part in texts}
    encodings = {str(part["Content-Transfer-Encoding"]).lower() for part in texts}

    assert charsets >= {"utf-8", "iso-8859-1", "windows-1252", "us-ascii"}
    assert encodings >= {"quoted-printable", "base64", "8bit", "7bit"}


def test_the_attachments_are_what_their_names_say() -> None:
    files = {part.get_filename(): part.get_content() for mail in MAIL.values() for part in attached(mail)}

    assert files["VR-2026-1187.pdf"].startswith(b"%PDF-")
    assert files["Meldung_Wareneingang.png"].startswith(b"\x89PNG\r\n\x1a\n")
    assert "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(files["viewer_quotes.xlsx"])).namelist()


def test_a_follow_up_answers_the_mail_or_the_acknowledgement_of_the_request_it_follows() -> None:
    for entry in with_outcome("followup"):
        name, first = entry["file"], entry["follows"]
        own, acknowledgement = MAIL[first]["Message-ID"], f"<ACKNOWLEDGEMENT-OF-{first[:2]}>"

        assert MAIL[name]["In-Reply-To"] in {own, acknowledgement}
        assert own in MAIL[name]["References"]
        assert expected_of(first)["department"] == entry["department"]
        assert expected_of(first)["from"] == entry["from"]


def test_nobody_answers_a_demo_mail_who_does_not_follow_it() -> None:
    ids = {mail["Message-ID"] for mail in MAIL.values()}
    answers = [name for name, mail in MAIL.items() if mail["In-Reply-To"] in ids]

    assert answers == ["42-new-starter-docking.eml"]


def test_several_mails_lie_on_the_border_between_departments() -> None:
    border = [entry for entry in with_outcome("request") if entry["file"][:2] in BORDER_CASES]

    assert len(border) == len(BORDER_CASES)
    assert len({entry["department"] for entry in border}) >= 6


def test_the_mail_for_a_rule_carries_a_number_and_nothing_to_learn_from() -> None:
    mail = MAIL["16-form-number.eml"]

    assert re.fullmatch(r"LW-PR-\d{5}", mail["Subject"])
    assert len(words(mail).split()) < 6


def test_requests_are_short_and_long() -> None:
    lengths = [len(words(MAIL[entry["file"]]).split()) for entry in with_outcome("request")]

    assert min(lengths) == 0
    assert 250 <= max(lengths) <= 300
    assert sum(length < 60 for length in lengths) >= 6


def test_no_request_repeats_another() -> None:
    texts = [words(MAIL[entry["file"]]).split() for entry in with_outcome("request")]
    runs = Counter(run for text in texts for run in {" ".join(text[i : i + 8]) for i in range(len(text) - 7)})

    assert [run for run, count in runs.items() if count > 1] == []


def test_every_person_inside_the_house_who_asks_is_in_the_list_of_people() -> None:
    asking = [entry for entry in EXPECTED if entry["outcome"] != "disposition"]
    mails = {str(entry["from"]): MAIL[entry["file"]] for entry in asking}
    inside = {sender for sender, mail in mails.items() if not is_external(mail) and not is_of_a_program(mail)}

    assert inside <= set(PEOPLE)


def test_the_people_live_in_real_time_zones_and_belong_to_a_group() -> None:
    zones = Counter(ZoneInfo(row["time_zone"]).key for row in PEOPLE.values())

    assert zones.most_common(1)[0][0] == "Europe/Berlin"
    assert set(zones) >= {"Europe/Paris", "Europe/Madrid", "America/New_York", "Asia/Singapore"}
    assert {row["group"] for row in PEOPLE.values()} == {"office", "field", "dealers"}


def test_requests_come_in_four_languages() -> None:
    languages = Counter(PEOPLE[e["from"]]["language"] for e in with_outcome("request") if e["from"] in PEOPLE)

    assert set(languages) == {"en", "de", "fr", "es"}
    assert min(languages.values()) >= 4
    assert languages["en"] >= 20
