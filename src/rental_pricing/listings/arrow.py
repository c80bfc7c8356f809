"""The types of the listings in Arrow, and the way to pandas."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from rental_pricing.listings.columns import (
    DATE_COLUMNS,
    DELIVERED_ON,
    DETAIL,
    LINE,
    REASON,
    TEXT_COLUMNS,
    TYPED_COLUMNS,
    WHOLE_NUMBER_COLUMNS,
)


def arrow_type(column: str) -> pa.DataType:
    """Return the type in which a column of a typed drop is held."""
    if column in WHOLE_NUMBER_COLUMNS or column == LINE:
        return pa.int64()
    if column in DATE_COLUMNS or column == DELIVERED_ON:
        return pa.timestamp("ms")
    return pa.string() if column in (*TEXT_COLUMNS, REASON, DETAIL) else pa.float64()


def typed_schema() -> pa.Schema:
    """Return the schema of a typed drop."""
    return pa.schema([(name, arrow_type(name)) for name in TYPED_COLUMNS])


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Convert a typed drop, or some of its columns, to pandas.

    Returns:
        Whole numbers as ``Int64`` (``line`` as ``int64``), texts as ``str``, dates as
        ``datetime64[ms]``.
    """
    frame: pd.DataFrame = table.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    return frame.astype({LINE: "int64"}) if LINE in frame else frame
