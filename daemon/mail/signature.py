"""What stands below a person's words and is none of them: a signature, a disclaimer, a list's footer.

Takes one stretch of a person's own lines at a time. When in doubt a line is kept as words: they cost the
reader a moment, words lost cost the request.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from daemon.mail.devices import mark_devices
from daemon.mail.history import CHARACTERS, is_rule, one_of
from daemon.mail.small_print import has_disclaimer, mark_phrases, mark_small_print

# "-- " (RFC 3676 4.3), with or without its space; GitHub and some phones write a long dash, some people two strokes.
_DELIMITER = re.compile(r"(?:--|__|[–—])[ \u00a0]?")
_DELIMITED_LINES = 25
_CLOSED_LINES = 25
_NAME_LINES = 3
_PERSON_LINES = 8
_RULED_LINES = 12
# A telephone number or an address that says what it is.
_IS_NUMBER = re.compile(
    r"\b(?:tel|fax|phone|mobile?|mob|telefon|e-?mail|www)\b\s?[.:：/]|〒|電話|电话|tel"
    r"|\+\d{1,3}[ (\d./-]{7}|^\W{0,3}[^\s@]{1,64}@[^\s@]{1,100}\.\w{2,20}\W{0,3}$",
    re.IGNORECASE,
)
_FOOTER_LINES = 12

# -- closings, in the words of letters --

_CLOSING_WORDS = """
    regards/best regards/kind regards/kindest regards/warm regards/warmest regards/with regards/best/all the best
    with kind regards/with best regards/best wishes/with best wishes/warm wishes/kind wishes/sincerely/yours sincerely
    sincerely yours/yours faithfully/yours truly/very truly yours/respectfully/respectfully yours/cordially/cheers
    rgds/br/kr/brgds/thanks and regards/thanks & regards/yours/warmly/take care/have a nice day/have a great day
    have a good day/have a good one/have a nice weekend/have a great weekend/good day/many regards/regards and thanks
    mit freundlichen grüßen/mit freundlichen grüssen/mit freundlichem gruß/mit freundlichem gruss
    mit freundlichen gruessen/freundliche grüße/freundliche grüsse/freundlichen gruß/freundliche gruesse
    mit besten grüßen/beste grüße/beste grüsse/besten gruß/viele grüße/viele grüsse/viele gruesse/vielen gruß
    liebe grüße/liebe grüsse/lieben gruß/herzliche grüße/herzliche grüsse/herzlichen gruß/schöne grüße/sonnige grüße
    mit lieben grüßen/mit vielen grüßen/mit herzlichen grüßen/mit kollegialen grüßen/hochachtungsvoll
    schönen gruß/schöne gruesse/einen schönen tag noch/schönen tag noch/einen schönen tag/schönen tag
    noch einen schönen tag
    schönes wochenende/ein schönes wochenende/schönen abend/schönen feierabend/bleiben sie gesund/gruß/gruss/grüße
    grüsse/grüessli/schöne grüsse/mfg/vg/lg/bg/fg/hg
    cordialement/bien cordialement/très cordialement/bien à vous/bien à toi/sincères salutations
    salutations distinguées/meilleures salutations/cordiales salutations/salutations/amicalement/bonne journée
    bonne fin de journée/belle journée
    excellente journée/bonne soirée/bon week-end/bonne semaine/bien amicalement/sincèrement
    bonne réception/respectueusement/cdlt/cdt/bien cdlt/avec mes salutations distinguées
    saludos/un saludo/saludos cordiales/un cordial saludo/cordialmente/atentamente/muy atentamente/atte
    reciba un cordial saludo/un abrazo/saluts/salutacions/cordialment/atentament
    atenciosamente/cordiais saudações/com os melhores cumprimentos/melhores cumprimentos/cumprimentos/saudações
    com os meus cumprimentos/um abraço/att/abraços/abraço
    cordiali saluti/distinti saluti/saluti/un saluto/un cordiale saluto/tanti saluti/cari saluti/buona giornata
    cu stimă/cu stima/cu respect/numai bine/o zi bună
    met vriendelijke groet/met vriendelijke groeten/vriendelijke groet/vriendelijke groeten/hartelijke groet
    hartelijke groeten/met hartelijke groet/groet/groeten/groetjes/mvg/hoogachtend/met groet/beste groeten
    med venlig hilsen/venlig hilsen/med venlige hilsner/venlige hilsner/mange hilsner/hilsen/kærlig hilsen
    bedste hilsner/de bedste hilsner/mvh/vh/kh/med vennlig hilsen/vennlig hilsen/beste hilsen/hilsning/mange hilsener
    med vänlig hälsning/med vänliga hälsningar/vänlig hälsning/vänliga hälsningar/bästa hälsningar/hälsningar/hälsning
    varma hälsningar/med bästa hälsningar/vänligen/hälsn/allt gott
    ystävällisin terveisin/terveisin/parhain terveisin/yhteistyöterveisin/ystävällisesti/kunnioittavasti/yst. terv/t
    með kveðju/bestu kveðjur/kær kveðja/kveðja
    lugupidamisega/parimate soovidega/tervitades/ar cieņu/ar sveicieniem/pagarbiai/su pagarba/geriausi linkėjimai
    pozdrawiam/z poważaniem/z powazaniem/z wyrazami szacunku/pozdrawiam serdecznie/serdecznie pozdrawiam/pozdr/pzdr
    serdeczne pozdrowienia/łączę pozdrowienia/łączę wyrazy szacunku/pozdrowienia
    s pozdravem/s přátelským pozdravem/s úctou/děkuji a přeji hezký den/hezký den/s pozdravom/s úctou a pozdravom
    s priateľským pozdravom/lep pozdrav/lepo pozdravljeni/s spoštovanjem/lp/pozdrav/srdačan pozdrav/s poštovanjem
    lijep pozdrav/srdačno/s štovanjem/поздрав/срдачан поздрав/с поштовањем/s poštovanjem
    с уважением/с наилучшими пожеланиями/с приветом/всего доброго/всего хорошего/з повагою/з найкращими побажаннями
    с уважение/поздрави/с най-добри пожелания
    με εκτίμηση/με φιλικούς χαιρετισμούς/χαιρετισμούς/φιλικά/με τιμή
    üdvözlettel/tisztelettel/szívélyes üdvözlettel/baráti üdvözlettel/üdv/üdvözlet/köszönettel
    saygılarımla/saygılarımızla/iyi çalışmalar/iyi günler/sevgiler/selamlar/kolay gelsin
    me respekt/trân trọng/thân ái/trân trọng kính chào/hormat saya/hormat kami/salam/salam hormat/salam hangat
    yang benar
    敬具/草々/此致/此致敬礼/此致 敬礼/祝好/顺祝商祺/順頌商祺/顺颂商祺/敬祝/谨启/敬上/드림/올림
    ขอแสดงความนับถือ/ด้วยความเคารพ/בברכה/בכבוד רב/בברכה רבה/تحياتي/مع التحية/مع خالص التحية/مع فائق الاحترام/مع الشكر
    مع أطيب التحيات
    وتفضلوا بقبول فائق الاحترام/با احترام/با تشکر/सादर/धन्यवाद सहित
