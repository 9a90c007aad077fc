"""Closed days from iCalendar files as calendar programs write them."""

from __future__ import annotations

import pytest

from daemon.desk.ics import CalendarFileRefused, closed_by, read_titled_days


def file(*events: str) -> str:
    """A calendar with these events; a property on each line."""
    inside = "".join(f"BEGIN:VEVENT\nUID:1\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{inside}END:VCALENDAR\n".replace("\n", "\r\n")


def closed(year: int, *events: str) -> list[str]:
    days = tuple(days for days, _ in read_titled_days(file(*events)))
    return [str(day) for day in sorted(closed_by(days)(year))]


@pytest.mark.parametrize(
    ("event", "days"),
    [
        ("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261225", ["2026-12-24"]),
        ("DTSTART;VALUE=DATE:20261224", ["2026-12-24"]),
        ("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261224", ["2026-12-24"]),
        ("DTSTART;VALUE=DATE:20261228\nDTEND;VALUE=DATE:20261231", ["2026-12-28", "2026-12-29", "2026-12-30"]),
        ("DTSTART;VALUE=DATE:20261230\nDURATION:P1W", ["2026-12-30", "2026-12-31"]),  # the rest is in 2027
        ("DTSTART;VALUE=DATE:20200229\nRRULE:FREQ=YEARLY", []),
        ("DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY", ["2026-05-01"]),
        ("DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY;UNTIL=20250601", []),
        ("dtstart;value=date:20261224\nTRANSP:TRANSPARENT", ["2026-12-24"]),
        ("DTSTART;VALUE=DATE:202612\n 24", ["2026-12-24"]),  # folded
        ("DTSTART;VALUE=DATE:20261224\nBEGIN:VALARM\nDTSTART:20260101\nEND:VALARM", ["2026-12-24"]),
    ],
)
def test_a_whole_day_event_closes_its_days(event: str, days: list[str]) -> None:
    assert closed(2026, event) == days


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=WEEKLY;COUNT=2", ["2026-12-14", "2026-12-15", "2026-12-21", "2026-12-22"]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", ["2026-12-14", "2026-12-15", "2026-12-28", "2026-12-29"]),
        ("FREQ=WEEKLY;UNTIL=20261221T230000Z;WKST=SU", ["2026-12-14", "2026-12-15", "2026-12-21", "2026-12-22"]),
        (
            "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=3",
            ["2026-12-14", "2026-12-15", "2026-12-17", "2026-12-18", "2026-12-21", "2026-12-22"],
        ),
        # Every second week, and the weeks begin on Sunday: Sunday the 20th is of the week that is left out.
        (
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
            ["2026-12-14", "2026-12-15", "2026-12-27", "2026-12-28", "2026-12-29"],
        ),
    ],
)
def test_an_event_may_come_every_so_many_weeks(rule: str, days: list[str]) -> None:
    assert closed(2026, f"DTSTART;VALUE=DATE:20261214\nDURATION:P2D\nRRULE:{rule}") == days


def test_a_week_that_began_in_the_old_year_lies_in_both() -> None:
    event = "DTSTART;VALUE=DATE:20201228\nDURATION:P7D\nRRULE:FREQ=WEEKLY;INTERVAL=4"

    assert closed(2027, event)[:3] == ["2027-01-18", "2027-01-19", "2027-01-20"]
    assert closed(2021, event)[:4] == ["2021-01-01", "2021-01-02", "2021-01-03", "2021-01-25"]


@pytest.mark.parametrize(
    "rule", ["FREQ=WEEKLY;INTERVAL=0", "FREQ=WEEKLY;BYDAY=1MO", "FREQ=WEEKLY;COUNT=x", "FREQ=DAILY"]
)
def test_other_repetitions_are_refused(rule: str) -> None:
    with pytest.raises(CalendarFileRefused, match="repeats as"):
        read_titled_days(file(f"DTSTART;VALUE=DATE:20261214\nRRULE:{rule}"))


def test_a_closing_over_new_year_lies_in_both_years() -> None:
    event = "DTSTART;VALUE=DATE:20261230\nDTEND;VALUE=DATE:20270103\nRRULE:FREQ=YEARLY"

    assert closed(2027, event) == ["2027-01-01", "2027-01-02", "2027-12-30", "2027-12-31"]


@pytest.mark.parametrize("other", ["DTSTART:20261224T100000Z", "DTSTART;VALUE=DATE:20261226\nSTATUS:CANCELLED"])
def test_meetings_and_cancelled_events_close_nothing(other: str) -> None:
    assert closed(2026, "DTSTART;VALUE=DATE:20261224", other) == ["2026-12-24"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "line 1: wants BEGIN:VCALENDAR, as an iCalendar file begins"),
        ("<html>", "line 1: wants BEGIN:VCALENDAR, as an iCalendar file begins"),
        (file(), "no whole-day event stands in it, so it says nothing; export it anew"),
        (file("DTSTART;VALUE=DATE:20261399"), "line 5: wants a day such as 20261224, not '20261399'"),
        (
            file("DTSTART;VALUE=DATE:20261224\nRRULE:FREQ=MONTHLY"),
            "line 6: repeats as 'FREQ=MONTHLY', of which only FREQ=YEARLY and FREQ=WEEKLY with INTERVAL, BYDAY, COUNT "
            "and UNTIL are understood; write its days one by one",
        ),
        (
            file("DTSTART;VALUE=DATE:20261224\nEXDATE;VALUE=DATE:20271224"),
            "line 6: EXDATE is not understood; write its days one by one",
        ),
        (
            file("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261201"),
            "line 6: an event lasts 1 to 366 whole days, this one does not",
        ),
        (file("DTSTART;VALUE=DATE:20261224")[:60], "the file ends within an event; it was cut off"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(text: str, sentence: str) -> None:
    with pytest.raises(CalendarFileRefused) as refused:
        read_titled_days(text)

    assert str(refused.value) == sentence


def test_a_date_that_the_calendar_does_not_have_is_left_out() -> None:
    leap = "DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY"

    assert (closed(2028, leap), closed(2027, leap)) == (["2028-02-29"], [])


def test_a_title_is_read_as_it_was_written() -> None:
    days = "DTSTART;VALUE=DATE:20261224"
    titles = [title for _, title in read_titled_days(file(f"{days}\nSUMMARY:IT: Vogt\\, Mara\\nfirst", days))]

    assert titles == ["IT: Vogt, Mara first", ""]
