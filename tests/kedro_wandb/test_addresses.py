"""Addresses lose what is secret in them, on whichever way they leave Kedro's process."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from project import KedroProject, make_project
from wandb_server.server import WandbServer
from weekly import open_store

USER, SIGNED, PART = "user-info-password", "the-signature", "the-fragment"

SECRETS = (USER, SIGNED, PART)

QUERY = f"?part=1&sig={SIGNED}#{PART}"

SOURCE = """
from kedro.pipeline import Node, Pipeline


def read(table, parts, options):
    return {"rows": len(table), "parts": sorted(len(load()) for load in parts.values())}


def create_pipeline(**_):
    return Pipeline([Node(read, ["table", "parts", "params:options"], "read", name="read")])
"""


class Signed(BaseHTTPRequestHandler):
    """A server of signed addresses, among them those of the files in its folder."""

    def do_HEAD(self) -> None:
        """Tell of a file."""
        self._answer()

    def do_GET(self) -> None:
        """Give a file, or the list of all."""
        self.wfile.write(self._answer())

    def _answer(self) -> bytes:
        is_signed = f"sig={SIGNED}" in self.path
        here = f"http://{self.headers['Host']}"
        links = "".join(f'<a href="{link}?sig={SIGNED}">x</a>' for link in
                        ("a.txt", "b.txt", f"{here}/parts/c.txt"))  # fmt: skip
        content = (links if self.path.endswith("parts/") else self.path[:6]).encode()
        self.send_response(200 if is_signed or b"<a" in content else 403)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"etag of {self.path.partition("?")[0]}"')
        self.end_headers()
        return content

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def web() -> Iterator[str]:
    """Host and port of that server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Signed)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def make(folder: Path, web: str, mode: str) -> KedroProject:
    catalog: dict[str, Any] = {
        "table": {
            "type": "text.TextDataset",
            "filepath": f"http://user:{USER}@{web}/table.csv{QUERY}",
            "metadata": {"wandb": {"description": f"As of https://a:{USER}@b.c/d{QUERY}."}},
        },
        "parts": {
            "type": "partitions.PartitionedDataset",
            "path": f"http://{web}/parts/",
            "dataset": "text.TextDataset",
        },
        "read": {"type": "json.JSONDataset", "filepath": "data/read.json"},
    }
    addresses = {"plain": f"https://{USER}@host/f.csv{QUERY}", "list": [f"s3://b/c{QUERY}"],
                 f"https://key:{USER}@host/{QUERY}": 1}  # fmt: skip
    return make_project(
        folder,
        catalog=catalog,
        pipelines={"read": SOURCE},
        parameters={"options": {"addresses": addresses}},
        wandb={"project": "tiny", "mode": mode, "offline_runs": mode == "local"},
    )


def run(project: KedroProject, log: Path) -> dict[str, bytes]:
    """Run, and return all that can be read of it afterwards but the server's."""
    done = project.kedro(
        "run", "--params", f"options.more=https://{USER}@host/{QUERY}",
        env={"KEDRO_WANDB_LOG": str(log)},
    )  # fmt: skip
    assert done.code == 0, done.output
    read = json.loads((project.path / "data/read.json").read_text())
    assert read == {"rows": 6, "parts": [6, 6, 6]}
    table = done.output[done.output.index("step ") :]  # Kedro's own log is not ours
    store = project.path / ".wandb"
    files = [*store.rglob("*"), log]
    return {"table": table.encode()} | {str(f): f.read_bytes() for f in files if f.is_file()}


def leaks(texts: dict[str, bytes]) -> list[tuple[str, str]]:
    return [(where, secret) for where, text in texts.items() for secret in SECRETS
            if secret.encode() in text]  # fmt: skip


def test_nothing_of_them_is_kept_locally(tmp_path: Path, web: str) -> None:
    """Not in references, names, config, descriptions, the table, offline runs or the log."""
    project = make(tmp_path / "p", web, "local")
    texts = run(project, tmp_path / "tracker.log")
    assert leaks(texts) == []
    with open_store(project) as store:
        (table,) = store.entries(store.find("table"))
        assert (table.name, table.ref) == ("table.csv", f"http://{web}/table.csv")
        parts = store.entries(store.find("parts"))
        assert {each.name: each.ref for each in parts} == {
            f"{name}.txt": f"http://{web}/parts/{name}.txt" for name in "abc"
        }
        assert store.find("table").description == ("As of https://[redacted]@b.c/d?[redacted]")
        (step,) = store.steps()
        told = step.step.config["parameters"]["options"]["addresses"]
        assert told["plain"] == "https://[redacted]@host/f.csv?[redacted]"
        assert told["list"] == ["s3://b/c?[redacted]"]
        assert step.step.config["parameters"]["options"]["more"].startswith("https://[redacted]@")
    assert any(b"[redacted]" in text for name, text in texts.items() if name.endswith(".wandb"))


def test_nothing_of_them_reaches_the_server(
    tmp_path: Path, web: str, wandb_server: WandbServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in what is sent, nor in the manifests."""
    monkeypatch.delenv("WANDB_DIR")
    texts = run(make(tmp_path / "p", web, "online"), tmp_path / "tracker.log")
    for number, seen in enumerate(wandb_server.requests):
        texts[f"{number} {seen.name}"] = repr(seen.variables).encode()
    for project in wandb_server.state.projects.values():
        for each in project.runs.values():
            texts |= {f"{each.name} {name}": content for name, content in each.files.items()}
            texts |= {f"{each.name} rest": repr((each.config, each.lines)).encode()}
        for artifact in (each for some in project.collections.values() for each in some.artifacts):
            name = f"{artifact.collection.name} {artifact.version}"
            texts[f"{name} manifest"] = artifact.manifest or b""
            texts[f"{name} about"] = repr((artifact.metadata, artifact.description)).encode()
    assert set(wandb_server.artifact("parts:latest", "tiny").entries) == {
        "a.txt", "b.txt", "c.txt"
    }  # fmt: skip
    assert leaks(texts) == []
    assert not wandb_server.errors
