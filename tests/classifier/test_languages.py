"""Mails in many scripts, made up: the same three departments, asked in sentences that the model has not seen."""

from __future__ import annotations

import pytest

from classifier.examples import Example, starter_examples
from classifier.predict import Model
from classifier.text import Text
from classifier.train import train

DEPARTMENTS = ("it", "hr", "facilities")

# For each language: what each department handles, as it stands in a sentence, then sentences around it. The last two
# sentences are for asking only. Where words are bent, the later sentences bend them in another way: (nouns to learn,
# nouns to ask).
NOUNS: dict[str, dict[str, tuple[str, ...]]] = {
    "chinese": {
        "it": ("打印机", "密码", "笔记本电脑", "邮箱"),
        "hr": ("工资单", "年假", "劳动合同", "育儿假"),
        "facilities": ("暖气", "停车证", "会议室的灯", "电梯"),
    },
    "japanese": {
        "it": ("プリンター", "パスワード", "ノートパソコン", "メールボックス"),
        "hr": ("給与明細", "有給休暇", "雇用契約", "育児休業"),
        "facilities": ("暖房", "駐車許可証", "会議室の照明", "エレベーター"),
    },
    "korean": {
        "it": ("프린터", "비밀번호", "노트북", "메일함"),
        "hr": ("급여명세서", "연차휴가", "근로계약서", "육아휴직"),
        "facilities": ("난방", "주차증", "회의실 조명", "엘리베이터"),
    },
    "thai": {
        "it": ("เครื่องพิมพ์", "รหัสผ่าน", "แล็ปท็อป", "กล่องจดหมาย"),
        "hr": ("สลิปเงินเดือน", "วันลาพักร้อน", "สัญญาจ้าง", "ลาคลอด"),
        "facilities": ("เครื่องทำความร้อน", "บัตรจอดรถ", "ไฟห้องประชุม", "ลิฟต์"),
    },
    "hindi": {
        "it": ("प्रिंटर", "पासवर्ड", "लैपटॉप", "मेलबॉक्स"),
        "hr": ("वेतन पर्ची", "वार्षिक छुट्टी", "नौकरी का अनुबंध", "मातृत्व अवकाश"),
        "facilities": ("हीटर", "पार्किंग पास", "बैठक कक्ष की बत्ती", "लिफ्ट"),
    },
    "russian": {
        "it": ("принтер", "пароль", "ноутбук", "почтовый ящик"),
        "hr": ("расчётный лист", "отпуск", "трудовой договор", "декрет"),
        "facilities": ("отопление", "пропуск на парковку", "свет в переговорной", "лифт"),
    },
    "arabic": {
        "it": ("الطابعة", "كلمة المرور", "الحاسوب المحمول", "صندوق البريد"),
        "hr": ("قسيمة الراتب", "الإجازة السنوية", "عقد العمل", "إجازة الأمومة"),
        "facilities": ("التدفئة", "تصريح الموقف", "إضاءة قاعة الاجتماعات", "المصعد"),
    },
    "hebrew": {
        "it": ("המדפסת", "הסיסמה", "המחשב הנייד", "תיבת הדואר"),
        "hr": ("תלוש השכר", "החופשה השנתית", "חוזה העבודה", "חופשת הלידה"),
        "facilities": ("החימום", "אישור החניה", "התאורה בחדר הישיבות", "המעלית"),
    },
    "greek": {
        "it": ("εκτυπωτής", "κωδικός", "φορητός υπολογιστής", "γραμματοκιβώτιο"),
        "hr": ("μισθοδοσία", "ετήσια άδεια", "σύμβαση εργασίας", "άδεια μητρότητας"),
        "facilities": ("θέρμανση", "κάρτα στάθμευσης", "φωτισμός της αίθουσας", "ανελκυστήρας"),
    },
}

