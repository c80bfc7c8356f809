"""Names of datasets as names of artifacts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from kedro_wandb.errors import ConfigurationError

LONGEST = 128
"""Characters that W&B allows in an artifact's name."""

_REFUSED = re.compile(r"[^A-Za-z0-9_.\-]+")


def untranscoded(dataset: str) -> str:
    """Return a dataset's name without Kedro's transcoding: both are the same file.

    >>> untranscoded("listings@spark")
    'listings'
    """
    return dataset.partition("@")[0]


def artifact_name(dataset: str) -> str:
    """Return the name that W&B accepts for a dataset's artifact.

    >>> artifact_name("germany.sales report@pandas"), artifact_name("price_model")
    ('germany.sales-report', 'price_model')
    """
    name = _REFUSED.sub("-", untranscoded(dataset))
    if len(name) <= LONGEST:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: LONGEST - len(mark) - 1]}-{mark}"


def check_collisions(names: Mapping[str, str]) -> None:
    """Refuse two datasets that would be versions of one artifact.

    Args:
        names: Artifact by dataset.

    Raises:
        ConfigurationError: Naming the datasets and the remedy.
    """
    first: dict[str, str] = {}
    for dataset, artifact in names.items():
        other = first.setdefault(artifact, dataset)
        if other != dataset:
            msg = (
                f"The datasets {other!r} and {dataset!r} would both be the artifact {artifact!r}. "
                f"Name one of them otherwise in the catalog: "
                f"metadata: {{wandb: {{name: another-name}}}}."
            )
            raise ConfigurationError(msg)
