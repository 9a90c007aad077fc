from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.mail.body import Body, has_own_words, newest_words
from tests.speed import is_done_within, seconds_of

GMAIL = "On Mon, 2 Feb 2026 at 10:12, Mara Vogt <mara@lindwerk.example> wrote:"


def test_answers_between_the_quoted_lines_are_kept() -> None:
    text = f"Hello,\n\n{GMAIL}\n> Which room?\n\n2.14\n\n> When?\n\nTomorrow."

    assert newest_words(text).words == "Hello,\n\n2.14\n\nTomorrow."


@pytest.mark.parametrize("text", ["> only a quote", "-- \nonly a signature", "", f"{GMAIL}\n> x"])
def test_if_nothing_would_be_left_everything_is_kept(text: str) -> None:
    assert newest_words(text) == Body(text.strip(), "", "")
    assert not has_own_words(text)


@given(st.text(alphabet="> -_:a1\nOnwrote<@>.From", max_size=300))
def test_every_line_is_kept_somewhere(text: str) -> None:
    body = newest_words(text)

    parts = f"{body.words}\n{body.quoted}\n{body.signature}".split("\n")
    assert (
        sorted(line.rstrip() for line in text.split("\n") if line.strip())
        == sorted(line.rstrip() for line in parts if line.strip())
        or body.words == text.strip()
    )


HOSTILE = {
    "attributions": "On 3 Mar 2025 x wrote:\n",
    "attributions and quotes": "On 3 Mar 2025 x wrote:\n> a\n",
    "attributions that never end": "On 3 Mar 2025 at 10:12\n",
    "labels": "From:\n",
    "blocks": "From: a\nTo: b\n",
    "blocks that lack a subject": "From: a\nSent: b\n\n",
    "one line of quote marks": ">",
    "quote marks": ">\n",
    "quote marks and spaces": "> ",
    "delimiters": "--\n",
    "numbers": "1 a\n",
    "one long opening": "On a ",
    "verbs": "wrote ",
    "underscores": "_",
    "ruled lines": "_____\n",
    "devices": "Sent from my ",
    "device lines": "Sent from my iPhone at 1\n",
    "dashes": "- ",
    "dashed names": "-Mara\n\n",
    "closings": "Kind regards\n",
    "closings and thanks": "thanks and thanks and ",
    "thanks": "Thanks,\nMara\n",
    "disclaimers": "if you are not the intended recipient ",
    "disclaimer lines": "if you are not the intended recipient\n",
    "almost disclaimers": "if you are not the intended\n",
    "addresses": "<a@b",
    "address lines": "Mara <m@x.example>\n",
    "forward marks": "---------- Forwarded message\n",
    "forwarded by": "---- forwarded by " + "a" * 60,
    "reply above": "#" * 12 + "reply above\n",
    "Notes": "a---1.1.2026 1:1 ",
    "GroupWise": ">>> 10:12 >>>\n",
    "almost GroupWise": ">>> 1:1",
    "said in dashes": "--- a wrote:\n",
    "colons": ":",
    "spaces": " ",
    "spaces and colons": " :\n",
    "words": "word ",
    "letters": "a",
    "open brackets": "(",
    "links": "<https://x",
    "apps": "Sent via A B ",
    "things": "iphone ",
    "getting": "get outlook for ",
    "small print": "this message is confidential for the recipient\n\n",
    "scanners": "avast virus checked ",
    "long closings": "je vous prie d'agréer ",
    "numbers below rules": "\n____________\nTel. 1\n",
    "lines broken once more": "> " + "a" * 70 + "\nword word\n> and\n",
    "places": "##- above this",
    "almost forwards": "---- forward",
    "beginnings of forwards": "begin forward ",
    "Verse": "a --- ",
    "almost GroupWise, long": ">>> a 10:12 in ",
    "non-breaking spaces": "--&nbsp;&nbsp;original",
    "verbs at the end": "On a 10:12 wrote",
}


@pytest.mark.parametrize("piece", HOSTILE.values(), ids=HOSTILE.keys())
def test_time_grows_only_with_the_size_of_the_text(piece: str) -> None:
    small, large = (piece * (size // len(piece)) for size in (25_000, 200_000))

    seconds = seconds_of(lambda: newest_words(small))

    assert is_done_within(8 * 5 * max(seconds, 0.005), lambda: newest_words(large))
