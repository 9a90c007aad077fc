"""The demo: its verdict, its parts, and the whole of it once with a real daemon."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from rich.console import Console

from config.load import load
from demo.children import ChildFailed, Children
from demo.delivery import content_to_deliver
from demo.happenings import Seen, happened_since
from demo.record import Fate
from demo.sent import SentFolder, SentMail, kind_of
from demo.staff import Staff
from demo.stage import INBOX_OF, Stage, set_the_stage, write_settings
from demo.timetable import DemoMail, read_timetable
from demo.triage_desk import ANKE
from demo.verdict import Verdict, judge
from demo.view import Lines, figures_line, live_table, mark_of, state_of, summary_table
from rules.rule import Offers
from rules.rule_file import load_folder

ROOT = Path(__file__).parents[2]
MAILS = read_timetable()
NOW = 1_795_000_000.0

Sent = Callable[..., SentMail]


def mail(file: str) -> DemoMail:
    return next(one for one in MAILS if one.file.startswith(file))


def fate_as_expected(one: DemoMail, number: int) -> Fate:
    if one.outcome == "disposition":
        return Fate(one.disposition, "because")
    if one.outcome == "followup":
        return Fate("follow_up", "answers", request=numbers()[one.follows])
    department = None if one.department == "triage" else one.department
    return Fate("request", "a person wrote", number, "open", department, routed_to=department, source="rule")


def numbers() -> dict[str, int]:
    return {one.file: number for number, one in enumerate(MAILS, 1)}


def sent_mail(kind: str, about: DemoMail, recipient: str = "", number: int = 1) -> SentMail:
    return SentMail(
        file=f"{number:03}-{kind}-to-somebody.eml",
        kind=kind,
        sender="it@lindwerk.example",
        sender_name="IT, Lindwerk",
        recipient=recipient or about.sender,
        subject=f"[REQ-{numbers()[about.file]}] {about.subject}",
        message_id=f"<a.{number}@lindwerk.example>",
        in_reply_to=about.message_id,
        references=(about.message_id,),
        text="Hello,\n\nThis request is yours now.\n",
        seen_at=NOW,
    )


@pytest.fixture
def fates() -> dict[str, Fate]:
    """Every mail became what it should."""
    return {one.file: fate_as_expected(one, numbers()[one.file]) for one in MAILS}


@pytest.fixture
def sent() -> list[SentMail]:
    """Every acknowledgement that is due, and one escalation."""
    due = [sent_mail("acknowledgement", one, number=n) for n, one in enumerate(MAILS, 1) if one.acknowledged]
    return [*due, sent_mail("escalation", mail("05"), "petra.brandt@lindwerk.example", 90)]


def verdict(fates: Mapping[str, Fate], sent: list[SentMail], replies: list[str] | None = None) -> Verdict:
    return judge(MAILS, fates, sent, replies or [])


def test_a_run_in_which_everything_happens_as_it_should_is_good(fates: dict[str, Fate], sent: list[SentMail]) -> None:
    found = verdict(fates, sent)

    assert found.missing == ()
    assert (found.acks_due, found.acks_received, found.acks_not_due_sent) == (36, 36, 0)
    assert (found.mails, found.requests, found.followups, found.dispositions) == (43, 38, 2, 3)
    assert (found.routed_as_expected, found.left_to_people, found.routed_elsewhere) == (38, 0, 0)
    assert found.escalations == 1


def test_a_missing_acknowledgement_is_named(fates: dict[str, Fate], sent: list[SentMail]) -> None:
    found = verdict(fates, [one for one in sent if one.in_reply_to != mail("02").message_id])

    assert found.missing == (
        "svenja.lorenz@lindwerk.example should get one acknowledgement of 02-resturlaub.eml and got no.",
    )
    assert found.acks_received == 35


def test_a_second_acknowledgement_is_one_too_many(fates: dict[str, Fate], sent: list[SentMail]) -> None:
    found = verdict(fates, [*sent, sent_mail("acknowledgement", mail("02"), number=91)])

    assert found.missing == (
        "svenja.lorenz@lindwerk.example should get one acknowledgement of 02-resturlaub.eml and got 2.",
    )
    assert found.acks_not_due_sent == 1


def test_an_acknowledgement_of_machine_mail_is_named_with_why_it_should_not_be(
    fates: dict[str, Fate], sent: list[SentMail]
) -> None:
    found = verdict(fates, [*sent, sent_mail("acknowledgement", mail("21"), number=91)])

    assert found.missing == (
        "nicole.bergmann@lindwerk.example got an acknowledgement of 21-out-of-office.eml, and none is due: "
        "An automatic reply is never answered automatically.",
    )
    assert found.acks_not_due_sent == 1


def test_an_acknowledgement_to_somebody_else_does_not_count_and_is_named(
    fates: dict[str, Fate], sent: list[SentMail]
) -> None:
    elsewhere = [replace(sent[0], recipient="mallory@elsewhere.example"), *sent[1:]]
    found = verdict(fates, elsewhere)

    assert found.missing == (
        "priya.raman@lindwerk.example should get one acknowledgement of 01-vpn-drops.eml and got no.",
        "001-acknowledgement-to-somebody.eml is an acknowledgement to mallory@elsewhere.example, "
        "who wrote no such mail.",
    )
    assert found.acks_not_due_sent == 1


def test_a_mail_of_which_nothing_is_known_is_named(fates: dict[str, Fate], sent: list[SentMail]) -> None:
    del fates["30-krankgeschrieben.eml"]

    assert verdict(fates, sent).missing == (
        "30-krankgeschrieben.eml was delivered, but Postroom has written nothing down about it.",
    )


def test_a_bounce_that_became_a_request_is_named(fates: dict[str, Fate], sent: list[SentMail]) -> None:
    fates["22-bounce.eml"] = Fate("request", "a person wrote to a shared address", 44)

    assert verdict(fates, sent).missing == (
        "22-bounce.eml became 'request' (a person wrote to a shared address), not 'bounce'.",
    )


def test_a_follow_up_that_joins_another_request_is_named(fates: dict[str, Fate], sent: list[SentMail]) -> None:
    fates["42-new-starter-docking.eml"] = Fate("follow_up", "answers", request=1)

    assert verdict(fates, sent).missing == (
        "42-new-starter-docking.eml joined REQ-1, which is not the request of 03-new-starter.eml.",
    )


def test_another_department_than_a_colleague_would_choose_is_counted_but_fails_nothing(
    fates: dict[str, Fate], sent: list[SentMail]
) -> None:
    fates["05-freezing.eml"] = replace(fates["05-freezing.eml"], routed_to=None)
    fates["06-wareneingang-fehler.eml"] = replace(fates["06-wareneingang-fehler.eml"], routed_to="hr")
    found = verdict(fates, sent)

    assert found.is_good
    assert (found.routed_as_expected, found.left_to_people, found.routed_elsewhere) == (36, 1, 1)


def test_a_run_without_an_escalation_fails(fates: dict[str, Fate], sent: list[SentMail]) -> None:
    found = verdict(fates, sent[:-1])

    assert found.missing == ("Nothing was escalated, although Facilities answered nobody.",)


def test_an_answer_that_never_reaches_its_requester_is_named(fates: dict[str, Fate], sent: list[SentMail]) -> None:
    replies = [mail("01").message_id, mail("02").message_id]
    found = verdict(fates, [*sent, sent_mail("answer", mail("01"), number=91)], replies)

    assert found.missing == ("Owners answered 02-resturlaub.eml once, and the requester was answered never.",)
    assert (found.answers_due, found.answers_received) == (2, 1)


@pytest.mark.parametrize(
    ("message_id", "automatic", "kind"),
    [
        ("<a.abc.k1@lindwerk.example>", "auto-replied", "acknowledgement"),
        ("<a.abc.k1@lindwerk.example>", "auto-generated", "assignment"),
        ("<a.abc.k1@lindwerk.example>", None, "answer"),
        ("<e.abc.k1@lindwerk.example>", "auto-generated", "escalation"),
    ],
)
def test_the_kind_of_a_mail_is_seen_from_the_mail_itself(message_id: str, automatic: str | None, kind: str) -> None:
    one = EmailMessage()
    one["Message-ID"] = message_id
    one["X-Postroom-Outbox"] = "0" * 32
    if automatic:
        one["Auto-Submitted"] = automatic

    assert kind_of(one) == kind


def test_a_mail_without_our_mark_is_none_of_ours() -> None:
    one = EmailMessage()
    one["Message-ID"] = "<a.abc.k1@lindwerk.example>"
    one["Auto-Submitted"] = "auto-replied"

    assert kind_of(one) == ""


def test_a_mail_is_delivered_with_the_date_of_now_by_the_clock_of_its_writer() -> None:
    written = dt.datetime(2027, 1, 5, 14, 30, tzinfo=dt.UTC)
    content = content_to_deliver(mail("07"), written, "")

    assert b"\r\nDate: Tue, 05 Jan 2027 09:30:00 -0500\r\n" in content
    assert content.count(b"\n") == content.count(b"\r\n")


def test_a_delivered_mail_differs_from_its_file_in_nothing_but_date_and_line_ends() -> None:
    written = dt.datetime(2027, 1, 5, 14, 30, tzinfo=dt.UTC)

    for one in MAILS:
        old, new = one.content.split(b"\n"), content_to_deliver(one, written, "").split(b"\r\n")
        changed = [line for line, now in zip(old, new, strict=True) if line != now]
        assert [line[:6] for line in changed if b"<ACKNOWLEDGEMENT-OF-" not in line] == [b"Date: "]


def test_the_answer_to_an_acknowledgement_names_the_one_that_really_came() -> None:
    content = content_to_deliver(mail("43"), dt.datetime(2027, 1, 5, tzinfo=dt.UTC), "<a.xyz.k1@lindwerk.example>")

    assert b"In-Reply-To: <a.xyz.k1@lindwerk.example>\r\n" in content
    assert b"ACKNOWLEDGEMENT-OF" not in content
    assert mail("43").answers_acknowledgement_of == "07-expenses-sent-back.eml"


@pytest.fixture
def staff() -> Staff:
    return Staff(MAILS, ROOT / "demo" / "people.csv")


def test_an_owner_replies_to_the_notice_in_the_language_of_the_request(staff: Staff) -> None:
    notice = sent_mail("assignment", mail("02"), "claire.fontaine@lindwerk.example")
    reply = staff.read(replace(notice, sender="hr@lindwerk.example"))
    assert reply is not None
    letter = message_from_bytes(reply.content, _class=EmailMessage, policy=policy.default)

    assert reply.inbox == "people"
    assert letter["From"].addresses[0].addr_spec == "claire.fontaine@lindwerk.example"
    assert letter["To"].addresses[0].addr_spec == "hr@lindwerk.example"
    assert letter["In-Reply-To"] == notice.message_id
    body = letter.get_content().replace("\r\n", "\n")
    assert body.startswith("Hallo Svenja,\n\ndanke für die Nachricht.")
    assert "> This request is yours now." in body


def test_nobody_at_facilities_answers(staff: Staff) -> None:
    notice = sent_mail("assignment", mail("05"), "petra.brandt@lindwerk.example")

    assert staff.read(notice) is None


def test_an_owner_answers_nothing_but_the_notice_of_a_request(staff: Staff) -> None:
    reminder = sent_mail("reminder", mail("02"), "claire.fontaine@lindwerk.example")

    assert staff.read(reminder) is None


def test_the_triage_desk_asks_a_requester_whom_nobody_understands_and_nobody_else(staff: Staff) -> None:
    asked = staff.read(replace(sent_mail("assignment", mail("13"), ANKE), sender="help@lindwerk.example"))
    silent = staff.read(replace(sent_mail("assignment", mail("06"), ANKE), sender="help@lindwerk.example"))

    assert silent is None
    assert asked is not None
    assert asked.inbox == "help"
    assert b"I do not know which thing you mean" in asked.content


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return set_the_stage()


def test_the_settings_of_the_demo_load_with_their_rules(stage: Stage) -> None:
    write_settings(stage, 1143, 1025)
    settings = load(stage.settings, {})
    rules = load_folder(settings.rules.folder or Path(), Offers(tuple(settings.departments)))

    assert "number of a purchase requisition" in {rule.name for rule in rules.rules}
    assert settings.smtp.service_port == 1025
    assert {address.partition("@")[0] for address in settings.watched_addresses()} == set(INBOX_OF)
    for address in settings.watched_addresses():
        local = address.partition("@")[0]
        assert settings.mailbox_of_address(address) == INBOX_OF[local]


def test_the_secrets_of_the_demo_are_private(stage: Stage) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in (stage.folder / "secrets").iterdir()}

    assert modes == {"it.password": 0o600, "people.password": 0o600, "help.password": 0o600}


def test_the_smtp_server_keeps_a_mail_before_it_accepts_it_and_knows_its_own_inboxes(stage: Stage) -> None:
    from smtplib import SMTP

    from imapclient import IMAPClient

    letter = b"From: a@lindwerk.example\r\nSubject: Hello there\r\nMessage-ID: <1@x.example>\r\n\r\nhi\r\n"
    with Children() as children:
        command = (sys.executable, "-m", "demo.servers", stage.folder)
        ports = json.loads(children.start_and_hear("servers", command, stage.log("servers")))
        with SMTP("127.0.0.1", ports["smtp"], timeout=60) as smtp:
            smtp.sendmail("a@lindwerk.example", ["mara.vogt@lindwerk.example", "HR@lindwerk.example"], letter)
        [seen] = SentFolder(stage.sent).look()
        client = IMAPClient("127.0.0.1", port=ports["imap"], ssl=False, timeout=60)
        client.login("people", stage.password("people"))
        client.select_folder("INBOX")
        [inside] = client.fetch(client.search(), ["BODY.PEEK[]"]).values()
        client.shutdown()

    assert (seen.file, seen.kind) == ("001-hello-there-to-mara.vogt.eml", "")
    assert seen.recipient == "mara.vogt@lindwerk.example"
    assert inside[b"BODY[]"].endswith(letter)


def test_a_program_that_ends_too_early_is_named_with_its_last_words(tmp_path: Path) -> None:
    log = tmp_path / "daemon.log"
    with Children() as children:
        children.start("the daemon", (sys.executable, "-c", "raise SystemExit('no such database')"), log)
        process = children._all[0].process
        process.wait()
        with pytest.raises(ChildFailed) as failure:
            children.check()

    assert str(failure.value) == (f"the daemon ended with exit status 1. The end of {log}:\n    no such database")


def test_what_the_demo_started_ends_with_it_even_when_it_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom demo.children import Children\n"
        "children = Children()\n"
        "line = children.start_and_hear('x', (sys.executable, '-c', "
        "'import os, time; print(os.getpid(), flush=True); time.sleep(60)'), Path(sys.argv[1]))\n"
        "print(line, flush=True)\ntime.sleep(60)\n"
    )
    parent = subprocess.Popen(
        (sys.executable, "-c", program, tmp_path / "log"), cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    assert _gone_within(child, 60.0)


def _gone_within(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        stat = Path(f"/proc/{pid}/stat")
        if not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.01)
    return False


@pytest.fixture
def seen(fates: dict[str, Fate], sent: list[SentMail]) -> Seen:
    """Everything has happened."""
    departments = {one.department: one.department.title() for one in MAILS if one.department != "triage"}
    return Seen(NOW, MAILS, departments, {one.file: NOW - 1.0 for one in MAILS}, fates, tuple(sent))


def shown(what: object, width: int = 160) -> str:
    with (console := Console(width=width, color_system=None)).capture() as capture:
        console.print(what)
    return capture.get()


def test_the_figures_say_how_quickly_mail_was_acknowledged(seen: Seen) -> None:
    line = shown(figures_line(seen), 300)

    assert "43 of 43 mails" in line
    assert "36 acknowledged (half of them within 1.0 s)" in line
    assert "1 escalated" in line


def test_a_state_is_the_furthest_that_a_request_has_come(seen: Seen) -> None:
    states = {}
    for happened in ((), ("reminder",), ("reminder", "warning"), ("reminder", "warning", "escalation")):
        fate = replace(seen.fates["05-freezing.eml"], happened=frozenset(happened))
        states[happened] = state_of(mail("05"), replace(seen, fates={"05-freezing.eml": fate}))

    assert list(states.values()) == ["acknowledged", "reminded", "warned", "escalated"]


def test_a_mail_is_in_the_inbox_until_something_is_known_of_it(seen: Seen) -> None:
    assert state_of(mail("05"), replace(seen, fates={})) == "in the inbox"


@pytest.mark.parametrize("width", [80, 200])
def test_the_live_table_keeps_to_the_screen(seen: Seen, width: int) -> None:
    lines = shown(live_table(seen, 10, width), width).splitlines()

    assert len(lines) == 11
    assert max(map(len, lines)) <= width


def test_a_subject_cannot_colour_the_screen(seen: Seen) -> None:
    loud = tuple(replace(one, subject="[bold red]URGENT[/]") for one in MAILS[:1])

    assert "[bold red]URGENT[/]" in shown(live_table(replace(seen, mails=loud), 10, 200), 200)


@pytest.mark.parametrize(
    ("fate", "mark"),
    [
        (Fate("request", "", 5, department="it", routed_to="facilities"), "✓"),
        (Fate("request", "", 5, department="facilities"), "?"),
        (Fate("request", "", 5, routed_to="it"), "≈"),
        (Fate("list", "came through a mailing list"), "✗"),
        (None, "✗"),
    ],
)
def test_a_mark_tells_asking_people_from_being_wrong(fate: Fate | None, mark: str) -> None:
    assert mark_of(mail("05"), fate) == mark


def test_the_summary_says_where_a_colleague_would_have_sent_it(seen: Seen) -> None:
    moved = {"05-freezing.eml": replace(seen.fates["05-freezing.eml"], routed_to="it", department="it")}
    lines = shown(summary_table(replace(seen, fates={**seen.fates, **moved}), 200), 200).splitlines()
    [line] = [line for line in lines if line.startswith("05")]

    assert "≈  It, not Facilities" in line


def test_without_a_terminal_every_happening_is_one_line(seen: Seen) -> None:
    before = replace(seen, delivered={}, fates={}, sent=())
    console = Console(width=80, color_system=None)
    with console.capture() as capture:
        Lines(console).show(seen, happened_since(before, seen))
    lines = capture.get().splitlines()

    assert len(lines) == len(MAILS) + len(seen.fates) + len(seen.sent)
    assert all(re.match(r"\d\d:\d\d:\d\d  ", line) for line in lines)
    assert any(
        line.endswith("Priya Raman writes to it@: VPN drops every ten minutes since the update") for line in lines
    )


@pytest.mark.timeout(600)
def test_the_demo_ends_well(tmp_path: Path) -> None:
    """The whole of it, with a real daemon."""
    run = subprocess.run(
        (sys.executable, "-m", "demo"),
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path), "KEEP": ""},
        capture_output=True,
        text=True,
        timeout=580,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    figures = json.loads(run.stdout.splitlines()[-1])

    assert figures["mails"] == 43
    assert figures["acks_received"] == figures["acks_due"] == 36
    assert figures["acks_not_due_sent"] == 0
    assert figures["dispositions"] == 3
    assert figures["escalations"] >= 1
