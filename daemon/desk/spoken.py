"""How a time, a promise, opening hours, a length or a size is said to a person.
 Says what it is given; decides nothing, and does not know what time it is. The tables of words are small
because the sentences stand in the templates; a language is known when it has its table here and its templates
beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from config.values import Interval
from daemon.desk.request import Priority

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Speech:
    """The words of one language. Patterns are filled in by name or in order; spaces in times do not break."""

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    day: str
    year: str
    moment: str
    clock: str
    place: str
    elsewhere: str
    both: str
    span: str
    hours: str
    always: str
    priorities: Mapping[Priority, str]
    no_subject: str


SPEECHES: Mapping[str, Speech] = {
    "en": Speech(
        weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        months=(
            *("January", "February", "March", "April", "May", "June"),
            *("July", "August", "September", "October", "November", "December"),
        ),
        day="{weekday} {day} {month}",
        year=" {year}",
        moment="{day}, {clock}",
        clock="{hour:02}:{minute:02}",
        place="{city} time",
        elsewhere="{moment} ({place}); that is {other} for you ({other_place})",
        both="{0} and {1}",
        span="{0} to {1}",
        hours="{days} {times}",
        always="around the clock",
        priorities={one: one.value for one in Priority},
        no_subject="(no subject)",
    ),
    "de": Speech(
        weekdays=("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
        months=(
            *("Januar", "Februar", "März", "April", "Mai", "Juni"),
            *("Juli", "August", "September", "Oktober", "November", "Dezember"),
        ),
        day="{weekday}, {day}.\N{NO-BREAK SPACE}{month}",
        year=" {year}",
        moment="{day}, {clock}",
        clock="{hour:02}:{minute:02}\N{NO-BREAK SPACE}Uhr",
        place="Ortszeit {city}",
        elsewhere="{moment} ({place}); bei Ihnen ist das {other} ({other_place})",
        both="{0} und {1}",
        span="{0} bis {1}",
        hours="{days} {times}\N{NO-BREAK SPACE}Uhr",
        always="rund um die Uhr",
        priorities={
            Priority.LOW: "niedrig",
            Priority.NORMAL: "normal",
            Priority.HIGH: "hoch",
            Priority.URGENT: "dringend",
        },
        no_subject="(ohne Betreff)",
    ),
    "fr": Speech(
        weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        months=(
            *("janvier", "février", "mars", "avril", "mai", "juin"),
            *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
        ),
        day="{weekday} {day} {month}",
        year=" {year}",
        moment="{day} à {clock}",
        clock="{hour}\N{NO-BREAK SPACE}h\N{NO-BREAK SPACE}{minute:02}",
        place="heure de {city}",
        elsewhere="{moment} ({place}), soit {other} chez vous ({other_place})",
        both="{0} et {1}",
        span="{0} à {1}",
        hours="{days} {times}",
        always="24 heures sur 24",
        priorities={
            Priority.LOW: "basse",
            Priority.NORMAL: "normale",
            Priority.HIGH: "haute",
            Priority.URGENT: "urgente",
        },
        no_subject="(sans objet)",
    ),
    "es": Speech(
        weekdays=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
        months=(
            *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
            *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
        ),
        day="{weekday} {day} de {month}",
        year=" de {year}",
        moment="{day} a las {clock}",
        clock="{hour:02}:{minute:02}\N{NO-BREAK SPACE}h",
        place="hora de {city}",
        elsewhere="{moment} ({place}); para usted, {other} ({other_place})",
        both="{0} y {1}",
        span="{0} a {1}",
        hours="{days} {times}\N{NO-BREAK SPACE}h",
        always="las 24 horas",
        priorities={
            Priority.LOW: "baja",
            Priority.NORMAL: "normal",
            Priority.HIGH: "alta",
            Priority.URGENT: "urgente",
        },
        no_subject="(sin asunto)",
    ),
}


def language_of(written: str) -> str:
    """The language in which we answer a mail in this one (`de`, `de-AT`, ""): English if we know it not."""
    short = written[:2].lower()
    return short if short in SPEECHES else "en"


def say_moment(at: datetime, zone: ZoneInfo, language: str, *, said_at: datetime) -> str:
    """An instant by the clock of a zone: `Tuesday 24 November, 11:30`; with the year if it is another one."""
    speech, local = SPEECHES[language], at.astimezone(zone)
    day = speech.day.format(
        weekday=speech.weekdays[local.weekday()],
        day="1er" if language == "fr" and local.day == 1 else local.day,
        month=speech.months[local.month - 1],
    )
    year = speech.year.format(year=local.year) if local.year != said_at.astimezone(zone).year else ""
    return speech.moment.format(day=day + year, clock=_clock(local, speech))


def say_promise(at: datetime, zone: ZoneInfo, language: str, *, said_at: datetime, reader_zone: ZoneInfo | None) -> str:
    """The instant of a promise by the department's clock, and by the reader's if that shows another time.

    Told to the next full minute: what is promised "by 11:30" may not be due at 11:29:17. The place is named
    unless the reader's clock is known to show the same: a time without a place is a guess.
    """
    at = _next_full_minute(at)
    speech, moment = SPEECHES[language], say_moment(at, zone, language, said_at=said_at)
    if reader_zone is None:
        return f"{moment} ({say_place(zone, at, language)})"
    here, there = at.astimezone(zone), at.astimezone(reader_zone)
    if here.utcoffset() == there.utcoffset():
        return moment
    same_day = here.date() == there.date()
    return speech.elsewhere.format(
        moment=moment,
        place=say_place(zone, at, language),
        other=_clock(there, speech) if same_day else say_moment(at, reader_zone, language, said_at=said_at),
        other_place=say_place(reader_zone, at, language),
    )


def _next_full_minute(at: datetime) -> datetime:
    over = timedelta(seconds=at.second, microseconds=at.microsecond)
    return at + timedelta(minutes=1) - over if over else at


def say_place(zone: ZoneInfo, at: datetime, language: str) -> str:
    """Whose clock is meant: `Berlin time`; a zone named after no city is told by its distance from UTC.

    The sign in a name such as Etc/GMT+5 is the wrong way round for everybody but POSIX.
    """
    region, _, city = zone.key.replace("_", " ").rpartition("/")
    if not region or region == "Etc":
        return f"UTC{at.astimezone(zone).isoformat()[-6:]}".removesuffix("+00:00")
    place = SPEECHES[language].place.format(city=city)
    if language == "fr" and city[0] in "AEIOUY":
        place = place.replace("heure de ", "heure d’")
    return place.replace(" ", "\N{NO-BREAK SPACE}")


def say_hours(week: Mapping[int, tuple[Interval, ...]], language: str) -> str:
    """The weekly hours: `Monday to Thursday 08:00-17:00, Friday 08:00-15:00`; "" if there are none."""
    speech = SPEECHES[language]
    days = [(day, _times(week.get(day, ()), speech)) for day in range(7)]
    runs = [(times, [day for day, _ in run]) for times, run in groupby(days, key=lambda one: one[1])]
    if len(runs) == 1 and runs[0][0] == "00:00–24:00":
        return speech.always
    said = (speech.hours.format(days=_days(run, speech), times=times) for times, run in runs if times)
    return ", ".join(said)


def say_length(length: timedelta) -> str:
    """A length in English, to the minute: `2 hours 15 minutes`."""
    hours, minutes = divmod(round(length / _MINUTE), 60)
    said = [f"{count} {unit}{'s' * (count != 1)}" for count, unit in ((hours, "hour"), (minutes, "minute")) if count]
    return " ".join(said) or "less than a minute"


def say_size(size: int) -> str:
    """A size in bytes as a file manager shows it: `214 KB`."""
    if size < 1000:
        return f"{size} bytes"
    return f"{round(size / 1000)} KB" if size < 999_500 else f"{size / 1_000_000:.1f} MB"


def _clock(local: datetime, speech: Speech) -> str:
    return speech.clock.format(hour=local.hour, minute=local.minute)


def _times(hours: tuple[Interval, ...], speech: Speech) -> str:
    *before, last = ("", *(str(one).replace("-", "–") for one in hours))
    return speech.both.format(", ".join(before[1:]), last) if len(before) > 1 else last


def _days(run: list[int], speech: Speech) -> str:
    names = [speech.weekdays[day] for day in (run[0], run[-1])]
    if len(run) == 1:
        return names[0]
    return (speech.both if len(run) == 2 else speech.span).format(*names)
