"""The same commands where the versions are on a W&B server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from kedro.io.core import DatasetError

if TYPE_CHECKING:
    from wandb_server.server import WandbServer

pytestmark = pytest.mark.slow


@pytest.fixture
def online(before_release: Any, wandb_server: WandbServer) -> Any:
    """The second week's model, with a server that knows of nothing yet."""
    del wandb_server
    return before_release


def test_a_week_is_released_and_rolled_back_online(online: Any) -> None:
    """First, already, by hand, back, and not undone: as with the local store."""
    online.run("release")
    assert online.decision()["outcome"] == "released"
    assert online.decision()["champion"] is None
    first = online.in_production()
    assert first == online.model()
    online.run("release")
    assert online.decision()["outcome"] == "already_released"

    params = {"release": {"mode": "manual"}, "modeling": {"seed": 7}}
    online.run("modeling", "release", params=params | {"release": {"mode": "manual", **LENIENT}})
    assert online.decision()["outcome"] == "waits_for_person"
    assert online.in_production() == first
    code, said = online.release("--reason", "looks good")
    assert code == 0, said
    second = online.in_production()
    assert second == online.model() != first

    code, said = online.release("--rollback", "--reason", "too high in Queens")
    assert code == 0, said
    assert online.in_production() == first
    online.run("release", params={"modeling": {"seed": 7}, "release": LENIENT})
    assert online.decision()["outcome"] == "kept"
    assert online.in_production() == first
    actions = [each["action"] for each in online.project.load("earlier_manual_releases")]
    assert actions == ["released", "rolled_back"]


LENIENT = {"max_mae_increase": 9.0, "min_mae_gain": 0.0, "max_champion_age_weeks": 0}


def test_a_server_that_is_gone_is_told(
    online: Any, wandb_server: WandbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody knows then what is in production: nothing is decided, or moved by hand."""
    del wandb_server
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    before = online.decision()
    with pytest.raises(DatasetError, match=r"127\.0\.0\.1:9"):
        online.run("release")
    assert online.decision() == before
    code, said = online.release("--rollback", "--reason", "x")
    assert (code, "127.0.0.1:9" in said) == (4, True), said
