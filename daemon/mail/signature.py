"""What stands below a person's words and is none of them: a signature, a disclaimer, a list's footer.

Takes one stretch of a person's own lines at a time. When in doubt a line is kept as words: they cost the
reader a moment, words lost cost the request.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from daemon.mail.history import CHARACTERS, is_rule, one_of, phrases_of

# "-- " (RFC 3676 4.3), with or without its space; GitHub and some phones write a long dash.
_DELIMITER = re.compile(r"(?:--|[–—])[ \u00a0]?")
_DELIMITED_LINES = 25
_CLOSED_LINES = 25
_NAME_LINES = 3
_FOOTER_LINES = 12

# -- closings, in the words of letters --

_CLOSING_WORDS = """
    regards/best regards/kind regards/kindest regards/warm regards/warmest regards/with regards/best/all the best
    with kind regards/with best regards/best wishes/with best wishes/warm wishes/kind wishes/sincerely/yours sincerely
    sincerely yours/yours faithfully/yours truly/very truly yours/respectfully/respectfully yours/cordially/cheers
    rgds/br/kr/brgds/thanks and regards/thanks & regards/yours
    mit freundlichen grüßen/mit freundlichen grüssen/mit freundlichem gruß/mit freundlichem gruss
    mit freundlichen gruessen/freundliche grüße/freundliche grüsse/freundlichen gruß/freundliche gruesse
    mit besten grüßen/beste grüße/beste grüsse/besten gruß/viele grüße/viele grüsse/viele gruesse/vielen gruß
    liebe grüße/liebe grüsse/lieben gruß/herzliche grüße/herzliche grüsse/herzlichen gruß/schöne grüße/sonnige grüße
    mit lieben grüßen/mit vielen grüßen/mit herzlichen grüßen/mit kollegialen grüßen/hochachtungsvoll
    gruß/gruss/grüße/grüsse/grüessli/schöne grüsse/mfg/vg/lg/bg/fg/hg
    cordialement/bien cordialement/très cordialement/bien à vous/bien à toi/sincères salutations
    salutations distinguées/meilleures salutations/cordiales salutations/salutations/amicalement/bonne journée
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
    me respekt/trân trọng/thân ái/trân trọng kính chào/hormat saya/salam/salam hormat/salam hangat/yang benar
    敬具/草々/此致/此致敬礼/此致 敬礼/祝好/顺祝商祺/順頌商祺/顺颂商祺/敬祝/谨启/敬上/드림/올림
    ขอแสดงความนับถือ/ด้วยความเคารพ/בברכה/בכבוד רב/בברכה רבה/تحياتي/مع التحية/مع أطيب التحيات
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
_THANKS = re.compile(rf"(?:{one_of(_THANKS_WORDS)})", re.IGNORECASE)
_EDGES = " \t\u00a0*_.,;:!~–—-/|()\"'\uff0c\u3002"
_CLOSING_CHARACTERS = 70
# "Viele Grüße aus Berlin": what may stand between a closing and the end of its line, besides a name.
_FROM_WHERE = re.compile(r"(?:from|aus|von|vom|de|da|uit|van|från|fra|z|ze|iz|из|depuis|desde)\s", re.IGNORECASE)
_NAME_WORDS = 4
_POSTSCRIPT = re.compile(r"\s*(?:p\.? ?s\.?|n\.? ?b\.?|ps\d?)\s?[.:)–—-]", re.IGNORECASE)
# A name put under the words with a dash or stroke: "-Mara", "/Jonas Weber" (usual in Sweden), "~mara".
_DASHED_NAME = re.compile(
    r"\s{0,3}[-–—~/]{1,2}[^\W\d_][\w.'’-]{0,25}(?: [^\W\d_][\w.'’-]{0,25})?(?: [^\W\d_][\w.'’-]{0,25})?(?<!-)"
)
_IS_CONTACT = re.compile(r"@|https?://|www\.|\d{3}|[|•·/]|\b(?:tel|fax|phone|mob|ust|vat|hrb)\b", re.IGNORECASE)
_WORDS_IN_SENTENCE = 7

