"""Which nodes ran, read off their files: not every runner tells the main process."""

from __future__ import annotations

from kedro_wandb.protocol.marks import marks, written
from kedro_wandb.protocol.plan import NodePlan, RunPlan


class Evidence:
    """What the files show after a run whose runner called no hooks in this process.

    Kedro's ParallelRunner and runners on a cluster run the nodes, and with them the hooks
    of nodes and datasets, elsewhere.

    Attributes:
        problems: Files that can't be looked at.
    """

    def __init__(self, plan: RunPlan, *, is_finished: bool) -> None:
        """Look at the files.

        Args:
            plan: The run, with the state of the files before it.
            is_finished: Whether the run ended well.
        """
        self._plan = plan
        self._all_ran = is_finished and not plan.only_missing
        self._is_finished = is_finished
        self.problems: list[str] = []
        self._changed = {name for name in plan.datasets if self._is_changed(name)}

    def _is_changed(self, dataset: str) -> bool:
        plan = self._plan.datasets[dataset]
        if plan.kind not in {"path", "partitions", "alias"}:
            return False
        try:
            return bool(written(plan.marks, marks(plan.where, plan.suffix)))
        except OSError as error:
            self.problems.append(f"whether {dataset} was written can't be seen: {error}")
            return False

    def ran(self, node: NodePlan) -> bool:
        """Tell whether a node ran, as far as the files show."""
        return self._all_ran or any(name in self._changed for name in node.outputs)

    def is_complete(self, dataset: str) -> bool:
        """Tell whether a dataset was written to its end.

        After a failure that is sure only if a later node has read it and written its own.
        """
        if self._is_finished or self._plan.datasets[dataset].kind == "alias":
            return True  # decisions are left whole or not at all
        readers = [node for node in self._plan.nodes if dataset in node.inputs]
        return any(self.ran(node) for node in readers)
