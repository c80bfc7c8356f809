"""Names of datasets as names of artifacts."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping

from kedro_wandb.errors import ConfigurationError

LONGEST = 128
"""Characters that W&B allows in an artifact's name."""

_MARK = 8

_REFUSED = re.compile(r"[^A-Za-z0-9_.\-]+")
_ACCEPTED = re.compile(rf"[A-Za-z0-9_.\-]{{1,{LONGEST}}}")


def untranscoded(dataset: str) -> str:
    """Return a dataset's name without Kedro's transcoding: both are the same file.

    >>> untranscoded("listings@spark")
    'listings'
    """
    return dataset.partition("@")[0]


def artifact_name(dataset: str) -> str:
    """Return the name that W&B accepts for a dataset's artifact.

    It depends on the dataset's name alone: no other entry of the catalog, nor what a store
    has, changes it. A name that W&B does not take keeps what can be read of it, and a mark
    that tells it from others of which the same is left.

    >>> artifact_name("germany.sales_report@pandas"), artifact_name("Übernachtungen Köln")
    ('germany.sales_report', 'Ubernachtungen-Koln-aeb304f7')
    """
    name = untranscoded(dataset)
    if _ACCEPTED.fullmatch(name):
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:_MARK]
    return f"{_readable(name)[: LONGEST - _MARK - 1]}-{mark}"


def _readable(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name)
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    readable = _REFUSED.sub("-", plain).strip("-")
    return readable if any(map(str.isalnum, readable)) else "dataset"


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
