"""`postroom check` tries everything for real: good servers pass, and each broken thing is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers.dovecot import ImapAccount
from tests.servers.smtp_sink import SmtpSink

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk, Ran

SMTP = ("postroom", "geheim")


@dataclass(frozen=True)
class Served:
    """A Lindwerk with real servers, and `check` run on it."""

    lindwerk: Lindwerk
    account: ImapAccount
    sink: SmtpSink

    @property
    def folder(self) -> Path:
        return self.lindwerk.path.parent

    def checks(self) -> dict[str, tuple[bool, str]]:
        """thing -> (good, sentence)."""
        found = self.lindwerk.runs("check", "--json")
        assert found.status == (0 if all(one["good"] for one in found.json) else 1)
        return {one["thing"]: (one["good"], one["sentence"]) for one in found.json}

    def wrong(self) -> dict[str, str]:
        return {thing: sentence for thing, (good, sentence) in self.checks().items() if not good}


def secret(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(text + "\n")
    path.chmod(0o600)


@pytest.fixture
def served(lindwerk: Lindwerk, imap_account: ImapAccount, new_smtp_sink: Callable[..., SmtpSink]) -> Served:
    """Everything is as it should be."""
    sink = new_smtp_sink(security="tls", credentials=SMTP)
    account = imap_account
    assert sink.certificate is not None
    old = "port: 1143\n    security: plain\n    user: {}\n    password_env: NOBODY_LOGS_IN"
    new = f"port: {account.tls_port}\n    ca_file: {account.ca_file}\n    user: {account.user}\n    password_file: imap"
    for name in ("it", "people"):
        lindwerk.replaces(old.format(name), new)
    lindwerk.replaces(
        "smtp: {host: 127.0.0.1, port: 1125, security: plain}",
        f"smtp: {{host: 127.0.0.1, port: {sink.port}, user: postroom, password_file: smtp, "
        f"ca_file: {sink.certificate.file}, timeout: 2s}}",
    )
    secret(lindwerk.path.parent, "imap", account.password)
    secret(lindwerk.path.parent, "smtp", SMTP[1])
    return Served(lindwerk, account, sink)


def test_good_servers_pass_and_nothing_is_changed_on_them(served: Served) -> None:
    served.account.maildir.deliver(b"Subject: hello\r\n\r\nhello\r\n")

    found = served.checks()

    assert all(good for good, _ in found.values()), found
    assert list(found) == [
        *("settings", "free space", "database", "keys", "rules", "model", "mail reader"),
        *("mailbox it", "mailbox people", "SMTP"),
    ]
    assert "1 mails in INBOX; IDLE, MOVE, keyword $Postroom can be kept" in found["mailbox it"][1]
    assert f"127.0.0.1:{served.sink.port} (tls) takes our log-in" in found["SMTP"][1]
    client = served.account.connect()
    client.select_folder("INBOX", readonly=True)
    assert set(client.get_flags([1])[1]) <= {b"\\Recent"}
    assert served.sink.accepted == []


def test_people_read_a_table_that_names_the_broken_thing(served: Served) -> None:
    secret(served.folder, "imap", "wrong")

    ran: Ran = served.lindwerk.runs("check")

    assert ran.status == 1
    assert [line.split()[0] for line in ran.out.splitlines() if line.strip()] == ["ok"] * 7 + ["WRONG"] * 2 + ["ok"]


def test_a_disk_without_room_is_named(served: Served) -> None:
    good, sentence = served.checks()["free space"]
    assert good
    assert sentence.endswith("; below 200 MiB no mail is taken in")

    served.lindwerk.replaces("organisation:\n", "limits: {free_space: 1125899906842624}\norganisation:\n")

    assert served.wrong()["free space"].startswith("No mail is taken in: ")


def test_a_wrong_imap_password_is_named_and_the_rest_is_tried(served: Served) -> None:
    secret(served.folder, "imap", "wrong")

    wrong = served.wrong()

    assert set(wrong) == {"mailbox it", "mailbox people"}
    assert "refused the log-in" in wrong["mailbox it"]


def test_a_secret_that_others_can_read_is_named(served: Served) -> None:
    (served.folder / "imap").chmod(0o644)

    assert "imap" in served.wrong()["mailbox it"]


def test_a_wrong_smtp_password_is_named(served: Served) -> None:
    secret(served.folder, "smtp", "wrong")

    assert "refused the log-in of 'postroom'" in served.wrong()["SMTP"]


def test_a_missing_smtp_password_is_named(served: Served) -> None:
    (served.folder / "smtp").unlink()

    assert list(served.wrong()) == ["SMTP"]


def test_an_smtp_server_that_is_down_is_named(served: Served) -> None:
    served.sink.shut_door()

    assert "cannot be reached or refuses to talk" in served.wrong()["SMTP"]


def test_a_certificate_of_somebody_else_is_named(served: Served) -> None:
    served.lindwerk.replaces(f"ca_file: {served.account.ca_file}\n", "poll: 1m\n")

    assert "cannot be trusted" in served.wrong()["mailbox it"]


def test_bad_rules_are_named(served: Served) -> None:
    (served.folder / "rules" / "all.yaml").write_text("rules: [{name: x, when: {words: [x]}, then: {department: no}}]")

    assert "all.yaml:1" in served.wrong()["rules, model, templates"]


def test_a_missing_folder_is_named(served: Served) -> None:
    served.lindwerk.replaces(f"user: {served.account.user}\n", f"user: {served.account.user}\n    folder: Nowhere\n")

    assert "Nowhere" in served.wrong()["mailbox it"]


def test_a_damaged_database_is_named_and_the_rest_is_tried(served: Served) -> None:
    for file in served.lindwerk.state.glob("postroom.db*"):
        file.unlink()
    (served.lindwerk.state / "postroom.db").write_bytes(b"this is no database " * 100)

    assert "file is not a database" in served.wrong()["database"]


def test_a_candidate_beside_the_live_rules_is_read_too(lindwerk: Lindwerk) -> None:
    folder = lindwerk.path.parent / "trial"
    folder.mkdir()
    (folder / "all.yaml").write_text("rules: [{name: x, when: {words: y}, then: {department: nowhere}}]\n")
    lindwerk.replaces("rules: {folder: rules}", "rules: {folder: rules, shadow: trial}")

    found = {one["thing"]: one for one in lindwerk.runs("check", "--json").json}
    assert found["shadow"]["good"] is False
    assert "rule 'x': there is no department 'nowhere'" in found["shadow"]["sentence"]

    (folder / "all.yaml").write_text("rules: [{name: x, when: {words: y}, then: {department: it}}]\n")
    found = {one["thing"]: one for one in lindwerk.runs("check", "--json").json}
    assert found["shadow"]["sentence"].startswith("is asked beside them: rules ")


def test_a_promise_to_a_group_that_nobody_is_of_is_named(lindwerk: Lindwerk) -> None:
    (lindwerk.path.parent / "people.csv").write_text("email,name,group\neva.lund@lindwerk.example,Eva,field\n")
    lindwerk.replaces("rules: {folder: rules}", "rules: {folder: rules}\npeople: {file: people.csv}")
    lindwerk.replaces(
        "    resolution: {normal: 16h, high: 8h}\n",
        "    resolution: {normal: 16h, high: 8h}\n"
        "    groups: {field: {resolution: {normal: 8h}}, feild: {resolution: {normal: 8h}}}\n",
    )
    found = [one["sentence"] for one in lindwerk.runs("check", "--json").json if one["thing"] == "promises"]

    told = "sla_policies.standard.groups: nobody in the people file is of the group 'feild'; did you mean 'field'?"
    assert found == [told]


def test_labelled_mails_that_cannot_be_read_are_named_before_a_retraining_needs_them(lindwerk: Lindwerk) -> None:
    lindwerk.replaces("rules: {folder: rules}", "rules: {folder: rules}\nclassifier: {examples: [old.csv]}")
    (lindwerk.path.parent / "old.csv").write_text("department,subject,text\nkitchen,a,b\n")

    found = {one["thing"]: one for one in lindwerk.runs("check", "--json").json}["labelled mails"]

    assert not found["good"]
    assert "old.csv:2: there is no department 'kitchen'" in found["sentence"]
    (lindwerk.path.parent / "old.csv").write_text("department,subject,text\nit,a,b\n")
    found = {one["thing"]: one for one in lindwerk.runs("check", "--json").json}["labelled mails"]
    assert found["sentence"] == "1 texts, from which a retraining learns beside what people said"


def test_a_folder_of_sorted_mail_is_something_to_learn_from(lindwerk: Lindwerk) -> None:
    lindwerk.replaces("rules: {folder: rules}", "rules: {folder: rules}\nclassifier: {examples: [old]}")
    (lindwerk.path.parent / "old" / "it").mkdir(parents=True)
    (lindwerk.path.parent / "old" / "it" / "1.eml").write_bytes(b"Subject: laptop\r\n\r\nbroken\r\n")

    found = {one["thing"]: one for one in lindwerk.runs("check", "--json").json}["labelled mails"]

    assert found["good"]
    assert found["sentence"] == "mail of 1 departments, from which a retraining learns beside what people said"
