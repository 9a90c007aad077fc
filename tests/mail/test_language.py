from __future__ import annotations

import pytest

from daemon.mail.language import language_of


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Hello, can you please help me with the printer? It is not working."),
        ("de", "Hallo, könnt ihr mir bitte mit dem Drucker helfen? Er ist nicht zu erreichen."),
        ("fr", "Bonjour, pouvez-vous m'aider avec une imprimante qui ne marche pas, merci."),
        ("es", "Hola, por favor, no puedo imprimir en la oficina, gracias."),
        ("it", "Buongiorno, non riesco a stampare e mi serve per la riunione, grazie."),
        ("nl", "Hallo, de printer doet het niet en ik heb hem voor een vergadering nodig."),
        ("pt", "Olá, não consigo imprimir e preciso para uma reunião, obrigado."),
        ("da", "Hej, jeg kan ikke logge på af en eller anden grund, hvad skal jeg gøre, tak."),
        ("sv", "Hej, jag kan inte logga in och det är bråttom, tack för hjälpen."),
        ("nb", "Hei, jeg får ikke logget meg på, hva skal jeg gjøre, takk."),
        ("pl", "Dzień dobry, nie mogę się zalogować do systemu, proszę o pomoc."),
        ("ja", "プリンターが動きません。"),
        ("zh", "打印机坏了，请处理。"),
        ("ko", "프린터가 작동하지 않습니다."),
        ("ru", "Принтер не работает, помогите."),
        ("el", "Ο εκτυπωτής δεν λειτουργεί."),
        ("", "REQ-2041"),
        ("", ""),
        ("", "OK"),
    ],
)
def test_a_language_is_told_by_its_small_words_or_its_script(language: str, text: str) -> None:
    assert language == language_of(text)
