"""The released software: two wheels and an archive of the configuration, in an empty folder."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import sqlite3
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from small_model import SMALL_MODEL
from wheels import ROOT, Environment, Wheel, make_environment, plugin, rental, sources

import rental_pricing

__all__ = ["plugin", "rental", "sources"]

ARCHIVE = "conf-rental_pricing.tar.gz"
STORE = ".wandb/rental_pricing/store.db"


def as_typed(parameters: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Parameters as they are typed behind ``--params``."""
    for name, value in parameters.items():
        if isinstance(value, dict):
            yield from as_typed(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}={value}"


SMALL = ",".join(["drops=drops", *as_typed(SMALL_MODEL)])


@dataclass(frozen=True)
class Folder:
    """A folder outside of any project, and the environment in which commands are called there."""

    path: Path
    environment: Environment

    def call(self, *arguments: str, code: int = 0, **variables: str) -> str:
        """Call ``rental-pricing``, see that it ends with a code, and return what it says."""
        home = self.environment.path
        bare = {"HOME": str(home), "PATH": "/usr/bin:/bin", **variables}
        done = subprocess.run(
            [home / "bin/rental-pricing", *arguments],
            cwd=self.path,
            env=bare,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    def copy(self, path: Path) -> Folder:
        """Return a copy to change."""
        shutil.copytree(self.path, path)
        return Folder(path, self.environment)


@pytest.fixture(scope="module")
def installed(
    tmp_path_factory: pytest.TempPathFactory, plugin: Wheel, rental: Wheel
) -> Environment:
    """An environment with what the lock of runs names, and both wheels: no tools, no kedro-viz."""
    lock = (ROOT / "requirements/run.lock").read_text(encoding="utf-8")
    names = re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)
    made = make_environment(tmp_path_factory.mktemp("installed") / "environment", ["pip", *names])
    for wheel in (plugin, rental):
        made.install(wheel)
    return made


def pack_configuration(repository: Path, archive: Path) -> None:
    """Make the archive by the very command of the Makefile."""
    line = next(
        line.strip()
        for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
        if line.strip().startswith("tar ")
    )
    (repository / "dist").mkdir(exist_ok=True)
    subprocess.run(line, shell=True, check=True, cwd=repository)  # noqa: S602 - as make does
    shutil.move(repository / "dist" / ARCHIVE, archive)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory, installed: Environment) -> Folder:
    """Nothing but the archive and a folder of drops."""
    folder = tmp_path_factory.mktemp("empty")
    repository = tmp_path_factory.mktemp("repository")
    shutil.copytree(ROOT / "conf", repository / "conf")
    pack_configuration(repository, folder / ARCHIVE)
    shutil.copytree(ROOT / "data/01_raw/listings", folder / "drops")
    return Folder(folder, installed)


