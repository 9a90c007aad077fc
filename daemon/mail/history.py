"""Where the old mail begins in a reply: the line above a quote, Outlook's block of labels, a mark in dashes.

Looks at each line in a window of fixed size. Its tables hold what mail programs write in their own
languages, row by row; nothing in them comes from a single mail.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_QUOTE = re.compile(r"\s{0,3}>")
_RULE = re.compile(r"\s*(?:(?:[_*=~‐–—─━＊★☆■◆●○◇□∽～＝＿-] ?){5,200}|\* \* \*)\s*")
_STROKES = re.compile(r"\s*[-_*=~–—]{3,4}\s*")
_AROUND = " \t\u00a0*_"
_COLONS = (":", "\uff1a")  # the second stands in Chinese and Japanese text
CHARACTERS = 400
"""A longer line is never the line above a quote, nor a mark."""

# -- the line above a quote: "On Mon, 3 Mar 2025 at 10:12, Mara Vogt <mara@x.example> wrote:" --

# Verbs as Gmail, Apple Mail, Thunderbird, Yahoo, K-9 and Roundcube write them. Gmail writes none in Russian,
# Japanese, Korean and Chinese; there the address and the time have to do.
_VERBS = """
    en wrote said writes quoting
    de schrieb schreibt geschrieben zitat zitiere
    fr écrit écrivait
    es escribió escribio citando
    gl escribiu
    ca escrit escriure
    pt escreveu escrevia
    it scritto scrive
    ro scris
    nl schreef geschreven schrijft citeren
    af geskryf
    da skrev skriver
    is skrifaði
    fi kirjoitti
    et kirjutas
    lv rakstīja
    lt rašė parašė
    pl napisał napisał(a) napisała pisze napisana
    cs napsal napsal(a) napsala napsáno
    sk napísal napísal(a) napísala
    sl napisal napisala
    hr napisao napisao/la
    ru написал написал(а) написала написав пишет писал
    uk написав написав(ла) написала пише
    bg написа
    sr написао/ла написао написала
    el έγραψε
    hu írta
    tr yazdı
    sq shkroi
    vi viết
    id menulis
    he כתב כתבה כתב/ה
    ar كتب كتبت كتابة
    fa نوشت
    hi लिखा
    eu idatzi
    sw aliandika
    zu wabhala
    fil sinulat
    ms menulis
    bn লিখেছেন
    ta எழுதியது
    te రాశారు
    ml എഴുതി
    kn ಬರೆದಿದ್ದಾರೆ
    gu લખ્યું
    mr लिहिले
    ur لکھا
    hy գրել
    ka დაწერა
    az yazıb
    mk напиша
    Horde citando citerar citat cytuję citace idézet alıntı цитирую
