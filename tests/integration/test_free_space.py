"""On a disk that is nearly full no mail is taken in, none is lost, and what was taken in goes on."""

from __future__ import annotations

import signal
from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING

from tests.integration.conftest import CARLA, EVA, until

if TYPE_CHECKING:
    from tests.integration.conftest import Daemon, Lindwerk

Mail = Callable[..., EmailMessage]

#: More than any disk of ours has.
A_PEBIBYTE = 2**50


def sets(lindwerk: Lindwerk, daemon: Daemon, old: str, new: str) -> None:
    """Another amount of room is asked for from now on."""
    lindwerk.replaces(old, new)
    daemon.heard.clear()
    daemon.process.send_signal(signal.SIGHUP)
    daemon.hears("READY=1")


def test_mail_stays_in_its_mailbox_while_the_disk_is_nearly_full_and_escalations_leave_all_the_same(
    open_house: Lindwerk, a_mail: Mail
) -> None:
    daemon = open_house.daemons[0]
    open_house.writes(a_mail("My holiday"), "people")  # its promise is a second
    open_house.mails_to(EVA, 1)
    enough, none = "acknowledgement: {", f"limits: {{free_space: {A_PEBIBYTE}}}\nacknowledgement: {{"

    sets(open_house, daemon, enough, none)
    open_house.writes(a_mail("VPN is broken"), "it")
    until(lambda: open_house.sentence_of("it") == "down: takes nothing in: no room", "the status says so")

    (trouble,) = open_house.status()["troubles"]
    assert trouble.startswith("No mail is taken in: ")
    assert f"free on the disk of {open_house.folder / 'state'}, and 1,073,741,824 MiB are to stay free" in trouble
    (alarm,) = open_house.mails_to("olga.ops@lindwerk.example", 1)
    assert alarm["Subject"] == "Postroom alarm: the disk is nearly full"
    open_house.mails_to(CARLA, 1)
    assert len(open_house.requests()) == 1
    assert open_house.keywords("it") == {1: set()}

    sets(open_house, daemon, none, enough)
    assert open_house.request("VPN is broken").department == "it"
    until(lambda: open_house.sentence_of("it").startswith("watching"), "it is over")
    assert open_house.status()["troubles"] == []
    assert daemon.stop() == 0
    assert len(open_house.mails_to("olga.ops@lindwerk.example", 1)) == 1