# -- what phones and apps add --

_SENT = (
    "sent|gesendet|verschickt|verfasst|geschrieben|envoyé"
    "|enviado|enviada|enviat|inviato|inviata|verstuurd|verzonden"
    "|gestuurd|sendt|skickat|skickades|lähetetty|wysłan[eoya]"
    "|odesláno|odoslané|poslano|poslato|отправлено|надіслано|"
    "изпратено|στάλθηκε|elküldve|küldve|trimis|saadetud|nosūtīts|išsiųsta|dikirim|đã gửi"
)
_FROM = (
    "from|via|with|using|by|von|mit|über|des de|de|depuis|avec|à partir de|desde|con|do|a partir do|com|da|dal"
    "|vanaf|vanuit|met|fra|från|med|z|ze|przy użyciu|iz|с|со|из"
    "|через|з|із|от|από|az|a|de pe|din|cu|no|iš|dari|từ|s|sa|på"
)
_MY = (
    "my|meine[mrn]|mon|ma|mi|mio|mia|il mio|mijn|m'n|meu|min|mitt|mit|mojego|mojej|moim|mého|môjho|mojega|mog|moga"
    "|моего|мого|моя|το|meg|saya|el meu|o meu|the"
)
_THING = (
    r"iphon|ipad|ipod|android|outlook|yahoo|samsung|galaxy|huawei|xiaomi|redmi|oppo|oneplus|gmail|proton|protonmail"
    r"|blackberry|handy|mobil|mobile|smartphone|phone|telefon|móvil|celular|telefoon|nokia|pixel|windows|mail|posta"
    r"|correo|courriel|courrier|post|e-post|pošta|почт|spark"
    r"|thunderbird|k-9|gmx|web\.de|zimbra|tablet|boxer|typeapp"
    r"|bluemail|zoho|xperia|motorola|htc|treo|palm|t-online|freenet|аутлук|телефон|boîte"
)
_LINK = re.compile(r"\s?[<(\[]\s?(?:https?://|www\.)[^\s<>()\[\]]{1,300}\s?[>)\]]")
# "Sent from my iPhone", "Von meinem iPhone gesendet", "Get Outlook for iOS<https://aka.ms/o0ukef>".
_DEVICE = re.compile(
    rf"\s*[-–—*_(\[]{{0,3}}\s?(?:"
    rf"(?:{_SENT}) (?:{_FROM}) (?:(?:{_MY}) [^,.?!]{{1,40}}|.{{0,30}}(?:{_THING}).{{0,60}})"
    rf"|(?:this (?:e-?mail|message) was sent|diese (?:nachricht|e-?mail|mail) wurde) (?:{_FROM}) .{{0,30}}"
    rf"(?:{_THING}).{{0,60}}"
    rf"|(?:von|mit|über) (?:(?:{_MY}) .{{1,40}}|.{{0,30}}(?:{_THING}).{{0,30}}) (?:ge|ver)(?:sendet|schickt)"
    r"|(?:get|hol dir|holen sie sich|hent|hämta|skaffa|skaff deg|last ned|obtenir"
    r"|obtenez|télécharge[rz]|obtener|obtén|obter o|obtenha o"
    r"|scarica|ottieni|pobierz(?: aplikację| program)?|získejte(?: aplikaci)?|získať|загрузить|скачать|baixar o"
    r"|descargar|hanki|download|下载|取得) outlook (?:for|til|för|pour|para|per|dla|na|pro|pre|для|voor|für) .{1,20}"
    r"|outlook (?:für|voor) .{1,20} (?:beziehen|downloaden|herunterladen)"
    r"|.{0,30}(?:iphone|ipad|android|outlook|galaxy|samsung).{0,20}(?:から送信|에서 보냄|gönderildi)"
    r"|(?:发自我的|發自我的|发自|從我的|从我的|ส่งจาก|נשלח מה-?|נשלח מ) ?.{1,40}"
    r"|(?:أُرسلت من|أرسلت من|تم الإرسال من|ارسال شده از) ?.{1,40}"
    r"|lähetetty .{0,30}(?:iphone|ipad|android|puhelimes|outlook|laittees).{0,30}"
    r")\s?[)\]*_]{0,2}\.?\s*",
    re.IGNORECASE,
)
_DEVICE_CHARACTERS = 120
_DEVICE_LINES = 20  # it stands near the end, at most a disclaimer below it

