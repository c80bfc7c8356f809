"""The trials of a search in one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib import colormaps

from rental_pricing.reporting.figures import BLUE, GREY, ORANGE, panels, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_PREFIX, _MAE = "params.", "scores.mae"
_MARKED = {"present": "black", "best": ORANGE, "simplest": BLUE}
_WIDE = 8.0  # a range whose ends have at least this ratio is shown on a logarithmic scale


def parallel_coordinates(trials: pd.DataFrame, result: Mapping[str, Any]) -> Figure:
    """Draw each trial as a line through an axis a parameter, and one for its error.

    Each axis goes from the lowest to the highest value that was tried. Pruned and failed
    trials are thin grey lines that end before the error. The darker, the better.

    Args:
        trials: ``params.<name>``, ``scores.mae`` and ``name``.
        result: Names of the present configuration, the best and the simplest; currency.
    """
    names = [str(name) for name in trials if str(name).startswith(_PREFIX)]
    figure, (axis,) = panels(1, 1, size=(1.5 * len(names) + 2.5, 4.6))
    axes = [*names, _MAE]
    lines = np.column_stack(
        [_draw_axis(axis, place, trials[name]) for place, name in enumerate(axes)]
    )
    x = np.arange(len(axes))
    for line in lines:
        pruned = np.isnan(line[-1])
        colour = GREY if pruned else colormaps["viridis"](0.9 * line[-1])
        axis.plot(x, line, color=colour, lw=0.6 if pruned else 1.1, alpha=0.6)
    for what, colour in reversed(_MARKED.items()):
        (row,) = np.flatnonzero(trials["name"] == result[what]["name"])
        label = f"{what}: {result[what]['mae']:.2f} ({result[what]['name']})"
        axis.plot(x, lines[row], color=colour, lw=2.4, marker="o", ms=4, label=label)
    unit = f"{result['currency']} per night"
    tidy(axis, f"Trials of {result['estimator']}, cross-validated MAE in {unit}")
    axis.set_xticks(x, [name.removeprefix(_PREFIX) for name in names] + ["MAE"])
    axis.set_yticks([])
    axis.set_xlim(-0.4, len(names) + 0.6)
    axis.set_ylim(-0.12, 1.12)
    axis.spines[["left", "bottom"]].set_visible(False)
    figure.legend(loc="outside lower left", ncols=3, fontsize=8, frameon=False)
    return figure


def _draw_axis(axis: Axes, place: int, column: pd.Series[Any]) -> np.ndarray:
    """Draw one axis with its ends, and return where its values stand, 0 to 1, shape (n,)."""
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype="float64")
    axis.axvline(place, color=GREY, lw=0.8, zorder=0)
    if not np.array_equal(np.isnan(numbers), column.isna()):
        words = column.astype("object").where(column.notna(), "null").astype("str")
        known = sorted(set(words))
        for number, word in enumerate(known):
            _write(axis, place, number / max(len(known) - 1, 1), word)
        return words.map(known.index).to_numpy(dtype="float64") / max(len(known) - 1, 1)
    low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
    _write(axis, place, -0.06, f"{low:.4g}")
    _write(axis, place, 1.05, f"{high:.4g}")
    if low > 0 and high / low >= _WIDE:
        numbers, low, high = np.log(numbers), np.log(low), np.log(high)
    return (numbers - low) / (high - low or 1.0)


def _write(axis: Axes, place: int, height: float, text: str) -> None:
    axis.text(place, height, text, fontsize=8, ha="center", va="center", color="#444444")
