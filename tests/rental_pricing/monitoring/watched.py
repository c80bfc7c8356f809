"""A model, and the delivery of the week after: what the tests of the monitoring change."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rental_pricing.listings.collecting import collect_rows
from rental_pricing.listings.selection import choose_rows
from rental_pricing.monitoring.report import monitor
from rental_pricing.quality.deliveries import Delivery, profile_drops

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from rental_pricing.listings.selection import LoadDrop
    from rental_pricing.model.price_model import PriceModel

FIRST, SECOND = "2024-01-08", "2024-01-15"


@dataclass(frozen=True)
class World:
    """What the monitoring sees in the second week.

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
        listings: pd.DataFrame = collect_rows(self.typed, choose_rows(self.typed))[0]
        return listings

    def deliveries(self) -> dict[str, Delivery]:
        """Profiles and accounts of both weeks."""
        market, quality = self.parameters["market"], self.parameters["data_validation"]
        return dict(profile_drops(self.typed, market=market.identity, parameters=quality))

    def changed(self, change: Callable[[pd.DataFrame], pd.DataFrame]) -> World:
        """Return the same world with another newest delivery."""
        before = self.typed[SECOND]()
        now = change(before.copy())
        now.attrs = before.attrs

        def load(columns: Any = None) -> pd.DataFrame:
            return now.copy() if columns is None else now[list(columns)]  # attrs may be emptied

        return replace(self, typed={**self.typed, SECOND: load})

    def with_limits(self, **monitoring: Any) -> World:
        """Return the same world with other limits; blocks are merged."""
        block = self.parameters["monitoring"]
        given = block.model_dump()
        for name, value in monitoring.items():
            given[name] = given[name] | value if isinstance(value, dict) else value
        return replace(self, parameters={**self.parameters, "monitoring": type(block)(**given)})

    def report(self, earlier: pd.DataFrame | None = None) -> dict[str, Any]:
        """Monitor the second week."""
        return monitor(
            self.listings,
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
