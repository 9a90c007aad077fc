"""Parts for cross-fitting."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from classifier.folds import deal


def test_every_part_has_its_share_of_every_department() -> None:
    labels = np.repeat([0, 1, 2], [100, 50, 10])

    parts = deal(labels, np.arange(160), 5, seed=1)

    assert [np.bincount(labels[parts == part]).tolist() for part in range(5)] == [[20, 10, 2]] * 5


def test_equal_texts_and_seed_are_dealt_alike_and_another_seed_deals_otherwise() -> None:
    labels = np.repeat([0, 1], 50)
    first, again, other = (deal(labels, np.arange(100), 5, seed) for seed in (1, 1, 2))

    assert (first == again).all()
    assert (first != other).any()


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 6)), min_size=4, max_size=40), st.integers(2, 5))
def test_a_group_is_never_divided_and_a_department_with_two_groups_can_be_learnt_from_others(
    texts: list[tuple[int, int]], parts: int
) -> None:
    labels, groups = np.array([label for label, _ in texts]), np.array([group for _, group in texts])

    found = deal(labels, groups, parts, seed=0)

    assert all(len(set(found[groups == group])) == 1 for group in set(groups.tolist()))
    assert found.max() < parts
    if len(set(labels.tolist())) == 1 and len(set(groups.tolist())) > 1:
        assert len(set(found.tolist())) > 1
