"""Artifacts of the real SDK: versions, aliases, lineage, bytes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import wandb

from wandb_server.client import draft, log
from wandb_server.server import WandbServer


@pytest.fixture
def run(wandb_server: WandbServer) -> Iterator[wandb.Run]:
    """An online run, ``producer``."""
    del wandb_server
    with wandb.init(project="prices", id="producer") as run:
        yield run


def test_new_content_is_v0(wandb_server: WandbServer, run: wandb.Run) -> None:
    """The first version of a name is v0 and latest; its bytes are on the server."""
    artifact = log(run, "id,price\n1,2\n")
    assert (artifact.version, artifact.aliases) == ("v0", ["latest"])
    assert wandb_server.artifact("listings:latest").files == {"rows.csv": b"id,price\n1,2\n"}


def test_same_content_makes_no_version(wandb_server: WandbServer, run: wandb.Run) -> None:
    """Content that the name has already is not uploaded again and gives the old version."""
    versions = [log(run, "same").version for _ in range(2)]
    assert versions == ["v0", "v0"]
    assert len(wandb_server.versions("listings")) == 1
    assert len(wandb_server.seen("CommitArtifact")) == 1


def test_changed_content_is_the_next_version(wandb_server: WandbServer, run: wandb.Run) -> None:
    """Changed content is v1, and ``latest`` moves to it."""
    log(run, "one")
    assert log(run, "two").version == "v1"
    assert [each.aliases for each in wandb_server.versions("listings")] == [[], ["latest"]]


def test_known_files_are_not_sent_again(wandb_server: WandbServer, run: wandb.Run) -> None:
    """Of a version that shares a file with an older one, only the other file is uploaded."""
    run.log_artifact(draft(rows="same", extra="one")).wait(timeout=30)
    run.log_artifact(draft(rows="same", extra="two")).wait(timeout=30)
    uploads = [seen for seen in wandb_server.requests if seen.path.startswith("/storage/artifacts")]
    assert len(uploads) == 3
    assert wandb_server.artifact("listings:v1").files == {"rows.csv": b"same", "extra.csv": b"two"}


def test_aliases_move(wandb_server: WandbServer, run: wandb.Run) -> None:
    """An alias that a later version asks for leaves the earlier one."""
    log(run, "one", aliases=["prod"])
    assert wandb_server.artifact("listings:prod").version == "v0"
    log(run, "two", aliases=["prod"])
    assert wandb_server.artifact("listings:prod").version == "v1"


def test_public_api_moves_aliases(wandb_server: WandbServer, run: wandb.Run) -> None:
    """Aliases that are appended or removed and saved by the public API move on the server."""
    log(run, "one", aliases=["prod"])
    log(run, "two")
    api = wandb.Api()
    newest = api.artifact("prices/listings:latest")
    newest.aliases.append("prod")
    newest.save()
    assert wandb_server.artifact("listings:prod").version == "v1"
    oldest = api.artifact("prices/listings:v0")
    assert oldest.aliases == []
    newest.aliases.remove("prod")
    newest.save()
    assert wandb_server.artifact("listings:v1").aliases == ["latest"]
    assert not wandb_server.errors


def test_public_api_lists_versions(run: wandb.Run) -> None:
    """The versions of a collection are listed newest first, and found by alias."""
    log(run, "one", aliases=["prod"])
    log(run, "two")
    api = wandb.Api()
    assert [each.version for each in api.artifacts("dataset", "prices/listings")] == ["v1", "v0"]
    collection = api.artifact_collection("dataset", "prices/listings")
    assert [each.version for each in collection.artifacts()] == ["v1", "v0"]
    assert set(collection.aliases) == {"latest", "prod"}
    assert api.artifact("prices/listings:prod").version == "v0"
    assert api.artifact_exists("prices/listings:prod")
    assert not api.artifact_exists("prices/listings:none")


def test_public_api_changes_metadata(wandb_server: WandbServer, run: wandb.Run) -> None:
    """Description, metadata and tags that are saved by the public API stay."""
    log(run, "one")
    artifact = wandb.Api().artifact("prices/listings:v0")
    artifact.description, artifact.metadata, artifact.tags = "good", {"rows": 3}, ["checked"]
    artifact.save()
    seen = wandb_server.artifact("listings:v0")
    assert (seen.description, seen.metadata, seen.tags) == ("good", '{"rows":3}', ["checked"])


def test_lineage_goes_both_ways(run: wandb.Run) -> None:
    """A version knows its producer and its users; runs know what they logged and used."""
    log(run, "one")
    with wandb.init(project="prices", id="consumer", reinit="create_new") as consumer:
        consumer.use_artifact("listings:latest")
    api = wandb.Api()
    artifact = api.artifact("prices/listings:v0")
    assert artifact.logged_by().id == "producer"
    assert [user.id for user in artifact.used_by()] == ["consumer"]
    assert [each.name for each in api.run("prices/producer").logged_artifacts()] == ["listings:v0"]
    assert [each.name for each in api.run("prices/consumer").used_artifacts()] == ["listings:v0"]


def test_lineage_is_added_later(wandb_server: WandbServer, run: wandb.Run) -> None:
    """The public API makes an artifact the input of a finished run, once."""
    log(run, "one")
    wandb.init(project="prices", id="consumer", reinit="create_new").finish()
    api = wandb.Api()
    for _ in range(2):
        api.run("prices/consumer").use_artifact(api.artifact("prices/listings:v0"))
    assert [each.version for each in wandb_server.run("consumer").used] == ["v0"]
    assert wandb_server.run("consumer").state == "finished"


def test_download_gives_the_bytes(
    wandb_server: WandbServer, run: wandb.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A download brings every file, from the server where the cache has none."""
    run.log_artifact(draft(rows="id\n1\n", extra="x" * 100_000)).wait(timeout=30)
    monkeypatch.setenv("WANDB_CACHE_DIR", str(tmp_path / "empty"))
    folder = Path(wandb.Api().artifact("prices/listings:v0").download(tmp_path / "download"))
    assert {file.name: file.read_text("utf-8") for file in folder.iterdir()} == {
        "rows.csv": "id\n1\n",
        "extra.csv": "x" * 100_000,
    }
    assert len([seen for seen in wandb_server.requests if seen.name.startswith("GET ")]) == 3


