"""The weekly loop as people live with it: deliveries, sound and spoilt, and what becomes of them.

Small drops and a small model, tracked as shipped, in the local store. Each test goes on from
a copy of the project as the first or the second week has left it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner
from synthetic_drops import make_drop, read_drop, update_drop, write_drop

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

DONE, FAILED, NOTHING_NEW, PERSON = 0, 1, 3, 4
DAYS = ("2024-01-08", "2024-01-15", "2024-01-22", "2024-01-29")
ROWS = (1600, 3600, 2500, 2500)
SMALL_MODEL = {
    "modeling": {
        "estimators": {"gradient_boosting": {"max_iter": 15}},
        "features": {"location_bumps": 10, "folds": 2},
        "kernel": {"landmarks": 30},
        "interval": {"folds": 2, "trees": 5},
        "explain": {"max_rows": 50, "repeats": 2},
    },
    "data_validation": {"min_rows_per_borough": 5},
}
REPORTS = "data/08_reporting"


@dataclass(frozen=True)
class Market:
    """A project whose weeks are run by ``kedro weekly``, in this process."""

    project: Any
    deliveries: Path

    @property
    def path(self) -> Path:
        """Its folder."""
        path: Path = self.project.path
        return path

    def deliver(self, day: str, rows: pd.DataFrame | None = None) -> None:
        """Put a drop into the folder of drops: the prepared one of that day, or these rows."""
        file = self.project.drops / f"{day}.csv"
        if rows is None:
            shutil.copy(self.deliveries / file.name, file)
        else:
            write_drop(rows, file)

    def drop(self, day: str) -> pd.DataFrame:
        """The rows of a prepared drop."""
        return read_drop(self.deliveries / f"{day}.csv")

    def weekly(self, *arguments: str, params: str = "") -> tuple[int, str]:
        """Type ``kedro weekly``; return the exit code and what was said."""
        return self._type("weekly", *arguments, *(["--params", params] if params else []))

    def release(self, *arguments: str) -> tuple[int, str]:
        """Type ``kedro release``, likewise."""
        return self._type("release", *arguments)

    def _type(self, command: str, *arguments: str) -> tuple[int, str]:
        from kedro.framework.startup import bootstrap_project

        import rental_pricing.cli

        metadata = bootstrap_project(self.path)
        with contextlib.chdir(self.path):
            done = CliRunner().invoke(getattr(rental_pricing.cli, command), arguments, obj=metadata)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output

    def page(self) -> str:
        """The page of the week, as text; that for browsers says the same."""
        text = (self.path / REPORTS / "weekly_summary.md").read_text(encoding="utf-8")
        html = (self.path / REPORTS / "weekly_summary.html").read_text(encoding="utf-8")
        assert text.splitlines()[0].removeprefix("# ") in html
        return text

    def report(self, name: str) -> Any:
        """One of the reports in JSON."""
        return json.loads((self.path / REPORTS / f"{name}.json").read_text(encoding="utf-8"))

    def in_production(self) -> str | None:
        """Which version is in production."""
        holder = self.project.load("production_version")
        return holder.version if holder else None

    def estimates(self) -> bytes:
        """The prices of the current stock, in bytes."""
        return (self.path / "data/07_model_output/price_estimates.parquet").read_bytes()

    def files(self) -> dict[str, bytes]:
        """All files of the project, but for who had the lock last and what kedro-viz keeps."""
        return {
            str(file.relative_to(self.path)): file.read_bytes()
            for file in sorted(self.path.rglob("*"))
            if file.is_file() and file.suffix != ".lock" and ".viz" not in file.parts
        }

    def versions(self) -> dict[str, int]:
        """How many versions each artifact has in the store."""
        import sqlite3

        store = self.path / ".wandb/rental_pricing/store.db"
        with contextlib.closing(sqlite3.connect(store)) as db:
            rows = db.execute(
                "SELECT name, count(*) FROM versions JOIN artifacts"
                " ON artifacts.id = artifact_id GROUP BY name"
            )
            return dict(rows.fetchall())

    def copy(self, path: Path) -> Market:
        """The same in another folder."""
        shutil.copytree(self.path, path)
        return Market(type(self.project)(path), self.deliveries)


@contextlib.contextmanager
def tracking(**variables: str) -> Iterator[None]:
    """Let the environment say how is tracked, and nothing else of W&B's."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("WANDB_")]:
            patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(autouse=True)
