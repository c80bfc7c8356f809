"""``kedro wandb page``: the local store as one page of HTML."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any
from uuid import uuid4

import click

from kedro_wandb.cli.console import Asked, local_store
from kedro_wandb.cli.text import number, plain
from kedro_wandb.hook.table import human_size
from kedro_wandb.pages.page import page
from kedro_wandb.pages.tracked import tracked
from kedro_wandb.settings.mode import Mode

STDOUT = Path("-")


def run(asked: Asked, file: Path) -> None:
    """Write the page, and tell what is in it; to stdout the page alone.

    Raises:
        OSError: The file can't be written.
        StoreUnavailableError: The store can't be read.
    """
    settings = asked.settings()
    with local_store(settings) as store:
        found = tracked(store)
    made = dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    notes = _notes(settings.mode, is_empty=not (found["runs"] or found["artifacts"]))
    text = page(found, settings.project, made, notes)
    if file == STDOUT:
        click.echo(text, nl=False)
        return
    _write_whole(file, text)
    told: dict[str, Any] = {
        "file": str(file.resolve()),
        "bytes": file.stat().st_size,
        "runs": len(found["runs"]),
        "artifacts": len(found["artifacts"]),
        "versions": sum(len(each["versions"]) for each in found["artifacts"]),
        "notes": notes,
    }
    asked.answer(told, lambda: plain("\n".join([_sentence(told), *notes])))


def _notes(mode: Mode, *, is_empty: bool) -> list[str]:
    """Return what may be looked for in vain."""
    notes = ["Nothing is tracked in the local store yet."] if is_empty else []
    if mode.kind == "online":
        notes.append(
            "This page shows the local store alone, while the project's runs are tracked online"
            f" ({mode.reason}): what went straight to W&B is there, and not here."
        )
    elif mode.kind == "disabled":
        notes.append(f"Tracking is disabled ({mode.reason}): runs add nothing to the store.")
    elif is_empty:
        notes.append("A 'kedro run' fills it.")
    return notes


def _sentence(told: dict[str, Any]) -> str:
    counts = [
        number(told["runs"], "run"),
        number(told["artifacts"], "artifact"),
        number(told["versions"], "version"),
    ]
    return f"{told['file']}: {', '.join(counts)} ({human_size(told['bytes'])})."


def _write_whole(file: Path, text: str) -> None:
    """Write a file whole or not at all; a reader of an older one never sees half of it."""
    temporary = file.with_name(f".{uuid4().hex}.part")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
