from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assistant.errors import RecordsError
from assistant.records import album as album_module
from assistant.records.album import Album
from assistant.records.vault import Vault

OLD, NEW = b"o" * 32, b"n" * 32
MINE, OTHER = "agreed-mine", "agreed-other"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


def open_album(folder: Path, *keys: bytes) -> Album:
    return Album(folder, Vault(keys or [OLD]), lambda thread: thread.startswith("agreed"))


def test_a_picture_is_kept_for_its_thread_alone(folder: Path) -> None:
    album = open_album(folder)
    album.keep(MINE, "a", b"png")
    assert album.picture(MINE, "a") == b"png"
    assert album.picture(OTHER, "a") is None and album.picture(MINE, "b") is None
    assert open_album(folder).picture(MINE, "a") == b"png"


def test_nobody_else_can_read_it_and_it_is_sealed(folder: Path) -> None:
    open_album(folder).keep(MINE, "a", b"the pixels of a picture")
    (path,) = folder.glob("*/*")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert b"pixels" not in path.read_bytes()


def test_without_consent_no_picture_is_written_and_none_outlives_the_hour(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(album_module.time, "monotonic", lambda: now[0])
    album = open_album(folder)
    album.keep("passing", "a", b"png")
    assert album.picture("passing", "a") == b"png" and not folder.exists()
    assert open_album(folder).picture("passing", "a") is None
    now[0] = 3700.0
    album.keep("another", "a", b"png")
    assert album.picture("passing", "a") is None and album.picture("another", "a") == b"png"


def test_pictures_go_to_the_disk_with_a_consent(folder: Path) -> None:
    agreed: set[str] = set()
    album = Album(folder, Vault([OLD]), agreed.__contains__)
    album.keep("mine", "a", b"png")
    agreed.add("mine")
    album.settle("mine")
    assert list(album.pictures()) == [("mine", "a")] and album.picture("mine", "a") == b"png"
    assert album.of_thread("mine") == {"a": b"png"}


def test_what_nobody_agreed_to_is_dropped_at_the_start(folder: Path) -> None:
    open_album(folder).keep(MINE, "a", b"png")
    shutil.copytree(folder / MINE, folder / "left")
    album = open_album(folder)
    assert list(album.pictures()) == [(MINE, "a")]


def test_a_file_that_was_moved_or_altered_is_refused(folder: Path) -> None:
    album = open_album(folder)
    for thread, name in ((MINE, "a"), (MINE, "b"), (OTHER, "a")):
        album.keep(thread, name, b"png")
    (mine,) = folder.glob(f"{MINE}/a.*")
    for target in [*folder.glob(f"{MINE}/b.*"), *folder.glob(f"{OTHER}/a.*")]:
        shutil.copy(mine, target)
    mine.write_bytes(mine.read_bytes()[:-1] + b"x")
    for thread, name in album.pictures():
        with pytest.raises(RecordsError):
            album.picture(thread, name)


def test_a_name_is_given_once(folder: Path) -> None:
    open_album(folder).keep(MINE, "a", b"one")
    with pytest.raises(FileExistsError):
        open_album(folder).keep(MINE, "a", b"two")


def test_erasing_deletes_the_pictures_of_one_thread(folder: Path) -> None:
    album = open_album(folder)
    for thread in (MINE, OTHER, "passing"):
        album.keep(thread, "a", b"png")
    for thread in (MINE, "passing", "nobody", ""):
        album.erase(thread)
    assert album.picture(MINE, "a") is None and album.picture("passing", "a") is None
    assert list(album.pictures()) == [(OTHER, "a")]


def test_a_picture_gets_the_key_of_today(folder: Path) -> None:
    open_album(folder).keep(MINE, "a", b"png")
    (folder / MINE / "a.new").write_bytes(b"left by a run that was broken off")
    album = open_album(folder, NEW, OLD)
    assert album.reseal(MINE, "a") and not album.reseal(MINE, "a") and not album.reseal("nobody", "a")
    assert open_album(folder, NEW).picture(MINE, "a") == b"png"
    (path,) = folder.glob("*/*")
    assert path.stat().st_mode & 0o777 == 0o600
