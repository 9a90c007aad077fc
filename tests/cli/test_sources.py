"""What `train` and `evaluate` can learn from, as an admin names it on the command line."""

from __future__ import annotations

import datetime as dt
import mailbox
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from classifier.examples import Example
from daemon.cli import sources
from daemon.cli.sheet import Ends, Sheet
from daemon.mailbox.answers import Doubts
from daemon.mailbox.connection import Connection
from daemon.mailbox.fetch import Fetched
from daemon.store import tables
from tests.servers.dovecot import ImapAccount

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk

Gathers = Callable[..., list[Example]]


@pytest.fixture
def gathers(lindwerk: Lindwerk) -> Gathers:
    """Gathers the examples that a command line names."""

    def gather(
        *paths: object, imap: tuple[str, ...] = (), history: bool = False, starter: bool = False
    ) -> list[Example]:
        sheet = Sheet(lindwerk.path)
        named = sources.Named(tuple(map(str, paths)), imap, history, starter)
        return sources.gather(sheet, sheet.settings(), named)

    return gather


def letter(subject: str, words: str = "Please help.", **fields: str) -> bytes:
    """A mail of an employee to IT, with a day on which our server took it."""
    made = EmailMessage()
    made["Received"] = "from mx by mail.lindwerk.example; Tue, 3 Nov 2026 09:15:00 +0100"
    made["From"], made["To"], made["Subject"] = "eva.lund@lindwerk.example", "it@lindwerk.example", subject
    for name, value in fields.items():
        field = name.replace("_", "-")
        del made[field]
        made[field] = value
    made.set_content(words)
    return made.as_bytes(policy=SMTP)


