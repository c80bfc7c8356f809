"""The pipeline ``inference``, run as a whole on a small model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import yaml
from kedro.io.core import DatasetError
from pyarrow import csv, parquet

from rental_pricing.datasets.price_model import PriceModelDataset

if TYPE_CHECKING:
    from collections.abc import Callable

    from rental_pricing.model.price_model import PriceModel

CATALOG = Path(__file__).parents[4] / "conf/base/catalog_modeling.yml"
TRUSTED = yaml.safe_load(CATALOG.read_text(encoding="utf-8"))["_model_types"]
PRICES = ["typical_price", "price_low", "price_high"]


@pytest.fixture(scope="module")
def lake_project(
    tmp_path_factory: pytest.TempPathFactory,
    new_project: Callable[[Path], Any],
    lake_model: PriceModel,
    lake_listings: pd.DataFrame,
) -> Any:
    """A project with a stock of listings, and a model on disk in the place of the store's."""
    project = new_project(tmp_path_factory.mktemp("inference") / "project")
    entry = {
        "type": "rental_pricing.datasets.price_model.PriceModelDataset",
        "filepath": "data/06_models/price_model",
        "trusted": TRUSTED,
    }
    (project.path / "conf/local/catalog.yml").write_text(yaml.dump({"production_model": entry}))
    place = str(project.path / "data/06_models/price_model")
    PriceModelDataset(filepath=place, trusted=TRUSTED).save(lake_model)
    (project.path / "data/03_primary").mkdir(parents=True)
    lake_listings.to_parquet(project.path / "data/03_primary/listings.parquet")
    return project


@pytest.fixture
def undated(lake_listings: pd.DataFrame) -> pd.DataFrame:
    return lake_listings.drop(columns=["price", "delivered_on"])


def run(project: Any, runner: Any = None, **params: Any) -> None:
    project.run(("inference",), params=params, runner=runner)


def test_the_stock_is_priced_if_nothing_else_is_named(
    lake_project: Any, lake_model: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """One row a listing; with similar ones only if they are asked for."""
    run(lake_project)
    found = lake_project.load("price_estimates")
    assert found["id"].tolist() == lake_listings["id"].tolist()
    expected = lake_model.estimate(lake_listings)
    pd.testing.assert_frame_equal(found[[*PRICES, "note"]], expected, check_exact=True)
    assert len(lake_project.load("similar_listings")) == 0
    assert len(lake_project.load("price_explanations")) == 0
    run(lake_project, inference={"similar": 3})
    assert len(lake_project.load("similar_listings")) == 3 * len(lake_listings)


@pytest.mark.parametrize("runner", ["SequentialRunner", "ThreadRunner", "ParallelRunner"])
def test_any_runner_gives_the_same_bytes(
    lake_project: Any, undated: pd.DataFrame, tmp_path: Path, runner: str
) -> None:
    """Prices, similar listings and explanations."""
    from kedro import runner as runners

    undated.head(20).to_csv(tmp_path / "a.csv", index=False)
    asked = {"to_price": str(tmp_path / "a.csv"), "inference": {"similar": 2}}
    run(lake_project, **asked)
    before = lake_project.outputs()
    run(lake_project, getattr(runners, runner)(), **asked)
    assert lake_project.outputs() == before
    assert {Path(name).name for name in before} >= {
        "price_estimates.parquet",
        "similar_listings.parquet",
        "price_explanations.csv",
    }


def test_formats_and_cuts_change_no_bit(
    lake_project: Any, undated: pd.DataFrame, tmp_path: Path
) -> None:
    """A CSV file, a gzipped one, Parquet, and a folder of pieces in another order."""
    undated.to_csv(tmp_path / "a.csv", index=False)
    undated.to_csv(tmp_path / "a.csv.gz", index=False)
    undated.to_parquet(tmp_path / "a.parquet")
    folder = tmp_path / "folder"
    folder.mkdir()
    mixed = undated.sample(frac=1, random_state=1)
    mixed[:7].to_csv(folder / "b.csv", index=False)
    mixed[7:130].to_parquet(folder / "a.parquet")
    mixed[130:].to_csv(folder / "c.csv.gz", index=False)
    tables = []
    for place in (tmp_path / "a.csv", tmp_path / "a.csv.gz", tmp_path / "a.parquet", folder):
        run(lake_project, to_price=str(place))
        table = lake_project.load("price_estimates")
        tables.append(table.sort_values("id", ignore_index=True))
    for other in tables[1:]:
        pd.testing.assert_frame_equal(tables[0], other, check_exact=True)


def test_a_price_in_the_file_is_not_read(
    lake_project: Any, undated: pd.DataFrame, tmp_path: Path
) -> None:
    """Nor anything else that the model does not know."""
    undated.to_csv(tmp_path / "a.csv", index=False)
    undated.assign(price="a lot", comment="?").to_csv(tmp_path / "b.csv", index=False)
    tables = []
    for name in ("a.csv", "b.csv"):
        run(lake_project, to_price=str(tmp_path / name))
        tables.append(lake_project.load("price_estimates"))
    pd.testing.assert_frame_equal(*tables, check_exact=True)


def test_csv_on_request(lake_project: Any, undated: pd.DataFrame, tmp_path: Path) -> None:
    """Where it is named; what is in the usual place stays."""
    run(lake_project)
    before = lake_project.outputs()["07_model_output/price_estimates.parquet"]
    undated.head(3).to_csv(tmp_path / "a.csv", index=False)
    place = tmp_path / "out/estimates.csv"
    run(lake_project, to_price=str(tmp_path / "a.csv"), estimates=str(place))
    assert len(place.read_text().splitlines()) == 4
    assert lake_project.outputs()["07_model_output/price_estimates.parquet"] == before


@pytest.mark.parametrize(("rows", "told"), [(4, 4), (5, 5), (6, 0)])
def test_prices_of_a_few_listings_are_explained(
    lake_project: Any,
    undated: pd.DataFrame,
    tmp_path: Path,
    rows: int,
    told: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """At most so many as ``inference.explain`` says; of more it is said that none is."""
    undated.head(rows).to_csv(tmp_path / "a.csv", index=False)
    run(lake_project, to_price=str(tmp_path / "a.csv"), inference={"explain": 5})
    found = lake_project.load("price_explanations")
    assert len(found) == told
    said = "No price is explained: there are more than 5 listings (inference.explain)."
    assert (said in caplog.messages) == (told == 0)
    groups = found.columns.drop(["id", "typical_price", "note"])
    estimates = lake_project.load("price_estimates")["typical_price"].head(told)
    total = found[groups].astype("float64").sum(axis=1)
    np.testing.assert_allclose(total, estimates, rtol=0, atol=1e-11)


def test_no_listings_are_no_error(lake_project: Any, undated: pd.DataFrame, tmp_path: Path) -> None:
    """A file with a header alone gives tables with their columns."""
    undated.head(0).to_csv(tmp_path / "a.csv", index=False)
    run(lake_project, to_price=str(tmp_path / "a.csv"), inference={"similar": 5})
    for name in ("price_estimates", "similar_listings", "price_explanations"):
        found = lake_project.load(name)
        assert len(found) == 0
        assert "id" in found


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda rows: rows.assign(id=[1, 2, 3, 1]), r"id 1: .*a\.csv, line 2; .*a\.csv, line 5"),
        (lambda rows: rows.assign(id=[1, 2, None, 4]), r"a\.csv, line 4: id is missing"),
        (lambda rows: rows.drop(columns="latitude"), r"a\.csv, line 1: the columns latitude are"),
    ],
    ids=["twice", "missing", "column"],
)
def test_what_cannot_be_priced_leaves_the_old_estimates(
    lake_project: Any, undated: pd.DataFrame, tmp_path: Path, change: Any, told: str
) -> None:
    """It is told with file and line."""
    run(lake_project)
    before = lake_project.outputs()
    change(undated.head(4)).to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(DatasetError, match=told):
        run(lake_project, to_price=str(tmp_path / "a.csv"))
    assert lake_project.outputs() == before


