"""Writes the report of a trial as one HTML page that needs nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from daemon.desk.matrix_picture import picture
from daemon.desk.trial import Trial, say_share
from daemon.logs import visible

PAGES = Path(__file__).parent / "pages"


def page(
    title: str,
    live: str,
    candidate: str,
    summary: str,
    precision: str,
    notes: Sequence[str],
    trial: Trial,
) -> str:
    """The page; everything that comes from a mail is escaped, its control characters made visible."""
    room = Environment(
        loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    room.filters |= {"visible": visible, "share": say_share}
    drawn = Markup(picture(trial.places, trial.matrix))  # noqa: S704 - of our own numbers; names are escaped in it
    return room.get_template("trial.html.j2").render(
        title=title,
        live=live,
        candidate=candidate,
        summary=summary,
        precision=precision,
        notes=notes,
        trial=trial,
        drawn=drawn,
    )
