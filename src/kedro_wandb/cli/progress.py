"""Progress of uploads and downloads, for people at a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as Bars

from kedro_wandb.stores.base import Progress


@contextmanager
def shown_progress(what: str, size: int | None) -> Iterator[Progress]:
    """Give what is to be called with numbers of bytes as they are moved.

    A bar is drawn on stderr, if that is a terminal, and vanishes at the end.

    Args:
        what: Is moved.
        size: In bytes, all together; ``None`` if unknown.
    """
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(what, total=size)
        yield lambda moved: bars.advance(task, moved)
