"""`postroom report` on a Lindwerk with a past."""

from __future__ import annotations

from tests.cli.conftest import Lindwerk


def test_a_report_names_what_is_late_and_the_oldest_requests(lindwerk: Lindwerk) -> None:
    lindwerk.runs("resolve", "REQ-2", "--why", "done")
    ran = lindwerk.runs("report", "--since", "3650d")

    assert ran.status == 0
    assert ran.out.splitlines()[0].endswith(".")
    assert "Oldest open requests" in ran.out
    assert "REQ-1" in ran.out


def test_a_report_is_also_json(lindwerk: Lindwerk) -> None:
    told = lindwerk.runs("report", "--department", "it", "--json").json

    assert {"attained", "breaches", "waited", "handovers", "oldest", "forecast", "weeks"} <= set(told)
    assert [one["reference"] for one in told["oldest"]] == ["REQ-1", "REQ-3"]


def test_a_department_that_does_not_exist_is_named(lindwerk: Lindwerk) -> None:
    ran = lindwerk.runs("report", "--department", "itt")

    assert (ran.status, ran.err.strip()) == (1, "There is no department 'itt'; there are it, hr, triage.")
