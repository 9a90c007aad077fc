"""Banners above a person's words and small print below them: disclaimers, virus scanners, registers.

Whole phrases of tables decide, and at the end of a text the words that every disclaimer has. When in doubt a
paragraph is kept as words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from daemon.mail.history import CHARACTERS, is_rule, phrases_of

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
    reply to this email directly or view it on/reply to this email directly, view it on
    bu e-posta mesajı/acest mesaj este confidențial/acest e-mail și orice
"""
_DISCLAIMERS = phrases_of(_DISCLAIMER_WORDS)
# A disclaimer in any other words speaks of this mail, of secrecy, and of whom it is for or what came with it.
_OF_MAIL = re.compile(
    r"e-?mail|\bmail\b|message|communication|nachricht|courriel|courrier|\bmensaje|\bcorreo|mensagem|messaggio"
    r"|comunicazione|bericht"
    r"|meddelande|meddelelse|\bmejl|e-post|melding|viesti|sähköposti|wiadomo|korespondenc|zpráv|správ|üzenet"
    r"|levél|mesaj"
    r"|e-posta|сообщени|письм|повідомлен|съобщени|poruk|sporočil|μήνυμα|laišk|vēstul|kiri|thư|pesan|surel|メール"
    r"|邮件|郵件|메일"
    r"|رسالة|הודעה",
    re.IGNORECASE,
)
_OF_SECRECY = re.compile(
    r"confiden[tczț]|privileged|vertraulich|geheim|riservat|vertrouwelijk|fortrolig|konfiden|konfidentsiaal|luottamuks"
    r"|poufn|důvěrn|dôvern|bizalmas|gizli|конфиденциал|конфіденц|поверит|поверљив|povjerljiv|poverljiv|zaupn"
    r"|εμπιστευτικ"
    r"|trúnað|bảo mật|rahasia|機密|機密|机密|기밀|سري|חסוי|geschützt",
    re.IGNORECASE,
)
_OF_READERS = re.compile(
    r"recipient|addressee|addressed|intended|adressat|empfänger|bestimmt|destinatair|destinad|destinatari|geadresseerde"
    r"|bestemd|modtager|mottaker|mottagar|vastaanottaj|adresat|adresát|příjemc|príjemc|címzett|destinatar|alıcı"
    r"|получател"
    r"|адресат|одержувач|primatel|primaoc|prejemnik|παραλήπτ|viðtakand|người nhận|penerima|受信者|宛先|收件人|수신"
    r"|المرسل إليه"
    r"|anhänge|attachments?|\bfiles\b|pièces jointes|adjunt|anexos|allegat|bijlagen|vedhæft|vedlegg|bilag|liitte|załącz"
    r"|prílo|přílo|priložen|připojen|melléklet|atașat|ekleri|вложени|вкладен|συνημμέν|prilog|by mistake|in error"
    r"|irrtümlich"
    r"|par erreur|destinée?|por error|por engano|per errore|délete|delete it|désign|review, use",
    re.IGNORECASE,
)
# The short lines of virus scanners, printers and registers, in many languages.
_STAMP = re.compile(
    r"\W{0,12}(?:virus-?free|virenfrei|garanti sans virus|sans virus|libre de virus|livre de vírus|mail priva di virus"
    r"|priva di virus|wolny od wirusów|virusvrij|neobsahuje žádné viry|bez virů|bez vírusov|без вирусов|без вірусів"
    r"|virusfri|virustön|vírusmentes|fără viruși|virüs bulunmuyor|ウイルス フリー|未包含病毒)\b.{0,40}(?:avast|avg"
    r"|norton).{0,60}"
    r"|.{0,120}\b(?:avast|avg|eset|norton|kaspersky|mcafee|f-secure|bitdefender|sophos|mailscanner|clamav)\b.{0,120}"
    r"(?:virus|checked|geprüft|vérifi|comprobad|verificad|controllat|gecontroleerd|sprawdz|zkontrol|провер"
    r"|scann).{0,80}"
    r"|.{0,120}(?:checked|scanned|geprüft|vérifiée?|comprobado|verificado|controllata?|gecontroleerd)\b.{0,80}"
    r"\b(?:avast|avg|eset|norton|kaspersky|mcafee|f-secure|bitdefender|sophos|mailscanner|clamav|mimecast)\b.{0,80}"
    r"|no virus found in this (?:outgoing |incoming )?(?:message|e-?mail).{0,80}"
    r"|.{0,60}information from eset .{0,120}"
    r"|n['’]imprimez ce .{0,80}|informationen zum datenschutz finden sie .{0,120}"
    r"|.{0,40}(?:registered (?:office|in england)|company registration n|sitz der gesellschaft|handelsregister"
    r"|amtsgericht .{0,20}hrb)\b.{0,200}",
    re.IGNORECASE,
)
_STAMP_STEMS = phrases_of("""
    virus/viry/vírus/вирус/вірус/wirus/virů/ウイルス/病毒/viruși/checked/scann/geprüft/vérifi/comprobad/verificad
    controllat
    gecontroleerd/imprimez/datenschutz/registered/registration/gesellschaft/handelsregister/amtsgericht/eset
""")
_FIRST_PERSON = re.compile(r"\b(?:i['’]m|i am|i have|my|me|ich|mein\w{0,2}|je|mon|yo|io|jag|jeg|ik)\b", re.IGNORECASE)
_HEADING = re.compile(
    r"\W{0,6}(?:disclaimer|confidentiality(?: notice)?|legal notice|vertraulichkeitshinweis|haftungsausschluss"
    r"|avertissement|aviso legal|avviso legale|note legali|important notice|notice)\W{0,6}",
    re.IGNORECASE,
)
_SMALL_PRINTS = 6
_LONG_PRINT = 120
# How a disclaimer begins that speaks of the mail in which it stands.
_OF_ITSELF = re.compile(
    r"\W{0,6}(?:this|these|the (?:information|contents?) (?:contained )?(?:in|of) this|diese[rs]?"
    r"|der inhalt dieser|ce|cet"
    r"|cette|les informations|est[aeo]s?|la información|as informações|quest[aeo]|il presente|la presente"
    r"|le informazioni"
    r"|de inhoud van|dit|deze|denne|dette|detta|innehållet i|tämä|informacje zawarte|ta wiadomość|treść tej"
    r"|niniejsz|tato"
    r"|tento|táto|ez az|ez a|acest|această|данное|настоящее|это|ця|цей|това|το παρόν|bu) ",
    re.IGNORECASE,
)
_PARAGRAPH_LINES = 30
_SMALL_PRINT_CHARACTERS = 3_000
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
    este e-mail foi enviado de fora/denne mail kommer udefra/message is from an external sender/pfptbanner
    received this message don't often get/you don’t often get email from/this message comes from outside
    this message came from outside
    email comes from outside/e-mail came from an external/email came from an external/e-mail is from an external
    this email is from an external/use caution with links/use caution when opening/exercise caution when
    treat links and attachments/treat attachments and links/external sender: /external email - /[external email]
    do not click links or open attachments unless/do not click on links or open attachments unless
    e-mail kommt von extern/mail kommt von extern/e-mail stammt von extern/stammt von einem externen absender
    e-mail von einem externen absender/mail wurde von einem externen/öffnen sie keine anhänge oder links von unbekannten
    n'obtenez pas souvent d'e-mail/n’obtenez pas souvent d’e-mail/courriel provient d'un expéditeur externe
    e-mail provient d'un expéditeur externe/message provient d'un expéditeur externe
    message provient d’un expéditeur externe
    este correo proviene de un remitente externo/correo electrónico externo: /no suele recibir correos
    messaggio proviene dall'esterno/e-mail proviene da un mittente esterno/non si ricevono spesso messaggi
    non si riceve spesso posta/deze e-mail komt van buiten/bericht is afkomstig van buiten/bericht komt van buiten
    não costuma receber emails de/não costuma receber e-mails de/este email é externo
    e-mail de origem externa/remetente externo: /denne mail kommer fra en ekstern/denne e-mail kommer fra en ekstern
    denne e-posten kommer fra en ekstern/du får ikke ofte mails fra/du modtager ikke ofte mails fra
    du får ikke ofte e-post fra
    detta e-postmeddelande kommer från en extern/detta meddelande kommer från en extern/mejlet kommer från en extern
    et saa usein sähköpostia/tämä viesti on lähetetty organisaation ulkopuolelta/viesti tulee organisaation ulkopuolelta
    wiadomość pochodzi spoza/wiadomość pochodzi od nadawcy zewnętrznego/nie otrzymujesz często wiadomości
    tento e-mail pochází z vnějšího/tento e-mail pochází od externího/zpráva pochází z vnějšího
    tato zpráva přišla z vnějšího
    tento e-mail prišiel z externého/neobvykle dostáváte e-maily/od tohoto odesílatele nedostáváte často
    письмо получено от внешнего/внешнее письмо: /это сообщение отправлено из-за пределов/вы нечасто получаете
    ez az e-mail külső/külső feladótól érkezett/acest e-mail provine din afara/acest mesaj provine din afara
    bu e-posta kuruluş dışından/bu ileti kuruluş dışından/このメールは社外から
    このメールは外部から/此邮件来自外部/此电子邮件来自外部/외부에서 발송된 메일/외부 메일입니다
    detta mejl kommer från en extern/du får inte ofta e-post från
