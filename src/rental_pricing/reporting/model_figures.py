"""Figures that show where the model is right and where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rental_pricing.reporting.figures import BLUE, GREY, ORANGE, panels, tidy

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_GROUPS, _LEAST_LISTINGS = 25, 5
_ERROR_BINS = 50


def predicted_against_actual(estimates: pd.DataFrame, unit: str) -> Figure:
    """Draw the estimates over the prices, and the errors.

    Args:
        estimates: ``price`` and ``typical_price``; rows without an estimate are left out.
        unit: Of prices, for the labels.
    """
    figure, (scatter, errors) = panels(1, 2, size=(4.9, 5.8))
    priced = estimates.dropna(subset=["typical_price"]).sort_values("price", kind="stable")
    price, typical = priced["price"].to_numpy(), priced["typical_price"].to_numpy()
    if len(priced):
        _draw_scatter(scatter, price, typical)
        _draw_errors(errors, typical - price)
    tidy(
        scatter,
        f"{len(priced)} test listings; orange: median and 10-90 % of the estimates",
        f"price, {unit}",
        f"typical price estimated, {unit}",
    )
    tidy(errors, _error_title(typical - price, unit), f"estimate minus price, {unit}", "listings")
    return figure


def _draw_scatter(axis: Axes, price: np.ndarray, typical: np.ndarray) -> None:
    axis.hexbin(price, typical, gridsize=45, cmap="Blues", bins="log", mincnt=1)
    axis.plot(price[[0, -1]], price[[0, -1]], color=GREY, lw=1)
    groups = np.array_split(np.arange(len(price)), min(_GROUPS, len(price) // _LEAST_LISTINGS or 1))
    middle = [np.median(price[rows]) for rows in groups]
    for share, style in ((0.1, ":"), (0.5, "-"), (0.9, ":")):
        line = [np.quantile(typical[rows], share) for rows in groups]
        axis.plot(middle, line, color=ORANGE, lw=1.4, ls=style)


def _draw_errors(axis: Axes, error: np.ndarray) -> None:
    end = max(float(np.quantile(np.abs(error), 0.995)), 1.0)
    axis.hist(error, bins=_ERROR_BINS, range=(-end, end), color=BLUE, alpha=0.75)
    axis.axvline(0, color=GREY, lw=1)


def _error_title(error: np.ndarray, unit: str) -> str:
    if not len(error):
        return "No estimate"
    return f"Error: median {np.median(error):+.0f}, mean {error.mean():+.1f} {unit}"


def residual_map(estimates: pd.DataFrame, unit: str) -> Figure:
    """Draw the errors on a map: median of each cell of about 1 km.

    Args:
        estimates: ``longitude``, ``latitude``, ``price`` and ``typical_price``; rows
            without an estimate are left out.
        unit: Of prices, for the labels.
    """
    figure, (axis,) = panels(1, 1, size=(7.6, 6.8))
    priced = estimates.dropna(subset=["typical_price"])
    error = (priced["typical_price"] - priced["price"]).to_numpy()
    if len(priced):
        limit = max(float(np.quantile(np.abs(error), 0.9)), 1.0)
        cells = axis.hexbin(
            priced["longitude"],
            priced["latitude"],
            C=error,
            reduce_C_function=np.median,
            gridsize=42,
            mincnt=1,
            cmap="RdBu_r",
            vmin=-limit,
            vmax=limit,
            linewidths=0.2,
        )
        axis.set_aspect(1 / np.cos(np.radians(float(priced["latitude"].mean()))))
        bar = figure.colorbar(cells, ax=axis, shrink=0.75, extend="both")
        bar.set_label(f"median of estimate minus price, {unit}", fontsize=8)
        bar.ax.tick_params(labelsize=8)
    tidy(
        axis,
        "Where the estimates are too high (red) and too low (blue), test listings",
        "longitude, degrees",
        "latitude, degrees",
    )
    return figure


def importance_bars(importance: pd.DataFrame, unit: str) -> Figure:
    """Draw how much worse the model gets without what a group of columns says.

    Args:
        importance: ``group``, ``mae_increase`` and ``std``, most important first.
        unit: Of prices, for the label.
    """
    figure, (axis,) = panels(1, 1, size=(7.2, 3.2))
    rows = importance.iloc[::-1]
    axis.barh(rows["group"], rows["mae_increase"], xerr=rows["std"], color=BLUE, ecolor=GREY)
    tidy(axis, "What the model looks at", f"increase of the MAE when shuffled, {unit}")
    return figure
