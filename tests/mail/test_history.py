from __future__ import annotations

import pytest

from daemon.mail.body import Body, newest_words

MARA = "Mara Vogt <mara@lindwerk.example>"
# As Gmail writes them where the name does not say otherwise.
ATTRIBUTIONS = {
    "en Gmail": f"On Mon, 2 Feb 2026 at 10:12, {MARA} wrote:",
    "en Gmail, American": f"On Mon, Feb 2, 2026 at 10:12\u202fAM {MARA} wrote:",
    "en Thunderbird": "On 02/02/2026 10:12, Mara Vogt wrote:",
    "en Thunderbird, short year": "On 2/2/26 10:12 AM, Mara Vogt wrote:",
    "en Apple Mail": f"On Feb 2, 2026, at 10:12, {MARA} wrote:",
    "en Evolution": "On Mon, 2026-02-02 at 10:12 +0100, Mara Vogt wrote:",
    "en mutt": "On Mon, Feb 02, 2026 at 10:12:12AM +0100, Mara Vogt wrote:",
    "en Fastmail": "On Mon, 2 Feb 2026, at 10:12, Mara Vogt wrote:",
    "en Proton": f"On Monday, February 2nd, 2026 at 10:12, {MARA} wrote:",
    "en Yahoo": f"On Monday, February 2, 2026 at 10:12:12 AM GMT+1, {MARA} wrote:",
    "en old Yahoo": f"--- On Mon, 2/2/26, {MARA} wrote:",
    "en K-9": f"On 2 February 2026 10:12:12 CET, {MARA} wrote:",
    "en NetEase": 'At 2026-02-02 10:12:12, "Mara Vogt" <mara@lindwerk.example> wrote:',
    "en Gnus": f"{MARA} writes:",
    "en Horde": f"Quoting {MARA}:",
    "de Horde": f"Zitat von {MARA}:",
    "en Notes": "Mara Vogt/Berlin/Lindwerk wrote on 02.02.2026 10:12:33:",
    "en wrapped": "On Mon, 2 Feb 2026 at 10:12, Mara Vogt\n<mara@lindwerk.example> wrote:",
    "en wrapped in the address": "On Mon, 2 Feb 2026 at 10:12, Mara Vogt <\nmara@lindwerk.example> wrote:",
    "en wrapped before the verb": f"On Mon, 2 Feb 2026 at 10:12, {MARA}\nwrote:",
    "en wrapped in the date": f"On Mon, 2 Feb 2026 at\n10:12, {MARA} wrote:",
    "en wrapped before the year": f"On Mon, 2 Feb\n2026 at 10:12, {MARA} wrote:",
    "de Gmail": f"Am Mo., 2. Feb. 2026 um 10:12 Uhr schrieb {MARA}:",
    "de Thunderbird": "Am 02.02.2026 um 10:12 schrieb Mara Vogt:",
    "de Thunderbird, short year": "Am 02.02.26 um 10:12 schrieb Mara Vogt:",
    "de Roundcube": "Am 2026-02-02 10:12, schrieb Mara Vogt:",
    "de GMX": '"Mara Vogt" <mara@lindwerk.example> schrieb am 02.02.2026 um 10:12:',
    "de wrapped": "Mara Vogt <mara@lindwerk.example>\nschrieb am Mo., 2. Feb. 2026, 10:12:",
    "fr": f"Le lun. 2 févr. 2026 à 10:12, {MARA} a écrit\u00a0:",
    "fr Apple Mail": f"Le 2 févr. 2026 à 10:12, {MARA} a écrit :",
    "es": "El lun, 2 feb 2026 a las 10:12, Mara Vogt (<mara@lindwerk.example>) escribió:",
    "ca": f"Missatge de {MARA} del dia dl., 2 de febr. 2026 a les 10:12:",
    "gl": "O luns, 2 feb 2026 ás 10:12, Mara Vogt (<mara@lindwerk.example>) escribiu:",
    "it": f"Il giorno lun 2 feb 2026 alle ore 10:12 {MARA} ha scritto:",
    "it Thunderbird": "Il 02/02/2026 10:12, Mara Vogt ha scritto:",
    "nl": f"Op ma 2 feb 2026 om 10:12 schreef {MARA}:",
    "nl Apple Mail": f"Op 2 feb. 2026 om 10:12 heeft {MARA} het volgende geschreven:",
    "pt": f"Em seg., 2 de fev. de 2026 às 10:12, {MARA} escreveu:",
    "ro": f"În lun., 2 feb. 2026 la 10:12, {MARA} a scris:",
    "da": f"Den man. 2. feb. 2026 kl. 10.12 skrev {MARA}:",
    "sv": f"Den mån 2 feb. 2026 kl 10:12 skrev {MARA}:",
    "nb": f"man. 2. feb. 2026 kl. 10:12 skrev {MARA}:",
    "is": f"Þann mán., 2. feb. 2026 kl. 10:12 skrifaði {MARA}:",
    "fi": "ma 2. helmik. 2026 klo 10.12 Mara Vogt (mara@lindwerk.example) kirjoitti:",
    "et": f"Kuupäev E, 2. veebruar 2026 kell 10:12 kirjutas {MARA}:",
    "lv": "pirmd., 2026. g. 2. febr., plkst. 10:12 — lietotājs Mara Vogt (<mara@lindwerk.example>) rakstīja:",
    "lt": f"2026-02-02, pr, 10:12 {MARA} rašė:",
    "pl": f"pon., 2 lut 2026 o 10:12 {MARA} napisał(a):",
    "pl Apple Mail": f"Wiadomość napisana przez {MARA} w dniu 2 lut 2026, o godz. 10:12:",
    "pl Thunderbird": "W dniu 2.02.2026 o 10:12, Mara Vogt pisze:",
    "cs": f"po 2. 2. 2026 v 10:12 odesílatel {MARA} napsal:",
    "cs Seznam": "Dne 2. 2. 2026 v 10:12 Mara Vogt napsal(a):",
    "sk": f"po 2. 2. 2026 o 10:12 {MARA} napísal(a):",
    "sl": f"V V pon., 2. feb. 2026 ob 10:12 je oseba {MARA} napisala:",
    "hr": f"pon, 2. velj 2026. u 10:12 {MARA} napisao je:",
    "sr": f"пон, 2. феб 2026. у 10:12 {MARA} је написао/ла:",
    "ru Gmail": f"пн, 2 февр. 2026 г. в 10:12, {MARA}:",
    "ru Thunderbird": "02.02.2026 10:12, Mara Vogt пишет:",
    "ru Mail.ru": f"Понедельник, 2 февраля 2026, 10:12 +03:00 от {MARA}:",
    "ru Yandex": '02.02.2026, 10:12, "Mara Vogt" <mara@lindwerk.example>:',
    "uk": f"пн, 2 лют. 2026 р. о 10:12 {MARA} пише:",
    "bg": f"На пн, 2.02.2026 г. в 10:12 {MARA} написа:",
    "el": f"Στις Δευ 2 Φεβ 2026 στις 10:12 π.μ., ο/η {MARA} έγραψε:",
    "hu": f"{MARA} ezt írta (időpont: 2026. febr. 2., H, 10:12):",
    "tr": f"{MARA}, 2 Şub 2026 Pzt, 10:12 tarihinde şunu yazdı:",
    "vi": f"Vào Th 2, 2 thg 2, 2026 vào lúc 10:12 {MARA} đã viết:",
    "id": f"Pada Sen, 2 Feb 2026 pukul 10.12 {MARA} menulis:",
    "he": f"בתאריך יום ב׳, 2 בפבר׳ 2026 ב-10:12 מאת {MARA}:",
    "he Apple Mail": f"ב-2 בפבר׳ 2026, בשעה 10:12, {MARA} כתב:",
    "ar": f"في الاثنين، 2 فبراير 2026 في 10:12 ص تمت كتابة ما يلي بواسطة {MARA}:",
    "fa": f"در تاریخ دوشنبه 2 فوریهٔ 2026، 10:12 {MARA} نوشت:",
    "hi": f"सोम, 2 फ़र॰ 2026 को 10:12 am बजे को {MARA} ने लिखा:",
    "ja Gmail": f"2026年2月2日(月) 10:12 {MARA}:",
    "ja Apple Mail": f"2026/02/02 10:12、{MARA}のメール:",
    "zh": f"{MARA} 于2026年2月2日周一 10:12写道：",
    "zh Foxmail": '在 2026-02-02 10:12:12，"Mara Vogt" <mara@lindwerk.example> 写道：',
    "zh-TW": f"{MARA} 於 2026年2月2日 週一 上午10:12寫道：",
    "ko": f"2026년 2월 2일 (월) 오전 10:12, {MARA}님이 작성:",
    "ko Apple Mail": f"2026. 2. 2. 오전 10:12, {MARA} 작성:",
    "tr Apple Mail": f"{MARA} şunları yazdı (2 Şub 2026 10:12):",
    "fi Apple Mail": f"{MARA} kirjoitti 2.2.2026 kello 10.12:",
    "en AOL": "In a message dated 2/2/2026 10:12:12 AM Eastern Standard Time, mara@lindwerk.example writes:",
    "en Spark": f"On 2 Feb 2026, 10:12 +0100, {MARA}, wrote:",
    "en Rediff": "On Mon, 02 Feb 2026 10:12:12 +0530 Mara Vogt  wrote",
    "de without its colon": "Am 02.02.26 um 10:12 schrieb Mara Vogt",
    "en Claws": f"On Mon, 2 Feb 2026 10:12:12 +0100\n{MARA} wrote:",
    "en old Gmail": f"2026/2/2 {MARA}",
    "en Tutanota": "Feb 2, 2026, 10:12 by mara@lindwerk.example:",
    "en The Bat": "Monday, February 2, 2026, 10:12:12 AM, you wrote:",
    "de Yahoo": f"Am Montag, 2. Februar 2026 um 10:12:12 MEZ hat {MARA} Folgendes geschrieben:",
    "nl Horde": f"Citeren {MARA}:",
    "fil": f"Noong Lun, Peb 2, 2026 nang 10:12 AM, sinulat ni {MARA} ang:",
    "sw": f"Mnamo Jtt, 2 Feb 2026, 10:12 {MARA} aliandika:",
    "bn": f"সোম, ২ ফেব, ২০২৬ তারিখে ১০:১২ AM টায় তারিখে {MARA} লিখেছেন:",
    "ta": f"திங்., 2 பிப்., 2026, முற்பகல் 10:12 அன்று, {MARA} எழுதியது:",
    "en in four lines": "On Mon, Feb 2, 2026 at 10:12 AM\nVogt, Mara\n<mara@lindwerk.example>\nwrote:",
    "th": f"ในวันที่ จ. 2 ก.พ. 2026 เวลา 10:12 {MARA} เขียนว่า:",
}
# As Outlook writes them, the others as their programs do.
BLOCKS = {
    "en": "From: Mara Vogt\nSent: Monday, February 2, 2026 10:12 AM\nTo: Jonas\nSubject: Laptop",
    "en iOS": f"From: {MARA}\nDate: Monday, 2 February 2026 at 10:12\nTo: Jonas\nSubject: Laptop",
    "en Notes": "From:\tMara Vogt/HH@LINDWERK\nTo:\tJonas/HH@LINDWERK\nDate:\t02.02.2026 10:12\nSubject:\tLaptop",
    "de": "Von: Mara Vogt\nGesendet: Montag, 2. Februar 2026 10:12\nAn: Jonas\nBetreff: Laptop",
    "de GMX": "Gesendet: Montag, 02. Februar 2026 um 10:12 Uhr\nVon: Mara Vogt\nAn: Jonas\nBetreff: Laptop",
    "fr": "De : Mara Vogt\nEnvoyé : lundi 2 février 2026 10:12\nÀ : Jonas\nObjet : Portable",
    "es": "De: Mara Vogt\nEnviado el: lunes, 2 de febrero de 2026 10:12\nPara: Jonas\nAsunto: Portátil",
    "it": "Da: Mara Vogt\nInviato: lunedì 2 febbraio 2026 10:12\nA: Jonas\nOggetto: Portatile",
    "nl": "Van: Mara Vogt\nVerzonden: maandag 2 februari 2026 10:12\nAan: Jonas\nOnderwerp: Laptop",
    "pt": "De: Mara Vogt\nEnviado: segunda-feira, 2 de fevereiro de 2026 10:12\nPara: Jonas\nAssunto: Portátil",
    "ro": "De la: Mara Vogt\nTrimis: luni, 2 februarie 2026 10:12\nCătre: Jonas\nSubiect: Laptop",
    "da": "Fra: Mara Vogt\nSendt: mandag den 2. februar 2026 10:12\nTil: Jonas\nEmne: Laptop",
    "sv": "Från: Mara Vogt\nSkickat: den 2 februari 2026 10:12\nTill: Jonas\nÄmne: Laptop",
    "fi": "Lähettäjä: Mara Vogt\nLähetetty: maanantai 2. helmikuuta 2026 10.12\nVastaanottaja: Jonas\nAihe: Kannettava",
    "pl": "Od: Mara Vogt\nWysłano: poniedziałek, 2 lutego 2026 10:12\nDo: Jonas\nTemat: Laptop",
    "cs": "Od: Mara Vogt\nOdesláno: pondělí 2. února 2026 10:12\nKomu: Jonas\nPředmět: Notebook",
    "sk": "Od: Mara Vogt\nOdoslané: pondelok 2. februára 2026 10:12\nKomu: Jonas\nPredmet: Notebook",
    "sl": "Od: Mara Vogt\nPoslano: ponedeljek, 02. februar 2026 10:12\nZa: Jonas\nZadeva: Prenosnik",
    "hr": "Od: Mara Vogt\nPoslano: ponedjeljak, 2. veljače 2026. 10:12\nPrima: Jonas\nPredmet: Laptop",
    "ru": "От: Mara Vogt\nОтправлено: 2 февраля 2026 г. 10:12\nКому: Jonas\nТема: Ноутбук",
    "uk": "Від: Mara Vogt\nНадіслано: 2 лютого 2026 р. 10:12\nКому: Jonas\nТема: Ноутбук",
    "el": "Από: Mara Vogt\nΣτάλθηκε: Δευτέρα, 2 Φεβρουαρίου 2026 10:12\nΠρος: Jonas\nΘέμα: Laptop",
    "hu": "Feladó: Mara Vogt\nElküldve: 2026. február 2., hétfő 10:12\nCímzett: Jonas\nTárgy: Laptop",
    "tr": "Gönderen: Mara Vogt\nGönderildi: 2 Şubat 2026 Pazartesi 10:12\nKime: Jonas\nKonu: Dizüstü",
    "zh": "发件人：Mara Vogt\n发送时间：2026年2月2日 10:12\n收件人：Jonas\n主题：笔记本",
    "ja": "差出人: Mara Vogt\n送信日時: 2026年2月2日 10:12\n宛先: Jonas\n件名: パソコン",
    "ko": "보낸 사람: Mara Vogt\n보낸 날짜: 2026년 2월 2일 월요일 오전 10:12\n받는 사람: Jonas\n제목: 노트북",
    "he": "מאת: Mara Vogt\nנשלח: יום שני 02 פברואר 2026 10:12\nאל: Jonas\nנושא: מחשב",
    "ar": "من: Mara Vogt\nتم الإرسال: 2 فبراير 2026 10:12\nإلى: Jonas\nالموضوع: حاسوب",
    "eu": "Nork: Mara Vogt\nBidaltze-data: 2026.eko otsailak 2 10:12\nNori: Jonas\nGaia: Igogailua",
    "ms": "Daripada: Mara Vogt\nDihantar: Isnin, 2 Februari 2026 10:12\nKepada: Jonas\nSubjek: Lif",
    "ja Outlook": "送信元: Mara Vogt\n日付: 2026年2月2日 月曜日 10:12\n宛先: Jonas\n件名: パソコン",
    "table": "| From: | Mara Vogt |\n| To: | Jonas |\n| Date: | 02.02.2026 10:12 |\n| Subject: | Lift |",
    "bold": "*From:* Mara Vogt <mara@lindwerk.example>\n*Sent:* Monday 10:12\n*To:* Jonas\n*Subject:* Laptop",
    "no subject": "From: Mara Vogt <mara@lindwerk.example>\nDate: Monday, 2 February 2026 at 10:12\nTo: Jonas",
    "only two labels below a ruled line": "Von: Mara Vogt\nGesendet: Montag, 2. Februar 2026",
}
MARKS = [
    "-----Original Message-----",
    "-------- Original message --------",
    "------- Original Message -------",
    "________ Original Message ________",
    "‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐",
    "-----Ursprüngliche Nachricht-----",
    "-------- Ursprüngliche Nachricht --------",
    "----- Ursprüngliche Mail -----",
    "-----Message d'origine-----",
    "----- Mail original -----",
    "-----Mensaje original-----",
    "-----Messaggio originale-----",
    "-----Oorspronkelijk bericht-----",
    "-----Mensagem original-----",
    "-----Oprindelig meddelelse-----",
    "-----Ursprungligt meddelande-----",
    "-----Opprinnelig melding-----",
    "-----Alkuperäinen viesti-----",
    "-----Wiadomość oryginalna-----",
    "---------- Původní zpráva ----------",
    "-----Исходное сообщение-----",
    "-----Eredeti üzenet-----",
    "-----Αρχικό μήνυμα-----",
    "-----Orijinal Mesaj-----",
    "------------------ 原始邮件 ------------------",
    "-----元のメッセージ-----",
    "-----원본 메시지-----",
    "-----Mara Vogt/Lindwerk wrote: -----",
    "-----mara@lindwerk.example schrieb: -----",
    "Mara Vogt---02.02.2026 10:12:33---Dear all, the lift is stuck",
    "---- On Mon, 02 Feb 2026 10:12:12 +0100 Mara Vogt <mara@lindwerk.example> wrote ----",
    "----- Nachricht von Mara Vogt <mara@lindwerk.example> ---------",
    "----- Message from mara@lindwerk.example ---------",
    ">>> Mara Vogt <mara@lindwerk.example> 02.02.2026 10:12 >>>",
    '>>> "Mara Vogt" <mara@lindwerk.example> 02/02/26 10:12 AM >>>',
    "------------------ Original ------------------",
    "---Original---",
    "---- Replied Message ----",
    "---- Original Nachricht ----",
    "------------------&nbsp;原始邮件&nbsp;------------------",
    "---- Mara Vogt wrote ----",
    "---------- Mensagem anterior ----------",
    ">>> Mara Vogt <mara@lindwerk.example> 02.02.2026 10:12 Uhr >>>",
    '>>> "Mara Vogt" <mara@lindwerk.example> schrieb am 02.02.2026 um 10:12 in Nachricht',
    "##- Digite a sua resposta acima desta linha -##",
    "##- Skriv ditt svar ovanför den här raden -##",
    "##- Wpisz odpowiedź powyżej tej linii -##",
    "##- Пожалуйста, введите ваш ответ над этой строкой -##",
    "##- この行より上に返信を入力してください -##",
    "##- 请在此行上方输入您的回复 -##",
    "=-=-=-= Please write above this line =-=-=-=",
    "### Please do not write below this line ###",
    "Antwoord boven deze lijn",
    "##- Please type your reply above this line -##",
    "--- Reply above this line ---",
    "Bitte geben Sie Ihre Antwort oberhalb dieser Zeile ein.",
]


