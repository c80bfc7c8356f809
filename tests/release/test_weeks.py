"""Weeks after one another: what is released, kept and rolled back, and that it stays so."""

from __future__ import annotations

from typing import Any

import pytest
from synthetic_drops import read_drop, write_drop

WORSE = {"modeling": {"estimator": "median", "min_gain_over_median": None}}
FIRST_WEEK = {"as_of": "2024-01-08"}
MANUAL = {"release": {"mode": "manual"}}


def broken(market: Any) -> set[str]:
    """The rules that the newest candidate breaks."""
    return {rule["rule"] for rule in market.decision()["rules"] if not rule["passed"]}


def test_the_first_model_is_released(first_week: Any) -> None:
    """There is none yet, and it keeps the rules for a model by itself."""
    decision = first_week.decision()
    assert (decision["outcome"], decision["champion"]) == ("released", None)
    assert decision["candidate"]["model"] == first_week.in_production() == first_week.model()
    assert decision["candidate"]["test"]["mae"] < decision["candidate"]["test"]["baseline_mae"]


def test_the_second_week_is_compared_with_the_first(second_week: Any) -> None:
    """On the same test listings; it is better, and takes its place."""
    decision = second_week.decision()
    assert decision["outcome"] == "released"
    assert decision["candidate"]["test"]["mae"] < decision["candidate"]["test"]["baseline_mae"]
    assert decision["champion"]["version"] == "v0"
    assert decision["champion"]["newest_delivery"] == "2024-01-08"
    assert decision["champion"]["test"]["rows"] == decision["candidate"]["test"]["rows"]
    assert decision["comparison"]["high"] < 0
    assert broken(second_week) == set()
    assert decision["candidate"]["model"] == second_week.in_production()
    note = (second_week.path / "data/08_reporting/release_note.md").read_text(encoding="utf-8")
    assert decision["reason"] in note
    assert all(rule["told"] in note for rule in decision["rules"])


def test_an_unchanged_run_is_released_already(second_week: Any) -> None:
    """Only the decision says something new, and the run after that writes the same bytes."""
    before = second_week.versions()
    second_week.run("release")
    assert second_week.decision()["outcome"] == "already_released"
    second, versions = second_week.project.outputs(), second_week.versions()
    changed = {name for name in versions if versions[name] != before.get(name)}
    assert changed == {"release_decision", "release_note"}
    second_week.run("release")
    assert second_week.project.outputs() == second
    assert second_week.versions() == versions


@pytest.mark.slow
def test_a_worse_candidate_is_kept_out(second_week: Any) -> None:
    """The champion stays in production, and each broken rule is named."""
    champion = second_week.in_production()
    second_week.run("modeling", "release", params=WORSE)
    assert second_week.decision()["outcome"] == "kept"
    assert {"gain_over_median", "mae_increase", "reason_to_change"} <= broken(second_week)
    assert second_week.in_production() == champion != second_week.model()
    code, said = second_week.release()
    assert (code, "No decision waits for a person" in said) == (3, True)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["shuffled prices", "the median"])
def test_what_loses_to_the_median_is_never_released(new_market: Any, kind: str) -> None:
    """By the whole run, where nothing is in production and every limit is as loose as can be."""
    params: Any = {
        "modeling": {"min_gain_over_median": None},
        "release": {"min_gain_over_median": 0.0, "max_coverage_error": 0.99},
    }
    if kind == "the median":
        params["modeling"]["estimator"] = "median"
    else:
        for drop in new_market.project.drops.glob("*.csv"):
            rows = read_drop(drop)
            shuffled = rows["price"].sample(frac=1, random_state=1).to_numpy()
            write_drop(rows.assign(price=shuffled), drop)
    new_market.run(params=params)
    test = new_market.decision()["candidate"]["test"]
    assert test["mae"] > 0.99 * test["baseline_mae"]
    assert new_market.decision()["outcome"] == "kept"
    assert broken(new_market) == {"gain_over_median"}
    assert new_market.in_production() is None
    code, said = new_market.release()
    assert (code, "No decision waits for a person" in said) == (3, True), said


