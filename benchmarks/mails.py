"""Mails to measure with: requests of about 4 kB from many senders, made of the starter corpus."""

from __future__ import annotations

import random
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from classifier.examples import starter_examples
from daemon.premises import utc_now

SIZE = 4096


def requests(count: int, seed: int, to: str, domain: str = "lindwerk.example") -> Iterator[bytes]:
    """`count` different mails of about 4 kB, each from a sender of its own, with quoted history below the words."""
    chance = random.Random(seed)
    examples = starter_examples().kept
    for number in range(count):
        now, before = (chance.choice(examples).text for _ in range(2))
        mail = EmailMessage(policy=SMTP)
        mail["From"] = f"Person {number} <person.{seed}.{number}@{domain}>"
        mail["To"] = to
        mail["Subject"] = now.subject or "A request"
        mail["Date"] = format_datetime(utc_now())
        mail["Message-ID"] = f"<{seed}.{number}@mail.{domain}>"
        history = [f"> {before.words}"]
        while sum(map(len, history)) + len(now.words) < SIZE - 900:
            history.append(f"> {chance.choice(examples).text.words}")
        quoted = "\n>\n".join(history).replace("\n", "\n> ")
        mail.set_content(f"{now.words}\n\nOn Monday, Somebody <s@{domain}> wrote:\n{quoted}\n")
        yield mail.as_bytes()
