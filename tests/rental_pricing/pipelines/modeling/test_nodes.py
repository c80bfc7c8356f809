"""The nodes of ``modeling``, each run by itself: what they make, and what they refuse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from rental_pricing.datasets.files import CSVDataset, ParquetDataset
from rental_pricing.errors import MixedDataError, UnvalidatedDataError, ValidationFailedError
from rental_pricing.evaluation.baseline import CandidateRefusedError, MedianPrices
from rental_pricing.evaluation.provenance import (
    JUDGE_AGAIN,
    PROCESS_AGAIN,
    SPLIT_AGAIN,
    TRAIN_AGAIN,
    VALIDATE_AGAIN,
)
from rental_pricing.evaluation.schemas import Estimates
from rental_pricing.listings.schemas import Listings
from rental_pricing.model.pricing import estimate_prices
from rental_pricing.model.training import fit_calibrated
from rental_pricing.pipelines.modeling.nodes import (
    estimate_test_listings,
    evaluate_model,
    explain_model,
    split_listings,
    train_price_model,
    write_model_card,
)

if TYPE_CHECKING:
    from pathlib import Path


def refused(error: pytest.ExceptionInfo[Exception], command: str) -> str:
    """Return what is told, having seen that the command stands at its end."""
    told = str(error.value)
    assert told.endswith(f"if any: {command}")
    assert len(told.splitlines()) <= 8
    return told


# ---- split_listings


def test_the_parts_say_which_data_and_parameters_they_come_from(week: Any, made: Any) -> None:
    """Digest, market, seed and shares, and which part."""
    assert made.test.attrs["split"] == {
        "digest": week.validation_report["digest"],
        "market": week.market.identity,
        "seed": week.modeling.split.seed,
        "test_share": week.modeling.split.test_share,
        "validation_share": week.modeling.split.validation_share,
        "part": "test",
    }


def test_what_a_part_says_is_kept_on_disk(made: Any, tmp_path: Path) -> None:
    """Through the catalog's dataset and its validator."""
    dataset = ParquetDataset(filepath=str(tmp_path / "part.parquet"))
    dataset.save(Listings.validate(made.train))
    assert Listings.validate(dataset.load()).attrs == made.train.attrs


def test_listings_that_were_not_judged_are_not_split(week: Any) -> None:
    """A report about other listings."""
    other = week.with_listings(seed=2)
    with pytest.raises(UnvalidatedDataError):
        split_listings(other.listings, week.validation_report, week.market, week.modeling)


def test_a_changed_price_range_needs_the_drops_again(week: Any) -> None:
    """``market.price.max`` decides which rows are listings, not only what is trained."""
    dearer = week.with_market(price={"min": 10, "max": 500})
    with pytest.raises(UnvalidatedDataError, match="market"):
        split_listings(week.listings, week.validation_report, dearer.market, week.modeling)


# ---- train_price_model


def test_training_after_new_data_is_refused(week: Any, made: Any) -> None:
    """``--from-nodes train_price_model``: the reports are new, the split is old."""
    with pytest.raises(MixedDataError, match="digest") as error:
        week.with_listings(seed=2).train(made.train, made.validation)
    assert "train_listings" in refused(error, SPLIT_AGAIN)


def test_training_after_data_that_failed_is_refused(week: Any, made: Any) -> None:
    """Whether new or the same data failed, nothing is trained."""
    with pytest.raises((ValidationFailedError, MixedDataError)):
        week.with_listings(seed=2).changed(passed=False).train(made.train, made.validation)
    with pytest.raises(ValidationFailedError):
        week.changed(passed=False).train(made.train, made.validation)


def test_training_before_new_data_were_judged_is_refused(week: Any, made: Any) -> None:
    """The accounts are of other listings than the judgement."""
    new = week.with_listings(seed=2).processing_report
    with pytest.raises(MixedDataError, match="processing_report") as error:
        week.train(made.train, made.validation, new)
    refused(error, VALIDATE_AGAIN)


