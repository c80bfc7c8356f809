"""Names on the command line that choose what is run, against the names that there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rental_pricing.errors import cut, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kedro.pipeline import Pipeline

DEFAULT = "__default__"
_OF_NODES = {"nodes": "node_names", "from-nodes": "from_nodes", "to-nodes": "to_nodes"}
_OF_DATASETS = {"from-inputs": "from_inputs", "to-outputs": "to_outputs"}


def unknown_names(options: Mapping[str, Any], pipelines: Mapping[str, Pipeline]) -> str | None:
    """Return which name is unknown, with the nearest known one; ``None`` if all are known.

    Args:
        options: As ``kedro run`` and ``KedroSession.run`` name them: ``pipeline_names``,
            ``node_names``, ``from_nodes``, ``to_nodes``, ``from_inputs``, ``to_outputs``,
            ``tags``, ``namespaces``, ``load_versions``.
        pipelines: All registered pipelines.
    """
    asked = list(options.get("pipeline_names") or ())
    for name in asked:
        if name not in pipelines:
            return _told("pipelines", name, [each for each in pipelines if each != DEFAULT])
    nodes = [node for name in asked or [DEFAULT] for node in pipelines[name].nodes]
    names_of_nodes = {node.name for node in nodes}
    datasets = {each for node in nodes for each in _datasets(node)}
    known = {
        **dict.fromkeys(_OF_NODES, names_of_nodes),
        **dict.fromkeys(_OF_DATASETS, datasets),
        "tags": {tag for node in nodes for tag in node.tags},
        "namespaces": {part for node in nodes for part in node.namespace_prefixes},
        "load-versions": datasets,
    }
    for option, names in known.items():
        keyword = (_OF_NODES | _OF_DATASETS).get(option, option.replace("-", "_"))
        for name in options.get(keyword) or ():
            if name not in names:
                return _told(option, name, names, _elsewhere(option, name, pipelines))
    return None


def nothing_left(options: Mapping[str, Any]) -> str:
    """Return that all names are known, but no node fits all of them."""
    given = {
        "pipelines": options.get("pipeline_names"),
        "tags": options.get("tags"),
        "namespaces": options.get("namespaces"),
        **{option: options.get(name) for option, name in (_OF_NODES | _OF_DATASETS).items()},
    }
    asked = " ".join(f"--{option} {','.join(names)}" for option, names in given.items() if names)
    return f"No node is in all of what was asked for: {cut(asked, 200)}. Leave one of them out."


def _told(option: str, name: str, known: Iterable[str], elsewhere: str = "") -> str:
    names = sorted(known)
    shown = ", ".join(names[:10]) + (f", +{len(names) - 10} more" if len(names) > 10 else "")  # noqa: PLR2004
    hint = elsewhere or _nearest(name, names)
    return f"--{option}: there is no {cut(name)!r}{hint}. Known are: {shown}."


def _nearest(name: str, known: list[str]) -> str:
    """Hint at the nearest name; a node may be named without its pipeline."""
    full = {each.rsplit(".", maxsplit=1)[-1]: each for each in known}
    if name in full:
        return f" (did you mean {full[name]!r}?)"
    hint = did_you_mean(name, known)
    if hint:
        return hint
    hint = did_you_mean(name, list(full))
    return next((f" (did you mean {full[each]!r}?)" for each in full if f"{each!r}" in hint), "")


def _elsewhere(option: str, name: str, pipelines: Mapping[str, Pipeline]) -> str:
    if option not in _OF_NODES:
        return ""
    found = (key for key, each in pipelines.items() if name in {node.name for node in each.nodes})
    pipeline = next((key for key in found if key != DEFAULT), None)
    return f" among what is run: it is in --pipelines {pipeline}" if pipeline else ""


def _datasets(node: Any) -> list[str]:
    return [name for name in (*node.inputs, *node.outputs) if not name.startswith("params:")]
