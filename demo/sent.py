"""Mail that left the daemon: each as the file that the demo's SMTP server wrote before it said 250.

What is known here comes from the mails alone, never from the daemon's database: the verdict needs a
witness of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

#: The kind of a mail of ours by the first letter of its Message-ID and its Auto-Submitted.
KINDS = {
    ("a", "auto-replied"): "acknowledgement",
    ("a", "auto-generated"): "assignment",
    ("a", ""): "answer",
    ("f", "auto-generated"): "follow_up",
    ("n", "auto-generated"): "new_owner",
    ("r", "auto-generated"): "reminder",
    ("w", "auto-generated"): "warning",
    ("e", "auto-generated"): "escalation",
}


@dataclass(frozen=True, slots=True)
class SentMail:
    """One mail as its receiver gets it. Ids are in angle brackets; addresses in lower case.

    `kind` is a value of KINDS, `apology`, or "" for another mail. `seen_at` is the file's time in
    seconds since the epoch. `text` is the plain text.
    """

    file: str
    kind: str
    sender: str
    sender_name: str
    recipient: str
    subject: str
    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    text: str
    seen_at: float


class SentFolder:
    """The folder of the SMTP server, read file by file as they appear."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read yet."""
        self._folder = folder
        self._known: set[str] = set()
        self.mails: list[SentMail] = []

    def look(self) -> list[SentMail]:
        """The mails that came since the last look, in order; all of them are in `mails`."""
        names = sorted(path.name for path in self._folder.glob("*.eml"))
        new = [read_sent(self._folder / name) for name in names if name not in self._known]
        self._known.update(names)
        self.mails += new
        return new


def read_sent(path: Path) -> SentMail:
    """A mail out of its file."""
    mail = message_from_bytes(path.read_bytes(), _class=EmailMessage, policy=policy.default)
    [author] = mail["From"].addresses
    message_id = _ids(mail, "Message-ID")
    body = mail.get_body(("plain",))
    return SentMail(
        file=path.name,
        kind=kind_of(mail),
        sender=author.addr_spec.lower(),
        sender_name=author.display_name,
        recipient=str(mail["Delivered-To"]).strip().lower(),
        subject=" ".join(str(mail["Subject"]).split()),
        message_id=message_id[0] if message_id else "",
        in_reply_to=next(iter(_ids(mail, "In-Reply-To")), ""),
        references=_ids(mail, "References"),
        text=str(body.get_content()) if body else "",
        seen_at=path.stat().st_mtime,
    )


def kind_of(mail: EmailMessage) -> str:
    """The kind of a mail that Postroom wrote about a request, "" for any other."""
    ids = _ids(mail, "Message-ID")
    if not ids or mail["X-Postroom-Outbox"] is None:
        return ""
    kind = KINDS.get((ids[0][1:2], str(mail.get("Auto-Submitted", "")).strip()), "")
    # Two kinds share letter and mark; only the one for requesters says "Auto: " (RFC 3834 section 3.1.5).
    return "apology" if kind == "assignment" and str(mail["Subject"]).startswith("Auto: ") else kind


def _ids(mail: EmailMessage, header: str) -> tuple[str, ...]:
    return tuple(re.findall(r"<[^<>\s]+>", str(mail.get(header, ""))))
