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

from kedro_wandb.errors import ConfigurationError
from kedro_wandb.protocol.moves import forget_moves
from kedro_wandb.settings.messages import Redacting

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext
    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline
    from kedro.pipeline.node import Node

    from kedro_wandb.hook.run import TrackedRun
    from kedro_wandb.protocol.process import Trackers
    from kedro_wandb.settings.project import Settings

    _Seen = tuple[KedroContext, Settings | None]

logger = logging.getLogger("kedro_wandb")

_CONTEXTS = 4
"""Contexts remembered by thread: sessions may be nested, but hardly deeper."""


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
        self._threads: dict[int, list[str]] = {}
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

        settings = None
        with _kept_from_kedro("is off: its settings can't be read"):
            settings = _settings(context)
        seen: list[_Seen] = getattr(self._contexts, "seen", [])
        self._contexts.seen = [*seen[1 - _CONTEXTS :], (context, settings)]
        with _kept_from_kedro("can't tell datasets where the store is"):
            remember_settings(settings)

    @hook_impl
    def after_catalog_created(self, catalog: DataCatalog, conf_catalog: dict[str, Any]) -> None:
        """Make the datasets that read the store, which then keep the settings of this context."""
        for name, entry in conf_catalog.items():
            kind = str(entry.get("type")) if isinstance(entry, dict) else ""
            if kind.startswith("kedro_wandb.") and name in catalog:
                with contextlib.suppress(Exception):  # whoever loads it is told what is wrong
                    catalog.get(name)

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Begin to track, if the project is configured to.

        Raises:
            ConfigurationError: ``wandb.yml``, the environment or the catalog is wrong.
        """
        with _kept_from_kedro("may tell the decisions of an earlier run"):
            forget_moves()
        with _kept_from_kedro("has left an earlier run open"):
            self._end_stale()
        context = settings = None
        with _kept_from_kedro("is off for this run"):
            with self._lock:
                self._work_for(str(run_params["run_id"]))  # also if it is not tracked
            context, settings = self._context_of(run_params)
        if context is None or settings is None:
            return
        if settings.mode.kind == "disabled":
            _prepare_untracked(run_params, pipeline, catalog)
            return
        with (
            _kept_from_kedro("is off for this run", raises=settings.config.on_error == "raise"),
            _failure_told(pipeline, catalog),
        ):
            self._begin(settings, context, run_params, pipeline, catalog)

    def _context_of(self, run_params: dict[str, Any]) -> _Seen | tuple[None, None]:
        """Return the context that a run was made in; others may have been made since."""
        seen: list[_Seen] = getattr(self._contexts, "seen", [])
        place = (str(run_params["project_path"]), run_params.get("env"))
        for context, settings in reversed(seen):
            if (Path(context.project_path).as_posix(), context.env) == place:
                return context, settings
        return seen[-1] if seen else (None, None)

    def _begin(
        self,
        settings: Settings,
        context: KedroContext,
        run_params: dict[str, Any],
        pipeline: Pipeline,
        catalog: DataCatalog,
    ) -> None:
        from kedro.framework.project import pipelines  # noqa: PLC0415 - of the running project

        from kedro_wandb.hook.places import with_copies  # noqa: PLC0415 - keeps start-up cheap
        from kedro_wandb.hook.planning import offered_partitions, plan_run  # noqa: PLC0415 - as above
        from kedro_wandb.hook.run import TrackedRun  # noqa: PLC0415 - as above
        from kedro_wandb.hook.steps import registered_pipelines  # noqa: PLC0415 - as above
        from kedro_wandb.hook.told import tell_run  # noqa: PLC0415 - as above
        from kedro_wandb.protocol.plan import StorePlan  # noqa: PLC0415 - only where a run is tracked
        from kedro_wandb.settings.project import tracker_environment  # noqa: PLC0415 - as above
        from kedro_wandb.stores.local.locks import Locks  # noqa: PLC0415 - as above

        config = settings.config
        store = StorePlan(
            kind="online" if settings.mode.kind == "online" else "local",
            project=settings.project,
            entity=config.entity,
            folder=settings.folder,
        )
        registered = registered_pipelines(pipelines)
        plan = plan_run(
            run_params, pipeline, registered, catalog, context.params, config, store, time.time()
        )
        locks = Locks(settings.folder / "locks")
        try:
            plan = with_copies(plan, locks)
        except OSError as error:
            logger.debug("What is written over can't be copied before: %s", error)
        run = TrackedRun(
            plan,
            self.processes(),
            tracker_environment(settings.mode, os.environ),
            lambda: offered_partitions(pipeline, catalog, plan),
            locks,
        )
        with self._lock:
            self._runs[plan.run_id] = run
        tell_run(pipeline, catalog, plan.experiment, run.problem)
        _end_with_cell(self.end_interrupted)

    def latest(self) -> tuple[KedroContext | None, Settings | None]:
        """Return the context that this thread made last, and its settings."""
        seen: list[_Seen] = getattr(self._contexts, "seen", [])
        return seen[-1] if seen else (None, None)

    @property
    def is_running(self) -> bool:
        """Whether a Kedro run is being tracked now."""
        return bool(self._runs)

    def processes(self) -> Trackers:
        """Return where trackers are taken from."""
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
        with self._tracked(run_id) as run:
            if run is not None:
                run.ran(node.name, streaming=_streams(node, outputs))

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
        except Exception as error:  # noqa: BLE001 - as above
            logger.warning("%s", error)

    def _end(self, run_id: str, state: Any) -> None:
        with self._lock:
            run = self._runs.pop(run_id, None)
            left = {t: [r for r in runs if r != run_id] for t, runs in self._threads.items()}
            self._threads = {thread: runs for thread, runs in left.items() if runs}
        if run is not None:
            with _kept_from_kedro("could not be ended", raises=run.raises):
                run.end(state)

    def _end_stale(self) -> None:
        """End a run of this thread that Ctrl-C has stopped: Kedro calls no hook for that."""
        thread = threading.get_ident()
        for run in list(self._runs.values()):
            if run.thread == thread and not _is_under_way(run.run_id):
                self._end_quietly(run.run_id)
        with self._lock:
            mine = [run_id for run_id in self._threads.pop(thread, []) if _is_under_way(run_id)]
            if mine:
                self._threads[thread] = mine

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
        run = None
        with _miss_told():
            run = self._run_of(run_id)
        with _miss_told():
            yield run

    def _run_of(self, run_id: str | None) -> TrackedRun | None:
        """Return a run by id, or else the one that this thread works for.

        Kedro tells datasets' events without the run's id. A thread works for one run at a
        time, and goes on with an outer one where a node has made a run of its own; before its
        first node is known, it can only be told if there is one run alone.
        """
        with self._lock:
            if run_id is not None:
                self._work_for(run_id)
            if mine := self._threads.get(threading.get_ident()):
                return self._runs.get(mine[-1])
            return next(iter(self._runs.values())) if len(self._runs) == 1 else None

    def _work_for(self, run_id: str) -> None:
        runs = self._threads.setdefault(threading.get_ident(), [])
        runs[:] = [*(run for run in runs if run != run_id), run_id]


@contextlib.contextmanager
def _miss_told() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        logger.warning("W&B tracking missed an event: %s", error, exc_info=_debugs())


@contextlib.contextmanager
def _kept_from_kedro(what: str, *, raises: bool = False) -> Iterator[None]:
    """Turn an error of ours into a warning, unless it is wanted.

    Args:
        what: What becomes of the tracking, for the warning.
        raises: Whether the user wants failures to be errors.

    Raises:
        ConfigurationError: What the user has to set right.
    """
    try:
        yield
    except ConfigurationError:
        raise
    except Exception as error:
        if raises:
            raise
        logger.warning("W&B tracking %s: %s", what, error, exc_info=_debugs())


@contextlib.contextmanager
def _failure_told(pipeline: Pipeline, catalog: DataCatalog) -> Iterator[None]:
    """Let the nodes of a run know where its tracking could not be begun."""
    try:
        yield
    except Exception as error:
        from kedro_wandb.hook.told import tell_run  # noqa: PLC0415 - keeps start-up cheap

        tell_run(pipeline, catalog, "", f"it could not be begun: {error}")
        raise


def _prepare_untracked(
    run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
) -> None:
    from kedro_wandb.hook.told import pin_untracked  # noqa: PLC0415 - keeps start-up cheap

    # What can't be asked now is told by the node that loads it.
    with _kept_from_kedro("is off, and its store can't be asked"):
        pin_untracked(pipeline, catalog, strict=not run_params.get("only_missing_outputs"))


def _streams(node: Node, outputs: dict[str, Any]) -> bool:
    results = any(inspect.isgenerator(value) for value in outputs.values())
    return results or inspect.isgeneratorfunction(node.func)


def _is_under_way(run_id: str) -> bool:
    """Tell whether this thread is inside a run, such as in a node that makes another one."""
    frame = sys._getframe()  # noqa: SLF001 - nothing else tells a run that was left from one below
    while frame is not None:
        params = frame.f_locals.get("record_data") if frame.f_code.co_name == "run" else None
        if isinstance(params, dict) and params.get("run_id") == run_id:
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


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


logger.addFilter(Redacting())
if not logger.level:
    logger.setLevel(logging.INFO)  # the closing table is for everybody; Kedro's root says WARNING

hook = TrackingHook()
"""The instance that Kedro's plugin manager registers."""
