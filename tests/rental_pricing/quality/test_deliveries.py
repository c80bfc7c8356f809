"""What each delivery holds, and how it relates to the one before it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from rental_pricing.quality.deliveries import Delivery, profile_drops


def profiles(quality: Any, **drops: Any) -> dict[str, Delivery]:
    loads = {day: (lambda rows=rows: rows) for day, rows in drops.items()}
    return dict(profile_drops(loads, market="here", parameters=quality))


def rejected(rows: pd.DataFrame, at: int, reason: str, detail: str) -> pd.DataFrame:
    rows = rows.copy()
    rows.loc[at, ["reason", "detail"]] = reason, detail
    return rows


def test_rejected_rows_are_counted_and_left_out_of_the_profile(rows: Any, quality: Any) -> None:
    """With examples by reason: line, id and what is wrong, cut where it is long."""
    drop = rejected(rows(10), 0, "outside_city", "latitude 48.2 " + "x" * 500)
    drop = rejected(drop, 1, "missing_value", "id is missing")
    drop.loc[1, "id"] = pd.NA
    made = profiles(quality, one=drop)["one"]
    account = made.account
    assert (account.rows, account.accepted, made.profile.rows) == (10, 8, 8)
    assert account.rejected == {"missing_value": 1, "outside_city": 1}
    assert account.examples["missing_value"] == ["line 3, without an id: id is missing"]
    (told,) = account.examples["outside_city"]
    assert told.startswith("line 2, id 1: latitude 48.2 xxx")
    assert len(told) < 110


def test_only_so_many_examples_are_kept_for_each_reason(rows: Any, with_limit: Any) -> None:
    """The first of the file."""
    drop = rows(10).assign(reason="outside_city", detail="far")
    made = profiles(with_limit("examples", 3), one=drop)["one"]
    assert [text.split(",")[0] for text in made.account.examples["outside_city"]] == [
        "line 2", "line 3", "line 4",
    ]  # fmt: skip


def test_repeated_ids_are_rows_beyond_the_first(rows: Any, quality: Any) -> None:
    """Among accepted rows only."""
    drop = rows(10).assign(id=pd.array([1, 1, 1, 2, 2, 3, 4, 5, 6, 6], dtype="Int64"))
    drop = rejected(drop, 9, "outside_city", "far")
    assert profiles(quality, one=drop)["one"].account.repeated_ids == 3


def test_missing_host_names_are_taken_from_the_drop(rows: Any, quality: Any) -> None:
    """They were counted when it was read."""
    drop = rows(10)
    drop.attrs = {"missing_host_name": 4}
    assert profiles(quality, one=drop)["one"].account.missing_host_name == 4


def test_the_previous_drop_is_the_newest_earlier_one(rows: Any, quality: Any) -> None:
    """By date, in whatever order they come."""
    made = profiles(quality, c=rows(5), a=rows(3), b=rows(4))
    assert {day: delivery.previous for day, delivery in made.items()} == {
        "a": None, "b": "a", "c": "b",
    }  # fmt: skip
    assert [made[day].known.rows for day in "abc"] == [0, 3, 4]


def test_known_ids_are_those_accepted_in_both(rows: Any, quality: Any) -> None:
    """A rejected row says nothing of the home."""
    then = rejected(rows(5), 0, "outside_city", "far")
    now = rejected(rows(5).assign(room_type="Castle"), 1, "outside_city", "far")
    known = profiles(quality, a=then, b=now)["b"].known
    assert (known.rows, known.changed.room_type) == (3, 3)


def test_each_drop_is_read_once(rows: Any, quality: Any) -> None:
    """In their order."""
    read: list[str] = []
    loads = {day: lambda day=day: read.append(day) or rows(5) for day in "ab"}
    list(profile_drops(loads, market="here", parameters=quality))
    assert read == ["a", "b"]
