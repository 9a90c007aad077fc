"""`postroom rules test` and `postroom rules lint`: what an author of rules is told before anything acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Lindwerk

WRONG = """
rules:
  - name: network
    when: {words: [vpn, wifi]}
    then: {department: it}
    examples:
      catches:
        - {subject: VPN is down}
        - {subject: No network}
      leaves:
        - {subject: Wifi for guests, body: Who pays for it?}
"""
TWICE = """
rules:
  - {name: a, when: {words: vpn}, then: {department: it}, examples: {catches: [{subject: my vpn}]}}
  - {name: b, when: {words: my}, then: {department: hr}, examples: {catches: [{subject: my leave}]}}
"""


def write(lindwerk: Lindwerk, text: str, folder: str = "rules") -> None:
    place = lindwerk.path.parent / folder
    place.mkdir(exist_ok=True)
    (place / "all.yaml").write_text(text)


def test_examples_that_come_out_as_wanted_are_counted(empty: Lindwerk) -> None:
    write(empty, WRONG.replace("No network", "No wifi").replace("Wifi for guests", "Guests"))

    ran = empty.runs("rules", "test")

    assert (ran.status, ran.out) == (0, "3 examples of 1 rule: all come out as wanted.\n")


def test_examples_that_come_out_differently_are_shown_with_want_and_got(empty: Lindwerk) -> None:
    write(empty, WRONG)

    ran = empty.runs("rules", "test")

    assert ran.status == 1
    assert ran.out == (
        "all.yaml:9: rule 'network'\n"
        "  - want  'No network' is caught\n"
        "  + got   it is left alone, because this is not true: the subject or the body has 'vpn' or 'wifi'\n\n"
        "all.yaml:11: rule 'network'\n"
        "  - want  'Wifi for guests' is left alone\n"
        "  + got   it is caught, because subject has 'wifi'\n\n"
        "3 examples of 1 rule: 2 come out differently. The rules would not be loaded like this.\n"
    )
    report = empty.runs("rules", "test", "--json").json
    assert (report["rules"], report["examples"], [one["line"] for one in report["wrong"]]) == (1, 3, [9, 11])


@pytest.mark.parametrize("command", ["test", "lint"])
def test_every_mistake_of_a_file_is_told_at_once(empty: Lindwerk, command: str) -> None:
    write(empty, "rules:\n  - {name: r, when: {subjekt: x}, then: {department: itt}}\n")

    ran = empty.runs("rules", command)

    assert ran.status == 78
    assert ran.err == (
        "2 mistakes in the rules:\n"
        "all.yaml:2: rule 'r': 'subjekt' is not a condition; did you mean 'subject'?\n"
        "all.yaml:2: rule 'r': there is no department 'itt'; did you mean 'it'?\n"
    )


def test_lint_finds_what_an_example_shows(empty: Lindwerk) -> None:
    write(empty, TWICE)

    ran = empty.runs("rules", "lint")

    assert ran.status == 1
    assert ran.out == (
        "all.yaml:3: rule 'a': its example 'my vpn' is also caught by rule 'b' (all.yaml:4), which gives department hr "
        "instead of department it, and has the same order 100; give the more important one a lower order\n"
        "2 rules: 1 finding.\n"
    )
    assert len(empty.runs("rules", "lint", "--json").json["findings"]) == 1


def test_lint_says_when_there_is_nothing(empty: Lindwerk) -> None:
    write(empty, TWICE.replace("words: my}", "words: leave}"))

    assert empty.runs("rules", "lint").out == "2 rules: nothing found.\n"


def test_another_folder_is_tried_without_touching_the_one_in_force(empty: Lindwerk) -> None:
    write(empty, WRONG, "trial")

    assert empty.runs("rules", "test", str(empty.path.parent / "trial")).status == 1
    assert empty.runs("rules", "test").status == 0


def test_a_folder_that_is_not_there_is_told(empty: Lindwerk) -> None:
    ran = empty.runs("rules", "test", str(empty.path.parent / "nowhere"))

    assert ran.status == 78
    assert "nowhere:1: the folder cannot be read: No such file or directory" in ran.err


def test_settings_without_rules_are_told(empty: Lindwerk) -> None:
    empty.replaces("rules: {folder: rules}", "")

    ran = empty.runs("rules", "lint")

    assert (ran.status, ran.err) == (
        78,
        "The settings name no folder of rules; set rules.folder, or name the folder here.\n",
    )


def test_rules_may_ask_for_groups_of_the_people_file_and_calendars_of_the_settings(empty: Lindwerk) -> None:
    (empty.path.parent / "people.csv").write_text("email,group\na@lindwerk.example,field\n")
    empty.path.write_text(empty.path.read_text() + "people: {file: people.csv}\n")
    write(
        empty,
        "rules:\n- name: r\n  when: {group: field, time: {calendar: office, is: closed}}\n  then: {department: it}\n"
        "  examples:\n    catches: [{group: field, at: 2026-11-22 12:00}]\n"
        "    leaves: [{group: field, at: 2026-11-23 12:00}]\n",
    )

    assert empty.runs("rules", "test").status == 0


def test_lint_finds_rules_that_match_none_of_the_past_mail_of_a_candidate(lindwerk: Lindwerk) -> None:
    trial = lindwerk.path.parent / "trial"
    trial.mkdir()
    rule = "- {name: %s, when: {words: %s}, then: {department: it}, examples: {catches: [{subject: %s}]}}"
    written = "\n".join(rule % (name, word, word) for name, word in (("network", "vpn"), ("bikes", "bicycle")))
    (trial / "all.yaml").write_text(f"rules:\n{written}\n")
    before = lindwerk.rows()

    assert lindwerk.runs("rules", "lint", str(trial)).status == 0
    ran = lindwerk.runs("rules", "lint", str(trial), "--past", "36500d")

    assert ran.status == 1
    (finding,) = [line for line in ran.out.splitlines() if "rule '" in line]
    assert finding.startswith("all.yaml:3: rule 'bikes': it never matches: it holds for none of the 2 requests of the ")
    assert "last 36500 days" in " ".join(ran.out.split())
    assert lindwerk.rows() == before
