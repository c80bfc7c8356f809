"""The week's report in a browser: drawn, readable by everybody, and alone on its machine."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe

from rental_pricing.monitoring.decision import decide
from rental_pricing.monitoring.history import with_week
from rental_pricing.reporting import model_figures as figures
from rental_pricing.reporting.figures import Panel, figure
from rental_pricing.reporting.monitoring_figures import drift_figure, history_figure
from rental_pricing.reporting.weekly_page import FIGURES, weekly_page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[1]
HOSTILE = "</script><img src=x onerror=alert(1)>"
COLUMN = {"column": HOSTILE, "index": 0.3, "limit": 0.2, "shift": "large",
          "groups": [HOSTILE, "<b>bold</b>"], "now": [0.6, 0.4], "then": [0.5, 0.5]}  # fmt: skip
REPORT: dict[str, Any] = {
    "delivery": "2031-05-12", "model": "c0ffee" * 2 + "0000", "model_data": "2031-04-07",
    "currency": "ATL",
    "rows": {"delivered": 9123, "accepted": 8911, "rejected": {}, "rejected_share": 0.0232},
    "price": {"median": 143.4, "training_median": 128.1, "shift": 0.1194},
    "error": {"rows": 1777, "unpriced": 3, "mae": 31.4, "mae_low": 29.9, "mae_high": 33.0,
              "bias": -4.0, "interval_coverage": 0.768, "baseline_mae": 41.27},
    "error_at_release": {"mae": 27.18, "rows": 3790},
    "columns": [COLUMN] * 5, "new_values": [], "checks": [],
}  # fmt: skip
SUMMARY = f"# Week of x\n\n**{HOSTILE}**\n\n" + "\n\n".join(
    f"## {heading}\n\n| what | a |\n| --- | --: |\n| {HOSTILE} | {'9' * 60} |"
    for heading in [*FIGURES, "More"]
)


def _figures() -> dict[str, Any]:
    draw = np.random.default_rng(1)
    price = draw.uniform(20, 300, 400).round()
    estimates = pd.DataFrame(
        {"price": price, "typical_price": price * draw.uniform(0.7, 1.3, 400),
         "longitude": draw.uniform(-74.1, -73.8, 400), "latitude": draw.uniform(40.6, 40.8, 400)}
    )  # fmt: skip
    segments = pd.DataFrame(
        {"part": "test", "value": ["Bronx", HOSTILE], "rows": [9, 8], "mae": [20.0, 30],
         "baseline_mae": [25.0, 35], "interval_coverage": [0.8, 0.7]}
    )  # fmt: skip
    importance = pd.DataFrame(
        {"group": ["place", "title"], "columns": ["latitude", "name"], "mae_increase": [9.0, 2.0],
         "std": [0.5, 0.1]}
    )  # fmt: skip
    step = {"type": "scatter", "mode": "lines", "x": [1, 2], "y": [3, 4], "name": "all"}
    return {
        "validation_plot": figure([Panel("A title", [step])] * 6, columns=4, title=HOSTILE),
        "drift_plot": drift_figure(REPORT),
        "monitoring_history_plot": history_figure(with_week(None, REPORT, decide(REPORT)), "ATL"),
        "predicted_against_actual_plot": figures.predicted_against_actual(estimates, "ATL"),
        "residual_map_plot": figures.residual_map(estimates, "ATL"),
        "segments_plot": figures.segment_errors(segments, "ATL"),
        "feature_importance_plot": figures.importance_bars(importance, "ATL"),
    }


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a report whose every text wants to be markup."""
    file = tmp_path_factory.mktemp("report") / "weekly_summary.html"
    html = weekly_page(SUMMARY, HOSTILE, stopped=True, figures=_figures())
    file.write_text(html, encoding="utf-8")
    assert file.stat().st_size < 3_000_000
    return file.as_uri()


def _load_pictures() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pictures", ROOT / "docs/take_pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["pictures"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


pictures = _load_pictures()


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """A page of headless Chromium."""
    if pictures.find_chromium() is None:
        pytest.skip("Chromium is not on this machine")
    with pictures.chromium() as page:
        yield page


def visited(page: Any, report: str, width: int, theme: str) -> Any:
    page.visit(report, width, 800, theme=theme)
    page.page.wait_for_selector("html[data-drawn=yes]")
    return page.page


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1440])
def test_everybody_can_read_it(page: Any, report: str, width: int, theme: str) -> None:
    """Each figure is drawn, nothing is wider than the window, and axe finds nothing."""
    shown = visited(page, report, width, theme)
    assert (page.errors, page.foreign) == ([], [])
    assert shown.locator(".plot .main-svg").count() >= len(_figures())
    assert shown.evaluate("document.documentElement.scrollWidth") == width
    found = Axe().run(shown)
    assert found.violations_count == 0, found.generate_report()


def test_texts_are_shown_as_they_are_written(page: Any, report: str) -> None:
    """In the page, in the figures' titles, at their axes."""
    shown = visited(page, report, 1440, "light")
    assert shown.locator("img, main b").count() == 0
    assert HOSTILE in shown.text_content("h1 + p")
    assert shown.locator(".heading").first.text_content() == HOSTILE
    texts = shown.locator("[data-figure=drift_plot] text").all_text_contents()
    assert {HOSTILE, "<b>bold</b>"} <= set(texts)


def test_figures_have_the_page_s_colours(page: Any, report: str) -> None:
    """Also when the system goes from light to dark while it is open, and black on paper."""
    shown = visited(page, report, 1440, "light")

    def colour() -> Any:
        return shown.evaluate("getComputedStyle(document.querySelector('.xtick text')).fill")

    light = colour()
    shown.emulate_media(color_scheme="dark")
    pictures.wait_until(lambda: colour() != light, "a figure in dark colours")
    shown.evaluate("dispatchEvent(new Event('beforeprint'))")
    pictures.wait_until(lambda: colour() == light, "a figure for paper")
    assert shown.pdf(format="A4").startswith(b"%PDF")


def test_a_figure_tells_its_numbers(page: Any, report: str) -> None:
    """Where the mouse is."""
    shown = visited(page, report, 1440, "light")
    shown.locator("[data-figure=feature_importance_plot] .bars .point").first.hover(force=True)
    told = shown.locator("[data-figure=feature_importance_plot] .hovertext")
    told.wait_for()
    assert "± " in told.text_content()
