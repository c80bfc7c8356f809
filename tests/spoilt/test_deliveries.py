"""Spoilt deliveries: a good first week, then one that is worthless in one way or another.

The deliveries are read, typed and judged as in a run. Each case names the rules that must
break; they must break for the second drop and never for the first.
"""

from __future__ import annotations

import io
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from spoiling import (
    BASE,
    FIRST,
    GOOD,
    SECOND,
    Spoil,
    Week,
    all_but_one,
    dates_older_by,
    ids_moved_by_one_row,
    known_only,
    mixed,
    number,
    on_other_ids,
    other_ids,
    random,
    repeated,
    swapped,
    to,
    without,
)

from rental_pricing.listings.arrow import to_frame
from rental_pricing.listings.drops import parse_drop
from rental_pricing.listings.ingest import FILE, MISSING_HOST_NAME, Findings
from rental_pricing.pipelines.data_processing.nodes import type_drops
from rental_pricing.pipelines.data_validation.nodes import profile_deliveries
from rental_pricing.quality.deliveries import Delivery
from rental_pricing.quality.delivery_rules import delivery_checks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NUMERIC = (
    "latitude", "longitude", "price", "minimum_nights", "number_of_reviews",
    "reviews_per_month", "calculated_host_listings_count", "availability_365",
)  # fmt: skip


def as_bytes(week: Week) -> bytes:
    text = io.StringIO()
    week.to_csv(text, index=False)
    return text.getvalue().encode()


def typed(day: str, week: Week, parameters: dict[str, Any]) -> pd.DataFrame:
    """Type one drop; an earlier one of a few good rows lets it be empty."""
    block = parameters["data_processing"].model_copy(update={"malformed_rows": "set_aside"})
    contents = {"2024-01-01.csv": GOOD.head(30), f"{day}.csv": week}
    weekly = {
        file: lambda file=file, rows=rows: [parse_drop(as_bytes(rows), file)]
        for file, rows in contents.items()
    }
    made, _ = type_drops(weekly, None, None, parameters["market"], block)
    findings = Findings(f"{day}.csv")
    (table,) = made.drops[day].pieces(findings)
    frame = to_frame(table)
    frame.attrs = {FILE: findings.file, MISSING_HOST_NAME: findings.missing_host_name}
    return frame


@pytest.fixture(scope="module")
def first(parameters: dict[str, Any]) -> pd.DataFrame:
    return typed(FIRST, GOOD, parameters)


def broken_rules(first: pd.DataFrame, second: pd.DataFrame, parameters: dict[str, Any]) -> set[str]:
    """Judge two typed drops: the rules that the second breaks, with their columns."""
    market, quality = parameters["market"], parameters["data_validation"]
    drops: dict[str, Any] = {FIRST: lambda: first, SECOND: lambda: second}
    profiles = profile_deliveries(drops, market, quality)
    deliveries = {day: Delivery.model_validate(one) for day, one in profiles.items()}
    checks = delivery_checks(deliveries, None, market, quality)
    failed = [check for check in checks if check.outcome.status == "failed"]
    assert {check.drop for check in failed} <= {SECOND}
    return {check.name + (f" {check.column}" if check.column else "") for check in failed}


@pytest.fixture
def broken(first: pd.DataFrame, parameters: dict[str, Any]) -> Callable[[Week], set[str]]:
    """Judge a second week after the good first one."""
    return lambda week: broken_rules(first, typed(SECOND, week, parameters), parameters)


