"""What the ``kedro wandb`` commands share: options, the project, its stores, how they end."""

from __future__ import annotations

import functools
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click
from kedro.config import MissingConfigException
from kedro.framework.cli.utils import validate_conf_source
from kedro.framework.project import settings as kedro_settings
from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    DownloadColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as Bars

from kedro_wandb.errors import (
    ArtifactNotFoundError,
    StoreUnavailableError,
    TrackingError,
    UnknownColumnError,
)
from kedro_wandb.hook.late import late_texts
from kedro_wandb.settings.project import Settings, read_settings, tracker_environment
from kedro_wandb.settings.redaction import redacted_text
from kedro_wandb.stores import opening
from kedro_wandb.stores.base import Progress
from kedro_wandb.stores.local.store import LocalStore

if TYPE_CHECKING:
    from kedro.framework.startup import ProjectMetadata

    from kedro_wandb.stores.wandb.store import CloudStore

Where = Literal["local", "wandb"]
_MODES: dict[Where, str] = {"local": "offline", "wandb": "online"}
_UNBROKEN = 10_000
"""Columns of what is not read at a terminal."""


EXITS = (
    "Exit status: 0 done; 1 failed; 2 usage; 3 not found;"
    " 4 the server can't be reached, or something still waits after a sync."
)


class CommandError(click.ClickException):
    """Told in one line, without a traceback."""

    def __init__(self, message: object) -> None:
        super().__init__(" ".join(str(message).split()))


class NotFoundError(CommandError):
    """What was named is not there."""

    exit_code = 3


class WaitingError(CommandError):
    """The server can't be reached, or something still waits for an upload."""

    exit_code = 4


@dataclass(frozen=True)
class Asked:
    """What a command was asked for, besides its own arguments.

    Attributes:
        metadata: Of the Kedro project.
        env: Kedro's configuration environment; ``None`` is the project's default.
        conf_source: Kedro's folder of configuration; ``None`` is the project's.
        as_json: Whether the answer is for programs.
        output: File for the answer; ``None``: it goes to stdout.
    """

    metadata: ProjectMetadata
    env: str | None
    conf_source: str | None
    as_json: bool
    output: Path | None = None

    def settings(self, where: Where | None = None) -> Settings:
        """Return the project's settings.

        Args:
            where: The store that is asked, whatever the project's mode is.

        Raises:
            CommandError: There is no ``wandb.yml``, or the configuration can't be read.
            ConfigurationError: Something in it makes no sense.
        """
        path, package = self.metadata.project_path, self.metadata.package_name
        mode = {"WANDB_MODE": _MODES[where]} if where else {}
        try:
            found = read_settings(self._loader(), path, package, {**os.environ, **mode})
        except TrackingError:
            raise
        except Exception as error:
            msg = f"The configuration can't be read: {redacted_text(str(error))}"
            raise CommandError(msg) from error
        if found is None:
            raise self._nothing_configured()
        for text in late_texts(found.folder):
            click.echo(text, err=True)
        return found

    @contextmanager
    def store(self, where: Where | None) -> Iterator[LocalStore | CloudStore]:
        """Give the store that is asked for, or else the one that the project's runs write to."""
        settings = self.settings(where)
        if settings.mode.kind == "online":
            with cloud_store(settings) as cloud:
                yield cloud
        else:
            with local_store(settings) as local:
                yield local

    def answer(self, value: object, shown: Callable[[], RenderableType]) -> None:
        """Tell what was found: programs as one line of JSON, people as ``shown`` has it."""
        if self.as_json:
            text = json.dumps(value, ensure_ascii=False, default=str) + "\n"
        else:
            text = _text(shown(), to_file=self.output is not None)
        if self.output is None:
            click.echo(text, nl=False)
        else:
            self.output.write_text(text, encoding="utf-8")

    def _nothing_configured(self) -> CommandError:
        try:
            self._loader()["parameters"]
        except MissingConfigException as error:
            if "does not exist" in str(error):  # the folder of an environment
                return CommandError(error)
        return CommandError(
            "This project has no wandb.yml, so nothing is tracked."
            " To start, let 'kedro wandb init' write one."
        )

    def _loader(self) -> Any:
        project = self.metadata.project_path
        return kedro_settings.CONFIG_LOADER_CLASS(
            conf_source=self.conf_source or str(project / kedro_settings.CONF_SOURCE),
            env=self.env or os.environ.get("KEDRO_ENV"),
            runtime_params=None,
            **kedro_settings.CONFIG_LOADER_ARGS,
        )


