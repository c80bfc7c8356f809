"""The trials of a search in one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rental_pricing.reporting.figures import BLUE, GREY, ORANGE, RED, Figure, Panel, figure, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX, _MAE = "params.", "scores.mae"
_MARKED = {"present": RED, "best": ORANGE, "simplest": BLUE}
_SHADES = ("#2a9d6f", "#6fae8c", "#a3ad72", "#b99a57", "#b98657")
"""From the best fifth of the errors to the worst."""

_MIDDLE = 0.5
_MOST_POINTS = 4_500
_WIDE = 8.0  # a range whose ends have at least this ratio is shown on a logarithmic scale


def parallel_coordinates(trials: pd.DataFrame, result: Mapping[str, Any]) -> Figure:
    """Draw each trial as a line through an axis a parameter, and one for its error.

    Each axis goes from the lowest to the highest value that was tried. Pruned and failed
    trials are thin grey lines that end before the error. The greener, the better. They are
    plain scatters: Plotly's own parallel coordinates are not in its basic bundle.

    Args:
        trials: ``params.<name>``, ``scores.mae`` and ``name``.
        result: Names of the present configuration, the best and the simplest; currency.
    """
    names = [*(str(name) for name in trials if str(name).startswith(_PREFIX)), _MAE]
    searched, trials = len(trials), _drawn(trials, result, _MOST_POINTS // (len(names) + 1))
    placed = [_placed(trials[name]) for name in names]
    heights = np.column_stack([where for where, _ in placed])
    told = [_told(row, names) for _, row in trials.iterrows()]
    traces = [
        _lines(heights[rows], [told[row] for row in rows], label, look)
        for label, rows, look in _groups(heights)
    ]
    for what, colour in reversed(_MARKED.items()):
        (row,) = np.flatnonzero(trials["name"] == result[what]["name"])
        label = f"{what}: {result[what]['mae']:.2f} ({result[what]['name']})"
        look = {"mode": "lines+markers", "line": {"color": colour, "width": 3}, "showlegend": True}
        traces.append(_lines(heights[[row]], [told[row]], label, look))
    unit = f"{result['currency']} per night"
    some = "Trials" if len(trials) == searched else f"The best {len(trials)} of {searched} trials"
    return figure(
        [
            Panel(
                f"{some} of {result['estimator']}, cross-validated MAE in {unit}",
                [*traces, *_ends([ends for _, ends in placed])],
                {"tickvals": list(range(len(names))), "showgrid": True,
                 "ticktext": [*(plain(each.removeprefix(_PREFIX)) for each in names[:-1]), "MAE"],
                 "range": [-0.4, len(names) - 0.6], "zeroline": False},
                {"visible": False, "range": [-0.14, 1.14]},
            )
        ],
        row=440,
        showlegend=True,
    )  # fmt: skip


def _drawn(trials: pd.DataFrame, result: Mapping[str, Any], most: int) -> pd.DataFrame:
    """Return the best trials, as many as can be drawn, and those that are marked."""
    best = trials.sort_values(_MAE, kind="stable", na_position="last").index[:most]
    marked = trials["name"].isin({result[what]["name"] for what in _MARKED})
    return trials[marked | trials.index.isin(best)].reset_index(drop=True)


def _groups(heights: np.ndarray) -> list[tuple[str, np.ndarray, dict[str, Any]]]:
    """Return the trials by how good they are, those without an error first: drawn below."""
    error = heights[:, -1]
    shade = np.clip(np.nan_to_num(error, nan=0) * len(_SHADES), 0, len(_SHADES) - 1).astype("int64")
    shade[np.isnan(error)] = -1
    looks = {-1: ("pruned or failed", GREY, 0.7)} | {
        number: ("trial", colour, 1.3) for number, colour in enumerate(_SHADES)
    }
    return [
        (label, np.flatnonzero(shade == number),
         {"mode": "lines", "line": {"color": colour, "width": width}, "opacity": 0.65})
        for number, (label, colour, width) in sorted(looks.items())
        if (shade == number).any()
    ]  # fmt: skip


def _lines(
    heights: np.ndarray, told: list[str], label: str, look: Mapping[str, Any]
) -> dict[str, Any]:
    """Draw trials in one trace, with a gap after each."""
    count, axes = heights.shape
    with_gaps = np.column_stack([heights, np.full(count, np.nan)]).ravel()
    return {
        "type": "scatter", "name": plain(label), "showlegend": False, **look,
        "x": [*range(axes), None] * count,
        "y": [None if np.isnan(value) else round(float(value), 4) for value in with_gaps],
        "text": [text for text in told for _ in range(axes + 1)],
        "hovertemplate": "%{text}<extra></extra>",
    }  # fmt: skip


def _told(trial: pd.Series[Any], names: list[str]) -> str:
    """Return a trial's values, one a line."""
    lines = [f"{name.removeprefix(_PREFIX)}: {trial[name]}" for name in names[:-1]]
    error = trial[_MAE]
    lines.append("no error" if pd.isna(error) else f"MAE: {error:.2f}")
    return "<br>".join(plain(line) for line in [trial["name"], *lines])


def _placed(column: pd.Series[Any]) -> tuple[np.ndarray, list[tuple[float, str]]]:
    """Return where the values of an axis stand, 0 to 1, and what to write where."""
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype="float64")
    if not np.array_equal(np.isnan(numbers), column.isna()):
        words = column.astype("object").where(column.notna(), "null").astype("str")
        known = sorted(set(words))
        last = max(len(known) - 1, 1)
        places = words.map(known.index).to_numpy(dtype="float64") / last
        return places, [(number / last, word) for number, word in enumerate(known)]
    low, high = float(np.nanmin(numbers)), float(np.nanmax(numbers))
    ends = [(-0.07, f"{low:.4g}"), (1.07, f"{high:.4g}")]
    if low > 0 and high / low >= _WIDE:
        numbers, low, high = np.log(numbers), np.log(low), np.log(high)
    return (numbers - low) / (high - low or 1.0), ends


def _beside(height: float) -> str:
    """Return where a text is not drawn over by the lines that meet there."""
    if not 0 <= height <= 1:
        return "middle center"
    return "top center" if height > _MIDDLE else "bottom center"


def _ends(axes: list[list[tuple[float, str]]]) -> list[dict[str, Any]]:
    """Write at each axis what its ends, or its words, are."""
    at = [(place, height, text) for place, ends in enumerate(axes) for height, text in ends]
    return [
        {
            "type": "scatter", "mode": "text", "name": "values", "showlegend": False,
            "hoverinfo": "skip", "x": [place for place, _, _ in at],
            "y": [round(height, 4) for _, height, _ in at],
            "text": [plain(text) for _, _, text in at], "textfont": {"size": 11},
            "textposition": [_beside(height) for _, height, _ in at],
        }
    ]  # fmt: skip