WRONG_ROWS: dict[str, tuple[Spoil, set[str]]] = {
    "all outside the city": (to(latitude="48.2"), {"rejected_share", "rejected_as_outside_city"}),
    "all at 0°/0°": (to(latitude="0", longitude="0"), {"rejected_as_outside_city"}),
    "2 % at 0°/0°": (to(0.02, latitude="0", longitude="0"), {"rejected_as_outside_city"}),
    "all without a price": (to(price=""), {"rejected_share", "rejected_as_missing_value"}),
    "3 % without a room type": (to(0.03, room_type=""), {"rejected_as_missing_value"}),
    "all without an id": (to(id=""), {"rejected_as_missing_value"}),
    "all malformed": (to(price="$120"), {"rejected_share", "rejected_as_malformed_value"}),
    "2 % malformed": (to(0.02, latitude="40°44'"), {"rejected_as_malformed_value"}),
    "reviews from the future": (to(last_review="2031-05-01"), {"rejected_as_impossible_value"}),
    "2 % from the future": (to(0.02, last_review="2031-05-01"), {"rejected_as_impossible_value"}),
    "availability 9999": (to(availability_365="9999"), {"rejected_as_impossible_value"}),
    "2**63 - 1 nights": (to(minimum_nights=str(2**63 - 1)), {"rejected_as_impossible_value"}),
    "dates and rates without reviews": (
        to(number_of_reviews="0"),
        {"rejected_as_impossible_value"},
    ),
    "room types in another language": (to(room_type="Appartement"), {"rejected_as_unknown_value"}),
    "a borough under another name": (
        lambda week: week.replace({"neighbourhood_group": {"Bronx": "The Bronx"}}),
        {"rejected_as_unknown_value", "categories_present neighbourhood_group"},
    ),
    "prices in cents": (number("price", lambda p: p * 100), {"rejected_as_price_out_of_range"}),
    "prices in hundreds": (number("price", lambda p: p / 100), {"rejected_as_price_out_of_range"}),
    "prices below zero": (number("price", lambda p: -p), {"rejected_as_malformed_value"}),
}
WRONG_COUNTS: dict[str, tuple[Spoil, set[str]]] = {
    "one single row": (lambda week: week.head(1), {"rows_ratio"}),
    "a third of the usual rows": (lambda week: week.sample(4000, random_state=1), set()),
    "a sixth of the usual rows": (lambda week: week.sample(2000, random_state=1), {"rows_ratio"}),
    "three times the usual rows": (
        lambda week: pd.concat([week, *[GOOD.assign(id=GOOD["id"] + str(n)) for n in range(3)]]),
        {"rows_ratio"},
    ),
    "10,000 rows of one id": (
        lambda week: pd.concat([week, week]).head(10_000).assign(id="7"), {"repeated_ids id"},
    ),
    "2 % of the ids twice": (
        lambda week: pd.concat([week, week.sample(120, random_state=1)]), {"repeated_ids id"},
    ),
    "the whole drop twice": (lambda week: pd.concat([week, week]), {"repeated_ids id"}),
    **{
        f"no {borough}": (
            without("neighbourhood_group", borough),
            {"categories_present neighbourhood_group", "divergence neighbourhood_group"},
        )
        for borough in ("Bronx", "Brooklyn", "Manhattan", "Queens")
    },
    "no Staten Island": (
        without("neighbourhood_group", "Staten Island"), {"categories_present neighbourhood_group"},
    ),
    "one listing of the Bronx left": (
        all_but_one("neighbourhood_group", "Bronx"), {"divergence neighbourhood_group"},
    ),
    **{
        f"no {room}": (without("room_type", room), {"categories_present room_type"})
        for room in ("Entire home/apt", "Private room", "Shared room")
    },
    "half of the private rooms": (
        lambda week: week.drop(week[week["room_type"] == "Private room"].index[::2]),
        {"divergence room_type"},
    ),
}  # fmt: skip
WRONG_COUNTS["a third of the usual rows"][1].add("rows_ratio")
OTHER_PRICES: dict[str, tuple[Spoil, set[str]]] = {
    "prices x 1.5": (number("price", lambda p: p * 1.5), {"median_price price"}),
    "prices x 1.5 on other ids": (
        on_other_ids(number("price", lambda p: p * 1.5)),
        {"two_sample price", "median_price price", "median_price_by_cell price"},
    ),
    "prices x 1.5 for two fifths": (
        number("price", lambda p: p * 1.5, share=0.4), {"two_sample price"},
    ),
    "prices x 0.7": (number("price", lambda p: p * 0.7), {"median_price price"}),
    "prices + 30": (number("price", lambda p: p + 30), {"two_sample price"}),
    "one price for all": (to(price="100"), {"two_sample price"}),
    "prices of private rooms doubled": (
        lambda week: pd.concat(
            [
                number("price", lambda p: p * 2)(week[week["room_type"] == "Private room"]),
                week[week["room_type"] != "Private room"],
            ]
        ),
        {"median_price_by_cell price"},
    ),
}  # fmt: skip
MIXED: dict[str, tuple[Spoil, set[str]]] = {
    f"{' and '.join(columns)} mixed": (on_other_ids(mixed(*columns)), {rule})
    for columns, rule in {
        ("price",): "median_price_by_cell price",
        ("room_type",): "median_price_by_cell price",
        ("latitude", "longitude"): "mean_place",
        ("latitude",): "mean_place",
        ("longitude",): "mean_place",
        ("neighbourhood",): "moved_neighbourhoods neighbourhood",
        ("neighbourhood_group",): "moved_neighbourhoods neighbourhood",
        ("neighbourhood_group", "neighbourhood"): "mean_place",
        ("name",): "own_place_titles name",
        ("calculated_host_listings_count",): "correlations",
        ("availability_365",): "correlations",
        ("number_of_reviews",): "rejected_as_impossible_value",
        ("reviews_per_month",): "rejected_as_impossible_value",
        ("last_review",): "rejected_as_impossible_value",
        ("number_of_reviews", "last_review", "reviews_per_month"): "correlations",
    }.items()
} | {
    "15 % of the boroughs mixed": (
        on_other_ids(mixed("neighbourhood_group", share=0.15)),
        {"moved_neighbourhoods neighbourhood"},
    ),
}
MIXED.pop("number_of_reviews and last_review and reviews_per_month mixed")
KNOWN: dict[str, tuple[Spoil, set[str]]] = {
    "ids moved by one row": (
        ids_moved_by_one_row,
        {"known_ids_host_id host_id", "known_ids_place", "known_ids_room_type room_type",
         "known_ids_name name"},
    ),
    "5 % with another host": (
        known_only(to(host_id="77"), 0.05), {"known_ids_host_id host_id"},
    ),
    "5 % a kilometre away": (
        known_only(number("latitude", lambda d: d + 0.009), 0.05), {"known_ids_place"},
    ),
    "5 % with another room type": (
        known_only(to(room_type="Shared room"), 0.05), {"known_ids_room_type room_type"},
    ),
    "all known titles mixed": (known_only(mixed("name"), 1.0), {"known_ids_name name"}),
    "hosts and ids swapped": (swapped("id", "host_id"), {"repeated_ids id"}),
}  # fmt: skip
MISSING: dict[str, tuple[Spoil, set[str]]] = {
    f"{share:.0%} without {column}": (to(share, **{column: ""}), {f"missing_share {column}"})
    for column, share in {
        "name": 1.0,
        "host_id": 0.02,
        "host_name": 0.02,
        "minimum_nights": 0.02,
        "number_of_reviews": 0.02,
        "calculated_host_listings_count": 0.02,
        "availability_365": 0.5,
    }.items()
} | {
    "all without last_review": (to(last_review=""), {"missing_share last_review"}),
    "a fifth without last_review": (to(0.2, last_review=""), {"missing_change"}),
}
CONTENT: dict[str, tuple[Spoil, set[str]]] = {
    "one title for all": (to(name="Nice flat"), {"two_sample name", "own_place_titles name"}),
    "titles cut after 20 characters": (
        lambda week: week.assign(name=week["name"].str[:20]), {"two_sample name"},
    ),
    "hosts' names as titles": (swapped("name", "host_name"), {"two_sample name"}),
    "titles and neighbourhoods swapped": (
        swapped("name", "neighbourhood"), {"new_neighbourhoods neighbourhood"},
    ),
    "boroughs and neighbourhoods swapped": (
        swapped("neighbourhood_group", "neighbourhood"), {"rejected_as_unknown_value"},
    ),
    "neighbourhoods in capitals": (
        lambda week: week.assign(neighbourhood=week["neighbourhood"].str.upper()),
        {"new_neighbourhoods neighbourhood"},
    ),
    "places 5 km north": (number("latitude", lambda d: d + 0.045), {"two_sample latitude"}),
    "places rounded to a tenth of a degree": (
        number("longitude", lambda d: d.round(1)), {"two_sample longitude"},
    ),
    "last year's drop under this week's date": (dates_older_by(365), {"two_sample last_review"}),
    "no availability": (to(availability_365="0"), {"two_sample availability_365"}),
    "one home a host": (
        to(calculated_host_listings_count="1"), {"two_sample calculated_host_listings_count"},
    ),
    "a month's stay for half": (to(0.5, minimum_nights="30"), {"two_sample minimum_nights"}),
    "reviews x 3": (
        number("number_of_reviews", lambda n: n * 3), {"two_sample number_of_reviews"},
    ),
    "reviews a year": (
        number("reviews_per_month", lambda n: n * 12), {"two_sample reviews_per_month"},
    ),
}  # fmt: skip
SPOILT = {**WRONG_ROWS, **WRONG_COUNTS, **OTHER_PRICES, **MIXED, **KNOWN, **MISSING, **CONTENT}


