"""The view: what a person sees while the demo runs; a table that grows, or plain lines where there is no terminal."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Protocol, Self
from zoneinfo import ZoneInfo

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from demo.happenings import Happening, Seen, how, person
from demo.record import Fate
from demo.timetable import DemoMail
from demo.verdict import is_where_expected

ZONE = ZoneInfo("Europe/Berlin")

COLOURS = {
    "acknowledged": "green",
    "answered": "bold green",
    "reminded": "yellow",
    "warned": "dark_orange",
    "escalated": "bold red",
    "rule": "cyan",
    "model": "blue",
    "triage": "magenta",
    "reminder": "yellow",
    "warning": "dark_orange",
    "escalation": "bold red",
    "answer": "bold green",
    "assigned": "magenta",
    "aside": "dim",
    "followup": "dim",
}

#: What the live table cannot show of itself: the lines below it.
NOTABLE = frozenset({"answer", "assigned", "reminder", "warning", "escalation", "follow_up", "new_owner", "apology"})

#: From this width on there is room for every column of a table.
WIDE = 110

#: Lines of the screen that are not rows of the table.
_AROUND = 12


class View(Protocol):
    """Shows what is seen, again and again."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def show(self, seen: Seen, new: Sequence[Happening]) -> None:
        """Show the state of things, and what is new since the last time."""


def view_for(console: Console) -> View:
    """A table on a terminal, lines everywhere else."""
    return LiveTable(console) if console.is_terminal else Lines(console)


class Lines:
    """One line for each happening."""

    def __init__(self, console: Console) -> None:
        """`console` need not be a terminal."""
        self._console = console

    def __enter__(self) -> Self:
        """Nothing to prepare."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to clear up."""

    def show(self, seen: Seen, new: Sequence[Happening]) -> None:
        """Print what is new."""
        for happening in new:
            self._console.print(Text(f"{_clock(happening.at)}  {happening.text}"), soft_wrap=True)


