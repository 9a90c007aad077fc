from __future__ import annotations

import pytest

from daemon.mail.absence import (
    begins_as_absence,
    is_absence_subject,
    is_leave_subject,
    is_mailing,
    says_automatic_reply,
    says_program,
    says_read,
)
from daemon.mail.leave import says_away
from tests.speed import is_done_within

SUBJECTS = [
    *("Automatic reply: Printer", "Out of Office: Printer", "Out of Office AutoReply: Printer", "Auto-Reply: Printer"),
    *("[Auto-Reply] Printer", "(Out of office) Printer", "AutoReply: Printer", "Automated response: Printer"),
    *("away from my mail", "I am out of the office", "Vacation reply", "Out of office until Monday", "OOO: Printer"),
    *("Out of the Office Re: Printer", "Re: Printer (Out of office)", "Abwesenheitsnotiz AW: Drucker"),
    *("[lindwerk.example #4711] AutoReply: Printer", "[EXT] Automatic reply: Printer"),
    *("Automatische Antwort: Drucker", "Abwesenheitsnotiz: Drucker", "Abwesenheitsnotiz", "Ich bin nicht im Büro"),
    *("Réponse automatique : Imprimante", "Absence du bureau : Imprimante", "Notification d'absence"),
    *("Respuesta automática: Impresora", "Fuera de la oficina: Impresora", "Resposta automàtica: Impressora"),
    *("Resposta automática: Impressora", "Ausência temporária: Impressora", "Risposta automatica: Stampante"),
    *(
        "Fuori sede: Stampante",
        "Răspuns automat: Imprimantă",
        "Automatisch antwoord: Printer",
        "Niet aanwezig: Printer",
    ),
    *("Automatisk svar: Printer", "Autosvar: Printer", "Ikke til stede: Printer", "Fraværsmelding: Skriver"),
    *(
        "Automatiskt svar: Skrivare",
        "Frånvaromeddelande",
        "Automaattinen vastaus: Tulostin",
        "Sjálfvirkt svar: Prentari",
    ),
    *("Automaatvastus: Printer", "Automātiskā atbilde: Printeris", "Automatinis atsakymas: Spausdintuvas"),
    *("Odpowiedź automatyczna: Drukarka", "Automatyczna odpowiedź: Drukarka", "Poza biurem: Drukarka"),
    *("Automatická odpověď: Tiskárna", "Automatická odpoveď: Tlačiareň", "Samodejni odgovor: Tiskalnik"),
    *(
        "Automatski odgovor: Pisač",
        "Аутоматски одговор: Штампач",
        "Automatikus válasz: Nyomtató",
        "Házon kívül: Nyomtató",
    ),
    *("Автоматический ответ: Принтер", "Автоответ: Принтер", "Автоматична відповідь: Принтер"),
    *("Автоматичен отговор: Принтер", "Αυτόματη απάντηση: Εκτυπωτής", "Otomatik Yanıt: Yazıcı", "Ofis dışında"),
    *("Trả lời tự động: Máy in", "Balasan otomatis: Printer", "Balasan automatik: Pencetak", "תשובה אוטומטית: מדפסת"),
    *("رد تلقائي: طابعة", "پاسخ خودکار: چاپگر", "स्वचालित उत्तर: प्रिंटर", "自動応答: プリンター", "自动答复: 打印机"),
    *("自動回覆: 印表機", "자동 회신: 프린터", "การตอบกลับอัตโนมัติ: เครื่องพิมพ์"),
]


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_subject_of_an_absence_notice_is_known_in_many_languages(subject: str) -> None:
    assert is_absence_subject(subject)


@pytest.mark.parametrize(
    "subject",
    [
        *("Out of office settings do not work", "Automatic doors are stuck", "Auto: the company car", "Auto repair"),
        *(
            "Re: Automatic reply: Printer",
            "Abwesenheit im Kalender eintragen",
            "Automatische Tür klemmt",
            "Vacation days",
        ),
        *("Réponse de la banque", "Fuera de servicio: ascensor", "Poza tym: drukarka", "Holiday request", ""),
    ],
)
def test_other_subjects_are_not(subject: str) -> None:
    assert not is_absence_subject(subject)


