"""Receipts of desks: the mail with which a ticket system or a web form says that a request came in.

Two signs are needed: that something was received, and either that an answer is promised or two of what only desks
write. People confirm receipts too, but in the first person, with a question, or with more words.
"""

from __future__ import annotations

import re

from daemon.mail.history import phrases_of

_CHARACTERS = 1_500
"""A longer text says more than that something came in."""

# One of these stands in every such text: quick to see.
_STEMS = phrases_of("""
    thank/danke/logged/created/opened/assigned/submitted/registered/presa in carico
    dank/received/receipt/ticket/incident/got your/eingegangen/erhalten/registriert
    kontaktaufnahme/erfasst/angelegt/eingang/bien reçu/réception/enregistr/contacté/pris en compte/recibido/registrad
    contactar/contacto/recebemos/contato/contacto/aberto/ricevut/contattat/registrata/ontvangen/geregistreerd/mottagit
    modtaget/mottatt/ärende/henvendelse/otrzymali/zgłoszeni/przyjęt/kontakt/přijali/obdrželi/požadav/prijali/dostali
    получили/обращени/заявк/запрос/принят/お問い合わせ/お問合せ/受付/受け付/收到/受理/感谢/문의/접수
    tak for/takk for/tack för/teşekkür/talebiniz/mesajınız/başvurunuz/kiitos/vastaanot/yhteydenot/köszön/megkeres
    megkapt/levelé/mulțum
    solicitar
    mesajul/отримали/звернен/дякуємо/получихме/запитван/ευχαριστ/αίτημ/μήνυμά/zaprimi/prejeli/primili/upit/zahvalj
    hvala
    gavome/užklaus/ačiū/saņēm/paldies/täname/saime/pöördumi/cảm ơn/yêu cầu/nhận được/terima kasih/kami terima
    permintaan
    ได้รับ/ขอบคุณ/פנייתך/קיבלנו/פניה/תודה/استلام/طلبك/رسالتك/شكرا/دریافت/درخواست/ďakujeme/žiados
""")
_MAIL = (
    r"(?:message|e-?mails?|mail|request|inquiry|enquiry|ticket|questions?|query|case|issue|incident|submission|report"
    r"|feedback|support request|comments?|application|order)"
)
_POST = r"(?:nachricht|anfrage|e-?mail|mail|meldung|anliegen|ticket|störungsmeldung|bestellung|bewerbung|formular)"
_RECEIVED = re.compile(
    rf"\b(?:received|got) your (?:\w+ ){{0,3}}{_MAIL}\b|\byour (?:\w+ ){{0,3}}{_MAIL}\b.{{0,60}}?(?:has been"
    rf"|have been|was"
    r"|is) (?:\w+ )?(?:received|created|registered|logged|opened|submitted|recorded|assigned|queued|forwarded)"
    r"|\bthank(?:s| you) (?:very much )?for (?:contacting|reaching out|getting in touch|writing to"
    rf"|(?:submitting|sending|opening) |your (?:recent )?{_MAIL})|\b(?:ticket|request|case|incident"
    rf"|issue)\b.{{0,50}}?(?:has been|was) (?:\w+ )?(?:created|opened|registered|logged"
    r"|assigned|received|submitted)|\b(?:confirm|acknowledge)\w{0,3} (?:the |that we )?(?:have )?(?:receipt|received"
    r"|got)|created (?:a|an|the following) (?:new )?(?:\w+ )?(?:ticket|case|incident)"
    rf"|\b(?:ihre?|deine?) (?:\w+ ){{0,2}}{_POST}\b.{{0,80}}?(?:eingegangen|registriert|erfasst|aufgenommen|erhalten"
    rf"|angelegt|weitergeleitet|eröffnet)|\bdanke? für (?:ihre|deine) (?:\w+ )?(?:{_POST}|kontaktaufnahme|interesse)"
    r"|\b(?:ticket|vorgang|fall)\b.{0,50}?(?:erstellt|eröffnet|angelegt|registriert)"
    rf"|haben (?:ihre|deine) {_POST}\b.{{0,40}}erhalten"
    r"|bien reçu votre|accus(?:ons|é de) réception|votre (?:demande|message|courriel|e-?mail|ticket"
    r"|mail).{0,50}?(?:reçue?|enregistrée?|créée?|pris(?:e)? en compte)|merci de nous avoir contact"
    r"|merci pour votre (?:message|demande|courriel|e-?mail|mail)|hemos recibido (?:su|tu)|\b(?:su|tu) (?:solicitud"
    r"|mensaje|correo|consulta|ticket|caso).{0,50}?(?:recibid|registrad|cread|asignad)|gracias por (?:contactar"
    r"|ponerse en contacto|comunicarse|(?:su|tu) (?:mensaje|correo|consulta))|recebemos (?:a |o )?(?:sua|seu)"
    r"|\b(?:sua|seu) (?:solicitação|mensagem|chamado|pedido|e-?mail|ticket).{0,50}?(?:recebid|registrad|criad|abert)"
    r"|obrigad[oa] (?:por (?:entrar em contato|contactar)|pel[oa] (?:seu|sua))|abbiamo ricevuto (?:la|il) |\b(?:sua"
    r"|tua|vostra|suo|tuo|vostro) (?:richiesta|ticket|e-?mail|segnalazione|messaggio).{0,50}?(?:ricevut|registrat"
    r"|apert|presa in carico|creat)|grazie per (?:averci|aver) (?:contattat|scritto)|\buw (?:bericht|vraag|verzoek"
    r"|e-?mail|mail|melding|aanvraag).{0,50}?(?:ontvangen|geregistreerd|aangemaakt)|bedankt voor (?:uw|je) (?:bericht"
    r"|vraag|verzoek|e-?mail|mail|aanvraag)|(?:mottagit|modtaget|mottatt|fått) (?:ditt|din|er|ert|deres)"
    r"|tack för (?:ditt|att du|din)|ta[ck]k? for (?:din|deres|jeres) (?:mail|e-?mail|e-?post|henvendelse|besked"
    r"|melding)|takk for (?:din )?henvendelse|(?:ärende|sag|sak)\b.{0,50}?(?:skapats|registrerats|oprettet|opprettet)"
    r"|otrzymali?śmy (?:twoj|państwa|pan)|zgłoszenie\b.{0,60}?(?:zostało|przyjęt|zarejestrowan|utworzon)"
    r"|dziękujemy za (?:kontakt|wiadomość|zgłoszenie|przesłanie)|(?:přijali|obdrželi|prijali|dostali) (?:jsme"
    r"|sme) va[šs]|(?:váš|vaše) (?:požadav|dotaz|e-?mail).{0,50}?(?:přijat|prijat|zaregistrov|vytvořen|evidov)"
    r"|получили ваш|ваш[еау]? (?:запрос|обращение|заявк|письмо|сообщение).{0,50}?(?:принят|получен|зарегистрирован"
    r"|создан)|(?:спасибо|благодарим) (?:вас )?за обращение|お問い?合わ?せ.{0,30}?(?:ありがとう|有難う|受け?付け?)"
    r"|受け?付け?(?:ました|いたしました|致しました|完了)|(?:收到|受理)了?(?:您|你)的|(?:感谢|感謝)您的(?:来信|咨询"
    r"|联系|反馈|來信|來函|諮詢)|문의.{0,20}?(?:감사|접수)|접수되었습니다|(?:talebiniz|mesajınız|başvurunuz"
    r"|e-?postanız)[^.!?]{0,60}?(?:ulaş|alın|kaydedil|oluşturul)|bizimle iletişime geçtiğiniz için|(?:viestisi"
    r"|yhteydenottosi|pyyntösi|tukipyyntösi|sähköpostisi)[^.!?]{0,60}?(?:vastaanot|kirjat|saapu)"
    r"|vastaanottaneet (?:viesti|yhteydenot)|kiitos (?:viestistä|yhteydenoto|palauttee)|(?:megkeresését|levelét"
    r"|üzenetét|bejelentését)[^.!?]{0,60}?(?:megkapt|rögzít|fogad)|köszönjük (?:a )?(?:megkeres|level|üzenet)"
    r"|(?:solicitarea|mesajul|cererea|sesizarea) (?:dvs|dumneavoastră|ta|tău)\b.{0,60}?(?:înregistrat|primit"
    r"|recepționat)|am primit (?:mesajul|solicitarea|cererea)|mulțumim (?:pentru|că ne-a)|отримали (?:ваш|ваше)"
    r"|ваш[еау]? (?:звернення|запит|лист|повідомлення|заявк).{0,50}?(?:прийнят|отриман|зареєстрован)"
    r"|дякуємо за (?:звернення|лист|повідомлення)|получихме ваш|ваш(?:ето|ата|ия) (?:запитване|заявка"
    r"|съобщение).{0,50}?(?:получен|регистриран|приет)|(?:το αίτημά|το μήνυμά|η αίτησή) σας.{0,50}?(?:καταχωρ|λήφθ"
    r"|παραλ)|λάβαμε το|ευχαριστούμε (?:για|που)|(?:zaprimili|primili) smo va[šs]|va[šs] (?:upit|zahtjev|zahtev"
    r"|poruka).{0,50}?(?:zaprimljen|primljen|zaprimljena)|prejeli smo vaš|vaš[ea]? (?:zahtevek|sporočilo"
    r"|povpraševanje).{0,50}?prejet|(?:gavome|užregistravome) jūsų|jūsų (?:užklausa|laiškas|prašymas).{0,50}?(?:gaut"
    r"|užregistruot)|(?:saņēmām|esam saņēmuši) jūsu|jūsu (?:pieprasījums|vēstule).{0,50}?(?:saņemt|reģistrēt)"
    r"|(?:saime kätte|oleme (?:kätte )?saanud) te(?:ie)?|te(?:ie)? (?:kiri|pöördumine|päring).{0,50}?(?:saabunud"
    r"|registreeritud|kätte saadud)|(?:đã )?nhận được (?:yêu cầu|thư|email|tin nhắn) của|(?:permintaan|pesan|tiket"
    r"|e-?mail) anda.{0,50}?(?:diterima|terima|didaftarkan)|telah menerima (?:pesan|permintaan)|ได้รับ(?:ข้อความ"
    r"|อีเมล|คำขอ|เรื่อง)|פנייתך (?:התקבלה|נקלטה)|קיבלנו את (?:פנייתך|הודעתך)|תודה (?:על|שפנית)|(?:تم"
    r"|لقد تم) استلام (?:طلبك|رسالتك)|(?:استلمنا|وصلتنا) (?:طلبك|رسالتك)|شكرا? (?:لتواصلك|لتواصلكم|لك على التواصل)"
    r"|(?:پیام|درخواست) شما.{0,40}?(?:دریافت|ثبت)|(?:vaša|vašu) (?:žiadosť|požiadavk\w).{0,50}?(?:prijat|zaevidovan"
    r"|zaregistrovan)|ďakujeme za (?:vašu )?(?:správu|žiadosť|kontakt)|děkujeme za (?:vaši )?(?:zprávu|dotaz)",
    re.IGNORECASE,
)
_SOON = (
    r"(?:schnellstmöglich|so schnell wie möglich|umgehend|in kürze|baldmöglichst|zeitnah|baldigst|innerhalb"
    r"|in den nächsten)"
)
_PROMISES = re.compile(
    r"\b(?:will|shall|aims? to|try to)\b[^.!?]{0,40}?\b(?:get back|gets? in touch|be in touch|respond|reply"
    r"|follow[- ]?up|contact you|be with you|(?:answer|review|process|look into|handle|reviewing) (?:it|your|this"
    r"|you)\b)|\b(?:it|that|which|and|message|e-?mail|mail|request|[ei]nquiry|ticket|case"
    r"|issue) will (?:\w+ )?be (?:answered|reviewed|processed|attended|handled)|['’]ll (?:\w+ )?(?:get back"
    r"|be in touch|respond|reply|look into)|\bwe['’]re on it\b|reviewed by our"
    rf"|{_SOON}[^.!?]{{0,80}}?(?:bearbeit|melden|meldet|antwort|zurückkomm|kümmer|verbindung|kontakt)|(?:bearbeit"
    rf"|melden|meldet|antwort|zurückkomm|kümmer)[^.!?]{{0,80}}?{_SOON}"
    r"|(?:répon|trait|revien|contact)[^.!?]{0,80}?(?:plus brefs|meilleurs délais|dès que possible|rapidement"
    r"|sous \d+)|(?:plus brefs délais|meilleurs délais|dès que possible)|(?:responder|contest|contact"
    r"|atende)[^.!?]{0,60}?(?:lo antes posible|brevedad|en breve|pronto)|(?:lo antes posible|brevedad"
    r"|en breve)[^.!?]{0,60}?(?:responder|contest|contact|atende)|(?:entraremos em contato|responderemos|retornaremos"
    r"|entraremos em contacto)|(?:rispond|ricontatt|contatt|evas|gestit)[^.!?]{0,60}?(?:al più presto"
    r"|il prima possibile|quanto prima)|(?:al più presto|il prima possibile|quanto prima)[^.!?]{0,60}?(?:rispond"
    r"|ricontatt|contatt)|(?:beantwoord|reager|antwoord|contact)[^.!?]{0,60}?(?:zo (?:snel|spoedig) mogelijk|binnen)"
    r"|zo (?:snel|spoedig) mogelijk[^.!?]{0,60}?(?:beantwoord|reager|antwoord|contact)|(?:svar|återkom|vender tilbage"
    r"|kontakt|besvar)[^.!?]{0,60}?(?:så (?:snart|snabbt|fort)|inom|inden for|innen|snarest|hurtigst)|(?:odpowiemy"
    r"|skontaktujemy|odpowiedzi udzielimy|rozpatrz)|(?:ozveme|odpovíme|odpovieme|vyřídíme)|(?:ответим|свяжемся"
    r"|рассмотр)|(?:ご連絡|ご回答|ご返信|返信)[^。]{0,20}?(?:いたし|致し|させて|差し上げ)|(?:尽快|儘快|稍后|工作日内"
    r"|小时内)[^。]{0,20}?(?:回复|答复|联系|处理|回覆|答覆|聯繫|聯絡|處理)|답변 ?드리|연락 ?드리|(?:current|average"
    r"|usual|normal) response times?|binnen [^.!?]{0,30}(?:antwoord|reactie)|wird (?:durch"
    r"|von) unser\w{0,2}[^.!?]{0,40}?bearbeitet|(?:en kısa süre|kısa süre içinde|mümkün olan)[^.!?]{0,60}?(?:dönüş"
    r"|cevap|yanıt|iletişim)|(?:vastaamme|palaamme|käsitt)[^.!?]{0,60}?(?:mahdollisimman|pian|viimeistään|kuluessa)"
    r"|(?:hamarosan|rövidesen|mielőbb|munkanapon belül)[^.!?]{0,60}?(?:válasz|jelentkez|kapcsolat)|(?:cel mai scurt"
    r"|cât mai curând|în curând)[^.!?]{0,60}|(?:răspunde|contacta)[^.!?]{0,60}?(?:scurt timp|curând)|(?:відповімо"
    r"|зв['’]яжемося|опрацюємо)|ще се свържем|ще отговорим|(?:απαντηθεί|απαντήσουμε|επικοινωνήσουμε)|odgovorit ćemo"
    r"|javit ćemo|odgovorićemo|odgovorili vam bomo|odgovorili bomo|kontaktirat|(?:susisieksime|atsakysime)"
    r"|(?:sazināsimies|atbildēsim)|(?:vastame|võtame ühendust)|(?:sẽ (?:phản hồi|liên hệ|trả lời))"
    r"|(?:akan (?:segera )?(?:menghubungi|membalas|merespons|menjawab))|จะติดต่อกลับ|จะตอบกลับ|(?:ניצור|נחזור|נשיב"
    r"|נענה|יחזור)[^.!?]{0,40}?(?:קשר|אליך|בהקדם)|(?:سنقوم|سوف|سنرد|سنتواصل|سيتم)[^.!?]{0,60}?(?:الرد|التواصل|وقت"
    r"|معك)|(?:پاسخ|تماس) خواه|(?:ozveme sa|budeme vás kontaktovať|vybavíme)",
    re.IGNORECASE,
)
# "Registered under number 48213" says as much as a promise.
_REGISTERED = re.compile(
    r"(?:regist|zarejestr|зарегистр|зареєстр|kaydedil|rögzít|înregistrat|zaevid|erfasst|enregistr|protocol|geregistr"
    r"|καταχωρ|logged|aufgenommen)"
    r"[^.!?]{0,60}?(?:number|no\.|nummer\w?|numer\w{0,3}|номер\w{0,2}|número|numéro|numero|n[°º]|αριθμό|číslem"
    r"|protocolo|id|#)\W{0,4}[a-z]{0,5}-?\d{3,}",
    re.IGNORECASE,
)
# What only a desk writes: a number it gave, how to add to it, where to follow it.
_NUMBERED = re.compile(
    r"(?:ticket|request|case|incident|reference|tracking|[ei]nquiry|vorgangs?|anfrage|demande|solicitud|chamado"
    r"|richiesta|zgłoszeni\w{1,2}|запрос\w?|заявк\w)[ -]?(?:id|number|no|nr|numm?er|número"
    r"|num[ée]ro)?\.?\W{0,5}[a-z]{0,5}-?\d{3,}|[\[(#](?:ticket|case|req|id)?[-:# ]{0,2}[a-z]{0,4}-?\d{3,}|\b(?:inc"
    r"|req|ritm|cs|case)\d{5,}|(?:受付番号|問い合わせ番号|工单号|编号|접수 ?번호)|(?:numara\w{0,3}|numero\w{0,3}"
    r"|azonosító\w{0,3}|szám\w{0,2}|numărul|αριθμό\w?|номер\w{0,2}|broj\w{0,2}|števil\w{1,3}|numeri\w{0,2}|mã số"
    r"|nomor|מספר\w{0,2}|رقم|شماره|číslo\w{0,2})\W{0,5}[a-z]{0,5}-?\d{3,}|\d{4,} (?:numaralı|numarası|számon)",
    re.IGNORECASE,
)
_FOLLOWED = re.compile(
    r"\b(?:to add|add) (?:additional |further |more )?(?:comments?|information|details)|(?:view|check|track"
    r"|follow)\b.{0,40}\b(?:status|progress|ticket|request|incident)|above this line|support (?:staff|team)"
    r"|ticket[- ]?system|\bview request\b|(?:your|the) [\w ]{0,30}(?:team|help ?desk|service desk)\b|delivered by"
    r"|powered by|summary of which|status (?:ihrer|ihres|der|des)|suivre|consulter|consultar|seguimiento|acompanhar"
    r"|controllare lo stato|volgen|no need to reply|human asap|refrain from|until you receive an answer"
    r"|high (?:number|volume) of|rückfragen ab|nachfragen abzusehen|hohe[rn]? (?:anzahl|aufkommen)"
    r"|um weitere informationen|antworten sie (?:einfach )?auf diese e-?mail|reply to this (?:e-?mail|message)",
    re.IGNORECASE,
)
# "i" is "and" or "in" elsewhere, and TOPdesk numbers with it ("I 2204 123").
_FIRST_PERSON = re.compile(
    r"(?<![\w'’/.])(?:(?-i:I)(?! \d)|i['’](?:m|ll|ve|d)|ich|je|j['’]\w+|yo|io|eu|ik|jag|jeg|я)(?![\w'’/])",
    re.IGNORECASE,
)
_SECOND_PERSON = re.compile(
    r"\b(?:you|your|ihre?|ihnen|deine?|votre|vous|su|sus|tu|usted|sua|seu|você|la sua|le|tua|vostra|uw|u|je|din|ditt"
    r"|er|ert|deres|twoj\w{0,2}|państwa|pana|va[šs]\w{0,2}|ваш\w{0,2}|вам)\b|ご|お|您|你|tua|tuo|suo|고객|문의"
    r"|(?:talebiniz|mesajınız|başvurunuz|postanız|size|sizinle)|\w{3,14}(?:osi|stisi|tösi|stasi)\b|sinulle"
    r"|\b(?:megkeresését|levelét|üzenetét|bejelentését|önnek|ön|dvs|dumneavoastră|vă|jūsų|jūsu|teie|te|anda|bạn"
    r"|quý)\b|σας|פנייתך|אליך|הודעתך|شما|ك(?!\w)|كم(?!\w)|คุณ|ท่าน|вас",
    re.IGNORECASE,
)
_DELAY = re.compile(
    r"as soon as (?:possible|we can)|(?:within|take|takes|up to)\b[^.!?]{0,40}?\b(?:hours?|days?|weeks?)\b"
    r"|innerhalb [^.!?]{0,30}?(?:stunden|tage)|kann [^.!?]{0,60}?(?:tage|wochen|dauern)|einige zeit in anspruch"
    r"|(?:sous|dans un délai de) \d+ ?h?|en un plazo|(?:em|no prazo de) até|entro \d+|binnen [^.!?]{0,20}(?:uur"
    r"|dagen)|w ciągu \d+|(?:営業日|工作日)",
    re.IGNORECASE,
)
# Whoever encloses something, names a price or objects says more than that something came in.
_SAYS_MORE = re.compile(
    r"\b(?:attached|enclosed|please find|our offer|our quot\w{1,6}|but|however|unfortunately|instead|anbei|angebot"
    r"|beigefügt|im anhang|aber|jedoch|leider|ci-joint|cependant|malheureusement|adjunt\w{1,3}|pero|lamentablemente"
    r"|em anexo|segue|infelizmente|allegat\w|purtroppo|però|bijlage|helaas|maar|bifoga\w{1,2}|vedhæftet|vedlagt"
    r"|tyvärr|desværre|dessverre|w załączeniu|niestety|v příloze|bohužel|во вложении|к сожалению)\b|\d ?(?:€|eur\b"
    r"|usd\b|zł)|[€$£] ?\d|添付|価格|附件",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"\?(?:[\s\"'”»)]|$)|？")
_FEW_WORDS = 80


def may_be_receipt(words: str) -> bool:
    """Whether a text could be one at all: the same question, quick to answer for nearly every mail."""
    if len(words) > _CHARACTERS or _QUESTION.search(words):
        return False
    lowered = words.lower()
    return any(stem in lowered for stem in _STEMS)


def is_receipt(words: str, subject: str) -> bool:
    """Whether `words`, the newest of a mail without its history, only say that something was received."""
    if not may_be_receipt(words):
        return False
    told = " ".join(words.split())
    if _RECEIVED.search(told) is None or _FIRST_PERSON.search(told) or not _SECOND_PERSON.search(told):
        return False
    if _SAYS_MORE.search(told):
        return False
    promises = _PROMISES.search(told) is not None or _REGISTERED.search(told) is not None
    if promises and len(told.split()) <= _FEW_WORDS:
        return True
    others = (_NUMBERED.search(f"{subject} {told}"), _FOLLOWED.search(told), _DELAY.search(told))
    return promises + sum(sign is not None for sign in others) > 1
