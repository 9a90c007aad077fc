"""The play: deliver, watch, let the staff answer, until everything has happened that should or patience ends."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

from demo.children import Children
from demo.delivery import HELD_UP, Inboxes, content_to_deliver
from demo.happenings import Seen, happened_since
from demo.record import Record
from demo.sent import SentFolder
from demo.staff import Reply, Staff
from demo.timetable import DemoMail
from demo.triage_desk import TriageDesk
from demo.verdict import Verdict, judge
from demo.view import View

#: The ladder of the mail that came last is climbed to its end by then (seconds after the first mail).
SHORTEST = 25.0

#: Nothing new has left for so long: no mail that should not have been sent is still under way.
QUIET = 2.0

#: A machine that is too busy gets this long before the demo says what is missing.
PATIENCE = 180.0

_PAUSE = 0.1
_LOOK_EVERY = 0.4


class Play:
    """One run of the demo, from the first mail to the verdict."""

    def __init__(
        self,
        mails: tuple[DemoMail, ...],
        departments: dict[str, str],
        inboxes: Inboxes,
        record: Record,
        sent: SentFolder,
        staff: Staff,
        triage: TriageDesk,
        children: Children,
    ) -> None:
        """`departments` are the names by slug; everything else is what the play works with."""
        self._mails = mails
        self._departments = departments
        self._inboxes = inboxes
        self._record = record
        self._sent = sent
        self._staff = staff
        self._triage = triage
        self._children = children
        self._delivered: dict[str, float] = {}
        self._replies: list[Reply] = []
        self._replied: list[str] = []
        self._looked_at = 0.0

    def run(self, view: View, clock: Callable[[], float] = time.time) -> tuple[Seen, Verdict]:
        """Play to the end; what was seen last, and the verdict on it."""
        begun = clock()
        seen = Seen(begun, self._mails, self._departments)
        while True:
            now = clock()
            self._deliver(now, begun)
            self._look(now)
            before, seen = seen, self._seen(now)
            view.show(seen, happened_since(before, seen))
            self._children.check()
            if self._is_over(now - begun, now):
                return seen, self._verdict()
            time.sleep(_PAUSE)

    def _deliver(self, now: float, begun: float) -> None:
        """Put into the inboxes what is due: demo mails, replies of the staff."""
        for mail in self._mails:
            if mail.file in self._delivered or now < begun + mail.at:
                continue
            answered = self._acknowledgement_of(mail.answers_acknowledgement_of)
            if mail.answers_acknowledgement_of and not answered:
                continue  # Whoever answers a mail has to have it first.
            written = dt.datetime.fromtimestamp(now, dt.UTC) - HELD_UP[mail.outcome]
            content = content_to_deliver(mail, written, answered)
            for inbox in mail.inboxes:
                self._inboxes.put(inbox, content, written)
            self._delivered[mail.file] = now
        for reply in [reply for reply in self._replies if reply.due <= now]:
            self._inboxes.put(reply.inbox, reply.content, dt.datetime.fromtimestamp(now, dt.UTC))
            self._replies.remove(reply)
            self._replied.append(reply.answers)

    def _acknowledgement_of(self, file: str) -> str:
        """The Message-ID of the acknowledgement that the sender of this mail got, "" until it is there."""
        mail = next((mail for mail in self._mails if mail.file == file), None)
        got = (
            one.message_id
            for one in self._sent.mails
            if mail and one.kind == "acknowledgement" and one.in_reply_to == mail.message_id
        )
        return next(got, "")

    def _look(self, now: float) -> None:
        """See what left and what was written down; let people react to it."""
        new = self._sent.look()
        for mail in new:
            reply = self._staff.read(mail)
            if reply is not None:
                self._replies.append(reply)
            self._triage.read(mail)
        self._triage.work(now)
        # What left was written down before: look there too, so that things are shown in their order.
        if new or now - self._looked_at >= _LOOK_EVERY:
            self._looked_at = now
            self._record.look()

    def _seen(self, now: float) -> Seen:
        return Seen(
            now,
            self._mails,
            self._departments,
            dict(self._delivered),
            dict(self._record.fates),
            tuple(self._sent.mails),
        )

    def _is_over(self, elapsed: float, now: float) -> bool:
        if elapsed > PATIENCE:
            return True
        still = max((mail.seen_at for mail in self._sent.mails), default=now)
        if elapsed < SHORTEST or self._replies or self._triage.is_busy or now - still < QUIET:
            return False
        return self._verdict().is_good

    def _verdict(self) -> Verdict:
        self._record.look()
        return judge(self._mails, self._record.fates, self._sent.mails, self._replied)