"""
_VERB_WORDS = [word for row in _VERBS.strip().splitlines() for word in row.split()[1:]]
# Written without spaces: Chinese, Japanese, Korean and Thai.
_JOINED_VERBS = "写道|寫道|撰写|のメール|が書きました|님이 작성|작성:|님의 메시지|เขียนว่า|เขียน:"
_VERB = re.compile(
    rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(_VERB_WORDS, key=len, reverse=True)))})(?!\w)|{_JOINED_VERBS}",
    re.IGNORECASE,
)
_TIME = re.compile(r"(?<!\d)\d{1,2}[:.h]\d\d(?!\d)")
# A year, or a date with a short one, as Thunderbird writes 02.02.26.
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}[./-]\d{1,2}[./-]\d\d(?!\d)")
_IN_BRACKETS = re.compile(r"<\s?(?:mailto:)?[^<>\s]{1,100}@[^<>\s]{1,100}>", re.IGNORECASE)
_ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,100}\.[^\s<>@]")
_ENDS_IN_VERB = re.compile(r" (?:wrote|schrieb|escribió|escreveu|ha scritto|a écrit|schreef|skrev)$", re.IGNORECASE)
_OF_ONESELF = re.compile(r"(?:i|we|you|ich|wir|je|nous|ik|wij|jag|jeg|yo)\s", re.IGNORECASE)
# What Gmail wrote for years, without a verb or a colon: "2026/2/2 Mara Vogt <mara@x.example>".
_DATED_ADDRESS = re.compile(r"(?:19|20)\d\d[/-]\d{1,2}[/-]\d{1,2} .{0,80}<[^<>\s]{1,100}@[^<>\s]{1,100}>")
# Date, time, an address in brackets and at most three words up to the colon, and then the old mail itself.
_RUN_ON = re.compile(r"[^<>]{8,160}<\s?[^<>\s]{1,100}@[^<>\s]{1,100}>(?: [^\s:]{1,20}){0,3}\s?:\s(?=\s{0,10}\S)")
# Outlook Express in newsgroups: "Mara Vogt" <mara@x.example> wrote in message news:abc@x.example...
_IN_NEWS = re.compile(
    r".{1,150} (?:wrote|schrieb|écrit|escribió|scritto|skrev|escreveu) (?:in message|in nachricht|dans le message"
    r"|en el mensaje|nel messaggio|na mensagem) .{1,200}",
    re.IGNORECASE,
)
# Address, and at most one word behind it: "..., sinulat ni Mara <mara@x.example> ang:" in a language not known here.
_ENDS_IN_ADDRESS = re.compile(r"<[^<>\s]{1,100}@[^<>\s]{1,100}>\S{0,2}(?: [^\W\d_]{1,20})?\s?[:：]$")
# How such a line begins when it is wrapped: "On Mon, 3 Mar", "Le lun. 3 mars", "pon., 3 mar", "2025-03-03".
_PREPOSITIONS = """
    on/am/at/le/el/il/il giorno/in data/op/em/no dia/a/o/den/på/vid/dnia/w dniu/dne/dňa/dana/v/în/în data/pe
    στις/την/на/в/от/kuupäev/vào/pada/pada tanggal/þann/missatge de
    בתאריך/ב/في/بتاريخ/در/ในวันที่/เมื่อ
