"""The console script `postroom`, also `python -m daemon`."""

from __future__ import annotations

import sys

from daemon.cli.root import postroom
from daemon.cli.sheet import run_command


def main() -> None:
    """Run one command; expected mistakes become a sentence and a documented exit status, never a traceback."""
    sys.exit(run_command(postroom, sys.argv[1:]))


if __name__ == "__main__":
    main()
