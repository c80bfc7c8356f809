"""``kedro monitoring``: the last decision, in words and as an exit code for a scheduler."""

from __future__ import annotations

from typing import Any

import click

from rental_pricing.cli.clear_errors import clear_errors

RETRAIN, LOOK = 3, 4
"""Exit codes; 0 is a quiet week, 1 an error, 2 a wrong command."""


@click.command()
@click.option("--env", "-e", help="Kedro's configuration environment.")
@click.pass_obj
def monitoring(metadata: Any, env: str | None) -> None:
    """Tell what the last run of the pipeline monitoring has decided.

    Exit code 0: nothing needs to be done. 3: retraining is advised. 4: a person should look
    at the delivery first. 1: there is no decision yet.
    """
    from kedro.framework.session import KedroSession  # noqa: PLC0415 - not for other commands

    with (
        clear_errors({"env": env}),
        KedroSession.create(metadata.project_path, env=env) as session,
    ):
        catalog = session.load_context().catalog  # type: ignore[attr-defined]
        if not catalog.exists("retraining_decision"):
            msg = "Nothing was decided yet. Run: kedro run --pipelines monitoring"
            raise click.ClickException(msg)
        note, decision = catalog.load("monitoring_note"), catalog.load("retraining_decision")
    click.echo(note.split("\n## ")[0].removeprefix("# ").strip())
    if decision["look"] or decision["retrain"]:
        raise SystemExit(LOOK if decision["look"] else RETRAIN)
