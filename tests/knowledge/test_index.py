"""The index on disk: whole or refused, updated by what changed, and safe against a kill at any moment."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from knowledge.corpus import Document, passages
from knowledge.index import MANIFEST, Index, IndexDamagedError


def documents(count: int) -> list[Document]:
    return [
        Document(f"d{n}", f"Title {n}", (("Signs", f"Sign number {n}."), ("Care", f"Care number {n}.")), aliases=("x",))
        for n in range(count)
    ]


@pytest.fixture
def folder(tmp_path: Path, hash_embedder: Any) -> Path:
    """An index of three documents on disk."""
    Index("hash").update(documents(3), hash_embedder, tmp_path / "index")
    hash_embedder.encoded.clear()
    return tmp_path / "index"


def content(index: Index) -> dict[str, Any]:
    """What an index holds, in an order that does not depend on its history."""
    rows = sorted(range(len(index.passages)), key=lambda row: index.passages[row].id)
    matrix = index.vectors.reconstruct_n(0, index.vectors.ntotal)
    return {
        "model": index.model,
        "digests": index.digests,
        "passages": [index.passages[row] for row in rows],
        "vectors": [matrix[row].tobytes() for row in rows],
    }


def fresh(found: list[Document], embedder: Any) -> dict[str, Any]:
    index = Index("hash")
    index.update(found, embedder)
    return content(index)


def test_round_trip(folder: Path, hash_embedder: Any) -> None:
    loaded = Index.load(folder, "hash")
    assert content(loaded) == fresh(documents(3), hash_embedder)
    assert [passage.id for passage in loaded.passages] == ["d0#1", "d0#2", "d1#1", "d1#2", "d2#1", "d2#2"]


def test_odd_line_separators_survive(tmp_path: Path, hash_embedder: Any) -> None:
    odd = Document("d\x85", "Title\u2028two", (("Head\x0cing", "Text\u2029end."),))
    index = Index("hash")
    index.update([odd], hash_embedder, tmp_path)
    assert content(Index.load(tmp_path, "hash")) == content(index)


def test_an_empty_index_is_saved_and_loaded(tmp_path: Path, hash_embedder: Any) -> None:
    assert Index("hash").update([Document("d", "T", ())], hash_embedder, tmp_path) == 1
    loaded = Index.load(tmp_path, "hash")
    assert (loaded.passages, loaded.vectors) == ([], None)
    assert loaded.update([Document("d", "T", ())], hash_embedder) == 0


def test_similarities_are_the_cosines_with_text_and_title(folder: Path, hash_embedder: Any) -> None:
    index = Index.load(folder, "hash")
    for row, passage in enumerate(index.passages):
        query, title = hash_embedder.encode([passage.searched_text, passage.name])
        found = index.similarities(query)
        assert found.shape == (6,)
        assert found.argmax() == row
        assert found[row] == pytest.approx(1 + query @ title, abs=1e-5)


def test_one_changed_byte_in_any_file_is_found(folder: Path) -> None:
    paths = sorted(folder.iterdir())
    assert len(paths) == 4
    for path in paths:
        whole = path.read_bytes()
        places = range(len(whole)) if path.name == MANIFEST else np.linspace(0, len(whole) - 1, 12, dtype=int)
        for place in places:
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            with pytest.raises(IndexDamagedError, match="the index in index cannot be used"):
                Index.load(folder, "hash")
        for damaged in (whole[:-1], whole + b"x", b""):
            path.write_bytes(damaged)
            with pytest.raises(IndexDamagedError):
                Index.load(folder, "hash")
        path.unlink()
        with pytest.raises(IndexDamagedError):
            Index.load(folder, "hash")
        path.write_bytes(whole)
    Index.load(folder, "hash")


def test_the_index_of_another_model_is_refused(folder: Path) -> None:
    with pytest.raises(IndexDamagedError, match="hash, not with other-model"):
        Index.load(folder, "other-model")


@pytest.mark.parametrize("name", ["", "missing"])
def test_a_folder_without_an_index_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(IndexDamagedError):
        Index.load(tmp_path / name, "hash")


def test_an_update_embeds_only_what_changed(folder: Path, hash_embedder: Any) -> None:
    index = Index.load(folder, "hash")
    assert index.update(documents(3), hash_embedder, folder) == 0
    assert hash_embedder.encoded == []
    first, second, third, fourth = documents(4)
    second = dataclasses.replace(second, sections=(("Signs", "Another sign."),))
    assert index.update([first, second, third, fourth], hash_embedder, folder) == 2
    wanted = {text for document in (second, fourth) for p in passages(document) for text in (p.name, p.searched_text)}
    assert sorted(hash_embedder.encoded) == sorted(wanted)
    assert content(Index.load(folder, "hash")) == fresh([first, second, third, fourth], hash_embedder)


def test_progress_counts_every_document_once(folder: Path, hash_embedder: Any) -> None:
    done: list[int] = []
    Index.load(folder, "hash").update(documents(200), hash_embedder, advance=done.append)
    assert sum(done) == 200


def test_the_later_of_two_documents_with_one_id_counts(hash_embedder: Any) -> None:
    first, second = documents(1)[0], dataclasses.replace(documents(1)[0], title="Later")
    index = Index("hash")
    index.update([first, second], hash_embedder)
    assert {passage.title for passage in index.passages} == {"Later"}
    assert len({passage.id for passage in index.passages}) == len(index.passages)


def test_removed_documents_are_gone_after_a_save(folder: Path, hash_embedder: Any) -> None:
    index = Index.load(folder, "hash")
    index.remove({"d1", "unknown"})
    assert content(index) == fresh([documents(3)[0], documents(3)[2]], hash_embedder)
    index.save(folder)
    assert content(Index.load(folder, "hash")) == content(index)
    assert index.update(documents(3), hash_embedder) == 1


def test_a_save_leaves_no_old_files(folder: Path, hash_embedder: Any) -> None:
    index = Index.load(folder, "hash")
    index.update(documents(5), hash_embedder, folder)
    assert len(list(folder.iterdir())) == 4


@pytest.mark.parametrize("step", range(12))
def test_a_process_killed_at_any_step_leaves_the_old_index_or_the_new_one(
    folder: Path, hash_embedder: Any, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    class Killed(BaseException):
        pass

    steps = iter(range(100))

    def dying(name: str) -> Any:
        original = getattr(Path, name)

        def operation(path: Path, *args: Any, **options: Any) -> Any:
            if next(steps) == step:
                if name.startswith("write"):  # killed in the middle of writing
                    original(path, args[0][: len(args[0]) // 2], *args[1:], **options)
                raise Killed
            return original(path, *args, **options)

        return operation

    old, new = fresh(documents(3), hash_embedder), fresh(documents(5), hash_embedder)
    index = Index.load(folder, "hash")
    with monkeypatch.context() as patch:
        for name in ("write_bytes", "write_text", "replace", "unlink"):
            patch.setattr(Path, name, dying(name))
        try:
            index.update(documents(5), hash_embedder, folder)
            killed = False
        except Killed:
            killed = True
    assert killed == (step < 11)  # two for each of the four files, and three old ones to remove
    left = Index.load(folder, "hash")
    assert content(left) == (old if step < 8 else new)
    left.update(documents(5), hash_embedder, folder)
    assert content(Index.load(folder, "hash")) == new


def test_an_interrupted_update_goes_on_where_it_stopped(
    tmp_path: Path, hash_embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowledge.index.SAVE_EVERY", 40)
    monkeypatch.setattr("knowledge.index.ENCODE_AT_ONCE", 10)
    found = documents(50)

    def stopping() -> Any:
        yield from found[:35]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Index("hash").update(stopping(), hash_embedder, tmp_path)
    index = Index.load(tmp_path, "hash")
    assert set(index.digests) == {document.id for document in found[:20]}
    hash_embedder.encoded.clear()
    assert index.update(found, hash_embedder, tmp_path) == 30
    assert not any("Title 19." in text for text in hash_embedder.encoded)
    assert content(Index.load(tmp_path, "hash")) == fresh(found, hash_embedder)


def test_a_copied_index_is_the_same_index(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "elsewhere")
    assert content(Index.load(tmp_path / "elsewhere", "hash")) == content(Index.load(folder, "hash"))


def test_nothing_is_pickled(folder: Path) -> None:
    assert {path.suffix for path in folder.iterdir()} == {".json", ".jsonl", ".faiss"}