@pytest.mark.parametrize("line", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
def test_the_line_above_a_quote_is_known_in_many_languages(line: str) -> None:
    body = newest_words(f"Thanks a lot\n\n{line}\n> old words\n> more")

    assert body.words == "Thanks a lot"
    assert body.quoted.endswith("\n> old words\n> more")


@pytest.mark.parametrize("line", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
def test_the_words_right_above_such_a_line_stay(line: str) -> None:
    assert newest_words(f"Thanks a lot\n{line}\n> old words").words == "Thanks a lot"


@pytest.mark.parametrize(
    "name", ["de Gmail", "en Gmail", "fr", "pl", "el", "zh", "ko", "vi", "fil", "en Rediff", "de Yahoo"]
)
def test_old_words_without_quote_marks_go_with_an_exact_line_above_them(name: str) -> None:
    assert newest_words(f"Yes.\n\n{ATTRIBUTIONS[name]}\nold words").words == "Yes."


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS.keys())
def test_the_block_above_an_old_mail_is_known_in_many_languages(block: str) -> None:
    body = newest_words(f"Yes, please.\n\n________________\n{block}\n\nold words")

    assert body.words == "Yes, please."
    assert body.quoted.endswith(f"{block}\n\nold words")


@pytest.mark.parametrize("block", list(BLOCKS.values())[:-1], ids=list(BLOCKS)[:-1])
def test_such_a_block_needs_no_ruled_line_above_it(block: str) -> None:
    assert newest_words(f"Yes, please.\n\n{block}\n\nold words").words == "Yes, please."


@pytest.mark.parametrize("mark", MARKS)
def test_the_mark_of_an_original_message_ends_the_words(mark: str) -> None:
    assert newest_words(f"Yes.\n\n{mark}\nFrom: Mara\n\nold words").words == "Yes."


def test_a_mark_without_dashes_goes_with_the_block_below_it() -> None:
    body = newest_words(f"Yes.\n\n  Original Message  \n{BLOCKS['en']}\n\nold words")

    assert body.words == "Yes."


def test_words_below_a_block_that_stands_first_are_kept() -> None:
    text = f"{BLOCKS['pl']}\n\nProszę o nowy laptop."

    assert newest_words(text) == Body(text, "", "")


@pytest.mark.parametrize(
    "text",
    [
        "On Monday the server wrote 3 errors:\nE1\nE2\nE3",
        "Yesterday at 14:00 Mara wrote to me:\nthe printer is on fire",
        "Please book:\nFrom: Hamburg\nTo: Lyon\nDate: 3 May 2026\nThank you",
        "Please invite Mara (mara@lindwerk.example) on 2 Feb 2026 at 10:12:\n- the agenda\n- the room",
        "The meeting is on 02.02.2026 10:12, please order:\n3 coffees",
        "The values are\n  x > y\nand that is wrong.",
        "Wrote a mail, got no answer:",
        "a -- b",
        "Original message lost, please resend",
        "Is this one real?\n\nReturn-Path: <x@y.example>\nFrom: Boss <b@y.example>\nTo: me\nSubject: Gift\nX-Mailer: x",
        "----- the new wing -----",
        "--- what Mara wrote about it ---\nis wrong",
        "We moved from: Berlin\nto: Hamburg",
        'I wrote on 2 February 2026 at 10:12:\n"the key is lost"\nNo answer so far.',
        "--- Floor 1 ---\nlamp\n--- Floor 2 ---\ndoor",
        "Please write the date above this line on the form.",
        "* * *\nHello\n* * *\nplease print this",
        "Name: Mara Vogt <mara@x.example>\nDate: 2 Feb 2026 10:12\nSubject: keys\nRoom: 2",
    ],
)
def test_words_that_only_look_like_a_quote_are_kept(text: str) -> None:
    assert newest_words(text) == Body(text, "", "")


@pytest.mark.parametrize(
    "above",
    [
        "_" * 20,
        "---Original---",
        "* * *",
        "---",
        "Mara Vogt --- Re: Lift ---",
        "----------------\nКому: Jonas;\nТема: Лифт;",
        "____________________\nmara@lindwerk.example",
    ],
)
def test_what_a_program_puts_right_above_old_mail_goes_with_it(above: str) -> None:
    assert newest_words(f"Yes.\n\n{above}\n\n> old words").words == "Yes."
    assert newest_words(f"Yes.\n\n{above}\n{ATTRIBUTIONS['en Gmail']}\nold words").words == "Yes."


def test_the_rest_of_a_quoted_line_that_was_broken_once_more_is_quoted() -> None:
    long = "> This is a very long line of the old mail which was wrapped by a bad"
    text = f"Yes.\n\n{ATTRIBUTIONS['en Gmail']}\n{long}\nprogram in the middle\n> and goes on here.\n"

    assert newest_words(text).words == "Yes."


def test_an_answer_between_two_quoted_lines_without_a_blank_one_is_kept() -> None:
    question = "> Should the new chairs come from the company that we used the last time"
    text = f"{ATTRIBUTIONS['en Gmail']}\n{question}\nyes please\n> Which colour\n"

    assert newest_words(text).words == "yes please"


def test_windows_mail_leaves_out_an_empty_subject() -> None:
    block = "From: Mara Vogt\nSent: ‎Monday‎, ‎February‎ ‎2‎, ‎2026 ‎10‎:‎12‎ ‎AM\nTo: IT"

    assert newest_words(f"It works.\n\n{block}\n\nDoes it?").words == "It works."
    journey = "From: Hamburg\nTo: Lyon\nDate: 2 May 2026 10:12"
    assert newest_words(f"Please book:\n\n{journey}\n\nOne seat.").words.endswith("One seat.")


def test_polymail_scatters_the_line_above_a_quote() -> None:
    line = "On Mon, Feb 2, 2026 at 10:12 AM Mara Vogt\n\n<\nmailto:Mara Vogt <mara@lindwerk.example>\n> wrote:"

    assert newest_words(f"It works.\n\n{line}\n\n> Does it?").words == "It works."


def test_a_notification_below_its_own_line_where_to_write_is_kept() -> None:
    words = newest_words("## Reply above this line ##\n\nRobin commented: the lift stops.").words

    assert words == "Robin commented: the lift stops."


@pytest.mark.parametrize(
    "line",
    ["Quoting Mara Vogt (2026-02-02 10:12:33)", '"Mara" <mara@lindwerk.example> wrote in message news:a@x.example...'],
)
def test_such_a_line_without_a_colon_is_known_above_a_quote(line: str) -> None:
    assert newest_words(f"It works.\n\n{line}\n> Does it?").words == "It works."
    assert newest_words(f"It works.\n\n{line}\n\nShe is right.").words.endswith("She is right.")


@pytest.mark.parametrize(
    "line",
    [
        "On Mon, Feb 2, 2026 at 10:12, Mara Vogt<mara@lindwerk.example> wrote:   Shall we?",
        "Am Montag, Februar 2, 2026, 10:12 AM schrieb Mara Vogt <mara@lindwerk.example>: Geht das?",
        "From: Mara <mara@lindwerk.example> Sent: Monday, February 2, 2026 10:12 AM To: IT Subject: Lift",
        "Von: Mara <mara@lindwerk.example> Gesendet: Montag, 2. Februar 2026 10:12 An: IT Betreff: Lift",
        "-----Özgün İleti-----",
    ],
)
def test_old_mail_whose_line_breaks_were_lost_ends_the_words(line: str) -> None:
    assert newest_words(f"Yes.\n\n{line}\nold words").words == "Yes."


@pytest.mark.parametrize(
    "line",
    [
        "On Monday at 10:12 Mara <mara@lindwerk.example> wrote: it is stuck",
        "I wrote on 2 Feb 2026 at 10:12 to Mara <mara@lindwerk.example> twice: no answer",
        "From: Hamburg To: Lyon Date: 3 May 2026 8:00 Seats: 2",
    ],
)
def test_a_sentence_with_a_colon_stays_words(line: str) -> None:
    assert newest_words(f"Hello.\n\n{line}\nmore").words == f"Hello.\n\n{line}\nmore"


def test_a_header_that_somebody_pasted_stays_words() -> None:
    header = (
        "Return-Path: <x@evil.example>\nFrom: Bank <x@evil.example>\nDate: Mon, 2 Feb 2026 10:12:33\nSubject: Hello"
    )

    assert newest_words(f"Is this real?\n\n{header}").words == f"Is this real?\n\n{header}"