def test_single_files_are_downloaded(
    wandb_server: WandbServer, run: wandb.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One entry is downloaded alone."""
    run.log_artifact(draft(rows="id\n1\n", extra="more")).wait(timeout=30)
    monkeypatch.setenv("WANDB_CACHE_DIR", str(tmp_path / "empty"))
    entry = wandb.Api().artifact("prices/listings:v0").get_entry("rows.csv")
    assert Path(entry.download(tmp_path / "download")).read_text("utf-8") == "id\n1\n"
    assert not wandb_server.errors


def test_references_are_not_uploaded(
    wandb_server: WandbServer, run: wandb.Run, tmp_path: Path
) -> None:
    """A reference to a file is an entry with its digest; the bytes stay where they are."""
    file = tmp_path / "rows.csv"
    file.write_text("id\n1\n", encoding="utf-8")
    artifact = wandb.Artifact("listings", type="dataset")
    artifact.add_reference(file.as_uri(), checksum=True)
    run.log_artifact(artifact).wait(timeout=30)
    seen = wandb_server.artifact("listings:v0")
    assert seen.entries["rows.csv"]["ref"] == file.as_uri()
    assert (seen.files, seen.size) == ({}, 5)
    folder = wandb.Api().artifact("prices/listings:v0").download(tmp_path / "download")
    assert (Path(folder) / "rows.csv").read_text("utf-8") == "id\n1\n"


def test_deleted_versions_are_gone(wandb_server: WandbServer, run: wandb.Run) -> None:
    """A version that the public API deletes is listed no more."""
    log(run, "one")
    log(run, "two")
    wandb.Api().artifact("prices/listings:v0").delete(delete_aliases=True)
    assert [each.version for each in wandb_server.versions("listings")] == ["v1"]


def test_types_are_kept(run: wandb.Run) -> None:
    """A name that has versions of one type takes none of another."""
    log(run, "one")
    with pytest.raises(ValueError, match="dataset"):
        run.log_artifact(wandb.Artifact("listings", type="model"))
