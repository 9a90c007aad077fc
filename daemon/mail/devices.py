"""Lines that phones and apps put below a person's words, in the languages of their users."""

from __future__ import annotations

import re
from collections.abc import Sequence

from daemon.mail.history import CHARACTERS, is_rule, phrases_of

_SENT = (
    "sent|gesendet|verschickt|verfasst|geschrieben|sende|envoyé"
    "|enviado|enviada|enviat|inviato|inviata|verstuurd|verzonden"
    "|gestuurd|sendt|skickat|skickades|lähetetty|wysłan[eoya]"
    "|odesláno|odoslané|poslano|poslato|послато|отправлено|надіслано|"
    "изпратено|στάλθηκε|αποστολή|elküldve|küldve|trimis|saadetud|nosūtīts|išsiųsta|dikirim|dihantar|đã gửi"
)
_FROM = (
    "from|via|with|using|by|von|mit|über|des de|des|de|depuis|avec|à partir de|à partir d['’]|desde|con|do|a partir do"
    "|com|da|dal|dalla"
    "|vanaf|vanuit|met|fra|från|med|z|ze|przy użyciu|iz|с|со|из"
    "|через|з|із|от|од|από|az|a|de pe|din|cu|no|iš|dari|daripada|từ|s|sa|са|på|úr|minu"
)
_MY = (
    "my|meine[mrn]|mon|ma|mi|mio|mia|il mio|mijn|m'n|meu|min|mitt|mit|mojego|mojej|moim|mého|môjho|mojega|mog|moga"
    "|моего|мого|мог|моя|το|meg|saya|el meu|del meu|o meu|the"
)
_THING = (
    r"iphon|ipad|ipod|android|outlook|yahoo|samsung|galaxy|huawei|xiaomi|redmi|oppo|oneplus|gmail|proton|protonmail"
    r"|blackberry|handy|mobil|mobile|smartphone|phone|telefon|móvil|celular|telefoon|nokia|pixel|windows|mail|posta"
    r"|correo|courriel|courrier|post|e-post|pošta|почт|пошт|spark|sähköposti"
    r"|thunderbird|k-9|gmx|web\.de|zimbra|tablet|boxer|typeapp"
    r"|bluemail|zoho|xperia|motorola|htc|treo|palm|t-online|freenet|аутлук|телефон|boîte"
    r"|갤럭시|휴대|핸드폰|스마트폰|메일|スマートフォン|スマホ|携帯|メール|手机|手機|邮件|郵件|邮箱|信箱"
)
_LINK = re.compile(r"\s?[<(\[]\s?(?:https?://|www\.)[^\s<>()\[\]]{1,300}\s?[>)\]]")
_BARE_LINK = re.compile(r"\s{0,3}(?:https?://|www\.)\S{1,300}\s{0,3}")
# "Get Outlook for iOS" in the languages of Outlook: the verb stands before, or behind.
_GET = (
    r"get|hol dir|holen sie sich|hent|hämta|skaffa|skaff deg|få|last ned|obtenir|obtenez|télécharge[rz]|obtener|obtén"
    r"|obtenga|obter|obtenha|baixar|descargar|scarica|ottieni|pobierz(?: aplikację| program)?|získejte(?: aplikaci)?"
    r"|získať|získajte|загрузить|скачать|получить|отримати|завантажити|obțineți|descărcați|λήψη του|αποκτήστε το|hanki"
    r"|download|tải|dapatkan|unduh|קבל את|השג את|הורד את|الحصول على|احصل على|获取|下载|取得|獲取|下載|pridobite"
    r"|preuzmite"
    r"|nabavite|изтеглете|вземете|laadi alla|hankige|iegūt|iegūstiet|gauti|gaukite|náðu í|az"
)
_PLATFORM = r"(?:ios|android|mac|windows|iphone|ipad)"
# "Sent from my iPhone", "Von meinem iPhone gesendet", "Get Outlook for iOS<https://aka.ms/o0ukef>".
_DEVICE = re.compile(
    rf"\s*[-–—*_(\[]{{0,3}}\s?(?:"
    rf"(?:{_SENT}) (?:on the (?:go|move|run)|(?:{_FROM}) ?(?:(?:{_MY}) [^,.?!]{{1,40}}|.{{0,30}}(?:{_THING}).{{0,60}}))"
    rf"|(?:this (?:e-?mail|message) was sent|diese (?:nachricht|e-?mail|mail) wurde) (?:{_FROM}) .{{0,30}}"
    rf"(?:{_THING}).{{0,60}}"
    rf"|(?:von|mit|über|van) (?:(?:{_MY}) .{{1,40}}|.{{0,30}}(?:{_THING}).{{0,30}}|unterwegs)"
    r" (?:ge|ver)(?:sendet|schickt|zonden|stuurd)"
    rf"|(?:{_GET}) (?:o |il |la |l['’])?(?:outlook|bluemail|typeapp|aquamail|k-9 mail|spark|mymail)\S{{0,4}} .{{0,12}}?"
    rf"{_PLATFORM}\S{{0,12}}"
    r"|outlook (?:für|voor) .{1,20} (?:beziehen|downloaden|herunterladen)"
    rf"|(?:outlook for )?{_PLATFORM} ?(?:için|版|용|用の?|向け)? ?(?:outlook.{{0,4}} ?)?(?:edinin|を入手|を取得"
    rf"|다운로드|下载)"
    rf"|(?:获取|取得|下载|下載) ?{_PLATFORM} ?(?:版|用) ?outlook"
    rf"|.{{0,40}}(?:{_THING}).{{0,30}}(?:から送信(?:されました|しました)?|에서 보냄|에서 보냈습니다|gönderildi"
    rf"|küldve|elküldve)"
    r"|yahoo mail: search, organize, conquer|(?:provenance|provenienza|procedencia) ?: .{1,40}"
    rf"|(?:发自|發自|发送自|寄件自)(?:我的)? ?.{{1,40}}|(?:来自|來自|从|從)(?:我的)? ?.{{0,12}}(?:{_THING}).{{0,12}}"
    r"|(?:ส่งจาก|נשלח מה-?|נשלח מ) ?.{1,40}"
    r"|(?:أُرسلت من|أرسلت من|مرسل من|تم الإرسال من|ارسال شده از) ?.{1,40}"
    r"|lähetetty .{0,30}(?:iphone|ipad|android|puhelimes|outlook|laittees|sähköpost).{0,30}"
    r")\s?[)\]*_]{0,2}\.?\s*",
    re.IGNORECASE,
)
# Apps of any name, which their capital letter gives away: "Sent via Superhuman", "Gesendet mit Canary".
_APP = re.compile(
    r"\s*(?:Sent|Gesendet|Envoyé|Enviado|Inviato|Verzonden|Verstuurd|Sendt|Skickat)"
    r" (?:from|via|with|using|mit|über|depuis|desde|da|vanuit|fra|från)(?: [A-Z][\w+-]{1,20}){1,3}[.!]?\s*"
)
_DEVICE_CHARACTERS = 120
# One of these stands in every such line: quick to see.
_DEVICE_STEMS = phrases_of("""
    sent /sent:/gesend/schickt/verfasst/geschrieben/sende /envoy/enviad/enviat/inviat/verstuurd/verzonden/gestuurd/sendt
    skicka/lähete/wysłan/odesl/odosl/poslan/poslat/послат/отправ/надісла/изпрат/στάλ/αποστ/küldv/trimis/saadet/nosūt
    išsiųst/dikirim/dihantar/gửi/outlook/bluemail/typeapp/aquamail/k-9 mail/get spark/mymail/yahoo mail/proven/proced
    gönderil/送信/보냄/보냈/发自/發自/发送/寄件自/来自/來自/从/從/ส่งจาก/נשלח/رسل/ارسال/الإرسال/edinin/入手/取得/获取
    下载/下載
    다운로드
""")
_DEVICE_LINES = 20  # it stands near the end, at most a disclaimer below it


def mark_devices(lines: Sequence[str], is_signed: list[bool]) -> None:
    """Marks the lines about a device among the last of a stretch, and a rule right above one."""
    near_end = [number for number, line in enumerate(lines) if line.strip()][-_DEVICE_LINES:]
    tail = " ".join(lines[number][:CHARACTERS].lower() for number in near_end)
    for number in near_end if any(stem in tail for stem in _DEVICE_STEMS) else ():
        is_alone = number == 0 or not lines[number - 1].strip()
        if len(lines[number]) >= CHARACTERS or not _is_device(lines[number], is_alone=is_alone):
            continue
        is_signed[number] = True
        if number and is_rule(lines[number - 1]):
            is_signed[number - 1] = True
        if number + 1 < len(lines) and _BARE_LINK.fullmatch(lines[number + 1][:CHARACTERS]):
            is_signed[number + 1] = True


def _is_device(line: str, *, is_alone: bool) -> bool:
    """Whether a phone or an app put this line below the words; a link in it does not count."""
    shown = _LINK.sub("", line)
    return len(shown) < _DEVICE_CHARACTERS and bool(_DEVICE.fullmatch(shown) or (is_alone and _APP.fullmatch(shown)))
