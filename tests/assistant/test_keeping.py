"""What is kept of a conversation, and for whom: nothing without consent, everything sealed with it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.consultation.library import Library
from assistant.doctor import Doctor
from assistant.models.routing import Router
from assistant.records.consents import thread_of
from assistant.records.dossier import Dossier
from assistant.records.filters import Filters
from assistant.records.keeping import open_records
from assistant.records.memory import Passing
from assistant.settings import Settings
from assistant.visit import Visit
from tests.assistant.hearing import BRITISH, hear

TOLD = "I have had crushing chest pain since noon, and I am a 61 year old man, says Xylophonia"
MORE = "I take warfarin, and my blood pressure is 88/50"


@pytest.fixture
def key(doctor: Doctor) -> Iterator[str]:
    key = secrets.token_urlsafe(24)
    yield key
    doctor.erase(key)


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("airmed.sqlite*"))


def again(airmed: Settings, library: Library, router: Router, chat_model: Any) -> Doctor:
    """A doctor as it is after a restart."""
    return Doctor(chat_model, router, library, open_records(airmed), {})


def dossier(doctor: Doctor, key: str) -> Dossier:
    return doctor.records.cases.case(doctor.records.cases.of_thread(thread_of(key))).dossier


def test_without_consent_nothing_is_written(doctor: Doctor, airmed: Settings, key: str) -> None:
    before = doctor.records.audit.head()
    hear(doctor, TOLD, key)
    assert len(doctor.conversation(key).turns) == 2
    assert b"Xylophonia" not in on_disk(airmed.data_dir) and thread_of(key).encode() not in on_disk(airmed.data_dir)
    assert doctor.records.cases.of_thread(thread_of(key)) == "" and doctor.records.audit.head() == before


def test_without_consent_nothing_outlives_the_process(
    doctor: Doctor, airmed: Settings, library: Library, router: Router, chat_model: Any, key: str
) -> None:
    hear(doctor, TOLD, key)
    assert again(airmed, library, router, chat_model).conversation(key).turns == ()


def test_what_is_kept_survives_a_restart_and_is_sealed(
    doctor: Doctor, airmed: Settings, library: Library, router: Router, chat_model: Any, key: str
) -> None:
    doctor.agree(key, BRITISH)
    heard = hear(doctor, TOLD, key)
    other = again(airmed, library, router, chat_model)
    assert [turn.text for turn in other.conversation(key).turns] == [TOLD, heard.text]
    assert hear(other, "thanks", key).level == "emergency"
    disk = on_disk(airmed.data_dir)
    assert thread_of(key).encode() in disk
    for secret in (b"Xylophonia", b"since noon", key.encode()):
        assert secret not in disk


def test_consent_takes_along_what_was_said_before(doctor: Doctor, key: str) -> None:
    first = hear(doctor, TOLD, key)
    doctor.agree(key, BRITISH)
    assert [turn.text for turn in doctor.conversation(key).turns] == [TOLD, first.text]
    assert hear(doctor, MORE, key).level == "emergency"
    assert [entry.text for entry in dossier(doctor, key).entries if entry.by == "patient"] == [TOLD, MORE]


def test_a_consent_withdrawn_leaves_nothing_on_disk_and_the_conversation_goes_on(
    doctor: Doctor, airmed: Settings, key: str
) -> None:
    doctor.agree(key, BRITISH)
    hear(doctor, TOLD, key)
    doctor.withdraw(key, BRITISH)
    assert thread_of(key).encode() not in on_disk(airmed.data_dir)
    assert not doctor.agreed(key) and doctor.records.cases.of_thread(thread_of(key)) == ""
    assert hear(doctor, "thanks", key).level == "emergency"


def test_erasing_leaves_a_tombstone_and_nothing_else(doctor: Doctor, airmed: Settings, key: str) -> None:
    doctor.agree(key, BRITISH)
    hear(doctor, TOLD, key)
    case = doctor.records.cases.of_thread(thread_of(key))
    doctor.erase(key)
    assert thread_of(key).encode() not in on_disk(airmed.data_dir)
    last = doctor.records.audit.entries(1)[0]
    assert (last.action, last.subject) == ("erased", case)


def test_a_case_tells_where_each_line_came_from(doctor: Doctor, key: str) -> None:
    doctor.agree(key, BRITISH)
    hear(doctor, TOLD, key)
    hear(doctor, MORE, key)
    told = dossier(doctor, key)
    assert (told.urgency, told.age, told.sex) == ("emergency", 61.0, "male")
    assert told.medicines == ("warfarin",)
    assert {one.name: one.turn for one in told.findings}["chest pain"] == 1
    assert {one.vital for one in told.vitals} >= {"systolic"} and {one.turn for one in told.vitals} == {2}
    quotes = {line.turns for line in told.soap[0].lines if line.text.startswith("“")}
    assert quotes == {(1,), (2,)}
    assert [section.name for section in told.sbar] == ["situation", "background", "assessment", "recommendation"]
    assert told.flags and all(flag.url.startswith("http") for flag in told.flags)
    assert [moment.turn for moment in told.moments] == [1, 2]


def test_small_talk_is_no_case(doctor: Doctor, key: str) -> None:
    doctor.agree(key, BRITISH)
    hear(doctor, "hello", key)
    assert doctor.records.cases.of_thread(thread_of(key)) == ""


def test_every_kept_turn_is_noted_with_what_made_it(doctor: Doctor, key: str) -> None:
    doctor.agree(key, BRITISH)
    hear(doctor, TOLD, key)
    entry = doctor.records.audit.entries(1)[0]
    assert (entry.actor, entry.action) == ("airmed", "answered")
    assert entry.detail == {"model": "test", "urgency": "emergency"}
    assert doctor.records.audit.verify() == []


def test_a_turn_that_was_broken_off_is_filed_and_finished(doctor: Doctor, key: str) -> None:
    doctor.agree(key, BRITISH)
    stream = doctor.stream(TOLD, key, BRITISH)
    next(stream)  # the gate has raised the urgency, and the process dies
    stream.close()  # type: ignore[attr-defined]
    assert [consent.thread for consent in doctor.records.consents.broken_off()] == [thread_of(key)]
    doctor.mend()
    assert dossier(doctor, key).entries[0].text == TOLD and doctor.records.consents.broken_off() == []
    doctor.finish(key, BRITISH)
    assert [turn.role for turn in doctor.conversation(key).turns] == ["user", "assistant"]
    assert [entry.by for entry in dossier(doctor, key).entries] == ["patient", "doctor"]
    doctor.finish(key, BRITISH)  # a second time there is nothing to do
    assert len(doctor.conversation(key).turns) == 2


def test_the_last_event_comes_after_the_turn_is_on_disk(doctor: Doctor, key: str) -> None:
    doctor.agree(key, BRITISH)
    for event in doctor.stream(TOLD, key, BRITISH):
        if event.kind == "answered":
            assert doctor.conversation(key).turns[-1].text == event.text
            assert dossier(doctor, key).entries[-1].text == event.text


def test_a_patient_takes_everything_along(doctor: Doctor, key: str) -> None:
    hear(doctor, TOLD, key)
    assert [said["by"] for said in doctor.data(key)["conversation"]] == ["user", "assistant"]
    doctor.agree(key, BRITISH)
    held = json.dumps(doctor.data(key))
    assert "Xylophonia" in held and "emergency" in held


def test_the_worklist_finds_the_case(doctor: Doctor, key: str) -> None:
    doctor.agree(key, BRITISH)
    hear(doctor, TOLD, key)
    wanted = Filters(levels=("emergency",), youngest=61, oldest=61, sex="male")
    mine = doctor.records.cases.of_thread(thread_of(key))
    assert mine in {head.id for head in doctor.records.cases.worklist(wanted)}


def test_a_conversation_that_is_not_kept_is_forgotten_after_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("assistant.records.memory.time.monotonic", lambda: now[0])
    passing = Passing()
    first = passing.saver("one", None)
    now[0] = 3000.0
    assert passing.saver("one", None) is first
    now[0] = 6700.0
    assert passing.saver("one", None) is not first


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_case_is_told_in_the_language_of_the_visit(doctor: Doctor, key: str, language: str) -> None:
    visit = Visit(language, "gb")
    doctor.agree(key, visit)
    hear(doctor, "发烧三天了" if language == "zh" else "I have had a fever for three days", key, visit)
    assert dossier(doctor, key).soap[0].title == visit.words.summary["subjective"]
