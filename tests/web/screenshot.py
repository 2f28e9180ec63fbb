"""Take the README's pictures of the pages again: `python -m tests.web.screenshot`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.web.server import PATIENCE, Server, launch_chromium, serving
from tests.web.test_clinician_page import NAME, WORDS, add, agree, enter, say, turn_to
from tests.web.test_patient_page import CITATIONS, GUIDANCE, ask

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
RESTS = 1500  # milliseconds after which what moves has come to rest
TOLD = (
    ("I am a 71 year old woman. I have had crushing chest pain for an hour, and I take warfarin.", "999"),
    ("My blood pressure is 96/58 and my heart rate is 118. No fever, no cough.", "999"),
)
RECORD = {
    "Age": "62",
    "Problems": "type 2 diabetes\nhigh blood pressure\ndepression",
    "Allergies": "penicillin",
    "Measurements": "egfr: 40",
    "Genes": "CYP2C19: *2/*2",
}


def main() -> None:
    """Use each page as its picture shows it."""
    DOCS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        with serving(ROOT, folder / "data", folder / "log") as server:
            browser = launch_chromium(playwright)
            page = browser.new_page(locale="en-GB", viewport={"width": 1280, "height": 900}, color_scheme="light")
            page.set_default_timeout(PATIENCE * 1000)
            _conversation(page, server)
            _plan(page, server)
            _case(browser, page, server)
            browser.close()


def _conversation(page: Any, server: Server) -> None:
    """Ask a question and open a source of the answer."""
    page.goto(server.url)
    page.locator("#header h1").wait_for()
    ask(page, GUIDANCE)
    page.locator(CITATIONS).first.click()
    page.locator("#sources details[open] p").first.wait_for()
    _picture(page, "screenshot.png")


def _plan(page: Any, server: Server) -> None:
    """Draft for a record, then for another kidney function."""
    add(server, NAME, "clinician")
    enter(page, server)
    turn_to(page, "plans")
    for label, text in RECORD.items():
        page.get_by_label(label).fill(text)
    page.locator("#draft").click()
    page.locator("#drafts label").first.wait_for()
    page.get_by_label("Measurements").fill("egfr: 18")
    page.locator("#draft").click()
    page.locator("#changed li").first.wait_for()
    _picture(page, "clinician.png")


def _case(browser: Any, page: Any, server: Server) -> None:
    """A patient agrees and tells; the clinician opens the case, and the words behind a line."""
    patient = browser.new_page(locale="en-GB")
    patient.set_default_timeout(PATIENCE * 1000)
    patient.goto(server.url)
    patient.locator("#header h1").wait_for()
    agree(patient)
    for message, answered in TOLD:
        say(patient, message, answered)
    turn_to(page, "cases")
    page.locator("#ask textarea").fill("women over 70 with chest pain, on warfarin, opened today")
    page.get_by_role("button", name=WORDS["search"]).click()
    page.locator("#answer button").filter(has_text="71 years").first.click()
    page.locator("#case h2").filter(has_text="71 years").wait_for()
    page.set_viewport_size({"width": 1280, "height": 1300})
    _picture(page, "cases.png")


def _picture(page: Any, name: str) -> None:
    page.mouse.move(0, 0)
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_timeout(RESTS)
    page.screenshot(path=DOCS / name)


if __name__ == "__main__":
    main()
