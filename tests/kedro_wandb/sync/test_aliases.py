"""Aliases go along, but never over somebody else's."""

from __future__ import annotations

from pathlib import Path

import pytest
import wandb
from shop import PATIENT, PROJECT, Shop, Sync, check_agreement
from wandb_server.client import draft
from wandb_server.server import WandbServer

from kedro_wandb.stores.base import Ending, Step
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.stores.wandb.store import CloudStore
from kedro_wandb.tracker.writer import Writer


def _by_somebody_else(content: str, *aliases: str) -> None:
    """Log a version of ``table`` from elsewhere."""
    with wandb.init(project=PROJECT, reinit="create_new") as run:
        run.log_artifact(draft("table", rows=content), aliases=["latest", *aliases]).wait()


def test_an_alias_that_somebody_else_moved_stays(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """Both versions are named; the status is a failure, once. A new decision is made."""
    shop.step("a", table="one")
    shop.store.set_alias(shop.store.find("table:v0"), "prod")
    assert synced(shop).ok
    _by_somebody_else("theirs", "prod")
    shop.step("b", table="two")
    shop.store.set_alias(shop.store.find("table:v1"), "prod")
    report = synced(shop)
    told = {each.alias: each for each in report.aliases}
    assert (report.ok, told["table:prod"].result) == (False, "conflict")
    assert "put to table:v1" in told["table:prod"].reason
    assert "here it stands for table:v1" in told["table:prod"].reason
    assert wandb_server.artifact("table:prod").version == "v1"
    assert synced(shop).aliases == ()
    shop.store.set_alias(shop.store.find("table:v1"), "prod")
    assert synced(shop).ok
    assert wandb_server.artifact("table:prod").version == "v2"


def test_latest_that_somebody_else_moved_stays(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """Our own log has taken it along on the server, so it is put back."""
    shop.step("a", table="one")
    assert synced(shop).ok
    _by_somebody_else("theirs")
    shop.step("b", table="two")
    report = synced(shop)
    assert (report.ok, [(each.alias, each.result) for each in report.aliases]) == (
        False,
        [("table:latest", "conflict")],
    )
    assert wandb_server.artifact("table:latest").version == "v1"
    shop.step("c", table="three")
    assert synced(shop).ok
    assert wandb_server.artifact("table:latest").version == "v3"


@pytest.mark.parametrize("theirs_first", [True, False])
def test_an_alias_that_was_never_seen_goes_to_the_later_version(
    shop: Shop, synced: Sync, wandb_server: WandbServer, *, theirs_first: bool
) -> None:
    """So a step that lost its server goes on where it wrote before."""
    if theirs_first:
        _by_somebody_else("theirs")
    shop.step("a", table="one")
    if not theirs_first:
        _by_somebody_else("theirs")
        theirs = wandb_server.artifact("table:v0")
        theirs.created_at = "2099-01-01T00:00:00Z"
    assert synced(shop).ok is theirs_first
    version = wandb_server.artifact("table:latest").version
    assert version == ("v1" if theirs_first else "v0")


def test_a_decision_is_not_forced_on_an_alias_that_was_never_seen(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """Who promoted it there may have known better."""
    _by_somebody_else("theirs", "prod")
    shop.step("a", table="one")
    shop.store.set_alias(shop.store.find("table:v0"), "prod")
    assert [each.result for each in synced(shop).aliases] == ["conflict"]
    assert wandb_server.artifact("table:prod").version == "v0"


def test_a_removed_alias_is_removed_there(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """After it was synced before; where somebody else has moved it since, it stays."""
    shop.step("a", table="one")
    for alias in ("old", "moved"):
        shop.store.set_alias(shop.store.find("table"), alias)
    assert synced(shop).ok
    _by_somebody_else("theirs", "moved")
    for alias in ("old", "moved"):
        shop.store.remove_alias("table", alias)
    report = synced(shop)
    assert {each.alias: each.result for each in report.aliases} == {
        "table:moved": "conflict",
        "table:old": "uploaded",
    }
    assert wandb_server.artifact("table:moved").version == "v1"
    assert wandb_server.artifact("table:v0").aliases == []


def test_latest_goes_back_with_content_that_came_back(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """Logging old content again makes it the latest, here and there."""
    for step, text in (("a", "one"), ("b", "two"), ("c", "one")):
        shop.step(step, table=text)
    assert synced(shop).ok
    check_agreement(shop, wandb_server)
    assert wandb_server.artifact("table:latest").version == "v0"


def _online(shop: Shop, folder: Path, step: str, content: str, *aliases: str) -> None:
    """Log a version of ``table`` as a run does that the server takes."""
    cloud = CloudStore(PROJECT, None, folder / "cloud", PATIENT)
    writer = Writer(cloud, lambda: LocalStore(shop.store.folder), cloud.abandon)
    writer.open_step(Step(step, "job", "weekly", "run", step))
    made = writer.log(step, shop.draft("table", content, *aliases))
    writer.use(step, shop.draft("raw", f"raw of {content}"), None)
    writer.close_step(step, Ending("finished", 1.8e9))
    writer.move_alias(made.version, "prod")
    writer.close()


@pytest.mark.parametrize("synced_before", [True, False])
def test_what_an_online_run_moved_was_not_moved_by_somebody_else(
    shop: Shop, synced: Sync, wandb_server: WandbServer, tmp_path: Path, *, synced_before: bool
) -> None:
    """A later run without the server goes on from there: no alias is a conflict."""
    if synced_before:
        shop.step("a", table="one", raw="raw")
        shop.store.set_alias(shop.store.find("table:v0"), "prod")
        assert synced(shop).ok
    _online(shop, tmp_path, "b", "two", "weekly")
    shop.open("c")
    shop.store.use("c", shop.draft("raw", "raw of three"))
    shop.store.log("c", shop.draft("table", "three", "weekly"))
    shop.close("c")
    shop.store.set_alias(shop.store.find("table"), "prod")
    report = synced(shop)
    assert (report.ok, {each.alias: each.result for each in report.aliases}) == (
        True,
        {"table:prod": "uploaded", "table:weekly": "uploaded"},
    )
    newest = "v2" if synced_before else "v1"
    for alias in ("latest", "prod", "weekly"):
        assert wandb_server.artifact(f"table:{alias}").version == newest
    assert wandb_server.artifact("raw:latest").version == newest