SENTENCES: dict[str, tuple[str, ...]] = {
    "chinese": (
        "您好,我的{}有问题,请帮忙。",
        "请问关于{}应该找谁?谢谢",
        "昨天开始{}就不对了",
        "我想了解一下{}的事情",
        "急!{}今天必须处理好,客户在等",
    ),
    "japanese": (
        "お世話になります。{}に問題があります。",
        "{}について教えてください。",
        "昨日から{}がおかしいです。",
        "{}の件でご連絡しました。",
        "至急、{}を確認していただけますか。",
    ),
    "korean": (
        "안녕하세요, {}에 문제가 있습니다.",
        "{}에 대해 알려 주세요.",
        "어제부터 {}이 이상합니다.",
        "{} 관련해서 문의드립니다.",
        "급합니다! 오늘 {} 확인해 주시겠어요?",
    ),
    "thai": (
        "สวัสดีค่ะ {}มีปัญหา ช่วยดูให้หน่อย",
        "ขอสอบถามเรื่อง{}ค่ะ",
        "ตั้งแต่เมื่อวาน{}ไม่ปกติ",
        "อยากทราบเกี่ยวกับ{}ครับ",
        "ด่วนมาก วันนี้ต้องจัดการ{}ให้เสร็จ",
    ),
    "hindi": (
        "नमस्ते, {} में समस्या है।",
        "{} के बारे में किससे बात करूँ?",
        "कल से {} ठीक नहीं है।",
        "मुझे {} की जानकारी चाहिए।",
        "जल्दी कीजिए, आज {} ज़रूरी है।",
    ),
    "russian": (
        "Добрый день, у меня вопрос: {}.",
        "Подскажите, пожалуйста, кто отвечает за {}?",
        "Со вчерашнего дня {} не в порядке",
        "Хочу узнать про {}",
        "СРОЧНО! {} нужен сегодня, клиент ждёт",
    ),
    "arabic": (
        "مرحبا، هناك مشكلة في {}",
        "من المسؤول عن {} من فضلكم؟",
        "منذ أمس {} لا تعمل",
        "أريد أن أعرف عن {}",
        "عاجل جدا: {} اليوم لو سمحتم",
    ),
    "hebrew": (
        "שלום, יש בעיה עם {}",
        "מי אחראי על {} בבקשה?",
        "מאתמול {} לא בסדר",
        "אני רוצה לדעת על {}",
        "דחוף מאוד! {} היום, הלקוח מחכה",
    ),
    "greek": (
        "Καλημέρα, υπάρχει πρόβλημα: {}.",
        "Ποιος είναι υπεύθυνος για {};",
        "Από χθες {} δεν είναι εντάξει",
        "Θέλω να μάθω για {}",
        "ΕΠΕΙΓΟΝ! {} σήμερα παρακαλώ",
    ),
}

LANGUAGES = tuple(NOUNS)


def _mails(language: str, sentences: tuple[str, ...]) -> list[Example]:
    return [
        Example(Text("", sentence.format(noun)), department, "made up")
        for department in DEPARTMENTS
        for noun in NOUNS[language][department]
        for sentence in sentences
    ]


def _learnt(*languages: str) -> Model:
    mails = [one for language in languages for one in _mails(language, SENTENCES[language][:3])]
    trained = train(mails, seed=1)
    return Model(trained.weights, "languages", trained.report.thresholds)


@pytest.fixture(scope="module")
def of_all() -> Model:
    return _learnt(*LANGUAGES)


@pytest.fixture(scope="module")
def of_office_life() -> Model:
    trained = train(starter_examples().kept[::4], seed=1)
    return Model(trained.weights, "starter", trained.report.thresholds)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_matter_is_found_in_sentences_never_seen(language: str, of_all: Model) -> None:
    mails = _mails(language, SENTENCES[language][3:])

    for model in (of_all, _learnt(language)):
        said = model.predict_many(one.text for one in mails)
        right = sum(one.department == mail.department for one, mail in zip(said, mails, strict=True))
        assert right >= 0.95 * len(mails)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_mail_in_a_language_never_learnt_is_for_a_person(language: str) -> None:
    model = _learnt(language)
    others = [one for other in LANGUAGES if other != language for one in _mails(other, SENTENCES[other])]

    assert all(said.stranger for said in model.predict_many(one.text for one in others))
    assert not all(
        said.stranger for said in model.predict_many(one.text for one in _mails(language, SENTENCES[language]))
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_word_says_what_it_is_about(language: str, of_all: Model) -> None:
    for department in DEPARTMENTS:
        said = of_all.predict_many(Text(noun, "") for noun in NOUNS[language][department])
        assert {one.department for one in said} == {department}


def test_a_mail_of_two_languages_is_read_by_both(of_all: Model) -> None:
    mixed = [
        (Text(SENTENCES["russian"][0].format(russian), SENTENCES["thai"][4].format(thai)), department)
        for department in DEPARTMENTS
        for russian, thai in zip(NOUNS["russian"][department], NOUNS["thai"][department], strict=True)
    ]

    assert [of_all.predict(text).department for text, _ in mixed] == [department for _, department in mixed]


def test_capital_letters_say_nothing_of_their_own(of_all: Model) -> None:
    text = SENTENCES["russian"][0].format(NOUNS["russian"]["hr"][0])

    assert of_all.predict(Text("", text.upper())) == of_all.predict(Text("", text))


@pytest.mark.parametrize(
    "written",
    [
        "",
        " \n\t",
        "👍",
        "🎉🎉🎉 🔥",
        "?",
        "...",
        "https://shop.example/a/b?c=d",
        "www.shop.example",
        "someone@shop.example",
        "4711-0815-123456",
        "qwxz jkvq zzzzt",
        "aGVsbG8gd29ybGQgdGhpcyBpcyBiYXNlNjQ= " * 20,
        "\u4e00\ufffd\u0378" * 300_000,
        "x" * 1_000_000,
    ],
    ids=lambda written: ascii(written[:12]),
)
def test_a_mail_that_says_nothing_is_for_a_person_whatever_came_with_it(written: str, of_office_life: Model) -> None:
    for text in (
        Text("", written),
        Text(written, ""),
        Text("", written, "it@lindwerk.example", "", ("application/pdf",)),
    ):
        assert of_office_life.predict(text).stranger
