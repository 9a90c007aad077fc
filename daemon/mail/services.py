"""Sentences that services write to everybody: shops, accounts, parcels, surveys, newsletters, desks.

A table of signs and what each counts. One alone a person may have used; `daemon.mail.notice` adds them up.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from daemon.mail.history import phrases_of


class _Sign(NamedTuple):
    """One sign of a service: what a text has that shows it (`stems`, quick to see), and what it counts."""

    points: int
    stems: tuple[str, ...]
    pattern: re.Pattern[str]


def _sign(points: int, stems: str, *patterns: str) -> _Sign:
    return _Sign(points, phrases_of(stems), re.compile("|".join(patterns), re.IGNORECASE | re.MULTILINE))


ENOUGH = 4
"""So many points make a notice."""

SURVEY = "It asks how content somebody is."
_SIGNS: dict[str, _Sign] = {
    "It gives a code and says how long it is valid.": _sign(
        4,
        "code/códig/codi/pin/kod/kód/koodi/код/passw/κωδικ/קוד/رمز/コード/番号/验证码/驗證碼/코드/인증번호/otp/mã ",
        r"(?:code|código|codi|codice|pin|passcode|password|kod|kód|koodi\w{0,4}|код\w{0,2}|κωδικ\w{1,3}|קוד|רمز|رمز"
        r"|コード|認証番号|验证码|驗證碼|코드|인증번호|mã xác"
        r"|otp)[^\n\d]{0,60}?\n{0,3}[^\n\d]{0,20}?(?<!\d)\d{3}[ -]?\d{1,5}(?!\d)[\s\S]{0,200}?(?:\bmin|\bm[ií]n|мин"
        r"|хв|λεπτ|דקות|דקה|دقائق|دقيقة|分|분|phút|menit|นาที|dakika|hours?\b|stunde|heures?|horas?|share|weitergeb"
        r"|weiter an|geben sie|partag|compart|condivid|deel|udostępni|сообщайте|передавайте)",
    ),
    "It speaks to whoever did not ask for it.": _sign(
        2,
        "if /falls /wenn /si /se /als /om /hvis /dersom /jos /jeśli /jeżeli /pokud /ak /ha /dacă /если /якщо /ако /αν "
        "/eğer/siz değil/אם /إذا /心当たり/如果/若/如非/본인/않으셨/nếu /jika ",
        r"(?<!\w)if (?:this was you|you (?:did ?n[o']t|didn’t|have ?n[o']t|haven’t|don['’]t recogni[sz]e"
        r"|do not recogni[sz]e|believe (?:this|you)|received this (?:e-?mail |message )?(?:in error|by mistake))"
        r"|(?:this|it) was ?n['’o]t? ?(?:not )?you|that was ?n['’]t you)",
        r"(?<!\w)(?:falls|wenn|sollten) (?:sie|du|ihr) [^.\n]{0,60}?(?:nicht|keine)[^.\n]{0,40}?(?:angefordert"
        r"|beantragt|veranlasst|registriert|angemeldet|selbst|gestellt|durchgeführt|waren|erstellt|haben)|(?:sie"
        r"|du) das nicht (?:waren|warst)",
        r"(?<!\w)si vous n['’](?:êtes|avez|étiez|aviez) (?:pas|jamais)|(?<!\w)si (?:usted |tú )?no (?:te |lo |la "
        r"|se )?(?:has|ha|solicit|fuiste|reconoc|realiz|pedi|creaste)|(?<!\w)se (?:não|você não) (?:foi|solicit|pedi"
        r"|fez|reconhec|criou)",
        r"(?<!\w)se non (?:hai|ha|sei|è|avete|riconosc)|(?<!\w)(?:als|indien) (?:u|je|jij) (?:dit|deze|hier|dat"
        r"|geen)[^.\n]{0,60}?(?:niet|geen|aangevraagd|gevraagd)|(?<!\w)om du inte |(?<!\w)(?:hvis|dersom) du ikke "
        r"|(?<!\w)hvis det ikke var dig",
        r"(?<!\w)(?:jos et |jos ette )|(?<!\w)je(?:śli|żeli) (?:to )?nie |(?<!\w)pokud (?:jste|jsi) (?:o |si |tuto "
        r"|ne)|(?<!\w)ak ste (?:o |ne|si )|(?<!\w)ha nem (?:ön|te|kért|kezd)|(?<!\w)dacă nu (?:a[țt]i|ai"
        r"|dumneavoastr)",
        r"(?<!\w)если (?:это (?:были|сделали) не вы|вы не|вы этого не)|(?<!\w)якщо (?:це були не ви|ви не)"
        r"|(?<!\w)ако не сте",
        r"(?<!\w)(?:αν|εάν) δεν |siz (?:değilseniz|yapmadıysanız|talep etmediyseniz)|אם לא (?:ביקשת|את)|إذا لم (?:تكن"
        r"|تطلب|تقم)|心当たり(?:が|の)な|(?:如果|若)?(?:这|這)?(?:不是|并非|並非|非)您?本人|如果您(?:没有|並未|并未)"
        r"|본인이 (?:아니|요청)|요청하지 않으|nếu bạn không|jika anda tidak",
    ),
    "It asks to confirm something by a link, or to ignore it.": _sign(
        1,
        "update your/click/klick/cliqu/clic/ignor/disregard/confirm/verif/bestätig/kattint/tıkla/нажм/перейд/натисн"
        "/κλικ/点击/點擊/クリック"
        "/클릭/무시/忽略/kliknij/klikn/klikk/tryk/klik/napsauta/trykk/לחצ/انقر/nhấp/abaikan/bỏ qua",
        r"update your (?:payment|billing|card)|(?:click|tap|follow|use) (?:on )?(?:the |this )?(?:following |button "
        r"|link )|(?:ignore|disregard) (?:this|the) (?:e-?mail|message|notice|request)|confirm (?:your"
        r"|the) (?:e-?mail|account|subscription|registration|address)|verify your|klicken sie|klicke |ignorieren sie"
        r"|ignoriere|bestätigen sie ihre|cliquez|cliquant|ignore[rz]? (?:ce|cet)|haga clic|haz clic|ignor[ae] este"
        r"|clique (?:no|em|aqui)|ignore este|clicca|cliccare|ignor[ai] questa|klik (?:op|på|here|hier)|negeer|klicka"
        r"|ignorera|napsauta|kliknij|zignoruj|klikněte|ignorujte|kliknite|kattints|hagyja figyelmen|faceți clic"
        r"|ignora[țt]i|нажмите|перейдите|проигнорируйте|натисніть|κάντε κλικ|αγνοήστε|tıklayın|dikkate almayın|לחצ"
        r"|להתעלם|انقر|تجاهل|点击|點擊|忽略|クリック|破棄|클릭|무시|nhấp vào|bỏ qua|klik tautan|abaikan",
    ),
    "It speaks of an account, a subscription or a password as services do.": _sign(
        2,
        "your /activ/ativ/attiv/aktiv/återställ/nulstil/sign-in/sign in/login/log-in/ihr/dein /votre /su /tu /sua "
        "/seu /tuo /tua /uw /je /din/ditt/twoj/váš/vaše/ваш"
        "/hesab/帐户/账户/帳戶/密码/密碼/アカウント/パスワード/계정/비밀번호",
        r"\byour (?:[\w.'’&-]{1,30} ){0,4}(?:account|subscription|plan|trial|payment|password|invoice|statement"
        r"|receipt|membership|licen[cs]e|domain|certificates?|mailbox|storage|booking|reservation|e-?mail address"
        r"|profile|card|website|site|bill|payout|flight|recording|data export|invitation|message|leave request"
        r"|purchase|refund|transfer|request|ticket|case|issue|registration|report|export|backup|data|download|team"
        r"|workspace|appointment)\b(?:[^.!?\n]|\.(?=\S)){0,80}?\b(?:has|have|was|were|is about to|is on its way"
        r"|is due|is waiting|will|expires?|could not|is now|is ready|is available|from \w|is confirmed|has been)\b",
        r"(?:unable|failed) to (?:charge|process) your|(?:reset|change|choose|create|set) (?:your|a new) password"
        r"|(?:activate|verify|confirm) your account|activa tu cuenta|active su cuenta|activez votre compte"
        r"|aktivieren sie ihr konto|ative (?:a )?sua conta|attiva il tuo account|activeer (?:je|uw) account"
        r"|återställ(?:a)? ditt lösenord|nulstil (?:din|dit)|(?:new|unusual|suspicious) (?:sign-?in|login|log-?in"
        r"|device(?: wants)?) (?:to|from|on|detected|attempt)|sign-?in (?:from|attempt|detected)|confirm your e-?mail"
        r"|verify your e-?mail",
        r"\b(?:ihr|ihre|ihrem|ihres|dein|deine|deinem) (?:[\w.'’&-]{1,30} ){0,3}(?:konto|kundenkonto|abonnement|abo"
        r"|passwort|rechnung|zahlung|buchung|reservierung|mitgliedschaft|domain|zertifikat|lizenz|postfach|website"
        r"|vertrag|profil|termin|ticket|anfrage|vorgang|kennwort)\b(?:[^.!?\n]|\.(?=\S)){0,80}?\b(?:wurde|wird|ist"
        r"|läuft|konnte|steht|wurden|liegt)\b",
        r"(?:ihr|dein) (?:passwort|kennwort) (?:zurück|zu ändern)|neue anmeldung|passwort zurückzusetzen",
        r"\bvotre (?:[\w.'’&-]{1,30} ){0,3}(?:compte|abonnement|mot de passe|facture|paiement|réservation|domaine"
        r"|espace|demande|ticket|commande)\b(?:[^.!?\n]|\.(?=\S)){0,80}?\b(?:a été|est|sera|expire|n['’]a pas"
        r"|arrive)",
        r"\b(?:su|tu) (?:[\w.'’&-]{1,30} ){0,3}(?:cuenta|suscripción|contraseña|factura|pago|reserva|dominio"
        r"|solicitud|ticket|pedido)\b(?:[^.!?\n]|\.(?=\S)){0,80}?\b(?:ha sido|fue|será|está|vence|caduca|ha|se ha)\b",
        r"\b(?:sua|seu|a sua|o seu) (?:[\w.'’&-]{1,30} ){0,3}(?:conta|assinatura|senha|fatura|pagamento|reserva"
        r"|domínio|chamado|pedido)\b(?:[^.!?\n]|\.(?=\S)){0,80}?\b(?:foi|será|está|vence|expira)\b",
        r"\b(?:tuo|tua|suo|sua|vostro) (?:[\w.'’&-]{1,30} ){0,3}(?:account|abbonamento|password|fattura|pagamento"
        r"|prenotazione|dominio|richiesta|ordine)\b(?:[^.!?\n]|\.(?=\S)){0,80}?\b(?:è|sarà|scade|scadrà)",
        r"\b(?:uw|je) (?:[\w.'’&-]{1,30} ){0,3}(?:account|abonnement|wachtwoord|factuur|betaling|reservering|domein"
        r"|aanvraag|bestelling)\b(?:[^.!?\n]|\.(?=\S)){0,80}?\b(?:is|wordt|verloopt|staat|werd)\b|(?:uw"
        r"|je) wachtwoord (?:opnieuw|te wijzigen)",
        r"\b(?:ditt|din|dit) (?:[\w.'’&-]{1,30} ){0,3}(?:konto|abonnemang|abonnement|lösenord|adgangskode|passord"
        r"|faktura|betaling|betalning|bokning|booking|bestilling|bestillingen)\b(?:[^.!?\n]|\.(?=\S)){0,80}?\b(?:har"
        r"|är|er|blev|ble|vil|kommer)\b",
        r"\b(?:twoje|twój|twoja|państwa) (?:\w{1,30} ){0,3}(?:konto|hasło|subskrypcja|faktura|płatność|rezerwacja"
        r"|zamówienie|zgłoszenie)\b(?:[^.!?\n]|\.(?=\S)){0,80}?\b(?:został[aoy]?|jest|wygasa|wygaśnie)\b",
        r"\b(?:vaše|váš) (?:\w{1,30} ){0,3}(?:účet|heslo|předplatné|faktura|platba|rezervace|objednávka)\b(?:[^.!?\n]"
        r"|\.(?=\S)){0,80}?\b(?:byl\w?|bol\w?|je|vyprší)\b",
        r"(?<!\w)ваш[аеу]? (?:\w{1,30} ){0,3}(?:аккаунт|уч[её]тная запись|подписка|пароль|счет|счёт|платеж|платёж"
        r"|бронирование|заказ|акаунт|замовлення)(?!\w)(?:[^.!?\n]|\.(?=\S)){0,80}?(?:был[ао]?|будет|истекает|успешно"
        r"|заблокирован|оплачен|було|буде)(?!\w)",
        r"hesabınız|şifrenizi|您的(?:帐户|账户|账号|帐号|帳戶|密码|密碼|订单|訂單|订阅)|(?:アカウント"
        r"|パスワード)(?:の|を|が)(?:再設定|リセット|確認|登録)|(?:계정|비밀번호)(?:이|가|을|를) ?(?:재설정|변경"
        r"|확인)",
    ),
    "It confirms an order or a parcel.": _sign(
        3,
        "booking/reserv/registration/buchung/anmeldung/order/shipment/parcel/package/delivery/purchase/tracking"
        "/bestell/sendung/paket/lieferung/commande/colis"
        "/livraison/pedido"
        "/envío/paquete/encomenda/compra/ordine/spedizione/pacco/bestelling/zending/pakket/ordre/pakke/forsendelse"
        "/beställning"
        "/försändelse/tilau/tilaus/lähety/zamówieni/przesyłk/paczk/objednáv/zásil/balík/заказ/посылк/замовлен"
        "/rendelés/csomag"
        "/comand/colet/sipariş/kargo/παραγγελ/הזמנ/طلب/注文/発送/お届け/订单/訂單/快递/包裹/주문/배송/đơn hàng/pesanan",
        r"\b(?:your|the following) (?:\w{1,20} ){0,2}(?:order|shipment|parcel|package|delivery"
        r"|items?)\b[^.!?\n]{0,60}?\b(?:has|have|was|is|will be) (?:been |now |being |out |on |arriving )?(?:shipped"
        r"|dispatched|delivered|confirmed|received|placed|its way|the way|prepared|for delivery|today|tomorrow|ready"
        r"|processed|cancelled)|track (?:your|the|my) (?:order|package|parcel|shipment|delivery)|out for delivery"
        r"|thanks? (?:you )?for (?:your (?:\w{1,15} )?(?:order|purchase|booking|reservation|registration)"
        r"|shopping with)|order confirmation(?: for\b|\W{0,3}(?:#|no\b|number|\d)|$)",
        r"(?:ihre|deine) (?:\w{1,20} ){0,2}(?:bestellung|sendung|lieferung)\b(?:[^.!?\n]|\.(?=\S)){0,80}?(?:versandt"
        r"|versendet|verschickt|unterwegs|zugestellt|bestätig|eingegangen|auf dem weg|bearbeitet)|(?:ihr"
        r"|dein) (?:\w{1,20} )?paket\b[^.!?\n]{0,40}?(?:kommt|ist|wurde|wird|liegt)|sendung(?:sverfolgung| verfolgen)"
        r"|paket verfolgen|danke? für (?:ihre|deine) (?:\w{1,15} )?(?:bestellung|buchung|reservierung|anmeldung)"
        r"|für den einkauf bei|sobald (?:ihre|deine) bestellung",
        r"votre (?:commande|colis)\b(?:[^.!?\n]|\.(?=\S)){0,80}?(?:expédié|livré|confirmé|préparation|en route|arrive"
        r"|enregistré)|suivre (?:votre|mon) colis|merci pour votre (?:commande|achat)|(?:su|tu) (?:pedido|paquete"
        r"|envío)\b(?:[^.!?\n]|\.(?=\S)){0,80}?(?:enviado|camino|entregado|confirmado|recibido)|gracias por (?:su"
        r"|tu) (?:pedido|compra)|(?:seu|sua|o seu) (?:pedido|encomenda)\b(?:[^.!?\n]|\.(?=\S)){0,80}?(?:enviad"
        r"|caminho|entregue|confirmad)|obrigad[oa] pel[ao] (?:sua )?(?:compra|encomenda)",
        r"(?:tuo|suo|vostro) (?:ordine|pacco)\b(?:[^.!?\n]|\.(?=\S)){0,80}?(?:spedito|consegn|confermat|ricevut"
        r"|arrivo)|grazie per (?:il tuo ordine|l['’]acquisto|aver acquistato)|(?:uw|je) (?:bestelling|pakket"
        r"|zending)\b(?:[^.!?\n]|\.(?=\S)){0,80}?(?:verzonden|onderweg|bezorgd|bevestig|ontvangen)|bedankt voor (?:uw"
        r"|je) (?:bestelling|aankoop)|(?:din|dit) (?:\w{1,20} )?(?:ordre|pakke|bestilling|forsendelse|beställning"
        r"|order)\b(?:[^.!?\n]|\.(?=\S)){0,80}?(?:sendt|afsendt|vej|vei|leveret|levert|skicka|levererad|bekræft"
        r"|bekreft|mottag)|ta[ck]k? för (?:din|ditt) (?:beställning|order|köp)|tak for (?:din|dit) (?:ordre|køb)"
        r"|takk for (?:din )?(?:bestilling|ordre)",
        r"tilauksesi|kiitos tilauks|(?:twoje|państwa) zamówienie|twoja (?:paczka|przesyłka)"
        r"|dziękujemy za (?:zamówienie|zakup)|(?:vaše|vaši) (?:objednávk|zásilk)|děkujeme za (?:objednávku|nákup)"
        r"|ďakujeme za (?:objednávku|nákup)|ваш заказ|спасибо за (?:заказ|покупку)|ваше замовлення|rendelés(?:ét|ed"
        r"|e)\b[^.!?\n]{0,60}?(?:felad|megkap|visszaig|szállít)|köszönjük (?:a )?(?:rendelés|vásárlás)|comanda (?:dvs"
        r"|ta|dumneavoastră)|siparişiniz|kargonuz|η παραγγελία σας|ההזמנה שלך|طلبك|ご注文(?:あり|いた|を|の)"
        r"|商品を発送|お届け予定|您的(?:订单|訂單|包裹|快递)|주문(?:이|해|하신)|배송(?:이|중|을) ?(?:시작|출발|완료)"
        r"|đơn hàng (?:của bạn|#)|pesanan anda",
    ),
    "It lists what was ordered or paid.": _sign(
        2,
        "buchung/reserv/booking/confirmation/anreise/check/total/subtotal/summe/order n/order i/bestell/invoice"
        "/amount/payment/receipt/rechnung/betrag/montant/importe/totale/totaal"
        "/totalt/suma/celkem/итого/合計/合计/합계",
        r"^\W{0,4}(?:total|order (?:number|id|no|date|total)|subtotal|sub-total|grand total|amount (?:paid|due"
        r"|charged)|date paid|payment method|invoice (?:number|no|date|id)|receipt (?:number|no|from)"
        r"|shipping(?: (?:cost|address|to))?|billing|bestell(?:nummer|datum)|zwischensumme|gesamt(?:summe|betrag)"
        r"|versand(?:kosten)?|zahlungs(?:art|weise)|buchungsnummer|reservierungsnummer|booking (?:number|reference"
        r"|id)|confirmation (?:number|code)|gesamtpreis|anreise|abreise|check-?in|check-?out|liefer(?:adresse|ung)"
        r"|rechnungs(?:nummer|betrag|adresse)|n° de commande|numéro de commande|sous-total|total ttc|montant"
        r"|número de pedido|importe total|subtotale|totale|numero d['’]ordine|bestelnummer|totaal|totalbelopp"
        r"|ordrenummer|ordernummer|razem|celkem|itogo|итого|номер заказа|合計|注文番号|订单号|订单编号|合计|주문번호"
        r"|합계).{0,60}\d",
    ),
    "It says why it was sent.": _sign(
        3,
        "unsubscribe/abmelden/abbestellen/désabonner/désinscri/darse de baja/cancelar su/descadastr/disiscriv"
        "/uitschrijven/afmelden/avregistr/afmeld/avmeld/wypisz/odhlásit/отписа/further/more notif/weiteren/kopie"
        "/copy of/receiv/sent to/sent by/intended for/view it on/erhalten/erhältst/recevez/recib/receb/ricev/ontvang"
        "/otrzym/modtag/mottar"
        "/mottag/dostává/получ/отправлено/受信/配信/收到/받으",
        r"you(?:['’]re| are) receiving (?:this|these|it|\w{1,12} (?:e-?mails?"
        r"|notifications?))[^.!?\n]{0,40}?(?:because|since|as)",
        r"you(?:['’]ve| have)? received this (?:e-?mail|message|notification|mail)[^.!?\n]{0,20}?because",
        r"this (?:e-?mail|message|notification) was (?:sent|intended|delivered|generated) (?:to|for|by) \S",
        r"view (?:it|this \w{1,20}) on (?:git|\w{1,20}\.)|(?:reply|respond) to this e-?mail directly"
        r"|notification (?:settings|preferences)",
        r"\bunsubscribe from (?:this|these)|(?:no (?:further|more|other)|keine weiteren) (?:notification"
        r"|benachrichtigung)|this is a copy of a message posted|dies ist eine kopie einer nachricht"
        r"|^[^\n]{0,60}?(?:unsubscribe|abmelden|abbestellen|désabonner|désinscri\w{1,3}|da(?:rse|te) de baja"
        r"|cancelar suscripción|descadastrar|disiscriver\w{1,3}|uitschrijven|afmelden|avregistrera|afmeld|avmeld"
        r"|wypisz|odhlásit|отписаться)\b\W{0,3}(?:here|hier|ici|aquí|aqui|qui|dig här|(?:deg |dig )?her|tutaj|zde"
        r"|здесь|click here|from this \w{1,12})?\W{0,4}https?://|sie erhalten (?:diese|die) (?:e-?mail|nachricht"
        r"|mitteilung)|du (?:erhältst|bekommst) diese|diese (?:e-?mail|nachricht) wurde (?:an"
        r"|von) \S{1,60}(?: versendet| gesendet| geschickt)|vous recevez ce|ce(?:t|tte)? (?:e-?mail|message"
        r"|courriel) (?:vous )?(?:a été|est) envoyé|(?:recibes?|ha recibido|has recibido) este (?:correo|mensaje"
        r"|e-?mail)|(?:você|está a) (?:está )?receb\w{1,6} (?:este|esta)|(?:ricevi|hai ricevuto|riceve) questa|(?:u"
        r"|je) ontvangt (?:deze|dit)|du (?:modtager|mottar|får) denne|du får (?:detta|det här)|otrzym(?:ujesz"
        r"|ał\w{0,4}) (?:tę|ten)|dostáváte tento|вы получили это|ви отримали|您收到(?:此|这|這)"
        r"|このメールは[^。\n]{0,60}(?:送信|配信|お送り)|이 (?:메일|이메일)은[^.\n]{0,60}(?:발송|보내)",
    ),
    "It welcomes whoever has signed up.": _sign(
        1,
        "welcome/willkommen/bienven/benvenut/welkom/bem-vind/välkommen/velkommen",
        r"welcome (?:to [^.!?\n]{1,40}!|aboard|on board)|get(?:ting)? started|willkommen bei [^.!?\n]{1,40}!"
        r"|bienvenue (?:chez|sur)|bienvenido a|benvenuto (?:in|su)|welkom bij",
    ),
    "It says that something waits behind a login.": _sign(
        2,
        "bereit/anmelden/verfügbar/available/ready/log in/login/sign in/connectez/disponible/inicie/acced/beschikbaar"
        "/tilgæng/liegt",
        r"(?:liegt|liegen|steht|stehen) [^.\n]{0,100}?(?:bereit|für sie vor)\b|zum lesen bitte anmelden"
        r"|melden sie sich (?:bitte )?(?:an|in)\b|ist (?:jetzt |nun )?verfügbar|(?:log|sign) ?in to (?:view|read|see"
        r"|download|your)|is (?:now )?(?:available|ready) (?:to|for|in|online)|connectez-vous|est disponible (?:dans"
        r"|sur)|inicie sesión|está disponible en|accedi (?:al|alla|a) |è disponibile (?:nel|nella|su)"
        r"|staat (?:voor u )?klaar|er (?:nu )?tilgængelig",
    ),
    "It says that nothing has to be done.": _sign(
        2,
        "no action/no further/need to do/automatically/automatisch/nichts weiter/aucune action/ninguna acción"
        "/nenhuma ação"
        "/nessuna azione/geen actie/ingen handling/ingen åtgärd/żadn",
        r"no (?:further |additional )?action (?:is |on your part is )?(?:required|needed|necessary)|(?:don['’]t"
        r"|do not) need to (?:do|take) any(?:thing| action)|will (?:be )?(?:automatically )?(?:renew|be renewed"
        r"|be charged|be deleted)(?:ed)? automatically|(?:müssen|musst|brauchen) (?:sie )?nichts (?:weiter"
        r"|unternehmen|tun)|aucune action|ninguna acción|nenhuma ação|nessuna azione|geen (?:verdere )?actie (?:nodig"
        r"|vereist)|ingen (?:videre )?(?:handling|åtgärd)",
    ),
    SURVEY: _sign(
        4,
        "how likely/rate/rating/survey/how did we/feedback/zufrieden/umfrage/bewert/satisf/avis/enquête/encuesta"
        "/valora/pesquisa/avalie"
        "/sondaggio/valuta/beoordeel/tevreden/undersøgelse/undersökning/kysely/ankiet/oceń/hodnocení/průzkum/оцен/опрос"
        "/アンケート/调查/評価/满意/만족/설문",
        r"(?:how likely are you to recommend|how (?:would|do) you rate|rate (?:your|our"
        r"|the) (?:\w{1,15} )?(?:experience|support|service|purchase|visit|stay)|how did we do|how (?:satisfied"
        r"|was your)|(?:complete|take|fill (?:out|in)|answer) (?:our|a|this|the) (?:\w{1,15} ){0,2}(?:survey"
        r"|questionnaire)|your (?:feedback|opinion) (?:is|matters|helps)|good, i['’]?m satisfied)",
        r"wie zufrieden (?:waren|sind) sie|an unserer (?:\w{1,15} )?umfrage|für unsere (?:\w{1,15} )?umfrage"
        r"|bewerten sie (?:uns|ihre|ihren)|ihre (?:meinung|bewertung) (?:ist|zählt|hilft)|votre avis (?:nous|compte)"
        r"|enquête de satisfaction|répondre à (?:notre|cette) (?:\w{1,15} )?enquête|encuesta de satisfacción"
        r"|(?:responda|complete) (?:nuestra|la|esta) (?:\w{1,15} )?encuesta|valora (?:tu|nuestra)"
        r"|pesquisa de satisfação|avalie (?:o|sua|seu)|la tua opinione|sondaggio|hoe tevreden|beoordeel (?:ons|uw|je)"
        r"|tilfredshedsundersøgelse|hvor tilfreds|hur nöjd|kundundersökning|kuinka tyytyväinen|jak oceniasz"
        r"|wypełnij ankietę|hodnocení (?:vašeho|objednávky)|оцените (?:качество|работу|наш)|アンケートに(?:ご|お)"
        r"|满意度|满意度调查|만족도",
    ),
    "It warns before something expires or is renewed.": _sign(
        2,
        "expir/renewal/läuft/ablauf/abläuft/abgelaufen/expire/caduc/vence/scad/verloop/verlopen/udløb/utgår/wygas"
        "/vyprš/истека/期限/到期/만료",
        r"(?:expir\w{2,6}|renewal) (?:notice|reminder|warning)|(?:will|is about to|is going to|set to) expire"
        r"|expires? (?:in|on|soon|today)|(?:läuft|laufen) (?:in|am) [^.\n]{0,30}? ab\b|(?:ablauf"
        r"|verlängerungs)\w{0,10}(?:hinweis|erinnerung|benachrichtigung)|(?:expire|arrive à échéance) (?:dans|le)"
        r"|(?:caduca|vence|expira) (?:en|el|em)|scadr?[àe] (?:il|tra|fra)|verloopt (?:op|over)|udløber (?:om|den)"
        r"|utgår (?:om|den)|wygaśnie|vyprší|истекает|有効期限|即将到期|만료(?:됩|예정)",
    ),
    "It reports how a job ended.": _sign(
        1,
        "error/fehler/erreur/completed/finished/failed/succeeded/abgeschlossen/fehlgeschlagen/terminé/échoué"
        "/completad/fallid/detected"
        "/erkannt",
        r"^[^?\n]{0,200}?\b(?:completed|finished|failed|succeeded|detected) (?:successfully|at|on|with|since|after"
        r"|in)\b|ohne fehler (?:beendet|abgeschlossen)|without (?:any )?errors|sans erreur|sin errores|senza errori"
        r"|(?:erfolgreich abgeschlossen|fehlgeschlagen|erkannt)\b|s['’]est terminée?|a échoué|se ha completado"
        r"|ha fallado",
    ),
    "It counts what waits.": _sign(
        3,
        "you have/sie haben/vous avez/tiene/hai /du har/u hebt/je hebt",
        r"^(?:hi|hello|dear)?[^.\n]{0,20}?you have \d+ (?:new |unread |pending |open |overdue )?\w+"
        r"|^sie haben \d+ (?:neue|ungelesene|offene) |^vous avez \d+ (?:nouve|non lu)|^tienes? \d+ (?:nuev|mensaje)"
        r"|^hai \d+ (?:nuov|messagg)|^(?:u|je) hebt \d+ nieuwe|^du har \d+ ny",
    ),
    "It tells of new terms.": _sign(
        2,
        "terms/privacy/agb/nutzungsbedingungen/datenschutz/conditions/condiciones/condizioni/voorwaarden",
        r"(?:updat|chang)\w{1,4} (?:to )?(?:our|the|its) (?:terms|privacy|policies|policy)|(?:unsere|neue"
        r"|geänderte) (?:agb|nutzungsbedingungen|datenschutz\w{0,12})|(?:nos|nouvelles) conditions (?:générales"
        r"|d['’]utilisation)|(?:nuestras|nuevas) condiciones|(?:nostre|nuove) condizioni"
        r"|onze (?:nieuwe )?voorwaarden",
    ),
    "It says that a mailbox or a storage is full.": _sign(
        3,
        "full/quota/storage/fast voll/speicher/presque pl/casi llen/quase che/quasi pien/bijna vol/næsten f/nästan f",
        r"(?:your|the following) (?:mailbox|inbox|storage|account|disk)\b[^?\n]{0,60}?(?:is|has"
        r"|reached)[^?\n]{0,30}?(?:full|limit|quota|\d+ ?%)|(?:ihr|dein) (?:postfach"
        r"|speicher)\w{0,10}\b[^?\n]{0,30}?(?:voll|erreicht|\d+ ?%)|votre (?:boîte|espace)\b[^?\n]{0,60}?(?:pleine?"
        r"|saturée?)|(?:su|tu) (?:buzón|almacenamiento)\b[^?\n]{0,60}?llen[oa]|(?:uw|je) postvak\b[^?\n]{0,40}?vol"
        r"|(?:la tua|la sua) casella\b[^?\n]{0,40}?piena",
    ),
    "It tells of a ticket by its number, and how to open it again.": _sign(
        3,
        "status/reopen/re-open/wieder öffnen/wiedereröff/erneut öffnen/rouvrir/réouvrir/reabrir/riaprire/heropen"
        "/genåbn/öppna ärendet/ponownie otw/znovu otev",
        r"(?:ticket|case|issue|request|incident|anfrage)(?: #?\d+)?(?:['’]s)? status (?:has (?:been )?)?(?:changed"
        r"|updated|is now)|re-?open(?:ed)? (?:it|the|this|your|by)|(?:wieder|erneut) ?(?:zu )?(?:öffnen|eröffn)"
        r"|r[ée]ouvrir|reabr(?:ir|a)|riaprire|heropen|genåbne|öppna ärendet|ponownie otw|znovu otevř",
    ),
    "It greets a customer or user without a name.": _sign(
        1,
        "dear /geehrte/lieber /liebe /cher/estimad/prezad/gentile/geachte/kära/kære/kjære/szanown/vážen/уважаем"
        "/шановн/尊敬/お客様/고객님"
        "/tisztelt/stimate/sayın/αγαπητ",
        r"(?:dear|hello|hi) (?:valued )?(?:customer|user|client|subscriber|member|account holder|sir or madam"
        r"|administrator)s?\b|sehr geehrte[rs]? (?:\w{1,12} )?(?:kund(?:e|in|en)|nutzer\w{0,2}|benutzer\w{0,2}"
        r"|mitglied\w{0,3}|administrator)|liebe[rs]? (?:kund(?:e|in|en)|nutzer\w{0,2})|chère? cliente?|estimado"
        r"/?a? (?:cliente|usuario)|prezado (?:cliente|usuário)|gentile (?:cliente|utente)|geachte (?:klant|gebruiker)"
        r"|kära kund|kære kunde|kjære kunde|szanown[ya] (?:kliencie|klientko|użytkowniku)|vážen[ýá] (?:zákazník"
        r"|zákaznice|kliente|uživateli)|уважаемый (?:клиент|пользователь|абонент)|шановний (?:клієнт|користувач)"
        r"|尊敬的(?:客户|用户|用戶|客戶)|お客様各位|tisztelt (?:ügyfelünk|felhasználó)|stimate client"
        r"|sayın (?:müşterimiz|kullanıcı)",
    ),
    "It has the foot of a company's mailings.": _sign(
        1,
        "©/(c) 20/rights reserved/privacy/team/terms of/vorbehalten/droits réserv/derechos reserv/direitos reserv"
        "/diritti riserv/équipe"
        "/equipo/equipe",
        r"(?:©|\(c\)) ?(?:copyright )?(?:19|20)\d\d|all rights reserved|alle rechte vorbehalten|tous droits réservés"
        r"|derechos reservados|direitos reservados|diritti riservati|privacy policy|terms of (?:service|use)"
        r"|^\W{0,3}(?:(?:the|your|ihr|dein|euer|votre|het|el|your friends at) .{1,30} team|ihr .{0,20}team"
        r"|(?:l['’]équipe|el equipo|a equipe|il team|het team|team) (?:de |di |da |van )?.{2,30})\W{0,3}$",
    ),
    "It leads to a page of the service.": _sign(1, "://", r"https?://[^\s/]{3,100}/\S"),
}
_PAID = _SIGNS["It lists what was ordered or paid."].pattern
_LISTED = 3
_QUESTION = re.compile(
    r"(?:[^\s.!?:]{1,40}[ \n]{1,3}){5,60}[^\s.!?:]{1,40}\s?\?|\b(?:what|how|who|why|where|when|wie|wer|warum|wo|wann"
    r"|comment|pourquoi|qué|cómo|come|perché|hoe|wat|waarom|vad|hur|varför|hvad|hvordan|jak|dlaczego|proč|как"
    r"|почему)\b [^?.!\n]{1,40}\?",
    re.IGNORECASE,
)


def signs_of_services(told: str) -> dict[str, int]:
    lowered = told.lower()
    found = {
        sentence: sign.points
        for sentence, sign in _SIGNS.items()
        if any(stem in lowered for stem in sign.stems) and sign.pattern.search(told)
    }
    if len(_PAID.findall(told)) >= _LISTED:
        found["It lists what was ordered or paid."] = ENOUGH
    if _QUESTION.search(told):  # services ask in two words: "Questions?", "Not you?"
        found["It asks something."] = -1
    return found
