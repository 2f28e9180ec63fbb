"""The generated pictures of conversations, as sealed files: a folder for every thread."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from assistant.records.vault import Vault

KEPT_FOR = 24 * 3600.0  # seconds
SEALED = ".sealed"


class Album:
    """Keeps pictures as long as their conversation where its patient agreed to that, for a day where not."""

    def __init__(self, folder: Path, vault: Vault, is_kept: Callable[[str], bool]) -> None:
        """Take the folder, which is made with the first picture, and who tells whether a conversation is kept."""
        self._folder, self._vault, self._is_kept = folder, vault, is_kept
        self._forget()

    def keep(self, thread: str, name: str, png: bytes) -> None:
        """Keep a picture of a thread under a name that nothing else has."""
        path = self._path(thread, name)
        if not path.parent.exists():
            self._forget()
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, self._vault.seal(png, _place(thread, name)))

    def picture(self, thread: str, name: str) -> bytes | None:
        """A picture as PNG; None for one that is no longer kept.

        Raises:
            RecordsError: The file was altered, or is another picture's.
        """
        path = self._path(thread, name)
        return self._vault.unseal(path.read_bytes(), _place(thread, name)) if path.is_file() else None

    def erase(self, thread: str) -> None:
        """Delete the pictures of a thread."""
        if thread:  # without one it would be the folder of all
            shutil.rmtree(self._folder / thread, ignore_errors=True)

    def pictures(self) -> Iterator[tuple[str, str]]:
        """Thread and name of every picture that is kept."""
        for path in sorted(self._folder.glob(f"*/*{SEALED}")):
            yield path.parent.name, path.stem

    def reseal(self, thread: str, name: str) -> bool:
        """Seal a picture with the key of today; False where it is so already, or gone.

        Raises:
            RecordsError: The file was altered, or is another picture's.
        """
        path = self._path(thread, name)
        with suppress(FileNotFoundError):  # its thread may just have been erased
            sealed, age = path.read_bytes(), path.parent.stat()
            if self._vault.is_current(sealed):
                return False
            new = path.with_suffix(".new")
            new.unlink(missing_ok=True)  # left by a run that was broken off
            _write(new, self._vault.reseal(sealed, _place(thread, name)))
            new.replace(path)
            os.utime(path.parent, ns=(age.st_atime_ns, age.st_mtime_ns))  # it is no younger for that
            return True
        return False

    def _forget(self) -> None:
        """Drop the threads that are not kept and got no picture for a day; done at the start and with a first one."""
        for thread in self._folder.glob("*"):
            with suppress(FileNotFoundError):  # another visitor's thread may just have been erased
                if thread.stat().st_mtime < time.time() - KEPT_FOR and not self._is_kept(thread.name):
                    shutil.rmtree(thread, ignore_errors=True)

    def _path(self, thread: str, name: str) -> Path:
        return self._folder / thread / f"{name}{SEALED}"


def _place(thread: str, name: str) -> str:
    """What a picture's file is bound to."""
    return f"picture:{thread}/{name}"


def _write(path: Path, content: bytes) -> None:
    """Readable by Airmed's user alone."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
