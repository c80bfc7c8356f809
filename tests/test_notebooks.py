"""The notebooks run from top to bottom in a fresh clone, and are committed without outputs."""

from __future__ import annotations

import json
import os
import re
import resource
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
EXPLORE, INSPECT, LINEAGE = (
    "01_explore_listings",
    "02_inspect_model",
    "03_lineage_and_versions",
)
MOST_SECONDS = 120
"""Of the processor, for all notebooks together; each of them uses little more than one core."""

FIGURE = "application/vnd.plotly.v1+json"


@dataclass(frozen=True)
class Executed:
    """A notebook after its run.

    Attributes:
        project: Where it ran.
        notebook: With its outputs.
        written: What was in the project's data after it.
        seconds: Of the processor.
    """

    project: Any
    notebook: NotebookNode
    written: dict[str, bytes]
    seconds: float

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

    def printed(self, cell: str) -> str:
        """Return what a cell printed."""
        return "".join(o.text for o in self.outputs(cell) if o.output_type == "stream")

    def figures(self) -> list[str]:
        """Return the tags of the cells that drew something, once for each figure."""
        return [
            tag
            for tag, cell in self.cells().items()
            for output in cell.outputs
            if FIGURE in output.get("data", {})
        ]

    def report(self) -> dict[str, Any]:
        """Return the processing report that the run wrote."""
        report: dict[str, Any] = json.loads(self.written["08_reporting/processing_report.json"])
        return report


@pytest.fixture(scope="module")
def fresh_clone(new_project: Callable[[Path], Any]) -> Callable[[Path], Any]:
    """Make a project with notebooks and drops in which nothing has run yet; it tracks locally."""

    def make(folder: Path) -> Any:
        project = new_project(folder)
        ignored = shutil.ignore_patterns(".*", "__pycache__")
        for name in ("notebooks", "data/01_raw"):
            shutil.copytree(ROOT / name, folder / name, ignore=ignored, dirs_exist_ok=True)
        (folder / "conf/local/wandb.yml").write_text("mode: local\n", encoding="utf-8")
        return project

    return make


