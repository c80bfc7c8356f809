"""Weeks on end with a model in production: tracked runs, in the local store and on a server."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from kedro_command import kedro
from synthetic_drops import read_drop, update_drop, write_drop

if TYPE_CHECKING:
    from collections.abc import Callable

sys.path.insert(0, str(Path(__file__).parent))

from wandb_server.fixtures import wandb_environment, wandb_server

from kedro_wandb.errors import ConfigurationError
from rental_pricing.errors import ValidationFailedError

pytestmark = pytest.mark.slow

__all__ = ["wandb_environment", "wandb_server"]

ROOT = Path(__file__).parents[1]
DAYS = ("2024-01-08", "2024-01-15", "2024-01-22")
WATCH = "data_processing,data_validation,monitoring"
QUICK_MODEL = "modeling.estimator=linear"
WRITTEN = {
    "drift_plot.json",
    "drift_report.json",
    "monitoring_alerts.json",
    "monitoring_history.csv",
    "monitoring_history_plot.json",
    "monitoring_note.md",
    "retraining_decision.json",
}


def outputs(project: Any) -> dict[str, bytes]:
    folder = project.path / "data/08_reporting"
    return {name: (folder / name).read_bytes() for name in sorted(WRITTEN)}


def history(content: dict[str, bytes]) -> list[str]:
    return [line.split(",")[0] for line in content["monitoring_history.csv"].decode().split()[1:]]


@pytest.fixture(scope="module")
def third_drop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The week after the two committed drops."""
    folder, day = ROOT / "data/01_raw/listings", dt.date.fromisoformat(DAYS[2])
    drop = update_drop(read_drop(folder / f"{DAYS[1]}.csv.gz"), 5000, date=day, seed=3)
    file = tmp_path_factory.mktemp("third") / f"{DAYS[2]}.csv.gz"
    write_drop(drop, file)
    return file


@pytest.fixture(scope="module")
def weeks(
    tmp_path_factory: pytest.TempPathFactory, new_project: Callable[[Path], Any], third_drop: Path
) -> tuple[Any, list[dict[str, bytes]]]:
    """A project after a model of the first week, watched for two; and what each week wrote."""
    project = new_project(tmp_path_factory.mktemp("weeks") / "project")
    shutil.copytree(ROOT / "data/01_raw/listings", project.drops, dirs_exist_ok=True)
    shutil.copy(third_drop, project.drops)
    kedro(project, "run", "--to-outputs", "price_model", "--params",
          f"as_of={DAYS[0]},{QUICK_MODEL}")  # fmt: skip
    kedro(project, "wandb", "alias", "price_model:v0", "prod")
    written = []
    for day in DAYS[1:]:
        kedro(project, "run", "--pipelines", WATCH, "--params", f"as_of={day}")
        written.append(outputs(project))
    return project, written


def test_each_week_adds_a_row_to_the_history(weeks: Any) -> None:
    """The earlier ones are read back from the store and stay as they were."""
    _, (second, third) = weeks
    assert history(second) == [DAYS[1]]
    assert history(third) == list(DAYS[1:])
    assert third["monitoring_history.csv"].startswith(second["monitoring_history.csv"])


def test_sound_weeks_advise_nothing(weeks: Any) -> None:
    """And the report accounts for every rule."""
    for week in weeks[1]:
        decision = json.loads(week["retraining_decision.json"])
        assert (decision["retrain"], decision["look"]) == (False, False), decision["reasons"]
        checks = json.loads(week["drift_report.json"])["checks"]
        assert {check["status"] for check in checks} == {"passed"}
        assert json.loads(week["monitoring_alerts.json"]) == []


def test_the_error_at_release_is_that_which_modeling_measures(weeks: Any) -> None:
    """In the second week worked out from the drops, in the third from the history."""
    project, (second, third) = weeks
    found = [json.loads(week["drift_report.json"])["error_at_release"] for week in (second, third)]
    assert found[0] == found[1]
    model = project.load("price_model")
    first = project.load("typed_drops")[DAYS[0]]()
    assert model.identity == json.loads(third["drift_report.json"])["model"]
    from rental_pricing.monitoring.error import unseen_listings

    rows = unseen_listings(first[first["reason"].isna()].drop_duplicates("id"), model)
    error = (model.estimate(rows)["typical_price"] - rows["price"]).abs().mean()
    assert found[0]["rows"] == len(rows)
    assert found[0]["mae"] == pytest.approx(error, rel=0.002)


@pytest.fixture
def again(weeks: Any, new_project: Callable[[Path], Any], tmp_path: Path) -> Any:
    """A project of one's own after these weeks."""
    project = new_project(tmp_path / "project")
    for name in ("data", ".wandb"):
        shutil.copytree(weeks[0].path / name, project.path / name, dirs_exist_ok=True)
    return project


