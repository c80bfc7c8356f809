"""How a week is told: to people in words as it goes, to programs in one line of JSON at its end."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from rental_pricing.cli.clear_errors import RunInterruptedError

BUSY = "busy"
"""The outcome of a week whose market is in use by another run."""


class WeekTelling:
    """Tells a week; with ``--json`` stdout has nothing but the answer."""

    def __init__(self, *, as_json: bool) -> None:
        """Begin with nothing known.

        Args:
            as_json: Whether programs are told.
        """
        self._as_json = as_json
        self._answer: dict[str, Any] = {}

    def say(self, text: str) -> None:
        """Tell people something."""
        click.echo(text, err=self._as_json)

    def note(self, known: Mapping[str, Any]) -> None:
        """Take facts for the answer; later ones of the same name win."""
        self._answer |= known

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Give the answer when the week ends, however it ends."""
        try:
            yield
        except click.exceptions.Exit:
            raise  # its outcome is noted
        except click.ClickException as error:
            told = {"outcome": _outcome(error), "told": error.message}
            # A page that was left has said so already, but not that the week was stopped then.
            stopped = isinstance(error, RunInterruptedError)
            self._answer = self._answer | told if stopped else told | self._answer
            raise
        except Exception as error:
            self._answer |= {"outcome": "failed", "told": f"{type(error).__name__}: {error}"}
            raise
        finally:
            if self._as_json:
                click.echo(json.dumps(self._answer, ensure_ascii=False, default=str))


def _outcome(error: click.ClickException) -> str:
    from rental_pricing.messages.telling import own_error  # noqa: PLC0415 - only for an error
    from rental_pricing.run_lock import RunLockError  # noqa: PLC0415 - as above

    if isinstance(error, RunInterruptedError):
        return "interrupted"
    return BUSY if isinstance(own_error(error), RunLockError) else "failed"
