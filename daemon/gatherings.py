"""Story: a storm is over, and the owner of the request that gathered it hears how many mails there are.

While it goes on, the owner hears at the tenth, the hundredth ... and once an hour, each time because another mail came.
Of those that came after the last such mail nobody would hear; the clock tells of them, an hour after that.
"""

from __future__ import annotations

import datetime as dt

import structlog

from daemon import frozen_mail
from daemon.desk.request import reference
from daemon.lately import HOUR, is_full
from daemon.mail.message import Attachment, Message
from daemon.office import Office
from daemon.store import clocks, ledger, messages, outbox, requests, untold
from daemon.thought import desk_clock, desk_request

log = structlog.get_logger("intake")


def tell_of_the_rest(office: Office) -> int:
    """Tell every owner who is to hear by now of the mails gathered since the last time; how many were told."""
    with office.store.reading() as connection:
        due = untold.due(connection, office.now())
    return sum(_tell(number, due_at, office) for number, due_at in due)


def _tell(number: int, due_at: dt.datetime, office: Office) -> bool:
    now = office.now()
    with office.store.writing() as connection:
        ledger.take_turn(connection)
        request = requests.find(connection, number)
        if not untold.told(connection, number) or request is None or request.status not in requests.UNFINISHED:
            return False  # another was quicker, or a person has ended it and seen them
        if is_full(connection, office, now):
            untold.expect(connection, number, now + HOUR)
            return False
        count, newest = messages.gathered(connection, number), messages.newest_gathered(connection, number)
        if newest is None:
            return False
        running = tuple(desk_clock(stored) for stored in clocks.of_request(connection, number))
        files = tuple(Attachment(name, "", 0, inline=False) for name in newest.attachments)
        message = Message(message_id=newest.header_id, words=newest.words, attachments=files)
        mails = frozen_mail.follow_ups(
            office.as_of(due_at),
            desk_request(request),
            message,
            f"rest:{number}:{count}",
            running,
            False,
            now,
            gathered=count,
        )
        outbox.put_once(connection, mails)
        why = f"{count} mails of {newest.sender or 'an unknown sender'} are gathered here; no more came"
        ledger.write(connection, number, [ledger.Entry(now, ledger.POSTROOM, "gathered", None, None, why)])
    log.info("gathering_told", request=reference(number), mails=count)
    return True
