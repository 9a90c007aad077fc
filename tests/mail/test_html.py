from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.mail.body import newest_words
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


@pytest.mark.parametrize(
    "hidden",
    [
        '<p style="display: none">x</p>',
        '<p style="color:red;DISPLAY:NONE !important">x</p>',
        '<p style="visibility:hidden">x</p>',
        '<p style="mso-hide:all">x</p>',
        '<p style="font-size:0">x</p>',
        '<p style="font-size:0px;line-height:0">x</p>',
        '<div style="font-size:1px;color:#333">x</div>',
        '<p style="font:0/0 Arial">x</p>',
        '<div style="max-height:0;overflow:hidden">x</div>',
        '<div style="height:0px;overflow:hidden">x</div>',
        '<div style="opacity:0">x</div>',
        '<p style="text-indent:-9999px">x</p>',
        '<p style="position:absolute;left:-10000px">x</p>',
        '<p style="color:#ffffff">x</p>',
        '<p style="color:#FEFEFE">x</p>',
        '<font color="white">x</font>',
        '<p style="color:rgb(255, 255, 255)">x</p>',
        '<p style="color:transparent">x</p>',
        '<table><tr><td bgcolor="#000000"><span style="color:black">x</span></td></tr></table>',
        '<div style="background:#eee"><p style="color:#eeeeee">x</p></div>',
        "<p hidden>x</p>",
        '<p aria-hidden="true">x</p>',
        "<!-- x -->",
        "<script>x</script><style>x</style><noscript>x</noscript><template>x</template><title>x</title>",
        '<style>.pre{display:none}</style><p class="big pre">x</p>',
        "<style>/* a */ @media print{.b{color:red}} p#pre , .c{mso-hide:all}</style><p id=pre>x</p>",
        "<select><option>x</select><textarea>x</textarea>",
        "&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;&#847;&zwnj;&nbsp;",
    ],
)
def test_what_a_person_does_not_see_is_no_text(hidden: str) -> None:
    assert html_to_text(f"<p>a</p>{hidden}<p>b</p>")[0].split() == ["a", "b"]


@pytest.mark.parametrize(
    "seen",
    [
        '<p style="font-size:0.9em">x</p>',
        '<p style="font-size:10px">x</p>',
        '<p style="font:10px/1 Arial">x</p>',
        '<td style="font-size:0px"><div style="font-size:13px">x</div></td>',  # how MJML closes gaps
        '<div style="color:#fff"><p style="color:#000">x</p></div>',
        '<table><tr><td bgcolor="#003366"><a style="color:#ffffff">x</a></td></tr></table>',
        '<div style="background:#036 url(x.png)"><p style="color:white">x</p></div>',
        '<div style="background-image:url(x.png);background:url(x.png)"><p style="color:white">x</p></div>',
        '<table background="x.png"><tr><td style="color:white">x</td></tr></table>',
        "<style>.button{background:#036}</style><div class=button><p style=color:white>x</p></div>",
        "<style>@media(max-width:9px){.a{display:none}}</style><p class=a>x</p>",
        "<style>.a{display:none}</style><p class=a style=display:block>x</p>",
        "<style>.a .b{display:none}</style><p class=b>x</p>",
        '<p style="max-width:600px;min-height:0;opacity:0.9;left:-1px">x</p>',
        '<p style="height:0">x</p>',
        '<p style="color:inherit">x</p>',
        '<p style="color:wheat">x</p>',
        '<p style="background-color:transparent">x</p>',
        "<p style=\"font-family:'0 none'\">x</p>",
        "<p style>x</p><p class id bgcolor color>",
        "x<style>" + "/*" * 50_000 + "*/" + "{" * 50_000 + "}" * 50_000 + "</style>",
    ],
)
def test_what_a_person_sees_is_text(seen: str) -> None:
    assert html_to_text(f"<p>a</p>{seen}<p>b</p>")[0].split() == ["a", "x", "b"]


