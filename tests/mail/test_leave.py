from __future__ import annotations

import pytest

from daemon.mail.absence import names_absent_person
from daemon.mail.leave import is_absence_notice, says_absent


@pytest.mark.parametrize(
    "words",
    [
        "I am out of the office until 2 May with no access to email. For urgent matters please contact Jo.",
        "Ich bin vom 19.04. bis 02.05. nicht erreichbar. Ihre Nachricht wird nicht weitergeleitet.",
        "Ich bin zurzeit in den Ferien und ab dem 9. Mai wieder erreichbar. Ihre Mail wird nicht gelesen.",
        "Je suis absent jusqu'au 2 mai. En cas d'urgence, merci de contacter Jo.",
        "Ik ben met vakantie tot en met 2 mei. Uw bericht wordt niet doorgestuurd.",
        "Jag är på semester till den 2 maj. Vid brådskande ärenden ring växeln.",
    ],
)
def test_a_whole_absence_notice_says_until_when_and_what_to_do(words: str) -> None:
    assert is_absence_notice(words, is_told_by_subject=False)
    assert not is_absence_notice(f"{words} Shall we meet before?", is_told_by_subject=False)


@pytest.mark.parametrize(
    "words",
    [
        "I will be on vacation next week, but Jo can come.",
        "I am on leave until Friday. Let us meet on Monday at ten.",
        "Ich bin bis Freitag im Urlaub, Montag um zehn passt mir aber gut.",
        "Ich bin heute nicht im Büro, der Schlüssel liegt am Empfang.",
        "I am away until Friday, so please leave the key with Robin.",
    ],
)
def test_people_who_are_away_say_less(words: str) -> None:
    assert not is_absence_notice(words, is_told_by_subject=False)


def test_dominos_subject_says_who_is_away() -> None:
    assert names_absent_person("Mara Vogt is out of the office. (Returning 02.05.2026)")
    assert is_absence_notice("I will return on 02.05.2026.", is_told_by_subject=True)
    assert not names_absent_person("Out of office: how do I set it?")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        *(("Back on 2 May. For urgent issues call Jo.", True), ("5月2日まで休暇をいただいております。", True)),
        *(("Mara is no longer with Lindwerk.", True), ("Május 2-ig szabadságon vagyok.", True)),
        ("Please set an automatic reply for info@: we are away until 5 May.", False),
        ("Bitte richtet mir eine Abwesenheitsnotiz ein: ich bin ab Montag im Urlaub.", False),
        ("It still shows the old opening hours.", False),
    ],
)
def test_below_a_responders_subject_a_few_words_are_enough_unless_they_ask_for_it(words: str, expected: bool) -> None:
    assert says_absent(words) is expected
