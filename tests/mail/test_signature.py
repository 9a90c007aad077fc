from __future__ import annotations

import pytest

from daemon.mail.body import Body, newest_words

CLOSINGS = [
    *(
        "Kind regards,",
        "Best regards",
        "Best,",
        "Many thanks and kind regards,",
        "Sincerely",
        "Cheers",
        "Mit freundlichen Grüßen / Best regards",
        "With best regards / Mit freundlichen Grüßen / Cordialement",
        "Bonne fin de journée,",
        "Have a nice day",
    ),
    *(
        "Mit freundlichen Grüßen",
        "Viele Grüße aus Berlin",
        "Vielen Dank und viele Grüße",
        "MfG",
        "LG",
        "Freundliche Grüsse",
    ),
    *("Cordialement,", "Bien à vous", "Saludos cordiales", "Un saludo,", "Atentamente", "Cordiali saluti"),
    *("Distinti saluti", "Met vriendelijke groet,", "Atenciosamente", "Com os melhores cumprimentos", "Cu stimă,"),
    *("Med venlig hilsen", "Kh", "Mvh,", "Med vänlig hälsning", "Vennlig hilsen", "Ystävällisin terveisin"),
    *("Með kveðju", "Lugupidamisega", "Ar cieņu", "Pagarbiai", "Pozdrawiam,", "Z poważaniem", "S pozdravem"),
    *("S pozdravom", "Lep pozdrav", "Srdačan pozdrav", "С уважением,", "З повагою", "Με εκτίμηση", "Üdvözlettel"),
    *("Saygılarımla", "Trân trọng", "Hormat saya", "敬具", "此致敬礼", "בברכה,", "مع التحية", "ขอแสดงความนับถือ"),
]
DEVICES = [
    "Sent from my iPhone",
    "Sent from my Verizon Wireless BlackBerry",
    "Sent from Outlook for Android",
    "Sent from Mail for Windows 10",
    "Sent from Mail (https://go.microsoft.com/fwlink/?LinkId=550986) for Windows",
    "Sent via the Samsung Galaxy S10, an AT&T 5G smartphone",
    "Sent from Yahoo Mail on Android",
    "Sent with Proton Mail secure email.",
    "Get Outlook for iOS",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Get Outlook for Android (https://aka.ms/AAb9ysg)",
    "Von meinem iPhone gesendet",
    "Von meinem Samsung Galaxy Smartphone gesendet.",
    "Von Outlook für iOS gesendet",
    "Gesendet von Outlook für iOS",
    "Gesendet mit der GMX Mail App",
    "Diese Nachricht wurde von meinem Android-Mobiltelefon mit GMX Mail gesendet.",
    "Outlook für iOS beziehen",
    "Hol dir Outlook für iOS<https://aka.ms/o0ukef>",
    "Sent from my Android device with K-9 Mail. Please excuse my brevity.",
    "Envoyé de mon iPhone",
    "Envoyé depuis mon Galaxy",
    "Envoyé à partir de Outlook pour Android",
    "Télécharger Outlook pour iOS",
    "Enviado desde mi iPhone",
    "Obtener Outlook para iOS",
    "Enviat des de l'iPhone",
    "Inviato da iPhone",
    "Inviato da Outlook per Android",
    "Verstuurd vanaf mijn iPhone",
    "Verzonden vanuit Outlook voor iOS",
    "Enviado do meu iPhone",
    "Trimis de pe iPhone-ul meu",
    "Sendt fra min iPhone",
    "Hent Outlook til iOS",
    "Skickat från min iPhone",
    "Lähetetty iPhonesta",
    "Wysłane z iPhone'a",
    "Pobierz aplikację Outlook dla systemu iOS",
    "Odesláno z iPhonu",
    "Odoslané z iPhonu",
    "Poslano s mog iPhonea",
    "Отправлено с iPhone",
    "Отправлено с моего iPhone",
    "Надіслано з iPhone",
    "Изпратено от моя iPhone",
    "Στάλθηκε από το iPhone μου",
    "Elküldve az iPhone-omról",
    "iPhone'umdan gönderildi",
    "iPhoneから送信",
    "나의 iPhone에서 보냄",
    "发自我的iPhone",
    "從我的 iPhone 傳送",
    "ส่งจาก iPhone ของฉัน",
    "Đã gửi từ iPhone của tôi",
    "Dikirim dari iPhone saya",
    "נשלח מה-iPhone שלי",
    "أُرسلت من الـ iPhone",
]
DISCLAIMERS = [
    "This e-mail and any attachments are confidential. If you are not the intended recipient, please delete it.",
    "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat sind, löschen Sie sie.",
    "Ce message et toutes les pièces jointes sont confidentiels.",
    "Este mensaje y sus archivos adjuntos son confidenciales.",
    "Questo messaggio e gli eventuali allegati sono riservati.",
    "Dit bericht is uitsluitend bestemd voor de geadresseerde.",
    "Esta mensagem e seus anexos são confidenciais.",
    "Niniejsza wiadomość jest przeznaczona wyłącznie dla adresata.",
    "Please consider the environment before printing this e-mail.",
]
BANNERS = [
    "CAUTION: This email originated from outside of the organization. Do not click links unless you know the sender.",
    "You don't often get email from guest@visitor.example. Learn why this is important",
    "ACHTUNG: Diese E-Mail stammt von außerhalb der Organisation.",
    "Ce courriel provient de l'extérieur de l'organisation.",
]


@pytest.mark.parametrize("closing", CLOSINGS)
def test_a_closing_and_the_name_below_it_are_a_signature(closing: str) -> None:
    body = newest_words(f"Hello,\n\nthe door is stuck.\n\n{closing}\nMara Vogt\n+49 30 1234567")

    assert body == Body("Hello,\n\nthe door is stuck.", "", f"{closing}\nMara Vogt\n+49 30 1234567")


@pytest.mark.parametrize(
    "line", ["LG Mara", "Viele Grüße, Mara", "Mvh Jonas Weber", "Kind regards, Mara Vogt", "Med venlig hilsen Anne"]
)
def test_a_closing_may_share_its_line_with_the_name(line: str) -> None:
    assert newest_words(f"The door is stuck.\n{line}") == Body("The door is stuck.", "", line)


@pytest.mark.parametrize(
    "thanks", ["Thanks,", "Vielen Dank", "Merci", "谢谢", "よろしくお願いいたします", "감사합니다"]
)
def test_a_name_below_thanks_is_a_signature(thanks: str) -> None:
    assert newest_words(f"The door is stuck.\n\n{thanks}\nMara Vogt").signature == "Mara Vogt"


def test_a_signature_with_many_lines_and_a_quote_below_it_is_found() -> None:
    signature = "Best regards\n\nMara Vogt\nPurchasing\n\nLindwerk GmbH | Hafenstr. 1 | 20457 Hamburg\nTel. +49 40 1234"
    body = newest_words(f"Yes.\n\n{signature}\n\nOn 2 Feb 2026 at 10:12, Jonas Weber wrote:\n> When?")

    assert (body.words, body.signature) == ("Yes.", signature)


@pytest.mark.parametrize("line", ["-Mara Vogt", "/Jonas", "~mara", "--Mara"])
def test_a_name_behind_a_dash_is_a_signature(line: str) -> None:
    assert newest_words(f"The door is stuck.\n\n{line}") == Body("The door is stuck.", "", line)


def test_thanks_stay_words_because_they_are_for_somebody() -> None:
    body = newest_words("It works again.\n\nThank you so much!\n\nThanks,\nMara Vogt")

    assert body == Body("It works again.\n\nThank you so much!\n\nThanks,", "", "Mara Vogt")


@pytest.mark.parametrize(
    "text",
    [
        "Best",
        "Kind regards",
        "Regards\nMara",
        "I need:\n\n- a laptop\n\n- a monitor",
        "Which one is best\nfor me, and why do we have two of them at all?",
        "Best regards to your team, they have repaired it in an hour.",
        "Sent from my desk, is much easier than my mobile phone.",
        "Sent from the wrong account",
        "My iPhone does not send mail. What now?",
        "Outlook for iOS loses my mails",
        "Grüße an alle von der Messe, der Beamer fehlt noch",
        "Saluti dalla fiera: manca ancora il proiettore",
        "Regards the printer: it is broken.",
        "Thanks",
        "How do I read this?\n\n--BOUNDARY--",
        "Is this footer right?\n__________\nMonday\nTuesday",
        "I am an external, and my badge is confidential. What do I do?",
    ],
)
def test_words_that_only_look_like_a_signature_are_kept(text: str) -> None:
    assert newest_words(text) == Body(text, "", "")


def test_a_postscript_below_a_signature_is_kept() -> None:
    body = newest_words("The door is stuck.\n\nKind regards\nMara\n\nPS: the key is at the gate.")

    assert body == Body("The door is stuck.\n\nPS: the key is at the gate.", "", "Kind regards\nMara")


def test_words_below_a_closing_are_kept() -> None:
    body = newest_words(
        "Hello,\nsee below.\n\nRegards\nMara\n\nThe printer on the second floor prints only blank pages."
    )

    assert body.words == "Hello,\nsee below.\n\nThe printer on the second floor prints only blank pages."


@pytest.mark.parametrize("line", DEVICES)
def test_the_line_about_the_device_is_a_signature(line: str) -> None:
    assert newest_words(f"The door is stuck.\n\n{line}") == Body("The door is stuck.", "", line)


@pytest.mark.parametrize("text", DISCLAIMERS)
def test_a_disclaimer_is_set_aside(text: str) -> None:
    assert newest_words(f"The door is stuck.\n\n{text}") == Body("The door is stuck.", "", text)


@pytest.mark.parametrize("text", BANNERS)
def test_a_banner_above_mail_from_outside_is_set_aside(text: str) -> None:
    assert newest_words(f"{text}\n\nThe door is stuck.") == Body("The door is stuck.", "", text)


def test_words_right_below_such_a_banner_are_kept() -> None:
    banner = "CAUTION: This email originated from outside of the organization.\nDo not click links."

    assert newest_words(f"{banner}\nThe door is stuck.") == Body("The door is stuck.", "", banner)


def test_the_footer_of_a_mailing_list_is_set_aside() -> None:
    footer = "_______________________________________________\nstaff mailing list\nstaff@lists.lindwerk.example"

    assert newest_words(f"The door is stuck.\n\n{footer}") == Body("The door is stuck.", "", footer)


def test_a_signature_ends_where_the_quote_begins() -> None:
    body = newest_words("Yes.\n-- \nMara\nIT\n\n> old words\n\nAnd one more thing.")

    assert body == Body("Yes.\n\nAnd one more thing.", "> old words", "--\nMara\nIT")


def test_two_dashes_before_a_long_text_are_no_signature() -> None:
    text = "Part one.\n--\n" + "\n".join(f"line {n}" for n in range(40))

    assert newest_words(text).words == text


@pytest.mark.parametrize(
    "closing",
    [
        "Je vous prie d'agréer, Madame, Monsieur, l'expression de mes salutations distinguées.",
        "Veuillez agréer, Madame, Monsieur, mes salutations distinguées.",
        "Sin otro particular, reciba un cordial saludo.",
        "In attesa di un Suo riscontro porgo cordiali saluti.",
    ],
)
def test_the_long_closings_of_letters_are_closings(closing: str) -> None:
    assert newest_words(f"Please come.\n\n{closing}\n\nMara Vogt").words == "Please come."


@pytest.mark.parametrize(
    "box",
    [
        "--------------------\n株式会社リンド\n総務部 山田太郎\nTEL: 03-1234-5678\n--------------------",
        "＊＊＊＊＊＊＊＊＊＊\n山田太郎\nTEL: 03-1234-5678\n＊＊＊＊＊＊＊＊＊＊",
        "__________________\nMara Vogt\nHead of Facilities\nTel. +49 40 1234",
    ],
)
def test_a_name_and_numbers_below_a_rule_are_a_signature(box: str) -> None:
    assert newest_words(f"Please come.\n\n{box}").words == "Please come."


@pytest.mark.parametrize(
    "text",
    [
        "Please update our entry:\n\n__________\nLind AG\nTel.: 040 1234",
        "Parking:\n\n-----\nPlace 12: Mara, tel 12\nPlace 13: Jonas, tel 13\n-----\n\nPlease update the list.",
        "Laptop for Mara\n==========\nplease order one\n\nPhone for Mara\n==========\nplease order one",
        "Take care of the plants please.\n\nMara",
        "Have a nice day!\n\nAlso: the lamp is broken.",
    ],
)
def test_rules_and_wishes_within_the_words_stay(text: str) -> None:
    assert newest_words(text).words == text


def test_numbers_below_thanks_and_a_name_are_a_signature() -> None:
    below = "Mara\n\nMara Vogt | Project Manager | Lind AG\nT +49 40 1234 | M +49 170 1234\nwww.lind.example"

    assert newest_words(f"Please come.\n\nThanks!\n{below}").words == "Please come.\n\nThanks!"


@pytest.mark.parametrize("number", ["+49 30 1234567", "mara@lindwerk.example"])
def test_a_name_and_how_to_reach_it_below_a_rule_are_a_signature(number: str) -> None:
    text = f"It works.\n\n________________________\nMara Vogt\nOperations | Lindwerk\n{number}"

    assert newest_words(text).words == "It works."


@pytest.mark.parametrize("foot", ["__\nMara", "- Mara Vogt", "---\n[Visit Topic](https://x.example/t) to respond."])
def test_two_strokes_a_name_behind_a_dash_and_a_forums_foot_are_no_words(foot: str) -> None:
    assert newest_words(f"The lift is stuck.\n\n{foot}").words == "The lift is stuck."


@pytest.mark.parametrize(
    "text",
    ["Two things\n--\none\n--\nWhich first?", "Please order\n\n- Monitor\n\n- Mouse", "Please order:\n\n- Monitor"],
)
def test_strokes_between_words_and_items_of_a_list_stay_words(text: str) -> None:
    assert newest_words(text).words == text
