"""One server for all tests of the page, and a real browser for those that look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.web.server import CHROMIUM, PATIENCE, Server, launch_chromium, serving

OpenPage = Callable[..., Any]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Server]:
    """`python app.py` with a data folder of its own; nothing may break in it while the tests run."""
    folder = tmp_path_factory.mktemp("served")
    with serving(pytestconfig.rootpath, folder / "data", folder / "server.log") as running:
        yield running
    assert "Traceback" not in running.log.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium; ends with the module, because its event loop would stand in the way of other tests."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install playwright")
    if not CHROMIUM.exists():
        pytest.skip(f"needs a Chromium at {CHROMIUM}, for example: apt install chromium")
    with playwright.sync_playwright() as running:
        chromium = launch_chromium(running)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Any, server: Server) -> Iterator[OpenPage]:
    """Open the page in a browser of its own; no script error and no request to anywhere else may come of it."""
    contexts: list[Any] = []
    errors: list[str] = []
    elsewhere: list[str] = []

    def note(request: Any) -> None:
        if not request.url.startswith((server.url, "data:", "blob:")):
            elsewhere.append(request.url)

    def open_(locale: str = "en-GB", **options: Any) -> Any:
        context = browser.new_context(locale=locale, **{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_default_timeout(PATIENCE * 1000)
        context.on("request", note)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(server.url)
        page.locator("#header h1").wait_for()
        return page

    yield open_
    for context in contexts:
        context.close()
    assert errors == []
    assert elsewhere == []
