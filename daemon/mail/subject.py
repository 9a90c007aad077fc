"""The subject line as mail programs write it: the marks of answers and forwards in many languages, and our own
reference in it.

A subject proves nothing: anybody can write one. What follows from it is decided elsewhere.
"""

from __future__ import annotations

import re

# What mail programs put before the subject of an answer, in lower case, by language. "vs" is an answer in Finnish
# and Estonian and a forward in Danish and Norwegian; it counts as an answer, which is the more careful guess: an
# answer joins only what its sender takes part in.
_ANSWERS = {
    "en": ("re", "reply"),
    "de": ("aw", "antw", "antwort"),
    "nl": ("antw", "betr"),
    "sv, da, no, is": ("sv", "svar"),
    "fi, et": ("vs",),
    "fr": ("re", "rép", "rep", "réf"),
    "es": ("re", "resp", "rta"),
    "pt": ("re", "res", "resp"),
    "it": ("r", "rif", "ris"),
    "pl": ("odp",),
    "cs, sk": ("odp", "odpověď", "odpoveď"),
    "hr, sl, sr": ("odg", "odgovor", "одг"),
    "hu": ("vá", "válasz"),
    "ro": ("răsp", "rasp", "ras"),
    "tr": ("ynt", "yan", "yanıt"),
    "el": ("απ", "σχετ", "απάντηση"),
    "ru": ("отв", "ответ", "на"),
    "uk": ("відп", "відповідь"),
    "bg": ("отг", "отговор"),
    "lt": ("ats", "at"),
    "lv": ("atb", "atbilde"),
    "cy": ("atb",),
    "id": ("bls", "balas"),
    "vi": ("tl", "trả lời"),
    "th": ("ตอบ", "ตอบกลับ"),
    "he": ("תגובה", "השב"),
    "ar": ("رد", "رد على"),
    "fa": ("پاسخ",),
    "zh": ("回复", "回覆", "答复", "答覆"),
    "ja": ("返信", "返"),
    "ko": ("회신", "답장"),
}
_FORWARDS = {
    "en": ("fw", "fwd", "forward"),
    "de": ("wg", "weitergeleitet"),
    "nl": ("doorst", "dv"),
    "sv": ("vb",),
    "da, no": ("videresendt", "vidresendt"),
    "fi": ("vl",),
    "et": ("ed",),
    "fr": ("tr", "transf", "tx"),
    "es": ("rv", "reenv", "reenviado"),
    "pt": ("enc", "encaminhado"),
    "it": ("i", "inoltro"),
    "pl": ("pd", "podaj dalej"),
    "cs, sk": ("přep", "přeposláno", "prep"),
    "hr, sl, sr": ("prosl", "proslijeđeno", "posr"),
    "hu": ("továbbítás", "továbbítva", "tov"),
    "ro": ("redir", "redirecționat"),
    "tr": ("ilt", "i̇lt", "iletilen"),
    "el": ("πρθ", "προωθ"),
    "ru": ("пересл", "переслано"),
    "uk": ("перес", "переслано"),
    "bg": ("препр",),
    "lt": ("pers",),
    "lv": ("pārs",),
    "id": ("trs", "terusan"),
    "vi": ("chuyển tiếp",),
    "th": ("ส่งต่อ",),
    "he": ("העברה", "הועבר"),
    "ar": ("إعادة توجيه",),
    "fa": ("هدایت",),
    "zh": ("转发", "轉寄", "轉發"),
    "ja": ("転送",),
    "ko": ("전달",),
}


def _any_of(words: dict[str, tuple[str, ...]]) -> str:
    every = {word for language in words.values() for word in language}
    return "|".join(re.escape(word) for word in sorted(every, key=lambda word: (-len(word), word)))


# A count as in Re[2]:, Re(3): or Re^2:; the full-width colon of East Asian programs.
_COLON = r"(?:\s?(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3}|\*\d{1,3}))?\s*[:\uff1a]"
_ANSWER = re.compile(rf"\s*(?:{_any_of(_ANSWERS)}|auto){_COLON}\s*", re.IGNORECASE)
_FORWARD = re.compile(rf"\s*(?:{_any_of(_FORWARDS)}){_COLON}\s*", re.IGNORECASE)
# What mail gateways put before a stranger's subject.
_STAMP = re.compile(
    r"\s*(?:\[(?:ext(?:ern(?:al|e|o)?)?|esterno|caution|vorsicht|spam|suspect)[^\[\]]{0,24}\]"
    r"|\*{1,3}(?:ext(?:ern(?:al)?)?|spam)\*{1,3}|\((?:ext(?:ern(?:al)?)?)\))\s*:?\s*",
    re.IGNORECASE,
)
_OURS = re.compile(r"\s*\[REQ-\d{1,18}\]\s*", re.IGNORECASE)
_REFERENCE = re.compile(r"(?<![\w-])REQ-([1-9]\d{0,17})(?![\w-])", re.IGNORECASE | re.ASCII)


def bare(subject: str) -> str:
    """The subject without the marks of answers, without a gateway's stamp and without our own reference.

    The mark of a forward stays: it says what the mail is.
    """
    at = 0
    while found := _ANSWER.match(subject, at) or _STAMP.match(subject, at) or _OURS.match(subject, at):
        at = found.end()
    return subject[at:].strip()


def is_forward(subject: str) -> bool:
    """Whether the newest mark before the subject is that of a forward."""
    at = 0
    while found := _STAMP.match(subject, at):
        at = found.end()
    return _FORWARD.match(subject, at) is not None


def references(subject: str) -> tuple[int, ...]:
    """The numbers of our references in a subject, such as 2041 for `REQ-2041`: the first three, each once."""
    return tuple(dict.fromkeys(int(number) for number in _REFERENCE.findall(subject)))[:3]