"""


def phrases_of(table: str) -> tuple[str, ...]:
    """The phrases of a table, which slashes and line ends separate."""
    return tuple(filter(None, (phrase.strip() for phrase in re.split("[/\n]", table))))


def one_of(phrases: str) -> str:
    """An expression for the phrases of a table, which slashes and line ends separate; the longest first."""
    return "|".join(re.escape(phrase) for phrase in sorted(phrases_of(phrases), key=len, reverse=True))


_OPENING = re.compile(
    rf"\W{{0,5}}(?:quoting [^\W\d].{{0,80}}\d|(?:{one_of(_PREPOSITIONS)})\s.{{0,40}}?\d|[在于於]\s?\d|\d"
    rf"|[^\W\d]{{2,14}}[.,]{{0,2}}\s\d)",
    re.IGNORECASE,
)
_CONTINUED_DATE = re.compile(r"\W{0,3}(?:(?:19|20)\d\d(?!\d)|\d{1,2}[:.h]\d\d(?!\d))")
_ATTRIBUTION_LINES = 4

# -- the block that Outlook, Apple Mail, GMX and Lotus Notes put above the old mail --

# From / sent or date / to / copy / subject, in the languages of Outlook and the web mailers.
_LABEL_ROWS = """
    en: from / sent, date, sent at / to / cc, bcc / subject
    de: von, absender / gesendet, datum, gesendet am / an, empfänger / kopie / betreff
    fr: de, expéditeur / envoyé, date, envoyé le / à, a, destinataire / copie à / objet, sujet
    es: de, remitente / enviado, fecha, enviado el / para, destinatario / copia / asunto
    ca: de / enviat, data, enviat el / per a, a / a/c / assumpte, tema
    gl: de / enviado, data / para / copia / asunto
    pt: de, remetente / enviado, enviada, data, enviado em, enviada em / para / com cópia / assunto
    it: da, mittente / inviato, data, inviato il / a, destinatario / copia / oggetto
    ro: de la, din, expeditor / trimis, data, dată / către, catre / copie / subiect
    nl: van, afzender / verzonden, datum / aan / kopie / onderwerp
    da: fra / sendt, dato / til / kopi / emne
    nb: fra, frå / sendt, dato / til / kopi / emne
    sv: från / skickat, skickades, datum / till / kopia / ämne
    fi: lähettäjä / lähetetty, päivämäärä, päiväys / vastaanottaja / kopio / aihe
    is: frá / sent, dagsetning / til / afrit / efni
    et: saatja, kellelt / saadetud, kuupäev, saatmisaeg / adressaat, kellele / koopia / teema
    lv: no / nosūtīts, datums / kam, adresāts / kopija / tēma, temats
    lt: nuo, siuntėjas / išsiųsta, data / kam, iki / kopija / tema
    pl: od, nadawca / wysłano, wysłane, data / do, adresat / dw, kopia / temat
    cs: od, odesílatel / odesláno, datum / komu, pro / kopie / předmět
    sk: od, odosielateľ / odoslané, dátum / komu, pre / kópia / predmet
    sl: od / poslano, datum / za / kp, v vednost / zadeva
    hr: od, šalje / poslano, datum, slanje / za, prima / kopija / predmet
    sr: од, шаље / послато, датум / за, прима / копија / предмет, наслов
    ru: от, отправитель, от кого / отправлено, дата / кому / копия / тема
    uk: від / надіслано, дата, відправлено / кому / копія / тема
    bg: от / изпратено, дата / до / копие / относно, тема
    el: από / στάλθηκε, ημερομηνία, απεστάλη / προς / κοιν., κοινοποίηση / θέμα
    hu: feladó / elküldve, dátum, küldve / címzett / másolatot kap / tárgy
    tr: gönderen, kimden / gönderildi, tarih, gönderme tarihi / kime, alıcı / bilgi / konu
    vi: từ / đã gửi, ngày / đến, tới / sao chép / chủ đề, tiêu đề
    id: dari / dikirim, terkirim, tanggal / kepada, ke / salinan / perihal, subjek
    ja: 差出人, 送信者, 送信元 / 送信日時, 日付, 日時 / 宛先 / 写し / 件名
    zh: 发件人 / 发送时间, 日期, 发送日期 / 收件人 / 抄送 / 主题
    tw: 寄件者, 寄件人, 發件人 / 寄件日期, 傳送時間, 日期 / 收件者, 收件人 / 副本 / 主旨, 主題
    ko: 보낸 사람, 보낸사람, 발신 / 보낸 날짜, 날짜, 보낸날짜 / 받는 사람, 받는사람, 수신 / 참조 / 제목
    th: จาก / ส่ง, วันที่, ส่งเมื่อ / ถึง / สำเนา / เรื่อง, ชื่อเรื่อง
    he: מאת / נשלח, תאריך, נשלח בתאריך / אל / עותק / נושא
    ar: من / تاريخ الإرسال, التاريخ, تم الإرسال, أرسلت / إلى / نسخة / الموضوع
    fa: از / ارسال شده, تاریخ / به / رونوشت / موضوع
    hi: प्रेषक / भेजा गया, दिनांक / प्रति / प्रतिलिपि / विषय
    eu: nork, igorlea / bidaltze-data, data, bidalita / nori, hartzailea / cc / gaia
    ms: daripada / dihantar, tarikh / kepada / salinan / subjek
    mk: од / испратено, датум / до / копија / предмет
    az: kimdən / göndərildi, tarix / kimə / surət / mövzu
