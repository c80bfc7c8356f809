"""One run at a time in a market's folder."""

from __future__ import annotations

import gc
import json
import platform
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from kedro.pipeline import Pipeline

from rental_pricing.market_folders import market_folder
from rental_pricing.run_lock import RunLockError, RunLockHook

if TYPE_CHECKING:
    from collections.abc import Iterator

OTHER = """
import sys
from pathlib import Path
from kedro.pipeline import Pipeline
sys.path.insert(0, {tests!r})
from test_run_lock import begin
hook, pipeline = begin(Path({project!r}), market={market!r}, pipeline_names=["modeling"])
print("held", flush=True)
sys.stdin.readline()
hook.after_pipeline_run(run_params={{"run_id": "1"}})
print("free", flush=True)
sys.stdin.readline()
"""


def begin(
    project: Path, wait: Any = 0, market: str = "New York City", run_id: str = "1", **params: Any
) -> tuple[RunLockHook, Pipeline]:
    """Begin a run as Kedro does; it ends with its hooks, or with its pipeline."""
    loader = {"parameters": {"wait_for_lock": wait}}
    place = market_folder(market, "New York City")
    hook, pipeline = RunLockHook(), Pipeline([])
    hook.after_context_created(
        SimpleNamespace(  # type: ignore[arg-type]
            project_path=project, config_loader=_Loader(loader, place)
        )
    )
    hook.before_pipeline_run(run_params={"run_id": run_id, **params}, pipeline=pipeline)
    return hook, pipeline


class _Loader(dict[str, Any]):
    def __init__(self, content: dict[str, Any], market: Any) -> None:
        super().__init__(content)
        self.market = market


def end(hook: RunLockHook, run_id: str = "1") -> None:
    """End a run well."""
    hook.after_pipeline_run(run_params={"run_id": run_id})


@contextmanager
def another_run(project: Path, market: str = "New York City") -> Iterator[subprocess.Popen[str]]:
    """A run of another process; a line to it ends the run, another the process."""
    program = OTHER.format(tests=str(Path(__file__).parent), project=str(project), market=market)
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def say(process: subprocess.Popen[str]) -> None:
    """Let the other run end, and wait until it has."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline() == "free\n"


def is_free(project: Path) -> bool:
    """Whether a run of another process could begin."""
    program = (
        "import sys; from filelock import FileLock, Timeout\n"
        "try: FileLock(sys.argv[1]).acquire(blocking=False)\n"
        "except Timeout: sys.exit(7)\n"
    )
    command = [sys.executable, "-c", program, str(project / "data/.run.lock")]
    return subprocess.run(command, check=False, timeout=60).returncode == 0


def test_a_second_run_says_who_holds_the_folder(tmp_path: Path) -> None:
    """Process, machine, time and command of the first; it goes on as if nothing were."""
    with another_run(tmp_path) as first:
        with pytest.raises(RunLockError) as refused:
            begin(tmp_path)
        told = str(refused.value)
        assert f"'kedro run --pipelines modeling', process {first.pid} on {platform.node()}" in told
        assert f"{tmp_path / 'data'} is in use" in told
        assert ", since 20" in told
        assert "--params wait_for_lock=SECONDS" in told
        assert not is_free(tmp_path)
        say(first)
    end(begin(tmp_path)[0])


def test_a_second_run_waits_as_asked(tmp_path: Path) -> None:
    """It begins when the first has ended."""
    with another_run(tmp_path) as first:
        timer = threading.Timer(0.5, say, (first,))
        timer.start()
        hook, _ = begin(tmp_path, wait=60)
        timer.join()
    assert not is_free(tmp_path)
    end(hook)


def test_a_wait_in_vain_ends(tmp_path: Path) -> None:
    """The message says how long it was."""
    with another_run(tmp_path), pytest.raises(RunLockError, match=r"Waited 0\.2 s"):
        begin(tmp_path, wait=0.2)


def test_a_killed_run_holds_nothing(tmp_path: Path) -> None:
    """The operating system gives the lock back."""
    with another_run(tmp_path) as first:
        first.kill()
        first.wait()
        end(begin(tmp_path)[0])


@pytest.mark.parametrize("how", ["after_pipeline_run", "on_pipeline_error"])
def test_the_lock_is_given_back_at_the_end(tmp_path: Path, how: str) -> None:
    """After success and after failure."""
    hook, _ = begin(tmp_path)
    assert not is_free(tmp_path)
    getattr(hook, how)(run_params={"run_id": "1"})
    assert is_free(tmp_path)


def test_an_interrupted_run_of_a_living_process_gives_the_lock_back(tmp_path: Path) -> None:
    """Kedro calls no hook after Ctrl-C; the run's pipeline goes, and the lock with it."""
    hook, pipeline = begin(tmp_path)
    assert not is_free(tmp_path)
    del pipeline
    gc.collect()
    assert is_free(tmp_path)
    end(hook)


