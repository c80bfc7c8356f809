"""Asking the ``kedro wandb`` commands in the process of the tests."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result
from project import KedroProject


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
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def error(result: Result) -> str:
    """Return the error of a command that told nothing else, in one line."""
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr
