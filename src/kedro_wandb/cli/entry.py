"""What Kedro finds of the ``kedro wandb`` commands; they are imported when one is asked for."""

from __future__ import annotations

import click
from kedro.framework.cli.utils import LazyGroup


@click.group(cls=LazyGroup, lazy_subcommands={"wandb": "kedro_wandb.cli.commands.wandb"})
def commands() -> None:
    """Commands that the plugin adds to Kedro's."""
