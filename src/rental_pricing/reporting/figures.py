"""Figures as Plotly reads them: plain data with one look, so that drawing costs no library.

Only scatters and bars, which Plotly's basic bundle draws; colours that can be read on white
and on black, since kedro-viz, W&B and the week's report have both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Figure = dict[str, Any]
"""``data`` (traces) and ``layout``, as in Plotly's JSON."""

BLUE, ORANGE, GREY, RED = "#3b82c4", "#d9822b", "#8a9199", "#d1495b"
MODELS = (BLUE, ORANGE, "#2a9d6f", "#a76bcf", RED, "#1fa3b3", "#b58b00", "#d46aa8")
"""Colours of what has no order, such as models."""

LOW_TO_HIGH = [[0, "#2f6fb0"], [0.5, "#b4b8bd"], [1, "#c8452f"]]
"""From too low to too high; its middle is seen on white and on black."""

MOST_POINTS = 3_000
"""Of one cloud of points; a figure stays below 5,000 and is drawn at once."""

_TEXT, _LINES, _CLEAR = "#747b84", "rgba(138,145,153,0.28)", "rgba(0,0,0,0)"
_AXIS = {"gridcolor": _LINES, "linecolor": _LINES, "zerolinecolor": _LINES, "automargin": True}
_TEMPLATE = {
    "layout": {
        "font": {"color": _TEXT, "size": 12, "family": "system-ui, sans-serif"},
        "colorway": list(MODELS),
        "paper_bgcolor": _CLEAR,
        "plot_bgcolor": _CLEAR,
        "title": {"x": 0.01, "xanchor": "left", "font": {"size": 14}},
        "hoverlabel": {"align": "left"},
        "hovermode": "closest",
        "legend": {"orientation": "h", "x": 0, "yref": "container", "y": 0, "yanchor": "bottom"},
        "xaxis": _AXIS,
        "yaxis": _AXIS,
        "margin": {"l": 60, "r": 20, "t": 40, "b": 60},
    }
}
_GAP = 90
"""Pixels between two panels, for the labels of the right one's axis."""


@dataclass(frozen=True)
class Panel:
    """One of a figure's pairs of axes, with what is drawn there.

    Attributes:
        title: Above it.
        traces: Plotly's, without their axes.
        x: Of the x axis, besides the look.
        y: Of the y axis, besides the look.
    """

    title: str
    traces: Sequence[Mapping[str, Any]]
    x: Mapping[str, Any] = field(default_factory=dict)
    y: Mapping[str, Any] = field(default_factory=dict)


def figure(
    panels: Sequence[Panel],
    *,
    columns: int = 1,
    row: int = 420,
    title: str = "",
    cells: int = 0,
    showlegend: bool = False,
) -> Figure:
    """Put panels side by side, row by row.

    ``layout.meta`` tells how, so that a narrow page can put fewer into a row, and cells of a
    map closer together.

    Args:
        panels: What is drawn.
        columns: Panels in a row.
        row: Height of a row in pixels.
        title: Above all of them.
        cells: Of a map, from west to east.
        showlegend: Whether the traces that ask for it are named below.
    """
    rows = -(-len(panels) // columns)
    made: Figure = {"data": [], "layout": {"template": _TEMPLATE, "showlegend": showlegend}}
    places: Figure = made["layout"]
    annotations = []
    for number, panel in enumerate(panels):
        x, y = (f"{each}{number + 1 if number else ''}" for each in "xy")
        across, down = number % columns, number // columns
        places[f"xaxis{x[1:]}"] = {"domain": _part(across, columns, 1200), "anchor": y, **panel.x}
        places[f"yaxis{y[1:]}"] = {
            "domain": _part(rows - 1 - down, rows, row * rows), "anchor": x, **panel.y,
        }  # fmt: skip
        made["data"] += [{**trace, "xaxis": x, "yaxis": y} for trace in panel.traces]
        annotations.append(_heading(panel.title, x, y))
    if title:
        places["title"] = {"text": plain(title)}
        places["margin"] = {"t": 80}
    places |= {
        "height": rows * row + (80 if title else 40),
        "annotations": annotations,
        "meta": {"columns": columns, "row": row, **({"cells": cells} if cells else {})},
    }
    return made


def _part(place: int, of: int, size: int) -> list[float]:
    """Return the share of a side that a panel takes, from 0 to 1."""
    gap = _GAP / size
    width = (1 - gap * (of - 1)) / of
    return [round(place * (width + gap), 4), round(place * (width + gap) + width, 4)]


def _heading(text: str, x: str, y: str) -> dict[str, Any]:
    return {
        "text": plain(text), "xref": f"{x} domain", "yref": f"{y} domain", "x": 0, "y": 1,
        "xanchor": "left", "yanchor": "bottom", "yshift": 6, "showarrow": False,
        "align": "left", "font": {"size": 13},
    }  # fmt: skip


def plain(text: object) -> str:
    """Return a text that Plotly shows as it is written: it reads some tags and entities.

    >>> plain("a <b>bold</b> home & more")
    'a &lt;b&gt;bold&lt;/b&gt; home &amp; more'
    """
    escaped = str(text).replace("&", "&amp;")
    return escaped.replace("<", "&lt;").replace(">", "&gt;")


def axis_title(text: str) -> dict[str, Any]:
    """Return the label of an axis."""
    return {"title": {"text": plain(text), "font": {"size": 12}}}


def rounded(values: Iterable[float] | np.ndarray, digits: int = 2) -> list[float | None]:
    """Return numbers that are as long as a reader needs; what is missing or infinite is null.

    >>> rounded([1.23456, float("nan")])
    [1.23, None]
    """
    numbers = np.round(np.asarray(values, dtype="float64"), digits)
    return [value if np.isfinite(value) else None for value in numbers.tolist()]


def evenly(count: int, most: int = MOST_POINTS) -> np.ndarray:
    """Return at most so many places among ``count`` sorted ones, alike every time.

    >>> evenly(7, 3).tolist()
    [0, 3, 6]
    """
    if count <= most:
        return np.arange(count)
    return np.linspace(0, count - 1, most).round().astype("int64")
