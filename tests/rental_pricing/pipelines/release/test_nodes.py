"""The decision about a small model of a small week."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from rental_pricing.errors import MixedDataError
from rental_pricing.pipelines.release.nodes import decide_release, write_release_note
from rental_pricing.release.champion import UnusableModel
from rental_pricing.release.parameters import ReleaseParameters

if TYPE_CHECKING:
    from rental_pricing.model.price_model import PriceModel


@dataclass(frozen=True)
class Told:
    """How a run is tracked, or which version is in production."""

    kind: str = "local"
    reason: str = "no key is configured"
    name: str = "price_model"
    version: str = "v3"
    digest: str = "0" * 32


Decide = Callable[..., tuple[dict[str, Any], dict[str, str]]]


@pytest.fixture(scope="module")
def limits(parameters: dict[str, Any]) -> ReleaseParameters:
    """As in ``conf/base``, but for intervals: 100 listings tell little of their coverage."""
    return changed(parameters["release"], max_coverage_error=0.15, min_segment_rows=10)


def changed(limits: ReleaseParameters, **changes: Any) -> ReleaseParameters:
    """Other limits."""
    return ReleaseParameters(**limits.model_dump() | changes)


@pytest.fixture(scope="module")
def decided(week: Any, made: Any, limits: ReleaseParameters) -> Decide:
    """Decide about that week's model, with changes."""

    def decide(**changes: Any) -> tuple[dict[str, Any], dict[str, str]]:
        champion = changes.get("champion")
        given = {
            "price_model": made.model,
            "champion": None,
            "production_version": Told() if champion is not None else None,
            "test_listings": made.test,
            "test_estimates": made.test_estimates,
            "listings": week.listings,
            "validation_report": week.validation_report,
            "earlier_manual_releases": None,
            "earlier_release_decision": None,
            "tracking": Told(),
            "market": week.market,
            "parameters": limits,
        }
        return decide_release(**given | changes)

    return decide


def other(model: PriceModel, **provenance: Any) -> PriceModel:
    """A model like another one, made otherwise."""
    return replace(model, provenance={**model.provenance, **provenance})


def test_the_first_model_is_released(decided: Decide, made: Any) -> None:
    """There is nothing to compare with."""
    decision, alias = decided()
    assert decision["outcome"] == "released"
    assert decision["champion"] is decision["comparison"] is None
    assert decision["candidate"]["model"] == made.model.identity
    assert decision["candidate"]["test"]["rows"] == len(made.test)
    assert alias == {"dataset": "price_model", "instead_of": ""}
    assert len(decision["rules"]) == 4


def test_an_equal_model_is_released_already(
    decided: Decide, made: Any, limits: ReleaseParameters
) -> None:
    """Whatever the rules and the mode say now: it is what is in production."""
    strict = changed(limits, min_gain_over_median=0.99, mode="manual")
    decision, alias = decided(champion=made.model, parameters=strict)
    assert (decision["outcome"], alias, decision["rules"]) == ("already_released", {}, [])
    assert decision["champion"]["version"] == "v3"
    assert decision["champion"]["test"] == decision["candidate"]["test"]


OLD = {"model": "o" * 16, "version": "v2", "digest": "2" * 32}


@pytest.mark.parametrize(
    ("person", "champion", "told"),
    [
        (None, OLD, "An earlier run has released it, instead of price_model:v2: it is better."),
        (None, None, "An earlier run has released it, where there was nothing: it is better."),
        ("released", OLD, "A person has released it, instead of price_model:v2: by hand"),
        ("rolled_back", OLD, "But a person has rolled it back: by hand. Repeat that"),
        ("declined", OLD, "But a person has declined it: by hand"),
    ],
)
def test_who_has_released_what_is_in_production_is_told(
    decided: Decide, made: Any, person: str | None, champion: Any, told: str
) -> None:
    """The run that did may have been killed before it said so; and no later one loses it."""
    ours = {"model": made.model.identity}
    earlier: Any = {
        "outcome": "released", "reason": "it is better.", "candidate": ours,
        "champion": champion and {**champion, "test": {}},
    }  # fmt: skip
    entries = [{**ours, "action": person, "reason": "by hand", "instead_of": OLD}]
    given = {"champion": made.model, "earlier_manual_releases": entries if person else None}
    decision, alias = decided(**given, earlier_release_decision=earlier)
    assert (decision["outcome"], alias) == ("already_released", {})
    assert told in decision["reason"]
    assert decision["brought"]["instead_of"] == champion
    assert decided(**given, earlier_release_decision=decision)[0] == decision
    of_another = {**earlier, "candidate": OLD}
    unknown, _ = decided(champion=made.model, earlier_release_decision=of_another)
    assert unknown["reason"] == "The candidate is the model that is in production."


