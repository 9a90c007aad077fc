"""Models on disk."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from classifier import registry
from classifier.examples import Example
from classifier.registry import ModelRefused
from classifier.text import Text
from classifier.train import TrainedModel, train

MORNING = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def _refusal(path: Path) -> str:
    """Why the model is refused, without the folder it lies in."""
    with pytest.raises(ModelRefused) as refused:
        registry.load(path)
    return str(refused.value).replace(str(path), "…")


def _rewrite(path: Path, change: Callable[[dict[str, object]], object]) -> None:
    written = json.loads(path.read_text())
    change(written)
    path.write_text(json.dumps(written))


def test_a_published_model_is_read_back_number_for_number(trained: TrainedModel, published: Path) -> None:
    weights, manifest = registry.load(published)

    assert weights.digest() == trained.weights.digest()
    assert manifest.report == trained.report
    assert (manifest.version, manifest.created) == (published.name, MORNING)
    assert manifest.libraries.keys() == {"python", "numpy", "scikit-learn"}


def test_what_the_gate_needs_is_read_back_with_the_model(trained: TrainedModel, root: Path) -> None:
    exam = (Example(Text("Ü \ud800", "words\nand more", "it@lindwerk.example"), "it", "old.csv:1"),)
    evidence = registry.Evidence(exam, frozenset({0, 1, 2**64 - 1}), 7)

    version = registry.publish(trained, root, MORNING, who="anke", evidence=evidence)

    assert registry.read_evidence(root / version) == evidence
    manifest = registry.read_manifest(root / version)
    assert (manifest.who, manifest.labelled, manifest.set_apart) == ("anke", 7, 1)


def test_what_the_gate_needs_is_refused_if_it_was_altered(trained: TrainedModel, root: Path) -> None:
    published = root / registry.publish(trained, root, MORNING)
    (published / "exam.jsonl").write_text("{}")

    with pytest.raises(ModelRefused, match="has 2 bytes where 0 were published; it is truncated"):
        registry.read_evidence(published)


def test_a_floor_is_kept_for_its_version_and_a_broken_file_is_refused(root: Path, published: Path) -> None:
    assert registry.floor(root, published.name) is None
    for value in (0.9, None):
        found = registry.Floor(value, MORNING, "it broke its promise")
        registry.raise_floor(root, published.name, found)
        assert registry.floor(root, published.name) == found
    assert registry.floor(root, "20261123-000000-00000000") is None

    (root / "floors.json").write_text("{")
    with pytest.raises(ModelRefused, match=r"floors.json cannot be read; remove it to work by the thresholds alone"):
        registry.floor(root, published.name)
    (root / "floors.json").chmod(0o666)
    with pytest.raises(ModelRefused, match="can be written by others than its owner"):
        registry.floor(root, published.name)


def test_a_version_that_nobody_needs_is_removed_and_others_stay(root: Path, published: Path) -> None:
    registry.promote(root, published.name)
    with pytest.raises(ModelRefused, match="is in service or the way back to it; it stays"):
        registry.remove(root, published.name)
    (root / "champion").unlink()

    registry.remove(root, published.name)

    assert registry.versions(root) == ()
    assert [one.name for one in root.iterdir()] == []


def test_a_version_tells_its_time_in_utc(trained: TrainedModel, root: Path) -> None:
    in_hamburg = MORNING.astimezone(timezone(timedelta(hours=1)))

    assert registry.publish(trained, root, in_hamburg) == f"20261122-093000-{trained.weights.digest()[:8]}"


def test_a_time_without_a_zone_is_refused(trained: TrainedModel, root: Path) -> None:
    with pytest.raises(ValueError, match="no time zone"):
        registry.publish(trained, root, datetime(2026, 11, 22))


def test_publishing_the_same_twice_changes_nothing(trained: TrainedModel, root: Path, published: Path) -> None:
    assert registry.publish(trained, root, MORNING) == published.name
    assert registry.versions(root) == (published.name,)


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_nobody_but_its_owner_can_write_a_model_whatever_the_umask(
    trained: TrainedModel, root: Path, umask: int
) -> None:
    before = os.umask(umask)
    try:
        published = root / registry.publish(trained, root, MORNING)
    finally:
        os.umask(before)

    modes = {one.name: one.stat().st_mode & 0o777 for one in (published, *published.iterdir())}

    assert modes == {
        published.name: 0o750, "manifest.json": 0o640, "arrays.npz": 0o640, "vocabulary.json": 0o640,
        "exam.jsonl": 0o640, "learnt.npy": 0o640,
    }  # fmt: skip


def test_a_failed_publication_leaves_nothing_behind(
    trained: TrainedModel, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk_full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)

    with pytest.raises(OSError, match="No space left"):
        registry.publish(trained, root, MORNING)
    assert list(root.iterdir()) == []


# ---- refusals


@pytest.mark.parametrize("name", ["arrays.npz", "vocabulary.json"])
def test_a_truncated_file_is_refused(published: Path, name: str) -> None:
    whole = (published / name).read_bytes()
    (published / name).write_bytes(whole[:-1])

    assert _refusal(published) == (
        f"…/{name} has {len(whole) - 1} bytes where {len(whole)} were published; it is truncated."
    )


@pytest.mark.parametrize("name", ["arrays.npz", "vocabulary.json"])
def test_an_altered_file_is_refused(published: Path, name: str) -> None:
    content = bytearray((published / name).read_bytes())
    content[len(content) // 2] ^= 1
    (published / name).write_bytes(content)

    assert _refusal(published) == f"…/{name} was altered: its checksum is not the one in the manifest."


def test_a_missing_file_is_refused(published: Path) -> None:
    (published / "arrays.npz").unlink()

    assert _refusal(published) == "…/arrays.npz cannot be read: No such file or directory."


@pytest.mark.parametrize("name", ["arrays.npz", "vocabulary.json", "manifest.json"])
@pytest.mark.parametrize("mode", [0o660, 0o642])
def test_a_file_that_others_may_write_is_refused(published: Path, name: str, mode: int) -> None:
    (published / name).chmod(mode)

    assert _refusal(published) == f"…/{name} can be written by others than its owner; run: chmod go-w …/{name}"


def test_a_folder_that_others_may_write_is_refused(published: Path) -> None:
    published.chmod(0o770)

    assert _refusal(published) == "… can be written by others than its owner; run: chmod go-w …"


@pytest.mark.parametrize(
    ("other", "remedy"),
    [(0, "train it again"), (registry.FORMAT + 1, "upgrade Postroom or put an older model into service")],
)
def test_a_model_of_another_format_is_refused_with_a_remedy(published: Path, other: int, remedy: str) -> None:
    _rewrite(published / "manifest.json", lambda written: written.update(format=other))

    said = f"The model in … has format {other} and this release reads format {registry.FORMAT}; {remedy}."
    assert _refusal(published) == said


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "{}",
        f'{{"format": {registry.FORMAT}}}',
        f'{{"format": {registry.FORMAT}, "report": null}}',
        '{"format": "x"}',
        "\xff",
    ],
)
def test_a_broken_manifest_is_refused(published: Path, content: str) -> None:
    (published / "manifest.json").write_bytes(content.encode("latin-1"))

    assert _refusal(published) == "…/manifest.json is no manifest of a model; it is truncated or was altered."


def test_a_model_under_another_name_is_refused(published: Path) -> None:
    moved = published.rename(published.with_name("20261123-000000-00000000"))

    assert _refusal(moved) == f"The folder … holds the model {published.name}; rename it back."


def test_a_folder_that_is_not_there_is_refused(root: Path) -> None:
    assert _refusal(root / "gone") == "There is no model in …; train one, or put another version into service."


def test_a_file_the_manifest_does_not_list_is_refused(published: Path) -> None:
    _rewrite(published / "manifest.json", lambda written: written["files"].pop("arrays.npz"))

    assert _refusal(published) == (
        f"The manifest of the model {published.name} does not list arrays.npz; train it again."
    )


def _reseal(published: Path, name: str, content: bytes) -> None:
    """Replace a file together with its seal, as somebody would who knows how it is made."""
    (published / name).write_bytes(content)
    seal = registry._seals({name: content})[name]
    _rewrite(
        published / "manifest.json",
        lambda written: written["files"].update({name: {"size": seal.size, "sha256": seal.sha256}}),
    )


def test_a_pickle_in_the_arrays_is_never_opened(published: Path, tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return os.mkdir, (str(tmp_path / "exploded"),)

    np.savez(tmp_path / "bomb.npz", idf=np.array([Bomb()], dtype=object), allow_pickle=True)
    _reseal(published, "arrays.npz", (tmp_path / "bomb.npz").read_bytes())

    assert _refusal(published).startswith("The arrays of the model in … cannot be read:")
    assert not (tmp_path / "exploded").exists()


def test_arrays_that_are_none_are_refused(published: Path) -> None:
    _reseal(published, "arrays.npz", b"PK\x03\x04 not a zip")

    assert _refusal(published).startswith("The arrays of the model in … cannot be read:")


def test_arrays_and_vocabulary_must_fit_together(published: Path) -> None:
    vocabulary = json.loads((published / "vocabulary.json").read_text())
    vocabulary["words"].append("extra")
    _reseal(published, "vocabulary.json", json.dumps(vocabulary).encode())

    assert _refusal(published) == "The arrays and the vocabulary of the model in … do not fit together; train it again."


# ---- champion and previous


@pytest.fixture
def later(examples: tuple[Example, ...], root: Path, published: Path) -> Path:
    """A second model, published an hour after the first."""
    return root / registry.publish(train(examples[1:], seed=1), root, MORNING + timedelta(hours=1))


def test_a_published_model_is_not_yet_in_service(root: Path, published: Path) -> None:
    assert registry.champion(root) is None
    assert registry.versions(root) == (published.name,)


def test_a_promoted_model_is_the_champion_and_the_old_one_is_kept(root: Path, published: Path, later: Path) -> None:
    registry.promote(root, published.name)
    registry.promote(root, later.name)

    assert (registry.champion(root), registry.previous(root)) == (later, published)
    assert registry.versions(root) == (published.name, later.name)


def test_promoting_the_champion_again_keeps_the_way_back(root: Path, published: Path, later: Path) -> None:
    for version in (published.name, later.name, later.name):
        registry.promote(root, version)

    assert registry.previous(root) == published


def test_one_step_back_and_forth(root: Path, published: Path, later: Path) -> None:
    registry.promote(root, published.name)
    registry.promote(root, later.name)

    assert registry.roll_back(root) == published.name
    assert registry.champion(root) == published
    assert registry.roll_back(root) == later.name


def test_there_is_no_way_back_from_the_first(root: Path, published: Path) -> None:
    registry.promote(root, published.name)

    with pytest.raises(ModelRefused, match=r"There is no model in .* to go back to; the present one is the first"):
        registry.roll_back(root)


def test_a_model_remembers_whom_it_wants_to_replace(examples: tuple[Example, ...], root: Path, published: Path) -> None:
    registry.promote(root, published.name)

    challenger = registry.publish(train(examples[1:], seed=1), root, MORNING + timedelta(hours=1))

    assert registry.read_manifest(root / challenger).parent == published.name
    assert registry.read_manifest(published).parent is None


def test_a_damaged_model_is_not_promoted(root: Path, published: Path, later: Path) -> None:
    registry.promote(root, published.name)
    (later / "arrays.npz").write_bytes(b"")

    with pytest.raises(ModelRefused, match="is truncated"):
        registry.promote(root, later.name)
    assert registry.champion(root) == published


@pytest.mark.parametrize("version", ["", "..", "../elsewhere", "/etc", "20261122-093000-xyz"])
def test_only_a_version_can_be_promoted(root: Path, published: Path, version: str) -> None:
    with pytest.raises(ModelRefused, match=f"is no version of a model; choose one of {published.name}"):
        registry.promote(root, version)


@pytest.mark.parametrize("content", ["", "{}", '{"champion": "../x", "previous": null}', '{"champion": 1}', "[]"])
def test_an_altered_pointer_is_refused(root: Path, published: Path, content: str) -> None:
    (root / "champion").write_text(content)

    with pytest.raises(ModelRefused, match="champion does not name a version; promote a model again"):
        registry.champion(root)


def test_a_pointer_that_others_may_write_is_refused(root: Path, published: Path) -> None:
    registry.promote(root, published.name)
    (root / "champion").chmod(0o666)

    with pytest.raises(ModelRefused, match="champion can be written by others than its owner; run: chmod go-w"):
        registry.champion(root)


def test_a_crash_while_promoting_leaves_the_old_champion(
    root: Path, published: Path, later: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.promote(root, published.name)

    def killed(self: Path, target: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            registry.promote(root, later.name)

    assert registry.champion(root) == published
    registry.promote(root, later.name)
    assert registry.champion(root) == later


def test_an_empty_registry_has_no_champion(root: Path) -> None:
    assert (registry.champion(root), registry.previous(root), registry.versions(root)) == (None, None, ())
