"""Absence notices of people, known by their words alone: who is away says until when and whom to ask instead.

Responders that write no field and keep the subject send nothing but such a notice. People write of their leave too,
with something else besides, and then it is a request; what is lost here is lost for good.
"""

from __future__ import annotations

import re

from daemon.mail.history import phrases_of

_LOOKED_AT = 3_000
# The sentence with which a person's notice begins, in the first person, by language. One sign among others, never
# alone.
_AWAY_ROWS = r"""
    en i(?:['’]m| am| will be) (?:currently |presently )?(?:out of (?:the )?office|away|travell?ing)
    en i(?:['’]m| am| will be) (?:currently )?on (?:\w{3,12} )?(?:leave|vacation|holidays?|sabbatical)
    en i am (?:currently )?not (?:in the office|available)|(?:is|will be) (?:currently )?out of (?:the )?office
    en no longer (?:with|employed|work)\w{0,3}\b
    en i (?:have )?(?:left|retired from|changed) (?:\w+ ){1,3}(?:as of|on|at the end|in)\b
    en (?:our )?(?:office|offices|company) (?:is|are|will be|remains?) closed
    de ich werde [^!?]{0,60}?nicht (?:im büro|im haus|erreichbar)
    de ich befinde mich [^!?]{0,40}?(?:im urlaub|in elternzeit)
    de ich bin [^!?]{0,60}?(?:abwesend|in den ferien|nicht im|im urlaub|außer haus|nicht erreichbar|in elternzeit)
    de ich bin [^!?]{0,60}?(?:auf (?:dienst|geschäfts)reise|erkrankt|krankgeschrieben|im mutterschutz|auf fortbildung)
    en \b(?:has|have) (?:retired|left (?:the company|us))|i(?:['’]m| am| will be) attending (?:a |an |the )?\w
    en i(?:['’]m| am| will be) [^.!?]{0,20}?(?:off (?:sick|work|duty)|out sick|on (?:a )?business trip|unwell)
    fr (?:bureaux?|entreprise|société|nous (?:sommes|serons))\b[^.!?]{0,40}?fermée?s?
    es/pt (?:oficinas?|empresa|estaremos|estamos|escritório)\b[^.!?]{0,40}?(?:cerrad|fechad|encerrad)
    it (?:uffici\w?|azienda|siamo|saremo)\b[^.!?]{0,40}?chius
    nl/da/sv (?:kantoor|bedrijf|kontoret|vi (?:har|holder|er))\b[^.!?]{0,40}?(?:gesloten|lukket|stengt|stängt)
    pl (?:biuro|firma|urząd)\b[^.!?]{0,40}?(?:nieczynn|zamknięt)
    de ich bin [^!?]{0,40}?wieder (?:im büro|im haus|im dienst|erreichbar|für sie da)
    de ich bin [^!?]{0,60}?nicht mehr (?:bei|für)
    de (?:büro|betrieb|firma|kanzlei|praxis|geschäftsstelle|wir) [^!?]{0,60}?(?:geschlossen|betriebsferien)
    fr je (?:suis|serai) [^.!?]{0,30}?(?:absente?|en congés?|en vacances|en déplacement)|je ne fais plus partie
    es (?:estoy|estaré|me encuentro|me encontraré) [^.!?]{0,30}?(?:fuera|ausente|de vacaciones|de baja|de permiso)
    es ya no (?:trabajo|formo parte)
    pt (?:estou|estarei|encontro-me|encontrar-me-ei) [^.!?]{0,30}?(?:fora|ausente|de férias|em férias|de licença)
    it (?:sono|sarò|mi trovo) [^.!?]{0,30}?(?:fuori|assente|in ferie|in vacanza|in malattia)
    ca (?:soc|estic|seré|estaré) [^.!?]{0,30}?(?:fora|absent|de vacances)
    nl ik ben [^.!?]{0,50}?(?:afwezig|niet aanwezig|met vakantie|op vakantie|niet op kantoor|met verlof)
    da/nb jeg (?:er|har|holder|vil være) [^.!?]{0,30}?(?:ikke|ferie|permisjon|orlov|barsel|fraværende|bortreist)
    sv jag (?:är|har) [^.!?]{0,30}?(?:inte på|borta|på semester|semester|ledig|tjänstledig|föräldraledig)
    fi (?:olen|jään) [^.!?]{0,40}?(?:lomalla|poissa|vapaalla|lomalle)
    is ég (?:er|verð) [^.!?]{0,30}?(?:í fríi|frá vinnu|í orlofi)
    et (?:olen|viibin) [^.!?]{0,40}?(?:puhkusel|kontorist (?:eemal|väljas)|lapsehoolduspuhkusel)
    lv (?:esmu|atrodos) [^.!?]{0,40}?(?:atvaļinājumā|prombūtnē)
    lt (?:atostogauju|(?:esu|būsiu) [^.!?]{0,30}?(?:atostogose|išvyk|ne biure))
    pl (?:jestem|będę|przebywam) [^.!?]{0,40}?(?:nieobecn|poza biurem|na urlopie|na zwolnieniu)
    cs (?:jsem|budu|čerpám) [^.!?]{0,40}?(?:mimo kancelář|na dovolené|dovolenou|nepřítomn)
    sk (?:som|budem|čerpám) [^.!?]{0,40}?(?:mimo kancelári|na dovolenke|dovolenku|neprítomn)
    sl (?:sem|bom) [^.!?]{0,40}?(?:na dopustu|odsot[ne]|zunaj pisarne)|na dopustu sem
    hr/sr (?:sam|bit ću|biću|nalazim se) [^.!?]{0,40}?(?:na godišnjem|na odmoru|odsut[na]|izvan ureda|van kancelarije)
    hr/sr na (?:godišnjem )?odmoru sam|na godišnjem sam|на (?:годишњем )?одмору сам
    hr/sr odsut[na]\w{0,3} sam
    hu (?:szabadságon|szabadságomat|házon kívül|távol)\b[^.!?]{0,30}?(?:vagyok|leszek|töltöm|tartózkodom)
    ro (?:sunt|voi fi|mă aflu) [^.!?]{0,30}?(?:în concediu|plecat|absent|în afara biroului|în vacanță)
    ru (?:нахожусь|буду|я) в (?:\w+ )?отпуске|меня (?:не будет|нет) (?:в офисе|на месте)|нет на (?:рабочем )?месте
    ru (?:буду|я) отсутств
    uk (?:перебуваю|буду|я) (?:зараз )?(?:у|в) (?:\w+ )?відпустці|мене (?:не буде|немає) (?:в офісі|на місці)
    uk буду відсут
    bg (?:съм|ще бъда) [^.!?]{0,30}?(?:в отпуск|извън офиса)|в отпуск съм
    el (?:θα (?:απουσιάζω|λείπω|είμαι εκτός)|απουσιάζω|είμαι [^.!?]{0,20}?(?:σε άδεια|εκτός γραφείου))
    tr (?:izindeyim|izinli(?:yim| olacağım)|ofis dışında(?:yım| olacağım)|tatildeyim|tatilde olacağım|izinde olacağım)
    vi tôi (?:đang|sẽ) [^.!?]{0,30}?(?:nghỉ|đi công tác|vắng mặt|không có mặt)
    id/ms saya (?:sedang|akan) [^.!?]{0,30}?(?:cuti|libur|bercuti|di luar (?:kantor|pejabat))
    he אני (?:נמצאת? )?(?:בחופשה|בחופשת|מחוץ למשרד|בחו"ל)|אהיה (?:בחופשה|בחופשת|מחוץ למשרד)
    ar (?:أنا |إنني )?(?:حاليا |حالياً )?في (?:إجازة|اجازة|عطلة)|خارج المكتب
    fa (?:در|به) مرخصی|خارج از دفتر
    hi छुट्टी पर|अवकाश पर
    th ลาพักร้อน|ลาพักผ่อน|ไม่อยู่ที่(?:ทำงาน|สำนักงาน)
    ja (?:休暇|お休み|休み|夏季休業|出張|不在)(?:を(?:いただ|頂|取得)|に(?:な|し)|中|のため|で|と(?:な|さ))
    zh (?:正在|目前|现在|現在|将|將)?[^，。！]{0,8}(?:休假|出差|度假|外出|不在办公室|不在辦公室)
    ko 휴가(?:로|중|를|입니다| 중| 관계)|출장(?:으로|중| 중)|부재(?:중| 중)|자리를 비우
"""
# What such a notice says besides, in the three matters of which a responder speaks: until when, whom to turn to
# instead, and what becomes of the mail. People leave most of it out.
_UNTIL_ROWS = r"""
    en \b(?:this|next|all) week\b
    nl weer (?:op kantoor|aanwezig|bereikbaar)
    et \b(?:jaanuari|veebruari|märtsi|aprilli|mai|juuni|juuli|augusti|septembri|oktoobri|novembri|detsembri)ni\b
    ar من \d
    en \b(?:from .{1,30} to|between .{1,30} and)\b
    en \b(?:until|till|return (?:on|to)|returning|will (?:not )?return|be back|back (?:on|in)|as of)\b
    de \b(?:bis (?:zum |einschließlich |voraussichtlich )?\w+|ab dem|zurück|geschlossen|zum \d)\b
    de \bwieder (?:da|erreichbar|für sie)\b
    fr \b(?:jusqu|de retour|retour|du \d.{1,20} au \d)\b
    es/pt/it/ca \b(?:hasta|vuelvo|regres\w{1,4}|até|fino al?|rientr\w{1,5}|dal \d.{1,20} al|fins al?|del \d.{1,20} al)\b
    nl/da/nb/sv \b(?:tot (?:en met )?|terug|til (?:og med )?|tilbage|tilbake|till (?:och med )?|tillbaka|åter)\b
    fi/et/lv/lt \b(?:saakka|asti|palaan|kuni|tagasi|līdz|iki|grįšiu)\b|\d\.?\s?[–-]\s?\d
    pl/cs/sk/sl/hr \b(?:do (?:dnia )?\d+|wracam|wrócę|vrátím|vrátim|od \d.{1,12} do|vraćam|vrnem)\b
    hu \b(?:\w{0,12}\d{1,2}-?(?:ig|án|én)|-ig|visszatér\w{0,5})\b
    ro \b(?:până (?:pe|în|la)|revin|mă întorc)\b
    ru/uk/bg \b(?:по|до|с|з|від) \d|вернусь|выйду|повернусь|връщам
    el \b(?:έως|μέχρι|από \d)\b|επιστρ[έε]
    tr \d\w{0,3}.{0,20}tarih|kadar|döneceğim|dönüyorum
    vi/id \b(?:đến (?:hết )?(?:ngày)?|trở lại|sampai|hingga|kembali)\b
    he/ar/fa עד\s|אחזור|שובי|حتى|إلى غاية|سأعود|عودتي|تا تاریخ
    ja/zh/ko まで|から|至\s?\d|到\s?\d|直到|返回|回来|까지|부터|복귀
    th จนถึง|ถึงวันที่|กลับมา
"""
_INSTEAD_ROWS = r"""
    en please contact [^.!?]{0,60}?(?:@|\d{4}|\d \d)
    en (?:send|direct|forward|address) (?:all|any|your|future) [^.!?]{0,40}?\S@
    en (?:please )?(?:use|write to|contact|email) \S{1,60}@|\burgen|emergenc|during (?:my|this) absence|in my absence
    en direct (?:all|any|your)|\b(?:please )?contact \w+ instead
    de (?:bitte )?wenden sie sich|dringend|notf[aä]ll|vertretung|vertreter|wenden sie sich
    is brýn|hafið samband
    fr (?:merci d['’]|veuillez |vous pouvez )(?:adresser|contacter|écrire)|en cas d['’]urgence|en mon absence
    fr pour toute urgence|s['’]adresser
    es/pt/it/ca en mi ausencia|na minha ausência|in mia assenza|urg[eê]n[zct]|entr(?:ar|e) em contat|dirij[aoi]
    es/pt/it/ca rivolger
    es/pt/it/ca contact[ae] (?:con|a|o)
    nl/da/nb/sv dringende|spoed|haste|akut|brådskande|(?:kan du|ta|kontakt) kontakt|haster det
    fi asioissani|sijaise(?:ni|na)
    fi/et/lv/lt kiireelli|kiireloomulis|kiirete|steidzam|skubi
    pl/cs/sk/sl/hr piln|naléhav|súrn|hitn|nujn|w sprawach|obratite se|obrnite
    hu sürgős|forduljon|keress[eé]
    ro urgen|contacta[țt]i
    ru/uk/bg срочн|термінов|спешн|неотложн|обращайтесь|звертайтеся|обърнете
    el επείγο|επικοινων[ήε]
    tr acil|iletişime geç
    vi/id gấp|khẩn|liên hệ|mendesak|darurat|hubungi
    he/ar/fa דחופ|לפנות ל|عاجل|للطوارئ|التواصل مع|فوری
    ja/zh/ko 緊急|お急ぎ|急ぎの|紧急|急事|如有急|급한|긴급
    th เร่งด่วน|กรุณาติดต่อ
"""
_MAIL_ROWS = r"""
    en (?:no|limited|little|without|not have|intermittent|sporadic) access
    en not (?:be |been )?(?:checking|reading|forwarded|monitored)
    en (?:respond|reply|answer|attend|get back)\b.{0,60}\b(?:return|back|when i|as soon as)|when i (?:return|get back)
    en (?:upon|after|on) my return|thank you for your (?:e-?mail|message)
    de nicht (?:automatisch )?weitergeleitet
    de (?:wird|werden) (?:[^.!?]{0,40}?nicht )?(?:automatisch )?(?:gelesen|weitergeleitet|bearbeitet)
    de (?:mails|e-mails|nachrichten|postfach) (?:nur )?(?:sporadisch|gelegentlich|unregelmäßig|eingeschränkt)
    de (?:mail|nachricht|anfrage)\w{0,3} (?:dann|danach|anschließend) (?:beantworten|lesen|bearbeiten)
    de nach meiner rückkehr|keinen zugriff|danke für ihre (?:nachricht|e-?mail|mail)
    fr à mon retour|ne ser\w{1,3} pas (?:lu|transféré|transmis)|pas accès
    es/pt a mi (?:regreso|vuelta)|sin acceso|n[oã]o? (?:tendré|terei|tengo) acceso|no meu (?:retorno|regresso)
    es/pt sem acesso
    fr/it/es (?:alla|à la) r[ée](?:apertura|ouverture)|risponder[òe]\w{0,3}|responderemos|répondrons
    fr/it/es pourrai vous répondre
    it al mio rientro|non (?:ho|avrò) accesso
    nl niet (?:automatisch )?(?:doorgestuurd|gelezen)|bij terugkomst|na mijn terugkeer|wordt niet gelezen
    da/nb når jeg er tilbage|når jeg er tilbake|(?:ikke|bliver ikke|blir ikke) (?:lest|læst|videresendt)|tjekker ikke
    da/nb sjekker ikke
    sv när jag är|inte (?:läs|vidarebefordr)|läse[rs] inte
    is svara þegar|ekki (?:lesinn|lesin)
    fi en lue|vastaan (?:viesteihin |sinulle )?(?:lomani|palattuani)|ei lueta|lomani jälkeen
    et/lv/lt ei loe|vastan (?:esimesel|naastes)|nelasu|atbildēšu|neskaitau|atsakysiu
    pl po powrocie|nie mam dostępu|nie będę (?:mieć|miał|miała) dostępu|nie odczytuję
    cs/sk po (?:mém|mojom|svém|svojom) návrate?u?|po návratu|nemám přístup|nemám prístup|nečtu
    sl/hr ne bom|po vrnitvi|po povratku|neću imati pristup|nemam pristup|odgovorit ću|odgovoriću
    hu nem olvasom|válaszolok|válaszolni fogok|visszatérésem után|nem érem el
    ro nu am acces|nu voi avea acces|la întoarcere|voi răspunde
    ru/uk/bg после возвращения|по возвращении|нет доступа|не имею доступа|не матиму доступ|не маю доступ
    ru/uk/bg після повернення|нямам достъп
    ru/uk/bg отвечу|відповім|ще отговоря
    el χωρίς πρόσβαση|δεν (?:θα )?έχω πρόσβαση|θα απαντήσω|με την επιστροφή
    tr erişimim|dönüşümde|yanıtlayamay|cevaplayamay|size dönüş yapacağım|yanıtlayacağım
    vi không (?:thể )?(?:kiểm tra|truy cập|trả lời)|sẽ trả lời
    id/ms tidak (?:dapat |bisa )?(?:mengakses|membaca|membuka)|akan (?:membalas|menjawab)
    he לא אהיה זמינ|אשיב|אענה|ללא גישה|אחזור אליכ
    ar/fa لن أتمكن|لن يكون|سأرد|سوف أرد|دسترسی نخواهم
    ja (?:休暇明け|休み明け|出社後|帰社後|戻り次第)|返信[はが][^。]{0,20}(?:以降|遅|後日)
    ja ご?返信(?:が遅|いたし|させて)|確認(?:が)?(?:でき|遅れ)
    ja 対応(?:が)?(?:でき|遅れ)
    zh 无法(?:及时|立即)?(?:回复|查看)|無法(?:及時|立即)?(?:回覆|查看)|尽快回复|儘快回覆
    zh (?:回来|返回|假期)(?:之?后|後)(?:再|会|將|将)?.{0,6}回
    ko (?:메일|회신|답변|답장|확인)(?:이|을|가|를)? ?(?:확인이 )?(?:어렵|불가|늦|지연)|복귀 ?후
    th ไม่สามารถ(?:ตอบ|เข้าถึง)|จะตอบกลับ
"""
# Whoever has left the house comes back on no day, and says only whom to turn to.
_LEFT = re.compile(
    r"\bi(?:['’]m| am)? no longer (?:with|employed|work)|\bi (?:have )?left (?:the company|\w+ (?:as of|on|at))"
    r"|je ne (?:fais|travaille) plus|ya no trabajo"
    r"|ich bin [^.!?]{0,40}?nicht mehr (?:bei|für|im)|non (?:lavoro|faccio) più|já não trabalho|não trabalho mais"
    r"|ik (?:werk|ben) [^.!?]{0,20}?niet (?:meer|langer)"
    r"|(?:arbetar|jobbar) inte längre|arbejder ikke længere|jobber ikke lenger|nie pracuję już|już nie pracuję"
    r"|už nepracuji|už nepracujem|больше не работаю",
    re.IGNORECASE,
)
# What a notice may say besides without becoming a request: thanks for the mail, and wishes.
_COURTESY = re.compile(
    r"^(?:\W{0,3}(?:hi|hello|dear|hallo|guten tag|sehr geehrte|bonjour|hola|ciao|hej|hei|moi|cześć|dzień dobry)\b|thank"
    r"|many thanks|danke|vielen dank|merci|gracias|grazie|obrigad|bedankt|dank |tak |takk|tack|kiitos|dziękuj|děkuj"
    r"|ďakuj|hvala|köszön|mulțumesc|спасибо|дякую|благодар|ευχαριστ|teşekkür|cảm ơn|terima kasih|i wish|ich wünsche"
    r"|je vous souhaite|happy|merry|frohe|schöne|best |kind |mit freundlichen|cordialement|saludos)",
    re.IGNORECASE,
)
# Whoever goes on to a matter of their own turns with such a word, or asks for something.
_MATTER = re.compile(
    r"\b(?:trotzdem|dennoch|allerdings|nevertheless|anyway|even so|in the meantime you can|cependant|sin embargo"
    r"|no obstante|tuttavia"
    r"|toch|alligevel|likevel|ändå|mimo to|přesto|все равно|please (?:look|fix|check|order|replace|delete|add|remove"
    r"|install|bring|come"
    r"|leave)"
    r"|bitte (?:trotzdem|schaut|bringt|holt|richtet|gebt|tauscht|prüft))\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<!\d)[.!](?=\s|$)|[。！]")
