"""The language of a text, guessed cheaply: by its script, or by the small words it uses. Says "" when
unsure."""

from __future__ import annotations

import re
from collections import Counter

CHARACTERS = 3_000
"""So much of a text is looked at."""

_SMALL_WORDS = {
    "en": "the and is are you for not with have this that from can we please my your it was will be our of to in on",
    "de": "der die das und ist nicht ich sie wir für mit ein eine den dem zu auf bitte kann haben wird "
    "auch sich von bei",
    "fr": "le la les et est pas je vous nous pour avec un une des du de sur que qui dans merci bonjour au ce ma mon",
    "es": "el la los las y es no yo usted para con un una de del que en por mi su se gracias hola está al lo me",
    "it": "il lo la gli le e è non io per con un una di del della che in sono si grazie buongiorno mi ho al da",
    "nl": "de het een en is niet ik u wij voor met van op te dat kan zijn heb dit aan er mijn ook wordt naar",
    "pt": "o a os as e é não eu você para com um uma de do da que em por meu minha se obrigado obrigada está ao no na",
    "da": "og det er ikke jeg du vi for med en et den til på af kan har som min mit fra der at hvis blev "
    "også mig dig tak efter nogen hvad",
    "sv": "och det är inte jag du vi för med en ett den till på av kan har som min mitt från att om inte "
    "också var mig dig tack efter någon vad",
    "nb": "og det er ikke jeg du vi for med en et den til på av kan har som min mitt fra å hvis ble også "
    "hvordan meg deg takk etter noen hva",
    "pl": "i w na nie jest się do z że to dla proszę mam mi od po czy jak za jestem są przez ale mój moja dziękuję",
}
_LANGUAGES_OF: dict[str, list[str]] = {}
for _language, _words in _SMALL_WORDS.items():
    for _word in set(_words.split()):
        _LANGUAGES_OF.setdefault(_word, []).append(_language)

_WORD = re.compile(r"[^\W\d_]+")
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7af]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
)
_SCRIPT_SHARE = 0.2
_ENOUGH = 2.0
_LEAD = 1.15


def language_of(text: str) -> str:
    """Two letters such as "de", or "" for a text that is too short or in none of the languages known here."""
    text = text[:CHARACTERS].lower()
    words = _WORD.findall(text)
    letters = sum(map(len, words))
    for language, script in _SCRIPTS if not text.isascii() else ():
        if len(script.findall(text)) > _SCRIPT_SHARE * max(letters, 1):
            return language
    # A word that several languages share says little about each.
    scores: dict[str, float] = {}
    for word, count in Counter(words).items():
        for language in _LANGUAGES_OF.get(word, ()):
            scores[language] = scores.get(language, 0.0) + count / len(_LANGUAGES_OF[word])
    ranked = [*sorted(scores.items(), key=lambda item: item[1], reverse=True), ("", 0.0), ("", 0.0)]
    (best, score), (_, second) = ranked[0], ranked[1]
    return best if score >= _ENOUGH and score >= second * _LEAD else ""
