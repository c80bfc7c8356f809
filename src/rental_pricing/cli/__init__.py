"""What people type: ``kedro run``, as Kedro has it, and the commands of this project."""

from __future__ import annotations

import click

from rental_pricing.cli.run_command import run
from rental_pricing.cli.weekly_command import weekly
from rental_pricing.cli.where_command import where

__all__ = ["cli", "run", "weekly", "where"]


@click.group(name="rental_pricing")
def cli() -> None:
    """Commands of this project."""


for _command in (run, weekly, where):
    cli.add_command(_command)
