"""The tests' W&B server in a process of its own, so that it takes no time of what is measured."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
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

    def kept(self, project: str) -> tuple[int, int]:
        """Return how many files of versions a project has, and their bytes."""
        files, size = self._ask("kept", project)
        return files, size

    def fill(self, project: str, runs: Sequence[Mapping[str, Any]]) -> None:
        """Let the server have runs that have ended, oldest first.

        Args:
            project: W&B's.
            runs: Attributes of GraphQL; and ``used`` and ``logged``, lists of versions with
                name, type, digest, metadata, and texts by file name.
        """
        self._ask("fill", project, runs)

    def _ask(self, *question: object) -> Any:
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
    from wandb_server.server import WandbServer  # type: ignore[import-not-found] # noqa: PLC0415

    with WandbServer() as server:
        answers: dict[str, Callable[..., Any]] = {
            "environment": lambda folder: server.environment(Path(folder)),
            "requests": lambda: count_requests(server),
            "runs": lambda project: tell_runs(server, project),
            "kept": lambda project: tell_kept(server, project),
            "fill": lambda project, runs: fill(server, project, runs),
        }
        for line in sys.stdin:
            name, *arguments = json.loads(line)
            print(json.dumps(answers[name](*arguments)), flush=True)
        end_cores(server.url)


def count_requests(server: Any) -> int:
    """Return how many requests there were since the last count."""
    number = len(server.requests)
    server.requests.clear()
    return number


def tell_runs(server: Any, project: str) -> list[dict[str, Any]]:
    """Return what the server knows of a project's runs."""
    home = project_of(server, project)
    return [
        {
            "job_type": run.job_type,
            "state": run.state,
            "used": sorted({each.collection.name for each in run.used}),
            "logged": sorted({each.collection.name for each in run.logged}),
        }
        for run in (home.runs.values() if home else ())
    ]


def tell_kept(server: Any, project: str) -> tuple[int, int]:
    """Return the number and the bytes of a project's files."""
    home = project_of(server, project)
    collections = home.collections.values() if home else ()
    sizes = [len(content) for each in collections for content in each.blobs.values()]
    return len(sizes), sum(sizes)


def project_of(server: Any, name: str) -> Any:
    """Return a project, or nothing."""
    return next((each for each in server.state.projects.values() if each.name == name), None)


def fill(server: Any, project: str, runs: list[dict[str, Any]]) -> None:
    """Let the server have runs."""
    for told in runs:
        used, logged = told.pop("used"), told.pop("logged")
        run, _ = server.state.upsert_run({"modelName": project} | told)
        for each in used:
            run.use(commit(server, run, None, each))
        for each in logged:
            commit(server, run, run.name, each)
        run.end(0)


def commit(server: Any, run: Any, maker: str | None, told: dict[str, Any]) -> Any:
    """Return the version that a client is taken to have uploaded."""
    place = {"entityName": run.project.entity_name, "projectName": run.project.name}
    about = {"artifactCollectionName": told["name"], "artifactTypeName": told["type"]}
    content = {key: told[key] for key in ("digest", "metadata")}
    artifact = server.state.create_artifact(
        place | about | content | {"runName": maker, "digestAlgorithm": "MANIFEST_MD5"}
    )
    entries = {}
    for name, text in told["files"].items():
        raw = text.encode()
        digest = base64.b64encode(hashlib.md5(raw, usedforsecurity=False).digest()).decode()
        artifact.collection.store(digest, raw)
        entries[name] = {"digest": digest, "size": len(raw)}
    policy = {"storagePolicy": "wandb-storage-policy-v1", "storagePolicyConfig": {}}
    artifact.manifest = json.dumps({"version": 1, **policy, "contents": entries}).encode()
    artifact.commit()
    return artifact


if __name__ == "__main__":
    serve()
