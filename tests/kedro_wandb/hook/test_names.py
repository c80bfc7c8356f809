"""Names of artifacts, from any script."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kedro.io import DataCatalog
from kedro.pipeline import Node, Pipeline
from kedro_datasets.json import JSONDataset

from kedro_wandb.errors import ConfigurationError
from kedro_wandb.hook.names import LONGEST, artifact_name, check_collisions
from kedro_wandb.hook.planning import plan_datasets
from kedro_wandb.settings.config import Config
from tests.kedro_wandb.counting import Counted

ACCEPTED = re.compile(r"[A-Za-z0-9_.\-]{1,128}")
NAMES = st.text(st.characters(exclude_characters="@", exclude_categories=["Cs"]), min_size=1)


@pytest.mark.parametrize("name", ["price_model", "ns.table", "a-b", "0", "x" * LONGEST])
def test_a_name_that_is_accepted_stays(name: str) -> None:
    """What stores have under it goes on."""
    assert artifact_name(name) == name
    assert artifact_name(f"{name}@pandas") == name


@pytest.mark.parametrize(
    ("name", "artifact"),
    [
        ("Übernachtungen Köln", "Ubernachtungen-Koln-aeb304f7"),
        ("売上_2024", "_2024-3041a3b0"),
        ("データ", "dataset-16773842"),
        ("売_上", "dataset-c07e1f14"),
        ("a b", "a-b-c8687a08"),
        ("ﬁle①", "file1-cd5fc4f1"),
    ],
)
def test_what_can_be_read_of_a_name_stays(name: str, artifact: str) -> None:
    """Written down, for another digest would be another artifact in every store."""
    assert artifact_name(name) == artifact


def test_a_name_that_is_too_long_keeps_its_beginning() -> None:
    """As it always did."""
    assert artifact_name("x" * 200) == "x" * 119 + "-aa20c23e"


@given(NAMES, NAMES)
def test_distinct_names_are_distinct_artifacts(one: str, other: str) -> None:
    """Each with a name that W&B accepts."""
    assert (artifact_name(one) == artifact_name(other)) == (one == other)
    assert ACCEPTED.fullmatch(artifact_name(one))


def plans(names: list[str], folder: Path) -> dict[str, str]:
    """Return the artifact of each dataset of a pipeline that makes a chain of them."""
    catalog = DataCatalog({name: JSONDataset(filepath=str(folder / f"{number}.json"))
                           for number, name in enumerate(names)})  # fmt: skip
    nodes = [Node(_copy, a, b, name=f"n{i}")
             for i, (a, b) in enumerate(pairwise(names))]  # fmt: skip
    found = plan_datasets(Pipeline(nodes), catalog, Config(), "run")
    return {name: plan.artifact for name, plan in found.items()}


def _copy(data: Any) -> Any:
    return data


def test_names_without_latin_letters_do_not_end_a_run(tmp_path: Path) -> None:
    """Nor does it matter which of them take part in it."""
    names = ["売上", "予測", "прогноз", "a b", "a/b"]
    artifacts = plans(names, tmp_path)
    assert len(set(artifacts.values())) == len(names)
    assert plans(names[1:3], tmp_path) == {name: artifacts[name] for name in names[1:3]}


def test_datasets_of_one_artifact_are_told_by_name() -> None:
    """With what to do about it."""
    with pytest.raises(ConfigurationError, match=r"'rows' and 'data' would both be .* 'x'"):
        check_collisions({"rows": "x", "data": "x"})


def test_many_datasets_are_compared_once_each() -> None:
    """Not all with all."""
    names = {f"part_{number}": Counted(f"part_{number}") for number in range(2_000)}
    with Counted.counting() as compared:
        check_collisions(names)
    assert compared() <= 3 * len(names)
