"""Take the README's pictures, from kedro-viz, a weekly report and the terminal: ``make pictures``.

Run it from the project's environment (``.venv/bin/python docs/take_pictures.py``), with
Chromium on the machine (Debian: ``apt-get install chromium``). It takes about two minutes
and writes into ``docs/images``: ``pipeline.png``, the first screen of kedro-viz,
``unfolded.png``, one of its boxes unfolded, ``preview.png``, a figure of the last run in it,
``weekly_report.png``, the top of a week's report, and ``lineage.svg``, what
``kedro wandb lineage`` says of the model.

The pictures show the two synthetic drops that are committed, never the drops of whoever
runs this: the pipelines run in temporary copies of the project. kedro-viz serves one on a
free port of 127.0.0.1, and a Chromium that can reach no other host is steered by Playwright.
Both are ended after use, with their children.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage
    from playwright.sync_api import Page as BrowserPage

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs/images"
RAW = "data/01_raw/listings"
DROPS = ("2024-01-08.csv.gz", "2024-01-15.csv.gz")

# rich's drawing of a terminal, without the web fonts that it would load.
_SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">
<style>.{unique_id}-matrix {{ font: {char_height}px monospace; line-height: {line_height}px; }}
{styles}</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect width="{terminal_width}"
height="{terminal_height}"/></clipPath>{lines}</defs>{chrome}
<g transform="translate({terminal_x}, {terminal_y})"
clip-path="url(#{unique_id}-clip-terminal)">{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g></g></svg>
"""
_LINEAGE = ("wandb", "lineage", "price_model", "--up")

_LARGEST = 200_000  # bytes; a README has to load fast
_PORTS = range(20_000, 32_000)  # below those that systems hand out to clients
_RUNNING = re.compile(r"Kedro Viz is running at\s+(http://\S+?)/?\s")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox",  # it sees nothing but 127.0.0.1, and Chromium has none as root
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)

# What a returning visitor has in the browser: the tour seen, the menu closed, light colours.
_SEEN = {
    "showFeatureHints": False,
    "theme": "light",
    "visible": {"sidebar": False, "miniMap": False},
}
# The banner about newer versions, which names "None" where the package index can't be asked.
_HIDDEN = "[class^=update-reminder] {display: none}"
_PREPARE = f"""
localStorage.setItem("KedroViz", {json.dumps(json.dumps(_SEEN))});
addEventListener("DOMContentLoaded", () => {{
    const style = document.createElement("style");
    style.textContent = {json.dumps(_HIDDEN)};
    document.head.append(style);
}});
"""
# Where the nodes are, and whether they are still fading or moving in.
_POSITIONS = """[...document.querySelectorAll(".pipeline-node")].map(node => {
    const box = node.getBoundingClientRect();
    return [box.x, box.y, getComputedStyle(node).opacity];
}).join()"""
# The graph with the names of its layers, without the tool bars.
_GRAPH = """(() => {
    const boxes = selector => [...document.querySelectorAll(selector)].map(
        element => element.getBoundingClientRect());
    const left = Math.min(...boxes(".pipeline-layer-name").map(box => box.left)) - 20;
    const right = Math.max(...boxes(".pipeline-node").map(box => box.right)) + 20;
    return {x: left, y: 0, width: right - left, height: innerHeight};
})()"""
_COVERED = """(() => {
    const boxes = selector => [...document.querySelectorAll(selector)].map(
        element => element.getBoundingClientRect());
    return boxes(".pipeline-layer-name").some(name => boxes(".pipeline-node").some(node =>
        node.left < name.right + 10 && node.top < name.bottom && name.top < node.bottom));
})()"""
_PANEL = ".pipeline-metadata"
_EXPANDED = ".pipeline-metadata-modal .js-plotly-plot .main-svg"


class PictureError(Exception):
    """A picture can't be taken; the message says why."""


def find_chromium() -> str | None:
    """Return where Chromium is, or None if it is not on the machine."""
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


