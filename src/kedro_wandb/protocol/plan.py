"""What the tracker has to know of a Kedro run before it starts: plain data, sent as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from kedro_wandb.settings.config import Config

Kind = Literal["path", "partitions", "remote", "remote_partitions", "artifact", "alias", "none"]

Content = Literal["full", "digest"]
"""What stores get of a dataset: all of it, or no more than digests and sizes."""

Media = Literal["auto", "plotly", "html", "none"]
"""How the file of an output is shown in its run, besides being an artifact."""

LOCAL_KINDS = frozenset({"path", "partitions"})
"""Kinds of what is on this machine's disk."""

WEB = ("http://", "https://")
"""What the addresses of datasets on the web begin with."""

Mark = tuple[int, int, int]
"""Size in bytes, time of the last change in nanoseconds, inode: they change when a file does."""


class _Plain(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class DatasetPlan(_Plain):
    """A catalog dataset and where its files are.

    Attributes:
        dataset: Name in the catalog, without transcoding.
        artifact: Name of the artifact.
        type: W&B's artifact type.
        kind: ``path`` (a file or a folder on this machine), ``partitions`` (a folder of
            them), the same at a remote address, ``artifact`` (a version from the store),
            ``alias`` (a decision to move one), ``none`` (nothing that could be logged).
        where: Local path or address; for ``alias``, the file that holds the decision.
        suffix: Of the partitions' file names.
        options: Of the remote filesystem, credentials included; never logged.
        reference: For ``artifact``: the version that the run reads, by its digest: the
            stores of one project count for themselves. For ``alias``: what the run may
            move, such as ``price_model:prod``.
        reason: For ``none``: why; for ``artifact`` without a reference: why there is none; for
            a remote one: what its tracking has to do without.
        description: For people.
        metadata: Facts that are known without reading the data.
        aliases: Besides ``latest``.
        metrics: Whether its numbers, if it is a file of flat numbers, go to the summary.
        runs: Whether each row of its table is a run of the experiment.
        alerts: Whether its list of alerts is sent to people.
        content: Whether the store gets its bytes.
        media: What is shown of it in its run; ``auto``: images are.
        marks: State of the files before the run, by path relative to ``where``.
        partitions: Relative paths of those that the run will read; ``None``: not known yet.
        place: What datasets of the same files have in common; empty if there are none.
        address: For a dataset on the web: a digest of its whole address.
        copy_at: Local copy of the files from before the run, where the run writes to the same
            place under another name.
    """

    dataset: str
    artifact: str
    type: str = "dataset"
    kind: Kind
    where: str = ""
    suffix: str = ""
    options: dict[str, Any] = Field(default_factory=dict, repr=False)
    reference: str | None = None
    place: str = ""
    address: str = ""
    copy_at: str = ""
    reason: str = ""
    description: str = ""
    metadata: dict[str, Any] = Field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    metrics: bool = True
    runs: bool = False
    alerts: bool = False
    content: Content = "full"
    media: Media = "auto"
    marks: dict[str, Mark] = Field(default_factory=dict, repr=False)
    partitions: tuple[str, ...] | None = None

    @property
    def is_withheld(self) -> bool:
        """Whether its bytes stay out of the stores; those of remote files always do."""
        return self.content == "digest" and self.kind in LOCAL_KINDS

    @property
    def has_parts(self) -> bool:
        """Whether it is a folder of partitions."""
        return self.kind in {"partitions", "remote_partitions"}


class NodePlan(_Plain):
    """A node, the step that owns it, and its datasets (parameters left out)."""

    name: str
    step: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class StepPlan(_Plain):
    """A modular pipeline that takes part in the run, with its parameters, redacted."""

    id: str
    name: str
    parameters: dict[str, Any] = Field(default_factory=dict)


class StorePlan(_Plain):
    """Which store, and what it needs.

    Attributes:
        kind: ``online`` or ``local``.
        project: W&B's project.
        entity: W&B's entity; ``None``: the user's own.
        folder: The local store of that project.
    """

    kind: Literal["online", "local"]
    project: str
    entity: str | None
    folder: Path


class RunPlan(_Plain):
    """A Kedro run.

    Attributes:
        run_id: Kedro's.
        experiment: W&B's group.
        project_path: The Kedro project, for its git commit.
        started: Seconds since the epoch.
        kedro: The command, environment and versions, as every step's config has them.
        only_missing: Whether nodes whose outputs exist are left out by the runner.
        nodes: In the order of the pipeline.
    """

    run_id: str
    experiment: str
    project_path: Path
    started: float
    kedro: dict[str, Any]
    only_missing: bool
    store: StorePlan
    config: Config
    steps: tuple[StepPlan, ...]
    nodes: tuple[NodePlan, ...]
    datasets: dict[str, DatasetPlan]

    @property
    def id(self) -> str:
        """Of its first step, for what it leaves in the store's folder in passing."""
        return self.steps[0].id
