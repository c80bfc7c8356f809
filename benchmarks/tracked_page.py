"""How large the page of 200 weekly runs is, and how long a browser takes to draw it.

Run from anywhere, with Chromium on the machine::

    python benchmarks/tracked_page.py [--weeks 200] [--pairs 5] [--keep FOLDER] [--quick]

A store is made as the tests make one: six pipelines a week with 36 artifacts, 200 parameters and
90 metrics, and two searches of 40 trials. Then
the page is written from it and opened in a headless Chromium, each view in a new tab: the time
is from the call that opens the file until the second frame after its scripts. Making the store
takes some minutes.

Exit status: 0 if the size and the slowest view's median are within their limits, 1 if not, 2
without Chromium.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests/kedro_wandb")]

from many_weeks import make_weeks  # type: ignore[import-not-found] # noqa: E402 - the tests' own
from playwright.sync_api import sync_playwright  # noqa: E402 - as above

from kedro_wandb.pages.page import page  # noqa: E402 - as above
from kedro_wandb.pages.tracked import tracked  # noqa: E402 - as above
from kedro_wandb.stores.local.store import LocalStore  # noqa: E402 - as above
from shared.pairs import in_turns  # noqa: E402 - as above
from shared.results import (  # noqa: E402 - as above
    ABSENT,
    Section,
    Table,
    Target,
    close,
    options,
    parse,
)

QUICK_WEEKS = 2

SIZE, TIME = 5_000_000, 2.0
"""Limits: bytes, and seconds until a view is drawn."""

VIEWS = ("runs", "metrics", "parallel", "artifacts", "artifacts/price_model", "lineage")
FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def main(arguments: list[str]) -> int:
    """Measure, and return the exit status."""
    parser = options(__doc__, pairs=5)
    parser.add_argument("--weeks", type=int, default=200, help="weekly runs")
    parser.add_argument("--keep", type=Path, help="folder for the store and the page")
    given = parse(parser, arguments)
    if shutil.which("chromium") is None:
        print("There is no chromium.", file=sys.stderr)
        return ABSENT
    with tempfile.TemporaryDirectory() as name:
        folder: Path = given.keep or Path(name)
        if not (folder / "store").exists():
            make_weeks(folder / "store", QUICK_WEEKS if given.quick else given.weeks, breadth=3)
        begin = time.perf_counter()
        with closing(LocalStore(folder / "store")) as store:
            found = tracked(store)
        text = page(found, "benchmark", "2027-11-08T00:00:00Z")
        file = folder / "page.html"
        file.write_text(text, encoding="utf-8")
        written = time.perf_counter() - begin
        size = file.stat().st_size
        views = {view: statistics.median(took) for view, took in _drawn(file, given.pairs).items()}
    first = next(iter(views.values()))
    rows = [[view, f"{took / first:.2f}", f"{took:.2f}"] for view, took in views.items()]
    about = (
        f"A store of {len(found['runs']):,} runs, written as one page of {size / 1e6:.1f} MB in "
        f"{written:.1f} s, and opened in a headless Chromium, each view in a new tab, until it is "
        "drawn."
    )
    targets = [
        Target("size", size / 1e6, SIZE / 1e6, "MB"),
        Target("slowest view", max(views.values()), TIME, "s"),
    ]
    table = Table(f"Medians of {given.pairs}:", ["view", "of the first", "seconds"], rows)
    return close(Section("The page of what was tracked", about, [table], targets), given)


def _drawn(file: Path, rounds: int) -> dict[str, list[float]]:
    """Return the seconds that each view took to be drawn."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        took = in_turns({view: _opens(browser, file, view) for view in VIEWS}, rounds)
        browser.close()
    return took


def _opens(browser: Any, file: Path, view: str) -> Callable[[], float]:
    return lambda: _opened(browser, f"{file.as_uri()}#{view}")


def _opened(browser: Any, address: str) -> float:
    tab = browser.new_page()
    begin = time.perf_counter()
    tab.goto(address)
    tab.evaluate(FRAMES)
    took = time.perf_counter() - begin
    tab.close()
    return took


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
