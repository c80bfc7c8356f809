"""Whole runs through real Kedro sessions, on the synthetic drops."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

import numpy as np
import pandas as pd
import pytest
from kedro.io.core import DatasetError

from rental_pricing.errors import UnvalidatedDataError, ValidationFailedError

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
OUTPUTS = {
    "02_intermediate/drop_window.json",
    "02_intermediate/rejected_listings.parquet",
    "02_intermediate/typed_drops/2024-01-08.parquet",
    "02_intermediate/typed_drops/2024-01-15.parquet",
    "03_primary/delivery_profiles.json",
    "03_primary/listings.parquet",
    "03_primary/listings_profile.json",
    "05_model_input/test_listings.parquet",
    "05_model_input/train_listings.parquet",
    "05_model_input/validation_listings.parquet",
    "06_models/price_model/model.skops",
    "06_models/price_model/package.json",
    "06_models/price_model/known.parquet",
    "06_models/price_model/profile.json",
    "07_model_output/test_estimates.parquet",
    "07_model_output/validation_estimates.parquet",
    "08_reporting/feature_importance.csv",
    "08_reporting/feature_importance_plot.json",
    "08_reporting/metrics_by_segment.csv",
    "08_reporting/model_card.md",
    "08_reporting/model_metrics.json",
    "08_reporting/predicted_against_actual_plot.json",
    "08_reporting/processing_report.json",
    "08_reporting/release_decision.json",
    "08_reporting/release_note.md",
    "08_reporting/residual_map_plot.json",
    "08_reporting/segments_plot.json",
    "08_reporting/validation_plot.json",
    "08_reporting/validation_report.json",
}


@pytest.fixture
def trained_copy(trained_project: Any, new_project: Any, tmp_path: Path) -> Any:
    """A project of one's own, with the results of a whole run."""
    project = new_project(tmp_path / "project")
    shutil.copytree(trained_project.path / "data", project.path / "data", dirs_exist_ok=True)
    return project


def test_one_run_makes_every_result(trained_project: Any) -> None:
    """Listings, reports, model, figures and card are there after ``kedro run``."""
    assert set(trained_project.outputs()) == OUTPUTS


def test_the_model_is_far_better_than_the_median(trained_project: Any) -> None:
    """By borough and room type, on test listings; and its intervals hold what they promise."""
    metrics = trained_project.load("model_metrics")
    assert metrics["test_mae"] < 0.85 * metrics["test_baseline_mae"]
    assert metrics["test_r2"] > 0.5
    assert 0.76 < metrics["test_interval_coverage"] < 0.84


def test_raw_rows_are_kept_superseded_or_set_aside(trained_project: Any) -> None:
    """The report's sums are those of the datasets on disk."""
    total = trained_project.load("processing_report")["total"]
    rejected = trained_project.load("rejected_listings").whole()
    assert total["rows"] == 18_000
    assert total["kept"] == len(trained_project.load("listings").whole())
    assert total["rows"] - total["kept"] - total["superseded"] == len(rejected)
    assert set(rejected["reason"]) == {"outside_city", "price_out_of_range"}


def test_the_parts_share_no_listing(trained_project: Any) -> None:
    """Training, validation and test listings are disjoint, and all there."""
    ids = [set(trained_project.load(f"{part}_listings")["id"]) for part in
           ("train", "validation", "test")]  # fmt: skip
    assert (
        len(set.union(*ids)) == sum(map(len, ids)) == len(trained_project.load("listings").whole())
    )


def test_the_packaged_model_gives_the_estimates_of_its_example(trained_project: Any) -> None:
    """What the package says it estimates is what it estimates after loading."""
    model = trained_project.load("price_model")
    text = trained_project.outputs()["06_models/price_model/package.json"]
    example = json.loads(text)["example"]
    found = model.estimate(pd.DataFrame([row["listing"] for row in example])).round(2)
    assert found.to_dict(orient="records") == [row["estimate"] for row in example]


