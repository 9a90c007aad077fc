"""`make sweep`: searches far for faults, part by part; the last line of its output is one line of JSON.

Each part gives figures, which are merged into that line: `PARTS` is the place for another one. A sweep that was
interrupted goes on where it stopped: what is done stands in `.sweep/`, by seed and version of the code. A finished
one is forgotten, but for the houses in which something was wrong.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks import business_time, storm
from daemon.under_test import POINTS
from tests.servers.dovecot import Dovecot
from tests.sweep import chaos, escalations, kills, points, postgresql, storage

ROOT = Path(__file__).parents[2]
Figures = dict[str, Any]

#: What the oracle counts; the same words in every part that asks it.
COUNTED = (
    *("injected", "lost", "duplicate_requests", "missing_acks", "duplicate_acks", "duplicate_acks_with_copy"),
    *("repeated", "found_by_copy", "quarantined"),
)

#: Files that decide what the daemon does.
CODE = frozenset({".py", ".yaml", ".jsonl", ".j2", ".txt"})
FOLDERS = (
    *("config", "rules", "classifier", "daemon"),
    *("tests/integration", "tests/oracle", "tests/servers", "tests/sweep"),
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller asks for."""

    kills: int
    seeds: int
    seed: int
    jobs: int
    folder: Path
    console: Console
    storm: int = 10_000


@dataclass(frozen=True, slots=True)
class Step:
    """One trial of a part; `name` is unique in it, `run` makes it in an empty folder."""

    name: str
    run: Callable[[Path, Dovecot], Figures]


def run_kills(wanted: Wanted) -> Figures:
    """So many random kills, in rounds; where no copies are kept, at most one acknowledgement leaves twice for each."""
    sizes = [min(kills.KILLS_PER_ROUND, wanted.kills - done) for done in range(0, wanted.kills, kills.KILLS_PER_ROUND)]
    steps = [
        Step(f"{number}-{size}", partial(kills.a_round, seed=wanted.seed, number=number, kills=size))
        for number, size in enumerate(sizes)
    ]
    results = _all_done("kills", steps, wanted)
    figures = _sum(results)
    blind = sum(size for number, size in enumerate(sizes) if not kills.keeps_copies(number))
    if figures["duplicate_acks"] > blind:
        wanted.console.print(f"kills: {figures['duplicate_acks']} acknowledgements left twice in {blind} kills")
        figures["invariant_violations"] += 1
    return {"kills": wanted.kills} | figures


def run_points(wanted: Wanted) -> Figures:
    """Every point of the crash table with so many seeds."""
    steps = [
        Step(f"{seed}-{'-'.join(dies_of)}", partial(points.deaths, points=dies_of, seed=seed, keeps_copies=copies))
        for dies_of, seed, copies in points.houses(wanted.seeds, wanted.seed)
    ]
    results = _all_done("points", steps, wanted)
    figures = {"crash_points": len(POINTS), "crash_point_deaths": sum(one.get("deaths", 0) for one in results)}
    return figures | _sum(results)


def run_chaos(wanted: Wanted) -> Figures:
    """Links that break at random between the daemon and its mail servers."""
    steps = [
        Step(str(number), partial(chaos.a_round, seed=wanted.seed, number=number)) for number in range(wanted.seeds)
    ]
    results = _all_done("chaos", steps, wanted)
    broken = sum(one.get("broken_links", 0) for one in results)
    return {"chaos_rounds": len(results), "broken_links": broken} | _sum(results)


def run_storage(wanted: Wanted) -> Figures:
    """A disk that is full or broken, by strace; where that may not trace, nothing is run and the figure says so."""
    if storage.why_not_traced():
        wanted.console.print(f"storage: left out. {storage.why_not_traced()}")
        return {"storage_faults": 0}
    steps = [
        Step(str(number), partial(storage.faults, seed=wanted.seed, number=number)) for number in range(wanted.seeds)
    ]
    results = _all_done("storage", steps, wanted)
    return {"storage_faults": sum(one.get("storage_faults", 0) for one in results)} | _sum(results)


