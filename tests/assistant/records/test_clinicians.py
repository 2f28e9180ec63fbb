"""Who may sign: passwords that are kept as hashes, names that close, sessions that end."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import InputError
from assistant.records import clinicians
from assistant.records.clinicians import FAILURES, Clinicians

PASSWORD = "correct horse battery"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "airmed.sqlite"


@pytest.fixture
def staff(database: Path) -> Clinicians:
    found = Clinicians(database)
    found.add("Dr Grey", PASSWORD)
    return found


def test_a_clinician_is_let_in_and_goes(staff: Clinicians) -> None:
    token = staff.enter(" Dr  Grey ", PASSWORD)
    assert staff.name_of(token) == "Dr Grey" and staff.holds(token)
    staff.leave(token)
    assert not staff.holds(token)
    with pytest.raises(InputError, match="sign in"):
        staff.name_of(token)


@pytest.mark.parametrize("pair", [("Dr Grey", "wrong"), ("Dr Who", PASSWORD), ("", ""), ("Dr Grey' OR 1=1 --", "x")])
def test_others_stay_outside(staff: Clinicians, pair: tuple[str, str]) -> None:
    with pytest.raises(InputError, match="do not belong together"):
        staff.enter(*pair)


@pytest.mark.parametrize("token", ["", "x", "Dr Grey", "0" * 43])
def test_a_made_up_token_opens_nothing(staff: Clinicians, token: str) -> None:
    staff.enter("Dr Grey", PASSWORD)
    assert not staff.holds(token)
    with pytest.raises(InputError):
        staff.name_of(token)


def test_a_password_is_not_kept(staff: Clinicians, database: Path) -> None:
    staff.enter("Dr Grey", PASSWORD)
    assert PASSWORD.encode() not in database.read_bytes()


def test_a_name_closes_after_wrong_passwords_and_opens_again(
    staff: Clinicians, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(FAILURES):
        with pytest.raises(InputError, match="do not belong together"):
            staff.enter("Dr Grey", "wrong")
    with pytest.raises(InputError, match="Too many wrong passwords"):
        staff.enter("Dr Grey", PASSWORD)
    later = clinicians.time.time() + clinicians.CLOSED + 1
    monkeypatch.setattr(clinicians.time, "time", lambda: later)
    assert staff.enter("Dr Grey", PASSWORD)


def test_a_session_ends_when_nothing_is_done(staff: Clinicians, monkeypatch: pytest.MonkeyPatch) -> None:
    token, now = staff.enter("Dr Grey", PASSWORD), clinicians.time.monotonic()
    monkeypatch.setattr(clinicians.time, "monotonic", lambda: now + clinicians.IDLE - 10)
    staff.name_of(token)  # goes on for another half hour
    monkeypatch.setattr(clinicians.time, "monotonic", lambda: now + 2 * clinicians.IDLE - 20)
    assert staff.holds(token)
    monkeypatch.setattr(clinicians.time, "monotonic", lambda: now + 3 * clinicians.IDLE)
    assert not staff.holds(token)


def test_a_new_password_ends_the_sessions_of_the_old_one(staff: Clinicians, database: Path) -> None:
    token = staff.enter("Dr Grey", PASSWORD)
    staff.add("Dr Grey", "another good password")
    assert not staff.holds(token)
    with pytest.raises(InputError):
        staff.enter("Dr Grey", PASSWORD)
    assert Clinicians(database).enter("Dr Grey", "another good password")


@pytest.mark.parametrize(("name", "password"), [("", PASSWORD), ("x" * 81, PASSWORD), ("Dr Grey", "short")])
def test_what_cannot_be_a_name_or_a_password(staff: Clinicians, name: str, password: str) -> None:
    with pytest.raises(InputError):
        staff.add(name, password)
