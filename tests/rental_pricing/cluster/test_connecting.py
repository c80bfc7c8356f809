"""Clusters that can't be used are told in one message."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from rental_pricing.cluster import connecting
from rental_pricing.datasets.engine import EngineDataset, EngineError
from rental_pricing.engine.engine import ONE_PROCESS

BLOCK = {"name": None, "scheduler": None, "workers": 2, "threads": 1,
         "memory_limit": 1.0, "patience": 0.5}  # fmt: skip


def engine(**given: Any) -> EngineDataset:
    return EngineDataset(parameters=BLOCK | given)


def test_without_an_engine_it_is_this_process() -> None:
    """Dask is not even looked for."""
    dataset = engine()
    assert dataset.load() is ONE_PROCESS
    dataset.close()


def test_dask_that_is_not_installed_is_told_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The extra, and the command."""
    monkeypatch.setattr(connecting.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(EngineError, match=r"pip install 'dask.*the extra 'dask'"):
        engine(name="dask").check()


def test_a_scheduler_that_does_not_answer_is_told_within_seconds() -> None:
    """With its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    began = time.monotonic()
    with pytest.raises(EngineError, match=f"No Dask scheduler answers at {address}"):
        engine(scheduler=address).check()
    assert time.monotonic() - began < 10


class Client:
    """What a cluster would tell."""

    def __init__(self, *, scheduler: Any = None, worker: Any = None, sees: bool = True) -> None:
        self._scheduler = scheduler or connecting.versions()
        self._worker = worker or connecting.versions()
        self._sees = sees

    def wait_for_workers(self, count: int, timeout: float) -> None:
        """There are some."""

    def run_on_scheduler(self, function: Any) -> Any:
        """Return what the scheduler has."""
        del function
        return self._scheduler

    def run(self, function: Any, *arguments: Any) -> dict[str, Any]:
        """Return what the worker says."""
        del function
        return {"tcp://w:1": self._sees if arguments else self._worker}


@pytest.mark.parametrize(
    ("client", "told"),
    [
        (Client(worker=connecting.versions() | {"pandas": "2.2.0"}),  # type: ignore[operator]
         r"the worker tcp://w:1: pandas 2\.2\.0, here"),
        (Client(scheduler=connecting.versions() | {"rental_pricing": "0.0.1"}),  # type: ignore[operator]
         r"the scheduler: rental_pricing 0\.0\.1, here"),
        (Client(sees=False), r"The worker tcp://w:1 does not see .*shared storage"),
    ],
)  # fmt: skip
def test_machines_that_are_not_alike_are_told(client: Client, told: str) -> None:
    """Before they fail in the middle, or compute something else."""
    from rental_pricing.cluster.dask_engine import ClusterError
    from rental_pricing.cluster.parameters import EngineParameters

    asked = EngineParameters(**BLOCK | {"scheduler": "tcp://s:1"})  # type: ignore[arg-type]
    with pytest.raises(ClusterError, match=told):
        connecting._require_alike(client, asked, "/project")


def test_machines_that_are_alike_are_taken() -> None:
    """Nothing is raised."""
    from rental_pricing.cluster.parameters import EngineParameters

    asked = EngineParameters(**BLOCK | {"scheduler": "tcp://s:1"})  # type: ignore[arg-type]
    connecting._require_alike(Client(), asked, "/project")  # type: ignore[arg-type]
