"""Files on the web: what tells them apart, and what is not told of their addresses."""

from __future__ import annotations

import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kedro_wandb.hook.addresses import KEY, with_digests
from kedro_wandb.protocol.plan import DatasetPlan
from kedro_wandb.stores.base import Source
from kedro_wandb.tracker.remote import remote_sources

pytest.importorskip("aiohttp")


class _Site(BaseHTTPRequestHandler):
    """Answers with the same text everywhere; with an ETag below ``/tagged``."""

    def do_HEAD(self) -> None:
        """Tell of the file."""
        self._answer(b"")

    def do_GET(self) -> None:
        """Give the file."""
        self._answer(b"12345")

    def _answer(self, content: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        if self.path.startswith("/tagged"):
            self.send_header("ETag", '"abc"')
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of a site on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def source(where: str, store: Path) -> Source:
    """Return what is known of a file on the web."""
    plan = DatasetPlan(dataset="rows", artifact="rows", kind="remote", where=where)
    (found,) = remote_sources(with_digests({"rows": plan}, store)["rows"])
    return found


def test_a_file_with_an_etag_goes_by_it_and_its_size(site: str, tmp_path: Path) -> None:
    """Whatever the signature in its address is, of which nothing is told."""
    found = [source(f"{site}/tagged/f.csv?sig=s3cret{n}#part", tmp_path) for n in (1, 2)]
    assert found[0] == found[1]
    assert (found[0].name, found[0].ref) == ("f.csv", f"{site}/tagged/f.csv")
    assert (found[0].digest, found[0].size) == ("abc", 5)
    assert "s3cret" not in repr(found)


def test_a_file_without_one_goes_by_its_address(site: str, tmp_path: Path) -> None:
    """The same in one store, another in another one, and nobody can tell the address from it."""
    first, again, other = (source(f"{site}/f.csv?day={n}", tmp_path / "a") for n in (1, 1, 2))
    elsewhere = source(f"{site}/f.csv?day=1", tmp_path / "b")
    assert first == again
    assert len({each.digest for each in (first, other, elsewhere)}) == 3
    assert {each.ref for each in (first, other, elsewhere)} == {f"{site}/f.csv"}


def test_the_key_is_its_owners_alone(tmp_path: Path) -> None:
    """And is made only where something is on the web."""
    here = DatasetPlan(dataset="rows", artifact="rows", kind="remote", where="s3://bucket/f.csv")
    assert with_digests({"rows": here}, tmp_path / "store") == {"rows": here}
    assert not (tmp_path / "store").exists()
    web = here.model_copy(update={"where": "https://host/f.csv"})
    assert len(with_digests({"rows": web}, tmp_path / "store")["rows"].address) == 32
    assert [path.name for path in (tmp_path / "store").iterdir()] == [KEY]
    assert stat.S_IMODE((tmp_path / "store" / KEY).stat().st_mode) == 0o600
