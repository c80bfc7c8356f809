"""What pydantic finds wrong with parameters, told as the person wrote them.

``modeling.split.test_share = 1.5: must be less than 1`` in place of class names, error
types and addresses of a documentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel, ValidationError

from rental_pricing.errors import cut, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pydantic_core import ErrorDetails

SHOWN = 6
_RULES = {
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number of a common size",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be text (in quotes where it looks like something else)",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a block of names and values",
    "missing": "is missing",
}
_WITHOUT_VALUE = {"missing", "value_error", "too_short"}


def told(block: str, error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Return one line for each thing that is wrong, at most ``SHOWN`` and how many more.

    Args:
        block: The name of the block at the top level, such as ``modeling``.
        error: What pydantic raised.
        model: The class that was to be built, for the names that it knows.
    """
    errors = [each for each in error.errors(include_url=False) if not _follows_from_another(each)]
    lines = [_line(block, each, model) for each in errors]
    hidden = len(lines) - SHOWN
    return lines if hidden <= 0 else [*lines[:SHOWN], f"... +{hidden} more"]


def _line(block: str, error: ErrorDetails, model: type[BaseModel]) -> str:
    location = [str(part) for part in error["loc"] if part != "[key]"]
    context = error.get("ctx", {})
    name = cut(".".join([block, *location]) + context.get("at", ""), 80)
    if error["type"] == "extra_forbidden":
        known = list(_fields(model, location[:-1]))
        hint = did_you_mean(location[-1], known)
        return f"{name} is not known{hint}; known there: {_listed(known)}"
    if error["type"] in {"model_type", "model_attributes_type"}:
        rule = f"must be a block with {_listed(_fields(model, location))}"
    else:
        rule = _rule(error)
    if error["type"] in _WITHOUT_VALUE or "[key]" in error["loc"]:
        return f"{name}: {rule}"
    value = context.get("written", error["input"])
    return f"{name} = {cut(_as_written(value))}: {rule}"


def _follows_from_another(error: ErrorDetails) -> bool:
    """Whether a list counts as too short because what is in it was refused."""
    return error["type"] == "too_short" and bool(error["input"])


def _rule(error: ErrorDetails) -> str:
    if error["type"] in _RULES:
        return _RULES[error["type"]]
    if error["type"] == "too_short":
        return f"must have at least {error['ctx']['min_length']} of them"
    text = error["msg"].removeprefix("Value error, ").replace("Input should be", "must be")
    return text[:1].lower() + text[1:]


def _as_written(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return repr(value) if isinstance(value, str) else str(value)


def _listed(names: Iterable[str], most: int = 10) -> str:
    names = list(names)
    more = f", +{len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _fields(model: type[BaseModel], location: Sequence[str]) -> Iterator[str]:
    """Yield the names that are known at a place inside a model."""
    annotation: Any = model
    for part in location:
        fields = getattr(_model_in(annotation), "model_fields", {})
        if part in fields:
            annotation = fields[part].annotation
    found = _model_in(annotation)
    if found is not None:
        yield from found.model_fields


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    models = (_model_in(each) for each in get_args(annotation))
    return next((model for model in models if model is not None), None)
