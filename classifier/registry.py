"""Trained models on disk: one folder per version that is never altered, and a pointer to the one in
service.

Touches files. A model is numbers and words (npz without pickle, JSON): nothing in it can run. It is read
only if it is exactly what was published, and if nobody but its owner could have written it.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version as library_version
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.evaluate import DepartmentFigures, Figures, Report
from classifier.examples import Example
from classifier.text import LONGEST_SUBJECT, LONGEST_WORDS, Text
from classifier.threshold import Threshold
from classifier.weights import MARKS, SIGNS, Sureness, Weights

if TYPE_CHECKING:  # training needs scikit-learn, reading a model does not
    from classifier.train import TrainedModel

# Raise with every change of the files or of what text.py and predict.py make of a text: an older model
# would see other features than it has learnt.
FORMAT = 4

_EXAM, _LEARNT, _FLOORS = "exam.jsonl", "learnt.npy", "floors.json"
_MANIFEST, _ARRAYS, _VOCABULARY, _POINTER = "manifest.json", "arrays.npz", "vocabulary.json", "champion"
_VERSION = re.compile(r"\d{8}-\d{6}-[0-9a-f]{8}")
# The vocabulary is words of people's mail: for the owner and the group of the service, not for everybody.
_FILE_MODE, _FOLDER_MODE = 0o640, 0o750
_WRITABLE_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class ModelRefused(Exception):
    """A stored model that is not as published, or that this release cannot read; says what differs."""


@dataclass(frozen=True, slots=True)
class Seal:
    """Size in bytes and SHA-256 (hex) of a file when it was published."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What stands beside a model. `created` is UTC, `parent` the champion then, `libraries` trained it.

    `who` trained it (an account, or postroom itself). `labelled`: how many of the texts it learnt from people of the
    organisation have labelled; the others were made up. `set_apart`: how many it can be asked about at the gate.
    """

    version: str
    created: datetime
    who: str
    parent: str | None
    labelled: int
    set_apart: int
    libraries: Mapping[str, str]
    report: Report
    files: Mapping[str, Seal]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the gate needs of a model later: texts set apart, by people labelled, and what it has learnt from.

    `learnt`: the keys (`gate.key_of`) of all texts that it has learnt from, `labelled` as in the manifest.
    """

    exam: tuple[Example, ...] = ()
    learnt: frozenset[int] = frozenset()
    labelled: int = 0


_NOTHING = Evidence()


def publish(
    trained: TrainedModel, root: Path, created: datetime, *, who: str = "", evidence: Evidence = _NOTHING
) -> str:
    """Store a trained model under `root` (made if missing) and return its version; it is not yet the
    champion.

    The folder appears complete or not at all. `created` must be aware; it is stored in UTC.
    """
    if created.tzinfo is None:
        raise ValueError("The time of creation has no time zone; give an aware datetime.")
    created = created.astimezone(UTC)
    version = f"{created:%Y%m%d-%H%M%S}-{trained.weights.digest()[:8]}"
    root.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    if not (root / version).exists():
        contents = {
            _ARRAYS: _pack_arrays(trained.weights),
            _VOCABULARY: _pack_vocabulary(trained.weights),
            _EXAM: _pack_exam(evidence.exam),
            _LEARNT: _pack_learnt(evidence.learnt),
        }
        manifest = Manifest(
            version=version,
            created=created,
            who=who,
            parent=_pointed(root)[0],
            labelled=evidence.labelled,
            set_apart=len(evidence.exam),
            libraries=_libraries(),
            report=trained.report,
            files=_seals(contents),
        )
        _store(root / version, contents | {_MANIFEST: _pack_manifest(manifest)})
    return version


def load(path: Path) -> tuple[Weights, Manifest]:
    """The model in a version folder and its manifest. Raises ModelRefused if anything is not as published."""
    manifest = read_manifest(path)
    arrays = _sealed(path / _ARRAYS, manifest)
    vocabulary = _sealed(path / _VOCABULARY, manifest)
    try:
        weights = _unpack(arrays, vocabulary)
    except (ValueError, KeyError, TypeError, OSError, EOFError, zipfile.BadZipFile) as trouble:
        raise ModelRefused(f"The arrays of the model in {path} cannot be read: {trouble}.") from trouble
    if not _fits_together(weights):
        raise ModelRefused(f"The arrays and the vocabulary of the model in {path} do not fit together; train it again.")
    return weights, manifest


