"""Aliases that runs read and move."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from kedro.io.core import DatasetError
from project import KedroProject, make_project
from wandb_server.server import WandbServer
from weekly import LOCAL, open_store

import kedro_wandb
from kedro_wandb.errors import TrackingError
from kedro_wandb.reading.aliases import AliasDataset, AliasHolder

TRAIN = """
from kedro.pipeline import Node, Pipeline


def train(price):
    return {"price": price}


def decide(model, champion, decision):
    return decision, {"champion": champion and champion.version}


def create_pipeline(**_):
    return Pipeline([
        Node(train, "params:price", "model", name="train"),
        Node(decide, ["model", "champion", "params:decision"], ["promotion", "seen"],
             name="decide"),
    ])
"""

EARLY = """
from kedro.pipeline import Node, Pipeline


def train(price, decision):
    return decision, {"price": price}


def create_pipeline(**_):
    return Pipeline([
        Node(train, ["params:price", "params:decision"], ["promotion", "model"], name="train"),
    ])
"""

ALIAS = {"type": "kedro_wandb.AliasDataset", "artifact": "price-model", "alias": "prod"}

CATALOG: dict[str, Any] = {
    "model": {
        "type": "json.JSONDataset",
        "filepath": "data/model.json",
        "metadata": {"wandb": {"name": "price-model", "type": "model"}},
    },
    "champion": ALIAS,
    "promotion": ALIAS,
    "seen": {"type": "json.JSONDataset", "filepath": "data/seen.json"},
}

MODEL = {"dataset": "model"}


@pytest.fixture
def project(tmp_path: Path) -> KedroProject:
    """A project that trains a model and lets an alias stand for it, if it is told to."""
    return make(tmp_path)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the plugin logs; Kedro's logging takes ``caplog``'s handler away."""
    told: list[str] = []
    logger = logging.getLogger("kedro_wandb")
    monkeypatch.setattr(
        logger, "handle", lambda record: told.append(f"{record.levelname} {record.getMessage()}")
    )
    return told


def make(folder: Path, source: str = TRAIN, **wandb: Any) -> KedroProject:
    return make_project(
        folder / "project",
        catalog=CATALOG,
        pipelines={"train": source},
        parameters={"price": 1, "decision": {}},
        wandb=LOCAL | wandb,
    )


def run(project: KedroProject, price: int, decision: Any, **how: Any) -> None:
    project.run("train", params={"price": price, "decision": decision}, **how)


def aliases(project: KedroProject) -> dict[str, tuple[str, ...]]:
    """Return the aliases by version."""
    with open_store(project) as store:
        return {version.label: version.aliases for version in store.versions("price-model")}


def seen(project: KedroProject) -> str | None:
    """Return whom the last run saw holding the alias."""
    told: dict[str, str | None] = json.loads((project.path / "data/seen.json").read_text())
    return told["champion"]


def test_a_decision_moves_the_alias_to_the_version_of_this_run(project: KedroProject) -> None:
    """At first to the first version, then on; who held it before is what the run loads."""
    run(project, 1, MODEL)
    assert aliases(project) == {"v0": ("latest", "prod")}
    assert seen(project) is None
    run(project, 2, MODEL)
    assert aliases(project) == {"v1": ("latest", "prod"), "v0": ()}
    assert seen(project) == "v0"


def test_a_digest_moves_it_back_and_latest_stays(project: KedroProject) -> None:
    """Nothing is logged again."""
    run(project, 1, MODEL)
    before = project.load("champion")
    run(project, 2, MODEL)
    run(project, 2, {"digest": before.digest})
    assert aliases(project) == {"v1": ("latest",), "v0": ("prod",)}
    move = kedro_wandb.alias_move("price-model:prod")
    assert (move.made, move.version, move.digest) == (True, "v0", before.digest)


def test_content_that_is_known_gets_the_alias_of_its_version(project: KedroProject) -> None:
    """The version that the run logged is an old one."""
    run(project, 1, {})
    run(project, 2, {})
    run(project, 1, MODEL)
    assert aliases(project)["v0"] == ("latest", "prod")


def test_loading_tells_the_holder(project: KedroProject) -> None:
    """With what is known of the version; nobody at first."""
    assert project.load("champion") is None
    run(project, 1, MODEL)
    holder = project.load("champion")
    assert isinstance(holder, AliasHolder)
    assert (holder.name, holder.version) == ("price-model", "v0")
    assert (len(holder.digest), holder.metadata["node"]) == (32, "train")


@pytest.mark.parametrize("runner", ["ThreadRunner", "ParallelRunner"])
def test_every_runner_moves_it(project: KedroProject, runner: str) -> None:
    """Also those that save in processes of their own."""
    given = {"decision.dataset": "model"} if runner == "ParallelRunner" else {"decision": MODEL}
    project.run_under(runner, params=given)
    assert aliases(project) == {"v0": ("latest", "prod")}
    assert not list(project.path.glob(".wandb/tiny/decisions/*"))


