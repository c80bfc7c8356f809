"""``kedro wandb verify``: what it finds, what it mends, and how it ends."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from commanded import DONE, FAILED, WAITS, wandb
from project import KedroProject
from wandb_server.server import WandbServer
from weekly import open_store, store_folder

from kedro_wandb.settings.config import Timeouts
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.stores.wandb.store import CloudStore
from kedro_wandb.sync.sync import sync


@pytest.fixture
def own(logged: KedroProject, tmp_path: Path) -> KedroProject:
    """A project of one's own after the same run."""
    shutil.copytree(logged.path, tmp_path / "own")
    return KedroProject(tmp_path / "own", logged.package)


@pytest.fixture
def server(unsure_server: WandbServer, monkeypatch: pytest.MonkeyPatch) -> WandbServer:
    """The server that this process talks to, with the local store in the project's folder."""
    monkeypatch.delenv("WANDB_DIR")
    return unsure_server


@pytest.fixture
def shared(own: KedroProject, server: WandbServer, tmp_path: Path) -> KedroProject:
    """The same, and the server has all of it."""
    assert server.is_up
    cloud = CloudStore("tiny", None, tmp_path / "cloud", Timeouts())
    with open_store(own) as store, closing(cloud):
        assert sync(store, cloud).ok
    return own


def blob(project: KedroProject, reference: str) -> Path:
    """Return where the bytes of a version's first file are."""
    with open_store(project) as store:
        return Path(store.blob_path(store.entries(store.find(reference))[0].digest))


def damage(project: KedroProject, reference: str) -> Path:
    """Change a byte of a version's first file, and return its path."""
    path = blob(project, reference)
    path.chmod(0o644)
    content = path.read_bytes()
    path.write_bytes(bytes([content[0] ^ 1]) + content[1:])
    return path


def orphan(project: KedroProject) -> Path:
    """Leave content that no version has, and return its path."""
    file = project.write("lost", "lost")
    with open_store(project) as store:
        (found,) = store.blobs.add([file])
        return Path(store.blob_path(found.digest))


def told(result: Result) -> Any:
    """Return the JSON of a command that may have failed."""
    return json.loads(result.stdout)


def test_a_sound_store_is_told_in_a_line(logged: KedroProject) -> None:
    """With how much was read."""
    result = wandb(logged, "verify")
    assert result.exit_code == DONE
    assert result.stdout.startswith("Read 9 files (")
    assert result.stdout.endswith(") and the records of 10 versions: all is as it was logged.\n")
    found = told(wandb(logged, "verify", "--json"))
    assert (found["ok"], found["versions"], found["findings"]) == (True, 10, [])


def test_damage_is_told_and_ends_with_a_status(own: KedroProject) -> None:
    """In 80 columns; nothing is changed without being asked for."""
    path = damage(own, "model")
    blob(own, "metrics").unlink()
    stray = orphan(own)
    result = wandb(own, "verify", COLUMNS="80")
    assert result.exit_code == FAILED
    assert result.stderr == "Error: The local store is damaged: 2 findings left.\n"
    assert max(map(len, result.stdout.splitlines())) <= 80
    shown = " ".join(result.stdout.split())
    assert "damaged the bytes of model:v0 are not those that were logged" in shown
    assert "missing the bytes of metrics:v0 are not there" in shown
    assert f"orphan no version has {stray.name}" in shown
    assert "--repair fetches content again from W&B" in shown
    assert shown.endswith("damage is left.")
    found = told(wandb(own, "verify", "--json"))
    assert [(each["kind"], each["of"]) for each in found["findings"]] == [
        ("damaged", ["model:v0"]),
        ("missing", ["metrics:v0"]),
        ("orphan", []),
    ]
    assert found["findings"][0]["file"] == str(path)
    assert not found["ok"]
    assert stray.exists()


def test_orphans_alone_are_no_damage(own: KedroProject) -> None:
    """A repair drops them, and asks nobody."""
    stray = orphan(own)
    assert wandb(own, "verify").exit_code == DONE
    result = wandb(own, "verify", "--repair")
    assert result.exit_code == DONE
    assert result.stdout.startswith("orphan, dropped  no version has")
    assert "no version lacks anything" in result.stdout
    assert "W&B" not in result.stdout
    assert not stray.exists()