def test_a_wrong_place_for_the_estimates_is_told(lake_project: Any, tmp_path: Path) -> None:
    """Nothing is written."""
    with pytest.raises(DatasetError, match="must end in"):
        run(lake_project, estimates=str(tmp_path / "estimates.xlsx"))


PRICE_AND_TELL_MEMORY = """
import sys
from pathlib import Path
import pyarrow
from rental_pricing.datasets.listings_to_price import ListingsToPriceDataset
from rental_pricing.datasets.price_model import PriceModelDataset
from rental_pricing.datasets.table_stream import TableStreamDataset
from rental_pricing.inference import pricing

pyarrow.set_cpu_count(1)  # on a busy machine threads read ahead of who writes
pyarrow.set_io_thread_count(1)
folder, file, out, *trusted = sys.argv[1:]
model = PriceModelDataset(filepath=folder, trusted=trusted).load()
listings = ListingsToPriceDataset(filepath=file).load()
TableStreamDataset(filepath=out).save(pricing.priced(listings, model))
# Not getrusage: a new process begins with the peak of the one that has started it.
lines = Path("/proc/self/status").read_text().splitlines()
print(next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM:")))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux alone tells it so")
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_memory_does_not_grow_with_the_file(
    lake_project: Any, undated: pd.DataFrame, tmp_path: Path, ending: str
) -> None:
    """50 MB take as much as 12 MB, but for a few megabytes of ids and of fragments.

    Also where all of a Parquet file is one row group.
    """
    model = str(lake_project.path / "data/06_models/price_model")
    used = []
    for size in (12, 50):
        place, out = tmp_path / f"{size}.{ending}", tmp_path / "out.parquet"
        rows = write_many(place, undated, size * 2**20)
        done = subprocess.run(
            [sys.executable, "-c", PRICE_AND_TELL_MEMORY, model, str(place), str(out), *TRUSTED],
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        )
        used.append(int(done.stdout))
        assert parquet.ParquetFile(out).metadata.num_rows == rows
    assert used[1] < used[0] + 40


def write_many(place: Path, listings: pd.DataFrame, size: int) -> int:
    """Write listings again and again under new ids, until a CSV file has that size."""
    lines = listings.to_csv(index=False).splitlines()
    header, *tails = (line.partition(",")[2] for line in lines)
    text, row = place.with_suffix(".csv"), 0
    with text.open("w") as file:
        file.write(f"id,{header}\n")
        while file.tell() < size:
            row += 1
            file.write(f"{row},{tails[row % len(tails)]}\n")
    if place != text:
        table = csv.read_csv(text)
        parquet.write_table(table, place, row, compression="none", use_dictionary=False)
    return row
