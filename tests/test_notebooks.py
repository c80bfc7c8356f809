"""The notebooks run from top to bottom in a fresh clone, and are committed without outputs."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
EXPLORE = "01_explore_listings"


@dataclass(frozen=True)
class Executed:
    """A notebook after its run, and the project that it ran in."""

    project: Any
    notebook: NotebookNode

    def cells(self) -> dict[str, NotebookNode]:
        """Return the code cells by their tag, in order."""
        code = (cell for cell in self.notebook.cells if cell.cell_type == "code")
        return {cell.metadata.tags[0]: cell for cell in code}

    def outputs(self, cell: str) -> list[NotebookNode]:
        """Return the outputs of the code cell with that tag."""
        outputs: list[NotebookNode] = self.cells()[cell].outputs
        return outputs

    def text(self, cell: str) -> str:
        """Return the prose that a cell computed."""
        return "\n".join(o.get("data", {}).get("text/markdown", "") for o in self.outputs(cell))

    def figures(self) -> list[str]:
        """Return the tags of the cells that drew something."""
        return [
            tag
            for tag, cell in self.cells().items()
            if any("image/png" in output.get("data", {}) for output in cell.outputs)
        ]

    def report(self) -> dict[str, Any]:
        """Return the processing report that the run wrote."""
        path = self.project.path / "data/08_reporting/processing_report.json"
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return report


@pytest.fixture(scope="module")
def fresh_clone(new_project: Callable[[Path], Any]) -> Callable[[Path], Any]:
    """Make a project with notebooks and drops in which nothing has run yet."""

    def make(folder: Path) -> Any:
        project = new_project(folder)
        ignored = shutil.ignore_patterns(".*")
        for name in ("notebooks", "data/01_raw"):
            shutil.copytree(ROOT / name, folder / name, ignore=ignored, dirs_exist_ok=True)
        return project

    return make


def execute(project: Any, notebook: str, **environment: str) -> Executed:
    """Run a project's notebook as Jupyter does, from its own folder; raises on an error."""
    import nbformat
    from nbclient import NotebookClient

    folder = project.path / "notebooks"
    read = nbformat.read(folder / f"{notebook}.ipynb", as_version=4)
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in {"LISTINGS", "KEDRO_ENV", "KEDRO_LOGGING_CONFIG"}
    }
    client = NotebookClient(
        read, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute(env=inherited | environment)
    return Executed(project, read)


@pytest.fixture(scope="module")
def explored(
    fresh_clone: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory
) -> Executed:
    """The exploration of the committed drops in a fresh clone."""
    project = fresh_clone(tmp_path_factory.mktemp("explored") / "project")
    return execute(project, EXPLORE)


@pytest.mark.notebook
def test_exploration_draws_a_figure_for_each_of_its_questions(explored: Executed) -> None:
    """Price, place, rooms, hosts, activity, titles and columns each have a figure."""
    assert explored.figures() == [
        "price",
        "rounding",
        "map",
        "boroughs",
        "distance",
        "rooms",
        "hosts",
        "activity",
        "titles",
        "explained",
    ]


@pytest.mark.notebook
def test_exploration_tells_the_figures_of_the_processing_report(explored: Executed) -> None:
    """The number of rows and listings in the prose are those that processing reported."""
    total = explored.report()["total"]
    assert f"{total['rows']:,} rows were delivered" in explored.text("load")
    assert f"{total['kept']:,} listings are left" in explored.text("load")
    assert f"{sum(total['rejected'].values()):,} rows" in explored.text("rejected")


@pytest.mark.notebook
def test_exploration_says_that_the_committed_drops_are_synthetic(explored: Executed) -> None:
    """The first cell, the first result and the conclusions name the data synthetic."""
    assert "synthetic" in explored.notebook.cells[0].source
    assert "SYNTHETIC" in explored.text("load")
    assert "SYNTHETIC" in explored.text("conclusions")


@pytest.mark.notebook
def test_exploration_computes_every_figure_of_its_conclusions(explored: Executed) -> None:
    """No figure in the conclusions is missing, not even one that could not be computed."""
    conclusions = explored.text("conclusions")
    assert conclusions.count("**") == 2 * 10
    assert "nan" not in conclusions.split()
    assert "nan%" not in conclusions


@pytest.mark.notebook
def test_exploration_writes_only_what_data_processing_writes(
    explored: Executed, synthetic_project: Any
) -> None:
    """A run of the notebook writes the same files as the pipeline alone, byte for byte."""
    synthetic_project.run(("data_processing",))
    assert explored.project.outputs() == synthetic_project.outputs()


@pytest.mark.notebook
def test_exploration_is_not_flooded_by_logs(explored: Executed) -> None:
    """The cells print nothing but the pipeline's nodes, and no warnings."""
    printed = {
        tag: output.text
        for tag, cell in explored.cells().items()
        for output in cell.outputs
        if output.output_type == "stream"
    }
    nodes = printed.pop("run").splitlines()
    assert printed == {}
    assert [line for line in nodes if not re.fullmatch(r"[\w.]+: .+ -> .+", line)] == []


@pytest.mark.notebook
def test_exploration_runs_on_other_drops_by_environment(
    fresh_clone: Callable[[Path], Any], tmp_path: Path
) -> None:
    """LISTINGS names another folder of drops, here with one drop alone."""
    drop = ROOT / "data/01_raw/listings/2024-01-15.csv.gz"
    other = tmp_path / "other drops"
    other.mkdir()
    shutil.copy(drop, other)
    project = fresh_clone(tmp_path / "project")

    executed = execute(project, EXPLORE, LISTINGS=str(other))

    assert list(executed.report()["drops"]) == ["2024-01-15"]
    assert "SYNTHETIC" not in executed.text("load")
    assert "No listing came in more than one drop" in executed.text("repeated")


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_committed_without_results(notebook: Path) -> None:
    """A notebook in the repository has no outputs, no execution counts and no own kernel."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    code = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
    assert [cell["outputs"] for cell in code] == [[]] * len(code)
    assert [cell["execution_count"] for cell in code] == [None] * len(code)
    assert content["metadata"]["kernelspec"]["name"] == "python3"


def test_there_is_a_notebook_to_explore_the_listings() -> None:
    """The notebook that ``make notebook`` opens exists."""
    assert EXPLORE in [notebook.stem for notebook in NOTEBOOKS]