def test_the_packaged_model_gives_the_same_bits_in_any_batch(trained_project: Any) -> None:
    """With all its features, also before prices are rounded to cents; in any order."""
    model = trained_project.load("price_model")
    listings = trained_project.load("listings").whole().head(3000)
    prices = model.pipeline.predict(listings)
    told = model.estimate(listings).drop(columns="note")
    draw = np.random.default_rng()
    for size in (1, 2, 95, 96, 97, *draw.integers(1, 1500, 6)):
        rows = draw.permutation(len(listings))[:size]
        batch = listings.iloc[rows]
        assert (model.pipeline.predict(batch) == prices[rows]).all(), rows.tolist()
        assert model.estimate(batch).drop(columns="note").equals(told.iloc[rows]), rows.tolist()


def test_the_card_says_what_a_reader_must_know(trained_project: Any) -> None:
    """Source, data, use, metrics, limits and bias; synthetic data is called so."""
    card = trained_project.load("model_card")
    for heading in ("Intended use", "Data", "How good it is", "Limits", "Questions about bias"):
        assert f"## {heading}\n" in card
    assert "Synthetic listings" in card
    assert f"{trained_project.load('model_metrics')['test_mae']:.2f}" in card
    assert not re.search(r"\bnan\b", card)


@pytest.mark.slow
def test_a_second_run_writes_the_same_bytes(trained_copy: Any, trained_project: Any) -> None:
    """In another process, with other hash seeds: every file is byte-identical."""
    for name in trained_copy.outputs():
        (trained_copy.path / "data" / name).unlink()
    subprocess.run(
        [sys.executable, "-m", "kedro", "run"],
        cwd=trained_copy.path,
        env=os.environ | {"PYTHONHASHSEED": "123"},
        check=True,
        capture_output=True,
        timeout=300,
    )
    first, second = trained_project.outputs(), trained_copy.outputs()
    assert [name for name in first if first[name] != second.get(name)] == []
    assert set(first) == set(second)


@pytest.mark.parametrize("runner", ["ThreadRunner", "ParallelRunner"])
@pytest.mark.slow
def test_other_runners_write_the_same_bytes(
    trained_copy: Any, trained_project: Any, runner: str
) -> None:
    """How the nodes are scheduled does not change what they write."""
    for name in trained_copy.outputs():
        (trained_copy.path / "data" / name).unlink()
    done = trained_copy.kedro("run", "--runner", runner)
    assert done.code == 0, done.output
    first, second = trained_project.outputs(), trained_copy.outputs()
    assert [name for name in first if first[name] != second.get(name)] == []


@pytest.mark.slow
def test_each_pipeline_runs_alone_on_what_the_earlier_ones_left(
    trained_copy: Any, trained_project: Any
) -> None:
    """``--pipelines`` picks up from disk and changes nothing that it need not."""
    for pipeline in ("data_processing", "data_validation", "modeling", "release"):
        trained_copy.run((pipeline,))
    assert trained_copy.outputs() == trained_project.outputs()


@pytest.mark.parametrize(
    "selection",
    [
        {"from_nodes": ["modeling.evaluate_model"]},
        {"to_outputs": ["feature_importance"], "from_inputs": ["price_model"]},
        {"tags": ["data_validation"]},
        {"node_names": ["modeling.write_model_card"]},
    ],
)
def test_parts_of_the_pipelines_can_be_selected(
    trained_copy: Any, trained_project: Any, selection: dict[str, Any]
) -> None:
    """Nodes, outputs, inputs and tags select, and the results stay the same."""
    trained_copy.run(**selection)
    assert trained_copy.outputs() == trained_project.outputs()


