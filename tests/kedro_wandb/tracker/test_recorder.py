"""The recorder alone, where a whole run can't be made to fail at the right moment."""

from __future__ import annotations

from pathlib import Path

from kedro_wandb.protocol.plan import NodePlan, RunPlan, StepPlan, StorePlan
from kedro_wandb.settings.config import Config
from kedro_wandb.stores.base import Draft, Ending, Outcome, Source, Version
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.tracker.recorder import Recorder, stored_bytes
from kedro_wandb.tracker.writer import Failover

NAMES = ("clean", "train")


class Unreadable(Failover):
    """Writes to a store, and meets an image that can't be read at each step's end."""

    def close_step(self, step: str, ending: Ending) -> None:
        """End a step, and fail as a store does that can't read an image."""
        super().close_step(step, ending)
        msg = f"the image of {step} is gone"
        raise FileNotFoundError(msg)


def two_steps(folder: Path) -> RunPlan:
    return RunPlan(
        run_id="run",
        experiment="weekly",
        project_path=folder,
        started=0.0,
        kedro={},
        only_missing=False,
        store=StorePlan(kind="local", project="tiny", entity=None, folder=folder / "store"),
        config=Config(),
        steps=tuple(StepPlan(id=name, name=name) for name in NAMES),
        nodes=tuple(NodePlan(name=name, step=name, inputs=(), outputs=()) for name in NAMES),
        datasets={},
    )


def test_an_image_that_is_gone_leaves_no_other_step_open(tmp_path: Path) -> None:
    """The end of each step is told, and what was wrong with it is a row of the table."""
    store = LocalStore(tmp_path / "store")
    recorder = Recorder(two_steps(tmp_path), Unreadable(store), {})
    for name in NAMES:
        recorder.begin_node(name)
    recorder.end("failed")
    assert {name: store.step(name).state for name in NAMES} == dict.fromkeys(NAMES, "failed")
    assert [(row.step, row.status) for row in recorder.rows if not row.reason] == [
        (name, "failed") for name in NAMES
    ]
    assert [row.reason for row in recorder.rows if row.reason] == [
        f"the step's end: the image of {name} is gone" for name in NAMES
    ]
    store.close()


def test_bytes_that_stay_elsewhere_are_not_counted_as_stored() -> None:
    """A reference's size is part of the version's; nor is anything stored of known content."""
    local = Source("a.csv", Path("a.csv"))
    remote = Source("b.csv", ref="s3://bucket/b.csv", digest="etag", size=700)
    draft = Draft("raw", "dataset", (local, remote))
    version = Version("raw", "dataset", 0, "d" * 32, 1000)
    assert stored_bytes(draft, Outcome(version, "new")) == 300
    assert stored_bytes(draft, Outcome(version, "unchanged")) == 0
    assert stored_bytes(None, Outcome(version, "unchanged")) == 0
