"""How far the newest delivery has moved, and how the weeks went."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from rental_pricing.reporting.figures import BLUE, GREY, ORANGE, panels, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes

_PANELS_IN_A_ROW = 4
_COLOURS = {"none": BLUE, "moderate": ORANGE, "large": "#b3312c"}
_WEEKS, _LABELS, _MODELS = 52, 6, 6


def drift_figure(report: Mapping[str, Any]) -> Figure:
    """Draw the population stability index of each column, and where each has moved.

    Args:
        report: The drift report.
    """
    columns = report["columns"]
    rows = -(-(len(columns) + 1) // _PANELS_IN_A_ROW)
    # Fixed margins: a layout that fits itself draws all texts twice.
    figure = Figure(figsize=(13, 2.4 * rows + 0.8), dpi=110)
    top = 1 - 0.75 / (2.4 * rows + 0.8)
    margins = {"left": 0.12, "right": 0.99, "bottom": 0.18 / rows, "top": top}
    grid = figure.subplots(rows, _PANELS_IN_A_ROW, squeeze=False,
                           gridspec_kw=margins | {"wspace": 0.5, "hspace": 0.6})  # fmt: skip
    axes = list(np.ravel(grid))
    _draw_indices(axes[0], columns)
    for axis, column in zip(axes[1:], columns, strict=False):
        _draw_groups(axis, column)
    for axis in axes[len(columns) + 1 :]:
        axis.set_axis_off()
    title = f"Delivery {report['delivery']} (blue) against what model {report['model']} "
    title += f"learnt from (grey, newest {report['model_data']}); shares in %"
    figure.suptitle(title, x=0.01, y=0.99, ha="left", fontsize=11)
    return figure


def _draw_indices(axis: Axes, columns: list[Mapping[str, Any]]) -> None:
    shown = columns[::-1]
    colours = [_COLOURS[each["shift"]] for each in shown]
    axis.barh(range(len(shown)), [each["index"] for each in shown], color=colours, height=0.7)
    axis.plot([each["limit"] for each in shown], range(len(shown)), "|", color=GREY, ms=7)
    axis.set_yticks(range(len(shown)), [each["column"] for each in shown])
    tidy(axis, "Population stability index, limit" if shown else "Nothing to compare with")
    axis.tick_params(axis="y", labelsize=6)


def _draw_groups(axis: Axes, column: Mapping[str, Any]) -> None:
    where = np.arange(len(column["groups"]))
    axis.barh(where - 0.2, [100 * one for one in column["now"]], height=0.4, color=BLUE)
    axis.barh(where + 0.2, [100 * one for one in column["then"]], height=0.4, color=GREY)
    axis.set_yticks(where, column["groups"])
    axis.invert_yaxis()
    tidy(axis, f"{column['column']}: {column['index']:.3f}")
    axis.tick_params(axis="y", labelsize=6)


def history_figure(history: pd.DataFrame, currency: str) -> Figure:
    """Draw error, median price, drift and size of the deliveries, a colour a model.

    Args:
        history: One row for each delivery and model, oldest first.
        currency: For the labels.
    """
    figure, axes = panels(2, 2, size=(5.6, 3.1))
    days = sorted(set(history["delivery"]))[-_WEEKS:]
    shown = history[history["delivery"].isin(days)]
    place = {day: number for number, day in enumerate(days)}
    _join(axes, shown.drop_duplicates("delivery", keep="last"), place)
    for number, (model, weeks) in enumerate(shown.groupby("model", sort=False)):
        x = [place[day] for day in weeks["delivery"]]
        _draw_model(axes, x, weeks, label=str(model)[:8], colour=f"C{number % 10}")
    handles, labels = axes[0].get_legend_handles_labels()
    look: dict[str, Any] = {"fontsize": 7, "title": "model", "title_fontsize": 7, "frameon": False}
    axes[0].legend(handles[-_MODELS:], labels[-_MODELS:], **look)
    unit = f"{currency} per night"
    tidy(axes[0], "Mean absolute error, its interval; dashed: at release", "", unit)
    tidy(axes[1], "Median price", "", unit)
    tidy(axes[2], "Largest population stability index of a column")
    tidy(axes[3], "Rows delivered; set aside (dotted)")
    step = max(-(-len(days) // _LABELS), 1)
    for axis in axes:
        axis.set_xticks(range(0, len(days), step), days[::step])
        axis.margins(0.08)
        axis.set_ylim(bottom=0)
    return figure


def _join(axes: list[Axes], weeks: pd.DataFrame, place: Mapping[str, int]) -> None:
    """Lead the eye from week to week, where each has another model."""
    x = [place[day] for day in weeks["delivery"]]
    for axis, name in zip(axes, ("mae", "median_price", "largest_psi", "rows"), strict=True):
        axis.plot(x, _numbers(weeks, name), color=GREY, lw=0.8)


def _numbers(weeks: pd.DataFrame, name: str) -> np.ndarray:
    found: np.ndarray = weeks[name].to_numpy(dtype="float64", na_value=np.nan)
    return found


def _draw_model(
    axes: list[Axes], x: list[int], weeks: pd.DataFrame, *, label: str, colour: str
) -> None:
    numbers = partial(_numbers, weeks)
    look: dict[str, Any] = {"color": colour, "marker": "o", "ms": 4, "lw": 1.4}
    axes[0].plot(x, numbers("mae"), label=label, **look)
    axes[0].vlines(x, numbers("mae_low"), numbers("mae_high"), color=colour, lw=1)
    axes[0].plot(x, numbers("release_mae"), color=colour, ls="--", lw=1, marker="_")
    axes[1].plot(x, numbers("median_price"), **look)
    axes[2].plot(x, numbers("largest_psi"), **look)
    axes[3].plot(x, numbers("rows"), **look)
    set_aside = numbers("rows") - numbers("accepted")
    axes[3].plot(x, set_aside, color=colour, ls=":", lw=1.4, marker=".")