def _text(shown: RenderableType, *, to_file: bool) -> str:
    """Return what a terminal would show; where there is none, no line is broken."""
    console = Console(file=io.StringIO() if to_file else sys.stdout, highlight=False)
    if not console.is_terminal and (to_file or "COLUMNS" not in os.environ):
        console.width = _UNBROKEN
    with console.capture() as captured:
        console.print(shown)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


@contextmanager
def local_store(settings: Settings) -> Iterator[LocalStore]:
    """Give the project's local store."""
    with closing(LocalStore(settings.folder)) as store:
        yield store


@contextmanager
def cloud_store(settings: Settings) -> Iterator[CloudStore]:
    """Give the project on W&B's server, and wait for nothing more once it is lost."""
    with _environment(tracker_environment(settings.mode, os.environ)):
        config = settings.config
        store = opening.cloud_store(
            settings.project, config.entity, settings.folder, config.timeouts
        )
        try:
            yield store
        except (StoreUnavailableError, KeyboardInterrupt):
            store.abandon()
            raise
        finally:
            store.close()


@contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """Let the SDK, which reads ``os.environ``, see that environment."""
    before = dict(os.environ)
    for name in before.keys() - wanted.keys():
        del os.environ[name]
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


@contextmanager
def told_errors() -> Iterator[None]:
    """Turn what can go wrong into one line and an exit status.

    Raises:
        CommandError: In place of what was raised.
    """
    try:
        yield
    except (ArtifactNotFoundError, UnknownColumnError) as error:
        raise NotFoundError(error) from error
    except StoreUnavailableError as error:
        raise WaitingError(error) from error
    except (TrackingError, OSError) as error:
        raise CommandError(error) from error


def command(
    group: click.Group, name: str | None = None, *, has_output: bool = True
) -> Callable[..., click.Command]:
    """Return a decorator that makes a function that takes an ``Asked`` a command.

    Args:
        group: That it belongs to.
        name: Of the command; the function's if ``None``.
        has_output: Whether ``--output`` is where its answer goes, and nothing of its own.
    """

    def decorate(function: Callable[..., None]) -> click.Command:
        @functools.wraps(function)
        def told(
            *,
            env: str | None,
            conf_source: str | None,
            as_json: bool,
            output: Path | None = None,
            **own: Any,
        ) -> None:
            metadata = click.get_current_context().obj
            with told_errors():
                function(Asked(metadata, env, conf_source, as_json, output), **own)

        for option in reversed((_JSON, _OUTPUT, *_OPTIONS) if has_output else (_JSON, *_OPTIONS)):
            option(told)
        return group.command(name or function.__name__, epilog=EXITS)(told)

    return decorate


_JSON = click.option("--json", "as_json", is_flag=True, help="Answer with one line of JSON.")
_OUTPUT = click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File for the answer, where the project's logging goes to stdout too.",
)
_OPTIONS = (
    click.option("--env", "-e", help="Kedro configuration environment, as of 'kedro run'."),
    click.option(
        "--conf-source",
        callback=validate_conf_source,
        help="Folder of the configuration, as of 'kedro run'.",
    ),
)

store_option = click.option(
    "--store",
    "where",
    type=click.Choice(["local", "wandb"]),
    help="Store to ask; default: the one that runs write to in the project's mode.",
)


@contextmanager
def shown_progress(what: str, size: int | None) -> Iterator[Progress]:
    """Give what is to be called with numbers of bytes as they are moved.

    A bar is drawn on stderr, if that is a terminal, and vanishes at the end.

    Args:
        what: Is moved.
        size: In bytes, all together; ``None`` if unknown.
    """
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(what, total=size)
        yield lambda moved: bars.advance(task, moved)
