"""From the texts of the drops to typed and judged tables, one drop at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial

import numpy as np
import pyarrow as pa

from rental_pricing.errors import MalformedRowsError, NoListingsError, cut_list
from rental_pricing.listings.arrow import arrow_type
from rental_pricing.listings.columns import DETAIL, LINE, LISTING_DTYPES, REASON
from rental_pricing.listings.judging import Texts, judge_rows
from rental_pricing.listings.parameters import MarketParameters, ProcessingParameters
from rental_pricing.listings.typed import TypedDrop, type_drop

FILE, MISSING_HOST_NAME = "file", "missing_host_name"

_SHOWN = 10


def ingest_drops(
    drops: Mapping[str, tuple[str, Callable[[], pa.Table]]],
    market: MarketParameters,
    parameters: ProcessingParameters,
) -> dict[str, Callable[[], pa.Table]]:
    """Promise a typed and judged table for each drop, made when it is called.

    Args:
        drops: Date to file name and what reads the drop as texts.
        market: City bounds, price range, known boroughs and room types.
        parameters: How values are read and judged.

    Returns:
        Date to a function, to be called in this order. Its table has every raw row in the
        order of the file: ``TYPED_COLUMNS``, with ``reason`` and ``detail`` missing where
        the row is a listing. Metadata of its schema: ``file``, and ``missing_host_name``,
        the accepted rows without one. The last call raises ``MalformedRowsError`` if values
        of any drop can't be read and the parameters say ``fail``, and ``NoListingsError``
        if no row of any drop is a listing.
    """
    ingest = _Ingest(market, parameters)
    last = max(drops)
    return {
        day: partial(ingest.take, date.fromisoformat(day), *drop, is_last=day == last)
        for day, drop in drops.items()
    }


class _Ingest:
    """What was found so far, kept small: it is told once, after the last drop."""

    def __init__(self, market: MarketParameters, parameters: ProcessingParameters) -> None:
        self._market = market
        self._parameters = parameters
        self._shown: list[str] = []
        self._unreadable: Counter[tuple[str, str]] = Counter()
        self._reasons: Counter[str] = Counter()
        self._examples: dict[str, str] = {}
        self._accepted = 0

    def take(
        self, delivered_on: date, file: str, read: Callable[[], pa.Table], *, is_last: bool
    ) -> pa.Table:
        drop = type_drop(read(), delivered_on, self._parameters.missing_markers)
        reasons, details = judge_rows(drop, self._market, self._parameters.impossible)
        self._note_unreadable(file, drop)
        self._note_reasons(drop, reasons, details)
        if is_last:
            self._refuse_what_cannot_be_used()
        return _as_table(drop, reasons, details, file)

    def _note_unreadable(self, file: str, drop: TypedDrop) -> None:
        for name, problems in drop.unreadable.items():
            if problems:
                self._unreadable[file, name] += len(problems)
        found = sorted(
            (row, position, f"column {name!r}: {what}")
            for position, (name, problems) in enumerate(drop.unreadable.items())
            for row, what in list(problems.items())[:_SHOWN]
        )
        self._shown += [
            f"  {file}, line {drop.lines[row]}, {what}"
            for row, _, what in found[: _SHOWN - len(self._shown)]
        ]

    def _note_reasons(self, drop: TypedDrop, reasons: Texts, details: Texts) -> None:
        found = Counter(reasons.tolist())
        self._accepted += found.pop(None, 0)
        for reason, count in found.items():
            self._reasons[reason] += count
            if reason not in self._examples:
                row = int((reasons == reason).argmax())
                self._examples[reason] = (
                    f"drop {drop.delivered_on}, line {drop.lines[row]}: {details[row]}"
                )

    def _refuse_what_cannot_be_used(self) -> None:
        if self._unreadable and self._parameters.malformed_rows == "fail":
            raise MalformedRowsError(self._malformed_message())
        if not self._accepted:
            raise NoListingsError(nothing_left_message(self._reasons, self._examples))

    def _malformed_message(self) -> str:
        count = self._unreadable.total()
        lines = [f"Values of the drops that can't be read: {count}", *self._shown]
        if count > len(self._shown):
            told = [f"  {file}, column {name!r}: {n}" for (file, name), n in
                    sorted(self._unreadable.items())]  # fmt: skip
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


def _as_table(drop: TypedDrop, reasons: Texts, details: Texts, file: str) -> pa.Table:
    has_name = drop.has_host_name.to_numpy(zero_copy_only=False)
    nameless = int(np.count_nonzero((reasons == None) & ~has_name))  # noqa: E711 - by value
    columns = {name: drop.columns[name].cast(arrow_type(name)) for name in LISTING_DTYPES}
    marks = {
        LINE: drop.lines,
        REASON: pa.array(reasons, pa.string()),
        DETAIL: pa.array(details, pa.string()),
    }
    return pa.table(columns | marks).replace_schema_metadata(
        {FILE: file, MISSING_HOST_NAME: str(nameless)}
    )
