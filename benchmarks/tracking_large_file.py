"""What tracking one large file costs, in time and on the disk.

Run from anywhere::

    python benchmarks/tracking_large_file.py [--megabytes 3000] [--pairs 3] [--folder DIR] [--quick]

A tiny Kedro project copies a file of random bytes. Its `kedro run` is timed without and with
tracking (no account), in pairs and in turns the one first and the other: with new content,
with the same but for one byte, and unchanged. What tracking adds is told as a multiple of one
`md5sum` of the file in the same round, since machines differ and are noisy; so is what it
keeps on the disk, as a multiple of the file's size. Three times the file's size must be free.

Exit status: 0 if all medians are within their limits, 1 if one is not or nothing was logged.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from shared.results import Section, Table, Target, close, options, parse

LIMITS = {"new": 2.2, "one byte": 2.2, "unchanged": 1.1}
"""Added time, in `md5sum`s of the file."""

DISK = {"new": 1.02, "one byte": 1.02, "unchanged": 0.01}
"""Added disk, in sizes of the file; the hundredths are records."""

CHUNK = 1 << 24
QUICK_MEGABYTES = 50

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


@dataclass(frozen=True)
class Round:
    """One pair of runs.

    Attributes:
        untracked: Seconds.
        tracked: Seconds.
        md5sum: Seconds of one ``md5sum`` of the file.
        kept: Sizes of the file that tracking has added to the disk.
    """

    untracked: float
    tracked: float
    md5sum: float
    kept: float

    @property
    def spent(self) -> float:
        """Time that tracking has added, in ``md5sum``s of the file."""
        return (self.tracked - self.untracked) / self.md5sum


def main(arguments: list[str]) -> int:
    """Time the rounds, and return the exit status."""
    parser = options(__doc__, pairs=3)
    parser.add_argument("--megabytes", type=int, default=3000, help="size of the file")
    parser.add_argument("--folder", type=Path, help="for the project; default: a temporary one")
    given = parse(parser, arguments)
    megabytes = QUICK_MEGABYTES if given.quick else given.megabytes
    found: dict[str, list[Round]] = {kind: [] for kind in LIMITS}
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        project = make_project(Path(folder))
        fill(project, 1)
        time_run(project, tracked=False)  # warms the caches
        for number in range(given.pairs):
            shutil.rmtree(project / ".wandb", ignore_errors=True)
            for kind in LIMITS:
                prepare(project, megabytes, kind)
                found[kind].append(measure(project, tracked_first=number % 2 == 0))
    return close(section(found, megabytes), given)


def section(found: dict[str, list[Round]], megabytes: int) -> Section:
    """Return the results."""
    medians = {
        kind: {
            name: statistics.median(getattr(each, name) for each in rounds)
            for name in ("spent", "kept", "untracked", "tracked", "md5sum")
        }
        for kind, rounds in found.items()
    }
    rows = [
        [
            kind,
            f"{each['spent']:.2f}",
            f"{each['kept']:.3f}",
            f"{each['tracked'] / each['untracked']:.2f}",
            *(f"{each[name]:.1f}" for name in ("untracked", "tracked", "md5sum")),
        ]
        for kind, each in medians.items()
    ]
    head = ["content", "added, in `md5sum`s", "disk, in files", "of untracked", "untracked, s"]
    about = (
        f"A tiny project copies a file of {megabytes:,} MB of random bytes; what tracking adds to "
        "the run, in times of one `md5sum` of the file, and what it keeps on the disk."
    )
    targets = [
        Target(f"{kind}: {what}", medians[kind][name], limit, unit)
        for what, name, limits, unit in (
            ("added time", "spent", LIMITS, "md5sums"),
            ("added disk", "kept", DISK, "files"),
        )
        for kind, limit in limits.items()
    ]
    table = Table("Medians:", [*head, "tracked, s", "`md5sum`, s"], rows)
    return Section("One large file", about, [table], targets)


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


def measure(project: Path, *, tracked_first: bool) -> Round:
    """Time a pair of runs, and one ``md5sum``."""
    file = project / "data/copy.bin"
    before = size_of(project / ".wandb")
    order = [True, False] if tracked_first else [False, True]
    took = {tracked: time_run(project, tracked=tracked) for tracked in order}
    begin = time.perf_counter()
    subprocess.run(["md5sum", file], check=True, capture_output=True)  # noqa: S603, S607 - the user's
    md5sum = time.perf_counter() - begin
    kept = (size_of(project / ".wandb") - before) / file.stat().st_size
    return Round(took[False], took[True], md5sum, kept)


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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
