"""What all tests share: a Kedro project of their own, small drops, the real drops."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import functools
import gc
import gzip
import importlib
import importlib.util
import inspect
import io
import logging
import os
import pickle
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import hypothesis
import hypothesis.extra.numpy  # late, beside another thread, CPython 3.11's parser may fail on it
import pytest
import yaml
from filelock import FileLock
from omegaconf import OmegaConf
from small_model import SMALL_MODEL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd
    from playwright.sync_api import Browser

    from rental_pricing.model.price_model import PriceModel

ROOT = Path(__file__).parents[1]

# Examples are not timed, since machines are noisy; in CI they are the same every time, so that
# a change is judged by what it changes.
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")

# Tests make runs of their own; nothing of them leaves the machine, and only tests of the
# tracking are tracked.
os.environ["KEDRO_DISABLE_TELEMETRY"] = "1"
os.environ["WANDB_MODE"] = "disabled"

# A shell's background job ignores Ctrl-C, one of nohup that its terminal is gone, and so would the
# runs that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)

# Whenever a project is bootstrapped, dynaconf looks up the file names of all callers, together
# with the source lines around each call: under pytest a quarter of a second. It gets the names.
for _module in ("dynaconf.loaders.py_loader", "dynaconf.utils.files"):
    _frames = SimpleNamespace(stack=functools.partial(inspect.stack, 0))
    importlib.import_module(_module).inspect = _frames  # type: ignore[attr-defined]

# Hundreds of tests read the same configuration, and to make nodes of a text takes 20 times as long
# as to copy them.
_load_nodes, _nodes = (
    OmegaConf.load,
    functools.cache(lambda text: pickle.dumps(_load_nodes(io.StringIO(text)))),
)


def _read_nodes(file: Any, **limits: Any) -> Any:
    if limits or not isinstance(file, io.StringIO):
        return _load_nodes(file, **limits)
    return pickle.loads(_nodes(file.read()))  # noqa: S301 - made above


OmegaConf.load = staticmethod(_read_nodes)  # type: ignore[method-assign]

_WITHOUT_TORCH = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="PyTorch is not installed: make torch"
)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Iterator[None]:
    """Look for no garbage among modules and tests, which all stay: neither now nor later.

    Otherwise a sixth of the time that collecting takes, in each worker.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Skip what can't be run here, and begin with the files that take long.

    So no worker is left alone with one of them at the end. Those are the files with slow tests,
    which may be left out after the yield, when the order is another, too.
    """
    for item in items:
        if item.get_closest_marker("torch"):
            item.add_marker(_WITHOUT_TORCH)
    long = {item.path for item in items if item.get_closest_marker("slow")}
    yield
    items.sort(key=lambda item: item.path not in long)


DROPS = sorted((ROOT / "data/01_raw/listings").glob("????-??-??.csv.gz"))


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    code: int
    output: str


@dataclass(frozen=True)
class Project:
    """A copy of the Kedro project's configuration, with data of its own."""

    path: Path

    @property
    def drops(self) -> Path:
        """The folder of drops."""
        return self.path / "data/01_raw/listings"

    def kedro(self, *arguments: str) -> Outcome:
        """Run the ``kedro`` command as a user would, in a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "kedro", *arguments],
            cwd=self.path,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        return Outcome(done.returncode, done.stdout + done.stderr)

    def run(self, pipelines: tuple[str, ...] = (), **selection: Any) -> dict[str, Any]:
        """Run pipelines in a Kedro session of this process; parameters as ``params=``."""
        from kedro.framework.session import KedroSession
        from kedro.framework.startup import bootstrap_project

        bootstrap_project(self.path)
        parameters = selection.pop("params", {})
        with (
            _working_directory(self.path),
            KedroSession.create(self.path, runtime_params=parameters) as session,
        ):
            outputs: dict[str, Any] = session.run(pipeline_names=list(pipelines), **selection)
        return outputs

    def load(self, dataset: str) -> Any:
        """Load a dataset from the project's catalog."""
        from kedro.framework.session import KedroSession
        from kedro.framework.startup import bootstrap_project

        bootstrap_project(self.path)
        with _working_directory(self.path), KedroSession.create(self.path) as session:
            return session.load_context().catalog.load(dataset)

    def outputs(self) -> dict[str, bytes]:
        """Return the content of every file that the pipelines wrote."""
        data = self.path / "data"
        return {
            str(file.relative_to(data)): file.read_bytes()
            for file in sorted(data.rglob("*"))
            if file.is_file() and "01_raw" not in file.parts and file.name[0] != "."
        }


@contextlib.contextmanager
def _working_directory(path: Path) -> Iterator[None]:
    with contextlib.chdir(path):
        yield


