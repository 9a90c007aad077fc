"""A daemon runs a candidate beside the live rules, whatever becomes of the candidate."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING

from daemon.store.tables import shadow_routes
from tests.integration.conftest import until

if TYPE_CHECKING:
    from tests.integration.conftest import Daemon, Lindwerk

Mail = Callable[..., EmailMessage]

CANDIDATE = "rules: [{name: everything, when: {words: [vpn, holiday]}, then: {department: hr}}]\n"


def shadow_of(daemon: Daemon) -> int | None:
    """The process in which the candidate decides."""
    children = Path(f"/proc/{daemon.process.pid}/task/{daemon.process.pid}/children")
    tasks = children.parent.parent.glob("*/children")
    for pid in " ".join(task.read_text() for task in tasks).split():
        if b"daemon.shadow_child" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return int(pid)
    return None


def said(lindwerk: Lindwerk) -> list[tuple[int, str | None]]:
    with lindwerk.store.reading() as database:
        rows = database.execute(shadow_routes.select().order_by(shadow_routes.c.id))
        return [(row.request_id, row.department) for row in rows]


def test_a_candidate_may_be_killed_spoilt_and_taken_away_and_no_mail_is_held_up(
    lindwerk: Lindwerk, a_mail: Mail
) -> None:
    (lindwerk.folder / "trial").mkdir()
    (lindwerk.folder / "trial" / "all.yaml").write_text(CANDIDATE)
    lindwerk.replaces("rules: {folder: rules}", "rules: {folder: rules, shadow: trial}")
    daemon = lindwerk.start()
    until(lambda: lindwerk.sentence_of("shadow").startswith("watching: asks rules "), "the candidate follows")

    lindwerk.writes(a_mail("VPN 1"), "it")
    assert lindwerk.request("VPN 1").department == "it"
    until(lambda: said(lindwerk) == [(1, "hr")], "the candidate was asked")

    first = shadow_of(daemon)
    assert first is not None
    os.kill(first, signal.SIGKILL)
    lindwerk.writes(a_mail("VPN 2"), "it")
    assert lindwerk.request("VPN 2").department == "it"
    until(lambda: len(said(lindwerk)) == 2, "another process goes on")
    assert shadow_of(daemon) != first

    (lindwerk.folder / "trial" / "all.yaml").write_text("rules: broken")
    daemon.process.send_signal(signal.SIGHUP)
    until(lambda: "needs `rules:` with a list" in lindwerk.sentence_of("shadow"), "the status names the mistake")
    lindwerk.writes(a_mail("VPN 3"), "it")
    assert lindwerk.request("VPN 3").department == "it"

    lindwerk.replaces(", shadow: trial", "")
    daemon.process.send_signal(signal.SIGHUP)
    until(lambda: "shadow" not in {w["name"] for w in lindwerk.status()["workers"]}, "it is let go")
    until(lambda: shadow_of(daemon) is None, "its process has ended")
    assert daemon.stop() == 0