"""
# A person who pastes the header of a suspicious mail shows fields that no program puts above the old mail.
_RAW_FIELD = re.compile(
    r"\s{0,3}(?:message-id:|mime-version:|received: from|return-path:|delivered-to:|dkim-signature:|x-[\w-]{1,40}:)",
    re.IGNORECASE,
)
_KINDS = ("from", "sent", "to", "copy", "subject")


def _labels() -> dict[str, frozenset[str]]:
    """What each label may say; "de" is the sender in French, "od" too in Polish, and "от" in Russian."""
    found: dict[str, set[str]] = {}
    for row in _LABEL_ROWS.strip().splitlines():
        _, _, cells = row.partition(":")
        for kind, cell in zip(_KINDS, re.split(r"\s/\s", cells), strict=True):
            for label in cell.split(","):
                found.setdefault(label.strip(), set()).add(kind)
    return {label: frozenset(kinds) for label, kinds in found.items()}


_LABEL_KINDS = _labels()
_SENT_LABELS = frozenset(
    re.split(r"\s/\s", row.partition(":")[2])[1].partition(",")[0].strip() for row in _LABEL_ROWS.strip().splitlines()
)
_IN_LINE = re.compile(r"([^\s:<>@][^:<>@]{0,60}?)\s?:(?=\s)")
_LABELS_IN_LINE = 4
_LABEL_CHARACTERS = 30
_BLOCK_LINES = 12

# -- marks --

_ORIGINAL_WORDS = """
    original message/show original message/hide original message/original appointment
    reply message/replied message/original email/original mail/original/original e-mail/original text
    original nachricht/ursprünglicher text/vorherige nachricht/vorige nachricht/previous message/
    message précédent/mensaje anterior/mensagem anterior/messaggio precedente/vorig bericht/tidigare meddelande
    poprzednia wiadomość/předchozí zpráva/предыдущее сообщение/попереднє повідомлення/önceki mesaj/前のメッセージ
    quoted message/quoted text
    ursprüngliche nachricht/ursprüngliche e-mail/ursprüngliche mail/originalnachricht/original-nachricht
    urspr. nachricht/originalmail
    message d'origine/message original/message initial/mail original/e-mail d'origine/courriel original
    mensaje original/correo original/missatge original/mensaxe orixinal
    messaggio originale/messaggio di origine/mail originale
    oorspronkelijk bericht/origineel bericht/oorspronkelijke bericht
    mensagem original/mesaj original/mesajul original
    oprindelig meddelelse/oprindelig besked/original besked/opprinnelig melding/original melding
    ursprungligt meddelande/originalmeddelande
    alkuperäinen viesti/upprunaleg skilaboð/algne kiri/algteade/sākotnējais ziņojums
    originalus laiškas/originalus pranešimas
    wiadomość oryginalna/oryginalna wiadomość/treść oryginalnej wiadomości
    původní zpráva/původní e-mail/pôvodná správa/izvirno sporočilo/izvorna poruka/originalna poruka
    исходное сообщение/оригинальное сообщение/пересылаемое сообщение/вихідне повідомлення
    оригінальне повідомлення/оригинално съобщение/изворна порука/оригинална порука
    αρχικό μήνυμα/eredeti üzenet/orijinal mesaj/özgün ileti/orijinal ileti/özgün İleti/orijinal İleti
    thư gốc/tin nhắn gốc/pesan asli/mesej asal
    元のメッセージ/元のメール/原始邮件/回复邮件/原邮件/原始郵件/邮件原件/回复的原邮件/원본 메시지/원본 메일
    ข้อความต้นฉบับ/ข้อความเดิม
    הודעה מקורית/الرسالة الأصلية/رسالة أصلية/پیام اصلی/मूल संदेश