def broken(decision: dict[str, Any]) -> list[str]:
    """The rules that are not kept."""
    return [rule["rule"] for rule in decision["rules"] if not rule["passed"]]


def test_an_equally_good_model_is_no_reason_to_change(decided: Decide, made: Any) -> None:
    """The same estimates, made otherwise: all other rules are kept."""
    decision, alias = decided(champion=other(made.model, rows={}))
    assert (decision["outcome"], alias) == ("kept", {})
    assert broken(decision) == ["reason_to_change"]
    comparison = decision["comparison"]
    assert comparison["mae_difference"] == comparison["low"] == comparison["high"] == 0
    assert comparison["moved_share"] == 0
    assert set(comparison["segments"].values()) == {0}


@pytest.fixture(scope="module")
def one_price(week: Any) -> Any:
    """A model that knows one price alone."""
    return week.with_modeling(estimator="median", min_gain_over_median=None).make()


def test_a_better_model_takes_the_place(
    decided: Decide, one_price: Any, limits: ReleaseParameters
) -> None:
    """Where so many estimates may move."""
    decision, alias = decided(champion=one_price.model)
    assert (decision["outcome"], broken(decision), alias) == ("kept", ["moved_share"], {})
    assert decision["comparison"]["high"] < 0
    decision, alias = decided(
        champion=one_price.model, parameters=changed(limits, max_moved_share=1)
    )
    assert decision["outcome"] == "released"
    assert alias == {"dataset": "price_model", "instead_of": "0" * 32}
    assert "better by" in decision["reason"]
    assert "no longer acceptable" in decision["reason"]
    assert decision["champion"]["digest"] == "0" * 32


@pytest.mark.parametrize(
    ("changes", "outcome", "told"),
    [
        ({"parameters": "manual"}, "waits_for_person", "kedro release"),
        ({"tracking": Told("disabled", "WANDB_DISABLED is set")}, "not_promoted",
         "nothing could be promoted: WANDB_DISABLED is set"),
        ({"tracking": Told("online")}, "released", "no model in production yet"),
        ({"champion": UnusableModel("format 1")}, "needs_person",
         "can't be loaded by these libraries: format 1"),
    ],
)  # fmt: skip
def test_what_else_decides(
    decided: Decide, limits: ReleaseParameters, changes: dict[str, Any], outcome: str, told: str
) -> None:
    """The mode, the tracking, and a champion that can't be loaded."""
    given = {name: each for name, each in changes.items() if name != "parameters"}
    if "parameters" in changes:
        given["parameters"] = changed(limits, mode=changes["parameters"])
    decision, alias = decided(**given)
    assert decision["outcome"] == outcome
    assert told in decision["reason"]
    assert bool(alias) == (outcome == "released")


@pytest.mark.parametrize(
    ("split", "told"),
    [
        ({"seed": 7}, "split.seed is 7 in the champion and 42 now"),
        ({"test_share": 0.3}, "split.test_share is 0.3"),
        ({"validation_share": 0.3}, "split.validation_share is 0.3"),
        ({"market": "elsewhere"}, "market is elsewhere in the champion"),
    ],
)
def test_models_of_other_splits_and_markets_need_a_person(
    decided: Decide, made: Any, split: dict[str, Any], told: str
) -> None:
    """Their test listings are not the same; other data alone is no obstacle."""
    ours = made.model.provenance["split"]
    decision, alias = decided(champion=other(made.model, split={**ours, **split}))
    assert (decision["outcome"], alias) == ("needs_person", {})
    assert told in decision["reason"]
    assert decision["champion"]["test"] is None
    decision, _ = decided(champion=other(made.model, split={**ours, "digest": "other data"}))
    assert decision["outcome"] == "kept"


