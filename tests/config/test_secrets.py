from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.load import SettingsError, read_secret


@dataclass(frozen=True)
class Login:
    password_file: Path | None = None
    password_env: str | None = None


IN_FILE = Login(password_file=Path("it.password"))
IN_VARIABLE = Login(password_env="IT_PASSWORD")


def kept(folder: Path, content: bytes, mode: int = 0o600) -> Path:
    path = folder / "it.password"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def refusal(holder: Login, base: Path, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        read_secret(holder, base, environ or {})
    return str(caught.value)


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_one_line_break_at_the_end_does_not_belong_to_the_password(end: bytes, tmp_path: Path) -> None:
    kept(tmp_path, "  grün & 'süß' ".encode() + end)

    assert read_secret(IN_FILE, tmp_path, {}) == "  grün & 'süß' "


def test_a_changed_password_is_read_at_the_next_use(tmp_path: Path) -> None:
    kept(tmp_path, b"old")
    old = read_secret(IN_FILE, tmp_path, {})
    kept(tmp_path, b"new")

    assert (old, read_secret(IN_FILE, tmp_path, {})) == ("old", "new")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o660, 0o604, 0o620])
def test_a_file_that_others_can_use_is_refused(mode: int, tmp_path: Path) -> None:
    path = kept(tmp_path, b"hunter2", mode)
    said = refusal(IN_FILE, tmp_path)

    assert said == f"{path}: can be used by others than its owner (mode {mode:04o}); run: chmod 600 {path}"


def test_systemd_guards_what_lies_in_its_credentials_folder(tmp_path: Path) -> None:
    credentials, base = tmp_path / "credentials", tmp_path / "etc"
    credentials.mkdir()
    base.mkdir()
    kept(credentials, b"from systemd\n", 0o440)
    kept(base, b"from etc\n")
    environ = {"CREDENTIALS_DIRECTORY": str(credentials)}

    assert read_secret(IN_FILE, base, environ) == "from systemd"
    assert read_secret(IN_FILE, base, {}) == "from etc"
    # An absolute path stays where it is, and unguarded.
    outside = kept(base, b"hunter2", 0o644)
    assert "can be used by others" in refusal(Login(password_file=outside), base, environ)


def test_a_way_out_of_the_credentials_folder_is_not_guarded(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "it.password").symlink_to(kept(tmp_path, b"hunter2", 0o644))

    assert "can be used by others" in refusal(IN_FILE, tmp_path, {"CREDENTIALS_DIRECTORY": str(credentials)})


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n"])
def test_an_empty_password_is_refused(content: bytes, tmp_path: Path) -> None:
    path = kept(tmp_path, content)

    assert refusal(IN_FILE, tmp_path) == f"{path}: holds no password; it is empty or not set"


@pytest.mark.parametrize("content", [b"hunter2\nA1 LOGOUT\n", b"hunter2\r\n\r\n", b"hunter\x002", b"x" * 5000])
def test_more_than_a_line_is_no_password(content: bytes, tmp_path: Path) -> None:
    path = kept(tmp_path, content)

    assert refusal(IN_FILE, tmp_path) == f"{path}: holds more than one line of text; a password is one line"


def test_bytes_that_are_no_text_are_no_password(tmp_path: Path) -> None:
    path = kept(tmp_path, b"\xff\xfe")

    said = refusal(IN_FILE, tmp_path)

    assert said == f"{path}: holds bytes that are not UTF-8 text; write the password anew"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    said = refusal(IN_FILE, tmp_path)

    assert said == f"{tmp_path}/it.password: there is no such file; put the password into it, with mode 0600"


def test_a_folder_or_a_pipe_is_no_password_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)

    for name in ("pipe", "."):
        assert "is no plain file; name the file that holds the password" in refusal(
            Login(password_file=Path(name)), tmp_path
        )


def test_a_password_can_be_in_a_variable(tmp_path: Path) -> None:
    assert read_secret(IN_VARIABLE, tmp_path, {"IT_PASSWORD": "hunter2"}) == "hunter2"
    assert refusal(IN_VARIABLE, tmp_path) == "$IT_PASSWORD: holds no password; it is empty or not set"


def test_without_file_and_variable_the_sentence_says_what_to_set(tmp_path: Path) -> None:
    assert refusal(Login(), tmp_path) == "no password is set; set password_file or password_env"
