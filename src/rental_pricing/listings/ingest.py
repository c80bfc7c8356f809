"""From the texts of the drops to typed and judged tables, one piece of a drop at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pyarrow as pa

from rental_pricing.engine.engine import ONE_PROCESS, Engine
from rental_pricing.errors import MalformedRowsError, NoListingsError, cut_list
from rental_pricing.listings.arrow import arrow_type
from rental_pricing.listings.columns import DETAIL, LINE, LISTING_DTYPES, REASON
from rental_pricing.listings.judging import Texts, judge_rows
from rental_pricing.listings.parameters import MarketParameters, ProcessingParameters
from rental_pricing.listings.typed import TypedDrop, type_drop

FILE, MISSING_HOST_NAME = "file", "missing_host_name"

ReadDrop = Callable[[], Iterable[pa.Table]]
"""Reads a drop in pieces, as texts."""

_SHOWN = 10


@dataclass
class Findings:
    """What was found in a drop so far, kept small.

    Attributes:
        file: Its name.
        missing_host_name: Accepted rows without a host's name.
        accepted: Rows that are listings.
        reasons: The other rows, by reason.
        examples: One of those, by reason, in words.
        unreadable: Values that can't be read, by column.
        shown: Some of those, in words.
    """

    file: str
    missing_host_name: int = 0
    accepted: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    unreadable: Counter[str] = field(default_factory=Counter)
    shown: list[str] = field(default_factory=list)

    @property
    def told(self) -> dict[str, str]:
        """What the typed drop says of its file."""
        return {FILE: self.file, MISSING_HOST_NAME: str(self.missing_host_name)}

    def note(self, drop: TypedDrop, reasons: Texts, details: Texts) -> None:
        """Add what is found in a piece."""
        self._note_unreadable(drop)
        has_name = drop.has_host_name.to_numpy(zero_copy_only=False)
        self.missing_host_name += int(np.count_nonzero((reasons == None) & ~has_name))  # noqa: E711 - by value
        found = Counter(reasons.tolist())
        self.accepted += found.pop(None, 0)
        for reason, count in found.items():
            self.reasons[reason] += count
            if reason not in self.examples:
                row = int((reasons == reason).argmax())
                self.examples[reason] = (
                    f"drop {drop.delivered_on}, line {drop.lines[row]}: {details[row]}"
                )

    def _note_unreadable(self, drop: TypedDrop) -> None:
        for name, problems in drop.unreadable.items():
            if problems:
                self.unreadable[name] += len(problems)
        found = sorted(
            (row, position, f"column {name!r}: {what}")
            for position, (name, problems) in enumerate(drop.unreadable.items())
            for row, what in list(problems.items())[:_SHOWN]
        )
        self.shown += [
            f"  {self.file}, line {drop.lines[row]}, {what}"
            for row, _, what in found[: _SHOWN - len(self.shown)]
        ]


@dataclass(frozen=True)
class DropToType:
    """One drop, and how it is typed and judged.

    Attributes:
        delivered_on: Its date.
        file: Its name.
        read: Reads it.
        market: City bounds, price range, known boroughs and room types.
        parameters: How values are read and judged.
    """

    delivered_on: date
    file: str
    read: ReadDrop
    market: MarketParameters
    parameters: ProcessingParameters

    def pieces(self, findings: Findings) -> Iterator[pa.Table]:
        """Yield its rows in the order of the file: ``TYPED_COLUMNS``.

        ``reason`` and ``detail`` are missing where the row is a listing.

        Args:
            findings: Gets what is found; complete after the last piece.
        """
        for raw in self.read():
            drop = type_drop(raw, self.delivered_on, self.parameters.missing_markers)
            reasons, details = judge_rows(drop, self.market, self.parameters.impossible)
            findings.note(drop, reasons, details)
            yield _as_table(drop, reasons, details)


@dataclass(frozen=True)
class DropsToType:
    """Drops that are typed where and when they are written.

    Attributes:
        drops: By date.
        engine: Works on them.
        fail: Whether values that can't be read are an error.
    """

    drops: Mapping[str, DropToType]
    engine: Engine = ONE_PROCESS
    fail: bool = True

    def write(self, write: Callable[[tuple[str, DropToType]], Findings]) -> None:
        """Type each drop and write it, and refuse what can't be used.

        Args:
            write: Writes a drop by its date, and returns what was found in it; it can be
                pickled.

        Raises:
            MalformedRowsError: Values of any drop can't be read, and the parameters say
                ``fail``.
            NoListingsError: No row of any drop is a listing.
        """
        _refuse_what_cannot_be_used(
            list(self.engine.map(write, self.drops.items())), fail=self.fail
        )


def ingest_drops(
    drops: Mapping[str, tuple[str, ReadDrop]],
    market: MarketParameters,
    parameters: ProcessingParameters,
    engine: Engine = ONE_PROCESS,
) -> DropsToType:
    """Promise a typed and judged table for each drop, made while it is written.

    Args:
        drops: Date to file name and what reads the drop as texts.
        market: City bounds, price range, known boroughs and room types.
        parameters: How values are read and judged.
        engine: Works on the drops.
    """
    made = {
        day: DropToType(date.fromisoformat(day), *drop, market, parameters)
        for day, drop in drops.items()
    }
    return DropsToType(made, engine, fail=parameters.malformed_rows == "fail")


def _refuse_what_cannot_be_used(drops: Sequence[Findings], *, fail: bool) -> None:
    if fail and any(each.unreadable for each in drops):
        raise MalformedRowsError(_malformed_message(drops))
    if not any(each.accepted for each in drops):
        reasons: Counter[str] = Counter()
        examples: dict[str, str] = {}
        for each in drops:
            reasons.update(each.reasons)
            examples = each.examples | examples
        raise NoListingsError(nothing_left_message(reasons, examples))


def _malformed_message(drops: Sequence[Findings]) -> str:
    count = sum(each.unreadable.total() for each in drops)
    shown = [line for each in drops for line in each.shown][:_SHOWN]
    lines = [f"Values of the drops that can't be read: {count}", *shown]
    if count > len(shown):
        told = [f"  {each.file}, column {name!r}: {n}"
                for each in sorted(drops, key=lambda each: each.file)
                for name, n in sorted(each.unreadable.items())]  # fmt: skip
        lines += ["  ... in all:", cut_list(told, _SHOWN // 2, separator="\n")]
    return (
        "\n".join(lines)
        + "\nCorrect the files (numbers plain with a decimal point and no currency sign, dates "
        "as YYYY-MM-DD), or set such rows aside: "
        "--params data_processing.malformed_rows=set_aside"
    )


def nothing_left_message(reasons: Mapping[str, int], examples: Mapping[str, str]) -> str:
    """Say why no row is a listing: how many rows by reason, each with an example."""
    shown = [f"  {name}: {n} rows, such as {examples[name]}" for name, n in reasons.items()]
    return (
        f"None of the {sum(reasons.values())} delivered rows can be used:\n"
        + "\n".join(shown)
        + "\nCheck that the drops are of this market, and its bounds and price range in "
        "conf/base/parameters.yml (currency and units too)."
    )


def _as_table(drop: TypedDrop, reasons: Texts, details: Texts) -> pa.Table:
    columns = {name: drop.columns[name].cast(arrow_type(name)) for name in LISTING_DTYPES}
    marks = {
        LINE: drop.lines,
        REASON: pa.array(reasons, pa.string()),
        DETAIL: pa.array(details, pa.string()),
    }
    return pa.table(columns | marks)
