"""Whose voice a text has: a person's, who speaks of themselves, asks somebody, or signs.

Programs write to everybody alike: they say neither "I" nor who wrote. Tables and questions about text; what follows
from the answers is decided in `daemon.mail.notice` and `daemon.mail.nature`.
"""

from __future__ import annotations

import re

from daemon.mail.history import phrases_of

CHARACTERS = 3_000
"""So much of a text is looked at: its beginning, and a quarter of it from its end."""

# Words of the first person singular, by language. "je" is "you" in Dutch and "is" in Czech, "min" are minutes, and
# services link to "My account": of the ambiguous ones only what follows tells.
_OF_ONESELF = frozenset(
    phrases_of("""
    i'm/i’m/i'll/i’ll/i've/i’ve/i'd/i’d/me/myself/ich/meine/meinen/meinem/meiner/meines/mir/mich/yo/mis/tengo
    quiero/necesito/puedo/estoy/quisiera/preciso/gostaria/tenho/estou/meus/minhas/mia/miei/vorrei/ik/mij/jeg
    jag/mig/minä/minun/minulla/minulle/mnie/mój/moja/moją/potrzebuję/chciałbym/chciałabym/mám/můj/moji/môj
    potřebuji/potrebujem/я/мой/моя/моё/мои/мне/меня/мені/мене/мій/аз/мен/εγώ/μου/én/nekem/szeretnék/kérnék
    benim/bana/istiyorum/saya/aku/אני/שלי/أنا/لدي
    """)
)
_WORD = re.compile(r"(?<![\w.@/-])[^\W\d_]+(?:['’][^\W\d_]+)*")
_MAYBE_OF_ONESELF = re.compile(
    r"(?<![\w'’/.@-])(?:(?-i:I)(?=[ ,])(?! ?\d)|i (?:am|have|need|got|can|cannot|tried|would|don['’]t)|(?:my|mein|mon"
    r"|mi|mijn|meu|minha|il mio|moje|mitt|min) (?!account|orders?|profile|konto|profil|compte|cuenta|bestell|conta"
    r"|kundenkonto|espace|área|sidor|side|e-|\d|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|okt|dez)[^\W\d]"
    r"|j['’](?!en profite|y vais|achète|active)\w+|eu (?:sou|não|queria|quero|fiz|recebi)|io (?:ho|sono|non)"
    r"|ho bisogno|prosím (?:o|vás)|je (?:suis|n['’]|ne|vous|me|voudrais|souhaite|peux|dois|veux|viens|pense|crois"
    r"|sais|vois|reçois|cherche|demande))|(?<!chúng )\btôi\b|私|僕|我(?!们|們)|저는|제가|저희 집|나는",
    re.IGNORECASE,
)
# Somebody asks about what a program wrote to them.
_CITED = re.compile(r"[\"“„«][^\"“”„«»]{20,1500}[\"”“»]")
# "I'm satisfied" is the answer that a survey offers.
_OFFERED = re.compile(r"i['’]m (?:un|not |very )?satisfied", re.IGNORECASE)
_POLITE = re.compile(
    r"(?<!how )\b(?:could|can|would) (?:you|somebody|someone|anyone)\b|könnt(?:e[nt]?)? (?:ihr|sie|du|jemand)"
    r"|kann (?:jemand|bitte)|please (?:help|order|send|fix|repair|replace|add|remove|delete|restart|look|have a look"
    r"|see to)\b|bitte (?:um|bestellt)|pouvez-vous|pourriez-vous|(?:podrían?|puede[ns]?) (?:usted|ayudar|revisar"
    r"|por favor)|poderia|potete|potreste|kunt u|kunnen jullie|\bkan (?:du|i|ni|någon|noen)\b[^.!\n]{0,80}\?"
    r"|voisitteko|voitteko|czy (?:mogą|może|ktoś)|můžete|môžete|прошу|пожалуйста, (?:проверь|посмотр|помог)"
    r"|お願い(?:いた|でき|し)|いただけます(?:か|でしょうか)|(?:请|請)(?:帮|幫|尽快派)|부탁(?:드|합)",
    re.IGNORECASE,
)
_POLITE_STEMS = phrases_of("""
    could/can /would/könn/kann/please/bitte/pouvez/pourriez/podr/puede/poderia/potete/potreste/kunt/kunnen/kan
    voisitte
    voitte/czy /můžete/môžete/прошу/пожалуйста/お願い/いただけ/请/請/부탁
""")


def signs_as(name: str, words: str, signature: str) -> bool:
    """Whether the sender's first or last name stands alone on a line near the end, as people sign."""
    names = {part for part in name.lower().replace(",", " ").split() if len(part) > 1}
    lines = [*words.lower().splitlines()[-6:], *signature.lower().splitlines()[:6]]
    signed = (set(line.strip(" \t-–—,.;/~*|").split()) for line in lines if len(line) < 60)
    return bool(names) and any(one and len(one) <= 4 and one <= names for one in signed)


_NAME = re.compile(
    r"(?:(?:dr|prof|dipl|i\. ?a|i\. ?v|ppa|mag|ing)\.? ?){0,3}[^\W\d_][\w.'’-]{0,25}(?: [^\W\d_][\w.'’-]{0,25}){1,3}",
    re.IGNORECASE,
)
_TEAM = re.compile(
    r"team|gmbh|\bag\b|\binc\b|ltd|support|service|équipe|equipo|equipe|group|gruppe|verwaltung|abteilung|department"
    r"|customer|kunden|desk|portal|shop|bank|amt\b|büro|office|staff|\byour\b|\bihre?\b|\bthe\b",
    re.IGNORECASE,
)


def looked_at(words: str) -> str:
    """The beginning and the end of a text, which are enough to hear who speaks."""
    if len(words) <= CHARACTERS:
        return words
    return f"{words[: CHARACTERS * 3 // 4]}\n{words[-CHARACTERS // 4 :]}"


def speaks_of_oneself(words: str) -> bool:
    """Whether a text speaks in the first person singular, as programs do not."""
    told = _OFFERED.sub("", looked_at(words))
    if not _OF_ONESELF.isdisjoint(_WORD.findall(told.lower())):
        return True
    return _MAYBE_OF_ONESELF.search(told) is not None


def speaks_as_person(subject: str, words: str) -> bool:
    """Whether a person speaks: of themselves, or with a whole question or a plea to somebody."""
    told = f"{subject}\n{looked_at(words)}"
    if speaks_of_oneself(told):
        return True
    lowered = told.lower()
    return any(stem in lowered for stem in _POLITE_STEMS) and _POLITE.search(told) is not None


def is_signed_by_somebody(signature: str) -> bool:
    """Whether below a closing two or three words stand that are a person's name and not a team's."""
    lines = [line.strip(" \t*_,") for line in signature.splitlines() if line.strip()][1:3]
    return any(_NAME.fullmatch(line) is not None and _TEAM.search(line) is None for line in lines)


def without_citations(words: str) -> str:
    """A text without what it cites between quotation marks, as somebody does who asks about a program's mail."""
    return _CITED.sub(" ", words)
