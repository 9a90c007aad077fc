from __future__ import annotations

import pytest

from daemon.desk.request import number_of, reference


def test_a_request_is_known_by_its_reference() -> None:
    assert reference(2041) == "REQ-2041"


@pytest.mark.parametrize("written", ["REQ-2041", "req-2041", "[REQ-2041]", " REQ-2041 "])
def test_a_reference_leads_back_to_its_request(written) -> None:
    assert number_of(written) == 2041


@pytest.mark.parametrize(
    "written", ["", "2041", "REQ-", "REQ-0", "REQ-12a", "xREQ-12", "REQ--1", "REQ-٣", "REQ-" + "9" * 19]
)
def test_anything_else_is_no_reference(written) -> None:
    assert number_of(written) is None
