from __future__ import annotations

import pytest

from daemon.mail.body import newest_words

SMALL_PRINT = [
    "Please consider the environment before printing this email.",
    "P Please consider the environment before printing this e-mail",
    "Virus-free.www.avast.com<https://www.avast.com/sig-email>",
    "Garanti sans virus. www.avast.com",
    "Libre de virus. www.avast.com",
    "Livre de vírus. www.avast.com",
    "Mail priva di virus. www.avast.com",
    "Wolny od wirusów. www.avast.com",
    "Virusvrij. www.avast.com",
    "Neobsahuje žádné viry. www.avast.com",
    "Без вирусов. www.avast.com",
    "Este correo electrónico ha sido comprobado en busca de virus por Avast antivirus.",
    "Diese Nachricht ist vertraulich und ausschließlich für den genannten Empfänger bestimmt.",
    "Der Inhalt dieser E-Mail ist vertraulich und ausschließlich für den bezeichneten Adressaten bestimmt.",
    "Bitte denken Sie an die Umwelt, bevor Sie diese E-Mail ausdrucken.",
    "Ce message est confidentiel. S'il ne vous est pas destiné, merci de le détruire et d'en informer l'expéditeur.",
    "N'imprimez ce mail que si nécessaire. Pensez à l'environnement.",
    "Este mensaje y sus anexos son confidenciales y están dirigidos exclusivamente a su destinatario.",
    "AVISO LEGAL: La información contenida en este mensaje es confidencial.",
    "Antes de imprimir este correo, piense en el medio ambiente.",
    "Esta mensagem e os seus anexos são confidenciais e destinam-se exclusivamente ao destinatário.",
    "Antes de imprimir, pense no meio ambiente.",
    "Ai sensi del Regolamento UE 2016/679 le informazioni contenute in questo messaggio sono riservate.",
    "De inhoud van dit e-mailbericht is vertrouwelijk en uitsluitend bestemd voor de geadresseerde.",
    "Dit e-mailbericht en eventuele bijlagen zijn vertrouwelijk.",
    "Denne e-mail er fortrolig og kun bestemt for modtageren.",
    "Denne e-posten og eventuelle vedlegg er konfidensiell.",
    "Detta meddelande är konfidentiellt och endast avsett för mottagaren.",
    "Tämä viesti on luottamuksellinen ja tarkoitettu vain vastaanottajalle.",
    "Informacje zawarte w tej wiadomości są poufne i przeznaczone wyłącznie dla adresata.",
    "Tato zpráva a všechny připojené soubory jsou důvěrné a určené výhradně adresátovi.",
    "Táto správa a všetky priložené súbory sú dôverné.",
    "Ez az üzenet bizalmas információkat tartalmazhat, és kizárólag a címzettnek szól.",
    "Acest mesaj și fișierele atașate sunt confidențiale.",
    "Данное сообщение и любые вложения к нему являются конфиденциальными.",
    "Bu e-posta ve ekleri gizlidir ve yalnızca alıcıya özeldir.",
    "Το παρόν μήνυμα και τα συνημμένα είναι εμπιστευτικά.",
]
BANNERS = [
    "[EXTERNAL]",
    "*** EXTERNAL SENDER ***",
    "*** EXTERNAL EMAIL *** This message comes from outside our company.",
    "EXTERNAL SENDER: Use caution with links and attachments.",
    "Some people who received this message don't often get email from mara@lind.example. Learn why this is important",
    "⚠ External email: treat links and attachments with care",
    "ATTENTION: This e-mail came from an external source. Please be careful.",
    "This Message Is From an External Sender\nThis message came from outside your organization.",
    "ACHTUNG: Diese E-Mail kommt von extern. Öffnen Sie keine Anhänge oder Links von unbekannten Absendern.",
    "[EXTERN] Vorsicht: Diese E-Mail stammt von einem externen Absender. Klicken Sie nicht auf Links.",
    "Sie erhalten nicht oft eine E-Mail von mara@lind.example. Erfahren Sie, warum dies wichtig ist",
    "ATTENTION : Ce courriel provient de l'extérieur de l'organisation. Ne cliquez pas sur les liens.",
    "Vous n'obtenez pas souvent d'e-mail à partir de mara@lind.example. Découvrez pourquoi cela est important",
    "PRECAUCIÓN: Este correo electrónico se originó fuera de la organización. No haga clic en enlaces.",
    "No suele recibir correos electrónicos de mara@lind.example. Descubra por qué esto es importante",
    "LET OP: Deze e-mail is afkomstig van buiten de organisatie. Klik niet op links.",
    "U ontvangt niet vaak e-mail van mara@lind.example. Meer informatie over waarom dit belangrijk is",
    "ATTENZIONE: Questa email proviene dall'esterno. Non cliccare sui link.",
    "Non si ricevono spesso messaggi di posta elettronica da mara@lind.example. Informazioni sul perché è importante",
    "CUIDADO: Este e-mail foi enviado de fora da organização. Não clique em links.",
    "Você não costuma receber emails de mara@lind.example. Saiba por que isso é importante",
    "VARNING: Detta mejl kommer från en extern avsändare. Klicka inte på länkar.",
    "Du får inte ofta e-post från mara@lind.example. Ta reda på varför det är viktigt",
    "ADVARSEL: Denne mail kommer fra en ekstern afsender. Klik ikke på links.",
    "Du får ikke ofte mails fra mara@lind.example. Få mere at vide om, hvorfor det er vigtigt",
    "Du får ikke ofte e-post fra mara@lind.example. Finn ut hvorfor dette er viktig",
    "UWAGA: Ta wiadomość pochodzi spoza organizacji. Nie klikaj w linki.",
    "Nie otrzymujesz często wiadomości e-mail z mara@lind.example. Dowiedz się, dlaczego jest to ważne",
    "POZOR: Tento e-mail pochází z vnějšího zdroje. Neklikejte na odkazy.",
    "Et saa usein sähköpostia osoitteesta mara@lind.example. Lue, miksi tämä on tärkeää",
]
WORDS = [
    "The confidential mail to all recipients was wrong, please recall it.",
    "Hi,\n\nplease recall it.\n\nThe message with the attachment is confidential and went to the wrong recipients.",
    "Hello\n\nAvast says: virus found in file a.exe, checked twice.",
    "Can you change our disclaimer? It should say that the mail is confidential.",
    'The policy says: "This email is intended only for the person addressed". Is that still valid?',
    "External mails are marked with [EXTERNAL EMAIL] since Monday.\n\nCan we switch that off?",
    'I get the notice "You don\'t often get email from x@y.example" all the time.\n\nPlease remove it.',
    "CAUTION: EXTERNAL\n\nPlease send the engineer.",
]


@pytest.mark.parametrize("line", SMALL_PRINT)
def test_a_disclaimer_below_the_name_is_no_words_in_any_language(line: str) -> None:
    assert (
        newest_words(f"Please send the engineer.\n\nKind regards\nMara\n\n{line}").words == "Please send the engineer."
    )


@pytest.mark.parametrize("line", SMALL_PRINT)
def test_it_needs_no_name_above_it(line: str) -> None:
    assert newest_words(f"Please send the engineer.\n\n{line}").words == "Please send the engineer."


@pytest.mark.parametrize("banner", BANNERS)
def test_what_a_gateway_puts_above_the_words_is_none_of_them(banner: str) -> None:
    assert newest_words(f"{banner}\n\nPlease send the engineer.").words == "Please send the engineer."


@pytest.mark.parametrize("text", WORDS)
def test_words_about_confidential_mail_and_banners_are_kept(text: str) -> None:
    assert newest_words(text).words == text


def test_a_disclaimer_that_stands_alone_is_what_its_sender_wrote() -> None:
    text = "This message is confidential and only for its recipient."

    assert newest_words(text).words == text
