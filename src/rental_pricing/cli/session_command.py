"""Commands that open a Kedro session: each takes the options by which ``run`` finds its own."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rental_pricing.asked import SHARED, Asked
from rental_pricing.cli.run_command import run

if TYPE_CHECKING:
    from kedro.framework.startup import ProjectMetadata


def session_command(**attributes: Any) -> Callable[[Callable[..., None]], click.Command]:
    """Return a decorator that makes a function, which takes an ``Asked`` first, a command.

    Args:
        attributes: Of the command, such as ``epilog``.
    """

    def decorate(function: Callable[..., None]) -> click.Command:
        @functools.wraps(function)
        def called(
            *,
            env: str | None,
            conf_source: str | None,
            params: Mapping[str, Any] | None,
            **own: Any,
        ) -> None:
            metadata: ProjectMetadata = click.get_current_context().obj
            asked = Asked(Path(metadata.project_path), env, conf_source, params or {})
            function(asked, **own)

        command: click.Command = click.command(**attributes)(called)
        command.params += [each for each in run.params if each.name in SHARED]
        return command

    return decorate
