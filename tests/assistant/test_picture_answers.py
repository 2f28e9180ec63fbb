"""Pictures in a whole conversation: told while they are made, remembered, erased, and never taken for the patient's."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from assistant.doctor import Doctor
from assistant.events import Pictured, Said, ToolFinished, ToolStarted
from assistant.locales import locale
from assistant.settings import Settings
from assistant.visit import Visit
from tests.assistant.hearing import Ask

pytestmark = pytest.mark.usefixtures("painter")
WISH = "three CTs with a malignant nodule, diffusion, seed 7"
PNG = b"\x89PNG"


def files(airmed: Settings) -> list[Path]:
    return sorted(airmed.pictures_dir.rglob("*.sealed"))


def stored(airmed: Settings) -> bytes:
    return b"".join(path.read_bytes() for path in airmed.data_dir.glob("airmed.sqlite*"))


def test_pictures_come_between_the_start_and_the_end_of_the_tool(ask: Ask) -> None:
    heard = ask(WISH)
    kinds = [type(event) for event in heard.events if not isinstance(event, Said)]
    assert heard.tools == ["generate_image"] and heard.level is None
    assert kinds[:5] == [ToolStarted, Pictured, Pictured, Pictured, ToolFinished]
    assert heard.answer.pictures == tuple(event.picture for event in heard.events if isinstance(event, Pictured))
    assert "no real patient" in heard.text and "[1]" in heard.text
    assert heard.answer.citations[0].id == "dataset:chest_ct" and heard.answer.opinion is None


def test_a_reload_shows_the_pictures_again_and_no_pixel_is_in_a_checkpoint(
    ask: Ask, doctor: Doctor, airmed: Settings
) -> None:
    heard = ask(WISH)
    kept = doctor.conversation(heard.thread).turns[-1].pictures
    assert [picture for picture, _ in kept] == list(heard.answer.pictures)
    assert [png for _, png in kept] == [event.png for event in heard.events if isinstance(event, Pictured)]
    assert PNG not in stored(airmed)


def test_without_consent_no_picture_is_on_the_disk(ask: Ask, doctor: Doctor, airmed: Settings) -> None:
    before = files(airmed)
    heard = ask(WISH)
    assert files(airmed) == before
    doctor.agree(heard.thread, Visit())
    assert len(files(airmed)) == len(before) + 3
    doctor.withdraw(heard.thread, Visit())
    assert files(airmed) == before and len(doctor.conversation(heard.thread).turns[-1].pictures) == 3


def test_erasing_a_thread_erases_its_pictures_and_only_its_own(ask: Ask, doctor: Doctor, airmed: Settings) -> None:
    mine, other = ask(WISH), ask("a normal chest x-ray")
    for heard in (mine, other):
        doctor.agree(heard.thread, Visit())
    before = len(files(airmed))
    doctor.erase(mine.thread)
    assert len(files(airmed)) == before - 3
    assert len(doctor.conversation(other.thread).turns[-1].pictures) == 1


def test_pictures_that_are_gone_leave_the_words(ask: Ask, doctor: Doctor, airmed: Settings) -> None:
    heard = ask(WISH)
    doctor.agree(heard.thread, Visit())
    for path in files(airmed):
        path.unlink()
    turn = doctor.conversation(heard.thread).turns[-1]
    assert turn.pictures == () and turn.text == heard.text


@pytest.mark.parametrize("wish", [WISH, "show me viral pneumonia on a chest x-ray", "a chest x-ray of tuberculosis"])
def test_what_a_picture_shows_never_enters_the_case(ask: Ask, wish: str) -> None:
    complaint = "I am 30 and I have had a mild sore throat for two days"
    plain = ask(complaint)
    thread = ask(wish).thread
    after = ask(complaint, thread)
    assert after.answer.opinion == plain.answer.opinion
    assert after.level == plain.level
    summary = ask("Summarise what I told you for my doctor", thread).text
    assert complaint in summary and wish not in summary


def test_a_summary_of_pictures_alone_is_empty(ask: Ask) -> None:
    thread = ask(WISH).thread
    assert ask("Summarise what I told you for my doctor", thread).text == locale("en").doctor.summary_empty


def test_a_red_flag_in_a_wish_for_pictures_is_still_an_emergency(ask: Ask) -> None:
    heard = ask("Draw me a chest x-ray. I have crushing chest pain going down my left arm and I am sweating")
    assert heard.level == "emergency" and heard.tools == ["assess_symptoms"]
    later = ask("a normal chest x-ray", heard.thread)
    assert later.level == "emergency" and later.text.startswith(
        locale("en").doctor.emergency_reminder.format(number="999")
    )


def test_what_there_is_can_be_clicked(ask: Ask) -> None:
    heard = ask("generate a knee MRI")
    assert heard.tools == ["generate_image"] and not heard.answer.pictures
    for wish in heard.answer.options.values():
        assert len(ask(wish, heard.thread).answer.pictures) == 4


def test_a_chinese_wish_is_answered_in_chinese(ask: Ask) -> None:
    heard = ask("生成三张肺炎胸片", secrets.token_hex(8), Visit("zh", "cn"))
    assert len(heard.answer.pictures) == 3 and "合成" in heard.answer.pictures[0].caption
