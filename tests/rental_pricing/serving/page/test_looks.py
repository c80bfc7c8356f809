"""How the page is for everybody: light, quick, readable, from nowhere else."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

import rental_pricing

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.browser

PAGE = Path(str(rental_pricing.__file__)).parent / "serving/page"
PHONE = {"width": 360, "height": 740}
BAD = {"name": "bad.csv", "mimeType": "text/csv", "buffer": b"id\n1\n"}
GOOD_HEADER = (
    b"id,name,neighbourhood_group,neighbourhood,latitude,longitude,room_type,minimum_nights,"
    b"number_of_reviews,last_review,reviews_per_month,calculated_host_listings_count,"
    b"availability_365\n"
)
GOOD = {
    "name": "a_file_whose_name_is_rather_long_for_such_a_small_screen.csv",
    "mimeType": "text/csv",
    "buffer": GOOD_HEADER
    + b"1,,Brooklyn,Williamsburg,40.71,-73.95,Entire home/apt,1,0,,,1,100\n"
    + b"2,A,Brooklyn,Williamsburg,10,-73.95,Entire home/apt,1,0,,,1,100\n",
}


def _states(here: Any) -> Any:
    """Go through all that the page can show, and yield the name of each."""
    page = here.page
    yield "empty"
    page.click("summary >> nth=0")
    page.click("summary >> nth=1")
    page.fill("#minimum_nights", "x")
    here.estimate()
    page.wait_for_selector("#minimum_nights-error")
    yield "wrong"
    page.fill("#minimum_nights", "90000")
    here.estimate()
    page.wait_for_selector("#refused:not([hidden])")
    yield "refused"
    page.fill("#minimum_nights", "1")
    page.fill("#name", "Averyveryverylongwordwithoutanyspace" * 4)
    here.estimate()
    page.wait_for_selector("#the-answer:not([hidden])")
    yield "answered"
    page.set_input_files("#csv", BAD)
    page.wait_for_selector("#csv-error:not([hidden])")
    yield "bad file"
    page.set_input_files("#csv", GOOD)
    page.wait_for_selector("#csv-done:not([hidden])")
    yield "good file"
    page.evaluate("document.querySelector('#key').showModal()")
    yield "key"


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("colour_scheme", ["light", "dark"])
def test_axe_finds_nothing(ready: Callable[..., Any], colour_scheme: str, width: int) -> None:
    """In no state, theme or width."""
    from axe_playwright_python.sync_playwright import Axe

    here = ready(
        color_scheme=colour_scheme,
        viewport={"width": width, "height": 800},
        reduced_motion="reduce",
    )
    found = {}
    for state in _states(here):
        here.page.mouse.move(0, 0)
        results = Axe().run(here.page)
        if results.violations_count:
            found[state] = results.generate_report()
    assert found == {}


def test_a_phone_does_not_scroll_sideways(ready: Callable[..., Any]) -> None:
    """In no state, and nothing is wider than the screen."""
    here = ready(viewport=PHONE, has_touch=True, is_mobile=True)
    for state in _states(here):
        wide = here.page.evaluate("document.documentElement.scrollWidth")
        assert (state, wide) == (state, 360)


def test_targets_are_large_enough_for_fingers(ready: Callable[..., Any]) -> None:
    """Buttons and fields are 36 pixels high and more."""
    here = ready(viewport=PHONE, has_touch=True, is_mobile=True)
    here.page.click("summary >> nth=0")
    for target in here.page.locator(
        "button:visible, input:visible:not([type=radio]), select"
    ).all():
        assert target.bounding_box()["height"] >= 36, target.evaluate("it => it.outerHTML")


def test_it_asks_no_other_host_and_breaks_no_policy(ready: Callable[..., Any]) -> None:
    """All that it loads comes from the service, under a policy that allows nothing else."""
    here = ready()
    for _ in _states(here):
        pass
    assert here.hosts == {urlsplit(here.page.url).netloc}
    assert here.errors == []


@pytest.mark.parametrize("path", ["", "page/app.js", "page/style.css"])
def test_the_policy_is_the_strict_one(address: str, path: str) -> None:
    """No script or style inside of the page, none from elsewhere."""
    answer = httpx.get(address + path)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"] == "default-src 'self'"


def test_it_is_painted_within_a_second(visit: Callable[..., Any]) -> None:
    """Counted from the click, in a browser that has nothing of it yet; the best of three."""
    painted = []
    for _ in range(3):
        here = visit()
        here.page.wait_for_load_state("networkidle")
        entries = here.page.evaluate(
            "performance.getEntriesByType('paint').map(each => [each.name, each.startTime])"
        )
        painted.append(dict(entries)["first-contentful-paint"])
    assert 0 < min(painted) < 1000


def test_its_parts_are_small(ready: Callable[..., Any]) -> None:
    """At most 1 MB, in the wheel and over the wire, the market's places included."""
    assert sum(file.stat().st_size for file in PAGE.rglob("*") if file.is_file()) < 1_000_000
    here = ready()
    here.page.wait_for_load_state("networkidle")
    loaded = here.page.evaluate(
        "performance.getEntries().reduce((sum, each) => sum + (each.transferSize || 0), 0)"
    )
    assert 50_000 < loaded < 1_000_000


def test_what_is_not_ours_is_as_it_came() -> None:
    """The typeface's note tells its checksum, and its licence is beside it."""
    note = (PAGE / "fonts/README.md").read_text(encoding="utf-8")
    assert hashlib.sha256((PAGE / "fonts/inter.woff2").read_bytes()).hexdigest() in note
    assert "SIL OPEN FONT LICENSE" in (PAGE / "fonts/LICENSE.txt").read_text(encoding="utf-8")


def test_all_its_modules_are_asked_for_at_once() -> None:
    """None waits for another one to be read."""
    index = (PAGE / "index.html").read_text(encoding="utf-8")
    assert [name for name in PAGE.glob("*.js") if f'"page/{name.name}"' not in index] == []


def test_it_works_below_a_path(visit: Callable[..., Any], start: Callable[..., str]) -> None:
    """Behind a proxy all that it asks for is below the proxy's path."""
    address = start(root_path="/pricing")
    asked: list[str] = []

    def proxy(page: Any) -> None:
        def pass_on(route: Any) -> None:
            asked.append(urlsplit(route.request.url).path)
            below = route.request.url.replace("http://proxy.test/pricing/", address)
            route.fulfill(response=route.fetch(url=below))

        page.route("http://proxy.test/**", pass_on)

    here = visit("http://proxy.test/pricing/", prepare=proxy)
    here.page.wait_for_selector("#model-told:not([hidden])")
    here.estimate()
    here.page.wait_for_selector("#the-answer:not([hidden])")
    assert [path for path in asked if not path.startswith("/pricing/")] == []
    assert here.hosts == {"proxy.test"}


def test_nothing_moves_for_those_who_want_it_still(ready: Callable[..., Any]) -> None:
    """No transition is left."""
    here = ready(reduced_motion="reduce")
    moving = here.page.evaluate(
        """[...document.querySelectorAll("*")].filter(
            each => getComputedStyle(each).transitionDuration !== "0s").length"""
    )
    assert moving == 0


def test_without_scripts_it_says_what_to_do(visit: Callable[..., Any]) -> None:
    """And leads to the API."""
    here = visit(java_script_enabled=False)
    assert here.page.is_visible("noscript a[href=docs]")
