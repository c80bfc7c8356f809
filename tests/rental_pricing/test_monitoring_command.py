"""``kedro monitoring``: the decision as an exit code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from kedro.framework.startup import bootstrap_project

from rental_pricing.cli import cli, monitoring

if TYPE_CHECKING:
    from click.testing import Result

NOTE = "# Delivery 2024-01-15: a verdict.\n\n- one reason\n\n## The model's error\n\nmore\n"


@pytest.fixture
def ask(project: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Ask in a project of this process, after a decision if there is one."""
    metadata = bootstrap_project(project.path)
    monkeypatch.chdir(project.path)

    def run(decision: dict[str, bool] | None = None) -> Result:
        if decision is not None:
            folder = project.path / "data/08_reporting"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "retraining_decision.json").write_text(json.dumps(decision))
            (folder / "monitoring_note.md").write_text(NOTE)
        return CliRunner().invoke(monitoring, [], obj=metadata)

    return run


@pytest.mark.parametrize(
    ("retrain", "look", "code"),
    [(False, False, 0), (True, False, 3), (False, True, 4), (True, True, 4)],
)
def test_schedulers_are_told_by_the_exit_code(
    ask: Any, *, retrain: bool, look: bool, code: int
) -> None:
    """A look comes first: a model must not learn from a spoilt delivery."""
    answer = ask({"retrain": retrain, "look": look})
    assert answer.exit_code == code
    assert answer.stdout == "Delivery 2024-01-15: a verdict.\n\n- one reason\n"


def test_before_the_first_decision_it_says_what_to_run(ask: Any) -> None:
    """And ends with an error, not with a code that means something else."""
    answer = ask()
    assert answer.exit_code == 1
    assert "kedro run --pipelines monitoring" in answer.output


def test_it_is_one_of_the_project_s_commands() -> None:
    """Beside ``run`` and ``where``."""
    assert cli.commands["monitoring"] is monitoring
