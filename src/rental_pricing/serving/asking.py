"""From the bytes of a request to a table of listings, or to what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rental_pricing.errors import cut, did_you_mean
from rental_pricing.listings.columns import DELIVERED_ON
from rental_pricing.serving.fields import FIELDS, NAMES, REQUIRED
from rental_pricing.serving.parameters import ServingParameters
from rental_pricing.serving.problems import MOST_ERRORS, ProblemError, Wrong, unprocessable

LISTINGS, SIMILAR, EXPLAIN = "listings", "similar", "explain"

_BODY = ""
"""The field that is wrong, where it is all of the body."""


@dataclass(frozen=True)
class Question:
    """What is asked of the model.

    Attributes:
        listings: One row a listing, with the model's columns and ``id``, -1 where none was
            given.
        ids: As they are answered: the position, where none was given.
        similar: Similar listings that are wanted for each.
        explain: Whether the prices are to be explained.
    """

    listings: pd.DataFrame
    ids: list[int]
    similar: int
    explain: bool


def read_question(body: bytes, limits: ServingParameters) -> Question:
    """Read the body of a request.

    Args:
        body: JSON: ``{"listings": [...], "similar": 5, "explain": true}``, or one listing.
        limits: How much may be asked at once.

    Raises:
        ProblemError: It is no JSON, or not such; naming fields, values and rules.
    """
    content = parse(body)
    if not isinstance(content, dict):
        raise _one_wrong(_BODY, content, "an object: a listing, or {listings: [...]}")
    if LISTINGS not in content:
        return _question([content], [""], 0, explain=False)
    wrong = list(_unknown(content, [LISTINGS, SIMILAR, EXPLAIN], "", "a field of the question"))
    rows = content[LISTINGS]
    if not isinstance(rows, list) or not rows:
        wrong.append(Wrong(LISTINGS, rows, "a list of at least one listing"))
        rows = []
    similar, explain = content.get(SIMILAR, 0), content.get(EXPLAIN, False)
    if type(similar) is not int or not 0 <= similar <= limits.max_similar:
        rule = f"a whole number between 0 and {limits.max_similar}"
        wrong.append(Wrong(SIMILAR, similar, rule))
    if type(explain) is not bool:
        wrong.append(Wrong(EXPLAIN, explain, "true or false"))
    if wrong:
        raise _all_wrong(wrong)
    _refuse_too_many(rows, limits, explain=explain)
    return _question(rows, [f"{LISTINGS}[{n}]" for n in range(len(rows))], similar, explain=explain)


def _refuse_too_many(rows: list[Any], limits: ServingParameters, *, explain: bool) -> None:
    most = min(limits.max_listings, limits.max_explained) if explain else limits.max_listings
    if len(rows) > most:
        why = " with explanations" if explain and most < limits.max_listings else ""
        msg = f"At most {most} listings can be priced at once{why}; these are {len(rows)}."
        wrong = [Wrong(LISTINGS, f"{len(rows)} listings", f"at most {most} listings{why}")]
        raise ProblemError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, msg, wrong)


def parse(body: bytes) -> Any:
    """Return what JSON in UTF-8 says; stricter than Python's: no NaN, and no name twice.

    Raises:
        ProblemError: It is no such JSON.
    """
    try:
        return json.loads(
            body.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_named_once
        )
    except RecursionError:
        raise _one_wrong(_BODY, "", "JSON that is not nested so deeply") from None
    except UnicodeDecodeError:
        raise _one_wrong(_BODY, "", "JSON in UTF-8") from None
    except _StrictError as error:
        raise _one_wrong(error.field, error.value, error.rule) from None
    except ValueError as error:
        # Python reads numbers of at most 4,300 digits.
        rule = "JSON" if isinstance(error, json.JSONDecodeError) else "JSON with shorter numbers"
        where = f" ({cut(str(error), 100)})" if isinstance(error, json.JSONDecodeError) else ""
        raise _one_wrong(_BODY, "", rule + where) from None


class _StrictError(ValueError):
    """JSON that others would read in different ways."""

    def __init__(self, field: str, value: Any, rule: str) -> None:
        super().__init__(rule)
        self.field, self.value, self.rule = field, value, rule


def _no_constant(name: str) -> Any:
    raise _StrictError(_BODY, name, "a number that JSON has, or null")


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _StrictError(twice, dict(pairs)[twice], "given once; it is there more than once")
    return named


def _question(rows: list[Any], places: list[str], similar: int, *, explain: bool) -> Question:
    """Read listings column by column, which is a hundred times faster than one by one."""
    if not all(type(row) is dict and row.keys() <= NAMES for row in rows):
        raise _all_wrong(_wrong_rows(rows, places))
    columns: dict[str, Any] = {}
    for field in FIELDS:
        values = [row.get(field.name) for row in rows]
        read = field.array(values)
        if read is None:
            raise _all_wrong(_wrong_values(rows, places))
        columns[field.name] = read
    if np.isnat(columns[DELIVERED_ON]).all():
        del columns[DELIVERED_ON]
    ids = [row.get("id") for row in rows]
    return Question(
        pd.DataFrame({name: _series(read) for name, read in columns.items()}),
        [row if given is None else given for row, given in enumerate(ids)],
        similar,
        explain,
    )


def _series(read: NDArray[Any]) -> Any:
    # Texts stay Python's: pandas' own could not hold half a surrogate pair.
    return pd.Series(read, dtype=read.dtype, copy=False)


def _wrong_rows(rows: list[Any], places: list[str]) -> list[Wrong]:
    def found() -> Iterator[Wrong]:
        for row, place in zip(rows, places, strict=True):
            if type(row) is dict:
                yield from _unknown(row, sorted(NAMES), place, "a column of a listing")
            else:
                yield Wrong(place, row, "an object")

    return list(islice(found(), MOST_ERRORS))


def _unknown(given: Mapping[str, Any], known: list[str], place: str, what: str) -> Iterator[Wrong]:
    unknown = [name for name in given if name not in known]
    for name in unknown[:MOST_ERRORS]:
        shown = cut(name)
        yield Wrong(_at(place, name), given[name], f"{what}{did_you_mean(shown, known)}")


def _wrong_values(rows: list[Mapping[str, Any]], places: list[str]) -> list[Wrong]:
    found = [
        (row, field, field.name in rows[row])
        for field in FIELDS
        for row in field.wrong([each.get(field.name) for each in rows])
    ]
    found.sort(key=lambda each: each[0])
    return [
        Wrong(
            _at(places[row], field.name),
            rows[row].get(field.name),
            field.rule if there or field.name not in REQUIRED else f"there: {field.rule}",
        )
        for row, field, there in found
    ]


def _at(place: str, name: str) -> str:
    # A name of the client's: shown, never longer than needed.
    shown = cut(name.encode(errors="backslashreplace").decode())
    return f"{place}.{shown}" if place else shown


def _all_wrong(wrong: list[Wrong]) -> ProblemError:
    first = wrong[0]
    more = f" ({len(wrong)} values are wrong)" if len(wrong) > 1 else ""
    where = first.field or "The body"
    return unprocessable(f"{where} must be {first.rule}{more}.", wrong)


def _one_wrong(field: str, value: Any, rule: str) -> ProblemError:
    return _all_wrong([Wrong(field, value, rule)])
