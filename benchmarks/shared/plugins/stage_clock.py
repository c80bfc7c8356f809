"""A plugin for Kedro that tells how long each pipeline of a run takes, and its peak memory.

It writes one line of JSON for each piece of time into the file that the variable STAGE_CLOCK
names. The time between two events belongs to the pipeline whose event the second one is.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from kedro.framework.hooks import hook_impl


class StageClock:
    """Hears of loads, nodes and saves."""

    def __init__(self) -> None:
        """Begin now."""
        self._last = time.perf_counter()

    @hook_impl
    def before_pipeline_run(self) -> None:
        """What was until now is the start."""
        self._note("start")

    @hook_impl
    def before_dataset_loaded(self, node: Any) -> None:
        """A dataset is to be loaded for a node."""
        self._note(_stage(node))

    @hook_impl
    def before_node_run(self, node: Any) -> None:
        """All is loaded."""
        self._note(_stage(node))

    @hook_impl
    def after_node_run(self, node: Any) -> None:
        """The node has ended; its results are not saved yet."""
        self._note(_stage(node))

    @hook_impl
    def after_dataset_saved(self, node: Any) -> None:
        """One of them is saved."""
        self._note(_stage(node))

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """What comes after the last save belongs to no pipeline."""
        self._note("end")

    def _note(self, stage: str) -> None:
        now = time.perf_counter()
        told = {"stage": stage, "seconds": now - self._last, "memory": _peak_memory()}
        with Path(os.environ["STAGE_CLOCK"]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(told) + "\n")
        self._last = time.perf_counter()


def _stage(node: Any) -> str:
    return str(node.namespace or "no pipeline").split(".")[0]


def _peak_memory() -> int:
    """Return the highest resident size since this was asked last, bytes; 0 where none is told."""
    status, marks = Path("/proc/self/status"), Path("/proc/self/clear_refs")
    if not status.is_file():
        return 0
    lines = status.read_text(encoding="utf-8").splitlines()
    peak = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
    marks.write_text("5", encoding="utf-8")  # the mark begins anew at what is resident now
    return peak


hook = StageClock()