"""
_THANKS_WORDS = """
    thanks/thank you/many thanks/thanks a lot/thanks in advance/thank you in advance/thank you very much/thx/tia
    danke/vielen dank/besten dank/herzlichen dank/danke im voraus/vielen dank im voraus/danke schön/danke sehr
    danke dir/danke euch/merci/merci beaucoup/merci d'avance/merci bien/gracias/muchas gracias/gracias de antemano
    grazie/grazie mille/molte grazie/grazie in anticipo/obrigado/obrigada/muito obrigado/muito obrigada/mulțumesc
    dank/bedankt/dank je/dank je wel/alvast bedankt/hartelijk dank/tak/mange tak/på forhånd tak/tusen takk/takk
    tack/tack så mycket/tack på förhand/kiitos/kiitos paljon/dziękuję/dzięki/z góry dziękuję/díky/děkuji/ďakujem
    hvala/спасибо/благодарю/дякую/ευχαριστώ/köszönöm/teşekkürler/teşekkür ederim
    谢谢/謝謝/感谢/ありがとうございます/よろしくお願いします/よろしくお願いいたします/宜しくお願い致します
    以上、よろしくお願いいたします/どうぞよろしくお願いいたします/감사합니다/고맙습니다
"""
_AND = "and|&|\\+|und|u\\.|et|y|e|en|og|och|i|a|ja|si|și|és|ve|и"
_CLOSING = re.compile(
    rf"(?:(?:{one_of(_THANKS_WORDS)}),? (?:{_AND}) )?(?:{one_of(_CLOSING_WORDS)})(?![\w'-])",
    re.IGNORECASE,
)
# The long sentences that end letters in Romance languages.
_LONG_CLOSING = re.compile(
    r"(?:dans l['’]attente [^.!?]{0,80})?(?:je vous prie|nous vous prions|veuillez|vous voudrez bien)"
    r" (?:d['’])?(?:agréer|recevoir|croire|accepter)\b[^?]{0,160}"
    r"|(?:sin otro particular[^.!?]{0,60})?(?:recib[ae]n?|reciba usted) (?:un|mis?) [^?]{0,60}(?:saludos?"
    r"|abrazo)[^?]{0,40}"
    r"|(?:sin otro particular[^.!?]{0,60})?(?:le|les|os|te) saluda[n]? (?:muy )?(?:atenta|cordial)mente\W{0,3}"
    r"|(?:in attesa [^.!?]{0,80})?(?:porgo|porgiamo|le porgo|vi porgo) [^?]{0,40}saluti\W{0,3}"
    r"|sem mais para o momento[^?]{0,80}",
    re.IGNORECASE,
)
_LONG_CLOSING_CHARACTERS = 220
_THANKS = re.compile(rf"(?:{one_of(_THANKS_WORDS)})", re.IGNORECASE)
_EDGES = " \t\u00a0*_.,;:!~–—-/|()\"'\uff0c\u3002"
_CLOSING_CHARACTERS = 70
# "Viele Grüße aus Berlin": what may stand between a closing and the end of its line, besides a name.
_FROM_WHERE = re.compile(r"(?:from|aus|von|vom|de|da|uit|van|från|fra|z|ze|iz|из|depuis|desde)\s", re.IGNORECASE)
_NAME_WORDS = 4
_POSTSCRIPT = re.compile(r"\s*(?:p\.? ?s\.?|n\.? ?b\.?|ps\d?)\s?[.:)–—-]", re.IGNORECASE)
# A name put under the words with a dash or stroke: "-Mara", "/Jonas Weber" (usual in Sweden), "~mara".
_DASHED_NAME = re.compile(
    r"\s{0,3}(?:[-–—~/]{1,2}|[-–—] (?=(?-i:[A-ZÀ-ÖØ-ÞА-ЯΑ-Ω])))[^\W\d_][\w.'’-]{0,25}"
    r"(?: [^\W\d_][\w.'’-]{0,25})?(?: [^\W\d_][\w.'’-]{0,25})?(?<!-)"
)
_IS_CONTACT = re.compile(r"@|https?://|www\.|\d{3}|[|•·/]|\b(?:tel|fax|phone|mob|ust|vat|hrb)\b", re.IGNORECASE)
_WORDS_IN_SENTENCE = 7
# Mailman, Sympa, Google Groups and Yahoo Groups below a line of underscores or dashes.
_LIST_FOOTER = re.compile(
    r"mailing[- ]?list|mailingliste|/listinfo|/mailman|unsubscribe|google groups|liste de diffusion|lista de correo"
    r"|visit topic|to respond\b|unsubscribe from these|groups\.io|yahoo groups|mailinglijst|lista dyskusyjna|abmelden"
    r"|désabonner|se désinscrire|darse de baja",
    re.IGNORECASE,
)


def signed_lines(lines: Sequence[str]) -> list[bool]:
    """For each of a person's own lines whether it belongs to a signature, disclaimer or footer."""
    is_signed = [False] * len(lines)
    mark_devices(lines, is_signed)
    mark_phrases(lines, is_signed)
    mark_small_print(lines, is_signed, lambda number: _has_ended(lines, number))
    start = min(_delimited(lines), _footer(lines), _ruled(lines))
    for number in range(start, len(lines)):
        is_signed[number] = True
    _mark_closed(lines, is_signed, start)
    _mark_dashed_name(lines, is_signed)
    return is_signed


