"""From Kedro's context, pipeline and catalog to the plan of a run."""

from __future__ import annotations

import logging
import os
import platform
import time
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from kedro.framework import project
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline

from kedro_wandb.errors import ArtifactNotFoundError, ConfigurationError
from kedro_wandb.hook.addresses import with_digests
from kedro_wandb.hook.catalog import is_partitioned, partitions_to_read, plan_dataset
from kedro_wandb.hook.command import command, runner_name, versions
from kedro_wandb.hook.names import artifact_name, check_collisions, untranscoded
from kedro_wandb.hook.places import Places
from kedro_wandb.hook.steps import is_parameter, parameters_of, plan_nodes, step_id
from kedro_wandb.hook.told import is_no_data
from kedro_wandb.protocol.plan import DatasetPlan, NodePlan, RunPlan, StepPlan, StorePlan
from kedro_wandb.settings.config import LONGEST_NAME, Config
from kedro_wandb.settings.redaction import redacted, redacted_text
from kedro_wandb.stores.patience import bounded

logger = logging.getLogger("kedro_wandb")

LISTING = 5.0
"""Seconds for the classes that load partitions in a way of their own."""

EXPERIMENT = "experiment"
"""The runtime parameter that names W&B's group: ``--params experiment=tune-trees``."""


def plan_run(
    run_params: Mapping[str, Any],
    pipeline: Pipeline,
    pipelines: Mapping[str, Pipeline],
    catalog: DataCatalog,
    parameters: Mapping[str, Any],
    config: Config,
    store: StorePlan,
    started: float,
) -> RunPlan:
    """Describe a run before it starts.

    Args:
        run_params: As Kedro's hooks get them.
        pipeline: What is run.
        pipelines: The registered ones.
        catalog: The run's.
        parameters: All of the project's.
        config: The plugin's.
        store: Where to write.
        started: Seconds since the epoch.

    Raises:
        ConfigurationError: Two datasets would be one artifact, one would be two, or a version
            is not there.
    """
    datasets = plan_datasets(pipeline, catalog, config, str(run_params["run_id"]))
    pinned = run_params.get("load_versions") or {}
    loads = plan_loads(pipeline, catalog, config, pinned, datasets)
    loaded = {name: each.dataset for name, each in loads.items()}
    known = {**datasets, **{each.dataset: each for each in loads.values()}}
    nodes = tuple(
        _with_data_alone(node, known)
        for node in plan_nodes(pipeline, pipelines, run_params.get("pipeline_names") or (), loaded)
    )
    if not run_params.get("only_missing_outputs"):  # else not every node runs
        check_found(datasets.values())
    runtime = run_params.get("runtime_params") or {}
    return RunPlan(
        run_id=str(run_params["run_id"]),
        experiment=experiment(config, runtime, str(run_params["run_id"])),
        project_path=run_params["project_path"],
        started=started,
        kedro=_kedro_facts(run_params, redacted(runtime, config.redact)),
        only_missing=bool(run_params.get("only_missing_outputs")),
        store=store,
        config=config,
        steps=_plan_steps(pipeline, nodes, parameters, config, str(run_params["run_id"])),
        nodes=nodes,
        datasets=with_digests(known, store.folder),
    )


def _with_data_alone(node: NodePlan, known: Mapping[str, DatasetPlan]) -> NodePlan:
    """Return a node without what is no data, and so was not described."""
    inputs, outputs = (
        tuple(name for name in names if name in known) for names in (node.inputs, node.outputs)
    )
    return node.model_copy(update={"inputs": inputs, "outputs": outputs})


def check_found(datasets: Iterable[DatasetPlan]) -> None:
    """Refuse a run that is going to fail at a version that is not there.

    Raises:
        ConfigurationError: Naming the dataset, and what there is instead.
    """
    for plan in datasets:
        if plan.kind == "artifact" and plan.reference is None and plan.reason:
            msg = f"The dataset {plan.dataset!r} can't be loaded. {plan.reason}"
            raise ConfigurationError(msg)


def experiment(config: Config, runtime_params: Mapping[str, Any], run_id: str) -> str:
    """Return W&B's group: as the run was told, as configured, or Kedro's run id.

    Raises:
        ConfigurationError: The run was told a name that W&B would refuse.
    """
    told = str(runtime_params.get(EXPERIMENT) or "")
    if len(told) > LONGEST_NAME:
        msg = (
            f"--params {EXPERIMENT}={told[:20]}…: an experiment's name has at most {LONGEST_NAME}"
            f" characters, not {len(told)}."
        )
        raise ConfigurationError(msg)
    return told or config.experiment or run_id


def _plan_steps(
    pipeline: Pipeline,
    nodes: tuple[NodePlan, ...],
    parameters: Mapping[str, Any],
    config: Config,
    run_id: str,
) -> tuple[StepPlan, ...]:
    place = f"{platform.node()}:{os.getpid()}"
    owner = {node.name: node.step for node in nodes}
    names = dict.fromkeys(node.step for node in nodes)
    return tuple(
        StepPlan(
            id=step_id(run_id, place, name),
            name=name,
            parameters=redacted(
                parameters_of((n for n in pipeline.nodes if owner[n.name] == name), parameters),
                config.redact,
            ),
        )
        for name in names
    )