def test_an_interrupted_cell_of_a_notebook_gives_the_lock_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IPython keeps the frames of the last error, and with them the run's pipeline."""
    registered: list[Any] = []
    events = SimpleNamespace(
        register=lambda _, callback: registered.append(callback),
        unregister=lambda _, callback: registered.remove(callback),
    )
    shell = SimpleNamespace(get_ipython=lambda: SimpleNamespace(events=events))
    monkeypatch.setitem(sys.modules, "IPython", shell)
    _, pipeline = begin(tmp_path)
    (end_of_cell,) = registered
    end_of_cell(SimpleNamespace(error_in_exec=KeyboardInterrupt()))
    assert is_free(tmp_path)
    assert registered == []
    del pipeline


@pytest.mark.parametrize("first_to_end", ["outer", "inner"])
def test_runs_of_one_process_share_the_lock(tmp_path: Path, first_to_end: str) -> None:
    """Nested sessions and threads: it is free when the last of them has ended."""
    runs = {name: begin(tmp_path, run_id=name) for name in ("outer", "inner")}
    end(runs[first_to_end][0], first_to_end)
    assert not is_free(tmp_path)
    for name, (hook, _) in runs.items():
        end(hook, name)
    assert is_free(tmp_path)


def test_runs_of_many_threads_share_the_lock(tmp_path: Path) -> None:
    """As a service makes them; even with equal ids, each is counted."""
    barrier = threading.Barrier(4)
    free: list[bool] = []

    def run() -> None:
        hook, pipeline = begin(tmp_path)
        if barrier.wait(60) == 0:
            end(hook)
            free.append(is_free(tmp_path))
        barrier.wait(60)
        end(hook)
        del pipeline

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert free == [False]
    assert is_free(tmp_path)


def test_two_markets_run_at_the_same_time(tmp_path: Path) -> None:
    """Each has a folder of its own."""
    with another_run(tmp_path, market="Paris"):
        end(begin(tmp_path)[0])


def test_the_command_is_told_without_parameters(tmp_path: Path) -> None:
    """An address of drops may hold a key."""
    params = {"drops": "s3://key:secret@bucket/drops"}
    hook, _ = begin(tmp_path, env="paris", node_names=["a", "b"], tags=None, runtime_params=params)
    told = json.loads((tmp_path / "data/.run.lock").read_text(encoding="utf-8"))
    end(hook)
    assert told["command"] == "kedro run --env paris --nodes a,b"
    assert "secret" not in str(told)


@pytest.mark.parametrize("wait", [-0.1, float("nan"), float("inf"), "soon", True, None])
def test_patience_is_a_number_of_seconds(tmp_path: Path, wait: Any) -> None:
    """Anything else is told before anything is locked."""
    with pytest.raises(RunLockError, match="no number of seconds"):
        begin(tmp_path, wait=wait)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("wait", [0, 0.5, 600])
def test_patience_may_be_whole_or_broken_seconds(tmp_path: Path, wait: Any) -> None:
    """A free folder is taken at once, however patient one is."""
    end(begin(tmp_path, wait=wait)[0])


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """The system's own words, and the folder's name."""
    (tmp_path / "data").write_text("a file")
    with pytest.raises(RunLockError, match=r"data can't be locked for this run: .*exists"):
        begin(tmp_path)


def test_a_refused_run_changes_nothing_and_loading_takes_no_lock(synthetic_project: Any) -> None:
    """``kedro run`` ends with one message; catalogs may be read all the time."""
    with another_run(synthetic_project.path):
        done = synthetic_project.kedro("run", "--pipelines", "data_processing")
        assert len(synthetic_project.load("weekly_listings")) == 2
    assert done.code == 1
    assert "One run at a time" in done.output
    assert "Traceback" not in done.output
    assert synthetic_project.outputs() == {}


@pytest.mark.slow
def test_the_lock_stands_beside_forked_workers(synthetic_project: Any) -> None:
    """``ParallelRunner`` ends well, and the folder is free then."""
    done = synthetic_project.kedro("run", "--pipelines", "data_processing",
                                   "--runner", "ParallelRunner")  # fmt: skip
    assert done.code == 0, done.output
    assert is_free(synthetic_project.path)
