"""Speed and memory of pricing listings: one, twenty thousand, and in bulk by the pipeline.

Run from anywhere::

    python benchmarks/pricing.py [--pairs 3] [--rows 1000000] [--quick]

A model is trained from the committed drops, and released, in a project of its own. In a process
that has only loaded it, one listing and 20,000 are estimated, and loading is timed (cold, the
first in the process, and again). Then ``kedro run --pipelines inference`` prices, in turns and
tracked: 20,000 listings without and with five similar ones each, 100 without and with
explanations; and once each ``--rows`` in one file, as they are, and moved out of the city, so
that a note has to be written for each; and 20,000 by a neural network, where PyTorch is installed.

Exit status: 0 if all targets are met, 1 if not.
"""

from __future__ import annotations

import csv
import gzip
import importlib.util
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from shared.pairs import in_turns
from shared.processes import Cost, clean_environment, kedro, run
from shared.projects import COMMITTED, make_trained
from shared.results import Section, Table, Target, close, options, parse

FEW, SOME, MANY, QUICK_MANY = 100, 20_000, 1_000_000, 50_000

MAX_SECONDS = 6.0
"""Longest time of the whole command for 20,000 listings."""

MAX_BY_NETWORK = 8.0
"""The same, by a neural network."""

MAX_SIMILAR, MAX_EXPLAINED = 3.0, 5.0
"""Longest time that similar listings of 20,000, and explanations of 100, may add, seconds."""

MIN_RATE, MAX_MEMORY = 20_000, 1.0
"""Least rows a second of a large file, and most memory, GB (10**9 bytes)."""

MAX_ONE_MS, MIN_ROWS_PER_SECOND = 10, 25_000
"""Of a model that is loaded: longest median time of one estimate, and least rows a second."""

PLAIN, SIMILAR = f"{SOME:,} listings", f"{SOME:,} with five similar ones each"
SHORT, EXPLAINED = f"{FEW} listings", f"{FEW} with explanations"


def main(arguments: Sequence[str]) -> int:
    """Measure, and return the exit status."""
    parser = options(__doc__, pairs=3)
    parser.add_argument("--rows", type=int, default=MANY, help="of the large file")
    given = parse(parser, arguments)
    many = QUICK_MANY if given.quick else given.rows
    newest = max(COMMITTED.glob("*.csv*"))
    with tempfile.TemporaryDirectory() as folder:
        project = make_trained(Path(folder, "project"), COMMITTED)
        files = {rows: Path(folder, f"{rows}.csv") for rows in (FEW, SOME, many)}
        for rows, file in files.items():
            write_listings(file, newest, rows)
        outside = Path(folder, "outside.csv")
        write_listings(outside, newest, many, north=5.0)
        command = [sys.executable, str(Path(__file__).parent / "shared/estimates.py")]
        loaded = run(
            [*command, str(project), str(files[SOME])], project, clean_environment(project)
        )
        took = in_turns(
            {
                PLAIN: lambda: price(project, files[SOME]),
                SIMILAR: lambda: price(project, files[SOME], similar=5),
                SHORT: lambda: price(project, files[FEW]),
                EXPLAINED: lambda: price(project, files[FEW], explain=FEW),
            },
            given.pairs,
        )
        large = {
            f"{many:,} listings": price(project, files[many]),
            f"{many:,}, all outside of the city": price(project, outside),
        }
        network = None
        if importlib.util.find_spec("torch"):
            other = make_trained(
                Path(folder, "network"), COMMITTED, "modeling.estimator=neural_network"
            )
            network = price(other, files[SOME])
    told = json.loads(loaded.output.splitlines()[-1])
    return close(section(told, took, large, network, many), given)


def section(
    loaded: dict[str, float],
    took: dict[str, list[Cost]],
    large: dict[str, Cost],
    network: Cost | None,
    many: int,
) -> Section:
    """Return the results."""
    middle = {
        name: sorted(costs, key=lambda cost: cost.seconds)[len(costs) // 2]
        for name, costs in took.items()
    } | large
    middle |= {f"{SOME:,} by a neural network": network} if network else {}
    similar, explained = (
        statistics.median(
            more.seconds - less.seconds for more, less in zip(took[these], took[those], strict=True)
        )
        for these, those in ((SIMILAR, PLAIN), (EXPLAINED, SHORT))
    )
    rate = min(many / cost.seconds for cost in large.values())
    whole = middle[PLAIN].seconds
    memory = max(cost.peak(role) for cost in middle.values() for role in cost.memory)
    targets = [
        Target(PLAIN, whole, MAX_SECONDS, "s"),
        Target("similar ones add", similar, MAX_SIMILAR, "s"),
        Target("explanations add", explained, MAX_EXPLAINED, "s"),
        Target("rows a second of a large file", rate, MIN_RATE, "", is_least=True),
        Target("largest process", memory, MAX_MEMORY, "GB"),
        Target("one estimate of a loaded model", loaded["one_ms"], MAX_ONE_MS, "ms"),
        Target(
            "rows a second of a loaded model",
            loaded["rows_per_second"],
            MIN_ROWS_PER_SECOND,
            "",
            is_least=True,
        ),
    ]
    if network:
        what = f"{SOME:,} listings by a neural network"
        targets.append(Target(what, network.seconds, MAX_BY_NETWORK, "s"))
    rows = [
        [
            name,
            f"{cost.seconds / whole:.2f}",
            f"{cost.seconds:.1f}",
            f"{cost.cpu_seconds:.1f}",
            f"{cost.peak():.2f}",
        ]
        for name, cost in middle.items()
    ]
    head = ["priced by a command", f"of {SOME:,}", "seconds", "CPU seconds", "GB"]
    inside = [
        ["load, the first in the process", f"{loaded['cold_ms']:.0f} ms"],
        ["load again", f"{loaded['again_ms']:.0f} ms"],
        ["one estimate, median", f"{loaded['one_ms']:.1f} ms"],
        [f"{SOME:,} estimates", f"{loaded['rows_per_second']:,.0f} rows/s"],
    ]
    about = (
        "With the model of the committed drops in production; `kedro run --pipelines inference`, "
        "tracked in the local store, whole commands from start to end."
    )
    return Section(
        "Pricing",
        about,
        [Table("Medians, the large files once:", head, rows),
         Table("In a process that has the model:", ["", ""], inside)],
        targets,
    )  # fmt: skip


def price(project: Path, file: Path, similar: int = 0, explain: int = 0) -> Cost:
    """Price a file's listings."""
    chosen = f"inference.similar={similar},inference.explain={explain}"
    return kedro(
        project, "run", "--pipelines", "inference", "--params", f"to_price={file},{chosen}"
    )


def write_listings(file: Path, drop: Path, rows: int, north: float = 0.0) -> None:
    """Write the rows of a drop again and again under new ids, moved north by degrees."""
    opened = gzip.open if drop.suffix == ".gz" else open
    with opened(drop, "rt", encoding="utf-8", newline="") as source:
        header, *records = csv.reader(source)
    place, latitude = header.index("id"), header.index("latitude")
    for record in records:
        record[latitude] = f"{float(record[latitude] or 0) + north:.5f}"
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(header)
        for number in range(rows):
            record = records[number % len(records)]
            writer.writerow([*record[:place], 10**9 + number, *record[place + 1 :]])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
