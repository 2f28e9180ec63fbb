"""The generated pictures of conversations, as files: a folder for every thread, readable by Airmed's user alone."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

KEPT_FOR = 24 * 3600.0  # seconds


class Album:
    """Keeps pictures until their thread is erased, or for a day; who does not know the thread cannot find them."""

    def __init__(self, folder: Path) -> None:
        """Take the folder, which is made with the first picture."""
        self._folder = folder
        self._forget()

    def keep(self, thread: str, name: str, png: bytes) -> None:
        """Keep a picture of a thread under a name that nothing else has."""
        path = self._path(thread, name)
        if not path.parent.exists():
            self._forget()
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(png)

    def picture(self, thread: str, name: str) -> bytes | None:
        """A picture as PNG; None for one that is no longer kept."""
        path = self._path(thread, name)
        return path.read_bytes() if path.is_file() else None

    def erase(self, thread: str) -> None:
        """Delete the pictures of a thread."""
        shutil.rmtree(self._path(thread, "").parent, ignore_errors=True)

    def _forget(self) -> None:
        """Drop the threads that got no picture for a day; done when Airmed starts and when a thread gets its first."""
        for thread in self._folder.glob("*"):
            with suppress(FileNotFoundError):  # another visitor's thread may just have been erased
                if thread.stat().st_mtime < time.time() - KEPT_FOR:
                    shutil.rmtree(thread, ignore_errors=True)

    def _path(self, thread: str, name: str) -> Path:
        """The thread is hashed: whoever lists the folder learns no key."""
        return self._folder / hashlib.sha256(thread.encode()).hexdigest()[:32] / f"{name}.png"
