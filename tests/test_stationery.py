from __future__ import annotations

import pytest

from daemon.desk.notices import TemplatesRefused
from daemon.desk.samples import SAMPLES
from daemon.stationery import built_in_templates, load_stationery

ASSIGNMENT = next(sample for sample in SAMPLES if sample.kind == "assignment")
REMINDER = next(sample for sample in SAMPLES if sample.kind == "reminder")


def refused(folder) -> str:
    with pytest.raises(TemplatesRefused) as refusal:
        load_stationery(folder)
    return str(refusal.value)


def test_the_built_in_templates_come_with_the_program() -> None:
    assert {"layout.html.j2", "acknowledgement.en.txt.j2", "alarm.en.html.j2"} <= set(built_in_templates())
    assert load_stationery(None).write(REMINDER).html is not None


def test_every_built_in_template_writes_its_mail() -> None:
    """No start of the daemon tries them again."""
    load_stationery(None).require_sound()


def test_an_organisation_replaces_one_mail_and_keeps_the_others(tmp_path) -> None:
    (tmp_path / "reminder.en.txt.j2").write_text("Ahoy {{ owner }}, {{ left }}!")
    (tmp_path / "reminder.en.html.j2").write_text("<p>Ahoy {{ owner }}</p>")
    (tmp_path / "README.md").write_text("our words")
    own = load_stationery(tmp_path)

    assert own.write(REMINDER).text == "Ahoy Aylin Demir, 48 minutes of working time are left!\n"
    assert own.write(REMINDER).html == "<p>Ahoy Aylin Demir</p>"
    assert own.write(ASSIGNMENT) == load_stationery(None).write(ASSIGNMENT)


def test_who_replaces_the_text_alone_gets_plain_text_and_not_two_different_mails(tmp_path) -> None:
    (tmp_path / "reminder.en.txt.j2").write_text("Ahoy {{ owner }}!")

    assert load_stationery(tmp_path).write(REMINDER).html is None


def test_a_mistake_of_an_organisation_is_told_with_its_file_and_line(tmp_path) -> None:
    (tmp_path / "reminder.en.txt.j2").write_text("Ahoy\n{{ onwer }}!")

    assert refused(tmp_path) == f"{tmp_path}/reminder.en.txt.j2, line 2: 'onwer' is nothing that this mail knows"


def test_a_misspelt_file_is_not_silently_unused(tmp_path) -> None:
    (tmp_path / "acknowledgment.en.txt.j2").write_text("Hello")

    assert refused(tmp_path) == (
        f"{tmp_path}/acknowledgment.en.txt.j2: no mail is written from a template of this name; "
        "did you mean acknowledgement.en.txt.j2?"
    )


def test_a_file_that_is_no_utf8_is_named(tmp_path) -> None:
    (tmp_path / "reminder.en.txt.j2").write_bytes(b"Gr\xfc\xdfe")

    assert refused(tmp_path).startswith(f"{tmp_path}/reminder.en.txt.j2: it cannot be read as UTF-8 text")


def test_a_folder_that_does_not_exist_is_named(tmp_path) -> None:
    assert refused(tmp_path / "words") == (
        f"{tmp_path}/words: this folder of templates does not exist; create it or unset it"
    )
