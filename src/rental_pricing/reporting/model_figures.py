"""Figures that show where the model is right and where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rental_pricing.reporting.figures import BLUE, GREY, ORANGE, panels, tidy

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_LEAST_LISTINGS = 5
_ERROR_AT_FULL_COLOUR = 60.0


def predicted_against_actual(estimates: pd.DataFrame, unit: str) -> Figure:
    """Draw the test listings' estimates over their prices, with the intervals' band."""
    figure, (scatter, errors) = panels(1, 2, size=(4.9, 5.8))
    price, typical = estimates["price"], estimates["typical_price"]
    scatter.hexbin(price, typical, gridsize=45, cmap="Blues", bins="log", mincnt=1)
    ends = [float(price.min()), float(price.max())]
    scatter.plot(ends, ends, color=GREY, lw=1)
    alike = estimates.groupby(price.round(-1))["typical_price"]
    enough = alike.size() >= _LEAST_LISTINGS
    for share, style in ((0.1, ":"), (0.5, "-"), (0.9, ":")):
        line = alike.quantile(share)[enough]
        scatter.plot(line.index, line, color=ORANGE, lw=1.4, ls=style)
    tidy(
        scatter,
        f"{len(estimates)} test listings; orange: median and 10-90 % of the estimates",
        f"price, {unit}",
        f"typical price estimated, {unit}",
    )
    residual = typical - price
    errors.hist(residual, bins=list(range(-250, 251, 10)), color=BLUE, alpha=0.75)
    errors.axvline(0, color=GREY, lw=1)
    tidy(
        errors,
        f"Error: median {residual.median():+.0f}, mean {residual.mean():+.1f} {unit}",
        f"estimate minus price, {unit}",
        "listings",
    )
    return figure


def residual_map(estimates: pd.DataFrame, unit: str) -> Figure:
    """Draw the test listings' errors on a map: median of each cell of about 1 km."""
    figure, (axis,) = panels(1, 1, size=(7.6, 6.8))
    limit = _ERROR_AT_FULL_COLOUR
    cells = axis.hexbin(
        estimates["longitude"],
        estimates["latitude"],
        C=estimates["typical_price"] - estimates["price"],
        reduce_C_function=np.median,
        gridsize=42,
        mincnt=1,
        cmap="RdBu_r",
        vmin=-limit,
        vmax=limit,
        linewidths=0.2,
    )
    axis.set_aspect(1 / np.cos(np.radians(float(estimates["latitude"].mean()))))
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
    """Draw how much worse the model gets without what a column says."""
    figure, (axis,) = panels(1, 1, size=(7.2, 4.2))
    rows = importance.iloc[::-1]
    axis.barh(rows["column"], rows["mae_increase"], xerr=rows["std"], color=BLUE, ecolor=GREY)
    tidy(axis, "Importance of the raw columns", f"increase of the MAE when shuffled, {unit}")
    return figure
