"""What tracking thousands of partitions costs, of equal and of different sizes.

Run from anywhere::

    python benchmarks/tracking_partitions.py [--rows 40] [--quick]

A tiny Kedro project saves a partitioned dataset of CSV files, once, and then with other
content: the second run is the one that counts, since an earlier version is there. It is timed
without and with tracking (no account): with 4,000 partitions that all have one size, with
4,000 that all differ in size but have as many bytes together, and with 20,000 of one size. A
run that waits longer than a second has to show a bar meanwhile.

Exit status: 0 if the limits are kept, 1 if one is not or not every partition was logged.
"""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from shared.results import Section, Table, Target, close, options, parse

RATIO = 1.5
"""Seconds that tracking adds for equal sizes, as a multiple of those for different ones."""

FEW, ADDED = 4_000, 25.0
"""Partitions, and seconds that tracking may add."""

MANY, WHOLE = 20_000, 150.0
"""Partitions, and seconds that the whole tracked run may take."""

QUICK = 50, 100
"""Partitions of the quick form."""

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


@dataclass(frozen=True)
class Times:
    """Seconds of the second run, of CPU time too, and whether it has shown a bar."""

    untracked: float
    tracked: float
    cpu: float
    has_bar: bool

    @property
    def added(self) -> float:
        """What tracking adds."""
        return self.tracked - self.untracked


def main(arguments: list[str]) -> int:
    """Time all kinds, and return the exit status."""
    parser = options(__doc__, pairs=1)
    parser.add_argument("--rows", type=int, default=40, help="lines of a partition")
    given = parse(parser, arguments)
    few, many = QUICK if given.quick else (FEW, MANY)
    times = {
        ("different", few): measure("different", few, given.rows),
        ("equal", few): measure("equal", few, given.rows),
        ("equal", many): measure("equal", many, given.rows),
    }
    return close(section(times, few, many), given)


def section(times: dict[tuple[str, int], Times], few: int, many: int) -> Section:
    """Return the results."""
    different, equal, large = times.values()
    ratio = equal.added / different.added
    rows = [
        [
            f"{number:,} of {kind} sizes",
            f"{each.tracked / each.untracked:.2f}",
            f"{each.added:.1f}",
            f"{each.untracked:.1f}",
            f"{each.tracked:.1f}",
            f"{each.cpu:.1f}",
        ]
        for (kind, number), each in times.items()
    ]
    about = (
        "A tiny project saves a partitioned dataset of CSV files, then the same with other "
        "content, which is timed, without and with tracking."
    )
    head = ["partitions", "of untracked", "added, s", "untracked, s", "tracked, s", "CPU s"]
    targets = [
        Target(f"{few:,} of equal sizes, of what different sizes add", ratio, RATIO),
        Target(f"{few:,} of equal sizes, added", equal.added, ADDED, "s"),
        Target(f"{many:,} of equal sizes, in all", large.tracked, WHOLE, "s"),
        Target("bars shown by the longest run", int(large.has_bar), 1, "", is_least=True),
    ]
    return Section("Many partitions", about, [Table("All changed:", head, rows)], targets)


def measure(kind: str, partitions: int, rows: int) -> Times:
    """Return what the second run of a kind takes, without and with tracking."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        for name, content in FILES.items():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            (project / name).write_text(content, encoding="utf-8")
        asked = f"partitions={partitions},rows={rows},equal={str(kind == 'equal').lower()}"
        time_run(project, f"{asked},seed=1", tracked=True)
        shutil.rmtree(project / "data")
        untracked, *_ = time_run(project, f"{asked},seed=2", tracked=False)
        shutil.rmtree(project / "data")
        tracked, cpu, output = time_run(project, f"{asked},seed=2", tracked=True)
        check_logged(project, partitions)
    return Times(untracked, tracked, cpu, "tracking parts" in output)


def time_run(project: Path, parameters: str, *, tracked: bool) -> tuple[float, float, str]:
    """Run the pipeline; return the seconds of the whole command, of its CPU time, and its words."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("WANDB_")}
    # Nobody's key is found; and bars are drawn as on a terminal.
    environment = kept | {"NETRC": str(project / "no.netrc"), "FORCE_COLOR": "1"}
    os.sync()  # no run pays for what another has written
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "kedro", "run", "--params", parameters],
        cwd=project,
        env=environment | ({} if tracked else {"WANDB_MODE": "disabled"}),
        check=True,
        capture_output=True,
        text=True,
    )
    took, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return took, cpu, done.stderr


def check_logged(project: Path, partitions: int) -> None:
    """See that both versions have all partitions."""
    with closing(sqlite3.connect(project / ".wandb/many/store.db")) as connection:
        counts = connection.execute("SELECT count(*) FROM entries GROUP BY version_id").fetchall()
    if counts != [(partitions,), (partitions,)]:
        sys.exit(f"Not every partition was logged: {counts}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
