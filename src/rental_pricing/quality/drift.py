"""Rules that compare one profile with another: of the previous drop, or a reference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rental_pricing.quality import drift_of_places as places
from rental_pricing.quality import drift_of_prices as prices
from rental_pricing.quality import drift_of_values as values
from rental_pricing.quality.check import Check, Outcome
from rental_pricing.quality.profile import BOROUGH, NEIGHBOURHOOD, ROOM_TYPE

if TYPE_CHECKING:
    from rental_pricing.quality.parameters import DriftParameters
    from rental_pricing.quality.profile import Profile

_RULES = {
    "divergence": "shares (Kullback-Leibler divergence, nats)",
    "two_sample": "spread of the values (Kolmogorov-Smirnov distance D)",
    "correlations": "correlations of the numeric columns (largest change)",
    "own_place_titles": "share of titles that name their neighbourhood (as a ratio)",
    "missing_change": "share of missing values of each column (largest change)",
    "median_price": "median price (relative change)",
    "median_price_by_cell": "median by borough and room type (largest relative change)",
    "mean_place": "mean place of each borough (largest distance, km)",
    "moved_neighbourhoods": "share of rows whose neighbourhood is in another borough",
    "new_neighbourhoods": "share of rows in new neighbourhoods",
}


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What is compared with what.

    Attributes:
        now: Profile that is judged.
        then: Profile that it is compared with: of the same market, with the same bins;
            ``None`` if there is none.
        against: What ``then`` is, in words.
        drop: Date of the delivery that is judged; ``None`` for the listings as a whole.
    """

    now: Profile
    then: Profile | None
    against: str
    drop: str | None = None


def drift_checks(compared: Comparison, parameters: DriftParameters) -> list[Check]:
    """Compare two profiles by every rule.

    With nothing to compare with, or too few rows on a side, each rule is reported as not
    run.
    """
    return [
        Check(
            name=name,
            kind="drift",
            drop=compared.drop,
            column=column,
            rule=f"{_RULES[name]}, compared with {compared.against}",
            outcome=outcome,
        )
        for (name, column), outcome in _outcomes(compared, parameters).items()
    ]


def _outcomes(
    compared: Comparison, parameters: DriftParameters
) -> dict[tuple[str, str | None], Outcome]:
    now, then = compared.now, compared.then
    if then is None:
        return _not_run(now, "there is none")
    if (fewest := min(now.rows, then.rows)) < parameters.min_rows:
        return _not_run(now, f"{fewest} accepted rows, {parameters.min_rows} needed on both sides")
    return {
        ("divergence", BOROUGH): values.divergence(now, then, BOROUGH, parameters),
        ("divergence", ROOM_TYPE): values.divergence(now, then, ROOM_TYPE, parameters),
        **{
            ("two_sample", column): outcome
            for column, outcome in values.two_samples(now, then, parameters).items()
        },
        ("correlations", None): values.correlations(now, then, parameters),
        ("own_place_titles", "name"): places.titles(now, then, parameters),
        ("missing_change", None): values.missing(now, then, parameters.max_missing_change),
        ("median_price", "price"): prices.overall(now, then, parameters.max_median_change),
        ("median_price_by_cell", "price"): prices.by_cell(now, then, parameters),
        ("mean_place", None): places.means(now, then, parameters),
        ("moved_neighbourhoods", NEIGHBOURHOOD): places.moved(now, then, parameters),
        ("new_neighbourhoods", NEIGHBOURHOOD): places.new(now, then, parameters),
    }


def _not_run(now: Profile, reason: str) -> dict[tuple[str, str | None], Outcome]:
    columns: dict[str, list[str]] = {
        "divergence": [BOROUGH, ROOM_TYPE],
        "two_sample": list(now.numeric),
        "own_place_titles": ["name"],
        "median_price": ["price"],
        "median_price_by_cell": ["price"],
        "moved_neighbourhoods": [NEIGHBOURHOOD],
        "new_neighbourhoods": [NEIGHBOURHOOD],
    }
    return {
        (name, column): Outcome.not_run(reason)
        for name in _RULES
        for column in columns.get(name, [None])
    }
