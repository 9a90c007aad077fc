from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.mistakes import duration_text
from config.values import (
    DateRange,
    Interval,
    RungTime,
    parse_address,
    parse_bytes,
    parse_date_range,
    parse_day,
    parse_duration,
    parse_host,
    parse_interval,
    parse_rung_time,
    parse_time_zone,
    parse_weekday,
)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("30s", timedelta(seconds=30)),
        ("15m", timedelta(minutes=15)),
        ("4h", timedelta(hours=4)),
        ("2d", timedelta(days=2)),
        ("1h30m", timedelta(minutes=90)),
        (timedelta(seconds=7), timedelta(seconds=7)),
    ],
)
def test_a_duration_is_numbers_with_units(written: object, meant: timedelta) -> None:
    assert parse_duration(written) == meant


@given(st.timedeltas(timedelta(seconds=1), timedelta(days=9999)).map(lambda d: d - timedelta(0, 0, d.microseconds)))
def test_a_duration_is_shown_as_it_can_be_written(duration: timedelta) -> None:
    assert parse_duration(duration_text(duration)) == duration


@pytest.mark.parametrize(
    "written", ["", "h", "4", "4 h", "4H", "-4h", "1.5h", "30m1h", "999999d", "4h ", "٤h", 4, None, True]
)
def test_no_other_text_is_a_duration(written: object) -> None:
    with pytest.raises(ValueError, match=r"wants a duration such as 30s, 15m, 4h or 2d; .* stands there"):
        parse_duration(written)


@pytest.mark.parametrize(
    ("written", "share", "offset"),
    [
        ("80%", 0.8, None),
        ("100%", 1.0, None),
        ("due", None, timedelta(0)),
        ("due+2h", None, timedelta(hours=2)),
        ("due-30m", None, timedelta(minutes=-30)),
        ("due+1h15m", None, timedelta(minutes=75)),
    ],
)
def test_a_rung_is_climbed_at_a_share_or_around_the_due_time(
    written: str, share: float | None, offset: timedelta | None
) -> None:
    assert parse_rung_time(written) == RungTime(share, offset)


@pytest.mark.parametrize("written", ["0%", "101%", "80", "due+", "due+2", "due 2h", "+2h", "due+2d", "", 0.8, None])
def test_no_other_text_is_a_rungs_time(written: object) -> None:
    with pytest.raises(ValueError, match="stands there"):
        parse_rung_time(written)


@pytest.mark.parametrize(
    ("written", "start", "end"),
    [
        ("08:00-17:00", time(8), time(17)),
        ("22:00-06:00", time(22), time(6)),
        ("16:00-24:00", time(16), time(0)),
        ("00:00-24:00", time(0), time(0)),
    ],
)
def test_hours_are_from_to_and_may_end_on_the_next_day(written: str, start: time, end: time) -> None:
    assert parse_interval(written) == Interval(start, end)
    assert str(parse_interval(written)) == written


@pytest.mark.parametrize(
    "written", ["8:00-17:00", "08:00", "24:00-08:00", "08:60-09:00", "08:00-24:01", "09:00-09:00", 8, None]
)
def test_no_other_text_is_hours(written: object) -> None:
    with pytest.raises(ValueError, match="stands there"):
        parse_interval(written)


def test_weekdays_count_from_monday_as_python_counts_them() -> None:
    assert parse_weekday("mon") == date(2026, 11, 23).weekday()
    assert parse_weekday("sun") == date(2026, 11, 29).weekday()


def test_an_absence_includes_its_first_and_its_last_day() -> None:
    away = parse_date_range("2026-12-20..2027-01-03")

    assert [date(2026, 12, 20) in away, date(2027, 1, 3) in away] == [True, True]
    assert [date(2026, 12, 19) in away, date(2027, 1, 4) in away] == [False, False]
    assert parse_date_range("2026-12-24") == DateRange(date(2026, 12, 24), date(2026, 12, 24))


@pytest.mark.parametrize(
    "written", ["20261224", "2026-W52-4", "24.12.2026", "2026-12-24T10:00", "2026-13-01", 20261224, None]
)
def test_a_day_is_year_month_day(written: object) -> None:
    with pytest.raises(ValueError, match="stands there"):
        parse_day(written)


@pytest.mark.parametrize(("written", "meant"), [("25MiB", 26_214_400), ("500KiB", 512_000), ("1GiB", 2**30), (77, 77)])
def test_a_size_is_a_number_of_bytes(written: object, meant: int) -> None:
    assert parse_bytes(written) == meant


@pytest.mark.parametrize("written", ["it@lindwerk.example", "Mara.Vogt+x@a-b.lindwerk.example", "o'hara@localhost"])
def test_an_address_is_compared_in_lower_case(written: str) -> None:
    assert parse_address(written) == written.lower()


@pytest.mark.parametrize(
    "written",
    [
        *("it", "@lindwerk.example", "it@", "it@lindwerk", "it@lindwerk..example", ".it@lindwerk.example"),
        *(
            "it@lindwerk.example ",
            "it@-lindwerk.example",
            "it@lindwerk.example,hr@lindwerk.example",
            "ït@lindwerk.example",
        ),
        *(
            "it@[127.0.0.1]",
            '"i t"@lindwerk.example',
            "it@lindwerk.example\n",
            f"{'x' * 65}@lindwerk.example",
            None,
            7,
        ),
    ],
)
def test_nothing_else_is_an_address(written: object) -> None:
    with pytest.raises(ValueError, match=r"wants an e-mail address such as it@lindwerk\.example; .* stands there"):
        parse_address(written)


@pytest.mark.parametrize("written", ["imap.lindwerk.example", "localhost", "10.0.0.7", "::1", "IMAP"])
def test_a_host_is_a_name_or_an_ip_address(written: str) -> None:
    assert parse_host(written) == written.lower()


@pytest.mark.parametrize("written", ["imap.lindwerk.example:993", "imaps://x", "", "a b", "x.", None])
def test_nothing_else_is_a_host(written: Any) -> None:
    with pytest.raises(ValueError, match="wants a host name"):
        parse_host(written)


@pytest.mark.parametrize("written", ["CEST", "Berlin", "../etc/passwd", "", None, "UTC+2"])
def test_only_names_of_the_iana_list_are_time_zones(written: object) -> None:
    assert parse_time_zone("America/Argentina/Buenos_Aires") == "America/Argentina/Buenos_Aires"
    with pytest.raises(ValueError, match="wants an IANA time zone such as Europe/Berlin; "):
        parse_time_zone(written)