def read_evidence(path: Path) -> Evidence:
    """What the gate needs of the model in a version folder. Raises ModelRefused."""
    manifest = read_manifest(path)
    try:
        rows = [json.loads(line) for line in _sealed(path / _EXAM, manifest).splitlines()]
        exam = tuple(Example(_text(row["text"]), row["department"], row["source"]) for row in rows)
        keys = np.load(io.BytesIO(_sealed(path / _LEARNT, manifest)), allow_pickle=False)
        return Evidence(exam, frozenset(keys.tolist()), manifest.labelled)
    except (ValueError, KeyError, TypeError, EOFError) as trouble:
        raise ModelRefused(f"The texts set apart beside the model in {path} cannot be read: {trouble}.") from trouble


def read_manifest(path: Path) -> Manifest:
    """What is known about the model in a version folder, without its arrays. Raises ModelRefused."""
    if not path.is_dir():
        raise ModelRefused(f"There is no model in {path}; train one, or put another version into service.")
    _guarded(path, path.stat().st_mode)
    try:
        written = json.loads(_read(path / _MANIFEST))
        if written["format"] != FORMAT:
            raise ModelRefused(_other_format(path, int(written["format"])))
        manifest = _unpack_manifest(written)
    except (ValueError, KeyError, TypeError, AttributeError) as trouble:
        raise ModelRefused(
            f"{path / _MANIFEST} is no manifest of a model; it is truncated or was altered."
        ) from trouble
    if manifest.version != path.name:
        raise ModelRefused(f"The folder {path} holds the model {manifest.version}; rename it back.")
    return manifest


def versions(root: Path) -> tuple[str, ...]:
    """All stored versions, oldest first."""
    if not root.is_dir():
        return ()
    return tuple(sorted(one.name for one in root.iterdir() if one.is_dir() and _VERSION.fullmatch(one.name)))


def champion(root: Path) -> Path | None:
    """The folder of the model in service; None if none was ever promoted. Raises ModelRefused."""
    current, _ = _pointed(root)
    return root / current if current else None


def previous(root: Path) -> Path | None:
    """The folder of the model that was in service before; None if there was none."""
    _, before = _pointed(root)
    return root / before if before else None


def promote(root: Path, version: str) -> None:
    """Put a stored version into service; the present champion becomes the previous one.

    It is read and checked first: raises ModelRefused, and the champion stays, if it is not as published.
    """
    if not _VERSION.fullmatch(version):
        raise ModelRefused(
            f"{version!r} is no version of a model; choose one of {', '.join(versions(root)) or 'none'}."
        )
    load(root / version)
    current, _ = _pointed(root)
    if version != current:
        _write_pointer(root, version, current)


def stored(root: Path, version: str) -> Path:
    """The folder of a stored version. Raises ModelRefused if there is none of this name."""
    if version not in versions(root):
        raise ModelRefused(
            f"There is no model {version!r} in {root}; there are: {', '.join(versions(root)) or 'none'}."
        )
    return root / version


def remove(root: Path, version: str) -> None:
    """Delete a stored version for good. Raises ModelRefused for the champion, the previous one, or none at all."""
    folder = stored(root, version)
    if version in _pointed(root):
        raise ModelRefused(f"The model {version} is in service or the way back to it; it stays.")
    aside = root / f".old-{version}"
    folder.rename(aside)  # from here on nobody finds half of it
    shutil.rmtree(aside)


def roll_back(root: Path) -> str:
    """Put the previous model back into service and return its version; a second call undoes the first."""
    before = previous(root)
    if before is None:
        raise ModelRefused(f"There is no model in {root} to go back to; the present one is the first.")
    promote(root, before.name)
    return before.name


# ---- floors


@dataclass(frozen=True, slots=True)
class Floor:
    """From which confidence on a model may act alone, beyond what its thresholds say; None: never. `at` is UTC."""

    value: float | None
    at: datetime
    why: str


