"""Taking over what a search has found: into a file of parameters, as people have laid it out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, ScalarNode

from rental_pricing.errors import UserInputError, cut
from rental_pricing.evaluation import provenance as made
from rental_pricing.tuning.result import STUDY, rest_of
from rental_pricing.tuning.space import value_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rental_pricing.evaluation.parameters import ModelingParameters

BLOCK = "modeling"
SEARCH_AGAIN = "kedro run --pipelines tuning"
_CHOICES = ("present", "simplest", "best")


class AdoptionError(UserInputError):
    """What a search has found can't be taken over."""


def values_to_adopt(
    result: Mapping[str, Any], which: str, modeling: ModelingParameters, of: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what has to change for a configuration to become the one that was chosen.

    Args:
        result: Of the search.
        which: ``simplest`` or ``best``.
        modeling: The configuration of now.
        of: Data, market and split of the training listings of now, with its parameters.

    Returns:
        Values by their places under ``modeling``; empty if it has them all.

    Raises:
        MixedDataError: The result is about other data.
        AdoptionError: It is about another configuration.
    """
    made.require_same(
        SEARCH_AGAIN, **{"tuning_result": result[made.SPLIT], "the training listings": of}
    )
    chosen: dict[str, Any] = result[which]["parameters"]
    if modeling.estimator != result["estimator"]:
        msg = (
            f"The search {result[STUDY]} was about {result['estimator']}, and modeling.estimator "
            f"is {modeling.estimator}. Search again: {SEARCH_AGAIN}"
        )
        raise AdoptionError(msg)
    now = {place: value_at(modeling, tuple(place.split("."))) for place in chosen}
    is_known = any(now == result[each]["parameters"] for each in _CHOICES)
    if rest_of(modeling, chosen) != result["configuration"] or not is_known:
        msg = (
            f"The configuration has changed since the search {result[STUDY]}, so that what it "
            f"found may not hold. Search again: {SEARCH_AGAIN}"
        )
        raise AdoptionError(msg)
    return {place: value for place, value in chosen.items() if now[place] != value}


def edited(text: str, values: Mapping[str, Any]) -> str:
    """Return a file of parameters with other values, and all else as it was.

    Only the values themselves are replaced: comments, quotes, blanks and order stay. What the
    file does not say yet is added at the end of its block.

    Args:
        text: YAML with the block ``modeling``, or without.
        values: By their places under ``modeling``.

    Raises:
        AdoptionError: A value is a reference to another one (``${...}``, an anchor), or the
            file is laid out in a way that can't be edited safely.
    """
    changed, expected = text, _unshared(yaml.safe_load(text) or {})
    for place, value in values.items():
        path = [BLOCK, *place.split(".")]
        changed = _with_value(changed, path, value)
        inside = expected
        for block in path[:-1]:
            inside = inside.setdefault(block, {})
        inside[path[-1]] = value
    try:
        is_as_expected = yaml.safe_load(changed) == expected
    except yaml.YAMLError:
        is_as_expected = False
    if not is_as_expected:
        msg = "its layout can't be edited safely; change the values by hand"
        raise AdoptionError(msg)
    return changed


def _unshared(content: Any) -> Any:
    """Return a copy in which no two places are one block, as with YAML's anchors."""
    if isinstance(content, dict):
        return {name: _unshared(value) for name, value in content.items()}
    return [_unshared(each) for each in content] if isinstance(content, list) else content


def has_block(text: str) -> bool:
    """Whether a file of parameters has the block ``modeling``."""
    content: Any = yaml.safe_load(text)
    return isinstance(content, dict) and BLOCK in content


def written_places(text: str, values: Mapping[str, Any]) -> list[str]:
    """Return which of some places under ``modeling`` a file of parameters sets."""
    content: Any = yaml.safe_load(text)

    def is_there(place: str) -> bool:
        inside = content
        for part in (BLOCK, *place.split(".")):
            if not isinstance(inside, dict) or part not in inside:
                return False
            inside = inside[part]
        return True

    return [place for place in values if is_there(place)]


def _with_value(text: str, path: list[str], value: Any) -> str:
    """Return a text with one value replaced or added."""
    node: Any = YAML().compose(text)
    if node is None:
        return text + ("" if not text or text.endswith("\n") else "\n") + _lines(path, value, 0)
    for depth, key in enumerate(path):
        name, inner = _inner(node, key)
        if inner is None:
            return _with_addition(text, node, path[depth:], value)
        node = inner
    place = ".".join(path)
    start, end = node.start_mark.index, node.end_mark.index
    if start == end:  # no value: it would belong behind the colon
        start = end = text.index(":", name.end_mark.index) + 1
        return f"{text[:start]} {_scalar(value)}{text[end:]}"
    if not isinstance(node, ScalarNode) or node.anchor or "${" in node.value:
        told = cut(text[start:end])
        line = node.start_mark.line + 1
        msg = f"line {line}: {place} is {told!r}, no plain value; change it by hand"
        raise AdoptionError(msg)
    return f"{text[:start]}{_scalar(value)}{text[end:]}"


def _inner(node: Any, key: str) -> tuple[Any, Any]:
    """Return the nodes of a name and its value; ``None`` twice if it is not there."""
    if not isinstance(node, MappingNode):
        msg = f"line {node.start_mark.line + 1}: a block of names and values is expected"
        raise AdoptionError(msg)
    return next(((name, inner) for name, inner in node.value if name.value == key), (None, None))


def _with_addition(text: str, node: MappingNode, path: list[str], value: Any) -> str:
    """Return a text with a value added at the end of a mapping."""
    if node.flow_style:
        end = node.end_mark.index - 1
        inside = _scalar(value)
        for key in reversed(path[1:]):
            inside = f"{{{key}: {inside}}}"
        return f"{text[:end]}{', ' if node.value else ''}{path[0]}: {inside}{text[end:]}"
    last: Any = node
    while not isinstance(last, ScalarNode) and not last.flow_style:
        last = last.value[-1][1] if isinstance(last, MappingNode) else last.value[-1]
    end = text.find("\n", last.end_mark.index)
    before, after = (f"{text}\n", "") if end < 0 else (text[: end + 1], text[end + 1 :])
    return before + _lines(path, value, node.start_mark.column) + after


def _lines(path: list[str], value: Any, indent: int) -> str:
    blocks = [f"{' ' * (indent + 2 * depth)}{key}:\n" for depth, key in enumerate(path[:-1])]
    last = f"{' ' * (indent + 2 * (len(path) - 1))}{path[-1]}: {_scalar(value)}\n"
    return "".join([*blocks, last])


def _scalar(value: Any) -> str:
    """Return a value as YAML of both versions, 1.1 and 1.2, has it.

    >>> _scalar(None), _scalar(True), _scalar(0.05), _scalar(1e-05), _scalar("sqrt")
    ('null', 'true', '0.05', '1.0e-05', '"sqrt"')
    """
    if isinstance(value, float) and "e" in repr(value):
        digits, exponent = repr(value).split("e")
        sign = "" if exponent[0] in "+-" else "+"
        return f"{digits if '.' in digits else f'{digits}.0'}e{sign}{exponent}"
    return json.dumps(value)
