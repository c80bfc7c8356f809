"""What people and schedulers do: roll back, release, rebuild, kill, and try at the same time."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from weekly_market import DAYS, DONE, FAILED, NOTHING_NEW, PERSON, Market, tracking

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow


def test_a_dry_run_tells_and_changes_nothing(
    first: Market, new_market: Any, tmp_path: Path
) -> None:
    """Neither before the first week nor with a new delivery."""
    new = new_market(tmp_path / "new")
    new.deliver(DAYS[0])
    for market, told in ((new, "Without monitoring"), (first, "monitoring; then modeling")):
        if market is first:
            market.deliver(DAYS[1])
        before = market.files()
        code, said = market.weekly("--dry-run")
        assert (code, told in said) == (DONE, True), said
        assert market.files() == before


@pytest.mark.slow
def test_a_worse_candidate_is_not_released(second: Market) -> None:
    """The week is done with the model that is in production; each broken rule is named."""
    second.deliver(DAYS[2])
    stiff = "modeling.estimator=linear,modeling.estimators.linear.alpha=100"
    code, said = second.weekly(params=stiff)
    assert code == DONE, said
    decision = second.report("release_decision")
    assert (decision["outcome"], second.in_production()) == ("kept", "v1")
    page = second.page()
    assert page.startswith(
        f"# Week of {DAYS[2]}, New York City\n\n**Done: the model in production stays"
    )
    broken = [rule for rule in decision["rules"] if not rule["passed"]]
    assert broken
    assert all(rule["told"] in page for rule in broken)
    assert f"`{decision['champion']['model']}`" in page
    assert second.weekly()[0] == DONE  # with the better parameters


def test_a_candidate_that_is_no_better_than_the_median_stops_the_week(second: Market) -> None:
    """Data or parameters must be wrong: a person is needed, and prices stay."""
    prices = second.estimates()
    second.deliver(DAYS[2])
    code, said = second.weekly(params="modeling.estimator=median")
    assert code == PERSON, said
    assert (second.in_production(), second.estimates()) == ("v1", prices)
    page = second.page()
    assert "**Stopped: a person is needed.**" in page
    assert "median" in page
    assert f"| {DAYS[2]} | 2,500 |" in page


def test_a_record_of_another_version_of_the_software_is_no_week(first: Market) -> None:
    """Nothing is known then of what was completed; it is no reason to fail."""
    record = first.path / "data/08_reporting/weekly_record.json"
    record.write_text('{"fingerprint": {"as_of": "2024-01-08"}, "production": "x"}')
    code, said = first.weekly("--dry-run")
    assert (code, "no week was completed here yet" in said) == (DONE, True), said


@pytest.mark.slow
def test_a_model_of_shuffled_prices_is_never_released(new_market: Any, tmp_path: Path) -> None:
    """Not even where modeling lets every candidate pass, and nothing is in production."""
    market = new_market(tmp_path / "project")
    rows = market.drop(DAYS[0])
    shuffled = rows["price"].sample(frac=1, random_state=1).to_numpy()
    market.deliver(DAYS[0], rows.assign(price=shuffled))
    code, said = market.weekly()
    assert (code, "The candidate is refused" in said) == (PERSON, True), said
    code, said = market.weekly(params="modeling.min_gain_over_median=null")
    assert code == PERSON, said
    assert market.in_production() is None
    page = market.page()
    assert "gain over median" in page
    assert "No model is in production, so that nothing can be priced." in page


def test_a_rollback_gives_the_old_prices_and_is_not_undone(second: Market, first_week: Any) -> None:
    """Bit for bit those of the old version, for the stock as it was then."""
    stock = second.path / "first_stock.parquet"
    shutil.copy(first_week[0].path / "data/03_primary/listings.parquet", stock)
    to_price = {"to_price": str(stock)}
    second.project.run(("inference",), params=to_price)
    assert second.estimates() != first_week[0].estimates()

    code, said = second.release("--rollback", "--reason", "estimates in Queens are too high")
    assert code == DONE, said
    second.project.run(("inference",), params=to_price)
    assert second.estimates() == first_week[0].estimates()

    code, said = second.weekly("--dry-run")
    assert "It would run release; then inference, in" in said  # nothing is trained again
    code, said = second.weekly()
    assert (code, "another model is in production" in said) == (DONE, True), said
    assert second.in_production() == "v0"
    assert "not withdrawn" in second.page()
    second.project.run(("inference",), params=to_price)
    assert second.estimates() == first_week[0].estimates()


def test_a_person_looks_at_a_delivery_and_releases_by_hand(first: Market, tmp_path: Path) -> None:
    """The week stops for both and goes on where it was; asked again, it does nothing twice.

    As it does where the person declines.
    """
    first.deliver(DAYS[1])
    (first.path / "conf/local/parameters_weekly.yml").write_text(
        "release: {mode: manual}\nmonitoring: {max_rejected_change: 0.0}\n"
    )
    prices = first.estimates()
    for _ in range(2):
        code, said = first.weekly()
        assert (code, "go on: kedro weekly --looked" in said) == (PERSON, True), said
        assert "**A person should look at the delivery.**" in first.page()
    code, said = first.weekly("--dry-run")
    assert "Done already: data_processing, data_validation, monitoring.\n" in said
    assert "It would run modeling, release; then inference" in said
    for looked in (["--looked"], []):
        code, said = first.weekly(*looked)
        assert (code, "Release it: kedro release" in said) == (PERSON, True), said
        assert (first.in_production(), first.estimates()) == ("v0", prices)
        page = first.page()
        assert "**Stopped: a person is needed.**" in page
        assert "Release it: kedro release" in page
    code, said = first.weekly("--dry-run")
    assert "It would run inference" in said
    declined = first.copy(tmp_path / "declined")
    assert first.release()[0] == DONE
    for market, holder, told in ((first, "v1", "released"), (declined, "v0", "declined")):
        if market is declined:
            code, said = market.release("--decline", "--reason", "Bronx")
            assert code == DONE, said
        versions = market.versions()
        code, said = market.weekly("--dry-run")
        assert "It would run inference, in" in said  # nothing is trained or decided again
        code, said = market.weekly()
        assert code == DONE, said
        assert market.in_production() == holder
        assert market.estimates() != prices
        assert f"A person has {told} it, 20" in market.page()
        assert market.report("release_decision")["outcome"] == "waits_for_person"
        assert market.weekly()[0] == NOTHING_NEW
        now = market.versions()
        assert {name for name in now if now[name] != versions.get(name)} == {
            "price_estimates", "weekly_summary", "weekly_page",
        }  # fmt: skip
    assert "Bronx" in declined.page()


@pytest.mark.slow
def test_without_tracking_a_release_that_is_due_keeps_the_week_open(first: Market) -> None:
    """Nothing could be promoted; the next run with tracking does it."""
    first.deliver(DAYS[1])
    with tracking(WANDB_MODE="disabled"):
        code, said = first.weekly()
    assert (code, "nothing could be promoted" in said) == (PERSON, True), said
    assert first.in_production() == "v0"
    code, said = first.weekly()
    assert code == DONE, said
    assert first.in_production() == "v1"


def test_a_past_week_is_made_once_more_in_a_folder_of_its_own(
    second: Market, first_week: Any
) -> None:
    """Equal to what it was, byte for byte; no alias moves, and nothing of today changes."""
    before, versions = second.files(), second.versions()
    code, said = second.weekly("--as-of", DAYS[0], "--dry-run")
    assert (code, "It would run data_processing" in said) == (DONE, True)
    assert second.files() == before
    code, said = second.weekly("--as-of", DAYS[0])
    assert code == DONE, said
    for name in ("listings", "validation_report", "price_model"):
        assert f"is {name}:v0" in said
    after = second.files()
    rebuilt = f"data/_rebuilt/{DAYS[0]}/"
    added = {name.removeprefix(rebuilt) for name in after if name not in before}
    assert {name: after[name] for name in before} == before
    assert {name for name in after if name not in before} == {rebuilt + name for name in added}
    first = first_week[0].files()
    assert {name: after[rebuilt + name] for name in added if name[0] != "."} == {
        name: first[f"data/{name}"] for name in added if name[0] != "."
    }
    assert (second.versions(), second.in_production()) == (versions, "v1")
    assert second.weekly()[0] == NOTHING_NEW


@pytest.mark.parametrize("day", ["yesterday", "2024-13-01", "2020-01-01"])
def test_a_day_that_is_none_or_has_no_drop_is_told(first: Market, day: str) -> None:
    """And nothing is made."""
    before = first.files()
    code, said = first.weekly("--as-of", day)
    assert (code, day in said) == (FAILED, True), said
    assert first.files() == before


def test_a_second_weekly_at_the_same_time_is_refused(first: Market) -> None:
    """The folder is one's own while a week is run; who waits finds it complete."""
    script = (
        "import sys; from filelock import FileLock\n"
        "lock = FileLock(sys.argv[1]); lock.acquire(); print('held', flush=True)\n"
        "sys.stdin.readline()\n"
    )
    first.deliver(DAYS[1])
    before = first.files()
    with subprocess.Popen(
        [sys.executable, "-c", script, str(first.path / "data/.run.lock")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as other:  # fmt: skip
        assert other.stdout is not None
        other.stdout.readline()
        code, said = first.weekly()
        assert (code, "One run at a time" in said) == (FAILED, True), said
        assert first.files() == before
        assert first.weekly("--dry-run")[0] == DONE
        other.communicate(b"\n")


@pytest.mark.parametrize(
    "dataset",
    [
        pytest.param("drift_report", marks=pytest.mark.slow),
        pytest.param("test_estimates", marks=pytest.mark.slow),
        "price_estimates",
    ],
)
def test_a_killed_week_is_taken_up(first: Market, second_week: Any, dataset: str) -> None:
    """Run again it ends as if it had not been killed, in each session at one of its datasets."""
    script = (
        "import os, signal, sys\n"
        "from kedro.framework.hooks import hook_impl\n"
        "from kedro.framework.project import settings\n"
        "class Killer:\n"
        "    @hook_impl\n"
        "    def before_dataset_saved(self, dataset_name):\n"
        "        if dataset_name == sys.argv[1]:\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
        "from kedro.framework.startup import bootstrap_project\n"
        "from pathlib import Path\n"
        "metadata = bootstrap_project(Path.cwd())\n"
        "settings.set('HOOKS', (*settings.HOOKS, Killer()))\n"
        "from rental_pricing.cli import weekly\n"
        "weekly([], obj=metadata)\n"
    )
    first.deliver(DAYS[1])
    killed = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, dataset],
        cwd=first.path, capture_output=True, check=False, timeout=300,
    )  # fmt: skip
    assert killed.returncode == -9, killed.stderr
    code, said = first.weekly()
    assert code == DONE, said
    undisturbed = second_week[0]
    assert first.project.outputs() == undisturbed.project.outputs()
    assert first.versions() == undisturbed.versions()
    assert first.in_production() == undisturbed.in_production()


