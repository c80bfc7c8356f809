"""The form: by keyboard alone, errors at their fields, the place by any of its ways."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.browser

FOCUSED = "document.activeElement.id || document.activeElement.value"


def _tab_to(page: Any, name: str) -> None:
    """Press Tab until something has the focus."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED) == name:
            return
    pytest.fail(f"{name} is not reached by Tab")


def _refuse(route: Any, _: Any, *, status: int, body: str) -> None:
    route.fulfill(status=status, body=body)


def test_a_price_is_asked_for_by_keyboard_alone(here: Any) -> None:
    """The pin is moved, fields are filled and a file is chosen without a mouse."""
    page = here.page
    choosers: list[Any] = []
    # Early, as Chromium is told of it in the background.
    page.on("filechooser", lambda chooser: choosers.extend([chooser]))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    _tab_to(page, "map")
    latitude, longitude = here.place
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowLeft")
    assert here.place[0] > latitude
    assert here.place[1] < longitude
    _tab_to(page, "neighbourhood_group")
    page.keyboard.type("Queens")
    _tab_to(page, "neighbourhood")
    page.keyboard.type("Astoria")
    assert page.input_value("#neighbourhood") == "Astoria"
    _tab_to(page, "Entire home/apt")
    page.keyboard.press("ArrowDown")
    _tab_to(page, "name")
    page.keyboard.type("Quiet room")
    _tab_to(page, "minimum_nights")
    page.keyboard.type("3")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # unfolds the further fields
    _tab_to(page, "number_of_reviews")
    page.keyboard.type("0")
    with page.expect_request("**/estimates") as sent:
        page.keyboard.press("Enter")
    (listing,) = sent.value.post_data_json["listings"]
    assert listing["room_type"] == "Private room"
    assert listing["name"] == "Quiet room"
    assert (listing["neighbourhood_group"], listing["minimum_nights"]) == ("Queens", 3)
    page.wait_for_selector("#the-answer:not([hidden])")
    assert page.evaluate(FOCUSED) == "answer-title"
    _tab_to(page, "csv")
    page.keyboard.press("Enter")
    for _ in range(50):
        page.wait_for_timeout(100)
        if choosers:
            break
    assert len(choosers) == 1
    assert here.errors == []


def test_what_is_wrong_is_told_at_its_field(here: Any) -> None:
    """Each field says its rule, to screen readers too; the first one has the focus."""
    page = here.page
    page.fill("#latitude", "95")
    page.fill("#availability_365", "all year")
    here.estimate()
    assert page.evaluate(FOCUSED) == "latitude"
    for name, rule in (("latitude", "between -90 and 90"), ("availability_365", "whole number")):
        field = page.locator(f"#{name}")
        assert field.get_attribute("aria-invalid") == "true"
        described = [f"#{each}" for each in str(field.get_attribute("aria-describedby")).split()]
        assert rule in " ".join(page.inner_text(each) for each in described)
    assert "all year" in page.inner_text("#availability_365-error")
    assert page.inner_text("#message-title") == "2 fields to look at"
    page.fill("#availability_365", "30")
    assert page.locator("#availability_365-error").count() == 0
    assert page.get_attribute("#availability_365", "aria-describedby") == "availability_365-help"
    page.fill("#latitude", "40.7")
    here.estimate()
    page.wait_for_selector("#the-answer:not([hidden])")
    assert page.locator("[aria-invalid], .error:not([hidden])").count() == 0
    assert page.is_hidden("#message")


def test_an_error_in_the_folded_part_unfolds_it(here: Any) -> None:
    """People see the field that is wrong."""
    here.page.click("summary >> nth=0")
    here.page.fill("#number_of_reviews", "-1")
    here.page.click("summary >> nth=0")
    assert here.page.is_hidden("#number_of_reviews")
    here.estimate()
    assert here.page.evaluate(FOCUSED) == "number_of_reviews"
    assert here.page.is_visible("#number_of_reviews-error")


def test_a_quiet_question_does_not_take_the_focus(here: Any) -> None:
    """What follows a change tells its errors, and leaves people where they are."""
    here.estimate()
    here.page.wait_for_selector("#the-answer:not([hidden])")
    here.page.fill("#minimum_nights", "many")
    here.page.focus("#name")
    here.page.wait_for_selector("#minimum_nights-error")
    assert here.page.evaluate(FOCUSED) == "name"


def test_the_answer_follows_what_is_changed(here: Any) -> None:
    """Once there is an answer, a change of the form gets another one, told to screen readers."""
    here.estimate()
    before = here.page.inner_text("#price")
    with here.page.expect_response("**/estimates") as answered:
        here.page.check("input[value='Shared room']")
    price = answered.value.json()["estimates"][0]["price"]
    told = f"${price:,.0f}"
    here.page.wait_for_selector(f"#price:text-is('{told}')")
    assert before != told
    assert f"Typically {told} a night" in here.page.inner_text("#live")


