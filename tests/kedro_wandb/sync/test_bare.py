"""Many steps without versions go to W&B together."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from shop import Shop, Sync, known
from wandb_server.server import WandbServer

from kedro_wandb.stores.base import Ending, Step

ROWS = [f"row{number}" for number in range(8)]


def fill(shop: Shop) -> None:
    """Keep the rows of a table, and a step with an image, as a sync finds them."""
    for number, name in enumerate(ROWS):
        step = Step(name, "trials", "search", "run-1", name, {"parameters": {"a": number}}, (), 1e9)
        state = "failed" if number == 3 else "finished"
        shop.store.add_runs([(step, Ending(state, 1e9 + 1, {"trials/mae": 30.0 + number}))])


def test_all_of_them_are_told_once(shop: Shop, synced: Sync, wandb_server: WandbServer) -> None:
    """As they were; a second sync has nothing to send."""
    fill(shop)
    report = synced(shop)
    assert [each.result for each in report.steps] == ["uploaded"] * len(ROWS)
    runs = known(wandb_server)["runs"]
    assert set(runs) == set(ROWS)
    assert (runs["row3"]["state"], runs["row4"]["state"]) == ("failed", "finished")
    assert runs["row4"]["summary"]["trials/mae"] == 34.0
    assert shop.store.outbox.waiting_events() == []
    assert synced(shop).steps == ()


def test_what_the_server_has_is_left_alone(
    shop: Shop, synced: Sync, wandb_server: WandbServer
) -> None:
    """As after a sync whose end was not noted."""
    fill(shop)
    synced(shop)
    with shop.store.database.writing() as connection:
        connection.execute("UPDATE events SET synced = 0")
    before = len(wandb_server.seen("UpsertBucket"))
    assert {each.result for each in synced(shop).steps} == {"already there"}
    assert len(wandb_server.seen("UpsertBucket")) == before


def test_an_image_is_not_forgotten(
    shop: Shop, synced: Sync, wandb_server: WandbServer, tmp_path: Path
) -> None:
    """A step that has one goes as any other."""
    fill(shop)
    image = tmp_path / "plot.png"
    Image.new("RGB", (2, 2)).save(image)
    shop.store.open_step(Step("drawn", "draw", "search", "run-1", "drawn"))
    shop.store.close_step("drawn", Ending("finished", 1e9, media={"plot": image}))
    assert synced(shop).ok
    assert len(known(wandb_server)["runs"]["drawn"]["images"]) == 1


@pytest.mark.parametrize("match", ["States", "UpsertBucket"])
def test_where_that_fails_each_is_told_by_itself(
    shop: Shop, synced: Sync, wandb_server: WandbServer, match: str
) -> None:
    """A refusal that passes costs nothing but time."""
    fill(shop)
    wandb_server.faults.answer(match, 403, times=1)
    report = synced(shop)
    assert report.ok, report
    assert {run["state"] for run in known(wandb_server)["runs"].values()} == {"finished", "failed"}
    assert set(known(wandb_server)["runs"]) == set(ROWS)
    assert shop.store.outbox.waiting_events() == []
