"""The clinician's page: nothing for who is not signed in, and a plan from the patient's wish to the patient's eyes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from assistant.locales import locale
from assistant.records.clinicians import Clinicians
from assistant.records.plans import PlanBook, PlanDraft, PlanLine, Proposal
from assistant.web.plans.form import Form
from assistant.web.plans.handlers import Bench, PlansPage, Seen
from tests.web.conftest import OpenPage
from tests.web.server import Server

NAME, PASSWORD = "Dr Grey", "correct horse battery"
WISH = "Draft a treatment plan: I am 62, a man, I have type 2 diabetes and high blood pressure, eGFR 40"
WORDS = locale("en").clinic
LINE = PlanLine(kind="medication", name="Metformin", detail="500 mg")
PROPOSAL = Proposal(patient=("Told in confidence",), drafts=(PlanDraft(lines=(LINE,)),))
REQUEST: Any = SimpleNamespace(headers={"accept-language": "en-GB"})


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PlansPage]:
    """The page at a desk with one clinician and one plan that waits."""
    database = tmp_path / "airmed.sqlite"
    book, staff = PlanBook(database), Clinicians(database)
    staff.add(NAME, PASSWORD)
    book.propose("", PROPOSAL)
    doctor = SimpleNamespace(plans=book, decide=book.decide)
    told: list[str] = []
    monkeypatch.setattr(gr, "Warning", told.append)
    monkeypatch.setattr(gr, "Info", lambda _: None)
    desk: Any = SimpleNamespace(clinicians=staff, doctor=doctor, settings=SimpleNamespace(region=""))
    found = PlansPage(desk)
    found.told = told  # type: ignore[attr-defined]
    yield found


def waiting(page: PlansPage) -> str:
    return page.desk.doctor.records.plans.waiting()[0].id


def test_nothing_happens_for_who_is_not_signed_in(page: PlansPage) -> None:
    bench = Bench(waiting(page), {}, PROPOSAL)
    rows = [[True, "medication", "Metformin", "5 kg", "100%", "", ""]]
    for token in ("", "made up", NAME):
        found = [
            page.choose(token, bench.plan, REQUEST),
            page.read(token, "/etc/passwd", REQUEST, *Form()),
            page.draft(token, Bench(), REQUEST, *Form(conditions="asthma")),
            page.look(token, bench, 0, REQUEST),
            page.sign(token, bench, 0, rows, "", REQUEST),
            page.reject(token, bench, "no", REQUEST),
            page.clear(token, REQUEST),
            page.refresh(token, REQUEST),
        ]
        assert page.fhir(token, bench, 0, REQUEST) is None
        assert "confidence" not in repr(found) and "confidence" not in repr(page.open(token, REQUEST))
    assert page.desk.doctor.records.plans.waiting() and not page.desk.doctor.records.plans.decided(9)


def test_a_wrong_password_is_one_sentence_and_opens_nothing(page: PlansPage) -> None:
    found = page.sign_in(NAME, "wrong", REQUEST)
    assert "confidence" not in repr(found)
    assert page.told and "do not belong together" in page.told[0]  # type: ignore[attr-defined]


def test_what_is_signed_is_kept_with_the_record_that_it_was_drafted_for(page: PlansPage) -> None:
    token = page.desk.clinicians.enter(NAME, PASSWORD)
    bench = Bench(waiting(page), {"age": 70}, PROPOSAL)
    page.sign(token, bench, 0, [[True, "medication", "Metformin", "850 mg", "100%", "", ""]], "slowly", REQUEST)
    (plan,) = page.desk.doctor.records.plans.decided(9)
    assert plan.decided_by == NAME and plan.decision and plan.decision.record == {"age": 70}
    assert plan.decision.lines[0].detail == "850 mg" and page.desk.doctor.records.plans.is_intact(plan)


def test_a_plan_is_signed_once(page: PlansPage) -> None:
    token = page.desk.clinicians.enter(NAME, PASSWORD)
    bench = Bench(waiting(page), {}, PROPOSAL)
    page.reject(token, bench, "Not now.", REQUEST)
    page.sign(token, bench, 0, [[True, "medication", "Metformin", "", "100%", "", ""]], "", REQUEST)
    assert len(page.desk.doctor.records.plans.decided(9)) == 1
    assert "decided before" in page.told[-1]  # type: ignore[attr-defined]


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
def test_a_record_that_cannot_be_is_one_sentence_and_the_form_stays(page: PlansPage, form: Form, sentence: str) -> None:
    token = page.desk.clinicians.enter(NAME, PASSWORD)
    found = page.draft(token, Bench(), REQUEST, *form)
    assert found[0] == Seen().outside and sentence in page.told[-1].replace("&#x27;", "'")  # type: ignore[attr-defined]


# In a browser ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clinicians(server: Server) -> None:
    Clinicians(server.data_dir / "airmed.sqlite").add(NAME, PASSWORD)


def signed_in(open_page: OpenPage, server: Server) -> Any:
    """A clinician in a browser of their own."""
    page = open_page()
    enter(page, server)
    return page


def enter(page: Any, server: Server) -> None:
    """Sign in on the clinician's page."""
    page.goto(f"{server.url}/clinician")
    page.get_by_label(WORDS["name"]).fill(NAME)
    page.get_by_label(WORDS["password"]).fill(PASSWORD)
    page.get_by_role("button", name=WORDS["sign_in"]).click()
    page.get_by_text(WORDS["who"].format(name=NAME)).wait_for()


@pytest.mark.usefixtures("clinicians")
def test_a_plan_from_the_wish_to_the_signature(open_page: OpenPage, server: Server) -> None:
    patient = open_page()
    patient.locator("#message textarea").fill(WISH)
    patient.locator("#send").click()
    patient.get_by_text("once a clinician has checked").wait_for()

    page = signed_in(open_page, server)
    page.locator("#waiting label").filter(has_text="Type 2 diabetes").first.click()
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
    page.locator('#lines [data-testid="cell-1-0"] input').click()
    with page.expect_download() as waiting_for:
        page.get_by_role("button", name=WORDS["fhir"]).click()
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
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=WORDS["upload"]).click()
    chooser.value.set_files(good)
    page.locator("#changed").get_by_text("The file was read").wait_for()
    assert page.get_by_label(WORDS["age"]).input_value() == "45"
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=WORDS["upload"]).click()
    chooser.value.set_files(bad)
    page.get_by_text("bad.json cannot be read").wait_for()
    assert page.get_by_label(WORDS["age"]).input_value() == "45"
