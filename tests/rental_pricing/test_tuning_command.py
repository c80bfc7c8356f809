"""``kedro run --pipelines tuning`` and ``kedro tuning adopt``, in a project."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner
from kedro.framework.startup import bootstrap_project

from rental_pricing.cli import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

BASE = "conf/base/parameters_modeling.yml"
TREES = {"parameter": "estimators.gradient_boosting.max_iter", "low": 5, "high": 30}
BINS = {"parameter": "estimators.gradient_boosting.max_bins", "low": 20, "high": 200}
SEARCH = {
    "tuning": {
        "trials": 2,
        "batch_size": 2,
        "folds": 2,
        "workers": 1,
        "prune": None,
        "space": {"gradient_boosting": {"trees": TREES, "bins": BINS}},
    }
}


@pytest.fixture(scope="module")
def searched_folder(
    trained_project: Any, new_project: Any, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A project after a search with a small model; to be copied."""
    folder: Path = tmp_path_factory.mktemp("searched")
    project = new_project(folder / "project")
    shutil.copytree(trained_project.path / "data", project.path / "data", dirs_exist_ok=True)
    file = project.path / BASE
    text = file.read_text(encoding="utf-8")
    small = re.sub(r"max_iter: \d+", "max_iter: 6", text, count=1)
    for term in ("location_bumps: 100", "landmarks: 500"):
        small = small.replace(term, f"{term.split(':')[0]}: 10")
    file.write_text(small.replace("  folds: 5", "  folds: 2"), encoding="utf-8")
    space = project.path / "conf/base/parameters_tuning.yml"
    given = yaml.safe_load(space.read_text(encoding="utf-8"))["tuning"]
    space.write_text(yaml.safe_dump({"tuning": given | SEARCH["tuning"]}), encoding="utf-8")
    project.run(("tuning",))
    # The trial that comes out on top is a matter of chance; one of them is made to.
    found = project.path / "data/08_reporting/tuning_result.json"
    result = json.loads(found.read_text(encoding="utf-8"))
    for which, trees, bins in (("best", 12, 100), ("simplest", 6, 50)):
        places = (TREES["parameter"], BINS["parameter"])
        result[which]["parameters"] = dict(zip(places, (trees, bins), strict=True))
    found.write_text(json.dumps(result), encoding="utf-8")
    return project.path


@pytest.fixture
def adopt(
    searched_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Result]:
    """Adopt in a copy of the project, which is the working directory."""
    folder = tmp_path / "project"
    shutil.copytree(searched_folder, folder)
    monkeypatch.chdir(folder)
    metadata = bootstrap_project(folder)

    def adopt(*options: str) -> Result:
        return CliRunner().invoke(cli, ["tuning", "adopt", *options], obj=metadata)

    return adopt


def read(path: str) -> str:
    """Return a file of the working directory."""
    from pathlib import Path

    return Path(path).read_text(encoding="utf-8")


def write(path: str, text: str) -> None:
    """Write a file of the working directory."""
    from pathlib import Path

    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8")


