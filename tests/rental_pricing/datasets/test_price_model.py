"""The inference package on disk."""

from __future__ import annotations

import dataclasses
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
import yaml
from kedro.io.core import DatasetError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from rental_pricing.datasets.price_model import ChampionDataset, PriceModelDataset
from rental_pricing.release.champion import UnusableModel

if TYPE_CHECKING:
    from rental_pricing.model.price_model import PriceModel

CATALOG = Path(__file__).parents[3] / "conf/base/catalog_modeling.yml"
TRUSTED = yaml.safe_load(CATALOG.read_text(encoding="utf-8"))["_model_types"]

FILES = {"model.skops", "package.json", "profile.json", "known.parquet"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "price_model"


@pytest.fixture
def package(folder: Path, lake_model: PriceModel) -> PriceModelDataset:
    dataset = PriceModelDataset(filepath=str(folder), trusted=TRUSTED)
    dataset.save(lake_model)
    return dataset


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_what_is_saved_is_what_is_loaded(
    package: PriceModelDataset, lake_model: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """Estimates are bit-equal."""
    loaded = package.load()
    pd.testing.assert_frame_equal(
        lake_model.estimate(lake_listings), loaded.estimate(lake_listings), check_exact=True
    )
    assert loaded.identity == lake_model.identity


def test_a_model_says_which_version_it_is_of(
    package: PriceModelDataset, folder: Path, lake_model: PriceModel
) -> None:
    """As a store calls it; its files say nothing of that."""
    assert package.load().version is None
    before = contents(folder)
    named = PriceModelDataset(filepath=str(folder), trusted=TRUSTED, version="price_model:v3")
    loaded = named.load()
    assert loaded.version == "price_model:v3"
    assert loaded.identity == lake_model.identity
    package.save(loaded)
    assert contents(folder) == before


def test_saving_again_writes_the_same_bytes(package: PriceModelDataset, folder: Path) -> None:
    """Four files; a loaded and saved package has not changed."""
    before = contents(folder)
    package.save(package.load())
    assert contents(folder) == before
    assert set(before) == FILES


def test_a_new_model_replaces_the_folder_whole(
    package: PriceModelDataset, lake_model: PriceModel, folder: Path
) -> None:
    """Nothing of the old folder stays, nor anything beside the new one."""
    (folder / "notes.txt").write_text("of the old model")
    package.save(dataclasses.replace(lake_model, provenance={"seed": 2}))
    assert set(contents(folder)) == FILES
    assert [path.name for path in folder.parent.iterdir()] == ["price_model"]
    assert package.load().provenance == {"seed": 2}


def test_a_folder_whose_replacing_was_killed_is_put_back(
    package: PriceModelDataset, folder: Path, lake_model: PriceModel
) -> None:
    """Killed between the two renames, the old folder lies aside: it exists, and is loaded."""
    folder.rename(folder.with_name(".price_model.old"))
    assert package.exists()
    assert package.load().identity == lake_model.identity


def test_a_network_has_two_more_files(
    package: PriceModelDataset, folder: Path, lake_network: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """Which go with it when another model takes its place."""
    before = contents(folder)
    package.save(lake_network)
    assert set(contents(folder)) == FILES | {"network.json", "network.safetensors"}
    expected = lake_network.estimate(lake_listings)
    pd.testing.assert_frame_equal(package.load().estimate(lake_listings), expected)
    again = contents(folder)
    package.save(package.load())
    assert contents(folder) == again
    for name, content in before.items():
        (folder / name).write_bytes(content)  # one by one, as on a store of objects
    package.save(package.load())
    assert contents(folder) == before


def test_pytorch_is_not_missed_to_estimate(
    package: PriceModelDataset,
    lake_network: PriceModel,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What has fitted a network is told by its files, and nobody is warned of its absence."""
    versions = {**lake_network.versions, "torch": "2.13.0+cpu on cpu"}
    package.save(dataclasses.replace(lake_network, versions=versions))
    assert package.load().versions["torch"] == "2.13.0+cpu on cpu"
    assert caplog.text == ""


def test_any_filesystem_will_do(lake_model: PriceModel, tmp_path: Path) -> None:
    """The folder may be at any fsspec address."""
    dataset = PriceModelDataset(filepath=f"memory:/{tmp_path}/price_model", trusted=TRUSTED)
    assert not dataset.exists()
    dataset.save(lake_model)
    assert dataset.exists()
    assert dataset.load().provenance == lake_model.provenance


def test_an_absent_package_is_told(tmp_path: Path) -> None:
    """The message says how to get one; a folder without package.json holds none."""
    (tmp_path / "empty").mkdir()
    for name in ("nowhere", "empty"):
        with pytest.raises(DatasetError, match=r"holds no price model\. Train one: kedro run"):
            PriceModelDataset(filepath=str(tmp_path / name)).load()


@pytest.mark.parametrize(
    "damage", ["cut", "removed", "a folder", "package cut", "old format", "format 2"]
)
def test_a_damaged_package_is_told(package: PriceModelDataset, folder: Path, damage: str) -> None:
    """The message names the folder and says how to get a model again."""
    model, description = folder / "model.skops", folder / "package.json"
    if damage == "cut":
        model.write_bytes(model.read_bytes()[:-1])
    elif damage == "package cut":
        description.write_bytes(description.read_bytes()[:100])
    elif damage == "old format":
        description.write_text('{"format": 1}')
    elif damage == "format 2":
        description.write_text('{"format": 2}')
        (folder / "known.parquet").unlink()
    else:
        model.unlink()
        if damage == "a folder":
            model.mkdir()
    remedy = r"\. Train the model again: kedro run --pipelines modeling$"
    with pytest.raises(DatasetError, match=f"price_model: .*{remedy}"):
        package.load()


def test_a_model_that_could_not_be_loaded_is_not_saved(
    package: PriceModelDataset, lake_model: PriceModel, folder: Path
) -> None:
    """The earlier package stays as it was."""
    before = contents(folder)
    foreign = make_pipeline(FunctionTransformer(print))
    with pytest.raises(DatasetError, match=r"is not written: .* is refused"):
        package.save(dataclasses.replace(lake_model, pipeline=foreign))
    assert contents(folder) == before


def test_other_library_versions_are_told(
    package: PriceModelDataset, lake_model: PriceModel, caplog: pytest.LogCaptureFixture
) -> None:
    """Loading goes on, with a warning that names versions then and now."""
    old = dict(lake_model.versions) | {"scikit-learn": "1.2.3"}
    package.save(dataclasses.replace(lake_model, versions=old))
    with caplog.at_level(logging.WARNING):
        package.load()
    assert "was trained with scikit-learn 1.2.3 (here 1." in caplog.text


def test_the_preview_is_the_description(package: PriceModelDataset, folder: Path) -> None:
    """kedro-viz shows package.json, without reading the model."""
    (folder / "model.skops").unlink()
    shown = json.loads(str(package.preview()))
    assert shown == json.loads((folder / "package.json").read_text(encoding="utf-8"))


def test_a_champion_of_these_libraries_is_a_model(
    package: PriceModelDataset, folder: Path, lake_model: PriceModel
) -> None:
    """As any other."""
    del package
    champion = ChampionDataset(filepath=str(folder), trusted=TRUSTED).load()
    assert not isinstance(champion, UnusableModel)
    assert champion.identity == lake_model.identity


@pytest.mark.parametrize(
    ("trusted", "told"),
    [
        (TRUSTED[:1], "not trusted"),
        (TRUSTED, "format 1"),
    ],
)
def test_a_champion_that_can_t_be_loaded_says_why(
    package: PriceModelDataset, folder: Path, trusted: list[str], told: str
) -> None:
    """Of another format, or of types that are not trusted here; it is no error."""
    del package
    if trusted is TRUSTED:
        content = json.loads((folder / "package.json").read_text(encoding="utf-8"))
        (folder / "package.json").write_text(json.dumps(content | {"format": 1}))
    champion = ChampionDataset(filepath=str(folder), trusted=trusted).load()
    assert isinstance(champion, UnusableModel)
    assert told in champion.reason


def test_a_champion_that_can_t_estimate_says_why(
    package: PriceModelDataset, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loaded, but not able to work with the libraries that are here."""
    del package

    def fail(*_: object) -> None:
        msg = "no attribute '_predictors'"
        raise AttributeError(msg)

    monkeypatch.setattr("rental_pricing.model.price_model.PriceModel.estimate", fail)
    champion = ChampionDataset(filepath=str(folder), trusted=TRUSTED).load()
    assert champion == UnusableModel("AttributeError: no attribute '_predictors'")
