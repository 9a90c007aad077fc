from __future__ import annotations

import pytest

from daemon.mail.body import Body, newest_words, own_words

MARKS = [
    "------- Forwarded Message",
    "<---- Forwarded message ---->",
    "------- Weitergeleitete Nachricht / Forwarded message -------",
    "----- Mail transféré -----",
    "-------- Перенаправленное сообщение --------",
    "---------- İletilen ileti ---------",
    "---------- Thư được chuyển tiếp ---------",
    "---- 转发的原邮件 ----",
    "Välitetty viesti alkaa:",
    "Začátek přeposílané zprávy:",
    "Továbbított levél kezdete:",
    "Начало переадресованного сообщения:",
    "Έναρξη προωθημένου μηνύματος:",
    "开始转发的邮件：",
    "以下是轉寄的郵件：",
    "Bắt đầu thư chuyển tiếp:",
    "בתחילת ההודעה שהועברה:",
    "---------- Forwarded message ---------",
    "-------- Forwarded Message --------",
    "----- Forwarded by Mara Vogt/Lindwerk on 02.02.2026 10:12 -----",
    "-------- Weitergeleitete Nachricht --------",
    "---------- Message transféré ---------",
    "---------- Mensaje reenviado ---------",
    "---------- Missatge reenviat ---------",
    "---------- Messaggio inoltrato ---------",
    "---------- Doorgestuurd bericht ---------",
    "---------- Mensagem encaminhada ---------",
    "---------- Mesaj redirecționat ---------",
    "---------- Videresendt meddelelse ---------",
    "---------- Videresendt melding ---------",
    "---------- Vidarebefordrat meddelande ----------",
    "---------- Edelleenlähetetty viesti ---------",
    "---------- Áframsend skilaboð ---------",
    "---------- Edastatud kiri ---------",
    "---------- Pārsūtīts ziņojums ---------",
    "---------- Persiųstas laiškas ---------",
    "---------- Wiadomość przekazana dalej ---------",
    "---------- Přeposlaná zpráva ---------",
    "---------- Preposlaná správa ---------",
    "-------- Пересылаемое сообщение --------",
    "---------- Переслане повідомлення ---------",
    "---------- Προωθημένο μήνυμα ---------",
    "---------- Továbbított üzenet ---------",
    "---------- Yönlendirilmiş mesaj ---------",
    "---------- Thư chuyển tiếp ---------",
    "---------- Pesan terusan ---------",
    "---------- 转发邮件 ---------",
    "---------- 전달된 메시지 ---------",
    "---------- הודעה שהועברה ---------",
    "Begin forwarded message:",
    "> Begin forwarded message:",
    "Anfang der weitergeleiteten Nachricht:",
    "> Anfang der weitergeleiteten Nachricht:",
    "Début du message réexpédié :",
    "Inizio messaggio inoltrato:",
]
BLOCK = "From: Guest <guest@visitor.example>\nSent: Monday, 2 February 2026 10:12\nTo: Mara\nSubject: Lift"


@pytest.mark.parametrize("mark", MARKS)
def test_a_forwarded_mail_is_kept_with_all_that_it_quotes(mark: str) -> None:
    text = f"Please see below.\n\n{mark}\nFrom: Guest <guest@visitor.example>\nSubject: Lift\n\n> It is stuck."

    assert newest_words(text) == Body(text, "", "")
    assert own_words(text) == "Please see below."


@pytest.mark.parametrize(
    "subject", ["FW", "WG", "Fwd", "TR", "RV", "ENC", "I", "Doorst", "VB", "PD", "TOV", "İLT", "ΠΡΘ", "转发"]
)
def test_the_subject_tells_a_mail_forwarded_by_outlook_from_an_answer(subject: str) -> None:
    text = f"FYI\n\n{BLOCK}\n\nThe lift is stuck."

    assert newest_words(text, f"{subject}: Lift").words == text
    assert newest_words(text, f"[EXT] {subject}: Lift").words == text
    assert newest_words(text, f"Re: {subject}: Lift").words == "FYI"


def test_the_signature_above_a_forwarded_mail_is_set_aside() -> None:
    forwarded = "---------- Forwarded message ---------\nFrom: Guest\n\nThe lift is stuck.\n\nKind regards\nA guest"
    body = newest_words(f"Please see below.\n\nKind regards\nMara\n\n{forwarded}")

    assert body == Body(f"Please see below.\n\n{forwarded}", "", "Kind regards\nMara")


def test_a_forward_inside_the_history_is_history() -> None:
    text = "Thanks.\n\nOn 2 Feb 2026 at 10:12, Jonas Weber wrote:\n> Begin forwarded message:\n>\n> The lift is stuck."

    assert newest_words(text).words == "Thanks."
