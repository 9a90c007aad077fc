"""The signing keys of this installation: who can prove that a Message-ID is ours.

Kept in `signing-keys.json` in the state directory, mode 0600, made at the first start. Whoever restores a
database must restore this file too: without it, replies to older mails open new requests.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

FILE = "signing-keys.json"


class KeysRefused(Exception):
    """The key file cannot be used; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Keys:
    """`install` names this installation (goes out in headers); `content` keys message keys; `signing` by key id."""

    install: str
    content: bytes
    signing: dict[str, bytes]
    current: str

    @property
    def fingerprint(self) -> str:
        """32 hex digits that tell these keys from others and nothing about them; a new signing key changes none."""
        return hmac.new(self.content, b"fingerprint" + self.install.encode(), "sha256").hexdigest()[:32]

    def __repr__(self) -> str:
        """Never show a key."""
        return f"Keys({self.install}, {sorted(self.signing)}, current {self.current})"


def load_or_create(state_dir: Path) -> Keys:
    """The keys of this installation, made with the operating system's random numbers if there are none."""
    path = state_dir / FILE
    with contextlib.suppress(FileNotFoundError):
        return load(path)
    fresh = {
        "install": secrets.token_hex(8),
        "content": base64.b64encode(secrets.token_bytes(32)).decode(),
        "signing": {"k1": base64.b64encode(secrets.token_bytes(32)).decode()},
        "current": "k1",
    }
    _write_once(path, json.dumps(fresh, indent=1))
    return load(path)


def load(path: Path) -> Keys:
    """Read the key file, or raise KeysRefused (readable by others, damaged) or FileNotFoundError."""
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        raise KeysRefused(f"{path} is readable by others (mode {mode:04o}); run `chmod 600 {path}`.")
    try:
        found = json.loads(path.read_text())
        signing = {name: base64.b64decode(key, validate=True) for name, key in found["signing"].items()}
        keys = Keys(found["install"], base64.b64decode(found["content"]), signing, found["current"])
        signing[keys.current]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeysRefused(f"{path} is damaged ({error}); restore it from the backup of the state directory.") from error
    return keys


def _write_once(path: Path, text: str) -> None:
    """Whole or not at all, and never over an existing file: two first starts must agree on one key."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
