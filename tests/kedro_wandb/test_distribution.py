"""The two distributions: what their wheels hold, and that the plugin's works where it is new."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from project import KedroProject, Outcome, make_project
from spaceflights import PIPELINES, make_spaceflights
from told_pages import read
from wheels import ALONE, ROOT, Environment, Wheel, make_environment, plugin, rental, run, sources

from kedro_wandb.cli.commands import wandb
from kedro_wandb.pages.page import SCRIPTS, STYLES
from kedro_wandb.settings.config import Config, load_config

__all__ = ["plugin", "rental", "sources"]


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """An environment of its own, which has neither of our distributions."""
    return make_environment(tmp_path / "environment")


@pytest.fixture
def tiny(tmp_path: Path) -> KedroProject:
    """A project of one pipeline and one node, with an empty ``wandb.yml``."""
    node = """
        from kedro.pipeline import Node, Pipeline


        def ten():
            return {"value": 10}


        def create_pipeline(**_):
            return Pipeline([Node(ten, None, "number", name="ten")])
        """
    catalog = {"number": {"type": "json.JSONDataset", "filepath": "data/number.json"}}
    return make_project(tmp_path / "tiny", catalog=catalog, pipelines={"one": node})


@pytest.fixture
def spaceflights(tmp_path: Path, environment: Environment, plugin: Wheel) -> KedroProject:
    """A stock project in an environment where the plugin's wheel is installed."""
    environment.install(plugin)
    project = make_spaceflights(tmp_path / "spaceflights")
    return replace(project, python=str(environment.python))


def test_the_plugins_wheel_holds_the_package_and_nothing_else(plugin: Wheel, sources: Path) -> None:
    """Every module and part of the page, the mark of typed packages, and no file of the build."""
    package = sources / "src/kedro_wandb"
    modules = {
        f"kedro_wandb/{file.relative_to(package).as_posix()}"
        for file in package.rglob("*.py")
        if "build" not in file.relative_to(package).parts
    }
    parts = {f"kedro_wandb/pages/{each.name}" for each in (package / "pages").iterdir()
             if each.is_file()}  # fmt: skip
    assert {f"kedro_wandb/pages/{name}" for name in (*STYLES, *SCRIPTS, "page.html")} <= parts
    assert plugin.files == modules | parts | {"kedro_wandb/py.typed"}


def test_the_plugins_wheel_bounds_what_it_needs(plugin: Wheel) -> None:
    """Kedro and the SDK are held within a minor version, since their inner parts are used."""
    needed = {each.replace(" ", "") for each in plugin.metadata.requires or ()}
    assert {"kedro<1.8,>=1.7", "wandb<0.32,>=0.31"} <= needed
    assert "rental-pricing" not in plugin.requires


def test_the_plugins_wheel_carries_its_licence_and_version(plugin: Wheel) -> None:
    """Who has only the wheel can read on which terms it comes, and which version it is."""
    import kedro_wandb

    with zipfile.ZipFile(plugin.path) as archive:
        assert any(name.endswith("licenses/pages/dagre.LICENSE") for name in archive.namelist())
        licence = next(name for name in archive.namelist() if name.endswith("licenses/LICENSE"))
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()
    assert plugin.metadata.version == kedro_wandb.__version__


def test_the_rental_wheel_holds_the_rental_package_alone(rental: Wheel, sources: Path) -> None:
    """All that is in the folder, templates too; the plugin is required, and brings the SDK."""
    package = sources / "src/rental_pricing"
    files = {f"rental_pricing/{each.relative_to(package).as_posix()}" for each in package.rglob("*")
             if each.is_file() and "__pycache__" not in each.parts}  # fmt: skip
    assert rental.files == files
    assert {"rental_pricing/py.typed", "rental_pricing/logging.yml"} <= files
    assert {"kedro", "pandas", "kedro-wandb"} <= rental.requires
    assert "wandb" not in rental.requires


def test_one_distribution_alone_registers_the_plugin(plugin: Wheel, rental: Wheel) -> None:
    """The entry points are the plugin's; the project has none of Kedro's."""
    groups = {each.group: each.value for each in plugin.metadata.entry_points}
    assert groups == {
        "kedro.hooks": "kedro_wandb.hook.events:hook",
        "kedro.project_commands": "kedro_wandb.cli.entry:commands",
    }
    assert not [each for each in rental.metadata.entry_points if each.group.startswith("kedro")]


def test_the_tests_environment_has_both_distributions_linked() -> None:
    """What is tested is the source at hand, not a copy of some other time."""
    for name, package in (("kedro-wandb", "src/kedro_wandb"), ("rental-pricing", ".")):
        origin = json.loads(distribution(name).read_text("direct_url.json") or "{}")
        assert origin["dir_info"] == {"editable": True}
        assert Path(origin["url"].removeprefix("file://")) == (ROOT / package).resolve()


@pytest.mark.parametrize("where", ["tiny", "rental"])
def test_a_session_has_the_hook_once(
    where: str, tiny: KedroProject, tmp_path: Path, new_project: Callable[[Path], Any]
) -> None:
    """The entry point registers it, and the project's settings do not do so again."""
    from kedro_wandb.hook.events import TrackingHook

    path = tiny.path if where == "tiny" else new_project(tmp_path / "rental").path
    package = tiny.package if where == "tiny" else "rental_pricing"
    with KedroProject(path, package).session() as session:
        hooks = session._hook_manager.get_plugins()
    assert len([each for each in hooks if isinstance(each, TrackingHook)]) == 1