"""
DASHES = "[-_=*~‐–—<>]{2,80}"  # Proton writes U+2010
SPACE = r"(?:\s|&nbsp;){0,5}"
_ORIGINAL = re.compile(
    rf"\s*{DASHES}{SPACE}(?:{one_of(_ORIGINAL_WORDS)}){SPACE}[:：]?{SPACE}{DASHES}\s*", re.IGNORECASE
)
# BlackBerry and some web mailers put no dashes there; a block of labels has to follow then.
_BARE_ORIGINAL = re.compile(rf"\s*(?!original\s*$)(?:{one_of(_ORIGINAL_WORDS)})\s*[:：]?\s*", re.IGNORECASE)
# In dashes with a verb, a time or an address: Lotus Notes "-----Mara Vogt/Lindwerk wrote: -----", Zoho
# "---- On Mon, 02 Feb 2026 10:12:33 Mara wrote ----", Horde "----- Message from mara@x.example ---------".
_IN_DASHES = re.compile(r"\s*-{3,10}\s?([^-\s].{1,200}[^-\s])\s?-{3,10}\s*")
_FROM_SOMEBODY = re.compile(
    r"(?:message|mail|nachricht|mensaje|mensagem|messaggio|bericht|meddelande|wiadomość|zpráva)"
    r" (?:from|von|de|da|van|från|od) ",
    re.IGNORECASE,
)
# Notes 8 "Mara Vogt---02.02.2026 10:12:33---Hello", the table of Notes 5 "|---------+----------->", and GroupWise
# ">>> Mara Vogt <mara@x.example> 02.02.2026 10:12 >>>", whose old mail carries no mark.
_NOTES = re.compile(
    r"[^-\n]{2,80}-{3}\s?\d{1,4}[./-]\d{1,2}[./-]\d{2,4}\s\d{1,2}:\d\d.{0,20}-{3}.{0,200}"
    r"|\|-{5,80}\+-{5,80}[>|]?\s*"
)
_GROUPWISE = re.compile(
    r"\s{0,3}>>> .{1,200}\d[.:]\d\d\s?(?:[ap]m|uhr|h)? (?:>>>|(?:in|dans|en) (?:message|nachricht|mensaje"
    r"|bericht)\b.{0,100})\s*",
    re.IGNORECASE,
)
# HCL Verse above its block of labels: "Mara Vogt --- Re: Lift ---".
_VERSE = re.compile(r"\s*[^-\s].{1,80} --- .{0,200} ---\s*")
_NAMED = 5
_DRAWN = frozenset("-_=*~‐–—|<#")
# Desks (Zendesk, Redmine, Jira, Help Scout) write above their notifications where to write.
_REPLY_ABOVE = re.compile(
    r"\W{0,12}(?:please )?(?:(?:type|write|enter|add) your reply|reply|respond|to reply, (?:type"
    r"|write)) above this line\b"
    r".{0,80}"
    r"|\W{0,12}bitte (?:schreiben|geben) sie ihre antwort (?:oberhalb|über) dieser (?:zeile|linie).{0,40}"
    r"|\W{0,12}(?:bitte )?(?:antworten sie )?(?:über|oberhalb) dieser (?:zeile|linie) (?:antworten|schreiben).{0,40}"
    r"|\W{0,12}(?:veuillez |merci de )?(?:répondre|(?:écrire|saisir) votre réponse) au-dessus de cette ligne.{0,40}"
    r"|\W{0,12}(?:por favor,? )?(?:responda|escriba su respuesta) (?:por )?encima de esta línea.{0,40}"
    r"|\W{0,12}(?:typ|schrijf|plaats) uw (?:antwoord|reactie) boven deze (?:regel|lijn).{0,40}"
    r"|\W{0,12}antwoord boven deze (?:regel|lijn)\W{0,12}",
    re.IGNORECASE,
)
# The same between strokes, in the languages of desks: what speaks of a place above or below "this line".
_PLACES = """
    above this line/below this line/write above this/oberhalb dieser/unterhalb dieser/über dieser zeile
    über dieser linie
    au-dessus de cette/ci-dessus de cette/sous cette ligne/encima de esta/arriba de esta/debajo de esta/acima desta
    abaixo desta/sopra questa/sotto questa/boven deze/onder deze/over denne linj/over denne lin/under denne/ovanför den
    ovanför denna/över den här/över denna/under den här/rivin yläpuol/tämän rivin/powyżej tej/nad tą lini/poniżej tej
    nad tento/nad tuto/nad touto/nad tímto/nad týmto/a sor fölé/fölé írja/e sor fölé/deasupra acestei/над этой/выше этой
    над цим/вище цього/над тази/πάνω από αυτή/bu satırın üst/bu satırın üzer/di atas baris/phía trên dòng/trên dòng này
    この行より上/この行の上/この線より上/此行上方/此行以上/此行之上/此线以上/此線以上/在此行/이 줄 위/이 선 위
    이 줄의 위
    เหนือบรรทัด/מעל שורה/מעל לשורה/فوق هذا/بالای این خط/iznad ove/nad to vrstic/virš šios/virs šīs/selle rea kohal
