from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.mail.body import Body, has_own_words, newest_words

ATTRIBUTIONS = {
    "en Gmail": "On Mon, 2 Feb 2026 at 10:12, Mara Vogt <mara@lindwerk.example> wrote:",
    "en Thunderbird": "On 02/02/2026 10:12, Mara Vogt wrote:",
    "en wrapped": "On Mon, 2 Feb 2026 at 10:12, Mara Vogt\n<mara@lindwerk.example> wrote:",
    "en wrapped in the date": "On Mon, 2 Feb 2026 at\n10:12, Mara Vogt <mara@lindwerk.example> wrote:",
    "de Gmail": "Am Mo., 2. Feb. 2026 um 10:12 Uhr schrieb Mara Vogt <mara@lindwerk.example>:",
    "de Thunderbird": "Am 02.02.2026 um 10:12 schrieb Mara Vogt:",
    "de GMX": '"Mara Vogt" <mara@lindwerk.example> schrieb am 02.02.2026 um 10:12:',
    "fr": "Le lun. 2 févr. 2026 à 10:12, Mara Vogt <mara@lindwerk.example> a écrit\u00a0:",
    "es": "El lun, 2 feb 2026 a las 10:12, Mara Vogt (<mara@lindwerk.example>) escribió:",
    "it": "Il giorno lun 2 feb 2026 alle ore 10:12 Mara Vogt <mara@lindwerk.example> ha scritto:",
    "nl": "Op ma 2 feb 2026 om 10:12 schreef Mara Vogt <mara@lindwerk.example>:",
    "nl Outlook": "Op 2 feb. 2026 om 10:12 heeft Mara Vogt <mara@lindwerk.example> het volgende geschreven:",
    "pt": "Em seg., 2 de fev. de 2026 às 10:12, Mara Vogt <mara@lindwerk.example> escreveu:",
    "da": "Den man. 2. feb. 2026 kl. 10.12 skrev Mara Vogt <mara@lindwerk.example>:",
    "sv": "Den mån 2 feb. 2026 kl 10:12 skrev Mara Vogt <mara@lindwerk.example>:",
    "nb": "man. 2. feb. 2026 kl. 10:12 skrev Mara Vogt <mara@lindwerk.example>:",
    "pl": "pon., 2 lut 2026 o 10:12 Mara Vogt <mara@lindwerk.example> napisał(a):",
    "pl Thunderbird": "W dniu 2.02.2026 o 10:12, Mara Vogt pisze:",
}
BLOCKS = {
    "en": "From: Mara Vogt\nSent: Monday, February 2, 2026 10:12 AM\nTo: Jonas\nSubject: Laptop",
    "de": "Von: Mara Vogt\nGesendet: Montag, 2. Februar 2026 10:12\nAn: Jonas\nBetreff: Laptop",
    "fr": "De : Mara Vogt\nEnvoyé : lundi 2 février 2026 10:12\nÀ : Jonas\nObjet : Portable",
    "es": "De: Mara Vogt\nEnviado el: lunes, 2 de febrero de 2026 10:12\nPara: Jonas\nAsunto: Portátil",
    "it": "Da: Mara Vogt\nInviato: lunedì 2 febbraio 2026 10:12\nA: Jonas\nOggetto: Portatile",
    "nl": "Van: Mara Vogt\nVerzonden: maandag 2 februari 2026 10:12\nAan: Jonas\nOnderwerp: Laptop",
    "pt": "De: Mara Vogt\nEnviado: segunda-feira, 2 de fevereiro de 2026 10:12\nPara: Jonas\nAssunto: Portátil",
    "da": "Fra: Mara Vogt\nSendt: mandag den 2. februar 2026 10:12\nTil: Jonas\nEmne: Laptop",
    "sv": "Från: Mara Vogt\nSkickat: den 2 februari 2026 10:12\nTill: Jonas\nÄmne: Laptop",
    "pl": "Od: Mara Vogt\nWysłano: poniedziałek, 2 lutego 2026 10:12\nDo: Jonas\nTemat: Laptop",
    "bold": "*From:* Mara Vogt <mara@lindwerk.example>\n*Sent:* Monday 10:12\n*To:* Jonas\n*Subject:* Laptop",
    "no subject": "From: Mara Vogt <mara@lindwerk.example>\nDate: Monday, 2 February 2026 at 10:12\nTo: Jonas",
}
DEVICES = [
    "Sent from my iPhone",
    "Sent from Outlook for Android",
    "Get Outlook for iOS",
    "Von meinem iPhone gesendet",
    "Gesendet von Outlook für iOS",
    "Envoyé de mon iPhone",
    "Envoyé depuis mon Galaxy",
    "Enviado desde mi iPhone",
    "Inviato da iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Enviado do meu iPhone",
    "Sendt fra min iPhone",
    "Skickat från min iPhone",
    "Wysłane z iPhone'a",
]


@pytest.mark.parametrize("line", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
def test_the_line_above_a_quote_is_known_in_many_languages(line: str) -> None:
    body = newest_words(f"Thanks a lot\n\n{line}\n> old words\n> more")

    assert body == Body("Thanks a lot", f"{line}\n> old words\n> more", "")


@pytest.mark.parametrize("line", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS.keys())
def test_the_words_right_above_such_a_line_stay(line: str) -> None:
    assert newest_words(f"Thanks a lot\n{line}\n> old words").words == "Thanks a lot"


def test_old_words_without_quote_marks_go_with_an_exact_line_above_them() -> None:
    assert newest_words(f"Yes.\n\n{ATTRIBUTIONS['de Gmail']}\nold words").words == "Yes."


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS.keys())
def test_the_block_above_an_old_mail_is_known_in_many_languages(block: str) -> None:
    body = newest_words(f"Yes, please.\n\n________________\n{block}\n\nold words")

    assert body.words == "Yes, please."
    assert body.quoted.endswith(f"{block}\n\nold words")


