"""The timetable: every demo mail, when it comes, and what should become of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML

MAILS = Path(__file__).parent / "mails"

Outcome = Literal["request", "followup", "disposition"]

#: Stands in a follow-up for the Message-ID of the acknowledgement of the mail with this number.
ACKNOWLEDGEMENT_OF = re.compile(rb"<ACKNOWLEDGEMENT-OF-(\d\d)>")


@dataclass(frozen=True, slots=True)
class DemoMail:
    """One mail of the demo and what should become of it; see the head of mails/expected.yaml.

    `inboxes` are local parts of shared addresses, `at` seconds after the start, `message_id` in angle
    brackets. `reply_to` is where the sender wants to be answered, mostly the same as `sender`.
    `answers_acknowledgement_of` is the file whose acknowledgement it answers, "" for most.
    """

    file: str
    inboxes: tuple[str, ...]
    at: float
    sender: str
    sender_name: str
    reply_to: str
    subject: str
    message_id: str
    outcome: Outcome
    disposition: str
    follows: str
    answers_acknowledgement_of: str
    department: str
    acknowledged: bool
    why: str
    note: str
    content: bytes

    @property
    def wanted(self) -> str:
        """The disposition that Postroom should write down, in its words."""
        return {"request": "request", "followup": "follow_up"}.get(self.outcome, self.disposition)


def read_timetable(folder: Path = MAILS) -> tuple[DemoMail, ...]:
    """The demo mails in order of their arrival."""
    entries = YAML(typ="safe", pure=True).load((folder / "expected.yaml").read_text(encoding="utf-8"))
    files = [str(entry["file"]) for entry in entries]
    return tuple(_demo_mail(entry, (folder / entry["file"]).read_bytes(), files) for entry in entries)


def _demo_mail(entry: dict[str, Any], content: bytes, files: list[str]) -> DemoMail:
    mail = message_from_bytes(content, _class=EmailMessage, policy=policy.default)
    [author] = mail["From"].addresses
    return DemoMail(
        file=entry["file"],
        inboxes=tuple(entry["to"]),
        at=float(entry["at"]),
        sender=entry["from"],
        sender_name=author.display_name or author.addr_spec,
        reply_to=_first_address(mail["Reply-To"]) or entry["from"],
        subject=" ".join(str(mail["Subject"]).split()),
        message_id=str(mail["Message-ID"]).strip(),
        outcome=entry["outcome"],
        disposition=entry.get("disposition", ""),
        follows=entry.get("follows", ""),
        answers_acknowledgement_of=_answered(content, files),
        department=entry.get("department", ""),
        acknowledged=entry["acknowledged"],
        why=entry.get("why", ""),
        note=entry["note"],
        content=content,
    )


def _first_address(header: Any) -> str:
    return str(header.addresses[0].addr_spec).lower() if header is not None and header.addresses else ""


def _answered(content: bytes, files: list[str]) -> str:
    found = ACKNOWLEDGEMENT_OF.search(content)
    return "" if found is None else next(file for file in files if file.startswith(found[1].decode()))
