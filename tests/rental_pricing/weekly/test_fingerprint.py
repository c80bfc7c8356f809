"""What a week is made of: what counts, and what does not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
from synthetic_drops import make_drop, write_drop

import rental_pricing.weekly.fingerprint as module
from rental_pricing.errors import DropWindowError
from rental_pricing.weekly.fingerprint import Fingerprint

if TYPE_CHECKING:
    from pathlib import Path

DAYS = ("2024-01-08", "2024-01-15")
TAKEN = Fingerprint("2024-01-15", {"2024-01-15.csv": "a" * 32}, None, None, "c" * 32, "d" * 32)


@pytest.fixture
def delivered(project: Any) -> Any:
    """A project with two small drops."""
    for day in DAYS:
        deliver(project.drops, day, seed=1)
    return project


def deliver(folder: Path, day: str, *, seed: int) -> None:
    write_drop(make_drop(20, date=dt.date.fromisoformat(day), seed=seed), folder / f"{day}.csv")


def take(project: Any, **params: Any) -> Fingerprint:
    bootstrap_project(project.path)
    with KedroSession.create(project.path, runtime_params=params) as session:
        context = session.load_context()
        return Fingerprint.take(context, context.catalog)


def test_the_same_week_has_the_same_fingerprint(delivered: Any) -> None:
    """It lists the drops that are read, and becomes plain values and back."""
    taken = take(delivered)
    assert (taken.as_of, sorted(taken.drops)) == (DAYS[1], [f"{day}.csv" for day in DAYS])
    assert take(delivered) == taken == Fingerprint.from_dict(taken.to_dict())
    assert take(delivered).identity == taken.identity
    assert taken.changes_since(taken) == []


def test_places_names_and_patience_do_not_count(delivered: Any, tmp_path: Path) -> None:
    """The same drops in another folder are the same drops."""
    delivered.drops.rename(tmp_path / "elsewhere")
    deliver(delivered.drops, DAYS[1], seed=9)
    moved = {"drops": str(tmp_path / "elsewhere"), "experiment": "x", "wait_for_lock": 5}
    moved["serving"] = {"threads": 1}
    there = take(delivered, **moved)
    here = take(delivered)
    assert {
        file: digest for file, digest in there.drops.items() if here.drops.get(file) == digest
    } == {}
    assert (there.configuration, there.code) == (here.configuration, here.code)


def test_the_date_counts_by_the_drops_that_it_chooses(delivered: Any) -> None:
    """That of the newest drop says nothing new; an earlier one leaves a drop out."""
    newest = take(delivered)
    assert take(delivered, as_of=DAYS[1]) == newest
    assert take(delivered, as_of=DAYS[0]).changes_since(newest) == [
        f"{DAYS[1]}.csv is not read any more"
    ]
    later = take(delivered, as_of="2024-01-16")
    assert later.changes_since(newest) == [f"the week is that of 2024-01-16, and not of {DAYS[1]}"]


def test_content_counts_and_not_the_name(delivered: Any) -> None:
    """A drop that came again, one that is new, one that is gone, and a note beside them."""
    before = take(delivered)
    deliver(delivered.drops, DAYS[1], seed=2)
    again = take(delivered)
    assert again.changes_since(before) == [
        f"{DAYS[1]}.csv was delivered again, with another content"
    ]
    assert again.identity != before.identity
    deliver(delivered.drops, "2024-01-22", seed=2)
    (delivered.drops / "SOURCE.md").write_text("From the sea.", encoding="utf-8")
    more = take(delivered)
    assert more.changes_since(again) == [
        "2024-01-22.csv is new",
        "the note on the source of the drops changed",
    ]
    reference = delivered.path / "data/03_primary/reference_profile.json"
    reference.parent.mkdir()
    reference.write_text('{"rows": 20}', encoding="utf-8")
    compared = take(delivered)
    assert compared.changes_since(more) == ["the reference profile changed"]
    reference.write_text('{"rows": 21}', encoding="utf-8")
    assert take(delivered).changes_since(compared) == ["the reference profile changed"]
    reference.unlink()
    excluded = take(delivered, data_processing={"exclude_drops": [DAYS[1]]})
    assert excluded.changes_since(more) == [
        f"{DAYS[1]}.csv is not read any more",
        "the configuration changed",
    ]


def test_configuration_counts_wherever_it_comes_from(
    delivered: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parameters, by command or by file; the catalog; and the code with its libraries."""
    before = take(delivered)
    local = delivered.path / "conf/local"
    changed = ["the configuration changed"]
    assert take(delivered, modeling={"seed": 7}).changes_since(before) == changed
    (local / "parameters.yml").write_text(yaml.safe_dump({"modeling": {"seed": 7}}))
    assert take(delivered).changes_since(before) == changed
    (local / "parameters.yml").unlink()
    entry = {"listings": {"type": "pandas.ParquetDataset", "filepath": "data/listings.pq"}}
    (local / "catalog.yml").write_text(yaml.safe_dump(entry))
    assert take(delivered).changes_since(before) == changed
    (local / "catalog.yml").unlink()
    monkeypatch.setattr(module, "library_versions", lambda: {"numpy": "0"})
    assert take(delivered).changes_since(before) == ["the code or a library changed"]


@pytest.mark.parametrize(("estimator", "counts"), [("neural_network", True), ("linear", False)])
def test_pytorch_counts_where_it_trains(
    delivered: Any, monkeypatch: pytest.MonkeyPatch, *, estimator: str, counts: bool
) -> None:
    """Another release of it gives another network, and changes no other model."""
    chosen: dict[str, Any] = {"modeling": {"estimator": estimator}}
    before = take(delivered, **chosen)
    monkeypatch.setattr("rental_pricing.model.versions._TRAINERS", {"neural_network": "pytest"})
    expected = ["the code or a library changed"] if counts else []
    assert take(delivered, **chosen).changes_since(before) == expected


def test_each_part_counts() -> None:
    """Of no two weeks that differ in one thing is the identity the same."""
    weeks = [
        TAKEN,
        replace(TAKEN, as_of="2024-01-22"),
        replace(TAKEN, drops={}),
        replace(TAKEN, source="b" * 32),
        replace(TAKEN, reference="b" * 32),
        replace(TAKEN, configuration="b" * 32),
        replace(TAKEN, code="b" * 32),
    ]
    assert len({week.identity for week in weeks}) == len(weeks)


def test_the_first_week_is_new() -> None:
    """There is nothing to compare with."""
    assert TAKEN.changes_since(None) == ["no week was completed here yet"]


def test_drops_that_can_t_be_read_are_told(delivered: Any) -> None:
    """As a run tells it."""
    with pytest.raises(DropWindowError, match="No drop is left"):
        take(delivered, data_processing={"exclude_drops": list(DAYS)})
