from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.mail.attachments import NAME_CHARACTERS, is_inline, safe_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Rechnung März.pdf", "Rechnung März.pdf"),
        ("../../etc/cron.d/x", "x"),
        ("..\\..\\x.txt", "x.txt"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\x", "x"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a.txt\0.html", "a.txt.html"),
        ("a\r\nb.txt", "a b.txt"),
        ("．．／x", "x"),
        ("․․/․․/x", "x"),
        ("ﬁle.txt", "file.txt"),
        ("zero\u200bwidth.txt", "zerowidth.txt"),
        ("", "unnamed-1.pdf"),
        (".", "unnamed-1.pdf"),
        ("..", "unnamed-1.pdf"),
        ("\u202e", "unnamed-1.pdf"),
        ("dir/", "dir"),
        (".htaccess", "_.htaccess"),
        ("CON", "_CON"),
        ("aux.txt", "_aux.txt"),
        ("com1.log", "_com1.log"),
        ('<a href="x">?.txt', "_a href=_x___.txt"),
        ("trailing. . ", "trailing"),
        ("a" * 300 + ".pdf", "a" * 116 + ".pdf"),
        ("a" * 300, "a" * 120),
    ],
)
def test_a_shown_name_is_safe(name: str, shown: str) -> None:
    assert shown == safe_name(name, "application/pdf", 1)


@given(st.text(max_size=300))
def test_any_name_becomes_a_safe_one(name: str) -> None:
    shown = safe_name(name, "text/plain", 3)

    assert 0 < len(shown) <= NAME_CHARACTERS
    assert not set(shown) & set('/\\<>:"|?*\0')
    assert not shown.startswith(".")
    assert not any(unicodedata.category(character)[0] == "C" for character in shown)
    assert shown.strip() == shown


@pytest.mark.parametrize(
    ("name", "content_type", "disposition", "content_id", "size", "inline"),
    [
        ("a.png", "image/png", "", "logo@x", 500_000, True),
        ("a.png", "image/png", "attachment", "LOGO@X", 100, True),
        ("a.png", "image/png", "inline", "other@x", 5_000, True),
        ("a.png", "image/png", "", "other@x", 5_000, True),
        ("a.png", "image/png", "attachment", "other@x", 5_000, False),
        ("a.png", "image/png", "attachment", "other@x", 500_000, False),
        ("a.png", "image/png", "inline", "", 500_000, False),
        ("a.png", "image/png", "attachment", "", 100, False),
        ("image001.png", "image/png", "attachment", "", 5_000, True),
        ("Lindwerk-Logo.gif", "image/gif", "attachment", "", 5_000, True),
        ("linkedin.png", "image/png", "attachment", "", 900, True),
        ("image001.png", "image/png", "attachment", "", 500_000, False),
        ("xerox.png", "image/png", "attachment", "", 900, False),
        ("logo.pdf", "application/pdf", "inline", "logo@x", 100, False),
    ],
)
def test_pictures_of_the_text_and_small_logos_are_inline(
    name: str, content_type: str, disposition: str, content_id: str, size: int, inline: bool
) -> None:
    assert inline == is_inline(name, content_type, disposition, content_id, size, frozenset({"logo@x"}))
