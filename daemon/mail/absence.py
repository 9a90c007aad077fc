"""Words of automatic replies: subjects of absence notices in the languages of mail programs, and texts that say so.

Tables and three questions about text; what follows from the answers is decided in `daemon.mail.nature`.
"""

from __future__ import annotations

import re

from daemon.mail.history import one_of, phrases_of

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
    abwesenheitsmeldung/abwesenheitsassistent/abwesenheitsbenachrichtigung/abwesenheitsantwort/abwesend
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
# A word and a colon, or nothing more: "Out of office settings do not work" is a request to IT. A desk puts its own
# tag before it ("[lindwerk #12] AutoReply: ..."), a gateway its "[EXT]".
_SUBJECT = re.compile(
    rf"[\[(]?\s*(?:[^\[\]]{{0,80}}\]\s*)?[\[(]?(?:{one_of(_SUBJECT_WORDS)})\s*(?:[\])]"
    rf"|[:：!]|\s[-–—]\s|\s(?:until|till|bis|vom|jusqu|hasta|fino|tot|til)\b"
    rf"|\s(?:re|aw|sv|vs|antw|antwort|rép|res|ris|rif|r|odp|ynt|fwd?)\s?:|$)",
    re.IGNORECASE,
)

# Or at the end of the subject that it answers: "Re: Printer (Out of office)".
_SUBJECT_END = re.compile(rf"[\[(](?:{one_of(_SUBJECT_WORDS)})[\])]\s*$", re.IGNORECASE)

