"""What all runs of a project logged and used, by few requests: what a lineage is made of.

The SDK's public API asks for each run's artifacts by itself, and for each artifact's maker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

from kedro_wandb.errors import StoreUnavailableError
from kedro_wandb.stores.base import Link, Version
from kedro_wandb.stores.patience import concurrently
from kedro_wandb.stores.wandb.records import is_ours, record_by_node, told_by_node

Execute = Callable[[str, Mapping[str, Any]], Any]

_RUNS_AT_ONCE = 100
_VERSIONS_AT_ONCE = 100
_ARTIFACTS_OF_RUN = 1000

_RUNS = """
query LinksOfRuns($entity: String, $project: String!, $runs: Int!, $artifacts: Int!, $after: String)
{
  project(name: $project, entityName: $entity) {
    runs(first: $runs, after: $after, order: "+created_at") {
      pageInfo { endCursor hasNextPage }
      edges { node {
        name displayName group jobType state createdAt heartbeatAt config summaryMetrics
        inputArtifacts(first: $artifacts) { pageInfo { hasNextPage } edges { node { id } } }
        outputArtifacts(first: $artifacts) { pageInfo { hasNextPage } edges { node { id } } }
      } }
    }
  }
}
"""

_VERSION = """
  id state digest size versionIndex metadata createdAt
  artifactSequence { name }
  artifactType { name }
  aliases { alias artifactCollection { name } }
  createdBy { __typename ... on Run { name } }
"""


def all_links(execute: Execute, address: str, entity: str, project: str) -> list[Link]:
    """Return what all runs of a project logged and used, by the steps' age.

    Args:
        execute: Asks a GraphQL query of the server, with variables.
        address: Of the server's pages.
        entity: That the project belongs to.
        project: Its name.

    Raises:
        StoreUnavailableError: A run has more artifacts than are told at once.
    """
    place = f"{address}/{entity}/{project}/runs"
    told = [
        (record_by_node(run, f"{place}/{run['name']}"), run)
        for run in _runs(execute, entity, project)
    ]
    runs = sorted(told, key=lambda each: each[0].step.started)  # not in order of their upload
    ids = list(dict.fromkeys(each for _, run in runs for _, each in _artifacts(run)))
    parts = [ids[n : n + _VERSIONS_AT_ONCE] for n in range(0, len(ids), _VERSIONS_AT_ONCE)]
    pages = concurrently(lambda few: _versions(execute, few), parts)
    versions = {each: version for page in pages for each, version in page.items()}
    found = []
    for record, run in runs:
        ours = [(kind, versions[each]) for kind, each in _artifacts(run) if each in versions]
        found += [Link(kind, record, version) for kind, version in ours]
    return found


def _runs(execute: Execute, entity: str, project: str) -> Iterator[dict[str, Any]]:
    wanted = {"runs": _RUNS_AT_ONCE, "artifacts": _ARTIFACTS_OF_RUN}
    page = {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"]:
        variables = {"entity": entity, "project": project, "after": page["endCursor"], **wanted}
        told = execute(_RUNS, variables)["project"]
        if told is None:
            return  # nothing was ever logged to it
        yield from (edge["node"] for edge in told["runs"]["edges"])
        page = told["runs"]["pageInfo"]


def _artifacts(run: Mapping[str, Any]) -> Iterator[tuple[Literal["log", "use"], str]]:
    kinds: tuple[tuple[Literal["log", "use"], str], ...] = (
        ("use", "inputArtifacts"),
        ("log", "outputArtifacts"),
    )
    for kind, field in kinds:
        if run[field]["pageInfo"]["hasNextPage"]:
            msg = f"The run {run['name']} has more than {_ARTIFACTS_OF_RUN} artifacts."
            raise StoreUnavailableError(msg)
        yield from ((kind, edge["node"]["id"]) for edge in run[field]["edges"])


def _versions(execute: Execute, ids: Sequence[str]) -> dict[str, Version]:
    """Return versions by their ids, without what W&B logs by itself and what is no version yet."""
    variables = {f"id{number}": each for number, each in enumerate(ids)}
    arguments = ", ".join(f"${each}: ID!" for each in variables)
    asked = " ".join(f"{each}: artifact(id: ${each}) {{ ...V }}" for each in variables)
    query = f"query VersionsById({arguments}) {{ {asked} }} fragment V on Artifact {{ {_VERSION} }}"
    nodes = (each for each in execute(query, variables).values() if each is not None)
    told = (each for each in nodes if each["state"] == "COMMITTED")
    return {
        each["id"]: told_by_node(each) for each in told if is_ours(each["artifactType"]["name"])
    }
