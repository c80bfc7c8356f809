"""The answer: what is shown is what the service says, and text stays text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)> </script><b>2 bedroom</b> =1+1"


def _answered(here: Any) -> dict[str, Any]:
    with here.page.expect_response("**/estimates") as answered:
        here.estimate()
    here.page.wait_for_selector("#the-answer:not([hidden])")
    told: dict[str, Any] = answered.value.json()
    return {"model": told["model"], **told["estimates"][0]}


def _dollars(text: str) -> int:
    return int(
        text.replace("\N{MINUS SIGN}", "-").replace("$", "").replace(",", "").replace("+", "")
    )


def test_price_and_range_come_first(here: Any, service: Callable[..., Any]) -> None:
    """In whole dollars, with the share of listings that the model's range is made to hold."""
    told = _answered(here)
    assert here.page.inner_text("#price") == f"${told['price']:,.0f}"
    assert (
        here.page.inner_text("#range") == f"${told['lower']:,.0f}\N{EN DASH}${told['upper']:,.0f}"
    )
    assert service("model")["interval"]["coverage"] == 0.8
    assert here.page.inner_text("#coverage") == "8 of 10 such listings:"
    assert told["model"]["version"] in here.page.inner_text("#answer-model")
    assert "2024" in here.page.inner_text("#answer-model")
    assert "2024" in here.page.inner_text("#model-told")


def test_what_drives_the_price_adds_up(here: Any) -> None:
    """Typical price and groups, as they are written, make the estimate."""
    here.page.fill("#name", "Luxury 3 bedroom loft")
    here.page.check("input[value='Private room']")
    told = _answered(here)
    rows = here.page.locator("#drivers-rows tr").all()
    amounts = [_dollars(row.locator("td.number").inner_text()) for row in rows]
    assert sum(amounts[:-1]) == amounts[-1] == round(told["price"])
    exact = {each["group"]: each["amount"] for each in told["contributions"]["groups"]}
    assert len(rows) == len(exact) + 2
    for row, amount in zip(rows[1:-1], amounts[1:-1], strict=True):
        name = row.locator("th").evaluate("head => head.firstChild.data").lower()
        assert abs(amount - exact[name]) < 1
    title = here.page.locator("#drivers-rows tr", has_text="Title")
    assert "Luxury 3 bedroom loft" in title.inner_text()


def test_similar_listings_are_in_the_table(here: Any) -> None:
    """Price, distance, type and id, in the order of the service."""
    told = _answered(here)
    rows = here.page.locator("#similar-rows tr").all()
    assert len(rows) == len(told["similar"]) == 10
    for number, (row, each) in enumerate(zip(rows, told["similar"], strict=True), 1):
        cells = row.locator("th, td").all_inner_texts()
        assert cells[:2] == [str(number), f"${each['price']:,.0f}"]
        assert re.fullmatch(r"\d+ m|[\d.]+ km", cells[2])
        assert cells[3:] == [each["room_type"], str(each["id"])]


def test_a_title_with_markup_is_text(here: Any) -> None:
    """Nothing of it becomes an element, and nothing runs."""
    here.page.on("dialog", lambda _: pytest.fail("the title was run"))
    here.page.fill("#name", HOSTILE)
    _answered(here)
    assert HOSTILE in str(here.page.locator("#drivers-rows").text_content())
    assert here.page.locator("#answer img, #answer b, #answer script").count() == 0
    assert here.errors == []


def test_warnings_are_told(here: Any) -> None:
    """As the model says them."""
    told = _answered(here)
    assert told["warnings"] == ["title is missing"]
    assert here.page.locator("#warnings li").all_inner_texts() == ["Title is missing"]


def test_what_can_not_be_priced_has_its_reason_in_place_of_a_price(here: Any) -> None:
    """And no number at all."""
    here.page.fill("#minimum_nights", "90000")
    here.estimate()
    here.page.wait_for_selector("#refused:not([hidden])")
    assert "minimum nights 90000 is more than" in here.page.inner_text("#refused-reason").lower()
    assert here.page.is_hidden("#the-answer")
    assert "No price" in here.page.inner_text("#live")
    assert here.page.locator(".marker").count() == 0


def test_a_late_answer_does_not_replace_a_newer_one(here: Any) -> None:
    """What is shown is what was asked for last."""
    page = here.page
    held: list[Any] = []
    page.route("**/estimates", lambda route: held.append(route) if not held else route.continue_())
    page.check("input[value='Shared room']")
    page.click("button[type=submit]")
    page.check("input[value='Entire home/apt']")
    told = _answered(here)
    held[0].continue_()
    page.wait_for_timeout(300)
    assert page.inner_text("#price") == f"${told['price']:,.0f}"
    assert page.locator("#drivers-rows", has_text="Entire home/apt").count() == 1


def test_paper_shows_the_listing_and_its_answer(here: Any) -> None:
    """Buttons and files stay on the screen."""
    _answered(here)
    here.page.emulate_media(media="print")
    assert here.page.is_visible("#price")
    assert here.page.is_visible("#similar-rows")
    assert here.page.is_hidden("#many")
    assert here.page.is_hidden("button[type=submit]")


def test_a_range_that_ends_with_the_models_prices_says_so(here: Any) -> None:
    """Dearer homes are nothing that the model knows of."""
    here.page.select_option("#neighbourhood_group", "Manhattan")
    here.page.fill("#name", "Luxury 5 bedroom penthouse")
    told = _answered(here)
    assert told["upper"] == 350
    said = here.page.locator("#warnings li").all_inner_texts()
    assert "The model knows no prices below $10 or above $350" in said


def test_another_model_in_production_is_told(here: Any) -> None:
    """What is said of the model at the top is of the one that has answered."""

    def as_another(route: Any) -> None:
        answer = route.fetch()
        told = answer.json()
        told["model"]["identity"] = "another"
        route.fulfill(response=answer, json=told)

    here.page.route("**/estimates", as_another)
    with here.page.expect_request("**/model"):
        here.estimate()
    here.page.wait_for_selector("#the-answer:not([hidden])")
