"""Figures and pages of a step go to W&B's server with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from shop import PROJECT, Shop, Sync, known, results

if TYPE_CHECKING:
    from pathlib import Path

    from wandb_server.server import WandbServer


@pytest.fixture
def drawn(tmp_path: Path) -> dict[str, Path]:
    """A figure and a page."""
    figure, page = tmp_path / "prices.json", tmp_path / "page.html"
    figure.write_text(json.dumps({"data": [{"type": "bar", "y": [3]}], "layout": {}}))
    page.write_text("<p>Prices</p>")
    return {"prices": figure, "page": page}


def test_a_sync_sends_them_once(
    shop: Shop, synced: Sync, wandb_server: WandbServer, drawn: dict[str, Path]
) -> None:
    """The same bytes, as what W&B draws; where they are there already, none is sent."""
    shop.open("a")
    shop.close("a", media=drawn)
    assert results(synced(shop)) == {"a": "uploaded"}
    run = known(wandb_server)["runs"]["a"]
    assert run["rows"] == [["page", "prices"]]
    folders = ["/".join(name.split("/")[:2]) for name in run["images"]]
    assert folders == ["media/html", "media/plotly"]
    assert run["images"][1].endswith(".plotly.json")
    (there,) = wandb_server.state.projects["tester", PROJECT].runs.values()
    assert there.files[run["images"][1]] == drawn["prices"].read_bytes()
    (row,) = there.history
    assert (row["prices"]["_type"], row["page"]["_type"]) == ("plotly-file", "html-file")
