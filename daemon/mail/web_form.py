"""Web forms: a program's address in From, and in Reply-To whoever filled it in.

Contact forms send from noreply@ or wordpress@ of their own house, because a stranger's From would be refused. What
they carry is a person's request. Nothing here lets anybody be answered: that is decided by the addresses.
"""

from __future__ import annotations

import re

from daemon.mail.message import Message
from daemon.mail.signs import is_system_address

_READ = 6_000
# "Name: Anna Berg", "Your e-mail: anna@x.example", "E-Mail<tab>anna@x.example", "From: Anna Berg <anna@x.example>".
_LABELLED = re.compile(
    r"^[ \t*|>•-]{0,4}([^\W\d_][^\n:：=\t.!?]{0,40})[:：=\t][ \t*]{0,12}(\S[^\n]{0,300})", re.MULTILINE
)
_LABEL_ONLY = re.compile(
    r"^[ \t*|>•-]{0,4}[^\W\d_][^\n:：=\t]{0,40}[:：]?[ \t*]{0,4}\n{1,2}[ \t]{0,4}(\S[^\n]{0,300})", re.MULTILINE
)


def is_web_form(message: Message) -> bool:
    """Whether a program sent what one person filled in: answers go to them, and a line names them with a label."""
    if len(message.reply_to) != 1 or not is_system_address(message.sender):
        return False
    person = message.reply_to[0]
    if not person.address or is_system_address(person) or person.key == message.sender.key:
        return False
    text = message.text[:_READ].lower()
    if person.key not in text:
        return False
    values = (*(found[2] for found in _LABELLED.finditer(text)), *(found[1] for found in _LABEL_ONLY.finditer(text)))
    return any(person.key in value and len(value) < len(person.key) + 40 for value in values)
