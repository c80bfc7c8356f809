"""Which errors are for the person who typed the command, and what they are told.

Told are the project's own errors, wherever in the chain of causes they stand; what Kedro
refuses before anything runs: names, configuration, parameters; datasets and files that
can't be read or written. Anything else is a defect, and keeps its traceback.
"""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.framework.project import pipelines, settings
from kedro.io.core import DatasetError, DatasetNotFoundError
from kedro.utils import load_obj

from rental_pricing.errors import UserInputError, cut, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RUNNERS = ["SequentialRunner", "ParallelRunner", "ThreadRunner"]
_CONFIGURING = {"kedro", "omegaconf", "yaml", "importlib", "codecs", "encodings", "kedro_wandb"}
_RUNNING = {"kedro.pipeline.node", "kedro.runner.task"}
_MOST_LINES, _LONGEST_LINE = 30, 500


def tell(error: Exception, options: Mapping[str, Any]) -> str | None:
    """Return what the person is told, or ``None`` where the traceback is what helps.

    Args:
        error: What stopped the run.
        options: The options of ``kedro run``, by the names of its arguments.
    """
    text = _told(error, options)
    if text is None:
        return None
    text = text.replace(f"{Path.cwd()}/", "")
    lines = [
        line if len(line) <= _LONGEST_LINE else cut(line, _LONGEST_LINE)
        for line in text.strip().splitlines()
    ]
    hidden = len(lines) - _MOST_LINES
    return "\n".join(lines if hidden <= 0 else [*lines[:_MOST_LINES], f"... +{hidden} lines"])


def own_error(error: BaseException) -> UserInputError | None:
    """Return the project's own error among the causes of another, if there is one."""
    return next((each for each in _chain(error) if isinstance(each, UserInputError)), None)


def _told(error: Exception, options: Mapping[str, Any]) -> str | None:
    own = own_error(error)
    if own is not None:
        return str(own)
    raised_in = _module(error)
    room = None if raised_in in _RUNNING else raised_in.split(".")[0]
    text = _asked_wrongly(error, options) if room in _CONFIGURING else None
    if text is not None:
        return text
    if isinstance(error, DatasetError):
        from rental_pricing.messages import datasets  # noqa: PLC0415 - only on the way to an error

        return datasets.told(error, _all_pipelines())
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {cut(str(error.filename), 200)}"
    return cut(str(error.args[0]) if error.args else str(error), 400) if room == "kedro" else None


def _asked_wrongly(error: Exception, options: Mapping[str, Any]) -> str | None:
    """Return what is wrong with runner, configuration or names; ``None`` where they are fine."""
    text = _wrong_runner(options) or _wrong_configuration(error, options)
    if text is None and (
        isinstance(error, DatasetNotFoundError) or not isinstance(error, DatasetError)
    ):
        text = _wrong_names(error, options)
    return text


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    here: BaseException | None = error
    while here is not None and here not in seen:
        seen.append(here)
        yield here
        here = here.__cause__ or here.__context__


def _module(error: BaseException) -> str:
    """Return the module that raised the error."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return str(trace.tb_frame.f_globals.get("__name__", "")) if trace else ""


def _wrong_runner(options: Mapping[str, Any]) -> str | None:
    from kedro.runner import AbstractRunner  # noqa: PLC0415 - only on the way to an error

    name = options.get("runner") or RUNNERS[0]
    known = f"Known are: {', '.join(RUNNERS)}, and any class by its full name."
    try:
        runner = load_obj(name, "kedro.runner")
    except (ImportError, AttributeError, ValueError):
        return f"--runner: there is no {cut(name)!r}{did_you_mean(name, RUNNERS)}. {known}"
    if not (inspect.isclass(runner) and issubclass(runner, AbstractRunner)):
        return f"--runner: {cut(name)!r} is no runner. {known}"
    accepted = list(inspect.signature(runner).parameters)
    unknown = [each for each in options.get("runner_params") or {} if each not in accepted]
    if unknown:
        hint = did_you_mean(unknown[0], accepted)
        return (
            f"--runner-params: {runner.__name__} has no {cut(unknown[0])!r}{hint}. "
            f"Known are: {', '.join(accepted)}."
        )
    return None


def _wrong_configuration(error: Exception, options: Mapping[str, Any]) -> str | None:
    from rental_pricing.messages import configuration  # noqa: PLC0415 - only on the way to an error

    source = options.get("conf_source") or settings.CONF_SOURCE
    if "://" in source or Path(source).suffix in {".zip", ".gz", ".tar"}:
        return None
    arguments = settings.CONFIG_LOADER_ARGS
    environments = [arguments["base_env"], _environment(options) or arguments["default_run_env"]]
    return configuration.what_is_wrong(
        Path(source).absolute(), environments, options.get("params") or {}, error
    )


def _environment(options: Mapping[str, Any]) -> str | None:
    return options.get("env") or os.environ.get("KEDRO_ENV")


def _wrong_names(error: Exception, options: Mapping[str, Any]) -> str | None:
    from rental_pricing.messages import selection  # noqa: PLC0415 - only on the way to an error

    one = options.get("pipeline")
    asked = {**options, "pipeline_names": [one] if one else options.get("pipelines")}
    problem = selection.unknown_names(asked, _all_pipelines())
    if problem is None and "no nodes after applying" in str(error):
        return selection.nothing_left(asked)
    return problem


def _all_pipelines() -> dict[str, Any]:
    pipelines.set_requested(None)
    return dict(pipelines)
