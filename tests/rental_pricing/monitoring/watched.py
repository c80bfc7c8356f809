"""A model, and the delivery of the week after: what the tests of the monitoring change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rental_pricing.engine.pieces import Pieces
from rental_pricing.listings.collecting import collect_rows
from rental_pricing.listings.selection import choose_rows
from rental_pricing.monitoring.report import monitor
from rental_pricing.pipelines.modeling.nodes import split_listings, train_price_model
from rental_pricing.quality.deliveries import Delivery, profile_drops

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from rental_pricing.listings.selection import LoadDrop
    from rental_pricing.model.price_model import PriceModel

FIRST, SECOND = "2024-01-08", "2024-01-15"


@dataclass(frozen=True)
class World:
    """What the monitoring sees in the week after a model was made.

    Attributes:
        typed: Date to what loads the typed drop.
        model: Learnt from the first week.
        parameters: The typed blocks of ``conf/base``.
    """

    typed: Mapping[str, LoadDrop]
    model: PriceModel
    parameters: Mapping[str, Any]

    @property
    def listings(self) -> pd.DataFrame:
        """The listings of both weeks."""
        return collect_rows(self.typed, choose_rows(self.typed)).listings.whole()

    def deliveries(self) -> dict[str, Delivery]:
        """Profiles and accounts of both weeks."""
        market, quality = self.parameters["market"], self.parameters["data_validation"]
        return dict(profile_drops(self.typed, market=market.identity, parameters=quality))

    def changed(self, change: Callable[[pd.DataFrame], pd.DataFrame]) -> World:
        """Return the same world with another newest delivery."""
        newest = max(self.typed)
        before = self.typed[newest]()
        now = change(before.copy())
        now.attrs = before.attrs

        def load(columns: Any = None) -> pd.DataFrame:
            return now.copy() if columns is None else now[list(columns)]  # attrs may be emptied

        return replace(self, typed={**self.typed, newest: load})

    def with_limits(self, **monitoring: Any) -> World:
        """Return the same world with other limits; blocks are merged."""
        block = self.parameters["monitoring"]
        given = block.model_dump()
        for name, value in monitoring.items():
            given[name] = given[name] | value if isinstance(value, dict) else value
        return replace(self, parameters={**self.parameters, "monitoring": type(block)(**given)})

    def report(self, earlier: pd.DataFrame | None = None) -> dict[str, Any]:
        """Monitor the newest delivery."""
        return monitor(
            Pieces.of(self.listings),
            self.typed,
            self.deliveries(),
            self.model,
            earlier,
            self.parameters["market"],
            self.parameters["data_validation"],
            self.parameters["monitoring"],
        )


def failed(report: Mapping[str, Any]) -> set[str]:
    """Return the names of the broken rules."""
    return {check["name"] for check in report["checks"] if check["status"] == "failed"}


def outcome(report: Mapping[str, Any], name: str, column: str | None = None) -> dict[str, Any]:
    """Return how a rule came out."""
    (found,) = [c for c in report["checks"] if c["name"] == name and c["column"] == column]
    return dict(found)


def learnt(first: str, load: LoadDrop, parameters: Mapping[str, Any], estimator: str) -> PriceModel:
    """Train a model on one drop, as ``modeling`` does.

    Args:
        first: Its date.
        load: Loads its typed rows.
        parameters: The typed blocks of ``conf/base``.
        estimator: Name of the estimator.
    """
    typed = {first: load}
    collected = collect_rows(typed, choose_rows(typed))
    market, digest = parameters["market"], collected.digest
    modeling = parameters["modeling"].model_copy(update={"estimator": estimator})
    told = {"as_of": first, "expired": [], "excluded": [], "market": market.identity}
    processing = {"listings_digest": digest, **told, **collected.account}
    validation = {"digest": digest, "market": market.identity, "passed": True, "checks": []}
    validation["rows"] = collected.account["total"]["kept"]
    train, valid, _ = split_listings(collected.listings, validation, market, modeling)
    model, _ = train_price_model(
        train, valid, processing, validation, market,
        parameters["data_processing"], parameters["data_validation"], modeling,
    )  # fmt: skip
    return model


def mixed(column: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Mix a column among the accepted rows: by itself it stays as it was."""

    def change(rows: pd.DataFrame) -> pd.DataFrame:
        accepted = np.flatnonzero(rows["reason"].isna())
        order = np.arange(len(rows))
        order[accepted] = np.random.default_rng(1).permutation(accepted)
        rows[column] = rows[column].take(order).array
        return rows

    return change


def dearer(factor: float) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Change all prices; what is above the market's range is set aside."""

    def change(rows: pd.DataFrame) -> pd.DataFrame:
        rows["price"] *= factor
        above = rows["price"] > 350
        rows.loc[above & rows["reason"].isna(), ["reason", "detail"]] = "price_out_of_range"
        return rows

    return change
