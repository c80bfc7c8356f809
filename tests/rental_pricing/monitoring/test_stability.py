"""The population stability index: its value, its limits, what chance explains."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from rental_pricing.monitoring.parameters import StabilityParameters
from rental_pricing.monitoring.stability import Shift, shifts
from rental_pricing.quality.profile import Histogram, Profile

ABOVE, BELOW = 1 + 1e-9, 1 - 1e-9


@pytest.fixture
def limits(parameters: dict[str, Any]) -> StabilityParameters:
    return parameters["monitoring"].stability


def made(counts: list[int], missing: int = 0, boroughs: dict[str, int] | None = None) -> Profile:
    """Make a profile with one binned column, prices in bins of ten from 0 on."""
    edges = [10.0 * number for number in range(len(counts) - 1)]
    rows = sum(counts) + missing
    return Profile(
        market="here",
        rows=rows,
        missing={"price": missing},
        categories={"neighbourhood_group": boroughs or {"Bronx": rows}},
        neighbourhoods={},
        numeric={"price": Histogram(edges=edges, counts=counts)},
        price_by_cell={},
        places={},
        own_place_titles=0,
        bin_products=[[0, 0], [0, 0]],
    )


def of(column: str, now: Profile, then: Profile, limits: StabilityParameters) -> Shift:
    return {shift.column: shift for shift in shifts(now, then, limits)}[column]


def test_it_is_the_sum_over_groups_of_difference_times_log_ratio(
    limits: StabilityParameters,
) -> None:
    """By hand: shares 0.3 and 0.7 against 0.5 and 0.5, with half a listing added to each."""
    now = made([0, 1000, 0], boroughs={"Bronx": 300, "Queens": 700})
    then = made([0, 1000, 0], boroughs={"Bronx": 500, "Queens": 500})
    p, q = 300.5 / 1001, 0.5
    expected = (p - q) * math.log(p / q) + (q - p) * math.log((1 - p) / (1 - q))
    assert of("neighbourhood_group", now, then, limits).index == pytest.approx(expected, abs=1e-6)


def test_equal_shares_have_none_whatever_the_size(limits: StabilityParameters) -> None:
    """A delivery of a tenth of the rows."""
    now, then = made([0, 40, 60, 0], missing=20), made([0, 400, 600, 0], missing=200)
    assert of("price", now, then, limits).index == pytest.approx(0, abs=1e-4)


def test_groups_hold_about_a_tenth_of_the_training_listings_each(
    limits: StabilityParameters,
) -> None:
    """By the training data alone; a bin with many is a group by itself, missing values too."""
    counts = [0, *[10] * 60, 400, 0]
    found = of("price", made(counts[::-1], missing=5), made(counts), limits)
    assert found.groups[0] == "below 100"
    assert found.groups[-2:] == ("600 to 610", "missing")
    assert max(found.then[:-2]) <= 0.11
    assert sum(found.then) == pytest.approx(1, abs=1e-3)
    assert sum(found.now) == pytest.approx(1, abs=1e-3)


def test_what_only_one_side_has_is_large_and_finite(limits: StabilityParameters) -> None:
    """A column that is missing now."""
    found = of("price", made([0, 0, 0], missing=1000), made([0, 1000, 0]), limits)
    assert 5 < found.index < 50
    assert found.size(limits) == "large"


@pytest.mark.parametrize(
    ("index", "size"),
    [
        (0.1 * BELOW, "none"),
        (0.1, "none"),
        (0.1 * ABOVE, "moderate"),
        (0.25, "moderate"),
        (0.25 * ABOVE, "large"),
    ],
)
def test_the_usual_limits_hold_beyond_chance(
    limits: StabilityParameters, index: float, size: str
) -> None:
    """0.1 and 0.25, beyond what chance explains."""
    shift = Shift("price", index, 0.0, (), (), ())
    assert shift.size(limits) == size
    by_chance = Shift("price", index + 0.5, 0.5 + 1e-12, (), (), ())
    assert by_chance.size(limits) == size


@pytest.mark.parametrize(("index", "size"), [(0.5, "moderate"), (0.5 * ABOVE, "large")])
def test_a_column_may_have_a_limit_of_its_own(
    limits: StabilityParameters, index: float, size: str
) -> None:
    """Ages of reviews, which move with the day of the delivery."""
    assert Shift("last_review", index, 0.0, (), (), ()).size(limits) == size


def test_samples_of_one_population_stay_within_chance(limits: StabilityParameters) -> None:
    """Two hundred small deliveries; and a shifted one does not."""
    draw = np.random.default_rng(3)
    shares = draw.dirichlet(np.ones(20))
    then = made([0, *draw.multinomial(8000, shares).tolist(), 0])
    some = [
        of("price", made([0, *draw.multinomial(500, shares).tolist(), 0]), then, limits)
        for _ in range(200)
    ]
    assert sum(shift.index > shift.chance for shift in some) <= 4
    other = made([0, *draw.multinomial(500, shares[::-1]).tolist(), 0])
    assert of("price", other, then, limits).size(limits) == "large"


def test_limits_out_of_order_are_refused(limits: StabilityParameters) -> None:
    """A moderate shift is not above a large one."""
    with pytest.raises(ValidationError, match=r"moderate \(0.3\) is above large \(0.25\)"):
        StabilityParameters(**limits.model_dump() | {"moderate": 0.3})