def test_the_same_week_again_changes_nothing(weeks: Any, again: Any) -> None:
    """Under ParallelRunner: not one byte, not one version."""
    told = kedro(again, "run", "--pipelines", "monitoring", "--runner", "ParallelRunner")
    assert outputs(again) == weeks[1][1]
    assert f"{len(WRITTEN)} unchanged" in told
    assert "0 bytes stored" in told


def test_a_lost_file_does_not_lose_the_weeks(weeks: Any, again: Any) -> None:
    """The store has them; an untracked run reads them there, and writes the same."""
    for name in WRITTEN:
        (again.path / "data/08_reporting" / name).unlink()
    again.run(("monitoring",))
    assert outputs(again) == weeks[1][1]


WIDER = ",".join(
    f"data_validation.{name}"
    for name in (
        "drift.max_median_change=0.3",
        "drift.max_cell_median_change=0.4",
        "drift.min_effect.price=0.3",
        "max_rejected_share_by_reason.price_out_of_range=0.2",
    )
)
"""Limits within which prices may rise by a fifth."""


@pytest.mark.slow
def test_dearer_prices_that_pass_the_validation_advise_retraining(weeks: Any, again: Any) -> None:
    """Schedulers see it by the exit code; the sound delivery again mends the row."""
    file = again.drops / f"{DAYS[2]}.csv.gz"
    sound = file.read_bytes()
    drop = read_drop(file)
    write_drop(drop.assign(price=(1.2 * drop["price"]).round().astype("int64")), file)
    assert "Nothing needs to be done" in kedro(again, "monitoring")
    kedro(again, "run", "--pipelines", WATCH, "--params", WIDER)
    told = kedro(again, "monitoring", code=3)
    assert "Retraining is advised." in told
    assert "median_price of price" in told
    found = outputs(again)
    assert history(found) == list(DAYS[1:])
    (alert,) = json.loads(found["monitoring_alerts.json"])
    assert alert["level"] == "WARN"
    file.write_bytes(sound)
    kedro(again, "run", "--pipelines", WATCH)
    assert outputs(again) == weeks[1][1]


def test_what_did_not_pass_the_validation_is_not_monitored(again: Any) -> None:
    """The history stays; the message names what to do."""
    report = again.path / "data/08_reporting/validation_report.json"
    content = json.loads(report.read_text())
    content["passed"] = False
    content["checks"][0] |= {"status": "failed", "examples": []}
    report.write_text(json.dumps(content))
    before = outputs(again)
    with pytest.raises(ValidationFailedError, match="rules are broken"):
        again.run(("monitoring",))
    assert outputs(again) == before


def test_without_a_model_in_production_nothing_is_run(again: Any) -> None:
    """Before the first release, the message names the model, before the first node."""
    shutil.rmtree(again.path / ".wandb")
    before = outputs(again)
    with pytest.raises(ConfigurationError, match="no artifact 'price_model'"):
        again.run(("monitoring",))
    assert outputs(again) == before


@pytest.mark.slow
def test_online_the_history_is_read_back_and_the_alert_is_sent(
    weeks: Any, new_project: Callable[[Path], Any], tmp_path: Path, wandb_server: Any
) -> None:
    """By the same commands; a week again makes no version, and alerts nobody again."""
    project = new_project(tmp_path / "project")
    shutil.copytree(weeks[0].path / "data", project.path / "data", dirs_exist_ok=True)
    kept = {key: value for key, value in os.environ.items() if key.startswith("WANDB_")}
    online = {"WANDB_MODE": "online"} | kept
    kedro(project, "run", "--pipelines", "modeling", "--to-outputs", "price_model",
          "--params", QUICK_MODEL, **online)  # fmt: skip
    kedro(project, "wandb", "alias", "price_model:v0", "prod", **online)
    watch = ("run", "--pipelines", "monitoring", "--params", "monitoring.max_median_shift=0.0")
    kedro(project, *watch, **online)
    first = outputs(project)
    assert history(first) == [DAYS[2]]
    told = kedro(project, *watch, **online)
    assert outputs(project) == first
    assert f"{len(WRITTEN)} unchanged" in told
    (home,) = wandb_server.state.projects.values()
    assert len(home.collections["monitoring_history"].versions) == 1
    sent = [alert for run in home.runs.values() for alert in run.alerts]
    assert [(alert.title, alert.level) for alert in sent] == [
        (f"Delivery {DAYS[2]}: retraining is advised", "WARN")
    ]
    assert "median_price of price" in sent[0].text
