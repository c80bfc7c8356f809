"""The tests' W&B server in a process of its own, so that it takes no time of what is measured."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

ROOT = Path(__file__).resolve().parents[2]


class ServerProcess:
    """A server that listens until the block is left; it remembers everything until then."""

    def __enter__(self) -> Self:
        """Start it."""
        self._process = subprocess.Popen(  # noqa: S603 - this very file
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        """End it, and what the SDK has left running for it."""
        self._process.communicate()

    def environment(self, folder: Path) -> dict[str, str]:
        """Return the variables of a client of it alone, which keeps its files in a folder."""
        told: Mapping[str, str] = self._ask("environment", str(folder))
        path = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
        kept = {key: value for key, value in os.environ.items() if not key.startswith("WANDB_")}
        return {**kept, **told, "PYTHONPATH": path}

    def requests(self) -> int:
        """Return how many requests came since this was asked last."""
        number: int = self._ask("requests")
        return number

    def runs(self, project: str) -> list[dict[str, Any]]:
        """Return the runs of a project: job type, state, and names of what it used and logged."""
        runs: list[dict[str, Any]] = self._ask("runs", project)
        return runs

    def _ask(self, *question: str) -> Any:
        given, told = self._process.stdin, self._process.stdout
        if given is None or told is None:
            msg = "no pipes"
            raise OSError(msg)
        given.write(json.dumps(question) + "\n")
        given.flush()
        return json.loads(told.readline())


def serve() -> None:
    """Listen, and answer what is asked on stdin until that ends."""
    sys.path.insert(0, str(ROOT / "tests"))
    from wandb_server.client import end_cores  # type: ignore[import-not-found] # noqa: PLC0415
    from wandb_server.server import ENTITY, WandbServer  # type: ignore[import-not-found] # noqa: PLC0415

    with WandbServer() as server:

        def requests() -> int:
            number = len(server.requests)
            server.requests.clear()
            return number

        def runs(project: str) -> list[dict[str, Any]]:
            home = server.state.project(ENTITY, project)
            return [
                {
                    "job_type": run.job_type,
                    "state": run.state,
                    "used": sorted({each.collection.name for each in run.used}),
                    "logged": sorted({each.collection.name for each in run.logged}),
                }
                for run in (home.runs.values() if home else ())
            ]

        def environment(folder: str) -> dict[str, str]:
            variables: dict[str, str] = server.environment(Path(folder))
            return variables

        answers: dict[str, Callable[..., Any]] = {
            "requests": requests,
            "runs": runs,
            "environment": environment,
        }
        for line in sys.stdin:
            name, *arguments = json.loads(line)
            print(json.dumps(answers[name](*arguments)), flush=True)
        end_cores(server.url)


if __name__ == "__main__":
    serve()
