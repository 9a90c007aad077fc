"""HTML to readable text: what a person would see of it, as lines.

Keeps the order, lists, tables and where links lead; drops what is hidden; marks quoted mail with "> ".
Fetches nothing, runs nothing, and gives text, never markup.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from selectolax.lexbor import LexborHTMLParser, LexborNode

from daemon.mail.forward import begins_forward
from daemon.mail.history import attribution_size, begins_old_mail, is_quoted, is_rule
from daemon.mail.sight import PLAIN, Look, Sight

CHARACTERS = 2_000_000
"""So much markup of one mail is read."""
DEPTH = 2_000
"""Markup nested deeper than this is not read: 50,000 nested <div> take the parser 6 s."""
TAGS = 100_000
"""So many tags of one mail are given to the parser."""
ATTRIBUTES = 2_000
"""An element with more attributes than this is not read, nor what follows it."""
TAG_CHARACTERS = 20_000
"""Tags up to this length are not looked at for the number of their attributes."""
NODES = 50_000
"""So many elements and pieces of text of one mail are read."""
ADDRESS_CHARACTERS = 300
"""Longest link that is shown behind its text."""

_BLOCK_NAMES = """
    p div section article header footer main nav aside ul ol table caption tr h1 h2 h3 h4 h5 h6 pre form dl dt
    dd address center fieldset figure figcaption blockquote li details summary
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_APART = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_DROPPED_NAMES = """
    script style head title template noscript object iframe svg math select textarea audio video canvas map
    -comment _comment !doctype
"""
_DROPPED = frozenset(_DROPPED_NAMES.split())
# Gmail and Apple Mail indent a person's own paragraph with a blockquote; the style tells it from a quoted
# mail.
_INDENTED = re.compile(r"border(?:-left)?\s*:\s*(?:none|0)", re.IGNORECASE)
_SPACES = re.compile("[ \t\r\n\f\u00a0\u200b\ufeff]+")
_RUNS = re.compile(" {2,}")
# Elements that stay open until they are closed; p, li, td and the like end by themselves.
_TAG = re.compile(
    r"<(/?)(?!(?:p|li|td|th|tr|tbody|thead|tfoot|dt|dd|option|br|hr|img|meta|link|input|col|wbr|area|base|body"
    r"|html|head)"
    r"[\s/>])[a-z]",
    re.IGNORECASE,
)
# What newsletters put behind the line that a mailbox shows, so that nothing of the text follows it there.
_FILLERS = re.compile("(?:[\u00ad\u034f\u115f\u1160\u180e\u200b-\u200f\u2060-\u2064\u2800\u3164\ufeff\uffa0]\\s*){3,}")
_SMILEY_CHARACTERS = 8
_OPTION = re.compile(r"<(/?)o(pt(?:ion|group)\b)", re.IGNORECASE)
_LONG_TAG = re.compile(r"<[a-z](?:[^>\"']++|\"[^\"]*+\"|'[^']*+'|[\"'])*+", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*+\"|'[^']*+'")
_META = re.compile(rb"<meta\s[^>]{0,200}charset\s*=\s*[\"']?([a-z0-9_:.-]{1,40})", re.IGNORECASE)
_HEAD_BYTES = 4_000
_KEPT_SPACE = "\u00a0"
_QUOTE = "> "
_MAX_QUOTES = 10


# What mail programs call the elements around what a person did not write now, by id, class or name: where the old
# mail begins (Outlook on the web, new and on phones, on the Mac, Hotmail; Yahoo, Zoho, GMX, Spark, QQ), the line above
# a quote (Gmail, Thunderbird, Airmail, Mailspring, Roundcube), and signatures. Helps where the words of a language are
# not known; where they are, nothing is added.
_OLD_MAIL, _ABOVE_QUOTE, _SIGNATURE = "old mail", "above a quote", "signature"
_MADE_BY_PROGRAMS = {
    **dict.fromkeys(
        (
            *("divrplyfwdmsg", "mail-editor-reference-message-container", "ms-outlook-mobile-reference-message"),
            *("olk_src_body_section", "stopspelling", "zwchr", "yahoo_quoted", "zmail_extra", "messagereplysection"),
        ),
        _OLD_MAIL,
    ),
    **dict.fromkeys(
        ("gmail_attr", "moz-cite-prefix", "airmail_on", "gmail_quote_attribution", "reply-intro"), _ABOVE_QUOTE
    ),
    **dict.fromkeys(
        (
            *("gmail_signature", "moz-signature", "protonmail_signature_block", "bloop_sign", "front-signature"),
            *("sh-signature", "applemailsignature", "composer_signature", "ms-outlook-mobile-signature"),
            "messagesignaturesection",
        ),
        _SIGNATURE,
    ),
}
_QUOTE_NAME = "quote"  # GMX and Web.de, only as the name of an element
_MADE_TAGS = {"includetail": _OLD_MAIL, "signature": _SIGNATURE}
# Outlook draws this line above the old mail, in the two greys that it has had since 2007.
_OUTLOOK_LINE = re.compile(
    r"border-top:\s?(?:solid #(?:e1e1e1|b5c4df)|#(?:e1e1e1|b5c4df) 1(?:\.0)?pt solid)", re.IGNORECASE
)
_ORIGINAL = "-----Original Message-----"
_MARKS = 20
_NAME_CHARACTERS = 200
_STYLE_CHARACTERS = 1_000
_SIGNATURE_LINES = 12


