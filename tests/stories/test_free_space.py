"""How much room is to stay free, and where it is looked for."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from daemon import free_space
from daemon.store.database import Store

if TYPE_CHECKING:
    from tests.stories.conftest import House


@pytest.mark.parametrize(("asked", "largest", "least"), [(200, 25, 200), (200, 150, 300)])
def test_at_least_twice_the_largest_mail_stays_free(house: House, asked: int, largest: int, least: int) -> None:
    limits = house.office.settings.limits.model_copy(
        update={"free_space": asked * 2**20, "message_bytes": largest * 2**20}
    )

    assert free_space.least(house.office.settings.model_copy(update={"limits": limits})) == least * 2**20


def test_the_disk_of_a_database_file_elsewhere_is_looked_at_too(house: House, tmp_path: Path) -> None:
    settings, elsewhere = house.office.settings, tmp_path / "elsewhere"

    assert free_space.places(settings, Store(f"sqlite:///{elsewhere}/postroom.db")) == [settings.state_dir, elsewhere]
    assert free_space.places(settings, house.office.store) == [settings.state_dir]


def test_a_state_directory_that_has_gone_is_a_reason_to_take_nothing_in_and_no_fault(
    house: House, tmp_path: Path
) -> None:
    gone = house.office.settings.model_copy(update={"state_dir": tmp_path / "gone"})

    with pytest.raises(free_space.NoRoom, match=r"/gone cannot be looked at \(No such file or directory\)\. See that"):
        free_space.require_room(dataclasses.replace(house.office, settings=gone))
