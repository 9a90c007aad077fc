"""What strange mails, servers and faults of ours do to the way in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from email.message import EmailMessage
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from daemon import escalations, intake, opening
from daemon.store import copies

if TYPE_CHECKING:
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]
Reading = Callable[[bool], None]

BOMB = b"Subject: bomb\r\n\r\nnever mind\r\n"


@pytest.fixture
def reading(house: House, monkeypatch: pytest.MonkeyPatch) -> Reading:
    """Says whether mails with "bomb" in them can be read; at first they cannot."""
    real, can = house.office.parsers.parse_many, [False]

    def parse_many(raws: list[bytes]) -> list[object]:
        refused = intake.ParseFailed("It took more than 5 s of processor time.")
        return [refused if b"bomb" in raw and not can[0] else real([raw])[0] for raw in raws]

    monkeypatch.setattr(house.office.parsers, "parse_many", parse_many)
    return lambda now: can.__setitem__(0, now)


def take_up_leftovers(house: House) -> None:
    with house.office.store.reading() as connection:
        left = copies.leftovers(connection, "it")
    for copy in left:
        intake.take_in_again(copy, house.office)


def a_folder(still_the_same: bool = True, says: Exception | None = None) -> SimpleNamespace:
    """As much of a connection as marking looks at; `says` is what the server makes of the wish to mark."""

    def add_flags(*_: object, silent: bool) -> None:
        if says:
            raise says

    return SimpleNamespace(
        client=SimpleNamespace(add_flags=add_flags),
        access=SimpleNamespace(name="it"),
        selected=SimpleNamespace(uidvalidity=1, read_only=False, keywords=True),
        same_folder_still=lambda: still_the_same,
    )


def test_a_server_that_refuses_the_mark_does_not_keep_the_mailbox_from_being_worked(house: House, a_mail: Mail) -> None:
    house.receives(a_mail())
    refused = IMAPClientError("store failed: [NOPERM] no right to write")

    intake.finish_marks(a_folder(says=refused), house.office)  # type: ignore[arg-type]
    assert house.copies() == {"done": 1}

    intake.finish_marks(a_folder(), house.office)  # type: ignore[arg-type]
    assert house.copies() == {"marked": 1}


def test_a_connection_that_breaks_while_marking_is_the_connections_trouble(house: House, a_mail: Mail) -> None:
    house.receives(a_mail())
    cut = IMAPClientAbortError("socket error: EOF")

    with pytest.raises(IMAPClientAbortError):
        intake.finish_marks(a_folder(says=cut), house.office)  # type: ignore[arg-type]


def test_what_could_not_be_marked_in_a_renumbered_folder_is_not_said_to_be_marked(house: House, a_mail: Mail) -> None:
    house.receives(a_mail())

    intake.finish_marks(a_folder(still_the_same=False), house.office)  # type: ignore[arg-type]

    assert house.copies() == {"done": 1}


def test_a_mail_that_cannot_be_read_at_the_second_try_either_stands_before_people_again(
    house: House, reading: Reading
) -> None:
    house.receives(BOMB)
    retry_as_the_command_line_does(house)
    take_up_leftovers(house)

    assert house.copies() == {"quarantined": 1}
    assert [request.status for request in house.requests()] == ["open", "resolved"]  # the newest first


def test_a_mail_that_can_be_read_at_the_second_try_becomes_a_request(house: House, reading: Reading) -> None:
    house.receives(BOMB)
    retry_as_the_command_line_does(house)
    reading(True)
    take_up_leftovers(house)

    assert house.copies() == {"done": 1}
    assert [request.subject for request in house.requests()] == ["bomb", "Unreadable mail in it"]


def retry_as_the_command_line_does(house: House) -> None:
    with house.office.store.writing() as connection:
        (one,) = copies.in_quarantine(connection)
        assert copies.retry(connection, one.id)
        opening.requests.change(connection, 1, status="resolved")


def test_two_unreadable_mails_that_forward_one_and_the_same_mail_are_two(house: House, reading: Reading) -> None:
    forwarded = b"\r\n\r\nMessage-ID: <same@supplier.example>\r\nSubject: the same\r\n\r\nbomb\r\n"
    house.receives(b"From: eva.lund@lindwerk.example\r\nSubject: please pay" + forwarded)
    house.receives(b"From: tom.berg@lindwerk.example\r\nSubject: never pay" + forwarded)

    assert len(house.requests()) == 2


def test_a_mail_that_cannot_even_be_set_aside_stays_alone_behind(
    house: House, a_mail: Mail, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a bug of ours")

    arrivals = [
        copies.Arrival("it", 1, uid, raw, house.office.now()) for uid, raw in enumerate([BOMB, a_mail().as_bytes()], 1)
    ]
    with monkeypatch.context() as patched:
        patched.setattr(opening, "open_placeholder", fail)
        accepted = intake.accept(arrivals, house.office, house.office.now())
        assert intake.take_in(accepted, house.office, nothing, nothing) == 1
        for _ in range(4):
            take_up_leftovers(house)

    assert house.copies() == {"stored": 1, "done": 1}
    take_up_leftovers(house)
    assert house.copies() == {"quarantined": 1, "done": 1}


def test_a_model_that_stumbles_over_a_mail_leaves_it_to_triage(house: House, a_mail: Mail) -> None:
    class Stumbling:
        version, departments = "m1", ("it", "hr")

        def threshold(self, _promise: float) -> float:
            return 0.5

        def predict(self, _text: object) -> object:
            raise RuntimeError("a bug of ours")

    house.runs_with(model=Stumbling())
    house.receives(a_mail("The thing", "Can somebody call me?"))

    assert house.request().department is None
    assert house.copies() == {"done": 1}


def test_signs_of_life_are_given_while_slow_mails_are_read(
    house: House, a_mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, beaten = house.office.parsers.parse_many, threading.Event()

    def slow(raws: list[bytes]) -> list[object]:
        assert beaten.wait(60), "no sign of life while a mail is read"
        return list(real(raws))

    monkeypatch.setattr(house.office.parsers, "parse_many", slow)
    accepted = intake.accept([copies.Arrival("it", 1, 1, a_mail().as_bytes(), None)], house.office, house.office.now())

    assert intake.take_in(accepted, house.office, beaten.set, nothing) == 1


def test_two_programs_that_answer_each_other_over_a_request_are_stopped_and_the_operators_hear_of_it(
    house: House, a_mail: Mail, day: Day
) -> None:
    house.receives(a_mail())
    (_, _, acknowledgement), _ = house.sends()
    for number in range(30):
        house.receives(
            a_mail("Re: VPN", f"Thank you for your mail {number}", In_Reply_To=acknowledgement["Message-ID"])
        )
    kinds = [kind for kind, _, _ in house.sends()]
    day.goes_on(minutes=61)
    house.receives(a_mail("Re: VPN", "It is me again", In_Reply_To=acknowledgement["Message-ID"]))

    assert (kinds.count("follow_up"), kinds.count("alarm")) == (10, 1)
    assert house.dispositions() == {"request": 1, "follow_up": 11, "ceiling": 20}
    assert [kind for kind, _, _ in house.sends()] == ["follow_up"]


def test_a_request_whose_rung_cannot_be_fired_holds_up_no_other(
    house: House, a_mail: Mail, day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = escalations.people_of

    def stumble(office, request, *rest):  # type: ignore[no-untyped-def]
        if request.id == 1:
            raise RuntimeError("a bug of ours")
        return real(office, request, *rest)

    house.receives(a_mail())
    house.receives(a_mail())
    house.sends()
    day.goes_on(hours=2)
    with monkeypatch.context() as patched:
        patched.setattr(escalations, "people_of", stumble)
        for _ in range(2):
            with pytest.raises(RuntimeError, match="a bug of ours"):
                escalations.fire_due(house.office)

    assert [to for kind, to, _ in house.sends() if kind == "reminder"] == [house.request(2).owner]
    assert escalations.fire_due(house.office) == 1


def nothing() -> None:
    return None
