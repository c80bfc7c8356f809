"""``kedro monitoring``: the last decision, in words and as an exit code for a scheduler."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rental_pricing.cli.clear_errors import clear_errors
from rental_pricing.cli.session_command import session_command

if TYPE_CHECKING:
    from rental_pricing.asked import Asked

RETRAIN, LOOK = 3, 4
"""Exit codes; 0 is a quiet week, 1 an error, 2 a wrong command."""


@session_command()
@click.option("--traceback", is_flag=True, help="Show the traceback of any error.")
def monitoring(asked: Asked, *, traceback: bool) -> None:
    """Tell what the last run of the pipeline monitoring has decided.

    Exit code 0: nothing needs to be done. 3: retraining is advised. 4: a person should look
    at the delivery first. 1: there is no decision yet.
    """
    with clear_errors(asked.options, traceback=traceback), asked.session() as session:
        catalog = session.load_context().catalog
        if not catalog.exists("retraining_decision"):
            msg = "Nothing was decided yet. Run: kedro run --pipelines monitoring"
            raise click.ClickException(msg)
        note, decision = catalog.load("monitoring_note"), catalog.load("retraining_decision")
    click.echo(note.split("\n## ")[0].removeprefix("# ").strip())
    if decision["look"] or decision["retrain"]:
        raise SystemExit(LOOK if decision["look"] else RETRAIN)
