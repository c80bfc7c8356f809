"""The inference package on disk."""

from __future__ import annotations

import dataclasses
import json
import logging
import os
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import yaml
from kedro.io.core import DatasetError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from rental_pricing.datasets.price_model import PriceModelDataset

if TYPE_CHECKING:
    from pathlib import Path

    from rental_pricing.model.price_model import PriceModel


@pytest.fixture(scope="module")
def trusted(trained_project: Any) -> list[str]:
    catalog = trained_project.path / "conf/base/catalog_modeling.yml"
    types: list[str] = yaml.safe_load(catalog.read_text(encoding="utf-8"))["price_model"]["trusted"]
    return types


@pytest.fixture
def package(tmp_path: Path, model: PriceModel, trusted: list[str]) -> PriceModelDataset:
    dataset = PriceModelDataset(filepath=str(tmp_path / "price_model"), trusted=trusted)
    dataset.save(model)
    return dataset


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_what_is_saved_is_what_is_loaded(
    package: PriceModelDataset, model: PriceModel, trained_project: Any
) -> None:
    """Estimates are bit-equal, and everything else in the package too."""
    loaded = package.load()
    listings = trained_project.load("test_listings").head(50)
    pd.testing.assert_frame_equal(
        loaded.estimate(listings), model.estimate(listings), check_exact=True
    )
    fields = [field.name for field in dataclasses.fields(model) if field.name != "pipeline"]
    assert {name: getattr(loaded, name) for name in fields} == {
        name: getattr(model, name) for name in fields
    }


def test_saving_again_writes_the_same_bytes(package: PriceModelDataset, tmp_path: Path) -> None:
    """A loaded and saved package has not changed."""
    before = contents(tmp_path / "price_model")
    package.save(package.load())
    assert contents(tmp_path / "price_model") == before


def test_the_package_can_be_read_by_people(package: PriceModelDataset, tmp_path: Path) -> None:
    """Format, signature, intervals, provenance, versions and priced examples are plain JSON."""
    del package
    told = json.loads((tmp_path / "price_model/package.json").read_text(encoding="utf-8"))
    assert told["format"] == 1
    assert told["signature"]["latitude"] == "float64"
    assert told["provenance"]["estimator"] == "gradient_boosting"
    assert {"python", "scikit-learn", "skops"} <= set(told["versions"])
    assert all(row["estimate"]["typical_price"] > 0 for row in told["example"])


def test_any_filesystem_will_do(model: PriceModel, trusted: list[str], tmp_path: Path) -> None:
    """The folder may be at any fsspec address."""
    dataset = PriceModelDataset(filepath=f"memory:/{tmp_path}/price_model", trusted=trusted)
    assert not dataset.exists()
    dataset.save(model)
    assert dataset.exists()
    assert dataset.load().provenance == model.provenance


def test_an_absent_package_is_told(tmp_path: Path) -> None:
    """The message says how to get one."""
    with pytest.raises(DatasetError, match=r"holds no price model\. Train one: kedro run"):
        PriceModelDataset(filepath=str(tmp_path / "nowhere")).load()


def test_types_that_are_not_trusted_are_refused(package: PriceModelDataset, tmp_path: Path) -> None:
    """The message names them; nothing of the file is run."""
    del package
    with pytest.raises(DatasetError, match=r"is refused: .* not trusted: .*ListingFrame"):
        PriceModelDataset(filepath=str(tmp_path / "price_model")).load()


def test_a_model_that_could_not_be_loaded_is_not_saved(
    package: PriceModelDataset, model: PriceModel, tmp_path: Path
) -> None:
    """The earlier package stays as it was."""
    before = contents(tmp_path / "price_model")
    evil = make_pipeline(FunctionTransformer(os.system))
    with pytest.raises(DatasetError, match="is refused"):
        package.save(dataclasses.replace(model, pipeline=evil))
    assert contents(tmp_path / "price_model") == before


def test_a_changed_or_half_written_model_is_refused(
    package: PriceModelDataset, tmp_path: Path
) -> None:
    """The model's bytes must be those that the package describes."""
    file = tmp_path / "price_model/model.skops"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(DatasetError, match=r"changed or half-written\. Train the model again"):
        package.load()


def test_another_format_is_refused(package: PriceModelDataset, tmp_path: Path) -> None:
    """A package of a later version of the project is not guessed at."""
    file = tmp_path / "price_model/package.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"format": 2}), encoding="utf-8")
    with pytest.raises(DatasetError, match=r"has format 2; .* reads format 1"):
        package.load()


def test_other_library_versions_are_told(
    package: PriceModelDataset, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Loading goes on, with a warning that names versions then and now."""
    file = tmp_path / "price_model/package.json"
    told = json.loads(file.read_text(encoding="utf-8"))
    told["versions"]["scikit-learn"] = "1.2.3"
    file.write_text(json.dumps(told), encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        package.load()
    assert "was trained with scikit-learn 1.2.3 (here 1." in caplog.text