@pytest.mark.parametrize(
    "mark",
    [
        "-----Original Message-----",
        "-----Ursprüngliche Nachricht-----",
        "-----Message d'origine-----",
        "-----Mensaje original-----",
        "-----Messaggio originale-----",
        "-----Oorspronkelijk bericht-----",
        "-----Mensagem original-----",
        "-----Oprindelig meddelelse-----",
        "-----Ursprungligt meddelande-----",
        "-----Opprinnelig melding-----",
        "-----Wiadomość oryginalna-----",
    ],
)
def test_the_mark_of_an_original_message_ends_the_words(mark: str) -> None:
    assert newest_words(f"Yes.\n\n{mark}\nFrom: Mara\n\nold words").words == "Yes."


@pytest.mark.parametrize("line", DEVICES)
def test_the_line_about_the_device_is_a_signature(line: str) -> None:
    assert newest_words(f"The door is stuck.\n\n{line}") == Body("The door is stuck.", "", line)


def test_a_signature_ends_where_the_quote_begins() -> None:
    body = newest_words("Yes.\n-- \nMara\nIT\n\n> old words\n\nAnd one more thing.")

    assert body == Body("Yes.\n\nAnd one more thing.", "> old words", "--\nMara\nIT")


def test_two_dashes_before_a_long_text_are_no_signature() -> None:
    text = "Part one.\n--\n" + "\n".join(f"line {n}" for n in range(40))

    assert newest_words(text).words == text


def test_answers_between_the_quoted_lines_are_kept() -> None:
    text = f"Hello,\n\n{ATTRIBUTIONS['en Gmail']}\n> Which room?\n\n2.14\n\n> When?\n\nTomorrow."

    assert newest_words(text).words == "Hello,\n\n2.14\n\nTomorrow."


@pytest.mark.parametrize(
    "mark",
    [
        "---------- Forwarded message ---------",
        "-------- Weitergeleitete Nachricht --------",
        "---------- Message transféré ---------",
        "---------- Mensaje reenviado ---------",
        "---------- Messaggio inoltrato ---------",
        "---------- Doorgestuurd bericht ---------",
        "---------- Mensagem encaminhada ---------",
        "---------- Videresendt meddelelse ---------",
        "---------- Vidarebefordrat meddelande ----------",
        "Begin forwarded message:",
        "> Anfang der weitergeleiteten Nachricht:",
    ],
)
def test_a_forwarded_mail_is_kept_with_all_that_it_quotes(mark: str) -> None:
    text = f"Please see below.\n\n{mark}\nFrom: Guest <guest@visitor.example>\nSubject: Lift\n\n> It is stuck."

    assert newest_words(text) == Body(text, "", "")


@pytest.mark.parametrize(
    "subject", ["FW: Lift", "WG: Aufzug", "Fwd: Lift", "TR: Ascenseur", "RV: Ascensor", "[EXT] FW: Lift"]
)
def test_the_subject_tells_a_mail_forwarded_by_outlook_from_an_answer(subject: str) -> None:
    text = f"FYI\n\n{BLOCKS['en']}\n\nThe lift is stuck."

    assert newest_words(text, subject).words == text
    assert newest_words(text, f"Re: {subject}").words == "FYI"


@pytest.mark.parametrize(
    "text",
    [
        "On Monday the server wrote 3 errors:\nE1\nE2\nE3",
        "Yesterday at 14:00 Mara wrote to me:\nthe printer is on fire",
        "Please book:\nFrom: Hamburg\nTo: Lyon\nDate: 3 May 2026\nThank you",
        "The values are\n  x > y\nand that is wrong.",
        "Wrote a mail, got no answer:",
        "a -- b",
    ],
)
def test_words_that_only_look_like_a_quote_are_kept(text: str) -> None:
    assert newest_words(text) == Body(text, "", "")


@pytest.mark.parametrize("text", ["> only a quote", "-- \nonly a signature", "", f"{ATTRIBUTIONS['en Gmail']}\n> x"])
def test_if_nothing_would_be_left_everything_is_kept(text: str) -> None:
    assert newest_words(text) == Body(text.strip(), "", "")
    assert not has_own_words(text)


@given(st.text(alphabet="> -_:a1\nOnwrote<@>.From", max_size=300))
def test_every_line_is_kept_somewhere(text: str) -> None:
    body = newest_words(text)

    parts = f"{body.words}\n{body.quoted}\n{body.signature}".split("\n")
    assert (
        sorted(line.rstrip() for line in text.split("\n") if line.strip())
        == sorted(line.rstrip() for line in parts if line.strip())
        or body.words == text.strip()
    )


@pytest.mark.parametrize(
    "text",
    [
        "On 3 Mar 2025 x wrote:\n" * 20_000,
        "On 3 Mar 2025 x wrote:\n> a\n" * 12_000,
        "From:\n" * 50_000,
        "From: a\nTo: b\n" * 20_000,
        ">" * 300_000,
        ">\n" * 150_000,
        "> " * 150_000,
        "--\n" * 100_000,
        "1 a\n" * 75_000,
        "On " + "a " * 150_000,
        "wrote " * 50_000,
        "_" * 300_000,
        "Sent from my " * 23_000,
        "- " * 150_000 + ":",
    ],
)
def test_no_text_makes_the_scanner_slow(text: str) -> None:
    started = time.process_time()

    newest_words(text)

    assert time.process_time() - started < 4