@pytest.mark.parametrize("is_async", [False, True])
def test_a_decision_waits_for_its_version(tmp_path: Path, *, is_async: bool) -> None:
    """Where it is saved before the dataset that it is about, or by another thread."""
    from kedro.runner import SequentialRunner

    project = make(tmp_path, EARLY)
    run(project, 1, MODEL, runner=SequentialRunner(is_async=is_async))
    assert aliases(project) == {"v0": ("latest", "prod")}
    assert kedro_wandb.alias_move("price-model:prod").made


def test_a_decision_may_be_to_leave_it(project: KedroProject, log: list[str]) -> None:
    """Then there is nothing to complain of, and nothing was moved."""
    run(project, 1, MODEL)
    run(project, 2, {})
    assert aliases(project) == {"v1": ("latest",), "v0": ("prod",)}
    move = kedro_wandb.alias_move("price-model:prod")
    assert (move.made, move.reason) == (False, "the decision was to leave it where it is")
    assert log == []


def test_the_table_tells_the_move(
    project: KedroProject, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a row of the step that decided it."""
    run(project, 1, MODEL)
    told = " ".join(capsys.readouterr().err.split())
    assert "price-model:v0" in told
    assert "moved, prod stands for it now" in told


@pytest.mark.parametrize(
    ("decision", "told"),
    [
        ({"dataset": "modle"}, "this run has no version of the dataset 'modle'"),
        ({"dataset": "seen"}, "'seen' is the artifact 'seen', and the alias belongs to 'price-mod"),
        ({"digest": "0" * 32}, "no 'price-model:00000000000000000000000000000000'"),
    ],
)
def test_what_can_not_be_moved_is_told(
    project: KedroProject, log: list[str], decision: dict[str, str], told: str
) -> None:
    """By a warning, and to the program; the run goes on, and the alias stays."""
    run(project, 1, MODEL)
    run(project, 2, decision)
    assert aliases(project)["v0"] == ("prod",)
    assert log[-1].startswith("WARNING W&B tracking: price-model:prod was not moved: ")
    move = kedro_wandb.alias_move("price-model:prod")
    assert not move.made
    assert told in move.reason


def test_an_alias_that_somebody_has_moved_meanwhile_is_left_there(
    project: KedroProject, log: list[str]
) -> None:
    """A decision may say what it was made against: a version, or none."""
    nobody = {**MODEL, "instead_of": ""}
    run(project, 1, nobody)
    assert aliases(project)["v0"] == ("latest", "prod")
    first = project.load("champion").digest
    run(project, 2, nobody)
    move = kedro_wandb.alias_move("price-model:prod")
    assert (move.made, aliases(project)["v0"]) == (False, ("prod",))
    assert move.reason == (
        "it stands for v0 by now, and was moved by somebody else since that was decided"
    )
    assert "price-model:prod was not moved: it stands for v0 by now" in log[-1]
    against_first = {**MODEL, "instead_of": first}
    for _ in range(2):  # what stands for it already is no obstacle
        run(project, 2, against_first)
        assert kedro_wandb.alias_move("price-model:prod").made
        assert aliases(project)["v1"] == ("latest", "prod")
    run(project, 3, against_first)
    assert not kedro_wandb.alias_move("price-model:prod").made
    assert aliases(project)["v1"] == ("prod",)


def test_a_move_that_was_not_made_fails_a_strict_run(tmp_path: Path) -> None:
    """As any other failure of the tracking does."""
    project = make(tmp_path, on_error="raise")
    with pytest.raises(TrackingError, match="price-model:prod was not moved"):
        run(project, 1, {"dataset": "modle"})


@pytest.mark.parametrize(
    "decision",
    [
        "model",
        {"dataset": "model", "digest": "0" * 32},
        {"model": "v3"},
        {"dataset": ""},
        {"dataset": None},
        {"digest": "v3"},
        {"instead_of": "0" * 32},
        {"dataset": "model", "instead_of": "v3"},
        {"dataset": "model", "instead_of": None},
        {"dataset": "model", "insted_of": ""},
        ["dataset"],
    ],
)
def test_what_is_no_decision_is_refused(decision: Any) -> None:
    """A mistake in the node is told there, tracked or not."""
    dataset = AliasDataset(artifact="price-model", alias="prod")
    with pytest.raises(DatasetError, match=r"price-model:prod: a (decision|digest)"):
        dataset.save(decision)


@pytest.mark.parametrize(
    ("artifact", "alias", "told"),
    [
        ("model", "latest", "model: 'latest' moves by itself: it always stands for the version"),
        ("model", "v3", "must not look like v0"),
        ("model", "a:b", "can't be an alias"),
        ("model:prod", "prod", "must be a name alone"),
    ],
)
def test_what_is_no_alias_to_be_moved_is_refused(artifact: str, alias: str, told: str) -> None:
    """Where the catalog is read."""
    with pytest.raises(DatasetError, match=told):
        AliasDataset(artifact=artifact, alias=alias)


@pytest.mark.parametrize("runner", ["SequentialRunner", "ParallelRunner"])
def test_an_untracked_run_moves_nothing_and_says_so(
    project: KedroProject, monkeypatch: pytest.MonkeyPatch, runner: str
) -> None:
    """Saving raises nothing; what an earlier run has moved is no answer."""
    from kedro import runner as runners

    run(project, 1, MODEL)
    assert kedro_wandb.alias_move("price-model:prod").made
    monkeypatch.setenv("WANDB_MODE", "disabled")
    run(project, 2, MODEL, runner=getattr(runners, runner)())
    move = kedro_wandb.alias_move("price-model:prod")
    assert (move.made, move.version) == (False, "")
    assert move.reason == "nothing is tracked (WANDB_MODE says mode: disabled)"
    assert aliases(project) == {"v0": ("latest", "prod")}


def test_a_decision_outside_of_a_run_moves_nothing(project: KedroProject, log: list[str]) -> None:
    """As in a notebook; it is told at once."""
    run(project, 1, {})
    with project.session() as session:
        session.load_context().catalog.save("promotion", MODEL)
        told = "no tracked run has decided it"
        assert kedro_wandb.alias_move("price-model:prod").reason == told
    assert log[-1] == f"WARNING price-model:prod was not moved: {told}."
    assert aliases(project) == {"v0": ("latest",)}


def test_a_project_without_the_file_saves_and_moves_nothing(project: KedroProject) -> None:
    """Loading says how to start."""
    (project.path / "conf/base/wandb.yml").unlink()
    with project.session() as session:
        catalog = session.load_context().catalog
        catalog.save("promotion", MODEL)
        reason = kedro_wandb.alias_move("price-model:prod").reason
        assert reason == "nothing is tracked, since the project has no wandb.yml"
        with pytest.raises(DatasetError, match=r"Let 'kedro wandb init' write one"):
            catalog.load("champion")


def test_a_lost_tracker_leaves_no_wrong_word(
    project: KedroProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it was moved is not known, so it was not."""
    from kedro_wandb.protocol.process import TrackerProcess

    send = TrackerProcess.send

    def send_once(self: TrackerProcess, message: dict[str, Any]) -> None:
        send(self, message)
        if message["op"] == "saved":
            self._process.kill()
            self._process.wait()

    monkeypatch.setattr(TrackerProcess, "send", send_once)
    run(project, 1, MODEL)
    move = kedro_wandb.alias_move("price-model:prod")
    assert not move.made
    assert "the tracker process was lost" in move.reason


@pytest.mark.slow
def test_it_is_moved_and_read_on_the_server(tmp_path: Path, unsure_server: WandbServer) -> None:
    """The same as in the local store."""
    project = make(tmp_path, mode="auto")
    run(project, 1, MODEL)
    before = project.load("champion")
    assert (before.version, before.metadata["node"]) == ("v0", "train")
    run(project, 2, MODEL)
    assert kedro_wandb.alias_move("price-model:prod").version == "v1"
    assert unsure_server.artifact("price-model:prod", "tiny").version == "v1"
    run(project, 2, {"digest": before.digest})
    assert unsure_server.artifact("price-model:prod", "tiny").version == "v0"
    assert unsure_server.artifact("price-model:latest", "tiny").version == "v1"
    parallel = ("--runner", "ParallelRunner", "--params", "price=2,decision.dataset=model")
    done = project.kedro("run", *parallel)
    assert done.code == 0, done.output
    assert seen(project) == "v0"
    assert unsure_server.artifact("price-model:prod", "tiny").version == "v1"
    assert len(unsure_server.versions("price-model", "tiny")) == 2


@pytest.mark.slow
def test_a_move_that_the_server_refuses_is_not_made(
    tmp_path: Path, wandb_server: WandbServer, log: list[str]
) -> None:
    """Nor does the rest of the run suffer, as where an alias is protected."""
    project = make(tmp_path, mode="auto")
    wandb_server.faults.answer("UpdateArtifact", 403, times=None)
    run(project, 1, MODEL)
    move = kedro_wandb.alias_move("price-model:prod")
    assert (move.made, move.version) == (False, "v0")
    assert log[-1].startswith("WARNING W&B tracking: price-model:prod was not moved: ")
    assert len(wandb_server.versions("seen", "tiny")) == 1


@pytest.mark.slow
def test_a_move_in_the_local_store_alone_is_none(tmp_path: Path, wandb_server: WandbServer) -> None:
    """The server is lost; it is told of the move by a later sync."""
    project = make(tmp_path, EARLY, mode="auto")
    wandb_server.stop()
    run(project, 1, MODEL)
    move = kedro_wandb.alias_move("price-model:prod")
    assert not move.made
    assert "it was moved in the local store alone" in move.reason


@pytest.mark.slow
def test_a_sync_moves_what_was_moved_locally(
    tmp_path: Path, wandb_server: WandbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server has it where the run has put it, and both models."""
    project = make(tmp_path)
    monkeypatch.delenv("WANDB_MODE")
    run(project, 1, MODEL)
    assert not wandb_server.state.projects
    run(project, 2, {})
    done = project.kedro("wandb", "sync")
    assert done.code == 0, done.output
    assert wandb_server.artifact("price-model:prod", "tiny").version == "v0"
    assert wandb_server.artifact("price-model:latest", "tiny").version == "v1"