@pytest.mark.parametrize(
    "words",
    [
        "This is an automatic reply. I am away until Monday.",
        "This is an automatically generated response from our desk.",
        "This message has been automatically generated in response to the creation of a ticket.",
        "Dies ist eine automatisch generierte Antwort.",
        "Diese E-Mail ist eine automatische Eingangsbestätigung.",
        "Ceci est une réponse automatique.",
        "Esta es una respuesta automática.",
        "Questa è una risposta automatica.",
        "Dit is een automatisch antwoord.",
        "To jest automatyczna odpowiedź.",
        "Detta är ett automatiskt svar.",
        "これは自動返信メールです。",
    ],
)
def test_a_responder_says_what_it_is(words: str) -> None:
    assert says_automatic_reply(words)


@pytest.mark.parametrize(
    "words",
    [
        "This is an automated message.\nPlease do not reply to this email.",
        "Diese E-Mail wurde automatisch erstellt.",
        "Bitte antworten Sie nicht auf diese Nachricht.",
        "Merci de ne pas répondre à ce message.",
        "Por favor, no responda a este correo.",
        "Si prega di non rispondere a questa e-mail.",
        "Prosimy nie odpowiadać na tę wiadomość.",
        "This mailbox is not monitored.",
        "This is an automated message, please do not reply.",
        "This is a system generated email. Do not reply.",
        "This is an auto-generated email, please don't reply.",
        "Replies to this email are not monitored.",
        "Please do not respond to this email as this mailbox is unattended.",
        "This message was generated by the smartd daemon running on web.",
        "Ce message a été envoyé automatiquement, merci de ne pas y répondre.",
        "Este es un correo automático, por favor no responda.",
        "Questa è una mail automatica, si prega di non rispondere.",
        "Esta é uma mensagem automática, por favor não responda.",
        "Dit is een automatisch gegenereerde e-mail. U kunt hier niet op reageren.",
        "Wiadomość wygenerowana automatycznie, prosimy na nią nie odpowiadać.",
        "Denne mail er sendt automatisk og kan ikke besvares.",
        "Detta är ett automatiskt genererat meddelande.",
        "Tämä on automaattinen viesti.",
        "Tato zpráva byla vygenerována automaticky, neodpovídejte na ni.",
        "Ez egy automatikusan generált üzenet, kérjük ne válaszoljon rá.",
        "Это письмо сформировано автоматически, отвечать на него не нужно.",
        "Bu e-posta otomatik olarak gönderilmiştir, lütfen yanıtlamayınız.",
        "このメールは自動送信されています。",
        "此邮件由系统自动发送，请勿回复。",
        "본 메일은 발신전용 메일입니다. 회신하지 마십시오.",
    ],
)
def test_a_program_says_what_it_is(words: str) -> None:
    assert says_program(words)


@pytest.mark.parametrize(
    "words",
    [
        "I am currently out of the office and will be back on Monday.",
        "Ich bin vom 2. bis zum 6. Februar nicht im Büro.",
        "Je suis actuellement absent.",
        "Estoy de vacaciones hasta el lunes.",
        "Ik ben tot maandag afwezig.",
        "Jag är på semester.",
    ],
)
def test_a_person_says_that_they_are_away(words: str) -> None:
    assert says_away(words)


@pytest.mark.parametrize(
    "words",
    [
        "How do I set an automatic reply?",
        "Our mails say that they are automatic. Why?",
        "The responder does not answer while I travel.",
        "Wie stelle ich eine automatische Antwort ein?",
        'We get mails that say "please do not reply to this email", but how do we answer them?',
        "The automated message queue test is red, please look.",
        "The system generated password does not work.",
        "We get automatic mails from SAP about closed orders. Please stop them.",
    ],
)
def test_people_who_write_about_such_things_are_not_taken_for_them(words: str) -> None:
    assert [says(words) for says in (says_automatic_reply, says_program, says_away)] == [False] * 3


