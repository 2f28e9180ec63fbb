"""The staff of this installation: who may sign in, as what, and who is signed in now.

Sessions are in the database, so that every replica knows them, and as digests of their tokens, so that who reads the
database can use none.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import Connection, Row, delete, insert, select, update

from assistant.errors import DeniedError, InputError
from assistant.records.database import Database
from assistant.records.tables import put, sessions, staff

ROLES = ("clinician", "auditor")
REFUSED = {
    "clinician": "Cases and plans are for clinicians; sign in as a clinician.",
    "auditor": "The audit log is for auditors; sign in as an auditor.",
}
LONGEST_NAME = 80
SHORTEST, LONGEST = 12, 200  # characters of a password (NIST SP 800-63B-4 asks for at least 15 or a second factor)
FAILURES = 5  # wrong passwords in a row after which a name is closed for a while
CLOSED = timedelta(minutes=5)
IDLE = timedelta(minutes=30)  # after which who does nothing is signed out
NOTED = timedelta(minutes=1)  # of activity that need not be written again
VOUCHED = ""  # the hash of an account that is kept elsewhere, which no password has
WRONG = "The name and the password do not belong together; `airmed clinician NAME` sets a password."
STRANGER = "{name} may not come in here; whoever runs Airmed names the accounts that may, in AIRMED_CLINICIANS."
NOBODY = "You are not signed in, or were signed out after half an hour; sign in."


@dataclass(frozen=True)
class Member:
    """Somebody of the staff.

    Attributes:
        role: One of `ROLES`.
    """

    name: str
    role: str


class Staff:
    """Names with roles and hashes of passwords, and the sessions of all replicas."""

    def __init__(self, database: Database) -> None:
        """Take the database."""
        self._database = database
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_hex())  # checked for an unknown name, which takes as long

    def add(self, name: str, password: str, role: str) -> Member:
        """Let somebody sign in, or give somebody another password or role, which opens a closed name.

        Raises:
            InputError: The name, the password or the role cannot be used.
        """
        name = _tidy(name)
        if not 1 <= len(name) <= LONGEST_NAME:
            raise InputError(f"Give the name that plans are signed with, of at most {LONGEST_NAME} characters.")
        if not SHORTEST <= len(password) <= LONGEST:
            raise InputError(f"Choose a password of {SHORTEST} to {LONGEST} characters.")
        if role not in ROLES:
            raise InputError(f"{role!r} is no role; choose one of: {', '.join(ROLES)}.")
        values = {"role": role, "hash": self._hasher.hash(_bytes(password)), "failures": 0, "closed_until": None}
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.name == name))
            if not connection.execute(update(staff).where(staff.c.name == name).values(**values)).rowcount:
                connection.execute(insert(staff).values(name=name, **values))
        return Member(name, role)

    def enter(self, name: str, password: str) -> str:
        """Sign in: a token that stands for the person until it is given back or not used for half an hour.

        Raises:
            InputError: The name and the password do not belong together, or the name is closed.
        """
        name = _tidy(name)
        kept = self._count(name)
        right = self._is_right(kept or self._nobody, password[: LONGEST + 1])
        token = secrets.token_urlsafe(32)
        if not right or not self._let_in(name, kept, token):
            raise InputError(WRONG)
        return token

    def _count(self, name: str) -> str:
        """The hash that is kept for a name, or nothing; the attempt counts as wrong until it proves right.

        Counted before the password is checked, because many guesses at once would else all be checked.
        """
        now = _now()
        with self._database.writing() as connection:
            row = connection.execute(select(staff).where(staff.c.name == name).with_for_update()).first()
            if row is None:
                return ""
            if row.closed_until and row.closed_until > now:
                wait = _minutes(row.closed_until - now)
                raise InputError(f"Too many wrong passwords for {name}; try again in {wait}.")
            failures = row.failures + 1
            closed = now + CLOSED if failures >= FAILURES else None
            values = {"failures": failures % FAILURES, "closed_until": closed}
            connection.execute(update(staff).where(staff.c.name == name).values(**values))
        return str(row.hash)

    def _is_right(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, _bytes(password))
        except VerifyMismatchError:
            return False

    def _let_in(self, name: str, kept: str, token: str) -> bool:
        """Open a session, unless the password was changed since it was checked."""
        now = _now()
        unchanged = update(staff).where(staff.c.name == name, staff.c.hash == kept)
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.until <= now))
            if not connection.execute(unchanged.values(failures=0, closed_until=None)).rowcount:
                return False
            connection.execute(insert(sessions).values(digest=_digest(token), name=name, until=now + IDLE))
        return True

    def vouch(self, accounts: Mapping[str, str]) -> None:
        """Let these accounts in, and no other that is kept elsewhere and was let in before.

        Args:
            accounts: The role of each name.
        """
        with self._database.writing() as connection:
            gone = delete(staff).where(staff.c.hash == VOUCHED, staff.c.name.not_in(accounts))
            connection.execute(gone)
            for name, role in accounts.items():
                row = {"name": name, "role": role, "hash": VOUCHED, "failures": 0, "closed_until": None}
                put(connection, staff, row)

    def enter_vouched(self, name: str) -> str:
        """Sign in somebody whose account elsewhere was checked: a token.

        Raises:
            InputError: The account is not one of those that may come in.
        """
        token = secrets.token_urlsafe(32)
        if not self._let_in(_tidy(name), VOUCHED, token):
            raise InputError(STRANGER.format(name=_tidy(name)))
        return token

    def renew(self, token: str) -> str:
        """Another token for who is signed in with one, which is then good for nothing.

        Raises:
            InputError: Nobody is.
        """
        another = secrets.token_urlsafe(32)
        with self._database.writing() as connection:
            values = {"digest": _digest(another), "until": _now() + IDLE}
            held = (sessions.c.digest == _digest(token), sessions.c.until > _now())
            if not connection.execute(update(sessions).where(*held).values(**values)).rowcount:
                raise InputError(NOBODY)
        return another

    def holds(self, token: str, role: str = "") -> bool:
        """Whether somebody is signed in with a token, of a role where one is given; to ask keeps nobody signed in."""
        with self._database.reading() as connection:
            row = _session(connection, token)
        return row is not None and role in ("", row.role)

    def who(self, token: str) -> Member:
        """Who is signed in with a token, which is good for another half hour.

        Raises:
            InputError: Nobody is.
        """
        with self._database.reading() as connection:
            row = _session(connection, token)
        if row is None:
            raise InputError(NOBODY)
        until = _now() + IDLE
        if until - row.until >= NOTED:
            with self._database.writing() as connection:
                connection.execute(update(sessions).where(sessions.c.digest == _digest(token)).values(until=until))
        return Member(row.name, row.role)

    def act(self, token: str, role: str) -> Member:
        """Who is signed in with a token, and is of the role that what follows is for.

        Raises:
            InputError: Nobody is signed in.
            DeniedError: Somebody of another role is.
        """
        member = self.who(token)
        if member.role != role:
            raise DeniedError(REFUSED[role])
        return member

    def leave(self, token: str) -> None:
        """Sign out."""
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.digest == _digest(token)))


def _session(connection: Connection, token: str) -> Row[str, str, datetime] | None:
    """Name, role and end of a session that goes on."""
    columns = select(staff.c.name, staff.c.role, sessions.c.until).join(sessions, sessions.c.name == staff.c.name)
    return connection.execute(columns.where(sessions.c.digest == _digest(token), sessions.c.until > _now())).first()


def _now() -> datetime:
    return datetime.now(UTC)


def _minutes(wait: timedelta) -> str:
    minutes = -(-wait // timedelta(minutes=1))
    return "a minute" if minutes == 1 else f"{minutes} minutes"


def _tidy(name: str) -> str:
    """A name as it is kept: single spaces, and no characters that cannot be seen, which databases refuse."""
    return "".join(letter for letter in " ".join(str(name).split()) if letter.isprintable())


def _bytes(password: str) -> bytes:
    return password.encode(errors="surrogatepass")  # a browser may send half a letter


def _digest(token: str) -> str:
    return hashlib.sha256(str(token).encode(errors="surrogatepass")).hexdigest()