@pytest.mark.slow
def test_the_python_example_of_the_how_to_on_prices_works(trained_copy: Any) -> None:
    """It runs as it stands there."""
    page = (ROOT / "docs/pricing.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=trained_copy.path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert "typical_price" in done.stdout


def test_kedro_understands_every_annotation(
    trained_project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parameters are typed only where Kedro can read the nodes' type hints."""
    module = "kedro.validation.type_extractor"
    read, not_read = [], []

    def hints(function: Callable[..., Any], **options: Any) -> dict[str, Any]:
        read.append(function.__name__)
        return get_type_hints(function, **options)

    monkeypatch.setattr(f"{module}.get_type_hints", hints)
    monkeypatch.setattr(f"{module}.logger.warning", lambda *told: not_read.append(told))
    trained_project.load("listings").whole()
    assert {"type_drops", "train_price_model"} <= set(read)
    assert not_read == []


def test_a_past_week_can_be_run_again(synthetic_project: Any) -> None:
    """``as_of`` leaves later drops out."""
    synthetic_project.run(("data_processing",), params={"as_of": "2024-01-08"})
    assert list(synthetic_project.load("processing_report")["drops"]) == ["2024-01-08"]


def test_drops_can_be_anywhere(project: Any, synthetic_project: Any, tmp_path: Path) -> None:
    """``drops`` is a relative or an absolute folder."""
    moved = tmp_path / "elsewhere"
    shutil.copytree(synthetic_project.drops, moved)
    for folder in (str(moved), "../elsewhere"):
        project.run(("data_processing",), params={"drops": folder})
        assert project.load("processing_report")["total"]["rows"] == 18_000


@pytest.mark.parametrize(
    ("estimator", "params", "least_r2"),
    [
        pytest.param(
            "random_forest", {"n_estimators": 8, "max_depth": 6}, 0.45, marks=pytest.mark.slow
        ),
        pytest.param("linear", {"alpha": 3.0}, 0.45, marks=pytest.mark.slow),
        ("median", {}, -0.2),
        pytest.param(
            "gradient_boosting", {"max_iter": 10, "max_bins": 50}, 0.3, marks=pytest.mark.slow
        ),
    ],
)
def test_estimators_are_chosen_and_set_by_parameters(
    trained_copy: Any, estimator: str, params: dict[str, Any], least_r2: float
) -> None:
    """Any estimator by name, with any parameter of its constructor; the median, too, if asked."""
    chosen = {"estimator": estimator, "estimators": {estimator: params}}
    chosen |= {"min_gain_over_median": None} if estimator == "median" else {}
    trained_copy.run(("modeling",), params={"modeling": chosen})
    model = trained_copy.load("price_model")
    assert model.provenance["estimator"] == estimator
    fitted = model.pipeline.get_params()
    for name, value in params.items():
        assert value in [each for path, each in fitted.items() if path.endswith(f"__{name}")]
    assert trained_copy.load("model_metrics")["test_r2"] > least_r2


def test_a_failed_check_stops_after_the_report_is_saved(trained_copy: Any) -> None:
    """The report says failed, the earlier model stays as it was."""
    before = trained_copy.outputs()
    limits = {"max_rejected_rows": {"outside_city": 0}}
    with pytest.raises(ValidationFailedError, match="rows set aside as outside_city: found 6"):
        trained_copy.run(params={"data_validation": limits})
    after = trained_copy.outputs()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"08_reporting/validation_report.json", "08_reporting/validation_plot.json"}
    with pytest.raises(ValidationFailedError, match="outside_city"):
        trained_copy.run(("modeling",))


def test_modeling_refuses_listings_that_the_report_did_not_judge(trained_copy: Any) -> None:
    """New listings need a new judgement; the earlier model stays."""
    trained_copy.run(("data_processing",), params={"as_of": "2024-01-08"})
    before = trained_copy.outputs()
    with pytest.raises(UnvalidatedDataError):
        trained_copy.run(("modeling",))
    assert trained_copy.outputs() == before


def test_a_reference_profile_switches_the_comparison_on(trained_copy: Any) -> None:
    """The first week's profile as the reference: the listings are compared with it, and pass."""
    trained_copy.run(("data_processing", "data_validation"), params={"as_of": "2024-01-08"})
    profile = trained_copy.path / "data/03_primary/listings_profile.json"
    shutil.copy(profile, trained_copy.path / "first_week.json")
    trained_copy.run(
        ("data_processing", "data_validation"), params={"reference": "first_week.json"}
    )
    checks = trained_copy.load("validation_report")["checks"]
    compared = [check for check in checks if check["rule"].endswith("compared with the reference")]
    assert {check["drop"] for check in compared} == {None, "2024-01-15"}
    assert {check["status"] for check in compared} == {"passed"}


def test_a_reference_that_is_not_there_is_told(trained_copy: Any) -> None:
    """Naming a reference and not getting the comparison would go unnoticed."""
    with pytest.raises(DatasetError, match=r"There is no file nowhere\.json"):
        trained_copy.run(("data_validation",), params={"reference": "nowhere.json"})


def test_a_market_is_configuration_only(synthetic_project: Any) -> None:
    """Another environment narrows the market to one borough; its data is its own."""
    environment = synthetic_project.path / "conf/brooklyn"
    environment.mkdir()
    (environment / "parameters.yml").write_text(
        "market: {name: Brooklyn, boroughs: [Brooklyn], latitude: {min: 40.57, max: 40.74}, "
        "longitude: {min: -74.05, max: -73.86}}",
        encoding="utf-8",
    )
    drops = synthetic_project.path / "data/brooklyn/01_raw/listings"
    shutil.copytree(synthetic_project.drops, drops)
    done = synthetic_project.kedro("run", "--env", "brooklyn", "--pipelines", "data_processing")
    assert done.code == 0, done.output
    listings = pd.read_parquet(synthetic_project.path / "data/brooklyn/03_primary/listings.parquet")
    assert listings["latitude"].between(40.57, 40.74).all()


def test_validators_of_the_catalog_exist(trained_project: Any) -> None:
    """Kedro finds a wrong schema path only when the dataset is used; this finds it now."""
    from kedro.framework.session import KedroSession
    from kedro.framework.startup import bootstrap_project
    from kedro.utils import load_obj

    bootstrap_project(trained_project.path)
    with KedroSession.create(trained_project.path) as session:
        catalog = session.load_context().config_loader["catalog"]
    paths = {entry["validator"] for entry in catalog.values() if "validator" in entry}
    assert len(paths) == 4
    for path in paths:
        assert hasattr(load_obj(path), "validate")


def test_a_notebook_that_loads_spoiled_listings_is_stopped(trained_copy: Any) -> None:
    """The schema on the catalog's entry protects every load."""
    file = trained_copy.path / "data/03_primary/listings.parquet"
    spoiled = pd.read_parquet(file)
    pd.concat([spoiled, spoiled.head(1)]).to_parquet(file)
    with pytest.raises(Exception, match=r"Validation failed for dataset 'listings'"):
        trained_copy.load("listings").whole()


@pytest.fixture
def bucket(s3: Any) -> Callable[[Path], str]:
    """An S3 bucket on this machine, filled from a folder."""

    def fill(folder: Path) -> str:
        s3.create_bucket(Bucket="company")
        for file in folder.iterdir():
            s3.upload_file(str(file), "company", f"drops/{file.name}")
        return "s3://company/drops"

    return fill


@pytest.mark.slow
def test_drops_are_read_from_s3(
    project: Any, synthetic_project: Any, bucket: Callable[[Path], str]
) -> None:
    """``drops=s3://…`` reads the drops from a bucket, credentials from the environment."""
    address = bucket(synthetic_project.drops)
    for drop in project.drops.iterdir():
        drop.unlink()
    done = project.kedro("run", "--pipelines", "data_processing", "--params", f"drops={address}")
    assert done.code == 0, done.output
    assert project.load("processing_report")["total"]["rows"] == 18_000
