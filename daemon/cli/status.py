"""`postroom status`: how the daemon says it is, and what the database says of the work."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from daemon.cli.room import open_for_reading
from daemon.cli.sheet import NOT_AS_IT_SHOULD_BE, OK, Sheet, as_json, console, print_json, print_table, safe
from daemon.premises import utc_now
from daemon.state_dir import read_drift, read_status
from daemon.store import clocks, copies, labels, mailboxes, messages, outbox, requests

#: The daemon writes its status every two seconds; older than this, it cannot (seconds).
STALE_AFTER = 60.0


@click.command("status")
@as_json
@click.pass_obj
def command(sheet: Sheet, machine: bool) -> int:
    """Say how the daemon and the work stand. Exit status 1 if something is not as it should be."""
    with open_for_reading(sheet) as (settings, store):
        daemon = read_status(settings.state_dir) or {"running": False, "workers": [], "troubles": []}
        now = utc_now()
        with store.reading() as connection:
            next_rung = clocks.first_due(connection)
            report: dict[str, Any] = {
                "running": daemon["running"],
                "daemon": daemon,
                "requests": requests.counts(connection),
                "messages": messages.counts(connection),
                "copies": copies.counts(connection),
                "outbox": outbox.counts(connection),
                "last_scan_seconds": {
                    known.name: round((now - known.scanned_at).total_seconds()) for known in mailboxes.every(connection)
                },
                "next_rung_due": next_rung,
                "to_confirm": len(labels.waiting(connection)),
            }
        report["drift"] = read_drift(settings.state_dir)
    report["wrong"] = _what_is_wrong(report)
    if machine:
        print_json(report)
    else:
        _print(report)
    return NOT_AS_IT_SHOULD_BE if report["wrong"] else OK


def _what_is_wrong(report: dict[str, Any]) -> list[str]:
    wrong = [] if report["running"] else ["The daemon is not running; start it with `systemctl start postroom`."]
    wrong += list(report["daemon"]["troubles"])
    if report["running"]:
        wrong += [
            f"{worker['name']}: {worker['sentence'] or worker['state']}"
            for worker in report["daemon"]["workers"]
            if worker["state"] in ("down", "deaf")
        ]
        age = (utc_now() - dt.datetime.fromisoformat(report["daemon"]["written_at"])).total_seconds()
        if age > STALE_AFTER:
            wrong.append(f"The daemon has said nothing for {age:.0f} s; see `journalctl -u postroom`.")
    quarantined = report["copies"].get("quarantined", 0)
    if quarantined:
        wrong.append(f"{quarantined} mails lie in quarantine; look at them with `postroom quarantine list`.")
    if report["outbox"].get("uncertain"):
        wrong.append(f"{report['outbox']['uncertain']} mails may or may not have been accepted; they are followed up.")
    if report["outbox"].get("held"):
        wrong.append(f"{report['outbox']['held']} mails are held since a restore; see `postroom held list`.")
    if report["drift"] and report["drift"]["drifted"]:
        wrong.append(f"Seen {report['drift']['at'][:10]}: {report['drift']['sentence']}; see `postroom drift`.")
    return wrong


def _print(report: dict[str, Any]) -> None:
    out = console()
    daemon = report["daemon"]
    if report["running"]:
        out.print(f"Postroom runs as process {daemon['pid']}, since {daemon['started_at']}.")
        out.print(f"Rules {daemon['rules_version'] or 'none'}, model {daemon['model_version'] or 'none'}.\n")
        rows = [
            (
                w["name"],
                w["state"],
                w["sentence"],
                report["last_scan_seconds"].get(w["name"], ""),
                w["restarts"],
            )
            for w in daemon["workers"]
        ]
        print_table("", ["worker", "state", "", "last scan (s ago)", "restarts"], rows)
        out.print()
    for title in ("requests", "messages", "outbox"):
        counted = ", ".join(f"{number} {state}" for state, number in sorted(report[title].items())) or "none yet"
        out.print(f"{title.capitalize()}: {counted}")
    if report["next_rung_due"]:
        out.print(f"Next rung: {report['next_rung_due']:%Y-%m-%d %H:%M:%S} UTC")
    if report["to_confirm"]:
        out.print(f"{report['to_confirm']} requests were drawn: do they lie right? `postroom confirm` lists them.")
    if report["drift"] and report["drift"].get("new_topics"):
        out.print(f"{report['drift']['new_topics']} new topics lie in triage; see `postroom drift`.")
    for sentence in report["wrong"]:
        out.print(safe(sentence, "bold red"))
