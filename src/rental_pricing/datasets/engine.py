"""The engine of a run, as a dataset: nodes are given it, and do not know what it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.io import AbstractDataset
from kedro.io.core import DatasetError

from rental_pricing.cluster.parameters import EngineParameters
from rental_pricing.engine.engine import ONE_PROCESS, Engine
from rental_pricing.errors import UserInputError

if TYPE_CHECKING:
    from rental_pricing.cluster.dask_engine import DaskEngine


class EngineError(UserInputError, DatasetError):
    """The cluster that is asked for can't be used."""


class EngineDataset(AbstractDataset[None, Engine]):
    """What works on drops and on pieces of tables: this process, or a Dask cluster.

    The cluster is reached, or started, once a process, and left by :meth:`close`.

    Example of a catalog entry:

    .. code-block:: yaml

        engine:
          type: rental_pricing.datasets.engine.EngineDataset
          parameters: ${engine:}
    """

    in_memory = True  # nothing to be tracked

    def __init__(
        self, *, parameters: dict[str, Any], metadata: dict[str, Any] | None = None
    ) -> None:
        """Remember what is asked for; nothing is connected yet.

        Args:
            parameters: The block ``engine``.
            metadata: For Kedro plugins.
        """
        self._parameters = parameters
        self._dask: DaskEngine | None = None
        self.metadata = metadata

    def load(self) -> Engine:
        """Return the engine.

        Raises:
            EngineError: The cluster can't be used.
        """
        asked = EngineParameters.model_validate(self._parameters)
        if not asked.is_dask:
            return ONE_PROCESS
        if self._dask is None:
            from rental_pricing.cluster.connecting import connect  # noqa: PLC0415 - few runs do

            try:
                self._dask = connect(asked, str(Path.cwd()))
            except UserInputError as error:
                raise EngineError(str(error)) from error
        return self._dask

    def check(self) -> None:
        """Refuse at the start of a run a cluster that can't be used.

        Raises:
            EngineError: As ``load``.
        """
        self.load()

    def close(self) -> None:
        """Leave the cluster; one that was started for the run ends."""
        if self._dask is not None:
            from rental_pricing.cluster.connecting import close  # noqa: PLC0415 - as above

            engine, self._dask = self._dask, None
            close(engine)

    def save(self, data: None) -> None:  # noqa: ARG002 - Kedro's interface
        """Refuse: an engine is configured.

        Raises:
            DatasetError: Always.
        """
        msg = "The engine is configured, not saved: --params engine=dask"
        raise DatasetError(msg)

    def _describe(self) -> dict[str, Any]:
        return {"parameters": self._parameters}

    def __getstate__(self) -> dict[str, Any]:
        """Leave the connection behind: another process makes its own."""
        return {**self.__dict__, "_dask": None}
