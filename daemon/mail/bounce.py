"""Bounces that are no multipart/report: text in which a mail server says what became of a mail.

Postfix, Sendmail, Exim, qmail, Exchange, Domino, Gmail, Yahoo, MDaemon and the gateways before them each have
their own sentences. Two questions: is it one, and what does it say. A person's mail about a bounce is none:
only what stands first in the text counts, and a forwarded bounce is the request of whoever forwards it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from daemon.mail.addresses import read_address
from daemon.mail.body import own_words
from daemon.mail.forward import is_forward_subject
from daemon.mail.identity import signed_ids
from daemon.mail.message import Message, Report

TEXT = "text"
"""The kind of a Report that was read from text."""

_READ = 20_000
_BEGINNING = 1_500

# -- is it one --

# Only mail systems are called so: Sendmail, Postfix and qmail; Exim, Gmail, AOL; Exchange's fixed mailbox; Domino.
_MAIL_SYSTEM = re.compile(
    r"(?:^|\s)(?:mailer|mail)[-_. ]?daemon(?:$|\s|@)|^mdaemon(?:$|\s)"
    r"|mail delivery (?:sub)?system|microsoftexchange329e71ec88ae"
    r"|mail\.router(?:$|\s)|internet mail delivery",
    re.IGNORECASE,
)
# People may be behind these.
_MAYBE_SYSTEM = re.compile(
    r"postmaster|system ?administrator|systemadministrator"
    r"|administrateur syst|administrador del sistema|mail ?admin"
    r"|amministratore di sistema|mail ?router|mail[-_. ]?(?:service|server|system|gateway)"
    r"|smtp|(?:^|[-_.\s])(?:ndr|dsn|bounces?)(?:$|\s)"
    r"|anti-?virus|delivery (?:sub)?system|mail delivery|microsoft outlook|mail ?marshal|mimecast|virus ?wall",
    re.IGNORECASE,
)
_SUBJECTS = (
    r"undeliver|non-?deliver|not (?:been )?(?:yet been )?delivered"
    r"|(?:could|can)(?:not| not|n't) be delivered|unable to deliver",
    r"delivery (?:status|(?:has )?failed|failure|notification"
    r"|problem|error|warning|report|delay|incomplete|attempt)",
    r"mail (?:delivery (?:failed|status|(?:sub)?system|problem|warning)|system error|error|failed|status)"
    r"|failed (?:mail|delivery)",
    r"returned (?:mail|message|to sender)"
    r"|return(?:ing|ed) (?:message |mail )?to sender|failure (?:notice|delivery)",
    r"delayed (?:mail|message|delivery)"
    r"|(?:message|mail) .{0,60}(?:delayed|not delivered|failed)|still being retried",
    r"warning: (?:could not send|message|e?-?mail)|user unknown|unknown user"
    r"|no such user|(?:mail|message) (?:was )?rejected|rejected mail",
    r"processing error|address not found|recipient not found",
    r"unzustellbar|nicht zustellbar|nicht zugestellt|zustellung fehlgeschlagen"
    r"|zustell(?:ungs)?fehler|übermittlungs(?:status|fehler)",
    r"verzögerte zustellung|zustell(?:ungs)?(?:verzögerung|benachrichtigung)",
    r"non remis|échec de (?:la )?(?:remise|distribution)|état de remise"
    r"|non distribué|non délivré|remise (?:impossible|différée)",
    r"no se (?:puede|pudo|ha podido) entregar|no entregado"
    r"|estado de (?:la )?entrega|(?:error|fallo) (?:de|en la) entrega",
    r"não (?:foi )?(?:entregue|possível entregar)|falha na entrega|status de entrega|não é possível entregar",
    r"non recapitabile|mancat[oa] (?:recapito|consegna)|impossibile recapitare|stato del recapito|non consegnat",
    r"onbestelbaar|niet (?:bezorgd|bestelbaar|afgeleverd)|kon niet worden bezorgd|bezorging mislukt|van bezorging",
    r"kan ikke leveres|ikke levere?t|kunne ikke leveres|ulever"
    r"|leverings(?:fejl|feil|status)|kan inte levereras|ej levererat|olever",
    r"leveransstatus|kunde inte levereras|ei voitu toimittaa|toimitus epäonnistui|toimittamatta",
    r"nie można dostarczyć|niedostarcz|nie dostarczono|zwrot wiadomości"
    r"|nie została dostarczona|nedoručit|nedoručen|nelze doručit",
    r"kézbesíthetetlen|sikertelen kézbesítés|nem kézbesíthető"
    r"|imposibil de livrat|nelivrat|teslim edilemedi|iletilemedi",
    r"не (?:было )?доставлен|недоставлен|не удалось доставить"
    r"|невозможно доставить|не вдалося доставити|не е доставен|δεν παραδόθηκε",
    r"αδυναμία παράδοσης|配信不能|配信できません|送信できません|未配信|配達不能"
    r"|无法投递|退信|未送达|無法(?:傳遞|投遞)|投递失败|배달 실패|반송|전송 실패",
    r"לא ניתן למסירה|تعذر (?:ال)?تسليم|ส่งไม่สำเร็จ|không (?:được gửi|thể gửi)",
)
_SUBJECT = re.compile("|".join(_SUBJECTS), re.IGNORECASE)
# How the servers begin to speak, to the sender and about "your message". A person says "my mail".
_SENTENCES = (
    r"this is the (?:mail system|postfix program|qmail-send program|e-?mail server|mail server)"
    r"|the qmail-send program at",
    r"(?:created|generated) automatically by (?:the )?(?:mail (?:delivery|system)|mail delivery software)",
    r"automat(?:ed|ic) message (?:created|generated) by (?:the )?mail",
    r"a message that you (?:have )?sent (?:to|could|was|has)|the original message was received at",
    r"the following (?:e-?mail )?address(?:es)? (?:had|has|have|did|could|failed|were|was)"
    r"|failed (?:recipients?|address)",
    r"the following recipients? (?:could|can|did|has|have|failed|were|was)"
    r"|the following (?:mail|message) (?:could|has been|was)",
    r"your (?:e-?mail|mail|message)\b.{0,200}?(?:could ?n.t|could not"
    r"|cannot|can.t|did not|was not|wasn.t|has not|rejected|returned)",
    r"(?:was|were) unable to deliver (?:your|the|this) (?:message|mail|e-?mail)"
    r"|(?:was ?n.t|not) able to deliver (?:your|the following) (?:message|mail)",
    r"unable to deliver message to|delivery to the following recipients?"
    r"|delivery has failed to|delivery of (?:the |this |your )?(?:e-?mail|message|mail) ",
    r"delivery failure|(?:mail|message) delivery failed|could not deliver (?:the )?(?:message|mail) to"
    r"|non-?delivery report|undeliverable (?:message|mail)",
    r"(?:has|had) permanent fatal (?:delivery )?errors|address not found"
    r"|message blocked|message not delivered|recipient inbox full",
    r"returned mail|mail that you sent|has been returned because"
    r"|did not receive (?:a copy of )?(?:this|your) message|no valid recipients",
    r"no such user here|message from yahoo|the email below could not be delivered|the e-?mail you sent",
    r"(?:ihre|deine) (?:nachricht|e-?mail|mail) (?:an .{1,120} )?(?:konnte|wurde) nicht"
    r"|folgende empfänger .{0,60}nicht erreicht",
    r"fehler bei der (?:nachrichten)?zustellung|konnte nicht zugestellt werden"
    r"|(?:n'a|n’a|na) (?:pas )?(?:pu|pas) (?:pas )?etre delivre",
    r"votre (?:message|courriel) n.a pas (?:pu )?(?:être|été)"
    r"|échec de la remise|su mensaje no (?:se ha podido|pudo|se ha) ",
    r"no se pudo entregar|no se ha podido entregar|il messaggio non è stato"
    r"|impossibile recapitare|il tuo messaggio .{0,80}non ",
    r"uw bericht .{0,80}niet|kan (?:uw|het) bericht niet"
    r"|sua mensagem .{0,80}não|не может быть доставлено|не удалось доставить",
    r"din meddelelse .{0,60}ikke|ditt meddelande .{0,60}inte"
    r"|twoja wiadomość .{0,60}nie|邮件无法(?:投递|发送)|无法发送到|配信できませんでした",
)
_SENTENCE = re.compile("|".join(_SENTENCES), re.IGNORECASE)
# Before a server's sentence stands nothing of the sender's own: no greeting with a matter, no "I".
_BEFORE_SENTENCE = 250
_FIRST_PERSON = re.compile(
    r"(?<![\w'’])(?:(?-i:I)|i'm|i’m|my|me|we|our|us|ich|mein\w{0,2}|wir"
    r"|unser\w{0,2}|je|mon(?![,.]|\s+\w{3}\s)|ma|mes|nous|notre|yo|mi|mis|io|mio|mia"
    r"|ik|mijn|eu|meu|minha|jeg|min|jag)(?![\w'’-])",
    re.IGNORECASE,
)


def bounce_signs(message: Message) -> tuple[str, ...]:
    """What shows that `message` is a bounce, as sentences; () if it is none.

    A mail system's own name or field is enough; of the other signs two are needed, because one alone also
    fits a person's mail.
    """
    if is_forward_subject(message.subject):
        return ()
    sender = f"{message.sender.local_part} {message.sender.name}"
    certain = _told(
        ("The sender is a mail system.", _MAIL_SYSTEM.search(sender)),
        ("The field x-failed-recipients names who did not get a mail.", message.header_values("x-failed-recipients")),
        ("Its content class is that of a delivery report.", _has_report_class(message)),
    )
    signs = _told(
        ("The return path is empty.", message.return_path == "" or _is_system_path(message.return_path)),
        ("The sender may be a mail system.", _MAYBE_SYSTEM.search(sender)),
        ("The subject is that of a bounce.", _SUBJECT.search(message.subject)),
    )
    if not certain and len(signs) == 1:
        signs += _told(("The text begins as those of mail servers do.", _begins_as_bounce(message)))
    elif signs and not certain and message.return_path != "" and _begins_as_person(message):
        return ()  # "Mail Admin" may be somebody, and mail delivery problems are what they write about
    return (*certain, *signs) if certain or len(signs) >= 2 else ()


def _told(*signs: tuple[str, object]) -> tuple[str, ...]:
    return tuple(sentence for sentence, is_there in signs if is_there)


def _has_report_class(message: Message) -> bool:
    """Exchange marks its delivery reports so (urn:content-classes:dsn)."""
    return any(value.strip().lower().endswith(":dsn") for value in message.header_values("content-class"))


def _is_system_path(return_path: str | None) -> bool:
    return return_path is not None and _MAIL_SYSTEM.search(return_path.partition("@")[0]) is not None


def _begins_as_bounce(message: Message) -> bool:
    joined = _beginning(message)
    found = _SENTENCE.search(joined)
    if found is None or found.start() > _BEFORE_SENTENCE:
        return False
    return _FIRST_PERSON.search(joined[: found.start()]) is None


def _begins_as_person(message: Message) -> bool:
    """Whether somebody speaks of themselves before any sentence of a mail server."""
    joined = _beginning(message)
    found = _SENTENCE.search(joined)
    return (
        _FIRST_PERSON.search(joined[: min(found.start() if found else _BEFORE_SENTENCE, _BEFORE_SENTENCE)]) is not None
    )


def _beginning(message: Message) -> str:
    return " ".join(own_words(message.words[:_READ], message.subject)[:_BEGINNING].split())


# -- what does it say --

_ADDRESS = r"[^\s<>()\[\]\"',;:：、，。“”„]{1,64}@[^\s<>()\[\]\"',;:：、，。“”„]{1,200}\.[a-z0-9-]{2,63}"
# Where the servers name whom they could not reach, the surest first.
_FAILED = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        rf"^[ \t>]{{0,8}}(?:final|original)-recipient:\s{{0,3}}(?:rfc822;)?\s{{0,3}}<?({_ADDRESS})",
        rf"^[ \t]{{0,8}}<({_ADDRESS})>(?::|\s*$|\.\.\.|\s\()",  # Postfix, qmail, Sendmail
        rf"rcpt to:\s?<({_ADDRESS})>",
        rf"(?:recipient|user|userid|address|error-for|empfänger"
        rf"|destinataire)(?:\(s\))?[:=]\s{{0,3}}\[?(?:smtp:)?<?({_ADDRESS})",
        rf"^[ \t>*\"'-]{{0,16}}<?({_ADDRESS})>?[\"']?[ \t]*(?:$|\.\.\.|on |\(|- |:\s)",  # Exim, Exchange
        rf"smtp[:=]({_ADDRESS})",  # Exchange 5.5, MailEnable
        rf"(?:to|for|an|à|address|addresses|recipient|user|mailbox)[ \t\n]{{1,3}}[<\"']?({_ADDRESS})",
    )
)
_ANY_ADDRESS = re.compile(rf"(?<![^\s<(\[\"';:=：])({_ADDRESS})", re.IGNORECASE)
# Where the copy of the mail that came back begins.
_COPY = re.compile(
    r"^[ \t>|*-]{0,40}(?:return-path:|received:|message-id:|below this line is a copy|this is a copy of the message"
    r"|original message|returned mail|message text follows|message headers? follow|the header and top)",
    re.IGNORECASE | re.MULTILINE,
)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY_CODE = re.compile(r"(?<![\d.\w])([45])[0-5]\d(?:[ -]|$)(?!\d)", re.MULTILINE)
_DELAYED = re.compile(
    r"delay|not yet|still being retried|will be retried"
    r"|will (?:continue|keep) (?:to try|trying)|transient|attempts? will continue|postponed"
    r"|will continue attempt|continue attempting|do not need to (?:re-?send|take)"
    r"|warning only|delivery incomplete|will retry for|retry(?:ing)? for|temporar(?:y|ily) (?:fail|prob)"
    r"|verzögert|weitere zustellversuche|retardé|différé|retrasad"
    r"|ritardat|vertraagd|försenad|forsinket|opóźnion|задерж",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(
    r"giv(?:en|ing) up|(?<!fails )permanent|not going to try again|gave up|too long|(?<!non-)fatal|expired",
    re.IGNORECASE,
)
_MESSAGE_ID = re.compile(r"^[ \t>]{0,8}message-id:[ \t\n]{0,3}<([^<>\s]{1,250})>", re.IGNORECASE | re.MULTILINE)


def read_bounce(message: Message, returned_id: str) -> Report | None:
    """What a bounce says, or None if `message` is none; `returned_id` is the id of the mail it holds, or "".

    Of a delivery report (RFC 3464) only what it does not say itself is read from the text. `action` is
    "delayed" while the server goes on trying and "failed" when it has given up. No address of the bounce's
    own header is taken for the one that failed.
    """
    known = message.report or Report(TEXT)
    if known.kind not in (TEXT, "", "delivery-status") or not (
        known.kind == "delivery-status" or bounce_signs(message)
    ):
        return message.report
    text = message.text[:_READ]
    copy = _COPY.search(text)
    told = text[: copy.start()] if copy and copy.start() > 0 else text
    spoken = f"{message.subject}\n{told}"
    status = known.status or next((found[1] for found in _STATUS.finditer(spoken) if found[1][0] != "2"), "")
    return Report(
        known.kind,
        known.failed_address or _failed_address(message, told, text),
        known.action or _action(spoken, status),
        status,
        original_id(message, known.original_message_id or returned_id),
    )


def original_id(message: Message, returned_id: str) -> str:
    """The id, without <>, of the mail that came back: one in the shape of ours before any other.

    Exchange and Gmail name it in In-Reply-To and References; the others return the mail or its header.
    """
    named = (returned_id, *message.in_reply_to, *message.references)
    ours = next((one for one in named if signed_ids(one)), "") or next(iter(signed_ids(message.text[: 3 * _READ])), "")
    if ours or returned_id:
        return ours or returned_id
    found = _MESSAGE_ID.search(message.text[: 3 * _READ])
    return found[1] if found else next(iter(message.in_reply_to), "")


def _failed_address(message: Message, told: str, text: str) -> str:
    """The first address that the bounce names as failed, in lower-case domain; "" if it names none."""
    ours = {address.key for address in (message.sender, *message.to, *message.cc)}
    for candidate in _candidates(message, told, text):
        address = read_address(candidate.rstrip("."))
        if address and address.lower() not in ours and not _MAIL_SYSTEM.search(address.partition("@")[0]):
            return address
    return ""


def _candidates(message: Message, told: str, text: str) -> Iterator[str]:
    for value in message.header_values("x-failed-recipients"):
        yield from value.split(",")
    for pattern in _FAILED:
        yield from (found[1] for found in pattern.finditer(told))
    yield from (found[1] for pattern in _FAILED for found in pattern.finditer(text))
    yield from (found[1] for found in _ANY_ADDRESS.finditer(told))


def _action(spoken: str, status: str) -> str:
    """Whether the server goes on trying: it says so, or it has only had a temporary error and not given up."""
    if _GIVEN_UP.search(spoken) or status.startswith("5"):
        return "failed"
    if _DELAYED.search(spoken):
        return "delayed"
    code = _REPLY_CODE.search(spoken)
    return "delayed" if not status and code and code[1] == "4" else "failed"
