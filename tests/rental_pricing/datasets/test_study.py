"""Studies in an SQLite file."""

from __future__ import annotations

import pickle
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from kedro.io.core import DatasetError

from rental_pricing.datasets.study import StudyDataset, StudyError
from rental_pricing.tuning.parameters import Dimension
from rental_pricing.tuning.trials import Trial

SPACE = {
    "rate": Dimension(parameter="kernel.weight", low=0.1, high=0.9),
    "kind": Dimension(parameter="features.price_power", choices=[None, 0.1, "x"]),
}
TRIALS = [
    Trial(0, {"rate": 5.0, "kind": None}, "finished", (0.1 + 0.2, 1 / 3)),  # outside of the space
    Trial(1, {"rate": 0.1, "kind": "x"}, "pruned", (2.5,)),
    Trial(2, {"rate": 0.30000000000000004, "kind": 0.1}, "failed", (), "Refused: “no”"),
]


@pytest.fixture
def dataset(tmp_path: Path) -> StudyDataset:
    """A study in a folder that is not there yet."""
    return StudyDataset(filepath=str(tmp_path / "new/study.sqlite"))


def test_trials_come_back_bit_for_bit(dataset: StudyDataset) -> None:
    """By study, in their order, from another process's dataset too."""
    with dataset.load().open("one", SPACE, 9) as study:
        for trial in TRIALS:
            study.add(trial)
        assert study.trials == TRIALS
    with pickle.loads(pickle.dumps(dataset)).load().open("one", SPACE, 9) as study:  # noqa: S301
        assert study.trials == TRIALS
    with dataset.load().open("two", SPACE, 9) as study:
        assert study.trials == []
    assert dataset.exists()


def test_optuna_reads_the_study(dataset: StudyDataset, tmp_path: Path) -> None:
    """With states, values and parameters, for its dashboard."""
    import optuna

    with dataset.load().open("one", SPACE, 9) as study:
        for trial in TRIALS:
            study.add(trial)
    storage = optuna.storages.RDBStorage(f"sqlite:///{tmp_path}/new/study.sqlite")
    trials = optuna.load_study(study_name="one", storage=storage).trials
    storage.engine.dispose()
    assert [trial.state.name for trial in trials] == ["COMPLETE", "PRUNED", "FAIL"]
    assert trials[0].value == TRIALS[0].mae
    assert trials[1].params == {"rate": 0.1, "kind": "x"}
    assert trials[1].intermediate_values == {1: 2.5}


def test_a_killed_process_leaves_whole_trials(dataset: StudyDataset, tmp_path: Path) -> None:
    """What had ended is there, and more can be added."""
    program = f"""
import os, signal, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_study import SPACE, TRIALS, StudyDataset
with StudyDataset(filepath=sys.argv[1]).load().open("one", SPACE, 9) as study:
    study.add(TRIALS[0])
    study.add(TRIALS[1])
    os.kill(os.getpid(), signal.SIGKILL)
"""
    file = str(tmp_path / "new/study.sqlite")
    done = subprocess.run([sys.executable, "-c", program, file], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    with dataset.load().open("one", SPACE, 9) as study:
        assert study.trials == TRIALS[:2]
        study.add(TRIALS[2])
        assert study.trials == TRIALS


def test_an_absent_file_is_fine_and_is_not_made_by_looking(dataset: StudyDataset) -> None:
    """The first trial makes it."""
    dataset.check()
    dataset.load()
    assert not dataset.exists()


@pytest.mark.parametrize(
    "content", [b"no database at all, " * 100, b"SQLite format 3\x00" + b"x" * 99]
)
def test_another_file_is_refused(dataset: StudyDataset, tmp_path: Path, content: bytes) -> None:
    """With its name and a remedy, before a run begins; and it stays as it is."""
    file = tmp_path / "new/study.sqlite"
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(StudyError, match=r"study.sqlite can't be used.*Take it away"):
        dataset.check()
    assert file.read_bytes() == content


def test_without_optuna_the_extra_is_named(
    dataset: StudyDataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the first node."""
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(StudyError, match=r"needs Optuna.*pip install 'optuna>=5,<6'"):
        dataset.check()


def test_it_is_a_local_file_and_nothing_is_saved() -> None:
    """SQLite is no object store; trials are added through what is loaded."""
    with pytest.raises(StudyError, match="this machine"):
        StudyDataset(filepath="s3://bucket/study.sqlite")
    with pytest.raises(DatasetError, match="trial by trial"):
        StudyDataset(filepath="study.sqlite").save({})  # type: ignore[arg-type]


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_bar_is_shown_on_a_terminal_alone(
    dataset: StudyDataset, capfd: pytest.CaptureFixture[str], *, is_terminal: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """With the trials that are there, those to come, and the lowest error."""
    monkeypatch.setenv("FORCE_COLOR" if is_terminal else "NO_COLOR", "1")
    with dataset.load().open("one", SPACE, 9) as study:
        study.add(TRIALS[0])
    shown = capfd.readouterr().err
    assert ("1/9" in shown and "lowest MAE 0.32" in shown) == is_terminal
    assert bool(shown) == is_terminal