class _Page:
    """Lines in the making: collapses white space as a browser does and puts quote marks and indents in front.

    In a table cell a block ends its line only if more text of that cell follows, so that a row stays one line
    although Outlook puts a paragraph into every cell.
    """

    def __init__(self) -> None:
        self.quotes = 0
        self.lists: list[int | None] = []
        self._lines: list[str] = []
        self._line: list[str] = []
        self._bullet = ""
        self._cells = 0
        self._cell_has_text = False
        self._line_is_due = False
        self._is_blank_line = False
        self._marks: list[tuple[int, int, str]] = []

    def mark(self, kind: str) -> Callable[[], None] | None:
        """Begins what a program put there, unless it is in a table, and gives back what ends it."""
        if self._cells or len(self._marks) >= _MARKS:
            return None
        self.end_line()
        start = len(self._lines)
        number = len(self._marks)
        self._marks.append((start, start, kind))

        def close() -> None:
            self.end_line()
            self._marks[number] = (start, len(self._lines), kind)

        return close

    def say(self, text: str) -> None:
        if text != " ":
            if self._line_is_due:
                self.end_line()
            self._cell_has_text = True
        self._line.append(text)

    def leave_blank(self) -> None:
        """A paragraph of nothing but &nbsp;, which is how Outlook writes an empty line."""
        self._is_blank_line = not self._cells

    def end_line(self, *, even_if_empty: bool = False) -> None:
        even_if_empty |= self._is_blank_line
        self._line_is_due = self._is_blank_line = False
        text = _RUNS.sub(" ", "".join(self._line)).replace(" \t", "\t").replace("\t ", "\t").strip(" \t")
        self._line.clear()
        if text.strip():
            indent = "  " * min(len(self.lists) - 1, 8) if self.lists else ""
            self._put(indent + self._bullet + text.replace(_KEPT_SPACE, " "))
            self._bullet = ""
        elif even_if_empty:
            self.blank()

    def end_block(self) -> None:
        if self._cells:
            self._line_is_due = self._cell_has_text
        else:
            self.end_line()

    def end_block_apart(self) -> None:
        self.end_line()
        self.blank()

    def begin_cell(self) -> None:
        self._cells += 1
        self._cell_has_text = False

    def end_cell(self) -> None:
        self._cells -= 1
        self._line_is_due = False
        self._line.append("\t")

    def say_as_is(self, text: str) -> None:
        """Preformatted text: its own lines and spaces."""
        first, *others = text.replace("\r\n", "\n").replace(" ", _KEPT_SPACE).split("\n")
        self.say(first)
        for line in others:
            self.end_line(even_if_empty=True)
            self.say(line)

    def blank(self) -> None:
        if self._lines and self._lines[-1].strip("> "):
            self._put("")

    def rule(self) -> None:
        self.end_line()
        self._put("_" * 20)

    def item(self) -> None:
        self.end_line()
        number = self.lists[-1] if self.lists else None
        self._bullet = "* " if number is None else f"{number}. "
        if number is not None:
            self.lists[-1] = number + 1

    def text(self) -> str:
        self.end_line()
        for start, end, kind in reversed(self._marks):
            _say_mark(self._lines, start, end, kind)
        return "\n".join(self._lines).strip("\n")

    def _put(self, text: str) -> None:
        self._lines.append((_QUOTE * min(self.quotes, _MAX_QUOTES) + text).rstrip())


def _say_mark(lines: list[str], start: int, end: int, kind: str) -> None:
    """Puts into the lines what tells a reader of plain text the same, where the lines do not tell it themselves."""
    first = _next_written(lines, start)
    if first < 0 or not any(line.strip() for line in lines[max(start - 50, 0) : start]):
        return  # nothing, or nothing above it: then the words may be below
    if kind == _OLD_MAIL:
        while is_rule(lines[first]) and (below := _next_written(lines, first + 1)) >= 0:
            first = below
        if not _is_told(lines, first):
            lines.insert(start, _ORIGINAL)
    elif kind == _ABOVE_QUOTE:
        if not _is_told(lines, first):
            lines[start:end] = [line if not line or is_quoted(line) else _QUOTE + line for line in lines[start:end]]
    elif _is_signature(lines, start, end):
        lines.insert(start, "--")