def changed_lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the lines that are only in one of two texts."""
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_the_best_is_written_into_its_lines(adopt: Callable[..., Result]) -> None:
    """The comment behind the value stays; what was not there is added; the diff is shown."""
    before = read(BASE)
    shown = adopt("--best", "--dry-run")
    assert read(BASE) == before
    done = adopt("--best")
    assert changed_lines(before, read(BASE)) == (
        ["      max_iter: 6  # trees"],
        ["      max_iter: 12  # trees", "      max_bins: 100"],
    )
    for answer in (shown, done):
        assert answer.exit_code == 0
        assert f"--- {BASE}\n+++ {BASE}\n@@" in answer.stdout
        assert "\n-      max_iter: 6  # trees\n+      max_iter: 12  # trees\n" in answer.stdout
        assert "cross-validated MAE" in answer.stdout
    assert "Would make it the best (" in shown.stdout
    assert f"{BASE} is the best (" in done.stdout
    again = adopt("--best")
    assert "already" in again.stdout
    assert "@@" not in again.stdout


def test_the_simplest_is_the_default(adopt: Callable[..., Result]) -> None:
    """Also after the best was adopted."""
    before = read(BASE)
    assert adopt("--best").exit_code == 0
    answer = adopt()
    assert "the simplest within one standard error of the best" in answer.stdout
    assert changed_lines(before, read(BASE)) == ([], ["      max_bins: 50"])


@pytest.mark.parametrize(("gain", "is_told"), [(-0.3, True), (-0.2, False), (0.1, False)])
def test_a_worse_one_is_told(adopt: Callable[..., Result], gain: float, *, is_told: bool) -> None:
    """By more than two standard errors of the difference, which are 0.2 here."""
    file = "data/08_reporting/tuning_result.json"
    result = json.loads(read(file))
    result["simplest"] |= {"gain": gain, "gain_standard_error": 0.1}
    write(file, json.dumps(result))
    answer = adopt("--dry-run")
    assert ("worse than what was there, by more than chance" in answer.output) == is_told
    assert f"{-gain:+.2f} ± 0.10 against what was there" in answer.output


def test_an_environment_has_a_file_of_its_own(adopt: Callable[..., Result]) -> None:
    """It is made, or the one that has the block is edited; conf/base stays."""
    before = read(BASE)
    write("conf/new/parameters_market.yml", "data_processing: {max_age_weeks: 9}\n")
    assert adopt("--best", "--env", "new").exit_code == 0
    assert read("conf/new/parameters_modeling.yml") == (
        "modeling:\n  estimators:\n    gradient_boosting:\n      max_iter: 12\n"
        "      max_bins: 100\n"
    )
    write("conf/own/parameters.yml", "modeling:  # ours\n  kernel: {weight: 0.35}\n")
    assert adopt("--best", "--env", "own").exit_code == 0
    assert read("conf/own/parameters.yml").startswith(
        "modeling:  # ours\n  kernel: {weight: 0.35}\n  estimators:\n"
    )
    assert read(BASE) == before


def test_what_would_have_no_effect_is_refused(adopt: Callable[..., Result]) -> None:
    """Personal settings win over conf/base."""
    own = "modeling: {estimators: {gradient_boosting: {max_iter: 6}}}\n"
    write("conf/local/parameters.yml", own)
    before = read(BASE)
    answer = adopt("--best")
    assert answer.exit_code == 1
    assert "conf/local/parameters.yml sets modeling.estimators" in answer.output
    assert "kedro tuning adopt --env local" in answer.output
    assert read(BASE) == before
    assert adopt("--best", "--env", "local").exit_code == 0
    assert "{gradient_boosting: {max_iter: 12, max_bins: 100}}" in read("conf/local/parameters.yml")


@pytest.mark.parametrize(
    ("file", "change", "told"),
    [
        (BASE, ("seed: 42  # of everything", "seed: 43  # of everything"), "has changed since"),
        (BASE, ("estimator: gradient_boosting", "estimator: linear"), "is linear. Search again"),
        (BASE, ("max_iter: 6 ", "max_iter: ${_trees} "), "line 7: modeling.estimators"),
        ("conf/base/parameters.yml", ("max: 350", "max: 300"), "not made together"),
        (BASE, ("test_share: 0.2", "test_share: 0.3"), "test_share"),
    ],
)
def test_what_the_search_was_not_about_is_refused(
    adopt: Callable[..., Result], file: str, change: tuple[str, str], told: str
) -> None:
    """Another configuration, market or split; nothing is written."""
    text = read(file)
    assert change[0] in text
    write(file, "_trees: 6\n" * ("_trees" in change[1]) + text.replace(*change))
    before = read(BASE)
    answer = adopt("--best")
    assert answer.exit_code == 1
    assert told in answer.output.replace("line 8", "line 7")
    assert "Traceback" not in answer.output
    assert read(BASE) == before


def test_without_a_result_the_search_is_named(adopt: Callable[..., Result]) -> None:
    """It makes one."""
    from pathlib import Path

    Path("data/08_reporting/tuning_result.json").unlink()
    answer = adopt()
    assert answer.exit_code == 1
    assert "No search has ended yet. Run: kedro run --pipelines tuning" in answer.output


def test_a_search_leaves_its_outputs_and_its_study(searched_folder: Path) -> None:
    """And the parts of modeling as they were."""
    names = ("trials.csv", "tuning_result.json", "tuning_plot.json")
    assert all((searched_folder / "data/08_reporting" / name).stat().st_size for name in names)
    assert (searched_folder / "data/06_models/tuning_study.sqlite").exists()


def test_an_impossible_space_stops_the_run_at_once(adopt: Callable[..., Result]) -> None:
    """Before the first node, with the parameter and its value."""
    from rental_pricing.hooks import TrialHook

    class Catalog:
        """Of parameters alone."""

        def get(self, name: str) -> Any:
            from kedro.io import MemoryDataset

            from rental_pricing.parameters import BLOCKS

            block = name.removeprefix("params:")
            files = {"market": "conf/base/parameters.yml"}
            given = yaml.safe_load(read(files.get(block, f"conf/base/parameters_{block}.yml")))
            if block == "tuning":
                given[block]["space"]["gradient_boosting"]["bins"]["high"] = 1000
            return MemoryDataset(BLOCKS[block](**given[block]))

    from rental_pricing.errors import EstimatorParameterError
    from rental_pricing.pipelines.tuning import create_pipeline

    assert adopt
    with pytest.raises(EstimatorParameterError, match="max_bins=1000"):
        TrialHook().before_pipeline_run(create_pipeline(), Catalog())  # type: ignore[arg-type]


def test_it_finds_its_project_by_the_options_of_the_other_commands(
    adopt: Callable[..., Result], tmp_path: Path
) -> None:
    """Another folder of configuration is edited, and another market has its own results."""
    from pathlib import Path

    before = read(BASE)
    shutil.copytree("conf", tmp_path / "elsewhere")
    done = adopt("--best", "--conf-source", str(tmp_path / "elsewhere"))
    assert done.exit_code == 0, done.output
    assert read(BASE) == before
    edited = (tmp_path / "elsewhere" / Path(BASE).relative_to("conf")).read_text(encoding="utf-8")
    assert "max_iter: 12" in edited
    archive = shutil.make_archive(str(tmp_path / "conf"), "gztar", ".", "conf")
    for options, code, told in (
        (("--conf-source", archive), 1, "is an archive, and can't be edited"),
        (("--params", "market.name=Paris"), 1, "No search has ended yet"),
        (("--params", "modeling.seed=7"), 2, "written into a file"),
        (("--env", "nowhere"), 1, "nowhere"),
        (("--conf-source", "nowhere"), 2, "nowhere"),
    ):
        refused = adopt("--best", *options)
        assert (refused.exit_code, told in refused.output) == (code, True), refused.output
    assert read(BASE) == before
