"""Of an address, only what is no secret is kept."""

from __future__ import annotations

from typing import Any

import fsspec
import pytest

from kedro_wandb.protocol.plan import DatasetPlan
from kedro_wandb.tracker.remote import remote_sources

ADDRESS = "https://me:tell-nobody@host/f.csv?sig=tell-nobody#tell-nobody"
PLAN = DatasetPlan(dataset="rows", artifact="rows", kind="remote", where=ADDRESS)


class Remote:
    """A filesystem that knows one file, or quotes the address in its error."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def invalidate_cache(self) -> None:
        """Keep nothing anyway."""

    def info(self, path: str) -> dict[str, Any]:
        """Tell of the file."""
        if self.error:
            raise self.error
        return {"name": path, "size": 3, "ETag": "e1"}


def test_a_reference_has_neither_query_nor_user_info(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor a fragment; its name is the file's."""
    monkeypatch.setattr(fsspec, "url_to_fs", lambda where, **_: (Remote(), where))
    (source,) = remote_sources(PLAN)
    assert (source.name, source.digest) == ("f.csv", "e1")
    assert "tell-nobody" not in repr(source)


@pytest.mark.parametrize("kind", [FileNotFoundError, RuntimeError])
def test_an_error_does_not_quote_them(
    monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    """Whatever the filesystem raises."""
    monkeypatch.setattr(fsspec, "url_to_fs", lambda where, **_: (Remote(kind(ADDRESS)), where))
    with pytest.raises(OSError, match="can't be asked") as caught:
        remote_sources(PLAN)
    assert "tell-nobody" not in str(caught.value)
