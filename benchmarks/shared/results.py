"""What a benchmark has found: printed, kept as JSON, and put on the page of all benchmarks."""

from __future__ import annotations

import argparse
import dataclasses
import datetime as dt
import json
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.machine import machine, versions
from shared.page import markdown, verdict, write_page

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks/results"
PAGE = ROOT / "docs/benchmarks.md"

MET, MISSED, ABSENT = 0, 1, 2
"""Exit status: all targets are met; one is missed, or the script broke; data are not there."""


@dataclass(frozen=True)
class Table:
    """Figures as they are shown.

    Attributes:
        caption: What the rows are, in a sentence.
        head: Names of the columns, with units.
        rows: Texts, as many in each row as there are columns.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Target:
    """A figure that has to keep a limit.

    Attributes:
        what: What was measured.
        found: The figure.
        limit: Its highest value; its lowest, if `is_least`.
        unit: Of both; a ratio has the sign of multiplication.
        is_least: Whether the figure has to reach the limit.
    """

    what: str
    found: float
    limit: float
    unit: str = "\N{MULTIPLICATION SIGN}"
    is_least: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the limit is kept; a figure that is no number keeps none."""
        return self.found >= self.limit if self.is_least else self.found <= self.limit


@dataclass(frozen=True)
class Section:
    """What one script has found.

    Attributes:
        title: Heading on the page.
        about: What was measured, and how, in plain words.
        tables: The figures, ratios first.
        targets: What they have to keep.
        notes: What a reader has to know besides.
    """

    title: str
    about: str
    tables: Sequence[Table]
    targets: Sequence[Target] = ()
    notes: Sequence[str] = ()


def options(about: str | None, *, pairs: int) -> argparse.ArgumentParser:
    """Return a parser with the options of every benchmark.

    Args:
        about: Docstring of the script; its first line is shown.
        pairs: How often everything is measured, unless told otherwise.
    """
    parser = argparse.ArgumentParser(description=(about or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small and once; writes no results")
    parser.add_argument("--pairs", type=int, default=pairs, help=f"rounds; default {pairs}")
    parser.add_argument("--no-write", action="store_true", help="print the results alone")
    return parser


def parse(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments; the quick form has one round."""
    given = parser.parse_args(arguments)
    if given.quick:
        given.pairs = 1
    return given


def close(section: Section, given: argparse.Namespace) -> int:
    """Print a section, keep it and write the page anew; return the exit status.

    The quick form keeps nothing and judges nothing: its figures are too rough.
    """
    for table in section.tables:
        print(f"\n{table.caption}\n{markdown(table.head, table.rows)}")
    for target in section.targets:
        print(("not judged: " if given.quick else "") + verdict(dataclasses.asdict(target)))
    if given.quick:
        return MET
    if not given.no_write:
        keep(section, RESULTS, Path(sys.argv[0]).stem)
        write_page(RESULTS, PAGE)
    return MET if all(target.is_met for target in section.targets) else MISSED


def keep(section: Section, folder: Path, name: str) -> None:
    """Write a section into a folder, with its command, the day, the machine and the versions."""
    # Where something is on this machine tells nobody anything.
    words = [Path(word).name if Path(word).is_absolute() else word for word in sys.argv[1:]]
    told = [Path(sys.argv[0]).name, *words]
    content = {
        "command": f"python benchmarks/{shlex.join(told)}",
        "day": dt.datetime.now(dt.UTC).date().isoformat(),
        "machine": machine(),
        "versions": versions(),
        **dataclasses.asdict(section),
    }
    folder.mkdir(exist_ok=True)
    text = json.dumps(content, indent=2, ensure_ascii=False)
    (folder / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")
