"""The two distributions: what their wheels hold, and that the plugin's works where it is new."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import PathDistribution, distribution
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from project import KedroProject, Outcome, make_project
from spaceflights import PIPELINES, make_spaceflights

from kedro_wandb.cli.commands import wandb
from kedro_wandb.settings.config import Config, load_config

ROOT = Path(__file__).parents[2]

BUILT = shutil.ignore_patterns("__pycache__", "build", "*.egg-info")

ALONE = {"PYTHONPATH": "", "PYTHONWARNINGS": "ignore"}
"""Nothing of this process is importable in the environments that the tests make."""


@dataclass(frozen=True)
class Wheel:
    """A built wheel."""

    path: Path

    @property
    def files(self) -> set[str]:
        """The names of what it installs, without its metadata."""
        with zipfile.ZipFile(self.path) as archive:
            return {name for name in archive.namelist() if ".dist-info/" not in name}

    @property
    def metadata(self) -> PathDistribution:
        """Its name, dependencies and entry points."""
        with zipfile.ZipFile(self.path) as archive:
            folder = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return PathDistribution(zipfile.Path(self.path, folder.removesuffix("METADATA")))

    @property
    def requires(self) -> set[str]:
        """The names of the distributions that it can't do without."""
        needed = (each for each in self.metadata.requires or () if "extra ==" not in each)
        return {each.split("[")[0].split("<")[0].split(">")[0].lower() for each in needed}


@dataclass(frozen=True)
class Environment:
    """A virtual environment with all that this one has, but neither of our distributions."""

    path: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.path / "bin/python"

    def install(self, wheel: Wheel) -> None:
        """Install a wheel, without the dependencies, which are there."""
        _run(self.python, "-m", "pip", "install", "--quiet", "--no-deps", wheel.path)

    def evaluate(self, expression: str, folder: Path) -> Any:
        """Return the value of a Python expression over JSON, evaluated in a folder."""
        code = f"import json, kedro_wandb; print(json.dumps({expression}))"
        return json.loads(_run(self.python, "-P", "-c", code, cwd=folder))


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as far as the wheels are built from it, without leftovers of builds."""
    copy = tmp_path_factory.mktemp("sources")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    shutil.copytree(ROOT / "src", copy / "src", ignore=BUILT)
    return copy


@pytest.fixture(scope="session")
def plugin(sources: Path) -> Wheel:
    """The wheel of kedro-wandb."""
    return _build(sources / "src/kedro_wandb", sources / "dist")


@pytest.fixture(scope="session")
def rental(sources: Path) -> Wheel:
    """The wheel of the rental project."""
    return _build(sources, sources / "dist")


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    """An environment of its own, which has neither of our distributions."""
    made = Environment(tmp_path / "environment")
    venv.create(made.path, symlinks=True)
    here = Path(sysconfig.get_path("purelib"))
    there = Path(_run(made.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"))
    for installed in here.iterdir():
        if not any(name in installed.name for name in ("kedro_wandb", "rental_pricing")):
            (there / installed.name).symlink_to(installed)
    return made


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
    """Every module is in the wheel, the mark of typed packages too, and no file of the build."""
    package = sources / "src/kedro_wandb"
    modules = {
        f"kedro_wandb/{file.relative_to(package).as_posix()}"
        for file in package.rglob("*.py")
        if "build" not in file.relative_to(package).parts
    }
    assert plugin.files == modules | {"kedro_wandb/py.typed"}


def test_the_plugins_wheel_bounds_what_it_needs(plugin: Wheel) -> None:
    """Kedro and the SDK are held within a minor version, since their inner parts are used."""
    needed = {each.replace(" ", "") for each in plugin.metadata.requires or ()}
    assert {"kedro<1.8,>=1.7", "wandb<0.32,>=0.31"} <= needed
    assert "rental-pricing" not in plugin.requires


def test_the_plugins_wheel_carries_its_licence_and_version(plugin: Wheel) -> None:
    """Who has only the wheel can read on which terms, and which version it is."""
    import kedro_wandb

    with zipfile.ZipFile(plugin.path) as archive:
        licence = next(name for name in archive.namelist() if name.endswith("licenses/LICENSE"))
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()
    assert plugin.metadata.version == kedro_wandb.__version__


def test_the_rental_wheel_holds_the_rental_package_alone(rental: Wheel) -> None:
    """And declares the plugin, whose wheel is another one; the SDK is the plugin's business."""
    assert {name.split("/")[0] for name in rental.files} == {"rental_pricing"}
    assert {"kedro", "kedro-wandb", "pandas"} <= rental.requires
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
    assert _run(sys.executable, "-c", code).splitlines()[-1] == "[]"


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


@pytest.mark.slow
def test_the_rental_wheel_works_without_the_plugin(
    environment: Environment, rental: Wheel, synthetic_project: Any
) -> None:
    """Its project runs, untracked, where the plugin is not installed."""
    environment.install(rental)
    project = KedroProject(synthetic_project.path, "rental_pricing", python=str(environment.python))
    _done(project.kedro("run", "--pipelines", "data_processing", env=ALONE))
    assert (project.path / "data/03_primary/listings.parquet").is_file()
    assert not (project.path / ".wandb").exists()


def _blocks(language: str) -> list[str]:
    page = (ROOT / "src/kedro_wandb/README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def _build(project: Path, folder: Path) -> Wheel:
    _run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
        *("--wheel-dir", folder, project),
    )
    name = "kedro_wandb" if project.name == "kedro_wandb" else "rental_pricing"
    return Wheel(next(folder.glob(f"{name}-*.whl")))


def _run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(each) for each in command],
        cwd=cwd,
        env=KedroProject(ROOT, "").environment(ALONE),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


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
