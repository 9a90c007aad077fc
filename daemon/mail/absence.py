"""Words of automatic replies: subjects of absence notices in the languages of mail programs, and texts that say so.

Tables and three questions about text; what follows from the answers is decided in `daemon.mail.nature`.
"""

from __future__ import annotations

import re

from daemon.mail.history import one_of, phrases_of
from daemon.mail.leave import BEGINS_AWAY, says_away

# As Outlook, Exchange, Gmail, GMX, Zimbra, Domino, Pigeonhole, vacation(1) and Request Tracker write them, row by
# row: en, de, fr, es, ca, pt, it, ro, nl, da, nb, sv, fi, is, et, lv, lt, pl, cs, sk, sl, hr, sr, hu, ru, uk, bg, el,
# tr, vi, id/ms, he, ar, fa, hi, ja, zh, ko, th.
_SUBJECT_WORDS = """
    automatic reply/automatic response/automatic answer/automated reply/automated response/auto reply/auto-reply
    autoreply/auto response/auto-response/autoresponse/autoresponder/auto responder/auto-responder
    out of office/out of the office/out of office autoreply/out of office auto-reply/out of office reply
    out of office message/out of office notification/out of office response/out-of-office/out of office notice
    ooo/oof/away from my mail/away from office/away from the office/away from my desk/i am out of office
    i am out of the office/i'm out of office/i'm out of the office/i am on vacation/vacation reply
    vacation message/vacation notice/vacation response/vacation auto-reply/holiday reply/absence notice
    automatische antwort/automatische rückmeldung/automatische rückantwort/automatische abwesenheitsnotiz/autoantwort
    automatische antwortnachricht/automatische eingangsbestätigung/abwesenheitsnotiz/abwesenheitsnachricht
    abwesenheitsmeldung/abwesenheitsassistent/abwesenheitsbenachrichtigung/abwesenheitsantwort
    urlaubsbenachrichtigung/ich bin nicht im büro/ich bin im urlaub/ich bin abwesend/nicht im büro/nicht im haus
    réponse automatique/réponse d'absence/absence du bureau/absent du bureau/absente du bureau/notification d'absence
    message d'absence/message automatique/avis d'absence/gestionnaire d'absence du bureau/je suis absent
    respuesta automática/respuesta automatica/autorrespuesta/fuera de la oficina/fuera de oficina/ausente de la oficina
    ausencia de la oficina/mensaje automático/resposta automàtica/fora de l'oficina
    resposta automática/resposta automatica/fora do escritório/ausente do escritório/ausência temporária
    ausência do escritório/mensagem automática
    risposta automatica/fuori sede/fuori ufficio/assente dall'ufficio/messaggio di assenza/assenza dall'ufficio
    avviso di assenza/messaggio automatico
    răspuns automat/raspuns automat/absent de la birou/absență din birou
    automatisch antwoord/automatische reactie/automatische beantwoording/automatisch bericht/afwezigheidsbericht
    afwezigheidsassistent/afwezigheidsmelding/niet aanwezig/niet op kantoor/buiten kantoor
    automatisk svar/autosvar/automatsvar/fraværsmeddelelse/fraværsbesked/ikke til stede/ikke på kontoret
    fraværsmelding/fraværsassistent/automatisk svarmelding
    automatiskt svar/frånvaromeddelande/frånvaroassistent/frånvarobesked/ej på kontoret/inte på kontoret
    automaattinen vastaus/automaattivastaus/poissaoloviesti/poissaoloilmoitus/poissa toimistosta/lomavastaus
    sjálfvirkt svar/automaatvastus/automaatne vastus/kontorist väljas/automātiskā atbilde/automātiska atbilde
    ārpus biroja/automatinis atsakymas/automatinis atsakas/ne biure
    automatyczna odpowiedź/odpowiedź automatyczna/autoodpowiedź/poza biurem/jestem poza biurem
    zawiadomienie o nieobecności/automatická odpověď/automatická odpověd/mimo kancelář/oznámení o nepřítomnosti
    automatická odpoveď/mimo kancelárie/oznámenie o neprítomnosti/samodejni odgovor/avtomatski odgovor
    automatski odgovor/izvan ureda/van kancelarije/аутоматски одговор/automatikus válasz/házon kívül
    автоматический ответ/автоответ/автоответчик/вне офиса/нет на рабочем месте/автоматична відповідь
    автовідповідь/поза офісом/автоматичен отговор/извън офиса/αυτόματη απάντηση/εκτός γραφείου
    otomatik yanıt/otomatik cevap/ofis dışında/trả lời tự động/thư trả lời tự động
    balasan otomatis/jawaban otomatis/balas otomatis/balasan automatik/jawapan automatik/di luar kantor
    תשובה אוטומטית/מענה אוטומטי/מחוץ למשרד/رد تلقائي/الرد التلقائي/رد آلي/خارج المكتب/پاسخ خودکار/स्वचालित उत्तर/स्वतः उत्तर
    自動応答/自動返信/自動応答メッセージ/不在通知/自动答复/自动回复/自動回覆/自動回應/外出时的自动答复/外出自动回复
    자동 회신/자동 응답/자동회신/자동응답/부재중/부재 중 자동 회신/การตอบกลับอัตโนมัติ/ตอบกลับอัตโนมัติ/ข้อความตอบกลับอัตโนมัติ
"""
# People write so too, of their own leave; on a mail that answers without "Re:" it is a responder's.
_LEAVE_WORDS = """
    auto/away/i am away/i'm away/on vacation/vacation/on holiday/holiday/on leave/annual leave/parental leave
    maternity leave/paternity leave/sick leave/i am on leave/i'm on leave/i'm on vacation/holiday auto-reply
    urlaub/im urlaub/abwesend/abwesenheit/außer haus/elternzeit/mutterschutz/krank/absence/absent/absente/en congé
    congés
    en vacances/ausencia/ausente/vacaciones/en vacaciones/de vacaciones/ausência/férias/de férias/assenza/assente/ferie
    in ferie/afwezig/afwezigheid/vakantie/op vakantie/met vakantie/fravær/ferie/på ferie/fraværende/frånvaro
    frånvarande/semester/på semester/poissa/lomalla/poissaolo/nieobecność/nieobecna/nieobecny/urlop/na urlopie
    nepřítomnost/dovolená/na dovolené/neprítomnosť/dovolenka/na dovolenke/távollét/szabadság/szabadságon
    absență/concediu/în concediu/odsotnost/dopust/odsutnost/godišnji odmor/отсутствие/в отпуске/отпуск/відпустка
    у відпустці/відсутність/απουσία/άδεια/σε άδεια/izindeyim/izinde/tatilde/eemal/puhkusel/prombūtne/atvaļinājums
    atostogos/atostogauju/nghỉ phép/cuti/sedang cuti/不在/休暇/休假/休假中/外出/휴가/ลาพักร้อน/חופשה/בחופשה/إجازة/في إجازة
"""
# A word and a colon, or nothing more: "Out of office settings do not work" is a request to IT. A desk puts its own
# tag before it ("[lindwerk #12] AutoReply: ..."), a gateway its "[EXT]".
_SUBJECT = re.compile(
    rf"[\[(]?\s{{0,20}}(?:[^\[\]]{{0,80}}\]\s{{0,20}})?[\[(]?(?:{one_of(_SUBJECT_WORDS)})\s*(?:[\])]"
    rf"|[:：!]|\s[-–—]\s|\s(?:until|till|bis|vom|jusqu|hasta|fino|tot|til)\b"
    rf"|\s(?:re|aw|sv|vs|antw|antwort|rép|res|ris|rif|r|odp|ynt|fwd?)\s?:|$)",
    re.IGNORECASE,
)

