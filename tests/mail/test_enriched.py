from __future__ import annotations

import pytest

from daemon.mail.enriched import plain_from_enriched


@pytest.mark.parametrize(
    ("enriched", "plain"),
    [
        ("<bold>Please</bold> come.\n\nThanks <<3", "Please come.\nThanks <3"),
        ("one\nline\n\n\ntwo", "one line\n\ntwo"),
        ("<color><param>red</param>Stop</color><nl>now", "Stop\nnow"),
        ("a <lt>b> c", "a <b> c"),
    ],
)
def test_the_commands_are_left_out_and_the_words_stay(enriched: str, plain: str) -> None:
    assert plain_from_enriched(enriched) == plain
