"""Where a run comes from: command, runner, versions."""

from __future__ import annotations

import platform
import re
import shlex
import sys
from collections.abc import Iterable, Mapping
from importlib import metadata
from typing import Any

PACKAGES = ("kedro", "kedro-datasets", "wandb", "pandas", "numpy", "scikit-learn")
"""Distributions whose versions are told, where they are installed."""

_CLASS = re.compile(r"[A-Za-z_]\w*(?= object at )")
_OPTIONS = {
    "pipeline_names": "--pipelines",
    "tags": "--tags",
    "node_names": "--nodes",
    "from_nodes": "--from-nodes",
    "to_nodes": "--to-nodes",
    "from_inputs": "--from-inputs",
    "to_outputs": "--to-outputs",
    "namespaces": "--namespaces",
}


def command(run_params: Mapping[str, Any], runtime_params: Mapping[str, Any]) -> str:
    """Return the ``kedro run`` command that does what a run does.

    Made from what Kedro was asked for, not from the words typed, which may hold anything.

    Args:
        run_params: As Kedro's hooks get them.
        runtime_params: Its parameters given for this run, redacted.

    >>> command({"pipeline_names": ["modeling"], "env": "local", "tags": None}, {"seed": 3})
    'kedro run --env local --pipelines modeling --params seed=3'
    """
    words = ["kedro", "run"]
    if run_params.get("env"):
        words += ["--env", str(run_params["env"])]
    for name, option in _OPTIONS.items():
        if run_params.get(name):
            words += [option, ",".join(map(str, run_params[name]))]
    runner = runner_name(run_params.get("runner"))
    if runner not in {None, "SequentialRunner"}:
        words += ["--runner", str(runner)]
    if run_params.get("only_missing_outputs"):
        words.append("--only-missing-outputs")
    if runtime_params:
        words += ["--params", ",".join(_assignments(runtime_params))]
    return shlex.join(words)


def _assignments(parameters: Mapping[str, Any], prefix: str = "") -> Iterable[str]:
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            yield from _assignments(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}={value}"


def runner_name(told: object) -> str | None:
    """Return the class of the runner, without the address that Kedro's text has in it.

    >>> runner_name("<kedro.runner.thread_runner.ThreadRunner object at 0x7f00>")
    'ThreadRunner'
    """
    found = _CLASS.search(str(told))
    return found.group() if found else None


def versions(package: str | None) -> dict[str, str]:
    """Return the versions of the project, of Python and of the packages that matter.

    Args:
        package: The project's Python package, which is imported; its name in the answer has
            dashes, as distributions have. ``None`` if it is not known.
    """
    running = ["kedro_wandb"] if package is None else [package, "kedro_wandb"]
    own = {name.replace("_", "-"): _own_version(name) for name in running}
    installed = {name: _installed(name) for name in PACKAGES}
    found = {**own, "python": platform.python_version(), **installed}
    return {name: version for name, version in found.items() if version is not None}


def _own_version(package: str) -> str | None:
    """Return what the code that runs says of itself, or else its distribution.

    The latter is as old as the last installation where a project is installed for editing.
    """
    told = getattr(sys.modules.get(package), "__version__", None)
    return _installed(package) if told is None else str(told)


def _installed(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
