"""The packaged project: ``rental-pricing run | weekly | release | wandb ...``, in any folder.

Outside of a Kedro project ``kedro`` loads no commands of a package, so these stand here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import click
from kedro import __version__ as kedro_version
from kedro.framework.project import configure_project
from kedro.framework.startup import ProjectMetadata

from rental_pricing import __version__

PACKAGE, TRACKING = "rental_pricing", "kedro_wandb"
COMMANDS = "kedro.project_commands"
"""Group of entry points: commands of Kedro plugins."""


class _Commands(click.Group):
    """The project's commands and those of the tracking, imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names."""
        return sorted(name for group in _groups() for name in group.list_commands(ctx))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one of them."""
        found = (group.get_command(ctx, cmd_name) for group in _groups())
        return next((each for each in found if each is not None), None)


def _groups() -> Iterator[click.Group]:
    from rental_pricing.cli import cli  # noqa: PLC0415 - the project is configured first

    yield cli
    yield from (each.load() for each in entry_points(group=COMMANDS, name=TRACKING))


@click.command(cls=_Commands, name="rental-pricing")
@click.version_option(__version__, prog_name="rental-pricing")
@click.pass_context
def main(context: click.Context) -> None:
    """Weekly price estimates, outside of the project's repository.

    The folder where it is called holds data/ and conf/; another configuration, such as the
    archive that was released with the package, is named by --conf-source.
    """
    context.obj = _metadata(Path.cwd())


def _metadata(folder: Path) -> ProjectMetadata:
    """Describe the folder as ``kedro`` describes a project."""
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
    sys.exit(main())
