"""The clinician's page: plans on the bench, and in browsers a case from the patient to the clinician and back."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from assistant.locales import locale
from assistant.records.keeping import Records, open_records
from assistant.records.plans import PlanDraft, PlanLine, Proposal
from assistant.settings import Settings
from assistant.web.clinic.acting import KEEP
from assistant.web.plans.form import Form
from assistant.web.plans.handlers import Bench, PlansTab
from tests.web.conftest import OpenPage
from tests.web.server import Server, environment

NAME, AUDITOR, PASSWORD = "Dr Grey", "Mr Audit", "correct horse battery"
WISH = "Draft a treatment plan: I am 62, a man, I have type 2 diabetes and high blood pressure, eGFR 40"
COMPLAINT = (
    "I am a 71 year old woman. I have had crushing chest pain for an hour, and I take warfarin. <b>Aunt Wilhelmina</b>"
)
WORDS = locale("en").clinic
LINE = PlanLine(kind="medication", name="Metformin", detail="500 mg")
PROPOSAL = Proposal(patient=("Told in confidence",), drafts=(PlanDraft(lines=(LINE,)),))
REQUEST: Any = SimpleNamespace(headers={"accept-language": "en-GB"}, cookies={})


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """Records with one clinician and one plan that waits."""
    opened = open_records(Settings(data_dir=tmp_path))
    opened.staff.add(NAME, PASSWORD, "clinician")
    opened.plans.propose("", PROPOSAL)
    yield opened
    opened.database.engine.dispose()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the page warned of."""
    said: list[str] = []
    monkeypatch.setattr(gr, "Warning", said.append)
    monkeypatch.setattr(gr, "Info", lambda _: None)
    return said


@pytest.fixture
def tab(records: Records) -> PlansTab:
    doctor = SimpleNamespace(decide=records.plans.decide)
    desk: Any = SimpleNamespace(records=records, doctor=doctor, settings=SimpleNamespace(region=""))
    return PlansTab(desk)


@pytest.fixture
def token(records: Records) -> str:
    return records.staff.enter(NAME, PASSWORD)


def waiting(records: Records) -> str:
    return records.plans.waiting()[0].id


def test_who_is_not_signed_in_signs_nothing(tab: PlansTab, records: Records, told: list[str]) -> None:
    bench, rows = Bench(waiting(records), {}, PROPOSAL), [[True, "medication", "Metformin", "5 kg", "100%", "", ""]]
    for token in ("", "made up", NAME):
        assert tab.sign(token, REQUEST, bench, 0, rows, "") == KEEP
        assert tab.reject(token, REQUEST, bench, "no") == KEEP
        assert tab.read(token, REQUEST, "/etc/passwd", *Form()) == KEEP
    assert len(told) == 9 and records.plans.waiting() and not records.plans.decided(9)


def test_what_is_signed_is_kept_with_the_record_that_it_was_drafted_for(
    tab: PlansTab, records: Records, token: str
) -> None:
    bench = Bench(waiting(records), {"age": 70}, PROPOSAL)
    tab.sign(token, REQUEST, bench, 0, [[True, "medication", "Metformin", "850 mg", "100%", "", ""]], "slowly")
    (plan,) = records.plans.decided(9)
    assert plan.decided_by == NAME and plan.decision and plan.decision.record == {"age": 70}
    assert plan.decision.lines[0].detail == "850 mg" and records.plans.is_intact(plan)


def test_a_plan_is_signed_once(tab: PlansTab, records: Records, token: str, told: list[str]) -> None:
    bench = Bench(waiting(records), {}, PROPOSAL)
    tab.reject(token, REQUEST, bench, "Not now.")
    tab.sign(token, REQUEST, bench, 0, [[True, "medication", "Metformin", "", "100%", "", ""]], "")
    assert len(records.plans.decided(9)) == 1
    assert "decided before" in told[-1]


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        (Form(age=-3, conditions="asthma"), "age of the record"),
        (Form(conditions="unheard of"), "unheard of"),
        (Form(), "at least one problem"),
        (Form(conditions="asthma", labs="egfr"), "under labs"),
        (Form(conditions="asthma", labs="egfr: 4000"), "labs.egfr"),
        (Form(conditions="asthma", genes="CYP2D6: *9999/*1"), "CYP2D6"),
        (Form(sex="male", pregnant="yes", conditions="asthma"), "pregnant"),
    ],
)
def test_a_record_that_cannot_be_is_one_sentence_and_the_form_stays(
    tab: PlansTab, token: str, told: list[str], form: Form, sentence: str
) -> None:
    assert tab.draft(token, REQUEST, Bench(), *form) == KEEP
    assert sentence in told[-1].replace("&#x27;", "'")