@pytest.mark.parametrize("case", SPOILT)
def test_a_spoilt_delivery_breaks_its_rule(broken: Any, case: str) -> None:
    """Each way of being worthless is caught, for the delivery that it is about."""
    spoil, expected = SPOILT[case]
    assert broken(spoil(BASE)) >= expected


@pytest.mark.parametrize(("one", "other"), list(combinations(NUMERIC, 2)))
def test_two_columns_swapped_are_caught(broken: Any, one: str, other: str) -> None:
    """Whichever two: rows are set aside, or the values are spread otherwise."""
    found = broken(other_ids(swapped(one, other)(BASE)))
    assert "rejected_share" in found or {f"two_sample {one}", f"two_sample {other}"} <= found


PASSING: dict[str, Spoil] = {
    "the next week as delivered": lambda week: week,
    "the same drop again": lambda _: GOOD,
    "in another order": lambda week: week.sample(frac=1, random_state=3),
    "with ids that are all new": other_ids,
    "with a fifth of known ids": repeated(0.2),
    "with half of known ids": repeated(0.5),
    "with nine tenths of known ids": repeated(0.9),
    "with half as many rows again": lambda week: pd.concat([week, other_ids(week.iloc[::2])]),
    "with a sixth fewer rows": lambda week: week.sample(5000, random_state=4),
    "with prices 5 % up": number("price", lambda p: (p * 1.05).round()),
    "with a fifth of the known titles reworded": known_only(
        lambda week: week.assign(name="New! " + week["name"]), 0.2
    ),
    "with places blurred by 100 m": number(
        "latitude", lambda d: d + random().normal(0, 0.0009, len(d))
    ),
    "with a new neighbourhood": to(0.03, neighbourhood="Governors Island Ferry"),
    "with ten rows outside the city": lambda week: pd.concat(
        [to(latitude="48.2")(week.head(10)), week.iloc[10:]]
    ),
}


