"""The floor: the least that any program must do to take in and acknowledge mail, and nothing more.

imapclient fetches in batches, `compat32` parses, each mail gets one durable commit in SQLite, and one
SMTP connection sends a fixed acknowledgement. No rules, no model, no owner, no clocks, no limits.

    python -m benchmarks.floor IMAP_PORT USER PASSWORD SMTP_PORT DATABASE
"""

from __future__ import annotations

import email
import email.policy
import smtplib
import sqlite3
import sys
from email.utils import parseaddr

from imapclient import IMAPClient

ACKNOWLEDGEMENT = (
    "From: it@lindwerk.example\r\nTo: {to}\r\nSubject: Auto: we have it\r\nIn-Reply-To: {id}\r\n"
    "Message-ID: <ack.{n}@lindwerk.example>\r\nAuto-Submitted: auto-replied\r\n\r\nWe have your mail.\r\n"
)


def main(imap_port: int, user: str, password: str, smtp_port: int, database: str) -> None:
    """Take in everything that lies in the INBOX."""
    store = sqlite3.connect(database, isolation_level=None)
    store.execute("pragma journal_mode=wal")
    store.execute("pragma synchronous=full")
    store.execute("create table mails(uid integer primary key, id text, sender text, subject text, raw blob)")
    imap = IMAPClient("127.0.0.1", port=imap_port, ssl=False)
    imap._imap.debug = 0
    smtp = smtplib.SMTP("127.0.0.1", smtp_port, local_hostname="floor.lindwerk.example")
    print("ready", flush=True)
    imap.login(user, password)
    imap.select_folder("INBOX")
    uids = imap.search("ALL")
    for start in range(0, len(uids), 100):
        for uid, data in imap.fetch(uids[start : start + 100], ["BODY.PEEK[]"]).items():
            take_in(uid, data[b"BODY[]"], store, smtp)
    smtp.quit()
    imap.logout()


def take_in(uid: int, raw: bytes, store: sqlite3.Connection, smtp: smtplib.SMTP) -> None:
    """Parse, one durable commit, one acknowledgement."""
    mail = email.message_from_bytes(raw, policy=email.policy.compat32)
    text = mail.get_payload(decode=True)
    sender = parseaddr(str(mail["From"]))[1]
    assert text
    store.execute(
        "insert into mails values(?,?,?,?,?)",
        (uid, str(mail["Message-ID"]), sender, str(mail["Subject"]), raw),
    )
    answer = ACKNOWLEDGEMENT.format(to=sender, id=mail["Message-ID"], n=uid)
    smtp.sendmail("it@lindwerk.example", [sender], answer)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5])