# -- disclaimers, banners and footers --

# Whole phrases that nobody writes about a matter of their own, in lower case.
_DISCLAIMER_WORDS = """
    if you are not the intended recipient
    if you have received this e-mail in error/if you have received this email in error
    if you have received this message in error/if you are not the addressee/intended only for the person
    intended solely for the/intended only for the use of/this e-mail and any attachments/this email and any attachments
    this e-mail and any files transmitted/this email and any files transmitted/this message contains confidential
    this e-mail contains confidential/this email contains confidential/this message and any attachments
    this email may contain confidential/this e-mail may contain confidential/may contain confidential and
    any views or opinions expressed/this email has been scanned/this e-mail has been scanned/virus-free. www.avast.com
    virus-free.www.avast.com/virenfrei. www.avast.com/virenfrei.www.avast.com
    confidentiality notice:/legal disclaimer:/vertraulichkeitshinweis:/avis de confidentialité :/aviso legal:
    aviso de confidencialidad:/aviso de confidencialidade:/avviso di riservatezza:
    consider the environment before printing/think before you print/please notify the sender immediately
    diese e-mail enthält vertrauliche/diese e-mail kann vertrauliche/diese nachricht enthält vertrauliche
    diese e-mail und alle anhänge/nicht der richtige adressat/nicht der beabsichtigte empfänger
    diese e-mail irrtümlich erhalten/diese nachricht irrtümlich erhalten/ausschließlich für den adressaten
    denken sie an die umwelt, bevor/bevor sie diese e-mail ausdrucken/bitte prüfen sie der umwelt zuliebe
    ce message et toutes les pièces jointes/ce message et ses pièces jointes/ce courriel et ses pièces jointes
    ce message contient des informations confidentielles/si vous avez reçu ce message par erreur
    si vous n'êtes pas le destinataire/pensez à l'environnement avant
    este mensaje y sus archivos adjuntos/este mensaje y los archivos adjuntos/este correo electrónico y sus
    si usted no es el destinatario/si ha recibido este mensaje por error/antes de imprimir este
    esta mensagem e seus anexos/esta mensagem pode conter/se você não é o destinatário
    esta mensagem, incluindo seus anexos
    se recebeu esta mensagem por engano/antes de imprimir este e-mail/pense no meio ambiente
    questo messaggio e gli eventuali allegati/il presente messaggio/le informazioni contenute in questo messaggio
    se avete ricevuto questo messaggio per errore/questa e-mail e i suoi allegati/prima di stampare
    dit bericht is uitsluitend bestemd/indien u niet de geadresseerde/deze e-mail en eventuele bijlagen
    de informatie in dit e-mailbericht/denk aan het milieu voordat
    denne e-mail kan indeholde fortrolig/denne mail kan indeholde fortrolige/denne e-posten kan inneholde
    hvis du har modtaget denne e-mail ved en fejl/dersom du har mottatt denne/tænk på miljøet
    detta e-postmeddelande kan innehålla/om du inte är den avsedda mottagaren/tänk på miljön innan
    tämä viesti on tarkoitettu/tämä sähköposti saattaa sisältää/tämä viesti ja sen liitteet
    niniejsza wiadomość/treść tej wiadomości zawiera/jeżeli nie są państwo adresatem/jeśli nie jesteś adresatem
    tato zpráva je určena/tento e-mail a jeho přílohy/pokud nejste zamýšleným příjemcem/tento e-mail a jakékoli
    настоящее сообщение и любые приложения/это сообщение предназначено/ez az e-mail és annak/bu e-posta ve ekleri
    bu e-posta mesajı/acest mesaj este confidențial/acest e-mail și orice
"""
_DISCLAIMERS = phrases_of(_DISCLAIMER_WORDS)
# What Exchange and gateways put above mail from outside.
_BANNER_WORDS = """
    this email originated from outside/this e-mail originated from outside/this message originated from outside
    this message was sent from outside/you don't often get email from/external email: /this email came from outside
    this email originated outside/this is an external email/email from an external source/this is an external e-mail
    diese e-mail stammt von außerhalb/diese e-mail kommt von außerhalb/diese nachricht wurde von einem externen
    diese e-mail wurde von außerhalb/externe e-mail: /achtung: externe e-mail/sie erhalten nicht oft eine e-mail von
    sie erhalten nicht häufig e-mails von/ce courriel provient de l'extérieur/cet e-mail provient de l'extérieur
    ce message provient de l'extérieur/vous ne recevez pas souvent
    este correo proviene de fuera/este mensaje proviene de fuera
    este correo electrónico se originó fuera/no suele recibir correo/questa e-mail proviene dall'esterno
    questa email proviene dall'esterno/deze e-mail is afkomstig van buiten/u ontvangt niet vaak e-mail van
    este e-mail foi enviado de fora/denne mail kommer udefra
    detta mejl kommer från en extern/du får inte ofta e-post från
"""
_BANNERS = phrases_of(_BANNER_WORDS)
# What the further lines of such a banner speak of; the sender's words may begin right below it.
_STILL_BANNER = re.compile(
    r"click|links?\b|attachment|sender|recogni[sz]e|content is safe|learn why|anhäng|anlage|absender|klicken|pièces"
    r"|liens"
    r"|expéditeur|adjunto|enlaces|remitente|allegat|mittente|bijlag|afzender|anexo|vedhæft|bifog|why this is important",
    re.IGNORECASE,
)
# Mailman, Sympa, Google Groups and Yahoo Groups below a line of underscores or dashes.
_LIST_FOOTER = re.compile(
    r"mailing[- ]?list|mailingliste|/listinfo|/mailman|unsubscribe|google groups|liste de diffusion|lista de correo"
    r"|mailinglijst|lista dyskusyjna|abmelden|désabonner|se désinscrire|darse de baja",
    re.IGNORECASE,
)


