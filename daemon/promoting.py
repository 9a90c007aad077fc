"""Story: a stored model is put into service, through the gate or by force, or the one before comes back.

The decision is written into the ledger before the pointer moves. A running daemon takes the model at its next reload.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import structlog

from classifier import registry
from classifier.examination import examine
from classifier.gate import Comparison, TooFewTexts
from config.settings import Settings
from daemon.office import load_model
from daemon.store import ledger
from daemon.store.database import Store

log = structlog.get_logger("promoting")


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the gate says of a challenger. `against`: every reason against it, a sentence each; `reason`: why not.

    comparison: None where nothing could be compared. champion: the version in service, None if there is none.
    """

    version: str
    champion: str | None
    comparison: Comparison | None
    against: tuple[str, ...]
    reason: str


class NotPromoted(Exception):
    """The gate does not let a model pass; `weighed` holds the reasons."""

    def __init__(self, weighed: Weighed) -> None:
        super().__init__(f"The model {weighed.version} is not put into service: {'; '.join(weighed.against)}.")
        self.weighed = weighed


def weigh(settings: Settings, version: str) -> Weighed:
    """Ask the gate about a stored model. Raises ModelRefused if it cannot be in service with these settings at all."""
    root = settings.classifier.folder
    folder = registry.stored(root, version)
    load_model(folder, settings)
    champion = registry.champion(root)
    if champion is None:
        return Weighed(version, None, None, (), "it is the first model")
    if champion == folder:
        return Weighed(version, version, None, (), "it is in service already")
    return _beside(champion, folder, settings)


def _beside(champion: Path, folder: Path, settings: Settings) -> Weighed:
    version, before = folder.name, champion.name
    try:
        made_up = registry.read_manifest(champion).labelled == 0
        registry.load(champion)
    except registry.ModelRefused as error:
        return Weighed(version, before, None, (), f"the model in service cannot be read: {error}")
    if made_up:
        return Weighed(version, before, None, (), "the model in service has learnt from made-up texts alone")
    try:
        found = examine(champion, folder, settings.routing.promise)
    except TooFewTexts as error:
        return Weighed(version, before, None, (str(error).rstrip("."),), "")
    reason = "" if found.against else f"the gate holds on {found.n} texts: {_figures(found)}"
    return Weighed(version, before, found, found.against, reason)


def _figures(found: Comparison) -> str:
    f1, coverage = found.macro_f1, found.coverage
    return f"macro-F1 {f1.before:.3f} → {f1.after:.3f}, coverage {coverage.before:.3f} → {coverage.after:.3f}"


def promote(
    settings: Settings, store: Store | None, version: str, *, actor: str, now: dt.datetime, force: str | None = None
) -> Weighed:
    """Put a stored model into service; what the gate said. `now` is UTC.

    force: the reason why it is promoted whatever the gate says. store: None where there is no database yet, and so
    no ledger. Raises NotPromoted, and ModelRefused if the model cannot be in service at all.
    """
    weighed = weigh(settings, version)
    if weighed.against and force is None:
        raise NotPromoted(weighed)
    if weighed.champion == version:
        return weighed
    why = weighed.reason if not weighed.against else f"forced: {force} (although {'; '.join(weighed.against)})"
    _note(store, now, actor, "model_promoted", weighed.champion, version, why)
    registry.promote(settings.classifier.folder, version)
    log.info("model_promoted", model=version, before=weighed.champion, by=actor, forced=bool(weighed.against))
    return weighed


def roll_back(settings: Settings, store: Store, *, actor: str, why: str, now: dt.datetime) -> str:
    """Put the model that was in service before back; its version. Asks no gate. Raises ModelRefused."""
    root = settings.classifier.folder
    before, champion = registry.previous(root), registry.champion(root)
    if before is None or champion is None:
        raise registry.ModelRefused(f"There is no model in {root} to go back to; the present one is the first.")
    load_model(before, settings)
    _note(store, now, actor, "model_rolled_back", champion.name, before.name, why)
    version = registry.roll_back(root)
    log.info("model_rolled_back", model=version, before=champion.name, by=actor)
    return version


def _note(
    store: Store | None, now: dt.datetime, actor: str, what: str, before: str | None, after: str, why: str
) -> None:
    if store is None:
        return
    with store.writing() as database:
        ledger.take_turn(database)
        ledger.write(database, None, [ledger.Entry(now, actor, what, before, after, why)])