@pytest.mark.parametrize(
    "piece",
    [
        "i am ",
        "ich bin ",
        "this message ",
        "do not reply ",
        "[",
        "auto",
        "je suis a",
        " ",
        "a is ",
        "was read on ",
        "unsubscribe ",
    ],
)
def test_no_text_makes_the_tables_slow(piece: str) -> None:
    text = piece * (200_000 // len(piece))

    def judge() -> None:
        is_absence_subject(text)
        says_automatic_reply(text)
        says_program(text)
        says_away(text)
        is_leave_subject(text)
        begins_as_absence(text)
        says_read("Read: x", text)
        is_mailing(f"{text} https://x.example")

    assert is_done_within(1, judge)


@pytest.mark.parametrize(
    "subject",
    [
        *("Afwezig: Printer", "Fravær: Printer", "Frånvaro: Printer", "Poissa: Tulostin", "Nieobecność: Drukarka"),
        *(
            "Nepřítomnost: Tiskárna",
            "On vacation: Printer",
            "I am away Re: Printer",
            "Auto: Printer",
            "Urlaub: Drucker",
        ),
        *("En vacaciones Re: Impresora", "Maternity leave - Re: Printer", "Annual leave", "Abwesend: Drucker"),
        "AUTO: Mara Vogt is out of the office (returning 05.03.2026)",
        "AUTO: Mara Vogt ist außer Haus (Rückkehr am 05.03.2026)",
        *("Mara Vogt/HH/LIND ist außer Haus.", "Mara Vogt est absente du bureau", "İzindeyim: Yazıcı"),
    ],
)
def test_a_subject_of_leave_is_a_responders_only_if_the_mail_answers(subject: str) -> None:
    assert is_leave_subject(subject)
    assert not is_absence_subject(subject)
    assert not is_leave_subject(f"Re: {subject}")


@pytest.mark.parametrize(
    "subject",
    [
        *("Automatische Abwesenheitsnachricht: Drucker", "Automatiskt svar från Mara Vogt", "Automatikus válaszüzenet"),
        *("Automatická odpověď na Vaši zprávu", "【自动回复】您好", "[自動返信] お問い合わせ", "Auto reply from Desk"),
        *("Ik ben afwezig", "Je suis en congé - Re: Imprimante", "Меня нет в офисе: Принтер"),
    ],
)
def test_the_beginning_of_a_subject_is_enough_for_a_mail_that_answers(subject: str) -> None:
    assert begins_as_absence(subject)
    assert not begins_as_absence(f"AW: {subject}")


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        ("Read: Printer", "Your message\n\n  To: Mara\n  Subject: Printer\n\n was read on Monday, February 2, 2026."),
        ("Not read: Printer", "Your message\n\n  To: Mara\n\n was deleted without being read on Monday."),
        ("Gelesen: Drucker", "Ihre Nachricht\n\n  An: Mara\n\n wurde am Montag, 2. Februar 2026 10:15 gelesen."),
        ("Lu : Imprimante", "Votre message\n\n  À : Mara\n\n a été lu le lundi 2 février 2026."),
        ("Leído: Impresora", "El mensaje\n\n  Para: Mara\n\n se leyó el lunes 10:15."),
        ("Letto: Stampante", "Il messaggio\n\n  A: Mara\n\n è stato letto in data lunedì."),
        ("Gelezen: Printer", "Uw bericht\n\n  Aan: Mara\n\n is gelezen op maandag."),
        ("Return Receipt (displayed) - Printer", "This is a Return Receipt for the mail that you sent."),
        ("Return Receipt", "Your document:  Printer\nwas received by: Mara Vogt/HH/LIND"),
    ],
)
def test_a_receipt_in_plain_text_is_known_by_subject_and_text(subject: str, words: str) -> None:
    assert says_read(subject, words)
    assert not says_read(subject, "Where can I read it?")
    assert not says_read("Printer", words)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Buy https://x.example\nYou are receiving this e-mail because you are a customer.\nUnsubscribe", True),
        ("Kaufen https://x.example\nNewsletter abbestellen\nIm Browser ansehen", True),
        ("Please unsubscribe me from https://lists.lindwerk.example/staff.", False),
        ('The link https://x.example shows only "view in browser".', False),
        ("Unsubscribe, view in browser", False),
    ],
)
def test_the_foot_of_a_newsletter_needs_two_signs_and_a_link(text: str, expected: bool) -> None:
    assert is_mailing(text) is expected
