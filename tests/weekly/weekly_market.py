"""A project whose weeks are run by the command, and the deliveries that it gets."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from small_model import SMALL_MODEL
from synthetic_drops import read_drop, write_drop

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

DONE, FAILED, NOTHING_NEW, PERSON = 0, 1, 3, 4
DAYS = ("2024-01-08", "2024-01-15", "2024-01-22", "2024-01-29")
SMALL_MARKET = {**SMALL_MODEL, "data_validation": {"min_rows_per_borough": 5}}
"""Parameters of a market of some thousand rows."""

REPORTS = "data/08_reporting"


@dataclass(frozen=True)
class Market:
    """A project whose weeks are run by ``kedro weekly``, in this process."""

    project: Any
    deliveries: Path

    @property
    def path(self) -> Path:
        """Its folder."""
        path: Path = self.project.path
        return path

    def deliver(self, day: str, rows: pd.DataFrame | None = None) -> None:
        """Put a drop into the folder of drops: the prepared one of that day, or these rows."""
        file = self.project.drops / f"{day}.csv"
        if rows is None:
            shutil.copy(self.deliveries / file.name, file)
        else:
            write_drop(rows, file)

    def drop(self, day: str) -> pd.DataFrame:
        """The rows of a prepared drop."""
        return read_drop(self.deliveries / f"{day}.csv")

    def weekly(self, *arguments: str, params: str = "") -> tuple[int, str]:
        """Type ``kedro weekly``; return the exit code and what was said."""
        return self._type("weekly", *arguments, *(["--params", params] if params else []))

    def release(self, *arguments: str) -> tuple[int, str]:
        """Type ``kedro release``, likewise."""
        return self._type("release", *arguments)

    def _type(self, command: str, *arguments: str) -> tuple[int, str]:
        from kedro.framework.startup import bootstrap_project

        import rental_pricing.cli

        metadata = bootstrap_project(self.path)
        with contextlib.chdir(self.path):
            done = CliRunner().invoke(getattr(rental_pricing.cli, command), arguments, obj=metadata)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output

    def page(self) -> str:
        """The page of the week, as text; that for browsers says the same."""
        text = (self.path / REPORTS / "weekly_summary.md").read_text(encoding="utf-8")
        html = (self.path / REPORTS / "weekly_summary.html").read_text(encoding="utf-8")
        assert text.splitlines()[0].removeprefix("# ") in html
        return text

    def report(self, name: str) -> Any:
        """One of the reports in JSON."""
        return json.loads((self.path / REPORTS / f"{name}.json").read_text(encoding="utf-8"))

    def in_production(self) -> str | None:
        """Which version is in production."""
        holder = self.project.load("production_version")
        return holder.version if holder else None

    def estimates(self) -> bytes:
        """The prices of the current stock, in bytes."""
        return (self.path / "data/07_model_output/price_estimates.parquet").read_bytes()

    def files(self) -> dict[str, bytes]:
        """All files of the project, but for who had the lock last and what kedro-viz keeps."""
        return {
            str(file.relative_to(self.path)): file.read_bytes()
            for file in sorted(self.path.rglob("*"))
            if file.is_file() and file.suffix != ".lock" and ".viz" not in file.parts
        }

    def versions(self) -> dict[str, int]:
        """How many versions each artifact has in the store."""
        import sqlite3

        store = self.path / ".wandb/rental_pricing/store.db"
        with contextlib.closing(sqlite3.connect(store)) as db:
            rows = db.execute(
                "SELECT name, count(*) FROM versions JOIN artifacts"
                " ON artifacts.id = artifact_id GROUP BY name"
            )
            return dict(rows.fetchall())

    def copy(self, path: Path) -> Market:
        """The same in another folder."""
        shutil.copytree(self.path, path)
        return Market(type(self.project)(path), self.deliveries)


@contextlib.contextmanager
def tracking(**variables: str) -> Iterator[None]:
    """Let the environment say how is tracked, and nothing else of W&B's."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("WANDB_")]:
            patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


def outside(drop: pd.DataFrame) -> pd.DataFrame:
    """The same with its first listing in another city."""
    row = drop.index[0]
    moved = drop.copy()
    moved.loc[row, ["latitude", "longitude"]] = 42.36, -71.06
    return moved