# Or at the end of the subject that it answers: "Re: Printer (Out of office)".
_SUBJECT_END = re.compile(rf"[\[(](?:{one_of(_SUBJECT_WORDS)})[\])]\s*$", re.IGNORECASE)

_SENTENCE_OF_LEAVE = (
    r"(?:auto: )?[^:]{1,80} (?:is|ist|est|está|è|är|er|jest|je) (?:currently |derzeit )?(?:out of (?:the )?office"
    r"|away from"
    r"|außer haus|nicht im büro|abwesend|absente?\b|fuera de|fuori (?:sede|ufficio)|niet op kantoor|afwezig"
    r"|ikke på kontoret|inte på|poza biurem|nieobecn)"
)
_LEAVE_SENTENCE = re.compile(_SENTENCE_OF_LEAVE, re.IGNORECASE)
_LEAVE = re.compile(
    rf"(?:{one_of(_LEAVE_WORDS)})\s*(?:[:：]|\s-\s|\s(?:re|aw|sv|vs|antw|rép|res|ris|rif|r|odp|ynt)\s?:|$)"
    rf"|{_SENTENCE_OF_LEAVE}",
    re.IGNORECASE,
)
# Subjects of the receipts that Outlook, Exchange, Thunderbird and Notes send, some of them as plain text.
_READ_SUBJECT = re.compile(
    r"(?:not read|read|ungelesen gelöscht|nicht gelesen|gelesen|non lus?|lus?|no leído|leído|leido|não lida|lida|lido"
    r"|non letto|da leggere|letto|niet gelezen|gelezen|ikke læst|læst|ikke lest|lest|ej läst|oläst|läst|ei luettu"
    r"|luettu"
    r"|nie przeczytano|przeczytano|odczytano|nepřečteno|přečteno|neprečítané|prečítané|olvasatlan|elolvasva"
    r"|necitit|citit"
    r"|не прочитано|прочитано|прочтено|прочетено|διαβάστηκε|αναγνώσθηκε|okunmadı|okundu|pročitano|prebrano|loetud"
    r"|開封済み|未開封|开封|已读|已讀|未读|읽음|읽지 않음|נקרא|מקריא|تمت القراءة|مقروءة)\s?[:：]"
    r"|return receipt\b|read receipt\b|lesebestätigung\b|empfangsbestätigung \(|accusé de réception \(affiché",
    re.IGNORECASE,
)
_SAYS_READ = re.compile(
    r"(?:was|has been) (?:read|displayed|opened) (?:on|at|by)\b|deleted without being read|wurde am .{1,60} gelesen"
    r"|ungelesen gelöscht|ohne gelesen zu werden|a été lu|supprimé sans avoir été lu|(?:se leyó|fue leído"
    r"|ha sido leído)"
    r"|eliminado sin leer|foi lid[ao]|excluíd[ao] sem ser lid|è stato (?:letto|eliminato senza)|is gelezen op"
    r"|verwijderd zonder|blev læst|ble lest|lästes|har lästs|luettiin|została? (?:prze|od)czytan|byla přečtena"
    r"|bola prečítaná|был[ои]? прочитан|было прочтено|було прочитан|elolvasta|okundu|が開封され|已于.{1,40}(?:阅读|读)"
    r"|읽었습니다|this is a (?:return|read) receipt|return receipt only acknowledges|dies ist eine (?:empfangs"
    r"|lese)bestätigung"
    r"|your document:.{0,200}(?:was received|has been (?:read|received))|ihr dokument:.{0,200}wurde",
    re.IGNORECASE,
)

