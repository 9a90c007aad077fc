"""The process in which the model learns and is watched: what is due is done once, then it ends.

It writes one line of JSON for each thing done to its standard output. Whatever happens here, a fault, hours of work,
too much memory, happens to this process alone. It ends when its standard input does, that is with the daemon.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

from classifier.examples import ExamplesRefused
from classifier.gate import TooFewTexts
from classifier.registry import ModelRefused
from daemon.learning import Outcome, check_drift, check_promise, retrain
from daemon.logs import set_up
from daemon.office import Office, open_office
from daemon.parsing import ParserDown, ParserPool
from daemon.premises import OfficeClosed, open_store, read_settings, utc_now

#: What it may use of memory beside its libraries; the service must not be ended for its sake.
MEMORY_BYTES = 1 << 30

#: What can be done, by the name under which the daemon asks for it.
TASKS: dict[str, Callable[[Office], Outcome]] = {
    "promise": lambda office: check_promise(office, office.now()),
    "drift": lambda office: check_drift(office, office.now()),
    "train": lambda office: retrain(office, office.now()),
}


def main(path: Path, tasks: list[str]) -> int:
    """Do these things, one after the other; the exit status."""
    _keep_small()
    threading.Thread(target=_end_with_the_daemon, daemon=True).start()
    settings = read_settings(path)
    set_up("error", settings.log.format, sys.stderr)
    store = open_store(path, settings)
    try:
        with ParserPool(processes=1) as parsers:
            for task in tasks:
                # Opened anew for each: what was done before may have changed the model in service.
                _tell(task, TASKS[task](open_office(path, settings, store, parsers, clock=utc_now)))
    finally:
        store.close()
    return 0


def _tell(task: str, outcome: Outcome) -> None:
    print(json.dumps({"task": task, "sentence": outcome.sentence, "changed": outcome.changed}), flush=True)


def _keep_small() -> None:
    """Less processor time than anybody else, no more memory than its share, and the first to go when there is none."""
    with suppress(OSError):
        os.nice(19)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard == resource.RLIM_INFINITY or hard > MEMORY_BYTES:
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, hard))


def _end_with_the_daemon() -> None:
    # Not sys.stdin.read: its lock would be held when the interpreter ends, which is a crash.
    while os.read(0, 1):
        pass
    os._exit(0)


def _refuse(sentence: str) -> int:
    print(json.dumps({"refused": sentence}), flush=True)
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
    except (OfficeClosed, ExamplesRefused, ModelRefused, TooFewTexts, ParserDown) as refusal:
        sys.exit(_refuse(str(refusal)))
    except MemoryError:
        sys.exit(_refuse(f"it needs more than {MEMORY_BYTES >> 20} MB; train by hand with `postroom train`"))
    except (sa.exc.OperationalError, sa.exc.InterfaceError) as trouble:
        sys.exit(_refuse(f"the database cannot be used now ({trouble.orig})"))
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(0)  # the daemon is gone
