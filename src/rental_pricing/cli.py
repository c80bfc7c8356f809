"""``kedro run`` as always, with errors that are for the user told in a few lines.

Kedro lets every exception through with its traceback. For a file that lacks a column a
wall of frames hides the one line that helps, so the causes that a user can remedy are
told without it; ``--traceback`` shows it. Anything unexpected keeps its traceback.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import logging
from collections.abc import Iterator
from typing import Any

import click
from kedro.framework.cli.project import run as kedro_run
from kedro.io.core import DatasetError
from kedro.validation.exceptions import ParameterValidationError

from rental_pricing.errors import UserInputError

_NODES, _PARAMETERS = "kedro.pipeline.node", "kedro.validation.parameter_validator"
_FOR_THE_USER = (UserInputError, DatasetError, ParameterValidationError)


class RunFailedError(click.ClickException):
    """A run that stopped for a reason that the user can remedy; exit code 1."""

    def format_message(self) -> str:
        """Return the message as it is shown after ``Error:``."""
        return f"{self.message}\n\nNothing more was run. (--traceback shows where it happened.)"


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


def _with_clear_errors(command: click.Command) -> click.Command:
    callback = command.callback
    if callback is None:
        return command

    @functools.wraps(callback)
    def run(*args: Any, traceback: bool, **kwargs: Any) -> Any:
        try:
            with _errors_told_later():
                return callback(*args, **kwargs)
        except _FOR_THE_USER as error:
            if traceback:
                raise
            raise RunFailedError(str(error)) from error

    wrapped = copy.copy(command)
    option = click.Option(["--traceback"], is_flag=True, help="Show the traceback of any error.")
    wrapped.params = [*command.params, option]
    wrapped.callback = run
    return wrapped


run = _with_clear_errors(kedro_run)


@click.group(name="rental_pricing")
def cli() -> None:
    """Commands of this project."""


cli.add_command(run)


@cli.command()
@click.argument("listing_id", metavar="ID", type=int)
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
    except _FOR_THE_USER as error:
        raise click.ClickException(str(error)) from error
    if not rows:
        msg = f"No row of the drops {', '.join(drops)} has the id {listing_id}."
        raise click.ClickException(msg)
    click.echo("\n".join(str(row) for row in rows))
    absent = sorted(set(drops) - {row.day for row in rows})
    if absent:
        click.echo(f"not in {', '.join(absent)}")