def test_without_a_key_nobody_is_asked(own: KedroProject) -> None:
    """Which is said, with what helps; the file, logged again, is kept anew."""
    path = damage(own, "model")
    result = wandb(own, "verify", "--repair", COLUMNS="80")
    assert result.exit_code == FAILED
    shown = " ".join(result.stdout.split())
    assert "W&B was not asked: mode: online needs a key, but no key is configured" in shown
    assert "WANDB_API_KEY" in shown
    assert "Let a run log the same file again: then it is kept anew." in shown
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert (store_folder(own) / "damaged" / path.name).exists()
    own.run()
    assert wandb(own, "verify").exit_code == DONE


def test_a_disabled_project_asks_nobody(own: KedroProject, server: WandbServer) -> None:
    """Though there is a key."""
    damage(own, "model")
    found = told(wandb(own, "verify", "--repair", "--json", WANDB_DISABLED="true"))
    assert (found["asked"], found["not_asked"]) == (None, "WANDB_DISABLED is set.")
    assert server.requests == []


def test_content_is_fetched_again_from_the_server(
    shared: KedroProject, server: WandbServer, tmp_path: Path
) -> None:
    """Those files alone, whatever the project's mode is; afterwards all is whole."""
    damage(shared, "model")
    blob(shared, "drops").unlink()
    server.requests.clear()
    result = wandb(shared, "verify", "--repair", "--json")
    assert result.exit_code == DONE, result.output
    found = told(result)
    assert [(each["kind"], each["repaired"]) for each in found["findings"]] == [
        ("damaged", True),
        ("missing", True),
    ]
    assert (found["ok"], found["asked"]) == (True, server.url)
    downloads = [each for each in server.requests if each.path.startswith("/artifactsV2")]
    assert len(downloads) == 2, " ".join(each.name for each in server.requests)
    assert wandb(shared, "verify").exit_code == DONE
    with closing(LocalStore(store_folder(shared))) as store:
        store.fetch(store.find("model"), tmp_path / "there")


def test_what_the_server_lacks_is_told(own: KedroProject, server: WandbServer) -> None:
    """With what it has; the rest is mended all the same."""
    damage(own, "model")
    result = wandb(own, "verify", "--repair")
    assert result.exit_code == FAILED
    shown = " ".join(result.stdout.split())
    assert "are not those that were logged: The W&B project has no artifact 'model'" in shown
    assert server.is_up


def test_one_file_that_can_not_be_sent_keeps_no_other(
    shared: KedroProject, server: WandbServer
) -> None:
    """The server answers, only not with that."""
    damage(shared, "model")
    damage(shared, "metrics")
    server.faults.answer("GET /artifactsV2/*", 404, first=2, times=None)
    result = wandb(shared, "verify", "--repair", "--json")
    assert result.exit_code == FAILED
    assert sorted(each["repaired"] for each in told(result)["findings"]) == [False, True]


def test_a_server_that_is_gone_is_asked_once(shared: KedroProject, server: WandbServer) -> None:
    """And has its own status; what was found is told first."""
    damage(shared, "model")
    damage(shared, "metrics")
    with server.down():
        result = wandb(shared, "verify", "--repair", "--json", WANDB_HTTP_TIMEOUT="1")
    assert result.exit_code == WAITS
    found = told(result)
    assert [each["repaired"] for each in found["findings"]] == [False, False]
    assert found["problem"] in result.stderr
    assert wandb(shared, "verify", "--repair").exit_code == DONE


def test_broken_records_are_damage(own: KedroProject) -> None:
    """No server can help, and none is blamed."""
    (store_folder(own) / "store.db").write_bytes(b"no database " * 100)
    result = wandb(own, "verify")
    assert result.exit_code == FAILED
    assert "is damaged: file is not a database" in result.stderr
    assert "Traceback" not in result.output