def test_a_champion_that_reads_other_columns_needs_a_person(decided: Decide, made: Any) -> None:
    """It can't estimate listings that lack one."""
    champion = replace(
        other(made.model, rows={}), signature={**made.model.signature, "bedrooms": "int64"}
    )
    decision, _ = decided(champion=champion)
    assert decision["outcome"] == "needs_person"
    assert "the listings no longer have: bedrooms" in decision["reason"]


def test_a_candidate_that_breaks_a_rule_of_its_own_is_left_to_nobody(
    decided: Decide, made: Any, week: Any
) -> None:
    """Though it can't be compared either, and in every mode."""
    for action in ("rolled_back", "declined"):
        withdrawn = [{"model": made.model.identity, "action": action}]
        decision, _ = decided(champion=UnusableModel("format 1"), earlier_manual_releases=withdrawn)
        assert (decision["outcome"], broken(decision)) == ("kept", ["not_withdrawn"])
    failed = week.changed(passed=False).validation_report
    decision, alias = decided(validation_report=failed)
    assert (decision["outcome"], broken(decision), alias) == ("kept", ["data_validated"], {})


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_model_trained_on_shuffled_prices_is_never_released(
    decided: Decide, week: Any, seed: int
) -> None:
    """Not even where modeling lets every candidate pass, and there is no champion."""
    prices = week.listings["price"].sample(frac=1, random_state=seed).to_numpy()
    shuffled = week.changed(listings=week.listings.assign(price=prices))
    made = shuffled.with_modeling(min_gain_over_median=None).make()
    decision, alias = decided(
        price_model=made.model,
        test_listings=made.test,
        test_estimates=made.test_estimates,
        listings=shuffled.listings,
        validation_report=shuffled.validation_report,
    )
    assert (decision["outcome"], alias) == ("kept", {})
    assert "gain_over_median" in broken(decision)


def test_what_was_not_made_together_is_refused(decided: Decide, week: Any, made: Any) -> None:
    """Each input against the model: data, market, split, model."""
    elsewhere = week.with_listings(2)
    later = elsewhere.make()
    for changes in (
        {"test_listings": later.test},
        {"test_listings": made.train},
        {"test_estimates": later.test_estimates},
        {"listings": elsewhere.listings},
        {"validation_report": elsewhere.validation_report},
        {"price_model": later.model},
        {"market": week.with_market(name="Elsewhere").market},
        {"champion": None, "production_version": Told()},
        {"champion": made.model, "production_version": None},
        {"champion": replace(made.model, version="price_model:v2")},
        {"champion": UnusableModel("format 1", "price_model:v2")},
    ):
        with pytest.raises(MixedDataError, match="kedro run"):
            decided(**changes)


def test_the_same_inputs_give_the_same_decision_and_note(decided: Decide, one_price: Any) -> None:
    """And the note says all that was decided."""
    (first, _), (second, _) = (decided(champion=one_price.model) for _ in range(2))
    assert first == second
    note = write_release_note(first)
    assert note == write_release_note(second)
    assert note.startswith(f"# Release of {first['candidate']['model']}: kept\n")
    assert first["reason"] in note
    assert all(f"- {rule['rule']}: {rule['told']}." in note for rule in first["rules"])
    assert "| moved_share | 0.05 |" in note


def test_the_stock_is_sampled_where_it_is_large(
    decided: Decide, one_price: Any, limits: ReleaseParameters
) -> None:
    """As many listings as asked for, the same for both models."""
    few = changed(limits, max_stock_rows=20)
    decision, _ = decided(champion=one_price.model, parameters=few)
    assert decision["comparison"]["stock_rows"] == 20
