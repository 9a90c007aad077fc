"""Attachments: names that are safe to show, and which pictures only belong to the text.

A shown name is never where a file is stored. Archives are never opened.
"""

from __future__ import annotations

import re
import unicodedata

from daemon.mail.clean import composed

NAME_CHARACTERS = 120
"""Longest shown name."""
LOGO_BYTES = 20_000
"""An inline picture of up to this size is a logo; a larger one may be a screenshot that matters."""

_EXTENSION_CHARACTERS = 12
_PATH = re.compile(r"[/\\]")
_FORBIDDEN = re.compile(r'[<>:"|?*\x00]')
_SPACES = re.compile(r"\s+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|clock\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
# image001.png and Outlook-abc.png are Outlook's own; the others stand below signatures.
_LOGO_NAME = re.compile(
    r"(?:image\d{3}|outlook-|attachment_image|.{0,30}(?:logo|signature|banner)|(?:facebook|linkedin|twitter|instagram|"
    r"youtube|xing|x)[-_.])",
    re.IGNORECASE,
)
_EXTENSIONS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/ms-tnef": ".dat",
    "message/rfc822": ".eml",
    "message/global": ".eml",
}


def safe_name(name: str, content_type: str, number: int) -> str:
    """A name to show for a file that came as `name` (already decoded); `number` names those that have none.

    First made plain (NFKC, so that a full-width ／ or a one-dot leader counts as what it looks like; no
    control, format, private or unassigned characters), then judged: no path, no drive, no leading dot, no
    device name of Windows.
    """
    plain = unicodedata.normalize("NFKC", composed(name[: 4 * NAME_CHARACTERS]))
    plain = "".join(
        character for character in plain if unicodedata.category(character)[0] != "C" or character in "\t\n"
    )
    plain = _PATH.split(_SPACES.sub(" ", plain).strip(" /\\"))[-1]
    plain = _FORBIDDEN.sub("_", plain).strip(" ").rstrip(". ")
    if not plain.strip("._ "):
        return f"unnamed-{number}{_EXTENSIONS.get(content_type, '')}"
    if plain.startswith(".") or _RESERVED.fullmatch(plain):
        plain = f"_{plain}"
    return _shortened(plain)


def _shortened(name: str) -> str:
    if len(name) <= NAME_CHARACTERS:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > _EXTENSION_CHARACTERS:
        return name[:NAME_CHARACTERS].rstrip(". ")
    return stem[: NAME_CHARACTERS - len(extension) - 1].rstrip(". ") + dot + extension


def is_inline(
    name: str, content_type: str, disposition: str, content_id: str, size: int, shown_ids: frozenset[str]
) -> bool:
    """Whether a picture belongs to the text: the text shows it by its Content-ID, or it is a small logo.

    `shown_ids` are the Content-IDs that the mail's text shows, in lower case. Small is up to `LOGO_BYTES`; such a
    picture is a logo if it was made to be shown (inline, or with a Content-ID that nothing shows any more, because
    somebody answered in plain text; Exchange gives one to real attachments too, and says so), or if its name is one
    that programs give to logos.
    """
    if not content_type.startswith("image/"):
        return False
    if content_id and content_id.lower() in shown_ids:
        return True
    return size <= LOGO_BYTES and (
        disposition == "inline" or (bool(content_id) and disposition != "attachment") or bool(_LOGO_NAME.match(name))
    )