_BESIDES_CHARACTERS = 40
"""So much may stand in a notice that is none of its usual sentences."""


def _any(rows: str) -> re.Pattern[str]:
    """One expression for the rows of a table; before each stands the language for which it is."""
    alternatives = (row.split(" ", 1)[1] for row in map(str.strip, rows.splitlines()) if row)
    return re.compile("|".join(alternatives), re.IGNORECASE)


BEGINS_AWAY = _any(_AWAY_ROWS)
_AWAY_BESIDES = tuple(map(_any, (_UNTIL_ROWS, _INSTEAD_ROWS, _MAIL_ROWS)))
# Below a responder's own subject a few words are enough.
_ABSENT = re.compile(
    r"\b(?:out of (?:the )?office|on (?:\w{1,12} )?(?:leave|vacation|holidays?)|away|absent|absence|no longer (?:with"
    r"|work"
    r"|employed|at)|not (?:in the office|available)|left the (?:company|organi[sz]ation)|(?:received"
    r"|for) your (?:e-?mail"
    r"|message|mail)|will (?:reply|respond|answer|get back)|abwesen|urlaub|nicht (?:im (?:büro|haus)|erreichbar|mehr)"
    r"|außer haus|elternzeit|mutterschutz|(?:für|habe) ihre (?:e-?mail|nachricht|mail|anfrage)|congés?|vacances"
    r"|absente?"
    r"|ne (?:travaille|fait) plus|votre (?:message|courriel|e-?mail|mail)|vacaciones|ausente|fuera de|ya no trabaja"
    r"|su (?:mensaje|correo)|férias|fora d|não trabalha mais|(?:sua|seu) (?:mensagem|e-?mail|contato)|ferie|assente"
    r"|fuori"
    r"|non lavora più|(?:sua|tua|vostra) (?:e-?mail|mail|messaggio)|vakantie|afwezig|niet (?:meer|langer|aanwezig"
    r"|op kantoor)"
    r"|uw (?:bericht|e-?mail|mail)|på ferie|fravær|ikke på|(?:din|deres) (?:mail|e-?post|henvendelse)|semester|frånvaro"
    r"|ledig|inte på|ditt (?:mejl|mail|meddelande|e-post)|lomalla|poissa|viesti|urlop|nieobecn|wiadomość|dovolen"
    r"|nepřítom"
    r"|neprítom|szabadság|távol|concedi|dopust|odsut|izin|tatil|mesaj|отпуск|отсутств|письмо|сообщение|відпуст"
    r"|отпуска|άδεια"
    r"|απουσ|cuti|nghỉ)|休暇|休み|不在|外出|退職|お問い?合|ありがとう|休假|离开|離開|收到|휴가|부재|퇴사|ลา|חופש|إجازة",
    re.IGNORECASE,
)
_ASKS_FOR_NOTICE = re.compile(
    r"(?:please|bitte|merci de|pouvez|pourriez|por favor|per favore|graag|proszę|kan du"
    r"|vänligen)\b[^.!?]{0,60}\b(?:set|switch"
    r"|change|activate|deactivate|turn|enable|disable|richte\w{0,2}|einricht\w{0,3}|schalte\w{0,2}|änder\w{0,2}"
    r"|aktivier\w{0,2}"
    r"|activer|modifier|mettre|activ\w{1,4}|cambi\w{1,4}|attiv\w{1,4}|instellen|ustaw\w{0,3}|aktiver\w{0,2}|ändra)\b",
    re.IGNORECASE,
)
_NOTICE_CHARACTERS = 1_500
_QUESTIONS = ("?", "？", "؟")
# One of these stands in every such text: quick to see.
_AWAY_STEMS = phrases_of("""
    attending/retired/has left/have left/wieder/off sick/off work/off duty/out sick/business trip/unwell/dienstreise
    geschäftsreise/erkrankt/krankgeschrieben
    mutterschutz
    fortbildung/fermé/cerrad/fechad/encerrad/chius/gesloten/lukket/stengt/stängt/nieczynn/zamknięt/office/away/leave
    vacation/holiday/no longer/available/travel/closed/sabbatical/i have /i left/retired/abwesend
    nicht im/urlaub/außer haus/erreichbar/elternzeit/geschlossen/ferien/nicht mehr/absent/congé/vacances/fais plus
    déplacement/fuera/ausente/vacaciones/de baja/permiso/ya no/fora/férias/licença/fuori/assente/ferie/vacanza
    malattia
    afwezig/aanwezig/vakantie/kantoor/verlof/ikke/ferie/permisjon/orlov/barsel/fravær/bortreist/inte på/borta/semester
    ledig/lomal/poissa/vapaalla/fríi/frá vinnu/orlof/puhkusel/kontorist/atvaļin/prombūt/atostog/išvyk/ne biure
    nieobecn
    poza biurem/urlop/zwolnieni/kancelář/dovolen/nepřítom/kancelári/neprítom/dopust/odsot/pisarn/godišnj/odmor/odsut
    ureda/kancelarij/одмор/szabads/házon/távol/concediu/plecat/birou/vacanț/отпуск/офис/мест/отсутств/відпуст/офіс
    місці/відсут/απουσ/λείπω/εκτός/άδεια/izin/ofis dışı/tatil/nghỉ/công tác/vắng/có mặt/cuti/libur/di luar/חופש/משרד
    חו"ל/إجازة/اجازة/عطلة/خارج/مرخصی/छुट्टी/अवकाश/ลาพัก/ไม่อยู่/休暇/休み/休業/出張/不在/休假/出差/度假/外出
    휴가/출장/부재/자리를
""")


