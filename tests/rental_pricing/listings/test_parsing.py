"""Parsing the values of a column."""

from __future__ import annotations

import pandas as pd
import pytest

from rental_pricing.listings.parsing import parse_column

MARKERS = ("", "NA", "NaN", "null", "None")
WRONG = "wrong"
BIG = 2**63 - 1


def parse(column: str, *texts: str | None) -> tuple[list[object], dict[int, str]]:
    values, wrong = parse_column(list(texts), column, MARKERS)
    return [None if pd.isna(value) else value for value in values], wrong


def test_texts_are_trimmed() -> None:
    """Blanks around are taken away, runs of white space inside become one blank."""
    texts = ["  Sunny \n room ", "", "NA", "a\u00a0\u00a0b", "\x1ca", "a\u3000b ", "\u200ba", "x y"]
    clean = ["Sunny room", None, "NA", "a b", "a", "a b", "\u200ba", "x y"]
    assert parse("name", *texts) == (clean, {})
    assert parse("room_type", *texts) == (clean, {})


def test_ids_keep_every_digit() -> None:
    """Ids above 2**53 would be changed by a detour over floats."""
    ids = ["999999999999999999", str(BIG), "7.0"]
    assert parse("id", *ids) == ([999999999999999999, BIG, 7], {})


def test_missing_markers_count_for_numbers_and_dates_in_any_case() -> None:
    """Empty, NA and null mean that there is no value."""
    texts = ["", "na", "NULL", "nan", " none ", " \t", None]
    for column in ("reviews_per_month", "minimum_nights", "last_review"):
        assert parse(column, *texts) == ([None] * len(texts), {})


DECIMALS: dict[str, object] = {
    "12": 12.0, " 12 ": 12.0, "+5": 5.0, "1.": 1.0, ".5": 0.5, "1.50": 1.5, "1e5": 1e5,
    "1E+05": 1e5,
    "1e-400": 0.0, "4.9e-324": 5e-324, "40.742709999999995": 40.742709999999995, "000": 0.0,
    "12345678901234567890": 12345678901234567890.0, "00000000000000000000001": 1.0,
    "1.7976931348623157e308": 1.7976931348623157e308, "\u00a012": 12.0, "12\t": 12.0,
    "1e400": WRONG, "inf": WRONG, "Infinity": WRONG, "-nan": WRONG, "1.7976931348623159e308": WRONG,
    "0x1A": WRONG, "1_000": WRONG, "1,000": WRONG, "١٢": WRONG, "\uff11\uff12": WRONG, "½": WRONG,
    "²": WRONG,
    "--5": WRONG, "+-5": WRONG, "1 2": WRONG, "1e": WRONG, "e5": WRONG, ".": WRONG, "1d5": WRONG,
    "1e3.5": WRONG, "1.2.3": WRONG, "true": WRONG, "1\x00": WRONG, "1\u200b": WRONG, "$5": WRONG,
}  # fmt: skip
WHOLE: dict[str, object] = {
    "12": 12, " 12 ": 12, "+5": 5, "1.0": 1, "1.": 1, "+7.00": 7, "000": 0, "-0": 0, "-0.0": 0,
    "0000000000000000001": 1, str(BIG): BIG, f"{BIG}.0": BIG, "١٢": 12, "\uff11\uff12": 12,
    "\u200312": 12,
    "00000000000000000000001": WRONG, str(BIG + 1): WRONG, "12345678901234567890": WRONG,
    "1.5": WRONG, ".5": WRONG, "1e5": WRONG, "0x1A": WRONG, "0X1a": WRONG, "0b1": WRONG,
    "1_000": WRONG, "1,000": WRONG, "inf": WRONG, "--5": WRONG, "1 2": WRONG, "½": WRONG,
    "²": WRONG,
    "true": WRONG, "1\x00": WRONG, "7.0.0": WRONG,
}  # fmt: skip
DATES: dict[str, object] = {
    "2019-05-26": "2019-05-26", " 2019-05-26\n": "2019-05-26", "2020-02-29": "2020-02-29",
    "0001-01-01": "0001-01-01", "9999-12-31": "9999-12-31",
    "\uff11\uff19\uff19\uff19-01-01": "1999-01-01",
    "0000-01-01": WRONG, "2019-02-30": WRONG, "2100-02-29": WRONG, "2019-5-6": WRONG,
    "20190506": WRONG, "2019-05-26T00:00": WRONG, "2019-05-26 12:00": WRONG, "2019-W10": WRONG,
    "26/05/2019": WRONG, "+2019-05-26": WRONG, "10000-01-01": WRONG, "2019-13-01": WRONG,
}  # fmt: skip

