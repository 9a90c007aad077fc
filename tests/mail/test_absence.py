from __future__ import annotations

import time

import pytest

from daemon.mail.absence import is_absence_subject, says_automatic_reply, says_away, says_program

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
    ],
)
def test_people_who_write_about_such_things_are_not_taken_for_them(words: str) -> None:
    assert [says(words) for says in (says_automatic_reply, says_program, says_away)] == [False] * 3


@pytest.mark.parametrize(
    "piece", ["i am ", "ich bin ", "this message ", "do not reply ", "[", "auto", "je suis a", " "]
)
def test_no_text_makes_the_tables_slow(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    started = time.process_time()

    is_absence_subject(text)
    says_automatic_reply(text)
    says_program(text)
    says_away(text)

    assert time.process_time() - started < 1
