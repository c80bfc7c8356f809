"""Versions of what a model's numbers depend on."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from rental_pricing.model import versions


def test_the_trainer_of_an_estimator_has_a_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most need none besides the libraries of all models; one that is absent has none."""
    assert versions.trainer_version("linear") == {}
    assert list(versions.trainer_version("neural_network")) == ["torch"]
    monkeypatch.setattr(versions, "_TRAINERS", {"one": "numpy", "other": "no-such-library"})
    assert versions.trainer_version("one") == {"numpy": version("numpy")}
    assert versions.trainer_version("other") == {"no-such-library": None}


def test_pytorch_is_no_library_of_all_models() -> None:
    """Who has only a package does not miss it."""
    assert "torch" not in versions.library_versions()
