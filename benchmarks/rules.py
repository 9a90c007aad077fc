"""A thousand rules and mails of 5 kB: how long they take to load and to ask, beside asking every rule.

`python -m benchmarks.rules`; the last line is JSON. `make bench` runs it with the others. Times are processor
time, so that other work on the machine counts as little as may be.
"""

from __future__ import annotations

import json
import random
import re
import statistics
import time

from rules.match import ask, ask_each
from rules.rule import ExampleMail, MailFile, Offers, RuleSet
from rules.rule_file import read_rules

RULES = 1000
MAIL_BYTES = 5000
MAILS = 400
ROUNDS = 10
ASKED_ONE_BY_ONE = 20
DEPARTMENTS = ("it", "hr", "finance", "facilities", "legal")

SYLLABLES = [a + b for a in "bdfgklmnprstvw" for b in ("a", "e", "i", "o", "u", "au", "ei", "ü")]
EVERYDAY = re.findall(
    r"\w+",
    """the a of to and in is for on with please thank you we our my not can could have has this that from today tomorrow
    since der die das und ist nicht ein eine wir bitte danke seit heute für mit auf zu ich können haben working works
    funktioniert geht neue new""",
)


def main() -> None:
    """Measure and print."""
    print(json.dumps(measure()))


def measure() -> dict[str, float]:
    """The figures of this benchmark by their names; says on the way what it finds."""
    chance = random.Random(2041)
    vocabulary = ["".join(chance.choices(SYLLABLES, k=chance.choice((2, 2, 3, 4)))) for _ in range(6000)]
    files = _files(chance, vocabulary)
    started = time.process_time()
    rules = read_rules(files, Offers(DEPARTMENTS))
    loading = time.process_time() - started
    mails = [_mail(chance, vocabulary) for _ in range(MAILS)]
    quick = _microseconds(rules, mails)
    few = mails[:ASKED_ONE_BY_ONE]
    started = time.process_time()
    one_by_one = [ask_each(rules.rules, mail) for mail in few]
    slow = 1e6 * (time.process_time() - started) / len(few)
    if one_by_one != [ask(rules, mail) for mail in few]:
        raise SystemExit("the index and asking every rule disagree")
    met = sum(ask(rules, mail).verdict is not None for mail in mails)
    print(f"rules     {RULES} loaded in {loading:.2f} s, with {2 * RULES} examples", flush=True)
    print(
        f"          {quick:.0f} µs per mail of 5 kB, {slow:.0f} µs by asking every rule; {met} of {MAILS} mails met one"
    )
    return {
        "rules_1000_us_per_mail": round(quick, 1),
        "rules_1000_one_by_one_us_per_mail": round(slow, 1),
        "rules_1000_load_s": round(loading, 3),
    }


def _microseconds(rules: RuleSet, mails: list[ExampleMail]) -> float:
    """Of processor time per mail, the median of some rounds; each mail is new to the rules, as in the daemon."""
    rounds = []
    for first in range(0, len(mails), MAILS // ROUNDS):
        some = mails[first : first + MAILS // ROUNDS]
        started = time.process_time()
        for mail in some:
            ask(rules, mail)
        rounds.append(1e6 * (time.process_time() - started) / len(some))
    return statistics.median(rounds)


def _files(chance: random.Random, vocabulary: list[str]) -> dict[str, bytes]:
    """Rule files as departments write them: mostly words and phrases, some addresses, attachments and patterns."""
    return {
        f"{department}.yaml": "\n".join(
            [f"department: {department}", "rules:"]
            + [_rule(chance, vocabulary, number) for number in range(RULES // len(DEPARTMENTS))]
        ).encode()
        for department in DEPARTMENTS
    }


def _rule(chance: random.Random, vocabulary: list[str], number: int) -> str:
    word, other, third = chance.sample(vocabulary, 3)
    other_words = chance.choices(vocabulary, k=4)
    phrases = [f"{one} {two}" for one, two in zip(chance.choices(EVERYDAY, k=4), other_words, strict=True)]
    condition, subject = chance.choice(
        [
            (f"words: [{', '.join([word, *phrases])}]", f"{word} {other}"),
            (f"subject: [{word}, {other}, {third}]", f"{other} {word}"),
            (f"all: [{{subject: [{word}, '{other[:5]}*']}}, {{words: [{third}, {phrases[0]}]}}]", f"{word} {third}"),
            (f"any: [{{subject: [{word}]}}, {{attachment: ['*{word}*.pdf', '*{other}*']}}]", word),
            (f"from: [{word}@{other}.example, '*@{third}.example'], subject: [{word}]", word),
            (f"regex: {{subject: '{word[:4]}-\\d{{4,6}}'}}", f"{word[:4]}-47110"),
        ]
    )
    sender = f"{word}@{other}.example"
    return f"""  - name: rule {number} about {word}
    order: {chance.choice((50, 100, 100, 200))}
    when: {{{condition}, none: [{{subject: [newsletter, "{third} {other}"]}}]}}
    examples:
      catches:
        - {{from: {sender}, subject: "{subject}", body: "Bitte um Hilfe, {chance.choice(vocabulary)}."}}
      leaves:
        - {{subject: "Newsletter {chance.choice(EVERYDAY)}", body: "{chance.choice(vocabulary)}"}}"""


def _mail(chance: random.Random, vocabulary: list[str]) -> ExampleMail:
    words: list[str] = []
    length = 0
    while length < MAIL_BYTES:
        word = chance.choice(EVERYDAY if chance.random() < 0.5 else vocabulary)
        word = word + chance.choice(("", "", "s", "en", ",", "."))
        words.append(word)
        length += len(word.encode()) + 1
    return ExampleMail(
        line=1,
        sender=f"{chance.choice(vocabulary)}@lindwerk.example",
        to=("it@lindwerk.example",),
        subject=" ".join(chance.choices(EVERYDAY + vocabulary[:200], k=6)),
        words=" ".join(words),
        attachments=(MailFile(f"{chance.choice(vocabulary)}.pdf", "application/pdf"),),
    )


if __name__ == "__main__":
    main()
