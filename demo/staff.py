"""The staff: owners who read the notice of a new request and answer it by replying, a moment later.

Anke Wulf of the triage desk writes only to people whom nobody could understand; the rest she sorts, see
`triage_desk`.
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from demo.sent import SentMail
from demo.stage import INBOX_OF
from demo.timetable import DemoMail
from demo.triage_desk import ANKE

#: Seconds between the arrival of a notice and the reply to it.
READS_FOR = 1.5

#: Who sits at their desk this morning. Nobody at Facilities does: all are at the new hall.
PRESENT = {
    "mara.vogt@lindwerk.example": "Mara",
    "jonas.petersen@lindwerk.example": "Jonas",
    "claire.fontaine@lindwerk.example": "Claire",
    "henrik.sommer@lindwerk.example": "Henrik",
    "ruth.adler@lindwerk.example": "Ruth",
    "ines.castro@lindwerk.example": "Ines",
    "tom.okafor@lindwerk.example": "Tom",
    "julie.moreau@lindwerk.example": "Julie",
}

SENTENCES = {
    "en": (
        "Thanks for writing. I am looking into it now and will tell you more within the hour.",
        "I have it on my desk. Give me until noon, then you get a proper answer.",
        "Good that you asked. I need to check one thing with a colleague and then write to you again.",
    ),
    "de": (
        "danke für die Nachricht. Ich schaue es mir gleich an und melde mich im Lauf des Vormittags.",
        "das liegt jetzt bei mir. Ich kläre noch eine Frage und schreibe dann wieder.",
    ),
    "fr": (
        "merci pour votre message. Je regarde cela tout de suite et je reviens vers vous avant midi.",
        "je m'en occupe. Je vérifie encore un point et je vous réponds dans la matinée.",
    ),
    "es": (
        "gracias por escribir. Lo miro ahora mismo y te contesto antes del mediodía.",
        "ya lo tengo en mi mesa. Compruebo una cosa y te escribo de nuevo esta mañana.",
    ),
}

#: What Anke asks when nobody can know what is meant.
QUESTIONS = {
    "en": "I would like to help, but I do not know which thing you mean. Which one is it, and where can I call you?",
    "de": "ich helfe gern, weiß aber nicht, worum es geht. Was meinen Sie, und wo kann ich Sie anrufen?",
    "fr": "je veux bien vous aider, mais de quoi s'agit-il ? Et à quel numéro puis-je vous appeler ?",
    "es": "me gustaría ayudarte, pero no sé de qué se trata. ¿Qué es exactamente, y dónde puedo llamarte?",
}

_GREETING = {"en": "Hello", "de": "Hallo", "fr": "Bonjour", "es": "Hola"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What an owner is about to write. `due` is when, in seconds since the epoch; `answers` the requester's mail."""

    due: float
    inbox: str
    answers: str
    message_id: str
    content: bytes


class Staff:
    """Reads the notices and writes the replies; does not send them."""

    def __init__(self, mails: tuple[DemoMail, ...], people: Path) -> None:
        """`people` is the CSV file of the house, from which the staff knows names and languages."""
        with people.open(newline="", encoding="utf-8") as file:
            self._people = {row["email"]: row for row in csv.DictReader(file)}
        self._mails = {mail.message_id: mail for mail in mails}
        self._said: dict[str, int] = {}

    def read(self, notice: SentMail) -> Reply | None:
        """The reply to the notice of a request, or None if nobody is there to write one."""
        mail = self._mails.get(notice.in_reply_to)
        person = self._people.get(mail.reply_to) if mail else None
        if notice.kind != "assignment" or mail is None or person is None:
            return None
        language = person["language"]
        name, sentence = self._answer(notice.recipient, mail, language)
        if not name:
            return None
        words = f"{_GREETING[language]} {person['name'].split()[0]},\n\n{sentence}\n\n{name}\n"
        due = notice.seen_at + READS_FOR
        message_id = f"<reply-to-{notice.file[:3]}.{notice.recipient}>"
        content = _reply(notice, name, words, message_id, dt.datetime.fromtimestamp(due, dt.UTC))
        inbox = INBOX_OF[notice.sender.partition("@")[0]]
        return Reply(due, inbox, notice.in_reply_to, message_id, content)

    def _answer(self, owner: str, mail: DemoMail, language: str) -> tuple[str, str]:
        """The name below the reply and what it says; "" twice if nobody is there to write it."""
        if owner == ANKE:
            return ("Anke", QUESTIONS[language]) if mail.department == "triage" else ("", "")
        name = PRESENT.get(owner, "")
        return name, self._sentence(language) if name else ""

    def _sentence(self, language: str) -> str:
        """The next sentence of this language: nobody says the same thing twice running."""
        turn = self._said[language] = self._said.get(language, -1) + 1
        return SENTENCES[language][turn % len(SENTENCES[language])]


def _reply(notice: SentMail, name: str, words: str, message_id: str, written: dt.datetime) -> bytes:
    """A reply as a mail program writes it: the words above the quoted notice."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"{name} <{notice.recipient}>"
    mail["To"] = notice.sender
    mail["Subject"] = f"Re: {notice.subject}"
    mail["Date"] = format_datetime(written)
    mail["Message-ID"] = message_id
    mail["In-Reply-To"] = notice.message_id
    mail["References"] = " ".join((*notice.references, notice.message_id))
    quoted = "".join(f"> {line}".rstrip() + "\n" for line in notice.text.splitlines())
    mail.set_content(f"{words}\nOn {written:%a, %d %b %Y at %H:%M}, {notice.sender_name} wrote:\n\n{quoted}")
    return mail.as_bytes()
