"""Kedro's events, as the tracker is told them."""

from __future__ import annotations

import atexit
import contextlib
import inspect
import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl

from kedro_wandb.errors import ConfigurationError, TrackingError

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext
    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline
    from kedro.pipeline.node import Node

    from kedro_wandb.hook.run import TrackedRun
    from kedro_wandb.protocol.process import Trackers
    from kedro_wandb.settings.project import Settings

logger = logging.getLogger("kedro_wandb")


class TrackingHook:
    """Tracks every run of a project that has a ``wandb.yml``.

    It may be shared by runs in several threads, forked with its process, and pickled: all
    its state is by run id, belongs to one process, and stays there.
    """

    def __init__(self) -> None:
        """Track nothing yet."""
        self._contexts = threading.local()
        self._lock = threading.RLock()
        self._runs: dict[str, TrackedRun] = {}
        self._threads: dict[int, str] = {}
        self._trackers: Trackers | None = None

    def __reduce__(self) -> tuple[type[TrackingHook], tuple[()]]:
        """Travel to another process without any state."""
        return type(self), ()

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Remember the context of the run that this thread is going to make.

        Raises:
            ConfigurationError: ``wandb.yml`` or the environment is wrong.
        """
        from kedro_wandb.settings.project import remember_settings  # noqa: PLC0415 - keeps start-up cheap

        self._contexts.latest = context
        self._contexts.settings = _settings(context)
        remember_settings(self._contexts.settings)

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Begin to track, if the project is configured to.

        Raises:
            ConfigurationError: ``wandb.yml``, the environment or the catalog is wrong.
        """
        context: KedroContext | None = getattr(self._contexts, "latest", None)
        if context is None:
            return
        self._end_stale()
        settings: Settings | None = self._contexts.settings
        if settings is None or settings.mode.kind == "disabled":
            return
        try:
            self._begin(settings, context, run_params, pipeline, catalog)
        except ConfigurationError:
            raise
        except Exception as error:
            if settings.config.on_error == "raise":
                raise
            from kedro_wandb.settings.redaction import redacted_text  # noqa: PLC0415 - as in _begin

            told = redacted_text(str(error), settings.config.redact)
            logger.warning("W&B tracking is off for this run: %s", told, exc_info=_debugs())

    def _begin(
        self,
        settings: Settings,
        context: KedroContext,
        run_params: dict[str, Any],
        pipeline: Pipeline,
        catalog: DataCatalog,
    ) -> None:
        from kedro.framework.project import pipelines  # noqa: PLC0415 - of the running project

        from kedro_wandb.hook.planning import offered_partitions, plan_run  # noqa: PLC0415 - as above
        from kedro_wandb.hook.run import TrackedRun  # noqa: PLC0415 - as above
        from kedro_wandb.protocol.plan import StorePlan  # noqa: PLC0415 - only where a run is tracked
        from kedro_wandb.settings.project import tracker_environment  # noqa: PLC0415 - as above

        config = settings.config
        store = StorePlan(
            kind="online" if settings.mode.kind == "online" else "local",
            project=settings.project,
            entity=config.entity,
            folder=settings.folder,
        )
        registered = {name: pipelines[name] for name in pipelines}
        plan = plan_run(
            run_params, pipeline, registered, catalog, context.params, config, store, time.time()
        )
        run = TrackedRun(
            plan,
            self._processes(),
            tracker_environment(settings.mode, os.environ),
            lambda: offered_partitions(pipeline, catalog, plan),
        )
        with self._lock:
            self._runs[plan.run_id] = run
            self._threads[run.thread] = plan.run_id
        _end_with_cell(self.end_interrupted)

    def _processes(self) -> Trackers:
        from kedro_wandb.protocol.process import Trackers  # noqa: PLC0415 - only where a run is tracked

        with self._lock:
            if self._trackers is None:
                self._trackers = Trackers()
                atexit.register(self._at_exit)
            return self._trackers

    @hook_impl
    def before_dataset_loaded(self, dataset_name: str, node: Node) -> None:  # noqa: ARG002 - Kedro's
        """Open the step of a node that begins to load."""
        with self._tracked(None) as run:
            if run is not None:
                run.begin_node(node.name)

    @hook_impl
    def after_dataset_loaded(self, dataset_name: str, data: Any) -> None:
        """Take note of the partitions that were offered."""
        with self._tracked(None) as run:
            if run is not None:
                run.read(dataset_name, data)

    @hook_impl
    def before_node_run(self, node: Node, run_id: str) -> None:
        """Record the inputs of a node."""
        with self._tracked(run_id) as run:
            if run is not None:
                run.start_node(node.name)

    @hook_impl
    def after_node_run(self, node: Node, outputs: dict[str, Any], run_id: str) -> None:
        """Take note that a node ran, and whether its results come in pieces."""
        streaming = any(inspect.isgenerator(value) for value in outputs.values())
        with self._tracked(run_id) as run:
            if run is not None:
                run.ran(node.name, streaming=streaming or inspect.isgeneratorfunction(node.func))

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Log a dataset that was saved."""
        with self._tracked(None) as run:
            if run is not None:
                run.saved(dataset_name, data)

    @hook_impl
    def after_pipeline_run(self, run_params: dict[str, Any]) -> None:
        """End the tracking of a run that ended well.

        Raises:
            TrackingError: Something failed, and ``on_error`` is ``raise``.
        """
        self._end(str(run_params["run_id"]), "finished")

    @hook_impl
    def on_pipeline_error(self, run_params: dict[str, Any]) -> None:
        """End the tracking of a run that failed; its own error is the one that is raised."""
        try:
            self._end(str(run_params["run_id"]), "failed")
        except TrackingError as error:
            logger.warning("%s", error)

    def _end(self, run_id: str, state: Any) -> None:
        with self._lock:
            run = self._runs.pop(run_id, None)
            self._threads = {t: r for t, r in self._threads.items() if r != run_id}
        if run is not None:
            run.end(state)

    def _end_stale(self) -> None:
        """End a run of this thread that Ctrl-C has stopped: Kedro calls no hook for that."""
        thread = threading.get_ident()
        for run in list(self._runs.values()):
            if run.thread == thread:
                self._end_quietly(run.run_id)

    def end_interrupted(self) -> None:
        """End all runs that were left open, as interrupted."""
        for run_id in list(self._runs):
            self._end_quietly(run_id)

    def _end_quietly(self, run_id: str) -> None:
        try:
            self._end(run_id, "interrupted")
        except Exception as error:  # noqa: BLE001 - an exit or another run must go on
            logger.warning("%s", error)

    def _at_exit(self) -> None:
        self.end_interrupted()
        if self._trackers is not None:
            self._trackers.close()

    @contextlib.contextmanager
    def _tracked(self, run_id: str | None) -> Iterator[TrackedRun | None]:
        """Give the run that an event belongs to, and keep a failure of ours from Kedro."""
        try:
            yield self._run_of(run_id)
        except Exception as error:
            logger.warning("W&B tracking missed an event: %s", error, exc_info=_debugs())

    def _run_of(self, run_id: str | None) -> TrackedRun | None:
        """Return a run by id, or else the one that this thread works for.

        Kedro tells datasets' events without the run's id. A thread works for one run at a
        time; before its first node is known, it can only be told if there is one run alone.
        """
        thread = threading.get_ident()
        with self._lock:
            if run_id is not None:
                self._threads[thread] = run_id
            known = self._threads.get(thread)
            if known in self._runs:
                return self._runs[known]
            return next(iter(self._runs.values())) if len(self._runs) == 1 else None


def _settings(context: KedroContext) -> Settings | None:
    from kedro_wandb.settings.project import read_settings  # noqa: PLC0415 - only where there is a run

    path = Path(context.project_path)
    return read_settings(context.config_loader, path, _package(path), os.environ)


def _package(path: Path) -> str:
    from kedro.framework.project import PACKAGE_NAME  # noqa: PLC0415 - set by Kedro at start

    return PACKAGE_NAME or path.name


def _debugs() -> bool:
    return logger.isEnabledFor(logging.DEBUG)


def _end_with_cell(end: Any) -> None:
    """In a notebook, let nothing stay open after the cell that made the run."""
    shell = _interactive_shell()
    if shell is None:
        return

    def once(*_: object) -> None:
        shell.events.unregister("post_run_cell", once)
        end()

    shell.events.register("post_run_cell", once)


def _interactive_shell() -> Any:
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython is not None else None


if not logger.level:
    logger.setLevel(logging.INFO)  # the closing table is for everybody; Kedro's root says WARNING

hook = TrackingHook()
"""The instance that Kedro's plugin manager registers."""
