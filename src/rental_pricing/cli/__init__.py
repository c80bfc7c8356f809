"""What people type: ``kedro run``, as Kedro has it, and the commands of this project."""

from __future__ import annotations

import click

from rental_pricing.cli.markets_command import markets
from rental_pricing.cli.monitoring_command import monitoring
from rental_pricing.cli.release_command import release
from rental_pricing.cli.run_command import run
from rental_pricing.cli.serve_command import serve
from rental_pricing.cli.tuning_command import tuning
from rental_pricing.cli.weekly_command import weekly
from rental_pricing.cli.where_command import where

__all__ = ["cli", "markets", "monitoring", "release", "run", "serve", "tuning", "weekly", "where"]


@click.group(name="rental_pricing")
def cli() -> None:
    """Commands of this project."""


for _command in (run, weekly, markets, monitoring, release, serve, tuning, where):
    cli.add_command(_command)
