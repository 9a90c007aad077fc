"""Where a forwarded mail begins. It is kept with all that it quotes, because the forwarded mail is the request."""

from __future__ import annotations

import re

from daemon.mail.history import CHARACTERS, DASHES, SPACE, is_quoted, one_of

# As Gmail, Apple Mail, Thunderbird, Yahoo, Lotus Notes and Zimbra write it.
_FORWARD_WORDS = """
    forwarded message/begin forwarded message/start of forwarded message/forwarded mail/forwarded email
    weitergeleitete nachricht/weitergeleitete e-mail/weitergeleitete mail/anfang der weitergeleiteten nachricht
    anfang der weitergeleiteten e-mail
    message transféré/message réexpédié/début du message transféré/début du message réexpédié/courriel transféré
    mensaje reenviado/inicio del mensaje reenviado/missatge reenviat/mensaxe reenviada
    messaggio inoltrato/inizio messaggio inoltrato
    doorgestuurd bericht/begin doorgestuurd bericht/begin van doorgestuurd bericht
    mensagem encaminhada/mensagem reencaminhada/início da mensagem encaminhada/início da mensagem reencaminhada
    mesaj redirecționat/mesaj redirecţionat/mesaj reexpediat/mesaj înaintat
    videresendt besked/videresendt meddelelse/videresendt melding/start på videresendt besked
    start på videresendt melding/videresendt e-mail/vidaresend melding
    vidarebefordrat meddelande/vidarebefordrat mejl/vidarebefordrat brev/vidarebefordrat meddelande börjar
    välitetty viesti/edelleenlähetetty viesti/áframsend skilaboð/edastatud kiri/edastatud sõnum
    pārsūtīts ziņojums/persiųstas laiškas/persiųstas pranešimas
    wiadomość przekazana dalej/przekazana wiadomość/początek przekazywanej wiadomości/wiadomość przekazana
    přeposlaná zpráva/preposlaná správa/posredovano sporočilo/proslijeđena poruka/prosleđena poruka
    пересылаемое сообщение/пересланное сообщение/начало переадресованного сообщения/переадресованное сообщение
    переслане повідомлення/препратено съобщение/прослеђена порука
    προωθημένο μήνυμα/továbbított üzenet/iletilen mesaj/yönlendirilmiş mesaj/yönlendirilen ileti
    thư chuyển tiếp/tin nhắn đã chuyển tiếp/pesan terusan/mesej dimajukan
    転送されたメッセージ/轉寄的郵件/转发的邮件/转发邮件/已转发邮件/已轉寄的郵件/전달된 메시지/전달된 메일/ข้อความที่ส่งต่อ
    הודעה שהועברה/رسالة معاد توجيهها/الرسالة المعاد توجيهها/پیام فوروارد شده/अग्रेषित संदेश
"""
_BY = r"(?:forwarded|weitergeleitet|transféré|reenviado|inoltrato) (?:by|von|par|por|da) .{1,80}"  # Lotus Notes
_FORWARDED = rf"(?:{one_of(_FORWARD_WORDS)}|{_BY})"
# With dashes around it or (MH) before it, or as Apple Mail writes it: alone on its line with a colon.
_FORWARD = re.compile(
    rf"\s*(?:{DASHES}{SPACE}{_FORWARDED}{SPACE}[:：]?{SPACE}(?:{DASHES})?|{_FORWARDED}\s?[:：])\s*",
    re.IGNORECASE,
)
# What "forwarded" begins with in the languages of mail programs: between dashes, or with the word for a beginning, it
# is such a mark in whatever form it stands.
_FORWARD_STEMS = """
    forward/weitergeleit/transfér/réexpédi/réachemin/reenvi/reencaminh/encaminh/inoltr/doorgestuur/doorgezond/videresend
    vidaresend/vidarebeford/välitet/edelleenlähet/áframsen/edasta/edasi saad/pārsūt/persiųs/przekaz/przesłan/przesyłan
    přepos/preposl/posredovan/proslije/prosleđ/prosled/пересл/пересыл/пересила/переадрес/перенаправ/препра/прослеђ/προωθ
    továbbít/iletil/yönlendir/redirec/reexped/înaint/chuyển tiếp/terusan/diteruskan/dimajukan/転送/轉寄/转发/轉發/转寄
    전달/ส่งต่อ/הועבר/توجيه/فوروارد/अग्रेषित/birzalki/igorri
"""
_BEGINNINGS = """
    begin/start/beginning/anfang/beginn/début/inicio/inizio/início/alkaa/börjar/början/start på/upphaf/algus/sākums
    pradžia/začátek/začiatok/początek/kezdete/pričetek/početak/начало/початок/почетак/έναρξη/αρχή/başlangıcı/începutul
    bắt đầu/mulai/permulaan/开始/開始/以下/תחילת/بداية/شروع/เริ่ม
"""
_STEM = re.compile(one_of(_FORWARD_STEMS), re.IGNORECASE)
_BEGINNING = re.compile(one_of(_BEGINNINGS), re.IGNORECASE)
_IN_DASHES = re.compile(r"\s*[<=_*~-]{3,80}\s?[^-=_*~<>].{2,70}[^-=_*~<>]\s?[>=_*~-]{3,80}\s*")
_BEGUN = re.compile(r"\s*[^\d:：]{5,60}\s?[:：]\s*")
# Prefixes of Outlook, which writes no other mark: en, de, fr, es, pt, it, nl, da/nb (VS), sv, fi (VL), pl, hu, el,
# tr, ro, he, zh, ja, ko, ru, vi, id. "VS:" is an answer in Finnish; words too many are the smaller harm.
_FORWARD_SUBJECT = re.compile(
    r"\s*(?:\[[^\]]{0,40}\]\s*:?\s*)?(?:fwd?|wg|wtr|weitergeleitet|tr|rv|enc|res?env|i|inoltra|doorst|vs|vb|vl|pd"
    r"|tov|továbbítás"
    r"|πρθ|προώθ|İLT|ilt|redirecționat|הועבר|转发|轉寄|轉發|転送|전달|пересылка|пересл|перес|препр|прослеђено"
    r"|chuyển tiếp|trs|terusan|إعادة توجيه|هدایت|ส่งต่อ|přep|prep|posr|psr|prosl|edasi|ed|pārs|persiųsti|pers|fs|áfr)"
    r"\.?\s*[:：]",
    re.IGNORECASE,
)


_ENDINGS = (":", "：", "-", "_", "=", "*", "~", "‐", "–", "—", ">")


def is_forward_subject(subject: str) -> bool:
    """Whether a subject begins as those of forwarded mails do; "Re: FW: x" is an answer."""
    return _FORWARD_SUBJECT.match(subject) is not None


def begins_forward(line: str) -> bool:
    """Whether a line is the mark above a forwarded mail; it may carry the quote mark, as in Apple Mail."""
    if not (line.endswith(_ENDINGS) or "---" in line or line.rstrip().endswith(_ENDINGS)) or len(line) > CHARACTERS:
        return False
    bare = line.lstrip("> ") if is_quoted(line) else line
    if _FORWARD.fullmatch(bare):
        return True
    is_drawn = bare.lstrip()[:3].strip("<=_*~-") == "" and _IN_DASHES.fullmatch(bare) is not None
    is_begun = (
        not is_drawn
        and bare.rstrip().endswith((":", "："))
        and _BEGUN.fullmatch(bare) is not None
        and _BEGINNING.search(bare) is not None
    )
    return (is_drawn or is_begun) and _STEM.search(bare) is not None
