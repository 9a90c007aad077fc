"""format=flowed (RFC 3676): lines that a mail program broke only for the wire, put together again."""

from __future__ import annotations

_SIGNATURE = "-- "


def unflow(text: str, *, delete_space: bool) -> str:
    """Plain text with \\n line ends; `delete_space` is the DelSp parameter of the Content-Type."""
    paragraphs: list[str] = []
    open_at = -1  # the quote depth of the paragraph that waits for its next line; -1 if none does
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")  # space-stuffing, 4.4
        flows = content.endswith(" ") and content != _SIGNATURE
        piece = content[:-1] if flows and delete_space else content
        if open_at == depth and content != _SIGNATURE:
            paragraphs[-1] += piece
        else:
            paragraphs.append((">" * depth + " " if depth else "") + piece)
        open_at = depth if flows else -1
    return "\n".join(paragraphs)
