"""The project in kedro-viz: layers, previews, titles; its server, its build and its page."""

from __future__ import annotations

import functools
import importlib.util
import inspect
import json
import shutil
import socket
import sys
import threading
import urllib.error
import urllib.request
from contextlib import closing
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pandas as pd
import pytest
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline

ROOT = Path(__file__).parents[1]
LAYERS = ["raw", "intermediate", "primary", "model_input", "models", "model_output", "reporting"]
LARGEST_PICTURE = 200_000  # bytes
TABLES = {
    "test_estimates",
    "validation_estimates",
    "feature_importance",
    "listings",
    "metrics_by_segment",
    "rejected_listings",
    "test_listings",
    "train_listings",
    "typed_drops",
    "validation_listings",
}
FIGURES = {
    "feature_importance_plot",
    "predicted_against_actual_plot",
    "residual_map_plot",
    "segments_plot",
    "validation_plot",
}
PAGES = {"listings_source", "model_card", "release_note"}
DOCUMENTS = {
    "drop_window",
    "delivery_profiles",
    "listings_profile",
    "model_metrics",
    "price_model",
    "processing_report",
    "release_decision",
    "validation_report",
}


def _load_script(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


DRAWN = "[...document.querySelectorAll('.pipeline-node')].map(node => node.textContent)"

pictures = _load_script(ROOT / "docs/take_pictures.py")
links = _load_script(ROOT / "tools/no_foreign_links.py")


@pytest.fixture
def catalog(project: Any, monkeypatch: pytest.MonkeyPatch) -> DataCatalog:
    """The catalog of ``conf/base``."""
    monkeypatch.chdir(project.path)
    bootstrap_project(project.path)
    with KedroSession.create(project.path) as session:
        return session.load_context().catalog


@pytest.fixture
def pipeline(catalog: DataCatalog) -> Pipeline:
    """The default pipeline."""
    del catalog  # it makes the project known
    return pipelines["__default__"]


def _datasets(pipeline: Pipeline) -> list[str]:
    return sorted(name for name in pipeline.datasets() if not name.startswith("param"))


def _short_names(pipeline: Pipeline) -> list[str]:
    """Return the nodes' names as kedro-viz shows them, without their namespace."""
    return [node.name.split(".")[-1] for node in pipeline.nodes]


def _boxes(pipeline: Pipeline) -> list[str]:
    """Return the namespaces that kedro-viz folds into one box each."""
    return sorted({node.name.split(".")[0] for node in pipeline.nodes})


def _settings(catalog: DataCatalog, dataset: str) -> dict[str, Any]:
    """Return a catalog entry, with the places of its dataset factory filled in."""
    return catalog.config_resolver.resolve_pattern(dataset)


def _viz(catalog: DataCatalog, dataset: str) -> dict[str, Any]:
    return _settings(catalog, dataset).get("metadata", {}).get("kedro-viz", {})


def test_every_dataset_has_a_layer(catalog: DataCatalog, pipeline: Pipeline) -> None:
    """In every pipeline; without one, or with an unknown one, it would stand outside of them."""
    names = {name for each in pipelines.values() for name in _datasets(each)}
    layers = {name: _viz(catalog, name).get("layer") for name in names}
    assert {name: layer for name, layer in layers.items() if layer not in LAYERS} == {}
    assert {layers[name] for name in _datasets(pipeline)} == set(LAYERS)


@pytest.mark.parametrize(
    "name",
    ["__default__", "data_processing", "data_validation", "modeling", "release", "monitoring",
     "inference", "tuning"],
)  # fmt: skip
def test_data_flows_down_the_layers(catalog: DataCatalog, name: str) -> None:
    """kedro-viz draws no layer at all, and only logs it, if some layers form a circle."""
    pipeline = pipelines[name]

    def depth(name: str) -> int:
        return LAYERS.index(_viz(catalog, name)["layer"])

    upwards = [
        (source, target)
        for node in pipeline.nodes
        for source in {*node.inputs} & {*_datasets(pipeline)}
        for target in node.outputs
        if depth(source) > depth(target)
    ]
    assert upwards == []


def test_every_node_says_what_it_does(pipeline: Pipeline) -> None:
    """A node shows its name and, as its code, a docstring of more than a title."""
    names = [node.name for node in pipeline.nodes]
    parts = [part for name in names for part in name.split(".")]
    assert [part for part in parts if not part.isidentifier()] == []  # made up by Kedro
    docs = {node.name: (inspect.getdoc(node.func) or "").split("\n") for node in pipeline.nodes}
    assert [name for name, lines in docs.items() if len(lines) < 3] == []


def test_no_table_has_the_stock_preview(catalog: DataCatalog, pipeline: Pipeline) -> None:
    """kedro-viz answers 500 to a table with a missing date, and can't be built then."""
    shown = set()
    for name in _datasets(pipeline):
        preview = getattr(catalog.get(name), "preview", None)
        if preview is None or _viz(catalog, name).get("preview") is False:
            continue
        kind = inspect.signature(preview).return_annotation
        stock = preview.__module__.startswith("kedro_datasets")
        if stock and getattr(kind, "__name__", kind) == "TablePreview":
            shown.add(name)
    assert shown == set()


def test_pictures_are_small() -> None:
    """The README loads fast: its pictures are PNG or SVG files of less than 200 kB."""
    found = list((ROOT / "docs/images").glob("*"))
    wanted = {"pipeline.png", "unfolded.png", "preview.png", "weekly_report.png", "lineage.svg"}
    assert wanted <= {path.name for path in found}
    for path in found:
        start = b"<svg" if path.suffix == ".svg" else b"\x89PNG"
        assert path.read_bytes().startswith(start), path.name
        assert path.stat().st_size < LARGEST_PICTURE, path.name


def test_the_drawing_of_the_lineage_loads_nothing_from_elsewhere() -> None:
    """No web fonts, no scripts: it looks the same wherever it is opened."""
    drawing = (ROOT / "docs/images/lineage.svg").read_text(encoding="utf-8")
    assert "price_model:v0" in drawing.replace("&#160;", " ")
    outside = ("url(http", "@font-face", "<script", "href")
    assert [each for each in outside if each in drawing] == []


@pytest.fixture(scope="module")
def viz_project(trained_project: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A copy of the trained project, since kedro-viz writes into it."""
    path = tmp_path_factory.mktemp("viz") / "project"
    shutil.copytree(trained_project.path, path)
    return type(trained_project)(path)


@pytest.fixture(scope="module")
def server(viz_project: Any) -> Iterator[str]:
    """The address of kedro-viz serving the trained project; nothing is left of it later."""
    with pictures.kedro_viz(viz_project.path) as address:
        yield address
    with closing(socket.socket()) as probe:
        assert probe.connect_ex(("127.0.0.1", urlsplit(address).port)) != 0


def _get(address: str) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - http
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, None


@pytest.mark.slow
def test_the_server_shows_the_default_pipeline(server: str, pipeline: Pipeline) -> None:
    """All nodes and datasets are there, and the layers in Kedro's order."""
    status, main = _get(f"{server}/api/main")
    assert status == 200
    assert main["selected_pipeline"] == "__default__"
    assert main["layers"] == LAYERS
    shown = {(one["type"], one["name"]) for one in main["nodes"]}
    assert {name for kind, name in shown if kind == "task"} == set(_short_names(pipeline))
    assert {name for kind, name in shown if kind == "data"} == set(_datasets(pipeline))
    assert {name for kind, name in shown if kind == "modularPipeline"} == set(_boxes(pipeline))


@pytest.mark.slow
def test_the_server_answers_for_every_node_and_dataset(
    server: str, catalog: DataCatalog, pipeline: Pipeline
) -> None:
    """No click ends in an error; what has a preview shows it, the code has its docstring."""
    del pipeline
    _, main = _get(f"{server}/api/main")
    shown = {}
    for one in main["nodes"]:
        status, details = _get(f"{server}/api/nodes/{one['id']}")
        assert status == 200, one["name"]
        if one["type"] == "task":
            assert '"""' in details["code"], one["name"]
        elif one["type"] == "data":
            shown[one["name"]] = details
    for name, details in shown.items():
        enabled = _viz(catalog, name).get("preview") is not False
        wanted = enabled and hasattr(catalog.get(name), "preview")
        assert bool(details.get("preview")) == wanted, name
    kinds = {name: details.get("preview_type") for name, details in shown.items()}
    assert {kinds[name] for name in TABLES} == {"TablePreview"}
    assert {kinds[name] for name in FIGURES} == {"PlotlyPreview"}
    assert {kinds[name] for name in DOCUMENTS} == {"JSONPreview"}
    assert {kinds[name] for name in PAGES} == {"HTMLPreview"}
    assert "<h1>Model card: " in shown["model_card"]["preview"]
    metrics = pd.DataFrame(shown["metrics_by_segment"]["preview"]["data"])
    assert len(metrics) > 5


@pytest.fixture(scope="module")
def site(viz_project: Any) -> Path:
    """What ``make viz-build`` writes; one broken preview would stop it."""
    outcome = viz_project.kedro("viz", "build", "--include-previews")
    assert outcome.code == 0, outcome.output
    build = viz_project.path / "build"
    assert links.clean(build) > 0
    assert links.clean(build) == 0
    return Path(build)


@pytest.mark.slow
def test_a_static_site_has_all_nodes_and_previews(
    site: Path, catalog: DataCatalog, pipeline: Pipeline
) -> None:
    """Each figure, table, page and JSON that the server shows, and no link to foreign fonts."""
    main = json.loads((site / "api/main").read_text(encoding="utf-8"))
    ids = {one["name"]: one["id"] for one in main["nodes"] if one["type"] == "data"}
    assert {path.name for path in (site / "api/nodes").iterdir()} >= set(ids.values())
    for name in _datasets(pipeline):
        details = json.loads((site / "api/nodes" / ids[name]).read_text(encoding="utf-8"))
        enabled = _viz(catalog, name).get("preview") is not False
        wanted = enabled and hasattr(catalog.get(name), "preview")
        assert bool(details.get("preview")) == wanted, name
    for file in [*site.rglob("*.html"), *site.rglob("*.css")]:
        assert "fonts.g" not in file.read_text(encoding="utf-8"), file


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    """A page of headless Chromium."""
    if pictures.find_chromium() is None:
        pytest.skip("Chromium is not on this machine")
    with pictures.chromium() as page:
        yield page


@pytest.mark.browser
def test_the_static_site_opens_and_asks_no_other_host(page: Any, site: Path) -> None:
    """From any plain server of files: the boxes, and a figure that can be hovered over."""
    handler = functools.partial(QuietHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        page.open(address, 1260, 1000)
        assert {"data_processing", "modeling", "release"} <= set(page.page.evaluate(DRAWN))
        page.page.locator(".pipeline-node", has_text="residual_map_plot").click()
        page.page.wait_for_selector(".pipeline-metadata .js-plotly-plot .main-svg")
        assert (page.foreign, own_errors(page)) == ([], [])
        page.close()
        server.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files, and says nothing of it."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.mark.browser
def test_the_page_draws_all_nodes_and_datasets(page: Any, server: str, pipeline: Pipeline) -> None:
    """Unfolded, it has every name, each layer, and the page's scripts report no error."""
    page.open(f"{server}/?expandAllPipelines=true", 1260, 1800)
    drawn = page.page.evaluate(DRAWN)
    assert sorted(drawn) == sorted([*_datasets(pipeline), *_short_names(pipeline)])
    layers = page.page.evaluate(
        "[...document.querySelectorAll('.pipeline-layer-name')].map(layer => layer.textContent)"
    )
    assert layers == LAYERS
    assert own_errors(page) == []


OF_KEDRO_VIZ = (
    "ERR_NAME_NOT_RESOLVED",  # fonts of another host, which its own server links to
    "404 (File not found)",  # its version, which it asks a static site for, too
    "metadata fetch error",
)


def own_errors(page: Any) -> list[str]:
    """What went wrong besides what goes wrong in any project."""
    return [error for error in page.errors if not any(each in error for each in OF_KEDRO_VIZ)]


@pytest.mark.browser
def test_the_page_opens_with_a_box_for_each_pipeline(
    page: Any, server: str, pipeline: Pipeline
) -> None:
    """What only one pipeline uses is folded into its box; what goes between them is drawn."""
    page.open(server, 1260, 1000)
    drawn = set(page.page.evaluate(DRAWN))
    assert set(_boxes(pipeline)) <= drawn
    assert {"listings", "processing_report", "validation_report", "model_card"} <= drawn
    assert drawn.isdisjoint({"train_listings", *_short_names(pipeline)})


@pytest.mark.browser
@pytest.mark.parametrize(
    ("dataset", "shown"),
    [
        *((name, ".js-plotly-plot .main-svg") for name in sorted(FIGURES)),
        *((name, "table tbody tr") for name in sorted(TABLES)),
        *((name, ".react-json-view") for name in sorted(DOCUMENTS)),
        ("model_card", "h1:has-text('Model card')"),
    ],
)
def test_a_click_shows_the_preview(page: Any, server: str, dataset: str, shown: str) -> None:
    """A dataset's panel has its name and its figure, table or JSON, drawn without an error."""
    page.open(f"{server}/?pid=__default__&sn={dataset}", 1500, 950)
    page.page.wait_for_selector(f".pipeline-metadata {shown}")
    assert page.page.text_content(".pipeline-metadata__title") == dataset
    assert own_errors(page) == []


@pytest.mark.browser
def test_a_run_s_status_is_shown(page: Any, server: str, viz_project: Any) -> None:
    """kedro-viz' own hook writes it where the command ``kedro run`` has run."""
    outcome = viz_project.kedro("run", "--pipelines", "data_validation")
    assert outcome.code == 0, outcome.output
    page.visit(f"{server}/workflow", 1260, 1000)
    page.page.wait_for_selector("text=Run execution completed successfully")


@pytest.mark.browser
def test_a_click_on_a_node_shows_its_parameters_and_code(
    page: Any, server: str, pipeline: Pipeline
) -> None:
    """A node's panel has inputs, parameters and, on demand, the docstring."""
    (node,) = pipeline.filter(node_names=["modeling.split_listings"]).nodes
    title, *_ = (inspect.getdoc(node.func) or "").split("\n")
    _, main = _get(f"{server}/api/main")
    (shown,) = [one["id"] for one in main["nodes"] if one["name"] == "split_listings"]
    page.open(f"{server}/?pid=__default__&sid={shown}", 1500, 950)
    page.page.wait_for_selector(".pipeline-toggle-input", state="attached")
    panel = page.page.inner_text(".pipeline-metadata")
    assert {name for name in [*node.inputs, *node.outputs] if name not in panel} == set()
    page.page.evaluate("document.querySelector('.pipeline-toggle-input').click()")
    page.page.get_by_text(title).first.wait_for(state="visible")
    assert own_errors(page) == []
