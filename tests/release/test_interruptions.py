"""What gets between a decision and its promotion: kills, full disks, other people and commands."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import Any

import pytest

from kedro_wandb.errors import ArtifactNotFoundError
from kedro_wandb.reading.aliases import AliasDataset
from kedro_wandb.stores.local.store import LocalStore
from rental_pricing.errors import UserInputError
from rental_pricing.pipelines.release import nodes
from rental_pricing.promotion import PromotionError
from rental_pricing.run_lock import market_lock

MANUAL = {"release": {"mode": "manual"}}


@pytest.mark.slow
def test_a_reason_that_is_not_kept_fails_the_command(before_release: Any) -> None:
    """The next decision would not know of it."""
    before_release.run("release", params=MANUAL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kedro_wandb.step", lambda *_, **__: contextlib.nullcontext())
        code, said = before_release.release("--decline", "--reason", "later")
    assert (code, "could not be kept as manual_releases" in said) == (1, True), said


def _killed(market: Any, script: str) -> None:
    """Run ``release`` in a process of its own, after a script that lets it kill itself."""
    script += "from kedro.framework.cli import main\nmain()\n"
    killed = subprocess.run(
        [sys.executable, "-c", script, "run", "--pipelines", "release"],
        cwd=market.path, env=os.environ, capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert killed.returncode == -9, killed.stderr


@pytest.mark.slow
def test_a_run_killed_before_the_promotion_is_mended_by_the_next(before_release: Any) -> None:
    """The decision was written, the alias was not moved."""
    first = before_release.in_production()
    script = (
        "import os, signal\n"
        "from kedro_wandb.reading.aliases import AliasDataset\n"
        "AliasDataset.save = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    _killed(before_release, script)
    assert before_release.decision()["outcome"] == "released"
    assert before_release.in_production() == first
    before_release.run("release")
    assert before_release.decision()["outcome"] == "released"
    assert before_release.in_production() == before_release.model() != first


@pytest.mark.slow
def test_a_run_killed_after_the_promotion_is_told_by_the_next(before_release: Any) -> None:
    """The alias was moved, and nobody had said so; what was before is known all the same."""
    first = before_release.in_production()
    script = (
        "import os, signal, time\n"
        "from kedro_wandb.reading.aliases import AliasDataset\n"
        "from rental_pricing.datasets.files import MarkdownDataset\n"
        "def kill(*_):\n"
        "    alias = AliasDataset(artifact='price_model', alias='prod')\n"
        "    while alias.load().version != 'v1':\n"
        "        time.sleep(0.1)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "MarkdownDataset.save = kill\n"
    )
    _killed(before_release, script)
    before_release.run("release")
    decision = before_release.decision()
    assert decision["outcome"] == "already_released"
    told = "An earlier run has released it, instead of price_model:v0: The candidate keeps the"
    assert told in decision["reason"]
    assert decision["brought"]["instead_of"]["model"] == first
    note = (before_release.path / "data/08_reporting/release_note.md").read_text(encoding="utf-8")
    assert told in note
    code, said = before_release.release("--rollback", "--reason", "too soon")
    assert (code, before_release.in_production()) == (0, first), said


@pytest.mark.slow
def test_a_promotion_that_was_not_made_fails_the_run(
    before_release: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One clear error; the lock is free again, and the next run makes it."""
    first = before_release.in_production()
    with monkeypatch.context() as patch:
        patch.setattr("kedro_wandb.protocol.moves.Decision.leave", full_disk)
        with pytest.raises(PromotionError) as error:
            before_release.run("release")
    assert "price_model:prod was not moved to it: the decision can't be" in str(error.value)
    assert "kedro run --pipelines release" in str(error.value)
    assert before_release.in_production() == first
    del error
    before_release.run("release")
    assert before_release.in_production() == before_release.model() != first


@pytest.mark.slow
@pytest.mark.parametrize(
    ("moment", "told"),
    [
        ("loaded", "price_model:v0 when it began, nothing now"),
        ("judged", "it stands for no version by now, and was moved by somebody else"),
    ],
)
def test_what_somebody_moves_meanwhile_is_not_undone(
    before_release: Any, monkeypatch: pytest.MonkeyPatch, moment: str, told: str
) -> None:
    """Neither before both models are judged nor after: the run fails, and says so."""

    def moved_first(function: Any) -> Any:
        def called(*arguments: Any, **more: Any) -> Any:
            store = LocalStore(before_release.path / ".wandb/rental_pricing")
            with contextlib.closing(store), contextlib.suppress(ArtifactNotFoundError):
                store.remove_alias("price_model", "prod")
            return function(*arguments, **more)

        return called

    if moment == "loaded":
        monkeypatch.setattr(AliasDataset, "load", moved_first(AliasDataset.load))
    else:
        monkeypatch.setattr(nodes, "judge", moved_first(nodes.judge))
    with pytest.raises(UserInputError, match=told):
        before_release.run("release")
    monkeypatch.undo()
    assert before_release.in_production() is None


def full_disk(*_: Any) -> None:
    """What a disk says that is full."""
    msg = "No space left on device"
    raise OSError(msg)


def test_a_command_waits_for_no_run(second_week: Any) -> None:
    """One at a time works on a market's data; who does is told."""
    from kedro.framework.session import KedroSession
    from kedro.framework.startup import bootstrap_project

    bootstrap_project(second_week.path)
    script = (
        "import sys, time; from pathlib import Path; from filelock import FileLock\n"
        "lock = FileLock(sys.argv[1]); lock.acquire(); print('held', flush=True); time.sleep(60)\n"
    )
    lock = second_week.path / "data/.run.lock"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(lock)], stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        code, said = second_week.release("--rollback", "--reason", "no good")
        other.kill()
    assert (code, "One run at a time" in said) == (1, True)
    with KedroSession.create(second_week.path) as session:
        context = session.load_context()
        with market_lock(context, "a test"), market_lock(context, "of the same process"):
            assert lock.exists()
