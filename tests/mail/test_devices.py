from __future__ import annotations

import pytest

from daemon.mail.body import newest_words

LINES = [
    *("Sent from my iPad", "Sent from my BlackBerry 10 smartphone.", "Sent from my BlackBerry® wireless device"),
    *("Sent from my Samsung Galaxy smartphone.", "Sent from Samsung Mobile"),
    *("Sent from my Verizon, Samsung Galaxy smartphone", "Sent from my T-Mobile 4G LTE Device"),
    *("Sent via the Samsung Galaxy S24 Ultra 5G, an AT&T 5G smartphone", "Sent from my Windows Phone"),
    "Sent from Mail<https://go.microsoft.com/fwlink/?LinkId=550986> for Windows 10",
    *("Sent from Mail for Windows", "Sent from Outlook for iOS", "Get Outlook for Android"),
    *("Get Outlook for Android<https://aka.ms/AAb9ysg>", "Sent from my mobile device"),
    *("Get Outlook for Mac <https://aka.ms/GetOutlookForMac>", "Sent from Yahoo Mail for iPhone"),
    *("Yahoo Mail: Search, Organize, Conquer", "Sent from Yahoo Mail. Get the app"),
    *("Sent from Proton Mail for iOS", "Sent with [Proton Mail](https://proton.me/) secure email."),
    *("Sent from Proton Mail mobile", "Sent with Tuta; enjoy secure & ad-free emails:"),
    *("Sent from my Android phone with K-9 Mail. Please excuse my brevity.", "Sent via Spark"),
    *("Sent from Canary", "Sent from Edison Mail", "Get BlueMail for Android"),
    *("Sent from my iPhone using Newton", "Sent with AquaMail for Android", "Sent from myMail for iOS"),
    *("Sent from myMail app for Android", "Sent from Gmail Mobile", "Sent via Superhuman", "Sent with Front"),
    *("Sent with Mailspring", "Sent from my Fairphone", "Sent from my Pixel 8"),
    *("Sent from my iPhone, please excuse any typos", "Sent from my Nokia Lumia 920"),
    *("Sent from my Huawei phone", "Sent from Xiaomi Phone", "Sent from AOL Mobile Mail"),
    *("Sent from the all new AOL app for iOS", "Sent from Xfinity Connect App", "Sent from Orange Mail"),
    *("Sent from my Zimbra", "Sent from my Apple Watch", "Sent from my Apple Vision Pro"),
    *("Sent from my iPhone - dictated, excuse errors", "Sent from Nine"),
    *("Sent from my phone. Please excuse brevity.", "Gesendet von meinem iPhone"),
    "Gesendet mit der WEB.DE Mail App",
    "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
    *("Gesendet von Mail für Windows 10", "Holen Sie sich Outlook für Android"),
    *("Outlook für Android herunterladen", "Gesendet von meinem Huawei-Mobiltelefon"),
    *("Von Samsung-Tablet gesendet", "Von unterwegs gesendet", "Gesendet von Yahoo Mail auf Android"),
    *("Diese Nachricht wurde von meinem Mobiltelefon gesendet.", "Gesendet mit der Telekom Mail App"),
    *("Gesendet von Mail für Windows", "Von meinem/meiner Galaxy gesendet", "Gesendet mit Proton Mail"),
    *("Sende von meinem Handy", "Envoyé depuis mon iPad", "Obtenir Outlook pour iOS"),
    *("Envoyé depuis mon smartphone Samsung Galaxy.", "Envoyé à partir de Courrier pour Windows 10"),
    *("Envoyé depuis l'application Mail Orange", "Envoyé depuis mon mobile"),
    *("Provenance : Courrier pour Windows 10", "Envoyé de mon appareil mobile"),
    *("Enviado desde Correo para Windows 10", "Obtener Outlook para Android"),
    *("Enviado desde mi dispositivo Samsung", "Enviado desde Yahoo Mail para Android"),
    *("Enviat des del meu iPhone", "Enviado desde mi smartphone Samsung Galaxy.", "Enviado desde mi celular"),
    *("Enviado desde Outlook para Android", "Enviado via iPhone", "Obter o Outlook para iOS"),
    *("Enviado do Email para Windows 10", "Enviado do Yahoo Mail no Android", "Enviado a partir do meu iPhone"),
    *("Obter Outlook para Android", "Enviado do meu smartphone Samsung Galaxy."),
    *("Inviato dal mio smartphone Samsung Galaxy.", "Inviato da Posta per Windows 10", "Scarica Outlook per iOS"),
    *("Ottieni Outlook per Android", "Inviato dal mio iPad", "Inviato da Libero Mail per Android"),
    *("Inviato da Tiscali Mail", "Verzonden vanuit Mail voor Windows 10", "Outlook voor Android downloaden"),
    *("Verstuurd vanaf m'n iPad", "Verzonden vanaf mijn Galaxy", "Download Outlook voor iOS"),
    *("Van mijn iPhone verzonden", "Verzonden met mijn telefoon", "Sendt fra Mail til Windows 10"),
    *("Sendt fra min Samsung Galaxy-smartphone.", "Sendt fra min iPad", "Skaff deg Outlook for iOS"),
    *("Last ned Outlook for Android", "Sendt fra E-post for Windows 10", "Få Outlook for iOS"),
    *("Hämta Outlook för iOS", "Skickades från E-post för Windows 10", "Skickat från Outlook för Android"),
    *("Skickat från min mobil", "Skickat från Yahoo Mail för iPhone"),
    *("Skickat från min Samsung Galaxy smartphone.", "Lähetetty iPhonestani", "Hanki Outlook for iOS"),
    *("Lähetetty Samsung Galaxy -älypuhelimesta.", "Lähetetty Windows 10:n Sähköpostista"),
    *("Hanki Outlook Androidille", "Lähetetty laitteesta Outlook for Android", "Wysłano z iPhone'a"),
    *("Wysłane z aplikacji Poczta dla Windows 10", "Wysłano z mojego smartfona Samsung Galaxy."),
    *("Wysłane z telefonu", "Wysłano z Yahoo Mail na Androidzie", "Pobierz program Outlook dla systemu Android"),
    *("Odesláno z Pošty pro Windows 10", "Získejte Outlook pro iOS", "Odesláno z mého iPadu"),
    *("Odesláno z mobilního telefonu Samsung Galaxy.", "Odesláno ze zařízení Galaxy"),
    *("Odoslané z Pošty pre Windows 10", "Získať Outlook pre Android", "Odoslané z môjho iPhonu"),
    *("Poslano iz mojega iPhonea", "Poslano iz Pošte za Windows 10", "Poslano s iPhone uređaja"),
    *("Послато са мог iPhone-а", "Poslato sa iPhone uređaja", "Trimis de pe iPhone"),
    *("Obțineți Outlook pentru iOS", "Trimis din Poștă pentru Windows 10"),
    *("Отправлено из мобильной Яндекс Почты", "Отправлено из Почты Mail.ru"),
    *("Отправлено из Почты для Windows 10", "Скачать Outlook для iOS", "Загрузить Outlook для Android"),
    *("Отправлено из Mail.ru для Android", "Отправлено с телефона Xiaomi", "Отправлено из myMail для iOS"),
    *("Отправлено с моего смартфона Samsung Galaxy.", "Надіслано з мого iPhone", "Отримати Outlook для iOS"),
    *("Надіслано з пошти Ukr.net", "Изпратено от iPhone", "Αποστολή από το iPhone μου"),
    *("Λήψη του Outlook για iOS", "iPhone-ról küldve", "Küldve az iPhone készülékemről"),
    *("Az Outlook letöltése iOS-re", "Elküldve a Windows 10 Posta alkalmazásból", "iPhone'dan gönderildi"),
    *("Android için Outlook'u edinin", "Samsung Galaxy akıllı telefonumdan gönderildi."),
    *("Windows 10 için Posta ile gönderildi", "iOS için Outlook'u edinin", "Saadetud minu iPhone'ist"),
    *("Nosūtīts no mana iPhone", "Išsiųsta iš mano iPhone", "Sent úr iPhone", "Tải Outlook cho iOS"),
    *("Dikirim dari Yahoo Mail di Android", "Dihantar daripada iPhone saya", "נשלח מ-Outlook עבור iOS"),
    *("קבל את Outlook עבור Android", "مرسل من الـ iPhone", "أُرسلت من iPhone الخاص بي"),
    *("الحصول على Outlook لـ iOS", "ارسال شده از iPhone من", "从我的 iPhone 发送", "发自我的华为手机"),
    *("发送自 Windows 10 版邮件应用", "来自我的iPhone", "从 Windows 版邮件发送", "获取 Outlook for iOS"),
    *("寄件自 iPhone", "取得 iOS 版 Outlook", "發自我的 iPhone", "发自我的小米手机", "发自 QQ邮箱"),
    *("发自网易邮箱手机版", "發自我的手機", "发自Outlook for iOS", "Outlook for iOS を入手"),
    *("Android 版 Outlook を入手", "Windows 10 版のメールから送信", "Yahoo!メール for iPhoneから送信"),
    *("私のiPhoneから送信", "iPadから送信されました", "スマートフォンから送信", "내 iPhone에서 보냄"),
    *("iOS용 Outlook 다운로드", "Windows용 메일에서 보냄", "나의 갤럭시 휴대전화에서 보냄", "내 Galaxy에서 보냄"),
]
WORDS = [
    "Sent from my desk the printer looks fine, but from the hall it does not.",
    "Sent from my account were 3,000 mails, can you check?",
    "Mails sent from my iPhone do not arrive.",
    "How do I get Outlook for iOS on my phone?",
    "The invoice sent from Samsung last week is wrong, please check it.",
    "3 boxes\nSent via DHL Express",
    "Sent from Hamburg to Lyon:\n3 boxes",
    "Get the new phone for Android tests\n\nWe need it on Monday.",
    "Original message text for the poster:\n\nWelcome!",
]


@pytest.mark.parametrize("line", LINES)
def test_what_a_phone_or_an_app_adds_is_no_words_in_any_language(line: str) -> None:
    body = newest_words(f"Please send the engineer.\n\n{line}")

    assert (body.words, body.signature) == ("Please send the engineer.", line)


@pytest.mark.parametrize("text", WORDS)
def test_a_person_who_speaks_of_phones_and_of_sending_is_read(text: str) -> None:
    assert newest_words(text).words == text


def test_a_rule_above_such_a_line_goes_with_it() -> None:
    assert newest_words("Yes.\n\n__________\nSent from my iPhone").words == "Yes."


@pytest.mark.parametrize(
    "line", ["Sent with AquaMail for Android\nhttps://app.example", "Envoyé à partir d’Outlook", "Sent on the go"]
)
def test_a_link_right_below_and_other_forms_go_with_the_line_of_a_device(line: str) -> None:
    assert newest_words(f"It works.\n\n{line}").words == "It works."
    assert newest_words("Sent on the go kart?").words == "Sent on the go kart?"
