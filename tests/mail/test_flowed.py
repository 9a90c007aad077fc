from __future__ import annotations

import pytest

from daemon.mail.flowed import unflow


@pytest.mark.parametrize(
    ("text", "delete_space", "expected"),
    [
        ("a long \nline\nnext", False, "a long line\nnext"),
        ("ein \nWort", True, "einWort"),
        (" From here", False, "From here"),
        ("> quoted \n> words\nown", False, "> quoted words\nown"),
        (">> deep \n> less deep", False, ">> deep \n> less deep"),
        ("text \n-- \nMara", False, "text \n-- \nMara"),
        ("last \n", False, "last "),
    ],
)
def test_lines_broken_for_the_wire_are_put_together(text: str, delete_space: bool, expected: str) -> None:
    assert expected == unflow(text, delete_space=delete_space)
