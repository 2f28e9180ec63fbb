from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest

from assistant.errors import RecordsError
from assistant.records.album import KEPT_FOR, Album
from assistant.records.vault import Vault

OLD, NEW = b"o" * 32, b"n" * 32
AGREED = "agreed"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


def open_album(folder: Path, *keys: bytes) -> Album:
    return Album(folder, Vault(keys or [OLD]), lambda thread: thread == AGREED)


def test_a_picture_is_kept_for_its_thread_alone(folder: Path) -> None:
    album = open_album(folder)
    album.keep("mine", "a", b"png")
    assert album.picture("mine", "a") == b"png"
    assert album.picture("other", "a") is None and album.picture("mine", "b") is None
    assert open_album(folder).picture("mine", "a") == b"png"


def test_nobody_else_can_read_it_and_it_is_sealed(folder: Path) -> None:
    open_album(folder).keep("mine", "a", b"the pixels of a picture")
    (path,) = folder.glob("*/*")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert b"pixels" not in path.read_bytes()


def test_a_file_that_was_moved_or_altered_is_refused(folder: Path) -> None:
    album = open_album(folder)
    for thread, name in (("mine", "a"), ("mine", "b"), ("other", "a")):
        album.keep(thread, name, b"png")
    (mine,) = folder.glob("mine/a.*")
    for target in [*folder.glob("mine/b.*"), *folder.glob("other/a.*")]:
        shutil.copy(mine, target)
    mine.write_bytes(mine.read_bytes()[:-1] + b"x")
    for thread, name in album.pictures():
        with pytest.raises(RecordsError):
            album.picture(thread, name)


def test_a_name_is_given_once(folder: Path) -> None:
    open_album(folder).keep("mine", "a", b"one")
    with pytest.raises(FileExistsError):
        open_album(folder).keep("mine", "a", b"two")


def test_erasing_deletes_the_pictures_of_one_thread(folder: Path) -> None:
    album = open_album(folder)
    album.keep("mine", "a", b"png")
    album.keep("other", "a", b"png")
    for thread in ("mine", "nobody", ""):
        album.erase(thread)
    assert album.picture("mine", "a") is None and album.picture("other", "a") == b"png"
    assert list(album.pictures()) == [("other", "a")]


@pytest.mark.parametrize("restarted", [True, False])
def test_what_is_old_and_not_agreed_to_is_dropped_at_the_start_and_with_another_first_picture(
    folder: Path, restarted: bool
) -> None:
    album = open_album(folder)
    for thread in ("old", "new", AGREED):
        album.keep(thread, "a", b"png")
    for thread in ("old", AGREED):
        os.utime(folder / thread, (time.time() - KEPT_FOR - 60,) * 2)
    if restarted:
        album = open_album(folder)
    else:
        album.keep("another", "a", b"png")
    assert album.picture("old", "a") is None and not (folder / "old").exists()
    assert album.picture("new", "a") == album.picture(AGREED, "a") == b"png"


def test_a_picture_gets_the_key_of_today_and_is_no_younger_for_that(folder: Path) -> None:
    open_album(folder).keep("mine", "a", b"png")
    hour_ago = time.time() - 3600
    (folder / "mine" / "a.new").write_bytes(b"left by a run that was broken off")
    os.utime(folder / "mine", (hour_ago,) * 2)
    album = open_album(folder, NEW, OLD)
    assert album.reseal("mine", "a") and not album.reseal("mine", "a") and not album.reseal("nobody", "a")
    assert open_album(folder, NEW).picture("mine", "a") == b"png"
    (path,) = folder.glob("*/*")
    assert path.stat().st_mode & 0o777 == 0o600
    assert abs((folder / "mine").stat().st_mtime - hour_ago) < 1