def says_away(words: str) -> bool:
    """Whether a text begins as an absence notice does; people write so too, so it needs another sign."""
    return BEGINS_AWAY.search(" ".join(words[:_LOOKED_AT].split())) is not None


def says_absent(words: str) -> bool:
    """Whether a text below a responder's subject speaks of an absence, or of the mail that it answers.

    Somebody who asks for such a notice to be set up or changed is a person.
    """
    told = " ".join(words[:_LOOKED_AT].split())
    if _ASKS_FOR_NOTICE.search(told):
        return False
    return any(pattern.search(told) for pattern in (_ABSENT, *_AWAY_BESIDES))


def may_be_absence_notice(words: str) -> bool:
    """The same question as `is_absence_notice`, quick to answer for nearly every mail."""
    if len(words) > _NOTICE_CHARACTERS or any(mark in words for mark in _QUESTIONS):
        return False
    lowered = words.lower()
    return any(stem in lowered for stem in _AWAY_STEMS)


def is_absence_notice(words: str, *, is_told_by_subject: bool) -> bool:
    """Whether a text is a whole absence notice; `words` without history.

    Somebody is away, which the subject may say, and it tells two of these (one, if the subject says it): until
    when, whom else to ask, what becomes of the mail. It says hardly anything else: whoever is away and writes of a
    matter is heard.
    """
    if not may_be_absence_notice(words) and not is_told_by_subject:
        return False
    told = " ".join(words[:_LOOKED_AT].split())
    besides = sum(pattern.search(told) is not None for pattern in _AWAY_BESIDES)
    if is_told_by_subject:
        return besides > 0
    if _MATTER.search(told):
        return False
    if _LEFT.search(told) and _AWAY_BESIDES[1].search(told):
        return _besides(told) <= _BESIDES_CHARACTERS
    return besides > 1 and says_away(told) and _besides(told) <= _BESIDES_CHARACTERS


def _besides(told: str) -> int:
    """How many characters of a text stand in sentences that are none of a notice's."""
    usual = (_COURTESY, BEGINS_AWAY, _ABSENT, *_AWAY_BESIDES)
    sentences = map(str.strip, _SENTENCE.split(told))
    return sum(len(one) for one in sentences if not any(pattern.search(one) for pattern in usual))
