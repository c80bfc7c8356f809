"""Prediction intervals by split conformal calibration."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


@dataclass(frozen=True)
class ConformalInterval:
    """Factors that widen an estimate into an interval.

    Errors are measured as ratios (price to estimate), because those of cheap and of
    dear homes are alike as ratios and not in dollars. Groups, such as room types, that
    err differently are calibrated on their own (Mondrian conformal prediction).

    Attributes:
        coverage: Share of prices that the interval is to hold, 0 to 1.
        by: Column whose values have factors of their own, or ``None``.
        overall: Lower and upper factor for every other value.
        groups: Lower and upper factor by value of ``by``.
    """

    coverage: float
    by: str | None
    overall: tuple[float, float]
    groups: Mapping[str, tuple[float, float]]

    @classmethod
    def calibrate(
        cls,
        price: np.ndarray,
        estimate: np.ndarray,
        group: pd.Series | None,
        *,
        coverage: float,
        min_group_rows: int,
    ) -> Self:
        """Learn the factors from listings that the model was not trained on.

        Args:
            price: True prices, shape (n,), above 0.
            estimate: Estimates for them, shape (n,), above 0.
            group: Group of each listing, or ``None``; its name is the column's.
            coverage: Share of prices to hold.
            min_group_rows: Groups with fewer listings use the factors of all.
        """
        ratio = np.asarray(price, dtype=float) / np.asarray(estimate, dtype=float)
        groups: dict[str, tuple[float, float]] = {}
        if group is not None:
            names = group.astype("str").to_numpy()
            for name in sorted(set(names[group.notna().to_numpy()])):
                inside = ratio[names == name]
                if len(inside) >= min_group_rows:
                    groups[str(name)] = _factors(inside, coverage)
        by = None if group is None else str(group.name)
        return cls(coverage, by, _factors(ratio, coverage), groups)

    def bounds(self, estimate: np.ndarray, listings: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return the lower and upper ends for estimates of shape (n,)."""
        factors = np.tile(np.array(self.overall), (len(estimate), 1))
        if self.by is not None:
            names = listings[self.by].astype("str").to_numpy()
            for name, own in self.groups.items():
                factors[names == name] = own
        return estimate * factors[:, 0], estimate * factors[:, 1]

    def to_dict(self) -> dict[str, Any]:
        """Return plain types, ready for JSON."""
        return {
            "coverage": self.coverage,
            "by": self.by,
            "overall": list(self.overall),
            "groups": {name: list(own) for name, own in self.groups.items()},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build from what :meth:`to_dict` returned."""
        low, high = data["overall"]
        groups = {name: (low_, high_) for name, (low_, high_) in data["groups"].items()}
        return cls(data["coverage"], data["by"], (low, high), groups)


def _factors(ratio: np.ndarray, coverage: float) -> tuple[float, float]:
    """Return the ends that leave half of the misses on each side.

    With n calibration ratios the k-th smallest, ``k = ceil((n + 1)(1 + coverage) / 2)``,
    and its mirror image hold a new ratio with at least the wanted probability (Vovk et
    al. 2005; Romano et al. 2019, eq. 9, one side at a time).
    """
    ordered = np.sort(ratio)
    rank = min(math.ceil((len(ordered) + 1) * (1 + coverage) / 2), len(ordered))
    return float(ordered[len(ordered) - rank]), float(ordered[rank - 1])
