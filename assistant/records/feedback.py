"""Likes and dislikes of answers, kept in the local database without any text."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS feedback (
    thread TEXT NOT NULL, answer INTEGER NOT NULL, liked INTEGER NOT NULL,
    given_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (thread, answer)
)
"""


class Feedback:
    """A table of what visitors thought of answers; a thread is known by its hash alone."""

    def __init__(self, database: Path) -> None:
        """Open the table, made when it is not there."""
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(database, check_same_thread=False)
        with self._lock, self._connection:
            self._connection.execute(SCHEMA)

    def give(self, thread: str, answer: int, liked: bool) -> None:
        """Keep the latest opinion on one answer, counted from 0 within its conversation."""
        with self._lock, self._connection:
            self._connection.execute(
                "INSERT OR REPLACE INTO feedback (thread, answer, liked) VALUES (?, ?, ?)",
                (_key(thread), answer, liked),
            )

    def of(self, thread: str) -> dict[int, bool]:
        """The opinions on a thread's answers."""
        with self._lock:
            rows = self._connection.execute("SELECT answer, liked FROM feedback WHERE thread = ?", (_key(thread),))
            return {answer: bool(liked) for answer, liked in rows}

    def erase(self, thread: str) -> None:
        """Forget a thread."""
        with self._lock, self._connection:
            self._connection.execute("DELETE FROM feedback WHERE thread = ?", (_key(thread),))


def _key(thread: str) -> str:
    return hashlib.sha256(thread.encode()).hexdigest()