@pytest.mark.parametrize(
    ("name", "value"), [("seed", 7), ("test_share", 0.25), ("validation_share", 0.3)]
)
def test_training_with_another_split_is_refused(
    week: Any, made: Any, name: str, value: float
) -> None:
    """The parameters would be stamped on parts that others made."""
    split = week.modeling.split.model_dump() | {name: value}
    with pytest.raises(MixedDataError) as error:
        week.with_modeling(split=split).train(made.train, made.validation)
    assert f"  {name}: {value} in what is asked for" in refused(error, SPLIT_AGAIN)


@pytest.mark.parametrize(
    "market", [{"price": {"min": 10, "max": 120}}, {"name": "Paris", "currency": "EUR"}]
)
def test_training_for_another_market_is_refused(week: Any, made: Any, market: Any) -> None:
    """Its prices would be cut at another price range, or called by another currency."""
    elsewhere = week.with_market(**market)
    mixed = week.changed(market=elsewhere.market)
    with pytest.raises(MixedDataError, match="market") as error:
        mixed.train(made.train, made.validation)
    refused(error, SPLIT_AGAIN)


def test_reports_of_another_market_are_refused(week: Any, made: Any) -> None:
    """What was judged as New York can't be trained as Paris."""
    paris = week.with_market(name="Paris")
    with pytest.raises(MixedDataError, match="the parameters and validation_report") as error:
        train_price_model(
            made.train, made.validation, week.processing_report, week.validation_report,
            paris.market, week.processing, week.quality, week.modeling,
        )  # fmt: skip
    refused(error, PROCESS_AGAIN)


def test_parts_that_were_swapped_are_refused(week: Any, made: Any) -> None:
    """The model would be calibrated on what it has learnt from."""
    with pytest.raises(MixedDataError, match="table of train listings"):
        week.train(made.validation, made.train)


def test_the_package_tells_what_made_the_model(week: Any, made: Any) -> None:
    """Data, market, split, parameters, source and accounts, in plain types."""
    told = made.model.provenance
    assert json.loads(json.dumps(told)) == told
    assert told["split"] == {
        name: value for name, value in made.train.attrs["split"].items() if name != "part"
    }
    assert (told["market"], told["currency"]) == ("New York City", "USD")
    assert told["source"] == "From the company."
    assert told["processing"]["total"] == week.processing_report["total"]
    assert told["processing"]["expired"] == ["2023-01-02"]
    assert told["rules"] == {"passed": 1, "failed": 0, "not_run": 0}
    assert told["rows"] == {"train": len(made.train), "validation": len(made.validation)}
    assert told["parameters"]["estimator"] == week.modeling.estimators["gradient_boosting"]
    assert told["parameters"]["impossible"] == week.processing.impossible.model_dump()
    trained_with = week.modeling.model_dump(exclude={"estimator", "estimators"})
    for name in trained_with.keys() - {"split", "explain", "min_gain_over_median"}:
        assert told["parameters"][name] == trained_with[name]


def test_the_package_has_the_profile_of_what_it_was_trained_on(made: Any) -> None:
    """Of training and validation listings, not of the test's."""
    assert made.model.profile["rows"] == len(made.train) + len(made.validation)


def test_another_judgement_makes_no_other_model(week: Any, made: Any) -> None:
    """Shuffles, and the least gain, are no part of the identity; the seed is."""
    explain = week.modeling.explain.model_dump() | {"repeats": 7}
    same = week.with_modeling(explain=explain, min_gain_over_median=0.01)
    assert same.train(made.train, made.validation)[0].identity == made.model.identity
    other = week.with_modeling(seed=7)
    assert other.train(made.train, made.validation)[0].identity != made.model.identity


