"""The description of the API as a browser shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.browser


def test_all_of_it_is_shown_and_comes_from_the_service(
    address: str, visit: Callable[..., Any]
) -> None:
    """No request to another host, no error, and an estimate can be tried."""
    visited = visit(f"{address}docs")
    page = visited.page
    page.get_by_text("/estimates/file").wait_for(timeout=30_000)
    assert page.locator(".opblock").count() == 7
    page.locator("#operations-estimates-estimates_estimates_post").click()
    page.get_by_role("button", name="Try it out").click()
    assert '"similar": 5' in page.locator("textarea").input_value()
    page.get_by_role("button", name="Execute").click()
    answer = page.locator(".live-responses-table .response-col_description")
    answer.get_by_text("request_id").first.wait_for(timeout=30_000)
    assert visited.hosts - {""} == {urlsplit(address).netloc}  # "": pictures in the style sheet
    assert visited.errors == []
