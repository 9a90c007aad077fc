"""What raises the priority of a request, and what a lead should look at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.desk.request import Priority
from daemon.desk.urgency import Customer, Customers, Hurry, says_irate, says_urgent, weigh

MERIDIAN = Customer("Meridian Shipping", ("Meridian Shipping", "K-4711"), 2)
NORDKAP = Customer("Nordkap", ("Nordkap",))


@pytest.mark.parametrize(
    ("subject", "words", "said"),
    [
        ("URGENT: VPN", "", "urgent"),
        ("VPN", "Bitte dringend ansehen.", "dringend"),
        ("VPN", "Il me le faut dès que possible.", "dès que possible"),
        ("VPN", "Lo necesito cuanto antes", "cuanto antes"),
        ("VPN", "We need it as soon\nas possible.", "as soon as possible"),
        ("VPN", "This is not urgent.", ""),
        ("VPN", "Es ist nicht dringend", ""),
        ("VPN", "The insurgents", ""),
        ("VPN", "x " * 700 + "urgent", ""),
    ],
)
def test_urgent_is_found_in_our_languages_at_the_beginning(subject, words, said) -> None:
    assert says_urgent(subject, words, ()) == said


@pytest.mark.parametrize(
    ("header", "is_urgent"),
    [
        (("x-priority", "1 (Highest)"), True),
        (("importance", "High"), True),
        (("priority", "urgent"), True),
        (("x-priority", "3"), False),
        (("importance", "normal"), False),
        (("subject", "high"), False),
    ],
)
def test_the_mark_of_a_mail_program_counts(header, is_urgent) -> None:
    assert bool(says_urgent("VPN", "It drops.", [header])) is is_urgent


@pytest.mark.parametrize(
    "words",
    [
        "This is UNACCEPTABLE.",
        "Das ist eine Frechheit, ich warte seit Tagen.",
        "C'est inadmissible.",
        "Es inaceptable.",
        "Where is my laptop!!!",
        "WHERE IS MY NEW LAPTOP NOW",
    ],
)
def test_lost_patience_is_found(words) -> None:
    assert says_irate("Laptop", words)


@pytest.mark.parametrize("words", ["", "OK", "Please help!", "VPN DNS LAN", "I am still waiting for an answer."])
def test_patience_is_left_in_peace(words) -> None:
    assert says_irate("Laptop", words) == ""


def test_a_customer_is_found_under_each_spelling_and_not_inside_other_words() -> None:
    known = Customers.of([MERIDIAN, NORDKAP])

    assert known.named_in("Offer", "for  MERIDIAN\nshipping, please") == MERIDIAN
    assert known.named_in("Offer for k-4711") == MERIDIAN
    assert known.named_in("Nordkap and Meridian Shipping") == MERIDIAN
    assert known.named_in("Nordkaps Meridian") is None
    assert Customers().named_in("Nordkap") is None


def test_each_reason_is_told() -> None:
    assert weigh(Priority.NORMAL, "", NORDKAP, "asap") == Hurry(
        Priority.URGENT, "the customer Nordkap waits behind it; its requester says so: asap"
    )
    assert weigh(Priority.LOW, "a newsletter", None, "") == Hurry(Priority.LOW, "a newsletter")
    assert weigh(Priority.URGENT, "the line stands", NORDKAP, "asap") == Hurry(Priority.URGENT, "the line stands")


@given(st.sampled_from(Priority), st.sampled_from([None, NORDKAP, MERIDIAN]), st.sampled_from(["", "urgent"]))
def test_a_priority_never_falls_and_urgent_raises_it_by_one_step_at_most(start, customer, urgent) -> None:
    steps = list(Priority)
    without = weigh(start, "", customer, "").priority
    with_it = weigh(start, "", customer, urgent).priority

    assert steps.index(start) <= steps.index(without) <= steps.index(with_it) <= steps.index(without) + 1