def floor(root: Path, version: str) -> Floor | None:
    """The floor under the thresholds of a version; None if there is none. Raises ModelRefused."""
    written = _floors(root).get(version)
    try:
        if written is None:
            return None
        value = written["value"]
        return Floor(None if value is None else float(value), datetime.fromisoformat(written["at"]), written["why"])
    except (ValueError, KeyError, TypeError) as trouble:
        raise ModelRefused(f"{root / _FLOORS} cannot be read; remove it to work by the thresholds alone.") from trouble


def raise_floor(root: Path, version: str, found: Floor) -> None:
    """Put a floor under the thresholds of a stored version. Raises ModelRefused if there is no such version."""
    stored(root, version)
    kept = {name: one for name, one in _floors(root).items() if name in versions(root)}
    written = {"value": found.value, "at": found.at.astimezone(UTC).isoformat(), "why": found.why}
    _replace(root, _FLOORS, kept | {version: written})


def _floors(root: Path) -> dict[str, Any]:
    if not (root / _FLOORS).exists():
        return {}
    try:
        written = json.loads(_read(root / _FLOORS))
    except ValueError as trouble:
        raise ModelRefused(f"{root / _FLOORS} cannot be read; remove it to work by the thresholds alone.") from trouble
    return written if isinstance(written, dict) else {}


# ---- the pointer


def _pointed(root: Path) -> tuple[str | None, str | None]:
    """The versions of champion and previous."""
    pointer = root / _POINTER
    if not pointer.exists():
        return None, None
    try:
        written = json.loads(_read(pointer))
        current, before = written["champion"], written["previous"]
        if not all(_VERSION.fullmatch(one) for one in (current, before or current)):
            raise ValueError("not a version")
    except (ValueError, KeyError, TypeError) as trouble:
        raise ModelRefused(f"{pointer} does not name a version; promote a model again.") from trouble
    return current, before


def _write_pointer(root: Path, current: str, before: str | None) -> None:
    _replace(root, _POINTER, {"champion": current, "previous": before})


def _replace(root: Path, name: str, content: Mapping[str, Any]) -> None:
    """Write beside, then rename over: a reader finds the old file or the new one, never half of one."""
    beside = root / f".{name}.{os.getpid()}"
    beside.unlink(missing_ok=True)
    _write(beside, json.dumps(content).encode())
    beside.replace(root / name)
    _sync_folder(root)


# ---- writing


