"""What can be opened without the whole office: the settings, their secrets, the store, the clock."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa

from config.load import HoldsPassword, read_secret
from config.load import load as load_settings
from config.mistakes import SettingsError
from config.settings import Settings
from daemon.store.database import Store


class OfficeClosed(Exception):
    """The office cannot be put together; the text holds every mistake, one a line."""


def utc_now() -> dt.datetime:
    """The clock of a running daemon."""
    return dt.datetime.now(dt.UTC)


def read_settings(path: Path, environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings, or OfficeClosed with every mistake, file and line."""
    try:
        return load_settings(path, environ)
    except SettingsError as error:
        raise OfficeClosed(str(error)) from error


def open_store(
    path: Path, settings: Settings, environ: Mapping[str, str] = os.environ, *, read_only: bool = False
) -> Store:
    """The database of these settings, its password read from where they say. Touches nothing yet."""
    url = settings.database.url
    if settings.database.password_file or settings.database.password_env:
        secret = secret_of(settings.database, path, environ)
        url = sa.engine.make_url(url).set(password=secret).render_as_string(hide_password=False)
    return Store(url, read_only=read_only)


def secret_of(holder: HoldsPassword, path: Path, environ: Mapping[str, str]) -> str:
    """The password of a group of the settings file at `path`, or OfficeClosed with the reason."""
    try:
        return read_secret(holder, path.parent, environ)
    except SettingsError as error:
        raise OfficeClosed(str(error)) from error
