"""Values: what an operator writes as text, turned into what the program works with.

Every parser takes what stands in the file (or the finished value, from a program) and returns the finished
value, or raises ValueError with a sentence that says what is wanted and what stands there. Reads no clock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cache
from ipaddress import ip_address
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit
from zoneinfo import available_timezones

from pydantic import ValidationInfo

from config.mistakes import did_you_mean, shown, stands

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DURATION = re.compile(r"(?:(\d{1,5})d)?(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?:(\d{1,5})s)?", re.ASCII)
_RUNG = re.compile(r"(?:(?P<percent>\d{1,3})%|due(?:(?P<sign>[+-])(?P<offset>\w+))?)", re.ASCII)
_INTERVAL = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)", re.ASCII)
_BYTES = re.compile(r"(\d{1,6})(KiB|MiB|GiB)", re.ASCII)
_BYTE_UNITS = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_SLUG = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# RFC 1035 section 2.3.1 with the digits of RFC 1123 section 2.1.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_DOMAIN = re.compile(rf"(?:{_LABEL}(?:\.{_LABEL})+|localhost)")
# The dot-atom of RFC 5322 section 3.2.3: quoted local parts are legal mail, but no address of a colleague.
_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_MINUTES_OF_A_DAY = 24 * 60

Entries = TypeVar("Entries", bound=Sized)


@dataclass(frozen=True, slots=True)
class Interval:
    """Opening hours in local time; with end <= start they end on the next day (24:00 is its 00:00)."""

    start: time
    end: time

    def __str__(self) -> str:
        end = "24:00" if self.end == time(0) else f"{self.end:%H:%M}"
        return f"{self.start:%H:%M}-{end}"


@dataclass(frozen=True, slots=True)
class RungTime:
    """When a rung is climbed, in business time: a share of the target, or an offset from the due time.

    share: 0 < share <= 1, the part of the target that has gone by; None when offset is set.
    offset: before (negative) or after the due time, timedelta(0) at it; None when share is set.
    """

    share: float | None
    offset: timedelta | None


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days from first to last, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def parse_duration(written: object) -> timedelta:
    """Read 30s, 15m, 4h, 2d or 1h30m as clock time (a day is 24 hours)."""
    if isinstance(written, timedelta):
        return written
    found = _DURATION.fullmatch(written) if isinstance(written, str) and written else None
    if found is None:
        raise ValueError(f"wants a duration such as 30s, 15m, 4h or 2d; {stands(written)}")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def parse_business_duration(written: object) -> timedelta:
    """Read 45m, 4h or 1h30m as business time; a day is refused, for its length depends on the calendar."""
    if isinstance(written, str) and "d" in written and _DURATION.fullmatch(written):
        raise ValueError(f"wants business time in hours, as a working day has no fixed length; {stands(written)}")
    if isinstance(written, timedelta):
        return written
    try:
        return parse_duration(written)
    except ValueError:
        raise ValueError(f"wants business time such as 45m, 4h or 1h30m; {stands(written)}") from None


def parse_rung_time(written: object) -> RungTime:
    """Read 80%, due, due+2h or due-30m."""
    if isinstance(written, RungTime):
        return written
    found = _RUNG.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        as_a_share = f", write it as {written}%" if type(written) is int and 1 <= written <= 100 else ""
        raise ValueError(f"wants a time such as 80%, due, due+2h or due-30m; {stands(written)}{as_a_share}")
    if found["percent"]:
        return _share_of_target(int(found["percent"]))
    away = parse_business_duration(found["offset"]) if found["offset"] else timedelta()
    return RungTime(share=None, offset=-away if found["sign"] == "-" else away)


def _share_of_target(percent: int) -> RungTime:
    if not 1 <= percent <= 100:
        raise ValueError(f"wants 1% to 100%; {percent}% stands there, write a later time as due+2h")
    return RungTime(share=percent / 100, offset=None)


def parse_interval(written: object) -> Interval:
    """Read 08:00-17:00, 22:00-06:00 (ends on the next day) or 16:00-24:00."""
    if isinstance(written, Interval):
        return written
    found = _INTERVAL.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise ValueError(f"wants opening hours such as 08:00-17:00; {stands(written)}")
    try:
        start, end = time(int(found[1]), int(found[2])), _closing(int(found[3]), int(found[4]))
    except ValueError:
        raise ValueError(f"wants hours from 00:00 to 24:00; {stands(written)}") from None
    if start == end and not str(written).endswith("-24:00"):
        raise ValueError(f"opens and closes at the same time; {stands(written)}, the whole day is 00:00-24:00")
    return Interval(start, end)


def _closing(hour: int, minute: int) -> time:
    return time(0) if (hour, minute) == (24, 0) else time(hour, minute)


def parse_weekday(written: object) -> int:
    """Read mon..sun as date.weekday() counts: 0 is Monday."""
    if isinstance(written, int) and 0 <= written < len(WEEKDAYS):
        return written
    if written not in WEEKDAYS:
        near = did_you_mean(str(written)[:3], WEEKDAYS)
        raise ValueError(f"wants a weekday of {', '.join(WEEKDAYS)}; {stands(written)}{near}")
    return WEEKDAYS.index(str(written))


def parse_day(written: object) -> date:
    """Read 2026-12-24."""
    if isinstance(written, date):
        return written
    if isinstance(written, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", written, re.ASCII):
        try:
            return date.fromisoformat(written)
        except ValueError:
            raise ValueError(f"wants a day that exists; {stands(written)}") from None
    raise ValueError(f"wants a day such as 2026-12-24; {stands(written)}")


def parse_date_range(written: object) -> DateRange:
    """Read 2026-12-20..2027-01-03 (both days included) or a single day."""
    if isinstance(written, DateRange):
        return written
    if not isinstance(written, str):
        raise ValueError(f"wants days such as 2026-12-20..2027-01-03 or a single day; {stands(written)}")
    first, dots, last = written.partition("..")
    days = DateRange(parse_day(first), parse_day(last if dots else first))
    if days.last < days.first:
        raise ValueError(f"wants the earlier day first; {stands(written)}")
    return days


def parse_bytes(written: object) -> int:
    """Read 25MiB, 500KiB or a plain number of bytes."""
    if isinstance(written, int) and not isinstance(written, bool):
        return written
    found = _BYTES.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise ValueError(f"wants a size such as 25MiB, 500KiB or a number of bytes; {stands(written)}")
    return int(found[1]) * _BYTE_UNITS[found[2]]


def parse_address(written: object) -> str:
    """Read one bare e-mail address; returns it in lower case, so that addresses can be compared."""
    text = written.lower() if isinstance(written, str) else ""
    local, _, domain = text.rpartition("@")
    if not (_LOCAL_PART.fullmatch(local) and _DOMAIN.fullmatch(domain)) or len(local) > 64 or len(text) > 254:
        raise ValueError(f"wants an e-mail address such as it@lindwerk.example; {stands(written)}")
    return text


def parse_envelope_sender(written: object) -> str:
    """Read an e-mail address or <>, the null return path of RFC 5321 section 4.5.5."""
    return "<>" if written == "<>" else parse_address(written)


def parse_domain(written: object) -> str:
    """Read a domain name in its ASCII form; returns it in lower case."""
    text = written.lower() if isinstance(written, str) else ""
    if not _DOMAIN.fullmatch(text) or len(text) > 253:
        raise ValueError(f"wants a domain such as lindwerk.example; {stands(written)}")
    return text


def parse_host(written: object) -> str:
    """Read a host name or an IP address, without a port or a scheme."""
    text = written.lower() if isinstance(written, str) else ""
    if not (_HOST.fullmatch(text) or is_ip_address(text)):
        raise ValueError(f"wants a host name such as imap.lindwerk.example; {stands(written)}")
    return text


def is_ip_address(text: str) -> bool:
    """Say whether a text is an IPv4 or IPv6 address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Say whether mail to this host stays on this machine."""
    return host == "localhost" or (is_ip_address(host) and ip_address(host).is_loopback)


def parse_time_zone(written: object) -> str:
    """Read the name of an IANA time zone."""
    if not isinstance(written, str) or written not in _time_zones():
        near = did_you_mean(str(written), _time_zones())
        raise ValueError(f"wants an IANA time zone such as Europe/Berlin; {stands(written)}{near}")
    return written


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def parse_slug(written: object) -> str:
    """Read the short name by which other settings, rules and staff words call a thing."""
    if not isinstance(written, str) or not _SLUG.fullmatch(written):
        raise ValueError(f"wants a name of small letters, digits, - and _ that begins with a letter; {stands(written)}")
    return written


def parse_line(written: object) -> str:
    """Read a text that goes into a mail header or a server command: one line, not empty."""
    if not isinstance(written, str):
        raise ValueError(f"wants text; {stands(written)}" + _advice_to_quote(written))
    if not written.strip():
        raise ValueError("wants text; it is empty")
    if _CONTROL.search(written):
        raise ValueError("wants text on one line; a line break or a control character stands in it")
    return written.strip()


def _advice_to_quote(written: object) -> str:
    return ", put it in quotes" if isinstance(written, (bool, int, float)) else ""


def parse_variable(written: object) -> str:
    """Read the name of an environment variable; never repeats what stands there, as it may be a password."""
    if not isinstance(written, str) or not _VARIABLE.fullmatch(written):
        raise ValueError("wants the name of an environment variable such as LINDWERK_PASSWORD, not the password itself")
    return written


def parse_path(written: object) -> Path:
    """Read a path as it stands."""
    if not isinstance(written, (str, Path)) or not str(written).strip():
        raise ValueError(f"wants a path; {stands(written)}")
    if str(written).startswith("~"):
        raise ValueError(f"wants the whole path, as ~ is not expanded; {stands(written)}")
    return Path(written)


def parse_placed_path(written: object, info: ValidationInfo) -> Path:
    """Read a path; a relative one starts at the folder of the settings file when that is known."""
    return under_base(parse_path(written), info)


def under_base(path: Path, info: ValidationInfo) -> Path:
    """Return a path that no longer depends on the folder in which the program was started."""
    base = (info.context or {}).get("base")
    return path if base is None else Path(base) / path


def parse_database_url(written: object) -> str:
    """Read a URL of SQLite or PostgreSQL; one that holds a password is refused and not repeated."""
    wanted = "wants sqlite:///<file> or postgresql+psycopg://<user>@<host>/<database>"
    if not isinstance(written, str):
        raise ValueError(f"{wanted}; {stands(written)}")
    try:
        parts = urlsplit(written)
        held = parts.password is not None or "password" in parse_qs(parts.query)
    except ValueError:
        raise ValueError(wanted) from None
    if held:
        raise ValueError("holds a password; leave it out of the URL and use password_file or password_env")
    if parts.scheme not in ("sqlite", "postgresql", "postgresql+psycopg"):
        raise ValueError(f"{wanted}; {stands(parts.scheme + ':...' if parts.scheme else written)}")
    if parts.scheme == "sqlite" and (parts.netloc or len(parts.path) < 2 or ":memory:" in parts.path):
        raise ValueError("wants sqlite:///<file>, as a database without a file is lost at every restart")
    return written


def refuse_beyond(duration: timedelta, most: timedelta) -> timedelta:
    """Return a duration; raise ValueError when it is no time at all or more than the most."""
    if not timedelta(0) < duration <= most:
        raise ValueError(f"wants more than 0s and at most {shown(most)}; {stands(duration)}")
    return duration


def refuse_no_time(target: timedelta) -> timedelta:
    """Return a target of an SLA policy; raise ValueError when no person could meet it."""
    if target <= timedelta(0):
        raise ValueError(f"wants more than 0s; {stands(target)}")
    return target


def refuse_empty(entries: Entries) -> Entries:
    """Return a list or group of entries; raise ValueError when there are none."""
    if not entries:
        raise ValueError("wants at least one entry; it is empty")
    return entries


def refuse_overlap(days: Sequence[tuple[str, tuple[Interval, ...]]]) -> None:
    """Raise ValueError when opening hours of consecutive days, each given with its name, overlap."""
    spans = sorted(_spans(days))
    for (_, end, earlier), (start, _, later) in pairwise(spans):
        if start < end:
            raise ValueError(f"{earlier} and {later} overlap; each hour may be open once")


def _spans(days: Iterable[tuple[str, tuple[Interval, ...]]]) -> Iterator[tuple[int, int, str]]:
    for number, (name, intervals) in enumerate(days):
        for interval in intervals:
            start, end = (at.hour * 60 + at.minute for at in (interval.start, interval.end))
            midnight = number * _MINUTES_OF_A_DAY
            overnight = _MINUTES_OF_A_DAY if end <= start else 0
            yield midnight + start, midnight + end + overnight, f"{name} {interval}"


def refuse_unknown_country(country: str) -> None:
    """Raise ValueError when the holidays of a country (two capital letters) are not known."""
    # The library also knows countries by names such as Germany; a calendar names them in one way only.
    if not re.fullmatch("[A-Z]{2}", country) or _holidays_of(country) is None:
        code = _code_of(country)
        raise ValueError(
            f"wants a country, in two capital letters such as DE, whose holidays are known; {stands(country)}"
            + (f"; did you mean '{code}'?" if code else "")
        )


def refuse_unknown_region(country: str, region: str) -> None:
    """Raise ValueError when a known country has no such region with holidays of its own."""
    known = _holidays_of(country)
    if region not in known.subdivisions_aliases:  # Hamburg for HH
        _refuse_unknown("region", region, country, known.subdivisions)


def refuse_unknown_language(country: str, language: str) -> None:
    """Raise ValueError when the names of a known country's holidays are not known in a language."""
    _refuse_unknown("language", language, country, _holidays_of(country).supported_languages)


def _code_of(name: str) -> str:
    """The two letters of a country by its English name, or by small letters; "" if none is known."""
    import holidays  # noqa: PLC0415 - see _holidays_of

    written = "".join(name.split()).lower()
    for code in holidays.list_supported_countries(include_aliases=False):
        if written in (code.lower(), type(holidays.country_holidays(code)).__mro__[1].__name__.lower()):
            return code
    return ""


def _holidays_of(country: str) -> Any:
    import holidays  # noqa: PLC0415 - takes a fifth of a second, which only calendars with holidays should cost

    try:
        return holidays.country_holidays(country)
    except NotImplementedError:
        return None


def _refuse_unknown(what: str, word: str, country: str, known: Sequence[str]) -> None:
    if word not in known:
        offered = f"those of {country} are {', '.join(known)}" if known else f"{country} has none"
        raise ValueError(f"no {what} of {country} is called {word!r}; {offered}{did_you_mean(word, known)}")
