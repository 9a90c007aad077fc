"""The report of a time, and the weekly one that each lead gets once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from daemon import assigning, reporting

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]
LEAD = "mara.vogt@lindwerk.example"
MONDAY_SEVEN = dt.datetime(2026, 11, 30, 6, 0, tzinfo=dt.UTC)


@pytest.fixture
def week(house: House, a_mail: Mail, day: Day) -> House:
    """A week of IT: one request answered in time and resolved, one left lying; and weekly reports are wanted."""
    weekly = house.office.settings.reports.model_copy(update={"weekly": True})
    house.runs_with(settings=house.office.settings.model_copy(update={"reports": weekly}))
    house.receives(a_mail())
    house.receives(a_mail("VPN too", From="tom@lindwerk.example"))
    notice = next(mail for kind, _, mail in house.sends() if kind == "assignment")
    day.goes_on(hours=1)
    house.receives(a_mail("Re", "Restart it.", From=house.request().owner or "", In_Reply_To=notice["Message-ID"]))
    assigning.resolve(house.office, 1, actor="ops", why="done")
    house.sends()
    return house


def test_each_lead_gets_one_report_when_the_week_begins(week: House, day: Day) -> None:
    sent = []
    for at in (-60, 0, 15, 60):
        day.at = MONDAY_SEVEN + dt.timedelta(minutes=at)
        sent.append(reporting.send_weekly(week.office, day.at))
    told = [(kind, to) for kind, to, _ in week.sends()]

    assert sent == [0, 3, 0, 0]
    assert set(told) == {
        ("report", LEAD),
        ("report", "claire.fontaine@lindwerk.example"),
        ("report", "anke.wulf@lindwerk.example"),
    }


def test_a_report_comes_each_week_also_where_clocks_change(house: House, day: Day) -> None:
    weekly = house.office.settings.reports.model_copy(update={"weekly": True, "hour": 1})
    house.runs_with(settings=house.office.settings.model_copy(update={"reports": weekly}))
    sent = []
    for at in (dt.datetime(2026, 3, 23, 0, 1, tzinfo=dt.UTC), dt.datetime(2026, 3, 29, 23, 1, tzinfo=dt.UTC)):
        day.at = at
        sent.append(reporting.send_weekly(house.office, at))

    assert sent == [3, 3]


def test_a_daemon_that_was_off_for_days_writes_no_old_report(week: House, day: Day) -> None:
    assert reporting.send_weekly(week.office, MONDAY_SEVEN + dt.timedelta(days=2)) == 0


def test_nobody_gets_reports_where_none_are_wanted(house: House) -> None:
    assert reporting.send_weekly(house.office, MONDAY_SEVEN) == 0


def test_a_report_is_readable_as_text_and_its_charts_travel_with_it(week: House, day: Day) -> None:
    day.at = MONDAY_SEVEN
    reporting.send_weekly(week.office, day.at)
    mail = next(mail for _, to, mail in week.sends() if to == LEAD)
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    pictures = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    assert text is not None
    assert page is not None

    assert mail["Subject"] == "Report of the week 2026-W49: 2 of 4 promises were kept (50 %)."
    assert "first response due Mon 23 Nov 14:00" in " ".join(text.get_content().split())
    assert [f"cid:{picture['Content-ID'].strip('<>')}" in page.get_content() for picture in pictures] == [True]
    assert pictures[0].get_content().startswith(b"\x89PNG")
    assert "http" not in page.get_content()
    assert [part.get_content_type() for part in mail.walk()][:3] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
    ]


def test_a_report_tells_what_was_late_and_with_whom(week: House, day: Day) -> None:
    day.at = MONDAY_SEVEN
    since = MONDAY_SEVEN - reporting.WEEK
    told = reporting.tell(week.office, reporting.look(week.office, since, day.at), since, day.at, ["it"])

    assert {(one.reference, one.clock) for one in told.report.breaches} == {
        ("REQ-2", "first_response"),
        ("REQ-2", "resolution"),
    }
    assert all(one.holder == f"it, {week.request(2).owner}" for one in told.report.breaches)
    assert [one.reference for one in told.report.oldest] == ["REQ-2"]
