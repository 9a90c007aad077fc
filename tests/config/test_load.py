from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.document import read_document
from config.load import SettingsError, load
from config.settings import Settings

Read = Callable[..., Settings]
Refused = Callable[..., list[str]]


def test_all_mistakes_of_a_file_are_told_at_once_in_its_order(small: str, refused: Refused) -> None:
    text = (
        small.replace("calendar: office", "calendar: offce")
        .replace("mara.vogt@lindwerk.example}", "mara.vogt}")
        .replace("    user: help\n", "    user: help\n    user: halp\n    poll: soon\n")
    )

    assert refused(text) == [
        "postroom.yaml:12:5: mailboxes.help.user: stands here again, first in line 11; keep one of them",
        "postroom.yaml:13:5: mailboxes.help.poll: wants a duration such as 30s, 15m, 4h or 2d; 'soon' stands there",
        "postroom.yaml:36:27: departments.it.members.1.email: "
        "wants an e-mail address such as it@lindwerk.example; 'mara.vogt' stands there",
        "postroom.yaml:38:5: departments.it.calendar: no calendar is called 'offce'; did you mean 'office'?",
        "postroom.yaml:46:3: triage.calendar: no calendar is called 'offce'; did you mean 'office'?",
    ]


def test_a_misspelt_section_names_the_right_word_and_what_is_missing(small: str, refused: Refused) -> None:
    assert refused(small.replace("departments:", "departmnts:")) == [
        "postroom.yaml:1:1: departments: is missing and has no default",
        "postroom.yaml:28:1: departmnts: unknown key 'departmnts'; did you mean 'departments'?",
    ]


def test_a_password_is_refused_anywhere_and_never_repeated(small: str, refused: Refused) -> None:
    lines = refused(f"{small}extra:\n  - imap: {{password: hunter2}}\n")

    assert (
        "postroom.yaml:48:12: extra.1.imap.password: a password must not stand in this file; put it into a "
        "file of mode 0600 named by password_file, or into an environment variable named by password_env"
    ) in lines
    assert "hunter2" not in "".join(lines)


def test_a_very_long_list_of_mistakes_is_cut(small: str, refused: Refused) -> None:
    lines = refused(small + "".join(f"x{number}: 1\n" for number in range(150)))

    assert len(lines) == 101
    assert lines[-1] == "... and 50 more"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a:\n\tb: 1", "2:1: a tab stands here; indent with spaces"),
        ("a: b: c", "1:5: no ':' is expected here; mend the indentation or put the text in quotes"),
        ("a: 1\n  b: 2", "2:4: no ':' is expected here; mend the indentation or put the text in quotes"),
        ("a: 'x\nb: 1", "2:5: the quotation mark of line 1 is never closed"),
        ("a: [1,\nb: 2", "2:5: the bracket of line 1 is not closed, or a comma is missing"),
        ("a: 1\n- b", "2:1: this does not fit the lines above; mend the indentation"),
        ("a: 1\nkey\n", "3:1: a ':' is missing after the key of line 2"),
        ("a: @x", "1:4: a text cannot begin with this character; put it in quotes"),
        ('a: "\\q"', "1:6: this backslash is not understood; double it or use single quotes"),
        ("a: &", "1:5: this is not YAML: expected alphabetic or numeric character, but found '\\x00'"),
        ("a:\n  } b: 1", "2:3: this is not YAML: expected the node content, but found '}'"),
        ("a: 1\nb: \x07", "2:4: a control character stands here; take it out"),
        ("", "1:1: wants settings such as 'organisation:' in a file; nothing stands in this one"),
        ("- a", "1:1: wants settings such as 'organisation:' in a file; a list stands in this one"),
        ("[" * 30, "1:22: more than 20 levels of lists and groups; no setting is that deep"),
    ],
)
def test_what_is_no_yaml_says_where_and_why_and_nothing_else(text: str, said: str, refused: Refused) -> None:
    assert refused(text) == [f"postroom.yaml:{said}"]


@given(st.text("ab: \n\t-?[]{},'\"|>&*!%#@\\~0\x00\u2028é", max_size=60))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    document = read_document(text)

    assert all(finding.at for finding in document.findings)
    assert document.findings or isinstance(document.tree, dict)


def test_only_one_document_without_directives_is_settings(small: str, refused: Refused) -> None:
    assert refused(f"%YAML 1.1\n---\n{small}---\na: 1\n") == [
        "postroom.yaml:2:1: a line that begins with % stands above; the settings are YAML 1.2 without directives",
        "postroom.yaml:50:1: a second document begins here; the settings are one document, without '---'",
    ]