def run_postgresql(wanted: Wanted) -> Figures:
    """A tenth as many kills with the database on PostgreSQL, of the daemon and of the server."""
    count = max(1, wanted.kills // 10)
    sizes = [min(kills.KILLS_PER_ROUND, count - done) for done in range(0, count, kills.KILLS_PER_ROUND)]
    steps = [
        Step(f"{number}-{size}", partial(postgresql.a_round, seed=wanted.seed, number=number, kills=size))
        for number, size in enumerate(sizes)
    ]
    results = _all_done("postgresql", steps, wanted)
    servers = sum(one.get("server_kills", 0) for one in results)
    return {"postgresql_kills": count, "postgresql_server_kills": servers} | _sum(results)


def run_storm(wanted: Wanted) -> Figures:
    """So many mails wait at the start, and an escalation falls due among them; alone on the machine, as all parts."""
    try:
        return storm.measure(wanted.storm)
    except SystemExit as end:  # it did not even come to an end
        wanted.console.print(f"storm: {end}", markup=False)
        return {"storm_mails": wanted.storm, "storm_limits_passed": 1}


def run_tests(_wanted: Wanted) -> Figures:
    """The tests that search far: property tests and those marked `sweep`."""
    command = [sys.executable, "-m", "pytest", "-m", "sweep or hypothesis", "-n", "2", "--dist", "worksteal"]
    environment = os.environ | {"POSTROOM_SWEEP": "1"}
    ended = subprocess.run([*command, "--timeout", "3600"], cwd=ROOT, env=environment, check=False)
    return {"failed_test_runs": int(ended.returncode != 0)}


def run_business_time(wanted: Wanted) -> Figures:
    """A million sums of business time, against the minutes themselves."""
    return business_time.measure(seed=wanted.seed)


def run_escalations(wanted: Wanted) -> Figures:
    """Rungs over weeks of changing clocks, in processes that are killed two hundred times."""
    with TemporaryDirectory() as folder:
        return escalations.measure(Path(folder), seed=wanted.seed)


PARTS: dict[str, Callable[[Wanted], Figures]] = {
    "tests": run_tests,
    "business_time": run_business_time,
    "escalations": run_escalations,
    "kills": run_kills,
    "points": run_points,
    "chaos": run_chaos,
    "storage": run_storage,
    "postgresql": run_postgresql,
    "storm": run_storm,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts; 1 if any of them found a fault."""
    words = argparse.ArgumentParser(prog="python -m tests.sweep", description=__doc__)
    words.add_argument("--kills", type=int, default=1000, help="random kills of the daemon under load")
    words.add_argument("--seeds", type=int, default=20, help="seeds for each point, and for the other faults")
    words.add_argument("--seed", type=int, default=20261123, help="decides mails and moments")
    words.add_argument("--storm", type=int, default=10_000, help="mails that wait when the storm begins")
    words.add_argument("--jobs", type=int, default=2, help="trials at the same time")
    words.add_argument("--only", choices=PARTS, action="append", help="this part alone (may be given again)")
    asked = words.parse_args(arguments)
    folder = ROOT / ".sweep" / f"{asked.seed}-{version_of_the_code()}"
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a thousand daemons start: none of them shall compile itself
    wanted = Wanted(asked.kills, asked.seeds, asked.seed, asked.jobs, folder, Console(stderr=True), asked.storm)
    figures: Counter[str] = Counter()
    for name in asked.only or PARTS:
        figures.update(PARTS[name](wanted))
    for journal in folder.glob("*.jsonl"):
        journal.unlink()
    print(json.dumps({"seed": asked.seed, **figures}))
    bad = (
        *("lost", "duplicate_requests", "missing_acks", "duplicate_acks_with_copy"),
        *("invariant_violations", "tracebacks"),
        *("failed_test_runs", "business_time_mismatches", "storm_limits_passed"),
        *("escalations_missing", "escalations_repeated", "escalations_late", "escalations_to_the_absent"),
    )
    return int(any(figures[name] for name in bad))


def version_of_the_code() -> str:
    """Changes with every line of the product and of the sweep: what was found out of another version is not ours."""
    files = sorted(file for folder in FOLDERS for file in (ROOT / folder).rglob("*") if file.suffix in CODE)
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def _all_done(part: str, steps: Sequence[Step], wanted: Wanted) -> list[Figures]:
    """The figures of every step: those that an earlier sweep made are read, the others made now, several at once."""
    journal = wanted.folder / f"{part}.jsonl"
    journal.parent.mkdir(parents=True, exist_ok=True)
    done = dict(_read(journal))
    todo = [step for step in steps if step.name not in done]
    columns = (
        TextColumn(part),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[bad]}"),
    )
    with (
        Dovecot.create() as dovecot,
        Progress(*columns, console=wanted.console) as progress,
        ThreadPoolExecutor(wanted.jobs) as pool,
        journal.open("a") as lines,
    ):
        bar = progress.add_task(part, total=len(steps), completed=len(steps) - len(todo), bad="")
        running = {pool.submit(_one, step, wanted.folder / part / step.name, dovecot): step for step in todo}
        for ended in _in_order_of_end(running):
            step, figures = running[ended], ended.result()
            done[step.name] = figures
            lines.write(json.dumps([step.name, figures]) + "\n")
            lines.flush()
            for fault in (*figures["violations"], *figures["tracebacks"]):
                progress.console.print(f"{part} {step.name}: {fault}", highlight=False, markup=False)
            bad = sum(bool(one["violations"] or one["tracebacks"]) for one in done.values())
            progress.update(bar, advance=1, bad=f"{bad} bad" if bad else "")
    return [done[step.name] for step in steps]


def _in_order_of_end(running: dict[Future[Figures], Step]) -> Iterator[Future[Figures]]:
    try:
        yield from as_completed(running)
    finally:
        for waiting in running:  # Ctrl-C: what has begun is finished, nothing new begins
            waiting.cancel()


def _one(step: Step, folder: Path, dovecot: Dovecot) -> Figures:
    """One trial; its folder stays only if there is something to look at."""
    shutil.rmtree(folder, ignore_errors=True)
    began = time.monotonic()
    try:
        figures = step.run(folder, dovecot)
    except AssertionError as error:  # the trial could not be brought to its end: that is a finding too
        figures = {"violations": [f"no verdict: {error}"], "tracebacks": []}
    if not figures["violations"] and not figures["tracebacks"]:
        shutil.rmtree(folder)
    return figures | {"seconds": round(time.monotonic() - began, 1)}


def _sum(results: Sequence[Figures]) -> Figures:
    counted = {name: sum(one.get(name, 0) for one in results) for name in COUNTED}
    return counted | {
        "invariant_violations": sum(len(one["violations"]) for one in results),
        "tracebacks": sum(len(one["tracebacks"]) for one in results),
    }


def _read(journal: Path) -> Iterator[tuple[str, Figures]]:
    if journal.exists():
        for line in journal.read_text().splitlines():
            name, figures = json.loads(line)
            yield name, figures


if __name__ == "__main__":
    sys.exit(main())
