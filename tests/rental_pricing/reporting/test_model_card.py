"""The model card, by its content."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, get_args

import pandas as pd
import pytest

from rental_pricing.evaluation.metrics import flat_metrics, segment_metrics
from rental_pricing.model.parameters import EstimatorName
from rental_pricing.reporting.model_card import ESTIMATORS, model_card
from rental_pricing.reporting.pages import table

if TYPE_CHECKING:
    from rental_pricing.model.price_model import PriceModel

IMPORTANCE = pd.DataFrame(
    {"group": ["place"], "columns": ["latitude, longitude"], "mae_increase": [7.123], "std": [0.4]}
)
ORIGIN: dict[str, Any] = {
    "market": "Atlantis",
    "currency": "ATL",
    "estimator": "linear",
    "parameters": {"estimator": {"alpha": 3.25}, "features": {"folds": 4}, "seed": 17},
    "split": {
        "digest": "d" * 64,
        "market": "m" * 16,
        "seed": 99,
        "test_share": 0.15,
        "validation_share": 0.25,
    },
    "rows": {"train": 811, "validation": 233},
    "source": "Dug out of the sea.",
    "processing": {
        "as_of": "2031-05-12",
        "drops": {
            "2031-05-05": {"rows": 900, "kept": 1, "superseded": 895, "rejected": {"a": 3, "b": 1}},
            "2031-05-12": {"rows": 1200, "kept": 1190, "superseded": 0, "rejected": {"b": 10}},
        },
        "total": {"rows": 2100, "kept": 1191, "superseded": 895, "rejected": {"a": 3, "b": 11}},
        "expired": ["2031-01-06"],
        "excluded": ["2031-04-28"],
    },
    "rules": {"passed": 41, "failed": 0, "not_run": 5},
}


def estimates(rows: int, *, price: float | None = None, borough: str = "Old|Town") -> pd.DataFrame:
    prices = [price or 50.0 + 10 * i for i in range(rows)]
    return pd.DataFrame(
        {
            "neighbourhood_group": borough,
            "room_type": "Grotto",
            "price": prices,
            "typical_price": [one + 4 for one in prices],
            "price_low": [one - 6 for one in prices],
            "price_high": [one + 9 for one in prices],
            "baseline_price": [one + 8 for one in prices],
            "known_host": [i % 2 == 0 for i in range(rows)],
        }
    )


def write(
    test: pd.DataFrame,
    validation: pd.DataFrame | None = None,
    *,
    pipeline: Any = ("nothing",),
    **origin: Any,
) -> str:
    model = SimpleNamespace(
        identity="feed" * 4,
        pipeline=pipeline,
        provenance=ORIGIN | origin,
        interval=SimpleNamespace(coverage=0.8),
        signature={"name": "str", "latitude": "float64"},
        price_range=(10.0, 350.0),
        versions={"python": "3.99", "numpy": "7.1"},
    )
    parts = {"validation": test if validation is None else validation, "test": test}
    flat, segments = flat_metrics(parts, 0.8), segment_metrics(parts, 0.8)
    return model_card(model, flat, segments, IMPORTANCE)  # type: ignore[arg-type]


def section(card: str, title: str) -> str:
    return card.split(f"\n## {title}\n")[1].split("\n## ", maxsplit=1)[0]


def cells(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[one.strip() for one in line.strip("| ").split(" | ")] for line in lines]


CARD = write(estimates(120), estimates(110))


def test_the_networks_of_a_model_are_counted(lake_network: PriceModel) -> None:
    """With the passes after which each was the best."""
    card = write(estimates(120), pipeline=lake_network.pipeline, estimator="neural_network")
    told = "The mean of 2 neural networks; best after 2, 2 passes over the listings."
    assert told in section(card, "Training")
    assert "neural" not in CARD


def test_the_card_has_what_a_reader_must_know() -> None:
    """Each subject is a section, in this order."""
    titles = re.findall(r"^## (.+)$", CARD, flags=re.MULTILINE)
    assert titles == [
        "Intended use",
        "Data",
        "Training",
        "How good it is",
        "By borough, room type and host",
        "What it looks at",
        "Limits",
        "Questions about bias",
        "Versions",
    ]
    assert "Atlantis" in CARD.splitlines()[0]
    assert "feed" * 4 in CARD


def test_the_data_are_those_that_made_the_model() -> None:
    """Source, drops and their accounts, what expired, what was excluded, rules, digest."""
    data = section(CARD, "Data")
    for told in ("Dug out of the sea.", "2031-05-05 to 2031-05-12", "1191 listings", "d" * 16,
                 "3 a, 11 b", "2031-01-06", "2031-04-28", "41 rules passed",
                 "5 not run"):  # fmt: skip
        assert told in data
    assert cells(data)[2:] == [
        ["2031-05-05", "900", "1", "895", "4"],
        ["2031-05-12", "1200", "1190", "0", "10"],
    ]


@pytest.mark.parametrize("source", [None, ""])
def test_a_source_that_nobody_stated_is_told(source: str | None) -> None:
    """Silence would read as if the data needed none."""
    assert "Source: not stated" in section(write(estimates(9), source=source), "Data")


def test_the_parameters_are_those_of_the_training() -> None:
    """Estimator, split, both numbers of listings, and every parameter that made it."""
    training = section(CARD, "Training")
    for told in ("Ridge", "split seed 99", "15 %", "25 %", "811", "233", "1044"):
        assert told in training
    assert cells(training)[2:] == [
        ["estimator.alpha", "3.25"],
        ["features.folds", "4"],
        ["seed", "17"],
    ]


@pytest.mark.parametrize(
    ("estimator", "weight", "told"),
    [
        ("gradient_boosting", 0.35, True),
        ("gradient_boosting", 0, False),
        ("linear", 0.35, False),
    ],
)
def test_a_blend_is_told_where_there_is_one(estimator: str, weight: float, *, told: bool) -> None:
    """Only boosted trees are blended, and only with a weight."""
    parameters = {"estimator": {}, "kernel": {"weight": weight}}
    card = write(estimates(9), estimator=estimator, parameters=parameters)
    assert ("35% of the say" in card) == told


def test_the_promise_of_the_intervals_is_told_as_it_is() -> None:
    """The model that is shipped gave up split conformal's exact promise."""
    assert "split conformal's exact promise" in section(CARD, "Training")
    quality = section(CARD, "How good it is")
    assert "test metrics are those of the model that is shipped" in quality
    assert "Validation metrics are those of the first model" in quality