def _has_ended(lines: Sequence[str], start: int) -> bool:
    """Whether a closing, a signature's delimiter or a rule stands in the lines above: the words have ended there."""
    above = lines[max(start - _CLOSED_LINES, 0) : start]
    return any(_closing(line) or is_rule(line) or (len(line) < 8 and _DELIMITER.fullmatch(line)) for line in above)


def _delimited(lines: Sequence[str]) -> int:
    """Where `-- ` begins a signature as short as signatures are."""
    nearby = range(max(len(lines) - _DELIMITED_LINES - 1, 0), len(lines))
    found = [one for one in nearby if len(lines[one]) < 8 and _DELIMITER.fullmatch(lines[one].lstrip())]
    if not found:
        return len(lines)
    is_drawn = len(found) > 1 and not lines[found[0]].endswith((" ", "\u00a0"))
    if is_drawn and any(line.rstrip().endswith(("?", "？")) for line in lines[found[0] :]):
        return len(lines)  # people draw strokes too, and go on below the second
    return found[0]


def _ruled(lines: Sequence[str]) -> int:
    """Where a ruled line below words begins the name and the numbers of a person, as is usual in Japan."""
    written = [number for number, line in enumerate(lines) if line.strip()]
    for number in written[-_RULED_LINES:]:
        if number == written[0] or not is_rule(lines[number]) or lines[number - 1].strip():
            continue
        below = [lines[one] for one in written if one > number and not is_rule(lines[one])]
        above = next((line for line in reversed(lines[:number]) if line.strip()), "")
        if above.rstrip().endswith((":", "：")) or any(not line.strip() for line in lines[number + 2 : written[-1]]):
            continue
        told = any(_IS_NUMBER.search(line[:CHARACTERS]) for line in below)
        if told and not any(len(line) > 100 or _reads_as_words(line) for line in below) and not _is_told_off(below[0]):
            return number
    return len(lines)