@pytest.mark.slow
def test_a_past_week_run_again_replaces_nothing(second_week: Any) -> None:
    """The model of older data is kept out, even where it would be good enough."""
    champion = second_week.in_production()
    second_week.run(params=FIRST_WEEK)
    assert second_week.decision()["outcome"] == "kept"
    assert "data_not_older" in broken(second_week)
    assert second_week.in_production() == champion


REASON = "estimates in Queens are too high"


def test_a_rollback_is_not_undone_by_the_next_run(second_week: Any) -> None:
    """The older model again, which the rules would not have chosen."""
    new = second_week.in_production()
    code, said = second_week.release("--rollback", "--reason", REASON, "--dry-run")
    assert (code, "Would put price_model:v0" in said) == (0, True)
    assert second_week.in_production() == new
    code, said = second_week.release("--rollback", "--reason", REASON)
    assert code == 0, said
    old = second_week.in_production()
    assert "price_model:v0" in said
    assert old != new
    second_week.run("release")
    assert second_week.decision()["outcome"] == "kept"
    assert broken(second_week) == {"not_withdrawn"}
    assert second_week.in_production() == old


@pytest.mark.slow
def test_what_was_rolled_back_is_released_again_by_a_person_only(second_week: Any) -> None:
    """Who did what, and why, is kept."""
    new = second_week.in_production()
    for code in (0, 3):
        found, said = second_week.release("--rollback", "--reason", REASON)
        assert found == code, said
    assert "Nothing is known to have been in production before" in said

    code, said = second_week.release("--version", "v1", "--reason", "it was the data")
    assert code == 0, said
    assert second_week.in_production() == new
    second_week.run("release")
    assert second_week.decision()["outcome"] == "already_released"
    kept = second_week.project.load("manual_releases")
    assert [(each["action"], each["reason"]) for each in kept] == [
        ("rolled_back", REASON),
        ("released", "it was the data"),
    ]
    assert {each["model"] for each in kept} == {new}
    assert kept == second_week.project.load("earlier_manual_releases")
    code, said = second_week.release("--version", "v1", "--reason", "again")
    assert (code, "is in production already" in said) == (0, True)


@pytest.mark.slow
def test_a_model_may_be_released_by_a_person_only(before_release: Any) -> None:
    """The mode manual: the run decides, and the command releases, once."""
    first = before_release.in_production()
    before_release.run("release", params=MANUAL)
    decision = before_release.decision()
    assert decision["outcome"] == "waits_for_person"
    assert before_release.in_production() == first
    code, said = before_release.release("--dry-run")
    assert (code, "Would put price_model:v1" in said) == (0, True)
    code, said = before_release.release()
    assert code == 0, said
    assert before_release.in_production() == decision["candidate"]["model"] != first
    (kept,) = before_release.project.load("manual_releases")
    assert (kept["action"], kept["version"], kept["instead_of"]["model"]) == (
        "released", "v1", first,
    )  # fmt: skip
    assert kept["reason"] == decision["reason"]
    code, said = before_release.release()
    assert (code, "has changed since the decision" in said) == (1, True)
    code, said = before_release.release("--rollback", "--reason", "too soon")
    assert (code, before_release.in_production()) == (0, first), said
    code, said = before_release.release()
    assert (code, "has been rolled back since" in said) == (1, True)


@pytest.mark.slow
def test_a_person_may_decline_what_waits_for_one(before_release: Any) -> None:
    """What is in production stays, in every later decision, until a person says otherwise."""
    first = before_release.in_production()
    before_release.run("release", params=MANUAL)
    code, said = before_release.release("--decline", "--reason", "later", "--dry-run")
    assert (code, "Would decline price_model:v1" in said) == (0, True), said
    assert before_release.project.load("earlier_manual_releases") is None
    code, said = before_release.release("--decline", "--reason", "not before the holidays")
    assert (code, "is declined, price_model:v0" in said) == (0, True), said
    (kept,) = before_release.project.load("earlier_manual_releases")
    assert (kept["action"], kept["version"], kept["reason"]) == (
        "declined", "v1", "not before the holidays",
    )  # fmt: skip
    for arguments in ([], ["--decline", "--reason", "again"]):
        code, said = before_release.release(*arguments)
        assert (code, "has been declined since" in said) == (1, True), said
    before_release.run("release")
    assert (before_release.decision()["outcome"], broken(before_release)) == (
        "kept", {"not_withdrawn"},
    )  # fmt: skip
    assert before_release.in_production() == first
    code, said = before_release.release("--version", "v1", "--reason", "now")
    assert code == 0, said
    before_release.run("release")
    assert before_release.decision()["outcome"] == "already_released"


