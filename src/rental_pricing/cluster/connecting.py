"""Connect with a Dask cluster, or start one on this machine."""

from __future__ import annotations

import importlib.util
import logging
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import rental_pricing
from rental_pricing.errors import cut

if TYPE_CHECKING:
    from distributed import Client

    from rental_pricing.cluster.dask_engine import DaskEngine
    from rental_pricing.cluster.parameters import EngineParameters

INSTALL = "pip install 'dask[dataframe,distributed]>=2026.3,<2027' (the extra 'dask')"

_MUST_AGREE = ("numpy", "pandas", "pyarrow", "pydantic", "scikit-learn", "dask", "distributed")


def connect(parameters: EngineParameters, folder: str) -> DaskEngine:
    """Return an engine on the cluster that the parameters describe.

    Args:
        parameters: Which cluster, or how large a one of this machine.
        folder: The project's, which all machines must see.

    Raises:
        ClusterError: Dask is not installed, the scheduler does not answer, the cluster has no
            worker or other versions, or its machines don't see the project.
    """
    require_dask()
    logging.getLogger("distributed").setLevel(logging.WARNING)  # else it tells of each connection
    from rental_pricing.cluster.dask_engine import DaskEngine  # noqa: PLC0415 - an extra

    if parameters.scheduler is None:
        return DaskEngine(_start(parameters))
    client = _reach(parameters.scheduler, parameters.patience)
    try:
        _require_alike(client, parameters, folder)
    except BaseException:
        client.close()
        raise
    return DaskEngine(client)


def require_dask() -> None:
    """Refuse to go on without Dask.

    Raises:
        UserInputError: It is not installed.
    """
    if any(importlib.util.find_spec(name) is None for name in ("dask", "distributed")):
        from rental_pricing.errors import UserInputError  # noqa: PLC0415 - on the way to an error

        msg = f"engine=dask needs Dask, which is not installed: {INSTALL}"
        raise UserInputError(msg)


def close(engine: DaskEngine) -> None:
    """Leave a cluster; one that was started for this run ends."""
    cluster = engine.client.cluster
    engine.client.close()
    if cluster is not None:
        cluster.close()


def _start(parameters: EngineParameters) -> Client:
    from distributed import Client, LocalCluster  # noqa: PLC0415 - an extra

    cluster = LocalCluster(
        n_workers=parameters.workers,
        threads_per_worker=parameters.threads,
        memory_limit=int(parameters.memory_limit * 1e9),
        host="127.0.0.1",
        dashboard_address=None,
        silence_logs=logging.ERROR,
    )
    return Client(cluster, set_as_default=False)


def _reach(address: str, patience: float) -> Client:
    from distributed import Client  # noqa: PLC0415 - an extra

    from rental_pricing.cluster.dask_engine import ClusterError  # noqa: PLC0415 - as above

    try:
        return Client(address, timeout=patience, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        msg = (
            f"No Dask scheduler answers at {address} (engine.scheduler): {cut(str(error), 120)}. "
            f"Start one (`dask scheduler`), correct the address, or leave it out for a cluster "
            f"of this machine."
        )
        raise ClusterError(msg) from error


def _require_alike(client: Client, parameters: EngineParameters, folder: str) -> None:
    """Refuse a cluster that would fail in the middle, or compute something else."""
    from rental_pricing.cluster.dask_engine import ClusterError  # noqa: PLC0415 - an extra

    address = parameters.scheduler
    try:
        client.wait_for_workers(1, timeout=parameters.patience)
    except TimeoutError as error:
        msg = f"The cluster at {address} has no worker. Start some: dask worker {address}"
        raise ClusterError(msg) from error
    ours = versions()
    try:
        theirs = {
            "the scheduler": client.run_on_scheduler(versions),
            **{f"the worker {name}": one for name, one in client.run(versions).items()},
        }
        seen = client.run(_sees, folder)
    except Exception as error:  # whatever loading this package there raises
        msg = (
            f"The cluster at {address} can't load rental_pricing: {cut(str(error), 120)}. "
            f"Scheduler and workers need the same environment as this process."
        )
        raise ClusterError(msg) from error
    wrong = [
        f"  {who}: {name} {one.get(name)}, here {ours[name]}"
        for who, one in theirs.items()
        for name in ours
        if one.get(name) != ours[name]
    ]
    if wrong:
        told = "\n".join(wrong[:10])
        msg = (
            f"The cluster at {address} has other versions than this process:\n{told}\n"
            f"Give scheduler and workers the same environment."
        )
        raise ClusterError(msg)
    blind = [name for name, sees in seen.items() if not sees]
    if blind:
        msg = (
            f"The worker {blind[0]} does not see the project's folder {folder}. All machines of "
            f"a cluster need the same folder at the same place: shared storage."
        )
        raise ClusterError(msg)


def versions() -> Mapping[str, Any]:
    """Return the versions that the machines of a cluster must have alike."""
    found: dict[str, Any] = {
        "Python": ".".join(map(str, sys.version_info[:3])),
        "rental_pricing": rental_pricing.__version__,
    }
    for name in _MUST_AGREE:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def _sees(folder: str) -> bool:
    from pathlib import Path  # noqa: PLC0415 - on a worker

    return Path(folder).is_dir()
