"""The page in Chromium: sorted, filtered and clicked through, by mouse and by keyboard alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from many_weeks import make_weeks

from kedro_wandb.cli.lineage import nodes, tree
from kedro_wandb.pages.page import page as html
from kedro_wandb.pages.tracked import tracked
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.stores.making import Graph

pytestmark = pytest.mark.browser

VIEWS = ("runs", "metrics", "parallel", "artifacts", "artifacts/price_model",
         "lineage/price_model:v3", "run/week-012-modeling")  # fmt: skip
WEEKS, TRIALS = 12, 20
NOTHING = "\N{EN DASH}"
HOSTILE = "<img src=x onerror=alert(1)></script>=1+1"

Open = Callable[..., Any]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of twelve weeks and two searches."""
    folder = tmp_path_factory.mktemp("page")
    make_weeks(folder / "store", WEEKS, TRIALS)
    with closing(LocalStore(folder / "store")) as store:
        told = tracked(store)
    file = folder / "page.html"
    file.write_text(html(told, "homes", "2024-04-01T00:00:00Z", ["A note."]), encoding="utf-8")
    return file


@pytest.fixture
def visit(browser: Any, file: Path) -> Iterator[Open]:
    """Opens a view; afterwards nothing was asked for but the file, and nothing went wrong."""
    contexts, wrong = [], []

    def open_(
        view: str = "", width: int = 1440, scheme: str = "light", at: Path | None = None
    ) -> Any:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        address = (at or file).as_uri()
        page.set_default_timeout(5_000)
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on(
            "request",
            lambda asked: asked.url.split("#")[0] in {address, "data:,"} or wrong.append(asked.url),
        )
        page.goto(f"{address}#{view}" if view else address)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []


def cells(page: Any, heading: str) -> list[str]:
    """Return the cells of a column of the table."""
    heads = [text.strip() for text in page.locator("thead th .head").all_inner_texts()]
    at = [head.split("\n")[-1].rstrip(" ↕↑↓") for head in heads].index(heading)
    found: list[str] = page.locator(f"tbody tr > :nth-child({at + 1})").all_inner_texts()
    return found


def sort_by(page: Any, heading: str) -> None:
    page.locator("thead").get_by_role("button", name=re.compile(rf"\b{heading}$")).click()


def focused(page: Any) -> str:
    """Return what has the focus, as it is called."""
    name: str = page.evaluate(
        "document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText"
    )
    return name


def order_of(page: Any, heading: str) -> str | None:
    """Return how the table is sorted by a column."""
    found: str | None = page.get_by_role("columnheader", name=heading).get_attribute("aria-sort")
    return found