def test_text_and_numbers_are_those_of_yaml_1_2(small: str, read: Read) -> None:
    text = small.replace("name: Lindwerk", "name: NO").replace(
        "  host: smtp", "  port: 0x1d1\n  connections: 007\n  host: smtp"
    )
    settings = read(text)

    assert (settings.organisation.name, settings.smtp.port, settings.smtp.connections) == ("NO", 465, 7)


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system", "!!python/object/new:os.system", "!!map", "!x"])
def test_a_tag_has_no_effect_but_to_be_refused(tag: str, small: str, refused: Refused, tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt"
    lines = refused(small.replace("name: IT", f"name: {tag} ['touch {spoilt}']"))

    assert "departments.it.name: tags (words that begin with !) are not supported; write the plain value" in lines[0]
    assert not spoilt.exists()


def test_a_billion_laughs_are_refused_at_once(refused: Refused) -> None:
    layers = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]\n" for n in range(1, 12))
    began = time.process_time()
    lines = refused(f"l0: &l0 [haha]\n{layers}")

    assert time.process_time() - began < 5
    assert "postroom.yaml:1:5: l0: the anchor &l0 is not supported; take it out" in lines


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"#" * 1_000_001, "is larger than 1 MB, as no settings are; name the right file"),
        (b"a: 1\nb: \xff\n", "holds bytes in line 2 that are not UTF-8; save it as UTF-8"),
        (None, "there is no such file; `postroom config describe` prints one to begin with"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(content: bytes | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "postroom.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        load(path, {})

    assert str(caught.value) == f"{path}: {said}"


def test_a_folder_is_no_settings_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"cannot be read \(Is a directory\); mend its rights or name another file"):
        load(tmp_path, {})


def test_a_byte_order_mark_and_dos_line_ends_do_no_harm(small: str, tmp_path: Path) -> None:
    path = tmp_path / "postroom.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + small.replace("\n", "\r\n").encode())

    assert load(path, {}).organisation.name == "Lindwerk"


def test_relative_paths_start_at_the_folder_of_the_file(small: str, read: Read, tmp_path: Path) -> None:
    settings = read(
        f"{small}rules: {{folder: rules}}\ntemplates: {{folder: /etc/words}}\ndatabase: {{url: 'sqlite:///here.db'}}\n"
    )

    assert settings.rules.folder == tmp_path / "rules"
    assert settings.templates.folder == Path("/etc/words")
    assert settings.database.url == f"sqlite:///{tmp_path}/here.db"
    # The folder of a password is chosen when it is read.
    assert settings.mailboxes["help"].password_file == Path("help.password")


def test_database_and_models_live_in_the_state_folder(small: str, read: Read, tmp_path: Path) -> None:
    beside = read(small)
    systemd = read(small, {"STATE_DIRECTORY": "/var/lib/postroom:/var/lib/other"})
    written = read(f"{small}state_dir: /srv/postroom\n", {"STATE_DIRECTORY": "/var/lib/postroom"})

    assert beside.state_dir == tmp_path / "postroom-state"
    assert beside.database.url == f"sqlite:///{tmp_path}/postroom-state/postroom.db"
    assert systemd.state_dir == Path("/var/lib/postroom")
    assert systemd.classifier.folder == Path("/var/lib/postroom/models")
    assert written.database.url == "sqlite:////srv/postroom/postroom.db"


def test_three_variables_replace_settings_and_an_empty_one_does_not(small: str, read: Read) -> None:
    url = "postgresql+psycopg://postroom@db/postroom"
    environ = {"POSTROOM_DATABASE_URL": url, "POSTROOM_STATE_DIR": "/tmp/try", "POSTROOM_LOG_LEVEL": "debug"}
    settings = read(f"{small}log:\n  level: error\n  format: console\n", environ)
    empty = read(f"{small}log: {{level: error}}\n", {"POSTROOM_LOG_LEVEL": ""})

    assert (settings.database.url, settings.state_dir) == (url, Path("/tmp/try"))
    assert (settings.log.level, settings.log.format) == ("debug", "console")
    assert empty.log.level == "error"


def test_a_state_folder_typed_in_a_shell_starts_where_the_shell_stands(
    small: str, read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    settings = read(small, {"POSTROOM_STATE_DIR": "state"})

    assert settings.state_dir == tmp_path / "elsewhere/state"


def test_a_wrong_variable_is_blamed_and_not_the_file(small: str, refused: Refused) -> None:
    environ = {"POSTROOM_LOG_LEVEL": "loud", "POSTROOM_DATABASE_URL": "postgresql://me:hunter2@db/x"}

    assert refused(f"{small}log: {{level: info}}\n", environ) == [
        "$POSTROOM_DATABASE_URL: database.url: holds a password; leave it out of the URL and use "
        "password_file or password_env",
        "$POSTROOM_LOG_LEVEL: log.level: wants 'debug', 'info', 'warning' or 'error'; 'loud' stands there",
    ]


def test_a_variable_cannot_mend_a_section_of_the_wrong_kind(small: str, refused: Refused) -> None:
    assert refused(f"{small}log: 3\n", {"POSTROOM_LOG_LEVEL": "info"}) == [
        "postroom.yaml:47:1: log: wants a group of keys; 3 stands there"
    ]


def test_a_section_whose_options_are_all_commented_out_has_its_defaults(small: str, read: Read) -> None:
    assert read(f"{small}routing:\n  #promise: 0.9\n").routing.promise == 0.95
