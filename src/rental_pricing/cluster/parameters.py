"""Parameters of where the work is done: the block ``engine``."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from rental_pricing.listings.parameters import Parameters

NAME = "name"
"""Key of the block that ``--params engine=dask`` stands for."""


class EngineParameters(Parameters):
    """Where drops and pieces of tables are worked on; the results are the same.

    Attributes:
        name: ``pandas``: in this process; ``dask``: on a Dask cluster; without a name, on the
            cluster whose scheduler is named, and else in this process.
        scheduler: Address of a cluster's scheduler, such as ``tcp://10.0.0.5:8786``; without it
            a cluster of this machine is started for the run.
        workers: Processes of a cluster that is started.
        threads: Of each of these.
        memory_limit: Of each of these, GB (10**9 bytes): above 60 % of it results go to disk,
            above 95 % the process is ended and its work is done again.
        patience: How long to wait for the scheduler and its first worker, seconds.
    """

    name: Literal["pandas", "dask"] | None
    scheduler: str | None = Field(pattern=r"^\w+://[^/\s]+$")
    workers: int = Field(ge=1, le=512)
    threads: int = Field(ge=1, le=512)
    memory_limit: float = Field(ge=0.5)
    patience: float = Field(gt=0, le=3600)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.name == "pandas" and self.scheduler:
            msg = "engine.scheduler is of a cluster; leave it out, or give engine=dask"
            raise ValueError(msg)
        return self

    @property
    def is_dask(self) -> bool:
        """Whether the work is done on a cluster."""
        return self.name == "dask" or self.scheduler is not None


def as_block(given: Any) -> Any:
    """Return the block that ``engine=dask`` stands for; what is a block already stays."""
    return {NAME: given} if isinstance(given, str) else given