def _is_told_off(line: str) -> bool:
    """Whether a line announces what follows, as words do and names do not."""
    return line.rstrip().endswith((":", "：")) or "|" in line


def _footer(lines: Sequence[str]) -> int:
    """Where a ruled line begins the footer of a mailing list."""
    for number in range(max(len(lines) - _FOOTER_LINES, 0), len(lines)):
        below = "\n".join(line[:CHARACTERS] for line in lines[number + 1 : number + 5])
        if (is_rule(lines[number]) or lines[number].strip() == "---") and _LIST_FOOTER.search(below):
            return number
    return len(lines)


def _mark_closed(lines: Sequence[str], is_signed: list[bool], end: int) -> None:
    """A closing and the few short lines below it, up to a postscript or to what reads as words again."""
    open_lines = [number for number in range(end) if lines[number].strip() and not is_signed[number]]
    for number in open_lines[-_CLOSED_LINES - 1 :]:
        kind = _closing(lines[number])
        if not kind:
            continue
        below = [one for one in open_lines if one > number]
        stop = next((one for one in below if _reads_as_words(lines[one])), None)
        own = [one for one in below if stop is None or one < stop]
        if kind == "thanks":  # the thanks stay words; only a name and its numbers below them do not
            if stop is not None or not _is_person(lines, own):
                continue
        else:
            own.insert(0, number)
        for one in own:
            is_signed[one] = True
        return


def _is_person(lines: Sequence[str], numbers: Sequence[int]) -> bool:
    """Whether some lines are a name, or a name and below it how to reach somebody."""
    if not 1 <= len(numbers) <= _PERSON_LINES or not _is_name(lines[numbers[0]]):
        return False
    if len(numbers) <= _NAME_LINES and all(_is_name(lines[one]) for one in numbers):
        return True
    return all(_is_name(lines[one]) or _IS_CONTACT.search(lines[one][:CHARACTERS]) for one in numbers)


def _closing(line: str) -> str:
    """ "formal" for a closing such as "Kind regards" with or without a name, "thanks" for thanks, or ""."""
    text = line.strip(_EDGES)
    if len(text) <= _LONG_CLOSING_CHARACTERS and _LONG_CLOSING.fullmatch(text):
        return "formal"
    if not text or len(text) > _CLOSING_CHARACTERS or line.rstrip().endswith("?"):
        return ""
    if _THANKS.fullmatch(text):
        return "thanks"
    found = _CLOSING.match(text)
    if found is None:
        return ""
    rest = text[found.end() :].strip(_EDGES)
    # "Mit freundlichen Grüßen / Best regards / Cordialement"
    is_said_twice = bool(rest) and all(_CLOSING.fullmatch(one.strip(_EDGES)) for one in rest.split("/"))
    is_place = _FROM_WHERE.match(rest) is not None and len(rest.split()) <= _NAME_WORDS
    return "formal" if not rest or is_said_twice or is_place or _is_name(rest) else ""


def _is_name(line: str) -> bool:
    words = line.strip(_EDGES).split()
    return 0 < len(words) <= _NAME_WORDS and all(not word[0].islower() and not word[0].isdigit() for word in words)


def _reads_as_words(line: str) -> bool:
    """Whether a line below a closing is a sentence again: words lost would cost the request."""
    if _POSTSCRIPT.match(line) or line.rstrip().endswith("?"):
        return True
    if len(line.split()) < _WORDS_IN_SENTENCE or has_disclaimer(line):
        return False
    return line.rstrip().endswith((".", "!", ",", ":")) and not _IS_CONTACT.search(line)


def _mark_dashed_name(lines: Sequence[str], is_signed: list[bool]) -> None:
    """ "-Mara" as the last words of a stretch, below a blank line."""
    last = next((n for n in range(len(lines) - 1, -1, -1) if lines[n].strip() and not is_signed[n]), None)
    if last is None or last == 0 or lines[last - 1].strip():
        return
    name = lines[last].rstrip()
    above = next((line.rstrip() for line in reversed(lines[:last]) if line.strip()), "")
    is_item = name.lstrip()[1:2] == " " and (
        not above.endswith((".", "!", "?", ",")) or above.lstrip().startswith(name.lstrip()[:2])
    )  # the only thing on somebody's list
    if len(name) < CHARACTERS and not is_item and _DASHED_NAME.fullmatch(name):
        is_signed[last] = True
