"""The generated pictures of conversations: sealed files where the patient agreed, in this process alone where not."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from assistant.records.vault import Vault

PASSING = 3600.0  # seconds without a picture after which those of a conversation that is not kept are forgotten
SEALED = ".sealed"


class Album:
    """Keeps pictures as long as their conversation."""

    def __init__(self, folder: Path, vault: Vault, is_kept: Callable[[str], bool]) -> None:
        """Take the folder, which is made with the first picture, and who tells whether a conversation is kept."""
        self._folder, self._vault, self._is_kept = folder, vault, is_kept
        self._passing: dict[str, tuple[dict[str, bytes], float]] = {}
        for thread in folder.glob("*"):
            if not is_kept(thread.name):  # left by an earlier version
                shutil.rmtree(thread, ignore_errors=True)

    def keep(self, thread: str, name: str, png: bytes) -> None:
        """Keep a picture of a thread under a name that nothing else has."""
        if self._is_kept(thread):
            self._write(thread, name, png)
            return
        self._forget()
        held, _ = self._passing.get(thread, ({}, 0.0))
        self._passing[thread] = ({**held, name: png}, time.monotonic())

    def picture(self, thread: str, name: str) -> bytes | None:
        """A picture as PNG; None for one that is no longer kept.

        Raises:
            RecordsError: The file was altered, or is another picture's.
        """
        held, _ = self._passing.get(thread, ({}, 0.0))
        path = self._path(thread, name)
        if name in held or not path.is_file():
            return held.get(name)
        return self._vault.unseal(path.read_bytes(), _place(thread, name))

    def settle(self, thread: str) -> None:
        """Write the pictures of a thread whose patient has just agreed."""
        held, _ = self._passing.pop(thread, ({}, 0.0))
        for name, png in held.items():
            self._write(thread, name, png)

    def of_thread(self, thread: str) -> dict[str, bytes]:
        """The pictures of a thread that are on the disk, by name."""
        names = [path.stem for path in (self._folder / thread).glob(f"*{SEALED}")]
        return {name: png for name in names if (png := self.picture(thread, name))}

    def erase(self, thread: str) -> None:
        """Delete the pictures of a thread."""
        self._passing.pop(thread, None)
        if thread:  # without one it would be the folder of all
            shutil.rmtree(self._folder / thread, ignore_errors=True)

    def pictures(self) -> Iterator[tuple[str, str]]:
        """Thread and name of every picture on the disk."""
        for path in sorted(self._folder.glob(f"*/*{SEALED}")):
            yield path.parent.name, path.stem

    def reseal(self, thread: str, name: str) -> bool:
        """Seal a picture with the key of today; False where it is so already, or gone.

        Raises:
            RecordsError: The file was altered, or is another picture's.
        """
        path = self._path(thread, name)
        with suppress(FileNotFoundError):  # its thread may just have been erased
            sealed = path.read_bytes()
            if self._vault.is_current(sealed):
                return False
            new = path.with_suffix(".new")
            new.unlink(missing_ok=True)  # left by a run that was broken off
            _write(new, self._vault.reseal(sealed, _place(thread, name)))
            new.replace(path)
            return True
        return False

    def _write(self, thread: str, name: str, png: bytes) -> None:
        path = self._path(thread, name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, self._vault.seal(png, _place(thread, name)))

    def _forget(self) -> None:
        late = time.monotonic() - PASSING
        for thread in [thread for thread, (_, used) in list(self._passing.items()) if used < late]:
            self._passing.pop(thread, None)

    def _path(self, thread: str, name: str) -> Path:
        return self._folder / thread / f"{name}{SEALED}"


def _place(thread: str, name: str) -> str:
    """What a picture's file is bound to."""
    return f"picture:{thread}/{name}"


def _write(path: Path, content: bytes) -> None:
    """Readable by Airmed's user alone."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
