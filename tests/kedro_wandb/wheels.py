"""Both wheels as they are built from the sources at hand, and environments to install them in."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, PathDistribution, distribution
from pathlib import Path
from typing import Any

import pytest
from project import KedroProject

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
        run(self.python, "-m", "pip", "install", "--quiet", "--no-deps", wheel.path)

    def evaluate(self, expression: str, folder: Path) -> Any:
        """Return the value of a Python expression over JSON, evaluated in a folder."""
        code = f"import json, kedro_wandb; print(json.dumps({expression}))"
        return json.loads(run(self.python, "-P", "-c", code, cwd=folder))


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


def make_environment(path: Path, names: Collection[str] | None = None) -> Environment:
    """Make an environment that has neither of our distributions.

    Args:
        path: Folder for it.
        names: Distributions that it has, linked from this one; all if ``None``.
    """
    made = Environment(path)
    venv.create(made.path, symlinks=True)
    here = Path(sysconfig.get_path("purelib"))
    there = Path(run(made.python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"))
    wanted = {each.name for each in here.iterdir()} if names is None else _installed(names)
    for name in wanted:
        if not any(own in name for own in ("kedro_wandb", "rental_pricing")):
            (there / name).symlink_to(here / name)
    return made


def _installed(names: Collection[str]) -> set[str]:
    """Return what lies in the folder of packages of these distributions, where they are here."""
    found: set[str] = set()
    for name in names:
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:  # of another system
            continue
        found |= {each.parts[0] for each in files} - {"..", "__pycache__"}
    return found


def _build(project: Path, folder: Path) -> Wheel:
    run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
        *("--wheel-dir", folder, project),
    )
    name = "kedro_wandb" if project.name == "kedro_wandb" else "rental_pricing"
    return Wheel(next(folder.glob(f"{name}-*.whl")))


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run a command that has to end well; return what it wrote to stdout."""
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
