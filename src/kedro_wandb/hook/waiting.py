"""What is shown while a run waits for its tracker."""

from __future__ import annotations

import logging
import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from kedro_wandb.hook.table import human_size
from kedro_wandb.protocol.line import Message

logger = logging.getLogger("kedro_wandb")

SHOWN_AFTER = 1.0
"""Seconds of waiting before there is a bar."""

TOLD_EVERY = 30.0
"""Seconds between two lines where there is no terminal."""


class Waiting:
    """A bar on a terminal, or else a line in the log now and then.

    Args:
        console: Where the bar is drawn; by default on stderr.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._bars = Progress(
            TextColumn("tracking {task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=self._console,
            transient=True,
        )
        self._began = self._told = time.monotonic()

    def __enter__(self) -> Self:
        """Show nothing yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the bar away."""
        self._bars.stop()

    def show(self, message: Message) -> None:
        """Show what the tracker says it is doing."""
        now = time.monotonic()
        if now - self._began < SHOWN_AFTER:
            return
        if self._console.is_terminal:
            self._draw(message)
        elif now - self._told >= TOLD_EVERY:
            self._told = now
            size = f" ({human_size(message['done'])} of {human_size(message['size'])})"
            logger.info(
                "W&B tracking is still at work on %s%s.",
                message["what"],
                size if message["size"] else "",
            )

    def _draw(self, message: Message) -> None:
        self._bars.start()
        total = message["size"] or None
        if not self._bars.tasks:
            self._bars.add_task("", total=None)
        (task,) = self._bars.tasks
        if task.description != message["what"]:
            self._bars.reset(task.id, total=total, description=message["what"])
        self._bars.update(task.id, completed=message["done"], total=total)