# In a browser ---------------------------------------------------------------------------------------


def add(server: Server, name: str, role: str) -> None:
    """Let somebody sign in, as whoever runs the server does it."""
    told = ["clinician", name, "--role", role, "--password", PASSWORD]
    command = [sys.executable, "-c", "from assistant.cli import main; main()", *told]
    subprocess.run(command, check=True, env=environment(server.data_dir), capture_output=True, timeout=300)


@pytest.fixture(scope="module")
def clinicians(server: Server) -> None:
    add(server, NAME, "clinician")
    add(server, AUDITOR, "auditor")


def signed_in(open_page: OpenPage, server: Server, name: str = NAME) -> Any:
    """Somebody of the staff in a browser of their own."""
    page = open_page()
    enter(page, server, name)
    return page


def enter(page: Any, server: Server, name: str = NAME) -> None:
    """Sign in on the clinician's page."""
    page.goto(f"{server.url}/clinician")
    page.get_by_label(WORDS["name"], exact=True).fill(name)
    page.get_by_label(WORDS["password"], exact=True).fill(PASSWORD)
    page.get_by_role("button", name=WORDS["sign_in"]).click()
    page.get_by_text(WORDS["who"].format(name=name)).wait_for()


def turn_to(page: Any, tab: str) -> None:
    """Open a tab."""
    page.get_by_role("tab", name=WORDS[f"tab_{tab}"], exact=True).click()


def agree(patient: Any) -> None:
    """Let a patient agree that the conversation is kept."""
    patient.locator("#consent input").check()
    patient.get_by_text(locale("en").page["consent_given"]).wait_for()


def say(patient: Any, message: str, answered: str) -> None:
    """Send a message, and wait for words of the answer."""
    patient.locator("#message textarea").fill(message)
    patient.locator("#send").click()
    patient.locator("#chat").get_by_text(answered).first.wait_for()
    patient.locator("body:not(.answering)").wait_for()


@pytest.mark.usefixtures("clinicians")
def test_a_case_from_the_patient_to_the_clinician_and_a_plan_back(open_page: OpenPage, server: Server) -> None:
    page = signed_in(open_page, server)
    patient = open_page()
    agree(patient)
    say(patient, COMPLAINT, "999")

    row = page.locator("#worklist button").filter(has_text="71 years")
    row.wait_for()  # comes by itself
    page.locator("#ask textarea").fill("women over 70 with chest pain, on warfarin, opened today")
    page.get_by_role("button", name=WORDS["search"]).click()
    page.locator("#parts label").filter(has_text="warfarin").wait_for()
    page.locator("#answer button").filter(has_text="71 years").first.click()
    page.locator("#case h2").filter(has_text="71 years").wait_for()

    page.locator(".soap a.line").filter(has_text="Aunt Wilhelmina").first.click()
    assert page.locator("#turn-1").is_visible()
    page.wait_for_function("document.activeElement.id === 'turn-1'")
    assert "<b>Aunt Wilhelmina</b>" in page.locator("#turn-1").inner_text()  # text, and no markup
    page.locator(".order label").filter(has_text="SBAR").click()
    page.locator(".sbar h4").first.wait_for()
    assert not page.locator(".soap").is_visible()

    say(patient, WISH, "once a clinician has checked")
    page.locator("#news button").click()
    page.locator("#case-findings button[data-plan]").first.click()
    page.locator("#drafts label").first.wait_for()
    detail = page.locator('#lines [data-testid="cell-0-3"]')
    detail.dblclick()
    page.keyboard.press("Control+A")
    page.keyboard.type("As discussed with Dr Grey")
    page.keyboard.press("Enter")
    page.locator("#note textarea").fill("Call me.")
    page.locator("#sign").click()
    page.locator("#decided").get_by_text(f"{NAME} · signed").first.wait_for()

    patient.reload()
    patient.get_by_text(f"{NAME} checked and signed").wait_for()
    told = patient.locator("#chat").inner_text()
    assert "As discussed with Dr Grey" in told and "Call me." in told

    patient.locator("#erase").click()
    turn_to(page, "cases")
    page.get_by_text(WORDS["case_gone"]).wait_for()
    assert "Wilhelmina" not in page.content()


