"""A candidate beside what is live is asked after the live decision; nothing that happens to it touches the live one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from daemon import beside, shadow, shadow_child
from daemon.assigning import assign
from daemon.office import Office
from daemon.premises import OfficeClosed, read_settings
from daemon.shadow import Shadowed, so_far
from daemon.shadow_child import Follower, candidate_of
from daemon.store import shadows
from daemon.store.database import Store
from daemon.store.shadows import ShadowRoute

if TYPE_CHECKING:
    from tests.stories.conftest import House

Mail = Callable[..., EmailMessage]

CANDIDATE = """
rules:
  - name: vpn is for people
    when: {words: vpn}
    then: {department: hr}
"""


@pytest.fixture
def candidate(house: House) -> Iterator[Callable[[], Office]]:
    """The office of the shadow, as its process opens it."""
    path = house.office.path
    (path.parent / "trial").mkdir()
    (path.parent / "trial" / "all.yaml").write_text(CANDIDATE)
    path.write_text(path.read_text().replace("rules: {folder: rules}", "rules: {folder: rules, shadow: trial}"))
    store = Store(house.office.store.url.render_as_string(), read_only=True)
    yield lambda: candidate_of(path, read_settings(path, {}), store, house.office.parsers)
    store.close()


@pytest.fixture
def said() -> list[ShadowRoute]:
    """What the candidate said."""
    return []


@pytest.fixture
def follows(candidate: Callable[[], Office], said: list[ShadowRoute]) -> Callable[[], Follower]:
    """Puts the candidate beside what is live."""
    return lambda: Follower(candidate(), lambda begun: None, said.append)


def keep(house: House, said: list[ShadowRoute]) -> None:
    with house.office.store.writing() as database:
        shadows.record(database, said, house.office.now())


def look_back(house: House) -> Shadowed:
    with house.office.store.reading() as database:
        found = so_far(
            house.office.settings.departments, shadows.since(database, dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        )
    assert found is not None
    return found


def test_it_is_asked_about_what_comes_after_it_and_about_each_request_once(
    house: House, a_mail: Mail, follows: Callable[[], Follower], said: list[ShadowRoute]
) -> None:
    house.receives(a_mail("VPN, before"))
    follower = follows()
    assert follower.look() == 0
    house.receives(a_mail("VPN, after"))

    assert (follower.look(), follower.look()) == (1, 0)

    assert [(one.request_id, one.source, one.department, one.trouble) for one in said] == [(2, "rule", "hr", None)]
    assert house.request(2).department == "it"


def test_after_a_restart_it_goes_on_where_it_was(
    house: House, a_mail: Mail, follows: Callable[[], Follower], said: list[ShadowRoute]
) -> None:
    first = follows()
    house.receives(a_mail("VPN 1"))
    first.look()
    keep(house, said)
    keep(house, said)  # two daemons on one database say the same
    house.receives(a_mail("VPN 2"))

    assert follows().look() == 1
    assert [one.request_id for one in said] == [1, 2]


def test_another_candidate_begins_anew(
    house: House, a_mail: Mail, follows: Callable[[], Follower], said: list[ShadowRoute]
) -> None:
    first = follows()
    house.receives(a_mail("VPN 1"))
    first.look()
    keep(house, said)
    (house.office.path.parent / "trial" / "all.yaml").write_text(CANDIDATE.replace("hr", "it"))

    second = follows()

    assert second.look() == 0
    house.receives(a_mail("VPN 2"))
    assert second.look() == 1
    keep(house, said[1:])
    assert (look_back(house).earlier, [one.reference for one in look_back(house).tried]) == (1, ["REQ-2"])


def test_what_it_says_is_weighed_against_what_was_really_decided(
    house: House, a_mail: Mail, follows: Callable[[], Follower], said: list[ShadowRoute]
) -> None:
    follower = follows()
    house.receives(a_mail("VPN"))
    house.receives(a_mail("Urlaub"))
    assign(house.office, 1, department="hr", owner=None, actor="anke.wulf@lindwerk.example", why="a contract")
    follower.look()
    keep(house, said)

    first, second = look_back(house).tried

    assert (first.live.place, first.candidate.place, first.effect) == ("it", "hr", "better")
    assert first.live.reason == "rule 'network' matched: subject has 'vpn'"
    assert (second.live.place, second.candidate.place, second.effect) == ("hr", "triage", "undecided")
    assert look_back(house).live_rules == (house.office.rules_version,)


def test_a_candidate_that_fails_or_is_slow_says_so_and_goes_on(
    house: House,
    a_mail: Mail,
    follows: Callable[[], Follower],
    said: list[ShadowRoute],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    follower = follows()
    for subject in ("VPN one", "VPN two", "VPN three"):
        house.receives(a_mail(subject))
    real = shadow_child.made_ready_again

    def stumble(one: object, message: object, *others: object) -> object:
        if message.subject == "VPN one":  # type: ignore[attr-defined]
            raise LookupError("no such thing")
        while message.subject == "VPN two":  # type: ignore[attr-defined]
            pass
        return real(one, message, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(shadow_child, "made_ready_again", stumble)
    monkeypatch.setattr(shadow_child, "DECIDES_WITHIN", 0.05)

    assert follower.look() == 3

    assert [one.trouble for one in said] == [
        "the candidate failed: LookupError: no such thing",
        "the candidate needed more than 0.05 s",
        None,
    ]
    keep(house, said)
    assert [reference for reference, _ in look_back(house).left_out] == ["REQ-1", "REQ-2"]


def test_it_cannot_write(candidate: Callable[[], Office]) -> None:
    office = candidate()

    assert office.store.read_only
    assert office.rules is not None
    assert [rule.name for rule in office.rules.rules] == ["vpn is for people"]


def test_a_candidate_with_mistakes_is_refused_with_their_places(house: House, candidate: Callable[[], Office]) -> None:
    (house.office.path.parent / "trial" / "all.yaml").write_text(CANDIDATE.replace("hr", "haar"))

    with pytest.raises(OfficeClosed, match=r"all\.yaml:5: rule 'vpn is for people': there is no department 'haar'"):
        candidate()


def death_of(child: shadow._Child) -> shadow._Ended:
    """How it ends, once it has ended."""
    child.process.wait()
    try:
        while True:
            child.said()
    except shadow._Ended as ended:
        return ended
    finally:
        beside.end(child.process)


def test_a_request_over_which_the_process_ends_is_kept_as_that(house: House) -> None:
    child = shadow._Child(house.office.path)
    child.begun = ShadowRoute(1, "r", "m", "none", None, "", None, shadow_child.OVER_IT)
    child.process.kill()

    ended = death_of(child)

    assert str(ended) == "its process ended with status -9"
    assert ended.left_over == (child.begun,)


def test_a_process_that_cannot_begin_says_why(house: House, candidate: Callable[[], Office]) -> None:
    (house.office.path.parent / "trial" / "all.yaml").unlink()

    assert "the folder has no rule files" in str(death_of(shadow._Child(house.office.path)))
