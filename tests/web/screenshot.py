"""Take the README's picture of the page again: `python -m tests.web.screenshot`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.web.server import PATIENCE, launch_chromium, serving
from tests.web.test_patient_page import CITATIONS, GUIDANCE, ask

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs" / "screenshot.png"


def main() -> None:
    """Ask a question, open a source of the answer, and take the picture."""
    PICTURE.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        with serving(ROOT, folder / "data", folder / "log") as server:
            browser = launch_chromium(playwright)
            page = browser.new_page(locale="en-GB", viewport={"width": 1280, "height": 900}, color_scheme="light")
            page.set_default_timeout(PATIENCE * 1000)
            page.goto(server.url)
            page.locator("#header h1").wait_for()
            ask(page, GUIDANCE)
            page.locator(CITATIONS).first.click()
            page.locator("#sources details[open] p").first.wait_for()
            page.mouse.move(0, 0)
            page.wait_for_timeout(1000)  # what moves has come to rest
            page.screenshot(path=PICTURE)
            browser.close()


if __name__ == "__main__":
    main()
