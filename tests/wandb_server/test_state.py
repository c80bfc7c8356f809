"""The rules of versions and aliases, without HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wandb_server.records import HISTORY, Artifact, Refused, md5
from wandb_server.state import State


@pytest.fixture
def state() -> State:
    """A state with one run, ``producer``."""
    state = State()
    state.upsert_run({"name": "producer", "modelName": "prices"})
    return state


def _create(state: State, content: bytes, *aliases: str, **other: Any) -> Artifact:
    return state.create_artifact(
        {
            "entityName": "",
            "projectName": "prices",
            "runName": "producer",
            "artifactTypeName": "dataset",
            "artifactCollectionName": "listings",
            "digest": md5(content),
            "digestAlgorithm": "MANIFEST_MD5",
            "aliases": [{"alias": alias} for alias in aliases],
            **other,
        }
    )


def _log(state: State, content: bytes, *aliases: str) -> Artifact:
    artifact = _create(state, content, *aliases)
    if artifact.state == "PENDING":
        entry = {"digest": md5(content), "size": len(content)}
        manifest = json.dumps({"contents": {"rows.csv": entry}}).encode()
        artifact.collection.store(md5(content), content)
        artifact.manifest_digest = md5(manifest)
        artifact.store_manifest(manifest)
        artifact.commit()
    return artifact


def test_versions_are_numbered_when_they_are_committed(state: State) -> None:
    """A draft that is never committed takes no version number."""
    _create(state, b"never finished")
    assert _log(state, b"one").version == "v0"
    assert _log(state, b"two").version == "v1"


def test_same_content_is_the_same_version(state: State) -> None:
    """Logging content that the collection has gives the version that has it."""
    assert _log(state, b"one") is _log(state, b"one")


def test_newest_version_is_latest(state: State) -> None:
    """A commit moves ``latest`` and the aliases that were asked for."""
    first, second = _log(state, b"one", "prod"), _log(state, b"two", "prod")
    assert (first.aliases, second.aliases) == ([], ["latest", "prod"])


def test_known_content_gets_the_aliases(state: State) -> None:
    """Aliases asked for with known content move to its version."""
    first = _log(state, b"one")
    _log(state, b"two")
    _log(state, b"one", "latest")
    assert first.aliases == ["latest"]


def test_commit_counts_once(state: State) -> None:
    """A commit that is sent twice makes one version."""
    artifact = _log(state, b"one")
    artifact.commit()
    assert [each.version for each in artifact.collection.versions] == ["v0"]


def test_incomplete_versions_are_refused(state: State) -> None:
    """A version whose manifest or files are missing cannot be committed."""
    artifact = _create(state, b"one")
    with pytest.raises(Refused, match="manifest"):
        artifact.commit()
    artifact.manifest = b'{"contents": {"rows.csv": {"digest": "unknown"}}}'
    with pytest.raises(Refused, match=r"rows\.csv"):
        artifact.commit()


def test_wrong_bytes_are_refused(state: State) -> None:
    """Bytes that have not the digest announced are not stored."""
    collection = _log(state, b"one").collection
    with pytest.raises(Refused, match="BadDigest"):
        collection.store(md5(b"two"), b"three")


def test_names_have_one_type(state: State) -> None:
    """A collection takes no version of another type."""
    _log(state, b"one")
    with pytest.raises(Refused, match="has type 'dataset'"):
        _create(state, b"two", artifactTypeName="model")


def test_version_names_are_no_aliases(state: State) -> None:
    """An alias that looks like a version number is refused."""
    with pytest.raises(Refused, match="looks like a version"):
        _log(state, b"one", "v7")


def test_deleted_numbers_are_not_given_again(state: State) -> None:
    """The version after a deleted one has a new number."""
    _log(state, b"one")
    state.delete_artifact(_log(state, b"two"), with_aliases=True)
    assert _log(state, b"two").version == "v2"


def test_lines_sent_twice_count_once(state: State) -> None:
    """A chunk of the file stream is written at its offset."""
    run = state.run(None, "prices", "producer")
    for _ in range(2):
        run.stream(HISTORY, 0, ['{"_step": 0}', '{"_step": 1}'])
    run.stream(HISTORY, 2, ['{"_step": 2}'])
    assert [row["_step"] for row in run.history] == [0, 1, 2]


def test_unknown_runs_log_nothing(state: State) -> None:
    """An artifact of a run that the server does not know is refused."""
    with pytest.raises(Refused, match="run 'nobody' not found"):
        _create(state, b"one", runName="nobody")


def test_announced_content_goes_on_where_it_was_left(state: State) -> None:
    """A version that was cut before its commit is the one that the next try commits."""
    announced = _create(state, b"one")
    assert _log(state, b"one", "prod") is announced
    assert (announced.state, announced.aliases) == ("COMMITTED", ["latest", "prod"])


@pytest.mark.parametrize("lists", [True, False])
def test_announced_content_is_listed_or_not(state: State, *, lists: bool) -> None:
    """What the true server does is not known, so this one does either."""
    state.lists_pending = lists
    announced = _create(state, b"one")
    home = announced.collection
    assert home.project.lists_pending() is lists
    assert home.listed(pending=lists) == ([announced] if lists else [])