@pytest.mark.parametrize("case", PASSING)
def test_a_good_second_week_passes(broken: Any, case: str) -> None:
    """Ordinary changes raise no alarm."""
    assert broken(PASSING[case](BASE)) == set()


@pytest.fixture(scope="module")
def real(parameters: dict[str, Any], real_drops: Path) -> list[pd.DataFrame]:
    """20,000 rows, and 8,895 others a week later: dated as the harness's, seven days apart."""
    later = pd.Timestamp(FIRST) - pd.Timestamp("2019-07-08")
    weeks = [
        pd.read_csv(real_drops / f"{day}.csv", dtype="str", keep_default_na=False)
        for day in ("2019-07-08", "2019-07-15")
    ]
    return [
        typed(day, dates_older_by(-later.days)(week), parameters)
        for day, week in zip((FIRST, SECOND), weeks, strict=True)
    ]


def test_the_real_weeks_pass(real: list[pd.DataFrame], parameters: dict[str, Any]) -> None:
    """With the shipped limits."""
    assert broken_rules(*real, parameters) == set()


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("count", [7000, 2000, 700])
def test_random_weeks_of_the_real_rows_pass(
    real: list[pd.DataFrame], parameters: dict[str, Any], count: int, share: float
) -> None:
    """Disjoint ids, or a share of them repeated: what chance alone makes raises no alarm."""
    rows = pd.concat(real, ignore_index=True)
    rows.attrs = {MISSING_HOST_NAME: 0}
    order = np.random.default_rng(count).permutation(len(rows))
    first, old, new = order[: 2 * count], order[: int(share * count)], order[2 * count :]
    second = np.concatenate([old, new[: count - len(old)]])
    weeks = [
        rows.iloc[chosen].assign(delivered_on=pd.Timestamp(day).as_unit("ms"))
        for day, chosen in ((FIRST, first), (SECOND, second))
    ]
    assert broken_rules(*weeks, parameters) == set()