def _store(folder: Path, contents: Mapping[str, bytes]) -> None:
    beside = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    try:
        for name, content in contents.items():
            _write(beside / name, content)
        beside.chmod(_FOLDER_MODE)
        _sync_folder(beside)
        beside.rename(folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    _sync_folder(folder.parent)


def _write(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE), "wb") as file:
        os.fchmod(file.fileno(), _FILE_MODE)  # whatever the umask says
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """A rename is on disk only when its folder is."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _pack_arrays(weights: Weights) -> bytes:
    packed = io.BytesIO()
    np.savez_compressed(
        packed,
        idf=weights.idf,
        coefficients=weights.coefficients,
        intercepts=weights.intercepts,
        usual=weights.usual,
        marks=weights.sureness.marks,
        own=weights.sureness.own,
    )
    return packed.getvalue()


def _pack_vocabulary(weights: Weights) -> bytes:
    named = {
        "departments": weights.departments,
        "temperature": weights.temperature,
        "bend": weights.bend,
        "cooling": weights.cooling,
        "stranger_below": weights.stranger_below,
        "words": weights.words,
        "grams": weights.grams,
    }
    return json.dumps(named, ensure_ascii=False).encode()


def _pack_exam(exam: tuple[Example, ...]) -> bytes:
    rows = (
        {
            "department": one.department,
            "source": one.source,
            "text": asdict(one.text)
            | {"subject": one.text.subject[:LONGEST_SUBJECT], "words": one.text.words[:LONGEST_WORDS]},
        }
        for one in exam
    )
    # Half of a surrogate pair, which a hostile mail may hold, is written as \uXXXX.
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _text(written: Mapping[str, Any]) -> Text:
    fields: dict[str, Any] = {name: tuple(one) if isinstance(one, list) else one for name, one in written.items()}
    return Text(**fields)


def _pack_learnt(keys: frozenset[int]) -> bytes:
    packed = io.BytesIO()
    np.save(packed, np.array(sorted(keys), dtype=np.uint64), allow_pickle=False)
    return packed.getvalue()


def _pack_manifest(manifest: Manifest) -> bytes:
    written = {"format": FORMAT, **asdict(manifest), "created": manifest.created.isoformat()}
    return (json.dumps(written, indent=1, ensure_ascii=False) + "\n").encode()


def _seals(contents: Mapping[str, bytes]) -> dict[str, Seal]:
    return {name: Seal(len(content), hashlib.sha256(content).hexdigest()) for name, content in contents.items()}


def _libraries() -> dict[str, str]:
    return {"python": python_version()} | {name: library_version(name) for name in ("numpy", "scikit-learn")}


# ---- reading


def _read(path: Path) -> bytes:
    """The bytes of a file that only its owner can have written."""
    try:
        with path.open("rb") as file:
            _guarded(path, os.fstat(file.fileno()).st_mode)
            return file.read()
    except OSError as trouble:
        raise ModelRefused(f"{path} cannot be read: {trouble.strerror}.") from trouble


def _guarded(path: Path, mode: int) -> None:
    if mode & _WRITABLE_BY_OTHERS:
        raise ModelRefused(f"{path} can be written by others than its owner; run: chmod go-w {path}")


def _sealed(path: Path, manifest: Manifest) -> bytes:
    """The bytes of a file of a model, if they are those that were published."""
    seal, content = manifest.files.get(path.name), _read(path)
    if seal is None:
        raise ModelRefused(f"The manifest of the model {manifest.version} does not list {path.name}; train it again.")
    if len(content) != seal.size:
        raise ModelRefused(f"{path} has {len(content)} bytes where {seal.size} were published; it is truncated.")
    if hashlib.sha256(content).hexdigest() != seal.sha256:
        raise ModelRefused(f"{path} was altered: its checksum is not the one in the manifest.")
    return content


def _other_format(path: Path, written: int) -> str:
    remedy = "upgrade Postroom or put an older model into service" if written > FORMAT else "train it again"
    return f"The model in {path} has format {written} and this release reads format {FORMAT}; {remedy}."


def _unpack(arrays: bytes, vocabulary: bytes) -> Weights:
    named = json.loads(vocabulary)
    with np.load(io.BytesIO(arrays), allow_pickle=False) as stored:
        return Weights(
            departments=tuple(named["departments"]),
            words=tuple(named["words"]),
            grams=tuple(named["grams"]),
            idf=stored["idf"],
            coefficients=stored["coefficients"],
            intercepts=stored["intercepts"],
            temperature=float(named["temperature"]),
            sureness=Sureness(stored["marks"], stored["own"]),
            bend=float(named["bend"]),
            cooling=float(named["cooling"]),
            usual=stored["usual"],
            stranger_below=float(named["stranger_below"]),
        )


def _fits_together(weights: Weights) -> bool:
    features, departments = len(weights.words) + len(weights.grams), len(weights.departments)
    expected = (
        (weights.idf, (features,)),
        (weights.coefficients, (features, departments)),
        (weights.intercepts, (departments,)),
        (weights.usual, (SIGNS, weights.usual.shape[-1])),
        (weights.sureness.marks, (5, MARKS)),
        (weights.sureness.own, (2, departments)),
    )
    return (
        departments > 1
        and weights.temperature > 0
        and 0 < weights.bend <= 1
        and weights.cooling >= 0
        and all(array.shape == shape and array.dtype == np.float32 for array, shape in expected)
        and all(bool(np.isfinite(array).all()) for array, _ in expected)
    )


def _unpack_manifest(written: Mapping[str, Any]) -> Manifest:
    report = written["report"]
    figures = report["figures"]
    departments = tuple(DepartmentFigures(**one) for one in figures["departments"])
    return Manifest(
        version=str(written["version"]),
        created=datetime.fromisoformat(written["created"]),
        who=str(written["who"]),
        parent=written["parent"],
        labelled=int(written["labelled"]),
        set_apart=int(written["set_apart"]),
        libraries=dict(written["libraries"]),
        report=Report(
            **report
            | {
                "figures": Figures(**figures | {"departments": departments}),
                "thresholds": tuple(map(Threshold.from_json, report["thresholds"])),
            }
        ),
        files={name: Seal(**seal) for name, seal in written["files"].items()},
    )