def until(page: Any, condition: str) -> None:
    """Wait; Playwright's own way evaluates texts in the page, which its policy forbids."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"it never came to this: {condition}")


def tab_to(page: Any, name: str) -> None:
    """Press the tabulator until something of that name has the focus."""
    for _ in range(200):
        page.keyboard.press("Tab")
        if focused(page).startswith(name):
            return
    pytest.fail(f"the keyboard does not reach {name!r}")


def test_experiments_are_sorted_by_their_headings(visit: Open) -> None:
    """Up and down; what has nothing in the column comes last."""
    page = visit()
    assert page.title() == "Runs · homes"
    assert cells(page, "Experiment")[:3] == ["search-11", "week-012", "week-011"]
    assert order_of(page, "Started") == "descending"
    sort_by(page, "psi")
    values = cells(page, "psi")
    numbers = [float(value) for value in values if value != NOTHING]
    assert len(numbers) == WEEKS
    assert numbers == sorted(numbers)
    assert values[WEEKS:] == [NOTHING, NOTHING]
    sort_by(page, "psi")
    numbers = [float(value) for value in cells(page, "psi") if value != NOTHING]
    assert numbers == sorted(numbers, reverse=True)
    assert order_of(page, "psi") == "descending"


def test_runs_are_filtered(visit: Open) -> None:
    """By words, by comparisons, by job type, state and experiment; it is told how many are left."""
    page = visit()
    page.get_by_label("A row for each").select_option("run")
    count = page.locator(".count")
    assert count.inner_text() == f"{6 * WEEKS + 2 * TRIALS} runs"
    page.get_by_label("Job type").select_option("modeling")
    assert set(cells(page, "Job type")) == {"modeling"}
    page.get_by_label("Filter").fill("test.r2<0.59 week-0")
    until(page, "!document.querySelector('.count').textContent.startsWith('12 ')")
    left = len(cells(page, "Run"))
    assert 0 < left < WEEKS
    assert count.inner_text() == f"{left} run{'s' if left > 1 else ''}"
    page.get_by_label("Filter").fill("nothing-is-like-this")
    until(page, "document.querySelectorAll('tbody tr').length === 0")
    assert count.inner_text() == "No run is like that."


def test_long_tables_show_their_first_rows(visit: Open) -> None:
    """The others when they are asked for; the keyboard goes on with the first of them."""
    page = visit()
    page.get_by_label("A row for each").select_option("run")
    assert len(cells(page, "Run")) == 100
    page.get_by_role("button", name="Show 12 more").click()
    assert len(cells(page, "Run")) == 6 * WEEKS + 2 * TRIALS
    assert focused(page) == cells(page, "Run")[100]


def test_a_filter_is_met_by_an_experiment_of_which_a_run_meets_it(visit: Open) -> None:
    """Though other runs meet the other words."""
    page = visit()
    page.get_by_label("Filter").fill("state=finished learning_rate=0.05 kept>=9100")
    until(page, "document.querySelectorAll('tbody tr').length < 14")
    assert len(cells(page, "Experiment")) == WEEKS - 3
    assert page.locator(".count").inner_text() == f"{WEEKS - 3} experiments, {6 * (WEEKS - 3)} runs"


def test_columns_are_chosen(visit: Open) -> None:
    """Among all parameters and metrics, by their whole names."""
    page = visit()
    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("model_metrics/test.bias").check()
    page.get_by_label("Time", exact=True).uncheck()
    assert len([value for value in cells(page, "test.bias") if value != NOTHING]) == WEEKS
    with pytest.raises(ValueError, match="is not in list"):
        cells(page, "Time")
    page.get_by_label("Find").fill("drift_report/psi")
    until(page, "document.querySelectorAll('.lists input').length === 1")


def shows(page: Any, heading: str) -> None:
    """Wait until a view is drawn: the browser tells of a new address when it gets to it."""
    page.get_by_role("heading", level=2, name=heading, exact=True).wait_for()


def test_an_experiment_leads_to_its_runs_and_a_run_to_its_facts(visit: Open) -> None:
    """And from there to what it made."""
    page = visit()
    page.get_by_role("button", name="week-012").click()
    assert page.get_by_label("Experiment").input_value() == "week-012"
    assert len(cells(page, "Run")) == 6
    page.locator("tbody tr", has_text="modeling").get_by_role("link").click()
    shows(page, "modeling week-012")
    metrics = page.get_by_role("region", name="Metrics of the run")
    assert "model_metrics/test.mae" in metrics.inner_text()
    assert "modeling.boosting.learning_rate" in page.content()
    page.get_by_role("link", name="price_model:v11").click()
    shows(page, "Lineage of price_model:v11")
    page.go_back()
    shows(page, "modeling week-012")


def test_metrics_are_drawn_over_the_weeks(visit: Open) -> None:
    """A point an experiment; the arrow keys tell each, and Enter opens it."""
    page = visit("metrics")
    chart = page.get_by_role("slider", name="model_metrics/test.mae over time")
    assert chart.get_attribute("aria-valuemax") == str(WEEKS)
    assert chart.locator("circle.dot").count() == WEEKS
    chart.focus()
    page.keyboard.press("Home")
    assert (chart.get_attribute("aria-valuetext") or "").startswith("2024-01-08 ")
    page.keyboard.press("ArrowRight")
    assert (chart.get_attribute("aria-valuetext") or "").endswith("week-002")
    assert chart.locator(".cursor").get_attribute("visibility") == "visible"
    page.keyboard.press("Enter")
    until(page, "document.querySelector('h2').innerText === 'modeling week-002'")


def test_a_range_of_an_axis_keeps_runs(visit: Open) -> None:
    """By the keys at its ends, and by the mouse along it; the table has what is left."""
    page = visit("parallel")
    assert page.get_by_label("Runs of").locator("option").first.inner_text() == (
        f"search-11 · trials ({TRIALS} runs)"
    )
    assert page.locator("path.run").count() == TRIALS
    upper = page.get_by_role("slider", name="trials/mae, upper end")
    upper.focus()
    for _ in range(4):
        page.keyboard.press("PageDown")
    kept = len(cells(page, "Run"))
    assert 0 < kept < TRIALS
    assert page.locator(".count").inner_text() == f"{kept} of {TRIALS} runs within all ranges"
    assert page.locator("path.run.faded").count() == TRIALS - kept
    limit = float(upper.get_attribute("aria-valuetext") or "")
    assert all(float(value) <= limit for value in cells(page, "mae"))
    page.keyboard.press("Escape")
    assert len(cells(page, "Run")) == TRIALS
    box = page.locator(".axis", has_text="estimator").locator(".hit").bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2
    page.mouse.move(middle, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(middle, box["y"] + box["height"] / 4, steps=4)
    page.mouse.up()
    assert set(cells(page, "estimator")) == {"ridge"}
    page.get_by_role("button", name="Clear all ranges").click()
    assert len(cells(page, "Run")) == TRIALS


def test_all_experiments_are_compared(visit: Open) -> None:
    """With what their steps have told together."""
    page = visit("parallel")
    page.get_by_label("Runs of").select_option(f"all experiments ({WEEKS + 2})")
    assert page.locator("path.run").count() == WEEKS + 2
    assert len(cells(page, "Experiment")) == WEEKS + 2


def test_the_versions_of_an_artifact_are_told(visit: Open) -> None:
    """Aliases, sizes, digests, who made them and who used them."""
    page = visit("artifacts")
    assert "model" in page.locator("tr", has_text="price_model").inner_text()
    alias = page.get_by_role("link", name="prod v10")
    assert alias.get_attribute("href") == "#lineage/price_model%3Av10"
    page.get_by_role("link", name="price_model", exact=True).click()
    rows = page.locator("tbody tr").all_inner_texts()
    assert len(rows) == WEEKS
    assert rows[0].split()[:2] == ["v11", "latest"]
    assert "modeling · week-012" in rows[0]
    for step in ("inference", "monitoring", "release"):
        assert f"{step} · week-012" in rows[0]
    assert re.search(r"\b[0-9a-f]{12}\b", rows[0])


def boxes(page: Any) -> list[str]:
    """Return what the boxes of the drawing are called."""
    found: list[str] = page.eval_on_selector_all(
        "svg.lineage a", "all => all.map(each => each.getAttribute('aria-label'))"
    )
    return found


def test_the_lineage_is_clicked_through(visit: Open) -> None:
    """From a model up to its data, down to what was made of it, and to a run."""
    page = visit("lineage")
    shows(page, "Lineage of price_model:v10")
    drawn = boxes(page)
    assert any(each.startswith("price_model:v10 [prod], model, ") for each in drawn)
    assert any(each.startswith("train_listings:v10,") for each in drawn)
    assert any(each.startswith("price_estimates:v10,") for each in drawn)
    page.get_by_label("Show").select_option("up")
    names = {each.split(",")[0] for each in boxes(page)}
    assert "weekly_listings:v10" in names
    assert not any(each.startswith("test_listings") for each in names)  # its node has not read it
    page.locator("svg.lineage a[aria-label^='train_listings:v10']").click()
    shows(page, "Lineage of train_listings:v10")
    page.get_by_label("Version", exact=True).select_option("train_listings:v2")
    shows(page, "Lineage of train_listings:v2")
    page.locator("svg.lineage a[aria-label^='Run modeling of week-003']").first.click()
    shows(page, "modeling week-003")


@pytest.mark.parametrize("reference", ["model_card:v11", "release_decision:v0", "listings:v4"])
def test_the_lineage_is_that_of_the_command(visit: Open, file: Path, reference: str) -> None:
    """All of it: the same versions stand for the same ones, upwards and downwards."""
    with closing(LocalStore(file.parent / "store")) as store:
        graph, version = Graph(store), store.find(reference)
        for direction in ("up", "down"):
            walked = tree(graph, version, direction, 10)  # type: ignore[arg-type]
            told = {each.name for each in nodes(walked) if each.kind == "version"}
            page = visit(f"lineage/{reference}")
            page.get_by_label("Show").select_option(direction)
            page.get_by_label("Runs away").select_option("10")
            names = [each.split(",")[0].split(" ")[0] for each in boxes(page)]
            assert {each for each in names if each != "Run"} == told


def test_many_runs_are_folded(visit: Open) -> None:
    """As in the terminal; all of them are drawn when that is asked for."""
    page = visit("lineage/validation_report:v0")
    page.get_by_label("Show").select_option("down")
    page.get_by_label("Runs away").select_option("1")
    drawn = boxes(page)
    assert any(each.endswith("and 9 older runs") for each in drawn)
    (train,) = (each for each in drawn if each.startswith("train_listings"))
    assert train.startswith("train_listings:v9,")
    assert any("and 9 older versions" in each for each in drawn)
    page.get_by_label("Each run and version").check()
    drawn = boxes(page)
    assert len([each for each in drawn if each.startswith("train_listings")]) == 10
    page.get_by_label("Each run and version").uncheck()
    page.get_by_label("Show").select_option("up")
    assert any("made again by 9 runs" in each for each in boxes(page))


def test_the_keyboard_alone_is_enough(visit: Open) -> None:
    """From the top of the page to a version of a version, and to the columns of the table."""
    page = visit()
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    tab_to(page, "Experiment")
    page.keyboard.press("Enter")
    assert order_of(page, "Experiment") == "ascending"
    assert page.locator("#told").inner_text() == "Sorted by Experiment, ascending."
    page.evaluate("document.activeElement.blur()")
    tab_to(page, "Lineage")
    page.keyboard.press("Enter")
    page.wait_for_selector("svg.lineage .here")
    assert focused(page) == "Lineage of price_model:v10"
    tab_to(page, "train_listings:v10")
    page.keyboard.press("Enter")
    until(page, "document.activeElement.classList.contains('here')")
    assert focused(page).startswith("train_listings:v10")
    page.keyboard.press("Shift+Tab")
    assert focused(page).startswith("Run modeling")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('h2').innerText === 'modeling week-011'")


def test_skipping_leads_to_the_content(visit: Open) -> None:
    """And to no other view."""
    page = visit("metrics")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    shows(page, "Metrics over time")


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_fits_and_is_accessible(visit: Open, width: int, scheme: str) -> None:
    """No view is wider than the window, and axe finds nothing to complain of."""
    axe_playwright = pytest.importorskip("axe_playwright_python.sync_playwright")
    axe = axe_playwright.Axe()
    page = visit("", width, scheme)
    for view in VIEWS:
        page.evaluate(f"location.hash = '#{view}'")
        until(page, "document.activeElement.matches('h2')")
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wider) <= 0, view
        found = axe.run(page)
        assert found.violations_count == 0, f"{view}: {found.generate_report()}"
        assert page.locator("h1").inner_text() == "homes"
    page.evaluate("location.hash = '#runs'")
    page.get_by_text("Columns", exact=True).click()
    found = axe.run(page)
    assert found.violations_count == 0, found.generate_report()


def test_content_that_came_back_is_a_circle(visit: Open, tmp_path: Path) -> None:
    """A file that was made into another and back again; each version is drawn once."""
    moment = "2024-01-08T00:00:00Z"
    run = ["run-1", "", "week", "turn", "kedro", "finished", 1.0, 2.0, 0, []]
    told: dict[str, Any] = {
        "format": 1,
        "parameters": [],
        "metrics": [],
        "values": [],
        "sets": [[]],
        "reads": [[0, 1], [0, 0]],
        "runs": [run, ["run-2", *run[1:]]],
        "artifacts": [
            {"name": "a", "type": "dataset", "description": "", "versions": [
                [number, str(number) * 32, 5, moment, [], number] for number in range(2)
            ]},
        ],
        "made": [[0, 0, 0], [1, 1, 1]],
        "used": [[0, 1], [1, 0]],
    }  # fmt: skip
    file = tmp_path / "page.html"
    file.write_text(html(told, "circle", moment), encoding="utf-8")
    page = visit("lineage/a:v0", at=file)
    versions = [each for each in boxes(page) if not each.startswith("Run")]
    assert [each.split(",")[0] for each in versions] in (["a:v0", "a:v1"], ["a:v1", "a:v0"])
    assert page.locator("svg.lineage path.arrow").count() == 8  # each run, up and down


def test_hostile_names_are_shown_as_they_are(visit: Open, tmp_path: Path) -> None:
    """In every view; what they say is run nowhere."""
    version = [0, "0" * 32, 5, "2024-01-08T00:00:00Z", [HOSTILE], 0]
    runs = [
        [HOSTILE + str(at), HOSTILE, HOSTILE, HOSTILE, HOSTILE, "finished", 1.0, 2.0, at, [0, at]]
        for at in range(3)
    ]
    told = {
        "format": 1,
        "parameters": [HOSTILE],
        "metrics": [HOSTILE],
        "values": [HOSTILE, 1, [HOSTILE]],
        "sets": [[0, 0], [0, 1], [0, 2]],
        "reads": [[0]],
        "runs": runs,
        "artifacts": [
            {"name": HOSTILE, "type": HOSTILE, "description": HOSTILE, "versions": [version]}
        ],
        "made": [[0, 0, 0]],
        "used": [[1, 0]],
    }
    file = tmp_path / "page.html"
    file.write_text(html(told, HOSTILE, "2024-04-01T00:00:00Z", [HOSTILE]), encoding="utf-8")
    page = visit(at=file)
    name = page.evaluate("encodeURIComponent", HOSTILE)
    for view in ("runs", "metrics", "parallel", "artifacts", f"artifacts/{name}", "lineage",
                 f"lineage/{name}%3Av0", f"run/{name}0", "run/unknown", "lineage/unknown%",
                 "artifacts/unknown"):  # fmt: skip
        page.evaluate("to => { location.hash = to }", f"#{view}")
        until(page, "document.activeElement.matches('h2')")
        assert page.locator("img").count() == 0
        assert page.locator("script").count() == 2
    assert page.locator("h1").inner_text() == HOSTILE


def test_an_empty_store_has_every_view(visit: Open, tmp_path: Path) -> None:
    """Each says that there is nothing yet."""
    store = LocalStore(tmp_path / "store")
    file = tmp_path / "page.html"
    file.write_text(html(tracked(store), "homes", "2024-04-01T00:00:00Z"), encoding="utf-8")
    store.close()
    page = visit(at=file)
    for view in ("runs", "metrics", "parallel", "artifacts", "lineage"):
        page.evaluate(f"location.hash = '#{view}'")
        until(page, "document.activeElement.matches('h2') || location.hash === '#runs'")
        assert page.get_by_role("heading", level=2).is_visible()
        assert len(page.locator("#view").inner_text()) > len("Lineage")
