"""Datasets that are tracked, and whose content no store ever has."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from kedro.io.core import DatasetError
from project import KedroProject, make_project
from wandb_server.server import WandbServer
from weekly import LOCAL, open_store, store_folder

import kedro_wandb
from kedro_wandb.errors import ConfigurationError, WithheldError
from kedro_wandb.reading.dataset import ArtifactDataset
from kedro_wandb.settings.config import Timeouts
from kedro_wandb.settings.project import remember_settings
from kedro_wandb.stores.wandb.store import CloudStore
from kedro_wandb.sync.sync import sync

SECRET = "the-guests-name"  # noqa: S105 - the tests look for it

SOURCE = """
from kedro.pipeline import Node, Pipeline


def count(guests):
    return {"nights": 12345.5, "name": guests}, {"p one": guests, "p2": "b"}, {"rows": 1}


def create_pipeline(**_):
    return Pipeline([Node(count, "guests", ["stays", "letters", "counts"], name="count")])
"""

WITHHELD = {"metadata": {"wandb": {"content": "digest"}}}

CATALOG: dict[str, Any] = {
    "guests": {"type": "text.TextDataset", "filepath": "data/guests.csv"} | WITHHELD,
    "stays": {"type": "json.JSONDataset", "filepath": "data/stays.json"} | WITHHELD,
    "letters": {
        "type": "partitions.PartitionedDataset",
        "path": "data/letters",
        "dataset": "text.TextDataset",
        "filename_suffix": ".txt",
    }
    | WITHHELD,
    "counts": {"type": "json.JSONDataset", "filepath": "data/counts.json"},
}


@pytest.fixture(autouse=True)
def _no_project() -> Iterator[None]:
    """No project of another test is the running one."""
    remember_settings(None)
    yield
    remember_settings(None)


def make(folder: Path, mode: str, catalog: dict[str, Any] = CATALOG) -> KedroProject:
    wandb = LOCAL | {"mode": mode}
    project = make_project(folder, catalog=catalog, pipelines={"hotel": SOURCE}, wandb=wandb)
    project.write("data/guests.csv", f"name\n{SECRET}\n")
    return project


def texts(folder: Path) -> Iterator[bytes]:
    return (file.read_bytes() for file in folder.rglob("*") if file.is_file())


def md5(project: KedroProject, name: str) -> str:
    content = (project.path / "data" / name).read_bytes()
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_no_store_gets_the_content(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """But digests, sizes and lineage; and the table says so."""
    project = make(tmp_path / "p", "local")
    project.run()
    told = " ".join(capsys.readouterr().err.split())
    assert "first seen, content withheld" in told
    assert told.count("new, content withheld") == 2
    assert "3 new, 1 used (1 first seen); 15 bytes stored." in told
    with open_store(project) as store:
        guests, stays = store.find("guests"), store.find("stays")
        (entry,) = store.entries(stays)
        assert (entry.name, entry.ref) == ("stays.json", "withheld://stays/stays.json")
        assert (entry.digest, entry.size) == (md5(project, "stays.json"), stays.size)
        assert stays.size == (project.path / "data/stays.json").stat().st_size
        assert stays.metadata["inputs"] == {"guests": guests.digest}
        assert [each.ref for each in store.entries(store.find("letters"))] == [
            "withheld://letters/p%20one.txt",
            "withheld://letters/p2.txt",
        ]
        (step,) = store.steps()
        assert step.summary == {"counts/rows": 1.0}
        facts = {key for key in stays.metadata | guests.metadata if key in {"rows", "columns"}}
        assert facts == set()
        assert len(list(store.blobs.files())) == 1
    assert not [text for text in texts(store_folder(project)) if SECRET.encode() in text]


def test_unchanged_content_is_no_version(tmp_path: Path) -> None:
    """Nor is content that comes back; one that is kept from now on is a new one."""
    project = make(tmp_path / "p", "local")
    for _ in range(2):
        project.run()
    with open_store(project) as store:
        assert [len(store.versions(name)) for name in ("guests", "stays", "letters")] == [1] * 3
    project.write_yaml("conf/base/catalog.yml", CATALOG | {"stays": {**CATALOG["counts"],
                       "filepath": "data/stays.json"}})  # fmt: skip
    project.run()
    with open_store(project) as store:
        assert len(store.versions("stays")) == 2
        assert store.step(store.versions("stays")[0].step).summary["stays/nights"] == 12345.5


@pytest.mark.parametrize("mode", ["local", pytest.param("online", marks=pytest.mark.slow)])
def test_who_asks_for_the_content_is_told_why_there_is_none(
    tmp_path: Path, mode: str, request: pytest.FixtureRequest
) -> None:
    """Not given an empty folder."""
    if mode == "online":
        request.getfixturevalue("wandb_server")
    project = make(tmp_path / "p", mode)
    project.run()
    with pytest.raises(WithheldError, match="The content of stays:v0 was withheld"):
        kedro_wandb.fetch("stays")
    with pytest.raises(DatasetError, match="The content of stays:v0 was withheld"):
        ArtifactDataset(artifact="stays:latest", dataset="json.JSONDataset").load()
    assert json.loads((kedro_wandb.fetch("counts") / "counts.json").read_text()) == {"rows": 1}


def test_the_commands_tell_it(tmp_path: Path) -> None:
    """``show`` by what it shows, ``pull`` by what it does not."""
    project = make(tmp_path / "p", "local")
    project.run()
    shown = project.kedro("wandb", "show", "stays")
    assert "withheld: no store has more than digests and sizes" in shown.output
    assert md5(project, "stays.json") in shown.output
    pulled = project.kedro("wandb", "pull", "stays")
    assert pulled.code == 1
    assert "The content of stays:v0 was withheld" in pulled.output
    assert not (project.path / "stays-v0").exists()


def sent(server: WandbServer) -> Iterator[bytes]:
    """Return all that a server was ever given."""
    for project in server.state.projects.values():
        for run in project.runs.values():
            yield from (run.config.encode(), repr(run.lines).encode(), *run.files.values())
        for collection in project.collections.values():
            yield from collection.blobs.values()
            yield from (artifact.manifest or b"" for artifact in collection.artifacts)
    yield from (repr(seen.variables).encode() for seen in server.requests)


@pytest.mark.parametrize("way", ["online", "sync"])
def test_the_server_gets_digests_sizes_and_lineage(
    tmp_path: Path, way: str, wandb_server: WandbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a run that is online, and from a later sync; each with the local store's digests."""
    local = make(tmp_path / "local", "local")
    monkeypatch.delenv("WANDB_DIR")
    with monkeypatch.context() as patch:
        patch.setenv("WANDB_MODE", "offline")
        local.run()
    offline = list(texts(store_folder(local)))
    assert any(b"withheld://" in text for text in offline)
    assert not [text for text in offline if SECRET.encode() in text]
    with open_store(local) as store:
        digests = {each.name: each.newest.digest for each in store.artifacts()}
        if way == "sync":
            cloud = CloudStore("tiny", None, tmp_path / "cloud", Timeouts(start=20, call=20))
            with closing(cloud):
                report = sync(store, cloud)
            assert report.ok, report
            kept = store.entries(store.find("counts"))
            assert report.bytes == sum(each.size or 0 for each in kept)
    if way == "online":
        make(tmp_path / "online", "online").run()
    found = {name: wandb_server.versions(name, "tiny") for name in digests}
    assert {name: [each.digest for each in some] for name, some in found.items()} == {
        name: [digest] for name, digest in digests.items()
    }
    (stays,) = found["stays"]
    assert {each.collection.name for each in stays.created_by.used} == {"guests"}
    assert not [text for text in sent(wandb_server) if SECRET.encode() in text]
    assert not wandb_server.errors


