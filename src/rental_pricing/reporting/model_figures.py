"""Figures that show where the model is right and where it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rental_pricing.reporting.figures import (
    BLUE,
    GREY,
    LOW_TO_HIGH,
    ORANGE,
    Figure,
    Panel,
    axis_title,
    evenly,
    figure,
    plain,
    rounded,
)

if TYPE_CHECKING:
    import pandas as pd

_GROUPS, _LEAST_LISTINGS = 25, 5
_ERROR_BINS = 50
_CELLS = 45
"""Cells of the map from west to east."""


def predicted_against_actual(estimates: pd.DataFrame, unit: str) -> Figure:
    """Draw the estimates over the prices, and the errors.

    Of very many listings, some are drawn, evenly from the cheapest to the dearest; lines and
    bars are of all.

    Args:
        estimates: ``price`` and ``typical_price``; rows without an estimate are left out.
        unit: Of prices, for the labels.
    """
    priced = estimates.dropna(subset=["typical_price"]).sort_values("price", kind="stable")
    price = priced["price"].to_numpy(dtype="float64")
    typical = priced["typical_price"].to_numpy(dtype="float64")
    over = Panel(
        f"{len(priced):,} test listings; orange: median, and 10 to 90 % of them",
        [*_cloud(price, typical), *_quantiles(price, typical)] if len(priced) else [],
        axis_title(f"price, {unit}"),
        axis_title(f"typical price estimated, {unit}"),
    )
    errors = Panel(
        _error_title(typical - price, unit),
        [_errors(typical - price)] if len(priced) else [],
        axis_title(f"estimate minus price, {unit}"),
        axis_title("listings"),
    )
    return figure([over, errors], columns=2, row=440)


def _cloud(price: np.ndarray, typical: np.ndarray) -> list[dict[str, Any]]:
    rows = evenly(len(price))
    return [
        {
            "type": "scatter", "mode": "markers", "name": "listing",
            "x": rounded(price[rows]), "y": rounded(typical[rows]),
            "marker": {"color": BLUE, "size": 5, "opacity": 0.35},
            "hovertemplate": "price %{x}<br>estimate %{y}<extra></extra>",
        },
        {
            "type": "scatter", "mode": "lines", "name": "price", "hoverinfo": "skip",
            "x": rounded(price[[0, -1]]), "y": rounded(price[[0, -1]]),
            "line": {"color": GREY, "width": 1},
        },
    ]  # fmt: skip


def _quantiles(price: np.ndarray, typical: np.ndarray) -> list[dict[str, Any]]:
    groups = np.array_split(np.arange(len(price)), min(_GROUPS, len(price) // _LEAST_LISTINGS or 1))
    middle = rounded([float(np.median(price[rows])) for rows in groups])
    return [
        {
            "type": "scatter", "mode": "lines", "name": name, "x": middle,
            "y": rounded([float(np.quantile(typical[rows], share)) for rows in groups]),
            "line": {"color": ORANGE, "width": 2, "dash": dash},
            "hovertemplate": f"{name} %{{y}} at price %{{x}}<extra></extra>",
        }
        for name, share, dash in (("10 %", 0.1, "dot"), ("median", 0.5, "solid"),
                                  ("90 %", 0.9, "dot"))
    ]  # fmt: skip


def _errors(error: np.ndarray) -> dict[str, Any]:
    end = max(float(np.quantile(np.abs(error), 0.995)), 1.0)
    counts, edges = np.histogram(error, bins=_ERROR_BINS, range=(-end, end))
    width = float(edges[1] - edges[0])
    return {
        "type": "bar", "name": "listings", "x": rounded((edges[:-1] + edges[1:]) / 2),
        "y": counts.tolist(), "width": round(width, 3), "marker": {"color": BLUE},
        "hovertemplate": "%{y} listings around %{x}<extra></extra>",
    }  # fmt: skip


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
    priced = estimates.dropna(subset=["typical_price"])
    error = (priced["typical_price"] - priced["price"]).to_numpy(dtype="float64")
    traces, ratio = [], 1.0
    if len(priced):
        limit = round(max(float(np.quantile(np.abs(error), 0.9)), 1.0), 1)
        ratio = round(1 / float(np.cos(np.radians(priced["latitude"].mean()))), 3)
        traces = [_cells(priced, error, ratio, limit, unit)]
    panel = Panel(
        "Estimates too high (red) or too low (blue): median of each place",
        traces,
        {"showgrid": False, "zeroline": False, "constrain": "domain",
         **axis_title("longitude, degrees")},
        {"showgrid": False, "zeroline": False, "scaleanchor": "x", "scaleratio": ratio,
         "constrain": "domain", **axis_title("latitude, degrees")},
    )  # fmt: skip
    return figure([panel], row=620, cells=_CELLS)


def _cells(
    priced: pd.DataFrame, error: np.ndarray, ratio: float, limit: float, unit: str
) -> dict[str, Any]:
    east, north = (priced[name].to_numpy(dtype="float64") for name in ("longitude", "latitude"))
    side = max(float(np.ptp(east)) / _CELLS, 1e-4)
    step = np.array([side, side / ratio])  # as wide as high
    cells = np.floor(np.column_stack([east, north]) / step).astype("int64")
    places, inverse = np.unique(cells, axis=0, return_inverse=True)
    inverse = inverse.ravel()
    order = np.argsort(inverse, kind="stable")
    groups = np.split(error[order], np.cumsum(np.bincount(inverse))[:-1])
    centres = (places + 0.5) * step
    return {
        "type": "scatter", "mode": "markers", "name": "place",
        "x": rounded(centres[:, 0], 4), "y": rounded(centres[:, 1], 4),
        "customdata": [len(group) for group in groups],
        "marker": {
            "symbol": "square", "size": 9, "color": rounded([float(np.median(g)) for g in groups]),
            "colorscale": LOW_TO_HIGH, "cmin": -limit, "cmax": limit,
            "colorbar": {"title": {"text": plain(unit.partition(" ")[0])},
                         "thickness": 12, "outlinewidth": 0},
        },
        "hovertemplate": "%{marker.color:+.0f} of %{customdata} listings<extra></extra>",
    }  # fmt: skip


def importance_bars(importance: pd.DataFrame, unit: str) -> Figure:
    """Draw how much worse the model gets without what a group of columns says.

    Args:
        importance: ``group``, ``columns``, ``mae_increase`` and ``std``, most important first.
        unit: Of prices, for the label.
    """
    rows = importance.iloc[::-1]
    bars = {
        "type": "bar", "orientation": "h", "name": "increase",
        "x": rounded(rows["mae_increase"]), "y": [plain(group) for group in rows["group"]],
        "error_x": {"type": "data", "array": rounded(rows["std"]), "color": GREY, "thickness": 1.5},
        "marker": {"color": BLUE},
        "customdata": [plain(columns) for columns in rows["columns"]],
        "hovertemplate": "%{x} ± %{error_x.array}: %{customdata}<extra></extra>",
    }  # fmt: skip
    title = axis_title(f"increase of the MAE when shuffled, {unit}")
    return figure([Panel("What the model looks at", [bars], title)], row=320)


def segment_errors(segments: pd.DataFrame, unit: str) -> Figure:
    """Draw the error and the coverage of the intervals by borough, room type and host.

    Args:
        segments: Metrics by part and segment; those of the test are drawn.
        unit: Of prices, for the label.
    """
    rows = segments[segments["part"] == "test"].iloc[::-1]
    names = [plain(value) for value in rows["value"]]

    def dots(column: str, label: str, colour: str, scale: float = 1) -> dict[str, Any]:
        return {
            "type": "scatter", "mode": "markers", "name": label,
            "x": rounded(rows[column].to_numpy(dtype="float64") * scale, 1), "y": names,
            "marker": {"color": colour, "size": 9}, "customdata": rows["rows"].tolist(),
            "hovertemplate": f"%{{y}}: {label} %{{x}} of %{{customdata}} listings<extra></extra>",
        }  # fmt: skip

    where = {"type": "category", "categoryarray": list(dict.fromkeys(names))}
    errors = [
        dots("baseline_mae", "MAE of the median by borough and room type", GREY),
        dots("mae", "MAE of the model", BLUE),
    ]
    return figure(
        [
            Panel("Error by segment; grey: the baseline's", errors,
                  {"rangemode": "tozero", **axis_title(f"MAE, {unit}")}, where),
            Panel("Prices inside of their intervals",
                  [dots("interval_coverage", "inside", ORANGE, 100)],
                  axis_title("% of the listings"), where),
        ],
        columns=2,
        row=max(300, 26 * len(set(names)) + 80),
    )  # fmt: skip
