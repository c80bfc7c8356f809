"""``kedro run`` as always, with errors that are for the user told in a few lines.

Kedro lets every exception through with its traceback. For a file that lacks a column a
wall of frames hides the one line that helps, so the causes that a user can remedy are
told without it; ``--traceback`` shows it. Anything unexpected keeps its traceback.
"""

from __future__ import annotations

import atexit
import contextlib
import copy
import functools
import gc
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from kedro.framework.cli.project import run as kedro_run
from kedro.framework.cli.utils import KedroCliError

from rental_pricing.errors import cut

_NODES, _PARAMETERS = "kedro.pipeline.node", "kedro.validation.parameter_validator"
_THRESHOLDS = 50_000, 20, 100  # objects, and collections of the younger generation
_INTERRUPTED = 130  # as shells count: 128 and the number of SIGINT


class RunFailedError(click.ClickException):
    """A run that stopped for a reason that the user can remedy; exit code 1."""

    def format_message(self) -> str:
        """Return the message as it is shown after ``Error:``."""
        return f"{self.message}\n\nNothing more was run. (--traceback shows where it happened.)"


class RunInterruptedError(click.ClickException):
    """A run that was stopped by Ctrl-C."""

    exit_code = _INTERRUPTED


class _ErrorToldLater(logging.Filter):
    """Take from Kedro's log records the text that is told at the end."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep of a failed node its name, and of wrong parameters nothing."""
        if record.name == _PARAMETERS:
            return record.levelno < logging.ERROR
        if str(record.msg).startswith("Node %s failed with error"):
            node = record.args[0] if isinstance(record.args, tuple) else record.args
            record.msg, record.args = "Node %s failed", (node,)
        return True


@contextlib.contextmanager
def _errors_told_later() -> Iterator[None]:
    """Filter the log for one run only: a process may go on after it."""
    told_later = _ErrorToldLater()
    loggers = [logging.getLogger(name) for name in (_NODES, _PARAMETERS)]
    for logger in loggers:
        logger.addFilter(told_later)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(told_later)


@contextlib.contextmanager
def _fewer_collections() -> Iterator[None]:
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
        try:
            with _errors_told_later(), _fewer_collections():
                return callback(*args, **kwargs)
        except KeyboardInterrupt as error:
            if traceback:
                raise
            msg = "Interrupted. Nothing more was run; the same command starts again."
            raise RunInterruptedError(msg) from error
        except Exception as error:
            # Imported here: a run that goes well needs none of it.
            from rental_pricing.messages.telling import tell  # noqa: PLC0415

            text = None if traceback else tell(error, kwargs)
            if text is None:
                raise
            raise RunFailedError(text) from error

    wrapped = copy.copy(command)
    option = click.Option(["--traceback"], is_flag=True, help="Show the traceback of any error.")
    wrapped.params = [*(_with_clear_parsing(each) for each in command.params), option]
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
            return parse(context, parameter, value)
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


@click.group(name="rental_pricing")
def cli() -> None:
    """Commands of this project."""


cli.add_command(run)


@cli.command()
@click.argument("listing_id", metavar="ID", type=click.IntRange(0, 2**63 - 1))
@click.option("--env", "-e", help="Kedro's configuration environment.")
@click.pass_obj
def where(metadata: Any, listing_id: int, env: str | None) -> None:
    """Tell where each delivered row of the listing ID went, drop by drop."""
    from kedro.framework.session import KedroSession  # noqa: PLC0415 - not for other commands

    from rental_pricing.listings.whereabouts import find_rows  # noqa: PLC0415 - as above

    try:
        with KedroSession.create(metadata.project_path, env=env) as session:
            context = session.load_context()  # type: ignore[attr-defined]
            drops = context.catalog.load("typed_drops")
            rows = find_rows(listing_id, drops)
    except Exception as error:
        from rental_pricing.messages.telling import tell  # noqa: PLC0415 - as above

        text = tell(error, {"env": env})
        if text is None:
            raise
        raise click.ClickException(text) from error
    if not rows:
        msg = f"No row of the drops {', '.join(drops)} has the id {listing_id}."
        raise click.ClickException(msg)
    click.echo("\n".join(str(row) for row in rows))
    absent = sorted(set(drops) - {row.day for row in rows})
    if absent:
        click.echo(f"not in {', '.join(absent)}")
