"""The newest words of a mail: what its sender wrote now, apart from what was quoted and from the signature.

A scanner that looks at each line once or within a window of fixed size, so that no text makes it slow. What
it cannot tell it keeps: words too many cost the reader a moment, words lost cost the request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Body:
    """A text taken apart. `words` is everything when nothing else would be left; the others may be ""."""

    words: str
    quoted: str
    signature: str


# The line above a quote: "On Mon, 3 Mar 2025 at 10:12, Mara Vogt <mara@x.example> wrote:". Verbs as mail
# programs write them, in en de fr es it nl pt da sv nb fi pl cs.
_VERBS = """
    wrote said writes schrieb schreibt écrit écrivait escribió escribio scritto scrive schreef geschreven escreveu
    skrev skriver kirjoitti napisał napisał(a) napisała pisze napsal napsal(a) napsala
"""
_VERB = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, _VERBS.split()))})(?!\w)", re.IGNORECASE)
_TIME = re.compile(r"(?<!\d)\d{1,2}[:.h]\d\d(?!\d)")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_IN_BRACKETS = re.compile(r"<[^<>\s]{1,100}@[^<>\s]{1,100}>")
# How such a line begins when it is wrapped: "On Mon, 3 Mar", "Le lun. 3 mars", "pon., 3 mar", "2025-03-03".
_OPENING = re.compile(
    r"\W{0,3}(?:(?:on|am|le|el|il|op|em|den|på|vid|dnia|dne|a|w dniu|il giorno)\s.{0,40}?\d"
    r"|\d|[^\W\d]{2,12}[.,]{0,2}\s\d)",
    re.IGNORECASE,
)
_ATTRIBUTION_LINES = 4
_ATTRIBUTION_CHARACTERS = 400

# The block that Outlook puts above the old mail. A label stands for what it says about the old mail.
_LABELS = {
    "from": "from von de da van fra från od lähettäjä expéditeur remitente mittente afzender absender",
    "sent": "sent date gesendet datum envoyé enviado enviada inviato verzonden sendt skickat wysłano "
    "lähetetty odesláno dato fecha data päivämäärä enviado_el enviado_em enviada_em gesendet_am",
    "to": "to an à a para aan til till do vastaanottaja komu kopie destinataire destinatario",
    "subject": "subject betreff objet asunto oggetto onderwerp emne ämne temat assunto aihe předmět sujet",
}
_LABEL_KIND = {label.replace("_", " "): kind for kind, labels in _LABELS.items() for label in labels.split()}
_LABEL = re.compile(r"[\s>*_]{0,4}([^\W\d_][\w' ]{0,14}?)[\s\u00a0]{0,3}\*{0,2}:\*{0,2}(?:[\s\u00a0]|$)(.{0,300})")
_BLOCK_LINES = 10

_ORIGINAL_WORDS = """
    original message/original appointment/reply message
    ursprüngliche nachricht/ursprüngliche e-mail/originalnachricht/original-nachricht/urspr. nachricht
    message d'origine/message original/mensaje original/messaggio originale
    oorspronkelijk bericht/origineel bericht/mensagem original/oprindelig meddelelse
    ursprungligt meddelande/opprinnelig melding/alkuperäinen viesti
    wiadomość oryginalna/oryginalna wiadomość/původní zpráva
"""
_FORWARD_WORDS = """
    forwarded message/begin forwarded message
    weitergeleitete nachricht/weitergeleitete e-mail/anfang der weitergeleiteten nachricht
    anfang der weitergeleiteten e-mail
    message transféré/début du message transféré/début du message réexpédié
    mensaje reenviado/inicio del mensaje reenviado
    messaggio inoltrato/inizio messaggio inoltrato
    doorgestuurd bericht/begin doorgestuurd bericht
    mensagem encaminhada/mensagem reencaminhada
    início da mensagem encaminhada/início da mensagem reencaminhada
    videresendt besked/videresendt meddelelse/videresendt melding/start på videresendt besked
    start på videresendt melding
    vidarebefordrat meddelande/vidarebefordrat mejl/vidarebefordrat brev/vidarebefordrat meddelande börjar
    välitetty viesti
    wiadomość przekazana dalej/przekazana wiadomość/początek przekazywanej wiadomości
    přeposlaná zpráva
