"""Where a command works, and the sessions that it opens there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SHARED = ("env", "conf_source", "params")
"""Options by which each command finds its project's configuration, as ``kedro run`` does."""


@dataclass(frozen=True)
class Asked:
    """Where a command works, and with which configuration.

    Attributes:
        project: Folder of the project; of a packaged one, where it was called.
        env: Kedro's configuration environment; ``None`` is the project's default.
        conf_source: Folder or archive of the configuration; ``None`` is the project's.
        params: As of ``kedro run --params``.
    """

    project: Path
    env: str | None
    conf_source: str | None
    params: Mapping[str, Any]

    @property
    def options(self) -> dict[str, Any]:
        """The options of ``kedro run`` that were given, for messages about them."""
        return {name: getattr(self, name) for name in SHARED}

    @contextmanager
    def session(self, **params: Any) -> Iterator[Any]:
        """Give a session of the project, with further parameters.

        A run in it asks for its pipelines. Without one, the catalog has the parameters as
        they are in the configuration: to type them, Kedro would import every pipeline.
        """
        from kedro.framework.project import pipelines  # noqa: PLC0415 - not for --help
        from kedro.framework.session import KedroSession  # noqa: PLC0415 - as above

        pipelines.set_requested([])
        try:
            with KedroSession.create(
                self.project,
                env=self.env,
                conf_source=self.conf_source,
                runtime_params={**self.params, **params},
            ) as session:
                yield session
        finally:
            pipelines.set_requested(["__default__"])  # all: to Kedro, None is no change
