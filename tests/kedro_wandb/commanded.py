"""The ``kedro wandb`` commands, run on projects that the tests make."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result
from project import KedroProject
from weekly import open_store

DONE, FAILED, USAGE, NOT_FOUND, WAITS = range(5)


def wandb(project: KedroProject, *arguments: str, **environment: str) -> Result:
    """Run a command in this process; an error that is not told in one line is raised."""
    from kedro.framework.startup import bootstrap_project

    from kedro_wandb.cli.entry import commands

    with project._own_modules():
        metadata = bootstrap_project(project.path)
        runner = CliRunner(env=environment)
        return runner.invoke(commands, ["wandb", *arguments], obj=metadata, catch_exceptions=False)


def answer(project: KedroProject, *arguments: str) -> Any:
    """Return the JSON that a command answers with."""
    result = wandb(project, *arguments, "--json")
    assert result.exit_code == DONE, result.output
    return json.loads(result.stdout)


def error(result: Result) -> str:
    """Return the error of a command that told nothing else, in one line."""
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


def sync_all(project: KedroProject) -> None:
    """Mark everything as W&B has it."""
    with open_store(project) as store:
        for each in store.artifacts():
            for version in store.versions(each.name):
                store.outbox.note_remote(version, version.number)
        store.outbox.mark_events_synced(event.number for event in store.outbox.waiting_events())
