"""text/enriched (RFC 1896) and its forerunner text/richtext to plain text: the words without the commands."""

from __future__ import annotations

import re

_PARAMETER = re.compile(r"<param>[^<]{0,500}</param>", re.IGNORECASE)
_COMMAND = re.compile(r"</?[a-z0-9-]{1,60}>", re.IGNORECASE)
_NEW_LINE = re.compile(r"<(?:nl|/?paragraph|/?p|np|br)>", re.IGNORECASE)
_LINE_ENDS = re.compile(r"(?<!\n)\n(?!\n)")
_RUN = re.compile(r"\n(\n+)")
_LESS = "\0"


def plain_from_enriched(text: str) -> str:
    r"""Text with \n line ends: one line end is a space, n + 1 are n; `<<` and `<lt>` are a "<"."""
    text = _RUN.sub(r"\1", _LINE_ENDS.sub(" ", text.replace("<<", _LESS)))
    text = _NEW_LINE.sub("\n", _PARAMETER.sub("", text)).replace("<lt>", _LESS)
    return _COMMAND.sub("", text).replace(_LESS, "<")
