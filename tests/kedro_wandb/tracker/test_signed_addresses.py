"""What is written of files at addresses, and what never is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pytest
from kedro.io import DataCatalog
from kedro_datasets.pandas import CSVDataset

from kedro_wandb.hook.catalog import plan_dataset
from kedro_wandb.protocol.plan import DatasetPlan
from kedro_wandb.settings.config import Config
from kedro_wandb.tracker.remote import remote_sources

SECRET = "tell-nobody"  # noqa: S105 - the tests look for it


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """An address of a folder with one file, ``f.csv``."""
    (tmp_path / "f.csv").write_text("a\n1\n", encoding="utf-8")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_signed_address_is_written_without_its_signature(web: str) -> None:
    """The name, the address and the further facts of the entry say where, not how to get in."""
    plan = DatasetPlan(
        dataset="f", artifact="f", kind="remote", where=f"{web}/f.csv?sig={SECRET}#{SECRET}"
    )
    (source,) = remote_sources(plan)
    assert (source.name, source.ref, source.size) == ("f.csv", f"{web}/f.csv", 4)
    assert SECRET not in repr(source)


def test_what_goes_wrong_there_is_told_without_the_signature(web: str) -> None:
    """The library's error quotes the whole address."""
    plan = DatasetPlan(
        dataset="f", artifact="f", kind="remote", where=f"{web}/gone.csv?sig={SECRET}"
    )
    with pytest.raises(OSError, match=r"gone\.csv can't be asked") as caught:
        remote_sources(plan)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


def test_elsewhere_a_partition_may_be_named_like_a_query() -> None:
    """No part of an object's key is taken for one; the folder's own query still is."""
    filesystem = fsspec.filesystem("memory")
    for name in ("a#1.txt", "a#2.txt", "b?c.txt"):
        filesystem.pipe(f"/letters/{name}", b"x")
    plan = DatasetPlan(dataset="f", artifact="f", kind="remote_partitions", suffix=".txt",
                       where="memory://letters")  # fmt: skip
    assert {each.name: each.ref for each in remote_sources(plan)} == {
        name: f"memory://letters/{name}" for name in ("a#1.txt", "a#2.txt", "b?c.txt")
    }


class Credential:
    """A credential that JSON knows nothing of, and that tells itself as text."""

    def __repr__(self) -> str:
        """Return what nobody may see."""
        return SECRET


@pytest.mark.parametrize(
    ("credentials", "said"),
    [
        ({"token": Credential(), "anon": True}, "token is a Credential"),
        ({"nested": {"a": [Credential()]}, "anon": True}, "nested is a dict"),
    ],
)
def test_a_credential_of_any_class_stays_in_kedros_process(
    credentials: dict[str, object], said: str
) -> None:
    """The dataset is tracked with what can be told, and a failure says what was missing."""
    dataset = CSVDataset(filepath="memory://there/f.csv", credentials=None)
    dataset._init_args["filepath"] = "s3://bucket/f.csv"
    dataset._init_args["credentials"] = credentials
    plan = plan_dataset("f", DataCatalog({"f": dataset}), Config(), None)
    assert plan.kind == "remote"
    assert plan.options == {"anon": True}
    assert plan.reason == f"{said}, which stays in Kedro's process"
    assert SECRET not in plan.model_dump_json()
