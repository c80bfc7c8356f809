"""The site of the documentation: built strictly, read without a network, by anybody."""

from __future__ import annotations

import functools
import http.server
import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]

PAGES = (
    "",
    "start/",
    "tutorials/new_estimator/",
    "weekly/",
    "reference/commands/",
    "reference/parameters/",
    "reference/kedro_wandb/",
    "reference/rooms/listings/",
    "decisions/",
    "service/",
)
"""One of each kind."""

ELSEWHERE = re.compile(r"<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)=[\"']?(?:https?:)?//")

THE_THEMES_OWN = (
    ".md-search",  # a dialog that has no name of its own; its field has one
    ".md-nav",  # its lists of pages are landmarks, of which several may be named alike
    ".md-code__nav",  # the button that copies is in a landmark, without a name
)
"""What axe-core finds in Material for MkDocs itself, whatever the pages say."""

THE_BROWSERS_OWN = "scrollable-region-focusable"
"""Wide tables scroll: browsers let the keyboard reach such a region, which the rule ignores."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as ``make docs`` does."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """The site on a server of this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    handler = functools.partial(Quiet, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def asked() -> list[str]:
    """Addresses that a page has asked for."""
    return []


@pytest.fixture(params=[(1440, "light"), (360, "dark")], ids=["wide", "phone"])
def page(browser: Browser, asked: list[str], request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of a desktop in the light, and of a phone in the dark."""
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    opened = context.new_page()
    opened.on("request", lambda request: asked.append(request.url))
    yield opened
    context.close()


@pytest.mark.slow
def test_no_page_refers_to_scripts_or_styles_of_other_hosts(site: Path) -> None:
    """All of them, the reference too."""
    pages = list(site.rglob("*.html"))
    assert len(pages) > 40
    assert [
        str(each.relative_to(site)) for each in pages if ELSEWHERE.search(each.read_text("utf-8"))
    ] == []


@pytest.mark.slow
def test_every_command_and_parameter_is_in_the_reference(site: Path) -> None:
    """They are made from the code, so that none can be forgotten."""
    commands = (site / "reference/commands/index.html").read_text("utf-8")
    for name in ("kedro run", "kedro weekly", "kedro wandb lineage", "kedro tuning adopt"):
        assert f"{name}<a" in commands
    parameters = (site / "reference/parameters/index.html").read_text("utf-8")
    base = yaml.safe_load((ROOT / "conf/base/parameters_modeling.yml").read_text("utf-8"))
    for name in base["modeling"]:
        assert f"<code>{name}</code>" in parameters
    assert "<td></td>" not in parameters.split("A closed interval")[0]  # each has its meaning


@pytest.mark.slow
def test_docstrings_read_as_prose(site: Path) -> None:
    """No mark of Sphinx is left in the reference."""
    reference = [each.read_text("utf-8") for each in (site / "reference").rglob("*.html")]
    assert [text for text in reference if "code-block::" in text or ":func:" in text] == []


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("path", PAGES)
def test_a_page_can_be_read_by_anybody_and_asks_no_other_host(
    address: str, page: Page, asked: list[str], path: str
) -> None:
    """No violation that axe-core knows of, nothing wider than the screen."""
    from axe_playwright_python.sync_playwright import Axe

    answer = page.goto(address + path)
    assert answer
    assert answer.ok
    page.wait_for_load_state("networkidle")
    found = Axe().run(
        page,
        context={"exclude": [[each] for each in THE_THEMES_OWN]},
        options={"rules": {THE_BROWSERS_OWN: {"enabled": False}}},
    )
    assert [
        (each["id"], [node["html"] for node in each["nodes"]])
        for each in found.response["violations"]
    ] == []
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0


@pytest.mark.slow
@pytest.mark.browser
def test_the_search_works_without_a_network(address: str, page: Page, asked: list[str]) -> None:
    """It finds what only one page is about, by its own index."""
    page.goto(address)
    page.keyboard.press("/")
    page.keyboard.type("conformal", delay=20)
    first = page.locator(".md-search-result__item a").first
    first.wait_for()
    assert "conformal" in page.locator(".md-search-result__list").inner_text().lower()
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
