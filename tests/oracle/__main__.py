"""`python -m tests.oracle FOLDER`: judges the case in a folder.

Prints violations, then one line of JSON; the exit status is 1 if there are violations.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.oracle.evidence import gather
from tests.oracle.invariants import judge


def main() -> int:
    """Print every violation, then the figures."""
    verdict = judge(gather(Path(sys.argv[1])))
    for violation in verdict.violations:
        print(violation)
    print(json.dumps(verdict.figures()))
    return 1 if verdict.violations else 0


if __name__ == "__main__":
    sys.exit(main())
