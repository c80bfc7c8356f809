"""Whole runs whose lineage is easily told wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from project import KedroProject, make_project
from weekly import LOCAL, open_store

IDENTITY = """
from kedro.pipeline import Node, Pipeline


def same(value):
    return value


def create_pipeline(**_):
    return Pipeline([Node(same, "{0}", "{1}", name="{0}-{1}")])
"""


def chain(path: Path, *pairs: tuple[str, str], **catalog: str) -> KedroProject:
    """Build a project with a pipeline for each pair of datasets; files by dataset."""
    return make_project(
        path,
        catalog={
            name: {"type": "text.TextDataset", "filepath": f"data/{file}"}
            for name, file in catalog.items()
        },
        pipelines={f"p{n}": IDENTITY.replace("{0}", a).replace("{1}", b)
                   for n, (a, b) in enumerate(pairs)},
        wandb=LOCAL,
    )  # fmt: skip


def inputs(project: KedroProject, reference: str) -> set[str]:
    """Return what the step that made a version has used, and check the metadata of the version."""
    with open_store(project) as store:
        version = store.find(reference)
        used = store.inputs(version.step)
        assert set(version.metadata["inputs"].values()) == {each.digest for each in used}
        return {each.reference for each in used}


@pytest.mark.parametrize("runner", ["SequentialRunner", "ThreadRunner", "ParallelRunner"])
def test_lineage_goes_through_memory_between_pipelines(tmp_path: Path, runner: str) -> None:
    """What is passed on without a file is made of what its node has read."""
    pairs = [("raw", "mid"), ("mid", "more"), ("more", "out")]
    project = chain(tmp_path / "p", *pairs, raw="raw.txt", out="out.txt")
    project.write("data/raw.txt", "raw")
    project.run_under(runner)
    assert inputs(project, "out:v0") == {"raw:v0"}


@pytest.mark.parametrize("runner", ["SequentialRunner", "ParallelRunner"])
def test_a_file_that_the_run_writes_over_is_its_input_as_it_was(
    tmp_path: Path, runner: str
) -> None:
    """Both names are versions of one artifact, and nothing is left of the copy."""
    source = IDENTITY.replace("{0}", "before").replace("{1}", "after").replace(
        "return value", "return value + ' and more'"
    )  # fmt: skip
    project = make_project(
        tmp_path / "p",
        catalog={
            name: {"type": "text.TextDataset", "filepath": "data/rows.txt"}
            for name in ("before", "after")
        },
        pipelines={"fix": source},
        wandb=LOCAL,
    )
    project.write("data/rows.txt", "as it was")
    project.run_under(runner)
    assert inputs(project, "after:v1") == {"after:v0"}
    assert not list((project.path / ".wandb").rglob("copies/*"))


def test_the_version_that_was_loaded_is_the_input(tmp_path: Path) -> None:
    """Not the one that the run has written, nor the newest."""
    project = chain(
        tmp_path / "p", ("raw", "mid"), ("mid", "out"), raw="raw.txt", mid="mid.txt", out="out.txt"
    )
    catalog = (project.path / "conf/base/catalog.yml").read_text()
    project.write("conf/base/catalog.yml", catalog.replace("mid.txt", "mid.txt\n  versioned: true"))
    for text in ("first", "second"):
        project.write("data/raw.txt", text)
        project.run()
    first = min(path.name for path in (project.path / "data/mid.txt").iterdir())
    project.write("data/raw.txt", "third")
    done = project.kedro("run", "--load-versions", f"mid:{first}")
    assert done.code == 0, done.output
    assert (project.path / "data/out.txt").read_text() == "first"
    with open_store(project) as store:
        newest = store.consumers(store.find("mid:v0"))[-1]
        assert {v.reference for v in store.inputs(newest.step.id)} == {"mid:v0"}
        assert {v.reference for v in store.outputs(newest.step.id)} == {"out:v0"}
        assert store.find("mid:latest").label == "v2"


def test_an_entry_of_the_registry_that_is_no_pipeline_is_passed_over(tmp_path: Path) -> None:
    """Kedro loads the pipelines that were asked for; a sum of the others is 0."""
    project = chain(tmp_path / "p", ("raw", "out"), raw="raw.txt", out="out.txt")
    registry = "pipelines['__default__'] = sum(p for n, p in pipelines.items() if n != 'p0')"
    project.write(
        "src/tiny/pipeline_registry.py",
        f"""
        from kedro.framework.project import find_pipelines


        def register_pipelines():
            pipelines = find_pipelines(raise_errors=True)
            {registry}
            return pipelines
        """,
    )
    project.write("data/raw.txt", "raw")
    project.run("p0")
    assert inputs(project, "out:v0") == {"raw:v0"}
