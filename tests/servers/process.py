"""A server as a process of the tests: the user it runs as, its folder, its start and its end."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.servers import leash

STOP_WITHIN = 60.0  # seconds a server may take to stop before it is killed


class ServerFailed(Exception):
    """A server did not start; the text has what it printed."""


@dataclass(frozen=True, slots=True)
class User:
    """The system user a server runs as."""

    uid: int
    gid: int
    name: str
    group: str

    def own(self, path: Path) -> Path:
        """Gives a file or folder to this user (only root has to) and returns it."""
        if os.geteuid() == 0:
            os.chown(path, self.uid, self.gid)
        return path


def server_user() -> User:
    """Ourselves, or `nobody` when we are root: PostgreSQL refuses root, and Dovecot refuses mail of uid 0."""
    entry = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    return User(entry.pw_uid, entry.pw_gid, entry.pw_name, grp.getgrgid(entry.pw_gid).gr_name)


def server_folder(name: str, user: User) -> Path:
    """A new folder for one server. It is short because a socket's path has at most 108 bytes (unix(7))."""
    return user.own(Path(tempfile.mkdtemp(prefix=f"postroom-{name}-", dir="/tmp")))


def start(
    command: Sequence[str | Path],
    user: User,
    folder: Path,
    *,
    death_signal: signal.Signals,
    environment: Mapping[str, str],
) -> subprocess.Popen[bytes]:
    """Starts a server as `user` in `folder`, on a leash; what it prints goes to `folder`/output.

    It gets a session of its own, so that Ctrl-C reaches the tests alone and they stop their servers in order.
    """
    on_leash = [
        sys.executable,
        "-I",
        "-S",
        leash.__file__,
        os.getpid(),
        int(death_signal),
        user.uid,
        user.gid,
    ]
    with (folder / "output").open("ab") as output:
        return subprocess.Popen(
            [str(word) for word in (*on_leash, *command)],
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes], how: signal.Signals) -> None:
    """Asks the server to stop, and kills its whole process group if it takes too long."""
    process.send_signal(how)
    try:
        process.wait(STOP_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_WITHIN)


def remove(folder: Path) -> None:
    """Removes a server's folder; a file that a dying child still writes is not worth failing for."""
    shutil.rmtree(folder, ignore_errors=True)


def what_it_printed(folder: Path) -> str:
    """What the server of `folder` printed, for the sentence that says why it did not start."""
    return (folder / "output").read_text(errors="replace").strip()
