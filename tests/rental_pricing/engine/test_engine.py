"""The engine of this process, and tables in pieces."""

from __future__ import annotations

from typing import Any

import pandas as pd

from rental_pricing.engine.engine import ONE_PROCESS
from rental_pricing.engine.pieces import HeldPiece, InMemory, Pieces


def test_results_come_in_order_and_one_at_a_time() -> None:
    """The next thing is not begun before the last result was taken."""
    begun: list[int] = []
    results = ONE_PROCESS.map(lambda thing, more: begun.append(thing) or thing + more, [1, 2], 10)
    assert next(results) == 11
    assert begun == [1]
    assert list(results) == [12]


def test_parts_that_belong_together_are_joined() -> None:
    """By their place in what a thing was split into; results are held until they are asked for."""
    held = ONE_PROCESS.regroup(lambda text: text.split(","), ["a,b", "c,d"], ["+".join, list])
    assert [each() for each in held] == ["a+c", ["b", "d"]]
    assert list(ONE_PROCESS.map(len, held)) == [3, 2]


def test_a_table_is_a_piece() -> None:
    """Whoever has a table can give it where pieces are asked for."""
    table = pd.DataFrame({"id": [1, 2], "name": ["a", "b"]})
    pieces = Pieces.of(table)
    assert Pieces.of(pieces) is pieces
    pd.testing.assert_frame_equal(pieces.whole(), table)
    pd.testing.assert_frame_equal(pieces.whole(["name"]), table[["name"]])


def test_pieces_under_one_another_are_the_table() -> None:
    """With the categories of all, sorted; rows are numbered anew."""
    table = pd.DataFrame({"id": [1, 2, 3], "room": pd.Categorical(["b", "c", "a"])})
    cut = [table[:2].assign(room=pd.Categorical(["b", "c"])),
           table[2:].assign(room=pd.Categorical(["a"]))]  # fmt: skip
    whole = Pieces([InMemory(piece) for piece in cut]).whole()
    pd.testing.assert_frame_equal(whole, table)
    assert list(whole["room"].cat.categories) == ["a", "b", "c"]


def test_what_an_engine_holds_can_be_loaded_like_a_piece() -> None:
    """It is an attribute of what is held."""

    class Result:
        rows = pd.DataFrame({"id": [1], "name": ["a"]})

    (held,) = ONE_PROCESS.regroup(lambda thing: [thing], [0], [lambda _: Result()])
    piece: Any = HeldPiece(held, "rows")
    assert list(piece(["name"]).columns) == ["name"]
    assert len(piece()) == 1
