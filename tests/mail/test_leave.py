from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from daemon.mail.absence import names_absent_person
from daemon.mail.leave import is_absence_notice, says_absent, says_away
from daemon.mail.nature import nature_of_mail

# A notice in each language of leave.py, and what people who are away write of a matter of their own.
NOTICES = [
    (
        "Hei, olen lomalla 2.2.–13.2. En lue sähköpostiani lomani aikana. Kiireellisissä asioissa ota "
        "yhteyttä Matti Korhoseen."
    ),
    (
        "Köszönöm levelét! Február 2-től 13-ig szabadságon vagyok, leveleimet nem olvasom. Sürgős esetben "
        "kérem, forduljon Kovács Annához."
    ),
    ("שלום, אני בחופשה עד 10 בפברואר ולא אהיה זמינה במייל. בעניינים דחופים ניתן לפנות ליוסי כהן. אשיב עם שובי."),
    (
        "أنا في إجازة حتى 10 فبراير ولن أتمكن من الرد على البريد الإلكتروني. للأمور العاجلة يرجى التواصل مع "
        "أحمد علي. سأرد عند عودتي."
    ),
    (
        "2月2日から2月6日まで休暇をいただいております。 お急ぎの場合は鈴木までご連絡ください。 "
        "ご連絡いただいた件につきましては、休暇明けにご返信いたします。"
    ),
    "您好，我正在休假，2月10日返回办公室。休假期间无法及时回复邮件，如有急事请联系李娜。",
    (
        "안녕하세요. 2월 2일부터 2월 6일까지 휴가로 인해 메일 확인이 어렵습니다. 급한 용무는 이지은 대리에게 "
        "연락 부탁드립니다. 복귀 후 회신 드리겠습니다."
    ),
    (
        "Вітаю! Я у відпустці до 10 лютого і не матиму доступу до пошти. З термінових питань звертайтеся до "
        "Івана Бойка. Відповім після повернення."
    ),
    (
        "Θα απουσιάζω σε άδεια από 2 έως 10 Φεβρουαρίου χωρίς πρόσβαση στο email μου. Για επείγοντα θέματα "
        "επικοινωνήστε με τον Νίκο Δήμου."
    ),
    (
        "Sunt în concediu până pe 10 februarie și nu am acces la e-mail. Pentru urgențe vă rog să contactați "
        "pe Ana Radu. Voi răspunde la întoarcere."
    ),
    (
        "Na godišnjem sam odmoru do 10. veljače i neću imati pristup e-pošti. Za hitne slučajeve obratite se "
        "Ani Babić. Odgovorit ću po povratku."
    ),
    (
        "Šiuo metu atostogauju iki vasario 10 d. ir neskaitau el. pašto. Skubiais klausimais kreipkitės į "
        "Oną Kazlauskienę. Atsakysiu grįžęs."
    ),
    (
        "Jeg holder ferie og er tilbage mandag den 9. februar. Ved hastesager kan du kontakte Mette Juhl. "
        "Min mail bliver ikke læst i perioden."
    ),
    (
        "Jeg har ferie og er tilbake på kontoret 9. februar. E-post blir ikke lest i denne perioden. Haster "
        "det, ta kontakt med Ola Berg."
    ),
    (
        "Encontro-me de férias até 10 de fevereiro, sem acesso ao e-mail. Em caso de urgência, contacte Ana "
        "Silva. Responderei no meu regresso."
    ),
    (
        "Me encuentro de vacaciones hasta el 10 de febrero. En mi ausencia, por favor contacte con Ana Ruiz. "
        "Contestaré a mi regreso."
    ),
    (
        "Tôi đang nghỉ phép đến ngày 10/2 và không kiểm tra email. Nếu có việc gấp vui lòng liên hệ chị Trần "
        "Hoa. Tôi sẽ trả lời khi quay lại."
    ),
    (
        "Saya sedang cuti sampai tanggal 10 Februari dan tidak dapat mengakses email. Untuk hal mendesak "
        "silakan hubungi Sari. Saya akan membalas setelah kembali."
    ),
    (
        "I have left Acme as of 31 January. Please direct all enquiries to Mara Vogt at mara@acme.example. "
        "Emails sent to this address are not forwarded."
    ),
    (
        "Sehr geehrte Damen und Herren, unser Büro ist vom 22.12. bis 06.01. geschlossen. Ihre E-Mail wird "
        "in dieser Zeit nicht gelesen. Ab dem 7. Januar sind wir wieder für Sie da."
    ),
    (
        "Bonjour, Je suis actuellement en congé maternité jusqu'au 1er juin. Pour toute demande urgente, "
        "merci de vous adresser à Luc Martin."
    ),
    (
        "Dzień dobry, przebywam na urlopie do 10 lutego. W sprawach pilnych proszę o kontakt z Janem "
        "Kowalskim. Na wiadomości odpowiem po powrocie."
    ),
    (
        "Dobrý den, do 10. února čerpám dovolenou a nemám přístup k e-mailu. V naléhavých případech "
        "kontaktujte Petra Dvořáka."
    ),
    (
        "Здравейте, в отпуск съм до 10 февруари и нямам достъп до пощата си. За спешни въпроси се обърнете "
        "към Мария Иванова."
    ),
    "ขณะนี้ผมลาพักร้อนจนถึงวันที่ 10 กุมภาพันธ์ หากมีเรื่องเร่งด่วนกรุณาติดต่อคุณวิภา",
    ("Sono in ferie dal 2 al 10 febbraio. Per urgenze potete rivolgervi a Giulia Bianchi. Risponderò al mio rientro."),
    ("Olen puhkusel kuni 10. veebruarini ega loe e-kirju. Kiireloomulistes küsimustes pöörduge Jaan Saare poole."),
    (
        "Dobrý deň, do 10. februára som na dovolenke. V súrnych prípadoch kontaktujte pani Novákovú. Na "
        "správy odpoviem po návrate."
    ),
    "Je ne fais plus partie de la société Alpha. Merci d'adresser vos messages à contact@alpha.example.",
    (
        "با سلام، اینجانب تا تاریخ ۲۰ بهمن در مرخصی هستم و به ایمیل دسترسی نخواهم داشت. در موارد فوری با "
        "خانم احمدی تماس بگیرید."
    ),
    ("Ég er í fríi til 10. febrúar. Ef erindið er brýnt hafið samband við Önnu. Ég svara þegar ég kem til baka."),
    (
        "Na dopustu sem do 10. februarja in ne bom brala e-pošte. Za nujne zadeve se obrnite na Janeza "
        "Kranjca. Odgovorila bom po vrnitvi."
    ),
    (
        "Esmu atvaļinājumā līdz 10. februārim. Steidzamos gadījumos lūdzu sazināties ar Ilzi. Uz e-pastiem "
        "atbildēšu pēc atgriešanās."
    ),
    (
        "ただいま出張中のため、メールの確認が遅れる場合がございます。 "
        "お急ぎの方は携帯電話までご連絡ください。2月9日に帰社いたします。"
    ),
    "您好！我目前出差在外，至2月9日，邮件回复可能会延迟。紧急事宜请致电 138-0000-0000。",
    (
        "Merhaba, 10 Şubat'a kadar yıllık izindeyim, e-postalarıma erişimim sınırlıdır. Acil konular için "
        "Ayşe Demir ile iletişime geçebilirsiniz."
    ),
    (
        "Здравствуйте! Я нахожусь в отпуске по 15 февраля. По срочным вопросам обращайтесь к Ольге Ивановой. "
        "Отвечу по возвращении."
    ),
    "Jeg er på barsel frem til august. Kontakt venligst Lars Holm i stedet. Din mail bliver ikke læst.",
    "夏季休業のため、8月10日から8月15日まで不在にしております。メールへの返信は8月18日以降となります。",
    "Hej, jag har semester vecka 6 och är tillbaka måndag 9 februari. Mejlen läses inte under tiden.",
    ("Ich bin bis zum 9.2. auf Dienstreise und lese meine Mails nur sporadisch. In dringenden Fällen: 0170 1234567."),
    "Olen äitiyslomalla syyskuuhun asti. Asioissani auttaa Matti Korhonen (matti@x.example).",
    (
        "Bonjour, je suis en déplacement jusqu'au 10 février et ne pourrai vous répondre qu'à mon retour. En "
        "cas d'urgence : 06 12 34 56 78."
    ),
    "I'm off sick at the moment. Please contact Jo Klein (jo@x.example) until I return.",
    "L'ufficio resterà chiuso dal 23 dicembre al 6 gennaio. Risponderemo alla riapertura.",
    (
        "Guten Tag, vielen Dank für Ihre Nachricht. Ich bin am 10.02.2026 wieder im Büro und werde Ihre Mail "
        "dann beantworten. In dringenden Fällen wenden Sie sich bitte an Frau Lang, Tel. 040 1234."
    ),
    (
        "I am attending a conference this week and will have limited access to email. I will respond to your "
        "message as soon as possible."
    ),
    ("Rob Field has retired. Please send your enquiries to sales@x.example. This message has not been forwarded."),
    (
        "Olá, estou em férias até 10/02. Em caso de urgência, favor entrar em contato com a Ana pelo "
        "telefone 11 5555-0100."
    ),
    ("Ik ben momenteel afwezig en ben 10 februari weer op kantoor. Voor spoedgevallen kunt u bellen met 020 1234567."),
    "Viibin puhkusel 10. veebruarini. Kiirete küsimuste korral helistage 600 1234.",
    "Odsutna sam do 10. veljače. Za hitne slučajeve nazovite 01 234 5678.",
    "أنا في إجازة من 2 إلى 10 فبراير. في الحالات العاجلة يرجى التواصل مع المكتب.",
]
PEOPLE = [
    ("I'm travelling until Friday, then in the office. Visit on Monday at 10 suits me, please bring the two badges."),
    "Rob Field has retired. Please delete his account and forward his mailbox to sales@lindwerk.example.",
    (
        "Je suis absent du 2 au 10 février. Le PC est dans le bureau 12, Luc a la clé. Vous pouvez le "
        "remplacer pendant ce temps."
    ),
    "Sarò assente fino al 10 febbraio. Il computer è sulla scrivania, la password ce l'ha Marco.",
    ("Ik ben tot 10 februari met vakantie. De laptop ligt bij de receptie, graag de nieuwe daar achterlaten."),
    "С 2 по 10 февраля меня не будет на месте. Компьютер в комнате 12, монитор тоже нужно заменить.",
    "Είμαι σε άδεια μέχρι τις 10. Ο υπολογιστής είναι στο δωμάτιο 12, το κλειδί στη ρεσεψιόν.",
    "2月6日まで出張のため、PC交換は9日にお願いします。場所は12号室です。",
    "Jeg holder ferie til den 9. Computeren står i lokale 12, skærmen skal også skiftes.",
    "Olen lomalla 9.2. asti. Kone on huoneessa 12, näyttö pitää myös vaihtaa.",
    (
        "Unser Büro ist bis Freitag geschlossen. Die Geräte liegen bereit, Schlüssel beim Empfang, bitte "
        "trotzdem abholen und die zwei alten Monitore aus Raum 12 gleich mitnehmen."
    ),
    (
        "Ich bin vom 2. bis 13.2. im Urlaub. Der Umzug soll trotzdem am 5. stattfinden, Jonas Weber macht "
        "die Vertretung und zeigt euch die Kabel. Die blauen Kisten gehören nicht dazu."
    ),
    (
        "I am travelling until Friday and have no access to the VPN, only webmail. It shows error 809 since "
        "the update, please look at it before my presentation on Thursday."
    ),
    ("Bonjour, je suis en congé la semaine prochaine, mais vous pouvez venir mardi, Luc sera là pour vous ouvrir."),
    "Pazartesi izinliyim, salı günü gelebilirsiniz. Oda 12.",
    "Я в отпуске до 10 февраля, компьютер можно поменять без меня, ключ у охраны.",
    "La próxima semana estoy de vacaciones. Podéis cambiar el equipo el lunes, Ana os abre el despacho.",
    "出張中のため、訪問は来週でお願いします。場所は3階の会議室です。",
    "我出差到周五，电脑在前台，可以直接换。",
    "Estou de férias até sexta, podem trocar o PC entretanto. A chave está na receção.",
    "Jestem na urlopie do piątku, komputer stoi w pokoju 12, można wymienić.",
    "أنا في إجازة حتى الخميس، يمكنكم تبديل الحاسوب في الغرفة 12.",
    "휴가 중이라 금요일까지 자리에 없습니다. PC는 12호실에 있으니 교체해 주세요.",
    "Bin bis Montag weg. Schlüssel hat Jo, bitte dort abholen und Raum 12 abschließen.",
    "Jag är på semester nästa vecka, kom gärna före fredag.",
]


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


