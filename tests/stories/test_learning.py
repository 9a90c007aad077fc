"""The model learns from what people said, and its threshold rises when the promise is broken."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from classifier import registry
from classifier.examination import evidence_of
from classifier.examples import Example
from classifier.gate import Parted, part
from classifier.text import Text
from classifier.train import train
from daemon import assigning, confirming, learning
from daemon.office import load_model
from daemon.store import labels, ledger, past, requests
from daemon.teaching import taught_by_requests

if TYPE_CHECKING:
    from daemon.office import Office
    from tests.stories.conftest import Day, House

Mail = Callable[..., EmailMessage]

TEXTS = {"it": "laptop screen mouse", "hr": "salary pension contract"}


def examples(n: int, source: str) -> list[Example]:
    """Texts that tell IT from HR by a few words."""
    return [
        Example(
            Text(word, f"{word} {'please' if i % 2 else 'now'} {'abcdefghij'[i % 10] * (2 + i // 10)}"), slug, source
        )
        for slug, words in TEXTS.items()
        for word in words.split()
        for i in range(n)
    ]


def publish(office: Office, source: str = "old.csv:1", n: int = 60) -> str:
    """A model in service."""
    parted = part(examples(n, source))
    root, settings = office.settings.classifier.folder, office.settings
    version = registry.publish(train(parted.to_learn, seed=1), root, office.now(), evidence=evidence_of(parted))
    registry.promote(root, version)
    assert load_model(root / version, settings)
    return version


@pytest.fixture
def taught(house: House) -> House:
    """A house with a model in service."""
    version = publish(house.office)
    house.runs_with(model=load_model(house.office.settings.classifier.folder / version, house.office.settings))
    assert house.office.acts_alone_from is not None
    return house


def asks(house: House, a_mail: Mail, count: int) -> None:
    """So many people write about their laptop; the model places each alone."""
    for number in range(count):
        sender = f"Eva {house.uid} <eva.{house.uid}@lindwerk.example>"
        house.receives(a_mail("laptop", f"laptop please {'klmnopqrst'[number % 10] * (number // 10 + 2)}", From=sender))


def moves(house: House, numbers: range, *, by: str = "p{}") -> None:
    for number in numbers:
        assigning.assign(house.office, number, department="hr", owner=None, actor=by.format(number), why="hers")


def house_lines(house: House) -> list[tuple[str, str | None, str | None]]:
    with house.office.store.reading() as database:
        return [(line.what, line.from_value, line.to_value) for line in ledger.of_house(database)]


def test_a_promise_that_is_kept_is_noted_and_looked_at_again_in_a_month(taught: House, a_mail: Mail, day: Day) -> None:
    asks(taught, a_mail, 10)
    day.goes_on(days=31)
    assert learning.due(taught.office, day()) == ["promise", "drift"]
    learning.check_drift(taught.office, day())

    outcome = learning.check_promise(taught.office, day())

    assert outcome.sentence.startswith("the promise is kept: of 10 routes 0 were corrected")
    assert not outcome.changed
    assert learning.due(taught.office, day()) == []
    day.goes_on(days=30)
    assert learning.due(taught.office, day()) == ["promise", "drift"]


def test_a_broken_promise_raises_the_threshold_at_once_and_tells_the_operators(taught: House, a_mail: Mail) -> None:
    asks(taught, a_mail, 30)
    moves(taught, range(1, 11))
    taught.sends()
    office = taught.office
    assert office.model is not None

    outcome = learning.check_promise(office, office.now())

    assert outcome.changed
    assert outcome.sentence.startswith("the promise was broken")
    floor = registry.floor(office.settings.classifier.folder, office.model.version)
    assert floor is not None
    after = replace(office, floor=floor).acts_alone_from
    assert after is None or after > (office.acts_alone_from or 1)
    assert [what for what, *_ in house_lines(taught)] == ["promise_checked", "threshold_raised"]
    ((kind, to, mail),) = taught.sends()
    assert (kind, to) == ("alarm", "olga.ops@lindwerk.example")
    assert "the model breaks its promise" in mail["Subject"]
    assert "of 30 routes 10 were corrected" in mail.as_string().replace("=\n", "").replace("\n", " ")


def test_one_person_cannot_bring_the_model_down(taught: House, a_mail: Mail) -> None:
    taught.sets("routing", corrections_per_day=2)
    asks(taught, a_mail, 60)
    moves(taught, range(1, 21), by="mallory")

    assert not learning.check_promise(taught.office, taught.office.now()).changed


def test_a_model_that_never_acts_alone_has_no_promise_to_break(house: House) -> None:
    assert learning.check_promise(house.office, house.office.now()).sentence == (
        "the model does not act alone; nothing is to be checked"
    )


def test_what_people_said_is_learnt_with_its_weight_and_guesses_are_not(taught: House, a_mail: Mail) -> None:
    taught.sets("routing", corrections_per_day=2, confirm=0.0)  # none is drawn by chance: it would weigh more
    asks(taught, a_mail, 6)
    moves(taught, range(1, 5), by="anke")

    with taught.office.store.reading() as database:
        found = learning.by_people(labels.said(database), taught.office.settings, {})

    assert [(one.source, one.department, one.weight) for one in found] == [
        (f"REQ-{number}", "hr", 0.5) for number in range(1, 5)
    ]
    assert {one.text.mailbox for one in found} == {"it@lindwerk.example"}


def test_what_is_confidential_teaches_nobody(taught: House, a_mail: Mail) -> None:
    asks(taught, a_mail, 4)
    moves(taught, range(1, 5))
    with taught.office.store.writing() as database:
        for number in (1, 2, 3):
            requests.change(database, number, confidential=True)

    with taught.office.store.reading() as database:
        said = labels.said(database)

    assert len(said) == 4
    assert [one.source for one in learning.by_people(said, taught.office.settings, {})] == ["REQ-4"]
    with taught.office.store.reading() as database:
        by_requests = taught_by_requests((), past.handled(database), taught.office.settings, {})
    assert {name for name, why in by_requests.left_out if why == "it is confidential"} == {"REQ-1", "REQ-2", "REQ-3"}
    parted = learning.taught(taught.office)
    sources = {one.source for one in (*parted.to_learn, *parted.set_apart)}
    assert sources & {"REQ-1", "REQ-2", "REQ-3", "REQ-4"} == {"REQ-4"}


def test_nothing_is_learnt_from_a_department_that_became_confidential(taught: House, a_mail: Mail) -> None:
    asks(taught, a_mail, 3)
    moves(taught, range(1, 2))
    office = taught.office
    departments = {
        slug: one.model_copy(update={"confidential": slug == "hr"}) for slug, one in office.settings.departments.items()
    }
    taught.runs_with(settings=office.settings.model_copy(update={"departments": departments}))

    with office.store.reading() as database:
        assert learning.by_people(labels.said(database), taught.office.settings, {}) == []
        assert len(learning.past_mail(database, taught.office.settings, {})) == 2
    departments = {slug: one.model_copy(update={"confidential": True}) for slug, one in departments.items()}
    taught.runs_with(settings=office.settings.model_copy(update={"departments": departments}))
    with office.store.reading() as database:
        assert learning.past_mail(database, taught.office.settings, {}) == []
        by_requests = taught_by_requests((), past.handled(database), taught.office.settings, {})
    assert {why for _, why in by_requests.left_out} == {"it is confidential"}


def test_requests_of_which_nobody_spoke_are_offered_without_a_label(taught: House, a_mail: Mail) -> None:
    asks(taught, a_mail, 5)
    moves(taught, range(1, 2))
    with taught.office.store.writing() as database:
        requests.change(database, 2, confidential=True)

    with taught.office.store.reading() as database:
        found = learning.past_mail(database, taught.office.settings, {})

    assert [one.words.split()[-1] for one in found] == ["oo", "nn", "mm"], "the newest first"


def test_a_weekly_training_teaches_itself_with_past_requests_where_that_helps(
    taught: House, a_mail: Mail, day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks(taught, a_mail, 5)
    moves(taught, range(1, 2))
    (taught.office.path.parent / "good.csv").write_text(
        "\n".join(["department,text", *(f"{e.department},{e.text.words}" for e in examples(4, ""))])
    )
    taught.sets("classifier", examples=(taught.office.path.parent / "good.csv",))
    offered: list[Text] = []

    def watched(*args: Any, unlabelled: Iterable[Text], **more: Any) -> object:
        offered.extend(unlabelled)
        return train(*args, **more)

    monkeypatch.setattr("classifier.train.train", watched)

    learning.retrain(taught.office, day())

    assert len(offered) == 4


def test_a_past_request_is_learnt_from_as_it_was_asked_about(taught: House, a_mail: Mail) -> None:
    mail = a_mail("laptop", "Hello, Ines here: laptop please.", From="Ines Roth <ines@lindwerk.example>")
    mail.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="offer.pdf")
    taught.receives(mail)
    moves(taught, range(1, 2))

    with taught.office.store.reading() as database:
        (found,) = learning.by_people(
            labels.said(database), taught.office.settings, {"ines@lindwerk.example": "Building A"}
        )

    assert (found.text.mailbox, found.text.group, found.group) == ("it@lindwerk.example", "Building A", "Building A")
    assert found.text.attachments == ("application/pdf",)
    assert found.text.people == ("Ines Roth",)


def test_a_week_after_words_were_said_a_challenger_is_trained_and_waits(taught: House, a_mail: Mail, day: Day) -> None:
    taught.sets("classifier", retrain="weekly")
    asks(taught, a_mail, 2)
    day.goes_on(days=8)
    learning.check_drift(taught.office, day())
    assert learning.due(taught.office, day()) == [], "nobody has said anything"
    moves(taught, range(1, 2))
    assert learning.due(taught.office, day()) == ["train"]
    root = taught.office.settings.classifier.folder
    champion = registry.champion(root)

    outcome = learning.retrain(taught.office, day())

    assert "was trained and waits for `postroom models promote`" in outcome.sentence
    assert registry.champion(root) == champion
    (challenger,) = set(registry.versions(root)) - {champion.name if champion else ""}
    assert registry.read_manifest(root / challenger).who == "postroom"
    assert learning.due(taught.office, day()) == []


def test_a_challenger_goes_into_service_by_itself_only_if_that_is_set_and_the_gate_holds(
    taught: House, day: Day
) -> None:
    folder = taught.office.path.parent
    good = ["department,subject,text", *(f"{e.department},{e.text.subject},{e.text.words}" for e in examples(70, ""))]
    (folder / "good.csv").write_text("\n".join(good))
    few = [row for n in range(6) for row in good[1 + 70 * n : 26 + 70 * n]]
    (folder / "few.csv").write_text("\n".join([good[0], *few]))
    root = taught.office.settings.classifier.folder
    before = registry.champion(root)

    taught.sets("routing", promise=0.98)  # no few texts can prove that
    taught.sets("classifier", promote=True, examples=(folder / "good.csv",))
    day.goes_on(days=8)
    outcome = learning.retrain(taught.office, day())

    assert outcome.changed, outcome.sentence
    after = registry.champion(root)
    assert after != before
    assert ("model_promoted", before.name if before else "", after.name if after else "") in house_lines(taught)

    taught.sets("classifier", examples=(folder / "few.csv",))
    day.goes_on(days=8)
    refused = learning.retrain(taught.office, day())

    assert not refused.changed
    assert "is not put into service" in refused.sentence
    assert registry.champion(root) == after


def test_one_person_who_moves_everything_wrongly_does_not_outvote_twelve_others(
    taught: House, a_mail: Mail, day: Day
) -> None:
    folder = taught.office.path.parent
    rows = [f"{e.department},{e.text.subject},{e.text.words}" for e in examples(60, "")]
    (folder / "good.csv").write_text("\n".join(["department,subject,text", *rows]))
    taught.sets("classifier", promote=True, examples=(folder / "good.csv",))
    taught.sets("routing", confirm=0.5)
    asks(taught, a_mail, 100)
    with taught.office.store.reading() as database:
        drawn = [one.number for one in labels.waiting(database) if one.number > 60]
    for number in drawn[:12]:
        confirming.confirm(taught.office, number, actor=f"p{number}", why="ours")
    moves(taught, range(1, 61), by="mallory")
    day.goes_on(days=8)

    learning.retrain(taught.office, day())

    settings = taught.office.settings
    champion = registry.champion(settings.classifier.folder)
    assert champion is not None
    said = load_model(champion, settings).predict(Text("laptop", "laptop please", "it@lindwerk.example"))
    assert said.department == "it", "twelve others said so"
    exam = {one.source for one in registry.read_evidence(champion).exam}
    hers = {f"REQ-{number}" for number in range(1, 61)}
    assert len(exam & hers) <= settings.routing.corrections_per_day


def test_a_department_with_a_handful_of_texts_holds_up_no_training() -> None:
    few = [Example(Text("badge", f"badge {n}"), "security", "old.csv:1") for n in range(4)]

    found = learning.large_enough(Parted((*examples(10, ""), *few), (*examples(2, ""), *few)))

    assert {one.department for one in found.to_learn} == {one.department for one in found.set_apart} == {"it", "hr"}


def test_the_past_is_looked_at_for_ninety_days(taught: House, a_mail: Mail, day: Day) -> None:
    asks(taught, a_mail, 30)
    moves(taught, range(1, 21))
    day.goes_on(days=95)

    assert not learning.check_promise(taught.office, day()).changed
    assert day() - dt.timedelta(days=90) > taught.request(1).opened_at


def test_a_retraining_reads_sorted_mail_and_what_was_made_up(house: House, a_mail: Mail, tmp_path: Path) -> None:
    folder = tmp_path / "old" / "it"
    folder.mkdir(parents=True)
    (folder / "1.eml").write_bytes(a_mail("The gadget", "My gadget is slow.\n\n> quoted").as_bytes())
    (tmp_path / "old.csv").write_text("department,text\nhr,a contract\n")
    house.sets("classifier", examples=(tmp_path / "old", tmp_path / "old.csv"))

    parted = learning.taught(house.office)
    found = parted.to_learn

    assert [(one.department, one.text.words) for one in found if not one.made_up] == [
        ("hr", "a contract"),
        ("it", "My gadget is slow."),
    ]
    assert {one.department for one in found if one.made_up} == {"it", "hr"}
