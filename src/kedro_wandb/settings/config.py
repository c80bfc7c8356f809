"""``wandb.yml`` as a strict model, and the environment variables of W&B that win over it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from kedro_wandb.errors import ConfigurationError, did_you_mean
from kedro_wandb.settings.redaction import DEFAULT_PATTERNS, looks_secret, redacted
from kedro_wandb.settings.variables import Place, environment_values, variable_of

FILE = "wandb.yml"
"""The file in ``conf/<environment>/``."""

WHERE_KEYS_BELONG = (
    "the environment variable WANDB_API_KEY, your netrc file ('wandb login' writes it), "
    "or conf/local/credentials.yml as 'wandb: {api_key: ...}'"
)

_LAYERS = ("raw", "intermediate", "primary", "feature", "model_input", "model_output")
_FORBIDDEN = "/\\#?%:\r\n"
LONGEST_NAME, _LONGEST_TAG = 128, 64
"""Characters that W&B allows in the name of a project, a group or a type, and in a tag."""

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
"""A time in seconds, above 0."""


def _wandb_name(name: str) -> str:
    """Check a name by the rules of W&B; it also names a folder."""
    wrong = sorted({repr(character) for character in name if character in _FORBIDDEN})
    if wrong:
        msg = f"W&B allows none of / \\ # ? % : in it, and it has {', '.join(wrong)}"
        raise ValueError(msg)
    if name.strip() != name or name in {".", ".."}:
        msg = "it must not begin or end with a blank, nor be '.' or '..'"
        raise ValueError(msg)
    return name


def _type_name(name: str) -> str:
    if name == "job" or name.startswith("wandb-"):
        msg = f"W&B keeps the type {name!r} for itself"
        raise ValueError(msg)
    return name


def _folder_name(folder: Path) -> Path:
    # The folder gets a .gitignore of '*', which must not cover a project.
    if os.path.normpath(folder) in {".", ".."}:
        msg = "it must be a folder of its own, such as .wandb"
        raise ValueError(msg)
    return folder


Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME), AfterValidator(_wandb_name)]
Tag = Annotated[str, Field(min_length=1, max_length=_LONGEST_TAG)]
TypeName = Annotated[Name, AfterValidator(_type_name)]


class _Strict(BaseModel):
    """Closed (unknown keys are errors) and frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Timeouts(_Strict):
    """How long tracking may make anyone wait.

    Attributes:
        start: For the server's answer when a step begins, in seconds.
        call: For the answer to any other request, in seconds.
        upload_megabytes_per_second: Slowest upload that is waited for, in 10**6 bytes per
            second; an upload may take ``call`` plus its size divided by this.
        finish: For what is still under way when the Kedro run ends, in seconds.
        wait: For all of it at the end of a Kedro run, in seconds; then the tracker goes on
            alone. ``None``: as long as bytes move.
    """

    start: Seconds = 5
    call: Seconds = 5
    upload_megabytes_per_second: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1
    finish: Seconds = 3
    wait: Seconds | None = None


class Config(_Strict):
    """What ``wandb.yml`` may say.

    Attributes:
        project: W&B project; ``None`` is the Kedro package's name.
        entity: W&B user or team; ``None`` is the key's own.
        mode: ``auto`` is online if a key is configured, else local.
        experiment: W&B group of all steps of a run; ``None`` is Kedro's run id.
        tags: W&B tags of every step.
        folder: Of the local store; relative to the Kedro project.
        artifact_types: W&B artifact type by layer of the catalog. Layers that are not
            named here keep their default.
        exclude: Patterns of dataset names that are not logged, such as ``tmp_*``.
        redact: Patterns of the words in key names whose values are never logged, besides
            those of ``kedro_wandb.settings.redaction``, which always are among them.
        on_error: ``warn`` says once what failed in tracking; ``raise`` fails the run.
        offline_runs: Whether the local store also writes each step as an offline W&B run.
        timeouts: How long tracking may make anyone wait.
    """

    project: Name | None = None
    entity: Name | None = None
    mode: Literal["auto", "online", "local", "disabled"] = "auto"
    experiment: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)] | None = None
    tags: tuple[Tag, ...] = ()
    folder: Annotated[Path, AfterValidator(_folder_name)] = Path(".wandb")
    artifact_types: dict[str, TypeName] = {
        **dict.fromkeys(_LAYERS, "dataset"),
        "models": "model",
        "reporting": "report",
    }
    exclude: tuple[str, ...] = ()
    redact: tuple[str, ...] = DEFAULT_PATTERNS
    on_error: Literal["warn", "raise"] = "warn"
    offline_runs: bool = False
    timeouts: Timeouts = Timeouts()

    @field_validator("artifact_types", mode="before")
    @classmethod
    def _defaults_stay(cls, given: object) -> object:
        defaults = cls.model_fields["artifact_types"].default
        return {**defaults, **given} if isinstance(given, Mapping) else given

    @field_validator("redact")
    @classmethod
    def _defaults_too(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*DEFAULT_PATTERNS, *given)))

    def excludes(self, dataset: str) -> bool:
        """Return whether a dataset is not to be logged.

        >>> Config(exclude=("tmp_*",)).excludes("tmp_rows")
        True
        """
        return any(fnmatchcase(dataset, pattern) for pattern in self.exclude)