def test_kedro_offers_the_commands_once(tiny: KedroProject) -> None:
    """``kedro --help`` names the group ``wandb`` a single time."""
    told = tiny.kedro("--help").output
    assert len([line for line in told.splitlines() if line.split()[:1] == ["wandb"]]) == 1


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("kedro_wandb", ("kedro", "wandb", "pydantic", "click")),
        ("kedro_wandb.hook.events", ("wandb", "pandas")),
        ("kedro_wandb.cli.entry", ("wandb", "pandas")),
    ],
)
def test_what_every_command_imports_is_light(module: str, unwanted: tuple[str, ...]) -> None:
    """Every ``kedro`` command imports the entry points, so they import what they need later."""
    code = f"import sys, {module}; print([n for n in {unwanted!r} if n in sys.modules])"
    assert run(sys.executable, "-c", code).splitlines()[-1] == "[]"


def test_the_package_offers_the_dataset() -> None:
    """A catalog entry may say ``type: kedro_wandb.ArtifactDataset``."""
    import kedro_wandb
    from kedro_wandb.reading.dataset import ArtifactDataset

    assert kedro_wandb.ArtifactDataset is ArtifactDataset


def test_the_package_offers_nothing_it_does_not_have() -> None:
    """An unknown name is told as Python tells it of any module."""
    import kedro_wandb

    with pytest.raises(AttributeError, match="module 'kedro_wandb' has no attribute 'Dataset'"):
        _ = kedro_wandb.Dataset


def test_the_readme_shows_every_key_of_wandb_yml() -> None:
    """The page that comes with the wheel has no key too few and none too many."""
    shown = yaml.safe_load(_blocks("yaml")[0])
    assert list(shown) == list(Config.model_fields)
    assert load_config(shown, {}).project == "spaceflights"


def test_the_readme_shows_every_command() -> None:
    """It has no command too few and none too many."""
    shown = re.findall(r"^kedro wandb (\w+)", "\n".join(_blocks("console")), re.MULTILINE)
    assert set(shown) == set(wandb.list_commands(click.Context(wandb)))


@pytest.mark.slow
def test_the_wheel_runs_where_the_sources_are_not(spaceflights: KedroProject) -> None:
    """In the fresh environment, the package and the hook are those of the wheel."""
    environment = Environment(Path(spaceflights.python).parents[1])
    found = environment.evaluate("[kedro_wandb.__file__, __import__('sys').path]", Path("/"))
    assert Path(found[0]).is_relative_to(environment.path)
    assert not [each for each in found[1] if Path(each).is_relative_to(ROOT / "src")]


@pytest.mark.slow
def test_a_stock_project_is_tracked_by_adding_wandb_yml(spaceflights: KedroProject) -> None:
    """One file and an installed wheel: each pipeline is a step, each dataset a version."""
    spaceflights.write("conf/base/wandb.yml", "project: stock\n")
    _done(spaceflights.kedro("run", env=ALONE))
    steps = _steps(spaceflights.path / ".wandb/stock/store.db")
    assert steps == dict.fromkeys(PIPELINES, "finished")
    assert set(_artifacts(spaceflights)) == {
        "companies",
        "reviews",
        "shuttles",
        "preprocessed_companies",
        "preprocessed_shuttles",
        "model_input_table",
        "regressor",
        "price_by_capacity_plot",
    }
    _done(spaceflights.kedro("wandb", "page", env=ALONE))
    told = read((spaceflights.path / "tracked.html").read_text(encoding="utf-8")).data
    assert {run[3] for run in told["runs"]} == set(PIPELINES)


@pytest.mark.slow
def test_a_stock_project_run_twice_has_one_version_of_each(spaceflights: KedroProject) -> None:
    """Kedro saves versioned datasets anew in each run; equal content makes no new version."""
    spaceflights.write("conf/base/wandb.yml", "project: stock\n")
    for _ in range(2):
        _done(spaceflights.kedro("run", env=ALONE))
    saved = list((spaceflights.path / "data/06_models/regressor.pickle").iterdir())
    assert len(saved) == 2
    assert {each["versions"] for each in _artifacts(spaceflights).values()} == {1}


@pytest.mark.slow
def test_a_project_without_wandb_yml_is_left_alone(spaceflights: KedroProject) -> None:
    """To have the plugin installed is not to have asked for it."""
    _done(spaceflights.kedro("run", env=ALONE))
    assert not (spaceflights.path / ".wandb").exists()


def _blocks(language: str) -> list[str]:
    page = (ROOT / "src/kedro_wandb/README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def _done(outcome: Outcome) -> None:
    assert outcome.code == 0, outcome.output


def _steps(database: Path) -> dict[str, str]:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        return dict(connection.execute("SELECT job_type, state FROM steps"))


def _artifacts(project: KedroProject) -> dict[str, dict[str, Any]]:
    told = project.kedro("wandb", "artifacts", "--json", env=ALONE)
    _done(told)
    answer = next(line for line in told.output.splitlines() if line.startswith("["))
    return {each["name"]: each for each in json.loads(answer)}