def test_validation_estimates_are_of_the_model_before_it_learnt_again(week: Any, made: Any) -> None:
    """They name the model that it became; the shipped one has seen these prices."""
    prices = (week.market.price.min, week.market.price.max)
    before = fit_calibrated(
        made.train, made.validation, price_range=prices, parameters=week.modeling
    )
    found = made.validation_estimates
    assert found["typical_price"].equals(before.validation_estimates["typical_price"])
    shipped = estimate_prices(made.model.pipeline, made.model.interval, made.validation, prices)
    error, seen = ((each["typical_price"] - made.validation["price"]).abs().mean()
                   for each in (found, shipped))  # fmt: skip
    assert seen < error
    assert found["known_host"].tolist() == made.validation["host_id"].isin(
        made.train["host_id"]).tolist()  # fmt: skip
    assert found.attrs["model"] == made.model.identity


@pytest.mark.parametrize(("above", "passes"), [(0.001, False), (-0.001, True)])
def test_a_candidate_is_refused_below_the_least_gain(
    week: Any, made: Any, above: float, *, passes: bool
) -> None:
    """Judged on the validation listings, against the median learnt from training listings."""
    found = made.validation_estimates
    baseline = MedianPrices.learn(made.train).estimate(made.validation)
    mae = (found["typical_price"] - found["price"]).abs().mean()
    gain = 1 - mae / np.abs(baseline - found["price"]).mean()
    picky = week.with_modeling(min_gain_over_median=float(gain) + above)
    if passes:
        assert picky.train(made.train, made.validation)
    else:
        with pytest.raises(CandidateRefusedError, match="earlier model stays"):
            picky.train(made.train, made.validation)


def test_a_model_worse_than_the_median_is_refused(week: Any) -> None:
    """Prices that have nothing to do with the listings: nothing can be learnt."""
    nonsense = week.with_listings(seed=3)
    nonsense.listings["price"] = np.random.default_rng(1).permutation(nonsense.listings["price"])
    parts = nonsense.split()
    with pytest.raises(CandidateRefusedError):
        nonsense.train(*parts[:2])
    assert nonsense.with_modeling(min_gain_over_median=None).train(*parts[:2])


# ---- estimate_test_listings


def test_test_estimates_are_of_the_shipped_model(made: Any) -> None:
    """Beside true prices, the baseline and whether the host is known; ids once."""
    found = made.test_estimates
    assert Estimates.validate(found).equals(found)
    assert found["typical_price"].equals(made.model.estimate(made.test)["typical_price"])
    learnt = pd.concat([made.train, made.validation])
    assert found["baseline_price"].tolist() == MedianPrices.learn(learnt).estimate(
        made.test).tolist()  # fmt: skip
    known = made.test["host_id"].isin(learnt["host_id"])
    assert found["known_host"].tolist() == known.tolist()
    assert 0 < known.sum() < len(known)


def test_what_estimates_say_is_kept_on_disk(made: Any, tmp_path: Path) -> None:
    """Through the catalog's dataset and its validator."""
    dataset = ParquetDataset(filepath=str(tmp_path / "estimates.parquet"))
    dataset.save(Estimates.validate(made.test_estimates))
    loaded = Estimates.validate(dataset.load())
    assert loaded.equals(made.test_estimates)
    assert loaded.attrs == made.test_estimates.attrs


def test_a_model_of_another_split_than_the_test_listings_is_refused(week: Any, made: Any) -> None:
    """Some of these test listings are what it has learnt from."""
    split = week.modeling.split.model_dump() | {"seed": 7}
    parts = week.with_modeling(split=split).split()
    with pytest.raises(MixedDataError, match="seed: 42 in price_model, 7 in train_li") as error:
        estimate_test_listings(made.model, *parts)
    refused(error, TRAIN_AGAIN)


def test_new_data_under_an_old_model_are_refused(week: Any, made: Any) -> None:
    """After a new split, and before a new training."""
    with pytest.raises(MixedDataError, match="digest"):
        estimate_test_listings(made.model, *week.with_listings(seed=2).split())


# ---- evaluate_model


def test_metrics_are_about_one_model_and_say_which(made: Any) -> None:
    """Flat numbers beside the identity; the table has it in a column."""
    flat, segments, *drawn = evaluate_model(made.validation_estimates, made.test_estimates)
    assert flat.pop("model") == made.model.identity
    assert all(value is None or isinstance(value, int | float) for value in flat.values())
    assert set(segments["model"]) == {made.model.identity}
    assert flat["test_mae"] < flat["test_baseline_mae"]
    assert flat["test_rows"] == flat["test_known_hosts_rows"] + flat["test_new_hosts_rows"]
    assert [figure["data"][0]["name"] for figure in drawn] == [
        "listing", "place", "MAE of the median by borough and room type",
    ]  # fmt: skip


