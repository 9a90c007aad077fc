"""`make bench`: every benchmark, one after the other; the last line is JSON with the figures of all."""

from __future__ import annotations

import json

from benchmarks import intake, model, replay, rules

BENCHMARKS = (intake.measure, rules.measure, replay.measure, model.measure)


def main() -> None:
    """Measure and print."""
    figures: dict[str, float] = {}
    for measure in BENCHMARKS:
        figures |= measure()
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
