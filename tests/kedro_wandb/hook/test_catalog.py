"""What is known of a catalog's entry, without what is secret in it."""

from __future__ import annotations

from typing import Any

import pytest
from kedro.io import DataCatalog
from kedro_datasets.json import JSONDataset

from kedro_wandb.hook.catalog import plan_dataset
from kedro_wandb.settings.config import Config


class Login:
    """Credentials of a class that nobody knows."""

    def __repr__(self) -> str:
        """Tell what must not be told."""
        return "tell-nobody"


@pytest.mark.parametrize("options", [{"token": Login()}, {"deep": [{"key": Login()}]}])
def test_objects_as_credentials_keep_their_dataset_from_being_asked_for(options: Any) -> None:
    """The plan can be sent, has nothing of them, and says why the dataset is not logged."""
    dataset: Any = JSONDataset(filepath="memory://bucket/a.json", fs_args={})
    dataset._init_args = {"filepath": "s3://bucket/a.json", "credentials": options}
    plan = plan_dataset("rows", DataCatalog({"rows": dataset}), Config(), None)
    assert "tell-nobody" not in plan.model_dump_json()
    assert (plan.kind, plan.options) == ("none", {})
    assert plan.reason == "its credentials are objects, which only the run itself can use"