def _offline() -> Iterator[None]:
    with tracking():
        yield


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four weeks of drops; the second has a listing far outside of the city."""
    folder, drop = tmp_path_factory.mktemp("deliveries"), None
    for number, (day, rows) in enumerate(zip(DAYS, ROWS, strict=True)):
        date = dt.date.fromisoformat(day)
        if drop is None:
            drop = make_drop(rows, date=date, seed=1)
        else:
            drop = update_drop(drop, rows, date=date, seed=number + 1)
        write_drop(drop if number != 1 else outside(drop), folder / f"{day}.csv")
    return folder


def outside(drop: pd.DataFrame) -> pd.DataFrame:
    """The same with its first listing in another city."""
    row = drop.index[0]
    moved = drop.copy()
    moved.loc[row, ["latitude", "longitude"]] = 42.36, -71.06
    return moved


@pytest.fixture(scope="module")
def new_market(new_project: Any, deliveries: Path) -> Any:
    """Make projects without any drop, with a small model."""

    def make(path: Path) -> Market:
        project = new_project(path)
        given = yaml.safe_dump(SMALL_MODEL)
        (project.path / "conf/local/parameters.yml").write_text(given, encoding="utf-8")
        # As without a key, whatever key there is on this machine.
        (project.path / "conf/local/wandb.yml").write_text("mode: local\n", encoding="utf-8")
        return Market(project, deliveries)

    return make


@pytest.fixture(scope="module")
def first_week(
    new_market: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Market, tuple[int, str]]:
    market = new_market(tmp_path_factory.mktemp("first") / "project")
    market.deliver(DAYS[0])
    with tracking():
        return market, market.weekly()


@pytest.fixture(scope="module")
def second_week(
    first_week: Any, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Market, tuple[int, str]]:
    market = first_week[0].copy(tmp_path_factory.mktemp("second") / "project")
    market.deliver(DAYS[1])
    with tracking():
        return market, market.weekly()


@pytest.fixture
def first(first_week: Any, tmp_path: Path) -> Market:
    """After the first week."""
    copy: Market = first_week[0].copy(tmp_path / "project")
    return copy


@pytest.fixture
def second(second_week: Any, tmp_path: Path) -> Market:
    """After the second week."""
    copy: Market = second_week[0].copy(tmp_path / "project")
    return copy


def test_the_first_week_has_a_model_in_production(first_week: Any) -> None:
    """Released by rule, with which the stock is priced; nothing was there to be watched."""
    market, (code, said) = first_week
    assert code == DONE, said
    assert market.in_production() == "v0"
    page = market.page()
    assert page in said
    assert page.startswith(f"# Week of {DAYS[0]}\n\n**Done: a new model was released")
    assert "nothing is in production yet" in page
    assert f"`{market.report('release_decision')['candidate']['model']}`" in page


def test_the_same_week_again_is_nothing_new(first: Market) -> None:
    """An exit code of its own, and not one file is another."""
    before = first.files()
    code, said = first.weekly()
    assert (code, said) == (NOTHING_NEW, f"Nothing new: the week of {DAYS[0]} is complete.\n")
    assert first.weekly("--dry-run")[0] == NOTHING_NEW
    assert first.files() == before


def test_the_second_week_is_judged_trained_compared_and_decided(second_week: Any) -> None:
    """The listing of another city is set aside, and the rest goes its way."""
    market, (code, said) = second_week
    assert code == DONE, said
    assert f"Week of {DAYS[1]}: {DAYS[1]}.csv is new.\n" in said
    processed = market.report("processing_report")
    assert processed["drops"][DAYS[1]]["rejected"]["outside_city"] == 1
    watched, decision = market.report("retraining_decision"), market.report("release_decision")
    assert (watched["delivery"], watched["look"]) == (DAYS[1], False)
    assert decision["champion"]["version"] == "v0"
    assert (decision["outcome"], market.in_production()) == ("released", "v1")
    page = market.page()
    assert page.startswith(f"# Week of {DAYS[1]}\n\n**Done: a new model was released")
    assert decision["reason"] in page
    for model in ("candidate", "champion"):
        assert f"{decision[model]['test']['mae']:.2f}" in page


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


def test_a_delivery_that_came_again_is_told_by_its_digest(second: Market) -> None:
    """The same name, another content: run again, and the prices are those of the new content."""
    before = second.estimates()
    second.deliver(DAYS[1], outside(second.drop(DAYS[1])).drop_duplicates("id").iloc[:-50])
    code, said = second.weekly()
    assert code == DONE, said
    assert f"{DAYS[1]}.csv was delivered again, with another content" in said
    assert "was delivered again, with another content" in second.page()
    assert second.estimates() != before
    assert second.weekly()[0] == NOTHING_NEW
    second.deliver(DAYS[1])
    code, said = second.weekly("--dry-run")
    assert (code, "was delivered again" in said) == (DONE, True)


def test_a_spoilt_delivery_stops_this_week_and_the_next_until_it_is_excluded(
    second: Market,
) -> None:
    """What is in production and its prices stay; the page says why, and what to do."""
    prices = second.estimates()
    spoilt = second.drop(DAYS[2])
    second.deliver(DAYS[2], spoilt.assign(price=(1.6 * spoilt["price"]).round().astype("int64")))
    code, said = second.weekly()
    assert (code, "rules are broken" in said) == (PERSON, True), said
    page = second.page()
    assert page.startswith(f"# Week of {DAYS[2]}\n\n**Stopped: a person is needed.**")
    assert f"exclude_drops={DAYS[2]}" in page
    assert f"| {DAYS[2]} | 2500 |" in page

    second.deliver(DAYS[3])
    code, said = second.weekly()
    assert code == PERSON, said
    assert f"By drop {DAYS[2]}" in second.page()
    assert (second.in_production(), second.estimates()) == ("v1", prices)

    code, said = second.weekly(params=f"data_processing.exclude_drops={DAYS[2]}")
    assert code == DONE, said
    page = second.page()
    assert page.startswith(f"# Week of {DAYS[3]}\n\n**Done")
    assert f"| {DAYS[2]} |" not in page
    assert second.estimates() != prices


@pytest.mark.slow
def test_a_spoilt_delivery_that_is_taken_away_leaves_the_week_to_be_made_again(
    second: Market,
) -> None:
    """The drops are those of the complete week, but what is on disk was made of others."""
    outputs = second.project.outputs()
    rows = second.drop(DAYS[2])
    second.deliver(DAYS[2], rows.assign(room_type="Igloo"))
    assert second.weekly()[0] == PERSON
    (second.project.drops / f"{DAYS[2]}.csv").unlink()
    code, said = second.weekly()
    assert (code, "another week was begun since" in said) == (DONE, True), said
    again = second.project.outputs()
    assert {name for name in outputs if again[name] != outputs[name]} <= ABOUT_PRODUCTION
    assert second.weekly()[0] == NOTHING_NEW


ABOUT_PRODUCTION = {
    f"08_reporting/{name}"
    for name in (
        "drift_plot.png",
        "drift_report.json",
        "monitoring_alerts.json",
        "monitoring_history.csv",
        "monitoring_history_plot.png",
        "monitoring_note.md",
        "release_decision.json",
        "release_note.md",
        "retraining_decision.json",
        "weekly_record.json",
        "weekly_summary.html",
        "weekly_summary.md",
    )
}
"""What depends on the model that was in production when the week began."""


def test_a_delivery_that_can_t_be_read_stops_without_numbers_of_an_earlier_one(
    second: Market,
) -> None:
    """Of the same name and nothing of it read: the page has no table of what was delivered."""
    (second.project.drops / f"{DAYS[1]}.csv").write_text("<html>Not found</html>\n")
    code, said = second.weekly()
    assert code == PERSON, said
    page = second.page()
    assert "**Stopped: a person is needed.**" in page
    assert f"{DAYS[1]}.csv" in page
    assert "## Delivered" not in page


DEARER = ",".join(
    f"data_validation.{name}"
    for name in (
        "drift.max_median_change=0.4",
        "drift.max_cell_median_change=0.5",
        "drift.min_effect.price=0.4",
        "max_rejected_share_by_reason.price_out_of_range=0.3",
        "max_rejected_share=0.3",
    )
)
"""Limits of the validation within which prices may rise by a fifth."""


@pytest.mark.slow
def test_dearer_prices_are_stopped_or_advise_retraining(second: Market) -> None:
    """By the limits of the validation; what is within them is drift, which a new model learns."""
    rows = second.drop(DAYS[2])
    second.deliver(DAYS[2], rows.assign(price=(1.2 * rows["price"]).round().astype("int64")))
    code, said = second.weekly()
    assert (code, "median" in said) == (PERSON, True), said
    code, said = second.weekly("--looked", params=DEARER)
    assert code == DONE, said
    decision = second.report("retraining_decision")
    assert decision["retrain"]
    assert "median_price" in {reason["rule"] for reason in decision["reasons"]}
    page = second.page()
    assert "Retraining was advised" in page
    assert all(reason["told"] in page for reason in decision["reasons"])


@pytest.mark.slow
def test_a_worse_candidate_is_not_released(second: Market) -> None:
    """The week is done with the model that is in production; each broken rule is named."""
    second.deliver(DAYS[2])
    code, said = second.weekly(params="modeling.estimator=linear,modeling.kernel.weight=0")
    assert code == DONE, said
    decision = second.report("release_decision")
    assert (decision["outcome"], second.in_production()) == ("kept", "v1")
    page = second.page()
    assert page.startswith(f"# Week of {DAYS[2]}\n\n**Done: the model in production stays")
    assert decision["reason"] in page
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
    assert f"| {DAYS[2]} | 2500 |" in page


@pytest.mark.slow
def test_a_first_candidate_that_breaks_a_rule_needs_a_person(
    new_market: Any, tmp_path: Path
) -> None:
    """Nothing is in production, so that nothing can be priced."""
    market = new_market(tmp_path / "project")
    market.deliver(DAYS[0])
    code, said = market.weekly(params="release.min_gain_over_median=0.9")
    assert code == PERSON, said
    assert market.in_production() is None
    page = market.page()
    assert "gain_over_median" in page
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

    code, said = second.weekly()
    assert (code, "another model is in production" in said) == (DONE, True), said
    assert second.in_production() == "v0"
    assert "not_withdrawn" in second.page()
    second.project.run(("inference",), params=to_price)
    assert second.estimates() == first_week[0].estimates()


def test_a_person_releases_where_the_mode_is_manual(first: Market) -> None:
    """The week stops, a person releases, and the same command completes it."""
    first.deliver(DAYS[1])
    (first.path / "conf/local/parameters_release.yml").write_text("release: {mode: manual}\n")
    prices = first.estimates()
    for _ in range(2):  # asked again it says the same, and trains no second time
        code, said = first.weekly()
        assert (code, "kedro release" in said) == (PERSON, True), said
        assert (first.in_production(), first.estimates()) == ("v0", prices)
        page = first.page()
        assert "**Stopped: a person is needed.**" in page
        assert "kedro release" in page
    code, said = first.weekly("--dry-run")
    assert "It would run inference" in said
    assert first.release()[0] == DONE
    code, said = first.weekly()
    assert code == DONE, said
    assert first.in_production() == "v1"
    assert first.estimates() != prices
    assert first.weekly()[0] == NOTHING_NEW


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
