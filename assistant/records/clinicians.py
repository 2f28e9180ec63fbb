"""The clinicians of this installation, and who of them is signed in."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import threading
import time
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from assistant.errors import InputError

SCHEMA = """
CREATE TABLE IF NOT EXISTS clinicians (
    name TEXT PRIMARY KEY, hash TEXT NOT NULL, failures INTEGER NOT NULL DEFAULT 0, closed_until REAL NOT NULL DEFAULT 0
)
"""
LONGEST_NAME = 80
SHORTEST, LONGEST = 12, 200  # characters of a password (NIST SP 800-63B-4 asks for at least 15 or a second factor)
FAILURES, CLOSED = 5, 300.0  # wrong passwords in a row after which a name is closed for so many seconds
WRONG = "The name and the password do not belong together; `airmed clinician NAME` sets a password."
IDLE = 1800.0  # seconds after which who does nothing is signed out


class Clinicians:
    """A table of names and hashes of passwords, and the sessions of this process."""

    def __init__(self, database: Path) -> None:
        """Open the table, made when it is not there."""
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_hex())  # checked for an unknown name, which takes as long
        self._sessions: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(database, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        with self._lock, self._connection:
            self._connection.execute(SCHEMA)

    def add(self, name: str, password: str) -> None:
        """Let somebody sign in, or give somebody another password, which opens a closed name.

        Raises:
            InputError: The name or the password cannot be used.
        """
        name = " ".join(name.split())
        if not 1 <= len(name) <= LONGEST_NAME:
            raise InputError(f"Give the name that plans are signed with, of at most {LONGEST_NAME} characters.")
        if not SHORTEST <= len(password) <= LONGEST:
            raise InputError(f"Choose a password of {SHORTEST} to {LONGEST} characters.")
        with self._lock, self._connection:
            self._connection.execute(
                "INSERT OR REPLACE INTO clinicians (name, hash) VALUES (?, ?)", (name, self._hasher.hash(password))
            )
            self._sessions = {key: held for key, held in self._sessions.items() if held[0] != name}

    def enter(self, name: str, password: str) -> str:
        """Sign in: a token that stands for the clinician until it is given back or not used for half an hour.

        Raises:
            InputError: The name and the password do not belong together, or the name is closed.
        """
        name = " ".join(name.split())
        with self._lock:
            row = self._connection.execute("SELECT * FROM clinicians WHERE name = ?", (name,)).fetchone()
            if row and row["closed_until"] > time.time():
                minutes = int(row["closed_until"] - time.time()) // 60 + 1
                raise InputError(f"Too many wrong passwords for {name}; try again in {minutes} minutes.")
            right = self._is_right(row["hash"] if row else self._nobody, password[: LONGEST + 1])
            if row:
                self._note(name, 0 if right else row["failures"] + 1)
            if not right:
                raise InputError(WRONG)
            token = secrets.token_urlsafe(32)
            self._sessions[_digest(token)] = (name, time.monotonic() + IDLE)
        return token

    def _is_right(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except VerifyMismatchError:
            return False

    def _note(self, name: str, failures: int) -> None:
        """Count wrong passwords, and close the name for a while after too many."""
        closed = time.time() + CLOSED if failures >= FAILURES else 0.0
        with self._connection:
            self._connection.execute(
                "UPDATE clinicians SET failures = ?, closed_until = ? WHERE name = ?",
                (failures % FAILURES, closed, name),
            )

    def holds(self, token: str) -> bool:
        """Whether somebody is signed in with a token; to ask keeps nobody signed in."""
        with self._lock:
            return self._sessions.get(_digest(token), ("", 0.0))[1] > time.monotonic()

    def name_of(self, token: str) -> str:
        """Who is signed in with a token.

        Raises:
            InputError: Nobody is.
        """
        with self._lock:
            name, until = self._sessions.get(_digest(token), ("", 0.0))
            if until < time.monotonic():
                self._sessions.pop(_digest(token), None)
                raise InputError("You are not signed in, or were signed out after half an hour; sign in.")
            self._sessions[_digest(token)] = (name, time.monotonic() + IDLE)
        return name

    def leave(self, token: str) -> None:
        """Sign out."""
        with self._lock:
            self._sessions.pop(_digest(token), None)


def _digest(token: str) -> str:
    return hashlib.sha256(str(token).encode()).hexdigest()
