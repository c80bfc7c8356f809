"""What tracking thousands of partitions costs, of equal and of different sizes.

Run from anywhere::

    python benchmarks/tracking_partitions.py [--partitions 4000] [--rows 40]

A tiny Kedro project saves a partitioned dataset of CSV files, once, and then with other
content: the second run is the one that counts, since an earlier version is there. It is timed
without and with tracking (no account), with partitions that all have one size, and with
partitions that all differ in size but have as many bytes together. With `--partitions 20000`
the limit is that of 20,000.

Exit status: 0 if the limits are kept, 1 if one is not or not every partition was logged.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

RATIO = 1.5
"""Seconds that tracking adds for equal sizes, as a multiple of those for different ones."""

SECONDS = {4_000: 25.0, 20_000: 150.0}
"""Seconds that tracking may add, by the number of partitions up to which they hold."""

FILES = {
    "pyproject.toml": """
[tool.kedro]
package_name = "many"
project_name = "many"
kedro_init_version = "1.7.0"
source_dir = "src"
""",
    ".telemetry": "consent: false\n",
    "conf/base/catalog.yml": """
parts:
  type: partitions.PartitionedDataset
  path: data/parts
  filename_suffix: .csv
  dataset: {type: text.TextDataset}
""",
    "conf/base/parameters.yml": "partitions: 1\nrows: 1\nseed: 0\nequal: true\n",
    "conf/base/wandb.yml": "project: many\n",
    "conf/local/.gitkeep": "",
    "src/many/__init__.py": "",
    "src/many/settings.py": "",
    "src/many/pipeline_registry.py": """
from kedro.pipeline import Node, Pipeline


def make(partitions, rows, seed, equal):
    found = {}
    for number in range(partitions):
        lines = [f"{seed:03d},{number:08d},{line:04d}" for line in range(rows)]
        # Different sizes: one partition is as much longer as another one is shorter.
        extra = 0 if equal else number - partitions // 2
        text = "\\n".join(["seed,number,line", *lines])
        spare = partitions // 2 + 1
        found[f"{number:06d}"] = text + "\\n" + "x" * (spare + extra)
    return found


def register_pipelines():
    inputs = [f"params:{name}" for name in ("partitions", "rows", "seed", "equal")]
    return {"__default__": Pipeline([Node(make, inputs, "parts", name="make")])}
""",
}


def main(arguments: list[str]) -> int:
    """Time both kinds, print a table and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--partitions", type=int, default=4_000)
    parser.add_argument("--rows", type=int, default=40, help="lines of a partition")
    given = parser.parse_args(arguments)
    print(f"{os.cpu_count()} cores; {given.partitions} partitions, changed")
    print(f"{'':12}{'untracked':>11}{'tracked':>9}{'added':>8}")
    added = {kind: measure(kind, given.partitions, given.rows) for kind in ("different", "equal")}
    limit = next((s for n, s in SECONDS.items() if given.partitions <= n), SECONDS[20_000])
    ratio = added["equal"] / added["different"]
    is_met = ratio <= RATIO and added["equal"] <= limit
    print(
        f"{'met   ' if is_met else 'MISSED'}  equal sizes: {added['equal']:.1f} s added, limit "
        f"{limit:.0f} s; {ratio:.2f}x of different sizes, limit {RATIO}x"
    )
    return 0 if is_met else 1


def measure(kind: str, partitions: int, rows: int) -> float:
    """Return the seconds that tracking adds to the second run of a kind."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        for name, content in FILES.items():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text(content, encoding="utf-8")
        asked = f"partitions={partitions},rows={rows},equal={str(kind == 'equal').lower()}"
        time_run(project, f"{asked},seed=1", tracked=True)
        shutil.rmtree(project / "data")
        untracked = time_run(project, f"{asked},seed=2", tracked=False)
        shutil.rmtree(project / "data")
        tracked = time_run(project, f"{asked},seed=2", tracked=True)
        check_logged(project, partitions)
    print(f"{kind:12}{untracked:11.2f}{tracked:9.2f}{tracked - untracked:8.2f}", flush=True)
    return tracked - untracked


def time_run(project: Path, parameters: str, *, tracked: bool) -> float:
    """Run the pipeline and return the seconds of the whole command."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("WANDB_")}
    environment = kept | {"NETRC": str(project / "no.netrc")}  # nobody's key is found
    os.sync()  # no run pays for what another has written
    begin = time.perf_counter()
    subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "kedro", "run", "--params", parameters],
        cwd=project,
        env=environment | ({} if tracked else {"WANDB_MODE": "disabled"}),
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - begin


def check_logged(project: Path, partitions: int) -> None:
    """See that both versions have all partitions."""
    with closing(sqlite3.connect(project / ".wandb/many/store.db")) as connection:
        counts = connection.execute("SELECT count(*) FROM entries GROUP BY version_id").fetchall()
    if counts != [(partitions,), (partitions,)]:
        sys.exit(f"Not every partition was logged: {counts}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