def load_config(raw: Mapping[str, Any] | None, environment: Mapping[str, str]) -> Config:
    """Return the configuration: the environment's values, else the file's, else the defaults.

    Args:
        raw: Content of ``wandb.yml``.
        environment: Such as ``os.environ``.

    Raises:
        ConfigurationError: With all that is wrong, each with its place.

    >>> load_config({"project": "homes"}, {"WANDB_MODE": "offline"}).mode
    'local'
    """
    if raw is not None and not isinstance(raw, Mapping):
        msg = f"{FILE} must hold keys and values, such as 'project: name'."
        raise ConfigurationError(msg)
    given = environment_values(environment)
    try:
        return Config.model_validate(_overlaid(raw or {}, given))
    except ValidationError as error:
        problems = [_told(each, given) for each in error.errors(include_url=False)]
        raise ConfigurationError("; ".join(problems) + ".") from None


def _overlaid(raw: Mapping[str, Any], given: Mapping[Place, Any]) -> dict[str, Any]:
    # A bare 'tags:' is null in YAML and means the same as leaving it out.
    # An unknown one is not left out: YAML without a colon is a key that holds null to Kedro.
    known = Config.model_fields
    merged = {str(key): value for key, value in raw.items()
              if value is not None or str(key) not in known}  # fmt: skip
    for (first, *rest), value in given.items():
        if not rest:
            merged[first] = value
        elif isinstance(block := merged.get(first, {}), Mapping):
            merged[first] = {**block, rest[0]: value}
    return merged


def _told(problem: ErrorDetails, given: Mapping[Place, Any]) -> str:
    """Return one problem as a clause: where, what, and what would be right."""
    place = tuple(str(part) for part in problem["loc"] if part != "[key]")
    variable = variable_of(place)
    if variable and any(place[: len(each)] == each for each in given):
        return f"{variable}: {_expectation(problem)}"
    where = f"{FILE}: '{'.'.join(place)}'"
    if problem["type"] != "extra_forbidden":
        return f"{where}: {_expectation(problem)}"
    if _holds_secret(place[-1], problem["input"]):
        return f"{where} looks like a secret, which does not belong there: use {WHERE_KEYS_BELONG}"
    return f"{where} is no key of it{_nearest(place)}"


def _expectation(problem: ErrorDetails) -> str:
    text = problem["msg"].removeprefix("Value error, ")
    given = problem["input"]
    if not isinstance(given, str | int | float):
        return text
    choices = re.findall(r"'([^']*)'", text) if problem["type"] == "literal_error" else []
    return f"{text}, not {redacted(given, ())!r:.60}{did_you_mean(str(given), choices)}"


def _holds_secret(key: str, value: object) -> bool:
    if key.lower() == "key" or looks_secret(key, DEFAULT_PATTERNS):
        return True
    inner = value.items() if isinstance(value, Mapping) else ()
    return any(_holds_secret(str(each), below) for each, below in inner)


def _nearest(place: Place) -> str:
    outer = list(Config.model_fields)
    inner = [f"timeouts.{name}" for name in Timeouts.model_fields]
    known = inner if place[0] == "timeouts" else outer
    if hint := did_you_mean(".".join(place), known) or _elsewhere(place[-1], [*outer, *inner]):
        return hint
    return f"; known: {', '.join(known)}"


def _elsewhere(key: str, known: Iterable[str]) -> str:
    return next((did_you_mean(each, [each]) for each in known if each.split(".")[-1] == key), "")
