"""Small functions of the page's modules, run in the browser."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.browser


def _call(here: Any, module: str, expression: str) -> Any:
    """Evaluate an expression with what a module exports as ``it``."""
    return here.page.evaluate(f"import('./page/{module}.js').then(it => {expression})")


@pytest.mark.parametrize(
    ("numbers", "total", "rounded"),
    [
        ("[1.4, 1.4, 1.4]", 4, [2, 1, 1]),
        ("[10.6, -3.5, 0.2]", 7, [11, -4, 0]),
        ("[-0.5, -0.5]", -1, [0, -1]),
        ("[]", 0, []),
    ],
)
def test_rounded_numbers_add_up(here: Any, numbers: str, total: int, rounded: list[int]) -> None:
    """Those with the largest rest are rounded up."""
    assert _call(here, "words", f"it.roundedToAddUp({numbers}, {total})") == rounded


@pytest.mark.parametrize(
    ("pieces", "records"),
    [
        (["a,b\n1,2\n"], [["a", "b"], ["1", "2"]]),
        (['a,"b', ', ""c"', '""\r', "\n1,"], [["a", 'b, "c"'], ["1", ""]]),
        (['"a\nb"', ",\n"], [["a\nb", ""]]),
        (['"x"'], [["x"]]),
        ([""], []),
    ],
)
def test_records_are_told_apart_across_pieces(
    here: Any, pieces: list[str], records: list[list[str]]
) -> None:
    """Wherever a piece of the answer ends, in a quote too."""
    told = here.page.evaluate(
        """async pieces => {
            const { Records } = await import("./page/csv.js");
            const found = new Records();
            return [...pieces.flatMap(each => found.take(each)), ...found.rest()];
        }""",
        pieces,
    )
    assert told == records


@pytest.mark.parametrize(
    ("note", "kinds"),
    [
        ("", []),
        ("title is missing", ["title is missing"]),
        (
            "the place 12.5, -73.9 (latitude, longitude) is outside of X; title is missing",
            ["the place …, … (latitude, longitude) is outside of X", "title is missing"],
        ),
        (
            "room type 'a; b' is unknown to the model; known: C, D",
            ["room type … is unknown to the model"],
        ),
        ("last review 2024-01-02 with 0 reviews", ["last review … with … reviews"]),
    ],
)
def test_remarks_of_one_kind_are_alike(here: Any, note: str, kinds: list[str]) -> None:
    """Without the values that make each row's its own."""
    assert (
        here.page.evaluate("async note => (await import('./page/csv.js')).kindsOf(note)", note)
        == kinds
    )


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("it.money(1234.5, 'USD')", "$1,235"),
        ("it.money(-4, 'USD', true)", "\N{MINUS SIGN}$4"),
        ("it.money(5, 'EUR', true)", "+€5"),
        ("it.money(0, 'USD', true)", "$0"),
        ("it.distance(0.2)", "200 m"),
        ("it.distance(0.999)", "1.0 km"),
        ("it.distance(12.3)", "12 km"),
        ("it.day('2024-01-15')", "Jan 15, 2024"),
        ("it.day('<b>')", "<b>"),
        ("it.age(0)", "new today"),
        ("it.age(1)", "1 day old"),
        ("it.age(15)", "2 weeks old"),
        ("it.age(1048)", "2.9 years old"),
        ("it.share(0.8)", "8 of 10"),
        ("it.share(0.95)", "95 % of"),
    ],
)
def test_words(here: Any, expression: str, text: str) -> None:
    """How numbers are written."""
    assert _call(here, "words", expression) == text
