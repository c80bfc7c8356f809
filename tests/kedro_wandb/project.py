"""Real, tiny Kedro projects in folders of the tests, run in this process or as commands."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from types import MappingProxyType
from typing import Any

import yaml

NOTHING: Mapping[str, Any] = MappingProxyType({})

QUIET = {"KEDRO_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1"}

REGISTRY = '''
"""The pipelines by name, and their sum."""

from kedro.framework.project import find_pipelines
from kedro.pipeline import Pipeline


def register_pipelines() -> dict[str, Pipeline]:
    """Return what ``kedro run --pipelines`` knows."""
    pipelines = find_pipelines(raise_errors=True)
    pipelines["__default__"] = sum(pipelines.values(), start=Pipeline([]))
    return pipelines
'''

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "plain",
            "stream": "ext://sys.stdout",
        }
    },
    "loggers": {"kedro": {"level": "INFO"}, "kedro_wandb": {"level": "INFO"}},
    "root": {"level": "WARNING", "handlers": ["console"]},
}


@dataclass(frozen=True)
class Outcome:
    """How a command ended: exit status, and what it wrote to both streams."""

    code: int
    output: str


@dataclass(frozen=True)
class KedroProject:
    """A Kedro project in a folder.

    Attributes:
        path: The project's folder.
        package: Name of its Python package, under ``src``.
        python: The interpreter that ``kedro`` commands run in.
    """

    path: Path
    package: str
    python: str = sys.executable

    def write(self, relative: str, text: str) -> Path:
        """Write a file of the project; the text may be indented as a whole."""
        file = self.path / relative
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return file

    def write_yaml(self, relative: str, content: Mapping[str, Any]) -> Path:
        """Write a YAML file of the project."""
        return self.write(relative, yaml.safe_dump(_plain(content), sort_keys=False))

    def kedro(
        self, *arguments: str, env: Mapping[str, str] | None = None, timeout: float = 120
    ) -> Outcome:
        """Run the ``kedro`` command as a user would, in a process of its own."""
        done = subprocess.run(
            [self.python, "-m", "kedro", *arguments],
            cwd=self.path,
            env=self.environment(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )
        return Outcome(done.returncode, done.stdout + done.stderr)

    def start(self, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start the ``kedro`` command in a session of its own; both streams are its ``stdout``."""
        return subprocess.Popen(
            [self.python, "-m", "kedro", *arguments],
            cwd=self.path,
            env=self.environment(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def environment(self, env: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment of commands: the test's, without telemetry, and what is given."""
        return {**os.environ, **QUIET, **(env or {})}

    def run(self, *pipelines: str, params: Mapping[str, Any] = NOTHING, **selection: Any) -> Any:
        """Run pipelines in a Kedro session of this process, and return its free outputs."""
        with self.session(params=params) as session:
            return session.run(pipeline_names=list(pipelines) or None, **selection)

    def run_under(self, runner: str, *pipelines: str, **options: Any) -> None:
        """Run as ``--runner`` says: in this process, if the runner starts none of its own."""
        import kedro.runner

        if runner == "ParallelRunner":
            given = [f"{name}={value}" for name, value in options.pop("params", NOTHING).items()]
            selected = {"pipelines": pipelines, "params": given, **options}
            asked = [part for name, values in selected.items() if values
                     for part in (f"--{name}", ",".join(values))]  # fmt: skip
            done = self.kedro("run", "--runner", runner, *asked)
            assert done.code == 0, done.output
        else:
            self.run(*pipelines, runner=getattr(kedro.runner, runner)(), **options)

    def load(self, dataset: str) -> Any:
        """Load a dataset from the project's catalog."""
        with self.session() as session:
            return session.load_context().catalog.load(dataset)

    @contextlib.contextmanager
    def session(self, *, params: Mapping[str, Any] = NOTHING, **options: Any) -> Iterator[Any]:
        """Give a Kedro session of this process; afterwards the project's modules are forgotten."""
        from kedro.framework.session import KedroSession
        from kedro.framework.startup import bootstrap_project

        with self._own_modules():
            bootstrap_project(self.path)
            with KedroSession.create(self.path, runtime_params=dict(params), **options) as session:
                yield session

    @contextlib.contextmanager
    def _own_modules(self) -> Iterator[None]:
        search_path, python_path = list(sys.path), os.environ.get("PYTHONPATH")
        self._forget_modules()
        try:
            yield
        finally:
            self._forget_modules()
            sys.path[:] = search_path
            os.environ.pop("PYTHONPATH", None)
            if python_path is not None:
                os.environ["PYTHONPATH"] = python_path

    def _forget_modules(self) -> None:
        """Forget what was imported from this project's folder, and nothing that is installed."""
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None) or ""
            if name.split(".")[0] == self.package and Path(file).is_relative_to(self.path):
                del sys.modules[name]


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something that another process or thread does.

    Raises:
        AssertionError: It did not happen in time.
    """
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "it did not happen in time"
        time.sleep(0.02)


def make_project(
    path: Path,
    *,
    package: str = "tiny",
    catalog: Mapping[str, Any],
    pipelines: Mapping[str, str],
    parameters: Mapping[str, Any] = NOTHING,
    wandb: Mapping[str, Any] | None = NOTHING,
    credentials: Mapping[str, Any] | None = None,
    settings: str = "",
) -> KedroProject:
    """Build a Kedro project in a folder, which is made.

    Args:
        path: The project's folder.
        package: Name of its Python package.
        catalog: Content of ``conf/base/catalog.yml``.
        pipelines: The source of each modular pipeline's module, nodes and ``create_pipeline``,
            by its name. ``__default__`` is their sum.
        parameters: Content of ``conf/base/parameters.yml``.
        wandb: Content of ``conf/base/wandb.yml``; no such file if ``None``.
        credentials: Content of ``conf/local/credentials.yml``; no such file if ``None``.
        settings: Source of ``settings.py``.

    Returns:
        The project.
    """
    project = KedroProject(path.resolve(), package)
    _write_package(project, pipelines, settings)
    project.write("pyproject.toml", _pyproject(package))
    project.write(".telemetry", "consent: false\n")
    configuration = {
        "base/catalog.yml": catalog,
        "base/parameters.yml": parameters,
        "base/wandb.yml": wandb,
        "local/credentials.yml": credentials,
        "logging.yml": LOGGING,
    }
    for name, content in configuration.items():
        if content is not None:
            project.write_yaml(f"conf/{name}", content)
    (project.path / "conf/local").mkdir(exist_ok=True)
    return project


def _write_package(project: KedroProject, pipelines: Mapping[str, str], settings: str) -> None:
    source = f"src/{project.package}"
    project.write(f"{source}/__init__.py", '__version__ = "0.1"\n')
    project.write(f"{source}/settings.py", settings)
    project.write(f"{source}/pipeline_registry.py", REGISTRY)
    project.write(f"{source}/pipelines/__init__.py", "")
    for name, module in pipelines.items():
        folder = f"{source}/pipelines/{name}"
        project.write(f"{folder}/__init__.py", "from .pipeline import create_pipeline\n")
        project.write(f"{folder}/pipeline.py", module)


def _pyproject(package: str) -> str:
    from kedro import __version__

    return f"""
        [tool.kedro]
        package_name = "{package}"
        project_name = "{package}"
        kedro_init_version = "{__version__}"
        source_dir = "src"
        """


def _plain(content: Any) -> Any:
    if isinstance(content, Mapping):
        return {key: _plain(value) for key, value in content.items()}
    return str(content) if isinstance(content, Path) else content
