"""Parameters of the market."""

from __future__ import annotations

from typing import Any


def test_the_identity_of_a_market_follows_all_that_it_says(parameters: dict[str, Any]) -> None:
    """Equal markets have one identity; another price range is another market."""
    market = parameters["market"]
    wider = market.model_copy(update={"price": market.price.model_copy(update={"max": 351.0})})
    assert market.identity == market.model_copy(deep=True).identity
    assert market.identity != wider.identity
