"""A disk that is full or broken costs no mail and repeats nothing: a sample of `make sweep`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.servers.dovecot import Dovecot
from tests.sweep.storage import Fault, faults, why_not_traced
from tests.sweep.test_sweep import harm

SAMPLE = (
    Fault("pwrite64", "error=ENOSPC", 12, lasts=True),
    Fault("fdatasync", "error=EIO", 3, lasts=False),
)


@pytest.mark.timeout(900)
def test_a_disk_that_is_full_or_broken_loses_nothing_and_repeats_nothing(tmp_path: Path, dovecot: Dovecot) -> None:
    if why_not_traced():
        pytest.skip(why_not_traced())

    figures = faults(tmp_path / "house", dovecot, 20261123, 0, SAMPLE)

    assert harm(figures) == {}, json.dumps(figures)
    assert figures["storage_faults"] >= len(SAMPLE)
