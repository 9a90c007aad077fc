"""`make quality`: how well mail is understood, over real mails with expectations that others wrote.

    python -m benchmarks.quality

The mails lie beside the checkout in `shared/data`, or where POSTROOM_DATA says; they are nobody's to pass on,
so they are not in the repository. Prints a table; the last line is JSON. Without the data it says so, and
every figure is null.
"""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks import routing
from daemon.mail.body import newest_words
from daemon.mail.html import html_to_text
from daemon.mail.nature import may_acknowledge, nature_of, nature_of_mail
from daemon.mail.parse import parse

ROOT = Path(__file__).parents[1]
Figures = dict[str, float | int | None]

# -- what the scoring tool asks, mail by mail --

_LABELS = {
    "human": "human",
    "automatic_reply": "auto_reply",
    "bounce": "bounce_dsn",
    "list": "mailing_list",
    "system": "system_notification",
    "disposition_notification": "system_notification",
}


def parsed(raw: bytes) -> dict[str, Any]:
    """Everything that was read of a mail, so that each text in it can be tried."""
    return parse(raw).to_json()


def label(raw: bytes) -> str:
    """What a mail is, in the words of the labels."""
    return _LABELS[nature_of_mail(raw).kind]


def reply(kind: str, data: str | bytes) -> str:
    """The newest words of a whole mail (kind "eml", bytes) or of a text."""
    if isinstance(data, bytes):
        return parse(data).words
    return newest_words(html_to_text(data)[0] if kind == "html" else data).words


# -- the figures of mail --

MAIL: dict[str, tuple[str, str]] = {
    "mails": ("mails read", ""),
    "mail_failures": ("exception, time-out or broken text", "0 %"),
    "labelled_mails": ("mails with a label", ""),
    "machine_recognised": ("machine mail recognised", ">= 99 %"),
    "people_kept": ("people kept", ">= 99.5 %"),
    "auto_reply_recognised": ("automatic replies recognised", ">= 97 %"),
    "exact_nature": ("exact nature", ""),
    "machines_acknowledged": ("machine mail that would be acknowledged", "0 %"),
    "reply_cases": ("replies", ""),
    "reply_exact": ("newest words exact", ">= 93 %"),
    "forwards_kept": ("forwarded mail kept with what it forwards", "100 %"),
}
"""What each figure means, and what is to be reached. The counts say over how many mails a share was taken."""


def mail_figures(data: Path) -> Figures:
    """Runs the scoring tool beside the data over all visible mails; shares are between 0 and 1."""
    parsed = _scored(data, "parse", "benchmarks.quality:parsed")
    nature = _scored(data, "nature", "benchmarks.quality:label")
    words = _scored(data, "reply", "benchmarks.quality:reply")
    by_label = nature["by_label_machine_or_human"]
    exact, labelled = _share(nature["exact_label"])
    right, cases = _share(words["ALL"])
    return {
        "mails": parsed["messages"],
        "mail_failures": parsed["failed"] / parsed["messages"],
        "labelled_mails": labelled,
        "machine_recognised": _share(nature["machine_recognised"])[0],
        "people_kept": _share(nature["people_kept"])[0],
        "auto_reply_recognised": _share(by_label["auto_reply"])[0],
        "exact_nature": exact,
        "machines_acknowledged": _acknowledged(data / "mail"),
        "reply_cases": cases,
        "reply_exact": right,
        "forwards_kept": _forwards_kept(data / "mail"),
    }


def _scored(data: Path, what: str, adapter: str) -> dict[str, Any]:
    """What the tool says; it has a process and an alarm of its own, so that no mail can stop the others."""
    tool = data.parent / "tools" / "score_mail.py"
    ran = subprocess.run(
        [sys.executable, tool, what, "--adapter", adapter], cwd=ROOT, capture_output=True, text=True, check=True
    )
    said: dict[str, Any] = json.loads(ran.stdout)
    return said


def _share(said: str) -> tuple[float, int]:
    """(share, of how many) for the tool's "99.5% (182/183)"."""
    found = re.fullmatch(r"[\d.]+% \((\d+)/(\d+)\)", said)
    if found is None:
        raise ValueError(f"The scoring tool said {said!r} where a share such as '99.5% (182/183)' was expected.")
    return int(found[1]) / int(found[2]), int(found[2])


def _acknowledged(mails: Path) -> float:
    """The share of machine mail that nothing would keep from being answered, were it addressed to us."""
    with (mails / "autoreply_labels.csv").open(encoding="utf-8") as lines:
        machines = [row["path"] for row in csv.DictReader(lines) if row["label"] != "human"]
    return sum(_would_be_acknowledged((mails / path).read_bytes()) for path in machines) / len(machines)


def _would_be_acknowledged(raw: bytes) -> bool:
    message = parse(raw)
    watched = frozenset(address.key for address in (*message.to, *message.cc)) - {message.sender.key}
    return may_acknowledge(
        message,
        nature_of(message, ()),
        watched=watched,
        internal_domains=frozenset(),
        external_allowed=True,
        answers_our_automatic_mail=False,
    ).yes


def _forwards_kept(mails: Path) -> float:
    """Our own expectation, against that of the others: a forwarded mail is the request, so nothing of it goes."""
    with (mails / "reply_expectations.jsonl").open(encoding="utf-8") as lines:
        cases = [json.loads(line) for line in lines]
    texts: list[str] = [(mails / one["path"]).read_text(encoding="utf-8") for one in cases if "forward" in one["tags"]]
    kept = [newest_words(text).words.split() == text.split() for text in texts]
    return sum(kept) / len(kept)


# -- the parts --

PARTS: dict[str, tuple[Callable[[Path], Figures], Mapping[str, tuple[str, str]]]] = {"": (mail_figures, MAIL)}
"""What is measured: (figures, their meaning). The figures of a part with a name go under that key of the JSON."""


def measure(data: Path) -> dict[str, object]:
    """Measures every part and prints its table; without the data every figure is None. Routing has sets of its own."""
    is_there = (data / "mail" / "index.jsonl").is_file()
    if not is_there:
        print(f"There is no mail to measure with in {data}: set POSTROOM_DATA to the folder that holds mail/.")
    said: dict[str, object] = {}
    for name, (figures_of, meaning) in PARTS.items():
        figures = figures_of(data) if is_there else dict.fromkeys(meaning, None)
        if is_there:
            print("\n".join(table(figures, meaning)))
        said |= {name: figures} if name else figures
    return said | {"routing": routing.measure(data)}


def table(figures: Mapping[str, float | int | None], meaning: Mapping[str, tuple[str, str]]) -> list[str]:
    """The figures as lines: what, how much, what is asked."""
    return [f"{what:<45} {_shown(figures[key]):>8}   {asked}".rstrip() for key, (what, asked) in meaning.items()]


def _shown(figure: float | int | None) -> str:
    if figure is None:
        return "-"
    return str(figure) if isinstance(figure, int) else f"{100 * figure:.1f} %"


def main() -> None:
    """Measure and print."""
    told = os.environ.get("POSTROOM_DATA", "")
    data = Path(told).resolve() if told else ROOT.parent / "shared" / "data"
    print(json.dumps(measure(data)))


if __name__ == "__main__":
    main()