"""
_BANNERS = phrases_of(_BANNER_WORDS)
# The phrases by the longest word within each, which a text that has the phrase has too: quick to see. "" if there is
# none.
_PHRASES_OF: dict[str, list[str]] = {}
for _phrase in (*_DISCLAIMERS, *_BANNERS):
    _PHRASES_OF.setdefault(max(_phrase.split(" ")[1:-1], key=len, default=""), []).append(_phrase)
_TAG = re.compile(
    r"\s*[\[(*#]{1,4}\s*(?:caution:? )?(?:ext|extern[aeo]?|external|externer?|esterno|ekstern|zewnętrzn[ay])"
    r"(?:[ -](?:e-?mail|mail|sender|absender|message|nachricht|expéditeur))?\s*[\])*#]{1,4}\s*:?\s*",
    re.IGNORECASE,
)
_TAG_CHARACTERS = 60
# What the further lines of such a banner speak of; the sender's words may begin right below it.
_STILL_BANNER = re.compile(
    r"click|links?\b|attachment|sender|outside|external|pfptbanner|careful|caution|recogni[sz]e|content is safe"
    r"|learn why|anhäng|anlage|absender|klicken|pièces"
    r"|liens"
    r"|expéditeur|adjunto|enlaces|remitente|allegat|mittente|bijlag|afzender|anexo|vedhæft|bifog|why this is important",
    re.IGNORECASE,
)


def mark_phrases(lines: Sequence[str], is_signed: list[bool]) -> None:
    """Marks the paragraphs in which a phrase of a banner or of a disclaimer stands."""
    text = _plain(lines)
    words = _PHRASES_OF.keys() & {"", *text.split(" ")}
    found = [phrase for word in words for phrase in _PHRASES_OF[word] if phrase in text]
    start = 0
    for end in range(len(lines) + 1 if found else 0):
        if end < len(lines) and lines[end].strip():
            continue
        first, behind = _boilerplate(lines, start, end, found)
        is_signed[first:behind] = [True] * (behind - first)
        start = end + 1
    top = next((number for number, line in enumerate(lines) if line.strip()), -1)
    if top >= 0 and len(lines[top]) < _TAG_CHARACTERS and _TAG.fullmatch(lines[top]):
        is_signed[top] = True


def has_disclaimer(line: str) -> bool:
    """Whether a phrase of a disclaimer stands in a line."""
    lowered = line.lower()
    return any(phrase in lowered for phrase in _DISCLAIMERS)


def mark_small_print(lines: Sequence[str], is_signed: list[bool], has_ended: Callable[[int], bool]) -> None:
    """Paragraphs at the end, and only there, that speak as disclaimers, virus scanners and registers do.

    `has_ended` says of a line's number whether a signature begins above it.
    """
    end = len(lines)
    for _ in range(_SMALL_PRINTS):
        while end > 0 and not lines[end - 1].strip():
            end -= 1
        start = end
        while start > 0 and lines[start - 1].strip() and end - start <= _PARAGRAPH_LINES:
            start -= 1
        if not any(line.strip() for line in lines[:start]) or end - start > _PARAGRAPH_LINES:
            return  # what stands alone is what its sender wrote
        if not all(is_signed[start:end]):
            first = _small_print(lines, start, end, has_ended)
            if first == end:
                return
            is_signed[first:end] = [True] * (end - first)
            if first > start:
                return
        end = start


def _small_print(lines: Sequence[str], start: int, end: int, has_ended: Callable[[int], bool]) -> int:
    """Where in a paragraph small print begins, or `end`; it may follow a rule or stand below a name."""
    if any("?" in line for line in lines[start:end]):
        return end
    text = _plain(lines[start:end])[:_SMALL_PRINT_CHARACTERS]
    is_secret = _OF_SECRECY.search(text) and _OF_MAIL.search(text) and _OF_READERS.search(text)
    if (
        is_secret
        and not _FIRST_PERSON.search(text)
        and (len(text) > _LONG_PRINT or _OF_ITSELF.match(text) or has_ended(start))
    ):
        return start
    for number in range(start, end) if any(stem in text for stem in _STAMP_STEMS) else ():
        shown = " ".join(lines[number].split())[:CHARACTERS]
        if _STAMP.fullmatch(shown) and (_OF_MAIL.search(shown) or "www." in shown or "eset" in text):
            is_drawn = number > start and (is_rule(lines[number - 1]) or not lines[number - 1].strip("-_*= "))
            return number - 1 if is_drawn else number
    return end if _HEADING.fullmatch(text) is None else start


def _plain(lines: Sequence[str]) -> str:
    """Lines as one, in lower case, as the tables of phrases have them."""
    return " ".join(" ".join(lines).split()).lower()


def _boilerplate(lines: Sequence[str], start: int, end: int, phrases: Sequence[str]) -> tuple[int, int]:
    """Where in a paragraph a banner or disclaimer begins and ends; it may stand right below or above words."""
    text = _plain(lines[start:end])
    if not any(_is_said(phrase, text) for phrase in phrases):
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


def _is_said(phrase: str, text: str) -> bool:
    """Whether a text has a phrase of the tables, and not only between quotation marks, as somebody asks about it."""
    at = text.find(phrase)
    if at < 0 or text[:at].rstrip("[* ").endswith(_QUOTATION_MARKS):
        return False
    is_label = phrase.endswith((": ", " -")) or phrase.startswith("[")
    return not is_label or not text[:at].strip("[(*!⚠️ -")


_QUOTATION_MARKS = ('"', "“", "„", "«", "‘", "'")
