"""The distributions of the listings, over those of the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rental_pricing.quality.report import headline
from rental_pricing.reporting.figures import BLUE, ORANGE, panels, tidy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BOROUGH = "neighbourhood_group"
_PANELS_IN_A_ROW = 3


def validation_figure(
    profile: Mapping[str, Any], reference: Mapping[str, Any] | None, report: Mapping[str, Any]
) -> Figure:
    """Draw the listings' distributions, over those of the reference where there is one."""
    compared = reference if reference and _was_compared(report) else None
    names = list(profile["numeric"])
    rows = -(-(len(names) + 1) // _PANELS_IN_A_ROW)
    figure, axes = panels(rows, _PANELS_IN_A_ROW, size=(4.2, 2.6))
    _draw_boroughs(axes[0], profile, compared)
    for axis, name in zip(axes[1:], names, strict=False):
        _draw_histogram(axis, name, profile, compared)
    for axis in axes[len(names) + 1 :]:
        axis.set_axis_off()
    axes[0].legend(fontsize=8, frameon=False)
    figure.suptitle(headline(report), x=0.01, ha="left", fontsize=11)
    return figure


def _was_compared(report: Mapping[str, Any]) -> bool:
    return any(c["kind"] == "statistical" and c["status"] != "not_run" for c in report["checks"])


def _draw_boroughs(
    axis: Axes, profile: Mapping[str, Any], reference: Mapping[str, Any] | None
) -> None:
    sides = [("these listings", profile, BLUE, -0.2)]
    if reference is not None:
        sides.append(("reference", reference, ORANGE, 0.2))
    names = sorted({name for _, side, _, _ in sides for name in side["categories"][_BOROUGH]})
    for label, side, colour, shift in sides:
        counts = side["categories"][_BOROUGH]
        total = max(sum(counts.values()), 1)
        shares = [100 * counts.get(name, 0) / total for name in names]
        axis.barh(np.arange(len(names)) + shift, shares, height=0.38, color=colour, label=label)
    axis.set_yticks(range(len(names)), names)
    tidy(axis, "Boroughs", "% of listings")


def _draw_histogram(
    axis: Axes, name: str, profile: Mapping[str, Any], reference: Mapping[str, Any] | None
) -> None:
    for side, colour in ((profile, BLUE), (reference, ORANGE)):
        if side is None:
            continue
        column = side["numeric"][name]
        edges, counts = np.array(column["edges"]), np.array(column["counts"], dtype=float)
        shares = 100 * counts[1:-1] / max(counts.sum(), 1)
        axis.stairs(shares, edges, color=colour, fill=side is profile, alpha=0.75)
    logarithmic = edges[0] > 0 and edges[-1] / edges[0] > 100  # noqa: PLR2004 - two decades
    if logarithmic:
        axis.set_xscale("log")
    tidy(axis, name, "", "% of values")
