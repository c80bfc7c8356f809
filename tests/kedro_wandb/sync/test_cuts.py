"""A sync that is cut anywhere is gone on with by the next one: nothing is lost, nothing twice."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from answers import ASSUMED, OTHERWISE, asked_with
from shop import SHORT, Shop, Sync, check_agreement, fill, fill_small, known
from wandb_server.server import WandbServer

from kedro_wandb.sync.report import SyncReport

EVERY = int(os.environ.get("CUT_EVERY", "1"))
"""Every how many-th request is cut; more is quicker."""


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK tries again once, after the second that is its shortest."""
    monkeypatch.setattr("kedro_wandb.stores.wandb.sdk._RETRIES", 1)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["cut", "kill"])
@pytest.mark.parametrize(
    ("first", "unsure_server"), [(1, OTHERWISE), (2, ASSUMED)], indirect=["unsure_server"]
)
def test_a_sync_can_be_cut_at_every_request(
    shop: Shop,
    synced: Sync,
    wandb_server: WandbServer,
    *,
    kind: str,
    first: int,
) -> None:
    """An answer is lost, or the server goes down: the next sync is whole.

    The server gives one answer for the odd requests, and the other one for the even ones.
    """
    fill_small(shop)
    expected = _undisturbed(shop, synced, wandb_server)
    number = first
    while True:
        _empty(shop, wandb_server)
        fault = wandb_server.faults.add("*", first=number, **{kind: True})
        synced(shop, SHORT)
        if fault.count < fault.first:
            return
        _check_next(shop, synced, wandb_server, expected, f"{kind} at request {number}")
        number += 2 * EVERY


@pytest.mark.slow
@pytest.mark.parametrize("fault", [{"status": 500}, {"drop": True}], ids=["500", "dropped"])
@asked_with(OTHERWISE)
def test_each_operation_may_fail_once(
    shop: Shop, synced: Sync, wandb_server: WandbServer, fault: dict[str, Any]
) -> None:
    """The SDK tries again, or the next sync does."""
    fill_small(shop)
    wandb_server.requests.clear()
    expected = _undisturbed(shop, synced, wandb_server)
    operations = {_pattern(each.name) for each in wandb_server.requests}
    assert {"CommitArtifact", "AddAliases", "UseArtifact", "POST */file_stream"} <= operations
    for operation in sorted(operations):
        _empty(shop, wandb_server)
        wandb_server.faults.add(operation, **fault)
        synced(shop, SHORT)
        _check_next(shop, synced, wandb_server, expected, operation)


@asked_with(ASSUMED, OTHERWISE)
def test_a_lost_commit_is_made_up_for(shop: Shop, synced: Sync, unsure_server: WandbServer) -> None:
    """A version that was announced and never committed counts as absent, listed or not."""
    fill_small(shop)
    expected = _undisturbed(shop, synced, unsure_server)
    _empty(shop, unsure_server)
    unsure_server.faults.answer("CommitArtifact", 403, times=None)
    report = synced(shop, SHORT)
    assert not report.ok
    assert {
        each.state
        for each in unsure_server.state.projects["tester", "prices"].collections["raw"].artifacts
    } == {"PENDING"}
    _check_next(shop, synced, unsure_server, expected, "without commits")


SCRIPT = """
import sys
from pathlib import Path
from kedro_wandb.settings.config import Timeouts
from kedro_wandb.stores.wandb.store import CloudStore
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.sync.sync import sync

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    cloud = CloudStore("prices", None, folder / "cloud", Timeouts())
    sync(LocalStore(folder), cloud)
"""


@pytest.mark.slow
@pytest.mark.parametrize("request_", ["UpsertBucket", "CommitArtifact", "AddAliases"])
@asked_with(OTHERWISE)
def test_a_killed_sync_can_be_repeated(
    shop: Shop, synced: Sync, unsure_server: WandbServer, request_: str
) -> None:
    """What the killed one was about to send may still arrive."""
    fill(shop)
    expected = _undisturbed(shop, synced, unsure_server)
    _empty(shop, unsure_server)
    unsure_server.requests.clear()
    unsure_server.faults.delay(request_, 1)
    command = [sys.executable, "-c", SCRIPT, str(shop.store.folder)]
    # The process is to have a wandb-core of its own.
    variables = {key: value for key, value in os.environ.items() if "WANDB_SERVICE" not in key}
    with subprocess.Popen(command, env=variables) as process:
        give_up = time.monotonic() + 30
        while not unsure_server.seen(request_) and time.monotonic() < give_up:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
    assert unsure_server.seen(request_)
    time.sleep(1.5)
    _check_next(shop, synced, unsure_server, expected, f"killed in {request_}")


def _pattern(name: str) -> str:
    """Return what matches requests of a kind, such as ``PUT /storage/artifacts/*``."""
    return re.sub(r"(/storage/\w+)/.*|/files/.*(/file_stream)", r"\1*\2", name)


def _check_next(
    shop: Shop, synced: Sync, server: WandbServer, expected: dict[str, Any], where: str
) -> None:
    """Check that a sync of a well server makes all good."""
    server.faults.clear()
    server.start()
    report = synced(shop)
    assert report.ok, (where, _reasons(report))
    assert known(server) == expected, where
    check_agreement(shop, server)
    assert not shop.store.outbox.waiting_events(), where


def _reasons(report: SyncReport) -> list[str]:
    return [each.reason for each in (*report.steps, *report.aliases) if each.reason]


def _undisturbed(shop: Shop, synced: Sync, server: WandbServer) -> dict[str, Any]:
    """Return what an empty server knows after one sync."""
    _empty(shop, server)
    report = synced(shop)
    assert report.ok, report
    check_agreement(shop, server)
    return known(server)


def _empty(shop: Shop, server: WandbServer) -> None:
    shop.forget()
    server.faults.clear()
    server.state.projects.clear()
    server.state.records.clear()
