"""The packaged project: ``rental-pricing run | weekly | serve | wandb ...``, in any folder.

Outside of a Kedro project ``kedro`` loads no commands of a package, so these stand here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rental_pricing import PROGRAM, __version__

if TYPE_CHECKING:
    from kedro.framework.startup import ProjectMetadata

PACKAGE, TRACKING = "rental_pricing", "kedro_wandb"
COMMANDS = "kedro.project_commands"
"""Group of entry points: commands of Kedro plugins."""

CONFIGURATION, ARCHIVE = "conf", f"conf-{PACKAGE}.tar.gz"
"""Where the configuration is, and how ``kedro package`` names its archive."""

_NAMED = re.compile(
    r"\bkedro (?=(?:run|weekly|markets|monitoring|release|serve|tuning|where|wandb)\b)"
)


class _Commands(click.Group):
    """The project's commands and those of the tracking, imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names."""
        return sorted(name for group in _groups() for name in group.list_commands(ctx))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one of them."""
        found = (group.get_command(ctx, cmd_name) for group in _groups())
        return next((each for each in found if each is not None), None)

    def invoke(self, ctx: click.Context) -> Any:
        """Call one; errors name the commands as they are called here."""
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            named = _NAMED.sub(f"{PROGRAM} ", error.message)
            error.message = named  # type: ignore[misc]  # final in click
            raise


def _groups() -> Iterator[click.Group]:
    from rental_pricing.cli import cli  # noqa: PLC0415 - it brings Kedro, which logs at once

    yield cli
    yield from (each.load() for each in entry_points(group=COMMANDS, name=TRACKING))


@click.command(cls=_Commands, name=PROGRAM)
@click.option(
    "--conf-source",
    envvar="RENTAL_PRICING_CONF_SOURCE",
    show_envvar=True,
    help=f"Folder or archive of the configuration, for any command; without it {CONFIGURATION}/ "
    f"or else {ARCHIVE}, where the command is called.",
)
@click.version_option(__version__, prog_name=PROGRAM)
@click.pass_context
def commands(context: click.Context, conf_source: str | None) -> None:
    """Weekly price estimates, outside of the project's repository.

    The folder where it is called gets data/ and .wandb/, which have to stay from week to
    week. Pages that name a command as 'kedro ...' mean 'rental-pricing ...' here.
    """
    context.obj = metadata = _metadata()
    source = conf_source or _archive(metadata.project_path)
    if source is not None:
        context.default_map = _defaults(context, source)


def main() -> None:
    """Be the command ``rental-pricing``."""
    _set_up(Path.cwd())
    commands(prog_name=PROGRAM)


def _set_up(folder: Path) -> None:
    """Let Kedro log as it does in the repository, and send no usage data; unless told otherwise."""
    if not (folder / CONFIGURATION / "logging.yml").is_file():
        os.environ.setdefault("KEDRO_LOGGING_CONFIG", str(Path(__file__).with_name("logging.yml")))
    if not (folder / ".telemetry").is_file():
        os.environ.setdefault("KEDRO_DISABLE_TELEMETRY", "1")


def _archive(folder: Path) -> str | None:
    """Return the archive of the configuration, where there is no folder of it."""
    archive = folder / ARCHIVE
    alone = archive.is_file() and not (folder / CONFIGURATION).is_dir()
    return str(archive) if alone else None


def _defaults(context: click.Context, source: str) -> dict[str, Any]:
    """Return what click takes for options that are not given to the command that is called."""
    name = context.invoked_subcommand or ""
    command, default = commands.get_command(context, name), {"conf_source": source}
    if isinstance(command, click.Group):
        return {name: {each: dict(default) for each in command.list_commands(context)}}
    return {name: default}


def _metadata() -> ProjectMetadata:
    """Describe the folder as ``kedro`` describes a project."""
    from kedro import __version__ as kedro_version  # noqa: PLC0415 - after the set-up
    from kedro.framework.project import configure_project  # noqa: PLC0415 - as above
    from kedro.framework.startup import ProjectMetadata  # noqa: PLC0415 - as above
    from kedro.utils import find_kedro_project  # noqa: PLC0415 - as above

    folder = Path(find_kedro_project(Path.cwd()) or Path.cwd())  # as sessions find it
    configure_project(PACKAGE)
    return ProjectMetadata(
        config_file=folder / "pyproject.toml",
        package_name=PACKAGE,
        project_name="Rental Pricing",
        project_path=folder,
        source_dir=folder / "src",
        kedro_init_version=kedro_version,
        tools=[],
        example_pipeline="False",
    )


if __name__ == "__main__":
    main()
