"""A CSV file: dropped or chosen, priced and given back, or told what is wrong with it."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.browser

HOSTILE = '=1+1 <script>alert(1)</script>, "quoted"\nand more'


@pytest.fixture(scope="module")
def rows(trained_project: Any) -> list[dict[str, str]]:
    """Some listings of the newest drop."""
    (*_, newest) = sorted(trained_project.drops.glob("*.csv.gz"))
    with gzip.open(newest, "rt", encoding="utf-8", newline="") as file:
        return [row for row, _ in zip(csv.DictReader(file), range(400), strict=False)]


def _file(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _choose(page: Any, content: bytes, name: str = "mine.csv") -> None:
    page.set_input_files("#csv", {"name": name, "mimeType": "text/csv", "buffer": content})


def _downloaded(page: Any, tmp_path: Path) -> tuple[str, bytes]:
    page.wait_for_selector("#csv-done:not([hidden])")
    with page.expect_download() as download:
        page.click("#csv-download")
    file = tmp_path / "download"
    download.value.save_as(file)
    return download.value.suggested_filename, file.read_bytes()


def test_a_file_comes_back_priced(
    here: Any, rows: list[dict[str, str]], tmp_path: Path, price_file: Callable[[bytes], bytes]
) -> None:
    """To the byte what the service answers; the page counts it, and says what is not priced."""
    spoilt = [dict(row) for row in rows]
    for row in spoilt[:7]:
        row["latitude"] = "12.5"
    spoilt[8]["room_type"] = "Castle, with <b>moat</b>"
    spoilt[9]["name"] = HOSTILE
    spoilt[10]["name"] = ""
    content = _file(spoilt)
    here.page.on("dialog", lambda _: pytest.fail("a cell was run"))
    _choose(here.page, content)
    name, given = _downloaded(here.page, tmp_path)
    assert name == "mine_priced.csv"
    assert given == price_file(content)
    priced = list(csv.DictReader(io.StringIO(given.decode())))
    assert [each["id"] for each in priced] == [each["id"] for each in rows]
    assert [row["id"] for row in priced if not row["typical_price"]] == [
        each["id"] for each in [*spoilt[:7], spoilt[8]]
    ]
    told = here.page.inner_text("#csv-told")
    assert "392 of 400 rows in mine.csv have a price" in told
    refused = here.page.locator("#csv-remarks table").first
    assert [row.inner_text().split("\t") for row in refused.locator("tbody tr").all()] == [
        ["The place …, … (latitude, longitude) is outside of New York City", "7", rows[0]["id"]],
        ["Room type … is unknown to the model", "1", rows[8]["id"]],
    ]
    assert "Title is missing" in here.page.inner_text("#csv-remarks")
    assert here.page.locator("#csv-remarks :is(script, b)").count() == 0
    assert here.errors == []


def test_a_gzipped_file_is_dropped_anywhere(
    here: Any, rows: list[dict[str, str]], tmp_path: Path
) -> None:
    """The page takes it, wherever it falls."""
    packed = list(gzip.compress(_file(rows)))
    here.page.evaluate(
        """bytes => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], "flats.csv.gz"));
            for (const type of ["dragenter", "drop"]) {
                const event = new DragEvent(type, {
                    bubbles: true, cancelable: true, dataTransfer: data,
                });
                document.querySelector("h1").dispatchEvent(event);
            }
        }""",
        packed,
    )
    name, given = _downloaded(here.page, tmp_path)
    assert name == "flats_priced.csv"
    assert len(given.splitlines()) == 401
    assert here.page.locator(".drop.over").count() == 0


def test_what_is_wrong_with_a_file_is_told_beside_it(here: Any, rows: list[dict[str, str]]) -> None:
    """With line, column and remedy, to screen readers too; another file can be chosen at once."""
    _choose(here.page, b"id,name\n1,Loft\n")
    here.page.wait_for_selector("#csv-error:not([hidden])")
    told = here.page.inner_text("#csv-error")
    assert "latitude" in told
    assert "missing" in told
    assert here.page.get_attribute("#csv", "aria-invalid") == "true"
    assert here.page.is_hidden("#csv-done")
    _choose(here.page, _file([rows[0], rows[0]]))
    here.page.wait_for_selector("#csv-error:has-text('same id')")
    _choose(here.page, _file(rows[:3]))
    here.page.wait_for_selector("#csv-done:not([hidden])")
    assert here.page.is_hidden("#csv-error")
    assert here.page.get_attribute("#csv", "aria-invalid") is None


def test_one_file_at_a_time(here: Any) -> None:
    """Two are none."""
    here.page.evaluate(
        """() => {
            const data = new DataTransfer();
            for (const name of ["a.csv", "b.csv"]) data.items.add(new File(["x"], name));
            document.dispatchEvent(new DragEvent("drop", { cancelable: true, dataTransfer: data }));
        }"""
    )
    here.page.wait_for_selector("#csv-error:has-text('One file at a time')")


def test_an_answer_that_breaks_off_is_not_given_back(visit: Callable[..., Any]) -> None:
    """Half a file would be taken for a whole one."""

    def break_off(page: Any) -> None:
        page.add_init_script(
            """const whole = window.fetch;
            window.fetch = (path, options) => path !== "estimates/file" ? whole(path, options)
                : Promise.resolve(new Response(new ReadableStream({
                    start: (answer) => answer.enqueue(
                        new TextEncoder().encode("id,typical_price,note\\n1,90,\\n")),
                    pull: (answer) => answer.error(new TypeError("network error")),
                })));"""
        )

    here = visit(prepare=break_off)
    _choose(here.page, b"id\n1\n2\n")
    here.page.wait_for_selector("#csv-error:has-text('broke off')")
    assert "After 1 row of mine.csv" in here.page.inner_text("#csv-error")
    assert here.page.is_hidden("#csv-done")


def test_a_file_can_be_stopped(here: Any) -> None:
    """And says that nothing was kept."""
    here.page.route("**/estimates/file", lambda _: None)
    _choose(here.page, b"id\n1\n")
    here.page.click("#csv-stop")
    here.page.wait_for_selector("#csv-told:has-text('Stopped')")
    assert here.page.is_hidden("#csv-work")


def test_the_form_is_a_first_row(
    here: Any, tmp_path: Path, price_file: Callable[[bytes], bytes]
) -> None:
    """What is downloaded as an example is a file that the service takes."""
    here.page.fill("#name", HOSTILE.replace("\n", " "))
    here.page.click("summary >> nth=1")
    with here.page.expect_download() as download:
        here.page.click("#template")
    file = tmp_path / "listings.csv"
    download.value.save_as(file)
    (row,) = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8")))
    assert row["name"] == HOSTILE.replace("\n", " ")
    (priced,) = csv.DictReader(io.StringIO(price_file(file.read_bytes()).decode()))
    assert float(priced["typical_price"]) > 0