def signed_lines(lines: Sequence[str]) -> list[bool]:
    """For each of a person's own lines whether it belongs to a signature, disclaimer or footer."""
    is_signed = _apart(lines)
    start = min(_delimited(lines), _footer(lines))
    for number in range(start, len(lines)):
        is_signed[number] = True
    _mark_closed(lines, is_signed, start)
    _mark_dashed_name(lines, is_signed)
    return is_signed


def _apart(lines: Sequence[str]) -> list[bool]:
    """Lines about a device, and paragraphs that are a banner or a disclaimer."""
    is_signed = [False] * len(lines)
    written = [number for number, line in enumerate(lines) if line.strip()]
    for number in written[-_DEVICE_LINES:]:
        is_signed[number] = len(lines[number]) < CHARACTERS and _is_device(lines[number])
    text = _plain(lines)
    found = [phrase for phrase in (*_DISCLAIMERS, *_BANNERS) if phrase in text]
    start = 0
    for end in range(len(lines) + 1 if found else 0):
        if end < len(lines) and lines[end].strip():
            continue
        first, behind = _boilerplate(lines, start, end, found)
        is_signed[first:behind] = [True] * (behind - first)
        start = end + 1
    return is_signed


def _plain(lines: Sequence[str]) -> str:
    """Lines as one, in lower case, as the tables of phrases have them."""
    return " ".join(" ".join(lines).split()).lower()