_ANSWER_STEMS = (
    "repl|respon|answer|antwort|nachricht|meldung|notiz|bestätigung|répon|respuesta|resposta|risposta|bericht|svar"
    "|vastau|odpow|odpov|válasz|răspuns|raspuns|ответ|відповід|отговор|απάντηση|yanıt|cevap|odgovor|vastus|atbild|atsak"
)
_BEGINS = re.compile(
    rf"[\[(【]?\s{{0,20}}(?:(?:{one_of(_SUBJECT_WORDS)})(?!\w)|[\w-]{{0,20}}abwesenheits?\w{{0,20}}\s?:"
    rf"|auto\w{{0,14}}[ -]\w{{0,20}}(?:{_ANSWER_STEMS})"
    r"|(?:自動|自动)(?:返信|応答|回复|答复|回覆|回應)|자동 ?(?:회신|응답))",
    re.IGNORECASE,
)

# What a responder says of itself at the start or the end of its text. Sentences about the mail itself, which nobody
# writes about a matter of their own.
_SAYS_REPLY = re.compile(
    r"this (?:e-?mail |message )?(?:is|was) an? (?:automatic(?:ally)?"
    r"|automated|auto)[- ]?(?:generated )?(?:e-?mail )?"
    r"(?:reply|response|answer|acknowledge?ment)"
    r"|this (?:reply|response|acknowledge?ment|message|e-?mail) (?:is"
    r"|was|has been) (?:automatically )?(?:generated|sent)"
    r" (?:automatically )?in (?:response|reply) to"
    r"|(?<!\ban )(?<!\bthe )(?<!\byour )(?:automatically generated|automated|automatic) (?:reply|response"
    r"|acknowledge?ment) (?:to|from|that|sent)\b"
    r"|automatically generated (?:reply|response|acknowledge?ment)"
    r"|dies(?:e (?:nachricht|e-?mail|mail))? ist eine automatisch(?:e| generierte| erstellte| erzeugte| versendete)"
    r" (?:antwort|eingangsbestätigung|empfangsbestätigung|abwesenheits\w{1,20}|rückmeldung)"
    r"|(?:ceci|ce message) est (?:une réponse|un accusé de réception) automatique"
    r"|este (?:mensaje )?es un acuse de recibo automático|este es un mensaje de respuesta automática"
    r"|(?:esta|este) es una respuesta automática|esta é uma resposta automática"
    r"|questa è una risposta automatica|dit is een automatisch(?:e)? (?:antwoord|reactie|gegenereerd antwoord)"
    r"|dette er et? automatisk svar|detta är ett automatiskt svar|tämä on automaattinen vastaus"
    r"|to jest automatyczna odpowiedź|toto je automatická odpověď"
    r"|toto je automatická odpoveď|ez egy automatikus válasz"
    r"|это автоматический ответ|bu otomatik bir yanıttır|これは自動(?:応答|返信)|这是(?:一封)?自动回复"
    r"|자동 ?(?:회신|응답) ?메일입니다",
    re.IGNORECASE,
)
# Not inside quotation marks: somebody may ask about a mail that says so.
_SAYS_PROGRAM = re.compile(
    r"(?<![\"'“”„‚‘«»])(?<![\"'“”„‚‘«»]please )(?:"
    r"this (?:is an? |(?:e-?mail|message|notification|mail|communication)(?: message)? (?:is|was|has been) (?:an? )?)"
    r"(?:automatically[- ](?:generated|sent|created)|automated (?:e-?mail|message|mail|notification|response)|automated"
    r"|automatic (?:e-?mail|message|notification|confirmation)|sent automatically|generated automatically"
    r"|created automatically"
    r"|auto-?generated|(?:system|computer)[- ]generated|generated by the)"
    r"|this is an? (?:\w{1,10} )?(?:e-?mail message|e-?mail|message) (?:sent|generated|created) automatically"
    r"|(?:do not|don['’]t) (?:reply|respond)(?: directly)? to this (?:e-?mail|message|mail|notification)"
    r"|(?:automat|auto-generated|system[- ]generated|notification|unattended|not monitored).{0,80}"
    r"please (?:do not|don['’]t) (?:reply|respond)\b"
    r"|this (?:mailbox|e-?mail address|address|inbox|account) is (?:not monitored|unmonitored|unattended)"
    r"|sent from an? (?:unmonitored|unattended|notification-only)|replies to this (?:e-?mail|message|address) are not"
    r"|dies(?:e (?:nachricht|e-?mail|mail))? (?:ist|wurde) (?:eine |vom system )?(?:automatisch|maschinell)"
    r" (?:generiert|erstellt|erzeugt|versend|versch|gesend)"
    r"|bitte antworten sie nicht (?:direkt )?auf diese|auf diese (?:e-?mail|nachricht|mail) (?:bitte )?nicht antworten"
    r"|bitte nicht auf diese (?:e-?mail|nachricht|mail) antworten"
    r"|(?:merci de|veuillez|prière de) ne pas (?:y )?répondre(?: directement)?(?: à (?:ce|cet)|[.!]|$)"
    r"|ce (?:message|courriel|mail|courrier) (?:vous )?(?:a été|est) (?:envoyé|généré"
    r"|adressé) (?:de façon )?automatique"
    r"|ceci est un (?:message|courriel|e-?mail) (?:généré )?automatique|(?:message"
    r"|courriel) automatique, merci de ne pas"
    r"|(?:por favor,? )?no (?:responda|conteste) (?:directamente )?a este"
    r"|este (?:mensaje|correo)(?: electrónico)? (?:se )?(?:ha|fue)(?: sido)? (?:enviado"
    r"|generado) (?:de forma )?automática"
    r"|este es un (?:mensaje|correo(?: electrónico)?) (?:generado )?(?:automático|automáticamente)"
    r"|(?:por favor,? )?não responda a est[ea]|est[ea] (?:é um|é uma|e-?mail é|mensagem é) (?:mensagem "
    r"|e-?mail )?automátic"
    r"|mensagem automática.{0,40}não (?:é necessário )?respond|(?:e-?mail|mensagem) (?:foi )?(?:gerad"
    r"|enviad)[oa] automatic"
    r"|(?:si prega di )?non rispondere a (?:questa?|questo) (?:e-?mail|messaggio|mail)"
    r"|quest[ao] (?:è un[ao]?|e-?mail è|mail è|messaggio è)(?: stat[ao])? ?(?:e-?mail|mail|messaggio|generat[ao]"
    r"|inviat[ao])?"
    r" ?(?:generat[ao] |inviat[ao] )?(?:in modo )?automatic"
    r"|(?:gelieve )?niet (?:te )?antwoorden op (?:dit|deze) (?:e-?mail|bericht)|u kunt (?:hier"
    r"|op deze e-?mail) niet op rea"
    r"|(?:dit|deze) (?:is een|e-?mail is|bericht is) automatisch (?:gegenereerd|verstuurd|verzonden)"
    r"|dit is een automatisch (?:gegenereerd |verzonden )?(?:bericht|e-?mail)"
    r"|generat[oa] automaticamente|kunt u niet reageren|[.!] (?:automatic|automated) (?:message|e-?mail"
    r"|notification)[.!]"
    r"|prosimy (?:na nią )?nie odpowiadać|(?:prosimy )?nie odpowiada(?:ć|j) na (?:tę|ten)"
    r"|wiadomość (?:została )?(?:wy)?generowana (?:automatycznie|przez)|wiadomość (?:została )?wysłana automatycznie"
    r"|svar ikke på denne|(?:mail|besked|meddelelse|e-post) er (?:sendt|genereret|generert) automatisk"
    r"|kan ikke besvares|går inte att svara på"
    r"|svara (?:ej|inte) på (?:denna|detta)|automatiskt genererat (?:meddelande|mejl|e-post)"
    r"|ei voi vastata tähän|älä vastaa tähän|tämä on automaattinen (?:viesti|ilmoitus|sähköposti)"
    r"|neodpovídejte(?: na)?|(?:vygenerován|odeslán)[ao]? automaticky|neodpovedajte na|vygenerovan[áýé] automaticky"
    r"|automatikusan (?:generált|küldött)|ne válaszoljon (?:rá|erre)|nu răspundeți la|mesaj (?:este )?generat automat"
    r"|(?:сформировано|отправлено|создано|сгенерировано) автоматически|не отвечайте на это|отвечать на него не нужно"
    r"|(?:сформовано|надіслано|створено) автоматично|не відповідайте на|автоматично (?:створене|надіслане)"
    r"|не отговаряйте на|автоматично генериран|μην απαντήσετε σε αυτό|αυτοματοποιημένο μήνυμα"
    r"|otomatik olarak (?:gönderil|oluşturul)|yanıtlamayınız|cevaplamayınız|không (?:trả lời|phản hồi) (?:e-?mail"
    r"|thư) này"
    r"|jangan membalas e-?mail|dikirim secara otomatis|ne odgovarajte na|ne odgovarjajte na|automatski generirana"
    r"|自動送信(?:され|して|です|メール)|自動(?:配信|生成)(?:され|メール)|返信しないで|返信いただいても|送信専用"
    r"|(?:系统|系統)(?:自动|自動)(?:发送|發送|发出|發出|生成)|请勿(?:直接)?回复|請勿(?:直接)?回[覆復]"
    r"|발신 ?전용|회신하지 마|자동(?:으로)? 발송|กรุณาอย่าตอบกลับ|נא לא להשיב|אין להשיב|(?:الرجاء|يرجى) عدم الرد"
    r")",
    re.IGNORECASE,
)
# The foot of a newsletter; two of these make one, for a person may write one of them.
_MAILING = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bunsubscribe\b|\bopt[- ]out\b|newsletter abbestellen|\babmelden\b|se désinscrire|se désabonner"
        r"|désinscription"
        r"|da(?:rse|te) de baja|cancelar (?:la )?suscripción|cancelar (?:a )?inscrição|disiscriv"
        r"|cancella(?:re)? l['’]iscrizione"
        r"|\bafmelden\b|uitschrijven|avregistrera|afmeld|avmeld|wypisz|rezygnuj|odhlásit|отписаться|leiratkoz"
        r"|配信停止|退订|取消订阅|구독 취소|수신거부",
        r"(?:view|open|read) (?:it |this |this e-?mail |this message )?(?:in|on) (?:your |a |the )?(?:web )?browser"
        r"|(?:view|see) (?:the )?(?:web|online) version|im browser (?:ansehen|anzeigen|öffnen|lesen)|online-version"
        r"|(?:voir|afficher|ouvrir) .{0,40}navigateur|version en ligne|(?:ver|abrir) .{0,40}navegador"
        r"|ver(?:sión)? online"
        r"|(?:vedi|visualizza|apri) .{0,40}browser|(?:bekijk|open) .{0,40}browser|i webbläsaren"
        r"|i (?:din )?(?:browser|nettleser)"
        r"|w przeglądarce|v prohlížeči|в браузере|a böngészőben|在浏览器中|ブラウザで",
        r"(?<![\"“„«])you(?:['’]re| are) receiving this (?:e-?mail|message|mail|newsletter|because)"
        r"|you received this e-?mail because"
        r"|sie erhalten diese(?:n)? (?:e-?mail|newsletter|nachricht)|vous recevez ce(?:t|tte)? "
        r"|recibes? este (?:correo|mensaje)"
        r"|ha ricevuto questa e-?mail|u ontvangt deze|update (?:your )?preferences|manage (?:your )?preferences"
        r"|this (?:e-?mail|message) was (?:sent to|intended for)|you have received this notification because"
        r"|\byou (?:have|are|['’]re)(?: been)? subscribed\b|receive any more notifications"
        r"|(?:change|manage|update) your (?:e-?mail |notification |subscription )?(?:notification|preferences|settings)"
        r"|if you (?:don['’]t|do not|no longer) (?:want|wish) to receive|mailing list mode"
        r"|wenn sie (?:diese[nr]? |keine )(?:newsletter|e-?mails?|weiteren)|si vous ne souhaitez plus recevoir"
        r"|si (?:no desea|ya no quiere|no quieres) (?:seguir )?recib|se não (?:deseja|quiser) (?:mais )?receber"
        r"|se non (?:desidera|vuoi|vuole) più ricevere|als u (?:deze|geen) .{0,40}(?:wilt ontvangen|meer wil)"
        r"|jeśli nie (?:chcesz|chcą państwo) (?:więcej )?otrzymywać|pokud si nepřejete|если вы (?:больше )?не хотите",
    )
)
_LOOKED_AT = 3_000
_MAILING_CHARACTERS = 10_000
_STEMS = phrases_of("""
    automat/autom/auto-/auto gen/auto resp/generated/not reply/n't reply/n’t reply/not respond/n't respond/n’t respond
    replies to this/not monitored/unmonitored/unattended/notification-only/in response to/in reply to/maschinell
    antworten sie nicht/nicht antworten/nicht auf diese/ne pas/no responda/no conteste/não respond/rispondere
    antwoorden op
    niet op rea/niet reag/odpowiada/wygenerow/svar ikke/svara/besvares/vastaa/neodpov/válasz/răspunde/generat
    otomatik/yanıtla
    cevapla/не отвеча/отвечать/відповід/не отгов/απαντ/μήνυμα/không trả/không phản/membalas/odgovarj/odgovaraj/自動
    自动/返信
    送信/配信/系统/系統/请勿/請勿/자동/발신/회신/ตอบกลับ/להשיב/عدم الرد
""")