@pytest.mark.slow
def test_what_can_t_be_compared_needs_a_person(second_week: Any) -> None:
    """Another split: each model has learnt from the other's test listings."""
    champion = second_week.in_production()
    second_week.run("modeling", "release", params={"modeling": {"split": {"seed": 7}}})
    decision = second_week.decision()
    assert decision["outcome"] == "needs_person"
    assert "split.seed is 42 in the champion and 7 now" in decision["reason"]
    assert second_week.in_production() == champion
    code, said = second_week.release("--reason", "another split from now on")
    assert code == 0, said
    assert second_week.in_production() == second_week.model() != champion


@pytest.mark.slow
def test_without_tracking_the_store_is_read_and_nothing_promoted(before_release: Any) -> None:
    """The decision says so, the run ends well, and the next tracked one releases."""
    first = before_release.in_production()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANDB_MODE", "disabled")
        before_release.run("release")
        code, said = before_release.release("--version", "v0", "--reason", "no matter")
    decision = before_release.decision()
    assert decision["outcome"] == "not_promoted"
    assert decision["champion"]["model"] == first == before_release.in_production()
    assert "nothing could be promoted: WANDB_MODE says mode: disabled." in decision["reason"]
    assert (code, "WANDB_MODE says mode: disabled" in said) == (1, True)
    code, said = before_release.release()  # the model is in no store yet
    assert code == 0, said
    assert before_release.in_production() == before_release.model() != first


def test_a_run_that_does_not_decide_again_is_not_held_to_it(second_week: Any) -> None:
    """With ``--only-missing-outputs`` an earlier decision is no promise of this run."""
    second_week.release("--rollback", "--reason", "no good")
    (second_week.path / "data/08_reporting/release_note.md").unlink()
    second_week.run("release", only_missing_outputs=True)
    assert second_week.decision()["outcome"] == "released"


@pytest.mark.slow
def test_other_runners_release_alike(before_release: Any) -> None:
    """Where nodes run in processes of their own, the alias is moved as well."""
    from kedro.runner import ParallelRunner

    before_release.run("release", runner=ParallelRunner(max_workers=2))
    assert before_release.decision()["outcome"] == "released"
    assert before_release.in_production() == before_release.model()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--rollback"], 2, "Say why"),
        (["--version", "v0"], 2, "Say why"),
        (["--version", "v0", "--reason", "  "], 2, "Say why"),
        (["--version", "v0", "--rollback", "--reason", "x"], 2, "exclude each other"),
        (["--decline", "--rollback", "--reason", "x"], 2, "exclude each other"),
        (["--decline"], 2, "Say why"),
        (["--decline", "--reason", "x"], 3, "No decision waits for a person"),
        (["--version", "v9", "--reason", "x"], 3, "There is no price_model:v9. The newest are: v0"),
        ([], 3, "No decision waits for a person"),
        (["--env", "nowhere"], 1, "nowhere"),
        (["--params", "market.name=Paris"], 3, "Nothing was decided yet"),
        (["--params", "realese.mode=auto"], 1, "did you mean 'release'"),
        (["--conf-source", "nowhere"], 2, "nowhere"),
    ],
)
def test_what_can_t_be_done_is_told(
    first_week: Any, arguments: list[str], code: int, told: str
) -> None:
    """With an exit code of its own, and without a traceback."""
    found, said = first_week.release(*arguments)
    assert (found, told in said) == (code, True), said
    assert "Traceback" not in said


def test_nothing_is_released_where_nothing_was_run(new_market: Any) -> None:
    """The command says what to run first."""
    assert new_market.release()[0] == 3
    code, said = new_market.release("--rollback", "--reason", "x")
    assert (code, "Nothing is in production" in said) == (3, True)
    code, said = new_market.release("--version", "v0", "--reason", "x")
    assert (code, "price_model" in said) == (3, True)
