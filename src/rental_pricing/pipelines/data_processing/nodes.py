"""Nodes of ``data_processing``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from rental_pricing.errors import MalformedRowsError, NoListingsError
from rental_pricing.listings.columns import (
    CATEGORY_COLUMNS,
    DELIVERED_ON,
    DETAIL,
    LINE,
    LISTING_DTYPES,
    RAW_COLUMNS,
    REASON,
    REQUIRED_COLUMNS,
)
from rental_pricing.listings.parameters import MarketParameters, ProcessingParameters, Range
from rental_pricing.listings.parsing import parse_column

_SHOWN = 10
_MARKS = [DELIVERED_ON, LINE, REASON, DETAIL]


def type_listings(
    weekly_listings: dict[str, Callable[[], pd.DataFrame]],
    market: MarketParameters,
    options: ProcessingParameters,
) -> pd.DataFrame:
    """Read every drop, give each column its type and judge each row on its own.

    Texts are trimmed (runs of white space become one blank). Every raw row stays; one
    that can't be read, lacks a value, or is outside the city or the price range carries
    that reason.

    Args:
        weekly_listings: File name (beginning with the date of delivery) to a callable
            that returns the drop as text with its line numbers.
        market: City bounds (degrees) and price range (currency per night).
        options: What to do with values that can't be read.

    Returns:
        All raw rows of all drops: the typed columns of a drop, ``delivered_on`` (date), ``line``,
        ``reason`` and ``detail`` (both missing for a row that is a listing).

    Raises:
        MalformedRowsError: If values can't be read and the options say ``fail``.
        NoListingsError: If no row at all is a listing.
    """
    typed, problems = [], []
    for file in sorted(weekly_listings):
        frame, wrong = _type_drop(weekly_listings[file](), file, market, options)
        typed.append(frame)
        problems.append(wrong)
    malformed = pd.concat(problems, ignore_index=True)
    if len(malformed) and options.malformed_rows == "fail":
        raise MalformedRowsError(_malformed_message(malformed))
    rows = pd.concat(typed, ignore_index=True)
    if rows[REASON].notna().all():
        raise NoListingsError(_nothing_left_message(rows))
    return rows


def _type_drop(
    raw: pd.DataFrame, file: str, market: MarketParameters, options: ProcessingParameters
) -> tuple[pd.DataFrame, pd.DataFrame]:
    parsed = {name: parse_column(raw[name], options.missing_markers) for name in RAW_COLUMNS}
    typed = pd.DataFrame({name: values for name, (values, _) in parsed.items()})
    lines = raw[LINE].to_dict()
    wrong = pd.DataFrame(
        [
            (file, lines[row], row, name, what)
            for name, (_, texts) in parsed.items()
            for row, what in texts.items()
        ],
        columns=["file", LINE, "row", "column", "what"],
    )
    typed[DELIVERED_ON] = pd.Timestamp(file[:10]).as_unit("ms")
    typed[LINE] = raw[LINE]
    typed[REASON], typed[DETAIL] = _judge_rows(typed, wrong, market)
    return typed, wrong


def _judge_rows(
    typed: pd.DataFrame, wrong: pd.DataFrame, market: MarketParameters
) -> tuple[pd.Series, pd.Series]:
    """Say for each row why it is no listing; missing where it is. The last reason wins."""
    reason = pd.Series(pd.NA, index=typed.index, dtype="str")
    detail = reason.copy()
    for name, column, allowed in (
        ("price_out_of_range", "price", market.price),
        ("outside_city", "longitude", market.longitude),
        ("outside_city", "latitude", market.latitude),
    ):
        told = _outside(typed, column, allowed)
        reason[told.index], detail[told.index] = name, told
    for name in reversed(REQUIRED_COLUMNS):
        absent = typed[name].isna()
        reason[absent] = "missing_value"
        detail[absent] = f"{name} is missing"
    if len(wrong):
        said = (wrong["column"] + ": " + wrong["what"]).groupby(wrong["row"]).agg("; ".join)
        reason[said.index] = "malformed_value"
        detail[said.index] = said
    return reason, detail


def _malformed_message(malformed: pd.DataFrame) -> str:
    rows = malformed.sort_values(["file", LINE], kind="stable").head(_SHOWN)
    shown = [f"  {r.file}, line {r.line}, column {r.column!r}: {r.what}" for r in rows.itertuples()]
    if len(malformed) > _SHOWN:
        shown.append("  ... in all:")
        shown += [
            f"  {file}, column {column!r}: {len(rows)}"
            for (file, column), rows in malformed.groupby(["file", "column"])
        ]
    return (
        f"Values of the drops that can't be read: {len(malformed)}\n"
        + "\n".join(shown)
        + "\nCorrect the files (numbers plain with a decimal point and no currency sign, dates as "
        "YYYY-MM-DD), or set such rows aside: --params data_processing.malformed_rows=set_aside"
    )


def select_listings(typed_listings: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Choose one row for each listing: its newest, if that one is in the market.

    The newest drop wins. Within a drop the row with most reviews wins, then the one that
    sorts last, so that the choice does not depend on the order of rows. A newest row
    outside the city or the price range sets the listing aside, older rows
    notwithstanding: they say what it was, not what it is. A newest row that can't be
    read, or lacks a value, says nothing and leaves the older one in place.

    Args:
        typed_listings: All raw rows, as from :func:`type_listings`.

    Returns:
        The listings, one row each, sorted by id, with the columns of ``LISTING_DTYPES``;
        and every other raw row with drop, line, reason and detail, by drop and line.

    Raises:
        NoListingsError: If no row is left.
    """
    unusable = typed_listings[REASON].isin(["malformed_value", "missing_value"])
    replaced = _superseded(typed_listings[~unusable])
    marked = typed_listings.copy()
    marked.loc[replaced.index, REASON] = "superseded"
    marked.loc[replaced.index, DETAIL] = replaced
    kept = marked[marked[REASON].isna()]
    if kept.empty:
        raise NoListingsError(_nothing_left_message(marked))
    listings = kept[list(LISTING_DTYPES)].sort_values("id", ignore_index=True)
    for name in CATEGORY_COLUMNS:
        listings[name] = listings[name].astype("category")
    rejected = marked.loc[marked[REASON].notna(), [*_MARKS, *RAW_COLUMNS]]
    rejected = rejected.sort_values([DELIVERED_ON, LINE], ignore_index=True)
    return listings.astype(LISTING_DTYPES), rejected


