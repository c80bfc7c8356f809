"""What Kedro is told before it makes anything."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest
from kedro.io import MemoryDataset

import rental_pricing.settings


def test_no_parameter_searches_for_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run has hundreds, and Kedro would look through all folders for ibis with each."""
    assert rental_pricing.settings.HOOKS
    MemoryDataset(1)
    searched: list[str] = []

    def find_spec(name: str, *_: object) -> None:
        searched.append(name)

    monkeypatch.setattr(sys, "meta_path", [SimpleNamespace(find_spec=find_spec), *sys.meta_path])
    assert MemoryDataset(2).load() == 2
    assert searched == []