def test_a_week_that_fails_says_so_on_its_page(
    first: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not that all is well, as the page of the week before it does."""

    def full_disk(*_: Any) -> None:
        msg = "No space left on device"
        raise RuntimeError(msg)

    first.deliver(DAYS[1])
    monkeypatch.setattr("rental_pricing.weekly.week._run_session", full_disk)
    with pytest.raises(RuntimeError, match="No space"):
        first.weekly()
    page = first.page()
    assert page.startswith(f"# Week of {DAYS[1]}, New York City\n\n**Failed.**")
    assert "RuntimeError: No space left on device" in page
    assert f"the prices of the week of {DAYS[0]} stay as they are" in page


def test_a_week_that_is_stopped_leaves_the_page_of_the_one_before(
    first: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has not failed, whatever error became of Ctrl-C on its way."""

    def stopped(*_: Any) -> None:
        msg = "Error calling __set_name__"
        raise RuntimeError(msg) from KeyboardInterrupt()

    first.deliver(DAYS[1])
    before = first.page()
    monkeypatch.setattr("rental_pricing.weekly.week._run_session", stopped)
    code, said = first.weekly()
    assert (code, "Error: Interrupted." in said) == (130, True)
    assert first.page() == before


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--as-off", DAYS[0]], 2, "No such option"),
        (["--params", "modelling.seed=7"], FAILED, "did you mean 'modeling'?"),
        (["--params", "modeling.seed=x"], FAILED, "modeling.seed"),
        (["--env", "nowhere"], FAILED, "nowhere"),
        (["--params", "data_processing.exclude_drops=2024-01-08"], FAILED, "No drop is left"),
    ],
)
def test_what_is_asked_wrongly_is_told(
    first: Market, arguments: list[str], code: int, told: str
) -> None:
    """By an exit code that is not a person's, without a traceback, and nothing is changed."""
    before = first.files()
    found, said = first.weekly(*arguments)
    assert (found, told in said) == (code, True), said
    assert "Traceback" not in said
    assert first.files() == before
