"""Sessions of commands that run nothing."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import sys
from pathlib import Path
from kedro.framework.startup import bootstrap_project
from rental_pricing.asked import Asked

bootstrap_project(Path.cwd())
with Asked(Path.cwd(), None, None, {}).session() as session:
    assert "weekly_record" in session.load_context().catalog
assert "sklearn" not in sys.modules

from kedro.framework.project import pipelines
pipelines.set_requested(None)  # as a plain run does
assert {"__default__", "tuning"} <= set(pipelines)
"""


def test_a_session_that_runs_nothing_imports_no_pipeline(new_project: Any, tmp_path: Path) -> None:
    """It would wait for scikit-learn; whoever asks for pipelines afterwards gets them all."""
    project = new_project(tmp_path / "project")
    subprocess.run([sys.executable, "-c", PROGRAM], cwd=project.path, check=True)
