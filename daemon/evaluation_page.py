"""Writes an evaluation as one HTML page that needs nothing from elsewhere: pictures inline, no script."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from classifier.evaluation import Evaluation, Point, Share, Wrong
from classifier.gate import Comparison
from daemon.desk.charts import Axis, Mark, Series, chart, heat_map
from daemon.logs import visible
from daemon.trial_page import PAGES

SHOWN_WORDS = 400
CONFIDENTIAL = "(confidential)"

_SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def page(
    title: str,
    found: Evaluation,
    curve: Sequence[tuple[int, float, float]],
    champion: Comparison | str,
    confidential: frozenset[str],
) -> str:
    """The page; everything that comes from a mail is escaped, its control characters made visible.

    curve: (texts learnt from, macro-F1, accuracy), empty if nobody asked. champion: the comparison with the model in
    service, or why there is none. confidential: departments whose mail is shown to nobody.
    """
    room = Environment(
        loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    room.filters |= {"visible": visible, "percent": percent, "between": between}
    departments = [row.department for row in found.rows]
    return room.get_template("evaluation.html.j2").render(
        title=title,
        found=found,
        curve=curve,
        champion=champion,
        wrong=[(one, shown(one, confidential)) for one in found.wrong],
        calibration_picture=_picture(_calibration(found)),
        coverage_picture=_picture(_coverage(found)),
        matrix_picture=_picture(heat_map("Which department's texts were taken for which", departments, found.matrix)),
        curve_picture=_picture(_learning(curve)) if len(curve) > 1 else "",
    )


def percent(share: float) -> str:
    """`93.4 %`."""
    return f"{100 * share:.1f} %"


def between(share: Share) -> str:
    """`93.4 % (91.0-95.2)`, or nothing of nothing."""
    if not share.whole:
        return ""
    return f"{100 * share.value:.1f} % ({100 * share.least:.1f}-{100 * share.most:.1f})"


def shown(one: Wrong, confidential: frozenset[str]) -> tuple[str, str]:
    """Subject and the beginning of the words, unless nobody may read them."""
    if {one.example.department, one.said} & confidential:
        return CONFIDENTIAL, ""
    words = " ".join(one.example.text.words.split())
    return one.example.text.subject, words[:SHOWN_WORDS] + ("…" if len(words) > SHOWN_WORDS else "")


def _picture(drawn: str) -> Markup:
    return Markup(drawn)  # noqa: S704 - of our own numbers; names are escaped in it


def _calibration(found: Evaluation) -> str:
    points = [(one.confidence, one.right.value) for one in found.bins]
    band = [(one.confidence, one.right.least, one.right.most) for one in found.bins]
    return chart(
        "How sure the model was, and how often it was right; a perfect model lies on the diagonal",
        Axis("how sure the model was", 0.0, 1.0, _SHARES),
        Axis("how often it was right", 0.0, 1.0, _SHARES),
        [
            Series("band", tuple(band)),
            Series("ideal", ((0.0, 0.0), (1.0, 1.0))),
            Series("line", tuple(points)),
            Series("dots", tuple(points)),
        ],
    )


def _coverage(found: Evaluation) -> str:
    low = max(0.0, min([one.precision for one in found.points] + [found.promise]) // 0.1 * 0.1 - 0.1)
    ticks = tuple(round(low + step * (1 - low) / 5, 3) for step in range(6))
    chosen = found.chosen
    marks = []
    if chosen.value is not None:
        marks.append(Mark(chosen.coverage, chosen.precision, f"acts alone from {chosen.value:.3f}"))
    return chart(
        f"Precision against coverage: how often routes would be right if so many mails were routed alone; "
        f"the promise is {percent(found.promise)}",
        Axis("share of mails that the model routes alone", 0.0, 1.0, _SHARES),
        Axis("share of these that is right", low, 1.0, ticks),
        [
            Series("band", tuple((one.coverage, one.bound, _upper(one)) for one in found.points)),
            Series("ideal", ((0.0, found.promise), (1.0, found.promise))),
            Series("line", tuple((one.coverage, one.precision) for one in found.points)),
        ],
        marks,
    )


def _upper(point: Point) -> float:
    return min(1.0, 2 * point.precision - point.bound)


def _learning(curve: Sequence[tuple[int, float, float]]) -> str:
    most = curve[-1][0]
    low = max(0.0, min(min(f1, accuracy) for _, f1, accuracy in curve) // 0.1 * 0.1)
    ticks = tuple(round(low + step * (1 - low) / 5, 3) for step in range(6))
    return chart(
        "Learning curve: macro-F1 by the number of texts learnt from",
        Axis("texts learnt from", 0.0, float(most), tuple(most * step / 4 for step in range(5)), is_share=False),
        Axis("macro-F1", low, 1.0, ticks),
        [
            Series("line", tuple((n, f1) for n, f1, _ in curve)),
            Series("dots", tuple((n, f1) for n, f1, _ in curve)),
        ],
    )