def test_a_long_list_to_choose_from_is_left_out_and_the_text_behind_it_is_read() -> None:
    choices = "<select>" + "<option value=1>one</option>" * 2_000 + "</select>"

    assert html_to_text(f"<p>a</p>{choices}<p>b</p>") == ("a\nb", False)


def test_a_picture_that_lies_in_the_page_itself_is_no_flood_of_attributes() -> None:
    picture = "<img alt='a picture' src='data:image/png;base64," + "QUJD/0+" * 50_000 + "'>"

    assert html_to_text(f"<p>a</p>{picture}<p>b</p>") == ("a\nb", False)


def test_smileys_are_said_and_other_pictures_are_not() -> None:
    assert html_to_text('thanks <img alt="😀"><img alt="Logo of Lindwerk"><img>')[0] == "thanks 😀"


def test_joiners_inside_words_stay() -> None:
    assert html_to_text("<p>می\u200cخواهم</p>")[0] == "می\u200cخواهم"


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


OLD = "<div>Dear all,<br>the lift is stuck.</div>"
LABELS = "<b>Xxx:</b> Mara<br><b>Yyy:</b> Monday<br><b>Zzz:</b> Lift"
QUOTE = f"<blockquote>{OLD}</blockquote>"


@pytest.mark.parametrize(
    "old",
    [
        f'<hr><div id="divRplyFwdMsg" dir="ltr">{LABELS}</div>{OLD}',
        f'<div id="mail-editor-reference-message-container"><div>{LABELS}</div>{OLD}</div>',
        f'<span id="OLK_SRC_BODY_SECTION">{LABELS}{OLD}</span>',
        f'<hr id="stopSpelling">{LABELS}{OLD}',
        f'<div class="ydp12yahoo_quoted"><div>Xxx</div>{OLD}</div>',
        f'<div name="quote">{LABELS}{OLD}</div>',
        f'<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3pt 0 0 0"><p>{LABELS}</p></div>{OLD}',
        f"<includetail>{LABELS}{OLD}</includetail>",
        f'<div class="zmail_extra">{LABELS}{OLD}</div>',
        f'<div class="gmail_attr">Xxx Mara yyy<br></div>{QUOTE}',
        f'<div class="moz-cite-prefix">Xxx Mara yyy<br></div>{QUOTE}',
        f'<p id="reply-intro">Xxx Mara yyy</p>{QUOTE}',
        '<div class="gmail_signature">Mara Vogt<br>Facilities</div>',
        '<div id="AppleMailSignature">Xxx iPhone</div>',
        f'<div name="messageSignatureSection">Mara Vogt</div><div name="messageReplySection">Xxx:<br>{OLD}</div>',
        f'<div id="composer_signature">Xxx Galaxy</div><div>-------- Original message --------</div>{OLD}',
    ],
)
def test_old_mail_and_signatures_are_found_by_their_markup_where_the_language_is_not_known(old: str) -> None:
    assert newest_words(html_to_text(f"<div>Please come.</div>{old}")[0]).words == "Please come."


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ('<div class="gmail_signature">Only this</div>', "Only this"),
        (
            '<div>Hi</div><div class="gmail_signature">Mara</div><div>PS: the door, too.</div>',
            "Hi\nMara\nPS: the door, too.",
        ),
        ('<div style="border-top:solid #E1E1E1 1pt"><p>Please print this</p></div>', "Please print this"),
        ('<div name="quote">Please quote this offer</div><p>Thanks</p>', "Please quote this offer\nThanks"),
        ('<div class="gmail_attr">---------- Forwarded message ---------<br>From: x</div>', None),
    ],
)
def test_nothing_is_added_where_nothing_of_the_senders_stands_above_or_something_below(
    html: str, words: str | None
) -> None:
    text = html_to_text(html)[0]

    assert "-----Original Message-----" not in text
    assert newest_words(text).words == (words or text)


def test_nothing_is_added_where_the_words_of_the_language_are_known() -> None:
    html = f'<p>Ja.</p><hr><div id="divRplyFwdMsg"><b>Von:</b> a<br><b>Gesendet:</b> b<br><b>Betreff:</b> c</div>{OLD}'

    assert "Original Message" not in html_to_text(html)[0]
