"""``kedro run`` as always, with errors that are for the user told in a few lines."""

from __future__ import annotations

import atexit
import contextlib
import copy
import functools
import gc
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.cli.utils import KedroCliError

from rental_pricing.cli.clear_errors import clear_errors, traceback_option
from rental_pricing.errors import cut

_THRESHOLDS = 50_000, 20, 100  # objects, and collections of the younger generation


@contextlib.contextmanager
def fewer_collections() -> Iterator[None]:
    """Look for circular garbage less often, and not at all when the process ends.

    A run imports some 230,000 objects, which stay. Python went through all of them four
    times, and again at exit: 0.8 of the 3.4 seconds of CPU time of a short run.
    """
    _no_collection_at_exit()
    before = gc.get_threshold()
    gc.set_threshold(*_THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@functools.cache
def _no_collection_at_exit() -> None:
    atexit.register(gc.freeze)


def _with_clear_errors(command: click.Command) -> click.Command:
    callback = command.callback
    if callback is None:
        return command

    @functools.wraps(callback)
    def run(*args: Any, traceback: bool, **kwargs: Any) -> Any:
        with clear_errors(kwargs, traceback=traceback), fewer_collections():
            return callback(*args, **kwargs)

    wrapped = copy.copy(command)
    wrapped.params = [*(_with_clear_parsing(each) for each in command.params), traceback_option()]
    wrapped.callback = run
    return wrapped


def _with_clear_parsing(option: click.Parameter) -> click.Parameter:
    """Let an option say what can't be read in it; Kedro's own parsers raise what they meet."""
    parse: Callable[..., Any] | None = option.callback
    if parse is None:
        return option

    def parsed(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
        try:
            if parameter.name == "config" and value:
                return _from_file(parse, context, parameter, value)
            return parse(context, parameter, _with_engine(parameter, value))
        except KedroCliError as error:
            raise click.BadParameter(error.message, context, parameter) from error
        except click.ClickException:
            raise
        except Exception as error:
            problem = f"{cut(str(value))!r} can't be read: {cut(str(error).splitlines()[0])}"
            msg = f"{problem}. Write name=value,name=value."
            raise click.BadParameter(msg, context, parameter) from error

    option = copy.copy(option)
    option.callback = parsed
    return option


def _with_engine(parameter: click.Parameter, value: Any) -> Any:
    """Let ``engine=dask`` stand beside ``engine.scheduler=...``: Kedro keeps but the last one."""
    if parameter.name != "params" or not isinstance(value, str):
        return value
    return re.sub(r"(^|,)\s*engine\s*=", r"\1engine.name=", value)


def _from_file(
    parse: Callable[..., Any], context: click.Context, parameter: click.Parameter, file: str
) -> Any:
    """Read options from the section ``run`` of a file, whatever name the command goes by."""
    from omegaconf import DictConfig, OmegaConf  # noqa: PLC0415 - few runs use it

    from rental_pricing.messages.configuration import shown, unreadable  # noqa: PLC0415

    problem = unreadable(Path(file))
    if problem is None:
        content = OmegaConf.load(file)
        if not isinstance(content, DictConfig) or not isinstance(content.get("run"), DictConfig):
            problem = f"{shown(file)} has no block 'run' of options, such as 'run: {{env: local}}'."
    if problem is not None:
        raise click.BadParameter(problem, context, parameter)
    name, context.info_name = context.info_name, "run"
    try:
        return parse(context, parameter, file)
    finally:
        context.info_name = name


run = _with_clear_errors(kedro_run)
