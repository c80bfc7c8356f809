"""What is said about mistakes under ``metadata.wandb``."""

from __future__ import annotations

import pytest
from kedro.io import DataCatalog
from kedro.pipeline import Node, Pipeline
from kedro_datasets.json import JSONDataset

from kedro_wandb.errors import ConfigurationError
from kedro_wandb.hook.planning import plan_datasets
from kedro_wandb.settings.config import Config


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"aliases": "candidate"},
         "'rows': metadata.wandb.aliases must be a list: write aliases: [candidate]."),
        ({"alias": ["x"]}, "'alias' is no key of it (did you mean 'aliases'?)"),
        ({"aliases": ["latest"]}, "'latest' moves by itself"),
        ({"enabled": "no"}, "metadata.wandb.enabled: Input should be a valid boolean"),
        ({"media": "picture"}, "metadata.wandb.media: Input should be 'auto', 'plotly', 'html' or"),
        ({"name": "a b"}, "metadata.wandb.name: String should match"),
        ("candidate", "metadata.wandb must hold keys and values"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_before_the_run(given: object, said: str) -> None:
    """With the dataset, the key and what would be right."""
    catalog = DataCatalog({"rows": JSONDataset(filepath="a.json", metadata={"wandb": given})})
    pipeline = Pipeline([Node(len, "rows", "count", name="count")])
    with pytest.raises(ConfigurationError) as caught:
        plan_datasets(pipeline, catalog, Config(), "run")
    assert said in str(caught.value)
