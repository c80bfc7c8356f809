"""How large the page of 200 weekly runs is, and how long a browser takes to draw it.

Run from anywhere, with Chromium on the machine::

    python benchmarks/tracked_page.py [--weeks 200] [--rounds 5] [--keep FOLDER]

A store is made as the tests make one: six pipelines a week with 36 artifacts, 200 parameters and
90 metrics, and two searches of 40 trials. Then
the page is written from it and opened in a headless Chromium, each view in a new tab: the time
is from the call that opens the file until the second frame after its scripts. Making the store
takes some minutes.

Exit status: 0 if the size and the slowest view's median are within their limits, 1 if not.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
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

SIZE, TIME = 5_000_000, 2.0
"""Limits: bytes, and seconds until a view is drawn."""

VIEWS = ("runs", "metrics", "parallel", "artifacts", "artifacts/price_model", "lineage")
FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def main(arguments: list[str]) -> int:
    """Measure, print a table and return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--weeks", type=int, default=200, help="weekly runs")
    parser.add_argument("--rounds", type=int, default=5, help="times that each view is opened")
    parser.add_argument("--keep", type=Path, help="folder for the store and the page")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder: Path = given.keep or Path(name)
        if not (folder / "store").exists():
            make_weeks(folder / "store", given.weeks, breadth=3)
        begin = time.perf_counter()
        with closing(LocalStore(folder / "store")) as store:
            found = tracked(store)
        text = page(found, "benchmark", "2027-11-08T00:00:00Z")
        file = folder / "page.html"
        file.write_text(text, encoding="utf-8")
        written = time.perf_counter() - begin
        size = file.stat().st_size
        print(f"{os.cpu_count()} cores; {len(found['runs'])} runs, {size:,} bytes (limit {SIZE:,})")
        print(f"{'written':24}{written:8.2f} s")
        slowest = max(statistics.median(took) for took in _drawn(file, given.rounds))
    print(f"slowest view: {slowest:.2f} s (limit {TIME})")
    return int(size > SIZE or slowest > TIME)


def _drawn(file: Path, rounds: int) -> list[list[float]]:
    """Return the seconds that each view took to be drawn."""
    all_took = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for view in VIEWS:
            took = [_opened(browser, f"{file.as_uri()}#{view}") for _ in range(rounds)]
            print(f"{view:24}{statistics.median(took):8.2f} s", flush=True)
            all_took.append(took)
        browser.close()
    return all_took


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
