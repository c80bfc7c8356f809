"""Loads and saves in a notebook or script, tracked as a step of their own."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from kedro.framework import project
from kedro.io import DataCatalog
from kedro.io.core import generate_timestamp

from kedro_wandb.errors import ConfigurationError, TrackingError
from kedro_wandb.hook.command import versions
from kedro_wandb.hook.events import hook
from kedro_wandb.hook.places import Places
from kedro_wandb.hook.planning import described, experiment
from kedro_wandb.hook.run import TrackedRun
from kedro_wandb.hook.steps import is_parameter, step_id
from kedro_wandb.hook.told import is_no_data
from kedro_wandb.protocol.moves import forget_moves
from kedro_wandb.protocol.plan import DatasetPlan, NodePlan, RunPlan, StepPlan, StorePlan
from kedro_wandb.settings.project import Settings, tracker_environment
from kedro_wandb.settings.redaction import redacted
from kedro_wandb.stores.base import State

T = TypeVar("T")

logger = logging.getLogger("kedro_wandb")


class Block:
    """Records what a block of code loads from catalogs and saves to them.

    Each load and each save is a node to the tracker: a save has read what was loaded, or
    saved, before it.
    """

    def __init__(self, name: str, run: TrackedRun, settings: Settings) -> None:
        self._name, self._run, self._config = name, run, settings.config
        self._seen: dict[str, None] = {}
        self._count = 0
        run.begin_node(name)

    def load(self, catalog: DataCatalog, name: str, action: Callable[[], Any]) -> Any:
        """Load a dataset, and record it as an input."""
        if is_no_data(name, catalog):
            return replace(action(), experiment=self._run.experiment)
        plan = self._guarded(lambda: self._described(catalog, name, None))
        data = action()

        def tell() -> None:
            if plan is not None:
                node = self._node("load", (plan.dataset,), ())
                self._run.extend(node, plan)
                self._run.read(plan.dataset, data)
                self._run.start_node(node.name)
                self._seen[plan.dataset] = None

        self._guarded(tell)
        return data

    def save(
        self, catalog: DataCatalog, name: str, data: object, action: Callable[[], None]
    ) -> None:
        """Save a dataset, and record it as an output."""
        version = self._guarded(lambda: _save_version(catalog, name)) or self._run.run_id
        plan = self._guarded(lambda: self._described(catalog, name, version))
        if plan is not None and plan.dataset in self._seen:
            self._guarded(self._run.settle)  # what it holds until now is read by the tracker
        action()

        def tell() -> None:
            if plan is not None:
                read = tuple(each for each in self._seen if each != plan.dataset)
                node = self._node("save", read, (plan.dataset,))
                self._run.extend(node, plan)
                self._run.start_node(node.name)
                self._run.saved(plan.dataset, data)
                self._seen[plan.dataset] = None

        self._guarded(tell)

    def end(self, state: State) -> None:
        """End the step.

        Raises:
            TrackingError: Something failed, and ``on_error`` is ``raise``.
        """
        self._run.end(state)

    def _described(self, catalog: DataCatalog, name: str, version: str | None) -> DatasetPlan:
        plan = described(name, catalog, self._config, version)
        return Places(catalog, self._config).settled(name, plan)

    def _node(self, what: str, inputs: tuple[str, ...], outputs: tuple[str, ...]) -> NodePlan:
        self._count += 1
        (about,) = outputs or inputs
        name = f"{what} {about} #{self._count}"
        return NodePlan(name=name, step=self._name, inputs=inputs, outputs=outputs)

    def _guarded(self, action: Callable[[], T]) -> T | None:
        """Keep a failure of ours from the code that is tracked."""
        try:
            return action()
        except Exception as error:  # noqa: BLE001 - see above
            logger.warning("W&B tracking missed an event: %s", error)
            return None


_open: list[Block] = []
"""Those that are under way, the innermost last."""


@contextlib.contextmanager
def step(
    name: str, *, parameters: Mapping[str, Any] | None = None, experiment: str | None = None
) -> Iterator[None]:
    """Track what a block of code loads from a Kedro catalog, and saves to it, as a step.

    It means the same as a step of a run: what is loaded are its inputs, what is saved are
    versions, and an error makes it a failed one. A Kedro run inside of the block is
    tracked by itself. Untracked projects are left alone.

    Args:
        name: Of the step, as of a modular pipeline.
        parameters: For its config; values of secret keys are redacted.
        experiment: W&B's group; ``None``: as configured, or the step's own id.

    Raises:
        ConfigurationError: There is no Kedro context yet, or ``name`` is empty.
        TrackingError: Something failed, and ``on_error`` is ``raise``.

    Example:

    .. code-block:: python

        with kedro_wandb.step("explore"):
            rows = catalog.load("listings")
            catalog.save("summary", rows.describe())
    """
    block = _begun(name, parameters or {}, experiment)
    if block is None:
        yield
        return
    with _watched(block):
        try:
            yield
        except BaseException as error:
            failed = isinstance(error, Exception)
            with _told_only():
                block.end("failed" if failed else "interrupted")
            raise
    block.end("finished")


def _begun(name: str, parameters: Mapping[str, Any], group: str | None) -> Block | None:
    context, settings = hook.latest()
    if context is None:
        msg = (
            "There is no Kedro project yet whose step could be tracked: make a session first, as"
            " '%load_ext kedro.ipython' does, or 'KedroSession.create(...).load_context()'."
        )
        raise ConfigurationError(msg)
    if not name:
        msg = "A step needs a name, such as 'explore'."
        raise ConfigurationError(msg)
    if settings is None or settings.mode.kind == "disabled":
        return None
    forget_moves()
    plan = _plan(name, parameters, group, context, settings)
    environment = tracker_environment(settings.mode, os.environ)
    run = TrackedRun(plan, hook.processes(), environment, dict)
    return Block(name, run, settings)


def _plan(
    name: str,
    parameters: Mapping[str, Any],
    group: str | None,
    context: Any,
    settings: Settings,
) -> RunPlan:
    config, run_id = settings.config, generate_timestamp()
    place = f"{platform.node()}:{os.getpid()}"
    kept = redacted(dict(parameters), config.redact)
    return RunPlan(
        run_id=run_id,
        experiment=group or experiment(config, {}, run_id),
        project_path=Path(context.project_path),
        started=time.time(),
        kedro={
            "command": f"kedro_wandb.step({name!r})",
            "run_id": run_id,
            "env": context.env,
            "versions": versions(project.PACKAGE_NAME),
        },
        only_missing=False,
        store=StorePlan(
            kind="online" if settings.mode.kind == "online" else "local",
            project=settings.project,
            entity=config.entity,
            folder=settings.folder,
        ),
        config=config,
        steps=(StepPlan(id=step_id(run_id, place, name), name=name, parameters=kept),),
        nodes=(NodePlan(name=name, step=name, inputs=(), outputs=()),),
        datasets={},
    )


@contextlib.contextmanager
def _watched(block: Block) -> Iterator[None]:
    """Let a block see the loads and saves of all catalogs, which tell nobody outside of runs."""
    load, save = DataCatalog.load, DataCatalog.save

    @functools.wraps(load)
    def watched_load(self: DataCatalog, ds_name: str, version: str | None = None) -> Any:
        action = functools.partial(load, self, ds_name, version)
        return block.load(self, ds_name, action) if _is_seen(block, ds_name) else action()

    @functools.wraps(save)
    def watched_save(self: DataCatalog, ds_name: str, data: Any) -> None:
        action = functools.partial(save, self, ds_name, data)
        if _is_seen(block, ds_name):
            block.save(self, ds_name, data, action)
        else:
            action()

    _open.append(block)
    DataCatalog.load, DataCatalog.save = watched_load, watched_save  # type: ignore[method-assign]
    try:
        yield
    finally:
        DataCatalog.load, DataCatalog.save = load, save  # type: ignore[method-assign]
        _open.remove(block)


def _is_seen(block: Block, dataset: str) -> bool:
    """Tell whether an event is a block's: of the innermost one, and not of a Kedro run in it."""
    return _open[-1] is block and not hook.is_running and not is_parameter(dataset)


@contextlib.contextmanager
def _told_only() -> Iterator[None]:
    try:
        yield
    except TrackingError as error:
        logger.warning("%s", error)


def _save_version(catalog: DataCatalog, name: str) -> str | None:
    dataset: Any = catalog.get(name)
    versioned = getattr(dataset, "_dataset", dataset)  # the one inside a CachedDataset
    resolve = getattr(versioned, "resolve_save_version", None)
    return resolve() if resolve else None
