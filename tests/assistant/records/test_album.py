from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from assistant.records.album import KEPT_FOR, Album


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


def test_a_picture_is_kept_for_its_thread_alone(folder: Path) -> None:
    album = Album(folder)
    album.keep("mine", "a", b"png")
    assert album.picture("mine", "a") == b"png"
    assert album.picture("other", "a") is None and album.picture("mine", "b") is None
    assert Album(folder).picture("mine", "a") == b"png"


def test_nobody_else_on_the_machine_can_read_it_and_no_key_is_in_its_path(folder: Path) -> None:
    Album(folder).keep("secret-key", "a", b"png")
    (path,) = folder.glob("*/*")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert "secret-key" not in str(path)


def test_a_name_is_given_once(folder: Path) -> None:
    Album(folder).keep("mine", "a", b"one")
    with pytest.raises(FileExistsError):
        Album(folder).keep("mine", "a", b"two")


def test_erasing_deletes_the_pictures_of_one_thread(folder: Path) -> None:
    album = Album(folder)
    album.keep("mine", "a", b"png")
    album.keep("other", "a", b"png")
    album.erase("mine")
    album.erase("nobody")
    assert album.picture("mine", "a") is None and album.picture("other", "a") == b"png"
    assert len(list(folder.rglob("*.png"))) == 1


@pytest.mark.parametrize("restarted", [True, False])
def test_what_is_old_is_dropped_at_the_start_and_with_another_first_picture(folder: Path, restarted: bool) -> None:
    album = Album(folder)
    album.keep("old", "a", b"png")
    album.keep("new", "a", b"png")
    old = album._path("old", "a").parent
    os.utime(old, (time.time() - KEPT_FOR - 60,) * 2)
    if restarted:
        album = Album(folder)
    else:
        album.keep("another", "a", b"png")
    assert album.picture("old", "a") is None and album.picture("new", "a") == b"png"
    assert not old.exists()
