"""Speed and memory of the service, over HTTP, as one client after another sees it.

Run from anywhere::

    python benchmarks/service.py [--drops FOLDER] [--project FOLDER]

A model is trained from the drops, and released, in a project folder of its own; or a folder is
named that has one in production. Then ``kedro serve`` is started, and asked by one client on one
connection: single listings, the same with five similar ones and explanations, and batches of a
thousand. CPU times are the service's own: on a machine with other work they say more than the
clock.

Exit status: 0 if all targets are met, 1 if not.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import gzip
import http.client
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference import ROOT, make_project

MAX_P50_MS, MAX_P99_MS, MAX_ALL_MS = 12, 35, 40
"""Of one estimate; of one with similar listings and contributions (median)."""

BATCH, MIN_RATE = 1000, 5_000
"""Listings of a batch, and least of them a second."""

MAX_START_S, MAX_MEMORY_MB = 5.0, 500
"""From the command to the first price; highest resident size, 10**6 bytes."""

SINGLES, BATCHES, WARM = 300, 12, 30
_TICKS = os.sysconf("SC_CLK_TCK")
_WHOLE = {
    "id",
    "minimum_nights",
    "number_of_reviews",
    "calculated_host_listings_count",
    "availability_365",
}
_DECIMAL = {"latitude", "longitude", "reviews_per_month"}
_LEFT_OUT = {"host_id", "host_name", "price"}


@dataclass(frozen=True)
class Times:
    """What requests took.

    Attributes:
        milliseconds: Of each, on the clock.
        cpu: Of the service, mean milliseconds of each.
    """

    milliseconds: list[float]
    cpu: float

    @property
    def p50(self) -> float:
        """The median."""
        return statistics.median(self.milliseconds)

    @property
    def p99(self) -> float:
        """What one in a hundred is longer than."""
        return statistics.quantiles(self.milliseconds, n=100)[98]


class Service:
    """``kedro serve`` in a process of its own."""

    def __init__(self, project: Path) -> None:
        """Start it, and wait for its first model."""
        kept = {name: each for name, each in os.environ.items() if not name.startswith("WANDB_")}
        start = time.perf_counter()
        with (project / "serve.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "kedro", "serve", "--port", "0"],
                cwd=project,
                env=kept | {"WANDB_MODE": "offline"},
                stdout=log,
                stderr=log,
            )
        said = project / "serve.log"
        while (found := re.search(r"http://([^:]+):(\d+)", said.read_text())) is None:
            if self.process.poll() is not None:
                raise RuntimeError(said.read_text())
            time.sleep(0.02)
        self.connection = http.client.HTTPConnection(found[1], int(found[2]), timeout=120)
        while self._ask("GET", "/ready")[0] != http.HTTPStatus.OK:
            time.sleep(0.02)
        self.start_seconds = time.perf_counter() - start

    def _ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/json"} if body else {}
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        return response.status, response.read()

    def timed(self, bodies: list[bytes]) -> Times:
        """Ask for estimates, one after another.

        Raises:
            RuntimeError: One is refused.
        """
        spent, before = [], self.cpu_seconds()
        for body in bodies:
            start = time.perf_counter()
            status, content = self._ask("POST", "/estimates", body)
            spent.append(1000 * (time.perf_counter() - start))
            if status != http.HTTPStatus.OK:
                raise RuntimeError(content.decode())
        return Times(spent, 1000 * (self.cpu_seconds() - before) / len(bodies))

    def cpu_seconds(self) -> float:
        """Return what the process has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def memory(self) -> float:
        """Return its highest resident size so far, in 10**6 bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) * 1024 / 1e6 if found else float("nan")

    def end(self) -> None:
        """End it."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def read_listings(drop: Path, rows: int) -> list[dict[str, Any]]:
    """Return the first rows of a drop as the service takes them."""
    opened = gzip.open if drop.suffix == ".gz" else open
    with opened(drop, "rt", encoding="utf-8", newline="") as file:
        records = [record for record, _ in zip(csv.DictReader(file), range(rows), strict=False)]
    return [
        {name: _read(name, text) for name, text in record.items() if name not in _LEFT_OUT}
        for record in records
    ]


def _read(name: str, text: str) -> Any:
    if not text:
        return None
    if name in _WHOLE:
        return int(text)
    return float(text) if name in _DECIMAL else text


@contextlib.contextmanager
def _project(given: argparse.Namespace) -> Iterator[Path]:
    if given.project:
        yield given.project.resolve()
        return
    with tempfile.TemporaryDirectory() as folder:
        yield make_project(Path(folder, "project"), given.drops.resolve())


def main(arguments: list[str]) -> int:
    """Measure, print and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--drops", type=Path, default=ROOT / "data/01_raw/listings")
    parser.add_argument("--project", type=Path, help="that has a model in production")
    given = parser.parse_args(arguments)
    listings = read_listings(max(given.drops.glob("*.csv*")), BATCH)

    def bodies(number: int, **asked: Any) -> list[bytes]:
        some = (listings[n % len(listings)] for n in range(number))
        return [json.dumps({"listings": [each], **asked}).encode() for each in some]

    everything: dict[str, Any] = {"similar": 5, "explain": True}
    batch = json.dumps({"listings": listings}).encode()
    with _project(given) as project:
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        service = Service(project)
        try:
            for warm in (bodies(WARM), bodies(WARM, **everything), [batch]):
                service.timed(warm)
            one = show("one estimate", service.timed(bodies(SINGLES)))
            both = show("... similar and explained", service.timed(bodies(SINGLES, **everything)))
            many = show(f"{len(listings)} at once", service.timed([batch] * BATCHES))
            memory, start = service.memory(), service.start_seconds
        finally:
            service.end()
    rate = 1000 * len(listings) / many.p50
    met = {
        f"one estimate {one.p50:.1f} ms p50, at most {MAX_P50_MS}": one.p50 <= MAX_P50_MS,
        f"one estimate {one.p99:.1f} ms p99, at most {MAX_P99_MS}": one.p99 <= MAX_P99_MS,
        f"with all {both.p50:.1f} ms p50, at most {MAX_ALL_MS}": both.p50 <= MAX_ALL_MS,
        f"{rate:.0f} rows/s in batches, at least {MIN_RATE}": rate >= MIN_RATE,
        f"ready after {start:.1f} s, at most {MAX_START_S:.0f}": start <= MAX_START_S,
        f"{memory:.0f} MB, at most {MAX_MEMORY_MB}": memory <= MAX_MEMORY_MB,
    }
    for target, is_met in met.items():
        print(f"{'met   ' if is_met else 'MISSED'}  {target}")
    return 0 if all(met.values()) else 1


def show(what: str, times: Times) -> Times:
    """Print one line."""
    print(
        f"{what:28}{times.p50:8.1f} ms p50{times.p99:8.1f} ms p99{times.cpu:8.1f} ms CPU",
        flush=True,
    )
    return times


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