def _superseded(usable: pd.DataFrame) -> pd.Series:
    rest = [name for name in RAW_COLUMNS if name not in {"id", "number_of_reviews"}]
    tied = usable[usable.duplicated(["id", DELIVERED_ON], keep=False)]
    tied = tied.sort_values(["id", DELIVERED_ON, "number_of_reviews", *rest, LINE])
    twins = tied[tied.duplicated(["id", DELIVERED_ON], keep="last")]
    single = usable.drop(index=twins.index).sort_values(["id", DELIVERED_ON])
    older = single[single.duplicated("id", keep="last")]
    newest = single.drop(index=older.index).set_index("id")[DELIVERED_ON].dt.strftime("%Y-%m-%d")
    gone = pd.concat([twins, older])
    return ("replaced by a row of drop " + gone["id"].map(newest)).astype("str")


def _outside(rows: pd.DataFrame, column: str, allowed: Range) -> pd.Series:
    values = rows.loc[~rows[column].between(allowed.min, allowed.max), column]
    told = [
        f"{column} {value:.10g} is not in {allowed.min:g} to {allowed.max:g}" for value in values
    ]
    return pd.Series(told, index=values.index, dtype="str")


def _nothing_left_message(marked: pd.DataFrame) -> str:
    rows = marked.drop_duplicates(REASON)
    shown = [
        f"  {r.reason}: {(marked[REASON] == r.reason).sum()} rows, such as drop "
        f"{r.delivered_on:%Y-%m-%d}, line {r.line}: {r.detail}"
        for r in rows.itertuples()
    ]
    return (
        f"None of the {len(marked)} delivered rows can be used:\n"
        + "\n".join(shown)
        + "\nCheck that the drops are of this market, and its bounds and price range in "
        "conf/base/parameters.yml (currency and units too)."
    )


def report_processing(
    typed_listings: pd.DataFrame, listings: pd.DataFrame, rejected_listings: pd.DataFrame
) -> dict[str, Any]:
    """Account for every raw row, by drop: raw = kept + superseded + rejected.

    Args:
        typed_listings: All raw rows.
        listings: The rows that were kept.
        rejected_listings: The rows that were not.

    Returns:
        For each drop and in ``total``: ``rows``, ``kept``, ``superseded`` and
        ``rejected`` (rows by reason).

    Raises:
        AssertionError: If the sums do not prove that each row went somewhere; that is
            a defect of the program.
    """
    days = sorted(typed_listings[DELIVERED_ON].unique())
    drops = {
        f"{day:%Y-%m-%d}": _account(
            *(
                rows[rows[DELIVERED_ON] == day]
                for rows in (typed_listings, listings, rejected_listings)
            )
        )
        for day in days
    }
    total = _account(typed_listings, listings, rejected_listings)
    for day, account in {**drops, "total": total}.items():
        accounted = account["kept"] + account["superseded"] + sum(account["rejected"].values())
        if accounted != account["rows"]:
            msg = f"{day}: {account['rows']} raw rows, but {accounted} are accounted for"
            raise AssertionError(msg)
    return {"drops": drops, "total": total}


def _account(raw: pd.DataFrame, kept: pd.DataFrame, gone: pd.DataFrame) -> dict[str, Any]:
    reasons = gone[REASON].value_counts().sort_index().to_dict()
    return {
        "rows": len(raw),
        "kept": len(kept),
        "superseded": reasons.pop("superseded", 0),
        "rejected": {str(reason): int(count) for reason, count in reasons.items()},
    }
