"""What was delivered, and the distributions of listings, newest drop and the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rental_pricing.quality.profile import BOROUGH, ROOM_TYPE
from rental_pricing.quality.report import headline
from rental_pricing.reporting.figures import (
    BLUE,
    GREY,
    ORANGE,
    Figure,
    Panel,
    figure,
    plain,
    rounded,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    panels = [
        _deliveries(deliveries),
        _categories(BOROUGH, "Boroughs", sides),
        _categories(ROOM_TYPE, "Room types", sides),
        *(_histogram(name, sides) for name in profile.numeric),
    ]
    title = headline(report)
    return figure(panels, columns=_PANELS_IN_A_ROW, row=230, title=title, showlegend=True)


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


def _deliveries(deliveries: Mapping[str, Delivery]) -> Panel:
    days = sorted(deliveries)[-_DROPS:]
    accounts = [deliveries[day].account for day in days]
    bars = (
        ("accepted", [account.accepted for account in accounts], BLUE),
        ("set aside", [account.rows - account.accepted for account in accounts], GREY),
    )
    base = [0] * len(days)
    traces: list[dict[str, Any]] = []
    for name, rows, colour in bars:
        # Bases of their own: all panels share whether bars are stacked, and others are not.
        look: dict[str, Any] = {"base": base, "offset": -0.4, "width": 0.8, "showlegend": False}
        told = f"%{{y}}: %{{customdata}} {name}<extra></extra>"
        traces.append(
            _bars(name, days, rows, colour) | look | {"customdata": rows, "hovertemplate": told}
        )
        base = [one + more for one, more in zip(base, rows, strict=True)]
    return Panel("Rows accepted; set aside (grey)", traces, {"nticks": 4}, _words())


def _bars(name: str, words: list[str], numbers: list[Any], colour: str) -> dict[str, Any]:
    return {
        "type": "bar", "orientation": "h", "name": plain(name), "y": words, "x": numbers,
        "marker": {"color": colour},
    }  # fmt: skip


def _words() -> dict[str, Any]:
    return {"type": "category", "tickfont": {"size": 10}}


def _categories(column: str, title: str, sides: Sides) -> Panel:
    names = sorted({name for _, side, _ in sides for name in side.categories[column]})
    traces = []
    for label, side, colour in sides:
        counts = side.categories[column]
        total = max(sum(counts.values()), 1)
        shares = rounded([100 * counts.get(name, 0) / total for name in names])
        words = [plain(name) for name in names]
        look = {"legendgroup": label, "showlegend": column == BOROUGH}
        told = "%{y}: %{x} %<extra>%{fullData.name}</extra>"
        traces.append(_bars(label, words, shares, colour) | look | {"hovertemplate": told})
    return Panel(f"{title}, %", traces, y=_words())


def _histogram(name: str, sides: Sides) -> Panel:
    edges = np.array(sides[0][1].numeric[name].edges)
    x, axis = _scaled(edges)
    traces = [
        {
            "type": "scatter", "mode": "lines", "name": plain(label), "legendgroup": label,
            "x": rounded(x, 4), "y": _steps(side.numeric[name]), "showlegend": False,
            "line": {"color": colour, "shape": "hv", "width": 0 if place == 0 else 1.5},
            "customdata": rounded(edges),
            "hovertemplate": "from %{customdata}: %{y} %<extra>%{fullData.name}</extra>",
            **({"fill": "tozeroy", "fillcolor": "rgba(59,130,196,0.45)"} if place == 0 else {}),
        }
        for place, (label, side, colour) in enumerate(sides)
    ]  # fmt: skip
    return Panel(f"{name}{_UNITS.get(name, '')}, %", traces, axis, {"rangemode": "tozero"})


def _scaled(edges: np.ndarray) -> tuple[np.ndarray, dict[str, Any]]:
    """Return where edges stand, and the axis: decades, where they reach over some of them."""
    powers = 10.0 ** np.arange(-2, 5)
    if edges[0] > 0 and edges[-1] / edges[0] > _TWO_DECADES:
        return np.log10(edges), _marked(powers, np.log10(powers), edges)
    if edges[1] - edges[0] < (edges[-1] - edges[-2]) / _TWO_DECADES:
        whole = np.array([0.0, *powers[powers >= 1]])
        return np.arcsinh(edges), _marked(whole, np.arcsinh(whole), edges)
    return edges, {}


def _marked(values: np.ndarray, places: np.ndarray, edges: np.ndarray) -> dict[str, Any]:
    """Mark values on an axis whose numbers were moved closer together."""
    inside = (values >= edges[0]) & (values <= edges[-1])
    return {
        "tickvals": rounded(places[inside], 4),
        "ticktext": [f"{value:g}" for value in values[inside]],
        "tickangle": 0,
    }


def _steps(histogram: Histogram) -> list[float | None]:
    """Return the share of each bin, and the last one again for its right edge."""
    counts = np.array(histogram.counts, dtype="float64")
    shares = 100 * counts[1:-1] / max(counts.sum(), 1)
    return rounded([*shares, shares[-1]], 3)