"""
_PLACED = re.compile(one_of(_PLACES), re.IGNORECASE)
_STROKED = re.compile(r"\W{0,3}[-_=*#~‐–—]{2,20}.{5,120}[-_=*#~‐–—]{2,20}\W{0,3}")
_ABOVE = ("above", "oberhalb", "über", "au-dessus", "encima", "boven")


def is_quoted(line: str) -> bool:
    """Whether a line carries the quote mark ">"."""
    return _QUOTE.match(line) is not None


def is_rule(line: str) -> bool:
    """Whether a line is only drawn: Outlook on the web draws one above the old mail."""
    return _RULE.fullmatch(line[:CHARACTERS]) is not None


def is_quoted_from(lines: Sequence[str], position: int) -> bool:
    """Whether the next line that is not blank, of the next few, is quoted."""
    following = next((line for line in lines[position : position + 6] if line.strip()), "")
    return is_quoted(following)


def attribution_size(lines: Sequence[str], position: int) -> int:
    """How many lines the line above a quote takes from `position`, because it was wrapped; 0 if none begins there."""
    first = lines[position].strip(_AROUND)
    is_whole = first.endswith(_COLONS)
    if not is_whole and not _may_open(first):
        return 0
    if not is_whole and _is_without_colon(lines, position, first[:CHARACTERS]):
        return 1
    if not is_whole and (_runs_on(first[:CHARACTERS]) or (size := _scattered_size(lines, position))):
        return 1 if _runs_on(first[:CHARACTERS]) else size
    window: list[str] = []
    for line in lines[position : position + _ATTRIBUTION_LINES]:
        stripped = line.strip(_AROUND)
        if not stripped or is_quoted(line) or len(stripped) > CHARACTERS:
            return 0
        window.append(stripped)
        if stripped.endswith(_COLONS):
            break
    if not window or not window[-1].endswith(_COLONS) or _start_of(window) != 0:
        return 0
    is_one = _is_attribution(" ".join(window), is_quoted_from(lines, position + len(window)))
    return len(window) if is_one else 0


def _runs_on(line: str) -> bool:
    """Yahoo on phones puts the old mail behind the colon: "On 2 Feb 2026 at 10:12, Mara<m@x.example> wrote: Hi"."""
    found = _RUN_ON.match(line)
    if found is None or _OF_ONESELF.match(line):
        return False
    return (
        _DATE.search(found[0]) is not None and _TIME.search(found[0]) is not None and _VERB.search(found[0]) is not None
    )


def _scattered_size(lines: Sequence[str], position: int) -> int:
    """Polymail puts the address, and each of its brackets, on lines of their own, with blank ones between."""
    written = [number for number in range(position, min(position + 8, len(lines))) if lines[number].strip()][:4]
    if len(written) < 4 or lines[written[1]].strip() != "<":
        return 0
    joined = " ".join(lines[number].strip() for number in written)
    return written[3] + 1 - position if joined.endswith(_COLONS) and _is_attribution(joined, False) else 0


def _is_without_colon(lines: Sequence[str], position: int, line: str) -> bool:
    """One line without its colon: with a verb at its end (Rediff), or whole above a marked quote (old Gmail)."""
    if "essage" in line and _IN_NEWS.fullmatch(line):
        return is_quoted_from(lines, position + 1)
    if _DATE.search(line) is None:
        return False
    if _DATED_ADDRESS.fullmatch(line):
        return is_quoted_from(lines, position + 1)
    if _TIME.search(line) is None or _OF_ONESELF.match(line):
        return False
    is_whole = _VERB.search(line) is not None and is_quoted_from(lines, position + 1)
    return is_whole or _ENDS_IN_VERB.search(line[-20:]) is not None


def _is_attribution(joined: str, is_above_quote: bool) -> bool:
    """Without marked quotes below, only an exact time or an address tells it from "Mara wrote at 10:30:"."""
    if _OF_ONESELF.match(joined):  # "I wrote on 2 February 2026 at 10:12:"
        return False
    has_date, has_time = _DATE.search(joined) is not None, _TIME.search(joined) is not None
    if is_above_quote:
        is_exact = (has_date and has_time) or ((has_date or has_time) and _ADDRESS.search(joined) is not None)
        return is_exact or _VERB.search(joined) is not None
    if has_date and has_time and _OPENING.match(joined) is not None and _ENDS_IN_ADDRESS.search(joined) is not None:
        return True
    return _VERB.search(joined) is not None and ((has_date and has_time) or _IN_BRACKETS.search(joined) is not None)


def _may_open(line: str) -> bool:
    return _OPENING.match(line) is not None or _IN_BRACKETS.search(line) is not None


def _start_of(window: list[str]) -> int:
    """Where in these lines, of which the last ends it, the line above a quote begins: with its date, or late."""
    openings = [number for number, line in enumerate(window) if _may_open(line)]
    dated = (number for number in openings if _DATE.search(window[number]) or _TIME.search(window[number]))
    start = next(dated, openings[-1] if openings else len(window) - 1)
    # "On Mon, 2 Feb" / "2026 at 10:12, Mara wrote:" was broken inside its date.
    while start > 0 and start - 1 in openings and _CONTINUED_DATE.match(window[start]):
        start -= 1
    return start


def begins_old_mail(lines: Sequence[str], position: int) -> bool:
    """Whether a mark such as `-----Original Message-----` or a block of labels stands at `position`."""
    line = lines[position]
    return (len(line) < CHARACTERS and _is_mark(line)) or block_size(lines, position) > 0


def _is_mark(line: str) -> bool:
    """Looks for what is quick to find first, because nearly all lines are none."""
    if _is_drawn(line) and (_ORIGINAL.fullmatch(line) or _NOTES.fullmatch(line) or _is_said_in_dashes(line)):
        return True
    return says_where_to_write(line) or begins_unmarked_quote(line)


def _is_drawn(line: str) -> bool:
    return line.lstrip()[:1] in _DRAWN or "---" in line


def says_where_to_write(line: str) -> bool:
    """Whether a desk wrote this line above its notification, so that answers are put above it."""
    if _is_drawn(line) and _says_place(line):
        return True
    lowered = line.lower()
    return any(stem in lowered for stem in _ABOVE) and _REPLY_ABOVE.fullmatch(line[:CHARACTERS]) is not None


def _says_place(line: str) -> bool:
    """Whether a line between strokes says where to write, as in "##- Please reply above this line -##"."""
    stripped = line.strip(_AROUND)
    is_drawn = stripped[:2].strip("-_=*#~‐–—") == "" and stripped[-2:].strip("-_=*#~‐–—") == ""
    return is_drawn and _STROKED.fullmatch(line) is not None and _PLACED.search(line) is not None


def begins_unmarked_quote(line: str) -> bool:
    """Whether a line is GroupWise's, which looks quoted itself and has the old mail below it without a mark."""
    return ">>>" in line and len(line) < CHARACTERS and _GROUPWISE.fullmatch(line) is not None


