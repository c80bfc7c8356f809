"""Turn the texts of a drop into numbers, dates and texts, and say what can't be read."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rental_pricing.listings.columns import (
    DATE_COLUMNS,
    NON_NEGATIVE_COLUMNS,
    TEXT_COLUMNS,
    WHOLE_NUMBER_COLUMNS,
)

_WHOLE_NUMBER = r"[+-]?\d{1,19}(?:\.0*)?"
_LARGEST = 2**63 - 1
_DATE = r"\d{4}-\d{2}-\d{2}"


def parse_column(raw: pd.Series, missing_markers: tuple[str, ...]) -> tuple[pd.Series, pd.Series]:
    """Parse one column of a drop.

    Args:
        raw: The texts as delivered; its name decides the type.
        missing_markers: Texts, in any case, that mean "no value" in numbers and dates.

    Returns:
        The values (missing where empty or unreadable) and, for each unreadable value,
        what is wrong with it (indexed by row).
    """
    text = raw.str.strip()
    if raw.name in TEXT_COLUMNS:
        text = text.str.replace(r"\s+", " ", regex=True)
        return text.mask(text == "").astype("str"), pd.Series(dtype="str")
    empty = text.str.casefold().isin([marker.casefold() for marker in missing_markers])
    text = text.mask(empty)
    if raw.name in DATE_COLUMNS:
        return _parse_dates(text)
    if raw.name in WHOLE_NUMBER_COLUMNS:
        values, wrong = _parse_whole_numbers(text)
    else:
        values, wrong = _parse_decimals(text)
    if raw.name in NON_NEGATIVE_COLUMNS:
        negative = (values < 0).fillna(value=False).astype(bool)
        if negative.any():
            wrong = pd.concat([wrong, _says(text[negative], "is negative")]).sort_index()
            values = values.mask(negative)
    return values, wrong


def _says(text: pd.Series, what: str) -> pd.Series:
    if text.empty:
        return pd.Series(dtype="str")
    return ("'" + text.astype("str") + "' " + what).astype("str")


def _parse_dates(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    shaped = text.where(text.str.fullmatch(_DATE, na=False))
    values = pd.to_datetime(shaped, format="%Y-%m-%d", errors="coerce").astype("datetime64[ms]")
    wrong = text.notna() & values.isna()
    return values, _says(text[wrong], "is not a date of the form YYYY-MM-DD")


def _parse_whole_numbers(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Parse without a detour over floats, which would change ids above 2**53."""
    digits = text[text.str.fullmatch(_WHOLE_NUMBER, na=False)]
    digits = digits.str.replace(r"\.0*$", "", regex=True)
    fits = np.array([abs(int(one)) <= _LARGEST for one in digits], dtype=bool)
    whole = digits[fits].astype("int64").astype("Int64").reindex(text.index)
    wrong = text.notna() & whole.isna()
    return whole, _says(text[wrong], "is not a whole number of at most 64 bits")


def _parse_decimals(text: pd.Series) -> tuple[pd.Series, pd.Series]:
    values = pd.to_numeric(text, errors="coerce").astype("float64")
    finite = values.where(np.isfinite(values))
    wrong = text.notna() & finite.isna()
    return finite, _says(text[wrong], "is not a finite number")