def test_metrics_of_both_parts_stand_beside_the_baseline() -> None:
    """With the error on hosts that training never saw, and the interval score."""
    rows = {row[0]: row[1:] for row in cells(section(CARD, "How good it is"))}
    assert rows["metric"] == ["test", "validation"]
    assert rows["listings"] == ["120", "110"]
    assert rows["MAE, ATL"] == ["4.00", "4.00"]
    assert rows["MAE of the baseline, ATL"] == ["8.00", "8.00"]
    assert rows["listings of new hosts"] == ["60", "55"]
    assert rows["MAE for new hosts, ATL"] == ["4.00", "4.00"]
    assert rows["share of prices in the 80% interval"] == ["100.0%", "100.0%"]
    assert rows["interval score (lower is better), ATL"] == ["15.0", "15.0"]


def test_segments_are_those_of_the_test() -> None:
    """A bar in a name does not break the table."""
    rows = cells(section(CARD, "By borough, room type and host"))
    assert rows[2][:4] == ["borough: Old\\|Town", "120", "4.0", "8.0"]
    assert [row[1] for row in rows[2:]] == ["120", "120", "60", "60"]
    assert len({len(row) for row in rows}) == 1


def test_importance_has_its_spread() -> None:
    """Mean and standard deviation over the shuffles."""
    assert cells(section(CARD, "What it looks at"))[2] == [
        "place",
        "latitude, longitude",
        "7.12 ± 0.40",
    ]


def test_bias_names_the_segments_to_look_at() -> None:
    """Best and worst, those off their coverage, those too small to judge."""
    uneven = pd.concat([estimates(110, price=100.0), estimates(99, price=50.0, borough="New Town")])
    uneven.loc[uneven["neighbourhood_group"] == "New Town", "price_high"] = 40.0
    bias = section(write(uneven), "Questions about bias")
    assert "from 4 % (Old|Town) to 8 % (New Town)" in bias
    assert "New Town (0%)" in bias
    assert "New Town (99)" in bias
    assert "Old|Town (110)" not in bias


@pytest.mark.parametrize(
    ("coverage_hit", "named"), [(80, False), (85, False), (86, True), (75, False), (74, True)]
)
def test_a_segment_is_off_beyond_the_tolerance(coverage_hit: int, *, named: bool) -> None:
    """More than five points from the wanted coverage; five are not more."""
    test = estimates(100, price=100.0)
    test.loc[test.index >= coverage_hit, "price_high"] = 99.0
    bias = section(write(test), "Questions about bias")
    assert (f"Old|Town ({coverage_hit}%)" in bias) == named


@pytest.mark.parametrize(("rows", "named"), [(99, True), (100, False), (101, False)])
def test_a_segment_is_small_below_its_fewest_listings(rows: int, *, named: bool) -> None:
    """A hundred are enough to judge."""
    assert (
        f"Old|Town ({rows})" in section(write(estimates(rows)), "Questions about bias")
    ) == named


@pytest.mark.parametrize(
    "test",
    [
        estimates(50, price=100.0),
        estimates(1),
        estimates(2).assign(typical_price=float("nan")),
        estimates(50).assign(typical_price=lambda rows: rows["price"]),
        estimates(50).assign(baseline_price=lambda rows: rows["price"]),
    ],
    ids=["one price for all", "one listing", "nothing priced", "no error", "perfect baseline"],
)
def test_what_cannot_be_measured_breaks_no_card(test: pd.DataFrame) -> None:
    """It is told as a dash, never as nan, inf or None."""
    card = write(test)
    assert not re.search(r"\b(nan|inf|None)\b", card)
    assert "## Versions" in card


def test_listings_that_were_not_priced_are_told() -> None:
    """They are in no metric, so the reader must know how many there were."""
    test = estimates(20)
    test.loc[:2, "typical_price"] = float("nan")
    assert "3 test listings were not priced" in section(write(test), "Limits")
    assert "listings were not priced" not in CARD


def test_every_estimator_can_be_told_in_words() -> None:
    """A new one needs its sentence."""
    assert set(ESTIMATORS) == set(get_args(EstimatorName))


def test_the_same_inputs_give_the_same_text() -> None:
    """Nothing in it is of the day or the machine; it ends in one line end."""
    assert write(estimates(120), estimates(110)) == CARD
    assert CARD.endswith("numpy 7.1\n")


def test_a_cell_of_a_table_stays_one_cell() -> None:
    """Line ends and bars in a text of the data do not make rows or columns."""
    assert table(["a"], [["x\ny|z"]]).splitlines()[2] == r"| x y\|z |"