def _is_said_in_dashes(line: str) -> bool:
    found = _IN_DASHES.fullmatch(line)
    if found is None:
        return False
    said = found[1]
    is_from = _FROM_SOMEBODY.match(said) is not None and _ADDRESS.search(said) is not None
    is_exact = _DATE.search(said) or _TIME.search(said) or _ADDRESS.search(said) or said.endswith(_COLONS)
    verbs = list(_VERB.finditer(said)) if is_exact or said[:1].isupper() else []
    return is_from or bool(verbs and (is_exact or (verbs[-1].end() == len(said) and len(said.split()) <= _NAMED)))


def block_size(lines: Sequence[str], position: int) -> int:
    """How many lines a block of labels takes from `position` to its last label; 0 if none begins there.

    "From: Hamburg / To: Lyon / Date: 3 May" is a journey, so a block needs a subject, an address and a time,
    or the ruled line with which Outlook on the web begins it.
    """
    if not _label_of(lines[position])[0] or _is_in_raw_header(lines, position):
        return 0
    if _is_block_in_one_line(lines[position]):
        return 1
    told: dict[str, str] = {}
    size = 0
    for number, line in enumerate(lines[position : position + _BLOCK_LINES], start=1):
        if _RAW_FIELD.match(line):
            return 0
        kinds, value = _label_of(line)
        if kinds:
            size = number
        for kind in kinds:
            told.setdefault(kind, value)
    if "from" not in told or not ("sent" in told or "to" in told):
        return 0
    is_exact = "@" in told["from"] and _TIME.search(told.get("sent", "")) is not None
    if "subject" in told or is_exact or ("sent" in told and _is_ruled_above(lines, position)):
        return size
    return size if "to" in told and _is_windows_mail(lines[position : position + size]) else 0