# What a responder says of itself at the start or the end of its text. Sentences about the mail itself, which nobody
# writes about a matter of their own.
_SAYS_REPLY = re.compile(
    r"this (?:e-?mail |message )?(?:is|was) an? (?:automatic(?:ally)?"
    r"|automated|auto)[- ]?(?:generated )?(?:e-?mail )?"
    r"(?:reply|response|answer|acknowledge?ment)"
    r"|this (?:reply|response|acknowledge?ment|message|e-?mail) (?:is"
    r"|was|has been) (?:automatically )?(?:generated|sent)"
    r" (?:automatically )?in (?:response|reply) to"
    r"|automatically generated (?:reply|response|acknowledge?ment)"
    r"|dies(?:e (?:nachricht|e-?mail|mail))? ist eine automatisch(?:e| generierte| erstellte| erzeugte| versendete)"
    r" (?:antwort|eingangsbestätigung|abwesenheits\w{1,20}|rückmeldung)"
    r"|ceci est une réponse automatique|ce message est une réponse automatique"
    r"|(?:esta|este) es una respuesta automática|esta é uma resposta automática"
    r"|questa è una risposta automatica|dit is een automatisch(?:e)? (?:antwoord|reactie|gegenereerd antwoord)"
    r"|dette er et? automatisk svar|detta är ett automatiskt svar|tämä on automaattinen vastaus"
    r"|to jest automatyczna odpowiedź|toto je automatická odpověď"
    r"|toto je automatická odpoveď|ez egy automatikus válasz"
    r"|это автоматический ответ|bu otomatik bir yanıttır|これは自動(?:応答|返信)|这是(?:一封)?自动回复"
    r"|자동 ?(?:회신|응답) ?메일입니다",
    re.IGNORECASE,
)
_SAYS_PROGRAM = re.compile(
    r"this (?:e-?mail|message|notification|mail) (?:is|was"
    r"|has been) (?:an? )?(?:automatically (?:generated|sent|created)"
    r"|automated|sent automatically|generated automatically"
    r"|created automatically|auto-?generated|system[- ]generated)"
    r"|(?:please )?do not (?:reply|respond) (?:directly )?to this (?:e-?mail|message|mail|notification)"
    r"|this (?:mailbox|e-?mail address|address|inbox) is not monitored|sent from an unmonitored"
    r"|dies(?:e (?:nachricht|e-?mail|mail))? (?:ist|wurde) (?:eine )?(?:automatisch"
    r"|maschinell) (?:generiert|erstellt|erzeugt|versend|versch)"
    r"|bitte antworten sie nicht (?:direkt )?auf diese|auf diese e-?mail (?:bitte )?nicht antworten"
    r"|(?:merci de|veuillez) ne pas répondre (?:directement )?à (?:ce|cet)"
    r"|ce (?:message|courriel) (?:a été|est) (?:envoyé|généré) automatique"
    r"|(?:por favor,? )?no responda (?:directamente )?a este"
    r"|este (?:mensaje|correo) (?:se )?ha(?: sido)? (?:enviado|generado) automática"
    r"|(?:por favor,? )?não responda a est[ea]|(?:si prega di )?non rispondere a questa? (?:e-?mail|messaggio)"
    r"|(?:gelieve )?niet (?:te )?antwoorden op (?:dit|deze) (?:e-?mail|bericht)"
    r"|dit is een automatisch (?:gegenereerd )?bericht"
    r"|(?:prosimy )?nie odpowiada(?:ć|j) na (?:tę|ten)|wiadomość (?:została )?wygenerowana automatycznie"
    r"|svar ikke på denne|svara inte på detta|ei voi vastata tähän|neodpovídejte na tento",
    re.IGNORECASE,
)
# The sentence with which a person's notice begins, in the first person. One sign among others, never alone.
_SAYS_AWAY = re.compile(
    r"i(?:'m| am| will be) (?:currently |presently )?(?:out of (?:the )?office|away"
    r"|on (?:annual |parental |sick |maternity |paternity )?(?:leave|vacation|holiday|holidays))"
    r"|i am (?:currently )?not (?:in the office|available)"
    r"|ich bin [^!?]{0,60}?(?:abwesend|nicht im|im urlaub|außer haus|nicht erreichbar)"
    r"|je suis [^.!?]{0,30}?(?:absente?|en congé|en vacances)"
    r"|(?:estoy|estaré) [^.!?]{0,30}?(?:fuera|ausente|de vacaciones)"
    r"|(?:estou|estarei) [^.!?]{0,30}?(?:fora|ausente|de férias)"
    r"|(?:sono|sarò) [^.!?]{0,30}?(?:fuori|assente|in ferie)"
    r"|ik ben [^.!?]{0,50}?(?:afwezig|niet aanwezig|met vakantie|op vakantie|niet op kantoor)"
    r"|jeg er [^.!?]{0,30}?(?:ikke|på ferie)"
    r"|jag är [^.!?]{0,30}?(?:inte på|borta|på semester|ledig)|olen [^.!?]{0,30}?(?:lomalla|poissa)"
    r"|jestem [^.!?]{0,30}?(?:nieobecn|poza biurem|na urlopie)|jsem [^.!?]{0,30}?(?:mimo kancelář|na dovolené)"
    r"|(?:я )?(?:нахожусь|буду) в отпуске|меня не будет в офисе|ofis dışındayım|izindeyim",
    re.IGNORECASE,
)
_LOOKED_AT = 3_000
_STEMS = phrases_of("""
    automat/autom/auto-/auto gen/reply/respon/respuesta/system/monitor/unmonitored/generat/sent in/maschinell/antworten
    répon/rispondere/antwoord/odpowiad/wygenerow/svar/svara/vastat/neodpov/otomatik/自動/自动/자동/автомат
""")


def is_absence_subject(subject: str) -> bool:
    """Whether a subject is that of an absence notice or another automatic reply."""
    return _SUBJECT.match(subject) is not None or _SUBJECT_END.search(subject) is not None


def _told(words: str) -> str:
    """The beginning of a text as one line; "" without a word that each of these sentences has: quick to see."""
    told = " ".join(words[:_LOOKED_AT].split())
    lowered = told.lower()
    return told if any(stem in lowered for stem in _STEMS) else ""


def says_automatic_reply(words: str) -> bool:
    """Whether a text says of itself that it is an automatic reply; `words` without history."""
    return _SAYS_REPLY.search(_told(words)) is not None


def says_program(words: str) -> bool:
    """Whether a text says of itself that a program sent it, or asks not to be answered."""
    return _SAYS_PROGRAM.search(_told(words)) is not None


def says_away(words: str) -> bool:
    """Whether a text begins as an absence notice does; people write so too, so it needs another sign."""
    return _SAYS_AWAY.search(" ".join(words[:_LOOKED_AT].split())) is not None