def _is_device(line: str) -> bool:
    """Whether a phone or an app put this line below the words; a link in it does not count."""
    shown = _LINK.sub("", line)
    return len(shown) < _DEVICE_CHARACTERS and _DEVICE.fullmatch(shown) is not None


def _boilerplate(lines: Sequence[str], start: int, end: int, phrases: Sequence[str]) -> tuple[int, int]:
    """Where in a paragraph a banner or disclaimer begins and ends; it may stand right below or above words."""
    text = _plain(lines[start:end])
    if not any(phrase in text for phrase in phrases):
        return start, start
    first = next(
        (n for n in range(start, end) if any(one in _plain(lines[n : min(n + 2, end)]) for one in phrases)), start
    )
    if any(phrase in text for phrase in phrases if phrase in _DISCLAIMERS):
        return first, end
    behind = first + 1
    while behind < end and _STILL_BANNER.search(lines[behind][:CHARACTERS]):
        behind += 1
    return first, behind


def _delimited(lines: Sequence[str]) -> int:
    """Where `-- ` begins a signature as short as signatures are."""
    for number in range(max(len(lines) - _DELIMITED_LINES - 1, 0), len(lines)):
        if len(lines[number]) < 8 and _DELIMITER.fullmatch(lines[number].lstrip()):
            return number
    return len(lines)


def _footer(lines: Sequence[str]) -> int:
    """Where a ruled line begins the footer of a mailing list."""
    for number in range(max(len(lines) - _FOOTER_LINES, 0), len(lines)):
        below = "\n".join(line[:CHARACTERS] for line in lines[number + 1 : number + 5])
        if is_rule(lines[number]) and lines[number].strip() and _LIST_FOOTER.search(below):
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
        if kind == "thanks":  # the thanks stay words; only a name below them does not
            if stop is not None or not 1 <= len(own) <= _NAME_LINES or not all(_is_name(lines[one]) for one in own):
                continue
        else:
            own.insert(0, number)
        for one in own:
            is_signed[one] = True
        return


def _closing(line: str) -> str:
    """ "formal" for a closing such as "Kind regards" with or without a name, "thanks" for thanks, or ""."""
    text = line.strip(_EDGES)
    if not text or len(text) > _CLOSING_CHARACTERS or line.rstrip().endswith("?"):
        return ""
    if _THANKS.fullmatch(text):
        return "thanks"
    found = _CLOSING.match(text)
    if found is None:
        return ""
    rest = text[found.end() :].strip(_EDGES)
    is_said_twice = _CLOSING.fullmatch(rest) is not None  # "Mit freundlichen Grüßen / Best regards"
    is_place = _FROM_WHERE.match(rest) is not None and len(rest.split()) <= _NAME_WORDS
    return "formal" if not rest or is_said_twice or is_place or _is_name(rest) else ""


def _is_name(line: str) -> bool:
    words = line.strip(_EDGES).split()
    return 0 < len(words) <= _NAME_WORDS and all(not word[0].islower() and not word[0].isdigit() for word in words)


def _reads_as_words(line: str) -> bool:
    """Whether a line below a closing is a sentence again: words lost would cost the request."""
    if _POSTSCRIPT.match(line) or line.rstrip().endswith("?"):
        return True
    if len(line.split()) < _WORDS_IN_SENTENCE or any(phrase in line.lower() for phrase in _DISCLAIMERS):
        return False
    return line.rstrip().endswith((".", "!", ",", ":")) and not _IS_CONTACT.search(line)


def _mark_dashed_name(lines: Sequence[str], is_signed: list[bool]) -> None:
    """ "-Mara" as the last words of a stretch, below a blank line."""
    last = next((n for n in range(len(lines) - 1, -1, -1) if lines[n].strip() and not is_signed[n]), None)
    if last is None or last == 0 or lines[last - 1].strip():
        return
    if len(lines[last]) < CHARACTERS and _DASHED_NAME.fullmatch(lines[last].rstrip()):
        is_signed[last] = True
