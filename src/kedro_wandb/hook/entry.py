"""What an entry of the catalog may say under ``metadata.wandb``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, ValidationError

from kedro_wandb.errors import ConfigurationError, did_you_mean
from kedro_wandb.protocol.plan import Content, Media
from kedro_wandb.settings.config import TypeName
from kedro_wandb.stores.names import checked_alias


class Entry(BaseModel):
    """Closed, so that a typing error is told; see the README for what each key means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\-]{1,128}$")] | None = None
    type: TypeName | None = None
    description: str = ""
    aliases: tuple[Annotated[str, AfterValidator(checked_alias)], ...] = ()
    enabled: StrictBool = True
    metrics: StrictBool = True
    runs: StrictBool = False
    alerts: StrictBool = False
    content: Content = "full"
    media: Media = "auto"


def checked_entry(dataset: str, given: object) -> Entry:
    """Return what the catalog says of a dataset.

    Raises:
        ConfigurationError: Naming the dataset, the key and what would be right.

    >>> checked_entry("model", {"aliases": ["candidate"]}).aliases
    ('candidate',)
    """
    where = f"Catalog: the dataset {dataset!r}: metadata.wandb"
    if not isinstance(given, Mapping):
        msg = f"{where} must hold keys and values, such as {{aliases: [candidate]}}."
        raise ConfigurationError(msg)
    try:
        return Entry.model_validate({k: v for k, v in given.items() if v is not None
                                     or k not in Entry.model_fields})  # fmt: skip
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
    key = ".".join(map(str, problem["loc"]))
    if problem["type"] == "extra_forbidden":
        known = ", ".join(Entry.model_fields)
        hint = did_you_mean(key, Entry.model_fields) or f"; known: {known}"
        msg = f"{where}: {key!r} is no key of it{hint}."
    elif problem["type"] == "tuple_type":
        msg = f"{where}.{key} must be a list: write {key}: [{problem['input']}]."
    else:
        msg = f"{where}.{key}: {problem['msg'].removeprefix('Value error, ').rstrip('.')}."
    raise ConfigurationError(msg)
