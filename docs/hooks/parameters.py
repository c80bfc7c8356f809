"""The page of all parameters: what the typed blocks say of them, and what ``conf/base`` sets."""

from __future__ import annotations

import json
import re
import types
import typing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import griffe
import yaml
from mkdocs.structure.files import File, Files

from rental_pricing.listings.parameters import Parameters
from rental_pricing.model.parameters import NeuralNetworkParameters
from rental_pricing.parameters import BLOCKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mkdocs.config.defaults import MkDocsConfig

ROOT = Path(__file__).parents[2]
PAGE = "reference/parameters.md"

_HEAD = """# Parameters

Set in `conf/base/parameters*.yml`, where each number has its unit and, where it was chosen, the
reason; for one run by `kedro run --params modeling.seed=7`. Names and values are checked before
anything runs. The values here are those of `conf/base`.
"""
_LONGEST = 60


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page."""
    files.append(File.generated(config, PAGE, content="\n".join(parameter_page())))
    return files


def parameter_page() -> Iterator[str]:
    """Write a chapter a block."""
    base: dict[str, Any] = {}
    for file in sorted((ROOT / "conf/base").glob("parameters*.yml")):
        base |= yaml.safe_load(file.read_text(encoding="utf-8"))
    yield _HEAD
    for name, block in BLOCKS.items():
        yield f"## {name}\n"
        yield from _block(name, block, base[name])
        if name == "modeling":  # estimators' parameters are their classes' own, but for these
            place = "modeling.estimators.neural_network"
            yield f"### {place} {{#{_anchor(place)}}}\n"
            yield from _block(
                place, NeuralNetworkParameters, base[name]["estimators"]["neural_network"]
            )


def _block(place: str, block: type[Parameters], values: Mapping[str, Any]) -> Iterator[str]:
    summary, meanings = _told(block)
    yield f"{summary}\n"
    yield "| parameter | value | meaning |\n|---|---|---|"
    inner: list[tuple[str, type[Parameters]]] = []
    for name, field in block.model_fields.items():
        found = _inner(field.annotation)
        value = values.get(name, field.default if not field.is_required() else None)
        is_block = found is not None and isinstance(value, dict)
        shown = f"[below](#{_anchor(f'{place}.{name}')})" if is_block else _shown(value)
        if is_block and found is not None:
            inner.append((name, found))
        yield f"| `{name}` | {shown} | {meanings.get(name, '')} |"
    yield ""
    for name, found in inner:
        yield f"### {place}.{name} {{#{_anchor(f'{place}.{name}')}}}\n"
        yield from _block(f"{place}.{name}", found, values[name])


def _told(block: type[Parameters]) -> tuple[str, dict[str, str]]:
    """Return what a block's docstring says of it, and of each parameter."""
    summary, meanings = "", dict[str, str]()
    parsed = griffe.Docstring(block.__doc__ or "", lineno=1).parse("google", warnings=False)
    for section in parsed:
        if isinstance(section, griffe.DocstringSectionText) and not summary:
            summary = _prose(section.value)
        elif isinstance(section, griffe.DocstringSectionAttributes):
            meanings |= {each.name: _prose(each.description) for each in section.value}
    return summary, meanings


def _prose(text: str) -> str:
    text = re.sub(r":\w+:`~?([\w.]+)`", r"`\1`", text).replace("``", "`")
    return " ".join(text.replace("|", "\\|").split())


def _inner(annotation: Any) -> type[Parameters] | None:
    """Return the block that a parameter is, or may be."""
    if isinstance(annotation, type) and issubclass(annotation, Parameters):
        return annotation
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return next(filter(None, map(_inner, typing.get_args(annotation))), None)
    return None


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return f"{', '.join(f'`{name}`' for name in value)}" if value else "none"
    text = json.dumps(value, ensure_ascii=False, default=str)
    short = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return f"`{short}`".replace("|", "\\|")


def _anchor(place: str) -> str:
    return re.sub(r"\W", "-", place)