@pytest.fixture(scope="module")
def weeks(empty: Folder, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """After a run in the first week and the weekly job of the second; for reading only."""
    folder = empty.copy(tmp_path_factory.mktemp("weeks") / "folder")
    said = folder.call("run", "--conf-source", ARCHIVE, "--params", f"{SMALL},as_of=2024-01-08")
    lines = [line for line in said.splitlines() if re.match(r"\d\d:\d\d:\d\d ", line)]
    assert any("Pipeline execution completed successfully" in line for line in lines)
    assert not re.search("WARNING|No Kedro project|usage data|Traceback", said), said
    assert "Prices" in folder.call("weekly", "--params", SMALL)
    return folder


@pytest.fixture
def changed(weeks: Folder, tmp_path: Path) -> Folder:
    """A copy of it."""
    return weeks.copy(tmp_path / "folder")


def test_the_archive_has_nothing_of_the_local_configuration(tmp_path: Path) -> None:
    """Whatever its kind; the empty folder stays, since Kedro wants one."""
    shutil.copytree(ROOT / "conf", tmp_path / "conf")
    for name in ("credentials.yml", "credentials.yaml", "deeper/credentials.json"):
        file = tmp_path / "conf/local" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("key: secret\n")
    pack_configuration(tmp_path, tmp_path / ARCHIVE)
    with tarfile.open(tmp_path / ARCHIVE) as archive:
        names = set(archive.getnames())
    assert {name for name in names if "local" in name} == {"conf/local", "conf/local/.gitkeep"}
    assert {"conf/base/parameters.yml", "conf/base/wandb.yml", "conf/logging.yml"} <= names


def test_logs_are_the_same_in_the_repository_and_outside() -> None:
    """The package has a copy of the repository's set-up, but for the line that explains it."""
    ours, packed = (
        file.read_text(encoding="utf-8").splitlines()[1:]
        for file in (ROOT / "conf/logging.yml", ROOT / "src/rental_pricing/logging.yml")
    )
    assert packed == ours


@pytest.mark.slow
def test_the_version_is_told_without_kedro(empty: Folder) -> None:
    """At once, and as the package says it."""
    said = empty.call("--version")
    assert said == f"rental-pricing, version {rental_pricing.__version__}\n"


@pytest.mark.slow
def test_the_version_is_in_the_model_and_in_each_runs_config(weeks: Folder) -> None:
    """Who has either can tell which release made it."""
    package = json.loads((weeks.path / "data/06_models/price_model/package.json").read_text())
    assert package["versions"]["rental-pricing"] == rental_pricing.__version__
    (version, *_) = _answer(weeks.call("wandb", "artifacts", "price_model", "--json"))
    assert version["version"] == "v1"
    with contextlib.closing(sqlite3.connect(weeks.path / STORE)) as store:
        configs = [json.loads(each) for (each,) in store.execute("SELECT config FROM steps")]
    assert configs
    assert {each["kedro"]["versions"]["rental-pricing"] for each in configs} == {
        rental_pricing.__version__
    }


@pytest.mark.slow
def test_questions_are_answered(weeks: Folder) -> None:
    """Each command finds the archive that lies there by itself."""
    assert "not in 2024-01-15" in weeks.call("where", _only_in_the_first_week(weeks))
    assert weeks.call("monitoring").count("Delivery 2024-01-15") == 1
    assert "No search has ended yet" in weeks.call("tuning", "adopt", code=1)
    lineage = weeks.call("wandb", "lineage", "price_model", "--up")
    assert "2024-01-08.csv.gz" in lineage


@pytest.mark.slow
def test_a_week_that_is_done_has_nothing_new(weeks: Folder) -> None:
    """Schedulers are told by the exit code."""
    assert "Nothing new" in weeks.call("weekly", "--params", SMALL, code=3)


@pytest.mark.slow
def test_all_markets_of_an_unpacked_archive_are_done(changed: Folder) -> None:
    """By the very program that is called: there is no ``kedro`` project here."""
    assert "is an archive: unpack it" in changed.call("markets", code=2)
    with tarfile.open(changed.path / ARCHIVE) as archive:
        archive.extractall(changed.path, filter="data")
    (changed.path / ARCHIVE).unlink()
    paris = changed.path / "conf/paris/parameters.yml"
    paris.parent.mkdir()
    paris.write_text("market: {name: Paris, price: {min: x}}\n", encoding="utf-8")
    said = changed.call("markets", "--params", SMALL, code=1)
    assert re.search(r"^base +nothing new ", said, re.MULTILINE), said
    assert re.search(r"^paris +failed$", said, re.MULTILINE)
    assert "market.price.min" in said


@pytest.mark.slow
def test_a_release_is_rolled_back(changed: Folder) -> None:
    """By the command that is told, in the name by which it is called here."""
    because = ("release", "--rollback", "--reason", "a test")
    assert "price_model:v0" in changed.call(*because)
    assert "rental-pricing release --version" in changed.call(*because, code=3)


@pytest.mark.slow
@pytest.mark.parametrize("how", ["beside", "option", "of the command", "variable"])
def test_the_configuration_may_be_a_folder(changed: Folder, how: str) -> None:
    """Where it is called, or anywhere, for every command."""
    with tarfile.open(changed.path / ARCHIVE) as archive:
        archive.extractall(changed.path / "unpacked", filter="data")
    (changed.path / ARCHIVE).unlink()
    folder = str(changed.path / "unpacked/conf")
    if how == "beside":
        shutil.move(folder, changed.path / "conf")
    given: Sequence[str] = ("--conf-source", folder)
    before = given if how == "option" else ()
    after = given if how == "of the command" else ()
    variables = {"RENTAL_PRICING_CONF_SOURCE": folder} if how == "variable" else {}
    for command in (("monitoring",), ("wandb", "status")):
        changed.call(*before, *command, *after, **variables)


def _answer(said: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(said.strip().splitlines()[-1])
    return found


def _only_in_the_first_week(folder: Folder) -> str:
    import pandas as pd

    first, second = (pd.read_csv(file)["id"] for file in sorted(folder.path.glob("drops/*.csv*")))
    return str(first[~first.isin(second)].iloc[0])