def make_project(path: Path) -> Project:
    """Copy the project's configuration to a folder; it has no drops yet."""
    shutil.copytree(ROOT / "conf", path / "conf", ignore=shutil.ignore_patterns("local"))
    for name in ("pyproject.toml", ".telemetry"):
        shutil.copy(ROOT / name, path / name)
    for folder in ("conf/local", "src", "data/01_raw/listings"):
        (path / folder).mkdir(parents=True)
    return Project(path)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window.

    One a module: as long as Playwright is on, nothing else of this process can use asyncio.
    """
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium is not on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="session")
def new_project() -> Callable[[Path], Project]:
    """Make further projects, for fixtures of their own scope."""
    return make_project


@pytest.fixture(scope="session")
def small_project() -> Callable[[Path], Project]:
    """Make projects with every fourth row of the committed drops, and a small model."""

    def make(path: Path) -> Project:
        project = make_project(path)
        for drop in DROPS:
            with gzip.open(drop, "rt", encoding="utf-8", newline="") as file:
                header, *rows = csv.reader(file)
            name = drop.name.removesuffix(".gz")
            with (project.drops / name).open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows([header, *rows[::4]])
        given = yaml.safe_dump(SMALL_MODEL)
        (project.path / "conf/local/parameters.yml").write_text(given, encoding="utf-8")
        return project

    return make


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project without any drop."""
    return make_project(tmp_path / "project")


@pytest.fixture
def synthetic_project(project: Project) -> Project:
    """A project with the two committed, synthetic drops."""
    shutil.copytree(ROOT / "data/01_raw/listings", project.drops, dirs_exist_ok=True)
    return project


@pytest.fixture(scope="session")
def trained_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project after one whole run on the synthetic drops; for reading only.

    The workers of one run of the tests share it: the first that needs it makes it.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    path, made = shared / "trained", shared / "trained.made"
    with FileLock(shared / "trained.lock"):
        if not made.exists():
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir()
            project = make_project(path / "project")
            shutil.copytree(ROOT / "data/01_raw/listings", project.drops, dirs_exist_ok=True)
            project.run()
            made.touch()
    return Project(path / "project")


@pytest.fixture(scope="session")
def model(trained_project: Project) -> PriceModel:
    """The model of that run, as loaded from the catalog."""
    loaded: PriceModel = trained_project.load("price_model")
    return loaded


@pytest.fixture(scope="session")
def raw_rows() -> Callable[..., pd.DataFrame]:
    """Make rows of a synthetic drop, as the drop dataset reads them."""
    from synthetic_drops import make_drop

    from rental_pricing.listings.columns import LINE, RAW_COLUMNS

    def make(rows: int = 50, seed: int = 1) -> pd.DataFrame:
        drop = make_drop(rows, date=dt.date(2024, 1, 8), seed=seed)
        text = drop[list(RAW_COLUMNS)].astype("object").where(drop.notna(), "").map(str)
        return text.astype("str").assign(**{LINE: range(2, rows + 2)})

    return make


@pytest.fixture(scope="session")
def parameters() -> dict[str, Any]:
    """The parameters of ``conf/base``, as typed models."""
    from rental_pricing.parameters import BLOCKS

    read: dict[str, Any] = {}
    for file in (ROOT / "conf/base").glob("parameters*.yml"):
        read |= yaml.safe_load(file.read_text(encoding="utf-8"))
    return {name: model(**read[name]) for name, model in BLOCKS.items()}


@pytest.fixture(scope="session")
def real_drops() -> Path:
    """The folder of real drops; the test is skipped where there is none."""
    folder = Path(os.environ.get("LISTINGS_DATA", ROOT.parent / "shared/data/listings"))
    if not folder.is_dir():
        pytest.skip(f"no real drops at {folder}; name them with LISTINGS_DATA")
    return folder.resolve()


def _leave_closed_streams() -> None:
    """Let handlers write to the present stderr whose stream an earlier test has closed.

    Kedro sets up logging when a process meets a package that it does not know. Where that is
    inside of a test that captures, its handlers would keep that test's stream.
    """
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    for logger in loggers:
        for handler in getattr(logger, "handlers", ()):
            if isinstance(handler, logging.StreamHandler) and getattr(
                handler.stream, "closed", False
            ):
                handler.stream = sys.stderr  # setStream would flush the closed one


@pytest.fixture(autouse=True)
def _logs_reach_the_test() -> Iterator[None]:
    """Let ``caplog`` see the product's records, whatever Kedro made of the handlers."""
    _leave_closed_streams()
    logger = logging.getLogger("rental_pricing")
    before = logger.propagate, logger.level
    logger.propagate = True
    logger.setLevel(logging.INFO)
    yield
    logger.propagate, logger.level = before


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A client of an S3 server on this machine, which the environment leads to."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    client = boto3.client("s3")
    yield client
    # Servers of one process share their memory: the next test must not find this one's files.
    for bucket in client.list_buckets()["Buckets"]:
        for each in client.list_objects_v2(Bucket=bucket["Name"]).get("Contents", []):
            client.delete_object(Bucket=bucket["Name"], Key=each["Key"])
        client.delete_bucket(Bucket=bucket["Name"])
    server.stop()
