"""Figures with one look, made without global state, so that any runner may draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE, ORANGE, GREY = "#2f6c9f", "#d9822b", "#8a9199"


def panels(rows: int, columns: int, *, size: tuple[float, float]) -> tuple[Figure, list[Axes]]:
    """Return a figure and its axes, row by row.

    Args:
        rows: Rows of panels.
        columns: Panels in a row.
        size: Width and height of one panel, in inches.
    """
    figure = Figure(figsize=(columns * size[0], rows * size[1]), layout="constrained", dpi=110)
    axes = figure.subplots(rows, columns, squeeze=False)
    return figure, list(np.ravel(axes))


def tidy(axis: Axes, title: str, x: str = "", y: str = "") -> None:
    """Title and label a panel and take away what does not help to read it."""
    axis.set_title(title, fontsize=10, loc="left")
    axis.set_xlabel(x, fontsize=8)
    axis.set_ylabel(y, fontsize=8)
    axis.tick_params(labelsize=8)
    axis.spines[["top", "right"]].set_visible(False)