def _is_told(lines: list[str], number: int) -> bool:
    line = lines[number]
    is_known = is_quoted(line) or line.startswith("--") or begins_forward(line)
    return is_known or attribution_size(lines, number) > 0 or begins_old_mail(lines, number)


def _is_signature(lines: list[str], start: int, end: int) -> bool:
    """Whether lines that a program calls a signature are as short as one, and nothing but old mail follows."""
    written = [line for line in lines[start:end] if line.strip()]
    if not 0 < len(written) <= _SIGNATURE_LINES or any(len(line) > 200 or line.startswith("--") for line in written):
        return False
    if start and lines[start - 1].strip() in ("--", "—"):
        return False
    below = _next_written(lines, end)
    return below < 0 or is_rule(lines[below]) or _is_told(lines, below)


def _next_written(lines: list[str], number: int) -> int:
    """The next line that is not blank, of a few; -1 if there is none."""
    return next((one for one in range(number, min(number + 8, len(lines))) if lines[one].strip()), -1)


def html_to_text(html: str) -> tuple[str, bool]:
    """The text a reader sees, lines separated by \n, and whether something beyond a limit was left out."""
    tamed = _tamed(html)
    parser = LexborHTMLParser(tamed)
    root, page = parser.body, _Page()
    css = (
        "\n".join(style.text() or "" for style in parser.css("style")) if "<style" in tamed or "<STYLE" in tamed else ""
    )
    whole = root is None or _walk(root, page, Sight(css))
    return page.text(), not whole or len(tamed) < len(html)


def charset_of_html(markup: bytes) -> str:
    """The charset that a page names in its head, for mails whose header names none; "" if it does not either."""
    found = _META.search(markup, 0, _HEAD_BYTES)
    return found[1].decode("ascii") if found else ""


def _tamed(html: str) -> str:
    """Markup up to where the parser would need long for it. What is cut or changed here was measured to bite."""
    html = _few(html[:CHARACTERS])
    if len(html) > TAG_CHARACTERS:
        # 200,000 <option> took 165 s. What is in a <select> is not read anyway.
        html = _OPTION.sub(r"<\1x\2", html)
        html = _without_wide_tags(html)
    return _shallow(html)


def _few(html: str) -> str:
    if html.count("<") <= TAGS:
        return html
    return html[: len(html) - len(html.split("<", TAGS)[-1]) - 1]


def _without_wide_tags(html: str) -> str:
    """Up to the first tag with too many attributes: 50,000 of them took 5 s, as each is compared with all others."""
    for tag in _LONG_TAG.finditer(html):
        text = tag[0]
        if len(text) <= TAG_CHARACTERS:
            continue
        bare = _QUOTED.sub('"', text)
        if bare.count('"') + bare.count("/") + len(text.split()) > ATTRIBUTES:
            return html[: tag.start()]
    return html


def _shallow(html: str) -> str:
    """Markup up to where it nests too deep: the parser looks through all open elements at every new one."""
    if html.count("<") <= DEPTH:
        return html
    depth = 0
    for tag in _TAG.finditer(html):
        depth += -1 if tag[1] else 1
        if depth > DEPTH:
            return html[: tag.start()]
        depth = max(depth, 0)
    return html


def _walk(root: LexborNode, page: _Page, sight: Sight) -> bool:
    """Goes through the tree with a stack of its own: 20,000 nested elements are no recursion here."""
    node, left, preformatted = root.child, NODES, 0
    look = sight.look(root.attributes, PLAIN) or PLAIN
    stack: list[tuple[LexborNode, str, Callable[[], None] | None, Look]] = []
    while node is not None or stack:
        if node is None:
            node, tag, close, look = stack.pop()
            preformatted -= tag == "pre"
            if close is not None:
                close()
            node = node.next
            continue
        left -= 1
        if left < 0:
            return False
        tag = node.tag or ""
        if tag == "-text":
            _say(node.text_content or "", page, look, preformatted=preformatted > 0)
            node = node.next
        elif tag in _DROPPED or tag in _SINGLE:
            if tag in _SINGLE:
                _SINGLE[tag](page, node)
            node = node.next
        else:
            attributes = node.attributes
            inside = sight.look(attributes, look) if attributes else look
            if inside is None:
                node = node.next
                continue
            stack.append((node, tag, _open(tag, attributes, node, page), look))
            look = inside
            preformatted += tag == "pre"
            node = node.child
    return True


