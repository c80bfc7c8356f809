"""Errors that are for the user, told in a few lines.

Kedro lets every exception through with its traceback. For a file that lacks a column a
wall of frames hides the one line that helps, so the causes that a user can remedy are
told without it; ``--traceback`` shows it. Anything unexpected keeps its traceback.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import click

_NODES, _PARAMETERS = "kedro.pipeline.node", "kedro.validation.parameter_validator"
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
def clear_errors(options: Mapping[str, Any], *, traceback: bool = False) -> Iterator[None]:
    """Tell errors that the user can remedy in a few lines; around whatever runs a session.

    Args:
        options: The options of ``kedro run``, by the names of its arguments; of other
            commands those that they share with it, such as ``env``.
        traceback: Let every error through as it is.

    Raises:
        RunFailedError: With what the person is told. What is a defect keeps its traceback.
        RunInterruptedError: After Ctrl-C.
    """
    try:
        with _errors_told_later():
            yield
    except RunFailedError:
        raise  # what was told already, with an exit code of its own
    except (Exception, KeyboardInterrupt) as error:
        if traceback:
            raise
        if isinstance(error, KeyboardInterrupt) or interrupted(error):
            msg = "Interrupted. Nothing more was run; the same command starts again."
            raise RunInterruptedError(msg) from error
        # Imported here: a run that goes well needs none of it.
        from rental_pricing.messages.telling import tell  # noqa: PLC0415

        text = tell(error, options)
        if text is None:
            raise
        raise RunFailedError(text) from error


def interrupted(error: BaseException | None) -> bool:
    """Return whether an error comes from Ctrl-C.

    On import Python itself makes a ``RuntimeError`` of one that meets a class in the making.
    """
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


@contextlib.contextmanager
def plain_errors(options: Mapping[str, Any]) -> Iterator[None]:
    """Tell errors that the user can remedy in a few lines, around what runs no pipeline.

    Args:
        options: As of :func:`clear_errors`.

    Raises:
        click.ClickException: With what the person is told.
    """
    try:
        yield
    except click.ClickException:
        raise
    except Exception as error:
        from rental_pricing.messages.telling import tell  # noqa: PLC0415 - only on the way to one

        text = tell(error, options)
        if text is None:
            raise
        raise click.ClickException(text) from error


def traceback_option() -> click.Option:
    """Return the option that shows where an error happened."""
    return click.Option(["--traceback"], is_flag=True, help="Show the traceback of any error.")


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