@pytest.mark.parametrize("said", ["digests", True, "", ["digest"]])
def test_any_other_word_stops_the_run_before_it_starts(tmp_path: Path, said: object) -> None:
    """One clear error: what was meant to be withheld is not kept by a slip of the hand."""
    entry = CATALOG["stays"] | {"metadata": {"wandb": {"content": said}}}
    project = make(tmp_path / "p", "local", CATALOG | {"stays": entry})
    with pytest.raises(ConfigurationError, match=r"'stays': metadata.wandb.content: .* 'digest'"):
        project.run()
    assert not (project.path / "data/stays.json").exists()


@pytest.mark.parametrize("said", ["digest", "digst"])
def test_one_entry_withholds_for_all_at_its_place(tmp_path: Path, said: str) -> None:
    """Also one that has no part in the run, and where a slip is an error all the same."""
    other = {"metadata": {"wandb": {"content": said}}}
    catalog = CATALOG | {
        "stays": {"type": "json.JSONDataset", "filepath": "data/stays.json"},
        "visits": {"type": "text.TextDataset", "filepath": "data/stays.json"} | other,
    }
    project = make(tmp_path / "p", "local", catalog)
    if said == "digest":
        project.run()
        assert not [text for text in texts(store_folder(project)) if SECRET.encode() in text]
    else:
        with pytest.raises(ConfigurationError, match=r"'visits': metadata.wandb.content"):
            project.run()


def test_a_block_withholds_too(tmp_path: Path) -> None:
    """Loads and saves of notebooks and scripts, under any name of the same files."""
    catalog = CATALOG | {"bookings": {"type": "text.TextDataset", "filepath": "data/guests.csv"}}
    project = make(tmp_path / "p", "local", catalog)

    def explore(context: Any) -> None:
        with kedro_wandb.step("explore"):
            context.catalog.load("bookings")
            context.catalog.save("stays", {"name": SECRET})

    _in_context(project, explore)
    with open_store(project) as store:
        assert {each.name for each in store.artifacts()} == {"bookings", "stays"}
    assert not [text for text in texts(store_folder(project)) if SECRET.encode() in text]


def _in_context(project: KedroProject, action: Callable[[Any], None]) -> None:
    with project.session() as session:
        action(session.load_context())