def wait_until(ready: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """Ask until there is an answer.

    Args:
        ready: Gives something that is true once it is ready.
        what: For the message.
        seconds: How long to wait at most.

    Returns:
        What ``ready`` gave.

    Raises:
        PictureError: If it takes longer.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := ready():
            return answer
        time.sleep(0.1)
    msg = f"Waited {seconds:.0f} s in vain for {what}."
    raise PictureError(msg)


@contextlib.contextmanager
def started(
    command: Sequence[str], folder: Path, output: Path, **environment: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program in a process group of its own; end the whole group after use.

    ``kedro viz run`` leaves its server behind when it alone is ended.

    Args:
        command: The program and its arguments.
        folder: Where it runs.
        output: File for what it prints.
        environment: Further variables.

    Yields:
        The process; its id is that of the group.
    """
    with output.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 - this project's kedro, or Chromium
            command,
            cwd=folder,
            env=os.environ | {"KEDRO_DISABLE_TELEMETRY": "1"} | environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        with contextlib.suppress(PictureError):
            wait_until(lambda: not is_running(process.pid), "the group's end", 5)
            return


def is_running(group: int) -> bool:
    """Say whether a process of the group is left (never, on a system without ``/proc``)."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group = status.read_text(encoding="utf-8").rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                return True
    return False


@contextlib.contextmanager
def kedro_viz(project: Path) -> Iterator[str]:
    """Serve a project with ``kedro viz run``.

    Args:
        project: The project's folder.

    Yields:
        The address, such as ``http://127.0.0.1:23456``.

    Raises:
        PictureError: If the server does not come up.
    """
    command = [sys.executable, "-m", "kedro", "viz", "run", "--no-browser"]
    command += ["--host", "127.0.0.1", "--port", str(_free_port())]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "viz.log"
        with started(command, project, log) as process:

            def address() -> str | None:
                # kedro-viz prints it once it answers; another port if ours is taken by then.
                text = log.read_text(encoding="utf-8", errors="replace")
                if found := _RUNNING.search(text):
                    return found[1]
                if process.poll() is not None:
                    msg = f"kedro viz run ended with {process.returncode}:\n{text}"
                    raise PictureError(msg)
                return None

            yield wait_until(address, "kedro-viz", 120)


def _free_port() -> int:
    for port in random.sample(_PORTS, 50):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    msg = f"No port is free from {_PORTS.start} to {_PORTS.stop}."
    raise PictureError(msg)


@dataclass
class Page:
    """A page of Chromium, and what happened on it since it was opened."""

    browser: Browser
    errors: list[str] = field(default_factory=list)
    """What the page's scripts threw or logged as an error."""
    foreign: list[str] = field(default_factory=list)
    """Addresses of other hosts that it asked for."""
    _context: BrowserContext | None = None
    _page: BrowserPage | None = None

    @property
    def page(self) -> BrowserPage:
        """The page in Playwright's own words.

        Raises:
            PictureError: None was opened.
        """
        if self._page is None:
            msg = "No page was opened."
            raise PictureError(msg)
        return self._page

    def visit(
        self, address: str, width: int, height: int, scale: int = 1, *, theme: Any = "light"
    ) -> None:
        """Open a page in a window of its own, and wait until it is loaded.

        Args:
            address: The page.
            width: Of the window, in CSS pixels.
            height: Of the window, in CSS pixels.
            scale: Pixels of a picture to a CSS pixel.
            theme: ``light`` or ``dark``, as the system prefers it.
        """
        self.close()
        self._context = self.browser.new_context(
            viewport={"width": width, "height": height},
            device_scale_factor=scale,
            color_scheme=theme,
            reduced_motion="reduce",
        )
        self._context.add_init_script(_PREPARE)
        self._page = self._context.new_page()
        self.errors.clear()
        self.foreign.clear()
        self._page.on("pageerror", lambda error: self.errors.append(str(error)))
        self._page.on("console", self._note)
        self._page.on("request", lambda request: self._ask(request.url, address))
        self._page.goto(address)

    def open(self, address: str, width: int, height: int, scale: int = 1) -> None:
        """Open a page of kedro-viz and wait until its graph stands still.

        Raises:
            PictureError: If it shows no graph.
        """
        self.visit(address, width, height, scale)
        self.page.wait_for_selector(".pipeline-node")
        self.stand_still()

    def stand_still(self) -> None:
        """Wait until nothing moves in the graph.

        Raises:
            PictureError: If it does not end.
        """
        before = ""

        def stands_still() -> bool:
            nonlocal before
            self.page.wait_for_timeout(500)
            before, now = self.page.evaluate(_POSITIONS), before
            return bool(before == now)

        wait_until(stands_still, "the graph")

    def close(self) -> None:
        """Close the window."""
        if self._context is not None:
            self._context.close()
            self._context = self._page = None

    def picture(self, part: Any = None) -> bytes:
        """Return the page, or a part of it, as PNG."""
        return self.page.screenshot(clip=part, animations="disabled")

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def _ask(self, asked: str, address: str) -> None:
        host = urlsplit(asked)
        if host.scheme not in {"data", "blob"} and host.netloc != urlsplit(address).netloc:
            self.foreign.append(asked)


@contextlib.contextmanager
def chromium() -> Iterator[Page]:
    """Start Chromium.

    Yields:
        A window of it, in which kedro-viz looks as it does to a returning visitor.

    Raises:
        PictureError: If it is absent.
    """
    program = find_chromium()
    if program is None:
        msg = "Chromium is not on this machine (Debian: apt-get install chromium)."
        raise PictureError(msg)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        page = Page(browser)
        try:
            yield page
        finally:
            page.close()
            browser.close()


@contextlib.contextmanager
def synthetic_project(*commands: tuple[str, ...]) -> Iterator[Path]:
    """Run commands of ``kedro`` on the committed drops, in a copy of the project.

    Args:
        commands: Each with its arguments.

    Yields:
        The copy's folder.

    Raises:
        PictureError: If a command fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        shutil.copytree(ROOT / "conf", project / "conf", ignore=shutil.ignore_patterns("local"))
        for empty in ("conf/local", "src", RAW):
            (project / empty).mkdir(parents=True)
        for name in ("pyproject.toml", ".telemetry", *(f"{RAW}/{drop}" for drop in DROPS)):
            shutil.copy(ROOT / name, project / name)
        for command in commands:
            log = project / "run.log"
            typed = [sys.executable, "-m", "kedro", *command]
            with started(typed, project, log, WANDB_MODE="offline") as process:
                if process.wait(600) != 0:
                    raise PictureError(log.read_text(encoding="utf-8", errors="replace"))
        yield project


def pipeline_picture(page: Page, address: str) -> bytes:
    """Take the default pipelines, each folded into its box, with layers, without the tool bars."""
    page.open(address, 1400, 900, scale=2)  # sharp letters, when it is enlarged too
    return _graph(page)


def unfolded_picture(page: Page, address: str, box: str) -> bytes:
    """Take them with one box unfolded."""
    page.open(address, 1500, 1000, scale=2)
    page.page.locator(".pipeline-node", has_text=re.compile(f"^{box}$")).click()
    page.page.wait_for_timeout(300)
    page.stand_still()
    return _graph(page)


def _graph(page: Page) -> bytes:
    if page.page.evaluate(_COVERED):
        msg = "A node covers the name of a layer; give the window another size."
        raise PictureError(msg)
    return page.picture(page.page.evaluate(_GRAPH))


def preview_picture(page: Page, address: str, dataset: str) -> bytes:
    """Take a figure as kedro-viz shows it when its preview is expanded."""
    page.open(f"{address}/?pid=__default__&sn={dataset}", 1440, 760)
    page.page.locator(f"{_PANEL} button", has_text="Expand preview").click()
    page.page.wait_for_selector(_EXPANDED)
    page.page.wait_for_timeout(1000)  # the panel slides away
    return page.picture()


def report_picture(page: Page, project: Path) -> bytes:
    """Take the top of the week's report."""
    report = project / "data/08_reporting/weekly_summary.html"
    page.visit(report.as_uri(), 1280, 1100)
    page.page.wait_for_selector("html[data-drawn=yes]")
    return page.picture()


def save(picture: bytes, path: Path) -> None:
    """Write a picture with no more colours than it needs.

    Raises:
        PictureError: If it is too large for a README.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(io.BytesIO(picture)) as image:
        image.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
        width, height = image.size
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}: {width} x {height}, {size / 1000:.0f} kB")
    if size > _LARGEST:
        msg = f"{path.relative_to(ROOT)} is larger than {_LARGEST / 1000:.0f} kB."
        raise PictureError(msg)


def lineage_picture(project: Path) -> str:
    """Draw what ``kedro wandb lineage`` prints, without Kedro's line on its logging, as SVG.

    Raises:
        PictureError: If the command fails.
    """
    log = project / "lineage.log"
    with started([sys.executable, "-m", "kedro", *_LINEAGE], project, log) as process:
        code = process.wait(60)
    printed = log.read_text(encoding="utf-8")
    lines = [line for line in printed.splitlines() if "logging configuration" not in line]
    if code != 0:
        raise PictureError(printed)
    width = max(map(len, lines)) + 1
    terminal = Console(record=True, width=width, file=io.StringIO())
    terminal.print(Text("\n".join(lines)))
    return terminal.export_svg(
        title=f"kedro {' '.join(_LINEAGE)}",
        theme=DEFAULT_TERMINAL_THEME,
        code_format=_SVG,
        unique_id="lineage",
    )


def main() -> None:
    """Take all pictures."""
    print("Running the pipelines on the synthetic drops, and then two weeks of them ...")
    with synthetic_project(("run",)) as project, kedro_viz(project) as address, chromium() as page:
        (IMAGES / "lineage.svg").write_text(lineage_picture(project), encoding="utf-8")
        save(pipeline_picture(page, address), IMAGES / "pipeline.png")
        save(unfolded_picture(page, address, "modeling"), IMAGES / "unfolded.png")
        figure = preview_picture(page, address, "predicted_against_actual_plot")
        save(figure, IMAGES / "preview.png")
    first = ("weekly", "--params", f"as_of={DROPS[0].partition('.')[0]}")
    with synthetic_project(first, ("weekly",)) as project, chromium() as page:
        save(report_picture(page, project), IMAGES / "weekly_report.png")


if __name__ == "__main__":
    main()
