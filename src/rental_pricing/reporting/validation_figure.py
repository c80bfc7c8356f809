"""What was delivered, and the distributions of listings, newest drop and the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure

from rental_pricing.quality.profile import BOROUGH, ROOM_TYPE
from rental_pricing.quality.report import headline
from rental_pricing.reporting.figures import BLUE, GREY, ORANGE, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from rental_pricing.quality.deliveries import Delivery
    from rental_pricing.quality.profile import Histogram, Profile

_PANELS_IN_A_ROW = 4
_DROPS = 12
_TWO_DECADES = 100
_UNITS = {"name": ", characters", "last_review": ", days before delivery"}

Sides = list[tuple[str, "Profile", str]]


def validation_figure(
    report: Mapping[str, Any],
    profile: Profile,
    deliveries: Mapping[str, Delivery],
    reference: Profile | None,
) -> Figure:
    """Draw the deliveries, and the distributions of all listings beside the newest drop's."""
    sides = _sides(profile, deliveries, reference)
    names = list(profile.numeric)
    rows = -(-(len(names) + 3) // _PANELS_IN_A_ROW)
    # Fixed margins: a layout that fits itself draws all texts twice, half a second.
    figure = Figure(figsize=(13, 2.2 * rows), dpi=110)
    margins = {"left": 0.07, "right": 0.99, "bottom": 0.09, "top": 0.9}
    spaces = {"wspace": 0.35, "hspace": 0.65}
    grid = figure.subplots(rows, _PANELS_IN_A_ROW, gridspec_kw=margins | spaces)
    axes = list(np.ravel(grid))
    _draw_deliveries(axes[0], deliveries)
    _draw_categories(axes[1], BOROUGH, "Boroughs", sides)
    _draw_categories(axes[2], ROOM_TYPE, "Room types", sides)
    for axis, name in zip(axes[3:], names, strict=False):
        _draw_histogram(axis, name, sides)
    for axis in axes[len(names) + 3 :]:
        axis.set_axis_off()
    handles, labels = axes[1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower left", ncols=3, fontsize=8, frameon=False)
    figure.suptitle(headline(report), x=0.01, y=0.985, ha="left", fontsize=11)
    return figure


def _sides(
    profile: Profile, deliveries: Mapping[str, Delivery], reference: Profile | None
) -> Sides:
    sides: Sides = [("all listings", profile, BLUE)]
    if deliveries:
        newest = max(deliveries)
        previous = deliveries[newest].previous
        sides.append((f"drop {newest}", deliveries[newest].profile, ORANGE))
        if reference:
            sides.append(("reference", reference, GREY))
        elif previous:
            sides.append((f"drop {previous}", deliveries[previous].profile, GREY))
    return sides


def _draw_deliveries(axis: Axes, deliveries: Mapping[str, Delivery]) -> None:
    days = sorted(deliveries)[-_DROPS:]
    accounts = [deliveries[day].account for day in days]
    accepted = np.array([account.accepted for account in accounts])
    rejected = np.array([account.rows for account in accounts]) - accepted
    axis.barh(range(len(days)), accepted, color=BLUE, height=0.7)
    axis.barh(range(len(days)), rejected, left=accepted, color=GREY, height=0.7)
    axis.set_yticks(range(len(days)), days)
    axis.locator_params("x", nbins=4)
    tidy(axis, "Deliveries: rows accepted, set aside (grey)")


def _draw_categories(axis: Axes, column: str, title: str, sides: Sides) -> None:
    names = sorted({name for _, side, _ in sides for name in side.categories[column]})
    height = 0.8 / len(sides)
    for place, (label, side, colour) in enumerate(sides):
        counts = side.categories[column]
        total = max(sum(counts.values()), 1)
        shares = [100 * counts.get(name, 0) / total for name in names]
        where = np.arange(len(names)) + (place - (len(sides) - 1) / 2) * height
        axis.barh(where, shares, height=height, color=colour, label=label)
    axis.set_yticks(range(len(names)), names)
    tidy(axis, f"{title}, %")


def _draw_histogram(axis: Axes, name: str, sides: Sides) -> None:
    for place, (_, side, colour) in enumerate(sides):
        axis.stairs(
            _shares(side.numeric[name]), side.numeric[name].edges,
            color=colour, fill=place == 0, alpha=0.5 if place == 0 else 1,
        )  # fmt: skip
    edges = sides[0][1].numeric[name].edges
    if edges[0] > 0 and edges[-1] / edges[0] > _TWO_DECADES:
        _decades(axis, edges, "log")
    elif edges[1] - edges[0] < (edges[-1] - edges[-2]) / _TWO_DECADES:
        _decades(axis, edges, "symlog", linthresh=1)
    tidy(axis, f"{name}{_UNITS.get(name, '')}, %")


def _decades(axis: Axes, edges: list[float], scale: str, **more: float) -> None:
    """Mark powers of ten in plain digits: mathematical type takes a tenth of a second."""
    axis.set_xscale(scale, **more)
    ticks = [10.0**power for power in range(-2, 5) if edges[0] <= 10.0**power <= edges[-1]]
    axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.minorticks_off()


def _shares(histogram: Histogram) -> np.ndarray:
    counts = np.array(histogram.counts, dtype="float64")
    shares: np.ndarray = 100 * counts[1:-1] / max(counts.sum(), 1)
    return shares