@pytest.mark.parametrize("words", NOTICES)
def test_a_notice_of_a_responder_without_any_field_is_known_in_its_language(
    mail: Callable[..., bytes], words: str
) -> None:
    answer = ("Subject: VS: Printer", "In-Reply-To: <a@lindwerk.example>")  # an answer in Finnish and Estonian

    assert nature_of_mail(mail(*answer, body=words)).kind == "automatic_reply"
    assert nature_of_mail(mail("Subject: Printer", body=words)).kind != "automatic_reply"


@pytest.mark.parametrize("words", PEOPLE)
def test_people_who_are_away_and_write_of_a_matter_are_heard(mail: Callable[..., bytes], words: str) -> None:
    raw = mail("Subject: Re: Printer", "In-Reply-To: <a@lindwerk.example>", body=words)

    assert nature_of_mail(raw).kind == "human"


@pytest.mark.parametrize("piece", ["i am away ", "ich bin ", "a. ", "休暇", "до 1 ", "saya akan "])
def test_no_text_makes_it_slow(piece: str) -> None:
    started = time.process_time()

    says_away(piece * 100_000)
    says_absent(piece * 100_000)
    is_absence_notice(f"i am away {piece * 140}"[:1_500], is_told_by_subject=False)

    assert time.process_time() - started < 0.5
