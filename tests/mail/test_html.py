from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.mail.html import DEPTH, NODES, html_to_text


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("one<br>two<br><br>three", "one\ntwo\n\nthree"),
        ("<div>a  <b> b</b>\n c</div>", "a b c"),
        ("<p>a</p><p>&nbsp;</p><p>b</p>", "a\n\nb"),
        ("<b>a</b>&nbsp;<b>b</b><p>c", "a b\nc"),
        ("<h1>Title</h1>text", "Title\n\ntext"),
        ("<ul><li>a</li><li>b</li></ul>", "* a\n* b"),
        ("<ol start=3><li>a<li><p>b</p></ol>", "3. a\n4. b"),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "* a\n  * b\n* c"),
        ("<table><tr><td>a<td>b<tr><td><p>c</p><td><p>d</p></table>", "a\tb\nc\td"),
        ("<table><tr><td><p>a</p><p>b</p></td><td>c</td></tr></table>", "a\nb\tc"),
        ("<pre>a  b\n  c</pre>", "a  b\n  c"),
        ("a<hr>b", "a\n" + "_" * 20 + "\nb"),
        ("<blockquote>a<blockquote>b</blockquote></blockquote>c", "> a\n>\n> > b\n>\nc"),
        ('<blockquote style="margin:0 0 0 40px;border:none">mine</blockquote>', "mine"),
        ('<a href="https://x.example/y">here</a>', "here (https://x.example/y)"),
        ('<a href="https://x.example/">x.example</a>', "x.example"),
        ('<a href="mailto:a@x.example?subject=b">write</a>', "write (a@x.example)"),
        ('<a href="javascript:alert(1)">js</a><a href="data:text/html,x">data</a>', "jsdata"),
        ("<script>x</script><style>x</style><svg><text>x</text></svg><title>x</title>a", "a"),
        ('<p style="display: none">x</p><p hidden>x</p><p style="mso-hide:all">x</p>a', "a"),
        ('<p style="font-size:0.9em">seen</p>', "seen"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
        ("<!-- x --><![if !mso]>a<![endif]>", "a"),
        ("", ""),
    ],
)
def test_html_becomes_what_a_person_would_see(html: str, expected: str) -> None:
    assert html_to_text(html) == (expected, False)


def test_a_long_link_is_cut() -> None:
    text, _ = html_to_text(f'<a href="https://x.example/{"a" * 500}">here</a>')

    assert text.startswith("here (https://x.example/aaa")
    assert text.endswith("…)")
    assert len(text) < 320


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * (DEPTH + 1) + "a",
        "<table><tr><td>" * DEPTH * 2,
        "<b>x</b>" * NODES,
        "<p title='" + "a" * 2_000_001 + "'>",
    ],
    ids=["nested", "tables", "nodes", "attribute"],
)
def test_too_much_markup_is_read_in_part_and_quickly(html: str) -> None:
    _, cut = html_to_text(html)

    assert cut


@given(st.text(alphabet="<>/ab=\"'&;! \n-pdivtblquo", max_size=300))
def test_any_markup_gives_text_without_control_characters(html: str) -> None:
    text, _ = html_to_text(html)

    assert "\0" not in text
    assert "\r" not in text
