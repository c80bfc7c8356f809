"""Figures of the model: they can be drawn whatever the estimates are."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest

from rental_pricing.reporting.model_figures import (
    importance_bars,
    predicted_against_actual,
    residual_map,
)

DRAW = np.random.default_rng(1)
ESTIMATES = pd.DataFrame(
    {
        "price": DRAW.uniform(20, 300, 200).round(),
        "typical_price": DRAW.uniform(20, 300, 200),
        "longitude": DRAW.uniform(-74.1, -73.8, 200),
        "latitude": DRAW.uniform(40.6, 40.8, 200),
    }
)
ODD = {
    "one price for all": ESTIMATES.assign(price=100.0),
    "one estimate for all": ESTIMATES.assign(typical_price=100.0),
    "both": ESTIMATES.assign(price=100.0, typical_price=100.0),
    "one listing": ESTIMATES.head(1),
    "some not priced": ESTIMATES.assign(
        typical_price=ESTIMATES["price"].where(ESTIMATES.index > 9)
    ),
    "nothing priced": ESTIMATES.assign(typical_price=float("nan")),
    "one place": ESTIMATES.assign(longitude=-74.0, latitude=40.7),
    "no listings": ESTIMATES.head(0),
}


@pytest.mark.parametrize("draw", [predicted_against_actual, residual_map])
@pytest.mark.parametrize("estimates", ODD.values(), ids=ODD)
def test_odd_estimates_can_be_drawn(draw: object, estimates: pd.DataFrame) -> None:
    """Constant prices, tiny data and missing estimates; pixels and all."""
    target = io.BytesIO()
    draw(estimates, "USD per night").savefig(target, dpi=20)  # type: ignore[operator]
    assert target.getvalue().startswith(b"\x89PNG")


def test_the_titles_count_what_is_drawn() -> None:
    """Listings without an estimate are neither drawn nor counted; errors are told."""
    off = ESTIMATES.assign(typical_price=ESTIMATES["price"] + 7).astype({"price": "float64"})
    off.loc[:49, "typical_price"] = float("nan")
    scatter, errors = predicted_against_actual(off, "USD").axes
    assert "150 test listings" in scatter.get_title(loc="left")
    assert errors.get_title(loc="left") == "Error: median +7, mean +7.0 USD"


def test_the_lines_are_quantiles_of_groups_of_like_prices() -> None:
    """The middle line of estimates that are twice the price lies there."""
    twice = ESTIMATES.assign(typical_price=2 * ESTIMATES["price"])
    scatter = predicted_against_actual(twice, "USD").axes[0]
    middle = scatter.lines[2]
    assert middle.get_ydata() == pytest.approx(2 * np.array(middle.get_xdata()))
    assert len(middle.get_xdata()) == 25


def test_the_most_important_group_is_drawn_on_top() -> None:
    """Bars stand in the order of the table, from above."""
    table = pd.DataFrame(
        {"group": ["place", "title"], "mae_increase": [9.0, 2.0], "std": [0.5, 0.1]}
    )
    (axis,) = importance_bars(table, "USD").axes
    assert [label.get_text() for label in axis.get_yticklabels()] == ["title", "place"]
