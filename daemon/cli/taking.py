"""A command has put other rules or another model into their place: the running daemon is to take them."""

from __future__ import annotations

import os
import signal
import time
from typing import Literal

from config.settings import Settings
from daemon import state_dir
from daemon.cli.sheet import NOT_AS_IT_SHOULD_BE, OK, console, safe

#: How long the daemon may take to read everything anew (seconds).
RELOADS_WITHIN = 20.0


def let_daemon_take(settings: Settings, what: Literal["rules_version", "model_version"], wanted: str) -> int:
    """Ask the daemon of this state directory to reload, and wait until it works by `wanted`; the exit status."""
    out, status = console(), state_dir.read_status(settings.state_dir)
    if status is None or not status["running"]:
        out.print(safe(f"No daemon runs here; the next one to start works by version {wanted}."))
        return OK
    try:
        os.kill(int(status["pid"]), signal.SIGHUP)
    except PermissionError:
        out.print(safe("The daemon runs under another user; now run: sudo systemctl reload postroom", "yellow"))
        return NOT_AS_IT_SHOULD_BE
    deadline = time.monotonic() + RELOADS_WITHIN
    while time.monotonic() < deadline:
        status = state_dir.read_status(settings.state_dir) or {}
        if status.get(what) == wanted:
            out.print(f"The daemon works by version {wanted}.")
            return OK
        time.sleep(0.2)
    troubles = "".join(f"\n- {trouble}" for trouble in (status or {}).get("troubles", ()))
    out.print(safe(f"The daemon has not taken it yet; `postroom status` says why.{troubles}", "bold red"))
    return NOT_AS_IT_SHOULD_BE
