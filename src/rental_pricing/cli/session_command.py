"""Commands that open a Kedro session: each takes the options by which ``run`` finds its own."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rental_pricing.cli.run_command import run

if TYPE_CHECKING:
    from kedro.framework.startup import ProjectMetadata

_SHARED = ("env", "conf_source", "params")


@dataclass(frozen=True)
class Asked:
    """Where a command works, and with which configuration.

    Attributes:
        project: Folder of the project; of a packaged one, where it was called.
        env: Kedro's configuration environment; ``None`` is the project's default.
        conf_source: Folder or archive of the configuration; ``None`` is the project's.
        params: As of ``kedro run --params``.
    """

    project: Path
    env: str | None
    conf_source: str | None
    params: Mapping[str, Any]

    @property
    def options(self) -> dict[str, Any]:
        """The options of ``kedro run`` that were given, for messages about them."""
        return {name: getattr(self, name) for name in _SHARED}

    @contextmanager
    def session(self) -> Iterator[Any]:
        """Give a session of the project."""
        from kedro.framework.session import KedroSession  # noqa: PLC0415 - not for --help

        with KedroSession.create(
            self.project,
            env=self.env,
            conf_source=self.conf_source,
            runtime_params=dict(self.params),
        ) as session:
            yield session


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
        command.params += [each for each in run.params if each.name in _SHARED]
        return command

    return decorate
