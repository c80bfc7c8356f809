"""What tracking one large file costs, in time and on the disk.

Run from anywhere::

    python benchmarks/tracking_large_file.py [--megabytes 3000] [--repeats 3] [--folder DIR]

A tiny Kedro project copies a file of random bytes. Its `kedro run` is timed without and with
tracking (no account), in pairs and in turns the one first and the other: with new content,
with the same but for one byte, and unchanged. What tracking adds is told as a multiple of one
`md5sum` of the file in the same round, since machines differ and are noisy; so is what it
keeps on the disk, as a multiple of the file's size. Three times the file's size must be free.

Exit status: 0 if all medians are within their limits, 1 if one is not or nothing was logged.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LIMITS = {"new": 2.2, "one byte": 2.2, "unchanged": 1.1}
"""Added time, in `md5sum`s of the file."""

DISK = {"new": 1.02, "one byte": 1.02, "unchanged": 0.01}
"""Added disk, in sizes of the file; the hundredths are records."""

CHUNK = 1 << 24

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
copy:
  type: large.copied.CopiedFile
  filepath: data/copy.bin
""",
    "conf/base/wandb.yml": "project: large\n",
    "conf/local/.gitkeep": "",
    "src/large/__init__.py": "",
    "src/large/settings.py": "",
    "src/large/copied.py": """
import shutil
from pathlib import Path

from kedro.io import AbstractDataset


class CopiedFile(AbstractDataset):
    def __init__(self, filepath):
        self._filepath = filepath

    def load(self):
        return self._filepath

    def save(self, data):
        shutil.copyfile(data, self._filepath)

    def _describe(self):
        return {"filepath": self._filepath}
""",
    "src/large/pipeline_registry.py": """
from kedro.pipeline import Node, Pipeline


def source():
    return "data/source.bin"


def register_pipelines():
    return {"__default__": Pipeline([Node(source, None, "copy", name="source")])}
""",
}


def main(arguments: list[str]) -> int:
    """Time the rounds, print a table and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=int, default=3000, help="size of the file")
    parser.add_argument("--repeats", type=int, default=3, help="rounds")
    parser.add_argument("--folder", type=Path, help="for the project; default: a temporary one")
    given = parser.parse_args(arguments)
    print(f"{os.cpu_count()} cores; a file of {given.megabytes} MB")
    print(f"{'':12}{'md5sum':>8}{'untracked':>11}{'tracked':>9}{'added':>8}{'disk':>8}")
    time_ratios: dict[str, list[float]] = {kind: [] for kind in LIMITS}
    disk_ratios: dict[str, list[float]] = {kind: [] for kind in LIMITS}
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        project = make_project(Path(folder))
        fill(project, 1)
        time_run(project, tracked=False)  # warms the caches
        for number in range(given.repeats):
            shutil.rmtree(project / ".wandb", ignore_errors=True)
            for kind in LIMITS:
                prepare(project, given.megabytes, kind)
                spent, kept = measure(project, kind, tracked_first=number % 2 == 0)
                time_ratios[kind].append(spent)
                disk_ratios[kind].append(kept)
    return 0 if all([judge("time", time_ratios, LIMITS), judge("disk", disk_ratios, DISK)]) else 1


def make_project(project: Path) -> Path:
    """Write the project's files."""
    for name, content in FILES.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(content, encoding="utf-8")
    (project / "data").mkdir()
    return project


def prepare(project: Path, megabytes: int, kind: str) -> None:
    """Make the file's content what a kind of round says."""
    if kind == "new":
        fill(project, megabytes)
    if kind == "one byte":
        with (project / "data/source.bin").open("r+b") as file:
            file.seek(megabytes * 500_000)
            (byte,) = file.read(1)
            file.seek(megabytes * 500_000)
            file.write(bytes([byte ^ 1]))


def fill(project: Path, megabytes: int) -> None:
    """Write random bytes."""
    left = megabytes * 1_000_000
    with (project / "data/source.bin").open("wb") as file:
        while left:
            left -= file.write(os.urandom(min(left, CHUNK)))


def measure(project: Path, kind: str, *, tracked_first: bool) -> tuple[float, float]:
    """Time a pair of runs; return the time in md5sums and the disk in files that tracking adds."""
    file = project / "data/copy.bin"
    before = size_of(project / ".wandb")
    order = [True, False] if tracked_first else [False, True]
    took = {tracked: time_run(project, tracked=tracked) for tracked in order}
    begin = time.perf_counter()
    subprocess.run(["md5sum", file], check=True, capture_output=True)  # noqa: S603, S607 - the user's
    md5sum = time.perf_counter() - begin
    spent = (took[True] - took[False]) / md5sum
    kept = (size_of(project / ".wandb") - before) / file.stat().st_size
    print(
        f"{kind:12}{md5sum:8.2f}{took[False]:11.2f}{took[True]:9.2f}{spent:7.2f}x{kept:7.3f}x",
        flush=True,
    )
    return spent, kept


def time_run(project: Path, *, tracked: bool) -> float:
    """Run the pipeline, see that its file was logged, and return the seconds of the command."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("WANDB_")}
    environment = kept | {"NETRC": str(project / "no.netrc")}  # nobody's key is found
    os.sync()  # no run pays for what another has written
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "kedro", "run"],
        cwd=project,
        env=environment | ({} if tracked else {"WANDB_MODE": "disabled"}),
        check=True,
        capture_output=True,
        text=True,
    )
    took = time.perf_counter() - begin
    if tracked and "copy:v" not in done.stdout + done.stderr:
        sys.exit(f"The file was not logged:\n{done.stdout}{done.stderr}")
    return took


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
