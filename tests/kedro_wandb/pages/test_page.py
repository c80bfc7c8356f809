"""``kedro wandb page``: the file, what stands in it, and what is said of it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from commanded import DONE, FAILED, USAGE, answer, error, wandb
from project import KedroProject
from told_pages import read
from weekly import make_weekly, open_store

from kedro_wandb.pages.page import SCRIPTS, STYLES, page
from kedro_wandb.stores.base import Draft, Ending, Source, Step

HOSTILE = "</script><img src=x onerror=alert(1)><!--<script>\u2028=1+1 {{7*7}} <!--data-->"


def written(project: KedroProject, folder: Path, **environment: str) -> str:
    """Let the command write a page, and return it."""
    file = folder / "page.html"
    result = wandb(project, "page", "--output", str(file), **environment)
    assert result.exit_code == DONE, result.output
    return file.read_text(encoding="utf-8")


def test_the_page_has_what_the_store_has(logged: KedroProject, tmp_path: Path) -> None:
    """Runs, artifacts and links; the counts are told."""
    file = tmp_path / "deep.html"
    result = wandb(logged, "page", "--output", str(file), COLUMNS="500")
    (line,) = result.stdout.splitlines()
    assert line.startswith(f"{file}: 2 runs, 10 artifacts, 10 versions (")
    told = read(file.read_text(encoding="utf-8")).data
    assert told["project"] == "tiny"
    assert {run[3] for run in told["runs"]} == {"process", "train"}
    with open_store(logged) as store:
        assert [each["name"] for each in told["artifacts"]] == [
            each.name for each in store.artifacts()
        ]


def test_programs_are_told_the_counts(logged: KedroProject, tmp_path: Path) -> None:
    """As one line of JSON."""
    file = tmp_path / "page.html"
    told = answer(logged, "page", "--output", str(file))
    assert told == {
        "file": str(file), "bytes": file.stat().st_size, "runs": 2, "artifacts": 10,
        "versions": 10, "notes": [],
    }  # fmt: skip


def test_by_default_the_page_is_here(
    logged: KedroProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under one name, which is written over as a whole."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tracked.html").write_text("an older one")
    assert wandb(logged, "page").exit_code == DONE
    assert (tmp_path / "tracked.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [each.name for each in tmp_path.iterdir()] == ["tracked.html"]


def test_a_dash_is_stdout(logged: KedroProject, tmp_path: Path) -> None:
    """The page alone, as it would be in the file."""
    result = wandb(logged, "page", "--output", "-")
    moment = r'"written":"[^"]*"'
    assert re.sub(moment, "", result.stdout) == re.sub(moment, "", written(logged, tmp_path))


def test_a_file_that_can_not_be_written_is_told(logged: KedroProject, tmp_path: Path) -> None:
    """In one line; a folder is a wrong usage."""
    result = wandb(logged, "page", "--output", str(tmp_path / "nowhere/page.html"))
    assert result.exit_code == FAILED
    assert "nowhere" in error(result)
    assert wandb(logged, "page", "--output", str(tmp_path)).exit_code == USAGE


def test_it_loads_nothing(logged: KedroProject, tmp_path: Path) -> None:
    """No tag names an address but its own parts, no style a file; its policy forbids the rest."""
    text = written(logged, tmp_path)
    told = read(text)
    addresses = [value for _, attributes in told.tags for name, value in attributes.items()
                 if name in {"src", "href", "srcset", "action", "poster", "data"}]  # fmt: skip
    assert addresses == ["data:,", "#main", ""]
    for style in told.texts["style"]:
        assert not re.search(r"url\(|@import|@font-face", style)
    assert "sourceMappingURL" not in text
    (policy,) = (a["content"] for _, a in told.tags if a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert "unsafe" not in policy
    scripts = [each for each in told.texts["script"] if not each.startswith("{")]
    for kind, (code,) in (("script", scripts), ("style", told.texts["style"])):
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_the_parts_end_no_element() -> None:
    """Whatever is put between the tags stays there; and all parts are used."""
    folder = files("kedro_wandb.pages")
    for name in (*STYLES, *SCRIPTS):
        text = folder.joinpath(name).read_text(encoding="utf-8").lower()
        assert not re.search(r"</(script|style)|<!--|<script", text), name
    there = {each.name for each in folder.iterdir() if each.name.endswith((".js", ".css"))}
    assert there == {*STYLES, *SCRIPTS}


def test_the_vendored_part_is_the_one_that_is_told() -> None:
    """With its licence, and the checksum that the list and the script name."""
    folder = files("kedro_wandb.pages")
    digest = hashlib.sha256(folder.joinpath("dagre.min.js").read_bytes()).hexdigest()
    assert digest in folder.joinpath("VENDORED.md").read_text(encoding="utf-8")
    tool = Path(__file__).parents[3] / "tools/take_dagre.py"
    assert digest in tool.read_text(encoding="utf-8")
    assert "Permission is hereby granted" in folder.joinpath("dagre.LICENSE").read_text()


def test_hostile_texts_are_data(tmp_path: Path) -> None:
    """Names, values and descriptions with markup end neither the data nor an element."""
    project = make_weekly(tmp_path / "project")
    (tmp_path / "file").write_text("1")
    with open_store(project) as store:
        config = {"parameters": {HOSTILE: HOSTILE}}
        store.open_step(Step("s", HOSTILE, HOSTILE, "run", HOSTILE, config))
        source = Source("file", tmp_path / "file")
        store.log("s", Draft("name", "dataset", (source,), HOSTILE))
        store.close_step("s", Ending("finished", 1.0, {HOSTILE: 1.0}))
    text = written(project, tmp_path)
    plain = read(written(make_weekly(tmp_path / "plain"), tmp_path))
    told = read(text)
    tags = [tag for tag, _ in plain.tags if tag != "p"]
    assert [tag for tag, _ in told.tags if tag != "p"] == tags
    assert "<img" not in text
    data = told.data
    run = data["runs"][0]
    assert (run[2], run[3]) == (HOSTILE, HOSTILE)
    assert (data["parameters"], data["values"], data["metrics"]) == ([HOSTILE],) * 3
    assert data["artifacts"][0]["description"] == HOSTILE


def test_the_name_of_a_project_is_data() -> None:
    """In the title, in the heading and in the notes."""
    empty: dict[str, Any] = {"runs": []}
    told = read(page(empty, HOSTILE, "now", [HOSTILE]))
    assert told.texts["a"][1:] == [HOSTILE]
    assert HOSTILE in told.texts["p"]
    assert told.data["project"] == HOSTILE
    assert "img" not in {tag for tag, _ in told.tags}


def test_an_empty_store_says_what_fills_it(tmp_path: Path) -> None:
    """On the page and beside the command's answer."""
    project = make_weekly(tmp_path / "project")
    result = wandb(project, "page", "--output", str(tmp_path / "page.html"))
    assert "0 runs, 0 artifacts, 0 versions" in result.stdout
    assert "Nothing is tracked in the local store yet.\nA 'kedro run' fills it." in result.stdout
    told = read((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert "Nothing is tracked in the local store yet." in told.texts["p"]


def test_online_the_page_says_that_it_is_of_the_local_store(tmp_path: Path) -> None:
    """No server is asked, and the key stays where it is."""
    project = make_weekly(tmp_path / "project", {"project": "tiny"})
    key = "0123456789abcdef0123456789abcdef01234567"
    text = written(project, tmp_path, WANDB_API_KEY=key, WANDB_BASE_URL="http://127.0.0.1:9")
    told = read(text)
    (note,) = (each for each in told.texts["p"] if "online" in each)
    assert note.startswith("This page shows the local store alone")
    assert "WANDB_API_KEY holds a key" in note
    assert key not in text


def test_disabled_tracking_is_told(logged: KedroProject, tmp_path: Path) -> None:
    """What is there is shown all the same."""
    told = read(written(logged, tmp_path, WANDB_MODE="disabled"))
    assert any("Tracking is disabled" in each for each in told.texts["p"])
    assert len(told.data["runs"]) == 2


def test_nothing_secret_is_in_the_page(logged: KedroProject, tmp_path: Path) -> None:
    """What was redacted in the store is redacted here."""
    text = written(logged, tmp_path)
    assert "[redacted]" in text
    assert [each for each in ("tell-nobody", "nor-this", str(logged.path)) if each in text] == []


def test_equal_stores_make_equal_pages(logged: KedroProject, tmp_path: Path) -> None:
    """But for the moment, so that pages can be compared."""
    one, other = (read(written(logged, tmp_path)).data for _ in range(2))
    assert json.dumps(one | {"written": ""}) == json.dumps(other | {"written": ""})
