"""The description of the API as a browser shows it."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from serving_tools import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.testclient import TestClient

pytestmark = pytest.mark.browser


@pytest.fixture
def address(make_client: Callable[..., TestClient]) -> Iterator[str]:
    """A service that a browser can reach."""
    config = uvicorn.Config(make_client().app, port=0, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_for(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def page() -> Iterator[Any]:
    """A page of chromium; skipped where there is none."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1440, "height": 1000})
        browser.close()


def test_all_of_it_is_shown_and_comes_from_the_service(address: str, page: Any) -> None:
    """No request to another host, no error, and an estimate can be tried."""
    asked, failed = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: failed.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.goto(f"{address}/docs")
    page.get_by_text("/estimates/file").wait_for(timeout=30_000)
    assert page.locator(".opblock").count() == 7
    page.locator("#operations-estimates-estimates_estimates_post").click()
    page.get_by_role("button", name="Try it out").click()
    assert '"similar": 5' in page.locator("textarea").input_value()
    page.get_by_role("button", name="Execute").click()
    answer = page.locator(".live-responses-table .response-col_description")
    answer.get_by_text("request_id").first.wait_for(timeout=30_000)
    assert {urlsplit(each).netloc for each in asked if not each.startswith("data:")} == {
        urlsplit(address).netloc
    }
    assert failed == []