class LiveTable:
    """A table with the latest mails, figures above it and the latest happenings below."""

    def __init__(self, console: Console) -> None:
        """`console` is a terminal."""
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._latest: deque[Happening] = deque(maxlen=5)

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the screen back."""
        self._live.stop()

    def show(self, seen: Seen, new: Sequence[Happening]) -> None:
        """Draw anew."""
        self._latest.extend(happening for happening in new if happening.word in NOTABLE)
        rows = max(4, self._console.height - _AROUND)
        table = live_table(seen, rows, self._console.width)
        latest = [
            Text(f"{_clock(one.at)}  {one.text}", style=COLOURS.get(one.word, ""), no_wrap=True) for one in self._latest
        ]
        self._live.update(Group(figures_line(seen), "", table, "", *latest), refresh=True)


def figures_line(seen: Seen) -> Text:
    """The figures above the table."""
    fates, sent = seen.fates.values(), seen.sent
    found = [fate for fate in fates if fate.disposition == "request"]
    delays = list(acknowledgement_delays(seen))
    parts = [
        (f"{len(seen.delivered)} of {len(seen.mails)} mails", "bold"),
        (f"{len(found)} requests", "bold"),
        (f"{sum(f.source == 'rule' for f in found)} by rule", COLOURS["rule"]),
        (f"{sum(f.source == 'model' for f in found)} by model", COLOURS["model"]),
        (f"{sum(f.source == 'triage' for f in found)} to triage", COLOURS["triage"]),
        (f"{len(delays)} acknowledged{_within(delays)}", COLOURS["acknowledged"]),
        (f"{sum(one.kind == 'answer' for one in sent)} answered", COLOURS["answered"]),
        (f"{len({one.in_reply_to for one in sent if one.kind == 'escalation'})} escalated", COLOURS["escalated"]),
        (f"{sum(f.disposition not in ('request', 'follow_up') for f in fates)} set aside", "dim"),
    ]
    return Text("  ·  ").join(Text(text, style=style) for text, style in parts)


def acknowledgement_delays(seen: Seen) -> Iterator[float]:
    """Seconds between the delivery of each mail and its acknowledgement."""
    files = {mail.message_id: mail.file for mail in seen.mails}
    for one in seen.sent:
        file = files.get(one.in_reply_to, "")
        if one.kind == "acknowledgement" and file in seen.delivered:
            yield max(0.0, one.seen_at - seen.delivered[file])


def _within(delays: Sequence[float]) -> str:
    return f" (half of them within {statistics.median(delays):.1f} s)" if delays else ""


def live_table(seen: Seen, rows: int, width: int) -> Table:
    """The latest mails that were delivered, at most `rows`, on a screen of `width` columns."""
    names = [name for name in _RATIOS if width >= WIDE or name not in _FOR_WIDE]
    table = Table(box=None, pad_edge=False, expand=True, header_style="bold", padding=(0, 1))
    for name in names:
        fixed = _FIXED.get(name)
        table.add_column(name, ratio=_RATIOS[name], width=fixed, no_wrap=True, overflow="ellipsis")
    arrived = [mail for mail in seen.mails if mail.file in seen.delivered]
    for mail in arrived[-rows:]:
        cells = _cells(mail, seen)
        table.add_row(*(cells[name] for name in names))
    return table


#: The columns of the live table with their share of the room, or None where the width is fixed.
_RATIOS = {"from": 5, "subject": 8, "went to": 4, "how": 9, "owner": 4, "answer by": None, "state": None}
_FIXED = {"answer by": 9, "state": 15}
_FOR_WIDE = frozenset({"how", "owner"})


def _cells(mail: DemoMail, seen: Seen) -> dict[str, Text]:
    fate = seen.fates.get(mail.file)
    state = state_of(mail, seen)
    return {
        "from": Text(mail.sender_name),
        "subject": Text(mail.subject or "(no subject)"),
        "went to": Text(_department(fate, seen), style=COLOURS.get(fate.source, "dim") if fate else ""),
        "how": Text(_how(fate), style="dim"),
        "owner": Text(person(fate.owner) if fate else ""),
        "answer by": Text(promised(fate, seen.now)),
        "state": Text(state, style=COLOURS.get(state, "dim")),
    }


def _department(fate: Fate | None, seen: Seen) -> str:
    if fate is None:
        return ""
    if fate.request is None:
        return "—"
    return seen.departments[fate.department] if fate.department else "triage"


def _how(fate: Fate | None) -> str:
    return how(fate) if fate else ""


def promised(fate: Fate | None, now: float) -> str:
    """Until when a person answers, by the clock of Lindwerk; the day too if it is another one."""
    if fate is None or fate.due_at is None or fate.disposition != "request":
        return ""
    due, today = fate.due_at.astimezone(ZONE), dt.datetime.fromtimestamp(now, ZONE).date()
    return f"{due:%H:%M}" if due.date() == today else f"{due:%a %H:%M}"


def state_of(mail: DemoMail, seen: Seen) -> str:
    """The furthest that a mail has come, in a word or two."""
    fate = seen.fates.get(mail.file)
    if fate is None:
        return "in the inbox"
    if fate.disposition == "follow_up":
        return f"joins REQ-{fate.request}"
    if fate.disposition != "request":
        return fate.disposition.replace("_", " ")
    known = (("answered", "answered"), ("escalation", "escalated"), ("warning", "warned"), ("reminder", "reminded"))
    for what, word in known:
        if what in fate.happened:
            return word
    acknowledged = any(one.kind == "acknowledgement" and one.in_reply_to == mail.message_id for one in seen.sent)
    return "acknowledged" if acknowledged else "taken in"


def summary_table(seen: Seen, width: int) -> Table:
    """Every mail with what became of it, against where a colleague would have sent it; `width` in columns."""
    table = Table(box=None, pad_edge=False, expand=True, header_style="bold", padding=(0, 1))
    table.add_column("", width=2)
    table.add_column("from", ratio=4, no_wrap=True, overflow="ellipsis")
    if width >= WIDE:
        table.add_column("subject", ratio=7, no_wrap=True, overflow="ellipsis")
    table.add_column("request", width=7)
    table.add_column("", width=1)
    table.add_column("went to", ratio=6, no_wrap=True, overflow="ellipsis")
    table.add_column("how", ratio=9, no_wrap=True, overflow="ellipsis")
    table.add_column("state", width=15, no_wrap=True, overflow="ellipsis")
    for mail in seen.mails:
        cells = _summary_cells(mail, seen)
        table.add_row(*(cells if width >= WIDE else cells[:2] + cells[3:]))
    return table


def _summary_cells(mail: DemoMail, seen: Seen) -> list[Text]:
    fate = seen.fates.get(mail.file)
    state = state_of(mail, seen)
    reference = f"REQ-{fate.request}" if fate and fate.request else ""
    went = _went_to(mail, fate, seen)
    cells = (mail.file[:2], mail.sender_name, mail.subject or "(no subject)", reference, mark_of(mail, fate), went)
    return [
        *(Text(cell) for cell in cells),
        Text(_how(fate), style="dim"),
        Text(state, style=COLOURS.get(state, "dim")),
    ]


def mark_of(mail: DemoMail, fate: Fate | None) -> str:
    """✓ as a colleague would have done it, ? left to people, ≈ sent to another department, ✗ not at all."""
    if fate is None or fate.disposition != mail.wanted:
        return "✗"
    if mail.outcome != "request" or is_where_expected(mail, fate):
        return "✓"
    return "≈" if fate.routed_to else "?"


def _went_to(mail: DemoMail, fate: Fate | None, seen: Seen) -> str:
    if fate is None or fate.disposition != "request":
        return ""
    there = _name(fate.routed_to, seen)
    is_there = mail.outcome != "request" or is_where_expected(mail, fate)
    return there if is_there else f"{there}, not {_name(mail.department, seen)}"


def _name(department: str | None, seen: Seen) -> str:
    return seen.departments.get(department or "triage", "triage")


def _clock(at: float) -> str:
    return f"{dt.datetime.fromtimestamp(at, ZONE):%H:%M:%S}"
