"""What we trust when a connection is secured: TLS 1.2 or newer, a verified certificate, and its host name."""

from __future__ import annotations

import ssl
from pathlib import Path


def verifying(ca_file: Path | None) -> ssl.SSLContext:
    """The context of a connection; `ca_file` is the organisation's own CA. OSError if it holds no certificates."""
    context = ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