def _say(text: str, page: _Page, look: Look, *, preformatted: bool) -> None:
    if look.is_unseen and not text.isspace():
        return
    if preformatted:
        page.say_as_is(text)
        return
    page.say(_SPACES.sub(" ", text if text.isascii() else _FILLERS.sub(" ", text)))
    if text.isspace() and "\u00a0" in text:
        page.leave_blank()


def _picture(page: _Page, node: LexborNode) -> None:
    """Of pictures only the smileys are said, which Outlook and Gmail send as pictures of their own."""
    alt = node.attributes.get("alt") or ""
    if (
        alt
        and len(alt) <= _SMILEY_CHARACTERS
        and not any(character.isalnum() or character.isspace() for character in alt)
    ):
        page.say(alt)


def _rule(page: _Page, node: LexborNode) -> None:
    if (attributes := node.attributes) and _made_by_program("hr", attributes) == _OLD_MAIL:
        page.mark(_OLD_MAIL)
    page.rule()


def _made_by_program(tag: str, attributes: dict[str, str | None]) -> str:
    """What an element is that a mail program put around what a person did not write now; "" if it is none."""
    if tag in _MADE_TAGS:
        return _MADE_TAGS[tag]
    for attribute in ("id", "class", "name"):
        value = attributes.get(attribute)
        if value and len(value) < _NAME_CHARACTERS:
            for name in value.lower().split():
                known = _MADE_BY_PROGRAMS.get("yahoo_quoted" if "yahoo_quoted" in name else name)
                if known:
                    return known
            if attribute == "name" and value == _QUOTE_NAME:
                return _OLD_MAIL
    style = attributes.get("style")
    return _OLD_MAIL if style and "border-top" in style and _OUTLOOK_LINE.search(style[:_STYLE_CHARACTERS]) else ""


_SINGLE: dict[str, Callable[[_Page, LexborNode], None]] = {
    "br": lambda page, _: page.end_line(even_if_empty=True),
    "hr": _rule,
    "img": _picture,
}


def _open(tag: str, attributes: dict[str, str | None], node: LexborNode, page: _Page) -> Callable[[], None] | None:
    """Begins an element and gives back what ends it."""
    close = _open_known(tag, attributes, node, page)
    kind = _made_by_program(tag, attributes) if attributes or tag in _MADE_TAGS else ""
    end_mark = page.mark(kind) if kind else None
    if end_mark is None or close is None:
        return end_mark or close
    return _both(close, end_mark)


def _both(first: Callable[[], None], second: Callable[[], None]) -> Callable[[], None]:
    def close() -> None:
        first()
        second()

    return close


def _open_known(
    tag: str, attributes: dict[str, str | None], node: LexborNode, page: _Page
) -> Callable[[], None] | None:
    if tag == "a":
        return _link(attributes.get("href") or "", node, page)
    if tag in ("td", "th"):
        page.begin_cell()
        return page.end_cell
    if tag == "blockquote" and not _INDENTED.search(attributes.get("style") or ""):
        return _quote(page)
    return _open_block(tag, attributes, page) if tag in _BLOCKS else None


def _open_block(tag: str, attributes: dict[str, str | None], page: _Page) -> Callable[[], None]:
    if tag in ("ul", "ol"):
        return _list(tag, attributes, page)
    if tag == "li":
        page.item()
    elif tag in _APART:
        page.end_block_apart()
        return page.end_block_apart
    else:
        page.end_block()
    return page.end_block


def _link(href: str, node: LexborNode, page: _Page) -> Callable[[], None] | None:
    href = _SPACES.sub("", href)
    address = href.removeprefix("mailto:").partition("?")[0] if href.startswith("mailto:") else href
    if not href.startswith(("http://", "https://", "mailto:")) or not address:
        return None
    text = (node.text() or "").strip()
    if not text or address.rstrip("/").removeprefix("https://").removeprefix("http://") in text:
        return None
    shown = address if len(address) <= ADDRESS_CHARACTERS else address[: ADDRESS_CHARACTERS - 1] + "…"
    return lambda: page.say(f" ({shown})")


def _quote(page: _Page) -> Callable[[], None]:
    def close() -> None:
        page.end_line()
        page.quotes -= 1
        page.blank()

    page.end_line()
    page.blank()
    page.quotes += 1
    return close


def _list(tag: str, attributes: dict[str, str | None], page: _Page) -> Callable[[], None]:
    def close() -> None:
        page.end_line()
        page.lists.pop()
        if not page.lists:
            page.blank()

    page.end_line()
    if not page.lists:
        page.blank()
    start = attributes.get("start") or ""
    page.lists.append((int(start) if start.isdecimal() and len(start) < 6 else 1) if tag == "ol" else None)
    return close