def test_estimates_of_two_models_are_not_measured_together(week: Any, made: Any) -> None:
    """As after a training whose test listings were not estimated."""
    _, newer = week.with_modeling(seed=7).train(made.train, made.validation)
    with pytest.raises(MixedDataError, match="validation_estimates and test_estimates") as error:
        evaluate_model(newer, made.test_estimates)
    refused(error, TRAIN_AGAIN)


def test_swapped_estimates_are_refused(made: Any) -> None:
    """Validation metrics would stand under the name of the test."""
    with pytest.raises(MixedDataError):
        evaluate_model(made.test_estimates, made.validation_estimates)


# ---- explain_model


def test_importance_is_of_the_shipped_model_on_test_listings(week: Any, made: Any) -> None:
    """One row a group of columns, with its spread and the model's identity."""
    table, _ = explain_model(made.model, made.test, week.modeling)
    assert set(table["model"]) == {made.model.identity}
    assert set(table["group"]) == set(week.modeling.explain.groups)
    by_group = table.set_index("group")["mae_increase"]
    assert set(by_group.nlargest(3).index) == {"room type", "title", "place"}
    assert table["std"].max() > 0
    assert table["mae_increase"].is_monotonic_decreasing


def test_importance_on_listings_of_another_split_is_refused(week: Any, made: Any) -> None:
    """Or on those that the model has learnt from."""
    with pytest.raises(MixedDataError):
        explain_model(made.model, made.train, week.modeling)
    with pytest.raises(MixedDataError) as error:
        explain_model(made.model, week.with_listings(seed=2).split()[2], week.modeling)
    refused(error, TRAIN_AGAIN)


# ---- write_model_card


@pytest.fixture(scope="module")
def results(week: Any, made: Any) -> dict[str, Any]:
    """What the card is written from."""
    flat, segments, *_ = evaluate_model(made.validation_estimates, made.test_estimates)
    importance, _ = explain_model(made.model, made.test, week.modeling)
    return {
        "model_metrics": flat,
        "metrics_by_segment": segments,
        "feature_importance": importance,
    }


def test_the_card_can_be_written_from_what_is_on_disk(
    made: Any, results: dict[str, Any], tmp_path: Path
) -> None:
    """The identity stays a text, be it all digits."""
    digits = "0012345678901234"
    tables = {}
    for name in ("metrics_by_segment", "feature_importance"):
        dataset = CSVDataset(
            filepath=str(tmp_path / name), save_args={"index": False},
            load_args={"dtype": {"model": "str"}},
        )  # fmt: skip
        dataset.save(results[name].assign(model=digits))
        tables[name] = dataset.load()
        assert set(tables[name]["model"]) == {digits}
        tables[name]["model"] = made.model.identity
    from_disk = write_model_card(made.model, results["model_metrics"], **tables)
    assert from_disk == write_model_card(made.model, **results)


@pytest.mark.parametrize("name", ["model_metrics", "metrics_by_segment", "feature_importance"])
def test_results_of_another_model_are_no_part_of_the_card(
    made: Any, results: dict[str, Any], name: str
) -> None:
    """Each of them is compared with the model."""
    other = results[name].copy()
    other["model"] = "another"
    with pytest.raises(MixedDataError, match=f"price_model and {name}") as error:
        write_model_card(made.model, **results | {name: other})
    refused(error, JUDGE_AGAIN)


def test_the_card_is_about_the_data_that_made_the_model(made: Any, results: dict[str, Any]) -> None:
    """Source and parameters come from the package alone: the node is given nothing else."""
    card = write_model_card(made.model, **results)
    assert "From the company." in card
    assert made.model.provenance["split"]["digest"][:16] in card
