"""How far the newest delivery has moved, and how the weeks went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rental_pricing.reporting.figures import (
    BLUE,
    GREY,
    MODELS,
    ORANGE,
    RED,
    Figure,
    Panel,
    axis_title,
    figure,
    plain,
    rounded,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PANELS_IN_A_ROW = 4
_COLOURS = {"none": BLUE, "moderate": ORANGE, "large": RED}
_WEEKS, _MODELS = 52, 6


def drift_figure(report: Mapping[str, Any]) -> Figure:
    """Draw the population stability index of each column, and where each has moved.

    Args:
        report: The drift report.
    """
    columns = report["columns"]
    title = (
        f"Delivery {report['delivery']} (blue) against what model {report['model']} "
        f"learnt from (grey, newest {report['model_data']}); shares in %"
    )
    panels = [_indices(columns), *(_groups(column) for column in columns)]
    return figure(panels, columns=_PANELS_IN_A_ROW, row=270, title=title)


def _indices(columns: list[Mapping[str, Any]]) -> Panel:
    shown = columns[::-1]
    names = [plain(each["column"]) for each in shown]
    bars = {
        "type": "bar", "orientation": "h", "name": "index", "y": names,
        "x": rounded([each["index"] for each in shown], 4),
        "marker": {"color": [_COLOURS[each["shift"]] for each in shown]},
        "customdata": [each["shift"] for each in shown],
        "hovertemplate": "%{y}: %{x} (%{customdata})<extra></extra>",
    }  # fmt: skip
    limits = {
        "type": "scatter", "mode": "markers", "name": "limit", "y": names,
        "x": rounded([each["limit"] for each in shown], 4),
        "marker": {"symbol": "line-ns-open", "size": 11, "color": GREY, "line": {"width": 2}},
        "hovertemplate": "%{y}: limit %{x}<extra></extra>",
    }  # fmt: skip
    title = "Population stability index, limit" if shown else "Nothing to compare with"
    return Panel(title, [bars, limits] if shown else [], y=_words())


def _groups(column: Mapping[str, Any]) -> Panel:
    names = [plain(group) for group in column["groups"]]
    sides = [
        {
            "type": "bar", "orientation": "h", "name": name, "y": names,
            "x": rounded([100 * share for share in column[side]]), "marker": {"color": colour},
            "hovertemplate": f"%{{y}}: %{{x}} % {name}<extra></extra>",
        }
        for name, side, colour in (("delivered", "now", BLUE), ("learnt from", "then", GREY))
    ]  # fmt: skip
    title = f"{column['column']}: {column['index']:.3f}"
    return Panel(title, sides, y=_words() | {"autorange": "reversed"})


def _words() -> dict[str, Any]:
    return {"type": "category", "tickfont": {"size": 10}}


def history_figure(history: pd.DataFrame, currency: str) -> Figure:
    """Draw error, median price, drift and size of the deliveries, a colour a model.

    Args:
        history: One row for each delivery and model, oldest first.
        currency: For the labels.
    """
    days = sorted(set(history["delivery"]))[-_WEEKS:]
    shown = history[history["delivery"].isin(days)]
    models = list(shown.groupby("model", sort=False))
    unit = f"{currency} per night"
    panels = [
        ("Mean absolute error, its interval; dashed: at release", "mae", unit),
        ("Median price", "median_price", unit),
        ("Largest population stability index of a column", "largest_psi", ""),
        ("Rows delivered; set aside (dotted)", "rows", ""),
    ]
    return figure(
        [
            Panel(title, [_join(shown, name), *_weeks(models, name)], _dates(days),
                  {"rangemode": "tozero", **(axis_title(label) if label else {})})
            for title, name, label in panels
        ],
        columns=2,
        row=300,
        showlegend=True,
    )  # fmt: skip


def _dates(days: list[str]) -> dict[str, Any]:
    """Return an axis from the first to the last day, wide enough where there is only one."""
    first, last = pd.Timestamp(days[0]), pd.Timestamp(days[-1])
    beside = max((last - first) * 0.04, pd.Timedelta(days=4))
    return {
        "type": "date", "range": [f"{first - beside:%Y-%m-%d}", f"{last + beside:%Y-%m-%d}"],
        "tickformat": "%Y-%m-%d", "nticks": 6,
    }  # fmt: skip


def _join(weeks: pd.DataFrame, name: str) -> dict[str, Any]:
    """Lead the eye from week to week, where each has another model."""
    newest = weeks.drop_duplicates("delivery", keep="last")
    return {
        "type": "scatter", "mode": "lines", "name": "weeks", "x": newest["delivery"].tolist(),
        "y": _numbers(newest, name), "line": {"color": GREY, "width": 1},
        "hoverinfo": "skip", "showlegend": False,
    }  # fmt: skip


def _numbers(weeks: pd.DataFrame, name: str) -> list[float | None]:
    return rounded(weeks[name].to_numpy(dtype="float64", na_value=np.nan), 4)


def _weeks(models: list[tuple[Any, pd.DataFrame]], name: str) -> Iterator[dict[str, Any]]:
    """Draw each model's weeks; the newest models are named, once."""
    for number, (model, weeks) in enumerate(models):
        label, colour = plain(str(model)[:8]), MODELS[number % len(MODELS)]
        look: dict[str, Any] = {
            "type": "scatter", "mode": "lines+markers", "name": label, "legendgroup": str(number),
            "x": weeks["delivery"].tolist(), "showlegend": False,
            "line": {"color": colour, "width": 2}, "marker": {"color": colour, "size": 7},
        }  # fmt: skip
        newest = number >= len(models) - _MODELS
        yield look | {
            "y": _numbers(weeks, name), "showlegend": newest and name == "mae",
            **(_interval(weeks, colour) if name == "mae" else {}),
        }  # fmt: skip
        if name == "mae":
            yield look | {
                "y": _numbers(weeks, "release_mae"), "line": {"color": colour, "dash": "dash"},
                "marker": {"color": colour, "size": 4},
            }  # fmt: skip
        if name == "rows":
            yield look | {
                "y": rounded((weeks["rows"] - weeks["accepted"]).to_numpy(dtype="float64")),
                "line": {"color": colour, "dash": "dot"}, "marker": {"color": colour, "size": 4},
            }  # fmt: skip


def _interval(weeks: pd.DataFrame, colour: str) -> dict[str, Any]:
    low, middle, high = (
        weeks[name].to_numpy(dtype="float64", na_value=np.nan)
        for name in ("mae_low", "mae", "mae_high")
    )
    return {
        "error_y": {
            "type": "data", "symmetric": False, "array": rounded(high - middle, 4),
            "arrayminus": rounded(middle - low, 4), "color": colour, "thickness": 1.2, "width": 3,
        }
    }  # fmt: skip
