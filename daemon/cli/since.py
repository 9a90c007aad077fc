"""The option `--since`: how far a command looks back, such as 90d or 12h."""

from __future__ import annotations

import datetime as dt

import click

from config.values import parse_duration


class Span(click.ParamType[dt.timedelta]):
    """A duration as in the settings."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> dt.timedelta:
        """Read it, or say how it is written."""
        try:
            span = parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if not dt.timedelta() < span <= dt.timedelta(days=36_500):
            self.fail(f"{value} is no time to look back; write for example 90d", param, ctx)
        return span


past = click.option(
    "--past", type=Span(), metavar="90d", help="Also find rules that match none of the mail of so long ago: 90d, 12h."
)
since = click.option(
    "--since", "span", type=Span(), default="90d", show_default=True, help="How far to look back: 90d, 12h."
)
