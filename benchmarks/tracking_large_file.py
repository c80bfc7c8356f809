"""What tracking one large Parquet dataset costs, in time and on the disk.

Run from anywhere::

    python benchmarks/tracking_large_file.py [--megabytes 1000] [--repeats 5]

A tiny Kedro project writes random numbers to a Parquet file. Its `kedro run` is timed without
and with tracking (offline), in pairs and in turns the one first and the other: with new
content, and again with the same. What tracking adds is told as a multiple of one `md5sum` of
the file in the same round, since machines differ and are noisy; so is what it keeps on the
disk, as a multiple of the file's size.

Exit status: 0 if all medians are within their limits, 1 if one is not.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMITS = {"new": 2.0, "unchanged": 1.1}
"""Added time, in `md5sum`s of the file."""

DISK = {"new": 1.02, "unchanged": 0.01}
"""Added disk, in sizes of the file; the hundredths are records and offline runs."""

FILES = {
    "pyproject.toml": """
[tool.kedro]
package_name = "large"
project_name = "large"
kedro_init_version = "1.7.0"
source_dir = "src"
""",
    ".telemetry": "consent: false\n",
    "conf/base/catalog.yml": """
numbers:
  type: pandas.ParquetDataset
  filepath: data/numbers.parquet
  save_args: {compression: null}
""",
    "conf/base/parameters.yml": "rows: 0\nseed: 0\n",
    "conf/base/wandb.yml": "project: large\n",
    "conf/local/.gitkeep": "",
    "src/large/__init__.py": "",
    "src/large/settings.py": "",
    "src/large/pipeline_registry.py": """
from kedro.pipeline import Node, Pipeline


def draw(rows, seed):
    import numpy as np
    import pandas as pd

    numbers = np.random.default_rng(seed).random((rows, 10))
    return pd.DataFrame(numbers, columns=list("abcdefghij"))


def register_pipelines():
    node = Node(draw, ["params:rows", "params:seed"], "numbers", name="draw")
    return {"__default__": Pipeline([node])}
""",
}


def main(arguments: list[str]) -> int:
    """Time the rounds, print a table and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=1000, help="size of the file")
    parser.add_argument("--repeats", type=int, default=5, help="rounds")
    given = parser.parse_args(arguments)
    print(f"{os.cpu_count()} cores; {given.megabytes} MB of Parquet")
    print(f"{'':12}{'md5sum':>8}{'untracked':>11}{'tracked':>9}{'added':>8}{'disk':>8}")
    time_ratios: dict[str, list[float]] = {kind: [] for kind in LIMITS}
    disk_ratios: dict[str, list[float]] = {kind: [] for kind in LIMITS}
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        for name, content in FILES.items():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text(content, encoding="utf-8")
        time_run(project, given.megabytes, 0, "disabled")  # warms the caches
        for seed in range(1, given.repeats + 1):
            for kind in LIMITS:
                spent, kept = measure(project, given.megabytes, seed, kind)
                time_ratios[kind].append(spent)
                disk_ratios[kind].append(kept)
    return 0 if all([judge("time", time_ratios, LIMITS), judge("disk", disk_ratios, DISK)]) else 1


def measure(project: Path, megabytes: int, seed: int, kind: str) -> tuple[float, float]:
    """Time a pair of runs; return the time in md5sums and the disk in files that tracking adds."""
    file = project / "data/numbers.parquet"
    before = size_of(project / ".wandb")
    modes = ["disabled", "offline"] if seed % 2 else ["offline", "disabled"]
    took = {mode: time_run(project, megabytes, seed, mode) for mode in modes}
    untracked, tracked = took["disabled"], took["offline"]
    begin = time.perf_counter()
    subprocess.run(["md5sum", file], check=True, capture_output=True)  # noqa: S603, S607 - the user's
    md5sum = time.perf_counter() - begin
    spent = (tracked - untracked) / md5sum
    kept = (size_of(project / ".wandb") - before) / file.stat().st_size
    print(
        f"{kind:12}{md5sum:8.2f}{untracked:11.2f}{tracked:9.2f}{spent:7.2f}x{kept:7.3f}x",
        flush=True,
    )
    return spent, kept


def time_run(project: Path, megabytes: int, seed: int, mode: str) -> float:
    """Run the pipeline and return the seconds of the whole command."""
    os.sync()  # no run pays for what another has written
    begin = time.perf_counter()
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "kedro", "run", "--params",
         f"rows={megabytes * 1_000_000 // 80},seed={seed}"],
        cwd=project,
        env=os.environ | {"WANDB_MODE": mode},
        check=True,
        capture_output=True,
    )  # fmt: skip
    return time.perf_counter() - begin


def size_of(folder: Path) -> int:
    """Return the bytes of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def judge(what: str, ratios: dict[str, list[float]], limits: dict[str, float]) -> bool:
    """Print the medians beside their limits, and tell whether all are within."""
    is_met = True
    for kind, found in ratios.items():
        median = statistics.median(found)
        verdict = "met   " if median <= limits[kind] else "MISSED"
        print(f"{verdict}  {what}, {kind}: median {median:.2f}x, limit {limits[kind]}x")
        is_met = is_met and median <= limits[kind]
    return is_met


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
