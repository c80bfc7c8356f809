"""The examples in docstrings are what the functions do."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

SOURCES = Path(__file__).parents[1] / "src"

MODULES = sorted(
    ".".join(file.relative_to(SOURCES).with_suffix("").parts)
    for package in ("kedro_wandb", "rental_pricing")
    for file in (SOURCES / package).rglob("*.py")
    if "build" not in file.parts and " >>> " in file.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("module", MODULES)
def test_examples_are_true(module: str, tmp_path: Path) -> None:
    """Every example gives what the docstring says; those with files have a ``tmp_path``."""
    told: list[str] = []
    runner = doctest.DocTestRunner(verbose=False)
    found = doctest.DocTestFinder().find(import_module(module), extraglobs={"tmp_path": tmp_path})
    examples = [each for each in found if each.examples]
    for each in examples:
        runner.run(each, out=told.append)
    assert examples
    assert not told, "".join(told)
