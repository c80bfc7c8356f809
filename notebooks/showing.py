"""How the notebooks show text and figures: without a network, in JupyterLab and exported."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import plotly.io as pio
from IPython.display import Markdown, display
from plotly.graph_objects import Figure
from plotly.offline import get_plotlyjs

BLUE, ORANGE, GREY = "#2a6f97", "#d1661f", "#777777"

pio.templates.default = "plotly_white"


def say(text: str) -> None:
    """Show prose in Markdown."""
    display(Markdown(text))


def bring_plotly() -> None:
    """Put plotly.js into the notebook, for the pages that it is exported to."""
    display({"text/html": f"<script>{get_plotlyjs()}</script>"}, raw=True)


def show(figure: Figure, source: str, height: int = 380, **layout: Any) -> None:
    """Draw a figure.

    JupyterLab draws it itself; an exported page needs what :func:`bring_plotly` has brought.
    Plotly's own renderers for such pages would ask another host for MathJax.

    Args:
        figure: What to draw.
        source: Which data it shows; its subtitle.
        height: In pixels.
        layout: More of Plotly's layout.
    """
    margin = {"l": 10, "r": 10, "t": 90, "b": 10}
    figure.update_layout(
        {"showlegend": False, "margin": margin, "title_y": 0.97, "title_yanchor": "top"} | layout,
        height=height,
        title_subtitle_text=source,
    )
    figure.update_xaxes(automargin=True).update_yaxes(automargin=True)
    drawn = pio.renderers["plotly_mimetype"].to_mimebundle(json.loads(figure.to_json()))
    page = figure.to_html(full_html=False, include_plotlyjs=False, config={"responsive": True})
    display({**drawn, "text/html": page}, raw=True)


def quartiles(values: pd.Series, groups: Any, least: int) -> pd.DataFrame:
    """Return median and middle half of each group, ready for error bars.

    Args:
        values: One a row.
        groups: The group of each row.
        least: Rows that a group needs to be shown.

    Returns:
        ``median``, ``up`` and ``down`` (from it to the quartiles), ``count``, and ``name``:
        that of the group with its number of rows.
    """
    rows = values.groupby(groups, observed=True).describe(percentiles=[0.25, 0.5, 0.75])
    rows = rows[rows["count"] >= least].rename(columns={"50%": "median"})
    return rows.assign(
        up=rows["75%"] - rows["median"],
        down=rows["median"] - rows["25%"],
        name=[f"{name} ({count:,.0f})" for name, count in rows["count"].items()],
    )
