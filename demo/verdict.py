"""The verdict: did everything happen that should, and nothing else? Decides; touches nothing.

What was sent is judged by the mails that the SMTP server received, without a look into the daemon's
database: a daemon that believes to have sent is no witness.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from demo.record import Fate
from demo.sent import SentMail
from demo.timetable import DemoMail


@dataclass(frozen=True, slots=True)
class Verdict:
    """`missing` has a sentence for everything that is not as it should be; none means success."""

    mails: int
    requests: int
    followups: int
    dispositions: int
    acks_due: int
    acks_received: int
    acks_not_due_sent: int
    answers_due: int
    answers_received: int
    escalations: int
    routed_as_expected: int
    left_to_people: int
    routed_elsewhere: int
    missing: tuple[str, ...] = field(default=())

    @property
    def is_good(self) -> bool:
        """Whether everything happened that should, and nothing else."""
        return not self.missing


def judge(
    mails: Sequence[DemoMail],
    fates: Mapping[str, Fate],
    sent: Sequence[SentMail],
    replies: Sequence[str],
) -> Verdict:
    """Compare what happened with what should have.

    fates: by file of the demo mail, those that are known. sent: what the SMTP server received. replies: for
    every reply that the staff has delivered, the Message-ID of the requester's mail.
    """
    due = [mail for mail in mails if mail.acknowledged]
    got = Counter({mail.file: len(_acknowledgements(mail, sent)) for mail in mails})
    right = sum(1 for mail in due if got[mail.file] == 1)
    all_acknowledgements = sum(1 for one in sent if one.kind == "acknowledgement")
    requests = [(mail, fates[mail.file]) for mail in mails if mail.outcome == "request" and mail.file in fates]
    expected = [fate for mail, fate in requests if is_where_expected(mail, fate)]
    others = [fate for mail, fate in requests if not is_where_expected(mail, fate)]
    escalated = {one.in_reply_to for one in sent if one.kind == "escalation"}
    answered = sum(min(number, len(_answers(reply, mails, sent))) for reply, number in Counter(replies).items())
    return Verdict(
        mails=len(mails),
        requests=len({fate.request for fate in fates.values() if fate.disposition == "request"}),
        followups=sum(fate.disposition == "follow_up" for fate in fates.values()),
        dispositions=sum(fate.disposition not in ("request", "follow_up") for fate in fates.values()),
        acks_due=len(due),
        acks_received=right,
        acks_not_due_sent=all_acknowledgements - sum(min(1, got[mail.file]) for mail in due),
        answers_due=len(replies),
        answers_received=answered,
        escalations=len(escalated),
        routed_as_expected=len(expected),
        left_to_people=sum(fate.routed_to is None for fate in others),
        routed_elsewhere=sum(fate.routed_to is not None for fate in others),
        missing=(
            *_wrong_fates(mails, fates),
            *_wrong_acknowledgements(mails, got, sent),
            *_lost_answers(replies, mails, sent),
            *([] if escalated else ["Nothing was escalated, although Facilities answered nobody."]),
        ),
    )


def is_where_expected(mail: DemoMail, fate: Fate) -> bool:
    """Whether a request went to the department to which a colleague would have sent it."""
    return fate.disposition == "request" and (fate.routed_to or "triage") == mail.department


def _acknowledgements(mail: DemoMail, sent: Sequence[SentMail]) -> list[SentMail]:
    """The acknowledgements of a mail that went to its sender."""
    return [
        one
        for one in sent
        if one.kind == "acknowledgement" and one.in_reply_to == mail.message_id and one.recipient == mail.sender
    ]


def _answers(reply: str, mails: Sequence[DemoMail], sent: Sequence[SentMail]) -> list[SentMail]:
    """The answers to the requester's mail with this Message-ID that reached the requester."""
    [asked] = [mail for mail in mails if mail.message_id == reply]
    return [
        one
        for one in sent
        if one.kind == "answer"
        and one.recipient in (asked.sender, asked.reply_to)
        and reply in (one.in_reply_to, *one.references)
    ]


def _wrong_fates(mails: Sequence[DemoMail], fates: Mapping[str, Fate]) -> Iterator[str]:
    for mail in mails:
        fate = fates.get(mail.file)
        if fate is None:
            yield f"{mail.file} was delivered, but Postroom has written nothing down about it."
        elif fate.disposition != mail.wanted:
            yield f"{mail.file} became '{fate.disposition}' ({fate.disposition_reason}), not '{mail.wanted}'."
        elif mail.outcome == "followup" and fate.request != _request_of(mail.follows, fates):
            yield f"{mail.file} joined REQ-{fate.request}, which is not the request of {mail.follows}."


def _request_of(file: str, fates: Mapping[str, Fate]) -> int | None:
    return fates[file].request if file in fates else None


def _wrong_acknowledgements(
    mails: Sequence[DemoMail], got: Mapping[str, int], sent: Sequence[SentMail]
) -> Iterator[str]:
    for mail in mails:
        if mail.acknowledged and got[mail.file] != 1:
            number = got[mail.file] or "no"
            yield f"{mail.sender} should get one acknowledgement of {mail.file} and got {number}."
        elif not mail.acknowledged and got[mail.file]:
            yield f"{mail.sender} got an acknowledgement of {mail.file}, and none is due: {mail.why}"
    senders = {mail.message_id: mail.sender for mail in mails}
    for one in sent:
        if one.kind == "acknowledgement" and senders.get(one.in_reply_to) != one.recipient:
            yield f"{one.file} is an acknowledgement to {one.recipient}, who wrote no such mail."


def _lost_answers(replies: Sequence[str], mails: Sequence[DemoMail], sent: Sequence[SentMail]) -> Iterator[str]:
    files = {mail.message_id: mail.file for mail in mails}
    for reply, wanted in Counter(replies).items():
        got = len(_answers(reply, mails, sent))
        if got != wanted:
            yield f"Owners answered {files[reply]} {_times(wanted)}, and the requester was answered {_times(got)}."


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")
