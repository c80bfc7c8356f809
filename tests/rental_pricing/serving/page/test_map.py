"""The map: the pin by mouse and keyboard, zooming, and what it says in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.browser


def _width(page: Any) -> float:
    """Kilometres that the map shows from left to right."""
    return float(page.get_attribute("#map > svg", "viewBox").split()[2])


def _middle(page: Any, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _settle(page: Any) -> None:
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_a_click_puts_the_pin_there(here: Any) -> None:
    """Fields, area and words follow."""
    x, y = _middle(here.page, "#map > svg")
    latitude, _ = here.place
    here.page.mouse.click(x, y - 60)
    assert here.place[0] > latitude
    told = here.page.inner_text("#pin-told")
    assert f"{here.place[0]:.4f}" in told
    assert here.page.input_value("#neighbourhood") in told


def test_the_pin_is_dragged_and_the_map_too(here: Any) -> None:
    """A drag from the pin moves it; one from elsewhere moves the map, and not the pin."""
    page = here.page
    page.click("[data-zoom=in]")
    page.click("[data-zoom=in]")
    _settle(page)
    before = here.place
    x, y = _middle(page, ".pin path")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 50, y, steps=4)
    page.mouse.up()
    moved = here.place
    assert moved[1] > before[1]
    assert moved[0] == pytest.approx(before[0], abs=1e-4)
    view = page.get_attribute("#map > svg", "viewBox")
    x, y = _middle(page, "#map > svg")
    page.mouse.move(x - 200, y + 90)
    page.mouse.down()
    page.mouse.move(x - 100, y + 60, steps=4)
    page.mouse.up()
    _settle(page)
    assert page.get_attribute("#map > svg", "viewBox") != view
    assert here.place == moved


def test_it_zooms_by_wheel_buttons_and_keys(here: Any) -> None:
    """And no further out than the market; there the wheel scrolls the page."""
    page = here.page
    whole = _width(page)
    page.mouse.move(*_middle(page, "#map > svg"))
    page.mouse.wheel(0, -300)
    _settle(page)
    assert _width(page) < whole
    assert page.evaluate("scrollY") == 0
    page.click("[data-zoom=all]")
    _settle(page)
    assert _width(page) == pytest.approx(whole)
    page.mouse.wheel(0, 200)
    page.wait_for_timeout(200)
    assert _width(page) == pytest.approx(whole)
    assert page.evaluate("scrollY") > 0
    page.focus("#map")
    page.keyboard.press("+")
    page.keyboard.press("+")
    _settle(page)
    near = _width(page)
    assert near < whole
    page.keyboard.press("-")
    _settle(page)
    assert near < _width(page) < whole
    page.keyboard.press("0")
    _settle(page)
    assert _width(page) == pytest.approx(whole)


def test_arrow_keys_keep_the_pin_in_view(here: Any) -> None:
    """However far it is moved."""
    page = here.page
    page.focus("#map")
    for _ in range(3):
        page.keyboard.press("+")
    for _ in range(15):
        page.keyboard.press("Shift+ArrowUp")
    _settle(page)
    frame = page.locator("#map").bounding_box()
    pin = page.locator(".pin path").bounding_box()
    assert frame["y"] <= pin["y"] + pin["height"] <= frame["y"] + frame["height"]


def _touch(page: Any, *steps: list[tuple[float, float]]) -> None:
    """Put fingers down, move them, and lift them."""
    session = page.context.new_cdp_session(page)
    kinds = ["touchStart", *["touchMove"] * (len(steps) - 1), "touchEnd"]
    for kind, fingers in zip(kinds, [*steps, []], strict=True):
        points = [{"x": x, "y": y, "id": at} for at, (x, y) in enumerate(fingers)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    _settle(page)


@pytest.fixture
def phone(ready: Callable[..., Any]) -> Any:
    """The page on a phone, scrolled to its map."""
    here = ready(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    here.page.locator("#map").scroll_into_view_if_needed()
    return here


def test_two_fingers_zoom(phone: Any) -> None:
    """And leave the pin where it is."""
    whole, place = _width(phone.page), phone.place
    x, y = _middle(phone.page, "#map > svg")
    _touch(phone.page, *([(x - gap, y), (x + gap, y)] for gap in (20, 40, 80)))
    assert _width(phone.page) == pytest.approx(whole / 4, rel=0.1)
    assert phone.place == place


def test_one_finger_scrolls_the_page_or_moves_the_pin_that_it_holds(phone: Any) -> None:
    """Nobody is caught in the map, and the pin does not slip."""
    page, place = phone.page, phone.place
    x, y = _middle(page, "#map > svg")
    before = page.evaluate("scrollY")
    _touch(page, *([(x + 90, y + 60 - up)] for up in range(0, 140, 20)))
    assert _rested(page) > before
    assert phone.place == place
    page.locator("#map").scroll_into_view_if_needed()  # it may have glided past
    before = _rested(page)
    x, y = _middle(page, ".pin path")
    _touch(page, *([(x, y - up)] for up in range(0, 50, 10)))
    assert _rested(page) == before
    assert phone.place[0] > place[0]


def _rested(page: Any) -> float:
    """Return where the page is scrolled to, once it no longer glides."""
    seen = [-4.0, -3.0, -2.0, -1.0]  # nowhere
    while len(set(seen[-4:])) > 1:
        page.wait_for_timeout(100)
        seen.append(page.evaluate("scrollY"))
    return float(seen[-1])


def test_the_known_listings_and_the_similar_ones_are_drawn(here: Any) -> None:
    """Dots for the known, numbers for the similar; a row of the table lights its marker."""
    page = here.page
    here.estimate()
    page.wait_for_selector("#similar-rows tr >> nth=0")
    assert page.locator(".marker").count() == 10
    page.hover("#similar-rows tr >> nth=2")
    assert page.locator(".marker.on").text_content() == "3"
    frame = page.locator("#map").bounding_box()
    for marker in page.locator(".marker circle").all():
        box = marker.bounding_box()
        assert frame["x"] < box["x"] + box["width"] / 2 < frame["x"] + frame["width"]
        assert frame["y"] < box["y"] + box["height"] / 2 < frame["y"] + frame["height"]