def _is_in_raw_header(lines: Sequence[str], position: int) -> bool:
    """Whether fields that only a whole header has stand right above, as in one that somebody pasted."""
    for number in range(position - 1, max(position - _BLOCK_LINES, 0) - 1, -1):
        if not lines[number].strip():
            return False
        if _RAW_FIELD.match(lines[number]):
            return True
    return False


def _is_block_in_one_line(line: str) -> bool:
    """The whole block on one line, where its line breaks were lost: "From: ... Sent: ... To: ... Subject: ..."."""
    line = line[:CHARACTERS].replace("\uff1a", ":")
    if line.count(":") < _LABELS_IN_LINE or _ADDRESS.search(line) is None or _TIME.search(line) is None:
        return False
    kinds: set[str] = set()
    for label in _IN_LINE.findall(line):
        words = label.strip(_AROUND).lower().split()
        for size in (1, 2, 3):
            kinds |= _LABEL_KINDS.get(" ".join(words[-size:]), frozenset())
    return {"from", "sent", "to", "subject"} <= kinds


def _is_windows_mail(block: Sequence[str]) -> bool:
    """Windows Mail leaves out an empty subject; its "Sent" has year and time, which no journey's date is called."""
    for line in block:
        label = line.partition(":")[0].strip(_AROUND).lower()
        if label in _SENT_LABELS:
            return _DATE.search(line) is not None and _TIME.search(line) is not None
    return False


def _is_ruled_above(lines: Sequence[str], position: int) -> bool:
    above = next((line for line in reversed(lines[max(position - 3, 0) : position]) if line.strip()), "")
    return is_rule(above)


def _label_of(line: str) -> tuple[frozenset[str], str]:
    """What the label of a line may stand for, and what follows it."""
    label, colon, value = line[:CHARACTERS].replace("\uff1a", ":").partition(":")
    if not colon or len(label) > _LABEL_CHARACTERS:
        return frozenset(), ""
    return _LABEL_KINDS.get(label.strip(" \t\u00a0*_>|").lower(), frozenset()), value.strip(" \t\u00a0*|")


def rest_above(lines: Sequence[str], position: int) -> int:
    """How many of the few lines above `position`, where old mail begins, belong to it, blank ones among them.

    A rule, a bare mark, HCL Verse's line of name and subject, and the labels that Yandex puts below a rule.
    """
    above = _written_above(lines, position)
    labels = above
    while labels >= 0 and position - labels < _BLOCK_LINES and _label_of(lines[labels])[0]:
        labels -= 1
    if 0 <= labels < above and is_rule(lines[labels]):
        return position - labels
    if above < 0:
        return 0
    line = lines[above]
    if len(line) < CHARACTERS and (
        _BARE_ORIGINAL.fullmatch(line) or _VERSE.fullmatch(line) or _STROKES.fullmatch(line)
    ):
        return position - above
    if is_rule(line):
        return position - above
    higher = _written_above(lines, above)  # Foxmail: a rule, and below it the sender's own address
    is_address = _ADDRESS.search(line) is not None and len(line.split()) == 1
    return position - higher if is_address and higher >= 0 and is_rule(lines[higher]) else 0


def _written_above(lines: Sequence[str], position: int) -> int:
    """The last line above `position` that is not blank, of the next few; -1 if there is none."""
    nearest = range(position - 1, max(position - 6, -1), -1)
    return next((number for number in nearest if lines[number].strip()), -1)


def is_rewrapped(lines: Sequence[str], position: int) -> bool:
    """Whether a line without a mark is the end of the quoted line above it, which a program broke once more.

    Its first word would have made that line too long, it begins small, and the quote goes on small below it.
    """
    if not 0 < position < len(lines) - 1:
        return False
    before, line, after = lines[position - 1], lines[position], lines[position + 1]
    if not (is_quoted(before) and is_quoted(after)) or not 60 <= len(before) <= 90 or len(line) > 50:
        return False
    begins_small = line[:1].islower() and after.lstrip("> ")[:1].islower()
    return (
        begins_small and len(before) + 1 + len(line.split()[0]) > 72 and not before.rstrip().endswith((".", "?", "!"))
    )