@pytest.mark.usefixtures("clinicians")
def test_an_auditor_sees_the_log_alone(open_page: OpenPage, server: Server) -> None:
    page = signed_in(open_page, server, AUDITOR)
    page.locator("#log td").get_by_text("signed_in").first.wait_for()
    assert page.get_by_role("tab").all_inner_texts() == [WORDS["tab_log"]]
    page.get_by_role("button", name=WORDS["log_verify"]).click()
    page.get_by_text("The log is whole").wait_for()


@pytest.mark.usefixtures("clinicians")
def test_a_plan_from_the_wish_to_the_signature(open_page: OpenPage, server: Server) -> None:
    patient = open_page()
    agree(patient)
    say(patient, WISH, "once a clinician has checked")

    page = signed_in(open_page, server)
    turn_to(page, "plans")
    page.locator("#waiting label").filter(has_text="Type 2 diabetes").last.click()
    page.locator("#drafts label").nth(2).wait_for()
    assert page.get_by_label("Measurements").input_value() == "egfr: 40"

    page.get_by_label("Measurements").fill("egfr: 18")
    page.locator("#draft").click()
    page.locator("#changed").get_by_text("The eGFR is 18.").first.wait_for()

    detail = page.locator('#lines [data-testid="cell-0-3"]')
    detail.dblclick()
    page.keyboard.press("Control+A")
    page.keyboard.type("Half a tablet, as discussed")
    page.keyboard.press("Enter")
    name = page.locator('#lines [data-testid="cell-0-2"]').inner_text().strip()
    dropped = page.locator('#lines [data-testid="cell-1-2"]').inner_text().strip()
    box = page.locator('#lines [data-testid="cell-1-0"] input')
    box.click()  # `uncheck` wants the table to be drawn anew at once
    box.and_(page.locator(":not(:checked)")).wait_for()
    with page.expect_download() as waiting_for:
        page.get_by_role("button", name=WORDS["fhir"], exact=True).click()
    assert json.loads(Path(waiting_for.value.path()).read_text(encoding="utf-8"))["resourceType"] == "Bundle"
    page.locator("#note textarea").fill("Start low.")
    page.locator("#sign").click()
    page.locator("#decided").get_by_text(f"{NAME} · signed").wait_for()

    patient.reload()
    patient.get_by_text(f"{NAME} checked and signed").wait_for()
    told = patient.locator("#chat").inner_text()
    assert "Half a tablet, as discussed" in told and "Start low." in told and f"Medicine: {name}" in told
    assert f"Medicine: {dropped}." not in told


@pytest.mark.usefixtures("clinicians")
def test_a_clinician_stays_signed_in_until_signing_out(open_page: OpenPage, server: Server) -> None:
    page = signed_in(open_page, server)
    page.reload()
    page.get_by_text(WORDS["who"].format(name=NAME)).wait_for()
    page.get_by_role("button", name=WORDS["sign_out"]).click()
    page.get_by_role("button", name=WORDS["sign_in"]).wait_for()
    page.reload()
    page.get_by_role("button", name=WORDS["sign_in"]).wait_for()
    assert not page.get_by_role("button", name=WORDS["sign"], exact=True).is_visible()


@pytest.mark.usefixtures("clinicians")
def test_a_file_fills_the_record_and_a_bad_one_is_one_sentence(
    open_page: OpenPage, server: Server, tmp_path: Path
) -> None:
    good, bad = tmp_path / "record.json", tmp_path / "bad.json"
    good.write_text(json.dumps({"age": 45, "conditions": ["asthma"]}), encoding="utf-8")
    bad.write_text("{", encoding="utf-8")
    page = signed_in(open_page, server)
    turn_to(page, "plans")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=WORDS["upload"]).click()
    chooser.value.set_files(good)
    page.locator("#changed").get_by_text("The file was read").wait_for()
    assert page.get_by_label(WORDS["age"], exact=True).input_value() == "45"
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=WORDS["upload"]).click()
    chooser.value.set_files(bad)
    page.get_by_text("bad.json cannot be read").wait_for()
    assert page.get_by_label(WORDS["age"], exact=True).input_value() == "45"