def execute(project: Any, notebook: str, **environment: str) -> Executed:
    """Run a project's notebook as Jupyter does, from its own folder; raises on an error."""
    import nbformat
    from nbclient import NotebookClient

    folder = project.path / "notebooks"
    read = nbformat.read(folder / f"{notebook}.ipynb", as_version=4)
    unset = {"LISTINGS", "KEDRO_ENV", "KEDRO_LOGGING_CONFIG", "WANDB_MODE"}
    inherited = {name: value for name, value in os.environ.items() if name not in unset}
    client = NotebookClient(
        read, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    before = _seconds()
    client.execute(env=inherited | environment)
    return Executed(project, read, project.outputs(), _seconds() - before)


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.fixture(scope="module")
def books(
    fresh_clone: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Executed]:
    """All notebooks, one after the other, on the committed drops in a fresh clone."""
    project = fresh_clone(tmp_path_factory.mktemp("books") / "project")
    return {notebook.stem: execute(project, notebook.stem) for notebook in NOTEBOOKS}


@pytest.fixture
def explored(books: dict[str, Executed]) -> Executed:
    """The exploration."""
    return books[EXPLORE]


@pytest.fixture
def inspected(books: dict[str, Executed]) -> Executed:
    """The inspection of the model."""
    return books[INSPECT]


@pytest.fixture
def traced(books: dict[str, Executed]) -> Executed:
    """Lineage and versions."""
    return books[LINEAGE]


@pytest.mark.notebook
def test_all_notebooks_together_take_two_minutes_at_most(books: dict[str, Executed]) -> None:
    """People run them all; what a kernel and its children have used is counted."""
    seconds = [executed.seconds for executed in books.values()]
    assert min(seconds) > 1  # else nothing was counted
    assert sum(seconds) < MOST_SECONDS


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
@pytest.mark.parametrize(("notebook", "questions"), [(EXPLORE, 10), (INSPECT, 7), (LINEAGE, 6)])
def test_conclusions_are_questions_that_are_answered(
    books: dict[str, Executed], notebook: str, questions: int
) -> None:
    """Each line of the conclusions asks something, and no figure in its answer is missing."""
    text = books[notebook].text("conclusions")
    lines = re.findall(r"^\d+\. (.*\?.*)$", text, re.MULTILINE)
    assert len(lines) == questions
    assert [line for line in lines if re.search(r"\bnan%?\b|\bNone\b", line)] == []


@pytest.mark.notebook
def test_exploration_writes_only_what_data_processing_writes(
    explored: Executed, synthetic_project: Any
) -> None:
    """A run of the notebook writes the same files as the pipeline alone, byte for byte."""
    synthetic_project.run(("data_processing",))
    assert explored.written == synthetic_project.outputs()


@pytest.mark.notebook
def test_inspection_answers_each_of_its_questions_with_a_figure(inspected: Executed) -> None:
    """Errors, importance, dependence, intervals, segments and explanations each have one."""
    assert inspected.figures() == [
        "errors",
        "errors",
        "residuals",
        "importance",
        "dependence",
        "places",
        "intervals",
        "segments",
        "explanations",
    ]


@pytest.mark.notebook
def test_inspection_tells_the_metrics_of_the_run(inspected: Executed) -> None:
    """The errors in the conclusions are those that the pipeline reported."""
    metrics = json.loads(inspected.written["08_reporting/model_metrics.json"])
    told = f"{metrics['test_mae']:.1f} against {metrics['test_baseline_mae']:.1f} USD"
    assert told in inspected.text("conclusions")


@pytest.mark.notebook
def test_inspection_leaves_its_worst_cases_as_a_version_with_a_lineage(
    inspected: Executed,
) -> None:
    """The table of the notebook is an artifact, made of the model and its test listings."""
    assert "08_reporting/worst_cases.csv" in inspected.written
    lineage = inspected.project.kedro("wandb", "lineage", "worst_cases", "--up").output
    assert "inspect_model" in lineage
    assert "price_model:v0" in lineage
    assert "weekly_listings:v0" in lineage


@pytest.mark.notebook
def test_notebooks_are_steps_of_their_own(traced: Executed) -> None:
    """What they read and made is told by the store, as of any pipeline."""
    listed = traced.project.kedro("wandb", "runs", "--steps", "--json").output
    steps = {"explore_listings", "inspect_model", "compare_models"}
    assert {name for name in steps if f'"{name}"' in listed} == steps
    assert "inspect_model" in traced.printed("used")


@pytest.mark.notebook
def test_lineage_leads_from_the_model_to_its_drops(traced: Executed) -> None:
    """The weekly files stand in the tree of the latest model."""
    printed = traced.printed("lineage")
    assert "2024-01-08.csv.gz" in printed
    assert "2024-01-15.csv.gz" in printed


@pytest.mark.notebook
def test_two_versions_are_compared_and_the_newest_is_left_on_disk(traced: Executed) -> None:
    """The week before is made for the comparison, as an older version; files stay the newest."""
    assert traced.figures() == ["older", "runs"]
    assert "knows the drops 2024-01-08; " in traced.text("older")
    assert "2024-01-08, 2024-01-15. Its error" in traced.text("older")
    assert "On disk is `price_model:v0`." in traced.text("files")
    assert list(traced.report()["drops"]) == ["2024-01-08", "2024-01-15"]
    assert "model_metrics/test_mae" in traced.printed("diff")


@pytest.mark.notebook
def test_notebooks_are_not_flooded_by_logs(books: dict[str, Executed]) -> None:
    """But for the nodes, files and answers of commands nothing is printed, and no warnings."""
    printing = {
        EXPLORE: ["run"],
        INSPECT: ["model"],
        LINEAGE: ["tracked", "lineage", "used", "files", "diff"],
    }
    for notebook, executed in books.items():
        assert [tag for tag in executed.cells() if executed.printed(tag)] == printing[notebook]
    nodes = books[EXPLORE].printed("run").splitlines()
    assert [line for line in nodes if not re.fullmatch(r"[\w.]+: .+ -> .+", line)] == []


@pytest.mark.notebook
@pytest.mark.browser
@pytest.mark.parametrize("notebook", [EXPLORE, INSPECT, LINEAGE])
def test_an_exported_notebook_shows_its_figures_without_a_network(
    books: dict[str, Executed], notebook: str, tmp_path: Path
) -> None:
    """The page that nbconvert makes draws every figure and asks no other host."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not on this machine")
    from nbconvert import HTMLExporter
    from playwright.sync_api import sync_playwright

    exporter = HTMLExporter(mathjax_url="", require_js_url="")
    page_file = tmp_path / "notebook.html"
    page_file.write_text(exporter.from_notebook_node(books[notebook].notebook)[0], encoding="utf-8")
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.on("request", lambda request: asked.append(request.url))
        page.goto(page_file.as_uri())
        page.wait_for_function("window.Plotly && document.querySelector('.main-svg')")
        drawn = page.locator(".plotly-graph-div:has(.main-svg)").count()
        browser.close()

    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert drawn == len(books[notebook].figures())


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


def test_the_notebooks_are_there() -> None:
    """Those that the README names, and ``make notebook`` opens."""
    assert [notebook.stem for notebook in NOTEBOOKS] == [EXPLORE, INSPECT, LINEAGE]