SAID = {
    "price": "is not a finite number",
    "longitude": "is not a finite number",
    "id": "is not a whole number of at most 64 bits",
    "minimum_nights": "is not a whole number of at most 64 bits",
    "last_review": "is not a date of the form YYYY-MM-DD",
}
TABLE = [
    (column, text, expected)
    for column, table in {
        "price": DECIMALS,
        "longitude": DECIMALS,
        "id": WHOLE,
        "minimum_nights": WHOLE,
        "last_review": DATES,
    }.items()
    for text, expected in table.items()
]


@pytest.mark.parametrize(("column", "text", "expected"), TABLE)
@pytest.mark.parametrize("others", [[], ["12"], ["strange"]], ids=["alone", "plain", "strange"])
def test_every_spelling_is_read_alike_whatever_stands_beside_it(
    column: str, text: str, expected: object, others: list[str]
) -> None:
    """The value, or what is wrong; a column is cast as a whole, which must not show."""
    values, wrong = parse(column, text, *others)
    if expected is WRONG:
        assert values[0] is None
        assert wrong[0].startswith("'")
        assert wrong[0].endswith(f"' {SAID[column]}")
    else:
        value = pd.Timestamp(expected) if column == "last_review" else expected  # type: ignore[arg-type]
        assert (values[0], type(values[0]).__name__[:3]) == (value, type(value).__name__[:3])
        assert 0 not in wrong


@pytest.mark.parametrize("text", ["-0", "-0.0", "-0.00"])
@pytest.mark.parametrize("others", [[], ["strange"]])
def test_there_is_one_zero(text: str, others: list[str]) -> None:
    """A zero with a sign is zero, so that equal data has equal bytes."""
    values, _ = parse("longitude", text, *others)
    assert str(values[0]) == "0.0"


@pytest.mark.parametrize(
    ("column", "text"),
    [("price", "-5"), ("price", "-1e-9"), ("minimum_nights", "-1"), ("id", f"-{BIG}")],
)
@pytest.mark.parametrize("others", [[], ["strange"]])
def test_below_zero_there_is_nothing_to_count(column: str, text: str, others: list[str]) -> None:
    """A negative price is as wrong as a word."""
    values, wrong = parse(column, "7", text, *others)
    assert values[:2] == [7, None]
    assert wrong[1] == f"'{text}' is negative"


def test_longitudes_may_be_negative() -> None:
    """West is negative."""
    assert parse("longitude", "-73.9") == ([-73.9], {})


def test_a_long_value_is_cut_in_what_is_said() -> None:
    """A message must stay readable."""
    _, wrong = parse("price", "x" * 10_000)
    assert len(wrong[0]) < 100


def test_each_position_is_told() -> None:
    """The same wrong text in two rows is wrong in two rows."""
    values, wrong = parse("price", "x", "1", "x", "", "y")
    assert values == [None, 1.0, None, None, None]
    assert {row: what[:3] for row, what in wrong.items()} == {0: "'x'", 2: "'x'", 4: "'y'"}


def test_the_index_and_the_types_are_those_of_the_listings() -> None:
    """A caller can put the values back into its table."""
    for column, dtype in (("id", "Int64"), ("price", "float64"), ("last_review", "datetime64[ms]"),
                          ("name", "str"), ("room_type", "str")):  # fmt: skip
        values, _ = parse_column(pd.Series(["", None], index=[7, 9]), column, MARKERS)
        assert values.dtype == dtype
        assert values.index.tolist() == [7, 9]
        assert values.isna().all()
