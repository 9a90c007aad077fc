"""Old mail as people have sorted it on disk: folders of .eml files, mbox files, Maildirs.

Touches files and only reads them. Knows which department a folder means, and not what a mail says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from classifier.examples import TABLES, ExamplesRefused, stranger

Kind = Literal["eml", "mbox", "Maildir"]

_FROM = b"From "
# mboxrd: a line of the mail that looks like a separator stands behind one ">" more.
_QUOTED_FROM = re.compile(rb"^>+From ")
_MBOX_SUFFIXES = ("", ".mbox", ".mbx")
# Maildir (its specification, "info"): a trashed mail is no longer wanted, a draft was never sent.
_UNWANTED_FLAGS = frozenset("TD")


@dataclass(frozen=True, slots=True)
class Heap:
    """Files of mail that one department has handled: one mbox, or the mails of one folder."""

    department: str
    kind: Kind
    path: Path
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class OldMail:
    """One mail with the place where it lies; `content` is None where `trouble` says why it cannot be had."""

    department: str
    place: str
    content: bytes | None
    trouble: str = ""


def heaps(path: Path, label: str | None, departments: Collection[str]) -> tuple[Heap, ...]:
    """What lies in `path`: with a label all of it is that department's, else the folders' names say whose.

    Raises ExamplesRefused with every mistake at once.
    """
    try:
        path.stat()
        found = _labelled(path, label) if label else _by_names(path, departments)
    except OSError as trouble:
        raise ExamplesRefused((f"{path} cannot be read: {trouble.strerror}.",)) from trouble
    problems = [
        f"{heap.path}: {stranger(heap.department, departments)} Or say whose it is: {heap.path}=DEPARTMENT."
        for heap in found
        if heap.department not in departments
    ]
    if problems:
        raise ExamplesRefused(list(dict.fromkeys(problems)))
    if not found:
        raise ExamplesRefused((f"{path} holds no mail; put it into one folder per department, as it/1.eml.",))
    return tuple(found)


def mails(heap_list: Sequence[Heap], most_bytes: int, progress: Callable[[int, int], None]) -> Iterator[OldMail]:
    """Every mail, one after the other, so that no more than one lies in memory; progress in bytes.

    A mail of more than `most_bytes` has trouble instead of content, as has one that cannot be read.
    """
    sizes = {file: _size(file) for heap in heap_list for file in heap.files}
    done, total = 0, sum(sizes.values())
    for heap in heap_list:
        for file in heap.files:
            yield from (
                _mbox_mails(heap, file, most_bytes) if heap.kind == "mbox" else _file_mail(heap, file, most_bytes)
            )
            done += sizes[file]
            progress(done, total)


# ---- whose is what


def _by_names(path: Path, departments: Collection[str]) -> list[Heap]:
    if not path.is_dir():
        return _labelled(path, path.stem)
    if _is_maildir(path):
        inner = [one for one in sorted(path.iterdir()) if one.name.startswith(".") and _is_maildir(one)]
        own = _labelled(path, path.name) if path.name in departments or not inner else []
        return own + [heap for one in inner for heap in _labelled(one, one.name[1:])]
    if path.name in departments and any(path.glob("*.eml")):
        return _labelled(path, path.name)
    children = [one for one in sorted(path.iterdir()) if not one.name.startswith(".")]
    return [heap for one in children if one.is_dir() or _is_mbox(one) for heap in _labelled(one, one.stem)]


def _labelled(path: Path, label: str) -> list[Heap]:
    """All mail in a file or below a folder."""
    if path.is_file():
        return [_file_heap(path, label)]
    below = [path, *sorted(one for one in path.rglob("*") if one.is_dir())]
    boxes = [one for one in below if _is_maildir(one)]
    heap_list = [Heap(label, "Maildir", one, _maildir_files(one)) for one in boxes]
    letters = tuple(file for file in sorted(path.rglob("*.eml")) if file.parent.parent not in boxes)
    heap_list += [Heap(label, "eml", path, letters)]
    mboxes = [
        f for f in sorted(path.rglob("*")) if f.parent.parent not in boxes and f.parent not in boxes and _is_mbox(f)
    ]
    heap_list += [Heap(label, "mbox", file, (file,)) for file in mboxes]
    return [heap for heap in heap_list if heap.files]


def _file_heap(path: Path, label: str) -> Heap:
    if path.suffix.lower() == ".eml":
        return Heap(label, "eml", path, (path,))
    if _begins_like_mbox(path):
        return Heap(label, "mbox", path, (path,))
    if path.suffix.lower() in TABLES:
        raise ExamplesRefused((f"{path} is a table, whose rows name their departments; give it without =DEPARTMENT.",))
    raise ExamplesRefused(
        (f"{path} is neither a table (.csv, .jsonl, .parquet) nor mail (an .eml file, an mbox file, a folder).",)
    )


def _is_maildir(path: Path) -> bool:
    return (path / "cur").is_dir() and (path / "new").is_dir()


def _maildir_files(path: Path) -> tuple[Path, ...]:
    found = [file for part in ("cur", "new") for file in sorted((path / part).iterdir()) if file.is_file()]
    return tuple(file for file in found if not _UNWANTED_FLAGS & set(file.name.partition(":2,")[2]))


def _is_mbox(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in _MBOX_SUFFIXES and _begins_like_mbox(path)


def _begins_like_mbox(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_FROM)) == _FROM


# ---- the mails


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0  # `mails` says so when it comes to it


def _file_mail(heap: Heap, file: Path, most_bytes: int) -> Iterator[OldMail]:
    try:
        with file.open("rb") as opened:
            content = opened.read(most_bytes + 1)
    except OSError as trouble:
        yield OldMail(heap.department, str(file), None, f"it cannot be read ({trouble.strerror})")
        return
    yield _old_mail(heap, str(file), content, most_bytes)


def _mbox_mails(heap: Heap, file: Path, most_bytes: int) -> Iterator[OldMail]:
    """A separator is a line that begins with "From " and follows an empty line (RFC 4155)."""
    number = 0
    lines: list[bytes] = []
    size = 0
    after_empty = True
    try:
        with file.open("rb") as opened:
            for line in opened:
                if after_empty and line.startswith(_FROM):
                    if number:
                        yield _old_mail(heap, f"{file}:mail {number}", b"".join(lines), most_bytes)
                    number, lines, size = number + 1, [], 0
                elif size <= most_bytes:
                    lines.append(line[1:] if _QUOTED_FROM.match(line) else line)
                    size += len(line)
                after_empty = not line.strip(b"\r\n")
    except OSError as trouble:
        yield OldMail(heap.department, str(file), None, f"it cannot be read ({trouble.strerror})")
    if number:
        yield _old_mail(heap, f"{file}:mail {number}", b"".join(lines), most_bytes)


def _old_mail(heap: Heap, place: str, content: bytes, most_bytes: int) -> OldMail:
    if len(content) > most_bytes:
        return OldMail(heap.department, place, None, "it is larger than limits.message_bytes")
    return OldMail(heap.department, place, content)