def put(path: Path, content: bytes) -> Path:
    """Writes a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _told(examples: list[Example]) -> list[tuple[str, str]]:
    return sorted((one.department, one.text.subject) for one in examples)


# ---- on disk


def test_sorted_mail_is_read_by_its_newest_words_as_new_mail_is(gathers: Gathers, tmp_path: Path) -> None:
    quoted = "The printer jams.\n\nOn Monday, Jonas wrote:\n> Have you tried paper?\n\n-- \nEva Lund\nTel. 040 123456\n"
    path = put(tmp_path / "old/it/1.eml", letter("Drücker", quoted, From="Eva Lund <eva.lund@lindwerk.example>"))
    put(tmp_path / "old/hr/2024/2.eml", letter("Leave", To="somebody@elsewhere.example"))

    hr, it = sorted(gathers(tmp_path / "old"), key=lambda one: one.department)

    assert (it.text.subject, it.text.words, it.text.mailbox) == ("Drücker", "The printer jams.", "it@lindwerk.example")
    assert it.text.people == ("Eva Lund",)
    assert (it.source, it.received_at) == (str(path), dt.datetime(2026, 11, 3, 8, 15, tzinfo=dt.UTC))
    assert (hr.department, hr.text.subject, hr.text.mailbox) == ("hr", "Leave", "")


def test_what_the_model_would_never_be_asked_about_is_left_out_and_counted(
    gathers: Gathers, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    put(tmp_path / "it/1.eml", letter("VPN", Message_ID="<1@x.example>"))
    put(tmp_path / "it/2.eml", letter("Re: VPN", In_Reply_To="<1@x.example>"))
    put(tmp_path / "it/3.eml", letter("Away", Auto_Submitted="auto-replied"))
    put(tmp_path / "it/4.eml", letter("Away too", Auto_Submitted="auto-replied"))
    put(tmp_path / "it/5.eml", letter("Answer", From="it@lindwerk.example"))

    assert _told(gathers(f"{tmp_path / 'it'}=it")) == [("it", "VPN")]

    assert capsysbinary.readouterr().err.decode().splitlines() == [
        "1 mails can be learnt from.",
        "Left out 2, because it is no request: This is an automatic reply, such as an absence notice "
        f"(the first: {tmp_path}/it/3.eml).",
        f"Left out 1, because it is a mail of our own (the first: {tmp_path}/it/5.eml).",
        f"Left out 1, because it answers another mail that is read (the first: {tmp_path}/it/2.eml).",
    ]


def test_an_mbox_is_labelled_by_its_name_or_by_the_command_line(gathers: Gathers, tmp_path: Path) -> None:
    box = mailbox.mbox(tmp_path / "hr.mbox")
    for subject in ("Leave", "Contract"):
        box.add(letter(subject, f"{subject}\n\nFrom Monday on I am in Lyon.\n"))
    box.close()
    (tmp_path / "old mail").write_bytes((tmp_path / "hr.mbox").read_bytes())

    by_name = gathers(tmp_path / "hr.mbox")
    assert _told(by_name) == [("hr", "Contract"), ("hr", "Leave")]
    assert by_name[0].text.words.endswith("\n\nFrom Monday on I am in Lyon.")
    assert by_name[0].source == f"{tmp_path}/hr.mbox:mail 1"
    assert _told(gathers(f"{tmp_path}/old mail=it")) == [("it", "Contract"), ("it", "Leave")]


def test_a_maildir_is_labelled_by_the_names_of_its_folders(gathers: Gathers, tmp_path: Path) -> None:
    root = mailbox.Maildir(tmp_path / "Maildir")
    for name in ("it", "hr"):
        root.add_folder(name).add(mailbox.MaildirMessage(letter(f"To {name}")))
    trashed = mailbox.MaildirMessage(letter("No longer wanted"))
    trashed.set_subdir("cur")
    trashed.set_flags("ST")
    root.get_folder("it").add(trashed)

    assert _told(gathers(tmp_path / "Maildir")) == [("hr", "To hr"), ("it", "To it")]
    assert _told(gathers(f"{tmp_path}/Maildir/.it=hr")) == [("hr", "To it")]


WRONG_SOURCES = {
    "a folder that is no department": (
        "old",
        "old/i: there is no department 'i'; did you mean 'it'? Or say whose it is",
    ),
    "a label that is no department": ("old/i=x", "old/i: there is no department 'x'; write one of hr, it."),
    "nothing there": ("gone", "gone cannot be read: No such file or directory."),
    "a picture": ("p.png", "p.png is neither a table (.csv, .jsonl, .parquet) nor mail (an .eml file, an mbox file,"),
    "a table with a department": (
        "t.csv=it",
        "t.csv is a table, whose rows name their departments; give it without =DEPARTMENT.",
    ),
    "an empty folder": ("empty", "empty holds no mail; put it into one folder per department, as it/1.eml."),
}


@pytest.mark.parametrize("wrong", WRONG_SOURCES)
def test_a_source_that_cannot_be_used_is_told_in_one_sentence(gathers: Gathers, tmp_path: Path, wrong: str) -> None:
    put(tmp_path / "old/i/1.eml", letter("VPN"))
    put(tmp_path / "p.png", b"\x89PNG")
    put(tmp_path / "t.csv", b"department,subject,text\nhr,a,b\n")
    (tmp_path / "empty").mkdir()
    source, sentence = WRONG_SOURCES[wrong]

    with pytest.raises(Ends) as ended:
        gathers(tmp_path / source)

    assert ended.value.message.startswith(f"{tmp_path}/{sentence}")
    assert "\n" not in ended.value.message


def test_a_mail_that_is_too_large_stops_no_other(
    gathers: Gathers, lindwerk: Lindwerk, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    lindwerk.path.write_text(lindwerk.path.read_text() + "limits: {message_bytes: 64KiB}\n")
    put(tmp_path / "it/1.eml", letter("Huge", "x" * 70_000))
    put(tmp_path / "it/2.eml", letter("Small"))

    assert _told(gathers(f"{tmp_path / 'it'}=it")) == [("it", "Small")]

    assert (
        f"larger than limits.message_bytes (the first: {tmp_path}/it/1.eml)" in capsysbinary.readouterr().err.decode()
    )


# ---- on the server


@pytest.fixture
def archive(lindwerk: Lindwerk, imap_account: ImapAccount, monkeypatch: pytest.MonkeyPatch) -> ImapAccount:
    """The mailbox `it` of the settings, on a real server, with two mails in Archive/HR."""
    lindwerk.replaces(
        "port: 1143\n    security: plain\n    user: it\n",
        f"port: {imap_account.port}\n    security: plain\n    user: {imap_account.user}\n",
    )
    monkeypatch.setenv("NOBODY_LOGS_IN", imap_account.password)
    imap_account.maildir.deliver(letter("New"))
    when = dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)
    imap_account.maildir.deliver_many([letter("Leave"), letter("Contract")], folder="Archive/HR", received=when)
    return imap_account


def test_an_imap_folder_is_learnt_from_and_left_as_it_is(gathers: Gathers, archive: ImapAccount) -> None:
    read = gathers(imap=("it:Archive/HR=hr",))

    assert _told(read) == [("hr", "Contract"), ("hr", "Leave")]
    assert {one.source for one in read} == {"it:Archive/HR, UID 1", "it:Archive/HR, UID 2"}
    assert {one.received_at for one in read} == {dt.datetime(2026, 3, 2, 8, 0, tzinfo=dt.UTC)}
    client = archive.connect()
    client.select_folder("Archive/HR", readonly=True)
    assert {flags for uid in client.search() for flags in client.get_flags(uid)[uid] if flags != b"\\Recent"} == set()


def test_the_next_run_reads_only_what_is_new_and_forgets_what_is_gone(
    gathers: Gathers, archive: ImapAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathers(imap=("it:Archive/HR=hr",))
    client = archive.connect()
    client.select_folder("Archive/HR")
    client.delete_messages([1])
    client.expunge()
    client.logout()
    archive.maildir.deliver(letter("Pension"), folder="Archive/HR")
    asked: list[list[int]] = []
    from daemon import harvest

    fetch = harvest.mails

    def listens(connection: Connection, uids: list[int], most: int, doubts: Doubts) -> Iterator[list[Fetched]]:
        asked.append(list(uids))
        return fetch(connection, uids, most, doubts)

    monkeypatch.setattr(harvest, "mails", listens)

    assert _told(gathers(imap=("it:Archive/HR=hr",))) == [("hr", "Contract"), ("hr", "Pension")]
    assert asked == [[3]]


def test_a_run_that_was_interrupted_goes_on_where_it_was(
    gathers: Gathers, archive: ImapAccount, lindwerk: Lindwerk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from daemon import harvest

    monkeypatch.setattr(harvest, "TOGETHER", 1)
    fetch, asked = harvest.mails, list[list[int]]()

    def breaks_off(connection: Connection, uids: list[int], most: int, doubts: Doubts) -> Iterator[list[Fetched]]:
        asked.append(uids)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return fetch(connection, uids, most, doubts)

    monkeypatch.setattr(harvest, "mails", breaks_off)
    with pytest.raises(KeyboardInterrupt):
        gathers(imap=("it:Archive/HR=hr",))
    (kept,) = (lindwerk.state / "teaching").glob("*.jsonl")
    with kept.open("a") as file:
        file.write('{"uid": 2, "subject": "half a li')

    assert _told(gathers(imap=("it:Archive/HR=hr",))) == [("hr", "Contract"), ("hr", "Leave")]
    assert asked == [[1], [2], [2]]
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_connection_that_is_lost_is_opened_again_while_that_brings_something(
    gathers: Gathers, archive: ImapAccount, monkeypatch: pytest.MonkeyPatch
) -> None:
    from daemon import harvest

    monkeypatch.setattr(harvest, "TOGETHER", 1)
    fetch, asked = harvest.mails, list[list[int]]()

    def fails(connection: Connection, uids: list[int], most: int, doubts: Doubts) -> Iterator[list[Fetched]]:
        asked.append(uids)
        if len(asked) > 1:
            raise OSError("connection reset")
        return fetch(connection, uids, most, doubts)

    monkeypatch.setattr(harvest, "mails", fails)

    with pytest.raises(Ends) as ended:
        gathers(imap=("it:Archive/HR=hr",))

    assert ended.value.message == (
        "it: the connection was lost (connection reset) when 1 mails of 'Archive/HR' were read; "
        "run the same command again, it goes on there."
    )
    assert asked == [[1], [2], [2]]


WRONG_FIELDS = {
    "it:Archive/Hr=hr": "it: there is no folder 'Archive/Hr' in this mailbox; did you mean 'Archive/HR'?",
    "post:Archive/HR=hr": "--from-imap post:Archive/HR=hr: there is no mailbox 'post' in the settings; "
    "there are it, people.",
    "it:Archive/HR=h": "--from-imap it:Archive/HR=h: there is no department 'h'; did you mean 'hr'?",
    "Archive": "--from-imap Archive: write MAILBOX:FOLDER=DEPARTMENT, such as help:Archive/HR=hr.",
}


@pytest.mark.parametrize("written", WRONG_FIELDS)
def test_a_folder_that_cannot_be_read_is_told_in_one_sentence(
    gathers: Gathers, archive: ImapAccount, written: str
) -> None:
    with pytest.raises(Ends) as ended:
        gathers(imap=(written,))

    assert ended.value.message == WRONG_FIELDS[written]


# ---- our own history


def test_history_teaches_what_people_decided_and_never_the_models_own_guess(
    gathers: Gathers, lindwerk: Lindwerk, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """REQ-1: a rule, and nobody has worked on it; REQ-2: triage, and a person placed it."""
    lindwerk.runs("assign", "REQ-2", "--department", "hr", "--why", "a contract", "--by", "anke.wulf@lindwerk.example")

    (moved,) = gathers(history=True)

    assert (moved.source, moved.department, moved.text.subject, moved.weight) == ("REQ-2", "hr", "The thing", 1.0)
    assert (moved.text.mailbox, moved.text.words) == ("it@lindwerk.example", "Since this morning.")

    lindwerk.runs("resolve", "REQ-1", "--why", "a new router", "--by", "jonas.petersen@lindwerk.example")
    by_rule = next(one for one in gathers(history=True) if one.source == "REQ-1")
    assert by_rule.weight == 0.5

    lindwerk.writes(
        lambda c: c.execute(sa.update(tables.routes).where(tables.routes.c.request_id == 1).values(source="model"))
    )
    capsysbinary.readouterr()
    assert [one.source for one in gathers(history=True)] == ["REQ-2"]
    assert (
        "because the model placed it, and no person has moved or confirmed it (the first: REQ-1)"
        in capsysbinary.readouterr().err.decode()
    )


def test_past_requests_that_nobody_placed_are_offered_without_a_label_where_history_is_a_source(
    lindwerk: Lindwerk,
) -> None:
    sheet = Sheet(lindwerk.path)
    settings = sheet.settings()

    def offered(*paths: str, history: bool) -> list[str]:
        named = sources.Named(paths, (), history=history, starter=False)
        return [one.subject for one in sources.past_mail(sheet, settings, named)]

    assert offered(history=True) == offered(history=False) == ["The thing", "VPN is broken"]
    assert offered("old.csv", history=False) == []
    lindwerk.runs("assign", "REQ-2", "--department", "hr", "--why", "a contract", "--by", "anke.wulf@lindwerk.example")
    assert offered("old.csv", history=True) == ["VPN is broken"]


# ---- the first day


def test_with_nothing_at_all_it_learns_from_descriptions_and_the_starter_corpus(empty: Lindwerk) -> None:
    empty.replaces("  hr:\n    name: People", "  canteen:\n    name: People")
    empty.replaces("description: Contracts and leave.", "description: Lunch, dinner, coffee machines and catering.")
    sheet = Sheet(empty.path)

    made = sources.gather(sheet, sheet.settings(), sources.Named((), (), history=False, starter=False))

    assert {one.department for one in made} == {"it", "canteen"}
    assert {one.text.words for one in made if one.department == "canteen"} >= {"Lunch", "coffee machines"}
    assert all(one.made_up for one in made)


def test_a_department_that_says_too_little_of_itself_is_named(
    empty: Lindwerk, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    empty.replaces("  hr:\n    name: People", "  canteen:\n    name: People")
    empty.replaces("description: Contracts and leave.", "description: Lunch.")
    sheet = Sheet(empty.path)

    made = sources.gather(sheet, sheet.settings(), sources.Named((), (), history=False, starter=True))

    assert {one.department for one in made} == {"it"}
    assert (
        capsysbinary.readouterr()
        .err.decode()
        .startswith("Of canteen there is only its description: the model never routes there")
    )