def is_absence_subject(subject: str) -> bool:
    """Whether a subject is that of an absence notice or another automatic reply."""
    return _SUBJECT.match(subject) is not None or _SUBJECT_END.search(subject) is not None


def begins_as_absence(subject: str) -> bool:
    """Whether a subject begins with a responder's words; enough for a mail that answers another."""
    return _BEGINS.match(subject) is not None or BEGINS_AWAY.match(subject) is not None


def is_leave_subject(subject: str) -> bool:
    """Whether a subject speaks of somebody's leave, as a responder's does and a person's may."""
    return _LEAVE.match(subject) is not None


def names_absent_person(subject: str) -> bool:
    """Whether a subject is a sentence about somebody who is away, as Domino writes it: "Mara Vogt is out of office"."""
    return _LEAVE_SENTENCE.match(subject) is not None


def says_read(subject: str, words: str) -> bool:
    """Whether subject and text are those of a receipt in plain text: a mail was read, or deleted unread."""
    if _READ_SUBJECT.match(subject) is None:
        return False
    return _SAYS_READ.search(" ".join(words[:_LOOKED_AT].split())) is not None


def is_mailing(text: str) -> bool:
    """Whether a text has the foot of a newsletter: two of unsubscribing, a browser's view, and why it was sent."""
    if "://" not in text and "www." not in text:  # without a link nobody can unsubscribe
        return False
    told = text if len(text) <= _MAILING_CHARACTERS else f"{text[:3_000]} {text[3_000 - _MAILING_CHARACTERS :]}"
    found = 0
    for number, pattern in enumerate(_MAILING):
        found += pattern.search(told) is not None
        if found == 2 or found < number:
            break
    return found == 2


def _told(words: str) -> str:
    """The beginning of a text as one line; "" without a word that each of these sentences has: quick to see."""
    told = " ".join(words[:_LOOKED_AT].split())
    lowered = told.lower()
    return told if any(stem in lowered for stem in _STEMS) else ""


def says_automatic_reply(words: str) -> bool:
    """Whether a text says of itself that it is an automatic reply; `words` without history."""
    return _SAYS_REPLY.search(_told(words)) is not None


def says_automatic(words: str) -> bool:
    """Whether a text says so, or says both that a program sent it and that somebody is away."""
    told = _told(words)
    if not told:
        return False
    return _SAYS_REPLY.search(told) is not None or (_SAYS_PROGRAM.search(told) is not None and says_away(told))


def says_program(words: str) -> bool:
    """Whether a text says of itself that a program sent it, or asks not to be answered."""
    return _SAYS_PROGRAM.search(_told(words)) is not None
