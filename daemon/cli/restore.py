"""`postroom restore`: puts a backup back, and says what to expect."""

from __future__ import annotations

from pathlib import Path

import click

from daemon import restoring, state_dir
from daemon.backup import BackupUnfit
from daemon.cli.backup import described
from daemon.cli.room import database_sentences, store_of
from daemon.cli.sheet import (
    BAD_CONFIGURATION,
    NOT_AS_IT_SHOULD_BE,
    TRY_LATER,
    Ends,
    Sheet,
    as_json,
    console,
    print_json,
    safe,
)
from daemon.premises import utc_now
from daemon.restoring import Restored
from daemon.store.alone import InUse


@click.command("restore")
@click.argument("source", type=click.Path(path_type=Path))
@as_json
@click.pass_obj
def command(sheet: Sheet, source: Path, machine: bool) -> None:
    """Put the backup SOURCE back, with the daemon stopped.

    The backup is proved first. What is there now is kept in the state directory. Nothing is sent: mails that waited
    when the backup was made are held (`postroom held`), and mail that came since is taken in again without a word.
    """
    done = _restore(sheet, source.absolute())
    if machine:
        print_json(done)
        return
    out = console()
    for line in _said(source, done):
        out.print(safe(line))


def _restore(sheet: Sheet, source: Path) -> Restored:
    settings = sheet.settings()
    store = store_of(sheet, settings)
    try:
        with (
            state_dir.held_with(settings.state_dir, store.url.database if store.is_sqlite else None),
            database_sentences(store),
            store.alone(),
        ):
            return restoring.restore(source, sheet.path, settings, store, utc_now())
    except (state_dir.AlreadyRunning, InUse) as error:
        raise Ends(f"{error} Nothing was restored.", TRY_LATER) from error
    except BackupUnfit as error:
        raise Ends(f"{error}\nNothing was restored.", NOT_AS_IT_SHOULD_BE) from error
    except restoring.RestoreFailed as error:
        raise Ends(str(error), BAD_CONFIGURATION) from error
    except OSError as error:
        raise Ends(
            f"{error.filename or settings.state_dir} cannot be used ({error.strerror}).", BAD_CONFIGURATION
        ) from error
    finally:
        store.close()


def _said(source: Path, done: Restored) -> list[str]:
    lines = [f"{source} is restored:", *(f"  {line}" for line in described(done.manifest))]
    lines.append(
        f"This is epoch {done.epoch}. The next request is REQ-{done.next_number}; no earlier number is given twice."
    )
    if done.aside is not None:
        lines.append(f"What was there before lies in {done.aside}; take it away when you no longer need it.")
    if done.differing:
        lines.append("Settings in use that differ from those of the backup (they stay as they are): ")
        lines += [f"  {name}" for name in done.differing]
    held = ", ".join(f"{number} {kind}" for kind, number in sorted(done.held.items()))
    lines.append(
        f"{sum(done.held.values())} mails that waited are held ({held}); look at them with `postroom held list`."
        if held
        else "No mail waited when the backup was made."
    )
    lines += [
        f"Mail that has come since {done.manifest.made_at:%Y-%m-%d %H:%M} UTC is taken in again at the daemon's start: "
        "its requests get new numbers, its senders hear nothing, and what their owners would have been sent is held.",
        "With `after: move` run `postroom rebuild` before you start the daemon: it looks into the done folders too.",
    ]
    return lines
