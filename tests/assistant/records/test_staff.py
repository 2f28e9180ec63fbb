"""Who may sign in: passwords that are kept as hashes, names that close, sessions that end, roles that divide."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from assistant.errors import DeniedError, InputError
from assistant.records import staff as module
from assistant.records.database import Database
from assistant.records.staff import CLOSED, FAILURES, IDLE, ROLES, Member, Staff
from assistant.records.tables import sessions
from assistant.records.tables import staff as table

PASSWORD = "correct horse battery"
Later = Callable[[timedelta], None]


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that take no time, which is the point of the real ones."""
    monkeypatch.setattr(module, "PasswordHasher", partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def staff(database: Database) -> Staff:
    found = Staff(database)
    found.add("Dr Grey", PASSWORD, "clinician")
    return found


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Sets the clock to so long after the beginning of the test."""
    begun = datetime.now(UTC)

    def put(passed: timedelta) -> None:
        monkeypatch.setattr(module, "_now", lambda: begun + passed)

    put(timedelta(0))
    return put


def guess(staff: Staff, times: int) -> None:
    for _ in range(times):
        with pytest.raises(InputError, match="do not belong together"):
            staff.enter("Dr Grey", "wrong")


def test_a_member_is_let_in_and_goes(staff: Staff) -> None:
    token = staff.enter(" Dr  Grey ", PASSWORD)
    assert staff.who(token) == Member("Dr Grey", "clinician") and staff.holds(token)
    staff.leave(token)
    assert not staff.holds(token)
    with pytest.raises(InputError, match="sign in"):
        staff.who(token)


@pytest.mark.parametrize(
    "pair",
    [
        ("Dr Grey", "wrong"),
        ("Dr Who", PASSWORD),
        ("", ""),
        ("Dr Grey' OR 1=1 --", "x"),
        ("dr grey", PASSWORD),
        ("a\x00b", PASSWORD),
        ("\ud800", "\ud800"),
        ("Dr Grey", PASSWORD + "x" * 1000),
    ],
)
def test_others_stay_outside(staff: Staff, pair: tuple[str, str]) -> None:
    with pytest.raises(InputError, match="do not belong together"):
        staff.enter(*pair)


@pytest.mark.parametrize("token", ["", "x", "Dr Grey", "0" * 43, "\ud800"])
def test_a_made_up_token_opens_nothing(staff: Staff, token: str) -> None:
    staff.enter("Dr Grey", PASSWORD)
    assert not staff.holds(token)
    with pytest.raises(InputError):
        staff.who(token)


def test_neither_password_nor_token_is_kept(staff: Staff, database: Database) -> None:
    token = staff.enter("Dr Grey", PASSWORD)
    with database.reading() as connection:
        kept = [*connection.execute(select(table)).all(), *connection.execute(select(sessions)).all()]
    assert len(kept) == 2
    assert PASSWORD not in repr(kept) and token not in repr(kept)


def test_the_hashes_cost_what_the_library_advises(monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    monkeypatch.undo()
    assert Staff(database)._nobody.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_every_replica_knows_who_is_signed_in(staff: Staff, replica: Callable[[], Database]) -> None:
    token = staff.enter("Dr Grey", PASSWORD)
    other = Staff(replica())
    assert other.who(token).name == "Dr Grey"
    other.leave(token)
    assert not staff.holds(token)


def test_a_name_closes_after_wrong_passwords_and_opens_again(staff: Staff, later: Later) -> None:
    guess(staff, FAILURES)
    with pytest.raises(InputError, match="Too many wrong passwords for Dr Grey; try again in 5 minutes"):
        staff.enter("Dr Grey", PASSWORD)
    later(CLOSED - timedelta(seconds=1))
    with pytest.raises(InputError, match="in a minute"):
        staff.enter("Dr Grey", PASSWORD)
    later(CLOSED)
    assert staff.enter("Dr Grey", PASSWORD)


def test_after_the_wait_there_are_as_many_attempts_as_before(staff: Staff, later: Later) -> None:
    guess(staff, FAILURES)
    later(CLOSED + timedelta(seconds=1))
    guess(staff, FAILURES)
    with pytest.raises(InputError, match="Too many"):
        staff.enter("Dr Grey", PASSWORD)


def test_the_right_password_ends_the_count(staff: Staff) -> None:
    for _ in range(2):
        guess(staff, FAILURES - 1)
        assert staff.enter("Dr Grey", PASSWORD)


def test_guesses_at_once_are_all_counted(staff: Staff, replica: Callable[[], Database]) -> None:
    """Each by a process's own database; no more of them are checked than one after the other would be."""

    def attempt(other: Staff) -> str:
        with pytest.raises(InputError) as refused:
            other.enter("Dr Grey", "wrong")
        return str(refused.value)

    others = [Staff(replica()) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(attempt, others))
    assert sum("do not belong together" in one for one in told) == FAILURES
    assert sum("Too many" in one for one in told) == 8 - FAILURES


def test_an_unknown_name_is_checked_like_a_known_one(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    verify = staff._hasher.verify
    monkeypatch.setattr(
        staff, "_hasher", type("", (), {"verify": lambda _, kept, given: checked.append(kept) or verify(kept, given)})()
    )
    for name in ("Dr Grey", "Dr Who"):
        with pytest.raises(InputError):
            staff.enter(name, "wrong")
    assert len(checked) == 2 and checked[0].split("$")[:4] == checked[1].split("$")[:4]  # as costly


def test_a_session_ends_when_nothing_is_done(staff: Staff, later: Later) -> None:
    token = staff.enter("Dr Grey", PASSWORD)
    later(IDLE - timedelta(seconds=10))
    staff.who(token)  # goes on for another half hour
    later(2 * IDLE - timedelta(seconds=20))
    assert staff.holds(token)
    later(3 * IDLE)
    assert not staff.holds(token)


def test_to_ask_whether_somebody_is_signed_in_keeps_nobody_signed_in(staff: Staff, later: Later) -> None:
    token = staff.enter("Dr Grey", PASSWORD)
    later(IDLE - timedelta(seconds=10))
    assert staff.holds(token)
    later(IDLE + timedelta(seconds=1))
    assert not staff.holds(token)
    with pytest.raises(InputError, match="half an hour"):
        staff.who(token)


def test_sessions_that_ended_are_forgotten(staff: Staff, database: Database, later: Later) -> None:
    staff.enter("Dr Grey", PASSWORD)
    later(2 * IDLE)
    staff.enter("Dr Grey", PASSWORD)
    with database.reading() as connection:
        assert len(connection.execute(select(sessions)).all()) == 1


def test_a_new_password_ends_the_sessions_of_the_old_one(staff: Staff, database: Database) -> None:
    token = staff.enter("Dr Grey", PASSWORD)
    staff.add("Dr Grey", "another good password", "clinician")
    assert not staff.holds(token)
    with pytest.raises(InputError):
        staff.enter("Dr Grey", PASSWORD)
    assert Staff(database).enter("Dr Grey", "another good password")


def test_a_new_password_opens_a_closed_name(staff: Staff) -> None:
    guess(staff, FAILURES)
    staff.add("Dr Grey", PASSWORD, "clinician")
    assert staff.enter("Dr Grey", PASSWORD)


def test_a_password_changed_while_it_is_checked_lets_nobody_in(staff: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
    check = staff._is_right

    def slow(kept: str, password: str) -> bool:
        staff.add("Dr Grey", "another good password", "clinician")
        return check(kept, password)

    monkeypatch.setattr(staff, "_is_right", slow)
    with pytest.raises(InputError, match="do not belong together"):
        staff.enter("Dr Grey", PASSWORD)


@pytest.mark.parametrize(
    ("name", "password", "role"),
    [
        ("", PASSWORD, "clinician"),
        ("\u200b", PASSWORD, "clinician"),
        ("x" * 81, PASSWORD, "clinician"),
        ("Dr Grey", "short", "clinician"),
        ("Dr Grey", "x" * 201, "clinician"),
        ("Dr Grey", PASSWORD, "admin"),
    ],
)
def test_what_cannot_be_a_name_a_password_or_a_role(staff: Staff, name: str, password: str, role: str) -> None:
    with pytest.raises(InputError):
        staff.add(name, password, role)
    assert staff.enter("Dr Grey", PASSWORD)


@pytest.mark.parametrize(("role", "other", "refused"), [(*ROLES, "log is for"), (*ROLES[::-1], "plans are for")])
def test_each_role_does_what_is_its_own(staff: Staff, role: str, other: str, refused: str) -> None:
    staff.add("Someone", PASSWORD, role)
    token = staff.enter("Someone", PASSWORD)
    assert staff.act(token, role) == Member("Someone", role)
    with pytest.raises(DeniedError, match=refused) as told:
        staff.act(token, other)
    assert str(told.value).count(".") == 1
    with pytest.raises(InputError, match="not signed in"):
        staff.act("", role)


def test_another_role_ends_the_sessions_of_the_first(staff: Staff) -> None:
    token = staff.enter("Dr Grey", PASSWORD)
    staff.add("Dr Grey", PASSWORD, "auditor")
    assert not staff.holds(token)