"""


def _one_of(phrases: str) -> str:
    """An expression for the phrases of a table, which slashes and line ends separate."""
    return "|".join(re.escape(phrase.strip()) for phrase in re.split("[/\n]", phrases.strip()))


_ORIGINAL = re.compile(rf"\s*[-_]{{2,}}\s*(?:{_one_of(_ORIGINAL_WORDS)})\s*:?\s*[-_]{{2,}}\s*", re.IGNORECASE)
_FORWARDED = rf"(?:{_one_of(_FORWARD_WORDS)}|forwarded by .{{1,80}})"
# With dashes around it, or as Apple Mail writes it: alone on its line with a colon.
_FORWARD = re.compile(
    rf"\s*(?:[-_]{{2,}}\s*{_FORWARDED}\s*:?\s*[-_]{{2,}}|{_FORWARDED}\s?:)\s*",
    re.IGNORECASE,
)
_FORWARD_SUBJECT = re.compile(
    r"\s*(?:\[[^\]]{0,40}\]\s*)?(?:fwd?|wg|weitergeleitet|tr|rv|enc|i|inoltra|doorst|vs|vb|pd|vl)\s*:",
    re.IGNORECASE,
)

_AROUND = " \t\u00a0*_"
_QUOTE = re.compile(r"\s{0,3}>")
_DELIMITER = re.compile(r"--[ \u00a0]?")
_RULE = re.compile(r"\s*(?:[_*=~-][ ]?){5,200}\s*")
_SIGNATURE_LINES = 25
_SENT = (
    "sent|gesendet|verschickt|envoyé|enviado|enviada|inviato|verstuurd|verzonden|gestuurd"
    "|sendt|skickat|lähetetty|wysłan[eoy]|odesláno"
)
_FROM = (
    "from|via|with|using|von|mit|de|depuis|à partir de|desde|do|a partir do|da|dal|vanaf|vanuit|met"
    "|fra|från|med|z|ze|przy użyciu"
)
_MY = "my|meine[mrn]|mon|ma|mi|mio|mia|il mio|mijn|meu|min|mit|mitt|mojego|moim|mého"
_THING = (
    r"iphone|ipad|android|outlook|yahoo|samsung|galaxy|huawei|xiaomi|gmail|proton|mail|blackberry|handy|mobil|mobile"
    r"|smartphone|phone|telefon\w{0,3}|móvil|telefoon|nokia|pixel"
)
# "Sent from my iPhone", "Von meinem iPhone gesendet", "Get Outlook for iOS" as their programs write them.
_DEVICE = re.compile(
    rf"\s*(?:(?:{_SENT}) (?:{_FROM}) (?:(?:{_MY}) .{{1,40}}|.{{0,30}}\b(?:{_THING})\b.{{0,50}})"
    rf"|(?:von|mit) (?:{_MY}) .{{1,40}} (?:gesendet|verschickt|geschickt)"
    r"|(?:get|hent|hämta|skaff deg|obtenir|obtenez|télécharge[rz]|obtener|obter o|scarica|ottieni"
    r"|pobierz(?: aplikację)?)"
    r" outlook (?:for|til|för|pour|para|per|dla|na) .{1,20}"
    r"|outlook (?:für|voor) .{1,20} (?:beziehen|downloaden|herunterladen))\.?\s*",
    re.IGNORECASE,
)
_DEVICE_CHARACTERS = 120


def newest_words(text: str, subject: str = "") -> Body:
    """Takes cleaned plain text (lines end with \\n) apart.

    Inline answers are kept; a forwarded mail is kept, because it is the request: `subject` tells a mail
    forwarded by Outlook, which carries no other mark, from an answer.
    """
    lines = text.split("\n")
    kinds = _Scan(lines, is_forward=bool(_FORWARD_SUBJECT.match(subject))).kinds()
    words = _joined(lines, kinds, _OWN)
    if not words:
        return Body(text.strip(), "", "")
    return Body(words, _joined(lines, kinds, _QUOTED), _joined(lines, kinds, _SIGNED))


def has_own_words(text: str) -> bool:
    """Whether a text holds anything besides quotes and a signature."""
    lines = text.split("\n")
    kinds = _Scan(lines, is_forward=False).kinds()
    return any(kind == _OWN and line.strip() for line, kind in zip(lines, kinds, strict=True))


_OWN, _QUOTED, _SIGNED = "own", "quoted", "signed"


class _Scan:
    """One pass over the lines, giving each its kind."""

    def __init__(self, lines: list[str], *, is_forward: bool) -> None:
        self._lines = lines
        self._is_forward = is_forward

    def kinds(self) -> list[str]:
        kinds: list[str] = []
        position, in_signature, after_attribution = 0, False, False
        while position < len(self._lines):
            line = self._lines[position]
            if not line or line.isspace():
                kinds.append(kinds[-1] if kinds else _OWN)
                position += 1
                continue
            if self._begins_forward(position, kinds, after_attribution):
                return kinds + [_OWN] * (len(self._lines) - position)
            if _QUOTE.match(line):
                kinds.append(_QUOTED)
                position, in_signature = position + 1, False
                continue
            if (size := self._attribution(position)) > 0:
                if not self._is_quoted_from(position + size):
                    return self._rest_quoted(kinds, position)
                kinds += [_QUOTED] * size
                position, in_signature, after_attribution = position + size, False, True
                continue
            if self._begins_old_mail(position):
                if self._is_forward:
                    return kinds + [_OWN] * (len(self._lines) - position)
                return self._rest_quoted(kinds, position)
            in_signature = in_signature or self._begins_signature(position)
            signed = in_signature or (len(line) < _DEVICE_CHARACTERS and _DEVICE.fullmatch(line) is not None)
            kinds.append(_SIGNED if signed else _OWN)
            position, after_attribution = position + 1, False
        return kinds

    def _rest_quoted(self, kinds: list[str], position: int) -> list[str]:
        """Quotes everything from here, and the ruled line above it."""
        above = len(kinds) - 1
        while above >= 0 and not self._lines[above].strip():
            above -= 1
        if above >= 0 and _RULE.fullmatch(self._lines[above]):
            kinds[above] = _QUOTED
        return kinds + [_QUOTED] * (len(self._lines) - position)

    def _begins_forward(self, position: int, kinds: list[str], after_attribution: bool) -> bool:
        """A forward mark of its own, or as the first line of a quote (Apple Mail puts the whole forward into one)."""
        line = self._lines[position]
        if len(line) > _ATTRIBUTION_CHARACTERS or not line.rstrip().endswith((":", "-", "_")):
            return False
        is_quote = _QUOTE.match(line) is not None
        if is_quote and (after_attribution or (kinds and kinds[-1] == _QUOTED)):
            return False
        return _FORWARD.fullmatch(line.lstrip("> ") if is_quote else line) is not None

    def _attribution(self, position: int) -> int:
        """How many lines the line above a quote takes from here; 0 if none begins here."""
        window: list[str] = []
        for line in self._lines[position : position + _ATTRIBUTION_LINES]:
            stripped = line.strip(_AROUND)
            if not stripped or _QUOTE.match(line) or len(stripped) > _ATTRIBUTION_CHARACTERS:
                return 0
            window.append(stripped)
            if stripped.endswith(":"):
                break
            if len(window) == 1 and not _OPENING.match(stripped):
                return 0
        if not window[-1].endswith(":") or _start_of(window) != 0:
            return 0
        return len(window) if self._is_attribution(" ".join(window), position + len(window)) else 0

    def _is_attribution(self, joined: str, following: int) -> bool:
        """Without marked quotes below, only an exact time or an address tells it from "Mara wrote at 10:30:"."""
        if _VERB.search(joined) is None:
            return False
        if _IN_BRACKETS.search(joined) or (_TIME.search(joined) and _YEAR.search(joined)):
            return True
        return self._is_quoted_from(following)

    def _begins_signature(self, position: int) -> bool:
        """`-- ` (RFC 3676 4.3), if what follows is as short as a signature."""
        if _DELIMITER.fullmatch(self._lines[position]) is None:
            return False
        following = self._lines[position + 1 : position + 2 + _SIGNATURE_LINES]
        end = next((i for i, line in enumerate(following) if _QUOTE.match(line)), len(following))
        return end <= _SIGNATURE_LINES

    def _is_quoted_from(self, position: int) -> bool:
        for line in self._lines[position : position + 3]:
            if line.strip():
                return _QUOTE.match(line) is not None
        return False

    def _begins_old_mail(self, position: int) -> bool:
        """`-----Original Message-----`, or the block of labels with which Outlook begins the old mail."""
        line = self._lines[position]
        if _ORIGINAL.fullmatch(line[:_ATTRIBUTION_CHARACTERS]):
            return True
        if _label_of(line) is None:
            return False
        labels: dict[str, str] = {}
        for other in self._lines[position : position + _BLOCK_LINES]:
            if (label := _label_of(other)) is not None:
                labels.setdefault(*label)
        # "From: Hamburg / To: Lyon / Date: 3 May" is a journey, so a block needs a subject, or an address and
        # a time.
        if "from" not in labels or not ("sent" in labels or "to" in labels):
            return False
        return "subject" in labels or ("@" in labels["from"] and _TIME.search(labels.get("sent", "")) is not None)


def _start_of(window: list[str]) -> int:
    """Where in these lines, of which the last ends it, the line above a quote begins: with its date, or late."""
    openings = [number for number, line in enumerate(window) if _OPENING.match(line)]
    dated = (number for number in openings if _YEAR.search(window[number]) or _TIME.search(window[number]))
    return next(dated, openings[-1] if openings else len(window) - 1)


def _label_of(line: str) -> tuple[str, str] | None:
    if ":" not in line[:24]:
        return None
    found = _LABEL.match(line)
    kind = _LABEL_KIND.get(found[1].strip().lower()) if found else None
    return (kind, found[2]) if found and kind else None


def _joined(lines: list[str], kinds: Iterable[str], wanted: str) -> str:
    """The lines of one kind; what was between them is one blank line."""
    kept: list[str] = []
    left_out = False
    for line, kind in zip(lines, kinds, strict=True):
        if kind != wanted:
            left_out = True
            continue
        if left_out and kept and kept[-1].strip():
            kept.append("")
        left_out = False
        kept.append(line.rstrip())
    return "\n".join(kept).strip("\n").rstrip()