def _kedro_facts(
    run_params: Mapping[str, Any], runtime_params: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "command": command(run_params, runtime_params),
        "run_id": str(run_params["run_id"]),
        "env": run_params.get("env"),
        "runner": runner_name(run_params.get("runner")) or "SequentialRunner",
        "versions": versions(project.PACKAGE_NAME),
    }


def plan_datasets(
    pipeline: Pipeline, catalog: DataCatalog, config: Config, run_id: str
) -> dict[str, DatasetPlan]:
    """Describe all datasets of a pipeline, by their names without transcoding.

    Raises:
        ConfigurationError: Two datasets would be one artifact, or one would be two.
    """
    written = {untranscoded(name) for name in pipeline.all_outputs()}
    places = Places(catalog, config)
    plans: dict[str, DatasetPlan] = {}
    first: dict[str, str] = {}
    for name in sorted(pipeline.datasets()):
        plain = untranscoded(name)
        if is_parameter(name) or plain in plans or is_no_data(name, catalog):
            continue
        plan = described(name, catalog, config, run_id if plain in written else None)
        plans[plain] = places.settled(name, plan)
        if plan.place:
            first.setdefault(places.of(name, plan), plain)
    check_collisions({name: plans[name].artifact for name in first.values()})
    return plans


def plan_loads(
    pipeline: Pipeline,
    catalog: DataCatalog,
    config: Config,
    versions: Mapping[str, str],
    plans: Mapping[str, DatasetPlan],
) -> dict[str, DatasetPlan]:
    """Describe what is loaded in place of what the run writes, with ``--load-versions``.

    Returns:
        By dataset of the run; the plan's own name tells the version.
    """
    found: dict[str, DatasetPlan] = {}
    for name in sorted(pipeline.all_outputs() & pipeline.datasets()):
        plain = untranscoded(name)
        if name in versions and plans[plain].place:
            plan = described(name, catalog, config, None)
            update = {"dataset": f"{plain}@{versions[name]}"}
            update |= plans[plain].model_dump(include={"artifact", "content"})
            found[plain] = plan.model_copy(update=update)
    return found


def described(name: str, catalog: DataCatalog, config: Config, run_id: str | None) -> DatasetPlan:
    """Describe a dataset; one that can't be is not logged, and the runner tells what is wrong."""
    plain = untranscoded(name)
    try:
        plan = plan_dataset(name, catalog, config, run_id)
        plan = plan.model_copy(update={"dataset": plain})
        return plan if run_id else _as_input(plan, name, catalog)
    except ConfigurationError:
        raise
    except Exception as error:
        logger.debug("The dataset %s can't be described.", name, exc_info=True)
        reason = redacted_text(f"it can't be described: {error}", config.redact)
        return DatasetPlan(dataset=plain, artifact=artifact_name(plain), kind="none", reason=reason)


def _as_input(plan: DatasetPlan, name: str, catalog: DataCatalog) -> DatasetPlan:
    """Settle what an input is before the run starts: which version, which partitions."""
    dataset: Any = catalog.get(name)
    if plan.kind == "artifact":
        return _pinned(plan, dataset)
    if not is_partitioned(dataset):
        return plan
    return plan.model_copy(update={"partitions": partitions_to_read(dataset)})


def _pinned(plan: DatasetPlan, dataset: Any) -> DatasetPlan:
    try:
        reference, version = dataset.pin(), dataset.pinned
    except ArtifactNotFoundError as error:
        return plan.model_copy(update={"reason": str(error)})
    known = {"artifact": version.name, "type": version.type} if version else {}
    return plan.model_copy(update={"reference": reference, **known})


def _listed(dataset: Any) -> tuple[str, ...]:
    parts = partitions_to_read(dataset)
    return tuple(dataset.load()) if parts is None else parts


def offered_partitions(
    pipeline: Pipeline, catalog: DataCatalog, plan: RunPlan
) -> dict[str, tuple[str, ...]]:
    """List the partitions of what nodes read, where that was not known before the run.

    Asked only after a run whose runner has not told what was read. The values, which
    would read the partitions, are not touched. Whatever such a class does, all of them
    together take no longer than ``LISTING`` seconds.
    """
    give_up = time.monotonic() + LISTING
    found: dict[str, tuple[str, ...]] = {}
    for name in sorted({name for node in pipeline.nodes for name in node.inputs}):
        planned = None if is_parameter(name) else plan.datasets.get(untranscoded(name))
        if planned is None or planned.partitions is not None or not planned.has_parts:
            continue
        try:
            left = max(0.0, give_up - time.monotonic())
            parts = bounded(left, partial(_listed, catalog.get(name)))
        except Exception:
            logger.debug("The partitions of %s can't be listed.", name, exc_info=True)
            continue
        if parts:  # a checkpoint may have passed those that were read
            found[planned.dataset] = parts
    return found