def test_a_neighbourhood_puts_the_pin_into_its_middle(
    here: Any, service: Callable[..., Any]
) -> None:
    """And a borough offers its own neighbourhoods, and none of others."""
    queens = next(b for b in service("places")["boroughs"] if b["name"] == "Queens")
    here.page.select_option("#neighbourhood_group", "Queens")
    offered = here.page.locator("#neighbourhood option").all_inner_texts()
    assert sorted(offered[1:]) == sorted(each["name"] for each in queens["neighbourhoods"])
    chosen = queens["neighbourhoods"][1]
    here.page.select_option("#neighbourhood", chosen["name"])
    assert here.place == pytest.approx((chosen["latitude"], chosen["longitude"]), abs=1e-5)
    assert f"Pin in {chosen['name']}, Queens" in here.page.inner_text("#pin-told")


def test_a_typed_place_chooses_the_nearest_neighbourhood(
    here: Any, service: Callable[..., Any]
) -> None:
    """Away from what was chosen, the area follows the pin."""
    borough = next(b for b in service("places")["boroughs"] if b["name"] == "Bronx")
    area = borough["neighbourhoods"][0]
    here.page.fill("#latitude", str(area["latitude"]))
    here.page.fill("#longitude", str(area["longitude"]))
    here.page.keyboard.press("Tab")
    assert here.page.input_value("#neighbourhood_group") == "Bronx"
    assert here.page.input_value("#neighbourhood") == area["name"]


def test_what_is_left_empty_is_sent_as_nothing(here: Any) -> None:
    """Numbers are numbers, and no empty text goes out."""
    with here.page.expect_request("**/estimates") as sent:
        here.estimate()
    (listing,) = sent.value.post_data_json["listings"]
    assert listing["name"] is None
    assert listing["last_review"] is None
    assert listing["minimum_nights"] == 2
    assert {type(listing[name]) for name in ("latitude", "longitude")} == {float}
    assert "" not in listing.values()


def test_a_problem_is_told_once_and_the_form_is_kept(here: Any) -> None:
    """Whatever the service answers, people read what it means, and can try again."""
    page = here.page
    page.fill("#name", "Kept")
    cases: list[tuple[int, str, str]] = [
        (413, "more than the service takes", "At most 1,000"),
        (503, "no model", "Release one"),
        (504, "too long", "Ask for less"),
        (500, "Internal", "wrong"),
    ]
    for status, title, detail in cases:
        body = json.dumps({"title": "Internal error", "detail": detail, "status": status})
        page.route("**/estimates", partial(_refuse, status=status, body=body))
        here.estimate()
        page.wait_for_selector(f"#message-detail:text-is('{detail}')")
        assert title in page.inner_text("#message-title")
        page.unroute("**/estimates")
    page.route("**/estimates", partial(_refuse, status=502, body="<h1>Bad</h1>"))
    here.estimate()
    page.wait_for_selector("#message-detail:text-is('The server answered 502.')")
    page.unroute("**/estimates")
    page.route("**/estimates", lambda route: route.abort())
    here.estimate()
    page.wait_for_selector("#message-title:has-text('be reached')")
    page.unroute("**/estimates")
    assert page.input_value("#name") == "Kept"
    page.click("#message-retry")
    page.wait_for_selector("#the-answer:not([hidden])")
    assert page.is_hidden("#message")


def test_without_its_places_the_page_says_so_and_tries_again(visit: Callable[..., Any]) -> None:
    """A service that has no model yet is no blank page."""
    body = json.dumps({"title": "Service Unavailable", "detail": "No model yet."})
    refuse = partial(_refuse, status=503, body=body)
    here = visit(prepare=lambda page: page.route("**/places", refuse))
    here.page.wait_for_selector("#message-detail:text-is('No model yet.')")
    here.page.unroute("**/places")
    here.page.click("#message-retry")
    here.page.wait_for_selector("#map .labels text", state="attached")
    assert re.search("Pin in .+ at 40", here.page.inner_text("#pin-told"))


def test_a_key_is_asked_for_and_kept_for_the_tab(
    visit: Callable[..., Any], address_with_key: str
) -> None:
    """A refused key is asked for anew; a taken one is not asked for twice."""
    here = visit(address_with_key)
    here.page.wait_for_selector("dialog[open]")
    here.page.keyboard.type("wrong")
    here.page.keyboard.press("Enter")
    here.page.wait_for_selector("#key-help:has-text('did not take that key')")
    here.page.keyboard.type("open sesame")
    here.page.keyboard.press("Enter")
    here.page.wait_for_selector("#model-told:not([hidden])")
    here.estimate()
    here.page.wait_for_selector("#the-answer:not([hidden])")
    here.page.reload()
    here.page.wait_for_selector("#model-told:not([hidden])")
    assert here.page.locator("dialog[open]").count() == 0
